"""From an empty database to an installed add-on, beside ``crm`` alone.

Each run is a process and a database of its own, the two kinds in turns: what else the
machine does meets both.
"""

import subprocess
import time

from .. import database
from ..console import say
from ..paths import PYTHON, ROOT
from . import runtime

DATABASE = "social_crm_bench_install"
# In the order of a round.
KINDS = {"crm": "crm", "ours": "crm,social_crm"}


def run(conf, rounds=3):
    postgres = database.server()
    spent = {kind: [] for kind in KINDS}
    for _round in range(rounds):
        for kind, modules in KINDS.items():
            spent[kind].append(_install(postgres, conf, modules))
    more = [
        ours - alone for alone, ours in zip(spent["crm"], spent["ours"], strict=True)
    ]
    for kind, seconds in spent.items():
        say(f"  {kind:4} " + ", ".join(f"{value:.1f} s" for value in seconds))
    return {
        "install_extra_s": runtime.median(more),
        "install_crm_s": runtime.median(spent["crm"]),
    }


def _install(postgres, conf, modules):
    """Return the seconds from starting Odoo on a new database to its end."""
    postgres.drop(DATABASE)
    begin = time.perf_counter()
    command = [PYTHON, "-m", "odoo", "-c", conf, "-d", DATABASE, "-i", modules]
    subprocess.run(
        [*map(str, command), "--stop-after-init", "--no-http"], cwd=ROOT, check=True
    )
    spent = time.perf_counter() - begin
    postgres.drop(DATABASE)
    return spent
