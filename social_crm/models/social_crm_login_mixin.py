from collections.abc import Mapping
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_datetime

from ..connectors import CONNECTORS
from ..connectors.errors import ConnectorError
from ..connectors.trial import in_a_hurry, try_out
from .ingest_values import clean, clean_name
from .res_config_settings import split_hosts

MASK = "••••••••"
ADMIN = "social_crm.group_admin"
CREDENTIALS = (
    "base_url",
    "handle",
    "username",
    "password",
    "client_id",
    "client_secret",
    "access_token",
    "refresh_token",
    "account_uid",
    "webhook_secret",
)
# Whoever has no web page of its own shows the code to the person who allowed access.
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
PREVIEW_SIZE = 5
# What a connector blames, and the field of our forms in which a person enters it.
INPUTS = {
    "username": "username_input",
    "password": "password_input",
    "access_token": "access_token_input",
    "code": "login_code",
}


class SocialCrmLoginMixin(models.AbstractModel):
    """How we log in to a network, and how it is tried: an account, or one to be.

    sudo, throughout: the columns of a login are closed to all but superusers. Only
    masks and what the network said come out; who may do what is checked before.
    """

    _name = "social.crm.login.mixin"
    _description = "Social Login"
    _inherit = ["social.crm.typed.mixin"]

    network = fields.Selection(
        selection="_selection_network", required=True, default="mastodon"
    )
    base_url = fields.Char(
        "Server address",
        help="For example https://mastodon.social. Empty: the network's own address.",
    )
    handle = fields.Char(help="For example acme.bsky.social")
    username = fields.Char("User", groups="base.group_system", copy=False)
    password = fields.Char(groups="base.group_system", copy=False)
    client_id = fields.Char(groups="base.group_system", copy=False)
    client_secret = fields.Char(groups="base.group_system", copy=False)
    access_token = fields.Char(groups="base.group_system", copy=False)
    refresh_token = fields.Char(groups="base.group_system", copy=False)
    webhook_secret = fields.Char(groups="base.group_system", copy=False)
    account_uid = fields.Char("Own id on the server", readonly=True, copy=False)

    # What a person types; read back as a mask, stored only by _set_credentials.
    username_input = fields.Char(
        "User name",
        compute="_compute_inputs",
        inverse="_inverse_username_input",
        groups=ADMIN,
    )
    password_input = fields.Char(
        "App password",
        compute="_compute_inputs",
        inverse="_inverse_password_input",
        groups=ADMIN,
    )
    access_token_input = fields.Char(
        "Access token",
        compute="_compute_inputs",
        inverse="_inverse_access_token_input",
        groups=ADMIN,
    )
    login_code = fields.Char(
        "Code of the server",
        compute="_compute_inputs",
        inverse="_inverse_login_code",
        groups=ADMIN,
        help="The code that the server showed after you allowed access.",
    )
    login_url = fields.Char(readonly=True, copy=False, groups=ADMIN)
    show_base_url = fields.Boolean(compute="_compute_show")
    show_handle = fields.Boolean(compute="_compute_show")
    show_username = fields.Boolean(compute="_compute_show")
    show_password = fields.Boolean(compute="_compute_show")
    show_access_token = fields.Boolean(compute="_compute_show")
    show_oauth = fields.Boolean(compute="_compute_show")

    @api.model
    def _selection_network(self):
        return [(code, cls.label) for code, cls in CONNECTORS.items()]

    @api.model
    def _connector_class(self, network):
        """The connector of a network; another add-on may bring more."""
        return CONNECTORS[network]

    def _get_connector_class(self):
        self.ensure_one()
        return self._connector_class(self.network)

    @api.depends("network")
    def _compute_show(self):
        for record in self:
            cls = CONNECTORS.get(record.network)
            names = cls.credential_fields if cls else ()
            record.show_base_url = "base_url" in names
            record.show_handle = "handle" in names
            record.show_username = "username" in names
            record.show_password = "password" in names
            record.show_access_token = (
                "access_token" in names and "password" not in names
            )
            record.show_oauth = bool(cls) and "oauth" in cls.capabilities

    @api.depends("username", "password", "access_token")
    def _compute_inputs(self):
        stored = {record.id: record for record in self.sudo()}
        for record in self:
            secret = stored[record.id]
            record.username_input = secret.username
            record.password_input = MASK if secret.password else False
            record.access_token_input = MASK if secret.access_token else False
            record.login_code = False

    # --- credentials ---------------------------------------------------------

    def _inverse_username_input(self):
        self._inverse_secret("username")

    def _inverse_password_input(self):
        self._inverse_secret("password")

    def _inverse_access_token_input(self):
        self._inverse_secret("access_token")

    def _inverse_login_code(self):
        raise NotImplementedError

    def _inverse_secret(self, name):
        for record in self:
            value = record[f"{name}_input"]
            if value != MASK:
                record._set_credentials({name: value})

    def _set_credentials(self, values: Mapping[str, str | bool]):
        """Store credentials: the one way in, for Social Administrators only."""
        self.ensure_one()
        if not self.env.su and not self.env.user.has_group(ADMIN):
            raise AccessError(
                self.env._("Only a Social Administrator may change how we log in.")
            )
        unknown = set(values) - set(CREDENTIALS)
        if unknown:
            raise ValueError(f"Not a credential: {', '.join(sorted(unknown))}")
        if "password" in values:
            # A cached session belongs to the old password.
            values = {"access_token": False, "refresh_token": False, **values}
        self.sudo().write(
            {name: value and clean(value, len(value)) for name, value in values.items()}
        )

    def _private_hosts(self):
        # sudo: no secret; whoever connects may not read parameters.
        value = self.env["ir.config_parameter"].sudo().get_param
        return split_hosts(value("social_crm.private_hosts"))

    def _connector(self, session=None):
        """Make the connector; only here do credentials leave the database."""
        self.ensure_one()
        record_sudo = self.sudo()
        credentials = {name: record_sudo[name] or "" for name in CREDENTIALS}
        return self._get_connector_class()(
            {name: value for name, value in credentials.items() if value},
            session=session,
            private_hosts=self._private_hosts(),
        )

    def _save_connector_state(self, connector):
        """Keep what a connector learned, in the caller's transaction."""
        if changed := {
            name: value
            for name, value in connector.changed.items()
            if name in CREDENTIALS
        }:
            self.sudo().write(changed)
            connector.changed.clear()

    def _ask_for_code(self):
        """Register us with the server; return the page that asks for permission.

        Raises ConnectorError.
        """
        connector = in_a_hurry(self._connector())
        try:
            connector.register_app(self.base_url, OUT_OF_BAND)
            url = connector.authorize_url(OUT_OF_BAND, "")
        except ConnectorError as error:
            raise error.about(connector.blame(error)) from None
        self._save_connector_state(connector)
        self.sudo().login_url = url
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}

    def _trade_code(self, connector, code):
        """Have the connector trade the code for a token. Raises ConnectorError."""
        try:
            connector.exchange_code(code.strip(), OUT_OF_BAND)
        except ConnectorError as error:
            raise error.about(connector.blame(error)) from None

    # --- trying it -----------------------------------------------------------

    def _try_out(self, connector, streams):
        """Log in and read the newest posts; return what came of it, in words.

        Keys: ``error`` and the ``field`` of our forms to change; or ``own_uri``,
        ``own_name``, ``own_url``, ``title`` (the name of the profile), ``lines`` (the
        newest posts), ``per_day`` (posts) and ``notice``.
        """
        trial = try_out(connector, streams)
        if trial.error:
            return self._describe_error(trial.error.about(trial.field))
        author = trial.author
        name = author and (author.handle or author.name or author.uri)
        return {
            "own_uri": author.uri if author else "",
            "own_name": clean_name(name or "", 200) or self._site_of(streams),
            "own_url": author.url if author else "",
            "title": clean_name(author.name, 200) if author else "",
            "lines": [
                self._preview_line(post)
                for post in trial.posts[:PREVIEW_SIZE]
                # Messages are for those who answer, not for who connects.
                if post.visibility != "private"
            ],
            "per_day": trial.per_day,
            "notice": self._name_field(trial.notice, trial.field),
        }

    def _site_of(self, streams):
        """Return the name of the server that is read without a login."""
        address = self.base_url or next((stream.query for stream in streams), "")
        address = address if "://" in address else f"https://{address}"
        return urlsplit(address.strip()).hostname or ""

    def _describe_error(self, error: ConnectorError):
        field = error.field
        if field == "access_token" and not self._has_own_token():
            field = "code"  # which is how most people log in
        return {
            "error": self._name_field(str(error), field),
            "field": INPUTS.get(field, field),
        }

    def _has_own_token(self):
        """Whether a person entered the token, instead of a code."""
        login = self.sudo()
        return bool(login.access_token and not login.client_id)

    def _name_field(self, sentence, field):
        """Add to a connector's sentence what the screen calls the field to change."""
        if not sentence or not field:
            return sentence
        return self.env._(
            "%(sentence)s Please check “%(field)s”.",
            sentence=sentence,
            field=self._field_labels().get(field, field),
        )

    def _field_labels(self):
        """What our forms call the fields that a connector may blame."""
        self.ensure_one()
        return {
            "base_url": self.env._("Server address"),
            "handle": self.env._("Handle"),
            "username": self.env._("User name"),
            "password": (
                self.env._("App password")
                if self.show_handle
                else self.env._("Password")
            ),
            "access_token": self.env._("Or access token"),
            "code": self.env._("Code of the server"),
            "kind": self.env._("What to fetch"),
            "query": self.env._("Words or address"),
        }

    def _preview_line(self, post):
        return {
            "author": clean_name(post.author.name or post.author.handle, 200),
            "date": format_datetime(
                self.env, post.published_at.replace(tzinfo=None), dt_format="short"
            ),
            "text": clean(post.text or post.title, 200),
        }
