"""What installing the add-on costs over ``crm`` alone.

``crm`` is installed once into an empty database. Then Odoo is started over copies of
it, in turns to install what is there already and to install the add-on: two whole
installs would differ by more than the add-on costs, on a machine that does other things
as well.
"""

import subprocess
import time

from .. import database
from ..console import say
from ..paths import PYTHON, ROOT
from . import runtime, table

TEMPLATE = "social_crm_bench_crm"
COPY = "social_crm_bench_install"


def run(conf, rounds=5):
    postgres = database.server()
    postgres.drop(TEMPLATE)
    alone = _odoo(conf, TEMPLATE, "-i", "crm")
    idle, install = [], []
    for _round in range(rounds):
        table.copy(postgres, TEMPLATE, COPY)
        idle.append(_odoo(conf, COPY, "-i", "crm"))
        install.append(_odoo(conf, COPY, "-i", "social_crm"))
    for name in (COPY, TEMPLATE):
        postgres.drop(name)
    say(f"  nothing to do: {_shown(idle)}; the add-on: {_shown(install)}")
    more = runtime.median(install) - runtime.median(idle)
    return {"install_extra_s": more, "install_crm_s": alone}


def _odoo(conf, name, *args):
    """Return the seconds from the start of Odoo to its end."""
    command = [PYTHON, "-m", "odoo", "-c", conf, "-d", name, *args]
    begin = time.perf_counter()
    subprocess.run(
        [*map(str, command), "--stop-after-init", "--no-http"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - begin


def _shown(seconds):
    return ", ".join(f"{value:.1f} s" for value in seconds)
