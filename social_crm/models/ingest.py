"""From a page of posts to rows: the same number of statements for 10 posts and for 100.

Rows are written by SQL, each table's as one JSON parameter, in key order: two workers
that bring the same posts meet on the unique indexes and never deadlock. Whoever comes
second gets a conflict from PostgreSQL (its snapshot cannot see the row), and the caller
repeats the page from memory.
"""

import hashlib
import json
import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta, timezone

from odoo import fields
from odoo.tools import SQL

MAX_TEXT = 100_000
MAX_NAME = 500
MAX_URL = 2000
MAX_BIO = 5000
MAX_MEDIA = 20
# Bytes of a key: an index row holds two of them and more.
MAX_KEY = 1000
PREVIEW = 200
METRICS = ("likes", "reposts", "replies", "views")
# What is older when we first see it is history: stored, but no work for anyone.
HISTORY = timedelta(days=7)
CHANNEL = "social_crm.group_reader"
NOTIFICATION = "social_crm.mentions"


class Columns:
    """Names and types of rows that travel as one JSON parameter."""

    def __init__(self, **types):
        self.names = SQL(", ").join(map(SQL.identifier, types))
        self.types = SQL(", ").join(
            SQL("%s %s", SQL.identifier(name), SQL(kind))
            for name, kind in types.items()
        )

    def rows(self, rows):
        """Return ``rows`` (a list of dicts) as a table ``v`` of a FROM clause."""
        return SQL("json_to_recordset(%s) AS v(%s)", json.dumps(rows), self.types)


PROFILE = Columns(
    uri="text",
    handle="text",
    name="text",
    url="text",
    avatar_url="text",
    bio="text",
    location="text",
    followers_count="int",
    following_count="int",
    posts_count="int",
    verified_links="jsonb",
    is_bot="bool",
    author_kind="text",
    account_created_at="timestamp",
)
CONVERSATION = Columns(
    branch_uri="text",
    identity_id="int",
    partner_id="int",
    visibility="text",
    kind="text",
    on_our_post="bool",
    state="text",
    unread="bool",
    mention_count="int",
    first_mention_at="timestamp",
    last_mention_at="timestamp",
    last_in_at="timestamp",
    last_out_at="timestamp",
    waiting_since="timestamp",
    preview="text",
)
NEWS = Columns(
    id="int",
    count="int",
    at="timestamp",
    last_in="timestamp",
    last_out="timestamp",
    waiting="timestamp",
    live="bool",
    is_own="bool",
    preview="text",
)
MENTION = Columns(
    id="int",
    uri="text",
    identity_id="int",
    partner_id="int",
    conversation_id="int",
    parent_id="int",
    parent_key="text",
    thread_key="text",
    direction="text",
    kind="text",
    visibility="text",
    title="text",
    body="text",
    url="text",
    published_at="timestamp",
    edited_at="timestamp",
    language="text",
    place="text",
    rating="float8",
    likes_count="int",
    reposts_count="int",
    replies_count="int",
    views_count="int",
    media="jsonb",
)
METRIC = Columns(id="int", likes="int", reposts="int", replies="int", views="int")
EDIT = Columns(
    id="int", old="text", body="text", title="text", at="timestamp", rating="float8"
)
ADOPTION = Columns(key="text", id="int", thread="text", conversation_id="int")
SOURCE = Columns(mention_id="int", uid="text")


@dataclass(slots=True)
class Row:
    """What is known of one mention while its page is stored."""

    id: int | None
    uri: str
    identity_id: int
    conversation_id: int | None
    thread_key: str
    is_root: bool
    is_own: bool
    is_private: bool
    post: object = None
    at: str = ""
    is_history: bool = False
    parent: "Row | None" = None
    parent_key: str | None = None
    branch: str | None = None
    # The branch stands below a post of ours.
    is_ours: bool = False
    new: bool = False


def clean(text, limit):
    """Text as PostgreSQL takes it, at most ``limit`` characters."""
    if not text:
        return ""
    text = text[:limit]
    if not text.isascii():
        # Half of a surrogate pair is no character.
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text.replace("\0", "")


def preview_of(post):
    """The first words of a post, without the handles it is addressed to."""
    words = (post.text or post.title)[:2000].split()
    first = next((i for i, word in enumerate(words) if word[0] != "@"), 0)
    return clean(" ".join(words[first:]), PREVIEW)


def key_of(uri):
    """A uri that an index can hold: very long ones are shortened by a hash."""
    key = clean(uri, MAX_TEXT)
    size = len(key) if key.isascii() else len(key.encode())
    if size <= MAX_KEY:
        return key
    whole = hashlib.sha256(uri.encode("utf-8", "replace")).hexdigest()
    return key.encode()[: MAX_KEY - 100].decode("utf-8", "ignore") + "#" + whole


def web_address(url):
    """An address that may be shown as a link, else nothing."""
    url = clean(url, MAX_URL)
    return url if url[:8].lower().startswith(("http://", "https://")) else ""


def stamp(moment):
    """A moment as text for PostgreSQL: UTC without a zone, or None."""
    if moment is None:
        return None
    if moment.tzinfo is not None:
        moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
    return moment.isoformat()


def _count(value):
    """A count as an integer column takes it; servers send null and worse."""
    return min(max(int(value), 0), 2**31 - 1) if value else 0


def _stars(rating):
    return rating if rating is not None and math.isfinite(rating) else None


def _shown(author):
    """What is compared to see whether a profile has changed."""
    return (
        clean(author.handle, MAX_NAME),
        clean(author.name, MAX_NAME),
        web_address(author.avatar_url),
    )


def _profile(uri, author):
    return {
        "uri": uri,
        "handle": clean(author.handle, MAX_NAME),
        "name": clean(author.name, MAX_NAME),
        "url": web_address(author.url),
        "avatar_url": web_address(author.avatar_url),
        "bio": clean(author.bio, MAX_BIO),
        "location": clean(author.location, MAX_NAME),
        "followers_count": _count(author.metrics.get("followers")),
        "following_count": _count(author.metrics.get("following")),
        "posts_count": _count(author.metrics.get("posts")),
        "verified_links": [web_address(link) for link in author.verified_links],
        "is_bot": author.is_bot,
        "author_kind": "bot" if author.is_bot else "unknown",
        "account_created_at": stamp(author.created_at),
    }


class PageIngest:
    """Stores one page of one feed. Made for one call of ``mention._ingest``."""

    def __init__(self, feed, posts, silent):
        self.env = feed.env
        self.feed = feed
        # A page needs few of the many fields: read just these.
        feed.fetch(["account_id", "company_id", "network", "team_id"])
        account = feed.account_id
        account.fetch(["own_uri", "network"])
        self.account_id = account.id
        self.own_uri = account.own_uri
        self.company_id = feed.company_id.id
        self.network = feed.network
        self.silent = silent
        now = fields.Datetime.now()
        self.now = stamp(now)
        self.history = stamp(now - HISTORY)
        connector_class = account._get_connector_class()
        self.keep_deleted = connector_class.policy.keep_deleted
        self.vouches = connector_class.vouches_for_keys
        # The same post twice in a page: the later reading counts.
        self.posts = {key_of(post.uri): post for post in posts}
        self.by_uri = {}
        self.by_uid = {}
        self.identities = {}
        self.new = []
        self.unsourced = []
        self.touched = []

    def run(self):
        """Store the page; return the ids of new mentions."""
        if not self.posts:
            return []
        self._update_known(self._find_known())
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

    def _execute(self, code, **kwargs):
        """Run a statement that may name ``company``, ``network`` and ``now``."""
        query = SQL(
            code,
            company=self.company_id,
            network=self.network,
            now=self.now,
            **kwargs,
        )
        # A conflict is expected and met by a repeat: no ERROR line for it.
        self.env.cr.execute(query, log_exceptions=False)

    # --- known posts ---------------------------------------------------------

    def _find_known(self):
        """Read what we have of the page; return (row, stored values) of each."""
        self._execute(
            """
            SELECT m.id, m.uri, m.identity_id, m.conversation_id, m.thread_key,
                   m.parent_id IS NULL AND m.parent_key IS NULL, m.direction = 'out',
                   m.visibility = 'private', m.body, m.title, m.edited_at,
                   m.deleted_at IS NOT NULL, m.rating,
                   m.likes_count, m.reposts_count, m.replies_count, m.views_count,
                   -- Not a join: for a new stream, of which the statistics know
                   -- nothing yet, that would read all its rows for each post.
                   (SELECT s.feed_id FROM social_crm_mention_source s
                    WHERE s.mention_id = m.id AND s.feed_id = %(feed)s),
                   (SELECT s.feed_id FROM social_crm_mention_source s
                    WHERE s.mention_id = m.id
                    ORDER BY s.first_seen_at, s.feed_id LIMIT 1),
                   i.uri, i.handle, i.name, i.avatar_url
            FROM social_crm_mention m
            JOIN social_crm_identity i ON i.id = m.identity_id
            WHERE m.company_id = %(company)s AND m.network = %(network)s
              AND m.uri = ANY(%(uris)s)
            """,
            feed=self.feed.id,
            uris=sorted(self.posts),
        )
        known = []
        for values in self.env.cr.fetchall():
            row = Row(*values[:8], post=self.posts[values[1]])
            self.by_uri[row.uri] = row
            self.by_uid[row.post.uid] = row
            own_source, first_source = values[17:19]
            if own_source is None:
                self.unsourced.append(row)
            # Where nobody vouches for who owns a key, only the stream that brought a
            # mention may change it: another one could put words into a mouth.
            if self.vouches or first_source in (None, self.feed.id):
                known.append((row, values[8:17], values[19:]))
        return known

    def _update_known(self, known):
        """Metrics, edits and deletions of posts that we have, each in one statement."""
        metrics, edits, deleted, profiles = [], [], [], {}
        for row, stored, profile in known:
            post, author = row.post, row.post.author
            body, title, edited_at, is_deleted, rating, *numbers = stored
            if is_deleted:
                continue
            if post.deleted:
                deleted.append(row.id)
                self.touched.append(row)
                continue
            fresh = [
                number if (got := post.metrics.get(name)) is None else _count(got)
                for name, number in zip(METRICS, numbers, strict=True)
            ]
            if fresh != numbers:
                names = METRICS
                metrics.append({"id": row.id, **dict(zip(names, fresh, strict=True))})
            text, heading = clean(post.text, MAX_TEXT), clean(post.title, MAX_NAME)
            stars = _stars(post.rating)
            if (
                text != (body or "")
                or heading != (title or "")
                or stars not in (None, rating)
            ) and not self._is_older(post, edited_at):
                edits.append(
                    {
                        "id": row.id,
                        "old": body or "",
                        "body": text,
                        "title": heading or None,
                        "at": stamp(post.edited_at) or self.now,
                        "rating": stars,
                    }
                )
                self.touched.append(row)
            uri, *shown = profile
            if author.handle and uri == author.uri and tuple(shown) != _shown(author):
                profiles[uri] = author
        if metrics:
            self._update_metrics(metrics)
        if edits:
            self._update_edits(edits)
        if deleted:
            self._delete(sorted(deleted))
        if profiles:
            self._update_profiles(profiles)

    @staticmethod
    def _is_older(post, edited_at):
        """A copy of the post on another server may lag behind what we have."""
        if not edited_at:
            return False
        return post.edited_at is None or stamp(post.edited_at) < edited_at.isoformat()

    def _update_metrics(self, rows):
        self._execute(
            """
            UPDATE social_crm_mention m
            SET likes_count = v.likes, reposts_count = v.reposts,
                replies_count = v.replies, views_count = v.views
            FROM %(rows)s WHERE m.id = v.id
            """,
            rows=METRIC.rows(sorted(rows, key=lambda row: row["id"])),
        )

    def _update_edits(self, edits):
        edits.sort(key=lambda edit: edit["id"])
        ids = [edit["id"] for edit in edits]
        self._execute(
            """
            INSERT INTO social_crm_mention_version
                (mention_id, body, replaced_at, company_id, create_date)
            SELECT v.id, v.old, v.at, %(company)s, %(now)s FROM %(rows)s
            """,
            rows=EDIT.rows(edits),
        )
        self._execute(
            """
            UPDATE social_crm_mention m
            SET body = v.body, title = v.title, edited_at = v.at,
                rating = COALESCE(v.rating, m.rating), write_date = %(now)s
            FROM %(rows)s WHERE m.id = v.id
            """,
            rows=EDIT.rows(edits),
        )
        self._refresh_previews(ids)

    def _delete(self, ids):
        """Leave a tombstone; the text goes unless the network's policy lets us keep."""
        content = SQL(", body = NULL, title = NULL, media = NULL, place = NULL")
        self._execute(
            """
            UPDATE social_crm_mention
            SET deleted_at = %(now)s, write_date = %(now)s %(content)s
            WHERE id = ANY(%(ids)s)
            """,
            content=SQL() if self.keep_deleted else content,
            ids=ids,
        )
        if not self.keep_deleted:
            self._execute(
                """
                DELETE FROM social_crm_mention_version
                WHERE mention_id = ANY(%(ids)s)
                """,
                ids=ids,
            )
            self._refresh_previews(ids)

    def _refresh_previews(self, ids):
        """A conversation shows the last words: also when they have changed."""
        self._execute(
            """
            UPDATE social_crm_conversation c
            SET preview = left(regexp_replace(m.body, '^(@[^ ]+ +)+', ''), %(size)s)
            FROM social_crm_mention m
            WHERE m.id = ANY(%(ids)s) AND c.id = m.conversation_id
              AND c.last_mention_at = m.published_at
              AND c.visibility = m.visibility
            """,
            ids=ids,
            size=PREVIEW,
        )

    # --- identities ----------------------------------------------------------

    def _store_identities(self, posts):
        """Find or make the profile of each author of a new post."""
        authors = {key_of(post.author.uri): post.author for post in posts.values()}
        self._execute(
            """
            SELECT uri, id, partner_id, handle, name, avatar_url
            FROM social_crm_identity
            WHERE company_id = %(company)s AND network = %(network)s
              AND uri = ANY(%(uris)s)
            """,
            uris=sorted(authors),
        )
        changed = {}
        for uri, identity_id, partner_id, *stored in self.env.cr.fetchall():
            self.identities[uri] = (identity_id, partner_id)
            author = authors[uri]
            if author.handle and tuple(stored) != _shown(author):
                changed[uri] = author
        missing = sorted(set(authors) - set(self.identities))
        if missing:
            self._insert_identities([_profile(uri, authors[uri]) for uri in missing])
        if changed:
            self._update_profiles(changed)

    def _insert_identities(self, profiles):
        for profile in profiles:
            if profile["uri"] == self.own_uri:
                profile["author_kind"] = "ours"
        self._execute(
            """
            INSERT INTO social_crm_identity
                (%(names)s, company_id, network, first_seen_at, profile_updated_at,
                 active, relink_pending, create_date, write_date)
            SELECT v.*, %(company)s, %(network)s, %(now)s, %(now)s,
                   TRUE, FALSE, %(now)s, %(now)s
            FROM %(rows)s
            ON CONFLICT (company_id, network, uri) DO NOTHING
            RETURNING uri, id
            """,
            names=PROFILE.names,
            rows=PROFILE.rows(profiles),
        )
        for uri, identity_id in self.env.cr.fetchall():
            self.identities[uri] = (identity_id, None)

    def _update_profiles(self, authors):
        """A new handle or name; the old handle still finds the person."""
        rows = PROFILE.rows(
            [_profile(key_of(uri), author) for uri, author in sorted(authors.items())]
        )
        self._execute(
            """
            INSERT INTO social_crm_identity_handle
                (identity_id, company_id, network, handle, until, create_date)
            SELECT i.id, i.company_id, i.network, i.handle, %(now)s, %(now)s
            FROM social_crm_identity i JOIN %(rows)s
              ON v.uri = i.uri AND v.handle <> i.handle AND i.handle <> ''
            WHERE i.company_id = %(company)s AND i.network = %(network)s
            """,
            rows=rows,
        )
        self._execute(
            """
            UPDATE social_crm_identity i
            SET handle = v.handle, name = v.name, url = v.url,
                avatar_url = v.avatar_url, bio = v.bio,
                profile_updated_at = %(now)s, write_date = %(now)s
            FROM %(rows)s
            WHERE i.uri = v.uri
              AND i.company_id = %(company)s AND i.network = %(network)s
            """,
            rows=rows,
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
                uids.add(key_of(post.parent_uid))
        uris -= set(self.posts)
        if not uris and not uids:
            return
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
            columns=SQL(
                "m.id, m.uri, m.identity_id, m.conversation_id, m.thread_key,"
                " m.parent_id IS NULL AND m.parent_key IS NULL, m.direction = 'out',"
                " m.visibility = 'private'"
            ),
            uris=sorted(uris),
            account=self.account_id,
            uids=sorted(uids),
        )
        for *values, uid in self.env.cr.fetchall():
            row = Row(*values)
            self.by_uri.setdefault(row.uri, row)
            if uid:
                self.by_uid.setdefault(uid, row)

    def _make_rows(self, posts):
        """Give each new post id, author, parent, thread and branch, in key order.

        The id comes first: a parent in the same page is known when its answer is
        written. Tying them by an update afterwards writes each index twice.
        """
        self._execute(
            """
            SELECT nextval('social_crm_mention_id_seq')
            FROM generate_series(1, %(count)s)
            """,
            count=len(posts),
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        for mention_id, (uri, post) in zip(ids, sorted(posts.items()), strict=True):
            identity_id = self.identities[key_of(post.author.uri)][0]
            own = post.is_own or post.author.uri == self.own_uri
            private = post.visibility == "private"
            row = Row(mention_id, uri, identity_id, None, "", False, own, private, post)
            row.new = True
            at = stamp(post.published_at)
            # A clock that runs ahead must not pin a post to the top for days.
            row.at = min(at, self.now)
            row.is_history = self.silent or at < self.history
            self.new.append(row)
            self.by_uri[uri] = row
            self.by_uid.setdefault(post.uid, row)
        placed = set()
        for row in self.new:
            self._place(row, placed)

    def _place(self, row, placed):
        """Set parent, thread key and branch of ``row``, of its parents first."""
        chain = []
        while row is not None and row.new and row.uri not in placed:
            placed.add(row.uri)
            chain.append(row)
            post = row.post
            if post.parent_uri:
                parent = self.by_uri.get(key_of(post.parent_uri))
            else:
                parent = self.by_uid.get(post.parent_uid) if post.parent_uid else None
            row.parent = parent if parent is not row else None
            row = row.parent
        for row in reversed(chain):
            self._set_thread(row)
            self._set_branch(row)

    def _set_thread(self, row):
        post, parent = row.post, row.parent
        if parent and parent.thread_key:
            row.thread_key = parent.thread_key
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
        return key_of(f"{self.account_id}:{uid}")

    def _set_branch(self, row):
        """Which work item the post belongs to (one branch, one conversation)."""
        post, parent = row.post, row.parent
        author = key_of(post.author.uri)
        if row.is_private and not row.is_own:
            row.branch = f"person:{author}"
        elif row.is_own:
            # Our own first post is no work; our answer belongs to what it answers, but
            # what we say in private never to a conversation that others may read.
            if parent and (parent.is_private or not row.is_private):
                self._join(row, parent)
        elif parent and parent.is_own and parent.is_root:
            row.branch, row.is_ours = row.uri, True
        elif parent and self._on_our_post(parent):
            self._join(row, parent)
        elif not parent and post.parent_is_own:
            row.branch, row.is_ours = row.uri, True
        else:
            row.branch = key_of(f"{row.thread_key}#{author}")

    @staticmethod
    def _join(row, parent):
        row.branch, row.conversation_id = parent.branch, parent.conversation_id
        row.is_ours = parent.is_ours

    def _on_our_post(self, parent):
        if parent.is_private:
            return False
        return parent.is_ours or parent.conversation_id in self._branches_of_ours()

    def _branches_of_ours(self):
        if not hasattr(self, "_ours"):
            ids = {row.conversation_id for row in self.by_uri.values() if not row.new}
            self._execute(
                """
                SELECT id FROM social_crm_conversation
                WHERE id = ANY(%(ids)s) AND on_our_post
                """,
                ids=sorted(ids - {None}),
            )
            self._ours = {row[0] for row in self.env.cr.fetchall()}
        return self._ours

    def _store_conversations(self):
        self._execute(
            """
            SELECT branch_uri, id FROM social_crm_conversation
            WHERE company_id = %(company)s AND network = %(network)s
              AND branch_uri = ANY(%(branches)s)
            """,
            branches=sorted({row.branch for row in self.new if row.branch}),
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
            self._insert_conversations(fresh)
        if known:
            self._update_conversations(known)

    def _summary(self, rows):
        """What rows mean for their conversation."""
        rows.sort(key=lambda row: row.at)
        last_in = last_out = waiting = None
        live = False
        for row in rows:
            if row.is_own:
                last_out, waiting = row.at, None
                continue
            last_in = row.at
            if not row.is_history:
                live, waiting = True, waiting or row.at
        newest = rows[-1]
        return {
            "count": len(rows),
            "at": newest.at,
            "last_in": last_in,
            "last_out": last_out,
            "waiting": waiting,
            "live": live,
            "is_own": newest.is_own,
            "preview": preview_of(newest.post),
        }

    def _insert_conversations(self, fresh):
        lines = []
        for branch, rows in sorted(fresh.items()):
            news = self._summary(rows)
            # The work item is the customer's, also when our own answer came first.
            first = next((row for row in rows if not row.is_own), rows[0])
            identity_id, partner_id = self.identities[key_of(first.post.author.uri)]
            state = "waiting" if news["is_own"] else "new"
            lines.append(
                {
                    "branch_uri": branch,
                    "identity_id": identity_id,
                    "partner_id": partner_id,
                    "visibility": first.post.visibility,
                    "kind": first.post.kind,
                    "on_our_post": first.is_ours,
                    "state": state if news["live"] else "done",
                    "unread": news["live"],
                    "mention_count": news["count"],
                    "first_mention_at": rows[0].at,
                    "last_mention_at": news["at"],
                    "last_in_at": news["last_in"],
                    "last_out_at": news["last_out"],
                    "waiting_since": news["waiting"],
                    "preview": news["preview"],
                }
            )
        self._execute(
            """
            INSERT INTO social_crm_conversation
                (%(names)s, team_id, company_id, network, active, create_date,
                 write_date)
            SELECT v.*, %(team)s, %(company)s, %(network)s, TRUE, %(now)s, %(now)s
            FROM %(rows)s
            ON CONFLICT (company_id, network, branch_uri) DO NOTHING
            RETURNING branch_uri, id
            """,
            names=CONVERSATION.names,
            rows=CONVERSATION.rows(lines),
            team=self.feed.team_id.id or None,
        )
        ids = dict(self.env.cr.fetchall())
        for branch, rows in fresh.items():
            for row in rows:
                row.conversation_id = ids[branch]

    def _update_conversations(self, known):
        lines = [
            {"id": conversation_id, **self._summary(rows)}
            for conversation_id, rows in sorted(known.items())
        ]
        # A new post of theirs reopens; an answer of ours, newer than all, waits.
        self._execute(
            """
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
                write_date = %(now)s
            FROM %(rows)s WHERE c.id = v.id
            """,
            rows=NEWS.rows(lines),
        )

    # --- mentions ------------------------------------------------------------

    def _insert_mentions(self):
        self._execute(
            """
            INSERT INTO social_crm_mention
                (%(names)s, company_id, network, create_date, write_date)
            SELECT v.*, %(company)s, %(network)s, %(now)s, %(now)s FROM %(rows)s
            ON CONFLICT (company_id, network, uri) DO NOTHING
            """,
            names=MENTION.names,
            rows=MENTION.rows([self._mention(row) for row in self.new]),
        )
        self.touched += [row for row in self.new if not row.is_history]

    def _mention(self, row):
        post = row.post
        media = [
            {
                "kind": item.kind,
                "url": web_address(item.url),
                "preview_url": web_address(item.preview_url),
                "alt": clean(item.alt, MAX_URL),
                "mimetype": clean(item.mimetype, MAX_NAME),
                "title": clean(item.title, MAX_NAME),
            }
            for item in post.media[:MAX_MEDIA]
        ]
        return {
            "id": row.id,
            "uri": row.uri,
            "identity_id": row.identity_id,
            "partner_id": self.identities[key_of(post.author.uri)][1],
            "conversation_id": row.conversation_id,
            "parent_id": row.parent.id if row.parent else None,
            "parent_key": row.parent_key,
            "thread_key": row.thread_key,
            "direction": "out" if row.is_own else "in",
            "kind": post.kind,
            "visibility": post.visibility,
            "title": clean(post.title, MAX_NAME) or None,
            "body": clean(post.text, MAX_TEXT),
            "url": web_address(post.url) or None,
            "published_at": row.at,
            "edited_at": stamp(post.edited_at),
            "language": clean(post.language, 35) or None,
            "place": clean(post.place, MAX_NAME) or None,
            "rating": _stars(post.rating),
            **{f"{name}_count": _count(post.metrics.get(name)) for name in METRICS},
            "media": media or None,
        }

    def _adopt_orphans(self):
        """Tie answers to what they answer when that came after."""
        lines = [
            {
                "key": key,
                "id": row.id,
                "thread": row.thread_key,
                "conversation_id": row.conversation_id,
            }
            for row in self.new
            for key in (row.uri, self._uid_key(row.post.uid))
        ]
        self._execute(
            """
            UPDATE social_crm_mention m
            SET parent_id = v.id, parent_key = NULL,
                conversation_id = COALESCE(m.conversation_id, v.conversation_id)
            FROM %(rows)s
            WHERE m.company_id = %(company)s AND m.network = %(network)s
              AND m.parent_key = v.key AND m.id <> v.id
            RETURNING m.thread_key, v.thread
            """,
            rows=ADOPTION.rows(lines),
        )
        moved = {old: new for old, new in self.env.cr.fetchall() if old != new}
        if moved:
            self._execute(
                """
                UPDATE social_crm_mention m SET thread_key = v.new
                FROM unnest(%(old)s, %(new)s) AS v(old, new)
                WHERE m.company_id = %(company)s AND m.network = %(network)s
                  AND m.thread_key = v.old
                """,
                old=list(moved),
                new=list(moved.values()),
            )

    def _insert_topics(self):
        texts = [f"{row.post.title}\n{row.post.text}" for row in self.new]
        topics = self.env["social.crm.topic"]._topics_of(self.company_id, texts)
        found = [
            (row, topic_id)
            for row, topic_ids in zip(self.new, topics, strict=True)
            for topic_id in topic_ids
        ]
        self._relate("mention", {(row.id, topic_id) for row, topic_id in found})
        about = {(row.conversation_id, topic_id) for row, topic_id in found}
        self._relate("conversation", {pair for pair in about if pair[0]})

    def _relate(self, name, pairs):
        if not pairs:
            return
        ids, topic_ids = zip(*sorted(pairs), strict=True)
        self._execute(
            """
            INSERT INTO %(table)s (%(column)s, topic_id)
            SELECT * FROM unnest(%(ids)s, %(topics)s) ON CONFLICT DO NOTHING
            """,
            table=SQL.identifier(f"social_crm_{name}_topic_rel"),
            column=SQL.identifier(f"{name}_id"),
            ids=list(ids),
            topics=list(topic_ids),
        )

    def _insert_sources(self):
        """Say by which stream each mention came, and what its account calls it."""
        rows = [
            {"mention_id": row.id, "uid": key_of(row.post.uid)}
            for row in (*self.new, *self.unsourced)
        ]
        if rows:
            self._execute(
                """
                INSERT INTO social_crm_mention_source
                    (mention_id, uid, feed_id, account_id, first_seen_at)
                SELECT v.*, %(feed)s, %(account)s, %(now)s FROM %(rows)s
                ON CONFLICT (feed_id, mention_id) DO NOTHING
                """,
                rows=SOURCE.rows(sorted(rows, key=lambda row: row["mention_id"])),
                feed=self.feed.id,
                account=self.account_id,
            )

    # --- live update ---------------------------------------------------------

    def _notify(self):
        """Tell the screens; a cron that stores many pages collects the news."""
        if not self.touched:
            return
        news = self.env.context.get("social_crm_news")
        if news is None:
            news = News()
        news.add(self.touched)
        if "social_crm_news" not in self.env.context:
            news.send(self.env)


class News:
    """What has changed since the screens were told: ids only.

    The screens read with their own rights, so ids are all that may go over the bus.
    """

    def __init__(self):
        self.identity_ids = set()
        self.conversation_ids = set()

    def add(self, rows):
        self.identity_ids.update(row.identity_id for row in rows)
        self.conversation_ids.update(row.conversation_id for row in rows)

    def send(self, env):
        """Send one notification for all and forget them."""
        if not self.identity_ids:
            return
        conversations = sorted(self.conversation_ids - {None})
        identities = env["social.crm.identity"].sudo().browse(self.identity_ids)
        payload = {
            "partner_ids": identities.partner_id.ids,
            "conversation_ids": conversations,
            **env["social.crm.conversation"]._notification_targets(conversations),
        }
        env.ref(CHANNEL)._bus_send(NOTIFICATION, payload)
        self.__init__()
