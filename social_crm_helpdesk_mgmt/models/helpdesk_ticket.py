from odoo import fields, models

from .social_crm_conversation import HELPDESK

READER = "social_crm.group_reader"


class HelpdeskTicket(models.Model):
    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket", "social.crm.target.mixin"]
    _social_link = "ticket_id"

    social_identity_ids = fields.Many2many(
        "social.crm.identity",
        "social_crm_identity_ticket_rel",
        "ticket_id",
        "identity_id",
        string="Social profiles",
        groups=READER,
        copy=False,
        help="Profiles of somebody who is no contact yet.",
    )
    social_conversation_ids = fields.One2many(
        "social.crm.conversation", "ticket_id", groups=HELPDESK
    )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("duplicate_id"):
            # The duplicate is closed: what was said goes on in the original.
            self._social_original()._social_take_over(self)
        return result

    def _social_original(self):
        """The ticket that is no duplicate, if there is one: some mark in a circle."""
        # sudo: the way there may lead through tickets of others.
        tickets = self.sudo()
        original = tickets.duplicate_id
        seen = tickets | original
        while (further := original.duplicate_id) and further not in seen:
            original = further
            seen |= further
        return original
