"""One part in its own process: ``python -m dev.benchmarks PART CONF OUT [JSON]``."""

import importlib
import json
import sys
from pathlib import Path


def main(part, conf, out, options="{}"):
    from . import runtime

    runtime.start(conf)
    module = importlib.import_module(f"dev.benchmarks.{part}")
    Path(out).write_text(json.dumps(module.run(**json.loads(options))))


if __name__ == "__main__":
    main(*sys.argv[1:])
