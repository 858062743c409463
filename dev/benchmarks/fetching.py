"""Workers that fetch over HTTP: memory over a long run, and two lanes beside one.

The network is a process of its own. A worker is a process with its own registry, as a
cron worker of Odoo is one.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

from ..console import say
from ..paths import ROOT
from . import network, runtime

STREAMS = 8


def run(conf, database, posts=100_000, lane_posts=6000, rounds=3):
    each = lane_posts // STREAMS
    process, port = network.serve([posts] + [each] * STREAMS * rounds * 2)
    try:
        with runtime.environment(database) as env:
            feeds = _connect(env, port, 1 + STREAMS * rounds * 2)
            return _lanes(env, conf, database, feeds[1:], each, rounds) | _memory(
                env, conf, database, feeds[0], posts
            )
    finally:
        process.terminate()


def _connect(env, port, count):
    env["ir.config_parameter"].set_param(
        "social_crm.private_hosts", f"127.0.0.1:{port}"
    )
    feeds = env["social.crm.feed"]
    for number in range(1, count + 1):
        url = f"http://127.0.0.1:{port}/{number}"
        server = network.Server(first=number)
        feeds += runtime.connect(env, server, url, f"Bench {number}")
    feeds.next_fetch_at = runtime.FAR
    env.cr.commit()
    return feeds


@contextlib.contextmanager
def _workers(conf, database, count):
    """Start workers; when all are ready, yield (processes, a function that waits)."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        outs = [Path(folder) / str(number) for number in range(count)]
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    [
                        *(sys.executable, "-m", "dev.benchmarks", "worker", conf, out),
                        json.dumps({"database": database}),
                    ],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    cwd=ROOT,
                )
            )
            for out in outs
        ]
        for process in processes:
            stack.callback(process.kill)
            if process.stdout.readline() != "ready\n":
                raise RuntimeError("a worker did not start")

        def work():
            for process in processes:
                process.stdin.write("\n")
                process.stdin.flush()
            for process in processes:
                if process.wait():
                    raise RuntimeError("a worker failed")
            return [json.loads(out.read_text())["seconds"] for out in outs]

        yield processes, work


def _due(env, feeds):
    feeds.write({"next_fetch_at": "2000-01-01"})
    env.cr.commit()


def _stored(env, feeds):
    env.cr.rollback()
    env.cr.execute(
        "SELECT count(*) FROM social_crm_mention_source WHERE feed_id = ANY(%s)",
        [feeds.ids],
    )
    return env.cr.fetchone()[0]


def _lanes(env, conf, database, feeds, each, rounds):
    """The same work, other posts: one worker and two, in turns."""
    times = {1: [], 2: []}
    for number in range(rounds * 2):
        lanes = 1 + number % 2
        part = feeds[number * STREAMS : (number + 1) * STREAMS]
        with _workers(conf, database, lanes) as (_processes, work):
            _due(env, part)
            times[lanes].append(max(work()))
        if _stored(env, part) != each * STREAMS:
            raise RuntimeError(f"{_stored(env, part)} posts, not {each * STREAMS}")
        rate = each * STREAMS / times[lanes][-1]
        say(f"  lanes: {lanes}, posts a second: {rate:,.0f}")
    one, two = runtime.median(times[1]), runtime.median(times[2])
    return {
        "lanes_speedup": one / two,
        "one_lane_per_s": each * STREAMS / one,
        "two_lanes_per_s": each * STREAMS / two,
    }


def _memory(env, conf, database, feed, posts):
    with _workers(conf, database, 1) as (processes, work):
        worker = psutil.Process(processes[0].pid)
        start = worker.memory_info().rss
        peaks, done = [start], threading.Event()

        def watch():
            while not done.wait(0.05):
                with contextlib.suppress(psutil.Error):
                    peaks.append(worker.memory_info().rss)

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        _due(env, feed)
        begin = time.perf_counter()
        work()
        seconds = time.perf_counter() - begin
        done.set()
        watcher.join()
    if _stored(env, feed) != posts:
        raise RuntimeError(f"{_stored(env, feed)} posts, not {posts}")
    growth = (max(peaks) - start) / 2**20
    say(
        f"  {posts:,} posts in {seconds:.0f} s; memory {start / 2**20:.0f} MB at the"
        f" start, at most {growth:.1f} MB more"
    )
    return {"fetch_growth_mb": growth, "fetch_wall_per_s": posts / seconds}
