"""What a connector returns: plain, frozen records that know neither Odoo nor HTTP.

Datetimes are aware and in UTC. Texts are plain text, never HTML. An empty string means
that the network did not say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Author:
    """One profile of one person, page or bot.

    ``uri`` is the same seen from any server and never changes (DID, actor URL, numeric
    id); ``uid`` is what this account's server takes in calls; ``handle`` may change.
    ``metrics`` holds counts by name (``followers``, ``following``, ``posts``).
    ``verified_links`` are URLs that the network says link back to the profile.
    ``pronouns`` and ``languages`` are in the person's own words.

    Not all answers tell all: a field that is empty was not told, unless ``told`` names
    it; then the person has left it empty. ``is_gone`` says that the network shows the
    profile no more (deleted, closed, suspended): then nothing else is told.
    """

    uid: str
    uri: str
    handle: str = ""
    name: str = ""
    url: str = ""
    avatar_url: str = ""
    bio: str = ""
    location: str = ""
    metrics: Mapping[str, int] = field(default_factory=dict)
    verified_links: tuple[str, ...] = ()
    is_bot: bool = False
    created_at: datetime | None = None
    pronouns: str = ""
    languages: str = ""
    told: frozenset[str] = frozenset()
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Media:
    """An attachment; ``kind`` is image, video, audio or link."""

    kind: str
    url: str
    preview_url: str = ""
    alt: str = ""
    mimetype: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """One thing said: post, comment, review, message.

    ``uri`` is the only key for "seen before": the same from any server (ActivityPub
    URI, at-uri, permalink). ``uid`` is what this account's server takes in ``reply``
    and ``thread``. ``parent_*`` is what it answers, ``thread_*`` the first post of the
    thread; a network may know only the uid or only the uri of them. ``parent_is_own``
    says that the answered post was written by our account. ``kind`` is post, comment,
    review, message or answer; ``visibility`` public or private; ``rating`` 0…5 stars.
    ``metrics`` holds counts by name (``likes``, ``reposts``, ``replies``, ``views``).
    ``language`` is a BCP 47 tag as given.
    """

    uid: str
    uri: str
    author: Author
    text: str
    url: str
    published_at: datetime
    kind: str = "post"
    parent_uid: str = ""
    parent_uri: str = ""
    parent_is_own: bool = False
    thread_uid: str = ""
    thread_uri: str = ""
    visibility: str = "public"
    rating: float | None = None
    metrics: Mapping[str, int] = field(default_factory=dict)
    media: tuple[Media, ...] = ()
    language: str = ""
    place: str = ""
    edited_at: datetime | None = None
    deleted: bool = False
    is_own: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True)
class BadItem:
    """An item that could not be read: put aside, shown, and tried again by ``parse``.

    ``raw`` is the item as the network sent it (JSON or XML text, at most 100 kB).
    """

    uid: str
    error: str
    raw: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a stream: at most ``limit`` posts.

    ``cursor`` continues after this page and is to be stored with it, in one
    transaction; it is opaque text. ``more`` says that the next page waits already.
    """

    posts: tuple[Post, ...]
    cursor: str | None
    more: bool = False
    bad_items: tuple[BadItem, ...] = ()
    # A sentence for whoever runs the stream: nothing failed, but they should know.
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Stream:
    """What to fetch: ``kind`` is one of the connector's ``stream_kinds``."""

    kind: str
    query: str = ""


@dataclass(frozen=True, slots=True)
class ReplyResult:
    """What the network made of our answer."""

    uid: str
    uri: str
    url: str = ""
    post: Post | None = None


@dataclass(frozen=True, slots=True)
class Quota:
    """What the network last said of its limit: calls a window, calls left, its end."""

    limit: int | None
    remaining: int | None
    reset_at: datetime | None
