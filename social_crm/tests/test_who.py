from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from .common import author, post
from .test_match import MatchCase


@tagged("post_install", "-at_install")
class TestWho(MatchCase):
    """“Who is this?”: the queue and what a person decides there."""

    def setUp(self):
        super().setUp()
        self.identity = self.speak(1, name="Mary Winterbottom", location="Leeds")
        self.nobody = self.speak(2, login="zq", name="Zq Xv")
        self.compare()
        self.mine = self.identity.with_user(self.agent)

    def queue(self, user=None):
        return (
            self.env["social.crm.identity"].with_user(user or self.agent).social_who()
        )

    def settle(self, deed, record_id=False):
        return self.mine.social_settle(deed, record_id)

    def undo(self, settled):
        self.mine.social_unsettle(settled)
        self.env.invalidate_all()

    def test_people_with_suggestions_only(self):
        page = self.queue()
        self.assertEqual(page["total"], 1)
        [person] = page["people"]
        self.assertEqual(person["id"], self.identity.id)
        self.assertEqual([quote["text"] for quote in person["quotes"]], ["Hello"])
        [match] = person["matches"]
        self.assertEqual(match["contact"]["name"], "Mary Winterbottom")
        texts = [line["text"] for line in match["reasons"] if line["supports"]]
        self.assertIn("Same town: Leeds", texts)
        put_off = self.mine.social_who([self.identity.id])
        self.assertEqual((put_off["total"], put_off["people"]), (1, []))

    def test_link_and_undo(self):
        settled = self.settle("match", self.identity.match_ids.id)
        self.assertEqual(self.identity.partner_id, self.mary)
        self.assertFalse(self.queue()["total"])
        self.undo(settled)
        self.assertFalse(self.identity.partner_id)
        self.assertEqual(self.queue()["total"], 1)
        self.assertFalse(self.mention(1).partner_id)

    def test_reject_and_undo(self):
        settled = self.settle("reject", self.identity.match_ids.id)
        self.assertFalse(self.queue()["total"])
        self.undo(settled)
        self.assertEqual(self.queue()["total"], 1)

    def test_never_and_undo(self):
        settled = self.settle("never")
        self.assertFalse(self.queue()["total"])
        self.undo(settled)
        self.assertEqual(self.queue()["total"], 1)

    def test_another_contact_and_undo(self):
        settled = self.settle("contact", self.other.id)
        self.assertEqual(self.identity.partner_id, self.other)
        self.undo(settled)
        self.assertEqual(self.suggested(self.identity), self.mary)

    def test_create_and_undo(self):
        self.agent.group_ids += self.env.ref("base.group_partner_manager")
        settled = self.settle("create")
        made = self.identity.partner_id
        self.assertEqual(made.name, "Mary Winterbottom")
        self.assertNotEqual(made, self.mary)
        self.undo(settled)
        self.assertFalse(made.exists().active)
        self.assertEqual(self.queue()["total"], 1)

    def test_who_may_not(self):
        reader = self.user("reader", "social_crm.group_reader")
        with self.assertRaises(AccessError):
            self.queue(reader)
        for deed in ("match", "reject", "never", "create"):
            with self.assertRaises(AccessError):
                self.identity.with_user(reader).social_settle(
                    deed, self.identity.match_ids.id
                )
        with self.assertRaises(AccessError):
            self.settle("create")  # may not create contacts

    def test_hostile(self):
        other = self.speak(5, login="other", name="Mary Winterbottom")
        self.compare()
        for deed, record_id in (
            ("match", other.match_ids.id),
            ("reject", 0),
            ("unlink", False),
            ("contact", False),
        ):
            with self.assertRaises(UserError):
                self.settle(deed, record_id)
        for junk in ({}, None, {"id": self.identity.id}):
            with self.assertRaises(UserError):
                self.mine.social_unsettle(junk)
        company = self.env["res.company"].create({"name": "Elsewhere"})
        elsewhere = self.user(
            "elsewhere",
            "social_crm.group_admin",
            company_id=company.id,
            company_ids=[company.id],
        )
        self.assertFalse(self.queue(elsewhere)["total"])
        with self.assertRaises(AccessError):
            self.identity.with_user(elsewhere).social_settle("never")

    def test_same_queries_for_few_and_many(self):
        self.ingest(
            *(
                post(f"q{number}", by=author(f"m{number}", name="Mary Winterbottom"))
                for number in range(15)
            )
        )
        self.compare()
        identities = self.env["social.crm.identity"].with_user(self.agent)
        others = identities.search([("best_match", ">", 0)]).ids
        self.assertEqual(len(others), 16)
        identities.social_who()
        counts = []
        for seen in (others[1:], []):
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            identities.social_who(seen)
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(counts[0], counts[1])


@tagged("post_install", "-at_install")
class TestWhoTour(MatchCase, HttpCase):
    def test_tour(self):
        self.user("tour_who", "social_crm.group_user")
        mary = self.speak(1, name="Mary Winterbottom", location="Leeds")
        fan = self.speak(2, login="fan", name="Mary Winterbottom")
        self.compare()
        self.start_tour("/odoo/social-who", "social_crm_who", login="tour_who")
        self.assertEqual(mary.partner_id, self.mary)
        self.assertFalse(fan.partner_id)
        self.assertEqual(fan.match_ids.state, "rejected")
