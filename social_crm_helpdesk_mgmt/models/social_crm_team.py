from odoo import fields, models

from .social_crm_conversation import HELPDESK


class SocialCrmTeam(models.Model):
    _inherit = "social.crm.team"

    helpdesk_team_id = fields.Many2one(
        "helpdesk.ticket.team", "Helpdesk team", check_company=True, groups=HELPDESK
    )
