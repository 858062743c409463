from odoo import models


class SocialCrmInternalMixin(models.AbstractModel):
    """Internal stays internal: a chatter that never writes to a customer.

    A plain note on a record with a contact would reach that contact by mail; here the
    customer is on the network, and only colleagues are.
    """

    _name = "social.crm.internal.mixin"
    _description = "Internal Chatter"
    _inherit = "mail.thread"

    def _mail_get_partner_fields(self, introspect_fields=False):
        """No field here names somebody to write to: the customer is on the network."""
        return []

    def _message_get_suggested_recipients(self, *args, **kwargs):
        return []

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        return super().message_subscribe(
            self._internal_partners(partner_ids).ids, subtype_ids
        )

    def message_post(self, *, partner_ids=None, **kwargs):
        return super().message_post(
            partner_ids=self._internal_partners(partner_ids).ids, **kwargs
        )

    def _internal_partners(self, partner_ids):
        partners = self.env["res.partner"].browse(partner_ids or [])
        # sudo: whether a contact is a colleague is no secret, and must not depend on
        # what the writer may read.
        return partners.filtered(
            lambda partner: partner.sudo().user_ids.filtered(
                lambda user: user._is_internal()
            )
        )
