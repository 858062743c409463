from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..connectors.policy import Policy
from .common import author, post
from .test_match import MatchCase

EMAIL = "lena.brandt@kettle.example"


class LeadCase(MatchCase):
    """A lead that has no contact, whose person speaks; a salesman who has it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls.user(
            "seller", "social_crm.group_user,sales_team.group_sale_salesman"
        )
        cls.leads = cls.env["crm.lead"]
        cls.lead = cls.leads.create(
            {
                "name": "Kettles for the office",
                "contact_name": "Lena Brandt",
                "email_from": EMAIL,
                "city": "Bremen",
                "website": "https://brandt.example",
                "user_id": cls.seller.id,
                "type": "opportunity",
            }
        )

    def suggested_leads(self, identity):
        rows = identity.match_ids.filtered(lambda row: row.state == "suggested")
        return rows.lead_id

    def lena(self, uid=1, **values):
        values = {"name": "Lena Brandt", "location": "Bremen"} | values
        identity = self.speak(uid, **{"login": "lena", **values})
        self.compare()
        return identity

    def queue(self, user):
        return self.env["social.crm.identity"].with_user(user).social_who()


@tagged("post_install", "-at_install")
class TestMatchLead(LeadCase):
    """Leads without a contact are found, suggested and linked as contacts are."""

    def key_rows(self, lead):
        rows = self.keys.search_count([("lead_id", "=", lead.id)])
        return rows

    def test_a_name_and_a_town_suggest_a_lead(self):
        identity = self.lena()
        self.assertEqual(self.suggested_leads(identity), self.lead)
        self.assertIn("Same town: Bremen", identity.match_ids.reasons)
        self.assertFalse(identity.lead_ids or identity.partner_id)
        [person] = self.queue(self.seller)["people"]
        [match] = person["matches"]
        self.assertEqual(match["contact"]["model"], "crm.lead")
        self.assertEqual(match["contact"]["name"], "Lena Brandt")
        self.assertEqual(match["contact"]["title"], "Kettles for the office")

    def test_who_may_not_see_a_lead_is_not_told(self):
        identity = self.lena()
        other = self.user(
            "other_seller", "social_crm.group_user,sales_team.group_sale_salesman"
        )
        row = identity.match_ids
        for user in (other, self.agent):
            self.assertEqual(self.queue(user), {"total": 0, "people": []})
            mine = identity.with_user(user)
            self.assertFalse(mine.social_person()["matches"])
            mine.invalidate_recordset()
            self.assertFalse(mine.match_ids)
            self.assertFalse(row.with_user(user).search([("id", "=", row.id)]))
            with self.assertRaises(AccessError):
                row.with_user(user).read(["evidence"])
            with self.assertRaises(AccessError):
                row.with_user(user).action_reject()
            with self.assertRaises(AccessError):
                row.with_user(user).action_link()
            for deed, record in (("match", row), ("reject", row), ("lead", self.lead)):
                with self.assertRaises(UserError):
                    mine.social_settle(deed, record.id)
        self.assertEqual(row.state, "suggested")
        self.assertEqual(self.queue(self.seller)["total"], 1)

    def test_another_company_is_not_told_either(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.lead.write({"user_id": False, "team_id": False, "company_id": company.id})
        identity = self.lena()
        self.assertFalse(identity.match_ids)
        boss = self.user(
            "elsewhere",
            "social_crm.group_admin,sales_team.group_sale_manager",
            company_id=company.id,
            company_ids=[company.id],
        )
        self.assertFalse(self.queue(boss)["total"])
        with self.assertRaises(AccessError):
            identity.with_user(boss).social_settle("lead", self.lead.id)
        with self.assertRaisesRegex(UserError, "another company"):
            identity._hold_by(self.lead, "manual")

    def test_link_and_undo(self):
        identity = self.lena()
        mine = identity.with_user(self.seller)
        settled = mine.social_settle("match", identity.match_ids.id)
        self.assertEqual(identity.lead_ids, self.lead)
        row = identity.match_ids
        self.assertEqual((row.state, row.basis), ("confirmed", "manual"))
        self.assertEqual(row.decided_by, self.seller)
        self.assertIn("Same town", str(identity.message_ids.mapped("body")))
        self.assertIn("@lena@", str(self.lead.message_ids.mapped("body")))
        items = self.lead.with_user(self.seller).social_timeline()["items"]
        self.assertEqual(len(items), 1)
        identity.match_at = False
        self.compare()
        self.assertEqual(row.state, "confirmed")
        self.assertFalse(self.queue(self.seller)["total"])
        mine.social_unsettle(settled)
        self.env.invalidate_all()
        self.assertFalse(identity.lead_ids)
        self.assertEqual(row.state, "suggested")
        self.assertEqual(self.queue(self.seller)["total"], 1)
        self.assertFalse(self.lead.with_user(self.seller).social_timeline()["items"])

    def test_choose_a_lead_and_undo(self):
        identity = self.lena()
        chosen = self.leads.create({"name": "Chosen", "user_id": self.seller.id})
        mine = identity.with_user(self.seller)
        settled = mine.social_settle("lead", chosen.id)
        self.assertEqual(identity.lead_ids, chosen)
        self.assertEqual(identity.match_ids.lead_id, chosen, "no other is suggested")
        mine.social_unsettle(settled)
        self.assertFalse(identity.lead_ids)
        self.assertEqual(self.suggested_leads(identity), self.lead)
        chosen.partner_id = self.other
        settled = mine.social_settle("lead", chosen.id)
        self.assertEqual(identity.partner_id, self.other, "the contact has profiles")
        mine.social_unsettle(settled)
        self.assertFalse(identity.partner_id or identity.lead_ids)
        chosen.action_set_lost()
        with self.assertRaisesRegex(UserError, "gone or closed"):
            mine.social_settle("lead", chosen.id)

    def test_rejected_comes_back_only_with_news(self):
        identity = self.lena()
        row = identity.match_ids
        row.with_user(self.seller).action_reject()
        identity.match_at = False
        self.compare()
        self.assertEqual((row.state, identity.best_match), ("rejected", 0))
        self.lena(2, name="Lena A. Brandt", bio=f"Write to {EMAIL}")
        identity.match_at = False
        self.compare()
        self.assertEqual(row.state, "suggested")

    def test_taken_off_is_remembered(self):
        identity = self.lena()
        identity.match_ids.with_user(self.seller).action_link()
        self.lead.with_user(self.seller).social_identity_ids = False
        self.compare()
        self.assertEqual(identity.match_ids.state, "rejected")
        self.assertFalse(self.suggested_leads(identity))

    def test_a_strong_fact_links(self):
        identity = self.lena(text=f"I am {EMAIL}")
        self.assertEqual(identity.lead_ids, self.lead)
        row = identity.match_ids
        self.assertEqual((row.state, row.basis), ("confirmed", "given"))

    def test_a_strong_fact_of_a_contact_goes_first(self):
        self.mary.email = EMAIL
        self.mary.name = "Lena Brandt"
        identity = self.lena(text=f"I am {EMAIL}")
        self.assertEqual(identity.partner_id, self.mary)
        self.assertFalse(identity.lead_ids)

    def test_a_family_address_links_nobody(self):
        self.mary.email = EMAIL
        identity = self.lena(text=f"I am {EMAIL}", name="", location="")
        self.assertFalse(identity.partner_id or identity.lead_ids)
        self.assertEqual(self.suggested(identity), self.mary)
        self.assertEqual(self.suggested_leads(identity), self.lead)

    def test_two_leads_of_one_address(self):
        twin = self.lead.copy({"name": "Again"})
        identity = self.lena(name="", location="", text=f"I am {EMAIL}")
        self.assertEqual(identity.lead_ids, twin, "of one person the newest")
        self.lead.copy({"contact_name": "Otto Brandt"})
        other = self.lena(5, login="l2", name="", location="", text=f"I am {EMAIL}")
        self.assertFalse(other.lead_ids)
        self.assertTrue(self.suggested_leads(other))

    def test_what_the_network_forbids(self):
        policy = {"clause": "Ask them.", "source": "tests"}
        connector = self.account._get_connector_class()
        with patch.object(connector, "policy", Policy(may_link="opt_in", **policy)):
            identity = self.lena(text=f"I am {EMAIL}")
            self.assertFalse(identity.lead_ids, "on a lead nobody stated it")
            mine = identity.with_user(self.seller)
            with self.assertRaisesRegex(UserError, "Ask them."):
                identity.match_ids.with_user(self.seller).action_link()
            with self.assertRaisesRegex(UserError, "Ask them."):
                mine.social_settle("lead", self.lead.id)
        with patch.object(connector, "policy", Policy(may_link="no", **policy)):
            with self.assertRaisesRegex(UserError, "Ask them."):
                identity.with_user(self.seller).social_settle("lead", self.lead.id)
        self.assertFalse(identity.lead_ids)

    def test_a_lead_that_gets_its_contact(self):
        held, asked, rejected = (
            self.lena(),
            self.lena(2, login="asked"),
            self.lena(3, login="rejected"),
        )
        held.match_ids.with_user(self.seller).action_link()
        rejected.match_ids.with_user(self.seller).action_reject()
        self.assertTrue(self.key_rows(self.lead))
        self.lead.with_user(self.seller).partner_id = self.other
        self.compare()
        self.assertFalse(self.key_rows(self.lead))
        self.assertEqual(held.partner_id, self.other)
        self.assertFalse(held.lead_ids)
        self.assertEqual(rejected.match_ids.partner_id, self.other)
        self.assertEqual(rejected.match_ids.state, "rejected")
        self.assertFalse((held | asked | rejected).match_ids.lead_id)
        self.assertFalse(self.queue(self.seller)["total"])

    def test_lost_and_found_again(self):
        identity = self.lena()
        other = self.lena(2, login="other")
        identity.match_ids.with_user(self.seller).action_link()
        self.lead.action_set_lost()
        self.assertFalse(self.queue(self.seller)["total"])
        self.compare()
        self.assertFalse(self.key_rows(self.lead))
        self.assertFalse(other.match_ids)
        self.lead.action_unarchive()
        self.compare()
        self.assertTrue(self.key_rows(self.lead))
        self.assertEqual(self.suggested_leads(other), self.lead)
        self.assertEqual(identity.best_match, 0, "it is settled")

    def test_deleted(self):
        identity = self.lena()
        self.assertTrue(identity.best_match)
        self.lead.unlink()
        self.env.invalidate_all()
        self.assertFalse(identity.match_ids or identity.best_match)
        self.compare()
        self.assertFalse(self.queue(self.seller)["total"])

    def test_merged(self):
        first = self.lena()
        twin = self.leads.create(
            {"name": "Other", "contact_name": "Lena Brandt", "city": "Bremen"}
        )
        self.compare()
        second = self.lena(2, login="second")
        self.assertEqual(self.suggested_leads(second), self.lead | twin)
        second.match_ids.filtered(lambda row: row.lead_id == twin).action_reject()
        first._hold_by(twin, "manual")
        merged = (self.lead | twin).merge_opportunity()
        self.env.invalidate_all()
        self.assertEqual(len((self.lead | twin).exists()), 1)
        self.assertEqual(first.lead_ids, merged)
        self.assertEqual(first.match_ids.lead_id, merged)
        self.assertEqual(first.match_ids.state, "confirmed")
        self.assertEqual(second.match_ids.mapped("state"), ["rejected"])
        self.compare()
        self.assertFalse(self.suggested_leads(first | second))

    def test_changed_leads_are_compared_again(self):
        identity = self.lena(name="Ludwika Brzozowska", location="")
        self.assertFalse(identity.match_ids)
        self.lead.with_user(self.seller).contact_name = "Ludwika Brzozowska"
        self.compare()
        self.assertEqual(self.suggested_leads(identity), self.lead)

    def test_erased(self):
        identity = self.lena()
        identity.match_ids.with_user(self.seller).action_link()
        identity._erase()
        self.env.invalidate_all()
        self.assertFalse(self.env["social.crm.match"].search([]))
        self.assertTrue(self.env["social.crm.match.todo"].search([]))
        self.assertNotIn("Lena", str(self.lead.message_ids.mapped("body")))

    def test_opted_out(self):
        identity = self.lena()
        identity.match_ids.with_user(self.seller).action_link()
        identity._opt_out()
        self.compare()
        self.assertFalse(self.lead.social_identity_ids)
        self.assertFalse(self.env["social.crm.match"].search([]))

    def test_same_queries_for_few_and_many(self):
        self.leads.create(
            [
                {"name": f"Lead {number}", "contact_name": f"Lena Brandt{number % 7}"}
                for number in range(100)
            ]
        )
        one = self.lena()
        many = (
            one
            | self.ingest(
                *(
                    post(f"q{number}", by=author(f"m{number}", name="Lena Brandt"))
                    for number in range(100)
                )
            ).identity_id
        )
        self.compare()
        counts = []
        for identities in (one, many[:10], many):
            self.env.flush_all()
            self.env.invalidate_all()
            self.keys._population()
            start = self.env.cr.sql_log_count
            self.assertTrue(identities._find_matches()[one])
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(counts, [counts[0]] * 3)
        queue = self.env["social.crm.identity"].with_user(self.seller)
        queue.social_who()
        counts = []
        for seen in (many[1:].ids, many[11:].ids, []):
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            queue.social_who(seen)
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(counts, [counts[0]] * 3)

    def test_saving_a_lead_stays_cheap(self):
        leads = self.leads.create([{"name": f"L{number}"} for number in range(30)])
        self.env.flush_all()
        counts = []
        for some in (leads[:1], leads):
            start = self.env.cr.sql_log_count
            some._match_again()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(counts, [1, 1])
