"""Cron workers: ``python -m dev.integration.worker CONF DATABASE [FEED | match]``.

Loads Odoo once and says ``ready``; then every line on standard input forks a worker,
which says its process id and fetches until no stream is due. With the id of a stream a
worker fetches just that, page by page, as somebody's own script would; with ``match``
it compares profiles with contacts until all are done.
"""

import os
import signal
import sys
import time

from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry
from odoo.tools import config

PAUSE = 0.02


def fetch(database, feed_id):
    registry = Registry(database)
    while True:
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            feeds = env["social.crm.feed"]
            if feed_id:
                more = feeds.browse(int(feed_id))._fetch()
                cr.commit()
            else:
                feeds._cron_fetch()
                more = feeds._count_due()
        if not more:
            break
        if not feed_id:
            # The rest is in the hands of other lanes.
            time.sleep(PAUSE)


def match(database):
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        env["social.crm.match.key"]._cron_match()


def main(conf, database, feed_id=None):
    config.parse_config(["-c", conf, "-d", database], setup_logging=True)
    Registry(database)
    # A forked worker must not talk over its parent's connection.
    sql_db.close_all()
    print("ready", flush=True)
    for _line in sys.stdin:
        pid = os.fork()
        if not pid:
            if feed_id == "match":
                match(database)
            else:
                fetch(database, feed_id)
            os._exit(0)
        print(pid, flush=True)
        _pid, status = os.waitpid(pid, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        print("killed" if killed else f"ended {status}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
