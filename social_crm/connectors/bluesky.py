"""Bluesky, and every other server of the AT Protocol.

Sources: the lexicons com.atproto.server, .repo and .identity, app.bsky.actor, .feed,
.notification, .embed and .richtext.facet; "Rate Limits" in Bluesky's documentation.
"""

import json
import logging
import re
import string
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from hashlib import sha256

from .base import SocialConnector
from .errors import (
    AuthError,
    ConnectorError,
    InvalidCursor,
    NotFound,
    NotSupported,
    Rejected,
    RemoteError,
)
from .policy import Policy
from .records import Author, BadItem, Media, Page, Post, ReplyResult, Stream
from .text import absolute_url, clean, one_line

_logger = logging.getLogger(__name__)

UTC = timezone.utc

DEFAULT_URL = "https://bsky.social"
PUBLIC_URL = "https://public.api.bsky.app"
WEB_URL = "https://bsky.app"
POST = "app.bsky.feed.post"
PAGE_KINDS = {
    POST: "post",
    "app.bsky.feed.generator": "feed",
    "app.bsky.graph.list": "lists",
}
AUTHOR_FEED = "app.bsky.feed.getAuthorFeed"
SEARCH = "app.bsky.feed.searchPosts"
PROFILES = "app.bsky.actor.getProfiles"
# What a server may show to those who did not log in.
OPEN_CALLS = (AUTHOR_FEED, SEARCH, PROFILES)
# Who sets it wants to be seen only by people who logged in.
HIDDEN_LABEL = "!no-unauthenticated"
REASONS = ("mention", "reply", "quote")
MAX_PAGE = 100
MAX_BYTES = 3000
MAX_RAW = 100_000
MAX_MET = 2000
POSTS_PER_CALL = 25
PROFILES_PER_CALL = 25
THREAD_DEPTH = 100
# The network sorts by the date that the author's app gives, so a post may turn up this
# late below newer ones. Each cycle looks back so far.
OVERLAP = timedelta(minutes=10)
# An earlier date is a mistake, even of a post that was imported from elsewhere.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
# From here on a record key tells when its post was made.
LAUNCH = datetime(2022, 1, 1, tzinfo=UTC)
# Hosts that give everybody a name below their own: such a name proves nothing.
HANDLE_HOSTS = (".bsky.social", ".brid.gy")
# What the full view of a profile tells, also by leaving it out.
IN_FULL = frozenset(("name", "bio", "avatar_url", "pronouns", "verified_links"))
METRICS = {
    "likes": "likeCount",
    "reposts": "repostCount",
    "replies": "replyCount",
    "quotes": "quoteCount",
    "followers": "followersCount",
    "following": "followsCount",
    "posts": "postsCount",
}
SEARCH_ENDED = (
    "Bluesky's search ended before the last known post. It does not promise to find"
    " everything: posts may be missing."
)
# Signs of Indic scripts that join two letters into one.
CONJOINING = "\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d\u1039\u17d2"
KEY_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"

_AT_URI = re.compile(r"at://(did:[a-z]+:[\w.:%-]+)/([A-Za-z0-9.-]+)/([\w.~:-]+)", re.A)
_DATE = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)?(?:[Zz]|([+-]\d\d):?(\d\d))?", re.A
)
_LINK = re.compile(r"https?://[^\s<>\"]+")
_MENTION = re.compile(
    r"(?<![\w@/.])@((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62})",
    re.A | re.I,
)
_TAG = re.compile(r"(?<!\S)[#＃](\S+)")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


class Bluesky(SocialConnector):
    """One account, logged in with an app password; its session is kept and renewed.

    Without any login it reads what the network shows to everybody: what a handle posts
    and, where the server allows that, a search.
    """

    code = "bluesky"
    label = "Bluesky"
    icon = "fa-cloud"
    capabilities = frozenset(
        ("fetch", "backfill", "thread", "reply", "delete", "edits", "profiles")
    )
    credential_fields = ("base_url", "handle", "password")
    stream_kinds = ("mentions", "search", "hashtag", "own")
    max_length = 300
    policy = Policy(
        clause="Profiles and posts are public. What authors delete must go here, too.",
        source="Bluesky: Terms of Service; Developer Guidelines",
    )

    def __init__(self, credentials, session=None, private_hosts=()):
        super().__init__(credentials, session, private_hosts)
        self._renewing = threading.Lock()
        names = ("handle", "password", "access_token", "refresh_token")
        self._is_guest = not any(map(self.credentials.get, names))
        usual = PUBLIC_URL if self._is_guest else DEFAULT_URL
        self._server = self.credentials.get("base_url") or usual

    # -- Reading

    def verify(self) -> Author:
        params = {"actor": self._own_did()}
        return _author(self._call("GET", "app.bsky.actor.getProfile", params))

    def fetch(self, stream: Stream, cursor: str | None = None, limit: int = 40) -> Page:
        """Return what is new, newest first, page by page back to what is known.

        The cursor holds up to when all is known (``seen``) and the posts known of the
        ``OVERLAP`` before (``known``). On the way back there it also holds the server's
        own cursor (``page``) and what the next cycle starts from (``newest``, ``met``).
        """
        state = _load(cursor)
        try:
            items, older = self._items(stream, state["page"], limit)
        except InvalidCursor:
            # The server forgot where we were: once more from the newest.
            if not state["page"] or state["restarted"]:
                raise
            state["restarted"] = True
            items, older = self._items(stream, "", limit)
        seen = state["seen"]
        marks, dates = [_mark(item) for item in items], [_dates(item) for item in items]
        published = [date for date, _latest in dates if date]
        newest = max([seen, state["newest"], *published])
        # Posts dated ahead stay on top for years: only the later date says "old".
        is_old = [latest < seen - OVERLAP for _date, latest in dates]
        met = dict.fromkeys(state["met"])
        skip = {*met, *state["known"]}
        new = [
            item
            for item, mark, old in zip(items, marks, is_old, strict=True)
            if not old and mark not in skip
        ]
        met |= {
            mark: None
            for mark, (_date, latest) in zip(marks, dates, strict=True)
            if latest >= newest - OVERLAP
        }
        arrived = bool(is_old) and is_old[-1]
        more = cursor is not None and bool(older) and not arrived
        if more:
            state.update(newest=newest, page=older, met=[*met][:MAX_MET])
        else:
            state = {"seen": newest, "known": [*met][:MAX_MET]}
        page = self._page(stream, new, _dump(state), more)
        reached = more or arrived or min(published, default=newest) <= seen
        if seen > EARLIEST and not reached and stream.kind in ("search", "hashtag"):
            page = replace(page, notice=SEARCH_ENDED)
        return page

    def backfill(
        self, stream: Stream, cursor: str | None = None, limit: int = 40
    ) -> Page:
        items, older = self._items(stream, cursor or "", limit)
        return self._page(stream, items, older or cursor, bool(older))

    def parse(self, raw: str, stream: Stream) -> Post:
        try:
            return self._post(json.loads(raw))
        except RecursionError:
            raise ValueError("The post is nested too deeply.") from None

    def refresh(self, uids: Iterable[str]) -> tuple[Post, ...]:
        """Return the posts as they are now.

        ``deleted`` are those that the network shows no more: taken away by the author
        or a moderator, account closed, or our account blocked.
        """
        uids = [uid for uid in dict.fromkeys(uids) if _AT_URI.fullmatch(uid)]
        views = self._views(uids)
        posts, _bad_items = self._read(views.values())
        return posts + tuple(_gone(uid) for uid in uids if uid not in views)

    def thread(self, uid: str) -> tuple[Post, ...]:
        """Return what ``uid`` answers, itself, and its answers, oldest first."""
        _check_uid(uid)
        params = {"uri": uid, "depth": THREAD_DEPTH, "parentHeight": THREAD_DEPTH}
        answer = self._call("GET", "app.bsky.feed.getPostThread", params)
        top = _dict(answer.get("thread"))
        if "post" not in top:
            raise NotFound("Bluesky does not show this post to our account.")
        views, waiting, above = [], [top], _dict(top.get("parent"))
        while waiting:
            node = waiting.pop()
            views.append(node.get("post"))
            waiting += map(_dict, _list(node.get("replies")))
        while above:
            views.insert(0, above.get("post"))
            above = _dict(above.get("parent"))
        # What is deleted or blocked has no post and stays out.
        posts, _bad_items = self._read(filter(None, views))
        # An answer comes after what it answers, whatever its author's clock says.
        order: dict[str, datetime] = {}
        for post in posts:
            date = order.get(post.parent_uri, post.published_at)
            order[post.uri] = max(date, post.published_at)
        return tuple(sorted(posts, key=lambda post: order[post.uri]))

    def profiles(self, people: Iterable[Author]) -> tuple[Author, ...]:
        """The network leaves out who is deleted, closed or suspended."""
        dids = list(dict.fromkeys(person.uri for person in people))
        found: dict[str, Author] = {}
        for start in range(0, len(dids), PROFILES_PER_CALL):
            part = dids[start : start + PROFILES_PER_CALL]
            answer = self._call("GET", PROFILES, {"actors": part})
            views = answer.get("profiles")
            if not isinstance(views, list):
                raise RemoteError("Bluesky sent no list of profiles.")
            authors = (self._shown(_dict(view)) for view in views)
            found |= {did: Author(did, did, is_gone=True) for did in part}
            found |= {author.uri: author for author in authors if author.uri in part}
        return tuple(found.values())

    def _shown(self, view: Mapping) -> Author:
        author = _author(view)
        if self._is_guest and _is_hidden({"author": view}):
            # That they are there is all that guests may know.
            return Author(author.uid, author.uri, author.handle)
        return author

    def _items(self, stream: Stream, page: str, limit: int) -> tuple[list, str]:
        """Return (items as sent, the server's cursor to older ones or "")."""
        params: dict = {"limit": max(1, min(limit, MAX_PAGE))}
        if page:
            params["cursor"] = page
        query = stream.query.strip()
        if stream.kind == "mentions":
            nsid, key = "app.bsky.notification.listNotifications", "notifications"
            params["reasons"] = REASONS
        elif stream.kind == "own":
            nsid, key = AUTHOR_FEED, "feed"
            params["actor"] = query.removeprefix("@") or self._own_did()
            params["filter"] = "posts_with_replies"
        elif stream.kind in ("search", "hashtag"):
            nsid, key = SEARCH, "posts"
            if stream.kind == "hashtag":
                params["tag"] = query = query.lstrip("#")
            if not query:
                raise Rejected("Enter what is to be searched for on Bluesky.")
            params["q"] = f"#{query}" if stream.kind == "hashtag" else query
            params["sort"] = "latest"
        else:
            raise NotSupported(f"Bluesky has no stream of {stream.kind}.")
        answer = self._call("GET", nsid, params)
        items, older = answer.get(key), _text(answer.get("cursor"))
        if not isinstance(items, list):
            raise RemoteError("Bluesky sent a page without a list. It is asked again.")
        if stream.kind == "mentions":
            # Servers older than "reasons" send likes and follows, too.
            items = [
                item for item in items if _dict(item).get("reason", "reply") in REASONS
            ]
        elif stream.kind == "own":
            # With a reason it is a repost, or pinned on top.
            items = [
                _dict(item).get("post", item)
                for item in items
                if not _dict(item).get("reason")
            ]
        if self._is_guest:
            items = [item for item in items if not _is_hidden(item)]
        return items, older if older != page else ""

    def _views(self, uids: Iterable) -> dict[str, dict]:
        """Return the posts that still exist, by uri, as the network shows them."""
        known = [uid for uid in uids if isinstance(uid, str) and _AT_URI.fullmatch(uid)]
        known = list(dict.fromkeys(known))
        views: dict[str, dict] = {}
        for start in range(0, len(known), POSTS_PER_CALL):
            params = {"uris": known[start : start + POSTS_PER_CALL]}
            answer = self._call("GET", "app.bsky.feed.getPosts", params)
            found = map(_dict, _list(answer.get("posts")))
            views.update((_text(view.get("uri")), view) for view in found)
        return views

    def _page(
        self, stream: Stream, items: list, cursor: str | None, more: bool
    ) -> Page:
        if stream.kind == "mentions":
            # A notification lacks the counts and the addresses of the media.
            uids = [_dict(item).get("uri") for item in items]
            try:
                views = self._views(uids)
            except Rejected as error:
                _logger.info("Bluesky shows no details of these mentions: %s", error)
                views = {}
            items = [
                views.get(_text(uid), item)
                for uid, item in zip(uids, items, strict=True)
            ]
        posts, bad_items = self._read(items)
        return Page(posts, cursor, more, bad_items)

    def _read(self, items: Iterable) -> tuple[tuple[Post, ...], tuple[BadItem, ...]]:
        posts: dict[str, Post] = {}
        bad_items = []
        for item in items:
            try:
                post = self._post(item)
            except ValueError as error:
                raw = json.dumps(item)[:MAX_RAW]
                uid = _text(_dict(item).get("uri"))
                bad_items.append(BadItem(uid, str(error), raw))
            else:
                posts.setdefault(post.uri, post)
        return tuple(posts.values()), tuple(bad_items)

    def _post(self, view) -> Post:
        """Read a postView, or a notification, which is alike. Raises ValueError."""
        view = _dict(view)
        uri = _text(view.get("uri"))
        did, _collection, _rkey = _split(uri)
        record = _dict(view.get("record"))
        published_at, _latest = _dates(view)
        if published_at is None:
            raise ValueError("The post has no date that can be read.")
        text, links = _rich_text(record)
        # Whose post it is stands in its address.
        author = _author({**_dict(view.get("author")), "did": did})
        reply = _dict(record.get("reply"))
        parent = _text(_dict(reply.get("parent")).get("uri"))
        thread = _text(_dict(reply.get("root")).get("uri")) or parent or uri
        languages = list(filter(None, map(_text, _list(record.get("langs")))))
        own = self.credentials.get("account_uid")
        media: dict[str, Media] = {}
        embed = _dict(view.get("embed")) or _dict(record.get("embed"))
        for item in (*_media(embed), *links):
            media.setdefault(item.url, item)
        return Post(
            uid=uri,
            uri=uri,
            author=author,
            text=text,
            url=_web_url(uri, author.handle),
            published_at=published_at,
            kind="comment" if parent else "post",
            parent_uid=parent,
            parent_uri=parent,
            parent_is_own=bool(own) and parent.startswith(f"at://{own}/"),
            thread_uid=thread,
            thread_uri=thread,
            metrics=_metrics(view),
            media=tuple(media.values()),
            language=languages[0] if languages else "",
            is_own=author.uri == own,
        )

    # -- Answering

    def reply(
        self, post_uid: str, text: str, idempotency_key: str, **options
    ) -> ReplyResult:
        """Answer ``post_uid``; a second call with the same key sends nothing.

        Option ``language``: the BCP 47 tag of ``text``.
        """
        _check_uid(post_uid)
        text = clean(text).strip()
        length, size = count_graphemes(text), len(text.encode())
        if not text:
            raise Rejected("The answer is empty.")
        if length > self.max_length or size > MAX_BYTES:
            raise Rejected(
                f"Bluesky takes at most {self.max_length} characters or {MAX_BYTES}"
                f" bytes. This answer has {length} characters, {size} bytes."
            )
        view = self._views([post_uid]).get(post_uid)
        if not view:
            raise NotFound("The post is gone, or Bluesky does not show it to us.")
        if _dict(view.get("viewer")).get("replyDisabled"):
            raise Rejected("The author does not let our account answer this post.")
        parent = {"uri": post_uid, "cid": view.get("cid")}
        root = _dict(_dict(view.get("record")).get("reply")).get("root")
        record = {
            "$type": POST,
            "text": text,
            "createdAt": f"{_now():%Y-%m-%dT%H:%M:%S.%f}Z",
            "reply": {"root": root or parent, "parent": parent},
        }
        if facets := self._facets(text):
            record["facets"] = facets
        language = (options.get("language") or "").replace("_", "-")
        if _LANGUAGE.fullmatch(language):
            record["langs"] = [language]
        # Without a record to swap with: only if there is none yet.
        body = {**self._address(idempotency_key), "record": record, "swapRecord": None}
        try:
            answer = self._call("POST", "com.atproto.repo.putRecord", json=body)
        except Rejected as error:
            if getattr(error, "code", "") != "InvalidSwap":
                raise
            sent = self.find_sent(idempotency_key)
            if sent and sent.post and sent.post.parent_uri == post_uid:
                return sent
            raise Rejected("Another answer was sent with this key before.") from error
        return self._sent(answer, record)

    def find_sent(self, idempotency_key: str) -> ReplyResult | None:
        """Return the answer that was sent with this key, None if there is none."""
        params = self._address(idempotency_key)
        try:
            answer = self._call("GET", "com.atproto.repo.getRecord", params)
        except NotFound:
            return None
        return self._sent(answer, _dict(answer.get("value")))

    def delete(self, uid: str) -> None:
        """Delete one of our own posts; it is no error if it is gone already."""
        did, collection, rkey = _check_uid(uid)
        if did != self._own_did():
            raise Rejected("Only our own posts can be deleted.")
        body = {"repo": did, "collection": collection, "rkey": rkey}
        self._call("POST", "com.atproto.repo.deleteRecord", json=body)

    def _address(self, idempotency_key: str) -> dict:
        rkey = _record_key(idempotency_key)
        return {"repo": self._own_did(), "collection": POST, "rkey": rkey}

    def _sent(self, answer: dict, record: dict) -> ReplyResult:
        handle = self._identifier()
        author = {"did": self._own_did()}
        if "@" not in handle and not handle.startswith("did:"):
            author["handle"] = handle
        view = {"uri": answer.get("uri"), "author": author, "record": record}
        try:
            post = self._post(view)
        except ValueError:
            raise RemoteError(
                "Bluesky does not say what became of the answer.", maybe_sent=True
            ) from None
        return ReplyResult(post.uid, post.uri, post.url, post)

    def _facets(self, text: str) -> list[dict]:
        """Return what is a link, a mention or a tag in ``text``."""
        found = []
        for match in _LINK.finditer(text):
            url = match[0].rstrip(".,;:!?'*")
            if "(" not in url:
                url = url.rstrip(").")
            if absolute_url(url):
                found.append((match.start(), url, "link", {"uri": url}))
        for match in _MENTION.finditer(text):
            if did := self._resolve(match[1]):
                found.append((match.start(), match[0], "mention", {"did": did}))
        for match in _TAG.finditer(text):
            tag = match[1].rstrip(string.punctuation + "…。、！？")
            if tag and not tag.isdecimal() and len(tag) <= 64:
                found.append((match.start(), f"#{tag}", "tag", {"tag": tag}))
        facets = []
        for start, shown, kind, value in sorted(found, key=lambda item: item[0]):
            before = len(text[:start].encode())
            index = {"byteStart": before, "byteEnd": before + len(shown.encode())}
            feature = {"$type": f"app.bsky.richtext.facet#{kind}", **value}
            facets.append({"index": index, "features": [feature]})
        return facets

    def _resolve(self, handle: str) -> str:
        params = {"handle": handle.lower()}
        try:
            answer = self._call("GET", "com.atproto.identity.resolveHandle", params)
        except (NotFound, Rejected):
            return ""  # nobody has that name: it stays text
        return _text(answer.get("did"))

    # -- Session

    def _call(self, method: str, nsid: str, params=None, json=None) -> dict:
        """Call an XRPC method as our account, again with a new token if need be."""
        if self._is_guest and nsid in OPEN_CALLS:
            return self._ask_as_guest(nsid, params)
        token = self._token()
        try:
            return self._xrpc(method, nsid, token, params, json)
        except AuthError as error:
            if getattr(error, "code", "") not in ("ExpiredToken", "InvalidToken"):
                raise
        return self._xrpc(method, nsid, self._token(failed=token), params, json)

    def _ask_as_guest(self, nsid: str, params: dict) -> dict:
        """Call what needs no login. Raises AuthError where this server wants one."""
        try:
            return self._xrpc("GET", nsid, params=params)
        except AuthError:
            raise AuthError(
                "Bluesky lets only those search who log in. What a handle posts, for"
                " example acme.bsky.social, is open to everybody."
                if nsid == SEARCH
                else "This server of Bluesky shows nothing without a login."
            ) from None
        except Rejected as error:
            if nsid == AUTHOR_FEED and error.code == "InvalidRequest":
                raise NotFound(
                    f"Bluesky knows nobody called {params['actor']}."
                ) from None
            raise

    def _xrpc(self, method: str, nsid: str, token="", params=None, json=None) -> dict:
        """Call an XRPC method. Raises what its error code means, not its status."""
        url = f"{self._server.rstrip('/')}/xrpc/{nsid}"
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            response = self.http.request(
                method, url, params=params, json=json, headers=headers
            )
        except (AuthError, Rejected) as error:
            raise _translated(error, bool(params and "cursor" in params)) from None
        return response.json(expect=dict)

    def _own_did(self) -> str:
        self._token()
        return self.credentials["account_uid"]

    def _token(self, failed: str = "") -> str:
        """Return an access token other than the one that ``failed``.

        The network allows 30 logins in 5 minutes and 300 a day. So the session is kept,
        and of the workers that need a new one only the first asks for it.
        """
        if token := _token_of(self.credentials, failed):
            return token
        with self._renewing, self.credential_lock() as stored:
            if token := _token_of(stored, failed):
                names = ("access_token", "refresh_token", "account_uid")
                self.credentials.update((name, stored.get(name, "")) for name in names)
                self.http.add_secrets([token, stored.get("refresh_token")])
                return token
            session = self._renew(stored.get("refresh_token", "")) or self._log_in()
            access, refresh, did = (
                _text(session.get(name)) for name in ("accessJwt", "refreshJwt", "did")
            )
            if not (access and refresh and did):
                raise RemoteError("Bluesky's answer to the login is incomplete.")
            self.save_credentials(
                access_token=access, refresh_token=refresh, account_uid=did
            )
            if not self.credentials.get("base_url"):
                self._server = _home(session) or DEFAULT_URL
            return access

    def _renew(self, refresh_token: str) -> dict:
        if not refresh_token:
            return {}
        self.http.add_secrets([refresh_token])
        try:
            nsid = "com.atproto.server.refreshSession"
            return self._xrpc("POST", nsid, refresh_token)
        except (AuthError, Rejected):
            return {}  # too old, or ended from elsewhere

    def _log_in(self) -> dict:
        identifier, password = self._identifier(), self.credentials.get("password")
        if not identifier or not password:
            missing = "password" if identifier else "handle"
            raise AuthError(
                "Enter the handle and an app password of the account."
            ).about(missing)
        return self._xrpc(
            "POST",
            "com.atproto.server.createSession",
            json={"identifier": identifier, "password": password},
        )

    def _identifier(self) -> str:
        """Return the handle without its "@" and the invisible marks copied along."""
        handle = self.credentials.get("handle", "").lower()
        shown = (char for char in handle if unicodedata.category(char) != "Cf")
        return "".join(shown).strip().removeprefix("@")


def _token_of(credentials: Mapping[str, str], failed: str) -> str:
    token = credentials.get("access_token") or ""
    return token if credentials.get("account_uid") and token != failed else ""


def _translated(error: ConnectorError, has_cursor: bool) -> ConnectorError:
    """Return what the network's error code means: its statuses are mostly 400."""
    code, text = getattr(error, "code", ""), str(error)
    if code == "InvalidToken" and "Bad token" in text:
        # The token is good, but not for this: no new one would help.
        code, new = "", AuthError("The app password lacks a permission for this.")
    elif code == "AuthenticationRequired":
        new = AuthError("Bluesky does not know this handle with this password.")
    elif code in ("AccountDeactivated", "AccountTakedown"):
        new = AuthError(
            "Bluesky shows nothing of this account: it is deactivated or suspended."
            " Sign in there to see why."
        ).about("handle")
    elif code in ("BlockedActor", "BlockedByActor"):
        new = Rejected(
            "Bluesky shows us nothing of this account: it blocks ours, or ours blocks"
            " it."
        ).about("query")
    elif code in ("ExpiredToken", "InvalidToken"):
        new = AuthError("Bluesky ended the session. Enter the app password again.")
    elif code == "AuthFactorTokenRequired":
        new = AuthError(
            "Bluesky wants a code that it sends by e-mail. Use an app password instead"
            " of the account's own: Settings, Privacy and security, App passwords."
        )
    elif code in ("NotFound", "RecordNotFound"):
        new = NotFound("Bluesky has no such post. It may be deleted.")
    elif has_cursor and "cursor" in text.lower():
        new = InvalidCursor("Bluesky no longer knows this place in the list.")
    else:
        return error
    new.code, new.status = code, getattr(error, "status", None)
    return new


def _home(session: Mapping) -> str:
    """Return the address of the account's own server, "" if it is not said."""
    for service in map(_dict, _list(_dict(session.get("didDoc")).get("service"))):
        if _text(service.get("id")).endswith("#atproto_pds"):
            return absolute_url(_text(service.get("serviceEndpoint")))
    return ""


# -- Our cursor


def _load(cursor: str | None) -> dict:
    """Read a cursor of ours. Raises InvalidCursor."""
    state = {
        "seen": EARLIEST,
        "known": [],
        "newest": EARLIEST,
        "met": [],
        "page": "",
        "restarted": False,
    }
    if cursor is None:
        return state
    try:
        stored = json.loads(cursor)
        state.update((name, stored[name]) for name in state if name in stored)
        for name in ("seen", "newest"):
            state[name] = datetime.fromisoformat(str(state[name])).astimezone(UTC)
        if "seen" not in stored:
            raise ValueError("of another network")
    except (ValueError, TypeError):
        raise InvalidCursor("The stored place is not one of Bluesky's.") from None
    return state


def _dump(state: Mapping) -> str:
    return json.dumps(state, default=datetime.isoformat)


def _mark(item) -> str:
    """Return a short name of an item, the same whenever it is sent."""
    name = _text(_dict(item).get("uri")) or json.dumps(item)
    return sha256(name.encode()).hexdigest()[:10]


# -- What the network sends


def _dict(value) -> dict:
    return value if isinstance(value, dict) else {}


def _list(value) -> list:
    return value if isinstance(value, list) else []


def _text(value) -> str:
    return clean(value) if isinstance(value, str) else ""


def _is_hidden(view) -> bool:
    """Tell whether the author wants to be seen only by those who logged in."""
    labels = _list(_dict(_dict(view).get("author")).get("labels"))
    return any(_dict(label).get("val") == HIDDEN_LABEL for label in labels)


def _now() -> datetime:
    return datetime.now(UTC)


def _split(uri: str) -> tuple[str, str, str]:
    """Return (DID, collection, record key) of an at-uri. Raises ValueError."""
    match = _AT_URI.fullmatch(uri)
    if not match:
        raise ValueError("The post has no valid address (at-uri).")
    return match[1], match[2], match[3]


def _check_uid(uid: str) -> tuple[str, str, str]:
    try:
        return _split(uid)
    except ValueError:
        raise Rejected("This is not a post of Bluesky.") from None


def _web_url(uri: str, handle: str = "") -> str:
    did, collection, rkey = _split(uri)
    url = f"{WEB_URL}/profile/{handle.removeprefix('@') or did}"
    kind = PAGE_KINDS.get(collection)
    return f"{url}/{kind}/{rkey}" if kind else url


def _date(value) -> datetime | None:
    """Read an ISO 8601 date and time in any of its spellings; without a zone, UTC."""
    match = _DATE.fullmatch(value) if isinstance(value, str) else None
    if not match:
        return None
    day, time, fraction, hours, minutes = match.groups("")
    zone = f"{hours}:{minutes}" if hours else "+00:00"
    try:
        date = datetime.fromisoformat(f"{day}T{time}{fraction[:7] or '.':0<7}{zone}")
        return date.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _dates(view) -> tuple[datetime | None, datetime]:
    """Return when a post was published (None: not readable) and its later date.

    ``createdAt`` is what the author's app says and may be anything; ``indexedAt`` is
    when the server saw it.
    """
    record = _dict(_dict(view).get("record"))
    said = _date(record.get("createdAt")), _date(_dict(view).get("indexedAt"))
    dates = [date for date in said if date]
    likely = [date for date in dates if date >= EARLIEST]
    if not likely:
        return max(dates, default=None), _now()
    return min(*likely, _now()), max(likely)


def _metrics(view: Mapping) -> dict[str, int]:
    counts = {name: view.get(key) for name, key in METRICS.items()}
    return {name: count for name, count in counts.items() if type(count) is int}


def _author(profile: Mapping) -> Author:
    did, handle = _text(profile.get("did")), _text(profile.get("handle"))
    if handle == "handle.invalid":
        handle = ""
    # The network proves a handle by the DNS, or by the website, of that name.
    proven = "." in handle and not handle.endswith(HANDLE_HOSTS)
    return Author(
        uid=did,
        uri=did,
        handle=f"@{handle}" if handle else "",
        name=one_line(_text(profile.get("displayName"))),
        url=f"{WEB_URL}/profile/{handle or did}",
        avatar_url=absolute_url(_text(profile.get("avatar"))),
        bio=_text(profile.get("description")),
        metrics=_metrics(profile),
        verified_links=(f"https://{handle}",) if proven else (),
        created_at=_date(profile.get("createdAt")),
        pronouns=one_line(_text(profile.get("pronouns"))),
        # A short view leaves out what a full one would show.
        told=IN_FULL if "followersCount" in profile else frozenset(),
    )


def _gone(uid: str) -> Post:
    """Return what is left of a deleted post; its key tells when it was made."""
    did, _collection, rkey = _split(uid)
    made = now = _now()
    if len(rkey) == 13 and set(rkey) <= set(KEY_LETTERS):
        number = 0
        for letter in rkey:
            number = number * 32 + KEY_LETTERS.index(letter)
        age = timedelta(microseconds=(number >> 10) & (2**53 - 1))
        made = datetime.fromtimestamp(0, UTC) + age
    made = made if LAUNCH < made < now else now
    return Post(uid, uid, _author({"did": did}), "", _web_url(uid), made, deleted=True)


def _media(embed: Mapping) -> Iterator[Media]:
    """Yield images, video, link card and quoted post, of a view or of a record."""
    kind = _text(embed.get("$type")).removesuffix("#view").rpartition(".")[2]
    if kind == "recordWithMedia":
        yield from _media(_dict(embed.get("media")))
        yield from _quote(_dict(_dict(embed.get("record")).get("record")))
    elif kind == "record":
        yield from _quote(_dict(embed.get("record")))
    elif kind == "images":
        for image in map(_dict, _list(embed.get("images"))):
            yield from _medium("image", image, "fullsize", "thumb")
    elif kind == "video":
        yield from _medium("video", embed, "playlist", "thumbnail")
    elif kind == "external":
        yield from _medium("link", _dict(embed.get("external")), "uri", "thumb")


def _medium(kind: str, data: Mapping, url: str, preview: str) -> Iterator[Media]:
    address = absolute_url(_text(data.get(url)))
    if address:
        yield Media(
            kind,
            address,
            preview_url=absolute_url(_text(data.get(preview))),
            alt=_text(data.get("alt") or data.get("description")),
            mimetype="application/vnd.apple.mpegurl" if kind == "video" else "",
            title=one_line(_text(data.get("title"))),
        )


def _quote(record: Mapping) -> Iterator[Media]:
    uri = _text(record.get("uri"))
    if _AT_URI.fullmatch(uri):
        handle = _author(_dict(record.get("author"))).handle
        text = _text(_dict(record.get("value")).get("text"))
        name = _text(record.get("displayName") or record.get("name"))
        title = one_line(f"{handle}: {text}" if handle else name)
        yield Media("link", _web_url(uri, handle), title=title[:300])


def _rich_text(record: Mapping) -> tuple[str, list[Media]]:
    """Return the text with shortened links in full, and the links behind words.

    Raises ValueError if there is no text. Offsets count bytes of UTF-8 and may be
    anything: beyond the text, overlapping, inside a character.
    """
    text = record.get("text")
    if not isinstance(text, str):
        raise ValueError("The post has no text that can be read.")
    raw = text.encode("utf-8", "replace")
    parts, links, done = [], [], 0
    for start, end, uri in sorted(_link_facets(record)):
        inside = any(
            0x80 <= byte < 0xC0 for at in (start, end) for byte in raw[at:][:1]
        )
        if inside or not done <= start < end <= len(raw):
            continue
        shown = raw[start:end].decode().strip()
        short = _bare(shown).removesuffix("…").removesuffix("...")
        if short and _bare(uri).startswith(short):
            parts += [raw[done:start], uri.encode()]
            done = end
        else:
            links.append(Media("link", uri, title=one_line(shown)))
    parts.append(raw[done:])
    return clean(b"".join(parts).decode()), links


def _link_facets(record: Mapping) -> Iterator[tuple[int, int, str]]:
    for facet in map(_dict, _list(record.get("facets"))):
        index = _dict(facet.get("index"))
        start, end = index.get("byteStart"), index.get("byteEnd")
        for feature in map(_dict, _list(facet.get("features"))):
            uri = absolute_url(_text(feature.get("uri")))
            if uri and type(start) is int and type(end) is int and start >= 0:
                yield start, end, uri


def _bare(url: str) -> str:
    return re.sub(r"^(https?://)?(www\.)?", "", url.lower())


# -- What the network takes


def _record_key(idempotency_key: str) -> str:
    """Return a valid record key (TID) made of ``idempotency_key`` alone.

    60 of its 63 bits are used: times before 2007, so none that a post of an app has.
    """
    number = int.from_bytes(sha256(idempotency_key.encode()).digest()[:8], "big") >> 4
    return "".join(KEY_LETTERS[number >> shift & 31] for shift in range(60, -1, -5))


def count_graphemes(text: str) -> int:
    """Count what readers see as one character (Unicode annex 29, its usual cases)."""
    count, flag, previous = 0, False, ""
    for char in text:
        is_half_flag = "\U0001f1e6" <= char <= "\U0001f1ff"
        if (flag and is_half_flag) or _joins(previous, char):
            flag = False
        else:
            count += 1
            flag = is_half_flag
        previous = char
    return count


def _joins(previous: str, char: str) -> bool:
    """Tell whether ``char`` belongs to the character of ``previous``."""
    if not previous or previous in "\r\n" or char < "\x7f":
        return previous + char == "\r\n"
    category = unicodedata.category(char)
    return (
        category in ("Mn", "Mc", "Me")
        or char in "\u200c\u200d\u0e33\u0eb3"
        or "\U0001f3fb" <= char <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= char <= "\U000e007f"  # flags of regions
        or (previous == "\u200d" and category in ("So", "Sm", "Cn"))
        or (previous in CONJOINING and category == "Lo")
        or ("\u1160" <= char <= "\u11ff" and "\u1100" <= previous <= "\ud7a3")
    )
