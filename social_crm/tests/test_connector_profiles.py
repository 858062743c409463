"""What networks tell of a profile: what it says, what it leaves empty, and its end."""

import json
from pathlib import Path

from odoo.tests import BaseCase, tagged

from ..connectors.bluesky import _author as bluesky_author
from ..connectors.errors import AuthError, RateLimited, RemoteError
from ..connectors.feed import Feed
from ..connectors.mastodon import WHOLE
from ..connectors.mastodon import _author as mastodon_author
from ..connectors.records import Author, Quota
from .connector_contract import Answer
from .test_connector_bluesky import ALICE, BlueskyCase, post_view, xrpc_error
from .test_connector_mastodon import CAROL, MastodonCase

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "payloads"
LOOKUP = "GET /api/v1/accounts/lookup"
PERSON = Author(CAROL["uri"], CAROL["uri"], "@carol@far.example")
BOB = "did:plc:bob"


def line(name, value):
    return {"name": name, "value": value, "verified_at": None}


@tagged("post_install", "-at_install")
class TestMastodonProfiles(MastodonCase):
    def test_what_people_call_their_lines(self):
        for label, value, told in (
            ("Pronouns", "she/her", "she/her"),
            ("pronouns:", "<p>they/<b>them</b></p>", "they/them"),
            ("PRONOMEN", "sie/ihr", "sie/ihr"),
            (" Pronoms ", "elle", "elle"),
            ("代名詞", "彼女", "彼女"),
            ("My pronouns are not", "x", ""),
            ("Job", "they/them", ""),
        ):
            with self.subTest(label=label):
                author = mastodon_author({**CAROL, "fields": [line(label, value)]})
                self.assertEqual(author.pronouns, told)
        lines = [line("Languages", "German, English"), line("Ort", "Bonn"), None, {}]
        lines += [line("Location", "a second one"), line("Pronouns", "")]
        author = mastodon_author({**CAROL, "fields": lines})
        self.assertEqual(
            (author.languages, author.location), ("German, English", "Bonn")
        )
        self.assertEqual(author.pronouns, "")

    def test_what_is_told(self):
        author = mastodon_author(CAROL)
        self.assertEqual(author.told, WHOLE)
        for key, names in (
            ("note", {"bio"}),
            ("display_name", {"name"}),
            ("bot", {"is_bot"}),
            (
                "fields",
                {"verified_links", "pronouns", "languages", "location"},
            ),
        ):
            for account in (
                {name: value for name, value in CAROL.items() if name != key},
                {**CAROL, key: None},
            ):
                self.assertEqual(mastodon_author(account).told, WHOLE - names)
        self.assertEqual(mastodon_author({**CAROL, "note": ""}).bio, "")

    def test_who_is_suspended_says_nothing(self):
        """The network hides what they say; it is not empty."""
        hidden = {"suspended": True, "note": "", "display_name": "", "fields": []}
        author = self.post_of(account={**CAROL, **hidden}).author
        self.assertTrue(author.is_gone)
        self.assertEqual((author.uri, author.told), (CAROL["uri"], frozenset()))
        self.assertFalse(author.metrics)

    def test_looked_up(self):
        self.answers[LOOKUP] = CAROL
        (author,) = self.brand.profiles([PERSON])
        self.assertEqual((author.uri, author.bio), (CAROL["uri"], "Gardener"))
        self.assertFalse(author.is_gone)
        (request,) = self.server.requests
        self.assertEqual(request.query["acct"], "carol@far.example")
        self.assertIn("authorization", request.headers)

    def test_somebody_else_has_the_handle(self):
        self.answers[LOOKUP] = {**CAROL, "uri": "https://far.example/users/other"}
        self.assertEqual(self.brand.profiles([PERSON]), ())

    def test_only_its_own_server_says_that_it_is_gone(self):
        home = Author("x", f"{self.server.url}/users/carol", "@carol@far.example")
        for answer, gone in (
            (Answer(410, ""), True),
            (Answer(404, "<html>"), True),
            (Answer(200, {"type": "Person"}), False),
            (Answer(401, {"error": "signature"}), False),
            (Answer(500, ""), False),
            (Answer(429, "", {"Retry-After": "99"}), False),
        ):
            with self.subTest(status=answer.status):
                self.answers["GET /users/carol"] = answer
                found = self.brand.profiles([home])
                self.assertEqual([each.is_gone for each in found], [True] * gone)
                request = self.server.requests[-1]
                self.assertEqual(request.path, "/users/carol")
                self.assertNotIn("authorization", request.headers)

    def test_its_own_server_says_nothing_of_our_allowance(self):
        home = Author("x", f"{self.server.url}/users/carol", "@carol@far.example")
        left = {"X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "0"}
        self.answers["GET /users/carol"] = Answer(410, "", left)
        self.brand.http.quota = Quota(300, 200, None)
        self.brand.profiles([home])
        self.assertEqual(self.brand.http.quota, Quota(300, 200, None))

    def test_addresses_that_lead_nowhere_safe(self):
        for uri in ("http://127.0.0.1:9/users/x", "tag:x", "", "file:///etc/passwd"):
            self.assertEqual(
                self.brand.profiles([Author("x", uri, "@x@far.example")]), ()
            )
        self.assertEqual(self.brand.profiles([Author("x", PERSON.uri, "")]), ())

    def test_our_server_refuses(self):
        for answer, error in (
            (Answer(401, {"error": "The access token is invalid"}), AuthError),
            (Answer(429, "", {"Retry-After": "60"}), RateLimited),
            (Answer(503, ""), RemoteError),
            (Answer(200, ["x"]), RemoteError),
        ):
            self.answers[LOOKUP] = answer
            with self.assertRaises(error):
                self.brand.profiles([PERSON])

    def test_recorded_accounts(self):
        files = sorted((RECORDED / "mastodon").glob("*.json"))
        if not files:
            self.skipTest("The recorded answers are not on this machine.")
        pronouns, told, gone = set(), set(), 0
        for file in files:
            for account in _accounts(json.loads(file.read_text())):
                try:
                    author = mastodon_author(account)
                except ValueError:
                    continue
                pronouns.add(author.pronouns)
                told.add(author.told)
                gone += author.is_gone
        self.assertGreaterEqual(len(pronouns - {""}), 1)
        self.assertIn(WHOLE, told)
        self.assertGreater(len(told), 1, "older servers know less")
        self.assertFalse(any(len(each) > 100 for each in pronouns))


def _accounts(value):
    """All accounts in a recorded answer, however deep."""
    if isinstance(value, dict):
        if "acct" in value and "username" in value:
            yield value
        for each in value.values():
            yield from _accounts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _accounts(each)


@tagged("post_install", "-at_install")
class TestBlueskyProfiles(BlueskyCase, BaseCase):
    PROFILES = "app.bsky.actor.getProfiles"

    def people(self, *dids):
        return [Author(did, did, "@x.bsky.social") for did in dids]

    def view(self, did=ALICE, **values):
        counts = {"followersCount": 3, "followsCount": 2, "postsCount": 1}
        return {"did": did, "handle": "alice.bsky.social", **counts, **values}

    def test_what_is_told(self):
        short = post_view()["author"]
        self.assertFalse(bluesky_author(short).told)
        self.assertNotIn("followers", bluesky_author(short).metrics)
        whole = bluesky_author(self.view(description="Baker", pronouns="she/\nher"))
        self.assertLessEqual({"name", "bio", "pronouns"}, whole.told)
        self.assertEqual((whole.bio, whole.pronouns), ("Baker", "she/ her"))
        self.assertEqual(whole.metrics["followers"], 3)

    def test_who_is_left_out_is_gone(self):
        self.answers[self.PROFILES] = {
            "profiles": [self.view(), self.view("did:plc:strange"), None]
        }
        found = self.connect().profiles(self.people(ALICE, BOB))
        self.assertEqual(
            {each.uri: each.is_gone for each in found}, {ALICE: False, BOB: True}
        )
        (request,) = self.calls(self.PROFILES)
        self.assertEqual(request.method, "GET")

    def test_many_at_once(self):
        self.answers[self.PROFILES] = {"profiles": []}
        dids = [f"did:plc:{number}" for number in range(30)]
        self.assertEqual(len(self.connect().profiles(self.people(*dids))), 30)
        self.assertEqual(len(self.calls(self.PROFILES)), 2)

    def test_nonsense_and_errors_say_nothing(self):
        for answer, error in (
            ({}, RemoteError),
            ({"profiles": {}}, RemoteError),
            (xrpc_error("RateLimitExceeded", status=429), RateLimited),
            (Answer(500, ""), RemoteError),
        ):
            self.answers[self.PROFILES] = answer
            with self.assertRaises(error):
                self.connect().profiles(self.people(ALICE))

    def test_guests_see_only_what_is_shown_to_all(self):
        shy = self.view(description="For members")
        shy["labels"] = [{"val": "!no-unauthenticated"}]
        self.answers[self.PROFILES] = {"profiles": [shy]}
        nothing = ("handle", "password", "access_token", "refresh_token", "account_uid")
        guest = self.connect(**dict.fromkeys(nothing, ""))
        (author,) = guest.profiles(self.people(ALICE))
        self.assertFalse(author.is_gone)
        self.assertEqual((author.bio, author.told), ("", frozenset()))
        (author,) = self.connect().profiles(self.people(ALICE))
        self.assertEqual(author.bio, "For members")

    def test_a_recorded_profile(self):
        file = RECORDED / "_live_recordings" / "bluesky" / "getProfile.json"
        if not file.exists():
            self.skipTest("The recorded answers are not on this machine.")
        recorded = json.loads(file.read_text())
        (view,) = (each for each in _profiles(recorded) if "did" in each)
        author = bluesky_author(view)
        self.assertTrue(author.uri.startswith("did:"))
        self.assertIn("bio", author.told)


def _profiles(value):
    if isinstance(value, dict):
        if "followersCount" in value:
            yield value
        else:
            for each in value.values():
                yield from _profiles(each)


@tagged("post_install", "-at_install")
class TestFeedProfiles(BaseCase):
    def test_feeds_have_none(self):
        self.assertNotIn("profiles", Feed.capabilities)
