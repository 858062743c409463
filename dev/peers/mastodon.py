"""snac: a small real ActivityPub server that speaks Mastodon's API, from Debian.

It serves one host, ``snac.localhost``. Servers that write to it take the host without
a port, so it must have port 80. ``base_url`` is an address, because not every machine
resolves names under ``localhost``; ``domain`` is what handles end with. Delivery takes
3 to 15 seconds: it has a queue.
"""

import json
import re
import shutil
import subprocess
from urllib.parse import urlencode

from .. import debian
from ..console import Failure, run, step
from . import child

SUITE = "trixie"
DOMAIN = "snac.localhost"
PORT = 80
BASE_URL = f"http://{child.HOST}"
USERS = ("brand", "alice", "bob")
REDIRECT = "urn:ietf:wg:oauth:2.0:oob"
SCOPES = "read write follow"
INSTALLED = child.INSTALLED / "snac"
BINARY = INSTALLED / "usr" / "bin" / "snac"
DATA = child.FOLDER / "snac"


def missing():
    if reason := child.blocked(PORT):
        return reason
    if not BINARY.exists() and not debian.is_debian():
        return "snac comes as a Debian package and this is not a Debian-like system."
    return ""


def install():
    if not BINARY.exists():
        with step("Installing snac"):
            files = debian.download(child.INSTALLED / "debs", [f"snac2/{SUITE}"])
            debian.unpack(files, INSTALLED)
    if "not found" in run(["ldd", BINARY]):
        raise Failure("snac needs libraries: apt-get install libcurl4 libssl3.")


def start(stack):
    shutil.rmtree(DATA, ignore_errors=True)
    DATA.parent.mkdir(parents=True, exist_ok=True)
    # It asks for address, port, host, path and e-mail.
    _snac("init", DATA, answers=f"{child.HOST}\n{PORT}\n{DOMAIN}\n\n\n")
    stack.callback(shutil.rmtree, DATA, ignore_errors=True)
    settings = DATA / "server.json"
    values = json.loads(settings.read_text()) | {"protocol": "http"}
    settings.write_text(json.dumps(values))
    passwords = {}
    for user in USERS:
        told = _snac("adduser", DATA, user)
        passwords[user] = re.search(r"password is (\S+)", told).group(1)
    stack.enter_context(child.child("snac", [BINARY, "httpd", DATA]))
    return passwords


def describe(passwords):
    with step("Mastodon API (snac)"):
        instance = f"{BASE_URL}/api/v1/instance"
        child.wait("snac", lambda: child.call(instance), 20)
        app = child.call(
            f"{BASE_URL}/api/v1/apps",
            form={
                "client_name": "Social CRM",
                "redirect_uris": REDIRECT,
                "scopes": SCOPES,
            },
        )
        accounts = [_account(app, *item) for item in passwords.items()]
    return {
        "title": "Mastodon API (snac, a real server)",
        "base_url": BASE_URL,
        "domain": DOMAIN,
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "accounts": accounts,
    }


def _account(app, user, password):
    return {
        "handle": f"{user}@{DOMAIN}",
        "password": password,
        "access_token": _token(app, user, password),
    }


def _token(app, user, password):
    """The authorization code flow as a person goes it: page, form, code, token."""
    query = urlencode(
        {
            "response_type": "code",
            "client_id": app["client_id"],
            "redirect_uri": REDIRECT,
            "scope": SCOPES,
            "state": user,
        }
    )
    page = child.call(f"{BASE_URL}/oauth/authorize?{query}")
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    page = child.call(
        f"{BASE_URL}/oauth/x-snac-login",
        form={**fields, "login": user, "passwd": password},
    )
    code = re.search(r"\b[0-9a-f]{32,}\b", page)
    if not code:
        raise Failure(f"snac gave no code for {user}:\n{page}")
    answer = child.call(
        f"{BASE_URL}/oauth/token",
        form={
            "grant_type": "authorization_code",
            "code": code.group(0),
            "client_id": app["client_id"],
            "client_secret": app["client_secret"],
            "redirect_uri": REDIRECT,
        },
    )
    return answer["access_token"]


def _snac(*arguments, answers=""):
    done = subprocess.run(
        [str(part) for part in (BINARY, *arguments)],
        input=answers,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Failure(f"snac {arguments[0]} failed:\n{done.stdout}")
    return done.stdout
