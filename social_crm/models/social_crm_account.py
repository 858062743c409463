from contextlib import contextmanager

from markupsafe import escape

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..connectors.errors import AuthError, ConnectorError, RateLimited
from ..connectors.trial import in_a_hurry
from .social_crm_login_mixin import ADMIN, CREDENTIALS

LOGIN_ACTIVITY = "social_crm.mail_activity_type_login"
SILENCE_ACTIVITY = "social_crm.mail_activity_type_silence"
# Written by tests and by the scheduler alone.
SYSTEM_FIELDS = {"state", "tested_at", "own_uri", "database_uuid", "account_uid"}


class SocialCrmAccount(models.Model):
    """A connection to a network, ours: login, health, quota."""

    _name = "social.crm.account"
    _description = "Social Account"
    _inherit = [
        "social.crm.login.mixin",
        "social.crm.internal.mixin",
        "mail.activity.mixin",
    ]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        default=lambda self: self.env.user,
        help="Gets an activity when the network asks to log in again.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("connected", "Connected"),
            ("needs_login", "Needs login"),
            ("paused", "Paused"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    feed_ids = fields.One2many("social.crm.feed", "account_id", string="Streams")

    own_uri = fields.Char("Own profile key", readonly=True, copy=False)
    own_name = fields.Char("Connected as", readonly=True, copy=False)
    own_url = fields.Char("Own profile", readonly=True, copy=False)
    tested_at = fields.Datetime(readonly=True, copy=False)
    test_preview = fields.Json(readonly=True, copy=False, groups=ADMIN)
    test_preview_text = fields.Text(compute="_compute_test_preview_text", groups=ADMIN)

    last_success_at = fields.Datetime("Last success", readonly=True, copy=False)
    last_error = fields.Text("Last error", readonly=True, copy=False)
    retry_at = fields.Datetime(
        "Waits until", readonly=True, copy=False, help="The network asked us to wait."
    )
    next_fetch_at = fields.Datetime("Next run", compute="_compute_health")
    lag = fields.Float(
        "Behind (minutes)",
        compute="_compute_health",
        help="How long the most overdue stream has waited for its run.",
    )
    quota_limit = fields.Integer("Calls allowed", readonly=True, copy=False)
    quota_remaining = fields.Integer("Calls left", readonly=True, copy=False)
    quota_reset_at = fields.Datetime("Calls renewed", readonly=True, copy=False)
    database_uuid = fields.Char(
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="The database that this account was connected in: a copy fetches nothing.",
    )
    is_copy = fields.Boolean(
        compute="_compute_is_copy", help="It was connected in another database."
    )

    # --- compute -------------------------------------------------------------

    @api.model
    def _network_facts(self):
        """Return {network: (label, icon)}."""
        return {
            code: (label, self._connector_class(code).icon)
            for code, label in self._selection_network()
        }

    @api.depends("feed_ids.next_fetch_at", "state")
    def _compute_health(self):
        for account in self:
            runs = account.feed_ids.filtered("next_fetch_at").mapped("next_fetch_at")
            connected = account.state == "connected"
            account.next_fetch_at = connected and min(runs, default=False)
            account.lag = max(account.feed_ids.mapped("lag"), default=0)

    @api.depends("database_uuid")
    def _compute_is_copy(self):
        uuid = self._this_database()
        # sudo: only whether it is another database comes out, not which.
        for account in self.sudo():
            account.is_copy = account.database_uuid not in (False, uuid)

    @api.depends("test_preview")
    def _compute_test_preview_text(self):
        for account in self:
            account.test_preview_text = "\n\n".join(
                f"{line['author']}, {line['date']}\n{line['text']}"
                for line in account.test_preview or ()
            )

    # --- credentials ---------------------------------------------------------

    def _inverse_login_code(self):
        for account in self.filtered("login_code"):
            account._exchange_code(account.login_code)

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        accounts._check_lanes()
        return accounts

    def write(self, vals):
        vals = self._tidy(vals)
        if not self.env.su and SYSTEM_FIELDS & set(vals):
            raise AccessError(
                self.env._("Test and activate an account with its buttons.")
            )
        if "company_id" in vals:
            company = self.env["res.company"].browse(vals["company_id"])
            others = self.filtered(lambda account: account.company_id != company)
            if others.with_context(active_test=False).feed_ids._has_fetched():
                raise UserError(
                    self.env._(
                        "What this account fetched belongs to its company. Connect it"
                        " once more for the other company."
                    )
                )
        moved = self.filtered(
            lambda account: any(
                name in vals and (account[name] or "") != (vals[name] or "")
                for name in ("network", "base_url", "handle")
            )
        )
        if moved:
            # Another server or person: what we had to log in must not go there, and it
            # must be seen to work before it is asked regularly.
            login = set(CREDENTIALS) - {"base_url", "handle"}
            away = dict.fromkeys(
                (*login, "tested_at", "own_uri", "test_preview"), False
            )
            super(SocialCrmAccount, moved.sudo()).write({**away, "state": "draft"})
        result = super().write(vals)
        if vals.get("state") == "connected":
            self._login_works()
        if "state" in vals or "active" in vals:
            self._check_lanes()
        return result

    def _check_lanes(self):
        self.env["social.crm.feed"]._toggle_lanes()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if self.with_context(active_test=False).feed_ids._has_fetched():
            raise UserError(
                self.env._(
                    "What this account fetched would lose its source. Archive it"
                    " instead."
                )
            )

    # --- connector -----------------------------------------------------------

    def _connector(self, session=None):
        connector = super()._connector(session)
        connector.credential_lock = lambda: self._credential_lock(connector)
        return connector

    @contextmanager
    def _credential_lock(self, connector):
        """Let one worker at a time renew the login; keep the result at once.

        The new tokens are stored in a transaction of their own: the old ones are
        worthless whatever becomes of ours.
        """
        with self._own_cursor() as cr:
            names = SQL(", ").join(map(SQL.identifier, CREDENTIALS))
            cr.execute(
                SQL(
                    "SELECT %s FROM social_crm_account WHERE id = %s FOR NO KEY UPDATE",
                    names,
                    self.id,
                )
            )
            row = cr.dictfetchone() or {}
            before = dict(connector.changed)
            yield {name: value for name, value in row.items() if value}
            changed = {
                name: value
                for name, value in connector.changed.items()
                if before.get(name) != value
            }
            self._store_changed(cr, changed)
            for name in changed:
                connector.changed.pop(name, None)

    def _store_changed(self, cr, changed):
        pairs = [
            SQL("%s = %s", SQL.identifier(name), value or None)
            for name, value in changed.items()
            if name in CREDENTIALS
        ]
        if pairs:
            cr.execute(
                SQL(
                    "UPDATE social_crm_account SET %s WHERE id = %s",
                    SQL(", ").join(pairs),
                    self.id,
                )
            )

    @contextmanager
    def _own_cursor(self):
        """A short transaction beside ours; in a test the same one."""
        with self.env.registry.cursor() as cr:
            yield cr
        self.invalidate_recordset(flush=False)

    # --- actions -------------------------------------------------------------

    def action_test(self):
        """Log in, read the last posts of each stream, store none of them."""
        self.ensure_one()
        self.check_access("write")
        connector = in_a_hurry(self._connector())
        found = self._try_out(connector, [feed._stream() for feed in self.feed_ids])
        self._lock_health(wait=True)
        self._save_connector_state(connector)
        if error := found.get("error"):
            # sudo: who may write the account may press the button, not set these.
            self.sudo().write({"last_error": error, "tested_at": False})
            return self._notify(self.env._("It does not work yet"), error, False)
        self._keep_test(found)
        said = (
            self.env._("%(count)s posts read as a sample.", count=len(found["lines"]))
            if self.feed_ids
            else self.env._("Now add a stream and test again: you see its last posts.")
        )
        return self._notify(
            self.env._("Connected as %(name)s", name=self.own_name), said, True
        )

    def _keep_test(self, found):
        """Keep what a test found; what it read may be activated.

        sudo: these fields are closed to everybody; who calls was checked.
        """
        self.sudo().write(
            {
                "own_uri": found["own_uri"],
                "own_name": found["own_name"],
                "own_url": found["own_url"],
                "tested_at": fields.Datetime.now(),
                "test_preview": found["lines"],
                "last_error": False,
            }
        )

    def _ask_for_test(self):
        """A stream is new or looks for something else: nobody saw yet what it reads.

        sudo: the fields that say so are closed to everybody; nothing is read or shown.
        """
        self.filtered(
            lambda account: account.tested_at and account.state != "connected"
        ).sudo().write({"tested_at": False, "test_preview": False})

    def action_activate(self):
        """Start fetching; only what was tested can be active."""
        for account in self:
            if not account.tested_at:
                raise UserError(self.env._("Test the connection first."))
            if not account.feed_ids:
                raise UserError(
                    self.env._("Add a stream first: it says what to fetch.")
                )
        self.check_access("write")
        # sudo: who may write the account may press the button, not set these fields.
        self.sudo().write(
            {
                "state": "connected",
                "database_uuid": self._this_database(),
                "test_preview": False,
                "last_error": False,
            }
        )
        self.feed_ids.sudo().write({"next_fetch_at": fields.Datetime.now()})
        self.feed_ids._trigger_fetch()

    def action_pause(self):
        self.check_access("write")
        self.sudo().write({"state": "paused"})

    @api.model
    def _this_database(self):
        """Return what tells this database from its copies. sudo: no secret."""
        return self.env["ir.config_parameter"].sudo().get_param("database.uuid")

    @api.model
    def _pause_copies(self):
        """A restored or copied database leaves the network to the one it came from."""
        uuid = self._this_database()
        # sudo: the scheduler looks after the accounts of all companies.
        copies = self.sudo().search(
            [("state", "=", "connected"), ("database_uuid", "!=", uuid)]
        )
        if copies:
            copies.write({"state": "paused", "last_error": self._copy_sentence()})

    @api.model
    def _copy_sentence(self):
        return self.env._(
            "This database is a copy: nothing is fetched here, the original goes on."
            " Activate the account if this one is to take over."
        )

    def action_get_code(self):
        """Register us with the server and open the page that asks for permission."""
        self.ensure_one()
        self.check_access("write")
        try:
            return self._ask_for_code()
        except ConnectorError as error:
            raise UserError(self._describe_error(error)["error"]) from error

    def _exchange_code(self, code):
        self.ensure_one()
        self.check_access("write")
        connector = in_a_hurry(self._connector())
        try:
            self._trade_code(connector, code)
        except ConnectorError as error:
            raise UserError(self._describe_error(error)["error"]) from error
        self._set_credentials(dict(connector.changed))

    def _notify(self, title, message, good):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": title,
                "message": message,
                "type": "success" if good else "danger",
                "sticky": not good,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # --- health --------------------------------------------------------------

    def _lock_health(self, wait):
        """Lock this row, which all streams and workers write; say whether we have it.

        Good news may be dropped when another worker has some, too; an error waits. A
        conflict with a login renewed beside us writes no ERROR line: Odoo repeats the
        request, the cron its note.
        """
        self.ensure_one()
        self.env.cr.execute(
            SQL(
                "SELECT id FROM social_crm_account WHERE id = %s FOR NO KEY UPDATE %s",
                self.id,
                SQL() if wait else SQL("SKIP LOCKED"),
            ),
            log_exceptions=False,
        )
        return bool(self.env.cr.fetchone())

    def _note_success(self, quota):
        """Store what the last call said; called in a transaction of its own."""
        self.ensure_one()
        values = {"last_success_at": fields.Datetime.now(), "last_error": False}
        if quota:
            values |= {
                "quota_limit": quota.limit or 0,
                "quota_remaining": quota.remaining or 0,
                "quota_reset_at": quota.reset_at
                and quota.reset_at.replace(tzinfo=None),
            }
        self.sudo().write(values)

    def _note_error(self, error):
        """Store an error in words; a lost login asks its owner to act."""
        self.ensure_one()
        values = {"last_error": str(error)}
        if isinstance(error, RateLimited):
            values["retry_at"] = error.retry_at.replace(tzinfo=None)
        account = self.sudo()
        if isinstance(error, AuthError) and account.state == "connected":
            # A new login must be tested before it is used.
            values |= {"state": "needs_login", "tested_at": False}
            account._ask_owner(
                LOGIN_ACTIVITY,
                self.env._("%(name)s: log in again", name=account.name),
                escape(str(error)),
            )
        account.write(values)

    # --- activities of the owner ---------------------------------------------

    def _ask_owner(self, activity_type, summary, note):
        """Give the owner one activity; who has it already is not asked twice."""
        self.ensure_one()
        if not self.activity_search([activity_type]):
            self.activity_schedule(
                activity_type,
                summary=summary,
                note=note,
                user_id=self.user_id.id or self.env.ref("base.user_admin").id,
            )

    def _login_works(self):
        """Whoever logged in again has done what was asked."""
        self.activity_feedback(
            [LOGIN_ACTIVITY], feedback=self.env._("The account is connected again.")
        )

    def _ask_about_silence(self, feeds):
        """Streams of these accounts fell silent: their owners look why."""
        for account in self:
            names = feeds.filtered(lambda feed: feed.account_id == account)  # noqa: B023
            account._ask_owner(
                SILENCE_ACTIVITY,
                self.env._("%(name)s: nothing comes any more", name=account.name),
                escape(
                    self.env._(
                        "Usually busy, now silent: %(streams)s. Look on the network"
                        " whether people still write, and whether we look for the right"
                        " words.",
                        streams=", ".join(names.mapped("name")),
                    )
                ),
            )

    def _silence_is_over(self):
        """Take back what was asked once no stream is silent any more."""
        quiet = self.filtered(
            lambda account: any(account.feed_ids.mapped("silent_since"))
        )
        (self - quiet).activity_unlink([SILENCE_ACTIVITY])
