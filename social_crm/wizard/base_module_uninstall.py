from odoo import api, fields, models


class BaseModuleUninstall(models.TransientModel):
    _inherit = "base.module.uninstall"

    removes_social_crm = fields.Boolean(compute="_compute_removes_social_crm")

    @api.depends("module_ids")
    def _compute_removes_social_crm(self):
        """Whether what people said goes, and the words that explain it are due."""
        for wizard in self:
            names = wizard._get_modules().mapped("name")
            wizard.removes_social_crm = "social_crm" in names
