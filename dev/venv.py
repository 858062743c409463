"""The environment of the checkout: ``.venv`` with Odoo and the add-on importable."""

import hashlib
import os
import shutil
import sys
import sysconfig
from pathlib import Path

from . import oca, odoo_source
from .console import Failure, run, step
from .paths import ADDONS, PYTHON, ROOT, VENV

PIP_HINT = "Check the network and that pip can reach its package index, then repeat."


def ensure():
    """Build or refresh ``.venv``; a second call costs nothing."""
    if sys.version_info < (3, 10):  # noqa: UP036
        raise Failure("Python 3.10 or newer is needed.")
    folder = odoo_source.find_odoo()
    requirements = ROOT / "dev" / "requirements-odoo.txt"
    stamp = VENV / "stamp"
    key = hashlib.sha256(
        requirements.read_bytes() + f"{folder}{sys.version}{ROOT}".encode()
    ).hexdigest()
    if stamp.exists() and stamp.read_text() == key:
        return
    with step("Building .venv"):
        shutil.rmtree(VENV, ignore_errors=True)
        command = [sys.executable, "-m", "venv", VENV]
        if folder is None:
            command.insert(3, "--system-site-packages")
        run(command, hint="On Debian: apt-get install python3-venv.")
        _pip("-r", requirements)
        site = Path(_purelib())
        if folder:
            (site / "odoo19.pth").write_text(f"{folder}\n")
        _link_addons(site)
    version = odoo_source.odoo_version(PYTHON)
    if not version:
        raise Failure("Odoo cannot be imported in .venv. Remove .venv and repeat.")
    oca.ensure()
    stamp.write_text(key)


def add(requirements):
    """Install one more requirements file into ``.venv`` if it is new or changed."""
    stamp = VENV / f"stamp-{requirements.stem}"
    key = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == key:
        return
    with step(f"Installing {requirements.stem}"):
        _pip("-r", requirements)
    stamp.write_text(key)


def _pip(*args):
    env = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    run([PYTHON, "-m", "pip", "install", "-q", *args], hint=PIP_HINT, env=env)


def _purelib():
    return sysconfig.get_path("purelib", vars={"base": str(VENV)})


def _link_addons(site):
    """Make ``odoo.addons.social_crm`` importable without a configuration file."""
    namespace = VENV / "addons" / "odoo" / "addons"
    namespace.mkdir(parents=True)
    for name in ADDONS:
        (namespace / name).symlink_to(ROOT / name)
    (site / "social_crm.pth").write_text(f"{VENV / 'addons'}\n")
