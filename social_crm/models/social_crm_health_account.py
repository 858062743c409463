from collections import defaultdict

from odoo import api, fields, models

# A page or a restart may take a few minutes.
LATE_MINUTES = 10
# A stream that fails once is asked again soon; then somebody should look.
MANY_FAILURES = 3


class SocialCrmHealth(models.AbstractModel):
    """Accounts and their streams, as far as the user may see them."""

    _inherit = "social.crm.health"

    @api.model
    def _account_sections(self):
        """Return a section for each account: itself, then its streams, worst first."""
        accounts = self.env["social.crm.account"].search(
            [("company_id", "in", self.env.companies.ids)]
        )
        feeds = self.env["social.crm.feed"].search([("account_id", "in", accounts.ids)])
        # Lists: a recordset of fewer streams would be read for itself.
        streams_of = defaultdict(list)
        for feed in feeds:
            streams_of[feed.account_id.id].append(feed)
        sections = []
        networks = dict(accounts._selection_network())
        for account in accounts:
            own = streams_of[account.id]
            lines = [self._account_line(account, own)]
            streams = [self._stream_line(feed) for feed in own]
            streams.sort(key=lambda line: line["level"] == "ok")
            name, network = account.name, networks[account.network]
            if network.lower() not in name.lower():
                name = f"{name} ({network})"
            sections.append(
                self._section(f"account_{account.id}", name, lines + streams)
            )
        return sections or [self._no_account()]

    @api.model
    def _no_account(self):
        line = self._line(
            "no_account",
            "warning",
            self.env._("No account yet"),
            self.env._("Nothing is fetched before an account is connected."),
            todo=self.env._("Connect the first one under Configuration > Accounts."),
            action=(
                self.env._("Accounts"),
                self.env["ir.actions.act_window"]._for_xml_id(
                    "social_crm.social_crm_account_action"
                ),
            ),
        )
        return self._section("accounts", self.env._("Accounts"), [line])

    # --- an account ----------------------------------------------------------

    @api.model
    def _account_line(self, account, feeds):
        level, text, todo = self._account_state(account, feeds)
        return self._line(
            f"account_{account.id}",
            level,
            dict(account._fields["state"]._description_selection(self.env))[
                account.state
            ],
            text,
            self._last_success(account),
            self._quota(account),
            todo=todo,
            action=self._open(account),
        )

    @api.model
    def _account_state(self, account, feeds):
        """Return (level, what is the case, what to do)."""
        now = fields.Datetime.now()
        again = self.env._("Open the account, test the connection and activate it.")
        if account.is_copy:
            return "warning", account._copy_sentence(), ""
        if account.state == "draft":
            return (
                "warning",
                self.env._("Nothing is fetched: it was never activated."),
                again,
            )
        if account.state == "needs_login":
            todo = self.env._(
                "Log in again: open the account, test the connection, activate."
            )
            return "error", account.last_error or "", todo
        if account.state == "paused":
            return (
                "warning",
                account.last_error or self.env._("Nothing is fetched."),
                again,
            )
        if not feeds:
            todo = self.env._(
                "Open the account and add a stream: it says what to fetch."
            )
            return "warning", self.env._("Nothing is fetched: it has no stream."), todo
        if account.retry_at and account.retry_at > now:
            text = self.env._(
                "The network asked us to wait; it goes on %s.",
                self._when(account.retry_at),
            )
            return "warning", text, self.env._("Nothing to do: it goes on by itself.")
        if account.lag > LATE_MINUTES:
            text = self.env._("It is %s minutes behind.", round(account.lag))
            todo = self.env._(
                "If that lasts, raise social_crm.fetch_lanes or fetch less often."
            )
            return "warning", text, todo
        if account.last_error:
            todo = self.env._("It is tried again by itself; the streams say when.")
            return "warning", account.last_error, todo
        return "ok", "", ""

    @api.model
    def _last_success(self, record):
        if not record.last_success_at:
            return self.env._("No success yet.")
        return self.env._("Last success %s.", self._when(record.last_success_at))

    @api.model
    def _quota(self, account):
        """Say how many calls the network still allows, and until when."""
        if not account.quota_limit:
            return ""
        at, now = account.quota_reset_at, fields.Datetime.now()
        if not at or at <= now:
            return self.env._("%s calls are allowed at a time.", account.quota_limit)
        return self.env._(
            "%(left)s of %(limit)s calls are left; they are renewed %(when)s.",
            left=account.quota_remaining,
            limit=account.quota_limit,
            when=self._when(at),
        )

    # --- a stream ------------------------------------------------------------

    @api.model
    def _stream_line(self, feed):
        kinds = dict(feed._fields["kind"]._description_selection(self.env))
        problems = [*self._stream_problems(feed)]
        level = "ok"
        if problems:
            level = "error" if feed.error_count >= MANY_FAILURES else "warning"
        return self._line(
            f"stream_{feed.id}",
            level,
            " ".join(filter(None, (kinds[feed.kind], feed.query))),
            *(text for text, _todo in problems),
            self._last_success(feed),
            feed.account_id.state == "connected" and self._next_run(feed.next_fetch_at),
            self._history(feed),
            todo=" ".join(filter(None, (todo for _text, todo in problems))),
            action=self._open_items(feed) or self._open(feed),
        )

    @api.model
    def _stream_problems(self, feed):
        """Yield (what is the case, what to do)."""
        works = feed.account_id.state == "connected"
        if feed.last_error:
            text = feed.last_error
            if feed.error_count > 1:
                text = self.env._(
                    "%(error)s It failed %(count)s times in a row.",
                    error=text,
                    count=feed.error_count,
                )
            todo = self.env._("It is tried again by itself; Fetch now tries at once.")
            yield text, todo if works else ""
        elif works and feed.lag > LATE_MINUTES:
            yield self.env._("It is %s minutes behind.", round(feed.lag)), ""
        if feed.notice:
            yield feed.notice, ""
        if feed.silent_since:
            yield (
                self.env._(
                    "Silent: the last mention came %(when)s. In the same hours of other"
                    " weeks at least %(count)s came.",
                    when=self._when(feed.silent_since),
                    count=feed.silent_usual,
                ),
                self.env._(
                    "Look on the network whether people still write, and whether the"
                    " stream looks for the right words. Archive it if its time is over."
                ),
            )
        if feed.bad_item_count:
            yield (
                self.env._(
                    "Items put aside because they could not be read: %s.",
                    feed.bad_item_count,
                ),
                self.env._("Look at them, try again or delete them."),
            )

    @api.model
    def _history(self, feed):
        if feed.backfill_state != "running":
            return ""
        return self.env._(
            "History is loading: %(count)s of at most %(limit)s so far.",
            count=feed.backfill_count,
            limit=feed.backfill_limit,
        )

    @api.model
    def _open_items(self, feed):
        """A button for what was put aside."""
        if not feed.bad_item_count:
            return None
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_crm.social_crm_bad_item_action"
        )
        domain = [("feed_id", "=", feed.id)]
        return self.env._("Items"), {**action, "domain": domain}
