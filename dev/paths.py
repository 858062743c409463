"""Where the scripts keep things. Nothing here needs more than the standard library."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
BUILD = ROOT / "build"
# Downloads and the unpacked Odoo live outside the checkout: a second clone is fast.
CACHE = (
    Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "social-crm-dev"
)
ADDONS = ("social_crm", "social_crm_helpdesk_mgmt")
