"""Profiles that the network shows no more: deleted, closed or suspended."""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ..connectors.errors import ConnectorError, RateLimited
from ..connectors.records import Author
from . import ingest_sql as sql
from .ingest_profiles import ProfileNews
from .ingest_suppression import ANONYMOUS
from .ingest_values import PREVIEW, stamp
from .person_names import BY_HANDLE
from .social_crm_feed import CONFLICTS

_logger = logging.getLogger(__name__)

# A profile is looked up so often, one that is gone once more, and so many an account
# and night: those of contacts first.
EVERY = timedelta(days=30)
AGAIN = timedelta(days=7)
NIGHT = 200
BATCH = 25
# Of the network's allowance at least this share is left to fetching and answering.
RESERVE = 0.5
# Texts that go at once, where what authors delete must go here.
MENTIONS = 1000
# What the network told of somebody who is no more there.
TOLD = (
    "name",
    "avatar_url",
    "bio",
    "location",
    "verified_links",
    "pronouns_said",
    "languages_said",
    "languages_spoken",
    "followers_count",
    "following_count",
    "posts_count",
    "followers_series",
)
DUE = """
    SELECT i.id FROM social_crm_identity i
    WHERE i.company_id = %(company)s AND i.network = %(network)s AND i.active
      AND i.erase_pending IS NOT TRUE AND i.author_kind <> 'ours'
      AND NOT starts_with(i.uri, %(typed)s) AND NOT starts_with(i.uri, %(anonymous)s)
      AND COALESCE(i.checked_at, i.first_seen_at, i.create_date) < CASE
            WHEN i.gone_at IS NULL THEN %(stale)s ELSE %(gone)s END
    ORDER BY i.partner_id IS NULL, i.checked_at NULLS FIRST, i.id LIMIT %(size)s
"""
# Who speaks is there.
SPOKE = """
    SELECT i.id FROM social_crm_identity i
    WHERE i.id = ANY(%(ids)s) AND i.gone_at IS NULL AND EXISTS (
        SELECT FROM social_crm_mention m
        WHERE m.identity_id = i.id AND m.published_at > %(since)s)
"""
CHECKED = """
    UPDATE social_crm_identity SET checked_at = %(now)s WHERE id = ANY(%(ids)s)
"""
STORED = sql.Statement(
    f"""
    SELECT json_build_array(i.uri, i.id, {sql.STORED}) FROM social_crm_identity i
    WHERE i.company_id = %(company)s AND i.network = %(network)s
      AND i.uri = ANY(%(uris)s) AND i.erase_pending IS NOT TRUE
    """
)
SAID = """
    SELECT m.id, m.media FROM social_crm_mention m
    WHERE m.identity_id = %(identity)s AND m.deleted_at IS NULL
    ORDER BY m.id LIMIT %(size)s
"""


class SocialCrmIdentity(models.Model):
    # A concern, a file.
    _inherit = "social.crm.identity"  # pylint: disable=consider-merging-classes-inherited

    gone_at = fields.Datetime("Gone since", readonly=True, copy=False)
    gone_words = fields.Char("Gone", compute="_compute_gone_words")
    gone_emptied = fields.Boolean(readonly=True, copy=False)
    checked_at = fields.Datetime("Last looked up", readonly=True, copy=False)

    _gone_idx = models.Index("(gone_at) WHERE gone_at IS NOT NULL")

    @api.depends("gone_at")
    @api.depends_context("lang", "tz")
    def _compute_gone_words(self):
        for profile in self:
            day = profile.gone_at and format_date(
                self.env,
                fields.Datetime.context_timestamp(profile, profile.gone_at),
                date_format="medium",
            )
            profile.gone_words = day and self.env._("Gone since %s", day)

    @api.depends("gone_at")
    def _compute_may_ask(self):
        """Nobody is there who could answer."""
        result = super()._compute_may_ask()
        self.filtered("gone_at").may_ask = False
        return result

    def action_check_profile(self):
        """Look these profiles up on their networks now."""
        self.check_access("write")
        # sudo: accounts and their logins are nobody's business here.
        for profile in self.sudo():
            account = self._accounts_that_look(profile.company_id, profile.network)[:1]
            if not account:
                raise UserError(
                    self.env._("No connected account can look this profile up.")
                )
            try:
                found = account._connector().profiles([profile._as_author()])
            except ConnectorError as error:
                raise UserError(account._describe_error(error)["error"]) from error
            profile._store_looked_up(found)
            if not found:
                raise UserError(self.env._("The network does not say. Try it later."))

    # --- looking up ----------------------------------------------------------

    @api.model
    def _accounts_that_look(self, company=None, network=None):
        accounts = self.env["social.crm.account"].sudo()
        known = [code for code, _label in self._selection_network()]
        domain = [("state", "=", "connected"), ("network", "in", known)]
        # An example has nobody to ask.
        domain += [("is_example", "=", False)]
        domain += [("company_id", "=", company.id)] if company else []
        domain += [("network", "=", network)] if network else []
        now = fields.Datetime.now()
        return accounts.search(domain).filtered(
            lambda account: (
                "profiles" in account._connector_class(account.network).capabilities
                and not (account.retry_at and account.retry_at > now)
            )
        )

    @api.model
    def _cron_check_profiles(self):
        """Look up profiles that were silent for long; empty those that are gone.

        A batch is committed before the next is asked for, and nothing is locked while
        the network answers. An error of one account leaves the others alone.
        """
        self.env["social.crm.account"]._pause_copies()
        crons, time_left = self.env["ir.cron"], True
        for account in self._accounts_that_look():
            if not time_left:
                return
            connector = account._connector()
            due = self._due(account)
            time_left = crons._commit_progress(0)
            while due and time_left and _has_quota(connector):
                batch, due = due[:BATCH], due[BATCH:]
                try:
                    time_left = self._check_batch(connector, batch, len(due))
                except ConnectorError as error:
                    _logger.info("Profiles of %s: %s", account.network, error)
                    self.env.cr.rollback()
                    if isinstance(error, RateLimited):
                        account._note_error(error)
                    break
                except CONFLICTS:
                    # Fetching goes first. They are due again tomorrow.
                    self.env.cr.rollback()
        if time_left:
            self._empty_gone()

    def _check_batch(self, connector, batch, remaining):
        found = connector.profiles([profile._as_author() for profile in batch])
        # What has happened while we waited is seen from here on.
        self.env["ir.cron"]._commit_progress(0)
        batch._store_looked_up(found)
        self.env.flush_all()
        return self.env["ir.cron"]._commit_progress(len(batch), remaining=remaining)

    @api.model
    def _due(self, account):
        """Return the profiles to look up tonight with an account."""
        now = fields.Datetime.now()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                DUE,
                company=account.company_id.id,
                network=account.network,
                typed=BY_HANDLE,
                anonymous=ANONYMOUS,
                stale=now - EVERY,
                gone=now - AGAIN,
                size=NIGHT,
            )
        )
        ids = [row[0] for row in rows]
        spoke = SQL(SPOKE, ids=ids, since=now - EVERY)
        here = self.browse([row[0] for row in self.env.execute_query(spoke)])
        # Who opted out is not looked after.
        here |= (self.browse(ids) - here).filtered("privacy")
        self.env.cr.execute(SQL(CHECKED, ids=here.ids, now=now), log_exceptions=False)
        return self.browse(ids) - here

    def _as_author(self):
        self.ensure_one()
        return Author(self.uri, self.uri, self.handle or "")

    def _store_looked_up(self, found):
        """Store what a network said of these profiles (of one company and network)."""
        company, network = self.company_id.id, self[:1].network
        now = stamp(fields.Datetime.now())

        def run(statement, **params):
            params |= {"company": company, "network": network, "now": now}
            statement.run(self.env.cr, **params)
            return self.env.cr

        wanted = set(self.mapped("uri"))
        authors = {author.uri: author for author in found if author.uri in wanted}
        self.env.flush_all()
        news = ProfileNews(run)
        for ((uri, identity_id, *stored),) in run(
            STORED, uris=sorted(authors)
        ).fetchall():
            news.add(identity_id, authors[uri], stored)
        news.store()
        # Also those that nobody could tell about: others are waiting.
        self.env.cr.execute(SQL(CHECKED, ids=self.ids, now=now), log_exceptions=False)
        self.env.invalidate_all(flush=False)

    # --- what must go with them ----------------------------------------------

    @api.model
    def _empty_gone(self):
        """What authors delete must go here, too, where the network's rules say so.

        Only of those of whom the network has said it twice, a week apart: profiles come
        back. Links, conversations and what we answered stay.
        """
        crons = self.env["ir.cron"]
        networks = self.env["social.crm.network"]
        codes = [
            code
            for code, _label in self._selection_network()
            if not networks._policy(code).keep_deleted
        ]
        domain = [
            ("gone_at", "<=", fields.Datetime.now() - AGAIN),
            ("gone_emptied", "=", False),
            ("network", "in", codes),
        ]
        everyone = self.sudo().with_context(active_test=False, tracking_disable=True)
        twice = everyone.search(domain, order="id", limit=NIGHT).filtered(
            lambda profile: (
                profile.checked_at and profile.checked_at >= profile.gone_at + AGAIN
            )
        )
        for profile in twice:
            while profile._empty_some():
                if not crons._commit_progress(1):
                    return
            if not crons._commit_progress(1):
                return

    def _empty_some(self):
        """Delete some of what was said; return whether more is left."""
        self.ensure_one()
        self.env.flush_all()
        rows = self.env.execute_query(SQL(SAID, identity=self.id, size=MENTIONS))
        ids = [row[0] for row in rows]
        files = [item for _id, media in rows for item in media or ()]
        urls = [item.get(name) for item in files for name in ("url", "preview_url")]
        self.env["social.crm.media"]._forget([url for url in urls if url])
        if ids:
            now, cr = stamp(fields.Datetime.now()), self.env.cr
            sql.ERASE_DELETED.run(cr, ids=ids, now=now)
            sql.DELETE_VERSIONS.run(cr, ids=ids)
            sql.REFRESH_PREVIEWS.run(cr, ids=ids, size=PREVIEW)
            self.env.invalidate_all(flush=False)
        if len(ids) == MENTIONS:
            return True
        self.env["social.crm.media"]._forget([self.avatar_url or ""])
        self._forget_history()
        self.write({**dict.fromkeys(TOLD, False), "gone_emptied": True})
        return False


def _has_quota(connector):
    """Whether enough is left of what the network allows us."""
    quota = connector.quota
    if not quota or not quota.limit or quota.remaining is None:
        return True
    return quota.remaining > quota.limit * RESERVE
