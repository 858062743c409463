import json
from hashlib import sha256

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tools.misc import formatLang

from ..connectors.errors import ConnectorError
from ..connectors.records import Stream
from ..connectors.trial import in_a_hurry
from ..models.ingest_values import MAX_TEXT, clean
from ..models.social_crm_feed import BACKFILL_LIMIT
from ..models.social_crm_login_mixin import ADMIN, CREDENTIALS, MASK
from ..models.social_crm_stream_mixin import NEEDS_QUERY

# What must be looked at again when it has changed.
TESTED = ("network", "base_url", "handle", "kind", "query")
LOGIN = ("username", "password", "access_token")
# What a server gave us is for that server and that person alone.
GIVEN = ("client_id", "client_secret", "refresh_token", "account_uid", "login_url")


class SocialCrmConnect(models.TransientModel):
    """Connect an account: four questions, and the last posts before anything is kept.

    The row holds a login for as long as the dialog is open: closing it deletes the row.
    sudo, throughout: as in the mixin; by a rule each administrator sees only their own.
    """

    _name = "social.crm.connect"
    _description = "Connect an Account"
    _inherit = ["social.crm.login.mixin", "social.crm.stream.mixin"]
    _check_company_auto = True
    # For a browser that was closed without a word.
    _transient_max_hours = 1.0

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    code = fields.Char(groups="base.group_system")
    kind = fields.Selection(
        selection=lambda self: self.env["social.crm.feed"]._fields["kind"].selection,
        string="What to fetch",
        compute="_compute_kind",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    available_kinds = fields.Json(compute="_compute_available_kinds")
    needs_login = fields.Boolean(compute="_compute_available_kinds")
    query = fields.Char(
        "Words or address", compute="_compute_query", store=True, readonly=False
    )
    backfill_days = fields.Selection(
        selection="_selection_backfill_days",
        string="How far back",
        default=lambda self: str(self._usual_backfill_days()),
        required=True,
    )
    team_id = fields.Many2one("social.crm.team", check_company=True)

    result = fields.Json(groups="base.group_system")
    is_tested = fields.Boolean(compute="_compute_is_tested")
    is_outdated = fields.Boolean(compute="_compute_is_tested")
    headline = fields.Char(compute="_compute_result")
    error = fields.Char(compute="_compute_result")
    error_field = fields.Char(compute="_compute_result")
    notice = fields.Char(compute="_compute_result")
    preview = fields.Json("The last posts", compute="_compute_result")
    estimate = fields.Char(compute="_compute_estimate")

    @api.model
    def _usual_backfill_days(self):
        """Return what the settings say of new streams."""
        return self.env["social.crm.feed"].default_get(["backfill_days"])[
            "backfill_days"
        ]

    @api.model
    def _selection_backfill_days(self):
        """Some periods, and that of the settings where it is another."""
        periods = {
            0: self.env._("Only what is new"),
            7: self.env._("7 days"),
            30: self.env._("30 days"),
            90: self.env._("90 days"),
            365: self.env._("A year"),
        }
        usual = self._usual_backfill_days()
        periods.setdefault(usual, self._in_days(usual))
        return [(str(days), periods[days]) for days in sorted(periods)]

    def _in_days(self, days):
        if days == 1:
            return self.env._("1 day")
        return self.env._("%s days", self._in_figures(days))

    @api.constrains("network", "kind", "query")
    def _check_what_to_fetch(self):
        # What is still to be entered is asked for when it is needed.
        self._check_network_has_it()
        self._check_hashtag()

    # --- compute -------------------------------------------------------------

    @api.depends("network")
    def _compute_kind(self):
        """Keep the kind if the network has it, else take its first."""
        for dialog in self:
            kinds = self._connector_class(dialog.network).stream_kinds
            dialog.kind = dialog.kind if dialog.kind in kinds else kinds[0]

    @api.depends("kind")
    def _compute_query(self):
        for dialog in self:
            dialog.query = dialog.query if dialog.kind in NEEDS_QUERY else False

    @api.depends("network", "kind")
    def _compute_available_kinds(self):
        for dialog in self:
            cls = self._connector_class(dialog.network)
            dialog.available_kinds = list(cls.stream_kinds)
            dialog.needs_login = dialog.kind not in cls.open_kinds

    @api.depends("code")
    def _compute_inputs(self):
        result = super()._compute_inputs()
        for dialog in self:
            dialog.login_code = MASK if dialog.sudo().code else False
        return result

    @api.depends("result")
    def _compute_result(self):
        for dialog in self:
            # sudo: only what is shown comes out of it; who reads it is checked before.
            result = dialog.sudo().result or {}
            dialog.headline = dialog._say_who(result)
            dialog.error = result.get("error")
            dialog.error_field = result.get("field")
            dialog.notice = result.get("notice")
            dialog.preview = result.get("lines") or []

    def _say_who(self, result):
        name = result.get("own_name")
        if not name:
            return False
        if result["own_uri"]:
            return self.env._("Connected as %(name)s", name=name)
        return self.env._("Reading %(name)s, without a login", name=name)

    @api.depends(
        *TESTED,
        "result",
        "username_input",
        "password_input",
        "access_token_input",
        "login_code",
    )
    def _compute_is_tested(self):
        for dialog in self:
            key = (dialog.sudo().result or {}).get("key")
            same = key == dialog._key() and not dialog._has_typed_login()
            dialog.is_tested = bool(key) and same
            dialog.is_outdated = bool(key) and not same

    @api.depends("backfill_days", "network", "result")
    def _compute_estimate(self):
        for dialog in self:
            dialog.estimate = dialog._say_estimate()

    def _say_estimate(self):
        days = int(self.backfill_days or 0)
        capabilities = self._connector_class(self.network).capabilities
        if not days or "backfill" not in capabilities:
            return self.env._(
                "The newest page, then what comes from now on. No alerts."
            )
        periods = dict(self._selection_backfill_days())
        values = {
            # The settings may have changed since it was chosen.
            "period": periods.get(self.backfill_days) or self._in_days(days),
            "limit": self._in_figures(BACKFILL_LIMIT),
        }
        per_day = (self.sudo().result or {}).get("per_day")
        if not per_day:
            return self.env._(
                "%(period)s, at most %(limit)s posts, no alerts.", **values
            )
        posts = per_day * days
        values["posts"] = self._in_figures(_about(posts))
        if posts > BACKFILL_LIMIT:
            return self.env._(
                "%(period)s, about %(posts)s posts: at most the newest %(limit)s of"
                " them, no alerts.",
                **values,
            )
        return self.env._(
            "%(period)s, at most about %(posts)s posts, no alerts.", **values
        )

    def _in_figures(self, number):
        return formatLang(self.env, number, digits=0)

    # --- what is typed -------------------------------------------------------

    def _inverse_login_code(self):
        for dialog in self:
            if dialog.login_code != MASK:
                dialog._check_admin()
                dialog.sudo().code = clean(dialog.login_code, MAX_TEXT)

    def _check_admin(self):
        if not self.env.su and not self.env.user.has_group(ADMIN):
            raise AccessError(self.env._("Only a Social Administrator may connect."))

    def write(self, vals):
        vals = self._tidy(vals)
        for dialog in self:
            moved = {
                name
                for name in ("network", "base_url", "handle")
                if name in vals and (dialog[name] or "") != (vals[name] or "")
            }
            if moved:
                dialog._forget_login("network" in moved)
        return super().write(vals)

    def _forget_login(self, everything):
        """What a server gave must not go to another; what was typed may, if asked."""
        login = self.sudo()
        names = {*GIVEN}
        if everything:
            names |= {*LOGIN, "code"}
        elif login.client_id or login.refresh_token:
            names |= {"access_token"}
        login.write(dict.fromkeys(names, False))

    def _has_typed_login(self):
        """Whether the form holds a login that was not saved yet."""
        login = self.sudo()
        return (
            (self.username_input or "") != (login.username or "")
            or (self.password_input or "") != (MASK if login.password else "")
            or (self.access_token_input or "") != (MASK if login.access_token else "")
            or bool(self.login_code)
        )

    def _key(self):
        """Return what tells all that was tested from anything else."""
        login = self.sudo()
        said = [login[name] or "" for name in (*TESTED, *LOGIN)]
        return sha256(json.dumps(said).encode()).hexdigest()

    def _field_labels(self):
        labels = super()._field_labels()
        labels["query"] = {
            "feed": self.env._("Address of the feed or page"),
            "hashtag": self.env._("Hashtag"),
            "own": self.env._("Posts of"),
        }.get(self.kind, self.env._("Words"))
        if self.kind == "feed":
            labels["base_url"] = labels["query"]
        return labels

    # --- actions -------------------------------------------------------------

    def action_get_code(self):
        """Open the server's page that asks to allow access."""
        self.ensure_one()
        self._check_admin()
        self.check_access("write")
        try:
            action = self._ask_for_code()
        except ConnectorError as error:
            self.sudo().result = self._describe_error(error)
            return False
        self.sudo().result = False
        return action

    def action_test(self):
        """Log in and read the last posts; keep what came of it in the dialog alone."""
        self.ensure_one()
        self._check_admin()
        self.check_access("write")
        self._check_query_is_given()
        connector = in_a_hurry(self._connector())
        try:
            if code := self.sudo().code:
                self._trade_code(connector, code)
                self.sudo().code = False
        except ConnectorError as error:
            found = self._describe_error(error)
        else:
            stream = Stream(self.kind, (self.query or "").strip())
            found = self._try_out(connector, [stream])
        self._save_connector_state(connector)
        if not found.get("error"):
            found["key"] = self._key()
        self.sudo().result = found
        return True

    def action_start(self):
        """Make the account and its stream of what was tested, and fetch at once."""
        self.ensure_one()
        self._check_admin()
        self.check_access("write")
        if not self.is_tested:
            raise UserError(
                self.env._("Something has changed: look at the last posts again first.")
            )
        # sudo: the row is checked above; its login goes into the account.
        dialog_sudo = self.sudo()
        found = dialog_sudo.result
        self._refuse_twice(found)
        account = self.env["social.crm.account"].create(
            self._prepare_account_vals(found)
        )
        account._set_credentials(
            {name: dialog_sudo[name] for name in CREDENTIALS if dialog_sudo[name]}
        )
        account._keep_test(found)
        account.action_activate()
        self._forget_login(True)
        dialog_sudo.result = False
        inbox = self.env["ir.actions.act_window"]._for_xml_id(
            "social_crm.social_crm_conversation_action_inbox"
        )
        # Without its filters: what was said so far is no work, and yet to be seen.
        inbox["context"] = {}
        return {
            "type": "ir.actions.client",
            "tag": "social_crm_fetching",
            "params": {"feed_ids": account.feed_ids.ids, "inbox": inbox},
        }

    def _refuse_twice(self, found):
        """Everything would be asked for twice, and one of the two be forgotten."""
        profile, stream = self._find_profile(found), self._find_stream(found)
        account = profile or stream.account_id
        if not account:
            return
        text = self.env._(
            "“%s” reads this already. Open it to change how; archive it to begin anew.",
            account.name,
        )
        if profile:
            text = self.env._(
                "“%s” is connected to this profile already. To fetch something else,"
                " add a stream to it; archive it to begin anew.",
                account.name,
            )
        action = {
            "type": "ir.actions.act_window",
            "res_model": account._name,
            "res_id": account.id,
            "views": [(False, "form")],
        }
        raise RedirectWarning(text, action, self.env._("Open the account"))

    def _is_profile(self, found):
        """Whether we are somebody there; a feed's login only opens the door."""
        cls = self._connector_class(self.network)
        return bool(found["own_uri"]) and set(cls.stream_kinds) != set(cls.open_kinds)

    def _find_profile(self, found):
        """Return the account in use that is the same profile."""
        accounts = self.env["social.crm.account"]
        if not self._is_profile(found):
            return accounts
        return accounts.search(
            [
                ("network", "=", self.network),
                ("own_uri", "=", found["own_uri"]),
                ("company_id", "=", self.company_id.id),
            ],
            limit=1,
        )

    def _find_stream(self, found):
        """Return the stream in use that reads the same, where nobody logs in."""
        feeds = self.env["social.crm.feed"]
        if self._is_profile(found):
            return feeds
        same_kind = feeds.search(
            [
                ("network", "=", self.network),
                ("kind", "=", self.kind),
                ("company_id", "=", self.company_id.id),
                ("account_id.active", "=", True),
            ]
        )
        ours = _what(self, self)
        return same_kind.filtered(lambda feed: _what(feed.account_id, feed) == ours)[:1]

    def _prepare_account_vals(self, found):
        networks = dict(self._selection_network())
        return {
            "name": self.env._(
                "%(who)s on %(network)s",
                who=found["title"] or found["own_name"],
                network=networks[self.network],
            ),
            "network": self.network,
            "company_id": self.company_id.id,
            "base_url": self.base_url,
            "handle": self.handle,
            "feed_ids": [
                Command.create(
                    {
                        "kind": self.kind,
                        "query": self.query,
                        "team_id": self.team_id.id,
                        "backfill_days": int(self.backfill_days),
                    }
                )
            ],
        }


def _what(account, stream):
    """Return what tells what is read from anything else of the same kind."""
    query = stream.query or ""
    return (
        (account.base_url or "").rstrip("/").lower(),
        query if stream.kind == "feed" else query.lower(),
    )


def _about(number):
    """Return ``number`` with two figures that say something, and zeros."""
    number = max(round(number), 1)
    return round(number, min(2 - len(str(number)), 0))
