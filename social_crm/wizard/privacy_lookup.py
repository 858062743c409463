"""Core's privacy lookup knows what people said on networks, too."""

from odoo import models
from odoo.tools import SQL

from ..models.person_names import escape_like

PROFILE = "social.crm.identity"
# Core finds what points to the contact: here are profiles that name the e-mail address,
# and what belongs to any of these profiles without pointing to the contact.
QUERY = """
    %(query)s
    UNION ALL
    SELECT %(identity)s, id, active FROM social_crm_identity
    WHERE (partner_id IS NULL
           OR partner_id NOT IN (SELECT id FROM indirect_references))
      AND concat_ws(' ', name, handle, bio) ILIKE %(email)s
    UNION ALL
    SELECT %(mention)s, m.id, TRUE FROM social_crm_mention m
    JOIN social_crm_identity i ON i.id = m.identity_id
    WHERE (m.partner_id IS NULL
           OR m.partner_id NOT IN (SELECT id FROM indirect_references))
      AND (i.partner_id IN (SELECT id FROM indirect_references)
           OR concat_ws(' ', i.name, i.handle, i.bio) ILIKE %(email)s)
    UNION ALL
    SELECT %(conversation)s, c.id, c.active FROM social_crm_conversation c
    JOIN social_crm_identity i ON i.id = c.identity_id
    WHERE (c.partner_id IS NULL
           OR c.partner_id NOT IN (SELECT id FROM indirect_references))
      AND (i.partner_id IN (SELECT id FROM indirect_references)
           OR concat_ws(' ', i.name, i.handle, i.bio) ILIKE %(email)s)
    UNION ALL
    SELECT %(fact)s, f.id, TRUE FROM social_crm_fact f
    JOIN social_crm_identity i ON i.id = f.identity_id
    WHERE i.partner_id IN (SELECT id FROM indirect_references)
       OR concat_ws(' ', i.name, i.handle, i.bio, f.value, f.source) ILIKE %(email)s
"""


class PrivacyLookupWizard(models.TransientModel):
    _inherit = "privacy.lookup.wizard"

    def _get_query(self):
        model_id = self.env["ir.model"]._get_id
        return SQL(
            QUERY,
            query=super()._get_query(),
            email=f"%{escape_like(self.email.strip())}%",
            identity=model_id(PROFILE),
            mention=model_id("social.crm.mention"),
            conversation=model_id("social.crm.conversation"),
            fact=model_id("social.crm.fact"),
        )

    def _social_note_gone(self):
        """What went with a profile needs no button any more."""
        for model, lines in self.line_ids.grouped("res_model").items():
            if (model or "").startswith("social.crm."):
                left = self.env[model].sudo().browse(lines.mapped("res_id")).exists()
                lines.filtered(
                    lambda line, left=left: line.res_id not in left._ids
                ).is_unlinked = True


class PrivacyLookupWizardLine(models.TransientModel):
    _inherit = "privacy.lookup.wizard.line"

    def action_unlink(self):
        """A profile that is only deleted would come back with the next fetch."""
        if self.res_model != PROFILE or self.is_unlinked:
            return super().action_unlink()
        # As core does: whoever may use the wizard may delete what it finds.
        identity = self.env[PROFILE].sudo().browse(self.res_id).exists()
        identity._erase(self.env._("Privacy lookup"))
        self.execution_details = self.env._(
            "Erased %(model)s #%(number)s",
            model=self.res_model_id.name,
            number=self.res_id,
        )
        self.is_unlinked = True
        self.wizard_id._social_note_gone()
