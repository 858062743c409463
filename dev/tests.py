"""``make test``: install into a fresh database, then all tests; any WARNING fails.

Arguments go to pytest, and then only Odoo's own tests run:
``make test ARGS="-k mastodon"``.
"""

import os
import shutil
import subprocess
import sys
import time

from . import database, server, translations
from .console import Failure, main, say, step
from .paths import ADDONS, BUILD, PYTHON, ROOT
from .server import TEST_DATABASE as DATABASE

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def test(args):
    start = time.monotonic()
    if not any(map(shutil.which, CHROMIUM)):
        raise Failure(
            "The browser tests need Chromium. On Debian: apt-get install chromium."
        )
    logs = [BUILD / "test-install.log", BUILD / "test.log"]
    for log in logs:
        log.unlink(missing_ok=True)
    postgres = database.server()
    conf = server.write_conf(
        "test",
        postgres,
        logfile=logs[1],
        http_port=server.free_port(),
        gevent_port=server.free_port(),
        max_cron_threads=0,
        # The many small servers of the connector tests count as memory.
        limit_memory_hard=0,
    )
    server.install(postgres, conf, DATABASE, "--logfile=", log=logs[0])
    faults = []
    if not args:
        faults += [
            f"{addon}: the texts to translate have changed; run make pot"
            for addon in translations.outdated(conf)
        ]
    odoo = (f"--odoo-config={conf}", f"--odoo-database={DATABASE}", "--odoo-http")
    with step("Running the tests in Odoo"):
        if _pytest(*odoo, *(args or ADDONS)):
            faults.append("tests in Odoo failed")
    if not args:
        with step("Running the tests with several processes and real servers"):
            if _pytest("-p", "no:odoo", "dev/integration"):
                faults.append("tests with several processes failed")
    for log in logs:
        lines = server.complaints(log)
        faults += [f"{log.name}: {line}" for line in lines[:20]]
    minutes = (time.monotonic() - start) / 60
    if faults:
        raise Failure("\n".join([*faults, f"({minutes:.1f} minutes)"]))
    say(f"All tests passed, no WARNING in the log, {minutes:.1f} minutes.")


def _pytest(*args):
    command = [PYTHON, "-m", "pytest", "-p", "no:cacheprovider", "--durations=8"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([*command, *args], cwd=ROOT, env=env, check=False).returncode


if __name__ == "__main__":
    main(lambda: test(sys.argv[1:]))
