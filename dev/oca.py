"""The OCA add-ons that the glue modules need, from their wheels."""

import os
import zipfile

from .console import run, step
from .paths import CACHE, PYTHON

WHEELS = ("odoo-addon-helpdesk-mgmt==19.*",)
FOLDER = CACHE / "oca" / "19.0"
ADDONS_PATH = FOLDER / "odoo" / "addons"


def ensure():
    """Download and unpack the wheels into the cache."""
    if all((ADDONS_PATH / _module(wheel)).exists() for wheel in WHEELS):
        return
    with step("Getting OCA helpdesk"):
        wheels = CACHE / "wheels"
        env = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        run(
            [PYTHON, "-m", "pip", "download", "-q", "--no-deps", "-d", wheels, *WHEELS],
            hint="Check the network and that pip can reach its package index.",
            env=env,
        )
        for wheel in wheels.glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(FOLDER)


def _module(wheel):
    return wheel.split("==")[0].removeprefix("odoo-addon-").replace("-", "_")
