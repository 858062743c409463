from odoo import api, fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    social_crm_team_ids = fields.Many2many(
        "social.crm.team",
        "social_crm_team_member_rel",
        "user_id",
        "team_id",
        string="Social teams",
    )
    social_crm_visible_team_ids = fields.Many2many(
        "social.crm.team",
        compute="_compute_social_crm_visible_team_ids",
        help="Teams of the user and those that everyone is in; record rules use it.",
    )

    social_crm_erasing_ids = fields.Many2many(
        "social.crm.identity",
        compute="_compute_social_crm_erasing_ids",
        context={"active_test": False},
        help="Profiles that are being erased; record rules use it.",
    )

    @api.depends("social_crm_team_ids")
    def _compute_social_crm_visible_team_ids(self):
        teams = self.env["social.crm.team"].sudo().with_context(active_test=False)
        everyone = teams.search([("everyone", "=", True)])
        for user in self:
            user.social_crm_visible_team_ids = user.social_crm_team_ids | everyone

    def _compute_social_crm_erasing_ids(self):
        identities = self.env["social.crm.identity"]
        self.social_crm_erasing_ids = identities.browse(identities._erasing_ids())
