from odoo.tests import HttpCase, tagged

from .common import post
from .test_match_lead import LeadCase


@tagged("post_install", "-at_install")
class TestLinkTours(LeadCase, HttpCase):
    """Links and how they are undone, in Chromium, by people with few rights."""

    def seen_of(self, partner):
        """All that a contact's page says of what was said, and its facts."""
        self.env.invalidate_all()
        items = partner.with_user(self.agent).social_timeline()["items"]
        facts = self.env["social.crm.fact"].search(
            [("identity_id.partner_id", "=", partner.id)]
        )
        return {
            "mentions": {item["url"] for item in items},
            "facts": set(facts.mapped("value")),
            "open": partner.social_open_count,
            "all": partner.social_conversation_count,
        }

    def test_a_lead(self):
        self.user(
            "tour_lead",
            "social_crm.group_user,sales_team.group_sale_salesman_all_leads",
        )
        chosen = self.leads.create({"name": "Cups", "contact_name": "Otto Brandt"})
        identity = self.lena()
        self.start_tour("/odoo/social-who", "social_crm_who_lead", login="tour_lead")
        self.env.invalidate_all()
        self.assertEqual(identity.lead_ids, chosen)
        self.assertEqual(identity.match_ids.lead_id, chosen)

    def test_a_wrong_link(self):
        """Two clicks bring back every mention, fact and counter."""
        self.user("tour_link", "social_crm.group_user")
        self.speak(10, login="mary", name="Mary Winterbottom")._link(
            self.mary, "manual"
        )
        before = self.seen_of(self.mary), self.seen_of(self.other)
        stray = self.speak(1, login="stray", name="Somebody")
        self.speak(2, login="stray", name="Somebody")
        self.ingest(post(3, parent_uid="1", text="Here we are", is_own=True))
        self.env["social.crm.fact"].create(
            {
                "identity_id": stray.id,
                "kind": "email",
                "value": "stray@kettle.example",
                "source": "A fair",
                "basis": "stated",
                "date": "2026-01-01",
            }
        )
        self.compare()
        stray._link(self.mary, "manual")
        wrong = self.seen_of(self.mary)
        self.assertEqual(len(wrong["mentions"]), len(before[0]["mentions"]) + 3)
        self.assertEqual(wrong["facts"], {"stray@kettle.example"})
        self.assertGreater(wrong["open"], before[0]["open"])
        self.start_tour(
            f"/odoo/social-profiles/{stray.id}",
            "social_crm_wrong_link",
            login="tour_link",
        )
        self.assertEqual((self.seen_of(self.mary), self.seen_of(self.other)), before)
        self.assertEqual(self.mention(3).partner_id, self.env["res.partner"])

    def test_move(self):
        self.user("tour_move", "social_crm.group_user")
        identity = self.speak(1, name="Mary Winterbottom")
        identity._link(self.mary, "manual")
        before = self.seen_of(self.mary)
        self.start_tour(
            f"/odoo/contacts/{self.mary.id}", "social_crm_move", login="tour_move"
        )
        self.assertEqual(self.seen_of(self.other), before)
        self.assertEqual(identity.partner_id, self.other)
        self.assertIn("The namesake", str(self.mary.message_ids.mapped("body")))

    def test_split(self):
        self.user("tour_split", "social_crm.group_user")
        identity = self.ingest(
            post(1, by="mary", minutes=5000), post(2, by="mary", minutes=10)
        ).identity_id
        identity._link(self.mary, "stated")
        before = self.seen_of(self.mary)
        self.start_tour(
            f"/odoo/social-profiles/{identity.id}",
            "social_crm_split",
            login="tour_split",
        )
        self.assertEqual(self.seen_of(self.mary), before)
        self.assertEqual(identity.partner_id, self.mary)
        self.assertFalse(identity.split_ids)
