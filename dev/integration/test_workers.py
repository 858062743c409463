"""Several processes at once, and processes that are killed."""

import json
import os
import random
import signal
import subprocess
import time
from contextlib import suppress

import pytest

from .. import database, server
from ..paths import BUILD, PYTHON, ROOT

TEMPLATE = "social_crm_test"
DATABASE = "social_crm_workers"
LOG = BUILD / "workers.log"
KILLS = int(os.environ.get("SOCIAL_CRM_KILLS", "50"))
# Forward from the beginning: nothing is history.
CURSOR = json.dumps({"since": "0"})


@pytest.fixture
def postgres():
    postgres = database.server()
    postgres.copy(TEMPLATE, DATABASE)
    LOG.unlink(missing_ok=True)
    yield postgres
    postgres.drop(DATABASE)


@pytest.fixture
def conf(postgres):
    return server.write_conf("workers", postgres, logfile=LOG, max_cron_threads=0)


@pytest.fixture
def run(postgres):
    connection = postgres.connect(DATABASE)

    def execute(query, *values):
        with connection.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall() if cursor.description else None

    yield execute
    connection.close()


def start_source(posts):
    source = subprocess.Popen(
        [PYTHON, "-m", "dev.integration.source", str(posts)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    return source, int(source.stdout.readline())


@pytest.fixture
def source(request):
    process, port = start_source(request.param)
    yield port
    process.kill()
    process.wait()


def connect(run, port, tags):
    """Connect one account with a stream for each tag; return the streams' ids."""
    run(
        "INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s)",
        "social_crm.private_hosts",
        f"127.0.0.1:{port}",
    )
    run("UPDATE social_crm_account SET active = FALSE")
    ((account_id,),) = run(
        """
        INSERT INTO social_crm_account
            (name, network, company_id, state, base_url, active, database_uuid)
        SELECT 'Source', 'mastodon', id, 'connected', %s, TRUE,
               (SELECT value FROM ir_config_parameter WHERE key = 'database.uuid')
        FROM res_company ORDER BY id LIMIT 1 RETURNING id
        """,
        f"http://127.0.0.1:{port}",
    )
    return [
        run(
            """
            INSERT INTO social_crm_feed
                (account_id, name, network, company_id, kind, query, active, cursor,
                 backfill_state, next_fetch_at, interval, adaptive)
            SELECT id, %s, network, company_id, 'hashtag', %s, TRUE, %s, 'done',
                   now() AT TIME ZONE 'UTC', 60, FALSE
            FROM social_crm_account WHERE id = %s RETURNING id
            """,
            tag,
            tag,
            CURSOR,
            account_id,
        )[0][0]
        for tag in tags
    ]


class Worker:
    """A process that makes workers; leaves with the block."""

    def __init__(self, conf, *feed):
        self.process = subprocess.Popen(
            [PYTHON, "-m", "dev.integration.worker", conf, DATABASE, *map(str, feed)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.answer() == "ready"

    def answer(self):
        return self.process.stdout.readline().strip()

    def go(self):
        """Start a worker; return its process id."""
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return int(self.answer())

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def stored(run):
    query = "SELECT count(*), count(DISTINCT uri) FROM social_crm_mention"
    return run(query + " WHERE uri LIKE 'https://%%.example/posts/%%'")[0]


@pytest.mark.parametrize("source", [10_000], indirect=True)
def test_three_processes_store_the_same_posts_once(source, conf, run):
    *_lanes, third = connect(run, source, ("same1", "same2", "same3"))
    run("UPDATE social_crm_feed SET active = FALSE WHERE id = %s", third)
    with Worker(conf) as one, Worker(conf) as two, Worker(conf, third) as script:
        workers = (one, two, script)
        for worker in workers:
            worker.go()
        assert [worker.answer() for worker in workers] == ["ended 0"] * 3
    assert stored(run) == (10_000, 10_000)
    ((sources,),) = run(
        "SELECT count(*) FROM social_crm_mention_source s"
        " JOIN social_crm_feed f ON f.id = s.feed_id WHERE f.query LIKE 'same%%'"
    )
    assert sources == 30_000
    ((people, talks),) = run(
        "SELECT count(DISTINCT identity_id), count(DISTINCT conversation_id)"
        " FROM social_crm_mention WHERE uri LIKE 'https://same.example/%%'"
    )
    assert (people, talks) == (3_334, 10_000)
    assert server.complaints(LOG) == []


@pytest.mark.parametrize("source", [5_000], indirect=True)
def test_killed_at_random_moments(source, conf, run):
    (feed,) = connect(run, source, ("killed",))
    rng = random.Random(20260101)
    with Worker(conf) as worker:
        for _kill in range(KILLS):
            pid = worker.go()
            time.sleep(rng.uniform(0.01, 0.08))
            os.kill(pid, signal.SIGKILL)
            assert worker.answer() == "killed", "it ended before: use more posts"
        worker.go()
        assert worker.answer() == "ended 0"
    assert stored(run) == (5_000, 5_000)
    ((cursor,),) = run("SELECT cursor FROM social_crm_feed WHERE id = %s", feed)
    assert json.loads(cursor)["since"] == "5000"
    ((sources,),) = run(
        "SELECT count(*) FROM social_crm_mention_source WHERE feed_id = %s", feed
    )
    assert sources == 5_000
    assert server.complaints(LOG) == []


def make_people(run, count):
    """Contacts, and as many profiles of the same names that nobody knows."""
    run(
        """
        INSERT INTO res_partner (name, complete_name, active, type)
        SELECT 'Kill' || md5(n::text) || ' Test' || md5(n || 'x'), '', TRUE, 'contact'
        FROM generate_series(1, %s) n
        """,
        count,
    )
    run(
        """
        INSERT INTO social_crm_identity (company_id, network, uri, handle, name, active,
            author_kind, relink_pending, is_bot)
        SELECT (SELECT min(id) FROM res_company), 'mastodon', 'killed:' || n,
               '@p' || n || '@host.example',
               'Kill' || md5(n::text) || ' Test' || md5(n || 'x'), TRUE, 'unknown',
               FALSE, FALSE
        FROM generate_series(1, %s) n
        """,
        count,
    )


def due(run):
    query = "SELECT count(*) FROM social_crm_identity WHERE match_at IS NULL"
    return run(query + " AND uri LIKE 'killed:%%'")[0][0]


def test_matching_is_killed_at_random_moments(conf, run):
    count = 1_000
    make_people(run, count)
    rng, kills = random.Random(20260102), 0
    with Worker(conf, "match") as one, Worker(conf, "match") as two:
        for _round in range(KILLS // 5):
            pids = [one.go(), two.go()]
            time.sleep(rng.uniform(0.1, 0.6))
            for pid in pids:
                # One of them leaves the work to the other, and is gone.
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            kills += [one.answer(), two.answer()].count("killed")
            if not due(run):
                break
        one.go()
        assert one.answer() == "ended 0"
    assert kills
    assert due(run) == 0
    # Each found its namesake, once, and each has its keys, once.
    rows = run(
        """
        SELECT count(*), count(DISTINCT m.identity_id), bool_and(p.name = i.name)
        FROM social_crm_match m
        JOIN social_crm_identity i ON i.id = m.identity_id
        JOIN res_partner p ON p.id = m.partner_id
        WHERE i.uri LIKE 'killed:%%'
        """
    )
    assert rows == [(count, count, True)]
    for column, table in (
        ("identity_id", "social_crm_identity"),
        ("partner_id", "res_partner"),
    ):
        rows = run(
            f"SELECT count(*), count(DISTINCT k.{column}) FROM social_crm_match_key k"
            f" JOIN {table} t ON t.id = k.{column} WHERE t.name LIKE 'Kill%%'"
        )
        assert rows == [(count, count)]
    assert server.complaints(LOG) == []
