"""What the scripts say, and how they run other programs."""

import subprocess
import sys
import time
from contextlib import contextmanager


class Failure(Exception):
    """A step failed; the message says what to do about it."""


def say(text):
    print(text, flush=True)


@contextmanager
def step(title):
    """Announce a long step and say how long it took."""
    say(f"→ {title} …")
    start = time.monotonic()
    yield
    say(f"  {title}: {time.monotonic() - start:.0f} s")


def run(command, hint="", **kwargs):
    """Run ``command`` quietly; on failure show the end of its output and ``hint``."""
    command = [str(part) for part in command]
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **kwargs,
        )
    except FileNotFoundError as error:
        raise Failure(f"{command[0]} is not installed. {hint}") from error
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-25:])
        raise Failure(f"{' '.join(command)}\n{tail}\n{hint}".rstrip())
    return done.stdout


def main(function):
    """Run ``function`` as a program: a Failure is a sentence, not a traceback."""
    try:
        sys.exit(function())
    except Failure as error:
        say(f"\nERROR: {error}")
        sys.exit(1)
    except KeyboardInterrupt:
        say("\nStopped.")
        sys.exit(130)
