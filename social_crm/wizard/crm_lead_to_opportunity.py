from odoo import api, models


class CrmLead2OpportunityPartner(models.TransientModel):
    _inherit = "crm.lead2opportunity.partner"

    @api.depends("lead_id", "partner_id")
    def _compute_duplicated_lead_ids(self):
        result = super()._compute_duplicated_lead_ids()
        for convert in self.filtered("lead_id"):
            convert.duplicated_lead_ids |= convert.lead_id._social_duplicates(True)
        return result


class CrmLead2OpportunityPartnerMass(models.TransientModel):
    _inherit = "crm.lead2opportunity.partner.mass"

    @api.depends("lead_tomerge_ids")
    def _compute_duplicated_lead_ids(self):
        result = super()._compute_duplicated_lead_ids()
        for convert in self:
            convert.duplicated_lead_ids |= convert.lead_tomerge_ids.filtered(
                lambda lead: lead._social_duplicates(False)
            )
        return result
