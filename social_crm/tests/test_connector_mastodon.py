"""Mastodon: the contract, then what only this network and its many servers have."""

import html
import json
import time
from datetime import timedelta
from hashlib import md5
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from odoo.tests import BaseCase, tagged

from ..connectors.errors import (
    AuthError,
    InvalidCursor,
    NotFound,
    NotSupported,
    Rejected,
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

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "payloads"
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
            {"poll": {"options": [["a"]]}},
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
class TestMastodonOldestFirst(TestMastodonHashtag):
    allow_inherited_tests_method = True

    def page(self, items, request):
        return super().page(items, request)[::-1]


@tagged("post_install", "-at_install")
class TestMastodonIdsByChance(TestMastodonHashtag):
    """snac's ids: a second, then chance. Only the place on the page tells the order.

    It stands also for servers that ignore every parameter, as snac does in its search.
    """

    allow_inherited_tests_method = True

    def status_of(self, said, **values):
        chance = md5(str(said.number).encode(), usedforsecurity=False).hexdigest()
        post = super().status_of(said, **values)
        return {**post, "id": f"1795373690{chance}"}

    def page(self, items, request):
        return items[::-1]


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


class MastodonCase(ServerCase, BaseCase):
    """``self.answers`` by method and path; a list is used up one by one."""

    def setUp(self):
        super().setUp()
        self.answers: dict[str, object] = {
            "GET /api/v1/accounts/verify_credentials": Answer(200, BRAND)
        }
        self.brand = self.connect(access_token=SECRET)

    def connect(self, **credentials) -> Mastodon:
        credentials = {"base_url": self.server.url, **credentials}
        connector = Mastodon(credentials, private_hosts=[self.server.host])
        connector.http.backoff = 0.001
        return connector

    def respond(self, request: Request) -> Answer:
        missing = Answer(404, {"error": "Record not found"})
        answer = self.answers.get(f"{request.method} {request.path}", missing)
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, list) and answer and isinstance(answer[0], Answer):
            answer = answer.pop(0)
        return answer if isinstance(answer, Answer) else Answer(200, answer)

    def sent(self, method: str, path: str) -> list[Request]:
        return [
            request
            for request in self.server.requests
            if (request.method, request.path) == (method, path)
        ]

    def post_of(self, **values):
        return self.brand.parse(json.dumps(status(8, **values)), Stream("own"))


@tagged("post_install", "-at_install")
class TestMastodonPosts(MastodonCase):
    def test_author(self):
        author = self.post_of().author
        self.assertEqual(author.uid, "7")
        self.assertEqual(author.uri, "https://far.example/users/carol")
        self.assertEqual(author.handle, "@carol@far.example")
        self.assertEqual(author.name, "Carol 🌷")
        self.assertEqual(author.url, "https://far.example/@carol")
        self.assertEqual(author.bio, "Gardener")
        self.assertEqual(author.metrics, {"followers": 12, "following": 3})
        self.assertEqual(author.verified_links, ("https://carol.example/?a=1&b=2",))
        self.assertEqual(author.created_at.isoformat(), "2022-11-05T00:00:00+00:00")
        own = self.post_of(account=BRAND)
        self.assertEqual(own.author.handle, "@brand@home.example")
        self.assertTrue(own.is_own)

    def test_hostile_addresses(self):
        account = {**CAROL, "url": "javascript:alert(1)", "avatar": "data:image/png,x"}
        post = self.post_of(account=account, url="javascript:alert(2)")
        self.assertEqual(post.url, post.uri)
        self.assertEqual(post.author.url, "https://far.example/users/carol")
        self.assertEqual(post.author.avatar_url, "")

    def test_content(self):
        mention = (
            '<span class="h-card"><a href="{}" class="u-url mention">@<span>{}</span>'
            "</a></span>"
        )
        content = (
            f"<p>{mention.format('https://home.example/@brand', 'brand')} and"
            f" {mention.format('https://far.example/@brand', 'brand')}<br>your"
            ' <a href="https://home.example/tags/shop">#<span>shop</span></a> &amp;'
            ' <a href="https://shop.example/a/long/way?x=1&amp;y=2"><span'
            ' class="invisible">https://</span><span class="ellipsis">shop.example/a'
            '</span><span class="invisible">/long/way?x=1&amp;y=2</span></a></p>'
            "<p>Second.</p>"
        )
        post = self.post_of(
            content=content,
            spoiler_text="Delivery",
            mentions=[
                {"acct": "brand", "url": "https://home.example/@brand"},
                {"acct": "brand@far.example", "url": "https://far.example/@brand"},
            ],
            poll={"options": [{"title": "Late"}, {"title": "Never"}]},
        )
        self.assertEqual(
            post.text,
            "Delivery\n\n@brand@home.example and @brand@far.example\n"
            "your #shop & https://shop.example/a/long/way?x=1&y=2\n\nSecond."
            "\n\n- Late\n- Never",
        )

    def test_mentions_of_other_servers(self):
        mentions = [{"acct": "bob@far.example", "url": "https://far.example/bob"}]
        for link in (
            '<a class="u-url mention" href="https://far.example/bob">@bob</a>',
            '@<a href="https://far.example/bob" class="mention"><span>bob</span></a>',
            '<a href="https://far.example/bob" rel="ugc">@<span>bob</span></a>',
        ):
            post = self.post_of(content=f"Ask {link}!", mentions=mentions)
            self.assertEqual(post.text, "Ask @bob@far.example!")

    def test_tags_without_end(self):
        """Time must grow with the length only: this would take hours."""
        start = time.monotonic()
        for part in ("<a ", "@<a href=", "<a x>@<span", "<p>"):
            self.post_of(content=part * 30_000, mentions=[{"url": "x"}])
        self.assertLess(time.monotonic() - start, 20)

    def test_media(self):
        post = self.post_of(
            media_attachments=[
                {
                    "type": "image",
                    "url": "https://far.example/1.png",
                    "preview_url": "https://far.example/1s.png",
                    "description": "A broken pot",
                },
                {"type": "gifv", "url": None, "remote_url": "https://far.example/2"},
                {"type": "unknown", "url": "javascript:alert(1)"},
            ],
            card={"url": "https://news.example/", "title": "News", "image": None},
        )
        picture, video, card = post.media
        self.assertEqual(
            picture,
            Media(
                "image",
                "https://far.example/1.png",
                preview_url="https://far.example/1s.png",
                alt="A broken pot",
            ),
        )
        self.assertEqual((video.kind, video.url), ("video", "https://far.example/2"))
        self.assertEqual((card.kind, card.title), ("link", "News"))

    def test_facts(self):
        post = self.post_of(
            in_reply_to_id="6",
            in_reply_to_account_id="1",
            language="de",
            created_at="2026-03-01T12:00:00.5+02:00",
            edited_at="2026-03-01T10:05:00Z",
            favourites_count=3,
            reblogs_count=2,
            replies_count=None,
        )
        self.assertEqual(post.kind, "comment")
        self.assertEqual(post.parent_uid, "6")
        self.assertTrue(post.parent_is_own)
        self.assertEqual(post.language, "de")
        self.assertEqual(post.metrics, {"likes": 3, "reposts": 2})
        times = post.published_at.isoformat(), post.edited_at.isoformat()
        self.assertEqual(times[0], "2026-03-01T10:00:00.500000+00:00")
        self.assertEqual(times[1], "2026-03-01T10:05:00+00:00")
        self.assertFalse(self.post_of(in_reply_to_account_id="7").parent_is_own)

    def test_visibility(self):
        for visibility, kind in (
            ("public", "post"),
            ("unlisted", "post"),
            ("local", "post"),
            (None, "post"),
            ("private", "message"),
            ("direct", "message"),
            ("limited", "message"),
        ):
            post = self.post_of(visibility=visibility)
            expected = "private" if kind == "message" else "public"
            self.assertEqual((post.kind, post.visibility), (kind, expected))

    def test_boosts_are_no_posts(self):
        boost = status(9, reblog=status(8))
        self.answers["GET /api/v1/timelines/tag/x"] = [boost, status(7)]
        page = self.brand.fetch(Stream("hashtag", "x"))
        self.assertEqual([post.uid for post in page.posts], ["7"])
        self.assertFalse(page.bad_items)
        self.assertEqual(json.loads(page.cursor)["since"], "9")
        # snac shows a post that was boosted only as its boost, with the same id.
        boost = status(8, content="", reblog=status(8))
        self.answers["GET /api/v1/timelines/tag/x"] = [boost]
        (post,) = self.brand.fetch(Stream("hashtag", "x")).posts
        self.assertEqual((post.uid, post.text), ("8", "Hello"))

    def test_other_notifications(self):
        items = [
            {"id": "5", "type": "favourite", "account": CAROL, "status": status(1)},
            {"id": "4", "type": "quote", "account": CAROL, "status": status(2)},
            {"id": "3", "type": "follow", "account": CAROL},
            {"id": "2", "type": "mention", "account": CAROL, "status": None},
        ]
        self.answers["GET /api/v1/notifications"] = items
        page = self.brand.fetch(Stream("mentions"))
        self.assertEqual([post.uid for post in page.posts], ["2"])
        self.assertEqual([item.error for item in page.bad_items], ["status is missing"])
        # The cursor is of the notifications, not of the posts.
        self.assertEqual(json.loads(page.cursor), {"since": "5"})
        (request,) = self.sent("GET", "/api/v1/notifications")
        self.assertIn(("exclude_types[]", "favourite"), request.query_list)

    def test_recorded_answers(self):
        folders = [RECORDED / "mastodon", *RECORDED.glob("_live_recordings/mastodon_*")]
        files = [file for folder in folders for file in sorted(folder.glob("*.json"))]
        if not files:
            self.skipTest("The recorded answers are not on this machine.")
        self.brand.save_credentials(account_uid="1")
        read, put_aside = 0, {}
        for file in files:
            for item in _statuses(_body(json.loads(file.read_text()))):
                raw = json.dumps(item)
                try:
                    post = self.brand.parse(raw, Stream("own"))
                except ValueError as error:
                    put_aside.setdefault(str(error), []).append(file.name)
                    continue
                read += 1
                self.assertTrue(post.uid and post.uri and post.author.handle)
                self.assertEqual(post.published_at.utcoffset(), timedelta(0))
                self.assertNotIn("</", post.text)
        self.assertGreater(read, 300)
        # Boosts; and fixtures that some library's authors cut short.
        boosts = put_aside.pop("this is a boost, or nothing for this stream", [])
        self.assertTrue(boosts)
        self.assertFalse(put_aside)


def _body(recorded):
    """Return the JSON of the answer, whichever way the recording holds it."""
    if not isinstance(recorded, dict):
        return recorded
    if "response" in recorded:
        recorded = recorded["response"]
    for name in ("json", "body", "text"):
        if name in recorded:
            body = recorded[name]
            try:
                return json.loads(body) if isinstance(body, str) else body
            except ValueError:
                return None
    return recorded


def _statuses(value):
    """Yield all statuses in it, at any depth."""
    if isinstance(value, dict):
        if {"content", "account", "created_at", "uri"} <= set(value):
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _statuses(part)


@tagged("post_install", "-at_install")
class TestMastodonCalls(MastodonCase):
    STATUS = "/api/v1/statuses/8"

    def test_verify(self):
        author = self.brand.verify()
        self.assertEqual(author.handle, "@brand@home.example")
        self.assertEqual(self.brand.changed, {"account_uid": "1"})
        with self.assertRaisesRegex(AuthError, "no login yet"):
            self.connect().verify()
        with self.assertRaisesRegex(AuthError, "address"):
            self.connect(base_url="", access_token="x").verify()
        path = "GET /api/v1/accounts/verify_credentials"
        for status_code in (401, 422):
            self.answers[path] = Answer(status_code, "")
            with self.assertRaises(AuthError):
                self.brand.verify()
        for body in ("<html>", {"id": "1"}, []):
            self.answers[path] = Answer(200, body)
            with self.assertRaises(RemoteError):
                self.brand.verify()

    def test_server_as_a_person_types_it(self):
        for typed in ("mas.example", " https://mas.example/ ", "https://mas.example"):
            url = Mastodon({"base_url": typed, "client_id": "c"}).authorize_url()
            self.assertTrue(url.startswith("https://mas.example/oauth/authorize?"))

    def test_public_streams_need_no_login(self):
        self.answers["GET /api/v1/timelines/tag/x"] = [status(7)]
        page = self.connect().fetch(Stream("hashtag", "#x"))
        self.assertEqual(len(page.posts), 1)
        (request,) = self.server.requests
        self.assertNotIn("authorization", request.headers)

    def test_unfit_streams_and_cursors(self):
        for stream in (Stream("reviews"), Stream("hashtag", " # "), Stream("search")):
            with self.assertRaises(NotSupported):
                self.brand.fetch(stream)
        for cursor in ("nonsense", "[1]", "5", '{"since": 5}', '{"since": null}'):
            with self.assertRaises(InvalidCursor):
                self.brand.fetch(Stream("mentions"), cursor)

    def test_search_that_finds_nothing(self):
        self.answers["GET /api/v2/search"] = {"statuses": []}
        page = self.brand.fetch(Stream("search", "brand"))
        self.assertIn("hashtag", page.notice)
        self.answers["GET /api/v2/search"] = {"statuses": {}}
        with self.assertRaises(RemoteError):
            self.brand.fetch(Stream("search", "brand"))

    def test_id_that_the_server_forgot(self):
        """snac shows nothing after the id of a post that was deleted."""

        def page(request):
            return Answer(200, [] if "min_id" in request.query else [status("f2")])

        self.answers["GET /api/v1/timelines/tag/x"] = page
        found = self.brand.fetch(Stream("hashtag", "x"), '{"since": "f1"}')
        self.assertEqual([post.uid for post in found.posts], ["f2"])

    def test_deaf_server_that_forgot_an_id(self):
        stream = Stream("hashtag", "x")
        items = [status(uid) for uid in (1009, 1008, 1004, 999)]
        self.answers["GET /api/v1/timelines/tag/x"] = items
        page = self.brand.fetch(stream, '{"since": "1006"}')
        self.assertEqual([post.uid for post in page.posts], ["1009", "1008"])
        self.assertFalse(page.more)
        page = self.brand.backfill(stream, '{"max": "1006"}')
        self.assertEqual([post.uid for post in page.posts], ["1004", "999"])

    def reply(self, text="Sorry!", asked=None, **options):
        self.answers[f"GET {self.STATUS}"] = asked or status(8)
        self.answers.setdefault(
            "POST /api/v1/statuses", status(9, account=BRAND, in_reply_to_id="8")
        )
        return self.brand.reply("8", text, "key-1", **options)

    def test_reply(self):
        result = self.reply()
        self.assertEqual(result.uid, "9")
        self.assertEqual(result.post.parent_uid, "8")
        self.assertTrue(result.post.is_own)
        (request,) = self.sent("POST", "/api/v1/statuses")
        self.assertEqual(request.headers["idempotency-key"], "key-1")
        self.assertEqual(
            request.json,
            {
                "status": "@carol@far.example Sorry!",
                "in_reply_to_id": "8",
                "visibility": "public",
            },
        )

    def test_reply_addresses_the_author_once(self):
        local = {**CAROL, "acct": "carol"}
        for text, asked in (
            ("Hi @Carol@far.example, sorry!", status(8)),
            ("@carol sorry!", status(8, account=local)),
            ("@carol@far.example: sorry!", status(8, account=local)),
            ("More of our own", status(8, account=BRAND)),
        ):
            self.reply(text, asked)
            request = self.sent("POST", "/api/v1/statuses")[-1]
            self.assertEqual(request.json["status"], text)
        self.reply("@carolyn sorry!", status(8, account=local))
        request = self.sent("POST", "/api/v1/statuses")[-1]
        self.assertEqual(request.json["status"], "@carol @carolyn sorry!")

    def test_who_may_read_the_reply(self):
        for asked, option, expected in (
            ("public", None, "public"),
            ("unlisted", None, "unlisted"),
            ("private", None, "direct"),
            ("direct", None, "direct"),
            ("limited", None, "direct"),
            ("public", "private", "direct"),
            ("public", "followers", "private"),
            ("public", "unlisted", "unlisted"),
        ):
            with self.subTest(asked=asked, option=option):
                self.reply(asked=status(8, visibility=asked), visibility=option)
                request = self.sent("POST", "/api/v1/statuses")[-1]
                self.assertEqual(request.json["visibility"], expected)
        self.reply(asked=status(8, spoiler_text="War"), language="de")
        request = self.sent("POST", "/api/v1/statuses")[-1]
        self.assertEqual(request.json["spoiler_text"], "War")
        self.assertEqual(request.json["language"], "de")
        with self.assertRaises(Rejected):
            self.reply(visibility="everybody")

    def test_reply_that_fails(self):
        count = 0
        for answer, error, maybe_sent in (
            (Answer(500, "<h1>"), RemoteError, True),
            (Answer(200, "<h1>"), RemoteError, True),
            (Answer(200, {"id": "9"}), RemoteError, True),
            (Answer(200, "x" * 99, cut=9), RemoteError, True),
            (Answer(404, {"error": "gone"}), NotFound, False),
            (Answer(422, {"error": "Text too long"}), Rejected, None),
        ):
            self.answers["POST /api/v1/statuses"] = answer
            with self.assertRaises(error) as caught:
                self.reply()
            count += 1
            self.assertEqual(getattr(caught.exception, "maybe_sent", None), maybe_sent)
        # Never twice on our own account: some servers ignore the key.
        self.assertEqual(len(self.sent("POST", "/api/v1/statuses")), count)
        del self.answers["POST /api/v1/statuses"]
        with self.assertRaises(RemoteError) as caught:
            self.reply(asked=Answer(200, {"id": "8"}))
        self.assertFalse(caught.exception.maybe_sent)

    def test_thread(self):
        self.answers[f"GET {self.STATUS}"] = status(8, in_reply_to_id="7")
        self.answers[f"GET {self.STATUS}/context"] = {
            "ancestors": [status(7, created_at="2026-02-01T00:00:00Z"), {"id": "bad"}],
            "descendants": [
                status(10, in_reply_to_id="8", created_at="2026-03-03T00:00:00Z"),
                status(9, in_reply_to_id="8", created_at="2026-03-02T00:00:00Z"),
            ],
        }
        posts = self.brand.thread("8")
        self.assertEqual([post.uid for post in posts], ["7", "8", "9", "10"])
        self.assertEqual({post.thread_uid for post in posts}, {"7"})
        # The beginning is not known here: no guess.
        answer = self.answers[f"GET {self.STATUS}/context"]
        answer["ancestors"] = [status(7, in_reply_to_id="1")]
        self.assertEqual({post.thread_uid for post in self.brand.thread("8")}, {""})
        answer["ancestors"] = 5
        with self.assertRaises(RemoteError):
            self.brand.thread("8")

    def test_delete(self):
        self.answers[f"DELETE {self.STATUS}"] = Answer(200, "")
        self.brand.delete("8")
        self.assertEqual(len(self.sent("DELETE", self.STATUS)), 1)
        self.brand.delete("9")  # nothing there: as it should be
        self.brand.delete("../accounts/1")
        self.assertIn("%2F", self.server.requests[-1].path)
        # snac deletes nothing for an app.
        self.answers = {f"GET {self.STATUS}": status(8)}
        with self.assertRaises(NotSupported):
            self.brand.delete("8")

    def test_refresh(self):
        many = "GET /api/v1/statuses"
        edited = status(8, "Hello again", edited_at="2026-03-02T00:00:00Z")
        for answer in ([edited], Answer(404, ""), Answer(405, ""), Answer(500, "")):
            self.answers |= {many: answer, f"GET {self.STATUS}": edited}
            posts = {post.uid: post for post in self.brand.refresh(["8", "9", "8"])}
            self.assertEqual(set(posts), {"8", "9"})
            self.assertEqual(posts["8"].text, "Hello again")
            self.assertTrue(posts["8"].edited_at)
            self.assertFalse(posts["8"].deleted)
            self.assertTrue(posts["9"].deleted)
        self.answers[many] = lambda request: Answer(
            200, [status(uid) for name, uid in request.query_list if name == "id[]"]
        )
        self.server.requests.clear()
        uids = [str(number) for number in range(100, 145)]
        self.assertEqual(len(self.brand.refresh(uids)), 45)
        self.assertEqual(len(self.server.requests), 3)

    def test_refresh_never_guesses(self):
        self.answers["GET /api/v1/statuses/9"] = Answer(502, "")
        with self.assertRaises(RemoteError):
            self.brand.refresh(["9"])
        self.answers["GET /api/v1/statuses"] = Answer(401, "")
        with self.assertRaises(AuthError):
            self.brand.refresh(["9"])

    POLICY = "/api/v2/notifications/policy"

    def test_notification_policy(self):
        accept = dict.fromkeys(
            ("for_not_following", "for_not_followers", "for_new_accounts"), "accept"
        )
        for policy, words in (
            (accept, ()),
            ({**accept, "for_new_accounts": "drop"}, ("drop", "new accounts")),
            ({**accept, "for_private_mentions": "filter"}, ("hold back", "private")),
            ({"filter_not_following": True}, ("hold back", "does not follow")),
            ({"filter_not_following": False}, ()),
            ({"for_new_accounts": ["drop"]}, ()),
        ):
            with self.subTest(policy=policy):
                self.answers[f"GET {self.POLICY}"] = policy
                sentence = self.brand.notification_policy()
                self.assertEqual(bool(sentence), bool(words))
                for word in words:
                    self.assertIn(word, sentence)
        self.answers[f"GET {self.POLICY}"] = Answer(500, "")
        self.assertEqual(self.brand.notification_policy(), "")

    def test_policy_is_asked_once_a_cycle(self):
        self.answers[f"GET {self.POLICY}"] = {"for_new_accounts": "drop"}
        ids = iter(range(100, 0, -1))
        items = [
            {"id": str(uid), "type": "mention", "status": status(uid)} for uid in ids
        ]

        def page(request):
            above = int(request.query.get("min_id", 0))
            below = int(request.query.get("max_id", 1000))
            fit = [item for item in items if above < int(item["id"]) < below]
            return Answer(200, fit[-10:] if "max_id" not in request.query else [])

        self.answers["GET /api/v1/notifications"] = page
        first = self.brand.fetch(Stream("mentions"), '{"since": "50"}', limit=10)
        self.assertIn("drop", first.notice)
        self.assertTrue(first.more)
        second = self.brand.fetch(Stream("mentions"), first.cursor, limit=10)
        self.assertEqual(second.notice, "")
        self.assertEqual(len(self.sent("GET", self.POLICY)), 1)
        self.answers["GET /api/v1/timelines/tag/x"] = []
        self.assertEqual(self.brand.fetch(Stream("hashtag", "x")).notice, "")

    def test_login_by_code(self):
        connector = self.connect()
        self.answers["POST /api/v1/apps"] = {"client_id": "c&", "client_secret": "s3c"}
        connector.register_app(self.server.url, "https://odoo.example/back")
        self.assertEqual(connector.changed["client_secret"], "s3c")
        self.assertEqual(
            self.sent("POST", "/api/v1/apps")[0].json["scopes"], "read write"
        )
        url = connector.authorize_url("https://odoo.example/back", "state-1")
        query = dict(parse_qsl(urlsplit(url).query))
        self.assertEqual(query["client_id"], "c&")
        self.assertEqual(query["redirect_uri"], "https://odoo.example/back")
        self.assertEqual(query["state"], "state-1")
        self.answers["POST /oauth/token"] = {"access_token": "t0ken"}
        connector.exchange_code(" c0de ", "https://odoo.example/back")
        form = self.sent("POST", "/oauth/token")[0].form
        self.assertEqual(form["code"], "c0de")
        self.assertEqual(form["client_secret"], "s3c")
        self.assertEqual(connector.changed["access_token"], "t0ken")
        self.answers["POST /oauth/token"] = Answer(
            400, {"error": "invalid_grant", "error_description": "Not c0de of s3c"}
        )
        with self.assertRaises(AuthError) as caught:
            connector.exchange_code("c0de")
        self.assertNotIn("s3c", str(caught.exception))
        self.assertNotIn("c0de", str(caught.exception))
        self.answers["POST /oauth/token"] = {"token": "other"}
        with self.assertRaises(RemoteError):
            connector.exchange_code("c0de")
