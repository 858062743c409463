from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..connectors.policy import Policy
from .common import post
from .test_match import MatchCase


@tagged("post_install", "-at_install")
class TestMove(MatchCase):
    """A profile goes from one contact to another, with all that belongs to it."""

    def setUp(self):
        super().setUp()
        self.identity = self.speak(1, name="Mary Winterbottom")
        self.speak(2, name="Mary Winterbottom")
        own = self.account.own_uri
        answer = post(3, parent_uid="1", text="Here we are", is_own=True)
        self.assertTrue(own)
        self.ingest(answer)
        self.identity._link(self.mary, "manual")
        self.mine = self.identity.with_user(self.agent)

    def dialog(self, user=None):
        identity = self.identity.with_user(user or self.agent)
        action = identity.action_move()
        dialogs = self.env[action["res_model"]].with_user(user or self.agent)
        return dialogs.browse(action["res_id"])

    def said(self, record):
        return str(record.message_ids.mapped("body"))

    def uids(self, partner):
        return {
            item["url"]
            for item in partner.with_user(self.agent).social_timeline()["items"]
        }

    def test_all_goes_along(self):
        before = self.uids(self.mary)
        self.assertEqual(len(before), 3)
        counts = (self.mary.social_open_count, self.mary.social_conversation_count)
        with Form(self.dialog()) as form:
            form.partner_id = self.other
            form.reason = "The namesake of Paris"
            self.assertIn("2 mentions", form.goes_along)
            self.assertFalse(form.refusal)
        form.record.action_move()
        self.env.invalidate_all()
        self.assertEqual(self.identity.partner_id, self.other)
        self.assertEqual(self.identity.link_basis, "manual")
        self.assertEqual(self.identity.link_user_id, self.agent)
        self.assertFalse(self.uids(self.mary))
        self.assertEqual(self.uids(self.other), before)
        self.assertEqual(
            (self.other.social_open_count, self.other.social_conversation_count),
            counts,
        )
        for record in (self.mary, self.other, self.identity):
            self.assertIn("The namesake of Paris", self.said(record))
            self.assertEqual(record.message_ids[0].author_id, self.agent.partner_id)
        rows = {row.partner_id: row.state for row in self.identity.match_ids}
        self.assertEqual(rows.get(self.mary), "rejected")
        self.compare()
        self.assertFalse(self.suggested(self.identity))
        # And back: both directions.
        dialog = self.dialog()
        dialog.write({"partner_id": self.mary.id, "is_wrong": False})
        dialog.action_move()
        self.env.invalidate_all()
        self.assertEqual(self.uids(self.mary), before)
        rows = {row.partner_id: row.state for row in self.identity.match_ids}
        self.assertEqual(rows, {self.mary: "confirmed"}, "nobody was wrong")

    def test_the_rules_are_asked_again(self):
        connector = self.account._get_connector_class()
        policy = Policy(may_link="opt_in", clause="Ask them.", source="tests")
        with patch.object(connector, "policy", policy):
            dialog = self.dialog()
            self.assertIn("Ask them.", dialog.refusal)
            dialog.partner_id = self.other
            with self.assertRaisesRegex(UserError, "Ask them."):
                dialog.action_move()
            self.identity._record_consent("granted", "mail")
            dialog.action_move()
        self.assertEqual(self.identity.partner_id, self.other)
        self.assertEqual(self.identity.link_basis, "stated")

    def test_who_may_not(self):
        reader = self.user("reader", "social_crm.group_reader")
        with self.assertRaises(AccessError):
            self.identity.with_user(reader).action_move()
        company = self.env["res.company"].create({"name": "Elsewhere"})
        boss = self.user(
            "elsewhere",
            "social_crm.group_admin",
            company_id=company.id,
            company_ids=[company.id],
        )
        with self.assertRaises(AccessError):
            self.identity.with_user(boss).action_move()
        dialog = self.dialog()
        with self.assertRaises(AccessError):
            dialog.with_user(reader).action_move()
        theirs = self.env["res.partner"].create(
            {"name": "Theirs", "company_id": company.id}
        )
        dialog.partner_id = theirs
        with self.assertRaises(AccessError):
            dialog.action_move()
        self.assertEqual(self.identity.partner_id, self.mary)

    def test_a_colleague_was_faster(self):
        dialog = self.dialog()
        dialog.partner_id = self.other
        self.identity._unlink_partner()
        with self.assertRaisesRegex(UserError, "meanwhile"):
            dialog.action_move()
        with self.assertRaisesRegex(UserError, "no contact"):
            self.mine.action_move()

    def test_erased_afterwards(self):
        dialog = self.dialog()
        dialog.partner_id = self.other
        dialog.action_move()
        self.assertIn("@mary@example.social", self.said(self.mary))
        self.identity._erase()
        self.env.invalidate_all()
        for partner in (self.mary, self.other):
            self.assertNotIn("@mary@", self.said(partner))
