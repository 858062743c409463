"""Run the source until SIGTERM or Ctrl-C."""

import argparse
import signal
import sys
import threading
from datetime import datetime, timezone
from pathlib import Path

from .source import Source


def main():
    parser = argparse.ArgumentParser(prog="python -m dev.demo_source")
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; 0: any")
    parser.add_argument("--began", help="when the demo data was made, ISO 8601 in UTC")
    parser.add_argument("--file", type=Path, help="where to keep what was posted")
    parser.add_argument(
        "--speed", type=float, default=1.0, help="10: ten times as fast"
    )
    args = parser.parse_args()
    began = datetime.now(timezone.utc)
    if args.began:
        began = datetime.fromisoformat(args.began).replace(tzinfo=timezone.utc)
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_args: done.set())
    with Source(began, args.port, args.file, args.speed) as source:
        print(source.base_url, flush=True)
        done.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
