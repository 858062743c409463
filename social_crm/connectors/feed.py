"""Feeds: RSS, Atom, RDF and JSON Feed, by their address or that of a page.

Which entries are the same is said by ``_uris``; what was delivered by ``_State``.
"""

import base64
import json
import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from hashlib import blake2b
from urllib.parse import quote, urljoin, urlsplit

from . import feed_parser
from .base import SocialConnector
from .errors import AuthError, InvalidCursor, NotFound, RemoteError, UnsafeUrl
from .feed_parser import Document, Entry, NotAFeed, Person
from .http import Response
from .policy import Policy
from .records import Author, BadItem, Page, Post, Stream
from .text import absolute_url, tag_attributes

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json,"
    " application/rdf+xml, application/xml;q=0.9, text/xml;q=0.9, text/html;q=0.5,"
    " */*;q=0.1"
)
# Where feeds lie when the page does not say.
COMMON_PATHS = ("/feed", "/feed.xml", "/rss.xml", "/atom.xml", "/index.xml")
FEED_TYPES = (
    "application/atom+xml",
    "application/rss+xml",
    "application/feed+json",
    "application/rdf+xml",
    "application/xml",
    "text/xml",
    "application/json",
)
MIN_SEEN = 500
MAX_DOCUMENTS = 3  # read by one call of backfill
MAX_PAGES = 1_000
_COMMENT = re.compile(r"#(?:div-)?(?:comment|reply|c)[-_]?\d+$", re.IGNORECASE)
_TRACKING = re.compile(r"(?:^|&)(?:utm_\w+|fbclid|gclid|mc_[ce]id)=[^&]*")


class Feed(SocialConnector):
    """Reads any feed of the web.

    ``Stream("feed", query=address)``: the address of a feed, or of a page that names
    one. With ``base_url`` the query may be relative to it. ``username`` and
    ``password`` are sent (Basic) only to the origin of that address.
    """

    code = "feed"
    label = "Feed"
    icon = "fa-rss"
    capabilities = frozenset(("fetch", "backfill"))
    credential_fields = ("base_url", "username", "password")
    # Any feed may say that an entry is at any address.
    vouches_for_keys = False
    counts_reactions = False
    stream_kinds = ("feed",)
    open_kinds = ("feed",)
    policy = Policy(
        attribution="Show the author and link to the page.",
        clause=(
            "A feed is published to be read by programs; its texts stay the author's."
            " Authors may be linked to a contact on the usual bases."
        ),
        source="RSS 2.0 Specification; RFC 4287, 4.2.10 (rights)",
    )
    max_length = 0

    def verify(self) -> Author:
        """Return the site of ``base_url``; without one there is nobody to ask."""
        if not self.credentials.get("base_url"):
            return Author(uid="feeds", uri="feed:", name="Feeds")
        url = self._address(Stream("feed"))
        response = self._get(url, Stream("feed"))
        try:
            document = _parse(response)
        except NotAFeed:
            document = Document()
        return _site(document, url)

    def fetch(self, stream: Stream, cursor: str | None = None, limit: int = 40) -> Page:
        """Return entries that are new or changed since ``cursor``, from old to new.

        Without a cursor: the newest; the rest of the document follows as further pages.
        Raises RemoteError when there is no feed.
        """
        state = _State.load(cursor)
        response, document, notice = self._read(stream, state)
        if document is None:
            return Page((), state.dump(), notice=notice)
        namespace = self._address(stream)
        posts = self._posts(document, namespace)
        found = (state.fresh(entry, post) for entry, post in posts)
        fresh = [post for post in found if post is not None]
        fresh.sort(key=lambda post: post.published_at, reverse=cursor is None)
        page = fresh[:limit]
        more = len(fresh) > limit
        state.keep(posts, {post.uri for post in fresh[limit:]})
        # What waits or was cut off needs the whole document again, so no 304.
        whole = not (more or document.truncated)
        state.etag = response.headers.get("ETag", "") if whole else ""
        state.modified = response.headers.get("Last-Modified", "") if whole else ""
        bad = self._bad_items(document, state)
        return Page(tuple(page), state.dump(), more, bad, notice)

    def backfill(
        self, stream: Stream, cursor: str | None = None, limit: int = 40
    ) -> Page:
        """Return older entries, newest first: the document, then its archives.

        Follows RFC 5005 (prev-archive, next), JSON Feed's next_url, and the pages of
        WordPress.
        """
        state = _State.load(cursor)
        state.etag = state.modified = ""
        namespace = self._address(stream)
        bad, notice = (), ""
        for _document in range(MAX_DOCUMENTS):
            if state.done:
                break
            try:
                _response, document, notice = self._read(stream, state)
            except (NotFound, UnsafeUrl):
                if not state.page:
                    raise
                state.done = True  # pages are counted until there is none
                break
            posts = self._posts(document, namespace)
            old = [pair for pair in posts if not state.knows(*pair)]
            old.sort(key=lambda pair: pair[1].published_at, reverse=True)
            state.keep(old[:limit], grow=True)
            if len(old) <= limit:
                state.turn(_next_url(document, state, state.url or namespace, old))
            bad += self._bad_items(document, state)
            if old:
                page = tuple(post for _entry, post in old[:limit])
                return Page(page, state.dump(), not state.done, bad, notice)
        return Page((), state.dump(), not state.done, bad, notice)

    def parse(self, raw: str, stream: Stream) -> Post:
        """Read one entry again: a small feed, an <item>, an <entry> or a JSON item."""
        namespace = self._address(stream)
        if raw.lstrip().startswith("{") and '"items"' not in raw:
            raw = f'{{"items": [{raw}]}}'
        document = feed_parser.parse(raw.encode("utf-8", "replace"), namespace)
        if document.bad:
            raise ValueError(document.bad[0][0])
        posts = self._posts(document, namespace)
        if not posts:
            raise ValueError("There is no entry.")
        return posts[0][1]

    # -- Requests

    @property
    def address_field(self) -> str:
        return "base_url" if self.credentials.get("base_url") else "query"

    def _address(self, stream: Stream) -> str:
        query = stream.query.strip()
        query = re.sub(r"^feed:(//)?(?=https?://)", "", query, flags=re.IGNORECASE)
        query = re.sub(r"^feed://", "http://", query, flags=re.IGNORECASE)
        if base_url := self.credentials.get("base_url"):
            query = urljoin(base_url.rstrip("/") + "/", query) if query else base_url
        if query and "://" not in query:
            query = f"https://{query}"
        url = absolute_url(query.partition("#")[0])
        if not url:
            raise UnsafeUrl("Enter the address of a feed, or of a page that has one.")
        return url

    def _get(self, url: str, stream: Stream, state: "_State | None" = None) -> Response:
        headers = {"Accept": ACCEPT}
        # A password is for one server, however many streams the account has.
        base_url = self.credentials.get("base_url")
        root, parts = urlsplit(base_url or self._address(stream)), urlsplit(url)
        if (root.scheme, root.netloc) == (parts.scheme, parts.netloc) or (
            parts.scheme == "https" and root.hostname == parts.hostname
        ):
            headers |= self._login()
        if state and state.etag:
            headers["If-None-Match"] = state.etag
        if state and state.modified:
            headers["If-Modified-Since"] = state.modified
        accept = (304,) if "If-" in "".join(headers) else ()
        try:
            return self.http.request("GET", url, headers=headers, accept=accept)
        except AuthError as error:
            if error.has_moved or self.credentials.get("username"):
                raise
            raise _private(error, url) from None

    def _login(self) -> dict[str, str]:
        username = self.credentials.get("username")
        if not username:
            return {}
        pair = f"{username}:{self.credentials.get('password') or ''}"
        login = base64.b64encode(pair.encode()).decode()
        self.http.add_secrets([login])
        return {"Authorization": f"Basic {login}"}

    def _read(
        self, stream: Stream, state: "_State"
    ) -> tuple[Response, Document | None, str]:
        """Return the answer, its feed (None: unchanged), and what people should know.

        Notes in ``state`` where the feed was found or has moved to.
        """
        address = self._address(stream)
        url = state.url or address
        try:
            response = self._get(url, stream, state)
        except NotFound:
            if not state.url or state.page:
                raise
            # What was found or moved is gone: begin again where the user said.
            state.url = ""
            response = self._get(address, stream)
        notice = ""
        if response.moved_to and not state.page:
            state.url = response.moved_to
            notice = f"The feed has moved to {state.url}, and is now read from there."
        if response.status == 304:
            return response, None, notice
        try:
            document = _parse(response)
        except NotAFeed:
            if state.url or state.seen:
                raise _no_feed(response, " at the moment") from None
            response, document, state.url = self._discover(response, stream)
            notice = f"The page has a feed at {state.url}, which is read."
        if document.truncated:
            notice = (
                f"{notice} The feed breaks off before its end: only its complete"
                " entries are read."
            ).strip()
        return response, document, notice

    def _discover(
        self, page: Response, stream: Stream
    ) -> tuple[Response, Document, str]:
        """Return a feed that the page names, or one at a common address."""
        candidates = _links_of(page)[:3] or [
            urljoin(page.url, path) for path in COMMON_PATHS
        ]
        for url in candidates:
            try:
                response = self._get(url, stream)
                return response, _parse(response), response.moved_to or url
            except (NotAFeed, NotFound, UnsafeUrl):
                continue
        raise _no_feed(page, ", and names none: enter the address of the feed itself")

    # -- Entries

    def _posts(self, document: Document, namespace: str) -> list[tuple[Entry, Post]]:
        now = datetime.now(timezone.utc).replace(microsecond=0)
        uris = _uris(document, namespace)
        posts: dict[str, tuple[Entry, Post]] = {}
        for entry, uri in zip(document.entries, uris, strict=True):
            known = posts.get(uri)
            if known and (entry.updated is None or known[0].updated is None):
                continue
            if known and entry.updated <= known[0].updated:
                continue
            posts[uri] = entry, self._post(entry, uri, document, namespace, now)
        return list(posts.values())

    def _post(
        self, entry: Entry, uri: str, document: Document, namespace: str, now: datetime
    ) -> Post:
        published = entry.published or entry.updated or document.updated or now
        updated = entry.updated
        parent = entry.parent
        site = _site(document, namespace)
        comment = _COMMENT.search(entry.link) or _COMMENT.search(entry.guid)
        if comment and not parent:
            parent = comment.string[: comment.start()]
        kind = "review" if entry.rating is not None else "post"
        if entry.is_comment or comment:
            kind = "comment"
        return Post(
            uid=entry.guid or entry.link or uri,
            uri=uri,
            author=_author(entry.author, document, site, namespace),
            text=entry.text,
            title=entry.title,
            url=entry.link or (uri if absolute_url(uri) and "#" not in uri else ""),
            # A clock that is ahead must not keep a post on top for ever.
            published_at=min(published, now),
            edited_at=updated if updated and published < updated <= now else None,
            kind=kind,
            parent_uri=parent,
            rating=entry.rating,
            metrics=entry.metrics,
            media=entry.media,
            language=entry.language[:35],
            place=entry.place,
        )

    def _bad_items(self, document: Document, state: "_State") -> tuple[BadItem, ...]:
        """Return those that were not shown yet, and note them as shown."""
        items = [
            BadItem(_hash(raw).hex(), problem, raw) for problem, raw in document.bad
        ]
        shown, state.bad = set(state.bad), [item.uid for item in items]
        return tuple(item for item in items if item.uid not in shown)


# -- Which entries are the same

# What is the same wherever it is read.
_GLOBAL = re.compile(r"(?:https?://[^/]+/.|(?:at|did|doi|info|oai|tag|urn|yt):.)\S*$")


def _uris(document: Document, namespace: str) -> list[str]:
    """Return what tells each entry from all others, however it is fetched.

    Its page, if the page is its own: then a regenerated guid does no harm, nor one that
    is used for two entries. Else its guid, as it is where it is global, else within the
    feed. Else what it says.
    """
    home = _canonical(document.site)
    site = urlsplit(document.site).hostname
    by_link, by_guid = defaultdict(set), defaultdict(set)
    for entry in document.entries:
        # Versions of one Atom entry share everything but ``updated``.
        own = () if entry.updated else (entry.title, entry.published)
        by_link[_canonical(entry.link)].add((entry.guid, own))
        by_guid[entry.guid].add((_canonical(entry.link), own))
    uris = []
    for entry in document.entries:
        link = _canonical(entry.link)
        is_own = link not in ("", home) and len(by_link[link]) == 1
        if is_own and _is_on(site, entry.link):
            uri = _without_tracking(entry.link)
        elif entry.guid and len(by_guid[entry.guid]) == 1:
            is_global = _GLOBAL.match(entry.guid) and _canonical(entry.guid) != home
            guid = quote(entry.guid, safe=":/")
            uri = entry.guid if is_global else f"{namespace}#guid={guid}"
        elif is_own:
            uri = f"{namespace}#entry={_hash(link).hex()}"
        else:
            said = entry.title or entry.text
            name = _hash(link, entry.guid, said, str(entry.published or ""))
            uri = f"{namespace}#entry={name.hex()}"
        uris.append(uri)
    return uris


def _has_page(entry: Entry, post: Post) -> bool:
    return _canonical(post.uri) == _canonical(entry.link)


def _is_on(site: str | None, url: str) -> bool:
    """Is ``url`` a page of the site? Other pages may be talked about in many feeds."""
    host = urlsplit(url).hostname or ""
    host, site = host.removeprefix("www."), (site or host).removeprefix("www.")
    return host == site or host.endswith(f".{site}") or site.endswith(f".{host}")


def _without_tracking(url: str) -> str:
    head, mark, query = url.partition("?")
    query, hash_mark, fragment = query.partition("#")
    query = _TRACKING.sub("", query).lstrip("&")
    return head + (mark if query else "") + query + hash_mark + fragment


def _canonical(url: str) -> str:
    """Return what stays when a site moves to https or www."""
    rest = _without_tracking(url).partition("://")[2] or url
    return rest.removeprefix("www.").rstrip("/")


def _hash(*parts: str, size: int = 8) -> bytes:
    text = "\0".join(parts).encode("utf-8", "replace")
    return blake2b(text, digest_size=size).digest()


@dataclass
class _State:
    """The cursor: where the feed is, what the server said, which entries were seen.

    ``seen`` has a row of four hashes per entry, of its uri, what it says, and two other
    names it may come by: guid, and date, each with what it says.
    """

    url: str = ""  # if not the address of the stream
    etag: str = ""
    modified: str = ""
    seen: dict[bytes, bytes] = field(default_factory=dict)
    bad: list[str] = field(default_factory=list)
    page: int = 0  # of the archive, in backfill
    visited: list[str] = field(default_factory=list)
    done: bool = False

    size = 5  # bytes of a hash

    @classmethod
    def load(cls, cursor: str | None) -> "_State":
        if not cursor:
            return cls()
        try:
            state, empty = cls(**json.loads(cursor)), cls(seen="")
            for name, value in vars(empty).items():
                if type(getattr(state, name) or value) is not type(value):
                    raise TypeError(name)
            rows = base64.b64decode(state.seen or "")
        except (TypeError, ValueError, AttributeError):
            raise InvalidCursor("The feed must be read from its beginning.") from None
        step = 4 * cls.size
        rows = [rows[i : i + step] for i in range(0, len(rows), step)]
        state.seen = {row[: cls.size]: row[cls.size :] for row in rows}
        return state

    def __post_init__(self):
        self._names: set[bytes] | None = None

    def dump(self) -> str:
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        rows = b"".join(key + row for key, row in self.seen.items())
        values["seen"] = base64.b64encode(rows).decode()
        return json.dumps({name: value for name, value in values.items() if value})

    def _key(self, post: Post) -> bytes:
        return _hash(_canonical(post.uri), size=self.size)

    def _row(self, entry: Entry, post: Post) -> bytes:
        says = (entry.title, entry.text, str(entry.rating))
        content = _hash(*says, str(entry.updated), size=self.size)
        date = entry.published.isoformat() if entry.published else ""
        by_guid = by_date = bytes(self.size)
        if entry.guid:
            by_guid = _hash("guid", entry.guid, date, *says, size=self.size)
        if date and (entry.title or entry.text) and not _has_page(entry, post):
            by_date = _hash("date", date, post.author.name, *says, size=self.size)
        return content + by_guid + by_date

    def fresh(self, entry: Entry, post: Post) -> Post | None:
        """Return the post if it is new, with ``edited_at`` if it changed, else None."""
        known, row = self.seen.get(self._key(post)), self._row(entry, post)
        if known is None:
            return None if self.knows(entry, post) else post
        if known[: self.size] == row[: self.size]:
            return None
        now = datetime.now(timezone.utc).replace(microsecond=0)
        return replace(post, edited_at=post.edited_at or now)

    def knows(self, entry: Entry, post: Post) -> bool:
        """Was it seen, under this or another name?"""
        if self._key(post) in self.seen:
            return True
        size = self.size
        if self._names is None:
            self._names = {
                name
                for row in self.seen.values()
                for name in (row[size : 2 * size], row[2 * size :])
                if any(name)
            }
        row = self._row(entry, post)
        # A guid may be used again and again for undated entries of equal words: then
        # the page decides.
        if entry.published or not _has_page(entry, post):
            return not self._names.isdisjoint((row[size : 2 * size], row[2 * size :]))
        return False

    def keep(self, posts, waiting=frozenset(), grow: bool = False) -> None:
        """Note ``posts`` as seen, but for the uris that wait for the next page."""
        for entry, post in posts:
            if post.uri not in waiting:
                key = self._key(post)
                self.seen.pop(key, None)  # the last in the dict are the latest seen
                self.seen[key] = self._row(entry, post)
        most = feed_parser.MAX_ENTRIES if grow else max(MIN_SEEN, 2 * len(posts))
        for key in list(self.seen)[: max(0, len(self.seen) - most)]:
            del self.seen[key]

    def turn(self, url: str) -> None:
        """Go on with the older document ``url``, unless it was read already."""
        name = _hash(url).hex()
        self.done = not url or name in self.visited or self.page >= MAX_PAGES
        self.visited.append(name)
        self.page += 1
        self.url = url or self.url


# -- Documents


def _parse(response: Response) -> Document:
    content_type = response.headers.get("Content-Type", "")
    return feed_parser.parse(response.content, response.url, content_type)


def _private(error: AuthError, url: str) -> AuthError:
    """Return what a refusal means to who gave no login."""
    host = urlsplit(url).hostname
    if error.status == 401:
        new = AuthError(f"{host} shows this only with a user name and a password.")
        new.about("username")
    else:
        new = AuthError(f"{host} shows this to nobody from outside: it is private.")
        new.about("query")
    new.status, new.code = error.status, error.code
    return new


def _no_feed(response: Response, reason: str) -> RemoteError:
    host = urlsplit(response.url).hostname
    return RemoteError(f"What {host} sends is not a feed{reason}.")


def _next_url(document: Document, state: _State, url: str, news: list) -> str:
    """Return the address of the next older document, "" at the end."""
    if document.next_url or not document.is_paged or not news:
        return document.next_url
    parts = urlsplit(url)
    query = [part for part in parts.query.split("&") if part]
    query = [part for part in query if not part.startswith("paged=")]
    query.append(f"paged={state.page + 2}")
    return parts._replace(query="&".join(query)).geturl()


def _links_of(page: Response) -> list[str]:
    """Return the addresses of feeds that a web page names, the best first."""
    html = feed_parser.decode(page.content, page.headers.get("Content-Type", ""))
    html = "".join(
        piece.partition("-->")[2] if number else piece
        for number, piece in enumerate(html.split("<!--"))
    )
    found, base = [], page.url
    for match in re.finditer(r"<(link|base|a)\s", html, re.IGNORECASE):
        attributes, _end = tag_attributes(html, match.end())
        href = attributes.get("href", "")
        if match[1].lower() == "base":
            base = absolute_url(href, page.url) or base
        elif "alternate" in attributes.get("rel", "").lower().split():
            kind = attributes.get("type", "").partition(";")[0].strip().lower()
            about = attributes.get("title", "").lower()
            if kind in FEED_TYPES and (url := absolute_url(href, base)):
                found.append(("comment" in about, FEED_TYPES.index(kind), url))
    found.sort(key=lambda one: one[:2])
    return list(dict.fromkeys(url for *_rank, url in found))


# -- Authors


def _site(document: Document, namespace: str) -> Author:
    """The feed itself as an author, for entries that name none."""
    url = document.site or namespace
    name = document.title or urlsplit(url).hostname or ""
    return Author(uid=url, uri=url, name=name[:300], url=url)


def _author(person: Person, document: Document, site: Author, namespace: str) -> Author:
    """One person; the address of the site is often given for all who write there."""
    if not (person.name or person.url):
        person = document.author
    is_own = person.url and _canonical(person.url) != _canonical(site.url)
    if is_own:
        uri = person.url
    elif person.name:
        uri = f"{namespace}#author={quote(person.name.casefold())}"
    else:
        return site
    return Author(
        uid=uri,
        uri=uri,
        name=person.name,
        url=person.url,
        avatar_url=person.avatar_url,
    )
