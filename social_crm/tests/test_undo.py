from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import SocialCase, post


@tagged("post_install", "-at_install")
class TestUndo(SocialCase):
    """What the inbox does, and how it is undone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = cls.user("agent", "social_crm.group_user")
        cls.colleague = cls.user("colleague", "social_crm.group_user")

    def setUp(self):
        super().setUp()
        self.ingest(post(1, minutes=90), post(2, by="bob", minutes=30))
        self.one = self.mention(1).conversation_id
        self.two = self.mention(2).conversation_id
        self.both = (self.one | self.two).with_user(self.agent)

    def undo(self, changes):
        return self.conversations.with_user(self.agent).social_undo(changes)

    def notified(self):
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].search([("message", "like", "social_crm.mentions")])
        return len(rows)

    def test_everything_comes_back(self):
        until = "2030-01-02 03:04:05"
        self.two.write({"state": "snoozed", "snoozed_until": until})
        self.two.unread = True
        since = self.one.waiting_since
        changes = self.both.social_do("done")
        self.assertEqual(set(self.both.mapped("state")), {"done"})
        self.assertFalse(self.two.snoozed_until)
        self.assertEqual(self.undo(changes), 0)
        self.assertEqual(self.both.mapped("state"), ["new", "snoozed"])
        self.assertEqual(str(self.two.snoozed_until), until)
        self.assertEqual(self.both.mapped("unread"), [True, True])
        self.assertEqual(self.one.waiting_since, since)

    def test_what_a_colleague_changed_since_stays(self):
        changes = self.both.social_do("done")
        self.one.with_user(self.colleague).write({"state": "waiting"})
        # What the deed did not touch does not count.
        team = self.env["social.crm.team"].create(
            {"name": "Ours", "member_ids": [Command.link(self.agent.id)]}
        )
        self.two.team_id = team
        self.assertEqual(self.undo(changes), 1)
        self.assertEqual(self.both.mapped("state"), ["waiting", "new"])
        self.assertEqual(self.two.team_id, team)

    def test_what_one_may_no_longer_see_stays(self):
        changes = self.both.social_do("done")
        self.two.team_id = self.env["social.crm.team"].create({"name": "Others"})
        self.assertEqual(self.undo(changes), 1)
        self.assertEqual((self.one.state, self.two.state), ("new", "done"))

    def test_a_colleague_is_named_when_one_takes_over(self):
        self.one.user_id = self.colleague
        changes = self.both.social_do("assign")
        self.assertEqual(
            [change["taken_from"] for change in changes],
            [self.colleague.display_name, ""],
        )
        self.assertEqual(self.both.user_id, self.agent)
        self.undo(changes)
        self.assertEqual(self.one.user_id, self.colleague)
        self.assertFalse(self.two.user_id)
        again = self.both.social_do("assign") and self.both.social_do("assign")
        self.assertEqual([change["taken_from"] for change in again], ["", ""])

    def test_done_then_put_away_waits_as_before(self):
        since = self.one.waiting_since
        self.one.action_done()
        self.one.action_snooze_tomorrow()
        self.one.action_reopen()
        self.assertEqual(self.one.waiting_since, since)

    def test_hostile(self):
        for deed, vals in (
            ("unlink", None),
            ("write", {"partner_id": 1}),
            ("write", {"active": False}),
        ):
            with self.assertRaises(UserError):
                self.both.social_do(deed, vals)
        changes = self.both.social_do("done")
        for junk in ([{}], "junk", [{"id": 1}], [None], {"id": 1}, 5):
            with self.assertRaises(UserError):
                self.undo(junk)
        changes[0]["before"]["partner_id"] = self.env.user.partner_id.id
        self.undo(changes)
        self.assertFalse(self.one.partner_id)
        self.assertEqual(self.undo(changes), 2, "once is enough")
        with self.assertRaises(UserError):
            self.both.social_read()
        reader = self.user("reader", "social_crm.group_reader")
        with self.assertRaises(AccessError):
            self.one.with_user(reader).social_do("done")

    def test_colleagues_are_told(self):
        before = self.notified()
        self.both.social_do("done")
        told = self.notified()
        self.assertEqual(told, before + 1)
        self.both.action_mark_unread()
        self.assertEqual(self.notified(), told)
