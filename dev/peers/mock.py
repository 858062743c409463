"""mastodon_mock: an imitation of Mastodon's API from PyPI.

It knows what snac does not: ``Link`` headers, ``types[]``, ``Idempotency-Key``, errors
as JSON, rate limits and faults on demand (``/api/v1/_mock``).
"""

import secrets

from ..console import step
from ..paths import ROOT
from ..tools import python_tools
from . import child

PORT = 8803
BASE_URL = f"http://{child.HOST}:{PORT}"
USERS = ("brand", "alice", "bob")


def missing():
    return child.blocked(PORT)


def install():
    python_tools(child.TOOLS, ROOT / "dev" / "requirements-peers.txt")


def start(stack):
    tokens = {user: secrets.token_urlsafe(16) for user in USERS}
    settings = child.FOLDER / "mock.toml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    lines = [f'domain = "{child.HOST}:{PORT}"', 'url_scheme = "http"']
    for user, token in tokens.items():
        lines += ["[[seed.accounts]]", f'username = "{user}"']
        lines += [f'access_token = "{token}"']
    settings.write_text("\n".join(lines) + "\n")
    stack.callback(settings.unlink, missing_ok=True)
    command = [child.TOOLS / "bin" / "python", "-m", "mastodon_mock", "serve"]
    command += ["--config", settings, "--host", child.HOST, "--port", PORT]
    stack.enter_context(child.child("mock", [*command, "--in-memory"]))
    return tokens


def describe(tokens):
    with step("Mastodon API (mock)"):
        child.wait("mock", lambda: child.call(f"{BASE_URL}/api/v2/instance"), 60)
    return {
        "title": "Mastodon API (imitation)",
        "base_url": BASE_URL,
        "accounts": [
            {"handle": user, "access_token": token} for user, token in tokens.items()
        ],
    }
