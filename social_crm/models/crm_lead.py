from odoo import fields, models

from .social_crm_mixin import READER


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "social.crm.target.mixin"]
    _social_link = "lead_id"

    social_identity_ids = fields.Many2many(
        "social.crm.identity",
        "social_crm_identity_lead_rel",
        "lead_id",
        "identity_id",
        string="Social profiles",
        copy=False,
        groups=READER,
        help="Profiles of somebody who is no contact yet.",
    )
    social_conversation_ids = fields.One2many(
        "social.crm.conversation", "lead_id", groups=READER
    )

    def _merge_dependences(self, opportunities):
        """Profiles and conversations of merged leads go to the one that stays."""
        result = super()._merge_dependences(opportunities)
        self._social_take_over(opportunities)
        return result
