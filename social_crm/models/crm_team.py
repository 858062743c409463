from odoo import api, models


class CrmTeam(models.Model):
    _name = "crm.team"
    _inherit = ["crm.team", "social.crm.waiting.mixin"]

    @api.model
    def _social_waiting_ways(self):
        return [("team_id", "crm_team_id")]
