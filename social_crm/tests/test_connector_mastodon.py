"""Mastodon: the contract, then what only this network and its many servers have."""

import html
import json
from datetime import timedelta
from pathlib import Path

from odoo.tests import BaseCase, tagged

from ..connectors.errors import (
    AuthError,
    InvalidCursor,
    NotFound,
    NotSupported,
    RemoteError,
)
from ..connectors.mastodon import Mastodon
from ..connectors.records import Media, Stream
from .connector_contract import (
    SECRET,
    Answer,
    ConnectorContract,
    Request,
    Said,
    ServerCase,
)

RECORDED = Path(__file__).parents[3] / "shared" / "payloads"
CAROL = {
    "id": "7",
    "username": "carol",
    "acct": "carol@far.example",
    "display_name": "Carol 🌷",
    "url": "https://far.example/@carol",
    "uri": "https://far.example/users/carol",
    "avatar": "https://far.example/carol.png",
    "note": "<p>Gardener</p>",
    "bot": False,
    "created_at": "2022-11-05T00:00:00.000Z",
    "followers_count": 12,
    "following_count": 3,
    "statuses_count": -1,
    "fields": [
        {
            "name": "Web",
            "value": '<a href="https://carol.example/?a=1&amp;b=2">carol</a>',
            "verified_at": "2023-01-01T00:00:00.000+00:00",
        },
        {"name": "Job", "value": "gardener", "verified_at": None},
    ],
}
BRAND = {
    "id": "1",
    "username": "brand",
    "acct": "brand",
    "display_name": "Brand",
    "url": "https://home.example/@brand",
    "uri": "https://home.example/users/brand",
}


def status(uid, text="Hello", **values):
    return {
        "id": str(uid),
        "uri": f"https://far.example/users/carol/statuses/{uid}",
        "url": f"https://far.example/@carol/{uid}",
        "account": CAROL,
        "created_at": "2026-03-01T10:00:00.000Z",
        "content": f"<p>{text}</p>",
        "visibility": "public",
        "in_reply_to_id": None,
        "reblog": None,
        **values,
    }


class MastodonContract(ConnectorContract):
    """A server that keeps to the documentation. Ids of items grow with their number."""

    allow_inherited_tests_method = True
    connector_class = Mastodon
    stream = Stream("mentions")
    path = "/api/v1/notifications"
    is_private = True
    text_is_html = True

    def credentials(self):
        return {"base_url": self.server.url, "access_token": SECRET}

    def uid_of(self, said: Said) -> str:
        return str(1000 + said.number)

    def uri_of(self, said: Said) -> str:
        return f"https://far.example/users/carol/statuses/{5000 + said.number}"

    def is_stream_request(self, request: Request) -> bool:
        return request.path == self.path

    def status_of(self, said: Said, **values) -> dict:
        text = html.escape(said.text).replace("\n", "<br />")
        created_at = said.published_at.isoformat().replace("+00:00", ".000Z")
        return status(5000 + said.number, text, created_at=created_at, **values)

    def wrap(self, uid: str, post):
        """Return the item of this stream that holds a post."""
        return {"id": uid, "type": "mention", "account": CAROL, "status": post}

    def render(self, said: Said):
        return self.wrap(self.uid_of(said), self.status_of(said))

    def broken_items(self):
        fine = status(8)
        wrong = (
            {"id": None},
            {"id": ["8"]},
            {"uri": 5, "url": None},
            {"uri": None, "url": None},
            {"content": ["<p>"]},
            {"created_at": None},
            {"created_at": 1700000000},
            {"created_at": "yesterday"},
            {"edited_at": "0001-01-01T00:00:00+23:59"},
            {"account": "carol"},
            {"account": {"id": "7"}},
            {"account": {**CAROL, "display_name": {}}},
            {"media_attachments": "none"},
            {"media_attachments": ["none"]},
            {"mentions": 3},
            {"poll": [1]},
            {"visibility": 1},
        )
        items = [self.wrap("1002", {**fine, **values}) for values in wrong]
        return [*items, None, 5, "text", ["a"]]

    def minimal_item(self, said: Said):
        full = self.status_of(said)
        names = ("id", "uri", "created_at", "content", "in_reply_to_id")
        few = {name: full[name] for name in names}
        few["account"] = {"id": "7", "acct": "carol", "url": CAROL["url"]}
        return self.wrap(self.uid_of(said), few)

    def item_without_author(self, said: Said):
        return self.wrap(self.uid_of(said), self.status_of(said, account=None))

    def hostile_item(self, said: Said):
        post = self.status_of(said, content=self.HOSTILE_HTML)
        return self.wrap(self.uid_of(said), post)

    def answer(self, request: Request, said: list[Said]) -> Answer:
        if request.path.endswith("/verify_credentials"):
            return Answer(200, BRAND)
        if request.path == self.path:
            return Answer(200, self.page([self.item(one) for one in said], request))
        return Answer(404, {"error": "Record not found"})

    def page(self, items: list, request: Request) -> list:
        """Choose as Mastodon does: newest first; ``min_id`` counts from below."""
        query, limit = request.query, int(request.query["limit"])

        def number(item):
            try:
                return int(item["id"])
            except (TypeError, KeyError, ValueError):
                return 1002

        items = [
            item
            for item in sorted(items, key=number)
            if number(item) < int(query.get("max_id", 1e9))
            and number(item) > int(query.get("since_id", 0))
            and number(item) > int(query.get("min_id", 0))
        ]
        return (items[:limit] if "min_id" in query else items[-limit:])[::-1]


@tagged("post_install", "-at_install")
class TestMastodonMentions(MastodonContract, BaseCase):
    pass


@tagged("post_install", "-at_install")
class TestMastodonLikeSnac(MastodonContract, BaseCase):
    """``min_id`` means ``since_id`` here: the newest come first, a gap is left."""

    def page(self, items, request):
        query = dict(request.query)
        query["since_id"] = query.pop("min_id", query.get("since_id", "0"))
        changed = Request("GET", request.path, query, [], {}, b"")
        return super().page(items, changed)


@tagged("post_install", "-at_install")
class TestMastodonDeafServer(MastodonContract, BaseCase):
    """Only ``max_id`` is understood, and no page holds more than four items."""

    def page(self, items, request):
        limit = str(min(4, int(request.query["limit"])))
        query = {"limit": limit, "max_id": request.query.get("max_id", "999999999")}
        return super().page(items, Request("GET", request.path, query, [], {}, b""))


@tagged("post_install", "-at_install")
class TestMastodonHashtag(MastodonContract, BaseCase):
    stream = Stream("hashtag", "#Gärten")
    path = "/api/v1/timelines/tag/G%C3%A4rten"

    def uid_of(self, said):
        return str(5000 + said.number)

    def wrap(self, uid, post):
        return {**post, "id": uid} if post.get("id") == "8" else post

    def broken_items(self):
        return [item for item in super().broken_items() if item != {"id": "1002"}]


@tagged("post_install", "-at_install")
class TestMastodonOwn(TestMastodonHashtag):
    allow_inherited_tests_method = True
    stream = Stream("own")
    path = "/api/v1/accounts/1/statuses"


@tagged("post_install", "-at_install")
class TestMastodonSearch(TestMastodonHashtag):
    allow_inherited_tests_method = True
    stream = Stream("search", "brand")
    path = "/api/v2/search"

    def answer(self, request, said):
        answer = super().answer(request, said)
        if request.path != self.path:
            return answer
        return Answer(200, {"accounts": [], "statuses": answer.body, "hashtags": []})

    def test_404(self):
        self.say(1)
        self.assert_fails(Answer(404, "<h1>No such call</h1>"), NotSupported)

    def test_410(self):
        self.assert_fails(Answer(410), NotSupported)


@tagged("post_install", "-at_install")
class TestMastodonMessages(MastodonContract, BaseCase):
    stream = Stream("messages")

    def wrap(self, uid, post):
        if isinstance(post.get("visibility"), str | None):
            post = {**post, "visibility": "direct"}
        return super().wrap(uid, post)

    def test_messages_are_private(self):
        self.say(1)
        (post,), _cursor = self.newest()
        self.assertEqual((post.kind, post.visibility), ("message", "private"))
