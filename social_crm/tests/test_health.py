import os
import time
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL, config

from ..connectors.errors import AuthError, RemoteError, UnsafeUrl
from ..connectors.http import Response
from ..connectors.reach import ask
from ..hooks import uninstall_hook
from ..models import social_crm_health
from ..models.social_crm_account import LOGIN_ACTIVITY, SILENCE_ACTIVITY
from ..models.social_crm_feed_silence import usual
from .common import SocialCase, post
from .connector_contract import Answer, ServerCase

HTTPS = "https://crm.example.com"
LANE = "model._cron_fetch()"


class HealthCase(SocialCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.user("health_manager", "social_crm.group_manager")
        cls.health = cls.env["social.crm.health"].with_user(cls.manager)
        # As after Install: nothing is late.
        cls.crons().write({"nextcall": cls.moment(minutes=1)})

    @classmethod
    def crons(cls):
        return cls.env["social.crm.health"]._crons()

    @staticmethod
    def moment(**values):
        return fields.Datetime.now() + timedelta(**values)

    def lines(self, health=None):
        self.env.flush_all()
        self.env.invalidate_all()
        health = self.health if health is None else health
        return {
            line["key"]: line
            for section in health.sections()
            for line in section["lines"]
        }

    def line(self, key):
        return self.lines()[str(key)]

    def account_line(self):
        return self.line(f"account_{self.account.id}")

    def stream_line(self):
        return self.line(f"stream_{self.feed.id}")


@tagged("post_install", "-at_install")
class TestHealth(HealthCase):
    def setUp(self):
        super().setUp()
        self.activate()
        self.account.last_success_at = self.moment(minutes=-3)
        self.feed.write(
            {
                "last_success_at": self.moment(minutes=-3),
                "next_fetch_at": self.moment(minutes=5),
                "backfill_state": "done",
            }
        )

    def test_for_managers_only(self):
        agent = self.user("health_agent", "social_crm.group_user")
        health = self.health.with_user(agent)
        with self.assertRaises(AccessError):
            health.sections()
        with self.assertRaises(AccessError):
            health.outside_lines(True)

    def test_all_is_well(self):
        self.crons().lastcall = self.moment(minutes=-2)
        with patch.object(social_crm_health, "find_spec", lambda name: name):
            lines = self.lines()
        self.assertEqual({line["level"] for line in lines.values()}, {"ok"}, lines)
        self.assertEqual(next(iter(lines)), "scheduler")
        self.assertIn("alive", lines["scheduler"]["text"])
        self.assertIn("2 minutes ago", lines["scheduler"]["text"])
        stream = lines[f"stream_{self.feed.id}"]
        self.assertIn("3 minutes ago", stream["text"])
        self.assertIn("in 5 minutes", stream["text"])
        self.assertIn("Nothing is missing", lines["libraries"]["text"])

    def test_words_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.manager.lang = "de_DE"
        health = self.health.with_context(lang="de_DE")
        text = self.lines(health)[f"stream_{self.feed.id}"]["text"]
        self.assertIn("vor 3 Minuten", text)

    def test_scheduler_is_dead(self):
        cron = self.env.ref("social_crm.ir_cron_wake")
        cron.write({"nextcall": self.moment(hours=-2)})
        with patch.dict(config.options, max_cron_threads=0):
            line = self.line("scheduler")
        self.assertEqual(line["level"], "error")
        self.assertIn("2 hours ago", line["text"])
        self.assertIn("max_cron_threads", line["todo"])
        self.assertFalse(line["action"], "a manager may not open scheduled actions")
        with patch.dict(config.options, max_cron_threads=2):
            self.assertNotIn("max_cron_threads", self.line("scheduler")["todo"])

    def test_scheduler_is_switched_off(self):
        lane = self.env.ref("social_crm.ir_cron_fetch")
        lane.active = False
        line = self.line("scheduler")
        self.assertEqual(line["level"], "error")
        self.assertIn("switched off", line["text"])
        system = self.user("health_system", "social_crm.group_admin,base.group_system")
        line = self.lines(self.health.with_user(system))["scheduler"]
        self.assertEqual(line["action"]["res_id"], lane.id)
        self.account.action_pause()
        self.assertEqual(self.line("scheduler")["level"], "ok", "nothing to fetch")

    def test_scheduler_fails(self):
        self.env.ref("social_crm.ir_cron_fetch").failure_count = 4
        line = self.line("scheduler")
        self.assertEqual(line["level"], "warning")
        self.assertIn("in a row: 4", line["text"])

    def test_neutralized(self):
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("database.is_neutralized", True)
        self.assertIn("neutralized", self.line("scheduler")["text"])

    # --- accounts and streams ------------------------------------------------

    def test_states_of_an_account(self):
        self.connector.error = AuthError("The token was revoked.")
        self.account._note_error(self.connector.error)
        line = self.account_line()
        self.assertEqual(line["level"], "error")
        self.assertIn("The token was revoked.", line["text"])
        self.assertIn("Log in again", line["todo"])
        self.assertEqual(line["action"]["res_id"], self.account.id)
        self.account.state = "paused"
        self.assertEqual(self.account_line()["level"], "warning")
        self.account.state = "draft"
        self.assertIn("never activated", self.account_line()["text"])

    def test_account_waits(self):
        self.account.write(
            {
                "retry_at": self.moment(minutes=12),
                "quota_limit": 300,
                "quota_remaining": 7,
                "quota_reset_at": self.moment(minutes=12),
            }
        )
        line = self.account_line()
        self.assertEqual(line["level"], "warning")
        self.assertIn("7 of 300", line["text"])
        self.assertIn("in 12 minutes", line["text"])
        self.assertIn("by itself", line["todo"])

    def test_account_without_a_stream(self):
        self.feed.active = False
        self.assertIn("no stream", self.account_line()["text"])

    def test_copy_of_the_database(self):
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("database.uuid", "another")
        self.assertIn("copy", self.account_line()["text"])
        self.assertEqual(self.line("copy")["level"], "warning")

    def test_stream_fails(self):
        self.connector.error = RemoteError("The server is down.")
        for _number in range(3):
            self.feed._note_error(self.connector.error)
        line = self.stream_line()
        self.assertEqual(line["level"], "error")
        self.assertIn("The server is down. It failed 3 times", line["text"])

    def test_stream_is_behind(self):
        self.feed.next_fetch_at = self.moment(minutes=-30)
        self.assertIn("30 minutes behind", self.stream_line()["text"])
        self.assertIn("30 minutes behind", self.account_line()["text"])

    def test_stream_has_history_and_items_put_aside(self):
        self.feed.write({"backfill_state": "running", "backfill_count": 400})
        self.assertIn("400 of at most", self.stream_line()["text"])
        self.assertEqual(self.stream_line()["level"], "ok")
        self.env["social.crm.bad.item"].create(
            {"feed_id": self.feed.id, "uid": "x", "error": "No author."}
        )
        line = self.stream_line()
        self.assertEqual(line["level"], "warning")
        self.assertIn("not be read: 1", line["text"])
        self.assertEqual(line["action"]["res_model"], "social.crm.bad.item")

    def test_other_companies_are_not_shown(self):
        other = self.env["res.company"].create({"name": "Other"})
        account, feed = self._make_feed(other)
        lines = self.lines()
        self.assertNotIn(f"account_{account.id}", lines)
        self.assertNotIn(f"stream_{feed.id}", lines)

    def test_no_secret_is_shown(self):
        self.account._set_credentials(
            {"access_token": "top-secret", "password": "also-secret"}
        )
        proxy = {"HTTPS_PROXY": "http://me:hidden@proxy.example:3128"}
        with patch.dict(os.environ, proxy):
            text = repr(self.health.sections())
        self.assertNotIn("secret", text)
        self.assertNotIn("hidden", text)
        self.assertIn("proxy.example:3128", text)

    def test_queries_do_not_grow(self):
        self.lines()
        few = self.queries()
        self.env["social.crm.feed"].create(
            [
                {"account_id": account.id, "kind": "hashtag", "query": f"tag{number}"}
                for account in (self.account, self.account.copy(), self.account.copy())
                for number in range(33)
            ]
        )
        self.assertEqual(self.queries(), few)

    def queries(self):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.health.sections()
        return self.env.cr.sql_log_count - before

    def test_optional_libraries(self):
        missing = {"no_such_library_at_all": "Moods are not told apart."}
        with patch.object(social_crm_health, "OPTIONAL_LIBRARIES", missing):
            line = self.line("libraries")
        self.assertEqual(line["level"], "warning")
        self.assertIn("Moods are not told apart.", line["text"])
        self.assertIn("no_such_library_at_all", line["todo"])

    def test_phone_numbers_without_their_library(self):
        names = []

        def missing(name):
            names.append(name)

        with patch.object(social_crm_health, "find_spec", missing):
            line = self.line("libraries")
        self.assertIn("phonenumbers", names)
        self.assertEqual(line["level"], "warning")
        self.assertIn("Without phonenumbers: phone numbers of smaller", line["text"])
        self.assertIn("phonenumbers", line["todo"])
        with patch.object(social_crm_health, "find_spec", lambda name: name):
            self.assertEqual(self.line("libraries")["level"], "ok")

    # --- from outside --------------------------------------------------------

    def address(self, answer, base=HTTPS):
        self.env["ir.config_parameter"].sudo().set_param("web.base.url", base)
        with patch.object(social_crm_health, "ask", lambda *args: answer):
            return self.health._address_line()

    def test_base_address(self):
        good = Response(200, HTTPS, {}, b'{"status": "pass"}')
        with patch.dict(config.options, proxy_mode=True):
            self.assertEqual(self.address(good)["level"], "ok")
        with patch.dict(config.options, proxy_mode=False):
            self.assertIn("proxy_mode", self.address(good)["todo"])
        self.assertIn("without https", self.address(good, "http://crm.example")["text"])
        other = Response(200, HTTPS, {}, b"<html>")
        self.assertIn("another server", self.address(other)["text"])
        down = RemoteError("crm.example.com did not answer in time.")
        self.assertIn("did not answer in time", self.address(down)["text"])
        private = self.address(UnsafeUrl("x"), "http://localhost:8069")
        self.assertEqual(private["level"], "warning")
        self.assertIn("not called", private["text"], "no network needs it yet")
        called = type("Called", (), {"capabilities": frozenset(("webhook",))})
        self.patch(type(self.account), "_get_connector_class", lambda _self: called)
        self.assertEqual(self.address(UnsafeUrl("x"))["level"], "error")

    def test_database_of_the_address(self):
        here = self.env.cr.dbname
        for names, level in (([here], "ok"), ([here, "b"], "warning"), ([], "warning")):
            with patch.object(social_crm_health, "db_list", lambda **kw: names):  # noqa: B023
                line = self.health._database_line()
            self.assertEqual(line["level"], level)
            self.assertNotIn(" b", line["text"], "other databases are not named")

    def test_live_updates(self):
        self.assertEqual(self.health._live_line(True)["level"], "ok")
        with patch.dict(config.options, workers=4, gevent_port=8072):
            line = self.health._live_line(False)
        self.assertIn("8072", line["todo"])

    def test_private_hosts(self):
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("social_crm.private_hosts", "a.intranet:80, b")
        self.assertIn("b", self.line("private_hosts")["text"])
        self.assertEqual(self.line("private_hosts")["level"], "warning")
        parameters.set_param("social_crm.private_hosts", "a.intranet:80")
        self.assertIn("a.intranet:80", self.line("private_hosts")["text"])

    # --- activities ----------------------------------------------------------

    def activities(self, kind):
        return self.account.activity_search([kind])

    def test_login_activity_ends_with_the_login(self):
        for _number in range(2):
            self.account._note_error(AuthError("The token was revoked."))
        activity = self.activities(LOGIN_ACTIVITY)
        self.assertEqual(activity.user_id, self.account.user_id)
        self.account.action_test()
        self.assertTrue(self.activities(LOGIN_ACTIVITY), "still not fetched")
        self.account.action_activate()
        self.assertFalse(self.activities(LOGIN_ACTIVITY))

    # --- settings ------------------------------------------------------------

    def settings(self, **values):
        return self.env["res.config.settings"].create(values)

    def test_settings_are_used(self):
        settings = self.settings()
        self.assertEqual(settings.default_interval, 5)
        settings.execute()
        self.settings(
            default_interval=20,
            default_backfill_days=7,
            social_crm_private_hosts="a.intranet:80\n[fd00::1]:443",
        ).execute()
        feed = self.env["social.crm.feed"].create({"account_id": self.account.id})
        self.assertEqual((feed.interval, feed.backfill_days), (20, 7))
        self.assertEqual(
            self.account._private_hosts(), ["a.intranet:80", "[fd00::1]:443"]
        )
        self.assertEqual(self.settings().default_interval, 20)

    def test_settings_refuse_nonsense(self):
        for values in (
            {"social_crm_private_hosts": "https://a.intranet"},
            {"social_crm_private_hosts": "a.intranet"},
            {"social_crm_private_hosts": "a.intranet:99999"},
            {"default_interval": 0},
            {"default_backfill_days": -1},
        ):
            with self.assertRaises(ValidationError):
                self.settings(**values)

    def test_uninstall_says_what_goes(self):
        modules = self.env["ir.module.module"]
        cases = (("social_crm", True), ("privacy_lookup", True), ("mrp", False))
        for name, ours in cases:
            module = modules.search([("name", "=", name)])
            wizard = self.env["base.module.uninstall"].create(
                {"module_ids": module.ids}
            )
            self.assertEqual(wizard.removes_social_crm, ours)
            lost = wizard.model_ids.mapped("model")
            self.assertEqual("social.crm.mention" in lost, ours)
            self.assertNotIn("social.crm.internal.mixin", lost)
            self.assertNotIn("res.partner", lost)

    def test_uninstall_takes_what_was_archived(self):
        self.ingest(post(1))
        conversation = self.mention(1).conversation_id
        todo = "mail.mail_activity_data_todo"
        done = conversation.activity_schedule(todo, summary="Called")
        done.active = False
        conversation.activity_schedule(todo, summary="Call")
        filters = self.env["ir.filters"].create(
            [
                {"name": str(active), "model_id": conversation._name, "active": active}
                for active in (True, False)
            ]
        )
        partner = self.env["res.partner"].create({"name": "Stays"})
        kept = partner.activity_schedule(todo, summary="Stays")
        uninstall_hook(self.env)
        self.env.flush_all()
        left = {
            table: rows
            for table, column in (
                ("ir_filters", "model_id"),
                ("mail_activity", "res_model"),
                ("mail_message", "model"),
                ("mail_followers", "res_model"),
            )
            if (
                rows := self.env.execute_query(
                    SQL(
                        "SELECT id FROM %s WHERE %s LIKE 'social.crm.%%'",
                        SQL.identifier(table),
                        SQL.identifier(column),
                    )
                )
            )
        }
        self.assertEqual(left, {})
        self.assertFalse(filters.exists())
        self.assertFalse(self.crons().exists().filtered(lambda cron: cron.code == LANE))
        self.assertTrue(kept.exists())


@tagged("post_install", "-at_install")
class TestHealthScreen(HealthCase, HttpCase):
    def test_screen(self):
        self.activate()
        self.feed.last_error = "The server is down."
        self.start_tour(
            "/odoo/social-health", "social_crm_health", login="health_manager"
        )


@tagged("post_install", "-at_install")
class TestReach(ServerCase, HealthCase):
    """The base address is really asked, and nobody waits for it forever."""

    def respond(self, request):
        return Answer(body={"status": "pass"}, delay=self.delay)

    def setUp(self):
        super().setUp()
        self.delay = 0
        self.parameters = self.env["ir.config_parameter"].sudo()
        self.parameters.set_param("web.base.url", self.server.url)

    def test_private_address_is_not_asked(self):
        self.assertIn("private network", self.health._address_line()["text"])
        self.assertFalse(self.server.requests)

    def test_answer(self):
        self.parameters.set_param("social_crm.private_hosts", self.server.host)
        self.assertIn("without https", self.health._address_line()["text"])
        self.assertEqual(self.server.requests[0].path, "/web/health")

    def test_nobody_waits_long(self):
        self.delay = 9
        begin = time.monotonic()
        found = ask(self.server.url, [self.server.host], seconds=0.5)
        self.assertIsInstance(found, RemoteError)
        self.assertLess(time.monotonic() - begin, 3)


@tagged("post_install", "-at_install")
class TestSilence(HealthCase):
    """A stream that used to be busy, with the mentions it really stored."""

    def setUp(self):
        super().setUp()
        self.activate()
        self.feed.write({"last_success_at": fields.Datetime.now()})
        self.number = 0

    def came(self, hours, feed=None):
        """Store mentions that the stream saw when they were said, so many hours ago."""
        first = self.number + 1
        self.number += len(hours)
        feed = feed or self.feed
        self.ingest(
            *(
                post(f"{number:06}", minutes=hour * 60)
                for number, hour in enumerate(hours, first)
            ),
            feed=feed,
        )
        self.env.cr.execute(
            """
            UPDATE social_crm_mention_source s SET first_seen_at = m.published_at
            FROM social_crm_mention m WHERE m.id = s.mention_id AND s.feed_id = %s
            """,
            [feed.id],
        )

    def habit(self, weeks=5, feed=None):
        """One mention an hour, day and night, until a day ago."""
        self.came(range(24, weeks * 7 * 24), feed)

    def note(self):
        self.env["social.crm.feed"]._note_silence()
        self.env.invalidate_all()

    def activities(self):
        return self.account.activity_search([SILENCE_ACTIVITY])

    def test_usual(self):
        self.assertEqual(usual([12, 0, 30, 11], 4), 11, "one poor week is forgiven")
        self.assertEqual(usual([12, 0, 30, 0], 4), 0)
        self.assertEqual(usual([12, 11, 30, 99], 2), 11)
        self.assertEqual(usual([12, 11, 30, 99], 3), 11)
        self.assertEqual(usual([50, 50, 50, 50], 1), 0, "too new")
        self.assertEqual(usual([50, 50, 50, 50], -1), 0)

    def test_busy_stream_falls_silent_and_speaks_again(self):
        self.habit()
        self.note()
        self.assertTrue(self.feed.silent_since)
        self.assertGreaterEqual(self.feed.silent_usual, 20)
        self.assertEqual(self.activities().user_id, self.account.user_id)
        self.note()
        self.assertEqual(len(self.activities()), 1)
        self.assertIn("came 1 day ago", self.stream_line()["text"])
        self.assertEqual(self.stream_line()["level"], "warning")
        # An error is no voice; what was silent stays so.
        self.feed.last_error = "Down."
        self.note()
        self.assertTrue(self.feed.silent_since)
        self.feed.last_error = False
        self.came([0])
        self.note()
        self.assertFalse(self.feed.silent_since)
        self.assertFalse(self.activities())

    def test_nights_are_quiet(self):
        """What comes by day alone is not missed at night."""
        # Two an hour for half of the day, the last of them twelve hours ago.
        hours = [hour for hour in range(36 * 24) if hour % 24 >= 12]
        self.came(hours * 2)
        self.note()
        self.assertFalse(self.feed.silent_since)
        self.env.cr.execute(
            "UPDATE social_crm_mention_source SET first_seen_at = first_seen_at - %s",
            [timedelta(hours=12)],
        )
        self.note()
        self.assertTrue(self.feed.silent_since, "by day it is missed")

    def test_no_alarm(self):
        sparse = self.feed.copy({"kind": "hashtag", "query": "sparse"})
        new = self.feed.copy({"kind": "hashtag", "query": "new"})
        failing = self.feed.copy({"kind": "hashtag", "query": "failing"})
        feeds = sparse | new | failing
        feeds.write({"last_success_at": fields.Datetime.now()})
        self.came(range(24, 36 * 24, 24), sparse)
        self.habit(weeks=2, feed=new)
        self.habit(feed=failing)
        failing.last_error = "Down."
        self.note()
        self.assertFalse(feeds.filtered("silent_since"))
        failing.last_error = False
        self.account.action_pause()
        self.note()
        self.assertFalse(feeds.filtered("silent_since"))
        self.account.state = "connected"
        self.note()
        self.assertEqual(feeds.filtered("silent_since"), failing)

    def test_paused_stream_is_no_longer_silent(self):
        self.habit()
        self.note()
        self.assertTrue(self.feed.silent_since)
        self.account.action_pause()
        self.note()
        self.assertFalse(self.feed.silent_since)
        self.assertFalse(self.activities())

    def test_few_rows_of_an_index_are_read(self):
        """Each number is read from the index alone, whatever the table holds."""
        self.habit()
        self.env.cr.execute("ANALYZE social_crm_mention_source")
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        streams = self.env["social.crm.feed"]
        plan = self.env.execute_query(SQL("EXPLAIN %s", streams._habits_query()))
        scans = [line for (line,) in plan if "social_crm_mention_source" in line]
        self.assertEqual(len(scans), 3, plan)
        for scan in scans:
            self.assertIn("social_crm_mention_source_seen_idx", scan)

    def test_cron(self):
        self.habit()
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("social_crm.ir_cron_silence").method_direct_trigger()
        self.env.invalidate_all()
        self.assertTrue(self.feed.silent_since)
