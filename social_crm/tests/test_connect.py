from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, TransactionCase, new_test_user, tagged
from odoo.tests.common import _super_send
from odoo.tools import file_open

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

    def test_cancel(self):
        self.tour("social_crm_connect_cancel")
        self.assertFalse(self.made)
        self.assertFalse(self.env["social.crm.connect"].search([]))
