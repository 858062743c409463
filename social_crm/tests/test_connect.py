import time

from lxml import etree

from odoo.exceptions import (
    AccessError,
    RedirectWarning,
    UserError,
    ValidationError,
)
from odoo.tests import Form, HttpCase, TransactionCase, new_test_user, tagged
from odoo.tests.common import _super_send
from odoo.tools import file_open

from ..connectors import trial
from ..models.social_crm_login_mixin import MASK
from .connector_contract import Answer, ScriptedServer
from .fake_networks import CODE, PASSWORD, TOKEN, WRONG_INPUTS, FakeNetworks

SECRETS = ("password", "access_token", "client_secret", "refresh_token", "code")


class ConnectCase(FakeNetworks, TransactionCase):
    """A Social Administrator before the dialog, and a server for all networks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "social_crm.group_admin"
        cls.admin = new_test_user(cls.env, "connect_admin", groups)
        cls.accounts = cls.env["social.crm.account"].with_context(active_test=False)

    @classmethod
    def _request_handler(cls, session, request, /, **kwargs):
        # Names that nobody has are asked for, too.
        return _super_send(session, request, **kwargs)

    def setUp(self):
        super().setUp()
        self.allow(self.server.host)
        self.before = self.accounts.search([])

    def allow(self, *hosts):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("social_crm.private_hosts", ",".join(hosts))

    @property
    def made(self):
        return self.accounts.search([]) - self.before

    def form(self, **context):
        dialogs = self.env["social.crm.connect"].with_user(self.admin)
        return Form(dialogs.with_context(**context))

    def fill(self, network, **given):
        """Answer the questions as a person does; return the saved dialog."""
        looked = {}
        if given.get("kind") == "own" and given.get("query"):
            looked = {"default_network": network} | {
                f"default_{name}": given.pop(name) for name in ("kind", "query")
            }
        with self.form(**looked) as form:
            if form.network != network:
                form.network = network
            values = {
                "feed": {"query": f"{self.server.url}/feed.xml"},
                "bluesky": {
                    "base_url": self.server.url,
                    "handle": "brand.example",
                    "password_input": PASSWORD,
                },
                "mastodon": {
                    "base_url": self.server.url,
                    "access_token_input": TOKEN,
                },
            }[network]
            for name, value in {**values, **given}.items():
                form[name] = value
        return form.record


@tagged("post_install", "-at_install")
class TestConnect(ConnectCase):
    def test_who_may_open_it(self):
        dialog = self.fill("feed")
        for group in ("group_user", "group_manager"):
            user = new_test_user(self.env, group, f"social_crm.{group}")
            theirs = self.env["social.crm.connect"].with_user(user)
            with self.assertRaises(AccessError):
                theirs.create({"network": "feed", "query": "https://example.com"})
            with self.assertRaises(AccessError):
                dialog.with_user(user).read(["query"])
            for method in ("action_test", "action_start", "action_get_code"):
                with self.assertRaises(AccessError):
                    getattr(dialog.with_user(user), method)()
        groups = "social_crm.group_admin"
        other = new_test_user(self.env, "other_admin", groups)
        with self.assertRaises(AccessError):
            dialog.with_user(other).read(["query"])
        action = self.env.ref("social_crm.social_crm_connect_action")
        self.assertEqual(action.group_ids, self.env.ref("social_crm.group_admin"))

    def test_each_question_has_an_answer(self):
        form = self.form()
        self.assertEqual((form.network, form.kind), ("mastodon", "mentions"))
        self.assertEqual((form.backfill_days, form.team_id.id), ("30", False))
        self.assertIn("30 days, at most 1,000 posts, no alerts", form.estimate)
        form.network = "feed"
        self.assertEqual(form.kind, "feed")
        self.assertEqual(form.available_kinds, ["feed"])
        form.network = "bluesky"
        self.assertEqual(form.kind, "mentions")
        self.assertTrue(form.show_handle)
        form.backfill_days = "0"
        self.assertIn("from now on", form.estimate)

    def test_how_far_back_is_what_the_settings_say(self):
        dialog = self.fill("feed")
        for days, period in ((90, "90 days"), (14, "14 days"), (0, "Only what is new")):
            self.env["res.config.settings"].create(
                {"default_backfill_days": days}
            ).execute()
            form = self.form()
            self.assertEqual(form.backfill_days, str(days))
            offered = dict(form._record._selection_backfill_days())
            self.assertEqual(offered[str(days)], period)
            self.assertEqual(list(offered), sorted(offered, key=int))
        self.env["res.config.settings"].create({"default_backfill_days": 14}).execute()
        dialog.backfill_days = "14"
        dialog.action_test()
        self.assertIn("14 days, at most about", dialog.estimate)
        dialog.action_start()
        self.assertEqual(self.made.feed_ids.backfill_days, 14)
        # While a dialog is open somebody changes the settings.
        dialog = self.fill("feed", backfill_days="14")
        self.env["ir.default"].set("social.crm.feed", "backfill_days", 7)
        dialog.invalidate_recordset()
        self.assertIn("14 days", dialog.estimate)

    def test_hashtags(self):
        dialog = self.fill("mastodon", kind="hashtag", query=" # acme")
        self.assertEqual(dialog.query, "acme")
        dialog.query = "#Acme"
        self.assertEqual(dialog.query, "Acme")
        for query, words in (
            ("our brand", "write “ourbrand” instead of “our brand”"),
            ("#our brand", "“ourbrand”"),
            ("#2026", "“2026” has none"),
            ("#!?", "take “!” away"),
            ("velo.city", "take “.” away"),
            ("a/../b", "take “/” away"),
        ):
            with self.assertRaisesRegex(ValidationError, words):
                dialog.query = query
            with self.assertRaisesRegex(ValidationError, words):
                dialog.create(
                    {"network": "mastodon", "kind": "hashtag", "query": query}
                )
        for query in ("हिन्दी", "café_au_lait", "2026ville", "l·l"):
            dialog.query = query
        dialog.query = "#"
        with self.assertRaisesRegex(ValidationError, "Say what to look for"):
            dialog.action_test()
        self.assertFalse(self.server.requests)

    def test_hashtags_of_an_account(self):
        account = self.accounts.create({"name": "Brand", "network": "mastodon"})
        feed = self.env["social.crm.feed"].create(
            {"account_id": account.id, "kind": "hashtag", "query": "#acme"}
        )
        self.assertEqual(feed.query, "acme")
        feed.write({"kind": "search", "query": "#acme bikes"})
        self.assertEqual(feed.query, "#acme bikes", "as the words to look for")
        for query, words in (
            ("our brand", "“ourbrand”"),
            ("#12", "at least one letter"),
            ("#", "Say what to look for"),
        ):
            with self.assertRaisesRegex(ValidationError, words):
                feed.write({"kind": "hashtag", "query": query})

    def test_a_kind_that_the_network_has_not(self):
        dialogs = self.env["social.crm.connect"].with_user(self.admin)
        values = {"network": "feed", "query": f"{self.server.url}/feed.xml"}
        with self.assertRaisesRegex(
            ValidationError, "no stream of the kind “Mentions”"
        ):
            dialogs.create({**values, "kind": "mentions"})
        dialog = dialogs.create(values)
        with self.assertRaisesRegex(ValidationError, "no stream of the kind “Hashtag”"):
            dialog.write({"kind": "hashtag", "query": "acme"})
        self.assertFalse(self.server.requests)

    def test_what_no_database_takes(self):
        evil = {
            "base_url": f"\0{self.server.url}\x07",
            "handle": "brand\0.example\x1b",
            "query": "acme\0\n bikes\ud83d",
        }
        clean = {
            "base_url": self.server.url,
            "handle": "brand.example",
            "query": "acme bikes",
        }
        dialogs = self.env["social.crm.connect"].with_user(self.admin)
        given = {"network": "mastodon", "kind": "search"}
        defaults = {f"default_{name}": value for name, value in evil.items()}
        login = {
            "username_input": "me\0",
            "password_input": "\0x  y",
            "login_code": "\0",
        }
        dialog = dialogs.create({**given, **evil, **login})
        by_default = dialogs.with_context(**defaults).create(given)
        account = self.accounts.create({"name": "Brand", "network": "mastodon"})
        feed = self.env["social.crm.feed"].create(
            {"account_id": account.id, "kind": "search", "query": evil["query"]}
        )
        self.env.flush_all()
        self.assertEqual(feed.query, clean["query"])
        for record in (dialog, by_default):
            self.assertEqual({name: record[name] for name in clean}, clean)
        self.assertEqual(dialog.sudo().password, "x  y", "a blank may be meant")
        self.assertEqual(dialog.sudo().username, "me")
        names = ("base_url", "handle")
        account.write({name: evil[name] for name in names})
        dialog.write(evil)
        feed.query = evil["query"]
        self.env.flush_all()
        for name in names:
            self.assertEqual(account[name], clean[name])
        self.assertEqual((dialog.query, feed.query), (clean["query"],) * 2)

    def test_the_same_profile_twice(self):
        dialog = self.fill("bluesky")
        dialog.action_test()
        dialog.action_start()
        account = self.made
        account.name = "Our Brand"
        again = self.fill("bluesky", kind="search", query="acme")
        self.answers["/xrpc/app.bsky.feed.searchPosts"] = Answer(200, {"posts": []})
        again.action_test()
        self.assertTrue(again.is_tested)
        with self.assertRaises(RedirectWarning) as caught:
            again.action_start()
        text, action, _button, _context = caught.exception.args
        self.assertIn("“Our Brand” is connected to this profile already", text)
        self.assertIn("add a stream", text)
        self.assertEqual(
            (action["res_model"], action["res_id"]), (account._name, account.id)
        )
        self.assertEqual(self.made, account)
        account.own_uri = "did:plc:another"
        again.action_start()
        self.assertEqual(len(self.made), 2, "another profile of the same network")
        last = self.fill("bluesky")
        last.action_test()
        (self.made - account).active = False
        last.action_start()
        self.assertEqual(len(self.made), 3, "what is archived is out of use")

    def test_the_same_profile_in_another_company(self):
        dialog = self.fill("bluesky")
        dialog.action_test()
        dialog.action_start()
        self.made.company_id = self.env["res.company"].create({"name": "Elsewhere"})
        dialog = self.fill("bluesky")
        dialog.action_test()
        dialog.action_start()
        self.assertEqual(len(self.made), 2)

    def test_the_same_stream_of_a_guest_twice(self):
        address = f"{self.server.url}/feed.xml"
        hashtag = {"access_token_input": "", "kind": "hashtag"}
        for network, first, again, other in (
            ("feed", {}, {"query": f" {address} "}, {"query": f"{address}?other"}),
            (
                "mastodon",
                {**hashtag, "query": "acme"},
                {**hashtag, "query": "#Acme", "base_url": f"{self.server.url}/"},
                {**hashtag, "query": "acmebikes"},
            ),
        ):
            with self.subTest(network):
                self.before = self.accounts.search([])
                self.start(network, **first)
                account = self.made
                with self.assertRaises(RedirectWarning) as caught:
                    self.start(network, **again)
                text = caught.exception.args[0]
                self.assertIn(f"“{account.name}” reads this already", text)
                self.start(network, **other)
                self.assertEqual(len(self.made), 2)
                account.active = False
                self.start(network, **again)
                self.assertEqual(len(self.made), 3)

    def test_feeds_with_a_password_are_not_one_profile(self):
        self.answers["/news.xml"] = Answer(200, self.answer_feed_xml(None))
        login = {"username_input": "me", "password_input": PASSWORD}
        self.start("feed", query=f"{self.server.url}/members.xml", **login)
        self.start("feed", query=f"{self.server.url}/news.xml", **login)
        self.assertEqual(len(self.made), 2)
        with self.assertRaises(RedirectWarning):
            self.start("feed", query=f"{self.server.url}/news.xml", **login)

    def start(self, network, **given):
        dialog = self.fill(network, **given)
        dialog.action_test()
        self.assertFalse(dialog.error)
        return dialog.action_start()

    def test_what_was_looked_at_is_filled_in(self):
        form = self.form(
            default_network="mastodon",
            default_base_url=self.server.url,
            default_kind="hashtag",
            default_query="acme",
        )
        self.assertEqual((form.kind, form.query), ("hashtag", "acme"))
        self.assertEqual(form.base_url, self.server.url)
        dialog = form.save()
        dialog.action_test()
        self.assertFalse(dialog.error)
        self.assertTrue(dialog.is_tested, "a hashtag needs no login")
        dialog.action_start()
        self.assertEqual(self.made.feed_ids.query, "acme")
        self.assertEqual(self.made.own_name, "127.0.0.1")

    def test_feed(self):
        team = self.env["social.crm.team"].create({"name": "Readers"})
        dialog = self.fill("feed", team_id=team, backfill_days="90")
        dialog.action_test()
        self.assertFalse(dialog.error)
        self.assertEqual(dialog.headline, "Reading 127.0.0.1, without a login")
        self.assertEqual(len(dialog.preview), 5)
        self.assertFalse(self.made, "a test stores nothing")
        action = dialog.action_start()
        account = self.made
        feed = account.feed_ids
        self.assertEqual(action["params"]["feed_ids"], feed.ids)
        self.assertEqual(account.name, "127.0.0.1 on Feed")
        self.assertEqual(
            (account.state, account.company_id), ("connected", feed.company_id)
        )
        self.assertEqual(
            (feed.kind, feed.query), ("feed", f"{self.server.url}/feed.xml")
        )
        self.assertEqual((feed.team_id, feed.backfill_days), (team, 90))
        self.assertTrue(feed._fetch(), "then comes the history")
        self.assertEqual(len(feed.mention_ids), self.POSTS)

    def test_bluesky(self):
        dialog = self.fill("bluesky")
        dialog.action_test()
        self.assertFalse(dialog.error)
        self.assertEqual(dialog.headline, "Connected as @brand.example")
        self.assertEqual(dialog.preview[0]["text"], "Hello <b>0</b>")
        dialog.action_start()
        account = self.made
        self.assertEqual(account.own_uri, "did:plc:brand")
        self.assertEqual(account.feed_ids.kind, "mentions")
        self.assertEqual(account.sudo().password, PASSWORD)
        self.assertEqual(account.sudo().access_token, TOKEN, "one login is enough")
        logins = [one for one in self.server.requests if "createSession" in one.path]
        self.assertEqual(len(logins), 1)
        for name in SECRETS:
            self.assertFalse(dialog.sudo()[name])

    def test_mastodon_with_a_code(self):
        with self.form() as form:
            form.base_url = self.server.url
        dialog = form.record
        url = dialog.action_get_code()["url"]
        self.assertTrue(url.startswith(f"{self.server.url}/oauth/authorize?"))
        dialog.login_code = "an-old-one"
        dialog.action_test()
        self.assertIn("“Code of the server”", dialog.error)
        dialog.invalidate_recordset()
        self.assertEqual(dialog.login_code, MASK, "nothing typed is lost")
        dialog.login_code = CODE
        dialog.action_test()
        self.assertFalse(dialog.error)
        self.assertTrue(dialog.is_tested)
        self.assertEqual(dialog.headline, "Connected as @brand@home.example")
        # A code is good for once.
        dialog.action_test()
        self.assertTrue(dialog.is_tested)
        dialog.action_start()
        account = self.made
        self.assertEqual(account.name, "Brand on Mastodon")
        self.assertEqual(account.sudo().access_token, TOKEN)
        self.assertEqual(account.sudo().client_secret, "client-s3cret")
        for name in SECRETS:
            self.assertFalse(dialog.sudo()[name])

    def test_estimate(self):
        dialog = self.fill("feed")
        self.POSTS = 10
        dialog.action_test()
        # Ten in nine days.
        self.assertEqual(dialog.estimate, "30 days, at most about 33 posts, no alerts.")
        dialog.backfill_days = "365"
        self.assertIn("about 410 posts", dialog.estimate)
        self.assertTrue(dialog.is_tested, "how far back needs no new test")
        dialog.sudo().result = {**dialog.sudo().result, "per_day": 40.4}
        dialog.backfill_days = "30"
        self.assertEqual(
            dialog.estimate,
            "30 days, about 1,200 posts: at most the newest 1,000 of them, no alerts.",
        )
        self.POSTS = 0
        dialog.action_test()
        self.assertIn("at most 1,000 posts", dialog.estimate)

    def test_a_change_asks_for_a_new_test(self):
        changes = {
            "base_url": f"{self.server.url}/",
            "handle": "other.example",
            "password_input": "other",
            "kind": "own",
        }
        for name, value in changes.items():
            with self.subTest(name):
                dialog = self.fill("bluesky")
                with self.assertRaisesRegex(UserError, "look at the last posts"):
                    dialog.action_start()
                dialog.action_test()
                with Form(dialog) as form:
                    self.assertTrue(form.is_tested)
                    form[name] = value
                    self.assertFalse(form.is_tested)
                    self.assertTrue(form.is_outdated)
                self.assertFalse(dialog.is_tested)
                with self.assertRaisesRegex(UserError, "look at the last posts"):
                    dialog.action_start()
        self.assertFalse(self.made)

    def test_nothing_stays_after_cancel(self):
        dialog = self.fill("bluesky")
        dialog.action_test()
        # What the dialog does when it is closed, in whatever way.
        dialog.unlink()
        self.assertFalse(self.made)
        self.assertFalse(self.env["social.crm.connect"].search([]))
        self.assertFalse(self.env["social.crm.mention"].search([]) - self.mentions())

    def test_a_copy_keeps_no_login(self):
        dialog = self.fill("bluesky")
        self.env.flush_all()
        with file_open("social_crm/data/neutralize.sql") as statements:
            self.env.cr.execute(statements.read())
        self.env.invalidate_all()
        self.assertFalse(dialog.exists())

    def mentions(self):
        return self.before.feed_ids.mention_ids

    def test_secrets_are_not_readable(self):
        dialog = self.fill("bluesky")
        dialog.action_test()
        for name in (*SECRETS, "result", "client_id", "username"):
            with self.assertRaises(AccessError):
                dialog.read([name])
            self.assertNotIn(name, dialog.fields_get())
        with self.assertRaises(AccessError):
            dialog.write({"result": {"key": dialog._key()}})
        shown = str(dialog.read())
        self.assertNotIn(PASSWORD, shown)
        self.assertNotIn(TOKEN, shown)
        self.assertIn(MASK, shown)

    def test_a_login_goes_to_no_other_server(self):
        dialog = self.fill("mastodon")
        dialog.base_url = f"{self.server.url}/"
        self.assertEqual(dialog.sudo().access_token, TOKEN, "typed, so it is meant")
        dialog.action_get_code()
        dialog.login_code = CODE
        dialog.action_test()
        self.assertTrue(dialog.is_tested)
        dialog.base_url = "https://other.example"
        self.assertFalse(dialog.sudo().access_token, "that server gave it")
        self.assertFalse(dialog.sudo().client_secret)
        dialog = self.fill("bluesky")
        dialog.action_test()
        dialog.handle = "other.example"
        self.assertFalse(dialog.sudo().access_token)
        self.assertEqual(dialog.sudo().password, PASSWORD)
        dialog.network = "feed"
        self.assertFalse(dialog.sudo().password)


@tagged("post_install", "-at_install")
class TestWrongInputs(ConnectCase):
    """Each gets a sentence that names the field as the screen does."""

    INPUTS = {
        "username": "username_input",
        "password": "password_input",
        "access_token": "access_token_input",
        "code": "login_code",
    }

    def labels(self, view, name):
        arch = etree.fromstring(self.env.ref(view).arch)
        shown = arch.xpath(
            f"//field[@name='{name}'][not(ancestor::list)]/@string"
            f" | //label[@for='{name}']/@string"
        )
        field = self.env["social.crm.connect"]._fields[name]
        return {*shown, field._description_string(self.env)}

    def test_in_the_dialog(self):
        for name, network, differs, field, words in WRONG_INPUTS:
            with self.subTest(name):
                self.answers.clear()
                given = self.prepare(differs)
                self.allow(*self.hosts)
                typed = {
                    self.INPUTS.get(key, key): value for key, value in given.items()
                }
                dialog = self.fill(network, **typed)
                if "code" in given:
                    dialog.action_get_code()
                dialog.action_test()
                self.assertIn(words, dialog.error)
                self.assertFalse(dialog.is_tested)
                self.assertEqual(dialog.error_field, self.INPUTS.get(field, field))
                labels = self.labels(
                    "social_crm.social_crm_connect_view_form", dialog.error_field
                )
                self.assertTrue(
                    any(f"“{label}”" in dialog.error for label in labels),
                    (dialog.error, labels),
                )
                dialog.invalidate_recordset()
                for key, value in typed.items():
                    kept = MASK if key.endswith("_input") or key == "login_code" else ""
                    kept = value if key == "username_input" else kept or value
                    self.assertEqual(dialog[key], kept if value else False)
                self.assertFalse(self.made)

    def test_http_that_became_https(self):
        other = ScriptedServer(lambda request: Answer(401))
        self.addCleanup(other.close)
        self.allow(self.server.host, other.host)
        path = "/api/v1/accounts/verify_credentials"
        self.answers[path] = Answer(301, "", {"Location": other.url + path})
        dialog = self.fill("mastodon")
        dialog.action_test()
        self.assertIn(f"The address now is {other.url}.", dialog.error)
        self.assertIn("“Server address”", dialog.error)
        self.answers["/api/v1/apps"] = Answer(301, "", {"Location": other.url})
        self.assertFalse(dialog.action_get_code())
        self.assertIn(f"The address now is {other.url}.", dialog.error)
        other.answer = self._respond_safely
        moved = Answer(301, "", {"Location": f"{other.url}/feed.xml"})
        self.answers["/old.xml"] = moved
        dialog = self.fill("feed", query=f"{self.server.url}/old.xml")
        dialog.action_test()
        self.assertTrue(dialog.is_tested, "it is read all the same")
        self.assertIn(f"{other.url}/feed.xml", dialog.notice)
        self.assertIn("“Address of the feed or page”", dialog.notice)

    def test_nobody_waits_for_a_slow_server(self):
        self.patch(trial, "SECONDS", 1.0)
        slow = Answer(200, {}, delay=9)
        verify = "/api/v1/accounts/verify_credentials"
        for network, path, label in (
            ("mastodon", verify, "Server address"),
            ("mastodon", "/api/v1/notifications", "Server address"),
            ("bluesky", "/xrpc/com.atproto.server.createSession", "Server address"),
            ("feed", "/feed.xml", "Address of the feed or page"),
        ):
            with self.subTest(path):
                self.answers = {path: slow}
                dialog = self.fill(network)
                start = time.monotonic()
                dialog.action_test()
                self.assertLess(time.monotonic() - start, 4)
                self.assertIn("did not answer in time", dialog.error)
                self.assertIn(f"Please check “{label}”.", dialog.error)
        self.answers = {verify: slow}
        account = self.accounts.with_user(self.admin).create(
            {
                "name": "Brand",
                "network": "mastodon",
                "base_url": self.server.url,
                "access_token_input": TOKEN,
            }
        )
        start = time.monotonic()
        said = account.action_test()["params"]["message"]
        self.assertLess(time.monotonic() - start, 4)
        self.assertIn("did not answer in time. Please check “Server address”", said)

    def test_all_steps_share_one_end(self):
        self.patch(trial, "SECONDS", 1.5)
        with self.form() as form:
            form.base_url = self.server.url
        dialog = form.record
        dialog.action_get_code()
        dialog.login_code = CODE
        self.answers["/oauth/token"] = Answer(200, {"access_token": TOKEN}, delay=1)
        verify = "/api/v1/accounts/verify_credentials"
        self.answers[verify] = Answer(200, {}, delay=1)
        start = time.monotonic()
        dialog.action_test()
        self.assertLess(time.monotonic() - start, 2.5)
        self.assertIn("did not answer in time", dialog.error)

    def test_in_the_account(self):
        account = self.accounts.with_user(self.admin).create(
            {
                "name": "Brand",
                "network": "bluesky",
                "base_url": self.server.url,
                "handle": "brand-2fa.example",
                "password_input": PASSWORD,
            }
        )
        said = account.action_test()["params"]["message"]
        self.assertIn("Use an app password", said)
        self.assertIn("“App password”", said)
        account = self.accounts.with_user(self.admin).create(
            {"name": "Brand", "network": "mastodon", "base_url": self.server.url}
        )
        account.action_get_code()
        with self.assertRaisesRegex(UserError, "“Code of the server”"):
            account.login_code = "an-old-one"


@tagged("post_install", "-at_install")
class TestConnectTour(ConnectCase, HttpCase):
    """The dialog in Chromium."""

    def tour(self, name):
        self.start_tour(
            "/odoo/social-accounts",
            name,
            login=self.admin.login,
            cookies={"social_crm_server": self.server.url},
        )

    def test_start(self):
        self.answers["/feed.xml"] = Answer(404)
        self.answers["/news.xml"] = Answer(200, self.answer_feed_xml(None))
        self.tour("social_crm_connect")
        self.assertEqual(self.made.state, "connected")
        address = f"{self.server.url}/news.xml?again"
        self.assertEqual(self.made.feed_ids.query, address)
        self.assertFalse(self.env["social.crm.connect"].search([]))

    def test_the_same_twice(self):
        account = self.accounts.create({"name": "Our news", "network": "feed"})
        address = f"{self.server.url}/feed.xml"
        account.feed_ids.create(
            {"account_id": account.id, "kind": "feed", "query": address}
        )
        self.tour("social_crm_connect_twice")
        self.assertEqual(self.made, account)
        self.assertFalse(self.env["social.crm.connect"].search([]))

    def test_cancel(self):
        self.tour("social_crm_connect_cancel")
        self.assertFalse(self.made)
        self.assertFalse(self.env["social.crm.connect"].search([]))
