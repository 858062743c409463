"""A database as a company has it after years: made once, kept as a template.

The shape is that of real mentions: a few people say much, most say little; a post, an
answer to it by the same person, sometimes an answer of ours. Rows lie in the order of
time, so that what one person said is spread over the whole table.
"""

import hashlib
import io
from pathlib import Path

from .. import server
from ..console import step
from ..paths import BUILD, ROOT
from . import words

BASE = "social_crm_bench_base"
LOADED = ("social_crm_mention", "social_crm_conversation", "social_crm_identity")
FREQUENT = 50  # mentions of each contact who speaks often
# Company, its people, and contacts that speak often have the first ids after this one.
FIRST_CONTACT = 1000


def shape(mentions):
    """Return how many of what there are for so many mentions."""
    people = mentions // 2000
    frequent = mentions // 250
    ours = mentions * 3 // 100
    heavy = mentions // 20
    rest = mentions - ours - heavy - FREQUENT * (people - 1 + frequent)
    return {
        "mentions": mentions,
        "contacts": mentions // 10,
        "people": people,  # of the company; the first of them is the heavy one
        "frequent": frequent,
        "ours": ours,
        "heavy": heavy + rest % 3,
        "authors": 1 + people + frequent + rest // 3,
        "often": 1 + people + frequent,
        "first": FIRST_CONTACT,
        "posts": FREQUENT,
    }


def template(postgres, conf, mentions):
    """Make the database with so many mentions unless it is there; return its name."""
    name = f"social_crm_bench_{mentions}"
    mark = _fingerprint(postgres)
    if postgres.exists(name) and _mark(postgres, name) == mark:
        return name
    copy(postgres, BASE, f"{name}_building")
    with step(f"Making a database with {mentions:,} mentions"):
        _fill(postgres.connect(f"{name}_building"), shape(mentions))
    postgres.drop(name)
    postgres.rename(f"{name}_building", name)
    with postgres.connect().cursor() as cursor:
        cursor.execute(f"COMMENT ON DATABASE {name} IS '{mark}'")
    return name


def install(postgres, conf):
    """Install the add-ons as they are now, without demo data."""
    server.install(postgres, conf, BASE, log=BUILD / "bench-install.log")


def copy(postgres, origin, name):
    """Copy a database file by file: twice as fast as through the log."""
    postgres.drop(name)
    connection = postgres.connect()
    with connection.cursor() as cursor:
        strategy = "STRATEGY FILE_COPY" * (connection.server_version >= 150000)
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {origin} {strategy}")
    connection.close()


def _mark(postgres, name):
    with postgres.connect().cursor() as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
            " WHERE datname = %s",
            [name],
        )
        return cursor.fetchone()[0]


def _fingerprint(postgres):
    """What the rows depend on: our tables, their indexes, the rules, this generator."""
    mark = hashlib.sha256()
    connection = postgres.connect(BASE)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT table_name, column_name, data_type, is_nullable
            FROM information_schema.columns WHERE table_name LIKE 'social_crm%'
            ORDER BY table_name, column_name
            """
        )
        mark.update(repr(cursor.fetchall()).encode())
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
            " AND tablename ~ '^(social_crm|res_partner)' ORDER BY 1"
        )
        mark.update(repr(cursor.fetchall()).encode())
    connection.close()
    folder = ROOT / "social_crm"
    files = [Path(__file__), Path(words.__file__)]
    for path in sorted([*folder.glob("security/*"), *folder.glob("data/*"), *files]):
        mark.update(path.read_bytes())
    return mark.hexdigest()


# -- Rows


def _fill(connection, numbers):
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute("SET work_mem = '128MB'")
        cursor.execute("SELECT setseed(0.19)")
        indexes = _drop_indexes(cursor)
        # The rows are right by construction, and checking each key costs minutes.
        cursor.execute("SHOW is_superuser")
        if cursor.fetchone()[0] == "on":
            cursor.execute("SET session_replication_role = replica")
        _load_sentences(cursor)
        for statement in (
            ACCOUNT,
            CONTACTS,
            AUTHORS,
            GROUPS,
            PLAN,
            IDENTITIES,
            CONVERSATIONS,
            MENTIONS,
            SOURCES,
        ):
            cursor.execute(statement, numbers)
        cursor.execute("SET session_replication_role = origin")
        for definition in indexes.values():
            cursor.execute(definition)
        _check(cursor, numbers, indexes)
        for table in ("res_partner", *LOADED):
            cursor.execute(
                f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))"
            )
        cursor.execute("DROP TABLE sentence, author, grp, plan")
        cursor.execute("VACUUM (ANALYZE)")
    connection.close()


def _indexes(cursor):
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s)",
        [list(LOADED)],
    )
    return dict(cursor.fetchall())


def _drop_indexes(cursor):
    """Drop what can be built faster at the end; return name and definition of each."""
    indexes = _indexes(cursor)
    for name in list(indexes):
        if name.endswith("_pkey"):
            indexes.pop(name)
        else:
            cursor.execute(f"DROP INDEX {name}")
    return indexes


def _check(cursor, numbers, indexes):
    # By name: PostgreSQL writes some conditions in another way the second time.
    if not set(indexes) <= set(_indexes(cursor)):
        raise AssertionError("the indexes are not what the add-on ships")
    cursor.execute("SELECT count(*) FROM social_crm_mention")
    if cursor.fetchone()[0] != numbers["mentions"]:
        raise AssertionError("the table has not as many rows as wanted")


def _load_sentences(cursor):
    cursor.execute("CREATE TABLE sentence (n int PRIMARY KEY, text text)")
    lines = (f"{n}\t{text}\n" for n, text in enumerate(words.sentences()))
    cursor.copy_expert("COPY sentence FROM STDIN", io.StringIO("".join(lines)))


ACCOUNT = """
INSERT INTO social_crm_account (id, name, network, company_id, state, active,
    user_id, own_uri, base_url, account_uid, sequence, create_uid, create_date)
VALUES (1, 'Acme', 'mastodon', 1, 'paused', true, 2,
    'https://social.example/users/acme', 'https://social.example', '1', 10, 1, now());
INSERT INTO social_crm_feed (id, name, account_id, network, company_id, kind, active,
    sequence, "interval", backfill_state, error_count, create_uid, create_date)
VALUES (1, 'Mentions', 1, 'mastodon', 1, 'mentions', true, 10, 5, 'done', 0, 1, now());
SELECT setval('social_crm_account_id_seq', 1), setval('social_crm_feed_id_seq', 1)
"""

# Contact 1 is a company, 2 … people + 1 work there, the rest are persons.
CONTACTS = """
INSERT INTO res_partner (id, name, complete_name, email, email_normalized, active, type,
    is_company, parent_id, commercial_partner_id, lang, create_uid, create_date,
    write_uid, write_date)
SELECT %(first)s + c, 'Person ' || c, 'Person ' || c, 'person' || c || '@mail.example',
    'person' || c || '@mail.example', true, 'contact', c = 1,
    CASE WHEN c BETWEEN 2 AND %(people)s + 1 THEN %(first)s + 1 END,
    CASE WHEN c <= %(people)s + 1 THEN %(first)s + 1 ELSE %(first)s + c END,
    'en_US', 1, now(), 1, now()
FROM generate_series(1, %(contacts)s) c
"""

# Author 1 is us; the author of the same number as a contact is that contact.
AUTHORS = """
CREATE TABLE author AS
SELECT a, CASE WHEN a = 1 THEN 0 WHEN a = 2 THEN %(heavy)s
               WHEN a <= %(often)s THEN %(posts)s ELSE 3 END AS posts,
    CASE WHEN a BETWEEN 2 AND %(contacts)s THEN %(first)s + a END AS partner,
    CASE WHEN a = 1 THEN 'https://social.example/users/acme'
         ELSE 'https://m' || a %% 500 || '.example/users/name' || a END AS uri
FROM generate_series(1, %(authors)s) a;
CREATE UNIQUE INDEX ON author (a);
ANALYZE author
"""

# A group is a post, mostly with an answer of the same person: one work item.
GROUPS = """
CREATE TABLE grp AS
SELECT (row_number() OVER ())::int AS gid, a, 2 * g <= posts AS answered,
    g = 1 AND a %% 25 = 0 AND posts = 3 AS private,
    date_trunc('milliseconds',
        now() AT TIME ZONE 'UTC' - interval '3 days' - random() * interval '727 days')
        AS at
FROM author, generate_series(1, (posts + 1) / 2) g
"""

PLAN = """
CREATE TABLE plan AS
SELECT (row_number() OVER (ORDER BY at, gid, part))::int AS id, gid, part, author, at
FROM (
    SELECT gid, 1 AS part, a AS author, at FROM grp
    UNION ALL
    SELECT gid, 2, a, at + random() * interval '12 hours' FROM grp WHERE answered
    UNION ALL
    SELECT gid, 3, 1, at + interval '12 hours' + random() * interval '48 hours'
    FROM (SELECT * FROM grp WHERE NOT private ORDER BY random() LIMIT %(ours)s) o
) rows;
CREATE UNIQUE INDEX ON plan (id);
CREATE INDEX ON plan (gid);
CREATE UNIQUE INDEX ON grp (gid);
ANALYZE plan;
ANALYZE grp
"""

IDENTITIES = """
INSERT INTO social_crm_identity (id, company_id, network, uri, handle, name, url,
    avatar_url, bio, followers_count, following_count, posts_count, verified_links,
    is_bot, author_kind, active, relink_pending, partner_id, link_basis, first_seen_at,
    profile_updated_at, create_uid, create_date, write_uid, write_date)
SELECT a, 1, 'mastodon', uri, '@name' || a || '@m' || a %% 500 || '.example',
    'Person ' || a, uri, 'https://files.example/avatars/' || a || '.png', s.text,
    a %% 5000, a %% 700, a %% 9000, '[]', false,
    CASE WHEN a = 1 THEN 'ours' ELSE 'unknown' END, true, false, partner,
    CASE WHEN partner IS NOT NULL THEN 'manual' END, now(), now(), 1, now(), 1, now()
FROM author JOIN sentence s ON s.n = a %% 20000
ORDER BY a
"""

CONVERSATIONS = """
INSERT INTO social_crm_conversation (id, company_id, network, branch_uri, on_our_post,
    kind, visibility, identity_id, partner_id, state, unread, active, preview,
    mention_count, first_mention_at, last_mention_at, last_in_at, last_out_at,
    create_uid, create_date, write_uid, write_date)
SELECT g.gid, 1, 'mastodon',
    CASE WHEN g.private THEN 'person:' || a.uri
         ELSE a.uri || '/statuses/' || (10 ^ 17)::bigint + p.first || '#' || a.uri END,
    false, CASE WHEN g.private THEN 'message' ELSE 'post' END,
    CASE WHEN g.private THEN 'private' ELSE 'public' END, g.a, a.partner,
    CASE g.gid %% 20 WHEN 0 THEN 'new' WHEN 1 THEN 'open' ELSE 'done' END,
    g.gid %% 20 < 2, true, s.text, p.count, p.since, p.until, p.last_in, p.last_out,
    1, p.since, 1, p.until
FROM grp g
JOIN author a ON a.a = g.a
JOIN (
    SELECT gid, count(*), min(at) AS since, max(at) AS until,
        min(id) FILTER (WHERE part = 1) AS first,
        max(at) FILTER (WHERE part < 3) AS last_in,
        max(at) FILTER (WHERE part = 3) AS last_out
    FROM plan GROUP BY gid
) p ON p.gid = g.gid
JOIN sentence s ON s.n = p.first %% 20000
ORDER BY p.first
"""

MENTIONS = """
INSERT INTO social_crm_mention (id, company_id, network, uri, identity_id, partner_id,
    conversation_id, parent_id, thread_key, direction, kind, visibility, body, url,
    published_at, deleted_at, language, likes_count, reposts_count, replies_count,
    views_count, sentiment_label, media, create_uid, create_date, write_uid, write_date)
SELECT p.id, 1, 'mastodon', a.uri || '/statuses/' || (10 ^ 17)::bigint + p.id, p.author,
    a.partner, p.gid, CASE WHEN p.part > 1 THEN r.id END,
    ra.uri || '/statuses/' || (10 ^ 17)::bigint + r.id,
    CASE WHEN p.part = 3 THEN 'out' ELSE 'in' END,
    CASE WHEN g.private THEN 'message' WHEN p.part > 1 THEN 'comment' ELSE 'post' END,
    CASE WHEN g.private THEN 'private' ELSE 'public' END,
    '@acme@social.example ' || s.text || ' ' || t.text
        || CASE WHEN p.id %% 4 = 0 THEN ' https://site' || p.id %% 3000
                || '.example/page/' || p.id ELSE '' END
        || CASE WHEN p.id %% 5 = 0 THEN ' #' || left(t.text, 4) ELSE '' END,
    a.uri || '/' || (10 ^ 17)::bigint + p.id, p.at,
    CASE WHEN p.id %% 200 = 0 THEN p.at + interval '1 hour' END,
    (ARRAY['en', 'de', 'fr', 'es', 'nl'])[1 + p.author %% 5],
    p.id %% 40, p.id %% 9, p.id %% 4, 0,
    (ARRAY['negative', 'neutral', 'positive', NULL])[1 + p.id %% 4],
    CASE WHEN p.id %% 7 = 0 THEN jsonb_build_array(jsonb_build_object('kind', 'image',
        'url', 'https://files.example/' || p.id || '.jpg', 'preview_url',
        'https://files.example/small/' || p.id || '.jpg', 'alt', '', 'mimetype', '',
        'title', '')) END,
    1, p.at, 1, p.at
FROM plan p
JOIN grp g ON g.gid = p.gid
JOIN author a ON a.a = p.author
JOIN plan r ON r.gid = p.gid AND r.part = 1
JOIN author ra ON ra.a = r.author
JOIN sentence s ON s.n = (p.id::bigint * 7919) %% 20000
JOIN sentence t ON t.n = (p.id::bigint * 104729 + p.author) %% 20000
ORDER BY p.id
"""

SOURCES = """
INSERT INTO social_crm_mention_source (feed_id, mention_id, account_id, uid,
    first_seen_at)
SELECT 1, id, 1, ((10 ^ 17)::bigint + id)::text, at FROM plan ORDER BY id
"""
