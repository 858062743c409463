from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.sql_db import db_connect
from odoo.tests import tagged

from ..connectors.policy import Policy
from ..connectors.records import Media
from ..models import retention
from .common import NOW, SocialCase, author, post

DAY = 24 * 60
OLD = 800 * DAY
OWN = {"by": "brand", "is_own": True}


@tagged("post_install", "-at_install")
class TestRetention(SocialCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.identities = cls.env["social.crm.identity"].with_context(active_test=False)
        cls.row = cls.env["social.crm.network"]._of(cls.company, "mastodon")
        cls.job = cls.env["social.crm.retention"]

    def setUp(self):
        super().setUp()
        self.time_left = 60.0
        self.commits = []

        def commit(_self, processed=0, remaining=None):
            self.commits.append((processed, remaining))
            self.env.flush_all()
            return self.time_left

        self.patch(type(self.env["ir.cron"]), "_commit_progress", commit)

    def long_ago(self, *posts, days=800, **values):
        """Store posts as they were stored ``days`` ago."""
        at = NOW.replace(tzinfo=None) - timedelta(days=days)
        with freeze_time(at):
            self.ingest(*posts, **values)

    def run_job(self):
        self.env.flush_all()
        self.job._cron_retention()
        self.env.invalidate_all()

    def person(self, login):
        return self.identities.search([("uri", "=", author(login).uri)])

    def test_only_what_is_too_old(self):
        self.long_ago(post(1, minutes=OLD), post(2, by="bob", minutes=OLD))
        self.ingest(post(3, minutes=10), post(4, by="cy", minutes=700 * DAY))
        self.assertEqual(self.row.due_words, "2 mentions would be deleted")
        self.run_job()
        self.assertFalse(self.mention(1) or self.mention(2))
        self.assertTrue(self.mention(3) and self.mention(4))
        self.assertFalse(self.person("bob"), "a profile without anything goes")
        self.assertTrue(self.person("ann"))
        self.assertEqual(self.row.due_words, "Nothing is old enough")
        before = self.mentions.search_count([])
        self.run_job()
        self.assertEqual(self.mentions.search_count([]), before)

    def test_each_kind_its_own_time(self):
        self.row.retention_ids.filtered(lambda line: line.kind == "comment").write(
            {"unit": "days", "number": 10}
        )
        self.row.retention_ids.filtered(lambda line: line.kind == "review").write(
            {"unit": "forever"}
        )
        self.long_ago(post(1, kind="review", minutes=OLD), post(2, minutes=OLD))
        self.ingest(post(3, kind="comment", minutes=9 * DAY), post(4, minutes=11 * DAY))
        with freeze_time(NOW.replace(tzinfo=None) + timedelta(days=2)):
            self.run_job()
        self.assertEqual(
            sorted(self.mentions.search([]).mapped("uri"))[-2:],
            [post(1).uri, post(4).uri],
        )

    def test_the_network_comes_first(self):
        policy = Policy(keep_days=5)
        self.ingest(post(1, minutes=6 * DAY), post(2, minutes=4 * DAY))
        self.patch(self.account._connector_class("mastodon"), "policy", policy)
        self.run_job()
        self.assertFalse(self.mention(1))
        self.assertTrue(self.mention(2))
        self.assertFalse(self.ingest(post(1, minutes=6 * DAY)))

    def test_nothing_comes_back(self):
        old = post(1, minutes=OLD)
        self.long_ago(old)
        self.run_job()
        for silent in (False, True):
            self.assertFalse(self.ingest(old, post(2, minutes=OLD), silent=silent))
        self.assertFalse(self.mentions.search([]))
        self.assertFalse(self.conversations.search([]))

    def test_history_ends_there(self):
        self.feed.write({"backfill_days": 3000, "backfill_limit": 1000})
        self.connector.posts = [post(n, minutes=(2000 - n) * DAY) for n in range(1990)]
        while self.feed._fetch():
            pass
        self.assertEqual(self.feed.backfill_state, "done")
        oldest = min(self.mentions.search([]).mapped("published_at"))
        self.assertLess(datetime.now() - oldest, timedelta(days=732))
        calls = [call for call in self.connector.calls if call[0] == "backfill"]
        self.assertLess(len(calls), 25, "pages beyond are not asked for")

    def test_what_hangs_on_them(self):
        text = "My kettle whistles Wagner at four in the morning"
        picture = Media("image", "https://example.social/a.png")
        partner = self.env["res.partner"].create({"name": "Ann"})
        lead = self.env["crm.lead"].create({"name": "Deal", "partner_id": partner.id})
        self.long_ago(post(1, text=text, media=(picture,), minutes=OLD))
        with freeze_time(NOW.replace(tzinfo=None) - timedelta(days=799)):
            self.ingest(
                post(1, text=f"{text}!", minutes=OLD, edited_at=NOW - timedelta(799))
            )
        self.ingest(post(2, by="bob", text="So does mine", parent_uid="1"))
        self.person("ann")._link(partner, "manual")
        note = lead.message_post(body=f"She said: {text}, and we laughed")
        self.person("ann").mention_ids.conversation_id.lead_id = lead
        far = self.env["res.partner"].create({"name": "Far"})
        far = far.message_post(body=text)
        mention = self.mention(1)
        attachment = self.env["ir.attachment"].create(
            {"name": "a", "res_model": mention._name, "res_id": mention.id, "raw": b"a"}
        )
        thread = self.mention(2).thread_key
        self.run_job()
        self.assertFalse(self.mention(1))
        self.assertFalse(self.env["social.crm.mention.version"].search([]))
        self.assertFalse(attachment.exists())
        self.assertNotIn("Wagner", note.body)
        self.assertIn("and we laughed", note.body)
        self.assertIn("Wagner", far.body, "elsewhere it is not looked for")
        self.assertTrue(self.person("ann"), "a contact's profile stays")
        answer = self.mention(2)
        self.assertEqual((answer.thread_key, answer.parent_key), (thread, post(1).uri))
        self.ingest(post(3, by="cy", parent_uri=post(1).uri))
        self.assertEqual(self.mention(3).thread_key, thread)

    def test_conversations(self):
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        leads = self.env["crm.lead"].create([{"name": "Open"}, {"name": "Won"}])
        leads[1].stage_id = won
        names = ("free", "taken", "open", "snoozed", "deal", "won", "planned", "new")
        self.long_ago(
            *(post(n, by=name, minutes=OLD) for n, name in enumerate(names, 1))
        )
        of = {name: self.person(name).conversation_ids.ensure_one() for name in names}
        of["free"].state = "done"
        of["taken"].write({"state": "new", "user_id": self.env.uid})
        of["open"].state = "open"
        of["snoozed"].state = "snoozed"
        of["deal"].write({"state": "done", "lead_id": leads[0].id})
        of["won"].write({"state": "done", "lead_id": leads[1].id})
        of["planned"].state = "done"
        of["planned"].activity_schedule(summary="Call", user_id=self.env.uid)
        self.run_job()
        stay = {name for name, each in of.items() if each.exists()}
        self.assertEqual(stay, {"taken", "open", "snoozed", "deal", "planned"})
        self.assertFalse(of["open"].preview)
        self.assertEqual(of["open"].mention_count, 0)
        self.assertTrue(self.person("open"))
        of["open"].state = "done"
        leads[0].action_set_won()
        self.run_job()
        self.assertFalse(of["open"].exists() or of["deal"].exists())
        self.assertFalse(self.person("open"))
        self.assertTrue(of["taken"].exists())

    def test_half_a_conversation(self):
        self.long_ago(
            post(1, **OWN, minutes=OLD + 9),
            post(2, text="old", parent_uid="1", minutes=OLD),
            post(3, parent_uid="2", minutes=OLD - 1, **OWN),
        )
        self.ingest(post(4, text="new", parent_uid="3", minutes=5))
        conversation = self.mention(4).conversation_id
        self.assertEqual(conversation.mention_count, 3)
        self.run_job()
        self.assertEqual(conversation.mention_count, 1)
        self.assertEqual(conversation.preview, "new")
        self.assertFalse(self.mention(1) or self.mention(2) or self.mention(3))

    def test_profiles_that_stay(self):
        partner = self.env["res.partner"].create({"name": "Ann"})
        lead = self.env["crm.lead"].create({"name": "Deal"})
        self.long_ago(
            *(post(n, by=f"p{n}", minutes=OLD) for n in range(1, 5)),
            post(9, minutes=OLD, **OWN),
        )
        self.person("p1")._link(partner, "manual")
        lead.social_identity_ids = self.person("p2")
        self.run_job()
        self.assertTrue(self.person("p1") and self.person("p2"))
        self.assertTrue(self.person("brand"))
        self.assertFalse(self.person("p3") or self.person("p4"))

    def test_counts_stay(self):
        at = NOW - timedelta(minutes=OLD)
        self.long_ago(*(post(n, minutes=OLD) for n in range(1, 4)))
        self.ingest(post(5, by="bob", published_at=at + timedelta(days=750)))
        self.person("bob")._erase()
        self.patch(retention, "BATCH", 2)
        self.run_job()
        daily = self.env["social.crm.daily"].search([], order="day")
        self.assertEqual(daily.mapped("count"), [3, 1])
        self.assertEqual(
            (daily[0].day, daily[0].network, daily[0].kind, daily[0].direction),
            (at.date(), "mastodon", "post", "in"),
        )
        user = self.user("agent", "social_crm.group_user")
        self.assertEqual(sum(daily.with_user(user).mapped("count")), 4)
        other = self.env["res.company"].create({"name": "Other"})
        far = self.user("far", "social_crm.group_admin")
        far.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        self.assertFalse(daily.with_user(far).search([]))

    def test_steps_are_committed_and_taken_up_again(self):
        self.patch(retention, "BATCH", 10)
        self.long_ago(*(post(n, minutes=OLD) for n in range(1, 26)), silent=True)
        self.time_left = 0
        self.run_job()
        self.assertEqual(self.commits, [(10, 1)])
        self.assertEqual(self.mentions.search_count([]), 15)
        # Killed here, the next run finds what is left.
        self.time_left = 60
        self.run_job()
        self.assertEqual([count for count, _left in self.commits[1:3]], [10, 5])
        self.assertEqual(self.commits[-1][1], 0)
        self.assertFalse(self.mentions.search_count([]))
        self.assertFalse(self.conversations.search_count([]))

    def test_a_second_job_has_nothing_to_do(self):
        self.long_ago(post(1, minutes=OLD))
        with db_connect(self.env.cr.dbname).cursor() as other:
            other.execute(retention.LOCK)
            self.assertTrue(other.fetchone()[0])
            self.run_job()
            self.assertTrue(self.mention(1))
        self.run_job()
        self.assertFalse(self.mention(1))

    def test_statements_of_a_step_do_not_grow(self):
        self.long_ago(post("w", by="w", minutes=OLD))
        self.run_job()
        counts = []
        for name, size in (("a", 10), ("b", 200)):
            self.long_ago(
                *(post(f"{name}{n}", by=name, minutes=OLD + n) for n in range(size)),
                silent=True,
            )
            self.env.flush_all()
            job = retention.Retention(self.env)
            start = self.env.cr.sql_log_count
            self.assertEqual(job.run(), size)
            counts.append(self.env.cr.sql_log_count - start)
        self.assertLessEqual(counts[1], counts[0] + 2, counts)

    def test_another_company_is_left_alone(self):
        other = self.env["res.company"].create({"name": "Other"})
        lines = self.env["social.crm.network"]._of(other, "mastodon").retention_ids
        lines.write({"unit": "forever"})
        _account, feed = self._make_feed(other)
        self.long_ago(post(1, minutes=OLD))
        self.long_ago(post(1, minutes=OLD), feed=feed)
        self.run_job()
        self.assertEqual(self.mentions.search([]).company_id, other)
