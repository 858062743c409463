"""Real servers of networks on this machine, to test the connectors against.

    with peers.running("bluesky", "mastodon") as addresses:
        addresses["bluesky"]["accounts"][0]["handle"]

``addresses`` is what ``python3 -m dev.peers --json FILE`` writes: for each server that
runs ``{"title", "base_url", "accounts": [{"handle", …}, …]}``; the first account is the
company's, the others are customers. Bluesky's have ``did``, ``password`` and
``app_password``, the others' ``access_token``. Each module names what it adds.

Everything listens on the loopback interface only, starts empty and ends with us. It
needs ``.venv``, which ``make peers`` builds.
"""

import signal
import threading
from contextlib import ExitStack, contextmanager

from ..console import Failure, say
from . import bluesky, mastodon, mock

PEERS = {"bluesky": bluesky, "mastodon": mastodon, "mock": mock}


@contextmanager
def running(*names):
    """Start the named servers (default: all), yield their addresses, stop them.

    A server that this machine cannot run is left out, with a sentence that says why.
    """
    for name in names:
        if name not in PEERS:
            raise Failure(f"{name}: no such peer. There are: {', '.join(PEERS)}.")
    chosen = {name: PEERS[name] for name in PEERS if not names or name in names}
    for name, peer in list(chosen.items()):
        if reason := peer.missing():
            say(f"Going on without {name}: {reason}")
            del chosen[name]
    if not chosen:
        raise Failure("None of the servers can run here.")
    for peer in chosen.values():
        peer.install()
    stack = ExitStack()
    try:
        started = {name: peer.start(stack) for name, peer in chosen.items()}
        yield {name: peer.describe(started[name]) for name, peer in chosen.items()}
    finally:
        with _undisturbed():
            stack.close()
        say("All servers have stopped.")


@contextmanager
def _undisturbed():
    """A second Ctrl-C must not leave half of the servers behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    handlers = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    yield
    for number, handler in zip(numbers, handlers, strict=True):
        signal.signal(number, handler)
