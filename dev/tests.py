"""``make test``: install into a fresh database, then all tests; any WARNING fails.

Arguments go to pytest: ``make test ARGS="-k mastodon"``.
"""

import os
import shutil
import subprocess
import sys
import time

from . import database, server
from .console import Failure, main, say, step
from .paths import ADDONS, BUILD, PYTHON, ROOT

DATABASE = "social_crm_test"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def test(args):
    start = time.monotonic()
    if not any(map(shutil.which, CHROMIUM)):
        raise Failure(
            "The browser tests need Chromium. On Debian: apt-get install chromium."
        )
    log = BUILD / "test.log"
    log.unlink(missing_ok=True)
    postgres = database.server()
    conf = server.write_conf(
        "test",
        postgres,
        logfile=log,
        http_port=server.free_port(),
        gevent_port=server.free_port(),
        max_cron_threads=0,
    )
    server.install(postgres, conf, DATABASE, log=BUILD / "test-install.log")
    with step("Running the tests"):
        failed = subprocess.run(
            [
                *(PYTHON, "-m", "pytest", "-p", "no:cacheprovider", "--durations=8"),
                *(f"--odoo-config={conf}", f"--odoo-database={DATABASE}"),
                *("--odoo-http", *(args or ADDONS)),
            ],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=False,
        ).returncode
    with step("Running the tests with several processes"):
        failed |= subprocess.run(
            [
                *(PYTHON, "-m", "pytest", "-p", "no:cacheprovider", "--durations=8"),
                *("-p", "no:odoo", "-p", "no:pytest_odoo", "dev/integration"),
            ],
            cwd=ROOT,
            check=False,
        ).returncode
    complaints = server.complaints(log)
    for line in complaints[:20]:
        say(line)
    minutes = (time.monotonic() - start) / 60
    if failed or complaints:
        raise Failure(
            f"tests {'failed' if failed else 'passed'}, {len(complaints)} WARNING or"
            f" ERROR lines in {log}, {minutes:.1f} minutes"
        )
    say(f"All tests passed, no WARNING in the log, {minutes:.1f} minutes.")


if __name__ == "__main__":
    main(lambda: test(sys.argv[1:]))
