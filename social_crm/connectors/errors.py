"""What can go wrong with a network. Callers decide by type.

Every message is a sentence that a person can act on and holds no secret.
"""

from datetime import datetime


class ConnectorError(Exception):
    """Base of everything a connector raises on purpose.

    ``status`` is the HTTP status and ``code`` the network's own name of the error (e.g.
    "ExpiredToken"), where there was one. ``field`` is what a person should change: a
    credential, "code" (of the login), or "kind" or "query" of the stream; "" if that is
    not known. ``has_moved`` says that the address has changed.
    """

    status: int | None = None
    code: str = ""
    field: str = ""
    has_moved: bool = False

    def about(self, field: str) -> "ConnectorError":
        """Name what is to be changed: ``raise AuthError("…").about("handle")``."""
        self.field = field
        return self


class AuthError(ConnectorError):
    """The login is missing, wrong, expired or lacks a permission: a person must act."""


class RateLimited(ConnectorError):
    """Too many calls; ``retry_at`` (aware UTC) is when to ask again."""

    def __init__(self, message: str, retry_at: datetime):
        super().__init__(message)
        self.retry_at = retry_at


class QuotaExceeded(RateLimited):
    """The day's or month's allowance is used up until ``retry_at``."""


class InvalidCursor(ConnectorError):
    """The network no longer knows this cursor: begin again without one."""


class NotSupported(ConnectorError):
    """The network, or this server of it, cannot do that."""


class Rejected(ConnectorError):
    """The network understood and refused; asking again will not help."""


class RemoteError(ConnectorError):
    """The network is down, slow or answers nonsense: ask again later.

    ``maybe_sent`` is True when the request may have taken effect all the same.
    """

    def __init__(self, message: str, maybe_sent: bool = False):
        super().__init__(message)
        self.maybe_sent = maybe_sent


class NotFound(RemoteError):
    """There is nothing at that address (404)."""


class Gone(NotFound):
    """There was something, and it was taken away for good (410)."""


class BadSignature(ConnectorError):
    """A webhook call is not signed as it must be."""


class UnsafeUrl(ConnectorError):
    """The address is not http(s), or leads into a private network."""
