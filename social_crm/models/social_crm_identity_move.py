"""Moving a profile from one contact to another."""

from odoo import models
from odoo.exceptions import UserError


class SocialCrmIdentity(models.Model):
    # A concern, a file.
    _inherit = "social.crm.identity"  # pylint: disable=consider-merging-classes-inherited

    def action_move(self):
        """Ask where to, and say what goes along."""
        self.ensure_one()
        self.check_access("write")
        if not self.partner_id:
            raise UserError(
                self.env._(
                    "The profile has no contact. Choose one instead of moving it."
                )
            )
        dialog = self.env["social.crm.move"].create(
            {"identity_id": self.id, "from_id": self.partner_id.id}
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Move to another contact"),
            "res_model": dialog._name,
            "res_id": dialog.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def _move_to(self, partner, is_wrong=True, reason=""):
        """Link to ``partner`` instead, by hand: the network's rules are asked again.

        ``is_wrong``: it was never the contact of before, who is not suggested again.
        Who, when and why stands on the profile and on both contacts.
        """
        self.ensure_one()
        before, count = self.partner_id, self._moves_along()["mentions"]
        self._link(partner, "manual")
        if not is_wrong:
            # sudo: rows are the matcher's; the profile was checked.
            rows = self.sudo().match_ids
            rows.filtered(lambda row: row.partner_id == before.sudo()).unlink()
        values = {
            "profile": self._unmistakable(),
            "before": before.display_name,
            "contact": partner.display_name,
            "count": count,
            "reason": reason or "",
        }
        texts = {
            self: self.env._(
                "Moved from %(before)s to %(contact)s with %(count)s mentions."
                " %(reason)s",
                **values,
            ),
            before: self.env._(
                "Social profile %(profile)s moved to %(contact)s with %(count)s"
                " mentions. %(reason)s",
                **values,
            ),
            partner: self.env._(
                "Social profile %(profile)s moved here from %(before)s with %(count)s"
                " mentions. %(reason)s",
                **values,
            ),
        }
        for record, text in texts.items():
            # sudo: a note is left also by who may not change the contact.
            record.sudo()._message_log(body=text, author_id=self.env.user.partner_id.id)

    def _unmistakable(self):
        """What a note calls a profile: found there, and masked, when it is erased."""
        return self.handle or self.url or self.uri

    def _moves_along(self):
        """Return how many records belong to the profile, as far as the user sees them.

        ``{"mentions", "conversations", "facts"}``.
        """
        mine = [("identity_id", "=", self.id)]
        return {
            "mentions": self.env["social.crm.mention"].search_count(mine),
            "conversations": self.env["social.crm.conversation"].search_count(mine),
            "facts": self.env["social.crm.fact"].search_count(mine),
        }
