from odoo import fields, models


class SocialCrmMentionVersion(models.Model):
    """An earlier text of an edited mention."""

    _name = "social.crm.mention.version"
    _description = "Earlier Text of a Mention"
    _order = "replaced_at desc, id desc"
    _rec_name = "body"

    mention_id = fields.Many2one(
        "social.crm.mention", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True)
    body = fields.Text("Text")
    replaced_at = fields.Datetime("Replaced")
