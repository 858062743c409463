"""New posts, known posts, queries a page; beside an INSERT and the mail gateway.

The whole way of a cron: JSON of the network, connector, ``_cron_fetch``, commits.
"""

from email.message import EmailMessage
from unittest.mock import patch

from psycopg2.extras import execute_values

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from ..console import say
from . import runtime, words
from .network import BLOCK, Server

PAGE = 40
MAILS = 60
COLUMNS = """company_id, network, identity_id, partner_id, conversation_id, parent_id,
    parent_key, thread_key, direction, kind, visibility, title, body, url, published_at,
    edited_at, language, place, rating, likes_count, reposts_count, replies_count,
    views_count, media::text, create_uid, create_date, write_uid, write_date, uri"""


def run(database, runs=5, posts=8000):
    """Return figures. Each run: new posts, the same again, the same with new counts."""
    posts -= posts % PAGE
    server = Server()
    with runtime.environment(database) as env:
        feed = runtime.connect(env, server)
        env.cr.execute("SHOW autovacuum")
        # What the index puts off is paid inside the measure, not by another process.
        env.cr.execute("ALTER TABLE social_crm_mention SET (autovacuum_enabled = off)")
        env.cr.commit()
        found = {}
        with runtime.from_memory(env, server):
            _fetch(feed, server, 0, 10 * PAGE)  # caches, connections
            meter = runtime.Meter(env)
            for number in range(runs):
                begin = 10 * PAGE + number * posts
                for name, cost in _round(meter, feed, server, begin, posts):
                    found.setdefault(name, []).append(cost)
                rates = ", ".join(
                    f"{name} {posts / costs[-1].cpu:,.0f}"
                    f" ({posts / costs[-1].wall:,.0f})"
                    for name, costs in found.items()
                )
                say(f"  run {number + 1}, posts a CPU second (a second): {rates}")
            queries = _queries(feed, server, begin + posts)
        mails = _mail_gateway(env, meter)
    rate = {
        name: runtime.median([posts / cost.cpu for cost in costs])
        for name, costs in found.items()
    }
    wall = {
        name: runtime.median([posts / cost.wall for cost in costs])
        for name, costs in found.items()
    }
    share = runtime.median([cost.postgres / cost.cpu for cost in found["ingest"]])
    return {
        "ingest_per_s": rate["ingest"],
        "ingest_wall_per_s": wall["ingest"],
        "ingest_postgres_share": share,
        "insert_per_s": rate["insert"],
        "ingest_vs_insert": runtime.median(
            [
                insert.cpu / ingest.cpu
                for ingest, insert in zip(found["ingest"], found["insert"], strict=True)
            ]
        ),
        "mail_gateway_per_s": mails,
        "ingest_vs_mail_gateway": rate["ingest"] / mails,
        "refetch_per_s": rate["same posts"],
        "refetch_wall_per_s": wall["same posts"],
        "refetch_changed_per_s": rate["changed posts"],
        "refetch_changed_wall_per_s": wall["changed posts"],
        "refetch_json_per_s": rate["same"],
        "refetch_changed_json_per_s": rate["changed"],
        "parse_per_s": rate["parse"],
        **{f"queries_per_page_{size}": count for size, count in queries.items()},
    }


def _fetch(feed, server, begin, end):
    """What the cron does until nothing waits: posts ``begin`` to ``end``."""
    server.count = end
    runtime.rewind(feed, begin)
    feed.env.cr.commit()
    feed.env["social.crm.feed"]._cron_fetch()
    if feed.error_count:
        raise RuntimeError(f"{feed.last_error} {feed.account_id.last_error}")


def _round(meter, feed, server, begin, posts):
    """One run: yield name and cost of each kind of work on the same posts."""
    env, end = feed.env, begin + posts
    server.revision = 0
    server.prepare(begin, end)
    _settle(env)
    first = _total(env)
    with meter.measure() as cost:
        _fetch(feed, server, begin, end)
        _settle(env)
    if _total(env) != first + posts:
        raise RuntimeError(f"{_total(env) - first} new mentions, not {posts}")
    yield "ingest", cost
    yield "insert", _insert(meter, env, first)
    with meter.measure() as cost:
        _fetch(feed, server, begin, end)
    yield "same", cost
    pages, cost = _parsed(meter, feed, server, begin, end)
    yield "parse", cost
    with meter.measure() as cost:
        _store(feed, pages)
    yield "same posts", cost
    server.revision = 1
    server.prepare(begin, end)
    before = _counts(env, posts)
    with meter.measure() as cost:
        _fetch(feed, server, begin, end)
    if _counts(env, posts) != before + 3 * posts:
        raise RuntimeError("not all counts have changed")
    yield "changed", cost
    server.revision = 2
    server.prepare(begin, end)
    pages, _cost = _parsed(meter, feed, server, begin, end)
    with meter.measure() as cost:
        _store(feed, pages)
    yield "changed posts", cost


def _total(env):
    env.cr.execute("SELECT count(*) FROM social_crm_mention")
    return env.cr.fetchone()[0]


def _settle(env):
    """Do now what the text index has put off for later."""
    env.cr.execute("SELECT gin_clean_pending_list('social_crm_mention_said_idx')")
    env.cr.commit()


def _counts(env, posts):
    env.cr.execute(
        "SELECT sum(likes_count + reposts_count + replies_count) FROM"
        " (SELECT * FROM social_crm_mention ORDER BY id DESC LIMIT %s) newest",
        [posts],
    )
    return env.cr.fetchone()[0]


def _parsed(meter, feed, server, begin, end):
    """Pages of ready posts, and what reading them from the network's JSON costs."""
    connector = feed.account_id._connector()
    server.count = end
    pages, cursor, more = [], f'{{"since": "{server._id(begin) - 1}"}}', True
    with meter.measure() as cost:
        while more:
            page = connector.fetch(feed._stream(), cursor, PAGE)
            cursor, more = page.cursor, page.more
            pages.append(page)
    return pages, cost


def _store(feed, pages):
    for page in pages:
        feed._store(page, {"cursor": page.cursor}, silent=False)
        feed.env.cr.commit()


def _insert(meter, env, first):
    """The same rows, under other keys, as one plain INSERT of 1,000 a time."""
    cr = env.cr
    cr.execute(
        f"SELECT {COLUMNS} || '#copy' FROM social_crm_mention"
        " ORDER BY id DESC LIMIT %s",
        [_total(env) - first],
    )
    rows = cr.fetchall()
    names = COLUMNS.replace("::text", "")
    with meter.measure() as cost:
        # Odoo's own cursor would count and log; this is the bare driver.
        execute_values(
            cr._obj,
            f"INSERT INTO social_crm_mention ({names}) VALUES %s"
            " ON CONFLICT (company_id, network, uri) DO NOTHING",
            rows,
            page_size=1000,
        )
        cr.commit()
        _settle(env)
    if _total(env) != first + 2 * len(rows):
        raise RuntimeError("the INSERT did not write the same rows")
    cr.execute("DELETE FROM social_crm_mention WHERE uri LIKE '%%#copy'")
    cr.commit()
    return cost


def _queries(feed, server, begin):
    """Return {size: statements} for pages of new posts, from posts to the commit.

    Each page has all kinds of posts: new authors, known ones, answers to what the page
    holds and to what was stored before.
    """
    server.revision, server.ready = 0, {}
    mention, cr = feed.env["social.crm.mention"], feed.env.cr
    counts = {}
    for size in (10, 100, 200):
        begin += -begin % BLOCK
        connector = feed.account_id._connector()
        posts = [
            connector.parse(server.notification(n).decode(), feed._stream())
            for n in range(begin, begin + 5 + size)
        ]
        mention._ingest(feed, posts[:5])
        cr.commit()
        before = cr.sql_log_count
        new = mention._ingest(feed, posts[5:])
        cr.flush()
        counts[size] = cr.sql_log_count - before
        cr.commit()
        if len(new) != size:
            raise RuntimeError(f"{len(new)} new mentions, not {size}")
        begin += 5 + size
    return counts


# -- Odoo's own way in for what customers write


def _mails():
    texts = words.sentences(seed=5, count=200)
    for number in range(MAILS):
        mail = EmailMessage()
        mail["From"] = f"Person {number // 3} <person{number // 3}@new.example>"
        mail["To"] = "sales@acme.example"
        mail["Subject"] = texts[number][:60]
        mail["Message-ID"] = f"<{number}@new.example>"
        mail["Date"] = "Mon, 05 Jan 2026 10:00:00 +0000"
        mail.set_content("\n\n".join(texts[number + n] for n in range(3)))
        yield mail.as_bytes()


def _mail_gateway(env, meter):
    """Mails a CPU second, each with its commit as the mail server's cron does it."""
    thread = env["mail.thread"]

    def refuse(*args, **kwargs):
        raise AssertionError("the benchmark must not send mail")

    mails = list(_mails())
    with (
        patch.object(IrMail_Server, "_connect__", refuse),
        patch.object(IrMail_Server, "send_email", refuse),
    ):
        before = env["crm.lead"].search_count([])
        for mail in mails[:6]:
            thread.message_process("crm.lead", mail)
            env.cr.commit()
        with meter.measure() as cost:
            for mail in mails[6:]:
                thread.message_process("crm.lead", mail)
                env.cr.commit()
    if env["crm.lead"].search_count([]) != before + len(mails):
        raise RuntimeError("not every mail became a lead")
    return (len(mails) - 6) / cost.cpu
