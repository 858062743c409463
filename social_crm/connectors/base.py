"""The contract of every network."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import ClassVar

from .errors import AuthError, ConnectorError, NotSupported, RateLimited, Rejected
from .http import Http
from .policy import Policy
from .records import Author, Page, Post, Quota, ReplyResult, Stream


class SocialConnector(ABC):
    """Talks to one network with one account's credentials.

    It never imports odoo, never stores anything, and is made anew for each task.
    ``credentials["base_url"]`` overrides the API root. ``private_hosts`` ("host:port")
    are the only private or loopback addresses it may talk to.
    """

    code: ClassVar[str]
    label: ClassVar[str]
    icon: ClassVar[str]  # a Font Awesome class
    # Of: fetch, backfill, thread, reply, private_reply, delete, webhook, edits, oauth,
    # profiles.
    capabilities: ClassVar[frozenset[str]]
    # Names of the account's columns that this network needs, in the order of the form.
    credential_fields: ClassVar[tuple[str, ...]]
    stream_kinds: ClassVar[tuple[str, ...]]
    # Those of them that can be read by anybody, without a login.
    open_kinds: ClassVar[tuple[str, ...]] = ()
    # What to enter again when the network refuses the login.
    login_field: ClassVar[str] = "password"
    policy: ClassVar[Policy]
    # The network vouches that only its author can change what stands under a uri.
    vouches_for_keys: ClassVar[bool] = True
    # The network says how many like, repeat or answer a post: none means nobody did.
    counts_reactions: ClassVar[bool] = True
    max_length: ClassVar[int]  # of an answer, in the network's own counting
    secret_fields: ClassVar[frozenset[str]] = frozenset(
        ("access_token", "refresh_token", "client_secret", "password", "webhook_secret")
    )

    def __init__(
        self,
        credentials: Mapping[str, str],
        session=None,
        private_hosts: Iterable[str] = (),
    ):
        self.credentials = dict(credentials)
        self.changed: dict[str, str] = {}
        # A caller with several workers sets this: it yields the credentials as stored
        # now, so that only one of them asks for a new token.
        self.credential_lock: Callable[
            [], AbstractContextManager[Mapping[str, str]]
        ] = lambda: nullcontext(self.credentials)
        self.http = Http(
            session=session,
            private_hosts=private_hosts,
            secrets=[self.credentials.get(name) for name in self.secret_fields],
        )

    @property
    def quota(self) -> Quota | None:
        """What the network said of its limits in the last answer."""
        return self.http.quota

    @property
    def address_field(self) -> str:
        """Where the address stands that requests go to."""
        return "base_url"

    def is_guest(self, streams: Iterable[Stream]) -> bool:
        """Tell whether we read only what anybody may, and have no login."""
        streams = list(streams)
        has_login = any(
            self.credentials.get(name)
            for name in ("access_token", "refresh_token", "password")
        )
        is_open = all(stream.kind in self.open_kinds for stream in streams)
        return bool(streams) and is_open and not has_login

    def blame(self, error: ConnectorError, stream: Stream | None = None) -> str:
        """Return the field that a person should change after ``error``, or "".

        It is a credential, "code", or "kind" or "query" of the stream that was read.
        """
        if error.has_moved:
            return self.address_field
        if error.field:
            return error.field
        if isinstance(error, AuthError):
            return self.login_field
        if isinstance(error, NotSupported):
            return "kind"
        if isinstance(error, Rejected):
            return "query" if stream and stream.query else ""
        return "" if isinstance(error, RateLimited) else self.address_field

    def save_credentials(self, **values: str) -> None:
        """Note new credentials, to be stored by the caller (``changed``)."""
        self.credentials.update(values)
        self.changed.update(values)
        self.http.add_secrets(
            value for name, value in values.items() if name in self.secret_fields
        )

    @abstractmethod
    def verify(self) -> Author:
        """Return who we are on the network. Raises AuthError, RemoteError."""

    @abstractmethod
    def fetch(self, stream: Stream, cursor: str | None = None, limit: int = 40) -> Page:
        """Return the next page of what is new since ``cursor``, without gaps.

        Without a cursor: the newest page. Raises any ConnectorError; then nothing was
        lost, and the same call may be made again.
        """

    def backfill(
        self, stream: Stream, cursor: str | None = None, limit: int = 40
    ) -> Page:
        """Return the next page towards the past, newest first."""
        raise NotSupported(f"{self.label} shows nothing older than the newest page.")

    def parse(self, raw: str, stream: Stream) -> Post:
        """Read one item again that was put aside. Raises ValueError if still bad."""
        raise NotSupported(f"{self.label} items cannot be read one by one.")

    def thread(self, uid: str) -> tuple[Post, ...]:
        """Return all posts of the thread of ``uid``, oldest first, itself included."""
        raise NotSupported(f"{self.label} has no threads.")

    def refresh(self, uids: Iterable[str]) -> tuple[Post, ...]:
        """Read these posts again, for edits, deletions and counts (capability edits).

        One that the network no longer shows comes with its ``uid`` and ``deleted``
        True, all else may be empty. One that is missing could not be read this time.
        """
        raise NotSupported(f"{self.label} cannot show single posts again.")

    def profiles(self, people: Iterable[Author]) -> tuple[Author, ...]:
        """Look these profiles up as they are now, by ``uri`` and ``handle``.

        One that the network no longer shows comes with its ``uri`` and ``is_gone``. One
        that is missing could not be read this time, or nobody can say. Capability
        ``profiles``; raises any ConnectorError.
        """
        raise NotSupported(f"{self.label} cannot show single profiles.")

    def reply(
        self, post_uid: str, text: str, idempotency_key: str, **options
    ) -> ReplyResult:
        """Answer ``post_uid``. Raises RemoteError(maybe_sent=True) when unsure."""
        raise NotSupported(f"Answers cannot be sent to {self.label} from here.")

    def delete(self, uid: str) -> None:
        """Delete one of our own posts."""
        raise NotSupported(f"Posts on {self.label} cannot be deleted from here.")

    def parse_webhook(
        self, headers: Mapping[str, str], body: bytes, secret: str
    ) -> tuple[Post, ...]:
        """Check the signature of ``body``, return its posts. Raises BadSignature."""
        raise NotSupported(f"{self.label} does not call us.")
