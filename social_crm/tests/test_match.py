from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..connectors.policy import Policy
from .common import SocialCase, author, post


class MatchCase(SocialCase):
    """A contact who speaks, another, and the matcher."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = cls.user("agent", "social_crm.group_user")
        partners = cls.env["res.partner"]
        cls.mary = partners.create(
            {
                "name": "Mary Winterbottom",
                "email": "mary.winterbottom@kettle.example",
                "phone": "+44 20 7946 0123",
                "city": "Leeds",
                "website": "https://winterbottom.example",
            }
        )
        cls.other = partners.create({"name": "Nobody Else", "city": "Paris"})
        cls.keys = cls.env["social.crm.match.key"]

    def speak(self, uid, login="mary", text="Hello", **profile):
        person = author(login, **profile)
        kind = {"kind": "message", "visibility": "private"} if "@k" in text else {}
        return self.ingest(post(uid, by=person, text=text, **kind)).identity_id

    def compare(self):
        """Run the matcher to its end, as the cron does."""
        for _n in range(100):
            if not (self.keys._index_some() or self.keys._match_some()):
                self.env.invalidate_all()
                return
        self.fail("the matcher has no end")

    def suggested(self, identity):
        rows = identity.match_ids.filtered(lambda row: row.state == "suggested")
        return rows.partner_id


@tagged("post_install", "-at_install")
class TestMatch(MatchCase):
    """Which customer is speaking: suggestions, links without asking, decisions."""

    def test_a_name_and_a_town_suggest_and_never_link(self):
        identity = self.speak(1, name="Mary Winterbottom", location="Leeds")
        self.compare()
        self.assertEqual(self.suggested(identity), self.mary)
        self.assertFalse(identity.partner_id)
        row = identity.match_ids
        self.assertIn("Same name: Mary Winterbottom", row.reasons)
        self.assertIn("Same town: Leeds", row.reasons)
        self.assertTrue(identity.match_at)

    def test_a_website_that_links_back_links(self):
        identity = self.speak(
            1,
            name="Mary Winterbottom",
            verified_links=("https://www.winterbottom.example/",),
        )
        self.compare()
        self.assertEqual(identity.partner_id, self.mary)
        self.assertEqual(identity.link_basis, "verified")
        note = identity.message_ids.filtered("body")[:1].body
        self.assertIn("links back", note)
        self.assertEqual(self.mention(1).partner_id, self.mary)

    def test_an_address_written_to_us_links(self):
        identity = self.speak(
            1,
            text="Write to mary.winterbottom@kettle.example please",
            name="Mary Winterbottom",
        )
        self.compare()
        self.assertEqual(identity.partner_id, self.mary)
        self.assertEqual(identity.link_basis, "given")

    def test_who_writes_much_does_not_hide_who_writes_little(self):
        identity = self.speak(1, text="I am mary.winterbottom@kettle.example")
        chatty = author("chatty")
        self.ingest(
            *(
                post(uid, by=chatty, kind="message", visibility="private")
                for uid in range(2, 52)
            )
        )
        self.compare()
        self.assertEqual(identity.partner_id, self.mary)

    def test_what_anybody_may_write_only_suggests(self):
        """A fan account may name her address and her website."""
        identity = self.speak(
            1,
            name="Mary Winterbottom",
            bio="mary.winterbottom@kettle.example https://winterbottom.example",
        )
        self.compare()
        self.assertFalse(identity.partner_id)
        self.assertEqual(self.suggested(identity), self.mary)
        self.assertEqual(identity.match_ids.decision, "very_likely")

    def test_settings(self):
        identity = self.speak(
            1, name="Mary", verified_links=("https://winterbottom.example",)
        )
        settings = self.env["res.config.settings"]
        settings.create({"social_crm_match_ask_always": True}).execute()
        self.compare()
        self.assertFalse(identity.partner_id)
        self.assertEqual(self.suggested(identity), self.mary)
        unsure = self.speak(2, login="unsure", name="Mary Winterbottom")
        self.compare()
        self.assertTrue(0.3 < unsure.best_match < 0.95 < identity.best_match)
        form = Form(settings)
        for least, count in (("0.95", 1), ("0.3", 2)):
            form.social_crm_match_ask_from = least
            self.assertIn(str(count), form.social_crm_match_preview)
            form.save().execute()
            page = self.env["social.crm.identity"].with_user(self.agent).social_who()
            self.assertEqual(page["total"], count)
        settings.create({"social_crm_match_ask_always": False}).execute()
        identity.match_at = False
        self.compare()
        self.assertEqual(identity.partner_id, self.mary)

    def test_rejected_comes_back_only_with_news(self):
        identity = self.speak(1, name="Mary Winterbottom")
        self.compare()
        row = identity.match_ids
        row.with_user(self.agent).action_reject()
        self.assertEqual((row.state, row.decided_by), ("rejected", self.agent))
        identity.match_at = False
        self.compare()
        self.assertEqual(row.state, "rejected")
        self.speak(
            2, name="Mary A. Winterbottom", bio="mary.winterbottom@kettle.example"
        )
        self.compare()
        self.assertEqual(row.state, "suggested")

    def test_link_and_take_back(self):
        identity = self.speak(1, name="Mary Winterbottom")
        self.compare()
        identity.match_ids.with_user(self.agent).action_link()
        self.assertEqual(identity.partner_id, self.mary)
        self.assertEqual(identity.link_basis, "manual")
        self.assertEqual(identity.match_ids.state, "confirmed")
        self.assertEqual(self.mention(1).partner_id, self.mary)
        identity.with_user(self.agent).action_unlink_partner()
        self.assertEqual(identity.match_ids.state, "rejected")
        self.assertFalse(self.mention(1).partner_id)
        self.compare()
        self.assertFalse(self.suggested(identity))

    def test_a_link_that_was_taken_back_is_not_made_again(self):
        links = ("https://winterbottom.example",)
        identity = self.speak(1, name="Mary Winterbottom", verified_links=links)
        self.compare()
        self.assertTrue(identity.partner_id)
        identity._unlink_partner()
        self.compare()
        self.assertFalse(identity.partner_id)

    def test_changed_contacts_are_compared_again(self):
        identity = self.speak(1, name="Ludwika Brzozowska")
        self.compare()
        self.assertFalse(identity.match_ids)
        self.other.with_user(
            self.env.ref("base.user_admin")
        ).name = "Ludwika Brzozowska"
        self.compare()
        self.assertEqual(self.suggested(identity), self.other)
        self.other.name = "Somebody"
        identity.match_at = False
        self.compare()
        self.assertFalse(identity.match_ids, "what no longer fits goes")

    def test_a_network_that_forbids_it(self):
        identity = self.speak(1, name="Mary Winterbottom")
        connector = self.account._get_connector_class()
        no = Policy(may_link="no", clause="Not here.", source="tests")
        with patch.object(connector, "policy", no):
            self.compare()
            self.assertFalse(identity.match_ids)
            with self.assertRaisesRegex(UserError, "Not here."):
                identity.with_user(self.agent).partner_id = self.mary
        opt_in = Policy(may_link="opt_in", clause="Ask them.", source="tests")
        identity.match_at = False
        with patch.object(connector, "policy", opt_in):
            self.compare()
            self.assertEqual(self.suggested(identity), self.mary)
            with self.assertRaisesRegex(UserError, "Ask them."):
                identity.match_ids.with_user(self.agent).action_link()
        self.assertEqual(identity.match_ids.state, "suggested")

    def test_another_company_is_never_meant(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.mary.company_id = company
        identity = self.speak(1, name="Mary Winterbottom")
        self.compare()
        self.assertFalse(identity.match_ids)

    def test_bots_we_and_never_asked(self):
        bot = self.speak(1, login="bot", name="Mary Winterbottom", is_bot=True)
        asked = self.speak(2, login="asked", name="Mary Winterbottom")
        asked.with_user(self.agent).action_never_ask()
        self.compare()
        self.assertFalse((bot | asked).match_ids)

    def test_who_may_decide(self):
        identity = self.speak(1, name="Mary Winterbottom")
        self.compare()
        reader = self.user("reader", "social_crm.group_reader")
        for user in (reader, self.user("plain", "base.group_user")):
            with self.assertRaises(AccessError):
                identity.match_ids.with_user(user).action_reject()
        with self.assertRaises(AccessError):
            identity.match_ids.with_user(self.agent).write({"state": "confirmed"})

    def test_same_queries_for_few_and_many(self):
        """Whatever the number of contacts and of profiles."""
        self.env["res.partner"].create(
            [{"name": f"Mary Winter{number}"} for number in range(60)]
        )
        one = self.speak(1, name="Mary Winterbottom")
        many = (
            one
            | self.ingest(
                *(
                    post(f"q{number}", by=author(f"m{number}", name="Mary Winter"))
                    for number in range(30)
                )
            ).identity_id
        )
        self.compare()
        counts = []
        for identities in (one, many):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            identities._find_matches()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(counts[0], counts[1])

    def test_merged_contacts(self):
        identity = self.speak(1, name="Mary Winterbottom", location="Leeds")
        twin = self.mary.copy({"name": "Mary Winterbottom"})
        self.compare()
        self.assertEqual(self.suggested(identity), self.mary | twin)
        identity.match_ids.filtered(lambda row: row.partner_id == twin).action_reject()
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        merge._merge((self.mary | twin).ids, self.mary)
        self.env.invalidate_all()
        self.assertEqual(identity.match_ids.mapped("state"), ["rejected"])
        self.assertEqual(identity.match_ids.partner_id, self.mary)
        self.compare()
