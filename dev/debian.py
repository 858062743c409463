"""Debian packages, downloaded and unpacked without installing them or being root."""

import re
import shutil
from pathlib import Path

from .console import Failure, run
from .paths import CACHE

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def is_debian():
    return bool(shutil.which("apt-get") and shutil.which("dpkg-deb"))


def download(folder, wanted, hint=""):
    """Download packages into ``folder``, emptied before; return their files.

    ``wanted`` are names with their suite: ``odoo-19/sid``. The apt state is our own, so
    the machine's sources stay as they are.
    """
    hint = f"Check the network and the machine's apt sources. {hint}".rstrip()
    suites = list(dict.fromkeys(name.split("/")[1] for name in wanted))
    site = _mirror(hint)
    state = CACHE / "apt" / "-".join(suites)
    for part in ("lists/partial", "cache/archives/partial"):
        (state / part).mkdir(parents=True, exist_ok=True)
    if not KEYRING.exists():
        raise Failure(f"{KEYRING} is missing: apt-get install debian-archive-keyring.")
    source = state / "sources.list"
    source.write_text(
        "".join(f"deb [signed-by={KEYRING}] {site} {name} main\n" for name in suites)
    )
    apt = [
        "apt-get",
        *(f"-oDir::Etc::SourceList={source}", "-oDir::Etc::SourceParts=-"),
        *(f"-oDir::State::Lists={state}/lists", f"-oDir::Cache={state}/cache"),
        *("-oAPT::Sandbox::User=root", "-oAcquire::Languages=none"),
    ]
    run([*apt, "update"], hint=hint)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.deb"):
        old.unlink()
    run([*apt, "download", *wanted], hint=hint, cwd=folder)
    return sorted(folder.glob("*.deb"))


def unpack(files, target):
    target.mkdir(parents=True, exist_ok=True)
    for file in files:
        run(["dpkg-deb", "-x", file, target])


def suite():
    """The code name of this machine's Debian, or ``stable``."""
    release = Path("/etc/os-release").read_text()
    found = re.search(r"^VERSION_CODENAME=(\w+)", release, re.MULTILINE)
    return found.group(1) if found and "ID=debian" in release else "stable"


def _mirror(hint):
    """The address of the Debian mirror that this machine is configured for."""
    command = ["apt-get", "indextargets", "--format", "$(SITE)"]
    sites = run([*command, "Created-By: Packages"], hint=hint).split()
    debian = [s for s in sites if "debian" in s and "security" not in s]
    if not debian:
        raise Failure(f"No Debian mirror among this machine's sources. {hint}")
    return debian[0]
