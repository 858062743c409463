"""The statements that store a page, and how they reach PostgreSQL.

Rows of a table travel as one JSON parameter, so that the number of statements does not
depend on the number of posts. What is known was looked up before; if another worker has
stored the same since, the unique index raises an error and the page is repeated. ON
CONFLICT would raise one, too (Odoo's transactions are REPEATABLE READ), and costs a
quarter more.
"""

import json
import logging
import re
from hashlib import sha256
from weakref import WeakKeyDictionary

from psycopg2.errors import DuplicatePreparedStatement, InvalidSqlStatementName

_logger = logging.getLogger(__name__)

CONNECTION_CHANGED = (DuplicatePreparedStatement, InvalidSqlStatementName)
_PARAMETER = re.compile(r"%\((\w+)\)s")

PROFILE = {
    "uri": "text",
    "handle": "text",
    "name": "text",
    "url": "text",
    "avatar_url": "text",
    "bio": "text",
    "location": "text",
    "pronouns_said": "text",
    "languages_said": "text",
    "followers_count": "int",
    "following_count": "int",
    "posts_count": "int",
    "verified_links": "jsonb",
    "is_bot": "bool",
    "author_kind": "text",
    "account_created_at": "timestamp",
    "followers_series": "jsonb",
}
CONVERSATION = {
    "branch_uri": "text",
    "identity_id": "int",
    "partner_id": "int",
    "visibility": "text",
    "kind": "text",
    "on_our_post": "bool",
    "state": "text",
    "unread": "bool",
    "mention_count": "int",
    "first_mention_at": "timestamp",
    "last_mention_at": "timestamp",
    "last_in_at": "timestamp",
    "last_out_at": "timestamp",
    "waiting_since": "timestamp",
    "preview": "text",
}
SUMMARY = {
    "id": "int",
    "count": "int",
    "at": "timestamp",
    "last_in": "timestamp",
    "last_out": "timestamp",
    "waiting": "timestamp",
    "live": "bool",
    "is_own": "bool",
    "preview": "text",
}
MENTION = {
    "id": "int",
    "uri": "text",
    "identity_id": "int",
    "partner_id": "int",
    "conversation_id": "int",
    "parent_id": "int",
    "parent_key": "text",
    "thread_key": "text",
    "direction": "text",
    "kind": "text",
    "visibility": "text",
    "title": "text",
    "body": "text",
    "url": "text",
    "published_at": "timestamp",
    "edited_at": "timestamp",
    "language": "text",
    "place": "text",
    "rating": "float8",
    "likes_count": "int",
    "reposts_count": "int",
    "replies_count": "int",
    "views_count": "int",
    "media": "jsonb",
}
METRIC = {
    "id": "int",
    "likes": "int",
    "reposts": "int",
    "replies": "int",
    "views": "int",
}
EDIT = {
    "id": "int",
    "old": "text",
    "body": "text",
    "title": "text",
    "at": "timestamp",
    "rating": "float8",
    "media": "jsonb",
}
ADOPTION = {
    "key": "text",
    "id": "int",
    "thread": "text",
    "conversation_id": "int",
    "partner_id": "int",
    "private": "bool",
}
SOURCE = {"mention_id": "int", "uid": "text"}


# What is compared with what the network tells of a profile; as ``ProfileNews`` has it,
# the links last.
SAID = (
    "handle",
    "name",
    "url",
    "avatar_url",
    "bio",
    "location",
    "pronouns_said",
    "languages_said",
    "verified_links",
)
COUNTS = ("followers_count", "following_count", "posts_count")
STORED = ", ".join(f"i.{name}" for name in (*SAID, *COUNTS, "is_bot", "gone_at"))


def _rows(columns):
    """The rows of the parameter ``rows`` as a table ``v``."""
    types = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    return f"json_to_recordset(%(rows)s::json) AS v({types})"


def _names(columns):
    return ", ".join(f'"{name}"' for name in columns)


class Statement:
    """SQL with named parameters that each connection to PostgreSQL plans only once.

    A page costs a dozen small statements; planning them takes longer than running them.
    Statements live as long as a cursor: Odoo's pool forgets them when it lends the
    connection again. A pool between Odoo and PostgreSQL may change the connection
    behind our back: then the first to notice turns this off for the process, and the
    page is repeated.
    """

    can_prepare = True
    _prepared = WeakKeyDictionary()

    def __init__(self, code):
        self._code = code
        self._names = list(dict.fromkeys(_PARAMETER.findall(code)))
        numbers = {name: f"${n}" for n, name in enumerate(self._names, 1)}
        plain = _PARAMETER.sub(lambda match: numbers[match[1]], code)
        self._name = "social_crm_" + sha256(plain.encode()).hexdigest()[:16]
        self._prepare = f"PREPARE {self._name} AS {plain}"
        places = ", ".join(f"%({name})s" for name in self._names)
        self._execute = f"EXECUTE {self._name}" + (f" ({places})" if places else "")

    def run(self, cr, **params):
        """Run it; a list of dicts in ``rows`` travels as JSON."""
        if "rows" in params:
            params["rows"] = json.dumps(params["rows"])
        params = {name: params[name] for name in self._names}
        # A conflict is expected and met by a repeat: no ERROR line for it.
        if not Statement.can_prepare:
            cr.execute(self._code, params, log_exceptions=False)
            return
        # The driver's cursor: that of a test is only a wrapper.
        ready = self._prepared.setdefault(cr._obj, set())
        try:
            if self._name not in ready:
                cr.execute(self._prepare, log_exceptions=False)
                ready.add(self._name)
            cr.execute(self._execute, params, log_exceptions=False)
        except CONNECTION_CHANGED:
            _logger.info("The connection was changed: no more prepared statements.")
            Statement.can_prepare = False
            raise


# --- streams -----------------------------------------------------------------

# What a page needs to know of its stream.
PAGE_FIELDS = (
    "account_id",
    "adaptive",
    "backfill_count",
    "backfill_cursor",
    "backfill_days",
    "backfill_limit",
    "backfill_state",
    "company_id",
    "current_interval",
    "cursor",
    "interval",
    "kind",
    "network",
    "next_fetch_at",
    "next_refresh_at",
    "own_uri",
    "query",
    "refresh_position",
    "team_id",
)
# Streams that want a page now.
_DUE = """
    FROM social_crm_feed f JOIN social_crm_account a ON a.id = f.account_id
    WHERE f.active AND a.active AND a.state = 'connected'
      AND a.database_uuid = %(uuid)s
      AND (a.retry_at IS NULL OR a.retry_at <= %(now)s::timestamp)
      AND (
          f.next_fetch_at <= %(now)s
          OR f.backfill_state = 'running' AND f.error_count = 0
          OR f.next_refresh_at <= %(now)s AND f.error_count = 0
      )
"""
COUNT_DUE = Statement(f"SELECT count(*) {_DUE}")
LOCK_DUE = Statement(
    f"""
    SELECT f.id, {", ".join(f"f.{name}" for name in PAGE_FIELDS)}
    {_DUE} ORDER BY f.next_fetch_at, f.id LIMIT 1
    FOR NO KEY UPDATE OF f SKIP LOCKED
    """
)
LOCK_FEED = Statement(
    "SELECT id FROM social_crm_feed WHERE id = %(id)s FOR NO KEY UPDATE"
)

# --- people who must not come back -------------------------------------------

FIND_SUPPRESSED = Statement(
    """
    SELECT hash, kind, since FROM social_crm_suppression
    WHERE company_id = %(company)s AND hash = ANY(%(hashes)s)
    """
)

# --- known posts -------------------------------------------------------------

# What of a mention and its conversation a ``Row`` holds.
_ROW = """
    m.id, m.uri, m.identity_id, m.conversation_id, m.thread_key,
    m.parent_id IS NULL AND m.parent_key IS NULL, m.direction = 'out',
    m.visibility = 'private', COALESCE(c.on_our_post, FALSE), c.partner_id
"""

FIND_KNOWN = Statement(
    f"""
    SELECT {_ROW}, m.body, m.title, m.edited_at, m.deleted_at IS NOT NULL, m.rating,
           m.likes_count, m.reposts_count, m.replies_count, m.views_count,
           -- Not a join: for a new stream, of which the statistics know
           -- nothing yet, that would read all its rows for each post.
           (SELECT s.feed_id FROM social_crm_mention_source s
            WHERE s.mention_id = m.id AND s.feed_id = %(feed)s),
           (SELECT s.feed_id FROM social_crm_mention_source s
            WHERE s.mention_id = m.id
            ORDER BY s.first_seen_at, s.feed_id LIMIT 1),
           i.uri, i.id, {STORED}
    FROM social_crm_mention m
    JOIN social_crm_identity i ON i.id = m.identity_id
    LEFT JOIN social_crm_conversation c ON c.id = m.conversation_id
    WHERE m.company_id = %(company)s AND m.network = %(network)s
      AND m.uri = ANY(%(uris)s)
    """
)
UPDATE_METRICS = Statement(
    f"""
    UPDATE social_crm_mention m
    SET likes_count = v.likes, reposts_count = v.reposts,
        replies_count = v.replies, views_count = v.views
    FROM {_rows(METRIC)} WHERE m.id = v.id
    """
)
INSERT_VERSIONS = Statement(
    f"""
    INSERT INTO social_crm_mention_version
        (mention_id, body, replaced_at, company_id, create_date)
    SELECT v.id, v.old, v.at, %(company)s::int, %(now)s::timestamp FROM {_rows(EDIT)}
    WHERE v.old <> v.body
    """
)
FIND_VERSIONS = Statement(
    f"""
    SELECT v.id FROM social_crm_mention_version o
    JOIN {_rows(EDIT)} ON v.id = o.mention_id AND v.body = o.body
    """
)
UPDATE_TEXTS = Statement(
    f"""
    UPDATE social_crm_mention m
    SET body = v.body, title = v.title, edited_at = v.at, media = v.media,
        rating = COALESCE(v.rating, m.rating), write_date = %(now)s::timestamp
    FROM {_rows(EDIT)} WHERE m.id = v.id
    """
)
MARK_DELETED = Statement(
    """
    UPDATE social_crm_mention
    SET deleted_at = %(now)s::timestamp, write_date = %(now)s
    WHERE id = ANY(%(ids)s)
    """
)
ERASE_DELETED = Statement(
    """
    UPDATE social_crm_mention
    SET deleted_at = %(now)s::timestamp, write_date = %(now)s,
        body = NULL, title = NULL, media = NULL, place = NULL
    WHERE id = ANY(%(ids)s)
    """
)
DELETE_VERSIONS = Statement(
    "DELETE FROM social_crm_mention_version WHERE mention_id = ANY(%(ids)s)"
)
REFRESH_PREVIEWS = Statement(
    """
    UPDATE social_crm_conversation c
    SET preview = left(regexp_replace(m.body, '^(@[^ ]+ +)+', ''), %(size)s)
    FROM social_crm_mention m
    WHERE m.id = ANY(%(ids)s) AND c.id = m.conversation_id
      AND c.last_mention_at = m.published_at
      AND c.visibility = m.visibility
    """
)

# --- what new posts need -----------------------------------------------------

# Ids; whether answers wait for one of ``keys``; the authors that we know.
FIND_AROUND = Statement(
    f"""
    SELECT
        ARRAY(
            SELECT nextval('social_crm_mention_id_seq')
            FROM generate_series(1, %(count)s::int)
        ),
        EXISTS (
            SELECT FROM social_crm_mention
            WHERE parent_key = ANY(%(keys)s)
              AND company_id = %(company)s AND network = %(network)s
        ),
        (
            SELECT json_agg(
                json_build_array(i.uri, i.id, i.partner_id, {STORED})
            )
            FROM social_crm_identity i
            WHERE company_id = %(company)s AND network = %(network)s
              AND uri = ANY(%(authors)s)
        )
    """
)
FIND_PARENTS_BY_URI = Statement(
    f"""
    SELECT {_ROW}, NULL FROM social_crm_mention m
    LEFT JOIN social_crm_conversation c ON c.id = m.conversation_id
    WHERE m.company_id = %(company)s AND m.network = %(network)s
      AND m.uri = ANY(%(uris)s)
    """
)
FIND_PARENTS_BY_UID = Statement(
    f"""
    SELECT {_ROW}, s.uid
    FROM social_crm_mention_source s
    JOIN social_crm_mention m ON m.id = s.mention_id
    LEFT JOIN social_crm_conversation c ON c.id = m.conversation_id
    WHERE s.account_id = %(account)s AND s.uid = ANY(%(uids)s)
    """
)

# --- profiles ----------------------------------------------------------------

INSERT_IDENTITIES = Statement(
    f"""
    INSERT INTO social_crm_identity
        ({_names(PROFILE)}, company_id, network, first_seen_at, profile_updated_at,
         active, relink_pending, create_date, write_date)
    SELECT v.*, %(company)s::int, %(network)s::text, %(now)s::timestamp, %(now)s,
           TRUE, FALSE, %(now)s, %(now)s
    FROM {_rows(PROFILE)}
    RETURNING uri, id
    """
)

# --- threads and conversations -----------------------------------------------

FIND_CONVERSATIONS = Statement(
    """
    SELECT branch_uri, id FROM social_crm_conversation
    WHERE company_id = %(company)s AND network = %(network)s
      AND branch_uri = ANY(%(branches)s)
    """
)
INSERT_CONVERSATIONS = Statement(
    f"""
    INSERT INTO social_crm_conversation
        ({_names(CONVERSATION)}, team_id, company_id, network, active, create_date,
         write_date)
    SELECT v.*, %(team)s::int, %(company)s::int, %(network)s::text, TRUE,
           %(now)s::timestamp, %(now)s
    FROM {_rows(CONVERSATION)}
    RETURNING branch_uri, id
    """
)
# A new post of theirs reopens; an answer of ours, newer than all, waits.
UPDATE_CONVERSATIONS = Statement(
    f"""
    UPDATE social_crm_conversation c SET
        mention_count = c.mention_count + v.count,
        first_mention_at = LEAST(c.first_mention_at, v.at),
        last_mention_at = GREATEST(c.last_mention_at, v.at),
        last_in_at = GREATEST(c.last_in_at, v.last_in),
        last_out_at = GREATEST(c.last_out_at, v.last_out),
        preview = CASE WHEN v.at >= c.last_mention_at THEN v.preview
                  ELSE c.preview END,
        unread = c.unread OR v.live,
        waiting_since = CASE
            WHEN v.is_own AND v.at >= c.last_mention_at THEN NULL
            WHEN v.live THEN COALESCE(c.waiting_since, v.waiting)
            ELSE c.waiting_since END,
        snoozed_until = CASE WHEN v.live THEN NULL ELSE c.snoozed_until END,
        state = CASE
            WHEN v.is_own AND v.at >= c.last_mention_at
                 AND c.state IN ('new', 'open') THEN 'waiting'
            WHEN v.live AND NOT v.is_own
                 AND c.state IN ('waiting', 'snoozed', 'done') THEN 'open'
            ELSE c.state END,
        write_date = %(now)s::timestamp
    FROM {_rows(SUMMARY)} WHERE c.id = v.id
    """
)

# --- mentions ----------------------------------------------------------------

INSERT_MENTIONS = Statement(
    f"""
    WITH v AS MATERIALIZED (SELECT * FROM {_rows(MENTION | {"uid": "text"})}),
    new AS (
        INSERT INTO social_crm_mention
            ({_names(MENTION)}, company_id, network, create_date, write_date)
        SELECT {_names(MENTION)}, %(company)s::int, %(network)s::text,
               %(now)s::timestamp, %(now)s
        FROM v
    )
    INSERT INTO social_crm_mention_source
        (mention_id, uid, feed_id, account_id, first_seen_at)
    SELECT id, uid, %(feed)s::int, %(account)s::int, %(now)s FROM v
    WHERE uid IS NOT NULL
    """
)
# What we say in private never joins a conversation that others may read.
ADOPT_ORPHANS = Statement(
    f"""
    UPDATE social_crm_mention m
    SET parent_id = v.id, parent_key = NULL,
        conversation_id = COALESCE(
            m.conversation_id,
            CASE WHEN v.private OR m.visibility = 'public' THEN v.conversation_id END
        ),
        partner_id = CASE
            WHEN m.direction = 'out' AND m.conversation_id IS NULL
                 AND (v.private OR m.visibility = 'public') THEN v.partner_id
            ELSE m.partner_id END
    FROM {_rows(ADOPTION)}
    WHERE m.company_id = %(company)s AND m.network = %(network)s
      AND m.parent_key = v.key AND m.id <> v.id
    RETURNING m.thread_key, v.thread, m.id,
              m.direction = 'out' AND m.conversation_id IS NOT NULL
    """
)
# The question is answered, if it is older than the answer.
COUNT_ANSWERS = Statement(
    """
    UPDATE social_crm_conversation c SET
        mention_count = c.mention_count + v.count,
        first_mention_at = LEAST(c.first_mention_at, v.first),
        last_mention_at = GREATEST(c.last_mention_at, v.last),
        last_out_at = GREATEST(c.last_out_at, v.last),
        waiting_since = CASE WHEN v.last >= c.last_mention_at THEN NULL
                        ELSE c.waiting_since END,
        state = CASE WHEN v.last >= c.last_mention_at AND c.state IN ('new', 'open')
                THEN 'waiting' ELSE c.state END
    FROM (
        SELECT conversation_id, count(*), min(published_at) AS first,
               max(published_at) AS last
        FROM social_crm_mention WHERE id = ANY(%(ids)s) GROUP BY conversation_id
    ) v WHERE c.id = v.conversation_id
    """
)
MOVE_THREADS = Statement(
    """
    UPDATE social_crm_mention m SET thread_key = v.new
    FROM unnest(%(old)s::text[], %(new)s::text[]) AS v(old, new)
    WHERE m.company_id = %(company)s AND m.network = %(network)s
      AND m.thread_key = v.old
    """
)
FIND_MOVED = Statement(
    """
    SELECT DISTINCT c.id, c.branch_uri, i.uri FROM social_crm_mention m
    JOIN social_crm_conversation c ON c.id = m.conversation_id
    JOIN social_crm_identity i ON i.id = c.identity_id
    WHERE m.company_id = %(company)s AND m.network = %(network)s
      AND m.thread_key = ANY(%(threads)s::text[])
    """
)
# Whoever wrote in both parts of a thread before they met keeps two work items.
MOVE_BRANCHES = Statement(
    """
    UPDATE social_crm_conversation c SET branch_uri = v.branch
    FROM unnest(%(ids)s::int[], %(branches)s::text[]) AS v(id, branch)
    WHERE c.id = v.id AND NOT EXISTS (
        SELECT FROM social_crm_conversation o WHERE o.company_id = c.company_id
          AND o.network = c.network AND o.branch_uri = v.branch)
    """
)
INSERT_SOURCES = Statement(
    f"""
    INSERT INTO social_crm_mention_source
        (mention_id, uid, feed_id, account_id, first_seen_at)
    SELECT v.*, %(feed)s::int, %(account)s::int, %(now)s::timestamp
    FROM {_rows(SOURCE)}
    """
)
INSERT_TOPICS = {
    name: Statement(
        f"""
        INSERT INTO social_crm_{name}_topic_rel ({name}_id, topic_id)
        SELECT * FROM unnest(%(ids)s::int[], %(topics)s::int[]) ON CONFLICT DO NOTHING
        """
    )
    for name in ("mention", "conversation")
}
