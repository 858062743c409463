from odoo import api, models


class HelpdeskTicketTeam(models.Model):
    _name = "helpdesk.ticket.team"
    _inherit = ["helpdesk.ticket.team", "social.crm.waiting.mixin"]

    @api.model
    def _social_waiting_ways(self):
        return [("team_id", "helpdesk_team_id"), ("ticket_id", "team_id")]
