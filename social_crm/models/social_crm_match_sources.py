"""What stands elsewhere on a contact: OCA's gateways, and links on their website."""

import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..matching.addresses import normal_url, split_url

# OCA's mail_gateway, if it is installed: who writes by which gateway.
GATEWAYS = "res.partner.gateway.channel"
GATEWAYS_READ = "social_crm.gateways_read"
# Whoever wrote one may commit so much later.
LATE = timedelta(minutes=15)
PHONES = ("whatsapp",)
# The name of a website in a text.
SITE = re.compile(r"[\w-]+(?:\.[\w-]+)+[^\s<>\"'()|,;]*")
MAX_TEXT = 5000


class SocialCrmMatchKey(models.Model):
    # A concern, a file.
    _inherit = "social.crm.match.key"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _cron_match(self):
        self._queue_gateways()
        return super()._cron_match()

    @api.model
    def _queue_gateways(self):
        """Have contacts indexed again whose gateways have changed since last time.

        The model is somebody else's, and perhaps not there: it cannot tell us.
        """
        if GATEWAYS not in self.env:
            return
        parameters = self.env["ir.config_parameter"].sudo()
        now, last = fields.Datetime.now(), parameters.get_param(GATEWAYS_READ)
        since = last and fields.Datetime.to_datetime(last) - LATE
        domain = [("write_date", ">=", since)] if since else []
        self.env[GATEWAYS].sudo().search(domain).partner_id._match_again()
        parameters.set_param(GATEWAYS_READ, fields.Datetime.to_string(now))

    @api.model
    def _complete_facts(self, rows):
        result = super()._complete_facts(rows)
        by_id = {row["id"]: row for row in rows}
        self._add_linked(by_id)
        if GATEWAYS in self.env:
            self._add_gateways(by_id)
        return result

    @api.model
    def _add_linked(self, by_id):
        links = self.env["social.crm.site.link"]
        links.flush_model()
        for partner_id, network, name in self.env.execute_query(
            SQL(
                "SELECT partner_id, network, handle FROM social_crm_site_link"
                " WHERE partner_id = ANY(%s) AND handle IS NOT NULL ORDER BY id",
                list(by_id),
            )
        ):
            row = by_id[partner_id]
            row.setdefault("linked_handles", []).append((network, name))

    @api.model
    def _add_gateways(self, by_id):
        """A token is the number of a telephone, or the network's own of a person."""
        channels = self.env[GATEWAYS].sudo()
        domain = [("partner_id", "in", list(by_id)), ("gateway_token", "!=", False)]
        for channel in channels.search(domain, order="id"):
            row = by_id[channel.partner_id.id]
            token, network = channel.gateway_token, channel.gateway_id.gateway_type
            if network in PHONES:
                number = token.partition("@")[0].lstrip("+")
                if number.isdecimal():
                    row["phones"] = [*_several(row["phones"]), f"+{number}"]
            elif network:
                row["handles"] = [*(row["handles"] or ()), f"{network}:{token}"]


class SocialCrmIdentity(models.Model):
    # A concern, a file.
    _inherit = "social.crm.identity"  # pylint: disable=consider-merging-classes-inherited

    def _match_records(self):
        """A profile that names the website which names it has proved who it is."""
        records = super()._match_records()
        self.env["social.crm.site.link"].flush_model()
        self.env["res.partner"].flush_model(["website"])
        self.flush_recordset(["network", "handle", "uri"])
        for identity_id, website in self.env.execute_query(
            SQL(
                """
                SELECT i.id, s.url FROM social_crm_identity i
                JOIN social_crm_site_link l ON l.network = i.network AND l.rel_me
                 AND (lower(l.handle) = lower(i.handle) OR l.uri = i.uri)
                JOIN social_crm_site s ON s.id = l.site_id
                JOIN res_partner p ON p.id = s.partner_id
                 AND (p.company_id IS NULL OR p.company_id = i.company_id)
                WHERE i.id = ANY(%s)
                """,
                self.ids,
            )
        ):
            record = records[self.browse(identity_id)]
            if _names(record["bio"], website):
                record["verified_urls"] = [*record["verified_urls"], website]
        return records


def _several(value):
    return value if isinstance(value, list) else [value] if value else []


def _names(text, website):
    """Whether ``text`` holds the very address of ``website``."""
    wanted = normal_url(website)
    if not wanted or not split_url(website)[0]:
        return False
    return any(
        normal_url(word.rstrip(".!?:*_~")) == wanted
        for word in SITE.findall(text[:MAX_TEXT])
    )
