"""``make quality``: the figures of docs/matching.md, into build/quality.json.

``make quality ARGS=estimate`` prints weights estimated from the data instead. The data
is looked for in ``../shared/data`` beside the checkout, or in ``$QUALITY_DATA``.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from ..bench import Figure, _commit, _processor
from ..console import Failure, main, say, step
from ..paths import BUILD, ROOT
from ..tools import python_tools
from . import DATA

TOOLS = BUILD / "quality"
FILES = (
    "persons_febrl4.parquet",
    "persons_fake_1000.csv",
    "handles_congress.parquet",
)


def _links(name, title, recall):
    return (
        Figure(f"{name}_link_precision", f"{title}: links", "precision", ">=", 0.995),
        Figure(f"{name}_link_recall", "", "recall", ">=", recall),
    )


def _suggestions(name, title):
    """Goals None here become what splink has reached."""
    return (
        Figure(f"{name}_top1_f1", f"{title}: best suggestion", "F1", ">="),
        Figure(f"{name}_top1_f1_splink", "  splink", "F1"),
        Figure(f"{name}_pairs_f1", "  all pairs", "F1", ">="),
        Figure(f"{name}_pairs_f1_splink", "  splink", "F1"),
    )


def _crowd(size, recall=None):
    return (
        Figure(f"handles_{size}_links", f"Handle, state, {size:,} others: links",
               "links", "<=", 0),
        Figure(f"handles_{size}_precision", "  very likely", "precision", ">=", 0.95),
        Figure(f"handles_{size}_recall", "", "recall", ">=" if recall else "", recall),
    )  # fmt: skip


FIGURES = (
    *_links("febrl_all", "FEBRL, number of one person", 0.91),
    *_links("febrl_email", "FEBRL, number as an e-mail", None),
    *_suggestions("febrl_place", "FEBRL, name and place"),
    *_suggestions("febrl_all", "FEBRL, all columns"),
    *_links("fake", "fake_1000", 0.33),
    *_suggestions("fake", "fake_1000, name, town, e-mail"),
    *_links("fake_birth", "fake_1000, birth date too", 0.33),
    *_suggestions("fake_birth", "fake_1000, birth date too"),
    *_crowd(0),
    *_crowd(10_000),
    *_crowd(100_000, 0.64),
    Figure("handles_100000_compared", "  candidates of a handle", "records"),
    Figure("handles_100000_alone_links", "Handle only: links", "links", "<=", 0),
    Figure("handles_100000_alone_very_likely", "  very likely", "handles", "<=", 0),
    Figure("keys_found", "Names written otherwise: found", "share", ">=", 0.95),
    Figure("keys_candidates", "  candidates of 100,000, median", "records"),
    Figure("febrl_place_per_s", "Pairs scored, name and place", "1/s"),
    Figure("own_per_s", "  without rapidfuzz", "1/s", ">=", 15_000),
    Figure("own_differs", "  decisions that differ", "pairs", "<=", 0),
    Figure("febrl_all_per_s", "Pairs scored, all columns", "1/s"),
    Figure("facts_per_s", "Facts of names", "1/s"),
)


def quality(args):
    missing = [name for name in FILES if not (DATA / name).exists()]
    if missing:
        say(f"Skipped: {DATA} has no {', '.join(missing)}. See docs/matching.md.")
        return 0
    python_tools(TOOLS, ROOT / "dev" / "requirements-quality.txt")
    if args == ["estimate"]:
        _run("estimate")
        return 0
    if args:
        raise Failure(f"No part {' '.join(args)}; there is estimate, or none for all.")
    with step("Measuring"), tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "figures.json"
        _run(out)
        found = json.loads(out.read_text())
    figures = _figures(found)
    _print(figures)
    path = BUILD / "quality.json"
    machine = {
        "cpu": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
    }
    result = {"figures": figures, "machine": machine, "commit": _commit()}
    path.write_text(json.dumps(result, indent=1) + "\n")
    say(str(path))
    return int(any(figure["ok"] is False for figure in figures.values()))


def _run(argument):
    command = [TOOLS / "bin" / "python", "-m", "dev.quality.measure", argument]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise Failure("The measurement failed; its own words are above.")


def _figures(found):
    """Return {name: {value, unit, goal, ok}} in the order of the table."""
    figures = {}
    for figure in FIGURES:
        value, goal = found[figure.name], figure.goal
        if figure.sign and goal is None:
            goal = found.get(f"{figure.name}_splink")
        ok = None
        if goal is not None:
            ok = Figure("", "", "", figure.sign, goal).is_good(value)
        figures[figure.name] = {
            "value": round(value, 4),
            "unit": figure.unit,
            "goal": None if goal is None else f"{figure.sign} {round(goal, 4)}",
            "ok": ok,
        }
    return figures


def _print(figures):
    say("")
    for figure in FIGURES:
        found = figures[figure.name]
        value = found["value"]
        shown = f"{value:,.0f}" if value >= 2 or value == 0 else f"{value:.4f}"
        mark = {True: "ok", False: "MISSED", None: ""}[found["ok"]]
        line = f"{figure.title:42} {shown:>9} {found['unit']:9}"
        say(f"{line} {found['goal'] or '':>9}  {mark}".rstrip())
    say("")


if __name__ == "__main__":
    main(lambda: quality(sys.argv[1:]))
