"""From a page of posts to rows: the same number of statements for 10 posts and for 100.

Rows are written by SQL in key order: two workers that bring the same posts meet on the
unique indexes and never deadlock. Whoever comes second gets a conflict from PostgreSQL
(its snapshot cannot see the row), and the caller repeats the page from memory.
"""

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta, timezone

from psycopg2.extras import Json

from odoo import fields
from odoo.tools import SQL

MAX_TEXT = 100_000
MAX_NAME = 500
PREVIEW = 200
METRICS = ("likes", "reposts", "replies", "views")
METRIC_COLUMNS = tuple(f"{name}_count" for name in METRICS)
# What is older when we first see it is history: stored, but no work for anyone.
HISTORY = timedelta(days=7)
CHANNEL = "social_crm.group_reader"
NOTIFICATION = "social_crm.mentions"


@dataclass(slots=True)
class Row:
    """What is known of one mention while its page is stored."""

    id: int
    uri: str
    identity_id: int | None
    conversation_id: int | None
    thread_key: str
    is_root: bool
    is_own: bool
    post: object = None
    parent: "Row | None" = None
    parent_key: str | None = None
    branch: str | None = None
    new: bool = False


def clean(text, limit):
    """Text as PostgreSQL takes it, at most ``limit`` characters."""
    return text.replace("\0", "")[:limit] if text else ""


def naive(moment):
    """An aware datetime as Odoo stores it: UTC without a zone."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        return moment
    return moment.astimezone(timezone.utc).replace(tzinfo=None)


def _count(value):
    """A count as an integer column takes it; servers send null and worse."""
    return min(max(int(value), 0), 2**31 - 1) if value else 0


def _values(rows):
    return SQL(", ").join(SQL("%s", row) for row in rows)


def key_of(uri):
    """A uri that an index can hold: very long ones are shortened by a hash."""
    uri = uri.replace("\0", "")
    if len(uri) <= 1000:
        return uri
    return f"{uri[:900]}#{hashlib.sha256(uri.encode()).hexdigest()}"


class PageIngest:
    """Stores one page of one feed. Made for one call of ``mention._ingest``."""

    def __init__(self, feed, posts, silent):
        self.env = feed.env
        self.feed = feed
        self.account = feed.account_id
        self.company_id = feed.company_id.id
        self.network = feed.network
        self.silent = silent
        self.now = fields.Datetime.now()
        self.keep_deleted = self.account._get_connector_class().policy.keep_deleted
        # The same post twice in a page: the later reading counts.
        self.posts = {key_of(post.uri): post for post in posts}
        self.by_uri = {}
        self.by_uid = {}
        self.identities = {}
        self.new = []
        self.touched = []

    def run(self):
        """Store the page; return the ids of new mentions."""
        if not self.posts:
            return []
        self._find_known()
        self._update_known()
        posts = {
            uri: post
            for uri, post in self.posts.items()
            if uri not in self.by_uri and not post.deleted
        }
        if posts:
            self._find_parents(posts)
            self._store_identities(posts)
            self._make_rows(posts)
            self._store_conversations()
            self._insert_mentions()
            self._adopt_orphans()
            self._insert_topics()
        self._insert_sources()
        self._notify()
        return [row.id for row in self.new]

    def _execute(self, code, *args, **kwargs):
        # A conflict is expected and met by a repeat: no ERROR line for it.
        self.env.cr.execute(SQL(code, *args, **kwargs), log_exceptions=False)

    # --- known posts ---------------------------------------------------------

    def _find_known(self):
        self._execute(
            """
            SELECT m.uri, m.id, m.identity_id, m.conversation_id, m.thread_key,
                   m.parent_id IS NULL AND m.parent_key IS NULL, m.direction,
                   m.body, m.title, m.edited_at, m.deleted_at IS NOT NULL,
                   m.likes_count, m.reposts_count, m.replies_count, m.views_count,
                   m.rating, s.feed_id, i.uri, i.handle, i.name, i.avatar_url, m.published_at
            FROM social_crm_mention m
            JOIN social_crm_identity i ON i.id = m.identity_id
            LEFT JOIN social_crm_mention_source s
                   ON s.mention_id = m.id AND s.feed_id = %s
            WHERE m.company_id = %s AND m.network = %s AND m.uri = ANY(%s)
            """,
            self.feed.id,
            self.company_id,
            self.network,
            sorted(self.posts),
        )
        self.known = {}
        self.unsourced = []
        for values in self.env.cr.fetchall():
            uri, mention_id, identity_id, conversation_id, thread, root, way = values[:7]
            post = self.posts[uri]
            row = Row(
                mention_id, uri, identity_id, conversation_id, thread, root, way == "out"
            )
            row.post = post
            self.by_uri[uri] = row
            self.by_uid[post.uid] = row
            self.known[uri] = values[7:]
            if values[16] is None:
                self.unsourced.append(row)

    def _update_known(self):
        """Metrics, edits and deletions of posts that we have, each in one statement."""
        metrics, edits, deleted, profiles = [], [], [], {}
        for uri, row in self.by_uri.items():
            post = row.post
            body, title, edited_at, is_deleted, *rest = self.known[uri]
            numbers, rating = tuple(rest[:4]), rest[4]
            if is_deleted:
                continue
            if post.deleted:
                deleted.append(row)
                continue
            got = post.metrics.get
            fresh = tuple(
                got(name, old) for name, old in zip(METRICS, numbers, strict=True)
            )
            if fresh != numbers:
                metrics.append((row.id, *map(_count, fresh)))
            text, heading = clean(post.text, MAX_TEXT), clean(post.title, MAX_NAME)
            if (
                text != (body or "")
                or heading != (title or "")
                or (post.rating is not None and post.rating != rating)
            ) and not self._is_older(post, edited_at):
                edits.append((row, body, text, heading, post))
            author = post.author
            if rest[6] == author.uri and (author.handle, author.name) != tuple(
                rest[7:9]
            ):
                profiles[rest[6]] = author
        if metrics:
            self._update_metrics(sorted(metrics))
        if edits:
            self._update_edits(edits)
        if deleted:
            self._delete(deleted)
        if profiles:
            self._update_profiles(profiles)

    @staticmethod
    def _is_older(post, edited_at):
        """A copy of the post on another server may lag behind what we have."""
        if not edited_at:
            return False
        return post.edited_at is None or naive(post.edited_at) < edited_at

    def _update_metrics(self, rows):
        self._execute(
            """
            UPDATE social_crm_mention m
            SET likes_count = v.likes, reposts_count = v.reposts,
                replies_count = v.replies, views_count = v.views
            FROM unnest(%s, %s, %s, %s, %s) AS v(id, likes, reposts, replies, views)
            WHERE m.id = v.id
            """,
            *map(list, zip(*rows, strict=True)),
        )

    def _update_edits(self, edits):
        edits.sort(key=lambda edit: edit[0].id)
        ids, old, bodies, titles, times, ratings = [], [], [], [], [], []
        for row, body, text, heading, post in edits:
            ids.append(row.id)
            old.append(body or "")
            bodies.append(text)
            titles.append(heading or None)
            times.append(naive(post.edited_at) or self.now)
            ratings.append(post.rating)
        self._execute(
            """
            INSERT INTO social_crm_mention_version
                (mention_id, body, replaced_at, company_id, create_uid, create_date)
            SELECT v.id, v.body, v.at, %s, %s, %s
            FROM unnest(%s, %s, %s::timestamp[]) AS v(id, body, at)
            """,
            self.company_id,
            self.env.uid,
            self.now,
            ids,
            old,
            times,
        )
        self._execute(
            """
            UPDATE social_crm_mention m
            SET body = v.body, title = v.title, edited_at = v.at,
                rating = COALESCE(v.rating, m.rating), write_date = %s
            FROM unnest(%s, %s, %s::text[], %s::timestamp[], %s::float8[])
                 AS v(id, body, title, at, rating)
            WHERE m.id = v.id
            """,
            self.now,
            ids,
            bodies,
            titles,
            times,
            ratings,
        )
        self._execute(
            """
            UPDATE social_crm_conversation c SET preview = left(m.body, %s)
            FROM social_crm_mention m
            WHERE m.id = ANY(%s) AND c.id = m.conversation_id
              AND c.last_mention_at = m.published_at
            """,
            PREVIEW,
            ids,
        )
        self._touch(row for row, *_rest in edits)

    def _delete(self, rows):
        """Leave a tombstone; the text goes unless the network's policy lets us keep."""
        ids = sorted(row.id for row in rows)
        content = SQL(", body = NULL, title = NULL, media = NULL, place = NULL")
        self._execute(
            "UPDATE social_crm_mention SET deleted_at = %s, write_date = %s %s"
            " WHERE id = ANY(%s)",
            self.now,
            self.now,
            SQL() if self.keep_deleted else content,
            ids,
        )
        if not self.keep_deleted:
            self._execute(
                "DELETE FROM social_crm_mention_version WHERE mention_id = ANY(%s)", ids
            )
            self._execute(
                """
                UPDATE social_crm_conversation c SET preview = NULL
                FROM social_crm_mention m
                WHERE m.id = ANY(%s) AND c.id = m.conversation_id
                  AND c.last_mention_at = m.published_at
                """,
                ids,
            )
        self._touch(rows)

    # --- identities ----------------------------------------------------------

    def _store_identities(self, posts):
        """Find or make the profile of each author of a new post."""
        authors = {}
        for post in posts.values():
            authors[key_of(post.author.uri)] = post.author
        uris = sorted(authors)
        self._execute(
            """
            SELECT uri, id, partner_id, handle, name FROM social_crm_identity
            WHERE company_id = %s AND network = %s AND uri = ANY(%s)
            """,
            self.company_id,
            self.network,
            uris,
        )
        changed = {}
        for uri, identity_id, partner_id, handle, name in self.env.cr.fetchall():
            self.identities[uri] = (identity_id, partner_id)
            author = authors[uri]
            if (handle or "", name or "") != (author.handle, author.name):
                changed[uri] = author
        missing = [uri for uri in uris if uri not in self.identities]
        if missing:
            self._insert_identities([(uri, authors[uri]) for uri in missing])
        if changed:
            self._update_profiles(changed)

    def _insert_identities(self, authors):
        self._execute(
            """
            INSERT INTO social_crm_identity
                (uri, handle, name, url, avatar_url, bio, location, followers_count,
                 following_count, posts_count, verified_links, is_bot, author_kind,
                 account_created_at, company_id, network, first_seen_at,
                 profile_updated_at, active, relink_pending, create_uid, create_date,
                 write_uid, write_date)
            VALUES %s
            ON CONFLICT (company_id, network, uri) DO NOTHING
            RETURNING uri, id
            """,
            _values(self._identity_values(uri, author) for uri, author in authors),
        )
        for uri, identity_id in self.env.cr.fetchall():
            self.identities[uri] = (identity_id, None)

    def _identity_values(self, uri, author):
        own = uri == self.account.own_uri
        return (
            uri,
            clean(author.handle, MAX_NAME),
            clean(author.name, MAX_NAME),
            clean(author.url, 2000),
            clean(author.avatar_url, 2000),
            clean(author.bio, 5000),
            clean(author.location, MAX_NAME),
            _count(author.metrics.get("followers")),
            _count(author.metrics.get("following")),
            _count(author.metrics.get("posts")),
            Json(list(author.verified_links)),
            author.is_bot,
            "ours" if own else "bot" if author.is_bot else "unknown",
            naive(author.created_at),
            self.company_id,
            self.network,
            self.now,
            self.now,
            True,
            False,
            *self._log_values(),
        )

    def _log_values(self):
        return self.env.uid, self.now, self.env.uid, self.now

    def _update_profiles(self, authors):
        """A new handle or name; the old handle still finds the person."""
        values = _values(
            (
                key_of(uri),
                clean(author.handle, MAX_NAME),
                clean(author.name, MAX_NAME),
                clean(author.url, 2000),
                clean(author.avatar_url, 2000),
                clean(author.bio, 5000),
            )
            for uri, author in sorted(authors.items())
        )
        self._execute(
            """
            INSERT INTO social_crm_identity_handle
                (identity_id, company_id, network, handle, until, create_uid, create_date)
            SELECT i.id, i.company_id, i.network, i.handle, %(now)s, %(uid)s, %(now)s
            FROM social_crm_identity i
            JOIN (VALUES %(values)s) AS v(uri, handle, name, url, avatar_url, bio)
              ON v.uri = i.uri AND v.handle <> i.handle AND i.handle <> ''
            WHERE i.company_id = %(company)s AND i.network = %(network)s
            """,
            now=self.now,
            uid=self.env.uid,
            values=values,
            company=self.company_id,
            network=self.network,
        )
        self._execute(
            """
            UPDATE social_crm_identity i
            SET handle = v.handle, name = v.name, url = v.url,
                avatar_url = v.avatar_url, bio = v.bio, profile_updated_at = %s,
                write_date = %s
            FROM (VALUES %s) AS v(uri, handle, name, url, avatar_url, bio)
            WHERE i.uri = v.uri AND i.company_id = %s AND i.network = %s
            """,
            self.now,
            self.now,
            values,
            self.company_id,
            self.network,
        )

    # --- threads and conversations -------------------------------------------

    def _find_parents(self, posts):
        """Find stored posts that new ones answer, by uri or by this account's uid."""
        uris, uids = set(), set()
        here = {post.uid for post in self.posts.values()}
        for post in posts.values():
            if post.parent_uri:
                uris.add(key_of(post.parent_uri))
            elif post.parent_uid and post.parent_uid not in here:
                uids.add(post.parent_uid)
        uris -= set(self.posts)
        if not uris and not uids:
            return
        columns = SQL(
            "m.id, m.uri, m.identity_id, m.conversation_id, m.thread_key,"
            " m.parent_id IS NULL AND m.parent_key IS NULL, m.direction"
        )
        self._execute(
            """
            SELECT %(columns)s, NULL FROM social_crm_mention m
            WHERE m.company_id = %(company)s AND m.network = %(network)s
              AND m.uri = ANY(%(uris)s)
            UNION ALL
            SELECT %(columns)s, s.uid
            FROM social_crm_mention_source s
            JOIN social_crm_mention m ON m.id = s.mention_id
            WHERE s.account_id = %(account)s AND s.uid = ANY(%(uids)s)
            """,
            columns=columns,
            company=self.company_id,
            network=self.network,
            uris=sorted(uris),
            account=self.account.id,
            uids=sorted(uids),
        )
        for *values, direction, uid in self.env.cr.fetchall():
            row = Row(*values, direction == "out")
            self.by_uri.setdefault(row.uri, row)
            if uid:
                self.by_uid.setdefault(uid, row)

    def _make_rows(self, posts):
        """Give each new post its id, parent, thread and branch."""
        self._execute(
            """
            SELECT nextval('social_crm_mention_id_seq') FROM generate_series(1, %s)
            """,
            len(posts),
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        # In key order, as they will be written.
        for mention_id, (uri, post) in zip(ids, sorted(posts.items()), strict=True):
            identity_id = self.identities[key_of(post.author.uri)][0]
            own = post.is_own or post.author.uri == self.account.own_uri
            row = Row(mention_id, uri, identity_id, None, "", False, own, post)
            row.new = True
            self.new.append(row)
            self.by_uri[uri] = row
            self.by_uid.setdefault(post.uid, row)
        placed = set()
        for row in self.new:
            self._place(row, placed)

    def _place(self, row, placed):
        """Set parent, thread key and branch of ``row``, its parents in the page first."""
        chain = []
        while row is not None and row.new and row.id not in placed:
            placed.add(row.id)
            chain.append(row)
            post = row.post
            if post.parent_uri:
                row.parent = self.by_uri.get(key_of(post.parent_uri))
            elif post.parent_uid:
                row.parent = self.by_uid.get(post.parent_uid)
            if row.parent is row:
                row.parent = None
            row = row.parent
        for row in reversed(chain):
            self._set_thread(row)
            self._set_branch(row)

    def _set_thread(self, row):
        post = row.post
        if row.parent and row.parent.thread_key:
            row.thread_key = row.parent.thread_key
            return
        if post.parent_uri:
            row.parent_key = key_of(post.parent_uri)
        elif post.parent_uid:
            row.parent_key = self._uid_key(post.parent_uid)
        if post.thread_uri:
            row.thread_key = key_of(post.thread_uri)
        elif post.thread_uid and post.thread_uid != post.uid:
            root = self.by_uid.get(post.thread_uid)
            row.thread_key = root.uri if root else self._uid_key(post.thread_uid)
        else:
            row.thread_key = row.parent_key or row.uri
        row.is_root = not row.parent_key

    def _uid_key(self, uid):
        return key_of(f"{self.account.id}:{uid}")

    def _set_branch(self, row):
        """Which work item the post belongs to (design: one branch, one conversation)."""
        post, parent = row.post, row.parent
        author = key_of(post.author.uri)
        if post.visibility == "private":
            if not row.is_own:
                row.branch = f"person:{author}"
            elif parent:
                row.branch, row.conversation_id = parent.branch, parent.conversation_id
        elif row.is_own:
            # Our own first post is no work; our answer belongs to what it answers.
            if parent:
                row.branch, row.conversation_id = parent.branch, parent.conversation_id
        elif parent and parent.is_own and parent.is_root:
            row.branch = row.uri
        elif parent and self._on_our_post(parent):
            row.branch, row.conversation_id = parent.branch, parent.conversation_id
        elif not parent and post.parent_is_own:
            row.branch = row.uri
        else:
            row.branch = f"{row.thread_key}#{author}"

    def _on_our_post(self, parent):
        """Whether the answered post stands in a branch below a post of ours."""
        if parent.branch:
            return "#" not in parent.branch and not parent.branch.startswith("person:")
        return parent.conversation_id in self._branches_of_ours()

    def _branches_of_ours(self):
        if not hasattr(self, "_ours"):
            ids = {
                row.conversation_id
                for row in self.by_uri.values()
                if row.conversation_id and not row.new
            }
            self._execute(
                """
                SELECT id FROM social_crm_conversation
                WHERE id = ANY(%s) AND on_our_post
                """,
                sorted(ids),
            )
            self._ours = {row[0] for row in self.env.cr.fetchall()}
        return self._ours

    def _is_history(self, row):
        return self.silent or naive(row.post.published_at) < self.now - HISTORY

    def _published_at(self, post):
        # A clock that runs ahead must not pin a post to the top for days.
        return min(naive(post.published_at), self.now)

    def _store_conversations(self):
        branches = sorted({row.branch for row in self.new if row.branch})
        self._execute(
            """
            SELECT branch_uri, id FROM social_crm_conversation
            WHERE company_id = %s AND network = %s AND branch_uri = ANY(%s)
            """,
            self.company_id,
            self.network,
            branches,
        )
        ids = dict(self.env.cr.fetchall())
        fresh, known = defaultdict(list), defaultdict(list)
        for row in self.new:
            row.conversation_id = row.conversation_id or ids.get(row.branch)
            if row.conversation_id:
                known[row.conversation_id].append(row)
            elif row.branch:
                fresh[row.branch].append(row)
        if fresh:
            self._insert_conversations(sorted(fresh.items()))
        if known:
            self._update_conversations(sorted(known.items()))

    def _summary(self, rows):
        """What rows mean for their conversation, oldest first."""
        rows = sorted(rows, key=lambda row: (row.post.published_at, row.id))
        last_in = last_out = waiting = None
        for row in rows:
            at = self._published_at(row.post)
            if row.is_own:
                last_out, waiting = at, None
            else:
                last_in = at
                if not waiting and not self._is_history(row):
                    waiting = at
        newest = rows[-1]
        post = newest.post
        return {
            "first": rows[0],
            "newest": newest,
            "at": self._published_at(post),
            "last_in": last_in,
            "last_out": last_out,
            "waiting": waiting,
            "live": any(not row.is_own and not self._is_history(row) for row in rows),
            "preview": clean(post.text or post.title, PREVIEW),
            "count": len(rows),
        }

    def _insert_conversations(self, items):
        lines = []
        for branch, rows in items:
            summary = self._summary(rows)
            # The work item is the customer's, also when our own answer came first.
            first = next((row for row in rows if not row.is_own), rows[0])
            identity_id, partner_id = self.identities[key_of(first.post.author.uri)]
            state = "waiting" if summary["newest"].is_own else "new"
            lines.append(
                (
                    branch,
                    identity_id,
                    partner_id,
                    first.post.visibility,
                    first.post.kind,
                    "#" not in branch and not branch.startswith("person:"),
                    state if summary["live"] else "done",
                    summary["live"],
                    summary["count"],
                    summary["at"],
                    summary["at"],
                    summary["last_in"],
                    summary["last_out"],
                    summary["waiting"],
                    summary["preview"],
                    self.feed.team_id.id or None,
                    self.company_id,
                    self.network,
                    True,
                    *self._log_values(),
                )
            )
        self._execute(
            """
            INSERT INTO social_crm_conversation
                (branch_uri, identity_id, partner_id, visibility, kind, on_our_post,
                 state, unread, mention_count, first_mention_at, last_mention_at,
                 last_in_at, last_out_at, waiting_since, preview, team_id, company_id,
                 network, active, create_uid, create_date, write_uid, write_date)
            VALUES %s
            ON CONFLICT (company_id, network, branch_uri) DO NOTHING
            RETURNING branch_uri, id
            """,
            _values(lines),
        )
        ids = dict(self.env.cr.fetchall())
        for branch, rows in items:
            for row in rows:
                row.conversation_id = ids[branch]

    def _update_conversations(self, items):
        lines = []
        for conversation_id, rows in items:
            summary = self._summary(rows)
            lines.append(
                (
                    conversation_id,
                    summary["count"],
                    summary["at"],
                    summary["last_in"],
                    summary["last_out"],
                    summary["waiting"],
                    summary["live"],
                    summary["newest"].is_own,
                    summary["preview"],
                )
            )
        # A new post of theirs reopens; an answer of ours, newer than all, waits.
        self._execute(
            """
            UPDATE social_crm_conversation c SET
                mention_count = c.mention_count + v.count,
                first_mention_at = LEAST(c.first_mention_at, v.at),
                last_mention_at = GREATEST(c.last_mention_at, v.at),
                last_in_at = GREATEST(c.last_in_at, v.last_in::timestamp),
                last_out_at = GREATEST(c.last_out_at, v.last_out::timestamp),
                preview = CASE WHEN v.at >= c.last_mention_at THEN v.preview
                          ELSE c.preview END,
                unread = c.unread OR v.live,
                waiting_since = CASE
                    WHEN v.is_own AND v.at >= c.last_mention_at THEN NULL
                    WHEN v.live THEN COALESCE(c.waiting_since, v.waiting::timestamp)
                    ELSE c.waiting_since END,
                snoozed_until = CASE WHEN v.live THEN NULL ELSE c.snoozed_until END,
                state = CASE
                    WHEN v.is_own AND v.at >= c.last_mention_at
                         AND c.state IN ('new', 'open') THEN 'waiting'
                    WHEN v.live AND NOT v.is_own
                         AND c.state IN ('waiting', 'snoozed', 'done') THEN 'open'
                    ELSE c.state END,
                write_date = %s
            FROM (VALUES %s) AS v
                (id, count, at, last_in, last_out, waiting, live, is_own, preview)
            WHERE c.id = v.id
            """,
            self.now,
            _values(lines),
        )

    # --- mentions ------------------------------------------------------------

    def _insert_mentions(self):
        self._execute(
            """
            INSERT INTO social_crm_mention
                (id, uri, identity_id, partner_id, conversation_id, parent_id,
                 parent_key, thread_key, direction, kind, visibility, title, body, url,
                 published_at, edited_at, language, place, rating, likes_count,
                 reposts_count, replies_count, views_count, media, company_id, network,
                 create_uid, create_date, write_uid, write_date)
            VALUES %s
            ON CONFLICT (company_id, network, uri) DO NOTHING
            """,
            _values(map(self._mention_values, self.new)),
        )
        self._touch(row for row in self.new if not self._is_history(row))

    def _mention_values(self, row):
        post = row.post
        identity_id, partner_id = self.identities[key_of(post.author.uri)]
        media = [
            {
                "kind": item.kind,
                "url": item.url,
                "preview_url": item.preview_url,
                "alt": clean(item.alt, 2000),
                "mimetype": item.mimetype,
                "title": clean(item.title, MAX_NAME),
            }
            for item in post.media[:20]
        ]
        count = post.metrics.get
        return (
            row.id,
            row.uri,
            identity_id,
            partner_id,
            row.conversation_id,
            row.parent.id if row.parent else None,
            row.parent_key,
            row.thread_key,
            "out" if row.is_own else "in",
            post.kind,
            post.visibility,
            clean(post.title, MAX_NAME) or None,
            clean(post.text, MAX_TEXT),
            clean(post.url, 2000) or None,
            self._published_at(post),
            naive(post.edited_at),
            clean(post.language, 35) or None,
            clean(post.place, MAX_NAME) or None,
            post.rating,
            *(_count(count(name)) for name in METRICS),
            Json(media) if media else None,
            self.company_id,
            self.network,
            *self._log_values(),
        )

    def _adopt_orphans(self):
        """Tie answers that came before what they answer."""
        keys, ids, threads, conversations = [], [], [], []
        for row in self.new:
            for key in (row.uri, self._uid_key(row.post.uid)):
                keys.append(key)
                ids.append(row.id)
                threads.append(row.thread_key)
                conversations.append(row.conversation_id)
        self._execute(
            """
            UPDATE social_crm_mention m
            SET parent_id = v.id, parent_key = NULL,
                conversation_id = COALESCE(m.conversation_id, v.conversation_id)
            FROM unnest(%s, %s, %s, %s::int[]) AS v(key, id, thread, conversation_id)
            WHERE m.company_id = %s AND m.network = %s AND m.parent_key = v.key
              AND m.id <> v.id
            RETURNING m.thread_key, v.thread
            """,
            keys,
            ids,
            threads,
            conversations,
            self.company_id,
            self.network,
        )
        moved = {old: new for old, new in self.env.cr.fetchall() if old != new}
        if moved:
            self._execute(
                """
                UPDATE social_crm_mention m SET thread_key = v.new
                FROM unnest(%s, %s) AS v(old, new)
                WHERE m.company_id = %s AND m.network = %s AND m.thread_key = v.old
                """,
                list(moved),
                list(moved.values()),
                self.company_id,
                self.network,
            )

    def _insert_topics(self):
        texts = [f"{row.post.title}\n{row.post.text}" for row in self.new]
        topics = self.env["social.crm.topic"]._topics_of(self.company_id, texts)
        pairs = sorted(
            (row.id, row.conversation_id, topic_id)
            for row, found in zip(self.new, topics, strict=True)
            for topic_id in found
        )
        if not pairs:
            return
        self._execute(
            "INSERT INTO social_crm_mention_topic_rel (mention_id, topic_id) VALUES %s",
            _values((mention_id, topic_id) for mention_id, _, topic_id in pairs),
        )
        shared = sorted({(about, topic) for _, about, topic in pairs if about})
        if shared:
            self._execute(
                """
                INSERT INTO social_crm_conversation_topic_rel
                    (conversation_id, topic_id)
                VALUES %s ON CONFLICT DO NOTHING
                """,
                _values(shared),
            )

    def _insert_sources(self):
        """Say by which stream each mention came, and what its account calls it."""
        rows = sorted([*self.new, *self.unsourced], key=lambda row: row.id)
        if not rows:
            return
        feed_id, account_id = self.feed.id, self.account.id
        self._execute(
            """
            INSERT INTO social_crm_mention_source
                (feed_id, mention_id, account_id, uid, first_seen_at)
            VALUES %s ON CONFLICT (feed_id, mention_id) DO NOTHING
            """,
            _values(
                (feed_id, row.id, account_id, key_of(row.post.uid), self.now)
                for row in rows
            ),
        )

    # --- live update ---------------------------------------------------------

    def _touch(self, rows):
        self.touched.extend(rows)

    def _notify(self):
        """One notification a page: ids only, the screens read with their own rights."""
        if not self.touched:
            return
        self._execute(
            """
            SELECT array_agg(DISTINCT i.partner_id) FILTER (WHERE i.partner_id > 0)
            FROM social_crm_identity i WHERE i.id = ANY(%s)
            """,
            sorted({row.identity_id for row in self.touched}),
        )
        payload = {
            "partner_ids": self.env.cr.fetchone()[0] or [],
            "conversation_ids": sorted(
                {row.conversation_id for row in self.touched if row.conversation_id}
            ),
        }
        payload |= self.env["social.crm.conversation"]._notification_targets(
            payload["conversation_ids"]
        )
        self.env.ref(CHANNEL)._bus_send(NOTIFICATION, payload)
