"""The dialog that tells apart two people who had one account."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class SocialCrmSplit(models.TransientModel):
    _name = "social.crm.split"
    _description = "Two People, One Account"

    identity_id = fields.Many2one(
        "social.crm.identity", required=True, readonly=True, ondelete="cascade"
    )
    how = fields.Selection(
        [
            ("since", "Somebody else has the account now"),
            ("some", "Two people share the account"),
        ],
        "What is it",
        required=True,
        default="since",
    )
    since = fields.Datetime("Since when")
    mention_ids = fields.Many2many("social.crm.mention", string="Said by the other")
    name = fields.Char(
        compute="_compute_name", store=True, readonly=False, precompute=True
    )
    partner_id = fields.Many2one("res.partner", "Contact of the other")
    explanation = fields.Char(compute="_compute_explanation")

    @api.depends("how", "identity_id")
    def _compute_name(self):
        """Who had it before was called so; nobody knows what the other is called."""
        for dialog in self:
            dialog.name = dialog.how == "since" and dialog.identity_id.name

    @api.depends("how", "since", "mention_ids", "identity_id")
    def _compute_explanation(self):
        mentions = self.env["social.crm.mention"]
        for dialog in self:
            identity = dialog.identity_id
            if dialog.how == "some":
                dialog.explanation = self.env._(
                    "%s mentions go to the other person. What comes from now on stays"
                    " here: choose again when the other has spoken.",
                    len(dialog.mention_ids),
                )
                continue
            before = [("identity_id", "=", identity.id)]
            before += [("published_at", "<", dialog.since)] if dialog.since else []
            count = mentions.search_count(before) if dialog.since else 0
            contact = identity.partner_id.display_name
            dialog.explanation = (
                self.env._(
                    "%(count)s mentions from before, and the link to %(contact)s, go to"
                    " a profile of their own. This one has no contact then.",
                    count=count,
                    contact=contact,
                )
                if contact
                else self.env._(
                    "%s mentions from before go to a profile of their own.", count
                )
            )

    def action_split(self):
        self.ensure_one()
        identity = self.identity_id
        if self.how == "since":
            if not self.since:
                raise UserError(self.env._("Say since when it is somebody else."))
            part = identity._split_at(self.since, self.name)
        else:
            part = identity._split_off(self.mention_ids, self.name, self.partner_id)
        return {
            "type": "ir.actions.act_window",
            "res_model": part._name,
            "res_id": part.id,
            "views": [(False, "form")],
        }
