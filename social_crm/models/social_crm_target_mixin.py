from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class SocialCrmTargetMixin(models.AbstractModel):
    """What leads and tickets share: conversations may be routed to them.

    A model that inherits it has ``partner_id`` and ``social_identity_ids``, profiles of
    somebody who is no contact yet.
    """

    _name = "social.crm.target.mixin"
    _description = "Target of Social Conversations"
    _inherit = "social.crm.mixin"
    # The many2one of social.crm.conversation that points to this model.
    _social_link = ""

    def _social_contacts(self):
        """Their contacts, as far as the user may see them."""
        partners = self.partner_id.with_context(active_test=False)
        domain = [("id", "in", partners.ids)]
        return partners.search_fetch(domain, partners._social_columns(), order="id")

    def _social_routed(self):
        """The conversations routed here, as far as the user may see them."""
        conversations = self.env["social.crm.conversation"]
        link = conversations._fields[self._social_link]
        if not conversations._has_field_access(link, "read"):
            # A follower of a ticket, who is no helpdesk user.
            return conversations
        return conversations.search([(self._social_link, "in", self.ids)])

    def _social_columns(self):
        return ["partner_id", "social_identity_ids"]

    def _social_mention_domains(self):
        self.ensure_one()
        domains = []
        if partner := self._social_contacts():
            domains += partner._social_mention_domains()
        # Archived ones, too: with a contact they would also be shown.
        if identities := self.with_context(active_test=False).social_identity_ids:
            domains.append(Domain("identity_id", "in", identities.ids))
        if conversations := self._social_routed():
            domains.append(Domain("conversation_id", "in", conversations.ids))
        return domains

    def _social_conversation_domain(self):
        domain = Domain("id", "in", self._social_routed().ids)
        if identities := self.social_identity_ids:
            domain |= Domain("identity_id", "in", identities.ids)
        if partners := self._social_contacts():
            domain |= partners._social_conversation_domain()
        return domain

    def _social_counts(self):
        """Count each conversation once, whichever way it belongs to the record."""
        conversations = self.env["social.crm.conversation"].search_fetch(
            self._social_conversation_domain(), ["state", "partner_id", "identity_id"]
        )
        routed = self._social_routed().grouped(self._social_link)
        contacts = self._social_contacts()
        shown = {partner: partner._social_partners() for partner in contacts}
        counts = {}
        for record in self:
            mine = conversations.filtered(
                lambda conversation, record=record: (
                    conversation in routed.get(record, ())
                    or conversation.identity_id in record.social_identity_ids
                    or conversation.partner_id
                    and conversation.partner_id in shown.get(record.partner_id, ())
                )
            )
            waiting = mine.filtered(lambda c: c.state in ("new", "open"))
            counts[record.id] = (len(waiting), len(mine))
        return counts

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_social_profiles(vals)
        return super().create(vals_list)

    def _check_social_profiles(self, vals):
        """Who may not link a profile to a contact may not do so by way of a record."""
        if "social_identity_ids" in vals and not self.env.su:
            self.env["social.crm.identity"].check_access("write")

    def write(self, vals):
        self._check_social_profiles(vals)
        result = super().write(vals)
        if vals.get("partner_id"):
            self._social_move_to_partner()
        return result

    def _social_move_to_partner(self):
        """A record that gets its contact hands over its profiles."""
        for record in self.sudo():
            for identity in record.social_identity_ids:
                if identity.partner_id:
                    continue
                try:
                    identity._link(record.partner_id, "manual")
                except UserError:
                    # The network forbids it: the profile stays here.
                    continue
                record.social_identity_ids -= identity

    def _social_take_over(self, others):
        """Profiles and conversations of merged records go to the one that stays."""
        record, others = self.sudo(), others.sudo()
        record.social_identity_ids |= others.social_identity_ids
        others.social_identity_ids = False
        routed = others.with_context(active_test=False)._social_routed()
        routed.write({self._social_link: self.id})
