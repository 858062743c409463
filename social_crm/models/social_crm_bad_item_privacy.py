from odoo import api, models

from .erasure_chatter import plain
from .person_names import names_in


class SocialCrmBadItem(models.Model):
    _inherit = "social.crm.bad.item"

    @api.model
    def _without_suppressed(self, feed, bad_items):
        """Leave out what names a person who must not come back."""
        suppressions = self.env["social.crm.suppression"]
        company_id = feed.sudo().company_id.id
        networks = suppressions._networks(company_id)
        if not networks:
            return bad_items
        hash_of, by_hash = suppressions._hasher(company_id), {}
        for number, item in enumerate(bad_items):
            for name in names_in(plain(item.raw)) | names_in(item.error):
                for network in {feed.network, *networks}:
                    by_hash.setdefault(hash_of(network, *name), set()).add(number)
        domain = [("company_id", "=", company_id), ("hash", "in", list(by_hash))]
        named = set()
        for row in suppressions.sudo().search_fetch(domain, ["hash"]):
            named |= by_hash[row.hash]
        return [item for number, item in enumerate(bad_items) if number not in named]
