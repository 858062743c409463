from odoo import api, fields, models

# What is lost, too, and has no chatter: Odoo lists only what has one.
LISTED = (
    "social.crm.feed",
    "social.crm.mention",
    "social.crm.team",
    "social.crm.topic",
)


class BaseModuleUninstall(models.TransientModel):
    _inherit = "base.module.uninstall"

    removes_social_crm = fields.Boolean(compute="_compute_removes_social_crm")

    @api.depends("module_ids")
    def _compute_removes_social_crm(self):
        """Whether what people said goes, and the words that explain it are due."""
        for wizard in self:
            names = wizard._get_modules().mapped("name")
            wizard.removes_social_crm = "social_crm" in names

    def _get_models(self):
        listed = self.env["ir.model"].search([("model", "in", LISTED)])
        mixin = self.env["ir.model"]._get("social.crm.internal.mixin")
        return (super()._get_models() | listed) - mixin
