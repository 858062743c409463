"""Whoever is to be forgotten is no link on a website, either."""

from odoo import models
from odoo.fields import Domain

from .person_names import Names, escape_like
from .social_crm_identity_export import _facts


class SocialCrmIdentity(models.Model):
    # A concern, a file.
    _inherit = "social.crm.identity"  # pylint: disable=consider-merging-classes-inherited

    def _site_links(self):
        """The links to these profiles, by whatever they were ever called."""
        links = self.env["social.crm.site.link"].sudo()
        found = links
        for identity in self.sudo():
            handles, uris = self.env["social.crm.suppression"]._names(identity)
            who = Domain("uri", "in", list(uris)) | Domain("url", "in", list(uris))
            for handle in handles:
                who |= Domain("handle", "=ilike", escape_like(handle))
            mine = Domain("network", "=", identity.network)
            mine &= Domain("company_id", "in", [identity.company_id.id, False])
            found |= links.search(mine & who)
        return found

    def _opt_out(self, source=""):
        result = super()._opt_out(source)
        self._forget_site_links()
        return result

    def _erase_begin(self, source):
        result = super()._erase_begin(source)
        self._forget_site_links()
        return result

    def _forget_site_links(self):
        links = self._site_links()
        partners = links.partner_id
        links.unlink()
        partners._match_again()
        # The website of a contact may be the very profile.
        suppressions = self.env["social.crm.suppression"]
        sites = self.env["social.crm.site"].sudo()
        for identity in self.sudo():
            names = Names(*suppressions._names(identity))
            named = Domain.OR(
                Domain(name, "=ilike", pattern)
                for pattern in names.patterns()
                for name in ("url", "error")
            )
            sites.search(named).filtered(
                lambda site, names=names: any(
                    names.mask(text) != text for text in (site.url, site.error) if text
                )
            ).unlink()

    def _export_related(self):
        yield from super()._export_related()
        for link in self._site_links():
            yield link._name, _facts(link)
