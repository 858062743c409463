from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .social_crm_marks import WAITING
from .social_crm_mixin import READER, SEEN_BY
from .social_crm_team import COUNT_LIMIT


class SocialCrmWaitingMixin(models.AbstractModel):
    """Teams of other apps: how many wait for them, and the inbox with just these."""

    _name = "social.crm.waiting.mixin"
    _description = "Waiting on Social Networks"

    social_waiting_count = fields.Integer(
        "Waiting on social", compute="_compute_social_waiting_count", groups=READER
    )

    @api.model
    def _social_waiting_ways(self):
        """Return [(many2one of a conversation, field of that record with our team)]."""
        return []

    @api.depends_context(*SEEN_BY)
    def _compute_social_waiting_count(self):
        """One statement for all cards; counting stops where nobody would read on."""
        counts = {}
        if self.ids:
            query = self.env["social.crm.conversation"]._search(
                WAITING, limit=COUNT_LIMIT
            )
            query.add_where(SQL("(%s)", SQL(" OR ").join(self._social_waiting_sql())))
            found = query.select(SQL("1"))
            counts = dict(
                self.env.execute_query(
                    SQL(
                        "SELECT ours.id, (SELECT count(*) FROM (%s) c)"
                        " FROM unnest(%s) AS ours(id)",
                        found,
                        self.ids,
                    )
                )
            )
        for team in self:
            team.social_waiting_count = counts.get(team._origin.id, 0)

    @api.model
    def _social_waiting_sql(self):
        """Return conditions of a conversation that belongs to the team ``ours``."""
        conversations = self.env["social.crm.conversation"]
        conditions = []
        for name, column in self._social_waiting_ways():
            records = self.env[conversations._fields[name].comodel_name]
            conversations.flush_model([name])
            records.flush_model([column])
            conditions.append(
                SQL(
                    "%s IN (SELECT r.id FROM %s r WHERE r.%s = ours.id)",
                    SQL.identifier(conversations._table, name),
                    SQL.identifier(records._table),
                    SQL.identifier(column),
                )
            )
        return conditions

    def action_social_waiting(self):
        """Open the inbox with what the card counts."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_crm.social_crm_conversation_action_inbox"
        )
        domain = Domain.OR(
            Domain(f"{name}.{column}", "=", self.id)
            for name, column in self._social_waiting_ways()
        )
        return {**action, "domain": list(WAITING & domain), "context": {}}
