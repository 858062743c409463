from odoo import api, fields, models
from odoo.fields import Domain

HELPDESK = "helpdesk_mgmt.group_helpdesk_user_own"


class SocialCrmConversation(models.Model):
    _inherit = "social.crm.conversation"

    # The web client fills a name with sudo: without groups, an agent without helpdesk
    # rights would read titles of tickets.
    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        groups=HELPDESK,
    )

    @api.model
    def _notification_targets(self, conversation_ids):
        targets = super()._notification_targets(conversation_ids)
        # sudo: ids only; whoever gets them reads with their own rights.
        tickets = self.sudo().search_fetch(
            [("id", "in", conversation_ids), ("ticket_id", "!=", False)], ["ticket_id"]
        )
        return {**targets, "ticket_ids": tickets.ticket_id.ids}

    @api.model
    def _retention_work(self):
        is_open = Domain("ticket_id.stage_id.closed", "=", False)
        return super()._retention_work() | (Domain("ticket_id", "!=", False) & is_open)

    def _social_records(self):
        records = super()._social_records()
        if not self.env.user.has_group(HELPDESK):
            return records
        tickets = self._social_about("ticket_id", ["number", "name", "stage_id"])
        return records + [
            {
                "model": "helpdesk.ticket",
                "id": ticket.id,
                "icon": "fa-life-ring",
                "name": f"{ticket.number} {ticket.name}",
                "detail": ticket.stage_id.name,
            }
            for ticket in tickets
        ]
