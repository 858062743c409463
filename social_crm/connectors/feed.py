"""Feeds: RSS, Atom, RDF and JSON Feed."""

from .base import SocialConnector
from .policy import Policy
from .records import Author, Page, Stream


class Feed(SocialConnector):
    """Reads any feed of the web by its address, or by that of a page which names it."""

    code = "feed"
    label = "Feed"
    icon = "fa-rss"
    capabilities = frozenset(("fetch", "backfill"))
    credential_fields = ("base_url", "username", "password")
    stream_kinds = ("feed",)
    policy = Policy()
    max_length = 0

    def verify(self) -> Author:
        return Author(uid="", uri="")

    def fetch(self, stream: Stream, cursor: str | None = None, limit: int = 40) -> Page:
        raise NotImplementedError
