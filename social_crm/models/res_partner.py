from odoo import api, fields, models
from odoo.fields import Domain

from .social_crm_mixin import READER, column_of


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

    def _social_keys(self):
        ids, keys = set(self._origin._ids), {}
        partners = self.with_context(active_test=False)
        domain = Domain("id", "in", ids) | Domain("commercial_partner_id", "in", ids)
        for partner in partners.search_fetch(
            domain, self._social_columns(), order="id"
        ):
            shown = {partner.id}
            company = partner.commercial_partner_id
            if company.id in ids and company.is_company:
                # A company has what its people said.
                shown.add(company.id)
            # The people of a person are not that person's.
            if shown := shown & ids:
                keys["partner_id", partner.id] = shown
        return keys

    @api.model
    def _social_having(self, conversations):
        query = self.env["social.crm.conversation"]._search(conversations)
        return Domain("id", "in", column_of(query, "partner_id"))

    @api.model
    def _social_of_profiles(self, query):
        return Domain("id", "in", column_of(query, "partner_id"))

    @api.model
    def _search_display_name(self, operator, value):
        """Wherever a contact is chosen, "@handle" finds it."""
        domain = super()._search_display_name(operator, value)
        is_handle = isinstance(value, str) and value.startswith("@") and len(value) > 1
        if is_handle and operator == "ilike" and self.env.user.has_group(READER):
            return Domain(domain) | Domain("social_handle", "ilike", value)
        return domain

    def _compute_application_statistics_hook(self):
        statistics = super()._compute_application_statistics_hook()
        if not self.env.user.has_group(READER):
            return statistics
        for partner in self.filtered("social_open_count"):
            statistics[partner.id].append(
                {
                    "iconClass": "fa-comments-o",
                    "value": partner.social_open_count,
                    "label": self.env._("Open on social networks"),
                    "tagClass": "o_tag_color_3",
                }
            )
        return statistics
