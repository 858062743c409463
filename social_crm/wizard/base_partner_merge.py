from odoo import api, models


class BasePartnerMerge(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Core moves each row that names a contact; of two for a pair one remains."""
        # sudo: whoever merges contacts need not know their profiles.
        profiles = (
            self.env["social.crm.identity"].sudo().with_context(active_test=False)
        )
        profiles = profiles.search([("partner_id", "in", src_partners.ids)])
        merged = self.env._("The contact was merged into %s.", dst_partner.display_name)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self.env.invalidate_all()
        profiles._message_log_batch(dict.fromkeys(profiles.ids, merged))
        self.env["social.crm.match"]._fold(dst_partner)
        dst_partner._match_again()
        # The deals of both are one contact's.
        dst_partner.sudo().social_identity_ids._look_again()
        self.env["social.crm.identity.todo"]._add(dst_partner.ids)
        return result
