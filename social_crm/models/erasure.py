"""How a person is taken out of the database, in bounded steps.

First what colleagues quoted (the words are needed to find it), then the words, then the
conversations, then the handle in other people's words. Where it stands is kept with the
profile, which goes last.
"""

import json

from odoo.tools import SQL

from . import erasure_sql as sql
from .erasure_chatter import TABLES, Chatter
from .ingest_suppression import ANONYMOUS
from .ingest_values import PREVIEW
from .person_names import Names, host_of, names_of
from .person_quotes import Quotes

BATCH = 1000
# Ids of other people's rows that are looked at in one go.
SPAN = 100_000
KEYS = ("thread_key", "parent_key", "branch_uri")
ADDRESSES = ("url",)
STRUCTURES = ("media", "verified_links")


class Erasure:
    """The work on one profile; ``identity`` comes as superuser.

    ``state`` is JSON: ``step`` is what is done now, ``table`` the number of its table,
    ``after`` the last id that was read; ``words`` the last mention whose words were
    looked for.
    """

    def __init__(self, identity):
        self.identity = identity.with_context(active_test=False)
        self.env = self.identity.env
        self.cr = self.env.cr
        self.company_id = identity.company_id.id
        self.network = identity.network
        suppressions = self.env["social.crm.suppression"]
        self.names = Names(*suppressions._names(self.identity))
        self._hash_of = suppressions._hasher(self.company_id)
        self.state = {"step": "chatter", "table": 0, "after": 0, "words": 0}
        self.state |= identity.erase_state or {}
        self._reader = self._next_words = None

    def run(self, work):
        """Do about so much work; return whether all is done.

        A window of what colleagues wrote is 1, a batch of mentions 10.
        """
        while work > 0 and self.state["step"]:
            work -= getattr(self, f"_do_{self.state['step']}")()
        self.identity.erase_state = self.state
        return not self.state["step"]

    def _go_on(self, step):
        self.state |= {"step": step, "table": 0, "after": 0}
        return 0

    def _key(self, uri):
        # As the ingest does: what comes later finds its thread.
        return ANONYMOUS + self._hash_of(self.network, "key", uri)

    def _execute(self, statement, **params):
        self.cr.execute(
            SQL(
                statement,
                **{
                    "identity": self.identity.id,
                    "company": self.company_id,
                    "network": self.network,
                    **params,
                },
            )
        )

    # --- what colleagues quoted ------------------------------------------------

    def _do_chatter(self):
        if not self._reader:
            quotes, self._next_words = self._quotes(self.state["words"])
            self._reader = Chatter(self.identity, self.names, quotes)
        table = TABLES[self.state["table"]]
        after = self._reader.run(table, self.state["after"])
        if after:
            self.state["after"] = after
            return 1
        self.state |= {"table": self.state["table"] + 1, "after": 0}
        if self.state["table"] < len(TABLES):
            return 0
        if not self._next_words:
            return self._go_on("mentions")
        # A person of very many words: once more for the others.
        self.state |= {"table": 0, "words": self._next_words}
        self._reader = None
        return 1

    def _quotes(self, after):
        """Return what was said after a mention, and the last one that was read."""
        quotes = Quotes()
        while not quotes.is_full:
            self._execute(
                """
                SELECT m.id, m.title, m.body, (
                    SELECT array_agg(v.body) FROM social_crm_mention_version v
                    WHERE v.mention_id = m.id)
                FROM social_crm_mention m
                WHERE m.identity_id = %(identity)s AND m.id > %(after)s
                ORDER BY m.id LIMIT %(size)s
                """,
                after=after,
                size=BATCH,
            )
            rows = self.cr.fetchall()
            for _id, title, body, versions in rows:
                for text in (title, body, *(versions or ())):
                    quotes.add(text)
            after = rows[-1][0] if rows else after
            if len(rows) < BATCH:
                for text in (self.identity.bio, *self.identity._said("bio")):
                    quotes.add(text)
                return quotes, None
        return quotes, after

    # --- what they said --------------------------------------------------------

    def _do_mentions(self):
        self._execute(
            """
            SELECT id, uri, conversation_id, media FROM social_crm_mention
            WHERE identity_id = %(identity)s ORDER BY id LIMIT %(size)s
            """,
            size=BATCH,
        )
        rows = self.cr.fetchall()
        if not rows:
            return self._go_on("conversations")
        ids, uris, conversation_ids, media = map(list, zip(*rows, strict=True))
        self.env["social.crm.media"]._forget(
            [
                item[name]
                for items in media
                for item in items or ()
                for name in ("url", "preview_url")
                if item.get(name)
            ]
        )
        keys = [self._key(uri) for uri in uris]
        self._execute(sql.FORGET_PARENTS, ids=ids, keys=keys)
        self._rename(uris, keys)
        answers = self._answers(SQL("parent_id = ANY(%s)", ids))
        conversation_ids += answers.conversation_id.ids
        gone = self.env["social.crm.mention"].browse(ids) | answers
        self.env["social.crm.daily"]._keep(gone.ids)
        gone.unlink()
        self._recount(conversation_ids)
        return 10 if len(ids) == BATCH else 1

    def _answers(self, condition):
        """What we said to the person is about the person."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM social_crm_mention WHERE direction = 'out' AND %s"
                " ORDER BY id LIMIT %s",
                condition,
                BATCH,
            )
        )
        return self.env["social.crm.mention"].browse([row[0] for row in rows])

    def _rename(self, uris, keys):
        """Threads are named after their first post: also those that others wrote in."""
        names = {"uris": uris, "keys": keys}
        self._execute(sql.RENAME_BRANCHES, **names)
        self._execute(sql.RENAME_THREADS, **names)

    def _recount(self, conversation_ids):
        ids = sorted(set(conversation_ids) - {None})
        self._execute(sql.RECOUNT, ids=ids, size=PREVIEW)
        self.env["social.crm.conversation"].invalidate_model(flush=False)

    def _do_conversations(self):
        conversations = self.env["social.crm.conversation"]
        conversations = conversations.with_context(active_test=False).search(
            [("identity_id", "=", self.identity.id)], order="id", limit=BATCH
        )
        if not conversations:
            return self._go_on("others")
        self._execute(sql.FIND_HEIRS, ids=conversations.ids)
        heirs = self.cr.fetchall()
        if heirs:
            self._hand_over(heirs)
        shared = {conversation_id for conversation_id, *_who in heirs}
        alone = conversations.browse(set(conversations.ids) - shared)
        answers = self._answers(SQL("conversation_id = ANY(%s)", alone.ids))
        self.env["social.crm.daily"]._keep(answers.ids)
        answers.unlink()
        if len(answers) == BATCH:
            return 10
        alone.unlink()
        return 10 if len(conversations) == BATCH else 1

    def _hand_over(self, heirs):
        ids, identities, partners = map(list, zip(*heirs, strict=True))
        conversations = self.env["social.crm.conversation"].browse(ids)
        branches = [self._key(record.branch_uri) for record in conversations]
        self._execute(
            sql.HAND_OVER,
            ids=ids,
            identities=identities,
            partners=partners,
            branches=branches,
        )
        self._execute(sql.HAND_OVER_ANSWERS, ids=ids)
        self._recount(ids)

    # --- what others said ------------------------------------------------------

    def _do_others(self):
        """Mask the handle in the next span of a table."""
        tables = list(sql.OTHERS)
        table, after = tables[self.state["table"]], self.state["after"]
        columns = sql.OTHERS[table][0]
        patterns = self.names.patterns()
        self._execute(
            sql.find_others(table), after=after, until=after + SPAN, patterns=patterns
        )
        touched = set()
        for row_id, handle, *texts in self.cr.fetchall():
            values = dict(zip(columns, texts, strict=True))
            if fresh := self._masked(values, host_of(handle)):
                self._update(table, row_id, fresh)
                touched.add(row_id)
        if table == "social_crm_mention" and touched:
            mentions = self.env["social.crm.mention"].browse(touched)
            mentions.invalidate_recordset(flush=False)
            self._recount(mentions.conversation_id.ids)
        last = f"SELECT max(id) FROM {table}"
        self.cr.execute(SQL(last))
        if after + SPAN < (self.cr.fetchone()[0] or 0):
            self.state["after"] = after + SPAN
            return 1
        self.state |= {"table": self.state["table"] + 1, "after": 0}
        if self.state["table"] == len(tables):
            self.state["step"] = ""
        return 0

    def _masked(self, values, host):
        """Return the columns that have changed."""
        fresh = {}
        for name, text in values.items():
            if not text:
                continue
            if name in KEYS:
                new = self._key(text) if self._is_named(text) else text
            elif name in ADDRESSES:
                new = None if self._is_named(text) else text
            elif name in STRUCTURES:
                new = json.dumps(self._masked_json(json.loads(text), host))
                new = text if json.loads(new) == json.loads(text) else new
            else:
                new = self.names.mask(text, host)
            if new != text:
                fresh[name] = new
        return fresh

    def _masked_json(self, value, host):
        if isinstance(value, dict):
            return {key: self._masked_json(item, host) for key, item in value.items()}
        if isinstance(value, list):
            return [self._masked_json(item, host) for item in value]
        if not isinstance(value, str):
            return value
        if "://" in value:
            return "" if self._is_named(value) else value
        return self.names.mask(value, host)

    def _is_named(self, address):
        return not self.names.all.isdisjoint(names_of(address))

    def _update(self, table, row_id, values):
        if key := values.get("thread_key"):
            self.cr.execute(
                SQL("SELECT thread_key FROM social_crm_mention WHERE id = %s", row_id)
            )
            self._rename([self.cr.fetchone()[0]], [key])
        pairs = (
            SQL("%s = %s", SQL.identifier(name), value)
            for name, value in values.items()
        )
        self.cr.execute(
            SQL(
                "UPDATE %s SET %s WHERE id = %s",
                SQL.identifier(table),
                SQL(", ").join(pairs),
                row_id,
            )
        )
