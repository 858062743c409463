"""Deleting what is too old, in small steps that are committed one by one.

First mentions, oldest first, then conversations in which nothing is left, then profiles
of which nothing is left. Nothing has to be remembered between two steps: what was done
is gone.
"""

from odoo.fields import Domain
from odoo.tools import SQL

from . import erasure_sql as sql
from .erasure_chatter import WINDOW, WORDS, Chatter
from .ingest_values import PREVIEW
from .person_names import Names
from .person_quotes import Quotes

# Mentions of a step: their locks are held for less than a second.
BATCH = 500
# Conversations and profiles go by the ORM, with notes and attachments.
RECORDS = 200
# Ids of profiles looked at in a step.
SPAN = 10_000
# Held until the end of a step: a second job has nothing to do.
LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('social_crm_retention'))"

FIND_MENTIONS = """
    SELECT m.id, m.uri, m.conversation_id, m.identity_id, m.partner_id, m.media
    FROM social_crm_mention m
    WHERE m.company_id = %(company)s AND m.network = %(network)s
      AND m.kind = %(kind)s AND m.published_at < %(cutoff)s
    ORDER BY m.published_at LIMIT %(size)s FOR UPDATE SKIP LOCKED
"""
# Who answered stays an answer, and in its thread.
LEAVE_ANSWERS = """
    UPDATE social_crm_mention m SET parent_id = NULL, parent_key = v.uri
    FROM unnest(%(ids)s::int[], %(uris)s::text[]) AS v(id, uri)
    WHERE m.parent_id = v.id AND m.id <> ALL(%(ids)s)
"""
# What hangs on them goes by the foreign keys: earlier texts, streams, topics.
DELETE_MENTIONS = "DELETE FROM social_crm_mention WHERE id = ANY(%(ids)s)"
FORGET_XMLIDS = """
    DELETE FROM ir_model_data
    WHERE model = 'social.crm.mention' AND res_id = ANY(%(ids)s)
"""
EMPTY = """
    UPDATE social_crm_conversation c SET mention_count = 0, preview = NULL
    WHERE c.id = ANY(%(ids)s) AND NOT EXISTS (
        SELECT FROM social_crm_mention m WHERE m.conversation_id = c.id)
"""
FIND_EMPTY = """
    SELECT c.id FROM social_crm_conversation c
    WHERE c.mention_count = 0 AND c.preview IS NULL AND c.last_mention_at IS NOT NULL
      AND c.id > %(after)s AND NOT EXISTS (
        SELECT FROM social_crm_mention m WHERE m.conversation_id = c.id)
    ORDER BY c.id LIMIT %(size)s FOR UPDATE SKIP LOCKED
"""
FIND_SILENT = """
    SELECT i.id FROM social_crm_identity i
    JOIN unnest(%(companies)s::int[], %(networks)s::text[], %(cutoffs)s::timestamp[])
      AS v(company, network, cutoff)
      ON v.company = i.company_id AND v.network = i.network
     AND COALESCE(i.first_seen_at, i.create_date) < v.cutoff
    WHERE i.id > %(after)s AND i.id <= %(until)s AND i.partner_id IS NULL
      AND i.author_kind <> 'ours' AND i.erase_pending IS NOT TRUE
      AND NOT EXISTS (SELECT FROM social_crm_mention m WHERE m.identity_id = i.id)
      AND NOT EXISTS (SELECT FROM social_crm_conversation c WHERE c.identity_id = i.id)
    ORDER BY i.id LIMIT %(size)s FOR UPDATE OF i SKIP LOCKED
"""


class Retention:
    """One run of the job; ``env`` is that of the superuser.

    ``deleted`` counts what is gone, by model.
    """

    def __init__(self, env):
        self.env = env
        self.deleted = dict.fromkeys(("mentions", "conversations", "profiles"), 0)
        networks = env["social.crm.network"].search([])
        retention = env["social.crm.retention"]
        self._limits, self._silent = [], []
        for record in networks:
            place = record.company_id.id, record.network
            cutoffs = retention._cutoffs(*place)
            kept = [cutoff for cutoff in cutoffs.values() if cutoff]
            self._limits += [
                (*place, kind, cutoff) for kind, cutoff in cutoffs.items() if cutoff
            ]
            if kept:
                self._silent.append((*place, min(kept)))
        self._steps = [self._mentions, self._conversations, self._profiles]
        self._steps += [self._changes, self._days]
        self._after = 0

    @property
    def is_done(self):
        return not self._steps

    def run(self):
        """Do the next step; return how many records it dealt with.

        A conflict with another worker is raised without a line in the log: roll back
        and call again.
        """
        self.env.cr.execute(LOCK, log_exceptions=False)
        if not self.env.cr.fetchone()[0]:
            self._steps = []
            return 0
        return self._steps[0]()

    def _next(self):
        self._steps.pop(0)
        self._after = 0
        return 0

    def _execute(self, statement, **params):
        self.env.cr.execute(SQL(statement, **params), log_exceptions=False)
        return self.env.cr

    # --- mentions ------------------------------------------------------------

    def _mentions(self):
        while self._limits:
            company, network, kind, cutoff = self._limits[0]
            rows = self._execute(
                FIND_MENTIONS,
                company=company,
                network=network,
                kind=kind,
                cutoff=cutoff,
                size=BATCH,
            ).fetchall()
            if rows:
                self._delete_mentions(company, rows)
                return len(rows)
            self._limits.pop(0)
        return self._next()

    def _delete_mentions(self, company_id, rows):
        ids, uris, conversations, identities, partners, media = map(
            list, zip(*rows, strict=True)
        )
        conversations = sorted(set(conversations) - {None})
        self.env["social.crm.daily"]._keep(ids)
        self._cut_quotes(company_id, ids, conversations, identities, partners)
        self.env["social.crm.media"]._forget(
            [
                item[name]
                for items in media
                for item in items or ()
                for name in ("url", "preview_url")
                if item.get(name)
            ]
        )
        self._forget_attachments("social.crm.mention", ids)
        self._execute(LEAVE_ANSWERS, ids=ids, uris=uris)
        self._execute(FORGET_XMLIDS, ids=ids)
        self._execute(DELETE_MENTIONS, ids=ids)
        self._execute(sql.RECOUNT, ids=conversations, size=PREVIEW)
        self._execute(EMPTY, ids=conversations)
        self.env.invalidate_all(flush=False)
        self.deleted["mentions"] += len(ids)

    def _forget_attachments(self, model, ids):
        attachments = self.env["ir.attachment"]
        attachments.search([("res_model", "=", model), ("res_id", "in", ids)]).unlink()

    def _cut_quotes(self, company_id, ids, conversations, identities, partners):
        """Take the words out of what colleagues wrote on the records beside."""
        beside = _beside(self.env, conversations, set(identities), set(partners))
        reader = QuotesBeside(self.env, company_id, beside)
        for table in WORDS:
            after = 0
            while after is not None:
                after = reader.run(table, after, lambda: self._words(ids))

    def _words(self, ids):
        quotes = Quotes()
        for texts in self._execute(
            """
            SELECT m.title, m.body FROM social_crm_mention m WHERE m.id = ANY(%(ids)s)
            UNION ALL
            SELECT NULL, v.body FROM social_crm_mention_version v
            WHERE v.mention_id = ANY(%(ids)s)
            """,
            ids=ids,
        ).fetchall():
            for text in texts:
                quotes.add(text)
        return quotes

    # --- conversations -------------------------------------------------------

    def _conversations(self):
        """Delete those in which nothing is left, unless somebody works on them."""
        rows = self._execute(FIND_EMPTY, after=self._after, size=RECORDS).fetchall()
        if not rows:
            return self._next()
        ids = [row[0] for row in rows]
        self._after = ids[-1]
        conversations = self.env["social.crm.conversation"]
        conversations = conversations.with_context(active_test=False)
        gone = conversations.search(
            Domain("id", "in", ids) & ~conversations._retention_work()
        )
        gone.with_context(tracking_disable=True).unlink()
        self.deleted["conversations"] += len(gone)
        return len(ids)

    # --- profiles ------------------------------------------------------------

    def _profiles(self):
        """Delete profiles that said nothing we still have, and belong to nobody."""
        identities = self.env["social.crm.identity"].with_context(active_test=False)
        last = self._execute("SELECT COALESCE(max(id), 0) FROM social_crm_identity")
        if self._after >= last.fetchone()[0] or not self._silent:
            return self._next()
        companies, networks, cutoffs = map(list, zip(*self._silent, strict=True))
        until = self._after + SPAN
        rows = self._execute(
            FIND_SILENT,
            companies=companies,
            networks=networks,
            cutoffs=cutoffs,
            after=self._after,
            until=until,
            size=RECORDS,
        ).fetchall()
        ids = [row[0] for row in rows]
        self._after = ids[-1] if len(ids) == RECORDS else until
        found = identities.browse(ids)
        links = identities._typed_records()
        gone = found.filtered(lambda each: not any(each[name] for name in links))
        self.env["social.crm.media"]._forget(
            [url for url in gone.mapped("avatar_url") if url]
        )
        gone.with_context(tracking_disable=True).unlink()
        self.deleted["profiles"] += len(gone)
        return len(ids)

    # --- what profiles said of themselves --------------------------------------

    def _changes(self):
        """Delete changes of profiles that are too old, or more than anybody reads."""
        count = self.env["social.crm.identity.change"]._forget_old(self._silent, BATCH)
        return count or self._next()

    # --- statistics ----------------------------------------------------------

    def _days(self):
        return self.env["social.crm.daily"]._put_together() or self._next()


class QuotesBeside(Chatter):
    """Takes quotes out of records of known ids; handles and names stay."""

    # pylint: disable=super-init-not-called
    def __init__(self, env, company_id, within):
        self.env = env
        self.company_id = company_id
        self.names = Names((), ())
        self.quotes = None
        self.beside = {}
        self._within = within
        self._called = None

    def run(self, table, after, read_quotes):
        """As ``Chatter.run``; ``read_quotes`` is called once there is something."""
        columns = self._columns(table) if self._within else ()
        rows = self._read(table, columns, after) if columns else ()
        if rows:
            self.quotes = self.quotes or read_quotes()
            self._clean(table, columns, rows)
        return rows[-1][0] if len(rows) == WINDOW else None

    def _link(self, address):
        return address

    def _read(self, table, columns, after):
        words = WORDS[table]
        model, res_id = map(SQL, words.of)
        places = SQL(" OR ").join(
            SQL("(%s = %s AND %s = ANY(%s))", model, name, res_id, sorted(ids))
            for name, ids in self._within.items()
        )
        return self.env.execute_query(
            SQL(
                "SELECT t.id, %s, %s, %s FROM %s t %s WHERE t.id > %s AND (%s)"
                " ORDER BY t.id LIMIT %s",
                model,
                res_id,
                SQL(", ").join(
                    SQL("t.%s::text", SQL.identifier(name)) for name in columns
                ),
                SQL.identifier(table),
                SQL(words.join),
                after,
                places,
                WINDOW,
            )
        )


def _beside(env, conversation_ids, identity_ids, partner_ids):
    """Return {model: ids} of the records on which colleagues may have quoted."""
    conversations = env["social.crm.conversation"].browse(conversation_ids)
    found = {
        "social.crm.conversation": set(conversation_ids),
        "social.crm.identity": identity_ids,
        "res.partner": partner_ids - {None},
    }
    for name, model in env.items():
        link = getattr(model, "_social_link", None)
        if link and not model._abstract:
            records = model.with_context(active_test=False)
            held = records.search([("social_identity_ids", "in", list(identity_ids))])
            found[name] = set((held | conversations.mapped(link))._ids)
    return {name: ids for name, ids in found.items() if ids}
