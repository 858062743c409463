"""The ``.pot`` files: ``make pot`` writes them, ``make test`` compares."""

import re
import sys

from . import database, server
from .console import Failure, main, run
from .paths import ADDONS, BUILD, PYTHON, ROOT
from .server import TEST_DATABASE as DATABASE

HEADER = re.compile(r'^"(POT-Creation-Date|PO-Revision-Date): .*\n', re.MULTILINE)


def template(conf, addon):
    """Return what ``addon`` has to translate, without dates."""
    output = BUILD / f"{addon}.pot"
    command = [PYTHON, "-m", "odoo", "i18n", "export", "-c", conf, "-d", DATABASE]
    run([*command, "-o", output, addon], cwd=ROOT)
    return HEADER.sub("", output.read_text())


def outdated(conf):
    """Return the add-ons whose ``.pot`` does not fit their code."""
    return [
        addon
        for addon in ADDONS
        if not (path := _path(addon)).exists()
        or path.read_text() != template(conf, addon)
    ]


def write():
    postgres = database.server()
    if not postgres.exists(DATABASE):
        raise Failure("Run make test first: it installs what is translated.")
    conf = server.write_conf("translations", postgres)
    for addon in ADDONS:
        _path(addon).parent.mkdir(exist_ok=True)
        _path(addon).write_text(template(conf, addon))


def _path(addon):
    return ROOT / addon / "i18n" / f"{addon}.pot"


if __name__ == "__main__":
    sys.exit(main(write))
