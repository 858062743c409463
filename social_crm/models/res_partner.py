from odoo import fields, models
from odoo.fields import Domain

from .social_crm_mixin import READER


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "social.crm.mixin"]

    social_identity_ids = fields.One2many(
        "social.crm.identity", "partner_id", string="Social profiles", groups=READER
    )

    def _social_partners(self):
        """The contacts whose words this one shows: a company has its people's."""
        companies = self.filtered(
            lambda partner: (
                partner.is_company and partner.commercial_partner_id == partner
            )
        )
        if not companies:
            return self
        domain = [("commercial_partner_id", "in", companies.ids)]
        partners = self.with_context(active_test=False)
        return self | partners.search(domain, order="id")

    def _social_columns(self):
        return ["is_company", "commercial_partner_id"]

    def _social_mention_domains(self):
        self.ensure_one()
        return [Domain("partner_id", "in", self._social_partners().ids)]

    def _social_conversation_domain(self):
        return Domain("partner_id", "in", self._social_partners().ids)

    def _social_counts(self):
        partners = self._social_partners()
        found = self._count_conversations(
            [("partner_id", "in", partners.ids)], "partner_id"
        )
        counts = {}
        for partner in partners:
            company = partner.commercial_partner_id
            for owner in {partner.id, company.id if company in self else partner.id}:
                waiting, total = counts.get(owner, (0, 0))
                more, all_of_them = found.get(partner.id, (0, 0))
                counts[owner] = (waiting + more, total + all_of_them)
        return counts
