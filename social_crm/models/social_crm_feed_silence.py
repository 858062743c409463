import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .social_crm_feed import CONFLICTS, MAX_TRIES

_logger = logging.getLogger(__name__)

# A week, and what is compared with it: nights, weekends and weekly habits look alike.
WEEK = timedelta(days=7)
WEEKS = 4
# With fewer weeks nobody knows what is usual.
MIN_WEEKS = 2
# If ten are usual, none at all is chance only once in 22,000 times (Poisson: e^-10).
MIN_USUAL = 10
# More than this is "many": counting stops.
MAX_USUAL = 100
# Some streams are asked only once an hour, others even less often: two runs must have
# brought nothing, and the last of them must have worked (errors are told elsewhere).
MOMENT = timedelta(hours=2)
# What came at first was history.
FIRST_DAY = timedelta(days=1)

# Of each stream that works: when the last mention came, and how many came in the same
# hours of earlier weeks. Every part reads a few rows of the index
# (feed_id, first_seen_at), however many mentions there are.
HABITS = """
    SELECT f.id, f.silent_since, last.at, first.at,
        ARRAY(
            SELECT (
                SELECT count(*) FROM (
                    SELECT FROM social_crm_mention_source s
                    WHERE s.feed_id = f.id
                      AND s.first_seen_at > last.at - week.number * %(week)s
                      AND s.first_seen_at <= last.at - week.number * %(week)s
                          + LEAST(%(now)s - last.at, %(week)s)
                    LIMIT %(limit)s
                ) came
            )
            FROM generate_series(1, %(weeks)s) AS week(number) ORDER BY week.number
        )
    FROM social_crm_feed f
    JOIN social_crm_account a ON a.id = f.account_id
    CROSS JOIN LATERAL (
        SELECT max(s.first_seen_at) AS at FROM social_crm_mention_source s
        WHERE s.feed_id = f.id
    ) last
    CROSS JOIN LATERAL (
        SELECT min(s.first_seen_at) AS at FROM social_crm_mention_source s
        WHERE s.feed_id = f.id
    ) first
    WHERE f.active AND a.active AND a.state = 'connected'
      AND a.database_uuid = %(uuid)s
      AND f.last_error IS NULL
      AND f.last_success_at > %(now)s
          - GREATEST(%(moment)s, 2 * f."interval" * INTERVAL '1 minute')
      AND (f.silent_since IS NOT NULL OR last.at < %(now)s
          - GREATEST(%(moment)s, 2 * f."interval" * INTERVAL '1 minute'))
"""


def usual(counts, weeks):
    """Return what at least came in the same hours of earlier weeks.

    ``counts`` begins with the latest week, ``weeks`` is how many of them the stream
    knows. Of four weeks the poorest is forgiven (a holiday, a failure of ours); 0 while
    nobody knows yet.
    """
    known = sorted(counts[: max(weeks, 0)])
    if len(known) < MIN_WEEKS:
        return 0
    return known[1 if len(known) >= WEEKS else 0]


class SocialCrmFeed(models.Model):
    """A stream that was busy and now is silent says so."""

    _inherit = "social.crm.feed"

    silent_since = fields.Datetime(
        readonly=True,
        copy=False,
        help="Nothing came since then, although something usually does.",
    )
    silent_usual = fields.Integer(
        "Usually",
        readonly=True,
        copy=False,
        help="So many at least came in the same hours of earlier weeks.",
    )

    @api.model
    def _cron_silence(self):
        """Mark streams that fell silent, and those that speak again."""
        for _attempt in range(MAX_TRIES):
            try:
                self._note_silence()
                self.env.flush_all()
                # Only cron methods commit; what fetches writes these rows, too.
                self.env.cr.commit()  # pylint: disable=invalid-commit
                return
            except CONFLICTS:
                self.env.cr.rollback()
        _logger.info("Silent streams: other workers were faster, next time again")

    @api.model
    def _note_silence(self):
        """Mark and unmark streams; tell the owners of their accounts."""
        self.env.flush_all()
        habits = self.env.execute_query(self._habits_query())
        heard, silent = set(), {}
        for feed_id, since, last, first, counts in habits:
            if since and last > since:
                heard.add(feed_id)
            elif not since and (number := self._usual(last, first, counts)):
                silent[feed_id] = {"silent_since": last, "silent_usual": number}
        # sudo: the scheduler looks after the accounts of all companies.
        feeds = self.sudo().with_context(active_test=False)
        over = feeds.search([("silent_since", "!=", False)]).filtered(
            lambda feed: feed.id in heard or not feed._is_watched()
        )
        for feed in over:
            feed._write_state({"silent_since": False, "silent_usual": 0})
        fallen = feeds.browse(silent)
        for feed in fallen:
            feed._write_state(silent[feed.id])
        fallen.account_id._ask_about_silence(fallen)
        over.account_id._silence_is_over()

    def _is_watched(self):
        """An error or a lost login is no voice: what was silent stays so."""
        account = self.account_id
        listens = account.state in ("connected", "needs_login")
        return self.active and account.active and listens

    def _habits_query(self):
        return SQL(
            HABITS,
            now=fields.Datetime.now(),
            uuid=self.env["social.crm.account"]._this_database(),
            week=WEEK,
            weeks=WEEKS,
            limit=MAX_USUAL,
            moment=MOMENT,
        )

    @api.model
    def _usual(self, last, first, counts):
        """Return how many were usual where none came, 0 if that is not remarkable."""
        number = usual(counts, (last - first - FIRST_DAY) // WEEK)
        return number if number >= MIN_USUAL else 0
