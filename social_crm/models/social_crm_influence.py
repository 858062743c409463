"""How far the words of people carry: in all, and in each topic and community."""

import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, formatLang

from .influence_score import credibility, place_score, score
from .ingest_suppression import is_anonymous

# What is older says nothing about today.
DAYS = 180
# From here on somebody is called an influencer.
INFLUENCER = 50
# Streams that are places where people meet; what is said to us is none.
COMMUNITIES = ("comments", "feed", "hashtag", "reviews", "search")
# Of one profile so many topics and communities are kept.
PLACES = 20

# What people said in public, and whether it answered somebody else than us.
SAID = """
    SELECT m.identity_id, count(*) AS posts,
        sum(%(reactions)s) AS reactions, sum(COALESCE(m.views_count, 0)) AS views,
        count(*) FILTER (WHERE m.views_count > 0) AS viewed,
        count(*) FILTER (
            WHERE p.direction = 'in' AND p.identity_id <> m.identity_id
        ) AS helps
    FROM social_crm_mention m LEFT JOIN social_crm_mention p ON p.id = m.parent_id
    WHERE %(recent)s GROUP BY m.identity_id
"""
REACTIONS = """(COALESCE(m.likes_count, 0) + COALESCE(m.reposts_count, 0)
    + COALESCE(m.replies_count, 0))::bigint"""
RECENT = """m.identity_id = ANY(%s) AND m.published_at >= %s AND m.direction = 'in'
    AND m.visibility = 'public' AND m.deleted_at IS NULL"""
PLACED = """
    SELECT m.identity_id, 'topic' AS kind, t.topic_id AS place, count(*) AS posts,
        sum(%(reactions)s) AS reactions
    FROM social_crm_mention m
    JOIN social_crm_mention_topic_rel t ON t.mention_id = m.id
    WHERE %(recent)s GROUP BY m.identity_id, t.topic_id
    UNION ALL
    SELECT m.identity_id, 'community', f.id, count(*), sum(%(reactions)s)
    FROM social_crm_mention m
    JOIN social_crm_mention_source s ON s.mention_id = m.id
    JOIN social_crm_feed f ON f.id = s.feed_id AND f.kind IN %(communities)s
    WHERE %(recent)s GROUP BY m.identity_id, f.id
"""
NEW_PLACES = """
    SELECT v.* FROM jsonb_to_recordset(%s) AS v(company_id int, identity_id int,
        kind text, topic_id int, feed_id int, mentions int, engagement float, score int)
"""
# Only what has changed is written.
FORGET = """
    WITH v AS (%(rows)s)
    DELETE FROM social_crm_influence t WHERE t.identity_id = ANY(%(ids)s)
    AND NOT EXISTS (
        SELECT FROM v WHERE (v.identity_id, v.topic_id, v.feed_id, v.mentions,
            v.engagement, v.score) IS NOT DISTINCT FROM (t.identity_id, t.topic_id,
            t.feed_id, t.mentions, t.engagement, t.score)
    )
"""
KEEP = """
    WITH v AS (%(rows)s)
    INSERT INTO social_crm_influence (company_id, identity_id, kind, topic_id, feed_id,
        mentions, engagement, score)
    SELECT v.* FROM v WHERE NOT EXISTS (
        SELECT FROM social_crm_influence t WHERE t.identity_id = v.identity_id
            AND (t.topic_id, t.feed_id) IS NOT DISTINCT FROM (v.topic_id, v.feed_id)
    ) ORDER BY v.identity_id
"""
UPDATE = """
    UPDATE social_crm_identity i SET influence = v.influence,
        influence_parts = v.parts, helps_count = v.helps
    FROM jsonb_to_recordset(%s) AS v(id int, influence int, parts jsonb, helps int)
    WHERE v.id = i.id AND (i.influence, i.influence_parts, i.helps_count)
        IS DISTINCT FROM (v.influence, v.parts, v.helps)
    RETURNING i.id
"""


class SocialCrmInfluence(models.Model):
    """What a profile counts for in one topic or community. Computed, never typed."""

    _name = "social.crm.influence"
    _description = "Influence in a Topic or Community"
    _order = "score desc, mentions desc, id"
    _rec_name = "name"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True)
    identity_id = fields.Many2one(
        "social.crm.identity", "Profile", required=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [("topic", "Topic"), ("community", "Community")], required=True
    )
    topic_id = fields.Many2one("social.crm.topic", ondelete="cascade")
    feed_id = fields.Many2one("social.crm.feed", "Community", ondelete="cascade")
    name = fields.Char("Where", compute="_compute_name")
    mentions = fields.Integer()
    engagement = fields.Float("Reactions per mention", digits=(16, 1))
    score = fields.Integer("Influence", aggregator="max")

    _topic_idx = models.Index("(topic_id, score DESC) WHERE topic_id IS NOT NULL")
    _feed_idx = models.Index("(feed_id, score DESC) WHERE feed_id IS NOT NULL")

    @api.depends("topic_id", "feed_id")
    def _compute_name(self):
        for row in self:
            row.name = row.topic_id.name or row.feed_id.name


class SocialCrmIdentity(models.Model):
    # A concern, a file.
    _inherit = "social.crm.identity"  # pylint: disable=consider-merging-classes-inherited

    is_vip = fields.Boolean(
        "VIP",
        tracking=True,
        copy=False,
        help="Stands above all others, whatever the numbers say.",
    )
    influence = fields.Integer(
        default=0, readonly=True, copy=False, aggregator="max", help="From 0 to 100."
    )
    # As in ``influence_score.Score.parts``.
    influence_parts = fields.Json(readonly=True, copy=False)
    influence_words = fields.Json(compute="_compute_influence_words")
    helps_count = fields.Integer(
        "Helped others",
        default=0,
        readonly=True,
        copy=False,
        help="How often they answered somebody else than you in 180 days.",
    )
    influence_ids = fields.One2many(
        "social.crm.influence",
        "identity_id",
        "Topics and communities",
        groups="social_crm.group_user",
    )

    # As the list of influencers is sorted; the ORM takes an empty VIP for no VIP.
    _influence_idx = models.Index(
        "(COALESCE(is_vip, FALSE) DESC, influence DESC, helps_count DESC, id DESC)"
    )

    def init(self):
        result = super().init()
        # Profiles come by SQL: without a number they would stand first.
        self.env.cr.execute(
            "ALTER TABLE social_crm_identity ALTER influence SET DEFAULT 0,"
            " ALTER helps_count SET DEFAULT 0"
        )
        return result

    @api.depends("influence_parts")
    @api.depends_context("lang")
    def _compute_influence_words(self):
        """``{"score", "parts": [{"code", "text", "points", "most"}]}`` or False."""
        for identity in self:
            parts = identity.influence_parts
            identity.influence_words = bool(parts) and {
                "score": identity.influence,
                "parts": [
                    {
                        "code": code,
                        "text": self._influence_words(code, number),
                        "known": number is not None,
                        "points": points,
                        "most": most,
                    }
                    for code, number, points, most in parts
                ],
            }

    @api.model
    def _influence_words(self, code, number):
        if number is None:
            return {
                "followers": self.env._("Followers: not known"),
                "reactions": self.env._("Reactions per post: not known"),
                "reach": self.env._("Reach of what they said here: not known"),
                "credibility": self.env._("Age and website of the profile: not known"),
            }[code]
        if code == "credibility":
            return self.env._("Age and proven website of the profile")
        digits = 1 if code == "reactions" and number < 10 else 0
        number = formatLang(self.env, number, digits=digits)
        return {
            "followers": self.env._("%s followers", number),
            "reactions": self.env._("%s reactions per post", number),
            "reach": self.env._("Reach of what they said here: %s", number),
        }[code]

    # --- computing -----------------------------------------------------------

    def _look_again(self):
        changed = super()._look_again()
        return changed | self.exists()._update_influence()

    def _set_partner(self, vals):
        result = super()._set_partner(vals)
        fresh = self.sudo().filtered(lambda identity: not identity.influence_parts)
        fresh._update_influence()
        return result

    def _opt_out(self, source=""):
        result = super()._opt_out(source)
        # sudo: what was computed goes with what it was computed from.
        self._with_typed().sudo()._look_again()
        return result

    def _counts_for_influence(self):
        """Robots, ours, and who wants to be nobody, have no influence."""
        return self.filtered(
            lambda identity: (
                not (
                    identity.is_bot
                    or identity.author_kind in ("bot", "ours")
                    or is_anonymous(identity.uri)
                    or identity.privacy
                    or identity.erase_pending
                )
            )
        )

    def _update_influence(self):
        """Compute anew; the same number of queries for any number of profiles.

        Returns those that changed.
        """
        if not self.ids:
            return self
        self.env.flush_all()
        since = fields.Datetime.now() - timedelta(days=DAYS)
        counted = self._counts_for_influence()
        words = {
            "reactions": SQL(REACTIONS),
            "recent": SQL(RECENT, counted.ids, since),
            "communities": COMMUNITIES,
        }
        said = self.env.execute_query_dict(SQL(SAID, **words))
        said = {row["identity_id"]: row for row in said}
        rows = []
        for identity in self:
            row = said.get(identity.id)
            found = identity in counted and score(identity._influence_numbers(row))
            rows.append(
                {
                    "id": identity.id,
                    "influence": found.total if found else 0,
                    "parts": found.parts if found else None,
                    "helps": row["helps"] if row else 0,
                }
            )
        self._update_places(self.env.execute_query_dict(SQL(PLACED, **words)))
        self.env.cr.execute(SQL(UPDATE, json.dumps(rows)), log_exceptions=False)
        changed = self.browse([row[0] for row in self.env.cr.fetchall()])
        changed.invalidate_recordset(
            ["influence", "influence_parts", "helps_count", "influence_words"],
            flush=False,
        )
        return changed

    def _influence_numbers(self, said):
        """What is known of one profile; ``said`` is a row of ``SAID`` or None."""
        self.ensure_one()
        # Some networks say nothing of an author: three times 0 is not known.
        is_counted = self.followers_count or self.following_count or self.posts_count
        followers = self.followers_count if is_counted else None
        years = None
        if self.account_created_at:
            years = (fields.Datetime.now() - self.account_created_at).days / 365.25
        reach = None
        if said and (said["viewed"] or followers is not None):
            # Where views are counted, those; else everybody who follows may have seen.
            reach = said["views"] + (said["posts"] - said["viewed"]) * (followers or 0)
        return {
            "followers": followers,
            "reactions": self._reactions_per_post(said),
            "reach": reach and float(reach),
            "credibility": credibility(years, self.verified_links),
        }

    def _reactions_per_post(self, said):
        if not said:
            return None
        connector = self.env["social.crm.account"]._connector_class(self.network)
        if not said["reactions"] and not connector.counts_reactions:
            return None
        return float(said["reactions"] / said["posts"])

    def _update_places(self, found):
        """Keep what ``found``, rows of ``PLACED``, says of these profiles."""
        by_id, kept = {identity.id: identity for identity in self}, {}
        for row in found:
            identity = by_id[row["identity_id"]]
            reactions = identity._reactions_per_post(row)
            is_topic = row["kind"] == "topic"
            kept.setdefault(identity, []).append(
                {
                    "company_id": identity.company_id.id,
                    "identity_id": identity.id,
                    "kind": row["kind"],
                    "topic_id": row["place"] if is_topic else None,
                    "feed_id": None if is_topic else row["place"],
                    "mentions": row["posts"],
                    "engagement": None if reactions is None else round(reactions, 1),
                    "score": place_score(
                        {"mentions": row["posts"], "reactions": reactions}
                    ),
                }
            )
        best = [
            row
            for rows in kept.values()
            for row in sorted(rows, key=lambda row: -row["score"])[:PLACES]
        ]
        rows = SQL(NEW_PLACES, json.dumps(best))
        for statement in (FORGET, KEEP):
            query = SQL(statement, rows=rows, ids=self.ids)
            self.env.cr.execute(query, log_exceptions=False)
        self.env["social.crm.influence"].invalidate_model(flush=False)
        self.invalidate_recordset(["influence_ids"], flush=False)
