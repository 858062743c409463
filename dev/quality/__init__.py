"""How good the matching of persons is: figures beside those of splink."""

import os
from pathlib import Path

from ..paths import ROOT

# Labelled persons, no part of the project: docs/matching.md.
DATA = Path(os.environ.get("QUALITY_DATA") or ROOT.parent / "shared" / "data")
