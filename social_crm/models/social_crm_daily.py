"""How many mentions there were: counts that outlive the mentions."""

from odoo import api, fields, models
from odoo.tools import SQL

from .social_crm_conversation import MOODS

BY = "company_id, day, network, kind, direction, team_id, mood"
# Groups that are put together at a time.
GROUPS = 1000


class SocialCrmDaily(models.Model):
    """Mentions that are no more, counted. Nothing here says who, or what.

    Rows are only added, so that nobody waits for anybody; the nightly job puts those
    of the same day together.
    """

    _name = "social.crm.daily"
    _description = "Deleted Mentions"
    _order = "day desc, id desc"
    _rec_name = "day"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    day = fields.Date("Said on", required=True)
    network = fields.Selection(selection="_selection_network", required=True)
    kind = fields.Selection(
        [
            ("post", "Post"),
            ("comment", "Comment"),
            ("review", "Review"),
            ("message", "Message"),
            ("answer", "Answer"),
        ],
        required=True,
    )
    direction = fields.Selection([("in", "Theirs"), ("out", "Ours")], required=True)
    team_id = fields.Many2one("social.crm.team", ondelete="set null")
    mood = fields.Selection(MOODS)
    count = fields.Integer("Mentions", required=True, aggregator="sum")

    _day_idx = models.Index(f"({BY})")

    @api.model
    def _selection_network(self):
        return self.env["social.crm.account"]._selection_network()

    @api.model
    def _keep(self, mention_ids):
        """Count mentions that are about to be deleted."""
        if not mention_ids:
            return
        self.env["social.crm.mention"].flush_model()
        self.env["social.crm.conversation"].flush_model(["team_id"])
        self.env.cr.execute(
            SQL(
                f"""
                INSERT INTO social_crm_daily ({BY}, count)
                SELECT m.company_id, m.published_at::date, m.network, m.kind,
                       m.direction, c.team_id, m.sentiment_label, count(*)
                FROM social_crm_mention m
                LEFT JOIN social_crm_conversation c ON c.id = m.conversation_id
                WHERE m.id = ANY(%s) GROUP BY 1, 2, 3, 4, 5, 6, 7
                """,
                list(mention_ids),
            ),
            log_exceptions=False,
        )

    @api.model
    def _put_together(self):
        """Make one row of several of the same day; return how many groups there were.

        Only the nightly job calls it: two at once would count twice.
        """
        same = " AND ".join(
            f"d.{name} IS NOT DISTINCT FROM g.{name}" for name in BY.split(", ")
        )
        self.env.cr.execute(
            SQL(
                f"""
                WITH g AS (
                    SELECT {BY} FROM social_crm_daily
                    GROUP BY {BY} HAVING count(*) > 1 LIMIT %s
                ), gone AS (
                    DELETE FROM social_crm_daily d USING g WHERE {same}
                    RETURNING d.*
                ), put AS (
                    INSERT INTO social_crm_daily ({BY}, count)
                    SELECT {BY}, sum(count) FROM gone GROUP BY {BY}
                )
                SELECT count(*) FROM g
                """,
                GROUPS,
            ),
            log_exceptions=False,
        )
        return self.env.cr.fetchone()[0]
