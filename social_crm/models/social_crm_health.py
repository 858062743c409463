from datetime import timedelta
from importlib.util import find_spec
from urllib.parse import urlsplit
from urllib.request import getproxies

from babel.dates import format_timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.http import db_list
from odoo.tools import LazyTranslate, babel_locale_parse, config, get_lang

from ..connectors.errors import ConnectorError, UnsafeUrl
from ..connectors.reach import ask
from .res_config_settings import bad_hosts

_lt = LazyTranslate(__name__)
MANAGER = "social_crm.group_manager"
# The scheduler looks every minute; a long page or a restart may take a few.
LATE = timedelta(minutes=10)
LEVELS = ("ok", "warning", "error")
# Libraries that the add-on can do without, and what their absence costs: a later
# feature that uses one adds {"name to import": _lt("What is lost.")}.
OPTIONAL_LIBRARIES = {
    "phonenumbers": _lt(
        "phone numbers of smaller countries recognise nobody, unless they are written"
        " with + and the country code."
    ),
}


class SocialCrmHealth(models.AbstractModel):
    """How everything is doing, in words: what the health screen shows.

    A line is a dict: key, level (ok, warning, error), title, text, todo, and an action
    with its name, if there is one. Nothing here shows a secret.
    """

    _name = "social.crm.health"
    _description = "Social Health"

    @api.model
    def sections(self):
        """Return what is known without asking anybody: titles with their lines.

        The first is the scheduler, with which the screen begins.
        """
        self._check_manager()
        sections = [
            self._section(
                "scheduler", self.env._("Scheduler"), [self._scheduler_line()]
            ),
            *self._account_sections(),
            self._section(
                "environment",
                self.env._("Server"),
                [
                    self._library_line(),
                    self._private_host_line(),
                    self._copy_line(),
                    self._proxy_line(),
                ],
            ),
        ]
        return sections

    @api.model
    def outside_lines(self, has_live_updates):
        """Return what only a look from outside tells; takes some seconds at worst.

        The first is the base address, which the screen says after the scheduler.
        ``has_live_updates`` is what the browser of the user says.
        """
        self._check_manager()
        return [
            self._address_line(),
            self._database_line(),
            self._live_line(bool(has_live_updates)),
        ]

    def _check_manager(self):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("The health screen is for Social CRM managers.")
            )

    # --- lines ---------------------------------------------------------------

    @api.model
    def _section(self, key, title, lines):
        worst = max((LEVELS.index(line["level"]) for line in lines), default=0)
        return {"key": key, "title": title, "level": LEVELS[worst], "lines": lines}

    @api.model
    def _line(self, key, level, title, *sentences, todo="", action=None):
        """``action`` is (name of the button, action)."""
        name, action = action or ("", False)
        return {
            "key": key,
            "level": level,
            "title": title,
            "text": " ".join(filter(None, sentences)),
            "todo": todo,
            "action": action,
            "action_name": name,
        }

    @api.model
    def _when(self, moment):
        """Return a moment as people say it: 3 minutes ago, in an hour."""
        return format_timedelta(
            moment - fields.Datetime.now(),
            granularity="minute",
            add_direction=True,
            locale=babel_locale_parse(get_lang(self.env).code),
        )

    @api.model
    def _next_run(self, moment):
        if moment <= fields.Datetime.now() + timedelta(minutes=1):
            return self.env._("Next run within a minute.")
        return self.env._("Next run %s.", self._when(moment))

    @api.model
    def _open(self, record, name=None):
        """A button that opens the form of ``record``."""
        action = {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }
        return name or self.env._("Open"), action

    # --- the scheduler -------------------------------------------------------

    @api.model
    def _scheduler_line(self):
        """Say whether the scheduler is alive, and when it last ran."""
        crons = self._crons()
        level, text, todo, cron = self._scheduler_state(crons)
        last = self.env._("It has not run yet.")
        if runs := list(filter(None, crons.mapped("lastcall"))):
            last = self.env._("It last ran %s.", self._when(max(runs)))
        return self._line(
            "scheduler",
            level,
            self.env._("Scheduler"),
            text,
            last,
            level == "ok" and self._coming(crons),
            todo=todo,
            action=self._open_cron(cron),
        )

    @api.model
    def _scheduler_state(self, crons):
        """Return (level, what is the case, what to do, the scheduled action)."""
        # sudo: whether the database is a test is no secret.
        parameters = self.env["ir.config_parameter"].sudo()
        if parameters.get_param("database.is_neutralized"):
            text = self.env._(
                "This database is neutralized: no scheduled action runs in it."
            )
            todo = self.env._("That is right for a test. Nothing is fetched here.")
            return "warning", text, todo, None
        active = crons.filtered("active")
        if late := active.filtered(lambda c: c.nextcall < fields.Datetime.now() - LATE):
            cron = late.sorted("nextcall")[0]
            text = self.env._(
                "The scheduler does not run: “%(name)s” was due %(when)s.",
                name=cron.name,
                when=self._when(cron.nextcall),
            )
            return "error", text, self._wake_scheduler(), cron
        lanes = self._lanes(crons)
        asleep = lanes - active
        if (asleep or not lanes) and self._connected_anywhere():
            text = self.env._(
                "Accounts are connected, but what fetches them is switched off."
            )
            return "error", text, self.env._("Switch the scheduled action on."), asleep
        if failing := active.filtered("failure_count"):
            cron = failing[0]
            text = self.env._(
                "“%(name)s” fails. Failures in a row: %(count)s.",
                name=cron.name,
                count=cron.failure_count,
            )
            return "warning", text, self.env._("The log of the server says why."), cron
        return "ok", self.env._("The scheduler is alive."), "", None

    @api.model
    def _wake_scheduler(self):
        if config["max_cron_threads"]:
            return self.env._("Restart Odoo; if that does not help, read its log.")
        return self.env._(
            "This server runs no scheduled actions: set max_cron_threads to 2 in its"
            " configuration and restart it."
        )

    @api.model
    def _coming(self, crons):
        """Say when streams that are due are looked for again."""
        if not self._connected_anywhere():
            return self.env._("No account is connected, so nothing is fetched.")
        return self._next_run(min(self._lanes(crons).mapped("nextcall")))

    @api.model
    def _lanes(self, crons):
        """Return those that fetch."""
        return crons.filtered(lambda cron: cron.code == "model._cron_fetch()")

    @api.model
    def _crons(self):
        """Return our scheduled actions, also those switched off."""
        # sudo: when they ran is no secret, and nothing else is shown.
        crons = self.env["ir.cron"].sudo().with_context(active_test=False)
        return crons.search(
            [("ir_actions_server_id.model_id.model", "=like", "social.crm.%")]
        )

    @api.model
    def _connected_anywhere(self):
        """Whether any company has an account that is to be fetched."""
        # sudo: the scheduler is one for all companies; only yes or no comes out.
        accounts = self.env["social.crm.account"].sudo()
        return bool(accounts.search([("state", "=", "connected")], limit=1))

    @api.model
    def _open_cron(self, cron):
        """A button for those who may open scheduled actions."""
        may = self.env["ir.cron"].has_access("write")
        return self._open(cron[0]) if cron and may else None

    # --- from outside --------------------------------------------------------

    @api.model
    def _address_line(self):
        """Say whether a network that calls us would get through."""
        title, base = self.env._("Base address"), self.get_base_url()
        problem, todo = self._address_problem(base)
        if not problem:
            text = self.env._("%s answers from outside.", base)
            return self._line("address", "ok", title, text)
        if self._needs_calls():
            return self._line("address", "error", title, problem, todo=todo)
        text = self.env._(
            "No connected account needs it yet: they are asked, not called."
        )
        return self._line("address", "warning", title, problem, text, todo=todo)

    @api.model
    def _address_problem(self, base):
        """Ask our own address; return (what is wrong, what to do)."""
        hosts = self.env["social.crm.account"]._private_hosts()
        found = ask(f"{base}/web/health", hosts)
        if isinstance(found, UnsafeUrl):
            text = self.env._(
                "%s leads to this machine or a private network: no social network can"
                " call it.",
                base,
            )
        elif isinstance(found, ConnectorError):
            text = self.env._("%(base)s does not answer: %(why)s", base=base, why=found)
        elif not self._is_odoo(found):
            text = self.env._("At %s another server answers, not Odoo.", base)
        elif urlsplit(base).scheme != "https":
            text = self.env._(
                "%s answers, but without https: networks refuse to call it.", base
            )
        elif not config["proxy_mode"]:
            return (
                self.env._(
                    "Odoo does not know that a web proxy stands before %s.", base
                ),
                self.env._("Set proxy_mode = True in its configuration."),
            )
        else:
            return "", ""
        return text, self.env._(
            "Set web.base.url to the address that people use in their browser, and"
            " web.base.url.freeze so that it stays."
        )

    @api.model
    def _is_odoo(self, response):
        try:
            return response.json(dict).get("status") == "pass"
        except ConnectorError:
            return False

    @api.model
    def _needs_calls(self):
        """Whether a connected account belongs to a network that calls us."""
        accounts = self.env["social.crm.account"].search([("state", "=", "connected")])
        return any(
            "webhook" in account._get_connector_class().capabilities
            for account in accounts
        )

    @api.model
    def _database_line(self):
        """Say whether a call without a session finds this database."""
        host = urlsplit(self.get_base_url()).netloc
        names = db_list(force=True, host=host)
        title = self.env._("Database of the address")
        if names == [self.env.cr.dbname]:
            return self._line(
                "database",
                "ok",
                title,
                self.env._("Calls to %s find this database.", host),
            )
        return self._line(
            "database",
            "error" if self._needs_calls() else "warning",
            title,
            self.env._(
                "Calls to %s do not find this database, or more than one.", host
            ),
            todo=self.env._(
                "Set dbfilter in the configuration of Odoo, so that this address leads"
                " to this database alone."
            ),
        )

    @api.model
    def _live_line(self, is_live):
        """Say whether this browser hears of new mentions by itself."""
        title = self.env._("Live updates")
        if is_live:
            return self._line(
                "live", "ok", title, self.env._("New mentions appear without a reload.")
            )
        port = config["gevent_port"]
        todo = (
            self.env._(
                "The web proxy must pass /websocket on to port %s of Odoo.", port
            )
            if config["workers"]
            else self.env._(
                "The web proxy must pass /websocket on, with its upgrade headers."
            )
        )
        return self._line(
            "live",
            "warning",
            title,
            self.env._("This browser gets no live updates: screens need a reload."),
            todo=todo,
        )

    # --- the server ----------------------------------------------------------

    @api.model
    def _library_line(self):
        """Say which optional libraries are absent, and what that costs."""
        title = self.env._("Optional libraries")
        missing = {
            name: lost
            for name, lost in OPTIONAL_LIBRARIES.items()
            if find_spec(name) is None
        }
        if not missing:
            return self._line(
                "libraries", "ok", title, self.env._("Nothing is missing.")
            )
        return self._line(
            "libraries",
            "warning",
            title,
            *(
                self.env._("Without %(name)s: %(lost)s", name=name, lost=lost)
                for name, lost in missing.items()
            ),
            todo=self.env._("Install with pip: %s", ", ".join(missing)),
        )

    @api.model
    def _private_host_line(self):
        """Say which servers in private networks may be read."""
        title = self.env._("Servers in your own network")
        hosts = self.env["social.crm.account"]._private_hosts()
        if bad := bad_hosts(hosts):
            return self._line(
                "private_hosts",
                "warning",
                title,
                self.env._("Not understood: %s.", ", ".join(bad)),
                todo=self.env._(
                    "Write host:port, separated by commas, in the settings."
                ),
            )
        text = self.env._("None: addresses in private networks are refused.")
        if hosts:
            text = self.env._("These may be read: %s.", ", ".join(hosts))
        return self._line("private_hosts", "ok", title, text)

    @api.model
    def _copy_line(self):
        """Say whether accounts were connected in another database than this."""
        title = self.env._("Copies of the database")
        accounts = self.env["social.crm.account"].search([("state", "!=", "draft")])
        copied = accounts.filtered("is_copy")
        if not copied:
            return self._line(
                "copy",
                "ok",
                title,
                self.env._("This is the database that its accounts know."),
            )
        return self._line(
            "copy",
            "warning",
            title,
            self.env._(
                "This is a copy. Accounts left to the original: %s.", len(copied)
            ),
            todo=self.env._(
                "Activate an account only if this database is to take over from the"
                " original."
            ),
        )

    @api.model
    def _proxy_line(self):
        """Say which way requests to networks take."""
        title = self.env._("Way out")
        proxy = getproxies().get("https")
        if not proxy:
            return self._line(
                "proxy",
                "ok",
                title,
                self.env._("Networks are asked directly, without a proxy."),
            )
        # A proxy's address may hold its password.
        parts = urlsplit(proxy if "//" in proxy else f"//{proxy}")
        where = parts.netloc.rpartition("@")[2]
        return self._line(
            "proxy",
            "ok",
            title,
            self.env._("Networks are asked through the proxy %s.", where),
            self.env._("It must be the one to refuse private addresses."),
        )
