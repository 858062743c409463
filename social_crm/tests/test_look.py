import time

from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, HttpCase, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..connectors.mastodon import Mastodon
from ..models import social_crm_look
from ..models.look_words import address_of, handle_of, hashtag_of
from .connector_contract import Answer
from .look_server import LookServerCase
from .test_connector_mastodon import status


@tagged("post_install", "-at_install")
class TestLookWords(BaseCase):
    def test_what_is_asked_for(self):
        for typed, address, handle, tag in (
            ("Acme Bikes", "", "", "acmebikes"),
            ("#acme", "", "", "acme"),
            ("Ben & Jerry's", "", "", "benjerrys"),
            ("Müller 3", "", "", "müller3"),
            ("1234", "", "", ""),
            ("!?", "", "", ""),
            ("acme.com", "https://acme.com", "acme.com", "acme"),
            ("www.bmw.co.uk", "https://www.bmw.co.uk", "bmw.co.uk", "bmw"),
            ("https://acme.com/x.xml", "https://acme.com/x.xml", "", "acme"),
            ("@acme.bsky.social", "", "acme.bsky.social", "acme"),
            ("@acme@town.example", "", "", "acme"),
            ("http://127.0.0.1:80/f", "http://127.0.0.1:80/f", "", ""),
            ("javascript://alert", "", "", "javascriptalert"),
        ):
            with self.subTest(typed=typed):
                self.assertEqual(address_of(typed), address)
                self.assertEqual(handle_of(typed), handle)
                self.assertEqual(hashtag_of(typed), tag)

    def test_long_names_take_no_time(self):
        start = time.monotonic()
        for typed in ("a-" * 50, "a." * 50, "a" * 99 + "!", "-._" * 33):
            address_of(typed), handle_of(typed), hashtag_of(typed)
        self.assertLess(time.monotonic() - start, 0.5)


class LookCase(LookServerCase, TransactionCase):
    def setUp(self):
        super().setUp()
        self.env = self.env(context=dict(self.env.context, no_reset_password=True))
        self.agent = new_test_user(self.env, "look_agent", "social_crm.group_user")
        self.addCleanup(social_crm_look._looks.clear)

    def look(self, name, user=None):
        looks = self.env["social.crm.look"].with_user(user or self.agent)
        return {source["network"]: source for source in looks.look(name)["sources"]}


@tagged("post_install", "-at_install")
class TestLook(LookCase):
    """An agent looks before anything is connected."""

    def test_a_name(self):
        found = self.look("  Acme   Bikes ")
        self.assertEqual(list(found), ["mastodon", "bluesky"])
        texts = [post["text"] for post in found["mastodon"]["posts"]]
        self.assertEqual(texts, ["The new Acme is quiet", "Who repairs Acme bikes?"])
        stream = [found["mastodon"][name] for name in ("kind", "query", "base_url")]
        self.assertEqual(stream, ["hashtag", "acmebikes", self.server.url])
        post = found["mastodon"]["posts"][0]
        self.assertEqual(post["author"], "Carol 🌷")
        self.assertEqual(post["handle"], "@carol@far.example")
        self.assertEqual(post["url"], "https://far.example/@carol/9")
        self.assertEqual(post["published_at"], "2026-03-01 10:00:00")
        self.assertEqual(found["bluesky"]["posts"][0]["text"], "My Acme never rusts")
        self.assertEqual(found["bluesky"]["base_url"], "")
        self.assertFalse(any(source["error"] for source in found.values()))

    def test_a_handle(self):
        found = self.look("@acmebikes.bsky.social")
        self.assertEqual(found["bluesky"]["posts"][0]["text"], "We open at nine")
        self.assertEqual(found["bluesky"]["kind"], "own")
        self.assertEqual(found["bluesky"]["query"], "acmebikes.bsky.social")
        self.assertEqual(len(found["mastodon"]["posts"]), 2)

    def test_no_login_and_no_person_is_sent(self):
        self.look("Acme Bikes")
        for request in self.server.requests:
            self.assertFalse(
                {"authorization", "cookie", "referer"} & set(request.headers)
            )
            self.assertNotIn("look_agent", str(request))

    def test_a_dead_source_holds_up_no_other(self):
        self.answers["/api/v1/timelines/tag/acmebikes"] = Answer(503, "<p>down</p>")
        found = self.look("Acme Bikes")
        self.assertIn("has a problem of its own", found["mastodon"]["error"])
        self.assertFalse(found["mastodon"]["posts"])
        self.assertTrue(found["bluesky"]["posts"])

    def test_a_silent_source_ends_in_time(self):
        self.patch(social_crm_look, "SECONDS", 1.0)
        self.answers["/api/v1/timelines/tag/acmebikes"] = Answer(200, [], delay=20)
        start = time.monotonic()
        found = self.look("Acme Bikes")
        self.assertLess(time.monotonic() - start, 5)
        self.assertIn("did not answer in time", found["mastodon"]["error"])
        self.assertTrue(found["bluesky"]["posts"])

    def test_sources_are_asked_at_the_same_time(self):
        slow = Answer(200, [], delay=1)
        self.answers["/api/v1/timelines/tag/acmebikes"] = slow
        self.answers["/xrpc/app.bsky.feed.searchPosts"] = Answer(
            200, {"posts": []}, delay=1
        )
        start = time.monotonic()
        found = self.look("Acme Bikes")
        self.assertLess(time.monotonic() - start, 1.9)
        self.assertFalse(any(source["error"] for source in found.values()))

    def test_a_fault_in_one_network(self):
        def fail(*_args):
            raise KeyError("a mistake of ours")

        self.patch(Mastodon, "fetch", fail)
        with mute_logger("odoo.addons.social_crm.models.social_crm_look"):
            found = self.look("Acme Bikes")
        self.assertIn("could not be read", found["mastodon"]["error"])
        self.assertTrue(found["bluesky"]["posts"])

    def test_search_that_is_closed_says_what_is_open(self):
        self.answers["/xrpc/app.bsky.feed.searchPosts"] = Answer(403, "no")
        found = self.look("Acme Bikes")
        self.assertIn("acme.bsky.social", found["bluesky"]["error"])
        self.assertTrue(found["bluesky"]["needs_login"])
        self.assertFalse(found["mastodon"]["needs_login"])

    def test_an_address(self):
        admin = self.env.ref("base.user_admin")
        found = self.look(f"{self.server.url}/feed.xml", admin)
        self.assertEqual(list(found), ["feed"])
        self.assertEqual(found["feed"]["posts"][0]["title"], "Acme Bikes opens a shop")
        self.assertEqual(found["feed"]["query"], f"{self.server.url}/feed.xml")

    def test_a_typed_address_reaches_no_private_server(self):
        found = self.look(f"{self.server.url}/feed.xml")
        self.assertIn("private network", found["feed"]["error"])
        self.assertFalse(self.server.requests)

    def test_what_comes_is_hostile(self):
        self.answers["/api/v1/timelines/tag/acmebikes"] = Answer(
            200,
            [
                status(90, "x" * 3000, url="javascript:alert(1)", uri="urn:x"),
                status(80, "&lt;img src=x onerror=alert(1)&gt;"),
                status(70, "for followers", visibility="private"),
                status(60, ""),
                {"id": 50},
                *(status(n, f"Post {n}") for n in range(40, 30, -1)),
            ],
        )
        posts = self.look("Acme Bikes")["mastodon"]["posts"]
        self.assertEqual(len(posts), social_crm_look.SHOWN)
        self.assertEqual(posts[0]["url"], "")
        self.assertLessEqual(len(posts[0]["text"]), social_crm_look.MAX_TEXT + 1)
        self.assertEqual(posts[1]["text"], "<img src=x onerror=alert(1)>")
        self.assertFalse([post for post in posts if "followers" in post["text"]])

    def test_the_date_is_the_reader_s(self):
        self.agent.tz = "Asia/Tokyo"
        self.env["res.lang"]._activate_lang("de_DE")
        looks = self.env["social.crm.look"].with_user(self.agent)
        looks = looks.with_context(lang="de_DE")
        post = looks.look("Acme Bikes")["sources"][0]["posts"][0]
        self.assertEqual(post["date"], "01.03.26, 19:00")

    def test_what_may_be_asked_is_a_parameter(self):
        self.ask("bluesky")
        self.assertEqual(list(self.look("Acme Bikes")), ["bluesky"])
        self.assertEqual(self.paths, ["/xrpc/app.bsky.feed.searchPosts"])
        self.set_param("look_servers", "none")
        with self.assertRaisesRegex(UserError, "look_servers"):
            self.look("Acme Bikes")

    def test_names_that_nobody_can_ask_for(self):
        self.ask("mastodon")
        for name in ("", "  ", None, "x" * 101, "123"):
            with self.assertRaises(UserError):
                self.look(name)
        self.assertFalse(self.server.requests)

    def test_nobody_floods_others_through_us(self):
        for _number in range(social_crm_look.MAX_LOOKS):
            self.look("Acme Bikes")
        with self.assertRaisesRegex(UserError, "wait a moment"):
            self.look("Acme Bikes")
        self.look("Acme Bikes", self.env.ref("base.user_admin"))

    def test_who_looked_is_soon_forgotten(self):
        looks = social_crm_look._looks
        looks.clear()
        now = time.monotonic()
        old = now - social_crm_look.PER_SECONDS
        looks.update({("other", 1): [old - 9, old - 1], ("other", 2): [old, now - 1]})
        self.look("Acme Bikes")
        self.assertEqual(
            set(looks), {("other", 2), (self.env.cr.dbname, self.agent.id)}
        )

    def test_names_turn_nothing_round(self):
        one = status(9, "Right \u202e to left")
        one["account"] |= {"display_name": "\u202eCarol\u2066", "acct": "ca\u200frol"}
        self.answers["/api/v1/timelines/tag/acmebikes"] = Answer(200, [one])
        post = self.look("Acme Bikes")["mastodon"]["posts"][0]
        self.assertEqual(post["author"], "Carol")
        self.assertNotIn("\u200f", post["handle"])
        self.assertIn("\u202e", post["text"], "texts stand alone, and are as they are")

    def test_nothing_is_stored(self):
        models = ("account", "feed", "mention", "conversation", "identity")
        before = [self.env[f"social.crm.{name}"].search_count([]) for name in models]
        self.look("Acme Bikes")
        after = [self.env[f"social.crm.{name}"].search_count([]) for name in models]
        self.assertEqual(after, before)


@tagged("post_install", "-at_install")
class TestLookRights(LookCase):
    def user(self, login, groups):
        return new_test_user(self.env, login, groups)

    def test_others_may_not_look(self):
        portal = self.user("look_portal", "base.group_portal")
        reader = self.user("look_reader", "social_crm.group_reader")
        for user in (portal, reader, self.env.ref("base.public_user")):
            looks = self.env["social.crm.look"].with_user(user)
            with self.assertRaises(AccessError):
                looks.look("Acme Bikes")
            with self.assertRaises(AccessError):
                looks.welcome()
        self.assertFalse(self.server.requests)

    def test_what_the_empty_inbox_offers(self):
        self.env["social.crm.conversation"].search([]).unlink()
        self.env["social.crm.account"].search([]).active = False
        manager = self.user(
            "look_manager",
            "social_crm.group_manager,sales_team.group_sale_salesman,"
            "base.group_partner_manager",
        )
        for user, connect, examples in (
            (self.agent, False, False),
            (self.user("look_boss", "social_crm.group_manager"), False, False),
            (manager, False, True),
            (self.env.ref("base.user_admin"), True, True),
        ):
            self.assertEqual(
                self.env["social.crm.look"].with_user(user).welcome(),
                {
                    "show": True,
                    "may_connect": connect,
                    "may_load_examples": examples,
                    "examples": False,
                    "servers": [self.server.host],
                    "reads_addresses": True,
                },
                user.login,
            )
        self.ask("mastodon", "bluesky")
        welcome = self.env["social.crm.look"].with_user(self.agent).welcome()
        self.assertFalse(welcome["reads_addresses"], "no website is asked")

    def test_an_account_that_works_needs_no_welcome(self):
        self.env["social.crm.conversation"].search([]).unlink()
        account = self.env["social.crm.account"].create(
            {"name": "Acme", "network": "feed"}
        )
        looks = self.env["social.crm.look"].with_user(self.agent)
        self.assertTrue(looks.welcome()["show"], "a draft shows nothing yet")
        account.state = "connected"
        self.assertFalse(looks.welcome()["show"])
        account.company_id = self.env["res.company"].create({"name": "Elsewhere"})
        self.assertTrue(looks.welcome()["show"], "another company's account")


@tagged("post_install", "-at_install")
class TestLookTour(LookServerCase, HttpCase):
    """Type the brand, see posts."""

    def setUp(self):
        super().setUp()
        self.addCleanup(social_crm_look._looks.clear)

    def test_as_an_agent(self):
        env = self.env(context=dict(self.env.context, no_reset_password=True))
        new_test_user(env, "look_tour", "social_crm.group_user")
        self.start_tour("/odoo/social-look", "social_crm_look", login="look_tour")
        self.assertIn("/api/v1/timelines/tag/acmebikes", self.paths)
