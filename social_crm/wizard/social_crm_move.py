"""The dialog that moves a profile to another contact."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class SocialCrmMove(models.TransientModel):
    _name = "social.crm.move"
    _description = "Move a Profile to Another Contact"

    identity_id = fields.Many2one(
        "social.crm.identity", required=True, readonly=True, ondelete="cascade"
    )
    from_id = fields.Many2one(
        "res.partner", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one("res.partner", "To", ondelete="cascade")
    is_wrong = fields.Boolean(
        "It was the wrong contact",
        default=True,
        help="It is not suggested for this profile again. Leave it out if both are the"
        " same person, or if the account changed hands.",
    )
    reason = fields.Char("Why")
    goes_along = fields.Char(compute="_compute_goes_along")
    refusal = fields.Char(compute="_compute_goes_along")

    @api.depends("identity_id")
    def _compute_goes_along(self):
        for dialog in self:
            identity = dialog.identity_id
            dialog.goes_along = self.env._(
                "%(mentions)s mentions, %(conversations)s conversations and %(facts)s"
                " facts from elsewhere",
                **identity._moves_along(),
            )
            dialog.refusal = identity._link_refusal("manual")

    def action_move(self):
        self.ensure_one()
        identity = self.identity_id
        identity.check_access("write")
        if not self.partner_id or self.partner_id == self.from_id:
            raise UserError(self.env._("Choose the contact it shall go to."))
        if identity.partner_id != self.from_id:
            raise UserError(
                self.env._("A colleague has moved the profile meanwhile: look again.")
            )
        identity._move_to(self.partner_id, self.is_wrong, self.reason)
        return {"type": "ir.actions.act_window_close"}
