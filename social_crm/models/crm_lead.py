from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .social_crm_mixin import READER


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "social.crm.mixin"]

    social_identity_ids = fields.Many2many(
        "social.crm.identity",
        "social_crm_identity_lead_rel",
        "lead_id",
        "identity_id",
        string="Social profiles",
        groups=READER,
        help="Profiles of somebody who is no contact yet.",
    )
    social_conversation_ids = fields.One2many(
        "social.crm.conversation", "lead_id", groups=READER
    )

    def _social_mention_domains(self):
        self.ensure_one()
        domains = []
        if self.partner_id:
            domains += self.partner_id._social_mention_domains()
        if identities := self.social_identity_ids:
            domains.append(Domain("identity_id", "in", identities.ids))
        if conversations := self.social_conversation_ids:
            domains.append(Domain("conversation_id", "in", conversations.ids))
        return domains

    def _social_conversation_domain(self):
        domain = Domain("lead_id", "in", self.ids)
        if identities := self.social_identity_ids:
            domain |= Domain("identity_id", "in", identities.ids)
        if partners := self.partner_id:
            domain |= partners._social_conversation_domain()
        return domain

    def _social_counts(self):
        """Count each conversation once, whichever way it belongs to the lead."""
        conversations = self.env["social.crm.conversation"].search_fetch(
            self._social_conversation_domain(),
            ["state", "partner_id", "identity_id", "lead_id"],
        )
        shown = {
            partner: partner._social_partners() for partner in self.partner_id
        }
        counts = {}
        for lead in self:
            mine = conversations.filtered(
                lambda conversation, lead=lead: conversation.lead_id == lead
                or conversation.identity_id in lead.social_identity_ids
                or conversation.partner_id
                and conversation.partner_id in shown.get(lead.partner_id, ())
            )
            waiting = mine.filtered(lambda c: c.state in ("new", "open"))
            counts[lead.id] = (len(waiting), len(mine))
        return counts

    def write(self, vals):
        result = super().write(vals)
        if vals.get("partner_id"):
            self._social_move_to_partner()
        return result

    def _social_move_to_partner(self):
        """A lead that gets its contact hands over its profiles."""
        for lead in self.sudo():
            for identity in lead.social_identity_ids:
                if identity.partner_id:
                    continue
                try:
                    identity._link(lead.partner_id, "manual")
                except UserError:
                    # The network forbids it: the profile stays on the lead.
                    continue
                lead.social_identity_ids -= identity

    def _merge_dependences(self, opportunities):
        """Identities and conversations of merged leads go to the one that stays."""
        result = super()._merge_dependences(opportunities)
        lead, others = self.sudo(), opportunities.sudo()
        lead.social_identity_ids |= others.social_identity_ids
        others.social_conversation_ids.write({"lead_id": self.id})
        return result
