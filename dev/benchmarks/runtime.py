"""Odoo inside the measured process, and what a piece of work costs there."""

import gc
import statistics
import time
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

import psutil

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.sql_db import ConnectionPool
from odoo.tools import config

from . import network

FAR = "2099-01-01"


def start(conf):
    """Configure Odoo; its log goes where ``conf`` says."""
    config.parse_config(["-c", conf], setup_logging=True)


@contextmanager
def environment(database, user=SUPERUSER_ID):
    """A new transaction, as each request and each run of a cron has one."""
    with Registry(database).cursor() as cr:
        yield api.Environment(cr, user, {})


@dataclass
class Cost:
    """Seconds of wall time, of CPU in Python, of CPU in PostgreSQL."""

    wall: float = 0
    python: float = 0
    postgres: float = 0

    @property
    def cpu(self):
        return self.python + self.postgres


def _cpu(process):
    """Seconds of CPU a process has used, to the microsecond where the system tells."""
    try:
        with open(f"/proc/{process.pid}/schedstat") as stat:
            return int(stat.read().split()[0]) / 1e9
    except (OSError, ValueError, IndexError):
        spent = process.cpu_times()
        return spent.user + spent.system


class Meter:
    """Measures what this process and its connections to PostgreSQL use.

    Also the connections that live for a moment: Odoo opens one for each notification
    on the bus.
    """

    def __init__(self, env):
        env.cr.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = %s",
            [f"odoo-{psutil.Process().pid}"],
        )
        self._gone = 0.0
        try:
            self._backends = [psutil.Process(row[0]) for row in env.cr.fetchall()]
        except psutil.Error as error:
            raise RuntimeError("PostgreSQL must run on this machine.") from error
        give_back = ConnectionPool.give_back

        def counted(pool, connection, keep_in_pool=True):
            if not keep_in_pool:
                self._gone += _cpu(psutil.Process(connection.get_backend_pid()))
            return give_back(pool, connection, keep_in_pool)

        ConnectionPool.give_back = counted

    def _now(self):
        postgres = sum(map(_cpu, self._backends)) + self._gone
        return time.perf_counter(), time.process_time(), postgres

    @contextmanager
    def measure(self):
        cost = Cost()
        gc.collect()
        before = self._now()
        yield cost
        after = self._now()
        cost.wall, cost.python, cost.postgres = (
            end - begin for begin, end in zip(before, after, strict=True)
        )


def percentile(values, share):
    """The smallest value that ``share`` of all do not exceed."""
    values = sorted(values)
    return values[min(len(values) - 1, max(0, round(share * len(values) + 0.5) - 1))]


median = statistics.median


# -- An account that fetches


def connect(env, server, base_url=network.BASE_URL, name="Bench"):
    """Make a connected account with one stream of mentions; return the stream."""
    uuid = env["ir.config_parameter"].get_param("database.uuid")
    account = env["social.crm.account"].create(
        {
            "name": name,
            "network": "mastodon",
            "base_url": base_url,
            "account_uid": "1",
            "access_token": "token-of-the-benchmark",
            "own_uri": f"{network.BASE_URL}/users/acme",
            "database_uuid": uuid,
            "state": "connected",
            "feed_ids": [Command.create({"kind": "mentions", "backfill_days": 0})],
        }
    )
    feed = account.feed_ids
    rewind(feed, 0, server.first)
    return feed


def rewind(feed, position, first=0):
    """Let the stream go on after so many posts, and be due."""
    since = network.FIRST + first * 10**9 + position - 1
    feed.write(
        {
            "cursor": f'{{"since": "{since}"}}',
            "next_fetch_at": "2000-01-01",
            "next_refresh_at": FAR,
            "backfill_state": "done",
            "error_count": 0,
        }
    )


@contextmanager
def from_memory(env, server):
    """Let every account ask ``server`` without a socket."""
    account = env.registry["social.crm.account"]
    original = account._connector

    def _connector(self, session=None):
        return original(self, session=network.memory_session(server))

    with patch.object(account, "_connector", _connector):
        yield
