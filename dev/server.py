"""An Odoo of ours: its configuration, its databases, its process."""

import re
import shutil
import socket
import subprocess

from . import oca
from .console import Failure, step
from .paths import ADDONS, BUILD, PYTHON, ROOT

# Everything the add-on and its glue stand on; kept as a template database.
BASE_MODULES = ("crm", "privacy_lookup", "helpdesk_mgmt")
TEMPLATE = "social_crm_base"
TEST_DATABASE = "social_crm_test"
LOG_LINE = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ \d+ (WARNING|ERROR|CRITICAL) ")
# A browser tells Odoo's chat in two requests at once that a message arrived and that it
# was seen. The one that loses is tried again, but its first try is logged.
CHAT_RETRY = re.compile(
    r' ERROR \S+ odoo\.sql_db: bad query: .{0,4}\s*UPDATE "discuss_channel_member"'
)
RETRIED = "ERROR: could not serialize access due to concurrent update"


def free_port(wanted=0):
    """Return ``wanted`` or the next free port above it (any free one for 0)."""
    for port in range(wanted, wanted + 50) if wanted else (0,):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise Failure(f"No free port from {wanted} to {wanted + 49}.")


def write_conf(name, server, **options):
    """Write ``build/<name>.conf`` and return its path."""
    values = {
        "addons_path": f"{ROOT},{oca.ADDONS_PATH}",
        "data_dir": BUILD / "data",
        "db_host": server.host,
        "db_port": server.port,
        "db_user": server.user,
        "http_interface": "127.0.0.1",
        "list_db": False,
        **options,
    }
    if server.password:
        values["db_password"] = server.password
    BUILD.mkdir(exist_ok=True)
    path = BUILD / f"{name}.conf"
    lines = [f"{key} = {value}" for key, value in values.items()]
    path.write_text("[options]\n" + "\n".join(lines) + "\n")
    path.chmod(0o600)
    return path


def odoo(conf, *args, log=None):
    """Run Odoo to its end; on failure show the end of its log."""
    log = log or BUILD / "odoo.log"
    with log.open("a") as output:
        done = subprocess.run(
            [PYTHON, "-m", "odoo", "-c", conf, *map(str, args)],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            check=False,
        )
    if done.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-40:])
        raise Failure(f"Odoo failed:\n{tail}\n(the whole log: {log})")


def complaints(log, start=0):
    """The WARNING and ERROR lines of a log file from offset ``start`` on."""
    if not log.exists():
        return []
    with log.open(errors="replace") as file:
        file.seek(start)
        lines = file.read().splitlines()
    return [
        line
        for line, following in zip(lines, [*lines, ""][1:], strict=True)
        if LOG_LINE.match(line)
        and not (CHAT_RETRY.search(line) and following.startswith(RETRIED))
    ]


def base_database(server, demo=False):
    """Make the template database with what we stand on, once; return its name."""
    name = TEMPLATE + ("_demo" if demo else "")
    if server.exists(name):
        return name
    building = f"{name}_building"
    server.drop(building)
    conf = write_conf("base", server)
    with step(f"Installing {', '.join(BASE_MODULES)} (about a minute)"):
        args = ["-d", building, "-i", ",".join(BASE_MODULES), "--stop-after-init"]
        odoo(conf, *args, *(["--with-demo"] if demo else []), "--no-http")
    server.rename(building, name)
    move_filestore(building, name)
    return name


def filestore(database):
    return BUILD / "data" / "filestore" / database


def move_filestore(database, new):
    """The attachments of a renamed database."""
    shutil.rmtree(filestore(new), ignore_errors=True)
    if filestore(database).exists():
        filestore(database).rename(filestore(new))


def copy_filestore(template, database):
    """The attachments of a copied database: pictures of its demo data, assets."""
    shutil.rmtree(filestore(database), ignore_errors=True)
    if filestore(template).exists():
        shutil.copytree(filestore(template), filestore(database))


def install(server, conf, database, *args, log=None):
    """Make ``database`` from the template and install the add-ons into it."""
    template = base_database(server, demo="--with-demo" in args)
    server.copy(template, database)
    copy_filestore(template, database)
    with step(f"Installing {', '.join(ADDONS)}"):
        command = ["-d", database, "-i", ",".join(ADDONS), "--stop-after-init"]
        odoo(conf, *command, "--no-http", *args, log=log)
