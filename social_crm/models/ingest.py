"""From a page of posts to rows: the same number of statements for 10 posts and for 100.

Rows are written by SQL, in key order: two workers that bring the same posts meet on the
unique indexes and never deadlock. Whoever comes second gets a conflict from PostgreSQL
(its snapshot cannot see the row), and the caller repeats the page from memory.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from odoo import fields

from . import ingest_sql as sql
from .ingest_consent import recognise_answers
from .ingest_news import News
from .ingest_profiles import ProfileNews, series_of
from .ingest_splits import respect_splits
from .ingest_suppression import PageSuppression, is_anonymous
from .ingest_values import (
    MAX_NAME,
    MAX_TEXT,
    PREVIEW,
    clean,
    count_of,
    key_of,
    media_of,
    preview_of,
    profile_of,
    stamp,
    stars_of,
    web_address,
)

METRICS = ("likes", "reposts", "replies", "views")
# What is older when we first see it is history: stored, but no work for anyone.
HISTORY = timedelta(days=7)


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
    # The branch stands below a post of ours.
    is_ours: bool = False
    # The contact who said it, or whom we answer.
    partner_id: int | None = None
    post: object = None
    at: str = ""
    is_history: bool = False
    parent: "Row | None" = None
    parent_key: str | None = None
    branch: str | None = None
    new: bool = False


class PageIngest:
    """Stores one page of one feed. Made for one call of ``mention._ingest``."""

    def __init__(self, feed, posts, silent):
        self.env = feed.env
        self.feed = feed
        # A page needs few of the many fields: read just these.
        feed.fetch(
            ["account_id", "company_id", "kind", "network", "own_uri", "team_id"]
        )
        account = feed.account_id
        self.account_id = account.id
        self.company_id = feed.company_id.id
        self.network = feed.network
        self.own_uri = feed.own_uri
        self.silent = silent
        now = fields.Datetime.now()
        self.now = stamp(now)
        self.history = stamp(now - HISTORY)
        connector_class = account._connector_class(feed.network)
        self.keep_deleted = connector_class.policy.keep_deleted
        self.vouches = connector_class.vouches_for_keys
        retention = self.env["social.crm.retention"]
        self.is_too_old = retention._is_too_old(self.company_id, self.network)
        self.suppressed = PageSuppression(feed)
        posts = self.suppressed.apply(posts)
        # The same post twice in a page: the later reading counts.
        self.posts = {key_of(post.uri): post for post in posts}
        if not all(self.posts):
            raise ValueError("The post has no key.")
        self.by_uri = {}
        self.by_uid = {}
        self.identities = {}
        self.new = []
        self.unsourced = []
        self.ids = []
        self.has_orphans = False
        self.touched = []

    def run(self):
        """Store the page; return the ids of new mentions."""
        if not self.posts:
            return []
        self._update_known(self._find_known())
        posts = {
            uri: post
            for uri, post in self.posts.items()
            if uri not in self.by_uri
            and not post.deleted
            and uri not in self.suppressed.known_only
            and not self.is_too_old(post)
        }
        if posts:
            authors = {key_of(post.author.uri): post.author for post in posts.values()}
            if not all(authors):
                # Strangers would become one person.
                raise ValueError("The author has no key.")
            found = self._find_around(posts, authors)
            self._find_parents(posts)
            self._store_identities(posts, authors, found)
            self._make_rows(posts)
            self._store_conversations()
            self._insert_mentions()
            self._adopt_orphans()
            self._insert_topics()
            recognise_answers(self)
            respect_splits(self)
        if self.unsourced:
            self._insert_sources()
        self._notify()
        return [row.id for row in self.new]

    def _run(self, statement, **params):
        """Run a statement that may name ``company``, ``network`` and ``now``."""
        cr = self.env.cr
        statement.run(
            cr, company=self.company_id, network=self.network, now=self.now, **params
        )
        return cr

    # --- known posts ---------------------------------------------------------

    def _find_known(self):
        """Read what we have of the page; return (row, stored values) of each."""
        cr = self._run(sql.FIND_KNOWN, feed=self.feed.id, uris=sorted(self.posts))
        known = []
        for values in cr.fetchall():
            row = Row(*values[:10], post=self.posts[values[1]])
            self.by_uri[row.uri] = row
            self.by_uid[row.post.uid] = row
            own_source, first_source = values[19:21]
            # By its id on the server one would find who said it.
            if own_source is None and not is_anonymous(row.uri):
                self.unsourced.append(row)
            # Where nobody vouches for who owns a key, only the stream that brought a
            # mention may change it: another one could put words into a mouth.
            if self.vouches or first_source in (None, self.feed.id):
                known.append((row, values[10:19], values[21:]))
        return known

    def _update_known(self, known):
        """Metrics, edits and deletions of posts that we have, each in one statement."""
        metrics, edits, deleted = [], [], []
        profiles = ProfileNews(self._run)
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
                number if (got := post.metrics.get(name)) is None else count_of(got)
                for name, number in zip(METRICS, numbers, strict=True)
            ]
            if fresh != numbers:
                names = METRICS
                metrics.append({"id": row.id, **dict(zip(names, fresh, strict=True))})
            text, heading = clean(post.text, MAX_TEXT), clean(post.title, MAX_NAME)
            stars = stars_of(post.rating)
            order = self._order(post, edited_at)
            if (
                order > 0
                or order == 0
                and (
                    text != (body or "")
                    or heading != (title or "")
                    or stars not in (None, rating)
                )
            ):
                edits.append(
                    {
                        "id": row.id,
                        "old": body or "",
                        "body": text,
                        "title": heading or None,
                        "at": stamp(post.edited_at) or self.now,
                        "rating": stars,
                        "media": media_of(post),
                        # Edited before, and nothing says which text is newer.
                        "undated": bool(edited_at and not post.edited_at)
                        and text != body,
                    }
                )
            uri, identity_id, *before = profile
            if uri == author.uri:
                profiles.add(identity_id, author, before, {})
        if metrics:
            self._update_metrics(metrics)
        if edits := self._without_stale(edits):
            self._update_edits(edits)
            ids = {edit["id"] for edit in edits}
            self.touched += [row for row, *_stored in known if row.id in ids]
        if deleted:
            self._delete(sorted(deleted))
        profiles.store()

    @staticmethod
    def _order(post, edited_at):
        """Say whether a reading is newer (1) than what we have, older (-1), or 0.

        A copy of the post on another server may lag behind; and an edit may have taken
        away nothing but a picture.
        """
        at = stamp(post.edited_at)
        before = edited_at.isoformat() if edited_at else ""
        return 0 if not at or at == before else 1 if at > before else -1

    def _without_stale(self, edits):
        """Leave out old copies: what nobody dated, and what was said there before."""
        undated = [edit for edit in edits if edit["undated"]]
        if not undated:
            return edits
        stale = set(self._run(sql.FIND_VERSIONS, rows=undated).fetchall())
        return [edit for edit in edits if (edit["id"],) not in stale]

    def _update_metrics(self, rows):
        self._run(sql.UPDATE_METRICS, rows=sorted(rows, key=lambda row: row["id"]))

    def _update_edits(self, edits):
        edits.sort(key=lambda edit: edit["id"])
        self._run(sql.INSERT_VERSIONS, rows=edits)
        self._run(sql.UPDATE_TEXTS, rows=edits)
        self._refresh_previews([edit["id"] for edit in edits])

    def _delete(self, ids):
        """Leave a tombstone; the text goes unless the network's policy lets us keep."""
        if self.keep_deleted:
            self._run(sql.MARK_DELETED, ids=ids)
            return
        self._run(sql.ERASE_DELETED, ids=ids)
        self._run(sql.DELETE_VERSIONS, ids=ids)
        self._refresh_previews(ids)

    def _refresh_previews(self, ids):
        """A conversation shows the last words: also when they have changed."""
        self._run(sql.REFRESH_PREVIEWS, ids=ids, size=PREVIEW)

    # --- what new posts need ---------------------------------------------------

    def _find_around(self, posts, authors):
        """Read what new posts need; return the stored ones of ``authors``.

        The ids come first: a parent in the same page is known when its answer is
        written. Tying them by an update afterwards writes each index twice.
        """
        cr = self._run(
            sql.FIND_AROUND,
            count=len(posts),
            keys=sorted(key for post in posts.items() for key in self._keys(*post)),
            authors=sorted(authors),
        )
        self.ids, self.has_orphans, found = cr.fetchone()
        return found or ()

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
        aliases = self.suppressed.aliases
        uris.update(raw for raw, hashed in aliases.items() if hashed in uris)
        found = []
        if uris:
            found += self._run(sql.FIND_PARENTS_BY_URI, uris=sorted(uris)).fetchall()
        if uids:
            statement, account = sql.FIND_PARENTS_BY_UID, self.account_id
            cr = self._run(statement, account=account, uids=sorted(uids))
            found += cr.fetchall()
        for *values, uid in found:
            row = Row(*values)
            self.by_uri.setdefault(aliases.get(row.uri, row.uri), row)
            if uid:
                self.by_uid.setdefault(uid, row)

    def _keys(self, uri, post):
        """By what those who came before a post may have named it as their parent."""
        return uri, self._uid_key(post.uid)

    # --- identities ----------------------------------------------------------

    def _store_identities(self, posts, authors, found):
        """Take the profile of each author of a new post, or make one."""
        profiles = ProfileNews(self._run)
        for uri, identity_id, partner_id, *stored in found:
            self.identities[uri] = (identity_id, partner_id)
            profiles.add(identity_id, authors[uri], stored, posts)
        missing = sorted(set(authors) - set(self.identities))
        if missing:
            self._insert_identities([profile_of(uri, authors[uri]) for uri in missing])
        profiles.store()

    def _insert_identities(self, profiles):
        for profile in profiles:
            profile["followers_series"] = series_of(profile, self.now)
            if profile["uri"] == self.own_uri:
                profile["author_kind"] = "ours"
        cr = self._run(sql.INSERT_IDENTITIES, rows=profiles)
        for uri, identity_id in cr.fetchall():
            self.identities[uri] = (identity_id, None)

    # --- threads and conversations -------------------------------------------

    def _make_rows(self, posts):
        """Give each new post id, author, parent, thread and branch, in key order."""
        ordered = sorted(posts.items())
        for mention_id, (uri, post) in zip(self.ids, ordered, strict=True):
            identity_id, partner_id = self.identities[key_of(post.author.uri)]
            own = post.is_own or post.author.uri == self.own_uri
            private = post.visibility == "private"
            row = Row(
                mention_id, uri, identity_id, None, "", False, own, private, post=post
            )
            row.new, row.partner_id = True, partner_id
            at = stamp(post.published_at)
            # A clock that runs ahead must not pin a post to the top for days.
            row.at = min(at, self.now)
            # Who does not want to be known is no work for anyone.
            row.is_history = (
                self.silent or at < self.history or self.suppressed.is_hidden(row)
            )
            self.new.append(row)
            self.by_uri[uri] = row
            self.by_uid.setdefault(post.uid, row)
        placed = set()
        for row in self.new:
            self._place(row, placed)

    def _place(self, row, placed):
        """Set parent, thread key and branch of ``row``, of its parents first."""
        line = []
        while row is not None and row.new and row.uri not in placed:
            placed.add(row.uri)
            line.append(row)
            post = row.post
            if post.parent_uri:
                parent = self.by_uri.get(key_of(post.parent_uri))
            else:
                parent = self.by_uid.get(post.parent_uid) if post.parent_uid else None
            row.parent = parent if parent is not row else None
            row = row.parent
        for row in reversed(line):
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
        author = self.suppressed.voice(row, key_of(post.author.uri))
        if row.is_private and not row.is_own:
            row.branch = f"person:{author}"
        elif row.is_own:
            # Our own first post is no work; our answer belongs to what it answers, but
            # what we say in private never to a conversation that others may read.
            if parent and (parent.is_private or not row.is_private):
                self._join(row, parent)
                row.partner_id = parent.partner_id
        elif parent and parent.is_own and parent.is_root:
            row.branch, row.is_ours = row.uri, True
        elif parent and parent.is_ours and not parent.is_private:
            self._join(row, parent)
        elif not parent and post.parent_is_own:
            row.branch, row.is_ours = row.uri, True
        else:
            row.branch = key_of(f"{row.thread_key}#{author}")

    @staticmethod
    def _join(row, parent):
        row.branch, row.conversation_id = parent.branch, parent.conversation_id
        row.is_ours = parent.is_ours

    def _store_conversations(self):
        branches = sorted({row.branch for row in self.new if row.branch})
        ids = dict(self._run(sql.FIND_CONVERSATIONS, branches=branches).fetchall())
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
        team = self.feed.team_id.id or None
        ids = dict(
            self._run(sql.INSERT_CONVERSATIONS, rows=lines, team=team).fetchall()
        )
        for branch, rows in fresh.items():
            for row in rows:
                row.conversation_id = ids[branch]

    def _update_conversations(self, known):
        lines = [
            {"id": conversation_id, **self._summary(rows)}
            for conversation_id, rows in sorted(known.items())
        ]
        self._run(sql.UPDATE_CONVERSATIONS, rows=lines)

    # --- mentions ------------------------------------------------------------

    def _insert_mentions(self):
        rows = [self._mention(row) for row in self.new]
        feed, account = self.feed.id, self.account_id
        self._run(sql.INSERT_MENTIONS, rows=rows, feed=feed, account=account)
        self.touched += [row for row in self.new if not row.is_history]

    def _mention(self, row):
        post = row.post
        return {
            "id": row.id,
            "uri": row.uri,
            "identity_id": row.identity_id,
            "partner_id": row.partner_id,
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
            "rating": stars_of(post.rating),
            **{f"{name}_count": count_of(post.metrics.get(name)) for name in METRICS},
            "media": media_of(post),
            "uid": None if is_anonymous(row.uri) else key_of(post.uid),
        }

    def _adopt_orphans(self):
        """Tie answers to what they answer when that came after."""
        if not self.has_orphans:
            return
        lines = [
            {
                "key": key,
                "id": row.id,
                "thread": row.thread_key,
                "conversation_id": row.conversation_id,
                "partner_id": row.partner_id,
                "private": row.is_private,
            }
            for row in self.new
            for key in self._keys(row.uri, row.post)
        ]
        adopted = self._run(sql.ADOPT_ORPHANS, rows=lines).fetchall()
        # Our answers join the conversation of the question only now.
        if answers := [mention_id for _old, _new, mention_id, own in adopted if own]:
            self._run(sql.COUNT_ANSWERS, ids=answers)
            self._refresh_previews(answers)
        moved = {old: new for old, new, *_answer in adopted if old != new}
        if moved:
            old, new = list(moved), list(moved.values())
            self._run(sql.MOVE_THREADS, old=old, new=new)
            self._move_branches(moved)

    def _move_branches(self, moved):
        """Work items named after a thread go with it: the next post looks for them."""
        found = self._run(sql.FIND_MOVED, threads=list(moved.values())).fetchall()
        names = {}
        for conversation_id, branch, author in found:
            for old, new in moved.items():
                if branch == key_of(f"{old}#{author}"):
                    names.setdefault(key_of(f"{new}#{author}"), conversation_id)
        if names:
            ids, branches = list(names.values()), list(names)
            self._run(sql.MOVE_BRANCHES, ids=ids, branches=branches)

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
        statement = sql.INSERT_TOPICS[name]
        self._run(statement, ids=list(ids), topics=list(topic_ids))

    def _insert_sources(self):
        """Say that known mentions came by this stream, too."""
        rows = [
            {"mention_id": row.id, "uid": key_of(row.post.uid)}
            for row in self.unsourced
        ]
        rows.sort(key=lambda row: row["mention_id"])
        feed, account = self.feed.id, self.account_id
        self._run(sql.INSERT_SOURCES, rows=rows, feed=feed, account=account)

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
