"""Whether an address of ours answers when it is asked from outside."""

import threading
from collections.abc import Iterable

from .errors import ConnectorError, RemoteError
from .http import Http, Response

MAX_BYTES = 10_000


class _OnceHttp(Http):
    """A person waits for the answer: one try, and soon."""

    tries = 1


def ask(
    url: str, private_hosts: Iterable[str] = (), seconds: float = 8.0
) -> Response | ConnectorError:
    """Return what ``url`` answers, or why it does not; never later than ``seconds``."""
    http = _OnceHttp(private_hosts=private_hosts, timeout=(3, 5), max_bytes=MAX_BYTES)
    http.max_seconds = seconds
    found: list[Response | ConnectorError] = []

    def call():
        try:
            found.append(http.request("GET", url))
        except ConnectorError as error:
            found.append(error)

    # A thread, because nothing bounds the time in which a name is resolved.
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(seconds)
    return found[0] if found else RemoteError("There was no answer in time.")
