from dataclasses import replace
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import SerializationFailure

from odoo import fields
from odoo.exceptions import AccessError, LockError, UserError
from odoo.tests import tagged
from odoo.tools import config, mute_logger

from ..connectors.errors import AuthError, InvalidCursor, RateLimited, RemoteError
from ..connectors.records import BadItem, Quota
from ..models import ingest_sql as sql
from .common import NOW, SocialCase, post


@tagged("post_install", "-at_install")
class TestFetch(SocialCase):
    def setUp(self):
        super().setUp()
        self.connector.__init__()
        self.connector.posts = [post(uid) for uid in range(1, 101)]
        self.feed.backfill_limit = 0
        self.activate()

    def run_cron(self):
        cron = self.env.ref("social_crm.ir_cron_fetch")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def test_cron_fetches_forward(self):
        self.run_cron()
        self.assertEqual(self.mentions.search_count([]), 40)
        self.assertEqual(self.feed.cursor, "100")
        self.assertGreater(self.feed.next_fetch_at, fields.Datetime.now())
        self.assertEqual(self.feed.backfill_state, "done")
        self.assertTrue(self.account.last_success_at)
        self.connector.posts += [post(uid) for uid in range(101, 221)]
        self.feed.next_fetch_at = fields.Datetime.now()
        self.run_cron()
        self.assertEqual(self.mentions.search_count([]), 160)
        self.assertEqual(self.feed.cursor, "220")

    def test_history_is_capped_and_resumes(self):
        self.feed.write({"backfill_limit": 70, "backfill_days": 3650})
        self.run_cron()
        # 40 new ones; history begins again at the newest and goes to its limit.
        self.assertEqual(self.feed.backfill_state, "done")
        self.assertEqual(self.feed.backfill_count, 70)
        self.assertEqual(self.mentions.search_count([]), 70)

    def test_history_is_bounded_by_days(self):
        self.feed.write({"backfill_limit": 1000, "backfill_days": 1})
        old = [post(f"old{n}", minutes=60 * 24 * 9) for n in range(50)]
        self.connector.posts = old + self.connector.posts[:45]
        for index, item in enumerate(self.connector.posts[50:]):
            self.connector.posts[50 + index] = post(item.uid, minutes=50 - index)
        self.run_cron()
        self.assertEqual(self.feed.backfill_state, "done")
        self.assertEqual(self.mentions.search_count([]), 45)

    def test_only_connected_and_due(self):
        self.feed.next_fetch_at = fields.Datetime.now() + timedelta(hours=1)
        self.run_cron()
        self.feed.next_fetch_at = fields.Datetime.now()
        self.account.action_pause()
        self.run_cron()
        self.assertFalse(self.connector.calls)

    def test_copied_database_fetches_nothing(self):
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("database.uuid", "another")
        self.run_cron()
        self.assertFalse(self.connector.calls)
        self.assertEqual(self.account.state, "paused")
        self.assertIn("copy", self.account.last_error)
        self.account.action_activate()
        self.assertFalse(self.account.last_error)
        self.run_cron()
        self.assertTrue(self.connector.calls)

    def test_a_lost_login_is_noted_while_the_scheduler_runs(self):
        """The running cron cannot be switched off, and need not be."""
        self.connector.error = AuthError("Log in again.")
        with patch.object(
            type(self.env["ir.cron"]), "lock_for_update", side_effect=LockError("busy")
        ):
            self.run_cron()
        self.assertEqual(self.account.state, "needs_login")
        self.assertTrue(self.env.ref("social_crm.ir_cron_fetch").active)

    def test_errors_in_words(self):
        self.connector.error = RemoteError("The server is down.")
        self.run_cron()
        self.assertEqual(self.feed.last_error, "The server is down.")
        self.assertEqual(self.account.last_error, "The server is down.")
        self.assertEqual(self.feed.error_count, 1)
        first = self.feed.next_fetch_at
        self.feed.next_fetch_at = fields.Datetime.now()
        self.run_cron()
        self.assertGreater(self.feed.next_fetch_at, first)
        self.connector.error = None
        self.feed.next_fetch_at = fields.Datetime.now()
        self.run_cron()
        self.assertFalse(self.feed.last_error)
        self.assertFalse(self.account.last_error)
        self.assertEqual(self.feed.error_count, 0)

    def test_one_broken_stream_does_not_stop_others(self):
        other = self.feed.copy({"kind": "hashtag", "query": "acme"})
        self.connector.error = RemoteError("The server is down.")
        self.run_cron()
        self.assertEqual(other.last_error, "The server is down.")
        self.assertEqual(len(self.connector.calls), 2)

    @mute_logger("odoo.addons.social_crm.models.social_crm_feed")
    def test_fault_of_ours_stays_on_the_stream(self):
        self.connector.error = ZeroDivisionError("token=abc")
        self.run_cron()
        self.assertIn("ZeroDivisionError", self.feed.last_error)
        self.assertNotIn("abc", self.feed.last_error)

    def test_rate_limit_waits(self):
        until = NOW + timedelta(minutes=42)
        self.connector.error = RateLimited("Too many calls.", until)
        self.run_cron()
        self.assertEqual(self.feed.next_fetch_at, until.replace(tzinfo=None))
        self.assertEqual(self.account.retry_at, until.replace(tzinfo=None))
        calls = len(self.connector.calls)
        self.feed.next_fetch_at = fields.Datetime.now()
        self.run_cron()
        self.assertEqual(len(self.connector.calls), calls, "the account waits too")

    def test_lost_login_asks_the_owner(self):
        self.connector.error = AuthError("The token was revoked.")
        self.run_cron()
        self.assertEqual(self.account.state, "needs_login")
        self.assertEqual(self.account.activity_ids.user_id, self.account.user_id)
        self.run_cron()
        self.assertEqual(len(self.account.activity_ids), 1)

    def test_invalid_cursor_begins_again(self):
        self.feed.cursor = "expired"
        real = self.connector.fetch

        def fetch(stream, cursor=None, limit=40):
            if cursor:
                raise InvalidCursor("Expired.")
            return real(stream, cursor, limit)

        with patch.object(self.connector, "fetch", fetch):
            self.assertFalse(self.feed._fetch(self.connector))
        self.assertEqual(self.feed.cursor, "100")

    def test_quota_is_shown(self):
        self.connector.http.quota = Quota(300, 20, NOW)
        self.run_cron()
        self.assertEqual(self.account.quota_limit, 300)
        self.assertEqual(self.account.quota_remaining, 20)

    def test_bad_items_are_put_aside_and_retried(self):
        self.connector.bad_items = (BadItem("x", "No author.", '{"id": "x"}'),)
        self.run_cron()
        self.feed.next_fetch_at = fields.Datetime.now()
        self.run_cron()
        item = self.feed.bad_item_ids
        self.assertEqual(len(item), 1)
        self.assertEqual(self.mentions.search_count([]), 40, "the page went on")
        with patch.object(type(self.connector), "parse", side_effect=ValueError("no")):
            item.action_retry()
        self.assertEqual(item.error, "no")
        with patch.object(type(self.connector), "parse", return_value=post("x")):
            item.action_retry()
        self.assertFalse(item.exists())
        self.assertTrue(self.mention("x"))

    def test_a_post_that_cannot_be_stored_is_put_aside(self):
        self.connector.posts[70] = post(71, metrics={"likes": float("inf")})
        self.run_cron()
        self.assertEqual(self.mentions.search_count([]), 39)
        item = self.feed.bad_item_ids
        self.assertEqual(item.uid, "71")
        self.assertEqual(self.feed.cursor, "100")
        item.action_retry()
        self.assertTrue(item.exists(), "still the same")
        item.raw = item.raw.replace("Infinity", "3")
        item.action_retry()
        self.assertFalse(item.exists())
        self.assertEqual(self.mention(71).likes_count, 3)
        said = post(71).published_at.replace(tzinfo=None)
        self.assertEqual(self.mention(71).published_at, said)

    def test_wrong_types_are_put_aside(self):
        bad = (
            {"metrics": None},
            {"metrics": ["likes"], "uid": "\ud800"},
            {"visibility": None},
            {"author": None},
            {"published_at": "yesterday", "text": "\0"},
            {"media": ({"kind": "image"},)},
            {"uri": ""},
        )
        good = self.connector.posts[80]
        for index, values in enumerate(bad, 70):
            self.connector.posts[index] = replace(self.connector.posts[index], **values)
        self.run_cron()
        self.assertEqual(self.mentions.search_count([]), 40 - len(bad))
        self.assertEqual(len(self.feed.bad_item_ids), len(bad))
        self.assertTrue(self.mention(good.uid))
        self.assertEqual(self.feed.cursor, "100")

    def test_a_pooler_changes_the_connection(self):
        """Prepared statements are gone: whoever notices first goes on without."""
        self.addCleanup(setattr, sql.Statement, "can_prepare", True)
        self.run_cron()
        end = 100
        for name in ("_count_due", "_fetch_page", "_lock", "_lock_due", "_store_once"):
            sql.Statement.can_prepare = True
            original = getattr(type(self.feed), name)
            self.connector.posts += [post(uid) for uid in range(end + 1, end + 101)]
            end += 100
            self.feed.next_fetch_at = fields.Datetime.now()

            def changed(feeds, *args, original=original):
                if sql.Statement.can_prepare:
                    feeds.env.cr.execute("DEALLOCATE ALL")
                return original(feeds, *args)

            with (
                self.subTest(name),
                patch.object(type(self.feed), name, changed),
                self.enter_registry_test_mode(),
                self.env.registry.cursor() as cr,
            ):
                feeds = self.feed.with_env(self.env(cr=cr)).browse()
                feeds._cron_fetch()
                if name == "_lock":
                    feeds.browse(self.feed.id)._fetch()
                self.assertFalse(sql.Statement.can_prepare)
            self.env.invalidate_all()
            self.assertEqual(self.feed.cursor, str(end))
            self.assertEqual(self.mentions.search_count([]), end - 60)

    def test_history_with_an_invalid_cursor_begins_again(self):
        self.run_cron()
        self.feed.write({"backfill_state": "running", "backfill_cursor": "expired"})
        self.feed.write({"backfill_limit": 60, "backfill_days": 3650})
        real = self.connector.backfill

        def backfill(stream, cursor=None, limit=40):
            if cursor == "expired":
                raise InvalidCursor("Expired.")
            return real(stream, cursor, limit)

        with patch.object(self.connector, "backfill", backfill):
            self.run_cron()
        self.assertEqual(self.feed.backfill_state, "done")
        self.assertEqual(self.mentions.search_count([]), 60)

    def test_edits_and_deletions_are_looked_for(self):
        self.run_cron()
        self.connector.posts[98] = post(99, text="Better now", edited_at=NOW)
        self.connector.gone["98"] = post(98, deleted=True)
        self.feed.next_refresh_at = fields.Datetime.now()
        self.run_cron()
        self.assertEqual(self.mention(99).body, "Better now")
        self.assertTrue(self.mention(98).deleted_at)
        self.assertGreater(self.feed.next_refresh_at, fields.Datetime.now())

    def test_interval_adapts(self):
        self.run_cron()
        busy = self.feed.current_interval
        for _run in range(20):
            self.feed.next_fetch_at = fields.Datetime.now()
            self.run_cron()
        self.assertGreater(self.feed.current_interval, busy)
        self.assertLessEqual(self.feed.current_interval, 60)
        self.feed.adaptive = False
        self.feed.next_fetch_at = fields.Datetime.now()
        self.run_cron()
        self.assertEqual(self.feed.current_interval, self.feed.interval)

    def test_conflict_repeats_the_page_from_memory(self):
        feeds = type(self.feed)
        real, tries = feeds._store_once, []

        def store_once(feed, page, values, silent):
            tries.append(page)
            if len(tries) < 3:
                raise SerializationFailure()
            return real(feed, page, values, silent)

        self.env.flush_all()
        with (
            patch.object(feeds, "_store_once", store_once),
            self.enter_registry_test_mode(),
        ):
            self.env.ref("social_crm.ir_cron_fetch").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(len(tries), 3)
        self.assertEqual(len(self.connector.calls), 1, "asked the network once")
        self.assertEqual(self.mentions.search_count([]), 40)

    # --- the account ---------------------------------------------------------

    def test_what_has_fetched_stays(self):
        spare = self.feed.copy({"active": False})
        self.run_cron()
        other = self.env["res.company"].create({"name": "Other"})
        with self.assertRaisesRegex(UserError, "its company"):
            self.account.company_id = other
        self.feed.active = False
        for record in (self.account, self.feed):
            with self.assertRaisesRegex(UserError, "Archive"):
                record.unlink()
        spare.unlink()
        account, feed = self._make_feed(self.company)
        account.company_id = other
        account.unlink()
        self.assertFalse(feed.exists())

    def test_active_only_after_a_test(self):
        account, _feed = self._make_feed(self.company)
        with self.assertRaises(UserError):
            account.action_activate()
        account.action_test()
        self.assertEqual(account.own_name, "@brand@example.social")
        self.assertIn("Text of 100", account.test_preview_text)
        self.assertFalse(self.mentions.search_count([]), "a test stores nothing")
        account.action_activate()
        self.assertEqual(account.state, "connected")

    def test_streams_of_the_account_are_what_was_tested(self):
        account, feed = self._make_feed(self.company)
        account.action_test()
        feed.interval = 7
        self.assertTrue(account.tested_at, "nothing else is fetched")
        feed.write({"kind": "search", "query": "acme"})
        self.assertFalse(account.tested_at)
        account.action_test()
        self.env["social.crm.feed"].create(
            {"account_id": account.id, "kind": "hashtag", "query": "acme"}
        )
        with self.assertRaises(UserError):
            account.action_activate()
        account.action_test()
        account.action_activate()
        self.env["social.crm.feed"].create(
            {"account_id": account.id, "kind": "hashtag", "query": "kettle"}
        )
        self.assertEqual(account.state, "connected", "one more stream stops nothing")

    def test_test_without_a_stream_says_what_is_missing(self):
        self.account.feed_ids.unlink()
        message = self.account.action_test()["params"]["message"]
        self.assertIn("add a stream", message)

    def test_sample_is_dated_in_the_time_zone_of_the_reader(self):
        self.env.user.tz = "Europe/Brussels"
        said = datetime(2026, 1, 31, 23, 30, tzinfo=timezone.utc)
        self.connector.posts = [post(1, published_at=said)]
        self.account.action_test()
        self.assertIn("2/1/26", self.account.test_preview_text)

    def test_failed_test_says_why(self):
        self.connector.error = AuthError("The token was revoked.")
        self.account.action_test()
        self.assertEqual(
            self.account.last_error,
            "The token was revoked. Please check “Code of the server”.",
        )
        self.assertFalse(self.account.tested_at)

    def test_credentials(self):
        admin = self.user("social_admin", "social_crm.group_admin")
        manager = self.user("social_manager", "social_crm.group_manager")
        account = self.account.with_user(admin)
        account.access_token_input = "s3cret"
        self.assertEqual(self.account.access_token, "s3cret")
        account.invalidate_recordset()
        self.assertEqual(account.access_token_input, "••••••••")
        account.access_token_input = "••••••••"
        self.assertEqual(self.account.access_token, "s3cret", "the mask is no value")
        self.assertNotIn("access_token", account.fields_get())
        with self.assertRaises(AccessError):
            account.read(["access_token"])
        with self.assertRaises(AccessError):
            self.account.with_user(manager)._set_credentials({"access_token": "x"})
        self.assertFalse(self.account.copy().access_token)

    def test_another_server_must_be_tested_again(self):
        admin = self.user("social_admin", "social_crm.group_admin")
        account = self.account.with_user(admin)
        account.access_token_input = "s3cret"
        account.base_url = False
        self.assertEqual(self.account.access_token, "s3cret", "nothing changed")
        account.base_url = "https://other.example"
        self.assertEqual(self.account.state, "draft")
        self.assertFalse(self.account.tested_at)
        self.assertFalse(self.account.access_token, "it does not go to another server")
        with self.assertRaises(AccessError):
            account.state = "connected"
        account.write(
            {"base_url": "https://third.example", "access_token_input": "new"}
        )
        self.assertEqual(self.account.access_token, "new")

    def test_lanes(self):
        feeds = self.env["social.crm.feed"]
        crons = self.env["ir.cron"].with_context(active_test=False)
        domain = [("code", "=", "model._cron_fetch()")]
        with patch.dict(config.options, {"max_cron_threads": 4}):
            for wanted, expected in (("2", 2), ("9", 3), ("1", 1)):
                self.env["ir.config_parameter"].set_param(
                    "social_crm.fetch_lanes", wanted
                )
                lanes = crons.search(domain)
                self.assertEqual(len(lanes), expected)
                self.assertTrue(all(lanes.mapped("active")))
        self.account.action_pause()
        feeds._toggle_lanes()
        self.assertFalse(any(crons.search(domain).mapped("active")))

    @freeze_time("2026-01-01 12:00:00")
    def test_snoozed_wakes(self):
        self.ingest(post("now", published_at=NOW))
        conversation = self.mention("now").conversation_id
        conversation.action_snooze_tomorrow()
        self.conversations._cron_wake()
        self.assertEqual(conversation.state, "snoozed")
        with freeze_time("2026-01-02 12:01:00"):
            self.conversations._cron_wake()
        self.assertEqual(conversation.state, "open")
