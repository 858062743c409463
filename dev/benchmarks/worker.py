"""One worker that fetches over HTTP: what the process of a cron does."""

import sys
import time

from . import runtime


def run(database):
    """Say "ready", wait for a line, fetch until nothing is due; return seconds."""
    with runtime.environment(database) as env:
        env["social.crm.feed"]._count_due()
        env.cr.commit()
        print("ready", flush=True)
        sys.stdin.readline()
        begin = time.perf_counter()
        env["social.crm.feed"]._cron_fetch()
        env.cr.commit()
        return {"seconds": time.perf_counter() - begin}
