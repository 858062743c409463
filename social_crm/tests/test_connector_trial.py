"""Trying a connection out, and which field is to blame when it fails."""

import os
import ssl
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from odoo.tests import BaseCase, tagged
from odoo.tests.common import _super_send

from ..connectors import CONNECTORS
from ..connectors.errors import ConnectorError, NotSupported, RateLimited
from ..connectors.records import Stream
from ..connectors.trial import rate, try_out
from .certificates import certificate_file
from .common import post
from .connector_contract import Answer, ScriptedServer
from .fake_networks import CODE, TOKEN, WRONG_INPUTS, FakeNetworks


@tagged("post_install", "-at_install")
class TestConnectorTrial(FakeNetworks, BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.certificate = certificate_file(cls, "localhost")

    @classmethod
    def _request_handler(cls, session, request, /, **kwargs):
        # Names that nobody has are asked for, too.
        return _super_send(session, request, **kwargs)

    def connect(self, network, **given):
        hosts = getattr(self, "hosts", [self.server.host])
        values = {
            "base_url": "" if network == "feed" else self.server.url,
            **self.CREDENTIALS[network],
            **given,
        }
        connector = CONNECTORS[network](values, private_hosts=hosts)
        connector.http.backoff = 0.001
        return connector

    def stream(self, network, kind="", query=""):
        kind = kind or CONNECTORS[network].stream_kinds[0]
        return Stream(kind, query or (f"{self.server.url}/feed.xml"))

    def test_what_works(self):
        for network, name in (("bluesky", "Brand"), ("mastodon", "Brand")):
            trial = try_out(self.connect(network), [self.stream(network)])
            self.assertIsNone(trial.error, network)
            self.assertEqual(trial.author.name, name)
            self.assertEqual(len(trial.posts), self.POSTS)
            self.assertFalse(trial.field)
        trial = try_out(self.connect("feed"), [self.stream("feed")])
        self.assertIsNone(trial.author, "a feed is read by anybody")
        self.assertEqual(len(trial.posts), self.POSTS)
        dates = [post.published_at for post in trial.posts]
        self.assertEqual(dates, sorted(dates, reverse=True))

    def test_a_hashtag_needs_no_login(self):
        hashtag = Stream("hashtag", "acme")
        trial = try_out(self.connect("mastodon", access_token=""), [hashtag])
        self.assertIsNone(trial.error)
        self.assertIsNone(trial.author)
        self.assertEqual(len(trial.posts), self.POSTS)
        trial = try_out(self.connect("mastodon", access_token=TOKEN), [hashtag])
        self.assertEqual(trial.author.name, "Brand")
        trial = try_out(self.connect("mastodon", access_token=""), [Stream("mentions")])
        self.assertEqual(trial.field, "access_token")

    def try_wrong(self, network, differs):
        given = self.prepare(differs)
        kind, query = given.pop("kind", ""), given.pop("query", "")
        code = given.pop("code", "")
        connector = self.connect(network, **given)
        if not code:
            return try_out(connector, [self.stream(network, kind, query)])
        connector.register_app(self.server.url)
        with self.assertRaises(ConnectorError) as caught:
            connector.exchange_code(code)
        return caught.exception

    def test_wrong_inputs_name_the_field(self):
        for name, network, differs, field, words in WRONG_INPUTS:
            with self.subTest(name):
                self.answers.clear()
                found = self.try_wrong(network, differs)
                error = getattr(found, "error", found)
                self.assertIn(words, str(error))
                self.assertEqual(found.field, field)

    def test_code(self):
        connector = self.connect("mastodon", access_token="")
        with self.assertRaisesRegex(ConnectorError, "Get one") as caught:
            connector.exchange_code(CODE)
        self.assertEqual(connector.blame(caught.exception), "code")
        connector.register_app(self.server.url)
        connector.exchange_code(CODE)
        self.assertEqual(connector.changed["access_token"], TOKEN)

    def test_http_that_became_https(self):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.certificate)
        secure = ScriptedServer(self._respond_safely, tls=tls)
        self.addCleanup(secure.close)
        port = secure.host.partition(":")[2]
        address = f"https://localhost:{port}"
        self.hosts = [self.server.host, f"localhost:{port}"]
        respond = self.respond

        def moved(request):
            if "localhost" in request.headers["host"]:
                return respond(request)
            return Answer(301, "", {"Location": address + request.path})

        self.respond = moved
        with patch.dict(os.environ, {"REQUESTS_CA_BUNDLE": self.certificate}):
            for network in ("bluesky", "mastodon"):
                trial = try_out(self.connect(network), [self.stream(network)])
                self.assertIn(f"The address now is {address}.", str(trial.error))
                self.assertEqual(trial.field, "base_url")
            guest = self.connect("mastodon", access_token="")
            trial = try_out(guest, [Stream("hashtag", "acme")])
            self.assertIsNone(trial.error)
            self.assertEqual(trial.notice, f"The address now is {address}.")
            self.assertEqual(trial.field, "base_url")
            trial = try_out(self.connect("feed"), [self.stream("feed")])
            self.assertIsNone(trial.error)
            self.assertIn(f"has moved to {address}/feed.xml", trial.notice)
            self.assertEqual(trial.field, "query")
            login = {"username": "me", "password": "pass-word-1"}
            stream = self.stream("feed", query=f"{self.server.url}/members.xml")
            trial = try_out(self.connect("feed", **login), [stream])
            self.assertIn(f"The address now is {address}.", str(trial.error))
            self.assertEqual(trial.field, "query")
            with self.assertRaises(ConnectorError) as caught:
                self.connect("mastodon").register_app(self.server.url)
            self.assertTrue(caught.exception.has_moved)

    def test_nothing_to_change(self):
        connector = self.connect("mastodon")
        until = datetime.now(timezone.utc)
        self.assertEqual(connector.blame(RateLimited("Wait.", until)), "")
        self.assertEqual(connector.blame(NotSupported("No.")), "kind")

    def test_rate(self):
        self.assertEqual(rate(()), 0)
        day = timedelta(days=1) / timedelta(minutes=1)
        self.assertAlmostEqual(rate([post("a", minutes=2 * day)]), 0.5, 2)
        # Three within an hour are not 72 a day.
        busy = [post(name, minutes=20) for name in "abc"]
        self.assertEqual(rate(busy), 3)
