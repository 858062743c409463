from odoo import api, fields, models


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
        conversation = self.env["social.crm.conversation"]
        domain = [("team_id", "in", self.ids), ("state", "in", ("new", "open"))]
        open_by_team, unassigned_by_team = (
            {
                team.id: count
                for team, count in conversation._read_group(
                    domain + extra, ["team_id"], ["__count"]
                )
            }
            for extra in ([], [("user_id", "=", False)])
        )
        for team in self:
            team.open_count = open_by_team.get(team.id, 0)
            team.unassigned_count = unassigned_by_team.get(team.id, 0)

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
