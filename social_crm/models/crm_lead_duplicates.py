"""Leads of one person who gave no e-mail: core's own tools know the profile, too."""

from odoo import api, models
from odoo.fields import Domain

# As core has it: what more leads share says nothing.
MOST = 20


class CrmLead(models.Model):
    _inherit = "crm.lead"

    def _social_profiles(self):
        """The profiles of a lead: its own, of what was routed to it, of its contact."""
        self.ensure_one()
        # sudo: who may convert a lead may not read profiles; none of them is shown.
        lead = self.sudo()
        profiles = lead.social_identity_ids | lead.social_conversation_ids.identity_id
        return (profiles | lead.partner_id.social_identity_ids).filtered(
            lambda profile: profile.author_kind != "ours"
        )

    def _social_twins(self):
        """The domain of the other leads with one of these profiles."""
        if not (profiles := self._social_profiles()):
            return Domain.FALSE
        # sudo: as above; the leads are sought with the rights of the caller.
        routed = self.env["social.crm.conversation"].sudo()
        routed = routed.search(
            [("identity_id", "in", profiles.ids), ("lead_id", "!=", False)]
        )
        direct = profiles.with_context(active_test=False).lead_ids
        ids = (direct | routed.lead_id).ids
        twins = Domain("id", "in", ids)
        if contacts := profiles.partner_id:
            twins |= Domain("partner_id", "in", contacts.ids)
        return twins & Domain("id", "!=", self._origin.id)

    @api.depends("social_identity_ids")
    def _compute_potential_lead_duplicates(self):
        result = super()._compute_potential_lead_duplicates()
        leads = self.with_context(active_test=False)
        for lead in self:
            twins = leads.search(lead._social_twins(), limit=MOST + 1)
            if twins and len(twins) <= MOST:
                lead.duplicate_lead_ids |= twins
                lead.duplicate_lead_count = len(lead.duplicate_lead_ids - lead._origin)
        return result

    def _get_lead_duplicates(self, partner=None, email=None, include_lost=False):
        found = super()._get_lead_duplicates(partner, email, include_lost)
        for lead in self:
            found |= lead._social_duplicates(include_lost)
        return found

    def _social_duplicates(self, include_lost):
        """The lead and its twins, by the rules that core has for duplicates."""
        twins = self._social_twins()
        if twins.is_false():
            return self.browse()
        domain = Domain("won_status", "!=", "won")
        if include_lost:
            domain &= Domain("type", "=", "opportunity") | Domain("active", "=", True)
        else:
            domain = Domain("won_status", "=", "pending") & Domain("active", "=", True)
        found = self.with_context(active_test=False).search(twins & domain)
        return found and found | self

    def _find_matching_partner(self):
        partner = super()._find_matching_partner()
        if partner:
            return partner
        # Profiles of two contacts say nothing.
        known = self._social_profiles().partner_id.sudo(False)
        # A contact of another company is nobody to convert to.
        return known._filtered_access("read") if len(known) == 1 else partner
