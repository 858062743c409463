"""Find Odoo 19, or get it.

The order: ``ODOO_BIN`` (the ``odoo-bin`` of a source checkout), an ``odoo`` that this
Python can import, ``ODOO_DEB`` (a downloaded package file), the cache, Debian's
``odoo-19`` package. The package is unpacked into the cache, never installed.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from . import debian
from .console import Failure, say, step
from .paths import CACHE

SERIES = "19.0"
PACKAGE = "odoo-19"
# The package links to files of these; without them the web pages answer 500.
FROM_SID = ("fonts-montserrat",)
FROM_SUITE = (
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-font-awesome",
    "fonts-roboto-unhinted",
    "fonts-inconsolata",
    "fonts-ocr-b",
)
OTHER_WAYS = (
    "Other ways to an Odoo 19: set ODOO_BIN to the odoo-bin of a source checkout"
    " (git clone --depth 1 --branch 19.0 https://github.com/odoo/odoo), or ODOO_DEB to"
    " a downloaded odoo_19.0 .deb file."
)


def find_odoo():
    """Return the folder that holds the ``odoo`` package, or None if importable."""
    if binary := os.environ.get("ODOO_BIN"):
        folder = Path(binary).resolve().parent
        if not (folder / "odoo" / "release.py").exists():
            raise Failure(f"ODOO_BIN={binary}: there is no odoo package beside it.")
        return _checked(folder)
    if spec := importlib.util.find_spec("odoo"):
        for place in spec.submodule_search_locations or ():
            if (Path(place) / "release.py").exists():
                _checked(Path(place).parent)
                return None
    return _checked(_unpacked())


def _checked(folder):
    text = (folder / "odoo" / "release.py").read_text()
    found = re.search(r"version_info = \((\d+), (\d+)", text)
    version = ".".join(found.groups()) if found else "unknown"
    if version != SERIES:
        raise Failure(f"{folder} is Odoo {version}, {SERIES} is needed. {OTHER_WAYS}")
    return folder


def _unpacked():
    target = CACHE / "odoo" / SERIES
    packages = target / "usr/lib/python3/dist-packages"
    if (target / ".complete").exists():
        return packages
    if deb := os.environ.get("ODOO_DEB"):
        if not Path(deb).is_file():
            raise Failure(f"ODOO_DEB={deb}: no such file.")
    if not debian.is_debian():
        raise Failure(f"This is not a Debian-like system. {OTHER_WAYS}")
    shutil.rmtree(target, ignore_errors=True)
    with step("Downloading Odoo 19 (125 MB)"):
        files = _download(CACHE / "debs", bool(deb))
    if deb:
        files.append(Path(deb).resolve())
    with step("Unpacking Odoo 19"):
        debian.unpack(files, target)
        _add_what_debian_leaves_out(packages)
    (target / ".complete").touch()
    return packages


def _download(folder, has_odoo):
    suite = debian.suite()
    wanted = [f"{name}/sid" for name in FROM_SID]
    wanted += [f"{name}/{suite}" for name in FROM_SUITE]
    if not has_odoo:
        wanted.append(f"{PACKAGE}/sid")
    gone = "Debian unstable may have moved on to a newer Odoo."
    return debian.download(folder, wanted, hint=f"{gone} {OTHER_WAYS}")


def _add_what_debian_leaves_out(packages):
    # Debian drops this file of Mediapipe; the web client logs an error without it,
    # which fails every browser test. An empty one only disables background blur.
    name = "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
    file = packages / name
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


def odoo_version(python):
    """The version that ``python`` runs, or None."""
    done = subprocess.run(
        [str(python), "-c", "import odoo.release as r; print(r.version)"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or None


if __name__ == "__main__":
    say(str(find_odoo()))
