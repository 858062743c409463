"""Tools in environments of their own, so that they never meddle with Odoo's."""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from .console import Failure, run, step

PIP_HINT = "Check the network and that pip can reach its package index, then repeat."
NPM_HINT = "Check the network and that npm can reach its registry, then repeat."


def python_tools(folder, requirements):
    """Make ``folder`` a virtual environment with ``requirements``; keep a good one."""
    stamp = folder / "stamp"
    key = _key(requirements, sys.version, str(folder))
    if _matches(stamp, key):
        return
    with step(f"Installing {requirements.name}"):
        shutil.rmtree(folder, ignore_errors=True)
        run(
            [sys.executable, "-m", "venv", folder],
            hint="On Debian: apt-get install python3-venv.",
        )
        env = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        pip = [folder / "bin" / "python", "-m", "pip", "install", "-q"]
        run([*pip, "-r", requirements], hint=PIP_HINT, env=env)
    stamp.write_text(key)


def node_tools(folder, title, source=None, hint=NPM_HINT):
    """Install what ``package-lock.json`` names; keep a good installation.

    ``source`` is the folder of the package files when ``folder`` is not.
    """
    source = source or folder
    stamp = folder / "node_modules" / ".stamp"
    key = _key(source / "package-lock.json", node_version(), _machine())
    if _matches(stamp, key):
        return
    with step(f"Installing {title}"):
        folder.mkdir(parents=True, exist_ok=True)
        if source != folder:
            for name in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copy(source / name, folder)
        run(["npm", "ci"], hint=hint, cwd=folder, env={**_headers(), **os.environ})
    stamp.write_text(key)


def node_version():
    """The version of node, as ``v20.1.2``; a Failure if there is none or an old one."""
    hint = "Node.js 20 or newer with npm is needed (Debian 13: apt-get install npm)."
    if not shutil.which("node") or not shutil.which("npm"):
        raise Failure(hint)
    done = subprocess.run(
        ["node", "--version"], capture_output=True, text=True, check=False
    )
    found = re.match(r"v(\d+)\.", done.stdout)
    if not found or int(found.group(1)) < 20:
        raise Failure(f"{hint} Found: {done.stdout.strip() or 'nothing'}.")
    return done.stdout.strip()


def _machine():
    return f"{platform.system()}-{platform.machine()}"


def _headers():
    """Tell npm of Debian's headers for its node, which it would else download."""
    headers = Path("/usr/include/node/node.h")
    if headers.exists() and shutil.which("node") == "/usr/bin/node":
        return {"npm_config_nodedir": "/usr"}
    return {}


def _key(file, *facts):
    return hashlib.sha256(file.read_bytes() + "|".join(facts).encode()).hexdigest()


def _matches(stamp, key):
    return stamp.exists() and stamp.read_text() == key
