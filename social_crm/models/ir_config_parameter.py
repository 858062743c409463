from odoo import api, models

LANES = "social_crm.fetch_lanes"


class IrConfigParameter(models.Model):
    _inherit = "ir.config_parameter"

    @api.model_create_multi
    def create(self, vals_list):
        parameters = super().create(vals_list)
        parameters._sync_social_lanes()
        return parameters

    def write(self, vals):
        result = super().write(vals)
        self._sync_social_lanes()
        return result

    def _sync_social_lanes(self):
        """As many crons as the parameter says."""
        if LANES in self.mapped("key"):
            self.env["social.crm.feed"]._sync_lanes()
