"""``make test``: install into a fresh database, then all tests; any WARNING fails.

Those with a browser run beside the others, over a copy of the database. Arguments go to
pytest, and then only Odoo's own tests run, one after the other:
``make test ARGS="-k mastodon"``.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from . import database, server, translations
from .console import Failure, main, say, step
from .paths import ADDONS, BUILD, PYTHON, ROOT
from .server import TEST_DATABASE as DATABASE

BROWSER = f"{DATABASE}_browser"
USES_BROWSER = re.compile(r"\b(start_tour|browser_js)\(")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def test(args):
    start = time.monotonic()
    if not any(map(shutil.which, CHROMIUM)):
        raise Failure(
            "The browser tests need Chromium. On Debian: apt-get install chromium."
        )
    names = ("test-install.log", "test.log", "test-browser.log")
    logs = [BUILD / name for name in names]
    for log in logs:
        log.unlink(missing_ok=True)
    postgres = database.server()
    conf = _conf("test", postgres, logs[1])
    server.install(postgres, conf, DATABASE, "--logfile=", log=logs[0])
    faults = []
    if not args:
        faults += [
            f"{addon}: the texts to translate have changed; run make pot"
            for addon in translations.outdated(conf)
        ]
    with step("Running the tests in Odoo"):
        if args:
            failed = _pytest(*_in_odoo(conf, DATABASE), *args)
        else:
            browser = _conf("test-browser", postgres, logs[2])
            failed = _side_by_side(postgres, conf, browser)
        if failed:
            faults.append("tests in Odoo failed")
    if not args:
        with step("Running the tests with several processes and real servers"):
            if _pytest("-p", "no:odoo", "dev/integration"):
                faults.append("tests with several processes failed")
    for log in filter(Path.exists, logs):
        lines = server.complaints(log)
        faults += [f"{log.name}: {line}" for line in lines[:20]]
    minutes = (time.monotonic() - start) / 60
    if faults:
        raise Failure("\n".join([*faults, f"({minutes:.1f} minutes)"]))
    say(f"All tests passed, no WARNING in the log, {minutes:.1f} minutes.")


def _conf(name, postgres, log):
    return server.write_conf(
        name,
        postgres,
        logfile=log,
        http_port=server.free_port(),
        gevent_port=server.free_port(),
        max_cron_threads=0,
        # The many small servers of the connector tests count as memory.
        limit_memory_hard=0,
    )


def _side_by_side(postgres, conf, browser_conf):
    """Run all tests in Odoo, in two processes; return whether one failed."""
    postgres.copy(DATABASE, BROWSER)
    server.copy_filestore(DATABASE, BROWSER)
    files = [file for addon in ADDONS for file in (ROOT / addon).rglob("test_*.py")]
    in_browser = {file for file in files if USES_BROWSER.search(file.read_text())}
    said = BUILD / "test-browser.out"
    with said.open("w") as out:
        options = _in_odoo(browser_conf, BROWSER)
        beside = _start_pytest(*options, *sorted(in_browser), stdout=out)
        options = _in_odoo(conf, DATABASE)
        failed = _pytest(*options, *sorted(set(files) - in_browser))
        failed = beside.wait() or failed
    say(said.read_text())
    postgres.drop(BROWSER)
    return failed


def _in_odoo(conf, name):
    return f"--odoo-config={conf}", f"--odoo-database={name}", "--odoo-http"


def _pytest(*args):
    return _start_pytest(*args).wait()


def _start_pytest(*args, stdout=None):
    command = [PYTHON, "-m", "pytest", "-p", "no:cacheprovider", "--durations=8"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([*command, *args], cwd=ROOT, env=env, stdout=stdout)


if __name__ == "__main__":
    main(lambda: test(sys.argv[1:]))
