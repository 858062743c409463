from odoo import api, fields, models

from .social_crm_conversation import HELPDESK


class SocialCrmIdentity(models.Model):
    _inherit = "social.crm.identity"

    ticket_ids = fields.Many2many(
        "helpdesk.ticket",
        "social_crm_identity_ticket_rel",
        "identity_id",
        "ticket_id",
        groups=HELPDESK,
    )

    @api.model
    def _typed_records(self):
        return [*super()._typed_records(), "ticket_ids"]
