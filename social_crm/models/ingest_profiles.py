"""What a page tells of profiles that we know: what is new, and what it was before.

Compared in memory with what was read anyway: a page that tells nothing new costs no
statement, one that does costs one for all profiles, and one more for their history.
"""

from operator import attrgetter

from .ingest_sql import COUNTS, SAID, Statement, _rows
from .ingest_values import clean, count_of, profile_of, stamp

# A text in the history.
MAX_TEXT = 1000
# A point of the number of followers: at most one a week, for more than a year.
WEEK = 7
POINTS = 60
# So many changes of one profile are told apart within a day; the rest runs together.
MAX_A_DAY = 20
# The texts of ``SAID`` as an author has them.
_as_stored = attrgetter(*(name.removesuffix("_said") for name in SAID[:-1]))
# What the matcher looks at.
FACTS = {"handle", "name", "url", "bio", "location", "verified_links", "is_bot"}

NEWS = {
    "id": "int",
    **dict.fromkeys(SAID, "text"),
    "verified_links": "jsonb",
    **dict.fromkeys(COUNTS, "int"),
    "is_bot": "bool",
    "account_created_at": "timestamp",
    "is_gone": "bool",
    "is_back": "bool",
    "is_new": "bool",
    "is_fact": "bool",
}
CHANGE = {"identity_id": "int", "field": "text", "old": "text", "new": "text"}

_TOLD = ", ".join(
    f"{name} = COALESCE(v.{name}, i.{name})" for name in (*SAID, *COUNTS, "is_bot")
)
UPDATE_PROFILES = Statement(
    f"""
    WITH told AS (
        UPDATE social_crm_identity i
        SET {_TOLD},
            account_created_at = COALESCE(i.account_created_at, v.account_created_at),
            gone_at = CASE
                WHEN v.is_gone THEN COALESCE(i.gone_at, %(now)s::timestamp)
                WHEN v.is_back THEN NULL ELSE i.gone_at END,
            gone_emptied = i.gone_emptied AND v.is_back IS NOT TRUE,
            followers_series = CASE
                WHEN v.followers_count IS NULL THEN i.followers_series
                WHEN (i.followers_series -> -1 ->> 0)::date
                    > %(now)s::timestamp::date - {WEEK} THEN i.followers_series
                ELSE CASE
                    WHEN jsonb_array_length(i.followers_series) >= {POINTS}
                    THEN i.followers_series - 0
                    ELSE COALESCE(i.followers_series, '[]') END
                    || jsonb_build_array(jsonb_build_array(
                        %(now)s::timestamp::date, v.followers_count))
                END,
            profile_updated_at = CASE
                WHEN v.is_new THEN %(now)s ELSE i.profile_updated_at END,
            match_at = CASE WHEN v.is_fact THEN NULL ELSE i.match_at END,
            write_date = %(now)s
        FROM {_rows(NEWS)} WHERE i.id = v.id
        RETURNING i.id, v.is_bot
    )
    -- Who was thought to be a person, or a robot.
    INSERT INTO social_crm_identity_todo (first_id, last_id)
    SELECT id, id FROM told WHERE is_bot IS NOT NULL
    """
)
# Back to a value of the last day: what was in between did not happen. Who changes all
# day long has the last change of each field carried on.
KEEP_CHANGES = Statement(
    f"""
    WITH v AS MATERIALIZED (SELECT * FROM {_rows(CHANGE)}),
    today AS MATERIALIZED (
        SELECT c.* FROM social_crm_identity_change c
        WHERE c.identity_id IN (SELECT identity_id FROM v)
          AND c.at > %(now)s::timestamp - interval '1 day'
    ), back AS MATERIALIZED (
        SELECT v.identity_id, v.field, min(t.id) AS id
        FROM v JOIN today t USING (identity_id, field) WHERE t.old = v.new
        GROUP BY v.identity_id, v.field
    ), busy AS (
        SELECT identity_id FROM today GROUP BY identity_id
        HAVING count(*) >= {MAX_A_DAY}
    ), more AS MATERIALIZED (
        SELECT v.identity_id, v.field, v.new, max(t.id) AS id
        FROM v JOIN today t USING (identity_id, field)
        JOIN busy USING (identity_id)
        WHERE NOT EXISTS (
            SELECT FROM back b
            WHERE b.identity_id = v.identity_id AND b.field = v.field)
        GROUP BY v.identity_id, v.field, v.new
    ), undone AS (
        DELETE FROM social_crm_identity_change c USING back b
        WHERE c.identity_id = b.identity_id AND c.field = b.field AND c.id >= b.id
    ), carried AS (
        UPDATE social_crm_identity_change c
        SET new = m.new, at = %(now)s::timestamp FROM more m WHERE c.id = m.id
    ), again AS (
        UPDATE social_crm_identity_handle h SET until = %(now)s::timestamp
        FROM v WHERE v.field = 'handle' AND h.identity_id = v.identity_id
          AND h.handle = v.old
        RETURNING h.identity_id
    ), handles AS (
        INSERT INTO social_crm_identity_handle
            (identity_id, company_id, network, handle, until, create_date)
        SELECT v.identity_id, %(company)s::int, %(network)s::text, v.old,
               %(now)s::timestamp, %(now)s
        FROM v WHERE v.field = 'handle' AND v.old <> '' AND NOT EXISTS (
            SELECT FROM social_crm_identity_handle h
            WHERE h.identity_id = v.identity_id AND h.handle = v.old)
    )
    INSERT INTO social_crm_identity_change
        (identity_id, company_id, field, old, new, at)
    SELECT v.identity_id, %(company)s::int, v.field, v.old, v.new, %(now)s::timestamp
    FROM v WHERE NOT EXISTS (
        SELECT FROM (
            SELECT identity_id, field FROM back
            UNION ALL SELECT identity_id, field FROM more
        ) f WHERE f.identity_id = v.identity_id AND f.field = v.field)
    """
)


def series_of(profile, now):
    """The first point of the number of followers, None if it was not told."""
    count = profile["followers_count"]
    return [[now[:10], count]] if count else None


class ProfileNews:
    """Collects what is new of known profiles; ``run`` runs a statement."""

    def __init__(self, run):
        self._run = run
        self._seen = set()
        self._rows = []
        self._changes = []

    def add(self, identity_id, author, stored, posts=None):
        """Compare what is told with what is ``stored`` (``STORED`` of ingest_sql).

        ``posts`` are new ones, {key: post}: who says something new is back.
        """
        if identity_id in self._seen or not (author.handle or author.is_gone):
            return
        self._seen.add(identity_id)
        gone_at = stored[-1]
        if author.is_gone:
            if not gone_at:
                self._rows.append({"id": identity_id, "is_gone": True})
            return
        news = self._news(identity_id, author, stored)
        if gone_at and (posts is None or _spoke_since(gone_at, author, posts)):
            news["is_back"] = True
        if news:
            self._rows.append({"id": identity_id, **news})

    def _news(self, identity_id, author, stored):
        news = (
            {} if _is_same(author, stored) else self._words(identity_id, author, stored)
        )
        for name, old in zip(COUNTS, stored[len(SAID) :], strict=False):
            count = author.metrics.get(name.removesuffix("_count"))
            if count is not None and count != old and count_of(count) != old:
                news[name] = count_of(count)
        if author.is_bot or "is_bot" in author.told:
            if author.is_bot != bool(stored[-2]):
                news["is_bot"] = author.is_bot
        if not FACTS.isdisjoint(news):
            news["is_fact"] = True
        return news

    def _words(self, identity_id, author, stored):
        told, news = profile_of(None, author), {}
        for name, old in zip(SAID, stored, strict=False):
            new = told[name]
            if new is None or new == old:
                continue
            news[name] = new
            # Until now nobody has told: then it is no change.
            if old is not None and (texts := _texts(name, old, new)):
                row = {"identity_id": identity_id, "field": name}
                self._changes.append({**row, "old": texts[0], "new": texts[1]})
        if news:
            news["is_new"] = True
            news["account_created_at"] = told["account_created_at"]
        return news

    def store(self):
        """Write what was collected, if anything."""
        if self._rows:
            rows = sorted(self._rows, key=lambda row: row["id"])
            self._run(UPDATE_PROFILES, rows=rows)
        if self._changes:
            self._run(KEEP_CHANGES, rows=self._changes)


def _is_same(author, stored):
    """Whether it says what is stored, word by word: that was cleaned before."""
    old = stored[: len(SAID) - 1]
    links = stored[len(SAID) - 1]
    return (
        _as_stored(author) == tuple([text or "" for text in old])
        and [*author.verified_links] == (links or [])
        and not (author.told and (links is None or None in old))
    )


def _texts(name, old, new):
    """Return (old, new) as the history has them, or None if nobody would see it."""
    if name == "verified_links":
        old, new = ("\n".join(sorted(filter(None, links))) for links in (old, new))
    if name == "handle" and old.casefold() == new.casefold():
        return None
    if name == "avatar_url" and old.partition("?")[0] == new.partition("?")[0]:
        return None
    old, new = clean(old, MAX_TEXT), clean(new, MAX_TEXT)
    return (old, new) if old != new else None


def _spoke_since(gone_at, author, posts):
    return any(
        post.author.uri == author.uri and stamp(post.published_at) > gone_at
        for post in posts.values()
    )
