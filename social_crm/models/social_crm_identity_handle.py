from odoo import fields, models


class SocialCrmIdentityHandle(models.Model):
    """A handle that a profile had before: an old one still finds the person."""

    _name = "social.crm.identity.handle"
    _description = "Earlier Handle of a Social Profile"
    _order = "until desc, id desc"
    _rec_name = "handle"

    identity_id = fields.Many2one(
        "social.crm.identity", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True)
    network = fields.Char(required=True)
    handle = fields.Char(required=True, index=True)
    until = fields.Datetime()
