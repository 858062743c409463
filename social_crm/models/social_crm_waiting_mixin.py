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
                self._social_waiting(self._is_ours), limit=COUNT_LIMIT
            )
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
    def _social_waiting(self, is_ours):
        """Return the domain of what waits for a team, as far as the user sees the way.

        ``is_ours`` makes the condition of a field with our team.
        """
        conversations = self.env["social.crm.conversation"]
        ways = []
        for name, column in self._social_waiting_ways():
            link = conversations._fields[name]
            records = self.env[link.comodel_name]
            if conversations._has_field_access(
                link, "read"
            ) and records._has_field_access(records._fields[column], "read"):
                ways.append(Domain(name, "any", is_ours(column)))
        return WAITING & Domain.OR(ways)

    @staticmethod
    def _is_ours(column):
        """The team of the outer query, each in its turn."""
        return Domain.custom(
            to_sql=lambda records, alias, query: SQL(
                "%s = ours.id", records._field_to_sql(alias, column, query)
            )
        )

    def action_social_waiting(self):
        """Open the inbox with what the card counts."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_crm.social_crm_conversation_action_inbox"
        )
        domain = self._social_waiting(lambda column: Domain(column, "=", self.id))
        return {**action, "domain": list(domain), "context": {}}
