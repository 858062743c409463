"""Make ``.venv`` and go on inside it: ``python3 -m dev.bootstrap dev.tests ARGS``.

Runs with any Python 3.10 or newer and nothing but the standard library.
"""

import os
import sys

from . import venv
from .console import main
from .paths import PYTHON, ROOT


def bootstrap():
    venv.ensure()
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), "-m", *sys.argv[1:]])


if __name__ == "__main__":
    main(bootstrap)
