"""``make demo``: an Odoo with the add-on, its demo data and a network that lives.

A second run keeps the data; ``--reset`` begins again; ``--seconds N`` stops by itself.
"""

import argparse
import fcntl
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

from . import database, server
from .console import Failure, main, say, step
from .odoo_client import Client
from .paths import ADDONS, BUILD, PYTHON, ROOT

DATABASE = "social_crm_demo"
LOG = BUILD / "demo.log"
STATE = BUILD / "demo.json"
SOURCE_STATE = BUILD / "demo-source.json"
HTTP_PORT, SOURCE_PORT = 8069, 8100
START_SECONDS = 180
STOP_SECONDS = 20
TOKEN = "demo-token"  # of the local source, which has no secrets
ACCOUNTS = ("demo_account_mastodon", "demo_account_feed")
# Crons of these modules call nobody; others send mail or ask a service.
QUIET_MODULES = ("base", "social_crm", "social_crm_helpdesk_mgmt")
# What the first pages need; the first visitor would wait for it.
ASSETS = """
qweb = env["ir.qweb"]
for name in ("web.assets_web", "web.assets_web_print", "web.assets_frontend"):
    qweb._get_asset_bundle(name, css=True, js=False).css()
for name in ("web.assets_web", "web.assets_frontend_minimal"):
    qweb._get_asset_bundle(name, css=False, js=True).js()
qweb._get_asset_bundle("web.assets_frontend_lazy", css=False, js=True).js()
env.cr.commit()
"""
WELCOME = """
Social CRM is running at {url}
    admin / admin        everything
    service / service    answers customers, works on tickets
    sales / sales        own deals only
    contacts / contacts  contacts only
    priya / priya        a customer: {url}/my/social shows what we keep of her. She
                         posts every two minutes, also after she has erased it: look
                         for "Somebody" in Reporting, Mentions

Look first at
    Social CRM, Teams    "See it in two minutes" shows the way
    Social CRM           the inbox; somebody posts every half a minute, and what they
                         say arrives within one or two minutes
    Contacts             Emma Hughes (a delivery gone wrong and repaired), Tomás Rivera
                         (a fan who answers others), Oliver Clarke (compares vendors)
    People, Who is this? unknown authors: most are contacts, some only seem to be
    CRM                  "14 courier bikes for Bristol": where the deal began
    Helpdesk             "Front brake went soft": the ticket and what was said in public
    Five minutes from now the app of the bikes goes down.

Log: {log}. Ctrl-C stops everything; the data stays. make demo-reset begins again."""


def demo(args):
    start = time.monotonic()
    options = _options(args)
    BUILD.mkdir(exist_ok=True)
    # Ctrl-C and kill end the same way: children first, then we.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with _alone(), _postgres() as postgres:
        if options.reset:
            postgres.drop(DATABASE)
            SOURCE_STATE.unlink(missing_ok=True)
        if not postgres.exists(DATABASE):
            _install(postgres)
        log_start = LOG.stat().st_size if LOG.exists() else 0
        state = _state()
        with _source(postgres, state) as source_url, _odoo(postgres, options) as odoo:
            _connect(odoo.url, source_url)
            say(WELCOME.format(url=odoo.url, log=LOG))
            say(f"(ready after {time.monotonic() - start:.0f} s)")
            _wait(odoo, options.seconds)
    lines = server.complaints(LOG, log_start)
    for line in lines[:20]:
        say(line)
    say(f"Stopped. {len(lines)} WARNING or ERROR lines in the log.")
    return 0


def _options(args):
    parser = argparse.ArgumentParser(prog="make demo")
    parser.add_argument("--reset", action="store_true", help="begin again")
    parser.add_argument("--seconds", type=float, help="stop after so long")
    parser.add_argument("--port", type=int, default=HTTP_PORT, help="of the web server")
    return parser.parse_args(args)


@contextmanager
def _alone():
    """Two demos of one checkout would post to one network and write to one log."""
    with (BUILD / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Failure("The demo runs already. Stop it with Ctrl-C.") from error
        yield


# -- The database


@contextmanager
def _postgres():
    """The server; stopped at the end if we started it and nobody else is in."""
    mine = (
        not os.environ.get("PGHOST") and not (database.DATA / "postmaster.pid").exists()
    )
    postgres = database.server()
    try:
        yield postgres
    finally:
        if mine and not _in_use(postgres):
            database.stop()


def _in_use(postgres):
    connection = postgres.connect()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        count = cursor.fetchone()[0]
    connection.close()
    return count


def _install(postgres):
    """Install with demo data under another name: what is half done is never started."""
    building = f"{DATABASE}_building"
    conf = server.write_conf("demo", postgres)
    server.install(postgres, conf, building, "--with-demo", log=LOG)
    _execute(
        postgres,
        building,
        """
        UPDATE ir_cron SET active = false WHERE id IN (
            SELECT res_id FROM ir_model_data
            WHERE model = 'ir.cron' AND module <> ALL(%s));
        UPDATE res_company SET iap_enrich_auto_done = true;
        INSERT INTO ir_config_parameter (key, value)
            VALUES ('iap.endpoint', 'http://127.0.0.1:9'),
                   ('iap.partner_autocomplete.endpoint', 'http://127.0.0.1:9'),
                   ('reveal.endpoint', 'http://127.0.0.1:9'),
                   ('mail.mail.force.send.limit', '0')
            ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value
        """,
        [list(QUIET_MODULES)],
    )
    with step("Preparing the pages of the web client"):
        with LOG.open("a") as log:
            subprocess.run(
                [
                    PYTHON,
                    "-m",
                    "odoo",
                    "shell",
                    "-c",
                    conf,
                    "-d",
                    building,
                    "--no-http",
                ],
                input=ASSETS,
                stdout=log,
                stderr=log,
                text=True,
                cwd=ROOT,
                check=True,
            )
    postgres.drop(DATABASE)
    postgres.rename(building, DATABASE)
    server.move_filestore(building, DATABASE)
    _save({**_state(), "code": _code(), "company": False})


def _execute(postgres, name, query, values=()):
    connection = postgres.connect(name)
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        rows = cursor.fetchall() if cursor.description else []
    connection.close()
    return rows


def _code():
    """A hash of the add-ons: other code wants an update of the database."""
    digest = hashlib.sha256()
    for addon in ADDONS:
        for path in sorted((ROOT / addon).rglob("*")):
            if path.suffix in (".py", ".xml", ".csv", ".txt") and (
                "tests" not in path.parts
            ):
                digest.update(str(path.relative_to(ROOT)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _state():
    return json.loads(STATE.read_text()) if STATE.exists() else {}


def _save(state):
    STATE.write_text(json.dumps(state))


# -- The local source


@contextmanager
def _source(postgres, state):
    """Run the small network; its people get the pictures that it draws."""
    query = """
        SELECT a.create_date FROM social_crm_account a JOIN ir_model_data d
        ON d.model = 'social.crm.account' AND d.res_id = a.id
        WHERE d.module = 'social_crm' AND d.name = %s"""
    rows = _execute(postgres, DATABASE, query, [ACCOUNTS[0]])
    if not rows:
        raise Failure("The demo account is gone. make demo-reset begins again.")
    # The same port again where it is free: pictures are known by their address.
    port = server.free_port(state.get("source_port", SOURCE_PORT))
    with LOG.open("a") as log:
        process = subprocess.Popen(
            [PYTHON, "-m", "dev.demo_source", "--port", str(port)]
            + ["--began", rows[0][0].isoformat(), "--file", str(SOURCE_STATE)],
            stdout=log,
            stderr=log,
            cwd=ROOT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _execute(
            postgres,
            DATABASE,
            "UPDATE social_crm_identity SET avatar_url = %s || md5(uri) || '.png'"
            " WHERE (uri LIKE 'https://%%.example/%%' OR uri LIKE 'did:plc:%%demo%%')"
            " AND avatar_url IS DISTINCT FROM %s || md5(uri) || '.png'",
            [f"{url}/avatars/"] * 2,
        )
        _save({**_state(), "source_port": port})
        yield url
    finally:
        _stop(process)


# -- Odoo


class _Server:
    def __init__(self, process, url):
        self.process = process
        self.url = url


@contextmanager
def _odoo(postgres, options):
    conf = server.write_conf(
        "demo",
        postgres,
        db_name=DATABASE,
        http_port=server.free_port(options.port),
        gevent_port=server.free_port(8072),
        max_cron_threads=2,
    )
    state = _state()
    if state.get("code") != (code := _code()):
        with step("Updating the add-ons"):
            server.odoo(
                conf, "-u", ",".join(ADDONS), "--stop-after-init", "--no-http", log=LOG
            )
        _save({**_state(), "code": code})
    port = next(
        line.split(" = ")[1]
        for line in conf.read_text().splitlines()
        if line.startswith("http_port")
    )
    with LOG.open("a") as log:
        process = subprocess.Popen(
            [PYTHON, "-m", "odoo", "-c", conf],
            stdout=log,
            stderr=log,
            cwd=ROOT,
            start_new_session=True,
        )
    running = _Server(process, f"http://127.0.0.1:{port}")
    try:
        _wait_for_login(running)
        yield running
    finally:
        _stop(process)


def _wait_for_login(running):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if running.process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{running.url}/web/login", timeout=60) as page:
                if page.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    tail = "\n".join(LOG.read_text(errors="replace").splitlines()[-20:])
    raise Failure(f"Odoo did not start:\n{tail}\n(the whole log: {LOG})")


def _stop(process):
    """End a child and what it started."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(odoo, seconds):
    end = time.monotonic() + seconds if seconds else None
    try:
        while end is None or time.monotonic() < end:
            if odoo.process.poll() is not None:
                raise Failure(f"Odoo has stopped by itself; see {LOG}.")
            time.sleep(0.5)
    except KeyboardInterrupt:
        say("\nStopping …")


# -- Accounts


def _connect(url, source_url):
    """Connect two demo accounts to the local source, as a person would in the form."""
    try:
        client = Client(url, DATABASE, "admin", "admin")
    except Failure as failure:
        say(f"The accounts stay as they are: {failure}")
        return
    if not _state().get("company"):
        _name_company(client)
    host = source_url.partition("://")[2]
    for name, value in (
        ("private_hosts", host),
        ("look_servers", f"mastodon={source_url}, feed"),
    ):
        client.call("ir.config_parameter", "set_param", f"social_crm.{name}", value)
    for name, account_id in client.ids("social_crm", *ACCOUNTS).items():
        fields = ["base_url", "state", "feed_ids", "active"]
        rows = client.call("social.crm.account", "read", [account_id], fields=fields)
        account = rows[0]
        if account["base_url"] == source_url and account["state"] != "paused":
            continue
        values = {"base_url": source_url}
        if name == "demo_account_mastodon":
            values["access_token_input"] = TOKEN
        client.call("social.crm.account", "write", [account_id], values)
        client.call(
            "social.crm.feed",
            "write",
            account["feed_ids"],
            {"interval": 1, "adaptive": False},
        )
        _activate(client, account_id)


def _name_company(client):
    """The company of the stories, so that the screens make sense; once."""
    ids = client.ids("base", "main_company", "EUR")
    values = {"name": "Velorin", "currency_id": ids["EUR"]}
    client.call("res.company", "write", [ids["main_company"]], values)
    _save({**_state(), "company": True})


def _activate(client, account_id):
    client.call("social.crm.account", "action_test", [account_id])
    fields = ["name", "tested_at", "last_error"]
    account = client.call("social.crm.account", "read", [account_id], fields=fields)[0]
    if not account["tested_at"]:
        raise Failure(f"{account['name']}: {account['last_error']}")
    client.call("social.crm.account", "action_activate", [account_id])


if __name__ == "__main__":
    main(lambda: demo(sys.argv[1:]))
