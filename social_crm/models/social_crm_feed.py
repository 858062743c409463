import logging
import random
import time
from dataclasses import replace
from datetime import datetime, timedelta

import psycopg2
import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, config

from ..connectors.errors import ConnectorError, InvalidCursor, RateLimited
from ..connectors.records import Page, Stream
from . import ingest_sql as sql
from .ingest_news import News
from .social_crm_bad_item import POISON, unstored

_logger = logging.getLogger(__name__)

PAGE_SIZE = 40
# Concurrent writers: roll back and repeat the page from memory, at most so often.
CONFLICTS = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.UniqueViolation,
    psycopg2.errors.DeadlockDetected,
    *sql.CONNECTION_CHANGED,
)
MAX_TRIES = 5
MIN_INTERVAL = 1
MAX_INTERVAL = 60
DEFAULT_INTERVAL = 5
# Of the past, at most.
BACKFILL_DAYS, BACKFILL_LIMIT = 30, 1000
# Edits and deletions are looked for this far back, and this often.
REFRESH_DAYS = 7
REFRESH_MINUTES = 15
# Screens and the scheduler hear of new mentions at most so often.
REPORT_SECONDS = 1
# All streams and workers write the row of their account: at most so often.
HEALTH_SECONDS = 10
LANE_XMLID = "social_crm.ir_cron_fetch"


def _moment(post):
    """When it was said, as Odoo has it; what has no date is put aside later."""
    at = post.published_at
    return at.replace(tzinfo=None) if isinstance(at, datetime) else datetime.max


class FetchRun:
    """What one run of the cron keeps between its pages."""

    def __init__(self):
        self.connectors = {}
        self.news = News()
        self._times = {}

    def connector(self, account):
        """Return the account's connector, with its open connections."""
        if account.id not in self.connectors:
            self.connectors[account.id] = account._connector()
        return self.connectors[account.id]

    def is_time(self, what, seconds):
        """Whether ``what`` was not done in the last ``seconds``; then it is now."""
        now = time.monotonic()
        if now - self._times.get(what, -seconds) < seconds:
            return False
        self._times[what] = now
        return True


class SocialCrmFeed(models.Model):
    """One scheduled fetch over an account; the screens call it a stream."""

    _name = "social.crm.feed"
    _description = "Social Stream"
    _inherit = ["social.crm.stream.mixin"]
    _order = "account_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    account_id = fields.Many2one(
        "social.crm.account", required=True, index=True, ondelete="cascade"
    )
    network = fields.Selection(related="account_id.network", store=True)
    account_state = fields.Selection(related="account_id.state")
    own_uri = fields.Char(related="account_id.own_uri", store=True)
    company_id = fields.Many2one(
        related="account_id.company_id", store=True, index=True, precompute=True
    )
    kind = fields.Selection(
        [
            ("mentions", "Mentions"),
            ("search", "Keyword"),
            ("hashtag", "Hashtag"),
            ("comments", "Comments"),
            ("reviews", "Reviews"),
            ("messages", "Direct messages"),
            ("own", "Our own posts"),
            ("feed", "Feed or page address"),
        ],
        string="What to fetch",
        required=True,
        default="mentions",
    )
    available_kinds = fields.Json(compute="_compute_available_kinds")
    query = fields.Char("Words or address")
    team_id = fields.Many2one("social.crm.team", "Owner team", check_company=True)

    cursor = fields.Text(readonly=True, copy=False)
    backfill_days = fields.Integer("Days back", default=BACKFILL_DAYS)
    backfill_limit = fields.Integer("At most", default=BACKFILL_LIMIT)
    backfill_state = fields.Selection(
        [("waiting", "Waiting"), ("running", "Running"), ("done", "Done")],
        string="History",
        default="waiting",
        readonly=True,
        copy=False,
    )
    backfill_cursor = fields.Text(readonly=True, copy=False)
    backfill_count = fields.Integer("Fetched from history", readonly=True, copy=False)
    refresh_position = fields.Integer(readonly=True, copy=False)
    next_refresh_at = fields.Datetime("Next look for edits", readonly=True, copy=False)

    interval = fields.Integer("Every (minutes)", default=DEFAULT_INTERVAL)
    adaptive = fields.Boolean(
        default=True, help="Busy streams are fetched sooner, quiet ones later."
    )
    current_interval = fields.Float(readonly=True, copy=False)
    next_fetch_at = fields.Datetime("Next run", default=fields.Datetime.now, copy=False)
    last_success_at = fields.Datetime("Last success", readonly=True, copy=False)
    last_post_at = fields.Datetime("Newest mention", readonly=True, copy=False)
    last_error = fields.Text("Last error", readonly=True, copy=False)
    error_count = fields.Integer("Failures in a row", readonly=True, copy=False)
    notice = fields.Text(readonly=True, copy=False)
    lag = fields.Float(
        "Behind (minutes)",
        compute="_compute_lag",
        help="How long the next run is overdue.",
    )

    mention_ids = fields.Many2many(
        "social.crm.mention",
        "social_crm_mention_source",
        "feed_id",
        "mention_id",
        string="Mentions",
        readonly=True,
    )
    bad_item_ids = fields.One2many("social.crm.bad.item", "feed_id")
    bad_item_count = fields.Integer("Put aside", compute="_compute_bad_item_count")

    _check_plan = models.Constraint(
        "CHECK (interval > 0 AND backfill_days BETWEEN 0 AND 36500"
        " AND backfill_limit >= 0)",
        "Minutes must be at least 1, days and numbers not below 0.",
    )
    _due_idx = models.Index("(next_fetch_at) WHERE active IS TRUE")

    def init(self):
        # The relation of ``mention_ids`` also says when the stream first saw a mention
        # and what its account's server calls it: replies and threads need that id.
        self.env.cr.execute(
            """
            ALTER TABLE social_crm_mention_source
                ADD COLUMN IF NOT EXISTS account_id integer,
                ADD COLUMN IF NOT EXISTS uid varchar,
                ADD COLUMN IF NOT EXISTS first_seen_at timestamp;
            CREATE INDEX IF NOT EXISTS social_crm_mention_source_account_idx
                ON social_crm_mention_source (account_id, uid);
            CREATE INDEX IF NOT EXISTS social_crm_mention_source_seen_idx
                ON social_crm_mention_source (feed_id, first_seen_at)
            """
        )

    @api.depends("kind", "query", "account_id.name")
    def _compute_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for feed in self:
            what = " ".join(filter(None, (kinds.get(feed.kind), feed.query)))
            feed.name = f"{feed.account_id.name or ''}: {what}"

    @api.depends("account_id.network")
    def _compute_available_kinds(self):
        """What this network has: the form offers nothing else."""
        account = self.env["social.crm.account"]
        for feed in self:
            network = feed.account_id.network
            feed.available_kinds = (
                list(account._connector_class(network).stream_kinds) if network else []
            )

    @api.constrains("kind", "query", "account_id")
    def _check_what_to_fetch(self):
        self._check_network_has_it()
        self._check_query_is_given()
        self._check_hashtag()

    @api.depends("next_fetch_at", "account_id.state")
    def _compute_lag(self):
        now = fields.Datetime.now()
        for feed in self:
            due = feed.next_fetch_at
            late = due and feed.account_id.state == "connected" and due < now
            feed.lag = (now - due).total_seconds() / 60 if late else 0

    def _compute_bad_item_count(self):
        counts = dict(
            self.env["social.crm.bad.item"]._read_group(
                [("feed_id", "in", self.ids)], ["feed_id"], ["__count"]
            )
        )
        for feed in self:
            feed.bad_item_count = counts.get(feed, 0)

    @api.model_create_multi
    def create(self, vals_list):
        feeds = super().create(vals_list)
        feeds.account_id._ask_for_test()
        return feeds

    def write(self, vals):
        changed = self.filtered(
            lambda feed: any(
                name in vals and feed[name] != vals[name] for name in ("kind", "query")
            )
        )
        result = super().write(vals)
        changed.account_id._ask_for_test()
        return result

    def _has_fetched(self):
        """Whether any mention came by these streams, also one that nobody here sees."""
        query = "SELECT FROM social_crm_mention_source WHERE feed_id = ANY(%s) LIMIT 1"
        self.env.cr.execute(SQL(query, self.ids))
        return bool(self.env.cr.rowcount)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if self._has_fetched():
            raise UserError(
                self.env._(
                    "What this stream fetched would lose its source. Archive it"
                    " instead."
                )
            )

    def _stream(self):
        self.ensure_one()
        return Stream(self.kind, self.query or "")

    # --- the cron ------------------------------------------------------------

    @api.model
    def _cron_fetch(self):
        """Fetch due streams, oldest first, a page at a time, until time is up.

        Several records of ir.cron (lanes) call this; a stream is locked for one page,
        so lanes share even one busy stream without asking twice for the same page.
        """
        self.env["social.crm.account"]._pause_copies()
        run = FetchRun()
        feeds = self.with_context(social_crm_news=run.news)
        pages, time_left = 0, True
        while time_left and (feed := feeds._lock_due()):
            feed._run_page(run)
            pages += 1
            if run.is_time("report", REPORT_SECONDS):
                time_left, pages = self._report(run, pages), 0
        if pages:
            self._report(run, pages)

    def _report(self, run, pages):
        """Tell the screens and the scheduler; return the seconds left."""
        # Before the news: it may roll back.
        remaining = self._count_due()
        run.news.send(self.env)
        return self.env["ir.cron"]._commit_progress(pages, remaining=remaining)

    def _count_due(self):
        self._run_first(sql.COUNT_DUE, **self._today())
        return self.env.cr.fetchone()[0]

    def _today(self):
        """What decides whether a stream is due."""
        uuid = self.env["social.crm.account"]._this_database()
        return {"uuid": uuid, "now": fields.Datetime.now()}

    def _lock_due(self):
        """Lock the stream that has waited longest; read what it is now."""
        try:
            self._run_first(sql.LOCK_DUE, **self._today())
        except CONFLICTS:
            return self.browse()
        for feed_id, *values in self.env.cr.fetchall():
            feed = self.browse(feed_id)
            feed.invalidate_recordset(flush=False)
            for name, value in zip(sql.PAGE_FIELDS, values, strict=True):
                self._fields[name]._insert_cache(feed, [value])
            return feed
        return self.browse()

    def _run_page(self, run):
        """Fetch one page of the locked stream and commit it, or note why not."""
        self.ensure_one()
        account = self.account_id
        connector = error = None
        try:
            connector = run.connector(account)
            self._fetch_page(connector)
            # Only cron methods commit: a page and its cursor are one transaction.
            self.env.cr.commit()  # pylint: disable=invalid-commit
        except CONFLICTS:
            _logger.info("Social stream %s: other workers were faster", self.id)
            self.env.cr.rollback()
        except ConnectorError as caught:
            error = caught
            self.env.cr.rollback()
        except Exception as caught:  # noqa: BLE001
            # A fault of ours must not stop the other streams; it stays on this one.
            _logger.exception("Social stream %s failed", self.id)
            error = caught
            self.env.cr.rollback()
        if error:
            run.connectors.pop(account.id, None)
        news = error or connector.changed
        if news or run.is_time(account.id, HEALTH_SECONDS):
            self._note_health(account, connector, error)

    def _note_health(self, account, connector, error):
        """Write how it went, the hot row of the account among it, on its own."""
        changed = connector.changed if connector else {}
        for _attempt in range(MAX_TRIES):
            try:
                if error:
                    self._lock()
                    self._note_error(error)
                if account._lock_health(wait=bool(error or changed)):
                    if isinstance(error, ConnectorError):
                        account._note_error(error)
                    elif not error:
                        account._note_success(connector.quota)
                    if changed:
                        account._save_connector_state(connector)
                self.env.flush_all()
                self.env.cr.commit()  # pylint: disable=invalid-commit
                return
            except CONFLICTS:
                self.env.cr.rollback()
            except Exception:  # noqa: BLE001
                # How one stream is doing must not stop the others.
                _logger.exception("Social stream %s: its health was not noted", self.id)
                self.env.cr.rollback()
                return

    # --- one page ------------------------------------------------------------

    def _fetch(self, connector=None):
        """Fetch and store one page: news first, then history, then edits.

        Never commits. Returns True when more waits. Raises ConnectorError; then nothing
        is stored and the same page will be asked for again. A conflict with another
        worker, or a post that cannot be stored, rolls the whole transaction back and
        repeats the page from memory, so a caller must have nothing else pending.
        """
        self.ensure_one()
        self._lock()
        return self._fetch_page(connector or self.account_id._connector())

    def _fetch_page(self, connector):
        """Do what is due first; the stream is locked."""
        now = fields.Datetime.now()
        if not self.next_fetch_at or self.next_fetch_at <= now:
            return self._fetch_news(connector)
        if self.backfill_state == "running":
            return self._fetch_history(connector)
        if self.next_refresh_at and self.next_refresh_at <= now:
            return self._fetch_edits(connector)
        return False

    def _fetch_news(self, connector):
        first = not self.cursor
        try:
            page = connector.fetch(self._stream(), self.cursor or None, PAGE_SIZE)
        except InvalidCursor:
            page = connector.fetch(self._stream(), None, PAGE_SIZE)
        now = fields.Datetime.now()
        values = {
            "cursor": page.cursor,
            "last_success_at": now,
            "last_error": False,
            "error_count": 0,
            "notice": page.notice or False,
        }
        if page.posts:
            values["last_post_at"] = min(max(map(_moment, page.posts)), now)
        if not page.more:
            minutes = self._next_interval(bool(page.posts), connector.quota)
            # A little jitter keeps many streams from knocking at the same second.
            # Early rather than late: the scheduler looks only once a minute.
            delay = timedelta(minutes=minutes * random.uniform(0.85, 0.95))
            values |= {"current_interval": minutes, "next_fetch_at": now + delay}
        if first:
            can_backfill = "backfill" in connector.capabilities
            wanted = can_backfill and self.backfill_days and self.backfill_limit
            values["backfill_state"] = "running" if wanted else "done"
        if not self.next_refresh_at and "edits" in connector.capabilities:
            values["next_refresh_at"] = now + timedelta(minutes=REFRESH_MINUTES)
        self._store(page, values, silent=first)
        return page.more or values.get("backfill_state") == "running"

    def _next_interval(self, had_posts, quota):
        base = self.interval or DEFAULT_INTERVAL
        if not self.adaptive:
            return base
        current = self.current_interval or base
        minutes = current / 2 if had_posts else current * 1.5
        minutes = min(max(minutes, MIN_INTERVAL), max(MAX_INTERVAL, base))
        if quota and quota.limit and quota.remaining is not None:
            if quota.remaining < quota.limit / 10:
                # The last tenth of the allowance is for answers.
                minutes = max(minutes, base * 2)
        return minutes

    def _fetch_history(self, connector):
        try:
            page = connector.backfill(
                self._stream(), self.backfill_cursor or None, PAGE_SIZE
            )
        except InvalidCursor:
            page = connector.backfill(self._stream(), None, PAGE_SIZE)
        since = fields.Datetime.now() - timedelta(days=self.backfill_days)
        room = max(self.backfill_limit - self.backfill_count, 0)
        kept = self.env["social.crm.retention"]
        oldest = kept._oldest(self.company_id.id, self.network)
        since = max(since, oldest or since)
        posts = tuple(post for post in page.posts if _moment(post) >= since)
        done = not page.more or len(posts) < len(page.posts) or len(posts) >= room
        values = {
            "backfill_cursor": False if done else page.cursor,
            "backfill_count": self.backfill_count + min(len(posts), room),
            "backfill_state": "done" if done else "running",
            "last_success_at": fields.Datetime.now(),
        }
        page = Page(posts[:room], page.cursor, page.more, page.bad_items)
        self._store(page, values, silent=True)
        return not done

    def _fetch_edits(self, connector):
        """Read recent mentions again, newest first, a page at a time."""
        now = fields.Datetime.now()
        rows = self._refresh_rows()
        since = now - timedelta(days=REFRESH_DAYS)
        recent = [row for row in rows if row[3] >= since]
        uri_of = {uid: uri for _id, uid, uri, _at, gone in recent if not gone}
        # What is gone has nothing left but its id on that server.
        posts = tuple(
            replace(post, uri=uri_of[post.uid]) if post.deleted else post
            for post in (connector.refresh(list(uri_of)) if uri_of else ())
        )
        done = len(rows) < PAGE_SIZE or not recent
        values = {"refresh_position": 0 if done else rows[-1][0]}
        if done:
            values["next_refresh_at"] = now + timedelta(minutes=REFRESH_MINUTES)
        self._store(Page(posts, None), values, silent=True)
        return not done

    def _refresh_rows(self):
        """Return (id, uid, uri, published_at, deleted) of what to read again."""
        position = SQL("AND s.mention_id < %s", self.refresh_position)
        return self.env.execute_query(
            SQL(
                """
                SELECT r.mention_id, r.uid, m.uri, m.published_at,
                       m.deleted_at IS NOT NULL
                FROM (
                    SELECT s.mention_id, s.uid FROM social_crm_mention_source s
                    WHERE s.feed_id = %s %s
                    ORDER BY s.mention_id DESC LIMIT %s
                ) r JOIN social_crm_mention m ON m.id = r.mention_id
                ORDER BY r.mention_id DESC
                """,
                self.id,
                position if self.refresh_position else SQL(),
                PAGE_SIZE,
            )
        )

    def _store(self, page, values, silent):
        """Store the page and move the cursor: both or neither.

        The snapshot of this transaction may be older than a row that another worker has
        just written; then only a new transaction can see it.
        """
        position = self._position()
        for attempt in range(MAX_TRIES):
            try:
                self._store_once(page, values, silent)
                return
            except CONFLICTS:
                if attempt + 1 == MAX_TRIES:
                    raise
                self.env.cr.rollback()
                self._lock()
                if self._position() != position:
                    # Unlocked for a moment: another worker has stored this page.
                    return

    def _position(self):
        return self.cursor, self.backfill_cursor, self.refresh_position

    def _store_once(self, page, values, silent):
        mentions = self.env["social.crm.mention"]
        bad_items = page.bad_items
        try:
            mentions._ingest(self, page.posts, silent=silent)
        except POISON:
            # One of them cannot be stored: find it, so that the rest goes on.
            self.env.cr.rollback()
            self._lock()
            bad_items += self._store_one_by_one(page.posts, silent)
        if bad_items:
            self.env["social.crm.bad.item"]._put_aside(self, bad_items)
        self._write_state(values)

    def _store_one_by_one(self, posts, silent):
        """Store what can be stored; return the rest as items put aside."""
        bad_items = []
        for post in posts:
            try:
                with self.env.cr.savepoint(flush=False):
                    self.env["social.crm.mention"]._ingest(self, (post,), silent=silent)
            except POISON as error:
                bad_items.append(unstored(post, error))
        return tuple(bad_items)

    def _write_state(self, values):
        """Write columns of the locked row: one statement, and quiet conflicts."""
        pairs = (
            SQL("%s = %s", SQL.identifier(name), None if value is False else value)
            for name, value in values.items()
        )
        query = SQL(
            "UPDATE social_crm_feed SET %s WHERE id = %s",
            SQL(", ").join(pairs),
            self.id,
        )
        self.env.cr.execute(query, log_exceptions=False)
        self.invalidate_recordset(list(values), flush=False)

    def _lock(self):
        """Keep other workers off this stream; wait for one that is at it."""
        self._run_first(sql.LOCK_FEED, id=self.id)

    def _run_first(self, statement, **params):
        """Run what begins a transaction, which a conflict may begin anew.

        Another worker may have moved the row since our snapshot was taken.
        """
        for attempt in range(MAX_TRIES):
            try:
                return statement.run(self.env.cr, **params)
            except CONFLICTS:
                self.env.cr.rollback()
                if attempt + 1 == MAX_TRIES:
                    raise

    def _note_error(self, error):
        """Keep the error in words and ask again later, ever more rarely."""
        self.ensure_one()
        count = self.error_count + 1
        minutes = min((self.interval or DEFAULT_INTERVAL) * 2 ** (count - 1), 360)
        at = fields.Datetime.now() + timedelta(minutes=minutes)
        if isinstance(error, RateLimited):
            at = max(error.retry_at.replace(tzinfo=None), fields.Datetime.now())
        text = str(error)
        if not isinstance(error, ConnectorError):
            text = self.env._(
                "A fault in the add-on stopped this stream; the server log has it: %s",
                type(error).__name__,
            )
        self.sudo().write(
            {"last_error": text, "error_count": count, "next_fetch_at": at}
        )

    # --- lanes and triggers --------------------------------------------------

    def _trigger_fetch(self):
        """Ask the scheduler to run soon."""
        if cron := self.env.ref(LANE_XMLID, raise_if_not_found=False):
            cron.sudo()._trigger()

    def action_fetch_now(self):
        """Fetch at the next beat of the scheduler, edits too, whatever the plan was."""
        self.check_access("write")
        # A stream that is being fetched just now is locked, perhaps for long.
        self.env.cr.execute(
            SQL(
                """
                SELECT id FROM social_crm_feed WHERE id = ANY(%s) ORDER BY id
                FOR NO KEY UPDATE SKIP LOCKED
                """,
                self.ids,
            ),
            log_exceptions=False,
        )
        feeds = self.sudo().browse(row[0] for row in self.env.cr.fetchall())
        now = fields.Datetime.now()
        feeds.write({"next_fetch_at": now, "error_count": 0})
        # Only where the network shows edits.
        looking = feeds.filtered("next_refresh_at")
        looking.write({"next_refresh_at": now, "refresh_position": 0})
        self._trigger_fetch()
        message = self.env._("The scheduler fetches it within a minute.")
        if len(feeds) < len(self):
            message = self.env._("It is being fetched right now.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": "success",
            },
        }

    def action_open_mentions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_crm.social_crm_mention_action"
        )
        return {**action, "domain": [("feed_ids", "in", self.ids)], "context": {}}

    @api.model
    def _lane_count(self):
        """How many crons fetch: fewer than threads, so that sending never waits."""
        value = self.env["ir.config_parameter"].sudo().get_param
        wanted = value("social_crm.fetch_lanes") or ""
        wanted = int(wanted) if wanted.isdecimal() else 1
        return max(1, min(wanted, config["max_cron_threads"] - 1))

    @api.model
    def _sync_lanes(self):
        """Make as many cron records as there are lanes."""
        main = self.env.ref(LANE_XMLID).sudo()
        crons = main.with_context(active_test=False)
        lanes = crons.search(
            [
                ("ir_actions_server_id.model_id.model", "=", self._name),
                ("code", "=", main.code),
                ("id", "!=", main.id),
            ],
            order="id",
        )
        wanted = self._lane_count() - 1
        lanes[wanted:].unlink()
        for number in range(len(lanes), wanted):
            lane = main.copy({"active": main.active})
            lane.cron_name = f"{main.cron_name} ({number + 2})"
        self._toggle_lanes()

    @api.model
    def _toggle_lanes(self):
        """The crons run only while something is connected."""
        main = self.env.ref(LANE_XMLID, raise_if_not_found=False)
        if not main:
            return
        crons = main.sudo().with_context(active_test=False)
        lanes = crons.search(
            [
                ("ir_actions_server_id.model_id.model", "=", self._name),
                ("code", "=", main.sudo().code),
            ]
        )
        for lane in lanes:
            # Leaves a lane alone that runs just now, and a neutralized database.
            lane.toggle("social.crm.account", [("state", "=", "connected")])
