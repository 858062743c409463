"""What lists, cards and searches of contacts, leads and tickets know of a timeline."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .social_crm_conversation import MOODS, OPEN_STATES
from .social_crm_mixin import READER, SEEN_BY, column_of

# The unhappiest first.
BY_MOOD = [mood for mood, _label in MOODS]
GROUPS = {"social_network": "network", "social_mood": "mood"}

# How to ask for the opposite.
AS_NEW = {"<": ">=", "<=": ">"}
AS_OLD = {">": "<=", ">=": "<"}

# A mark stands on a card while they wait, or so long after they spoke.
MARK_DAYS = timedelta(days=7)
WAITING = Domain("state", "in", OPEN_STATES) & Domain("waiting_since", "!=", False)


class SocialCrmMixin(models.AbstractModel):
    # A concern, a file.
    _inherit = "social.crm.mixin"  # pylint: disable=consider-merging-classes-inherited

    social_mark = fields.Json("Social", compute="_compute_social_mark", groups=READER)
    social_last_at = fields.Datetime(
        "Last spoke",
        compute="_compute_social_counts",
        search="_search_social_last_at",
        groups=READER,
    )
    social_waiting_since = fields.Datetime(
        "Waits for our answer since",
        compute="_compute_social_counts",
        search="_search_social_waiting_since",
        groups=READER,
    )
    social_networks = fields.Char(
        "Networks", compute="_compute_social_counts", groups=READER
    )
    social_mood = fields.Selection(
        MOODS,
        "Mood",
        compute="_compute_social_mark",
        search="_search_social_mood",
        groups=READER,
        help="The unhappiest of what waits for our answer or was said in 7 days.",
    )
    # By the conversations, not by one value: to search and to group by.
    social_network = fields.Selection(
        selection="_selection_social_network",
        string="Network",
        store=False,
        readonly=True,
        search="_search_social_network",
        groups=READER,
    )
    social_said = fields.Char(
        "Said", store=False, readonly=True, search="_search_social_said", groups=READER
    )
    social_handle = fields.Char(
        "Handle",
        store=False,
        readonly=True,
        search="_search_social_handle",
        groups=READER,
    )

    @api.depends_context(*SEEN_BY, "lang")
    def _compute_social_mark(self):
        """The conversation that matters most now: who waits longest, else the last.

        The mood is that of all of them, not of this one: who is unhappy is so whether
        or not somebody else waits longer.
        """
        keys, names = self._social_keys(), self._social_key_fields()
        recent = fields.Datetime.now() - MARK_DAYS
        conversations = self.env["social.crm.conversation"].search_fetch(
            self._social_domain_of(keys)
            & (WAITING | Domain("last_mention_at", ">=", recent)),
            ["network", "preview", "mood", "last_in_at", "waiting_since", "state"]
            + ["visibility", *names],
        )
        facts = self.env["social.crm.account"]._network_facts()
        best, moods = {}, {}
        for conversation in conversations:
            rank, mark = conversation._social_mark(facts)
            for name in names:
                for record_id in keys.get((name, conversation[name].id), ()):
                    moods.setdefault(record_id, set()).add(conversation.mood)
                    if record_id not in best or rank < best[record_id][0]:
                        best[record_id] = rank, mark
        for record in self:
            _rank, mark = best.get(record._origin.id, (None, False))
            record.social_mark = mark
            known = moods.get(record._origin.id, ())
            record.social_mood = next(
                (mood for mood in BY_MOOD if mood in known), False
            )

    @api.model
    def _selection_social_network(self):
        return self.env["social.crm.account"]._selection_network()

    def _read_group_groupby(self, alias, groupby_spec, query):
        """Group by what was said: a record may be on several networks, as with tags."""
        if groupby_spec not in GROUPS:
            return super()._read_group_groupby(alias, groupby_spec, query)
        self._check_field_access(self._fields[groupby_spec], "read")
        name = GROUPS[groupby_spec]
        pairs = SQL("(%s)", self._social_values(name))
        joined = query.make_alias(alias, groupby_spec)
        condition = SQL(
            "%s = %s",
            SQL.identifier(joined, "record_id"),
            SQL.identifier(alias, "id"),
        )
        query.add_join("LEFT JOIN", joined, pairs, condition)
        return SQL.identifier(joined, "value")

    # --- searching -----------------------------------------------------------

    # "Not" is derived from these: what a query finds here never holds NULL.

    @api.model
    def _search_social_last_at(self, operator, value):
        """Of the newest: all are older if none is as new."""
        spoke = self._social_having(Domain("last_in_at", "!=", False))
        if operator == "in" and not any(value):
            return ~spoke
        newer = AS_NEW.get(operator, operator)
        if newer not in (">", ">="):
            return NotImplemented
        # The second says the same with an index.
        found = self._social_having(
            Domain("last_in_at", newer, value) & Domain("last_mention_at", newer, value)
        )
        return found if newer == operator else spoke & ~found

    @api.model
    def _search_social_waiting_since(self, operator, value):
        """Of the oldest: all are newer if none is as old."""
        waits = self._social_having(WAITING)
        if operator == "in" and not any(value):
            return ~waits
        older = AS_OLD.get(operator, operator)
        if older not in ("<", "<="):
            return NotImplemented
        found = self._social_having(WAITING & Domain("waiting_since", older, value))
        return found if older == operator else waits & ~found

    @api.model
    def _search_social_mood(self, operator, value):
        if operator != "in":
            return NotImplemented
        records = SQL("SELECT record_id FROM (%s) v", self._social_values("mood"))
        domain = Domain.FALSE
        if known := tuple(filter(None, value)):
            domain = Domain("id", "in", SQL("(%s WHERE value IN %s)", records, known))
        if False in value:
            domain |= Domain("id", "not in", SQL("(%s)", records))
        return domain

    @api.model
    def _search_social_network(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._social_having(Domain("network", "in", [*filter(None, value)]))
        if False in value:
            domain |= ~self._social_having(Domain.TRUE)
        return domain

    @api.model
    def _social_values(self, name):
        """Return a SELECT of (record_id, value): the groups that records are in.

        They are in those of all their networks; of their moods only in that of the
        unhappiest that counts, which is what their column says.
        """
        conversations = Domain(name, "!=", False)
        if name != "mood":
            shown = self._social_shown(conversations, name)
            return SQL("SELECT DISTINCT record_id, value FROM (%s) s", shown)
        recent = fields.Datetime.now() - MARK_DAYS
        conversations &= Domain("last_mention_at", ">=", recent) | WAITING
        return SQL(
            "SELECT DISTINCT ON (record_id) record_id, value FROM (%s) s"
            " ORDER BY record_id, array_position(%s, value::text)",
            self._social_shown(conversations, name),
            BY_MOOD,
        )

    @api.model
    def _search_social_said(self, operator, value):
        if operator == "in":
            said = Domain.OR(Domain("said", "=", text) for text in value if text)
        elif operator in ("ilike", "like"):
            said = Domain("said", operator, value)
        elif operator in ("=ilike", "=like"):
            # The words of an index have no beginning.
            said = Domain("body", operator, value) | Domain("title", operator, value)
        else:
            return NotImplemented
        found = column_of(
            self.env["social.crm.mention"]._search(said), "conversation_id"
        )
        domain = self._social_having(Domain("id", "in", found))
        if operator == "in" and False in value:
            domain |= ~self._social_having(Domain.TRUE)
        return domain

    @api.model
    def _search_social_handle(self, operator, value):
        if operator not in ("in", "ilike", "like", "=ilike", "=like"):
            return NotImplemented
        wanted = [*filter(None, value)] if operator == "in" else value
        domain = self._social_of_handles(
            Domain("handle", operator, wanted)
            | Domain("handle_ids.handle", operator, wanted)
        )
        if operator == "in" and False in value:
            domain |= ~self._social_of_handles(
                Domain("handle", "!=", False) | Domain("handle_ids", "!=", False)
            )
        return domain

    @api.model
    def _social_of_handles(self, profiles):
        """Return the domain of records that have one of ``profiles``, a domain."""
        identities = self.env["social.crm.identity"].with_context(active_test=False)
        return self._social_of_profiles(identities._search(profiles))
