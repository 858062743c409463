from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import NOW, post
from .test_match import MatchCase

# Minutes ago: when the account changed hands.
HANDOVER = 100
SINCE = (NOW - timedelta(minutes=HANDOVER)).replace(tzinfo=None)


@tagged("post_install", "-at_install")
class TestSplit(MatchCase):
    """Two people, one account: nothing is there twice, and nothing jumps back."""

    def setUp(self):
        super().setUp()
        self.posts = [
            post(1, by="mary", minutes=300),
            post(2, by="mary", minutes=200, thread_uid="1", parent_uid="1"),
            # A thread that goes on after the account changed hands.
            post(3, by="mary", minutes=90, thread_uid="1", parent_uid="1"),
            post(4, by="mary", minutes=50),
            *(
                post(
                    uid,
                    by="mary",
                    minutes=minutes,
                    kind="message",
                    visibility="private",
                )
                for uid, minutes in ((5, 250), (6, 40))
            ),
            post(
                7,
                by="brand",
                minutes=240,
                parent_uid="5",
                kind="message",
                visibility="private",
                is_own=True,
            ),
            post(8, by="bob", minutes=30),
        ]
        self.ingest(*self.posts)
        self.identity = self.mention(1).identity_id
        self.identity._link(self.mary, "stated")
        self.mine = self.identity.with_user(self.agent)
        self.before, self.after = (1, 2, 5), (3, 4, 6)

    def split(self, **kwargs):
        part = self.mine._split_at(SINCE, **kwargs)
        self.env.invalidate_all()
        return part.sudo()

    def whose(self, *uids):
        return {self.mention(uid).identity_id for uid in uids}

    def state(self):
        """All that a split could spoil; ids of conversations aside."""
        self.env.invalidate_all()
        mentions = self.mentions.search([], order="uri")
        return [
            (
                each.uri,
                each.identity_id,
                each.partner_id,
                each.conversation_id.identity_id,
                each.conversation_id.mention_count,
                each.conversation_id.state,
                each.conversation_id.waiting_since,
                each.conversation_id.unread,
            )
            for each in mentions
        ]

    def check_counts(self):
        self.env.invalidate_all()
        for conversation in self.conversations.search([]):
            mentions = conversation.mention_ids
            self.assertTrue(mentions)
            self.assertEqual(conversation.mention_count, len(mentions))
            moments = mentions.mapped("published_at")
            self.assertEqual(conversation.last_mention_at, max(moments))
            voices = mentions.filtered(lambda each: each.direction == "in").identity_id
            self.assertEqual(len(voices), 1, "no two people in one conversation")
            self.assertEqual(conversation.identity_id, voices)

    def test_the_account_changed_hands(self):
        fact = self.env["social.crm.fact"].create(
            {
                "identity_id": self.identity.id,
                "kind": "email",
                "value": "mary.winterbottom@kettle.example",
                "source": "A fair",
                "basis": "stated",
                "date": "2020-01-01",
            }
        )
        part = self.split()
        self.assertEqual(self.whose(*self.before), {part})
        self.assertEqual(self.whose(*self.after), {self.identity})
        self.assertEqual(part.partner_id, self.mary)
        self.assertEqual(part.link_basis, "stated")
        self.assertFalse(self.identity.partner_id)
        self.assertEqual(fact.identity_id, part)
        self.assertEqual(part.handle_ids.mapped("handle"), [self.identity.handle])
        for uid in (*self.before, 7):
            self.assertEqual(self.mention(uid).partner_id, self.mary)
        for uid in self.after:
            self.assertFalse(self.mention(uid).partner_id)
        self.check_counts()
        # What was answered is done; what waits in the other half waits there.
        self.assertEqual(self.mention(5).conversation_id.state, "done")
        self.assertEqual(self.mention(1).conversation_id.state, "new")
        self.assertTrue(self.mention(6).conversation_id.waiting_since)
        self.compare()
        self.assertNotIn(self.mary, self.suggested(self.identity))
        texts = self.mary.with_user(self.agent).social_timeline()["items"]
        self.assertEqual(len(texts), 4)

    def test_fetched_again(self):
        self.split()
        before = self.state()
        self.ingest(*self.posts)
        self.assertEqual(self.state(), before)
        # The next post in a thread, and an old one that comes late.
        self.ingest(
            post(20, by="mary", minutes=5, thread_uid="1", parent_uid="1"),
            post(21, by="mary", minutes=280, thread_uid="1", parent_uid="1"),
            post(22, by="mary", minutes=290),
        )
        self.env.invalidate_all()
        part = self.identity.split_ids
        self.assertEqual(self.whose(20), {self.identity})
        self.assertEqual(self.whose(21, 22), {part})
        self.assertEqual(self.mention(22).partner_id, self.mary)
        self.assertEqual(
            self.mention(21).conversation_id, self.mention(2).conversation_id
        )
        self.assertEqual(
            self.mention(20).conversation_id, self.mention(3).conversation_id
        )
        self.check_counts()

    def test_a_page_that_another_worker_stores_meanwhile(self):
        """What came in beside the split is put right by the background job."""
        part = self.split()
        self.env.cr.execute(
            "UPDATE social_crm_mention SET identity_id = %s WHERE id = %s",
            [self.identity.id, self.mention(2).id],
        )
        self.assertTrue(self.identity.relink_pending)
        with self.enter_registry_test_mode():
            self.env.ref("social_crm.ir_cron_relink").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.whose(2), {part})
        self.check_counts()

    def test_very_many_in_batches(self):
        account = self.identity.sudo()
        part = account._make_part("Mary", split_until=SINCE)
        self.env.flush_all()
        self.assertEqual(account._apply_splits(2), 2)
        self.assertEqual(account._apply_splits(2), 1)
        self.env.invalidate_all()
        self.assertEqual(self.whose(*self.before), {part})
        self.check_counts()

    def test_two_share_it(self):
        chosen = self.mention(4) | self.mention(2)
        form = Form(self.dialog())
        form.how = "some"
        form.name = "Otto"
        form.partner_id = self.other
        dialog = form.save()
        dialog.mention_ids = chosen
        self.assertIn("2 mentions", dialog.explanation)
        action = dialog.action_split()
        part = self.env[action["res_model"]].browse(action["res_id"])
        self.env.invalidate_all()
        self.assertEqual(self.whose(2, 4), {part})
        self.assertEqual(self.whose(1, 3, 5, 6), {self.identity})
        self.assertEqual(self.mention(4).partner_id, self.other)
        self.assertEqual(self.mention(1).partner_id, self.mary)
        self.assertEqual((part.name, part.partner_id), ("Otto", self.other))
        self.check_counts()
        before = self.state()
        self.ingest(*self.posts)
        self.assertEqual(self.state(), before)
        part._unlink_partner()
        part.with_user(self.agent).action_join()
        self.check_counts()
        self.assertEqual(self.whose(*self.before, *self.after), {self.identity})

    def dialog(self):
        action = self.mine.action_split()
        dialogs = self.env[action["res_model"]].with_user(self.agent)
        return dialogs.browse(action["res_id"])

    def test_the_dialog(self):
        form = Form(self.dialog())
        form.since = SINCE
        self.assertIn("3 mentions", form.explanation)
        self.assertIn("Mary Winterbottom", form.explanation)
        form.save().action_split()
        self.assertEqual(len(self.identity.split_ids), 1)

    def test_one_person_after_all(self):
        before = self.state()
        part = self.split()
        self.assertNotEqual(self.state(), before)
        part.with_user(self.agent).action_join()
        self.assertEqual(self.state(), before)
        self.assertFalse(part.exists())
        self.assertEqual(self.identity.partner_id, self.mary)
        self.assertEqual(self.identity.link_basis, "stated")
        self.check_counts()
        self.assertFalse(self.identity.sudo()._splits())

    def test_who_had_it_is_erased(self):
        part = self.split()
        part._erase()
        self.ingest(*self.posts, post(22, by="mary", minutes=290))
        self.env.invalidate_all()
        self.assertFalse(part.exists())
        for uid in (*self.before, 22):
            self.assertFalse(self.mention(uid), "it does not come back")
        self.assertEqual(self.whose(*self.after), {self.identity})
        self.check_counts()
        self.ingest(post(23, by="mary", minutes=1))
        self.assertEqual(self.whose(23), {self.identity})

    def test_who_has_it_is_erased(self):
        part = self.split()
        self.identity._erase()
        self.env.invalidate_all()
        self.assertEqual(self.whose(1, 2), {part})
        self.assertFalse(self.mention(4))

    def test_of_two_who_share_it_both_are_erased(self):
        part = self.mine._split_off(self.mention(4).with_user(self.agent), "Otto")
        part.sudo()._erase()
        self.env.invalidate_all()
        self.assertFalse((part | self.identity).exists())

    def test_nobody_gets_the_others_data(self):
        part = self.split(name="Mary W.")
        archive = self.identity._export_related()
        self.assertNotIn("social.crm.identity", {name for name, _facts in archive})
        self.assertEqual(part.name, "Mary W.")

    def test_refused(self):
        reader = self.user("reader", "social_crm.group_reader")
        company = self.env["res.company"].create({"name": "Elsewhere"})
        boss = self.user(
            "elsewhere",
            "social_crm.group_admin",
            company_id=company.id,
            company_ids=[company.id],
        )
        for user in (reader, boss):
            with self.assertRaises(AccessError):
                self.identity.with_user(user)._split_at(SINCE)
            with self.assertRaises(AccessError):
                self.identity.with_user(user).action_split()
        with self.assertRaises(AccessError):
            self.mine.write({"split_until": fields.Datetime.now()})
        with self.assertRaises(UserError):
            self.mine._split_at(fields.Datetime.now() + timedelta(days=1))
        with self.assertRaises(UserError):
            self.mine._split_off(self.mention(8).with_user(self.agent))
        part = self.split()
        with self.assertRaises(UserError):
            self.mine._split_at(SINCE - timedelta(days=1))
        with self.assertRaises(UserError):
            part.with_user(self.agent)._split_at(SINCE)
        with self.assertRaises(UserError):
            self.mine.action_join()
        self.identity._link(self.other, "manual")
        with self.assertRaisesRegex(UserError, "two contacts"):
            part.with_user(self.agent).action_join()

    def test_same_queries_for_few_and_many(self):
        self.split()
        self.ingest(post("warm", by="warm"))
        counts = []
        for size, start_at in ((10, 1000), (100, 2000)):
            self.env.flush_all()
            start = self.env.cr.sql_log_count
            # Of nobody who was split: as before.
            self.ingest(
                *(
                    post(f"n{start_at + number}", by=f"p{size}-{number % 7}")
                    for number in range(size)
                )
            )
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(*counts)
