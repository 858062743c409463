"""Bluesky: the contract, then what only this network has."""

import json
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from odoo.tests import BaseCase, tagged

from ..connectors.bluesky import Bluesky, count_graphemes
from ..connectors.errors import (
    AuthError,
    InvalidCursor,
    NotFound,
    NotSupported,
    RateLimited,
    Rejected,
    RemoteError,
)
from ..connectors.records import Stream
from .connector_contract import NOW, SECRET, Answer, ConnectorContract, ServerCase

OWN = "did:plc:brand"
ALICE = "did:plc:alice"
PAYLOADS = Path(__file__).parents[3] / "shared" / "payloads"
COUNTS = {"likeCount": 3, "repostCount": 2, "replyCount": 1, "quoteCount": 0}


def at_uri(key, did=ALICE, collection="app.bsky.feed.post"):
    return f"at://{did}/{collection}/{key}"


def iso(date):
    return date.isoformat().replace("+00:00", "Z")


def post_view(key="1", text="Hello", did=ALICE, **values):
    """A postView; ``record`` adds to its record, other names to the view."""
    record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": iso(NOW)}
    record.update(values.pop("record", {}))
    view = {
        "uri": at_uri(key, did),
        "cid": f"cid{key}",
        "author": {"did": did, "handle": "alice.bsky.social", "displayName": "Alice"},
        "record": record,
        "indexedAt": iso(NOW),
        **COUNTS,
    }
    return {**view, **values}


def xrpc_error(code, message="", status=400):
    return Answer(status, {"error": code, "message": message or code})


class BlueskyContract(ConnectorContract):
    connector_class = Bluesky
    is_private = True
    nsid: str
    key: str

    def credentials(self):
        return {
            "base_url": self.server.url,
            "handle": "brand.example",
            "access_token": SECRET,
            "account_uid": OWN,
        }

    def render(self, said):
        server_time = NOW - timedelta(days=1) + timedelta(minutes=said.number)
        return post_view(
            f"k{said.number}",
            said.text,
            record={"createdAt": iso(said.published_at)},
            indexedAt=iso(server_time),
        )

    def uri_of(self, said):
        return at_uri(f"k{said.number}")

    def answer(self, request, said):
        nsid = request.path.removeprefix("/xrpc/")
        if nsid == "app.bsky.feed.getPosts":
            wanted = {value for name, value in request.query_list if name == "uris"}
            if len(wanted) > 25:
                return xrpc_error("InvalidRequest", "too many uris")
            items = [self.item(one) for one in said if self.uri_of(one) in wanted]
            return Answer(200, {"posts": items})
        if nsid != self.nsid:
            return xrpc_error("MethodNotImplemented", nsid, 501)
        # The cursor names the oldest post of the page before.
        rows = list(enumerate(said))[::-1]
        if "cursor" in request.query:
            rows = [row for row in rows if row[0] < int(request.query["cursor"])]
        page = rows[: int(request.query["limit"])]
        body = {self.key: [self.wrap(self.item(one)) for _number, one in page]}
        if len(rows) > len(page):
            body["cursor"] = str(page[-1][0])
        return Answer(200, body)

    def wrap(self, item):
        return item

    def error_body(self, status, text):
        return {"error": "SomeError", "message": text}

    def broken_items(self):
        good = post_view("broken")
        return [
            5,
            "text",
            [],
            {},
            {**good, "uri": 7},
            {**good, "uri": "https://example.com/1"},
            {**good, "record": None},
            {**good, "record": ["text"]},
            {**good, "record": {**good["record"], "text": {"a": 1}}},
            {**good, "record": {"text": "no date"}, "indexedAt": "yesterday"},
        ]

    def minimal_item(self, said):
        text, date = said.text, iso(said.published_at)
        record = {"text": text, "createdAt": date}
        return {"uri": self.uri_of(said), "author": {"did": ALICE}, "record": record}

    def item_without_author(self, said):
        return {**self.render(said), "author": None}

    def invalid_bodies(self):
        return [*super().invalid_bodies(), b"{}", b'{"%s": 5}' % self.key.encode()]


@tagged("post_install", "-at_install")
class TestBlueskySearch(BlueskyContract, BaseCase):
    stream = Stream("search", "acme")
    nsid, key = "app.bsky.feed.searchPosts", "posts"


@tagged("post_install", "-at_install")
class TestBlueskyMentions(BlueskyContract, BaseCase):
    stream = Stream("mentions")
    nsid, key = "app.bsky.notification.listNotifications", "notifications"

    def wrap(self, item):
        if not isinstance(item, dict) or not isinstance(item.get("uri"), str):
            return item
        return {**item, "reason": "mention"}


@tagged("post_install", "-at_install")
class TestBlueskyOwn(BlueskyContract, BaseCase):
    stream = Stream("own")
    nsid, key = "app.bsky.feed.getAuthorFeed", "feed"

    def wrap(self, item):
        return {"post": item}


class BlueskyCase(ServerCase):
    """``self.answers[nsid]`` is an Answer, a body, or a function of the request."""

    allow_inherited_tests_method = True

    def setUp(self):
        super().setUp()
        self.answers = {}

    def connect(self, **credentials):
        connector = Bluesky(
            {
                "base_url": self.server.url,
                "handle": "brand.example",
                "password": "pass-word-1",
                "access_token": "token-1",
                "refresh_token": "refresh-1",
                "account_uid": OWN,
                **credentials,
            },
            private_hosts=[self.server.host],
        )
        connector.http.backoff = 0.001
        return connector

    def respond(self, request):
        answer = self.answers[request.path.removeprefix("/xrpc/")]
        answer = answer(request) if callable(answer) else answer
        return answer if isinstance(answer, Answer) else Answer(200, answer)

    def calls(self, nsid):
        return [one for one in self.server.requests if one.path == f"/xrpc/{nsid}"]
