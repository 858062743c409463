"""Trying a connection out before anything depends on it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from .base import SocialConnector
from .errors import ConnectorError
from .records import Author, Post, Stream

SAMPLE = 40
# A few posts of one busy hour say little about a month.
SHORTEST = timedelta(days=1)
# For all that is asked of one connection: a person waits, and so does a worker.
SECONDS = 15.0


@dataclass(frozen=True)
class Trial:
    """What came of it: who we are there (None: a guest), the newest posts, or an error.

    ``field`` is what a person should change (see ``SocialConnector.blame``), because of
    the error or of ``notice``, which is a sentence about something that works all the
    same. ``per_day`` is how many posts a day the sample promises.
    """

    author: Author | None = None
    posts: tuple[Post, ...] = ()
    per_day: float = 0.0
    notice: str = ""
    error: ConnectorError | None = None
    field: str = ""


def in_a_hurry(connector: SocialConnector) -> SocialConnector:
    """Have whatever ``connector`` asks from now on end within ``SECONDS`` in all."""
    connector.http.ends_at = time.monotonic() + SECONDS
    return connector


def try_out(connector: SocialConnector, streams: Sequence[Stream]) -> Trial:
    """Log in and read the newest posts of ``streams``; store nothing."""
    stream = author = None
    posts: list[Post] = []
    notices: list[str] = []
    per_day = 0.0
    try:
        if not connector.is_guest(streams):
            author = connector.verify()
        for stream in streams:
            page = connector.fetch(stream, None, SAMPLE)
            posts += page.posts
            per_day += rate(page.posts)
            notices.append(page.notice)
    except ConnectorError as error:
        return Trial(error=error, field=connector.blame(error, stream))
    if moved_to := connector.http.moved_to:
        notices.append("" if any(notices) else f"The address now is {moved_to}.")
    notice = " ".join(filter(None, notices))
    field = connector.address_field if moved_to else ""
    posts.sort(key=lambda post: post.published_at, reverse=True)
    return Trial(author, tuple(posts), per_day, notice, field=field)


def rate(posts: Sequence[Post]) -> float:
    """Return the posts a day since the oldest of ``posts``."""
    if not posts:
        return 0.0
    oldest = min(post.published_at for post in posts)
    days = max(datetime.now(timezone.utc) - oldest, SHORTEST) / timedelta(days=1)
    return len(posts) / days
