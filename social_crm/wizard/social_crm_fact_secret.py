from odoo import api, fields, models


class SocialCrmFactSecret(models.TransientModel):
    """Shows a new secret, once: the dialog is never saved."""

    _name = "social.crm.fact.secret"
    _description = "New Secret for Facts"

    secret = fields.Char(readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        """Nothing is stored, whoever asks."""
        nothing = self.with_context(default_secret=False)
        return super(SocialCrmFactSecret, nothing).create([{} for _vals in vals_list])

    def write(self, vals):
        return super().write({})
