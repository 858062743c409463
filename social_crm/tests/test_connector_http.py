"""The HTTP layer of the connectors, over real sockets on the loopback."""

import gzip
import ipaddress
import json
import logging
import os
import socket
import ssl
import tempfile
import threading
import time
import tracemalloc
import zlib
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

import requests
from urllib3.util import connection

from odoo.tests import BaseCase, tagged
from odoo.tests.common import _super_send

from ..connectors.errors import (
    AuthError,
    ConnectorError,
    Gone,
    NotFound,
    RateLimited,
    Rejected,
    RemoteError,
    UnsafeUrl,
)
from ..connectors.guard import is_public
from ..connectors.http import Http, Response
from .certificates import certificate_file
from .connector_contract import SECRET, Answer, Request, ScriptedServer, ServerCase

PRIVATE = (
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.8.8.8",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.192",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.251",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::10.0.0.1",
    "2002:7f00:1::",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
)
PUBLIC = (
    "1.1.1.1",
    "9.9.9.9",
    "::ffff:1.1.1.1",
    "64:ff9b::1.1.1.1",
    "2606:4700:4700::1111",
)


class HttpCase(ServerCase, BaseCase):
    """``self.http`` may reach ``self.server``, which answers ``self.answers``."""

    @classmethod
    def _request_handler(cls, session, request, /, **kwargs):
        # Names of these tests are other people's; all of them lead to the loopback.
        return _super_send(session, request, **kwargs)

    def setUp(self):
        super().setUp()
        # Should a check fail, the test must not knock at strangers' doors.
        connect = connection.create_connection

        def only_here(address, *args, **kwargs):
            self.assertTrue(ipaddress.ip_address(address[0]).is_loopback, address)
            return connect(address, *args, **kwargs)

        self.patch(connection, "create_connection", only_here)
        self.answers: dict[str, object] = {}
        self.http = self.client()

    def client(self, **options) -> Http:
        options.setdefault("private_hosts", [self.server.host])
        client = Http(secrets=[SECRET], **options)
        client.backoff = 0.001
        return client

    def respond(self, request: Request) -> Answer:
        answer = self.answers[request.path]
        return answer(request) if callable(answer) else answer

    def call(self, path="/", method="GET", **options) -> Response:
        return self.http.request(method, self.server.url + path, **options)

    def fails(self, error, answer=None, method="GET", path="/", **options):
        if answer is not None:
            self.answers[path] = answer
        with self.assertRaises(error) as caught:
            self.call(path, method, **options)
        self.assertIs(type(caught.exception), error)
        self.assertNotIn(SECRET, str(caught.exception))
        return caught.exception

    def another_server(self, answer, **options) -> ScriptedServer:
        server = ScriptedServer(answer, **options)
        self.addCleanup(server.close)
        return server

    @contextmanager
    def names(self, **addresses):
        """Have these names (with _ for .) lead there; yield the look-ups."""
        real, asked = socket.getaddrinfo, []

        def look_up(host, port, *args, **kwargs):
            found = addresses.get(host.replace(".", "_"))
            if found is None:
                return real(host, port, *args, **kwargs)
            asked.append(host)
            if found and isinstance(found[0], list):
                found = found.pop(0)
            return [item for ip in found for item in real(ip, port, *args, **kwargs)]

        with patch.object(socket, "getaddrinfo", look_up):
            yield asked


@tagged("post_install", "-at_install")
class TestHttpAnswers(HttpCase):
    def test_good_answer(self):
        self.answers["/a"] = Answer(200, {"a": "ä"}, {"X-Some": "thing"})
        response = self.call("/a", params={"q": "ü", "id[]": ["1", "2"]})
        self.assertEqual(response.json(dict), {"a": "ä"})
        self.assertEqual(response.headers["x-some"], "thing")
        self.assertEqual(response.status, 200)
        query = self.server.requests[0].query_list
        self.assertEqual(query, [("q", "ü"), ("id[]", "1"), ("id[]", "2")])
        self.assertIn("social_crm", self.server.requests[0].headers["user-agent"])

    def test_status_becomes_error(self):
        expected = {
            400: Rejected,
            401: AuthError,
            403: AuthError,
            404: NotFound,
            405: Rejected,
            409: Rejected,
            410: Gone,
            413: Rejected,
            422: Rejected,
            429: RateLimited,
            451: Rejected,
            500: RemoteError,
            503: RemoteError,
        }
        for status, error in expected.items():
            for method in ("GET", "POST"):
                with self.subTest(status=status, method=method):
                    caught = self.fails(error, Answer(status, "<b>oops</b>"), method)
                    self.assertEqual(caught.status, status)
                    self.assertNotIn("oops", str(caught))
                    if isinstance(caught, RemoteError):
                        unsure = method == "POST" and status >= 500
                        self.assertEqual(caught.maybe_sent, unsure)

    def test_accepted_status_is_returned(self):
        self.answers["/"] = Answer(304)
        self.assertEqual(self.call(accept=[304]).status, 304)

    def test_words_of_the_network(self):
        for body, code, words in (
            ({"error": "Record not found"}, "Record not found", "Record not found"),
            (
                {"error": "ExpiredToken", "message": "Too old"},
                "ExpiredToken",
                "Too old",
            ),
            ({"error": "bad", "error_description": "No\nscope."}, "bad", "No scope"),
            ({"error": {"message": "Hm", "code": 190}}, "190", "Hm"),
            ({"errors": [{"message": "Not here", "code": 34}]}, "34", "Not here"),
            ({"ok": False, "error_code": 400, "description": "chat"}, "400", "chat"),
            ({"title": "Bad", "status": 400, "detail": "worse"}, "400", "worse"),
            (["x"], "", "x"),
            ({"error": ["x"]}, "", ""),
            ("just text", "", ""),
        ):
            with self.subTest(body=body):
                error = self.fails(Rejected, Answer(400, body))
                self.assertEqual(error.code, code)
                self.assertTrue(str(error).endswith(f"{words}." if words else "400)."))

    def test_secrets_are_masked_before_the_text_is_cut(self):
        for filling in range(270, 300):
            text = "x" * filling + SECRET
            error = self.fails(AuthError, Answer(401, {"error": text}))
            self.assertNotIn(SECRET[:6], str(error))
        quoted = "s3cret%2FT0ken%2Bof%3Dthe%26account"
        error = self.fails(Rejected, Answer(400, {"error": f"at ?token={quoted}"}))
        self.assertNotIn(quoted, str(error) + error.code)

    def test_no_secret_in_logs_and_tracebacks(self):
        self.http.tries = 2
        with self.assertLogs(level="DEBUG") as logs:
            for answer in (Answer(500), Answer(200, "x" * 50, cut=20)):
                self.answers["/"] = answer
                try:
                    self.call(headers={"Authorization": f"Bearer {SECRET}"})
                except RemoteError:
                    logging.getLogger(__name__).exception("%r", self.http)
        self.assertGreater(len(logs.output), 3)
        self.assertNotIn(SECRET, "\n".join(logs.output))

    def test_json(self):
        for body in (b"", b"{", b"<p>", b"[" * 100_000, b"[1]"):
            for method in ("GET", "POST"):
                with self.subTest(body=body[:9], method=method):
                    self.answers["/"] = Answer(200, body)
                    with self.assertRaises(RemoteError) as caught:
                        self.call(method=method).json(dict)
                    self.assertEqual(caught.exception.maybe_sent, method == "POST")
        self.answers["/"] = Answer(200, b"\xef\xbb\xbf[1]")
        self.assertEqual(self.call().json(list), [1])

    def test_text(self):
        for content_type, body in (
            ("text/html; charset=iso-8859-1", "Grün".encode("latin-1")),
            ("text/html", "Grün".encode()),
            ("text/html; charset=no-such", "Grün".encode()),
        ):
            headers = {"Content-Type": content_type}
            self.answers["/"] = Answer(200, body, headers)
            self.assertEqual(self.call().text, "Grün")

    def test_rate_limit_headers(self):
        ahead = datetime.now(timezone.utc) + timedelta(minutes=2)
        for headers, seconds in (
            ({"Retry-After": "7"}, 7),
            ({"Retry-After": "1.5"}, 1.5),
            ({"Retry-After": "-5"}, 1),
            ({"Retry-After": f"{ahead:%a, %d %b %Y %H:%M:%S} GMT"}, 120),
            ({"X-RateLimit-Reset": f"{ahead:%Y-%m-%dT%H:%M:%S.%fZ}"}, 120),
            ({"X-RateLimit-Reset": str(int(ahead.timestamp() * 1000))}, 120),
            ({"RateLimit-Reset": str(int(ahead.timestamp()))}, 120),
            ({"RateLimit-Reset": "90"}, 90),
            ({"Retry-After": "99999999"}, 86400),
            ({"Retry-After": "1e400"}, 300),
            ({"Retry-After": "nan"}, 300),
            ({"Retry-After": "soon"}, 300),
            ({"X-RateLimit-Reset": "2001-01-01T00:00:00Z"}, 300),
            ({}, 300),
        ):
            for status in (429, 503):
                if status == 503 and "Retry-After" not in headers:
                    continue
                with self.subTest(headers=headers, status=status):
                    error = self.fails(RateLimited, Answer(status, "", headers))
                    wait = error.retry_at - datetime.now(timezone.utc)
                    self.assertAlmostEqual(wait.total_seconds(), seconds, delta=3)

    def test_quota(self):
        self.assertIsNone(self.http.quota)
        reset = datetime(2030, 1, 1, tzinfo=timezone.utc)
        self.answers["/"] = Answer(
            200,
            "",
            {
                "X-RateLimit-Limit": "300",
                "X-RateLimit-Remaining": "299",
                "X-RateLimit-Reset": "2030-01-01T00:00:00.000000Z",
            },
        )
        self.call()
        quota = self.http.quota
        self.assertEqual((quota.limit, quota.remaining), (300, 299))
        self.assertEqual(quota.reset_at, reset)
        self.answers["/"] = Answer(
            429,
            "",
            {
                "RateLimit-Limit": "30, 30;w=300",
                "RateLimit-Remaining": "0",
                "RateLimit-Reset": str(int(reset.timestamp())),
            },
        )
        self.fails(RateLimited)
        self.assertEqual(self.http.quota.limit, 30)
        self.assertEqual(self.http.quota.remaining, 0)
        self.assertEqual(self.http.quota.reset_at, reset)
        self.answers["/"] = Answer(200, "", {"X-RateLimit-Limit": "many"})
        self.call()
        self.assertEqual(self.http.quota.limit, 30)


@tagged("post_install", "-at_install")
class TestHttpTries(HttpCase):
    def tries(self, answer, method="GET", **options) -> int:
        self.server.requests.clear()
        self.answers["/"] = answer
        with self.assertRaises(ConnectorError):
            self.call(method=method, **options)
        return len(self.server.requests)

    def test_what_is_tried_again(self):
        self.assertEqual(self.tries(Answer(502)), 3)
        self.assertEqual(self.tries(Answer(502), "HEAD"), 3)
        self.assertEqual(self.tries(Answer(200, "x" * 50, cut=20)), 3)
        self.assertEqual(self.tries(Answer(502), "POST"), 1)
        self.assertEqual(self.tries(Answer(502), "PUT"), 1)
        self.assertEqual(self.tries(Answer(502), "DELETE"), 1)
        self.assertEqual(self.tries(Answer(502), retry=False), 1)
        self.assertEqual(self.tries(Answer(502), "POST", retry=True), 3)
        for status in (400, 401, 403, 404, 410, 422, 429):
            self.assertEqual(self.tries(Answer(status)), 1)

    def test_second_try_succeeds(self):
        answers = iter([Answer(503), Answer(200, "x", cut=1), Answer(200, {"a": 1})])
        self.answers["/"] = lambda request: next(answers)
        self.assertEqual(self.call().json(), {"a": 1})

    def test_time_out(self):
        self.http = self.client(timeout=(0.2, 0.2))
        self.http.tries = 1
        self.assertFalse(self.fails(RemoteError, Answer(delay=3)).maybe_sent)
        self.assertTrue(self.fails(RemoteError, Answer(delay=3), "POST").maybe_sent)

    def test_nothing_listens(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            host = f"127.0.0.1:{unused.getsockname()[1]}"
            client = self.client(private_hosts=[host])
            with self.assertRaises(RemoteError) as caught:
                client.request("POST", f"http://{host}/")
        self.assertFalse(caught.exception.maybe_sent)
        with self.names(no_example=[]), self.assertRaises(RemoteError) as caught:
            client.request("POST", "http://no.example/")
        self.assertFalse(caught.exception.maybe_sent)

    def drip(self, *parts: bytes) -> str:
        """Return a server that sends the parts, then one byte every 0.05 s."""
        listener = socket.create_server(("127.0.0.1", 0))
        closing = threading.Event()

        def serve():
            connection, _address = listener.accept()
            with connection:
                connection.recv(65536)
                try:
                    for part in parts:
                        connection.sendall(part)
                    while not closing.wait(0.05):
                        connection.sendall(b"x")
                except OSError:
                    return

        thread = threading.Thread(target=serve)
        thread.start()

        def close():
            closing.set()
            thread.join(10)
            listener.close()

        self.addCleanup(close)
        return f"127.0.0.1:{listener.getsockname()[1]}"

    def test_nobody_listens(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            host = f"127.0.0.1:{free.getsockname()[1]}"
        with self.assertRaisesRegex(RemoteError, "it is down, or has another address"):
            self.client(private_hosts=[host]).request("GET", f"http://{host}/")

    def test_several_requests_share_one_end(self):
        self.http.ends_at = time.monotonic() + 0.3
        self.answers["/"] = Answer(200, "x", delay=5)
        start = time.monotonic()
        for _number in range(3):
            self.assertIn("in time", str(self.fails(RemoteError)))
        self.assertLess(time.monotonic() - start, 2)
        self.assertEqual(len(self.server.requests), 1, "the others were not sent")

    def test_slow_drip_is_cut(self):
        head = b"HTTP/1.1 200 OK\r\n"
        for parts in (
            (),
            (head, b"X-Long: "),
            (head, b"Content-Length: 100000\r\n\r\n"),
            (head, b"Transfer-Encoding: chunked\r\n\r\nffff\r\n"),
            (head, b"\r\n"),
        ):
            with self.subTest(parts=parts):
                host = self.drip(*parts)
                client = self.client(private_hosts=[host])
                client.max_seconds, client.tries = 0.4, 1
                start = time.monotonic()
                with self.assertRaisesRegex(RemoteError, "in time"):
                    client.request("GET", f"http://{host}/")
                self.assertLess(time.monotonic() - start, 2)

    def test_all_tries_share_one_limit_of_time(self):
        self.http.max_seconds, self.http.backoff, self.http.tries = 0.3, 0.2, 50
        start = time.monotonic()
        self.fails(RemoteError, Answer(500))
        self.assertLess(time.monotonic() - start, 2)


@tagged("post_install", "-at_install")
class TestHttpBodies(HttpCase):
    def packed(self, content: bytes, encoding: str) -> Answer:
        return Answer(200, content, {"Content-Encoding": encoding})

    def test_packed(self):
        text = b"words " * 1000
        raw = zlib.compressobj(wbits=-15)
        for content, encoding in (
            (gzip.compress(text), "gzip"),
            (gzip.compress(text[:3000]) + gzip.compress(text[3000:]), "GZIP"),
            (zlib.compress(text), "deflate"),
            (raw.compress(text) + raw.flush(), "deflate"),
            (text, "identity"),
        ):
            with self.subTest(encoding=encoding):
                self.answers["/"] = self.packed(content, encoding)
                self.assertEqual(self.call().content, text)
        self.answers["/"] = self.packed(b"", "gzip")
        self.assertEqual(self.call(method="HEAD").content, b"")

    def test_too_large(self):
        self.answers["/"] = Answer(200, b"x" * 1001)
        self.assertEqual(len(self.call().content), 1001)
        with self.assertRaisesRegex(RemoteError, "1000 bytes"):
            self.call(max_bytes=1000)

    def test_bomb(self):
        bomb = gzip.compress(bytes(50_000_000))
        self.assertLess(len(bomb), 100_000)
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        self.fails(RemoteError, self.packed(bomb, "gzip"), max_bytes=1_000_000)
        self.assertLess(tracemalloc.get_traced_memory()[1], 10_000_000)
        twice = gzip.compress(bomb)
        self.answers["/"] = self.packed(twice, "gzip")
        self.assertEqual(self.call().content, bomb)

    def test_cut_off_or_nonsense(self):
        text = gzip.compress(os.urandom(3000))
        for answer in (
            self.packed(text[:2000], "gzip"),
            self.packed(b"no gzip at all", "gzip"),
            self.packed(b"", "gzip"),
            self.packed(text, "br"),
            Answer(200, b"x" * 500, cut=100),
        ):
            if not answer.content:
                continue
            with self.subTest(answer=str(answer)[:80]):
                self.fails(RemoteError, answer)


@tagged("post_install", "-at_install")
class TestHttpAddresses(HttpCase):
    def test_private_addresses(self):
        for address in PRIVATE:
            host = f"[{address}]" if ":" in address else address
            with self.subTest(address=address):
                with self.assertRaises(UnsafeUrl):
                    Http().request("GET", f"http://{host}/")
                with self.names(evil_example=[address]), self.assertRaises(UnsafeUrl):
                    Http().request("GET", "https://evil.example/")
                # One private address among good ones is enough.
                both = ["1.1.1.1", address]
                with self.names(evil_example=both), self.assertRaises(UnsafeUrl):
                    Http().request("GET", "http://evil.example/")
        for address in PUBLIC:
            self.assertTrue(is_public(ipaddress.ip_address(address)), address)

    def test_disguised_addresses(self):
        for host in (
            "localhost",
            "LOCALHOST.",
            "127.1",
            "0x7f000001",
            "2130706433",
            "017700000001",
            "①②⑦.0.0.1",
            "[::ffff:7f00:1]",
        ):
            with self.subTest(host=host), self.assertRaises(UnsafeUrl):
                Http().request("GET", f"http://{host}:{self.server.host[10:]}/")
        self.assertFalse(self.server.requests)

    def test_unfit_addresses(self):
        for url in (
            "",
            "example.com",
            "//example.com/",
            "ftp://example.com/",
            "file:///etc/passwd",
            "gopher://127.0.0.1:6379/_x",
            "http://",
            "http:///path",
            "http://[::1",
            "http://example.com:port/",
            "http://example.com:99999/",
            "http://a b/",
            "http://user:pw@example.com/",
            "http://.example.com/",
            "http://exam\nple.com/",
        ):
            with self.subTest(url=url), self.assertRaises(UnsafeUrl) as caught:
                Http().request("GET", url)
            self.assertNotIn("pw", str(caught.exception))

    def test_only_the_listed_port(self):
        self.answers["/"] = Answer(200)
        other = self.another_server(self.respond)
        self.call()
        with self.assertRaises(UnsafeUrl):
            self.http.request("GET", other.url + "/")
        self.assertFalse(other.requests)

    def test_connection_is_pinned_to_the_checked_address(self):
        self.answers["/"] = Answer(200)
        port = self.server.host.partition(":")[2]
        # A name that changes its address with each look-up.
        answers = [["127.0.0.1"], ["10.0.0.1"], ["10.0.0.1"]]
        with self.names(two_faced_example=answers) as asked:
            client = self.client(private_hosts=[f"two.faced.example:{port}"])
            client.request("GET", f"http://two.faced.example:{port}/")
        self.assertEqual(asked, ["two.faced.example"])
        host = self.server.requests[0].headers["host"]
        self.assertEqual(host, f"two.faced.example:{port}")

    def test_second_address_is_tried(self):
        self.answers["/"] = Answer(200)
        port = self.server.host.partition(":")[2]
        with self.names(double_example=["127.0.0.2", "127.0.0.1"]):
            client = self.client(private_hosts=[f"Double.Example:{port} "])
            client.request("GET", f"http://double.example:{port}/")
        self.assertEqual(len(self.server.requests), 1)

    def test_connections_are_reused(self):
        self.answers["/"] = Answer(200, {"a": 1})
        for _number in range(3):
            self.client().request("GET", self.server.url + "/")
        self.assertEqual(len({request.client for request in self.server.requests}), 1)

    def test_what_must_not_be_sent_twice_gets_a_new_connection(self):
        self.answers["/"] = Answer(200)
        for method in ("GET", "POST", "GET", "HEAD", "DELETE"):
            self.call(method=method)
        numbers = [request.client for request in self.server.requests]
        self.assertNotEqual(numbers[0], numbers[1])
        self.assertEqual(numbers[1], numbers[2])
        self.assertEqual(numbers[2], numbers[3])
        self.assertNotEqual(numbers[3], numbers[4])

    def test_given_session(self):
        self.answers["/"] = Answer(200)
        session = requests.Session()
        self.client(session=session).request("GET", self.server.url + "/")
        with self.assertRaises(UnsafeUrl):
            Http(session=session).request("GET", "http://127.0.0.1:9/")

    def test_netrc_is_not_read(self):
        self.answers["/"] = Answer(200)
        with tempfile.NamedTemporaryFile("w", suffix="netrc") as file:
            file.write("machine 127.0.0.1 login me password mine\n")
            file.flush()
            with patch.dict(os.environ, {"NETRC": file.name}):
                self.call()
                self.call(headers={"Authorization": "Bearer ours"})
        sent = [
            request.headers.get("authorization") for request in self.server.requests
        ]
        self.assertEqual(sent, [None, "Bearer ours"])

    def test_no_cookies_are_kept(self):
        self.answers["/"] = Answer(200, "", {"Set-Cookie": "a=b; Path=/"})
        self.call()
        self.call()
        self.assertNotIn("cookie", self.server.requests[1].headers)


@tagged("post_install", "-at_install")
class TestHttpProxy(HttpCase):
    def setUp(self):
        super().setUp()
        self.startPatcher(
            patch.dict(
                os.environ,
                {"http_proxy": self.server.url, "no_proxy": "", "NO_PROXY": ""},
            )
        )

    def test_proxy_resolves_the_name(self):
        self.answers["/feed"] = Answer(200, {"a": 1})
        with self.names() as asked:
            answer = Http().request("GET", "http://only.the.proxy.example/feed")
        self.assertEqual(answer.json(), {"a": 1})
        self.assertFalse(asked)
        self.assertEqual(
            self.server.requests[0].headers["host"], "only.the.proxy.example"
        )

    def test_drip_through_the_proxy_is_cut(self):
        client = Http()
        client.max_seconds, client.tries = 0.3, 1
        self.answers["/feed"] = Answer(delay=5)
        start = time.monotonic()
        with self.assertRaisesRegex(RemoteError, "in time"):
            client.request("GET", "http://only.the.proxy.example/feed")
        self.assertLess(time.monotonic() - start, 3)

    def test_plain_private_addresses_are_refused(self):
        hosts = (*PRIVATE[:12], "localhost", "a.localhost", "127.1", "0x7f000001")
        for host in (*hosts, "2130706433", "[::1]", "[::ffff:10.0.0.1]", "①②⑦.0.0.1"):
            with self.subTest(host=host), self.assertRaises(UnsafeUrl):
                Http().request("GET", f"http://{host}/feed")
        self.assertFalse(self.server.requests)


@tagged("post_install", "-at_install")
class TestHttpRedirects(HttpCase):
    SENT = {
        "Authorization": f"Bearer {SECRET}",
        "Cookie": f"a={SECRET}",
        "X-Api-Key": SECRET,
        "Accept": "text/x",
        "If-None-Match": '"e"',
    }

    def setUp(self):
        super().setUp()
        self.other = self.another_server(self.respond)
        self.http = self.client(private_hosts=[self.server.host, self.other.host])
        self.answers["/end"] = Answer(200, {"end": True})

    def redirect(self, location: str, status=302, path="/"):
        self.answers[path] = Answer(status, "", {"Location": location})

    def test_same_origin(self):
        for location in ("/end", "end?x=1", self.server.url + "/end#part"):
            self.redirect(location)
            response = self.call(headers=self.SENT, params={"q": "1"})
            self.assertTrue(response.json()["end"])
            self.assertTrue(response.url.startswith(self.server.url + "/end"))
        for request in self.server.requests:
            self.assertEqual(request.headers["authorization"], f"Bearer {SECRET}")
        self.assertNotIn("q", self.server.requests[1].query)

    def test_other_origin_gets_no_secrets(self):
        self.redirect(self.other.url + "/middle")
        self.redirect(self.server.url + "/end", path="/middle")
        session = requests.Session()
        session.cookies.set("jar", SECRET)
        for given in (None, session):
            hosts = [self.server.host, self.other.host]
            self.http = self.client(session=given, private_hosts=hosts)
            self.call(headers=self.SENT)
        # Nor does the first one, once the way led through a stranger.
        for request in (*self.other.requests, *self.server.requests[1::2]):
            said = json.dumps(request.headers)
            self.assertNotIn(SECRET, said)
            self.assertEqual(request.headers["accept"], "text/x")
            self.assertEqual(request.headers["if-none-match"], '"e"')

    def test_methods(self):
        for status, method, becomes in (
            (301, "GET", "GET"),
            (301, "POST", "GET"),
            (302, "POST", "GET"),
            (302, "PUT", "PUT"),
            (303, "POST", "GET"),
            (303, "DELETE", "GET"),
            (303, "HEAD", "HEAD"),
            (307, "POST", "POST"),
            (308, "POST", "POST"),
            (308, "HEAD", "HEAD"),
        ):
            with self.subTest(status=status, method=method):
                self.server.requests.clear()
                self.redirect("/end", status)
                body = {"a": 1} if method in ("POST", "PUT") else None
                self.call(method=method, json=body)
                request = self.server.requests[1]
                self.assertEqual(request.method, becomes)
                self.assertEqual(bool(request.body), becomes in ("POST", "PUT"))

    def test_data_goes_to_no_other_origin(self):
        for status in (301, 302, 307, 308):
            self.redirect(self.other.url + "/end", status)
            sent = {"method": "POST", "json": {"password": SECRET}}
            error = self.fails(UnsafeUrl, **sent)
            self.assertIn(f"The address now is {self.other.url}.", str(error))
            self.assertTrue(error.has_moved)
        self.assertFalse(self.other.requests)

    def test_a_login_that_stayed_behind_is_not_wrong(self):
        self.redirect(self.other.url + "/private", 301)
        for status in (401, 403, 422):
            self.answers["/private"] = Answer(status)
            error = self.fails(AuthError, headers=self.SENT)
            self.assertIn(f"The address now is {self.other.url}.", str(error))
            self.assertTrue(error.has_moved)
        self.assertEqual(self.http.moved_to, self.other.url)
        self.answers["/private"] = Answer(401)
        self.assertFalse(self.fails(AuthError).has_moved, "there was no login")

    def test_private_target(self):
        for location in (
            "http://127.0.0.1:9/",
            "http://169.254.169.254/latest/meta-data/",
            "//localhost/",
            "file:///etc/passwd",
            "http://[::1]/",
            "http://me:pw@example.com/",
        ):
            with self.subTest(location=location):
                self.redirect(location)
                self.fails(UnsafeUrl)

    def test_circle_and_end(self):
        self.redirect("/")
        self.http.tries = 1
        self.fails(RemoteError)
        self.assertEqual(len(self.server.requests), 6)
        for number in range(5):
            self.redirect(f"/{number + 1}" if number < 4 else "/end", path=f"/{number}")
        self.assertTrue(self.call("/0").json()["end"])

    def test_without_location(self):
        self.answers["/"] = Answer(302)
        self.fails(Rejected)


@tagged("post_install", "-at_install")
class TestHttpTls(HttpCase):
    """The certificate is checked against the name, not against the pinned address."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.certificate = certificate_file(cls, "good.example")

    def setUp(self):
        super().setUp()
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.certificate)
        self.names_seen = []
        tls.sni_callback = lambda sock, name, context: self.names_seen.append(name)
        self.secure = self.another_server(self.respond, tls=tls)
        self.port = self.secure.host.partition(":")[2]
        self.answers["/"] = Answer(200, {"a": 1})
        self.http = self.client(
            private_hosts=[f"{name}.example:{self.port}" for name in ("good", "evil")]
        )
        self.http.tries = 1

    def ask(self, host: str):
        with self.names(good_example=["127.0.0.1"], evil_example=["127.0.0.1"]):
            return self.http.request("POST", f"https://{host}:{self.port}/")

    def test_trusted_name(self):
        with patch.dict(os.environ, {"REQUESTS_CA_BUNDLE": self.certificate}):
            self.assertEqual(self.ask("good.example").json(), {"a": 1})
        self.assertEqual(self.names_seen, ["good.example"])

    def test_other_name(self):
        with patch.dict(os.environ, {"REQUESTS_CA_BUNDLE": self.certificate}):
            with self.assertRaisesRegex(RemoteError, "certificate") as caught:
                self.ask("evil.example")
        self.assertFalse(caught.exception.maybe_sent)
        self.assertFalse(self.secure.requests)

    def test_unknown_issuer(self):
        with self.assertRaisesRegex(RemoteError, "certificate"):
            self.ask("good.example")
        self.assertFalse(self.secure.requests)

    def test_no_way_back_to_plain_http(self):
        self.answers["/"] = Answer(302, "", {"Location": self.server.url + "/"})
        with patch.dict(os.environ, {"REQUESTS_CA_BUNDLE": self.certificate}):
            with self.assertRaisesRegex(UnsafeUrl, "encryption"):
                self.ask("good.example")
        self.assertFalse(self.server.requests)
