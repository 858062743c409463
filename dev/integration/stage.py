"""What the tests with real servers stand on: a running Odoo, a browser, patience."""

import json
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager

import requests
from playwright.sync_api import expect, sync_playwright

from .. import database, server
from ..paths import BUILD, PYTHON, ROOT
from ..tests import CHROMIUM
from .customers import http_session

# What a running `make peers` writes.
ADDRESSES = BUILD / "peers.json"
# A server takes up to 15 s to deliver a mention, a busy machine its time to show it.
PATIENCE = 60
DESK = {"width": 1400, "height": 900}
PHONE = {"width": 390, "height": 844}

expect.set_options(timeout=PATIENCE * 1000)


def wait(what, test, pause=0.3):
    """Call ``test`` until it returns something true; return that."""
    end = time.monotonic() + PATIENCE
    while not (found := test()):
        assert time.monotonic() < end, f"{what}: not within {PATIENCE} s"
        time.sleep(pause)
    return found


def running_peers():
    """What `make peers` says while it runs, else nothing."""
    try:
        found = json.loads(ADDRESSES.read_text())
        for peer in found.values():
            http_session().get(peer["base_url"], timeout=5)
    except (OSError, ValueError):
        return {}
    return found


@contextmanager
def copied_database(template, name):
    """A copy of a database with its files, gone afterwards."""
    postgres = database.server()
    postgres.copy(template, name)
    server.copy_filestore(template, name)
    try:
        yield
    finally:
        postgres.drop(name)
        shutil.rmtree(server.filestore(name), ignore_errors=True)


@contextmanager
def odoo_process(name, database_name, log):
    """A server with its scheduler; yields how to wait for its address."""
    port = server.free_port()
    conf = server.write_conf(
        name, database.server(), logfile=log, http_port=port, max_cron_threads=1
    )
    base_url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [PYTHON, "-m", "odoo", "-c", conf, "-d", database_name],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Ctrl-C is for us.
        start_new_session=True,
    )

    def answers():
        assert process.poll() is None, log.read_text()[-4000:]
        try:
            http_session().get(f"{base_url}/web/health", timeout=5).raise_for_status()
        except (requests.ConnectionError, requests.Timeout):
            return False
        return True

    def address():
        wait("Odoo", answers)
        return base_url

    try:
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def browser_page():
    chromium = next(filter(None, map(shutil.which, CHROMIUM)))
    with sync_playwright() as playwright:
        # Root has no sandbox, and the pages are our own.
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"]
        )
        page = browser.new_page(locale="en-US", viewport=DESK)
        page.set_default_timeout(PATIENCE * 1000)
        yield page
        browser.close()
