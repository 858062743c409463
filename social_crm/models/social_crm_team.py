from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .social_crm_conversation import OPEN_STATES

# What a card counts at most; it shows 999+ then.
COUNT_LIMIT = 1000


class SocialCrmTeam(models.Model):
    """Who answers. Not crm.team: joining a second one archives the first membership."""

    _name = "social.crm.team"
    _description = "Social Team"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    company_id = fields.Many2one(
        "res.company", index=True, default=lambda self: self.env.company
    )
    purpose = fields.Selection(
        [
            ("service", "Service"),
            ("marketing", "Marketing"),
            ("sales", "Sales"),
            ("product", "Product"),
            ("pr", "Public relations"),
        ],
        default="service",
        required=True,
    )
    user_id = fields.Many2one("res.users", string="Leader", check_company=True)
    everyone = fields.Boolean(
        "Every Social user", help="All Social users are members, also future ones."
    )
    member_ids = fields.Many2many(
        "res.users",
        "social_crm_team_member_rel",
        "team_id",
        "user_id",
        string="Members",
        domain="[('share', '=', False)]",
    )
    capacity = fields.Integer(
        "Open per person", help="How many open conversations one person should have."
    )
    crm_team_id = fields.Many2one(
        "crm.team",
        "Sales team",
        check_company=True,
        groups="sales_team.group_sale_salesman",
    )
    open_count = fields.Integer("Open", compute="_compute_counts")
    unassigned_count = fields.Integer("Unassigned", compute="_compute_counts")

    @api.depends_context("uid")
    def _compute_counts(self):
        """One statement for all cards; counting stops where nobody would read on."""
        counts = {}
        if self.ids:
            query = SQL(
                "SELECT team.id, (%s), (%s) FROM unnest(%s) AS team(id)",
                self._count_of_team(Domain.TRUE),
                self._count_of_team(Domain("user_id", "=", False)),
                self.ids,
            )
            rows = self.env.execute_query(query)
            counts = {team_id: numbers for team_id, *numbers in rows}
        for team in self:
            team.open_count, team.unassigned_count = counts.get(team._origin.id, (0, 0))

    def _count_of_team(self, domain):
        """A count of open conversations of ``team``, as far as the user sees them."""
        conversations = self.env["social.crm.conversation"]
        domain &= Domain("state", "in", OPEN_STATES)
        # In the order of the index of the inbox, so that it is read and not the table.
        order = "last_mention_at desc, id desc"
        query = conversations._search(domain, limit=COUNT_LIMIT, order=order)
        query.add_where(SQL("%s.team_id = team.id", SQL.identifier(query.table)))
        return SQL("SELECT count(*) FROM (%s) c", query.select(SQL("1")))

    @api.model_create_multi
    def create(self, vals_list):
        teams = super().create(vals_list)
        self._clear_rules()
        return teams

    def write(self, vals):
        result = super().write(vals)
        if {"member_ids", "everyone", "active"} & set(vals):
            self._clear_rules()
        return result

    def unlink(self):
        result = super().unlink()
        self._clear_rules()
        return result

    def _clear_rules(self):
        # Record rules keep the ids of a user's teams.
        self.env.registry.clear_cache()
        self.env["res.users"].invalidate_model(["social_crm_visible_team_ids"])

    def action_open_conversations(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_crm.social_crm_conversation_action"
        )
        return {
            **action,
            "domain": [("team_id", "=", self.id)],
            # The list shows what the number on the card counts.
            "context": {
                "search_default_open": 1,
                "search_default_unassigned": self.env.context.get("unassigned", 0),
            },
        }
