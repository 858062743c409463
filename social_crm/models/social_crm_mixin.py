import json
from collections import Counter
from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .social_crm_conversation import OPEN_STATES
from .social_crm_mention import THREAD_LIMIT

MAX_LIMIT = 100
KEYSET = ("published_at", "id", "company_id", "network", "thread_key")
READER = "social_crm.group_reader"
# Whose values they are: the rules of conversations say what somebody is shown.
SEEN_BY = ("uid", "allowed_company_ids")


def column_of(query, name):
    """Return a column of what ``query`` finds, as the value of a domain.

    Without NULL: beside one, "not in" finds nothing.
    """
    found = query.subselect(SQL.identifier(query.table, name))
    return SQL("(SELECT f.value FROM %s AS f(value) WHERE f.value IS NOT NULL)", found)


def shown_on(keys, pairs):
    """The ids of the records with one of ``pairs``, (field of a conversation, id)."""
    return set().union(*(keys.get(pair, ()) for pair in pairs))


class SocialCrmMixin(models.AbstractModel):
    """What contacts, leads and tickets share: the timeline and its counters."""

    _name = "social.crm.mixin"
    _description = "Social Timeline"

    social_open_count = fields.Integer(
        "Open conversations", compute="_compute_social_counts", groups=READER
    )
    social_conversation_count = fields.Integer(
        "Conversations", compute="_compute_social_counts", groups=READER
    )

    # What the other fields are computed from: sought once for all of them.
    social_keys = fields.Json(compute="_compute_social_keys", groups=READER)

    # --- to be said by each model --------------------------------------------

    def _social_mention_domains(self):
        """Return domains whose union is what this record shows.

        Each is one condition ``(key, "in", ids)`` on a column of social.crm.mention
        that has an index ``(key, published_at DESC, id DESC)``. They are read one by
        one and merged: one domain with OR would sort everything first.
        """
        self.ensure_one()
        return []

    def _social_columns(self):
        """Return the columns that ``_social_mention_domains`` reads."""
        return ["id"]

    @api.model
    def _social_ways(self):
        """Return how conversations come to records: [(field, pairs)].

        ``field`` is one of social.crm.conversation that the user may read, ``pairs`` a
        SELECT of (key, record_id) without NULL: a value of that field, the id of a
        record of ours. What a form shows, a filter finds and a group counts is all
        read from here.
        """
        return []

    @api.model
    def _social_of_profiles(self, query):
        """Return the domain of records that have one of the profiles in ``query``."""
        return Domain.FALSE

    @api.model
    def _social_domain_of(self, keys):
        """Return the domain of the conversations that ``keys`` names."""
        ids = {}
        for name, key in keys:
            ids.setdefault(name, []).append(key)
        return Domain.OR(Domain(name, "in", found) for name, found in ids.items())

    @api.model
    def _social_key_fields(self):
        """Return the fields that ``_social_keys`` names."""
        return list(dict.fromkeys(name for name, _pairs in self._social_ways()))

    @api.model
    def _social_shown(self, conversations, name="id"):
        """Return a SELECT of (record_id, value): ``name`` of what each record shows.

        ``conversations`` is a domain. No value is NULL but those of ``name``; a
        conversation that belongs in two ways is there twice.
        """
        ways = self._social_ways()
        model = self.env["social.crm.conversation"]
        query = model._search(conversations)
        columns = [
            SQL.identifier(query.table, column, to_flush=model._fields[column])
            for column in dict.fromkeys([*self._social_key_fields(), name])
        ]
        selects = [
            SQL(
                "SELECT w.record_id, f.%s AS value FROM found f"
                " JOIN (%s) w ON w.key = f.%s",
                SQL.identifier(name),
                pairs,
                SQL.identifier(field),
            )
            for field, pairs in ways
        ]
        # The rules of the reader are in it: once for all ways.
        found = query.select(*columns)
        return SQL("WITH found AS (%s) %s", found, SQL(" UNION ALL ").join(selects))

    @api.model
    def _social_having(self, conversations):
        """Return the domain of records that show one of ``conversations``, a domain."""
        shown = self._social_shown(conversations)
        return Domain("id", "in", SQL("(SELECT record_id FROM (%s) s)", shown))

    @api.depends_context(*SEEN_BY)
    def _compute_social_keys(self):
        """One query; the rights of the reader come with the conversations."""
        found = {}
        if ids := self.ids:
            selects = [
                SQL(
                    "SELECT %s, w.key, w.record_id FROM (%s) w"
                    " WHERE w.record_id = ANY(%s)",
                    name,
                    pairs,
                    ids,
                )
                for name, pairs in self._social_ways()
            ]
            rows = self.env.execute_query(SQL(" UNION ALL ").join(selects))
            for name, key, record_id in rows:
                found.setdefault(record_id, []).append([name, key])
        for record in self:
            record.social_keys = found.get(record._origin.id, [])

    def _social_keys(self):
        """Return {(field of social.crm.conversation, id): ids of records it is on}."""
        keys = {}
        for record in self:
            for name, key in record.social_keys or ():
                keys.setdefault((name, key), set()).add(record._origin.id)
        return keys

    # --- counters ------------------------------------------------------------

    @api.depends_context(*SEEN_BY, "lang")
    def _compute_social_counts(self):
        """One query for all; a conversation counts once, however it belongs."""
        keys, names = self._social_keys(), self._social_key_fields()
        facts = self.env["social.crm.account"]._network_facts()
        found = {}
        for *group, network, state, count, last_at, waits in self.env[
            "social.crm.conversation"
        ]._read_group(
            self._social_domain_of(keys),
            [*names, "network", "state"],
            ["__count", "last_in_at:max", "waiting_since:min"],
        ):
            pairs = zip(names, (record.id for record in group), strict=True)
            for record_id in shown_on(keys, pairs):
                # Snoozed, they wait for the day that we chose.
                opened, since = (count, waits) if state in OPEN_STATES else (0, False)
                row = network, opened, count, last_at, since
                found.setdefault(record_id, []).append(row)
        for record in self:
            rows = found.get(record._origin.id)
            networks, opened, counts, spoke, waits = (
                zip(*rows, strict=True) if rows else [()] * 5
            )
            record.social_open_count = sum(opened)
            record.social_conversation_count = sum(counts)
            record.social_last_at = max(filter(None, spoke), default=False)
            record.social_waiting_since = min(filter(None, waits), default=False)
            labels = {facts[network][0] for network in networks}
            record.social_networks = ", ".join(sorted(labels))

    def action_social_conversations(self):
        """Open the conversations that the counter counts."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_crm.social_crm_conversation_action"
        )
        domain = list(self._social_domain_of(self._social_keys()))
        # The button shows the open ones if there are any, else all.
        context = {"search_default_open": int(bool(self.social_open_count))}
        return {**action, "domain": domain, "context": context}

    # --- timeline ------------------------------------------------------------

    def social_timeline(self, cursor=None, limit=30, filters=None):
        """Return a page of what was said, newest first.

        ``cursor`` is what the previous page returned. ``filters`` may hold
        ``networks``, ``kinds``, ``moods`` (lists of codes), ``since``, ``until``
        (dates, YYYY-MM-DD) and ``text`` (words). Returns ``{"items", "cursor",
        "networks", "total"}``; the rights of the caller decide what is in it.
        """
        self.ensure_one()
        # Raises AccessError; check_access would read all fields that rules look at.
        self.fetch(self._social_columns())
        try:
            limit = min(max(int(limit), 1), MAX_LIMIT)
            after = self._read_cursor(cursor)
            rest = self._social_filters(filters or {})
        except (AttributeError, OverflowError, TypeError, ValueError) as error:
            raise UserError(
                self.env._("The timeline cannot be asked like this.")
            ) from error
        branches = self._social_branches(rest)
        rows, counts = self._social_visible(branches, after, limit + 1)
        page = self.env["social.crm.mention"].browse([row[1] for row in rows[:limit]])
        more = len(rows) > limit
        facts = self.env["social.crm.account"]._network_facts()
        return {
            "items": page._timeline_items(counts),
            "cursor": more
            and json.dumps([str(rows[limit - 1][0]), rows[limit - 1][1]]),
            "networks": [
                {"code": code, "label": label, "icon": icon}
                for code, (label, icon) in facts.items()
            ],
            "total": False,
        }

    def _social_branches(self, rest):
        """Return (domain of keys, filters) of each part of the timeline."""
        branches = [(domain, rest) for domain in self._social_mention_domains()]
        self.env["social.crm.identity"].flush_model(["partner_id", "relink_pending"])
        moving = self.env.execute_query(
            SQL(
                "SELECT id, partner_id FROM social_crm_identity"
                " WHERE relink_pending IS TRUE"
            )
        )
        if not moving:
            return branches
        # Their mentions may still name the contact of before, or none yet: what a link
        # is still moving is read by its profiles.
        answers = Domain("direction", "=", "out") & Domain(
            "conversation_id", "!=", False
        )
        still = answers | Domain("identity_id", "not in", [row[0] for row in moving])
        settled, arriving = [], []
        for domain, wanted in branches:
            if domain.field_expr == "partner_id":
                wanted &= still
                ids = set(domain.value)
                arriving += [row[0] for row in moving if row[1] in ids]
            settled.append((domain, wanted))
        return [*settled, (Domain("identity_id", "in", arriving), rest & ~answers)]

    @api.model
    def _read_cursor(self, cursor):
        if not cursor:
            return None
        moment, mention_id = json.loads(cursor)
        return fields.Datetime.to_datetime(moment[:26]), int(mention_id)

    @api.model
    def _social_filters(self, filters):
        domain = Domain.TRUE
        for name, field in (
            ("networks", "network"),
            ("kinds", "kind"),
            ("moods", "sentiment_label"),
        ):
            if values := [*(filters.get(name) or ())]:
                if any(not isinstance(each, str) or "\0" in each for each in values):
                    raise ValueError(f"There are no such {name}.")
                domain &= Domain(field, "in", values)
        if since := filters.get("since"):
            domain &= Domain("published_at", ">=", self._start_of(since))
        if until := filters.get("until"):
            domain &= Domain("published_at", "<", self._start_of(until, days=1))
        for word in (filters.get("text") or "").replace("\0", "").split()[:8]:
            domain &= Domain("body", "ilike", word) | Domain("title", "ilike", word)
        return domain

    def _start_of(self, day, days=0):
        """When ``day`` (plus ``days``) begins where the user is, in UTC."""
        zone = pytz.timezone(self.env.user.tz or "UTC")
        start = fields.Datetime.to_datetime(f"{day} 00:00:00") + timedelta(days=days)
        return zone.localize(start).astimezone(pytz.utc).replace(tzinfo=None)

    def _social_visible(self, branches, after, limit):
        """Return the keys of the newest mentions that the user may read, and counts.

        First the keys in the order of the index, then the rules on these few: with the
        joins of the rules inside, PostgreSQL sorts all that somebody ever said. The
        counts are those of the threads, ``{(network, thread key): mentions}``.
        """
        visible, counts, counted, size = [], Counter(), set(), limit
        while True:
            found = set()
            for domain, wanted in branches:
                found.update(self._social_keyset(domain, wanted, after, size))
            rows = sorted(found, reverse=True)[:size]
            threads = self._social_threads({row[2:] for row in rows} - counted)
            counted.update(row[2:] for row in rows)
            allowed = self._social_allowed([row[1] for row in rows], threads)
            visible += [row for row in rows if row[1] in allowed]
            counts.update(
                (network, key)
                for mention_id, network, key in threads
                if mention_id in allowed
            )
            if len(visible) >= limit or len(rows) < size:
                return visible[:limit], counts
            after, size = rows[-1][:2], min(size * 4, 1000)

    @api.model
    def _social_threads(self, keys):
        """Return (id, network, thread key) of what was said in public, rules aside."""
        if not keys:
            return []
        companies, networks, threads = zip(*keys, strict=True)
        return self.env.execute_query(
            SQL(
                """
                SELECT t.* FROM unnest(%s, %s, %s) AS k(company_id, network, key),
                LATERAL (
                    SELECT m.id, m.network, m.thread_key FROM social_crm_mention m
                    WHERE m.thread_key = k.key AND m.network = k.network
                      AND m.company_id = k.company_id AND m.visibility = 'public'
                    LIMIT %s
                ) AS t
                """,
                list(companies),
                list(networks),
                list(threads),
                THREAD_LIMIT,
            )
        )

    @api.model
    def _social_allowed(self, ids, threads):
        """Return which of all these ids the user may read: the rules are asked once."""
        ids = {*ids, *(row[0] for row in threads)}
        query = self.env["social.crm.mention"]._search([("id", "in", list(ids))])
        return {row[0] for row in self.env.execute_query(query.select())}

    def _social_keyset(self, domain, rest, after, limit):
        """Return ``KEYSET`` of the newest mentions of one domain, rules aside.

        One index probe a key: a company with 500 contacts costs 500 short probes, not a
        sort of all that they ever said. Only those who spoke last can fill the page: of
        the others nothing but the newest mention is read.
        """
        column, ids = domain.field_expr, list(domain.value)
        if not ids:
            return []
        mention = self.env["social.crm.mention"]
        query = mention._search(
            rest,
            order="published_at desc, id desc",
            limit=limit,
            bypass_access=True,
        )
        if query.is_empty():
            return []
        table = SQL.identifier(mention._table)
        query.add_where(SQL("%s.%s = k.id", table, SQL.identifier(column)))
        if after:
            query.add_where(
                SQL("(%s.published_at, %s.id) < (%s, %s)", table, table, *after)
            )
        columns = [SQL("%s.%s", table, SQL(name)) for name in KEYSET]
        found = query.select(*columns)
        keys = SQL("unnest(%s) AS k(id)", ids)
        page = SQL("ORDER BY t.published_at DESC, t.id DESC LIMIT %s", limit)
        if len(ids) > limit:
            query.limit = 1
            newest = query.select(*columns)
            keys = SQL(
                "(SELECT k.id FROM %s, LATERAL (%s) AS t %s) k", keys, newest, page
            )
        return self.env.execute_query(
            SQL("SELECT t.* FROM %s, LATERAL (%s) AS t %s", keys, found, page)
        )
