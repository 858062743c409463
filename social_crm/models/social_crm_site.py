"""Which profiles the websites of contacts link to; nothing is read unless asked for."""

import random
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..connectors.errors import ConnectorError, RateLimited
from ..connectors.profile_address import parse_profile
from ..connectors.site import SiteHttp, read_site
from ..matching.addresses import company_domain, handle_of_url, split_url
from .ingest_values import key_of, web_address

SWITCH = "social_crm.site_links"
DAYS = "social_crm.site_days"
DEFAULT_DAYS = 90
# A night reads so many websites at most.
NIGHT = 500
# So many contacts with one address have a site that is nobody's own.
MANY = 5
# After a failure, doubled with each further one.
AGAIN = timedelta(days=2)


class SocialCrmSite(models.Model):
    """The website of a contact: when it was read, and what went wrong."""

    _name = "social.crm.site"
    _description = "Website of a Contact"
    _order = "fetched_at desc, id desc"
    _rec_name = "url"

    partner_id = fields.Many2one(
        "res.partner", "Contact", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="partner_id.company_id", store=True, index="btree_not_null"
    )
    url = fields.Char("Website", required=True)
    fetched_at = fields.Datetime("Last read")
    next_at = fields.Datetime("Read again", index=True)
    etag = fields.Char()
    error = fields.Char("What went wrong")
    failures = fields.Integer()
    link_ids = fields.One2many("social.crm.site.link", "site_id", "Profiles")

    # --- settings ------------------------------------------------------------

    @api.model
    def _is_on(self):
        # sudo: no secret.
        return self.env["ir.config_parameter"].sudo().get_param(SWITCH) == "True"

    @api.model
    def _days(self):
        value = self.env["ir.config_parameter"].sudo().get_param(DAYS)
        try:
            return min(max(int(value), 1), 3650) if value else DEFAULT_DAYS
        except ValueError:
            return DEFAULT_DAYS

    @api.model
    def _forget_all(self):
        """Switched off: what was found goes, and what was concluded from it."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO social_crm_match_todo (partner_id)
            SELECT DISTINCT partner_id FROM social_crm_site_link;
            DELETE FROM social_crm_site
            """
        )
        self.env.invalidate_all(flush=False)

    # --- reading -------------------------------------------------------------

    @api.model
    def _cron_read(self):
        """Read the websites that are due, one by one, each committed."""
        if not self._is_on():
            return
        cron = self.env["ir.cron"]
        due = self._due()
        shared = self._shared({website for _partner_id, website in due})
        for number, (partner_id, website) in enumerate(due, 1):
            found = self._ask(partner_id, website, website in shared)
            # What has happened while we waited is seen from here on.
            cron._commit_progress(0)
            self._store(partner_id, website, *found)
            if not cron._commit_progress(1, remaining=len(due) - number):
                break

    @api.model
    def _due(self):
        """Return [(contact, website)] to read now: new ones, then the longest due.

        One scan of the contacts a night. People of a company with the company's own
        website are left out: it is the company's.
        """
        self.env["res.partner"].flush_model(
            ["website", "active", "commercial_partner_id"]
        )
        self.flush_model()
        return self.env.execute_query(
            SQL(
                """
                SELECT p.id, p.website FROM res_partner p
                LEFT JOIN social_crm_site s ON s.partner_id = p.id
                LEFT JOIN res_partner c
                  ON c.id = p.commercial_partner_id AND c.id <> p.id
                WHERE p.active AND p.website <> ''
                  AND rtrim(c.website, '/') IS DISTINCT FROM rtrim(p.website, '/')
                  AND p.id NOT IN (SELECT partner_id FROM res_company)
                  AND (s.id IS NULL OR s.url <> p.website OR s.next_at IS NULL
                       OR s.next_at <= now() AT TIME ZONE 'UTC')
                GROUP BY p.id ORDER BY min(s.next_at) NULLS FIRST, p.id LIMIT %s
                """,
                NIGHT,
            )
        )

    @api.model
    def _shared(self, websites):
        """Return those that several contacts have: a chain, a directory."""
        rows = self.env.execute_query(
            SQL(
                "SELECT website FROM res_partner WHERE website = ANY(%s) AND active"
                " AND commercial_partner_id = id GROUP BY website"
                " HAVING count(*) >= %s",
                list(websites),
                MANY,
            )
        )
        return {website for (website,) in rows}

    @api.model
    def _of_contact(self, partner_id):
        """The newest: after a merge of contacts there may be two."""
        return self.search([("partner_id", "=", partner_id)], order="id desc", limit=1)

    @api.model
    def _ask(self, partner_id, website, is_shared=False):
        """Return (values, links) of a website; links are None where they stay.

        Writes nothing, so that nobody waits for a website; never raises what a website
        can cause.
        """
        now = fields.Datetime.now()
        wait = timedelta(minutes=int(self._days() * random.uniform(1368, 1512)))
        values = {"fetched_at": now, "next_at": now + wait, "error": False}
        if refusal := self._refusal(website, is_shared):
            return {**values, "error": refusal, "failures": 0, "etag": False}, ()
        known = self._of_contact(partner_id)
        known = known if known.url == website else self.browse()
        hosts = self.env["social.crm.account"]._private_hosts()
        address = website if "://" in website else f"http://{website}"
        try:
            page = read_site(SiteHttp(private_hosts=hosts), address, known.etag or "")
        except ConnectorError as error:
            failures = min(known.failures + 1, 10)
            next_at = now + min(AGAIN * 2 ** (failures - 1), wait)
            if isinstance(error, RateLimited):
                next_at = max(next_at, error.retry_at.replace(tzinfo=None))
            words = {"error": str(error)[:500], "failures": failures}
            return {**values, **words, "next_at": next_at}, None
        return {**values, "failures": 0, "etag": page.etag or False}, page.links

    @api.model
    def _store(self, partner_id, website, values, links):
        if not self.env["res.partner"].browse(partner_id).exists():
            return
        site = self._of_contact(partner_id)
        self.search([("partner_id", "=", partner_id), ("id", "!=", site.id)]).unlink()
        values = {"partner_id": partner_id, "url": website, **values}
        if site.url not in (False, website):
            # What another website said.
            links = links or ()
        if site:
            site.write(values)
        else:
            site = self.create(values)
        if links is not None:
            site._keep(links)

    @api.model
    def _refusal(self, website, is_shared):
        """Return why this address is not read: it is not a website of their own."""
        address = parse_profile(website)
        host = split_url(website)[0]
        if (address and address.network != "web") or handle_of_url(website)[0]:
            return self.env._("This is the profile itself, not a website.")
        if not host and not web_address(website):
            return self.env._("This is no web address.")
        if host and not company_domain(host):
            return self.env._("This website belongs to many people.")
        if is_shared:
            return self.env._("Several contacts have this website: it is nobody's own.")
        return False

    def _keep(self, links):
        """Replace what the page said; contacts with news are compared again."""
        links = [link for link in links if self._may_keep(link.address)]
        fresh = {
            (each.address.network, each.address.handle, key_of(each.address.uri)): each
            for each in links
        }
        rows = {
            (row.network, row.handle or "", row.uri or ""): row for row in self.link_ids
        }
        for key, row in rows.items():
            if key not in fresh:
                row.unlink()
            elif row.rel_me != fresh[key].rel_me:
                row.rel_me = fresh[key].rel_me
        self.env["social.crm.site.link"].create(
            [
                {
                    "site_id": self.id,
                    "network": network,
                    "handle": handle or False,
                    "uri": uri or False,
                    "url": link.address.url,
                    "rel_me": link.rel_me,
                }
                for (network, handle, uri), link in fresh.items()
                if (network, handle, uri) not in rows
            ]
        )
        if set(fresh) != set(rows):
            self.partner_id._match_again()

    def _may_keep(self, address):
        """Whether the network's rules, and the person, let us remember it."""
        accounts = self.env["social.crm.account"]
        if address.network in dict(accounts._selection_network()):
            if accounts._connector_class(address.network).policy.may_link == "no":
                return False
        suppressions = self.env["social.crm.suppression"].sudo()
        # A contact without a company is everybody's: one opt-out counts for all.
        rows = suppressions._read_group(
            [("network", "=", address.network)], ["company_id"]
        )
        companies = [company for (company,) in rows]
        return not any(
            suppressions._is_suppressed(
                company.id,
                address.network,
                (address.uri, address.url),
                (address.handle,),
            )
            for company in companies
            if self.partner_id.company_id in (company, company.browse())
        )


class SocialCrmSiteLink(models.Model):
    """A profile that the website of a contact links to."""

    _name = "social.crm.site.link"
    _description = "Profile on the Website of a Contact"
    _order = "rel_me desc, network, id"
    _rec_name = "url"

    site_id = fields.Many2one(
        "social.crm.site", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        related="site_id.partner_id", store=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="site_id.company_id", store=True)
    # Any that the address names, also those without a connector.
    network = fields.Char(required=True)
    handle = fields.Char()
    uri = fields.Char("Key")
    url = fields.Char("Profile", required=True)
    rel_me = fields.Boolean("As its own", help='The link says rel="me".')

    _handle_idx = models.Index("(network, lower(handle))")
    _uri_idx = models.Index("(network, uri) WHERE uri IS NOT NULL")


class ResConfigSettings(models.TransientModel):
    # A concern, a file.
    _inherit = "res.config.settings"  # pylint: disable=consider-merging-classes-inherited

    social_crm_site_links = fields.Boolean(
        "Read contacts' websites", config_parameter=SWITCH
    )
    social_crm_site_days = fields.Integer(
        "Days between two visits", config_parameter=DAYS, default=DEFAULT_DAYS
    )

    def set_values(self):
        sites = self.env["social.crm.site"]
        was_on = sites._is_on()
        result = super().set_values()
        if was_on and not sites._is_on():
            sites.sudo()._forget_all()
        return result
