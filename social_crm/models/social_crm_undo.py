"""What people do with conversations in the inbox, and how it is undone."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from .rpc_values import record_id_of

DEEDS = {
    "assign": "action_assign_to_me",
    "done": "action_done",
    "reopen": "action_reopen",
    "snooze": "action_snooze_tomorrow",
    "unread": "action_mark_unread",
}
# What a deed may change, and its undo brings back.
KEPT = ("state", "snoozed_until", "unread", "user_id", "team_id")


class SocialCrmUndoMixin(models.AbstractModel):
    _name = "social.crm.undo.mixin"
    _description = "Work That Can Be Undone"

    def social_do(self, deed, vals=None):
        """Do ``deed``, a key of ``DEEDS``, or "write" what is in ``vals``.

        Returns for each conversation what ``social_undo`` takes: ``{"id", "before",
        "after", "taken_from"}``; the last is the name of a colleague who had it.
        """
        vals = vals or {}
        known = isinstance(vals, dict) and not set(vals) - set(KEPT)
        if not known or deed not in (*DEEDS, "write"):
            raise UserError(self.env._("The inbox cannot do this."))
        mine = self.env.user
        holders = {record.id: (record.user_id - mine).display_name for record in self}
        before = self._social_kept()
        if deed == "write":
            self.write(vals)
        else:
            getattr(self, DEEDS[deed])()
        after = self._social_kept()
        return [
            {
                "id": record.id,
                "before": before[record.id],
                "after": after[record.id],
                "taken_from": record.user_id == mine and holders[record.id] or "",
            }
            for record in self
        ]

    def _social_kept(self):
        return {
            record.id: {
                "state": record.state,
                "snoozed_until": fields.Datetime.to_string(record.snoozed_until),
                "unread": record.unread,
                "user_id": record.user_id.id,
                "team_id": record.team_id.id,
            }
            for record in self
        }

    @api.model
    def social_undo(self, changes):
        """Bring back what ``social_do`` changed; what others changed since stays.

        Returns how many conversations somebody else has changed since.
        """
        try:
            wanted = {
                record_id_of(change["id"]): _difference(change) for change in changes
            }
            conversations = self.browse(wanted).exists()._filtered_access("write")
        except (AttributeError, KeyError, TypeError) as error:
            raise UserError(self.env._("This cannot be undone.")) from error
        now = conversations._social_kept()
        left = len(wanted) - len(conversations)
        for conversation in conversations:
            before, after = wanted[conversation.id]
            if any(now[conversation.id][name] != after[name] for name in after):
                left += 1
            else:
                conversation.write(before)
        return left


def _difference(change):
    """Return what a deed really changed: (values before, values after)."""
    before, after = change["before"], change["after"]
    names = [name for name in KEPT if before[name] != after[name]]
    return {name: before[name] for name in names}, {name: after[name] for name in names}
