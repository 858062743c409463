"""``make bench``: the figures that docs/benchmarks.md explains, into build/bench.json.

``make bench ARGS=--small`` for a quick look with 50,000 rows instead of a million;
names of parts (ingest, timeline, fetching, relink, inbox, screens, match, install) for
some.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from . import database, server
from .benchmarks import table
from .console import Failure, main, say, step
from .paths import BUILD, PYTHON, ROOT

LARGE, SMALL, TINY = 1_000_000, 50_000, 10_000
WORK, WORK_TINY = "social_crm_bench", "social_crm_bench_tiny"
PARTS = (
    "timeline",
    "ingest",
    "fetching",
    "relink",
    "inbox",
    "screens",
    "match",
    "install",
)


@dataclass(frozen=True)
class Figure:
    """A number and what it must reach: at least (>=) or at most (<=) so much."""

    name: str
    title: str
    unit: str
    sign: str = ""
    goal: float | None = None

    def is_good(self, value):
        if self.goal is None:
            return None
        return value >= self.goal if self.sign == ">=" else value <= self.goal


FIGURES = (
    Figure("ingest_per_s", "New mentions stored", "1/s per core", ">=", 2000),
    Figure("ingest_wall_per_s", "  the same by the clock, one worker", "1/s"),
    Figure("ingest_postgres_share", "  of it in PostgreSQL", "share"),
    Figure("parse_per_s", "  reading the network's JSON alone", "1/s per core"),
    Figure("insert_per_s", "  yardstick: INSERT … ON CONFLICT", "1/s per core"),
    Figure("ingest_vs_insert", "  beside it", "times", ">=", 0.25),
    Figure("mail_gateway_per_s", "  yardstick: mail gateway", "1/s per core"),
    Figure("ingest_vs_mail_gateway", "  beside it", "times", ">=", 200),
    Figure("refetch_per_s", "Known posts, unchanged", "1/s per core", ">=", 12_000),
    Figure("refetch_wall_per_s", "  the same by the clock", "1/s"),
    Figure("refetch_json_per_s", "  with reading the JSON", "1/s per core"),
    Figure(
        "refetch_changed_per_s",
        "Known posts, all counts new",
        "1/s per core",
        ">=",
        4000,
    ),
    Figure("refetch_changed_wall_per_s", "  the same by the clock", "1/s"),
    Figure("refetch_changed_json_per_s", "  with reading the JSON", "1/s per core"),
    Figure("queries_per_page_10", "Queries for a page of 10", "queries"),
    Figure("queries_per_page_100", "  of 100", "queries", "<=", 0),
    Figure("queries_per_page_200", "  of 200", "queries", "<=", 0),
    Figure("timeline_p95_ms", "Timeline of a contact, p95", "ms", "<=", 20),
    Figure("timeline_median_ms", "  median", "ms"),
    Figure("timeline_growth", "  beside 10,000 mentions", "times", "<=", 1.5),
    Figure("timeline_company_p95_ms", "Company, its lead, p95", "ms", "<=", 45),
    Figure("inbox_p95_ms", "Inbox, its list and counter, p95", "ms", "<=", 100),
    Figure("team_cards_p95_ms", "  cards of the teams", "ms"),
    Figure("reading_p95_ms", "  a conversation beside it", "ms"),
    Figure("screen_extra_queries", "Queries more on other screens", "queries", "<=", 3),
    Figure("screen_extra_growth", "  for 80 records beside 10", "queries", "<=", 0),
    Figure("fetch_growth_mb", "Memory of a worker, long fetch", "MB", "<=", 60),
    Figure("fetch_wall_per_s", "  posts fetched over HTTP", "1/s"),
    Figure("lanes_speedup", "Two lanes beside one", "times", ">=", 1.6),
    Figure("one_lane_per_s", "  one lane", "1/s"),
    Figure("two_lanes_per_s", "  two lanes", "1/s"),
    Figure("relink_s", "Heaviest profile gets a contact", "s", "<=", 1),
    Figure("relink_complete_s", "  complete", "s"),
    Figure("match_median_ms", "Who may it be, of a million", "ms", "<=", 25),
    Figure("match_p95_ms", "  p95", "ms"),
    Figure("match_hit_share", "  the right one is found", "share", ">=", 0.95),
    Figure("match_queries", "  queries", "queries"),
    Figure("match_pass_per_s", "Profiles compared, whole pass", "1/s", ">=", 300),
    Figure("match_batch_s", "  slowest batch, with its locks", "s", "<=", 1),
    Figure("match_index_per_s", "  contacts indexed", "1/s"),
    Figure("install_extra_s", "Install, over crm alone", "s", "<=", 10),
    Figure("install_crm_s", "  crm alone", "s"),
)
# Tables that new posts write: mentions, conversations, profiles, sources. For 200 posts
# one query more for each is allowed.
WRITTEN = 4


def bench(args):
    names = [arg for arg in args if not arg.startswith("--")] or list(PARTS)
    if unknown := set(names) - set(PARTS):
        raise Failure(f"No part {', '.join(unknown)}; there are {', '.join(PARTS)}.")
    is_small = "--small" in args
    begin = time.monotonic()
    log = BUILD / "bench.log"
    log.unlink(missing_ok=True)
    postgres = database.server()
    options = {"max_cron_threads": 0, "logfile": log, "log_level": "warn"}
    conf = server.write_conf("bench", postgres, **options)
    table.install(postgres, conf)
    mentions = SMALL if is_small else LARGE
    large = table.template(postgres, conf, mentions)
    tiny = table.template(postgres, conf, TINY)
    with step("Copying the databases"):
        table.copy(postgres, large, WORK)
        table.copy(postgres, tiny, WORK_TINY)
    found, load = {}, [os.getloadavg()[0]]
    for name in PARTS:
        if name in names:
            with step(f"Measuring {name}"):
                found |= _measure(name, conf, _options(name, conf, mentions, is_small))
            load.append(os.getloadavg()[0])
    for name in (WORK, WORK_TINY):
        postgres.drop(name)
    figures = _figures(found)
    _print(figures)
    path = BUILD / ("bench-small.json" if is_small else "bench.json")
    _save(path, figures, postgres, mentions, max(load))
    say(f"{(time.monotonic() - begin) / 60:.1f} minutes; {path}")
    if complaints := server.complaints(log):
        raise Failure(f"{complaints[0]}\n({len(complaints)} such lines in {log})")
    return int(any(figure["ok"] is False for figure in figures.values()))


def _options(name, conf, mentions, is_small):
    few = is_small
    return {
        "timeline": {
            "large": [WORK, mentions],
            "small": [WORK_TINY, TINY],
            "rounds": 2 if few else 5,
        },
        "ingest": {
            "database": WORK,
            "runs": 2 if few else 5,
            "posts": 4000 if few else 8000,
        },
        "fetching": {
            "conf": str(conf),
            "database": WORK,
            "posts": 10_000 if few else 100_000,
            "rounds": 1 if few else 3,
        },
        "relink": {"database": WORK, "mentions": mentions},
        "inbox": {"database": WORK, "rounds": 2 if few else 5},
        "screens": {"database": WORK},
        "match": {
            "database": WORK,
            "contacts": mentions,
            "people": 1000 if few else 10_000,
        },
        "install": {"conf": str(conf), "rounds": 2 if few else 5},
    }[name]


def _measure(name, conf, options):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "figures.json"
        done = subprocess.run(
            [PYTHON, "-m", "dev.benchmarks", name, conf, out, json.dumps(options)],
            cwd=ROOT,
            check=False,
        )
        if done.returncode:
            raise Failure(f"The benchmark {name} failed; see {BUILD / 'bench.log'}.")
        return json.loads(out.read_text())


def _figures(found):
    """Return {name: {value, unit, goal, ok}} in the order of the table."""
    figures = {}
    for figure in FIGURES:
        if figure.name not in found:
            continue
        goal, sign, value = figure.goal, figure.sign, found[figure.name]
        if figure.name.startswith("queries_per_page_") and sign:
            extra = WRITTEN if figure.name.endswith("_200") else 0
            goal = found["queries_per_page_10"] + extra
            figure = Figure(figure.name, figure.title, figure.unit, sign, goal)
        figures[figure.name] = {
            "value": round(value, 3),
            "unit": figure.unit,
            "goal": None if goal is None else f"{sign} {goal}",
            "ok": figure.is_good(value),
        }
    return figures


def _print(figures):
    titles = {figure.name: figure.title for figure in FIGURES}
    say("")
    for name, figure in figures.items():
        value = figure["value"]
        shown = f"{value:,.0f}" if value >= 100 else f"{value:,.2f}"
        mark = {True: "ok", False: "MISSED", None: ""}[figure["ok"]]
        goal = figure["goal"] or ""
        line = f"{titles[name]:38} {shown:>10} {figure['unit']:13} {goal:>9}  {mark}"
        say(line.rstrip())
    say("")


def _save(path, figures, postgres, mentions, load):
    machine = {
        "cpu": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "postgresql": _version(postgres),
        "mentions": mentions,
        # Above the number of cores: something else kept the machine busy.
        "load": round(load, 1),
    }
    result = {"figures": figures, "machine": machine, "commit": _commit()}
    path.write_text(json.dumps(result, indent=1) + "\n")


def _processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2] for line in lines if line.startswith("model name"))
    return next(names, platform.machine()).strip()


def _version(postgres):
    connection = postgres.connect()
    version = connection.server_version
    connection.close()
    return f"{version // 10000}.{version % 10000}"


def _commit():
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()


if __name__ == "__main__":
    main(lambda: bench(sys.argv[1:]))
