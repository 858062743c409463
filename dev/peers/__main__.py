"""``make peers``: start the local servers, print what one needs, wait for Ctrl-C."""

import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path

from ..bootstrap import bootstrap
from ..console import main, say
from ..paths import BUILD, VENV
from . import child, running


def serve():
    parser = argparse.ArgumentParser(prog="python3 -m dev.peers", description=__doc__)
    parser.add_argument("--only", help="some of: bluesky,mastodon,mock")
    parser.add_argument(
        "--json",
        type=Path,
        default=BUILD / "peers.json",
        help="where the addresses are written (%(default)s)",
    )
    options = parser.parse_args()
    if Path(sys.prefix) != VENV:
        sys.argv[1:] = ["dev.peers", *sys.argv[1:]]
        bootstrap()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    names = options.only.split(",") if options.only else ()
    with running(*names) as addresses:
        try:
            _write(options.json, addresses)
            _show(addresses)
            while True:
                time.sleep(1)
                child.check()
        except KeyboardInterrupt:
            say("\nStopping …")
            return 0
        finally:
            options.json.unlink(missing_ok=True)


def _write(path, addresses):
    # Whoever waits for the file finds it complete, and no stranger reads it.
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with open(os.open(part, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
        json.dump(addresses, file, indent=2)
    part.replace(path)


def _show(addresses):
    for name, peer in addresses.items():
        say(f"\n{name}: {peer['title']}")
        for key, value in peer.items():
            if key not in ("title", "accounts"):
                say(f"  {key}: {value}")
        for account in peer["accounts"]:
            say("  " + "  ".join(f"{key}: {value}" for key, value in account.items()))
    say("\nReady. Ctrl-C stops them all.")


if __name__ == "__main__":
    main(serve)
