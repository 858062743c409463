"""Upgrade from the previous state of the add-ons, and what an uninstall leaves.

Every Odoo here is a stranger's: nothing is installed beside what Odoo itself needs.
"""

import io
import json
import shutil
import subprocess
import sys
import tarfile
import time

import pytest

from .. import database, oca, server
from ..console import Failure
from ..odoo_client import Client
from ..paths import ADDONS, BUILD, PYTHON, ROOT

DATABASE = "social_crm_lifecycle"
LOG = BUILD / "lifecycle.log"
PREVIOUS = BUILD / "previous"
START_SECONDS = 60
COUNTED = (
    "social_crm_account",
    "social_crm_feed",
    "social_crm_identity",
    "social_crm_conversation",
    "social_crm_mention",
    "social_crm_mention_source",
    "social_crm_topic",
    "res_partner",
    "crm_lead",
    "helpdesk_ticket",
)
# What a company does in a year, in small; ``kept`` is what must stay without us.
USE = """
import json
from odoo.addons.social_crm.tests.common import author, post

company = env.company
account = env["social.crm.account"].create({"name": "Acme", "network": "mastodon"})
feed = env["social.crm.feed"].create({"account_id": account.id, "kind": "mentions"})
env["social.crm.mention"]._ingest(
    feed, [post(uid, by=author(f"p{uid}")) for uid in range(1, 4)]
)
identity = env["social.crm.identity"].search([("uri", "=", author("p1").uri)])
partner = env["res.partner"].create({"name": "Kept contact"})
lead = env["crm.lead"].create({"name": "Kept lead", "partner_id": partner.id})
ticket = env["helpdesk.ticket"].create(
    {"name": "Kept ticket", "description": "Text", "partner_id": partner.id}
)
identity._link(partner, "manual")
conversation = identity.conversation_ids
conversation.write({"lead_id": lead.id, "ticket_id": ticket.id})
conversation.message_post(body="A note", attachments=[("a.txt", b"text")])
conversation.activity_schedule("mail.mail_activity_data_todo", summary="Call")
account.activity_schedule("social_crm.mail_activity_type_login", summary="Log in")
lead.message_post(body="A note that stays")
env["social.crm.bad.item"].create({"feed_id": feed.id, "error": "No author."})
env["social.crm.media"].create(
    {"key": "k", "picture": env.company.logo, "fetched_at": "2026-01-01"}
)
env["ir.filters"].create({"name": "Mine", "model_id": "social.crm.conversation"})
env["ir.default"].set("social.crm.feed", "interval", 7)
parameters = env["ir.config_parameter"]
parameters.set_param("social_crm.private_hosts", "a.intranet:80")
parameters.set_param("social_crm.fetch_lanes", "2")
env["ir.attachment"].create(
    {"name": "On a conversation", "raw": b"text", "res_model": conversation._name,
     "res_id": conversation.id}
)
env.cr.commit()
kept = {"res_partner": partner.id, "crm_lead": lead.id, "helpdesk_ticket": ticket.id}
print("KEPT", json.dumps(kept))
"""
UNINSTALL = """
module = env["ir.module.module"].search([("name", "=", "social_crm")])
wizard = env["base.module.uninstall"].create({"module_ids": module.ids})
wizard.action_uninstall()
"""
# What may be left of us, and how to find it.
TRACES = {
    "scheduled actions": "ir_act_server WHERE name->>'en_US' LIKE 'Social CRM%'",
    "triggers": "ir_cron c LEFT JOIN ir_act_server a ON a.id = c.ir_actions_server_id"
    " WHERE a.id IS NULL",
    "parameters": "ir_config_parameter WHERE key LIKE 'social_crm%'",
    "attachments": "ir_attachment WHERE res_model LIKE 'social.crm.%'",
    "filters": "ir_filters WHERE model_id LIKE 'social.crm.%'",
    "activities": "mail_activity WHERE res_model LIKE 'social.crm.%'",
    "messages": "mail_message WHERE model LIKE 'social.crm.%'",
    "followers": "mail_followers WHERE res_model LIKE 'social.crm.%'",
    "notified messages": "mail_notification n LEFT JOIN mail_message m"
    " ON m.id = n.mail_message_id WHERE m.id IS NULL",
    "external ids": "ir_model_data WHERE module LIKE 'social_crm%'",
    "models": "ir_model WHERE model LIKE 'social.crm.%'",
    "fields": "ir_model_fields WHERE name LIKE 'social_crm%'",
    "views": "ir_ui_view WHERE arch_db->>'en_US' LIKE '%social_crm%'",
    "groups": "res_groups g JOIN res_groups_privilege p ON p.id = g.privilege_id"
    " WHERE p.name->>'en_US' = 'Social CRM'",
}
# Compared with a database that never had us.
SAME = {
    "tables": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
    "columns": "SELECT table_name || '.' || column_name FROM information_schema.columns"
    " WHERE table_schema = 'public'",
    "indexes": "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'",
    "activity types": "SELECT name->>'en_US' FROM mail_activity_type",
    "utm sources": "SELECT name FROM utm_source",
    "utm mediums": "SELECT name FROM utm_medium",
    "utm campaigns": "SELECT name FROM utm_campaign",
    "scheduled actions": "SELECT cron_name FROM ir_cron",
    "menus": "SELECT name->>'en_US' FROM ir_ui_menu",
}


def git(*args):
    done = subprocess.run(["git", *args], cwd=ROOT, capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else b""


def previous_commit():
    """The last commit whose add-ons are not those of now; "" if git knows none."""
    changed = git("status", "--porcelain", "--", *ADDONS).strip()
    last = git("rev-list", "-1", "HEAD", "--", *ADDONS).decode().strip()
    if last and not changed:
        last = git("rev-parse", "--verify", "-q", f"{last}^").decode().strip()
    return last


def unpack(commit):
    """Put the add-ons of ``commit`` into PREVIOUS."""
    shutil.rmtree(PREVIOUS, ignore_errors=True)
    PREVIOUS.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(git("archive", commit, *ADDONS))) as archive:
        if sys.version_info >= (3, 12):
            archive.extractall(PREVIOUS, filter="data")
        else:
            archive.extractall(PREVIOUS)


def odoo(conf, *args, code=None):
    """Run Odoo as a stranger has it; return what ``code`` printed in its shell."""
    begin = ("shell",) if code else ()
    command = [PYTHON, "-m", "dev.integration.plain", *begin, "-c", conf]
    done = subprocess.run(
        [*map(str, command), "-d", DATABASE, "--no-http", *args],
        cwd=ROOT,
        input=code,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, LOG.read_text()[-4000:] + done.stderr[-4000:]
    return done.stdout


def conf_of(name, folder, postgres):
    return server.write_conf(
        name,
        postgres,
        addons_path=f"{folder},{oca.ADDONS_PATH}",
        logfile=LOG,
        max_cron_threads=0,
        http_port=server.free_port(),
        gevent_port=server.free_port(),
    )


def rows(postgres, query, name=DATABASE):
    connection = postgres.connect(name)
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()
    finally:
        connection.close()


def counts(postgres):
    query = " UNION ALL ".join(f"SELECT '{t}', count(*) FROM {t}" for t in COUNTED)
    return dict(rows(postgres, query))


@pytest.fixture(scope="module")
def lifecycle():
    """A database of the previous commit with demo data, upgraded to the present one."""
    postgres = database.server()
    LOG.unlink(missing_ok=True)
    base = server.base_database(postgres)
    postgres.copy(base, DATABASE)
    server.copy_filestore(base, DATABASE)
    # Our demo data needs none of other modules, but Odoo wants them to have theirs.
    rows(postgres, "UPDATE ir_module_module SET demo = TRUE RETURNING id")
    now = conf_of("lifecycle", ROOT, postgres)
    commit = previous_commit()
    install = ["-i", ",".join(ADDONS), "--with-demo", "--stop-after-init"]
    found = {"postgres": postgres, "conf": now, "commit": commit}
    try:
        if commit:
            unpack(commit)
            odoo(conf_of("lifecycle-previous", PREVIOUS, postgres), *install)
            found["before"] = counts(postgres)
            found["log_start"] = LOG.stat().st_size
            odoo(now, "-u", ",".join(ADDONS), "--stop-after-init")
        else:
            odoo(now, *install)
        yield found
    finally:
        postgres.drop(DATABASE)
        shutil.rmtree(server.filestore(DATABASE), ignore_errors=True)


def log_in(conf):
    """Return a client of a server that runs, and its process."""
    process = subprocess.Popen(
        [PYTHON, "-m", "dev.integration.plain", "-c", conf, "-d", DATABASE],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    port = next(
        line.partition(" = ")[2]
        for line in conf.read_text().splitlines()
        if line.startswith("http_port")
    )
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            client = Client(f"http://127.0.0.1:{port}", DATABASE, "admin", "admin")
            return client, process
        except Failure:
            if process.poll() is not None or time.monotonic() > end:
                process.kill()
                raise
            time.sleep(0.3)


def test_upgrade_from_the_previous_commit(lifecycle):
    if not lifecycle["commit"]:
        pytest.skip("git knows no earlier state of the add-ons")
    before = lifecycle["before"]
    assert before["social_crm_mention"] > 100, "there was nothing to keep"
    assert counts(lifecycle["postgres"]) == before
    client, process = log_in(lifecycle["conf"])
    try:
        shown = client.call(
            "social.crm.conversation",
            "web_search_read",
            domain=[],
            specification={"display_name": {}, "identity_id": {}},
            limit=20,
        )
        (lead,) = client.call("crm.lead", "search", [], limit=1)
        client.call("crm.lead", "web_read", [lead], specification={"name": {}})
    finally:
        process.terminate()
        process.wait(20)
    assert len(shown["records"]) == 20
    assert server.complaints(LOG, lifecycle["log_start"]) == []


def test_nothing_of_us_is_left(lifecycle):
    postgres, conf = lifecycle["postgres"], lifecycle["conf"]
    said = odoo(conf, code=USE)
    kept = json.loads(said.partition("KEPT ")[2].splitlines()[0])
    leads = rows(postgres, "SELECT count(*) FROM mail_message WHERE model = 'crm.lead'")
    log_start = LOG.stat().st_size
    odoo(conf, code=UNINSTALL)
    for table, record_id in kept.items():
        query = f"SELECT count(*) FROM {table} WHERE id = {record_id}"
        assert rows(postgres, query) == [(1,)], f"{table} did not stay"
    assert leads[0][0] > 0
    left = {
        what: count
        for what, where in TRACES.items()
        if (count := rows(postgres, f"SELECT count(*) FROM {where}")[0][0])
    }
    assert left == {}
    for what, query in SAME.items():
        ours = set(rows(postgres, query))
        assert ours == set(rows(postgres, query, server.TEMPLATE)), what
    assert server.complaints(LOG, log_start) == []


def test_installs_again(lifecycle):
    """With nothing but what Odoo needs, and after an uninstall."""
    log_start = LOG.stat().st_size
    odoo(lifecycle["conf"], "-i", ",".join(ADDONS), "--stop-after-init")
    query = "SELECT state FROM ir_module_module WHERE name LIKE 'social\\_crm%'"
    assert rows(lifecycle["postgres"], query) == [("installed",)] * len(ADDONS)
    assert server.complaints(LOG, log_start) == []


@pytest.mark.parametrize("part", ["connectors", "understanding", "matching"])
def test_parts_without_odoo_need_nothing_else(part):
    if not (ROOT / "social_crm" / part).exists():
        pytest.skip("comes with a later issue")
    code = f"""
import importlib, sys, types
from dev.integration.plain import Blocker
sys.meta_path.insert(0, Blocker())
# The folder alone: the package around it is Odoo's.
sys.modules["alone"] = alone = types.ModuleType("alone")
alone.__path__ = [{str(ROOT / "social_crm")!r}]
importlib.import_module("alone.{part}")
found = {{name.partition(".")[0] for name in sys.modules}}
print(sorted(found & {{"odoo", "psycopg2", "werkzeug", "babel", "PIL"}}))
"""
    done = subprocess.run(
        [PYTHON, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr
