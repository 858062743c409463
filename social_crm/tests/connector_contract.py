"""What every connector must do, tested over real HTTP against a scripted server.

A connector's test module holds one class::

    class TestMyNetwork(ConnectorContract, BaseCase):
        connector_class = MyNetwork
        stream = Stream("mentions")

        def credentials(self): ...         # with base_url = self.server.url and SECRET
        def render(self, said): ...        # one item as the network writes it
        def answer(self, request, said): ...  # what the network answers to a request
        def uri_of(self, said): ...        # the Post.uri that must come out

``said`` is a ``Said``; ``answer`` gets all of them, oldest first, and pages as the
network does; it puts ``self.item(one)`` (not ``render``) on the page, so that tests may
slip in items that are broken. It also answers what the connector asks besides, such as
a login.

Further hooks, most with a default: ``is_stream_request`` (which requests the failures
of a test hit), ``error_body``, ``broken_items``, ``minimal_item``,
``item_without_author``, ``hostile_item``, ``invalid_bodies``, and the flags. Tests that
a network cannot have are switched off by a flag.
"""

import json
import logging
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from ..connectors.errors import (
    AuthError,
    ConnectorError,
    Gone,
    NotFound,
    RateLimited,
    Rejected,
    RemoteError,
)
from ..connectors.records import Post, Stream

SECRET = "s3cret/T0ken+of=the&account"
NOW = datetime.now(timezone.utc).replace(microsecond=0)
RTL_AND_EMOJI = "مرحبا بالعالم 👩‍👩‍👧‍👦 שלום עולם \u200f🇩🇪 e\u0301 — 日本語"


@dataclass
class Said:
    """One post on the network of the test. ``raw`` replaces what ``render`` makes."""

    number: int
    text: str = ""
    published_at: datetime = None
    raw: object = ...

    def __post_init__(self):
        self.text = self.text or f"Post number {self.number}"
        # A minute apart, so that no network sees two at the same time.
        self.published_at = self.published_at or (
            NOW - timedelta(days=1) + timedelta(minutes=self.number)
        )


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, str]  # the last value of each name
    query_list: list[tuple[str, str]]
    headers: dict[str, str]  # names in lower case
    body: bytes
    client: tuple[str, int] = ("", 0)  # one for each connection

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))


@dataclass(frozen=True)
class Answer:
    """``body`` is bytes, text, or anything JSON can say. ``cut`` bytes never arrive."""

    status: int = 200
    body: object = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0
    cut: int = 0

    @property
    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return text.encode()


class ScriptedServer:
    """A web server on 127.0.0.1 that asks ``answer(request)`` what to say."""

    def __init__(self, answer: Callable[[Request], Answer], tls=None):
        self.answer = answer
        self.requests: list[Request] = []
        self._closing = threading.Event()
        self._httpd = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._httpd.daemon_threads = True
        self.host = f"127.0.0.1:{self._httpd.server_port}"
        self.url = f"http://{self.host}"
        if tls is not None:
            self._httpd.socket = tls.wrap_socket(self._httpd.socket, server_side=True)
        self._thread = threading.Thread(
            target=self._httpd.serve_forever, kwargs={"poll_interval": 0.01}
        )
        self._thread.start()

    def close(self):
        self._closing.set()
        self._httpd.shutdown()
        self._thread.join(10)
        self._httpd.server_close()

    def _handler(server):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 10
            # One packet an answer: else each waits for a delayed acknowledgement.
            wbufsize = -1

            def handle_request(self):
                length = int(self.headers.get("Content-Length") or 0)
                parts = urlsplit(self.path)
                query = parse_qsl(parts.query, keep_blank_values=True)
                request = Request(
                    method=self.command,
                    path=parts.path,
                    query=dict(query),
                    query_list=query,
                    headers={k.lower(): v for k, v in self.headers.items()},
                    body=self.rfile.read(length),
                    client=self.client_address,
                )
                server.requests.append(request)
                answer = server.answer(request)
                if answer.delay and server._closing.wait(answer.delay):
                    self.close_connection = True
                    return
                content = answer.content
                self.send_response(answer.status)
                if isinstance(answer.body, dict | list):
                    self.send_header("Content-Type", "application/json; charset=utf-8")
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if answer.cut:
                    content = content[: -answer.cut]
                    self.close_connection = True
                if self.command != "HEAD":
                    self.wfile.write(content)

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = handle_request

            def log_message(self, *args):
                pass

        return Handler


class ServerCase:
    """Mixin: ``self.server`` asks ``self.respond(request)``."""

    def setUp(self):
        super().setUp()
        self.server = ScriptedServer(self._respond_safely)
        self.addCleanup(self.server.close)

    def _respond_safely(self, request: Request) -> Answer:
        try:
            return self.respond(request)
        except Exception as error:  # shown to the test instead of the server's thread
            logging.getLogger(__name__).exception("The scripted server failed")
            return Answer(599, f"scripted server: {error!r}")

    def respond(self, request: Request) -> Answer:
        raise NotImplementedError


class ConnectorContract(ServerCase):
    """The tests. See the top of this file for what a subclass gives."""

    allow_inherited_tests_method = True  # else Odoo silently runs none of these

    connector_class: type
    stream: Stream
    has_backfill = True  # the network shows more than its newest page
    is_private = False  # requests carry a login, so 401 and 403 can happen
    text_is_html = False
    is_json = True

    # -- Hooks

    def credentials(self) -> dict[str, str]:
        raise NotImplementedError

    def render(self, said: Said):
        raise NotImplementedError

    def answer(self, request: Request, said: list[Said]) -> Answer:
        raise NotImplementedError

    def uri_of(self, said: Said) -> str:
        raise NotImplementedError

    def is_stream_request(self, request: Request) -> bool:
        return request.method == "GET"

    def error_body(self, status: int, text: str):
        """The body of the network's own errors; ``text`` is what it says."""
        return {"error": text}

    def broken_items(self) -> list:
        """Items with wrong types: each must become a BadItem, alone."""
        raise NotImplementedError

    def minimal_item(self, said: Said):
        """Like render, without everything that the network may leave out."""
        raise NotImplementedError

    def item_without_author(self, said: Said):
        """Like render, as the network shows it when the author was deleted."""
        raise NotImplementedError

    def hostile_item(self, said: Said):
        """Like render, with HOSTILE_HTML in the place of the text."""
        raise NotImplementedError

    def invalid_bodies(self) -> list[bytes]:
        """Answers with status 200 that are not what the network should say."""
        return [
            b"",
            b'{"posts": [{"id": "1", "te',
            b"<!DOCTYPE html><html><body><h1>Maintenance</h1></body></html>",
            b"null",
            b'"text"',
            b"[" * 100_000,
        ]

    # -- Tools

    HOSTILE_HTML = (
        "<p>Hello <b>world</b><script>alert('boo')</script>"
        '<img src="x" onerror="alert(1)"><style>p {color: red}</style>'
        '<a href="javascript:alert(2)">click</a></p>'
    )

    def setUp(self):
        super().setUp()
        self.said: list[Said] = []
        self.failure: Answer | None = None
        self.connector = self.connect()

    def connect(self, **credentials):
        connector = self.connector_class(
            {**self.credentials(), **credentials}, private_hosts=[self.server.host]
        )
        connector.http.backoff = 0.001
        connector.http.timeout = (5, 5)
        return connector

    def respond(self, request: Request) -> Answer:
        if self.failure is not None and self.is_stream_request(request):
            return self.failure
        return self.answer(request, self.said)

    def item(self, said: Said):
        return self.render(said) if said.raw is ... else said.raw

    def say(self, count: int, **values) -> list[Said]:
        """``count`` further posts appear on the network."""
        start = len(self.said) + 1
        new = [Said(number, **values) for number in range(start, start + count)]
        self.said.extend(new)
        return new

    def uris(self, said: list[Said]) -> list[str]:
        return sorted(self.uri_of(one) for one in said)

    def assert_posts(self, posts: list[Post], said: list[Said]):
        """Exactly these came, each once, in any order."""
        self.assertEqual(sorted(post.uri for post in posts), self.uris(said))
        for post in posts:
            self.assert_sound(post)

    def assert_sound(self, post: Post):
        self.assertIsInstance(post, Post)
        self.assertTrue(post.uid and post.uri and post.author.uri)
        for moment in (post.published_at, post.edited_at, post.author.created_at):
            if moment is not None:
                self.assertEqual(moment.utcoffset(), timedelta(0))
        for text in (post.text, post.title, post.author.name, post.author.bio):
            self.assertIsInstance(text, str)
            text.encode()  # no lone surrogates
            self.assertNotIn("\0", text)
        for url in (post.url, post.author.url, post.author.avatar_url):
            self.assertRegex(url, r"^(https?://|$)")

    def drain(self, method, cursor=None, limit=5, between=lambda: None):
        """Return posts and the last cursor; ``between`` is called after each page."""
        posts = []
        for _page in range(40):
            page = method(self.stream, cursor, limit=limit)
            self.assertLessEqual(len(page.posts), limit)
            self.assertFalse(page.bad_items)
            self.assertIsInstance(page.cursor, str | type(None))
            posts += page.posts
            cursor = page.cursor
            if not page.more:
                return posts, cursor
            between()
        self.fail("Paging came to no end within 40 pages.")

    def newest(self, limit=40):
        """Return the posts of the first page and its cursor."""
        page = self.connector.fetch(self.stream, None, limit=limit)
        self.assertFalse(page.bad_items, page.bad_items)
        return page.posts, page.cursor

    @contextmanager
    def failing(self, answer: Answer):
        self.failure = answer
        try:
            yield
        finally:
            self.failure = None

    def assert_fails(self, answer: Answer, error: type, cursor=None) -> ConnectorError:
        with self.failing(answer), self.assertRaises(error) as caught:
            self.connector.fetch(self.stream, cursor)
        self.assertIs(type(caught.exception), error)
        message = str(caught.exception)
        self.assertNotIn(SECRET, message)
        self.assertNotIn("<", message)
        self.assertTrue(message.endswith("."), message)
        return caught.exception

    def assert_nothing_lost(self, answer: Answer, error: type) -> ConnectorError:
        """The failure is named, and afterwards the same call brings what is new."""
        self.say(2)
        _posts, cursor = self.newest()
        new = self.say(3)
        caught = self.assert_fails(answer, error, cursor)
        posts, _cursor = self.drain(self.connector.fetch, cursor)
        self.assert_posts(posts, new)
        return caught

    # -- Paging

    def test_newest_page_and_then_what_is_new(self):
        first = self.say(3)
        posts, cursor = self.newest()
        self.assert_posts(posts, first)
        again, cursor = self.drain(self.connector.fetch, cursor)
        self.assertFalse(again)
        new = self.say(1)
        posts, cursor = self.drain(self.connector.fetch, cursor)
        self.assert_posts(posts, new)

    def test_forward_over_many_pages(self):
        self.say(3)
        _posts, cursor = self.newest()
        new = self.say(23)
        posts, cursor = self.drain(self.connector.fetch, cursor)
        self.assert_posts(posts, new)
        self.assertFalse(self.drain(self.connector.fetch, cursor)[0])

    def test_posts_that_arrive_between_pages(self):
        self.say(3)
        _posts, cursor = self.newest()
        new = self.say(12)
        late = iter(range(4))

        def between():
            if next(late, None) is not None:
                new.extend(self.say(2))

        posts, cursor = self.drain(self.connector.fetch, cursor, between=between)
        rest, _cursor = self.drain(self.connector.fetch, cursor)
        self.assert_posts(posts + rest, new)

    def test_another_process_goes_on_from_the_cursor(self):
        self.say(3)
        _posts, cursor = self.newest()
        new = self.say(12)
        posts = []
        for _page in range(20):
            page = self.connect().fetch(self.stream, cursor, limit=5)
            cursor = page.cursor
            posts += page.posts
            if not page.more:
                break
        self.assert_posts(posts, new)

    def test_repeated_page_is_the_same(self):
        self.say(3)
        _posts, cursor = self.newest()
        self.say(7)
        pages = [self.connector.fetch(self.stream, cursor, limit=5) for _i in range(2)]
        uris = [[post.uri for post in page.posts] for page in pages]
        self.assertTrue(uris[0])
        self.assertEqual(*uris)

    def test_backfill_to_the_end(self):
        if not self.has_backfill:
            self.skipTest("The network shows nothing older.")
        old = self.say(17)
        posts, _cursor = self.drain(self.connector.backfill)
        self.assert_posts(posts, old)
        times = [post.published_at for post in posts]
        self.assertEqual(times, sorted(times, reverse=True))

    def test_backfill_is_not_disturbed_by_new_posts(self):
        if not self.has_backfill:
            self.skipTest("The network shows nothing older.")
        old = self.say(13)
        posts, _cursor = self.drain(
            self.connector.backfill, between=lambda: self.say(1)
        )
        found = {post.uri for post in posts}
        self.assertEqual(len(found), len(posts))
        self.assertLessEqual({self.uri_of(one) for one in old}, found)

    def test_empty(self):
        posts, cursor = self.drain(self.connector.fetch)
        self.assertFalse(posts)
        if self.has_backfill:
            self.assertFalse(self.drain(self.connector.backfill)[0])
        new = self.say(2)
        posts, _cursor = self.drain(self.connector.fetch, cursor)
        self.assert_posts(posts, new)

    # -- Failures

    def test_401(self):
        if not self.is_private:
            self.skipTest("The network asks for no login.")
        body = self.error_body(401, f"The token {SECRET} was revoked")
        error = self.assert_nothing_lost(Answer(401, body), AuthError)
        self.assertEqual(error.status, 401)

    def test_403(self):
        body = self.error_body(403, "Not with this scope")
        error = self.assert_nothing_lost(Answer(403, body), AuthError)
        self.assertIn("permission", str(error))

    def test_404(self):
        self.assert_nothing_lost(Answer(404, "<h1>Not found</h1>"), NotFound)

    def test_410(self):
        self.assert_nothing_lost(Answer(410, self.error_body(410, "Gone")), Gone)

    def test_422(self):
        body = self.error_body(422, f"Nonsense in {SECRET}")
        self.assert_nothing_lost(Answer(422, body), Rejected)

    def test_429_with_headers(self):
        at = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(minutes=3)
        http_date = f"{at:%a, %d %b %Y %H:%M:%S} GMT"
        for headers in (
            {"Retry-After": "180"},
            {"Retry-After": http_date},
            {"X-RateLimit-Reset": at.isoformat().replace("+00:00", ".000000Z")},
            {"X-RateLimit-Reset": str(int(at.timestamp()))},
            {"RateLimit-Reset": str(int(at.timestamp())), "RateLimit-Limit": "30"},
            {"RateLimit-Reset": "180", "RateLimit-Remaining": "0"},
        ):
            with self.subTest(headers=headers):
                body = self.error_body(429, "Too many requests")
                error = self.assert_fails(Answer(429, body, headers), RateLimited)
                self.assertEqual(error.retry_at.utcoffset(), timedelta(0))
                apart = abs((error.retry_at - at).total_seconds())
                self.assertLess(apart, 20)

    def test_429_without_headers(self):
        error = self.assert_nothing_lost(Answer(429), RateLimited)
        wait = error.retry_at - datetime.now(timezone.utc)
        self.assertLess(timedelta(seconds=10), wait)
        self.assertLess(wait, timedelta(hours=1))

    def test_server_errors(self):
        for status in (500, 502, 503, 504):
            with self.subTest(status=status):
                page = f"<html><h1>{status}</h1>{SECRET}</html>"
                self.assert_fails(Answer(status, page), RemoteError)
        wait = Answer(503, "", {"Retry-After": "60"})
        self.assert_nothing_lost(wait, RateLimited)

    def test_one_server_error_is_survived(self):
        """A GET may be repeated: a single hiccup is nobody's business."""
        self.say(2)
        answers = iter([Answer(502)])
        respond = self.respond
        self.respond = lambda request: (
            (self.is_stream_request(request) and next(answers, None))
            or respond(request)
        )
        posts, _cursor = self.newest()
        self.assert_posts(posts, self.said)

    def test_time_out(self):
        self.connector.http.timeout = (0.2, 0.2)
        self.connector.http.tries = 2
        self.assert_fails(Answer(delay=3), RemoteError)

    def test_truncated(self):
        self.say(3)
        body = json.dumps({"posts": ["x" * 5000]})
        self.assert_nothing_lost(Answer(200, body, cut=2500), RemoteError)

    def test_invalid_answers(self):
        for body in self.invalid_bodies():
            with self.subTest(body=body[:50]):
                self.assert_fails(Answer(200, body), RemoteError)

    # -- Items

    def test_broken_items_are_put_aside(self):
        for broken in self.broken_items():
            with self.subTest(broken=str(broken)[:200]):
                self.said = []
                good = self.say(1)
                bad = self.say(1, raw=broken)
                good += self.say(1)
                page = self.connector.fetch(self.stream, None)
                self.assert_posts(page.posts, good)
                self.assertEqual(len(page.bad_items), len(bad))
                item = page.bad_items[0]
                self.assertTrue(item.error and item.raw)
                self.assertLessEqual(len(item.raw), 100_000)
                self.assertIsInstance(item.uid, str)
                with self.assertRaises(ValueError):
                    self.connector.parse(item.raw, self.stream)

    def test_parse_reads_an_item_that_was_put_aside(self):
        (one,) = self.say(1)
        item = self.item(one)
        raw = item if isinstance(item, str) else json.dumps(item)
        post = self.connector.parse(raw, self.stream)
        self.assert_posts([post], [one])
        (fetched,), _cursor = self.newest()
        self.assertEqual(post, fetched)

    def test_missing_optional_fields(self):
        said = Said(1)
        said.raw = self.minimal_item(said)
        self.said = [said]
        posts, _cursor = self.newest()
        self.assert_posts(posts, [said])

    def test_deleted_author(self):
        """The post may be shown or put aside; the others must come."""
        others = self.say(1)
        said = Said(2)
        said.raw = self.item_without_author(said)
        self.said.append(said)
        others += self.say(1)
        page = self.connector.fetch(self.stream, None)
        self.assertEqual(len(page.posts) + len(page.bad_items), 3)
        self.assertLessEqual(set(self.uris(others)), {post.uri for post in page.posts})
        for post in page.posts:
            self.assert_sound(post)

    def assert_text_survives(self, text: str):
        said = self.say(1, text=text)
        posts, _cursor = self.newest()
        self.assert_posts(posts, said)
        self.assertEqual(posts[0].text, text)

    def test_long_text(self):
        self.assert_text_survives(("words and wörds " * 1000)[:9_999] + ".")

    def test_right_to_left_and_emoji(self):
        self.assert_text_survives(RTL_AND_EMOJI)

    def test_text_that_looks_like_html(self):
        self.assert_text_survives('1 < 2 && "a" > b; use <b> & &amp; <script>')

    def test_text_no_database_can_hold(self):
        if not self.is_json:
            self.skipTest("XML cannot say this.")
        said = self.say(1, text="zero \0 and half \ud83d of a pair")
        posts, _cursor = self.newest()
        self.assert_posts(posts, said)
        self.assertIn("and half", posts[0].text)

    def test_hostile_html(self):
        if not self.text_is_html:
            self.skipTest("The network sends plain text.")
        said = Said(1)
        said.raw = self.hostile_item(said)
        self.said = [said]
        posts, _cursor = self.newest()
        self.assert_posts(posts, [said])
        text = posts[0].text
        self.assertIn("Hello world", text)
        for evil in ("<", "alert", "color", "javascript"):
            self.assertNotIn(evil, text)

    def test_clock_skew(self):
        ahead = NOW + timedelta(days=3)
        said = self.say(2, published_at=ahead) + self.say(1)
        posts, cursor = self.newest()
        self.assert_posts(posts, said)
        new = self.say(2)
        posts, _cursor = self.drain(self.connector.fetch, cursor)
        self.assert_posts(posts, new)

    def test_duplicates_within_a_page(self):
        said = self.say(3)
        self.said.insert(1, self.said[0])
        self.said.append(self.said[-1])
        posts, _cursor = self.newest()
        self.assert_posts(posts, said)

    def test_duplicates_across_pages(self):
        self.say(2)
        _posts, cursor = self.newest()
        new = self.say(9)
        # The network shows the third of them again, as if it were the last.
        self.say(1, raw=self.item(new[2]))
        posts, _cursor = self.drain(self.connector.fetch, cursor, limit=4)
        self.assertEqual(sorted({post.uri for post in posts}), self.uris(new))

    # -- Secrets

    def test_secrets_are_never_said(self):
        secrets = [
            value
            for name, value in self.connector.credentials.items()
            if name in self.connector.secret_fields and value
        ]
        self.say(2)
        with self.assertLogs(level="DEBUG") as logs:
            logging.getLogger(__name__).debug("one line at least")
            self.newest()
            for status in (401, 403, 404, 422, 429, 500):
                body = self.error_body(status, " ".join([SECRET, *secrets]))
                with self.failing(Answer(status, body)):
                    try:
                        self.connector.fetch(self.stream, None)
                    except ConnectorError as error:
                        logging.getLogger(__name__).exception("%r", error)
        said = "\n".join(logs.output) + repr(self.connector) + repr(self.connector.http)
        for secret in {SECRET, *secrets} if secrets else ():
            self.assertNotIn(secret, said)
