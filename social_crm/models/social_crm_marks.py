"""What lists, cards and searches of contacts, leads and tickets know of a timeline."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .social_crm_conversation import MOODS, OPEN_STATES
from .social_crm_mixin import READER, column_of

# A mark stands on a card while they wait, or so long after they spoke.
MARK_DAYS = timedelta(days=7)
WAITING = Domain("state", "in", OPEN_STATES) & Domain("waiting_since", "!=", False)


class SocialCrmMixin(models.AbstractModel):
    _inherit = "social.crm.mixin"

    social_mark = fields.Json("Social", compute="_compute_social_mark", groups=READER)
    social_last_at = fields.Datetime(
        "Last spoke",
        compute="_compute_social_summary",
        search="_search_social_last_at",
        groups=READER,
    )
    social_waiting_since = fields.Datetime(
        "Waits for our answer since",
        compute="_compute_social_summary",
        search="_search_social_waiting_since",
        groups=READER,
    )
    social_networks = fields.Char(
        "Networks", compute="_compute_social_summary", groups=READER
    )
    social_mood = fields.Selection(
        MOODS,
        "Mood",
        compute="_compute_social_mark",
        search="_search_social_mood",
        groups=READER,
    )
    social_said = fields.Char(
        "Said", store=False, search="_search_social_said", groups=READER
    )
    social_handle = fields.Char(
        "Handle", store=False, search="_search_social_handle", groups=READER
    )

    def _compute_social_mark(self):
        """The conversation that matters most now: who waits longest, else the last."""
        keys, names = self._social_keys(), self._social_key_fields()
        recent = fields.Datetime.now() - MARK_DAYS
        conversations = self.env["social.crm.conversation"].search_fetch(
            self._social_domain_of(keys)
            & (WAITING | Domain("last_mention_at", ">=", recent)),
            ["network", "preview", "mood", "last_in_at", "waiting_since", "state"]
            + ["visibility", *names],
        )
        facts = self.env["social.crm.account"]._network_facts()
        best = {}
        for conversation in conversations:
            rank, mark = conversation._social_mark(facts)
            for name in names:
                for record_id in keys.get((name, conversation[name].id), ()):
                    if record_id not in best or rank < best[record_id][0]:
                        best[record_id] = rank, mark
        for record in self:
            _rank, mark = best.get(record._origin.id, (None, False))
            record.social_mark = mark
            record.social_mood = mark and mark["mood"]

    def _compute_social_summary(self):
        """One query for all records."""
        keys = self._social_keys()
        names = [*self._social_key_fields(), "network"]
        facts = self.env["social.crm.account"]._network_facts()
        found = {}
        for *group, network, last_at, since in self.env[
            "social.crm.conversation"
        ]._read_group(
            self._social_domain_of(keys), names, ["last_in_at:max", "waiting_since:min"]
        ):
            shown = set()
            for name, key in zip(names, group, strict=False):
                shown |= keys.get((name, key.id), set())
            for record_id in shown:
                found.setdefault(record_id, []).append((network, last_at, since))
        for record in self:
            rows = found.get(record._origin.id, [])
            record.social_last_at = max(
                (row[1] for row in rows if row[1]), default=False
            )
            record.social_waiting_since = min(
                (row[2] for row in rows if row[2]), default=False
            )
            networks = sorted({facts[row[0]][0] for row in rows})
            record.social_networks = ", ".join(networks)

    # --- searching -----------------------------------------------------------

    @api.model
    def _search_social_last_at(self, operator, value):
        if operator not in (">", ">=") or not value:
            return NotImplemented
        # The second says the same with an index.
        return self._social_having(
            Domain("last_in_at", operator, value)
            & Domain("last_mention_at", operator, value)
        )

    @api.model
    def _search_social_waiting_since(self, operator, value):
        if operator == "!=" and not value:
            return self._social_having(WAITING)
        if operator in ("<", "<=") and value:
            return self._social_having(
                WAITING & Domain("waiting_since", operator, value)
            )
        return NotImplemented

    @api.model
    def _search_social_mood(self, operator, value):
        if operator != "in":
            return NotImplemented
        recent = fields.Datetime.now() - MARK_DAYS
        said = Domain("last_mention_at", ">=", recent) | WAITING
        return self._social_having(Domain("mood", "in", value) & said)

    @api.model
    def _search_social_said(self, operator, value):
        said = self.env["social.crm.mention"]._search([("said", operator, value)])
        found = column_of(said, "conversation_id")
        return self._social_having(Domain("id", "in", found))

    @api.model
    def _search_social_handle(self, operator, value):
        if operator not in ("=", "ilike", "like", "=ilike"):
            return NotImplemented
        profiles = self.env["social.crm.identity"].with_context(active_test=False)
        query = profiles._search(
            Domain("handle", operator, value)
            | Domain("handle_ids.handle", operator, value)
        )
        return self._social_of_profiles(query)
