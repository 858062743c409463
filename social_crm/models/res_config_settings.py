import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

# A name, an address or an IPv6 address in brackets, and the port.
HOST = re.compile(r"(\[[0-9a-f:.]+\]|[\w.-]+):(\d{1,5})", re.IGNORECASE)


def split_hosts(text):
    """Return the servers in a text: commas, blanks or lines between them."""
    return list(filter(None, re.split(r"[,;\s]+", text or "")))


def bad_hosts(hosts):
    """Return those that are not ``host:port``."""
    found = ((host, HOST.fullmatch(host)) for host in hosts)
    return [host for host, match in found if not match or not 0 < int(match[2]) < 65536]


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    social_crm_account_count = fields.Integer(
        "Connected accounts",
        compute="_compute_social_crm_account_count",
        groups="social_crm.group_admin",
    )
    social_crm_private_hosts = fields.Char(
        "Servers in your own network", config_parameter="social_crm.private_hosts"
    )
    social_crm_match_ask_always = fields.Boolean(
        "Always ask", config_parameter="social_crm.match_ask_always"
    )
    social_crm_match_ask_from = fields.Selection(
        [
            ("0.3", "All that is not unlikely"),
            ("0.5", "More likely than not"),
            ("0.95", "Very likely only"),
        ],
        "Suggest",
        config_parameter="social_crm.match_ask_from",
        default="0.3",
    )
    social_crm_match_preview = fields.Char(
        compute="_compute_social_crm_match_preview", groups="social_crm.group_admin"
    )
    # The names that Odoo takes for defaults of another model's fields; without a value
    # of their own, saving any setting would store a zero.
    default_interval = fields.Integer(
        "Minutes between two runs",
        default_model="social.crm.feed",
        default=lambda self: self._stream_default("interval"),
    )
    default_backfill_days = fields.Integer(
        "Days of history",
        default_model="social.crm.feed",
        default=lambda self: self._stream_default("backfill_days"),
    )

    @api.model
    def _stream_default(self, name):
        streams = self.env["social.crm.feed"]
        return streams._fields[name].default(streams)

    def _compute_social_crm_account_count(self):
        count = self.env["social.crm.account"].search_count(
            [("state", "=", "connected")]
        )
        for settings in self:
            settings.social_crm_account_count = count

    @api.depends("social_crm_match_ask_from")
    def _compute_social_crm_match_preview(self):
        identities = self.env["social.crm.identity"]
        for settings in self:
            least = float(settings.social_crm_match_ask_from or 0)
            count = identities.search_count(identities._queue(least))
            settings.social_crm_match_preview = self.env._(
                "%s people would stand under “Who is this?” now.", count
            )

    @api.constrains("social_crm_private_hosts")
    def _check_social_crm_private_hosts(self):
        for settings in self:
            bad = bad_hosts(split_hosts(settings.social_crm_private_hosts))
            if bad:
                raise ValidationError(
                    self.env._(
                        "Write each server as host:port, for example"
                        " mastodon.intranet:443. Not understood: %s.",
                        ", ".join(bad),
                    )
                )

    @api.constrains("default_interval", "default_backfill_days")
    def _check_social_crm_plan(self):
        for settings in self:
            days = settings.default_backfill_days
            if settings.default_interval < 1 or not 0 <= days <= 36500:
                raise ValidationError(
                    self.env._(
                        "A new stream needs at least 1 minute between two runs, and"
                        " from 0 to 36,500 days of history."
                    )
                )

    def set_values(self):
        for settings in self:
            hosts = split_hosts(settings.social_crm_private_hosts)
            settings.social_crm_private_hosts = ", ".join(hosts)
        return super().set_values()
