"""PostgreSQL: the server named by ``PGHOST`` or one of our own under ``build/pg``.

Runs under ``.venv``, which brings the embedded server.
"""

import os
import subprocess
from dataclasses import dataclass

import psycopg2
from psycopg2 import sql

from .console import Failure, step
from .paths import BUILD

DATA = BUILD / "pg"
# Nothing here is worth keeping through a power cut; speed is.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "max_connections": "200",
    "random_page_cost": "1.1",
}


@dataclass(frozen=True)
class Server:
    """Where the databases are; ``user`` may create databases and is not postgres."""

    host: str
    port: int
    user: str
    password: str = ""

    def connect(self, database="postgres"):
        connection = psycopg2.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password or None,
            dbname=database,
        )
        connection.autocommit = True
        return connection

    def _execute(self, query, *names):
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql.SQL(query).format(*map(sql.Identifier, names)))
        finally:
            connection.close()

    def exists(self, database):
        connection = self.connect()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
            found = cursor.fetchone()
        connection.close()
        return bool(found)

    def drop(self, database):
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", database)

    def copy(self, template, database):
        self.drop(database)
        self._execute("CREATE DATABASE {} TEMPLATE {}", database, template)

    def rename(self, database, new):
        self._execute("ALTER DATABASE {} RENAME TO {}", database, new)


def server():
    """Start or find the server."""
    if host := os.environ.get("PGHOST"):
        user = os.environ.get("PGUSER", "odoo")
        if user == "postgres":
            raise Failure("Odoo refuses the database user postgres: set PGUSER.")
        port = int(os.environ.get("PGPORT", "5432"))
        found = Server(host, port, user, os.environ.get("PGPASSWORD", ""))
        try:
            found.connect().close()
        except psycopg2.OperationalError as error:
            raise Failure(f"PGHOST={host}: {error}") from error
        return found
    return _embedded()


def _embedded():
    os.environ.setdefault("XDG_RUNTIME_DIR", str(_runtime()))
    import pgserver

    new = not (DATA / "PG_VERSION").exists()
    running = pgserver.get_server(DATA, cleanup_mode=None)
    if new:
        with step("Creating the embedded PostgreSQL"):
            with (DATA / "postgresql.auto.conf").open("a") as conf:
                conf.writelines(f"{k} = '{v}'\n" for k, v in SETTINGS.items())
            _control("restart")
            subprocess.run(
                [_binary("psql"), _uri(running)],
                input="CREATE ROLE odoo SUPERUSER LOGIN;",
                text=True,
                check=True,
                stdout=subprocess.DEVNULL,
            )
    return Server(str(running.get_postmaster_info().socket_dir), 5432, "odoo")


def _uri(running):
    folder = running.get_postmaster_info().socket_dir
    return f"postgresql://postgres@/postgres?host={folder}"


def _runtime():
    folder = BUILD / "run"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _binary(name):
    from pgserver._commands import POSTGRES_BIN_PATH

    return str(POSTGRES_BIN_PATH / name)


def _control(action):
    user = "pgserver" if os.geteuid() == 0 else None
    # Started servers must not keep our output open: whoever reads it would wait.
    done = subprocess.run(
        [_binary("pg_ctl"), "-D", str(DATA), "-w", "-m", "fast", action]
        + (["-l", str(DATA / "log")] if action != "stop" else []),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        user=user,
        cwd="/",
        check=False,
    )
    if done.returncode:
        raise Failure(f"pg_ctl {action} failed; see {DATA / 'log'}.")


def stop():
    """Stop the embedded server if it runs."""
    if (DATA / "postmaster.pid").exists():
        _control("stop")
