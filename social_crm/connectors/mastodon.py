"""Mastodon, and every server that speaks its API.

Sources: docs.joinmastodon.org, "REST API" (notifications, timelines, search, statuses,
accounts, apps, oauth) and "Rate limits". Known to differ and provided for: snac,
GoToSocial, Pleroma, Akkoma, Pixelfed, Friendica, Sharkey.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timezone
from functools import lru_cache
from html import escape, unescape
from urllib.parse import quote, urlencode, urlsplit

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
from .text import absolute_url, clean, html_to_text, one_line

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
# Pixelfed and older servers know no finer ones.
SCOPES = "read write"
MAX_PAGE = 40
MAX_RAW = 100_000
# From so many items on there may be more: servers cap pages as they like.
PLENTY = 10
IDS_PER_CALL = 20
NOTIFICATIONS = ("mentions", "messages")
# What is not said to us. Some servers ignore ``types``, none known ignores this.
OTHER_NOTIFICATIONS = ("follow", "follow_request", "favourite", "reblog", "poll")
# Our words for who may read an answer, and the network's.
VISIBILITIES = {
    "public": "public",
    "unlisted": "unlisted",
    "followers": "private",
    "private": "direct",
    "direct": "direct",
}
PUBLIC = ("public", "unlisted", "local")
METRICS = {
    "likes": "favourites_count",
    "reposts": "reblogs_count",
    "replies": "replies_count",
    "followers": "followers_count",
    "following": "following_count",
    "posts": "statuses_count",
}
# What people call the lines of their profiles in which they say these things.
LABELS = {
    "pronouns": "pronouns pronoun pronomen pronoms pronom pronombres pronombre pronomi"
    " pronomes zaimki voornaamwoorden 代名詞",
    "languages": "languages language sprachen sprache langues langue idiomas idioma"
    " lingue lingua talen taal 言語",
    "location": "location place ort standort wohnort lieu ubicación lugar luogo"
    " localização plaats 場所",
}
LINES = {word: name for name, words in LABELS.items() for word in words.split()}
# What an account says of itself; under the name that our records have for it.
ACCOUNT = {
    "name": "display_name",
    "bio": "note",
    "avatar_url": "avatar",
    "is_bot": "bot",
    "verified_links": "fields",
    "pronouns": "fields",
    "languages": "fields",
    "location": "fields",
}
WHOLE = frozenset(ACCOUNT)
MEDIA_KINDS = {"image": "image", "gifv": "video", "video": "video", "audio": "audio"}
POLICY_WORDS = {
    "not_following": "people whom the account does not follow",
    "not_followers": "people who do not follow the account",
    "new_accounts": "new accounts",
    "private_mentions": "strangers in private",
}

_FRACTION = re.compile(r"\.(\d+)")
_LINK = r"<a\s([^<>]*)>@?(?:<span[^<>]*>)?@?[^<>]+(?:</span>)?</a>"
# Some servers write the @ before the link. Without it this is twice as fast.
_MENTION, _AT_MENTION = re.compile(_LINK), re.compile("@?" + _LINK)
_HREF = re.compile(r'href="(https?://[^"]+)"')

# So many full pages without a gap, one after the other: the server goes forward by
# ``min_id``, and need not be asked each time what it left out.
SURE = 3
UNREADABLE = "The place where reading stopped is unreadable."


class Mastodon(SocialConnector):
    """One account on one server, with a token that OAuth or the server's form gave."""

    code = "mastodon"
    label = "Mastodon"
    icon = "fa-comments"
    capabilities = frozenset(
        (
            "fetch",
            "backfill",
            "thread",
            "reply",
            "private_reply",
            "delete",
            "edits",
            "oauth",
            "profiles",
        )
    )
    credential_fields = ("base_url", "access_token", "client_id", "client_secret")
    stream_kinds = ("mentions", "hashtag", "search", "own", "messages")
    open_kinds = ("hashtag",)
    login_field = "access_token"
    max_length = 500
    policy = Policy(
        clause="Each server has its own rules; a profile may be tied to a customer"
        " record. What an author deletes or edits must change here, too.",
        source="Mastodon documentation: ActivityPub, Delete; the server's own rules",
    )

    def __init__(self, credentials, session=None, private_hosts=()):
        super().__init__(credentials, session, private_hosts)
        self._base_url = _server_url(self.credentials.get("base_url"))
        self._authors: dict[str, tuple[Mapping, Author]] = {}

    # -- Reading

    def verify(self) -> Author:
        if not self.credentials.get("access_token"):
            raise AuthError("There is no login yet: log in to the server first.")
        account = self._call("GET", "/api/v1/accounts/verify_credentials", dict)
        try:
            author = _author(account)
        except ValueError as error:
            raise RemoteError(f"{self._host} describes no account: {error}.") from None
        if self.credentials.get("account_uid") != author.uid:
            self.save_credentials(account_uid=author.uid)
        return author

    def fetch(self, stream: Stream, cursor: str | None = None, limit: int = 40) -> Page:
        """Return the next page of what is new, going forward with ``min_id``.

        The cursor holds the newest id read (``since``). Some servers give the newest
        items after ``min_id`` instead of the next: then it also holds the way back
        over the gap (``max``: what is below is still to read, ``top``: the newest id).
        """
        state = _load(cursor)
        first = not state.pop("more", None)
        limit = max(1, min(limit, MAX_PAGE))
        since = state.get("since")
        if since and "top" in state:
            below = state["max"]
            bounds = {"since_id": since, "max_id": below}
            items, ids = self._list(stream, limit, since, below, **bounds)
            more = bool(ids)
            state = {**state, "max": ids[-1]} if ids else {"since": state["top"]}
        elif since is None:
            items, ids = self._list(stream, limit)
            more, state = False, {"since": ids[0] if ids else "0"}
        else:
            items, ids = self._list(stream, limit, since, min_id=since)
            if not ids and (since == "0" or not since.isdigit()):
                # snac shows nothing after an id that it does not know, or no more.
                items, ids = self._list(stream, limit, since, since_id=since)
            more = len(items) >= min(limit, PLENTY) and bool(ids)
            sure = int(state.get("sure", "0"))
            if ids and sure >= SURE:
                state = {"since": ids[0], "sure": str(sure)}
            elif ids:
                bounds = {"since_id": since, "max_id": ids[-1]}
                _items, gap = self._list(stream, 1, since, ids[-1], **bounds)
                if gap:
                    more, state = True, {"since": since, "max": ids[-1], "top": ids[0]}
                else:
                    sure = sure + 1 if len(items) >= limit else 0
                    state = {"since": ids[0], "sure": str(sure)}
        posts, bad_items = self._read(items, stream)
        notice = self._notice(stream, since, items) if first else ""
        cursor = json.dumps({**state, "more": 1} if more else state)
        return Page(posts, cursor, more, bad_items, notice)

    def backfill(
        self, stream: Stream, cursor: str | None = None, limit: int = 40
    ) -> Page:
        below = _load(cursor).get("max")
        bounds = {"max_id": below} if below else {}
        limit = max(1, min(limit, MAX_PAGE))
        items, ids = self._list(stream, limit, below=below, **bounds)
        posts, bad_items = self._read(items, stream)
        # Pages may be short of what the server hides: only an empty one is the last.
        cursor = json.dumps({"max": ids[-1]}) if ids else cursor
        return Page(posts, cursor, bool(ids), bad_items)

    def parse(self, raw: str, stream: Stream) -> Post:
        post = self._item(json.loads(raw), stream)
        if post is None:
            raise ValueError("this is a boost, or nothing for this stream")
        return post

    def thread(self, uid: str) -> tuple[Post, ...]:
        path = _status_path(uid)
        context = self._call("GET", f"{path}/context", dict)
        status = self._call("GET", path, dict)
        before, after = (self._listed(context, n) for n in ("ancestors", "descendants"))
        items = [*before, status, *after]
        posts, _bad_items = self._read(items, Stream("thread"))
        root = min(posts, key=lambda post: bool(post.parent_uid), default=None)
        if root and not root.parent_uid:
            posts = [replace(post, thread_uid=root.uid) for post in posts]
        return tuple(sorted(posts, key=lambda post: post.published_at))

    def refresh(self, uids: Iterable[str]) -> tuple[Post, ...]:
        uids = list(dict.fromkeys(uids))
        found: dict[str, Mapping] = {}
        for start in range(0, len(uids), IDS_PER_CALL):
            part = uids[start : start + IDS_PER_CALL]
            found |= self._statuses(part)
        posts, _bad_items = self._read(list(found.values()), Stream("thread"))
        return (*posts, *(_deleted(uid) for uid in uids if uid not in found))

    def _statuses(self, uids: list[str]) -> dict[str, Mapping]:
        """Return by uid what the server still shows."""
        found = {}
        try:
            # Since Mastodon 4.3.
            items = self._call("GET", "/api/v1/statuses", list, params={"id[]": uids})
            found = {_id_of(item): item for item in items if _id_of(item) in uids}
        except (AuthError, Rejected, RemoteError) as error:
            if isinstance(error, AuthError) and error.status == 401:
                raise
        for uid in uids:
            # What is missing may be gone, or unknown only to the call for many.
            if uid not in found:
                try:
                    found[uid] = self._call("GET", _status_path(uid), dict)
                except NotFound:
                    continue
        return found

    def profiles(self, people: Iterable[Author]) -> tuple[Author, ...]:
        found = (self._profile(person) for person in people)
        return tuple(author for author in found if author)

    def _profile(self, person: Author) -> Author | None:
        """Look one up; only the server where it lives can say that it is gone."""
        name = person.handle.removeprefix("@")
        if not name:
            return None
        try:
            account = self._call(
                "GET", "/api/v1/accounts/lookup", dict, params={"acct": name}
            )
        except NotFound:
            return self._gone_at_home(person)
        try:
            author = _author(account)
        except ValueError:
            return None
        # Somebody else may have the handle now.
        return author if author.uri == person.uri else None

    def _gone_at_home(self, person: Author) -> Author | None:
        quota = self.http.quota
        headers = {"Accept": "application/activity+json"}
        try:
            self.http.request("GET", person.uri, headers=headers, retry=False)
        except NotFound:
            return Author(person.uid, person.uri, is_gone=True)
        except ConnectorError:
            return None  # it may be anything: ask again another time
        finally:
            # What another server allows says nothing of ours.
            self.http.quota = quota
        return None

    def notification_policy(self) -> str:
        """Return a sentence if the server's settings keep mentions from us, else ""."""
        try:
            policy = self._call(
                "GET", "/api/v2/notifications/policy", dict, retry=False
            )
        except ConnectorError:
            return ""  # no such settings, or not now: never a reason to fetch nothing
        kept = {"drop": [], "filter": []}
        for name, words in POLICY_WORDS.items():
            choice = policy.get(f"for_{name}", policy.get(f"filter_{name}"))
            choice = "filter" if choice is True else choice
            if choice in ("drop", "filter"):
                kept[choice].append(words)
        parts = [
            f"{verb} mentions from {', '.join(kept[choice])}"
            for choice, verb in (("drop", "drop"), ("filter", "hold back"))
            if kept[choice]
        ]
        if not parts:
            return ""
        return (
            f"The account's settings on {self._host} {' and '.join(parts)}."
            " To get all of them, choose Accept in its notification preferences."
        )

    # -- Writing

    def reply(
        self,
        post_uid: str,
        text: str,
        idempotency_key: str,
        visibility: str | None = None,
        language: str = "",
        **options,
    ) -> ReplyResult:
        """Answer as the network's own apps do: the author is addressed by name.

        ``visibility`` is public, unlisted, followers or private (only those addressed);
        None means as the answered post. Servers know the key for an hour, some never.
        """
        if visibility and visibility not in VISIBILITIES:
            raise Rejected(f"{self.label} knows no visibility {visibility}.")
        asked = self._call("GET", _status_path(post_uid), dict)
        try:
            post = self._post(asked)
        except ValueError as error:
            raise RemoteError(
                f"{self._host} shows no post to answer: {error}."
            ) from None
        handle = "@" + _text(asked["account"], "acct")
        words = {word.strip(",.:;!?()") for word in text.lower().split()}
        addressed = words & {handle.lower(), post.author.handle.lower()}
        if not post.is_own and not addressed:
            text = f"{handle} {text}"
        if not visibility:
            # To followers only would mean our followers: not the people of the thread.
            public = post.visibility == "public"
            visibility = _text(asked, "visibility") if public else "private"
        body = {
            "status": text,
            "in_reply_to_id": post_uid,
            "visibility": VISIBILITIES.get(visibility, "public"),
            "language": language or None,
            "spoiler_text": asked.get("spoiler_text") or None,
        }
        sent = self._call(
            "POST",
            "/api/v1/statuses",
            dict,
            json={name: value for name, value in body.items() if value},
            headers={"Idempotency-Key": idempotency_key},
        )
        try:
            post = self._post(sent)
        except ValueError as error:
            message = f"{self._host} took the answer, but shows no post: {error}."
            raise RemoteError(message, maybe_sent=True) from None
        return ReplyResult(post.uid, post.uri, post.url, post)

    def delete(self, uid: str) -> None:
        try:
            self._call("DELETE", _status_path(uid))
        except NotFound:
            try:
                self._call("GET", _status_path(uid), dict)
            except NotFound:
                return  # somebody was faster
            raise NotSupported(
                f"{self._host} lets no app delete this post. Delete it on the server."
            ) from None

    # -- Logging in

    def register_app(self, base_url: str, redirect_uri: str = OUT_OF_BAND) -> None:
        """Make this add-on known to the server; keeps client_id and client_secret."""
        self._base_url = _server_url(base_url)
        body = {
            "client_name": "Social CRM",
            "redirect_uris": redirect_uri,
            "scopes": SCOPES,
        }
        app = self._call("POST", "/api/v1/apps", dict, json=body)
        self.save_credentials(
            base_url=self._base_url,
            client_id=self._given(app, "client_id"),
            client_secret=self._given(app, "client_secret"),
        )

    def authorize_url(self, redirect_uri: str = OUT_OF_BAND, state: str = "") -> str:
        """Return where the user agrees; the code comes back to ``redirect_uri``."""
        query = {
            "response_type": "code",
            "client_id": self.credentials["client_id"],
            "redirect_uri": redirect_uri,
            "scope": SCOPES,
            **({"state": state} if state else {}),
        }
        return f"{self._base_url}/oauth/authorize?{urlencode(query)}"

    def exchange_code(self, code: str, redirect_uri: str = OUT_OF_BAND) -> None:
        """Trade the code for the access token, and keep that. Raises AuthError."""
        self.http.add_secrets([code])
        if not self.credentials.get("client_id"):
            raise AuthError(f"{self._host} gave no such code. Get one.").about("code")
        form = {
            "grant_type": "authorization_code",
            "code": code.strip(),
            "client_id": self.credentials["client_id"],
            "client_secret": self.credentials["client_secret"],
            "redirect_uri": redirect_uri,
            "scope": SCOPES,
        }
        try:
            token = self._call("POST", "/oauth/token", dict, data=form, login=False)
        except (AuthError, Rejected) as error:
            if error.has_moved:
                raise
            raise AuthError(
                f"{self._host} does not accept the code: it was used before, or is too"
                " old. Get a new one."
            ).about("code") from None
        self.save_credentials(access_token=self._given(token, "access_token"))

    def _given(self, answer: Mapping, name: str) -> str:
        if value := _text(answer, name):
            return value
        raise RemoteError(f"{self._host} gave no {name}. Is it a Mastodon server?")

    # -- Asking

    @property
    def _host(self) -> str:
        return urlsplit(self._base_url).hostname or "The server"

    def _call(self, method: str, path: str, expect=None, login=True, **options):
        """Return the parsed answer, which must be an ``expect`` (None: not read)."""
        if not self._base_url:
            raise AuthError("The address of the server is missing.").about("base_url")
        token = self.credentials.get("access_token")
        headers = options.pop("headers", {})
        if login and token:
            headers = {**headers, "Authorization": f"Bearer {token}"}
        url = self._base_url + path
        try:
            answer = self.http.request(method, url, headers=headers, **options)
        except Rejected as error:
            if method == "GET" and error.status == 422 and not error.code:
                # So says snac, without a word, instead of 401.
                message = f"{self._host} does not accept the login. Log in again."
                raise AuthError(message) from None
            raise
        return answer.json(expect) if expect else None

    def _own_uid(self) -> str:
        if not self.credentials.get("access_token"):
            return ""  # public streams need no login
        return self.credentials.get("account_uid") or self.verify().uid

    def _list(
        self,
        stream: Stream,
        limit: int,
        since: str | None = None,
        below: str | None = None,
        **params,
    ) -> tuple[list, list[str]]:
        """Return at most ``limit`` raw items and their ids, the newest first.

        Servers may ignore any of ``params``: what lies outside of ``since`` and
        ``below`` is left out here.
        """
        items = self._ask_for(stream, {"limit": limit, **params})
        ids = list(dict.fromkeys(filter(None, map(_id_of, items))))
        if len(ids) > 1 and _order(ids[0]) < _order(ids[-1]):
            ids, items = ids[::-1], items[::-1]
        if below in ids:
            ids = ids[ids.index(below) + 1 :]
        if since in ids:
            ids = ids[: ids.index(since)]
        if since and (below or since.isdigit()):
            ids = [uid for uid in ids if _order(uid) >= _order(since)]
        if below and below.isdigit():
            ids = [uid for uid in ids if _order(uid) <= _order(below)]
        # What comes next in the direction of reading.
        ids = ids[-limit:] if since and not below else ids[:limit]
        known = {"", *ids}
        return [item for item in items if _id_of(item) in known], ids

    def _ask_for(self, stream: Stream, params: dict) -> list:
        word = stream.query.strip()
        if stream.kind in NOTIFICATIONS:
            params["exclude_types[]"] = OTHER_NOTIFICATIONS
            # What the server's policy keeps apart (since Mastodon 4.3).
            params["include_filtered"] = "true"
            return self._call("GET", "/api/v1/notifications", list, params=params)
        if stream.kind == "own":
            path = f"/api/v1/accounts/{quote(self._own_uid(), safe='')}/statuses"
            params["exclude_reblogs"] = "true"
            return self._call("GET", path, list, params=params)
        if stream.kind == "hashtag" and word.strip("#"):
            path = f"/api/v1/timelines/tag/{quote(word.strip('#'), safe='')}"
            return self._call("GET", path, list, params=params)
        if stream.kind == "search" and word:
            params |= {"q": word, "type": "statuses"}
            try:
                found = self._call("GET", "/api/v2/search", dict, params=params)
            except NotFound:
                raise NotSupported(
                    f"{self._host} cannot search posts. Follow a hashtag instead."
                ) from None
            return self._listed(found, "statuses")
        raise NotSupported(f"{self.label} has no stream {stream.kind} of {word!r}.")

    def _listed(self, answer: Mapping, name: str) -> list:
        try:
            return _list_of(answer, name)
        except ValueError as error:
            raise RemoteError(f"{self._host} sent nonsense: {error}.") from None

    def _notice(self, stream: Stream, since: str | None, items: list) -> str:
        if stream.kind in NOTIFICATIONS:
            return self.notification_policy()
        if stream.kind == "search" and since in (None, "0") and not items:
            return (
                f"{self._host} finds nothing for this. Many servers search only the"
                " posts of people who allowed it, or none; a hashtag finds more."
            )
        return ""

    # -- Understanding

    def _read(
        self, items: list, stream: Stream
    ) -> tuple[tuple[Post, ...], tuple[BadItem, ...]]:
        """Return posts, each once, and what could not be read."""
        posts, bad_items = {}, []
        self._authors.clear()
        for item in items:
            try:
                post = self._item(item, stream)
            except ValueError as error:
                raw = json.dumps(item, ensure_ascii=False)[:MAX_RAW]
                bad_items.append(BadItem(_id_of(item), str(error), clean(raw)))
            else:
                if post is not None:
                    posts.setdefault(post.uri, post)
        return tuple(posts.values()), tuple(bad_items)

    def _item(self, item, stream: Stream) -> Post | None:
        """Return the post of an item, None if there is none for this stream."""
        status = _object(item, "item")
        if stream.kind in NOTIFICATIONS:
            if _text(item, "type") not in ("mention", "quote"):
                return None
            status = _object(item.get("status"), "status")
        if status.get("reblog"):
            original = _object(status["reblog"], "reblog")
            if original.get("id") != status.get("id"):
                return None
            status = original  # snac shows a post that was boosted as its boost
        post = self._post(status)
        wanted = stream.kind != "messages" or post.kind == "message"
        return post if wanted else None

    def _author(self, account: Mapping) -> Author:
        """Read each author of a page once: few people write many of the posts."""
        uid = str(account.get("id"))
        known, author = self._authors.get(uid, (None, None))
        if known != account:
            author = _author(account)
            self._authors[uid] = account, author
        return author

    def _post(self, status: Mapping) -> Post:
        """Raises ValueError, whose text names what is wrong."""
        own_uid = self._own_uid()
        author = self._author(_object(status.get("account"), "account"))
        url = absolute_url(_text(status, "url"))
        uri = _text(status, "uri") or url
        if not uri:
            raise ValueError("uri is missing")
        public = (_text(status, "visibility") or "public") in PUBLIC
        parent_uid = _uid(status, "in_reply_to_id", required=False)
        kind = "comment" if parent_uid else "post"
        answered = _uid(status, "in_reply_to_account_id", required=False)
        return Post(
            uid=_uid(status),
            uri=uri,
            author=author,
            text=_status_text(status),
            url=url or absolute_url(uri),
            published_at=_time(status, "created_at"),
            kind=kind if public else "message",
            parent_uid=parent_uid,
            parent_is_own=bool(own_uid) and answered == own_uid,
            visibility="public" if public else "private",
            metrics=_metrics(status, "likes", "reposts", "replies"),
            media=tuple(_media(status)),
            language=_text(status, "language"),
            edited_at=_time(status, "edited_at", required=False),
            is_own=author.uid == own_uid,
        )


def _server_url(text: str | None) -> str:
    """Return the address of the server that a person typed, e.g. mastodon.social."""
    text = (text or "").strip().rstrip("/")
    return text if "://" in text or not text else f"https://{text}"


def _status_path(uid: str) -> str:
    return f"/api/v1/statuses/{quote(uid, safe='')}"


def _load(cursor: str | None) -> dict:
    if not cursor:
        return {}
    try:
        state = json.loads(cursor)
        more = state.pop("more", 0)
        if all(isinstance(uid, str) for uid in state.values()):
            return {**state, "more": more}
    except (ValueError, AttributeError, TypeError) as error:
        raise InvalidCursor(UNREADABLE) from error
    raise InvalidCursor(UNREADABLE)


def _id_of(item) -> str:
    try:
        return _uid(_object(item, "item"))
    except ValueError:
        return ""


def _order(uid: str) -> tuple[int, str]:
    """Sort by age. Ids that are no numbers begin with a time, the rest is chance."""
    return len(uid), uid if uid.isdigit() else uid[:10]


def _object(value, name: str) -> Mapping:
    if isinstance(value, dict):
        return value
    raise ValueError(f"{name} is {'missing' if value is None else 'no object'}")


def _list_of(item: Mapping, name: str) -> list:
    value = item.get(name)
    if value is None or isinstance(value, list):
        return value or []
    raise ValueError(f"{name} is no list")


def _text(item: Mapping, name: str) -> str:
    value = item.get(name)
    if isinstance(value, str):
        return value if value.isprintable() else clean(value)
    if value is None:
        return ""
    raise ValueError(f"{name} is no text")


def _uid(item: Mapping, name: str = "id", required: bool = True) -> str:
    value = item.get(name)
    if type(value) is int:
        value = str(value)
    if value is None and not required:
        return ""
    if isinstance(value, str) and value and clean(value) == value:
        return value
    raise ValueError(f"{name} is {'missing' if value is None else 'no id'}")


def _time(item: Mapping, name: str, required: bool = True) -> datetime | None:
    text = _text(item, name)
    if not text:
        if required:
            raise ValueError(f"{name} is missing")
        return None
    # Python 3.10 reads neither Z nor other than three or six digits.
    if len(text) != 24 or text[19] != ".":
        text = _FRACTION.sub(lambda match: "." + match[1][:6].ljust(6, "0"), text)
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise ValueError(f"{name} is no date") from None


def _metrics(item: Mapping, *names: str) -> dict[str, int]:
    counts = {name: item.get(METRICS[name]) for name in names}
    # Servers that hide a count say -1 or nothing.
    return {n: c for n, c in counts.items() if type(c) is int and 0 <= c < 2**31}


def _author(account: Mapping) -> Author:
    url = absolute_url(_text(account, "url"))
    uri = _text(account, "uri") or url
    if not uri:
        raise ValueError("the account has no uri")
    if account.get("suspended") is True:
        # What it says of itself is hidden, not emptied.
        return Author(_uid(account), uri, _handle(account), is_gone=True)
    fields = [field for field in _list_of(account, "fields") if isinstance(field, dict)]
    lines = _lines(fields)
    verified = [_text(field, "value") for field in fields if field.get("verified_at")]
    links = [_HREF.search(value) for value in verified]
    return Author(
        uid=_uid(account),
        uri=uri,
        handle=_handle(account),
        name=one_line(_text(account, "display_name") or _text(account, "username")),
        url=url or absolute_url(uri),
        avatar_url=absolute_url(_text(account, "avatar")),
        bio=html_to_text(_text(account, "note")),
        metrics=_metrics(account, "followers", "following", "posts"),
        verified_links=tuple(absolute_url(unescape(link[1])) for link in links if link),
        is_bot=bool(account.get("bot")),
        created_at=_time(account, "created_at", required=False),
        location=lines.get("location", ""),
        pronouns=lines.get("pronouns", ""),
        languages=lines.get("languages", ""),
        told=_told(account),
    )


def _told(account: Mapping) -> frozenset[str]:
    """Return what this account tells, were it by leaving it empty."""
    missing = [name for name, key in ACCOUNT.items() if account.get(key) is None]
    return WHOLE.difference(missing) if missing else WHOLE


def _lines(fields: list[Mapping]) -> dict[str, str]:
    """Return what the lines of a profile say that people label as in ``LABELS``."""
    found: dict[str, str] = {}
    for field in fields:
        label = _text(field, "name").strip(" :：").casefold()
        if label in LINES:
            found.setdefault(
                LINES[label], one_line(html_to_text(_text(field, "value")))
            )
    return found


def _handle(account: Mapping) -> str:
    """Return @user@server; people of the account's own server come without it."""
    name = _text(account, "acct") or _text(account, "username")
    host = "" if "@" in name else _host_of(_text(account, "url"))
    return f"@{name}@{host}" if host else f"@{name}"


@lru_cache(maxsize=1024)
def _host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


def _status_text(status: Mapping) -> str:
    """Return warning, text and the options of a poll, as a reader would see them."""
    handles = {
        mention["url"]: _handle(mention)
        for mention in _list_of(status, "mentions")
        if isinstance(mention, dict) and isinstance(mention.get("url"), str)
    }

    def in_full(match: re.Match) -> str:
        link = _HREF.search(match[1])
        handle = handles.get(unescape(link[1])) if link else None
        return escape(handle) if handle else match[0]

    content = _text(status, "content")
    mention = _AT_MENTION if "@<a" in content else _MENTION
    poll = _object(status.get("poll") or {}, "poll")
    parts = [
        _text(status, "spoiler_text").strip(),
        html_to_text(mention.sub(in_full, content) if handles else content),
        "\n".join(
            f"- {_text(_object(option, 'option'), 'title')}"
            for option in _list_of(poll, "options")
        ),
    ]
    return "\n\n".join(filter(None, parts))


def _media(status: Mapping) -> Iterable[Media]:
    for item in _list_of(status, "media_attachments"):
        item = _object(item, "attachment")
        url = absolute_url(_text(item, "url") or _text(item, "remote_url"))
        if url:
            yield Media(
                kind=MEDIA_KINDS.get(_text(item, "type"), "link"),
                url=url,
                preview_url=absolute_url(_text(item, "preview_url")),
                alt=_text(item, "description"),
            )
    card = _object(status.get("card") or {}, "card")
    if url := absolute_url(_text(card, "url")):
        preview_url = absolute_url(_text(card, "image"))
        title = one_line(_text(card, "title"))
        yield Media("link", url, preview_url=preview_url, title=title)


def _deleted(uid: str) -> Post:
    """Return what stands for a post that the server no longer shows."""
    now = datetime.now(timezone.utc)
    return Post(uid, "", Author("", ""), "", "", published_at=now, deleted=True)
