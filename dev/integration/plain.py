"""Odoo as a stranger has it: ``python -m dev.integration.plain ARGUMENTS…``.

Runs Odoo's command line with the add-ons of its configuration alone, not those on the
path of ``.venv``. Of the installed packages only those can be imported that Odoo itself
needs: what a developer's machine has besides is not there.
"""

import re
import sys
from importlib.metadata import PackageNotFoundError, packages_distributions, requires

from ..paths import ROOT, VENV

REQUIREMENTS = ROOT / "dev" / "requirements-odoo.txt"
GIVEN = {"odoo", "pip", "setuptools"}


def _key(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def needed_by_odoo():
    """Return the distributions that Odoo needs, and those that they need."""
    # The first part of the file; tools of ours follow.
    first, _tools = REQUIREMENTS.read_text().split("# The embedded PostgreSQL", 1)
    names = [line for line in first.splitlines() if line and not line.startswith("#")]
    found = set(GIVEN)
    while names:
        name = _key(names.pop())
        if name in found:
            continue
        found.add(name)
        try:
            lines = requires(name) or ()
        except PackageNotFoundError:
            continue
        names += [
            re.match(r"[\w.-]+", line)[0] for line in lines if "extra ==" not in line
        ]
    return found


class Blocker:
    """Finds nothing of what Odoo does not need."""

    def __init__(self):
        allowed = needed_by_odoo()
        self.names = {
            package
            for package, owners in packages_distributions().items()
            if not allowed & set(map(_key, owners))
        }

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


def main(*args):
    sys.path.remove(str(VENV / "addons"))
    sys.meta_path.insert(0, Blocker())
    sys.argv = ["odoo", *args]
    from odoo.cli import main as odoo

    odoo()


if __name__ == "__main__":
    main(*sys.argv[1:])
