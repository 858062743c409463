from odoo.tests import tagged

from .common import SocialCase, author, post


@tagged("post_install", "-at_install")
class TestLeadDuplicates(SocialCase):
    """Core's tools for similar leads find one that has only a handle."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls.user("seller", "sales_team.group_sale_salesman_all_leads")
        leads = cls.env["crm.lead"]
        cls.first, cls.second, cls.other = leads.create(
            [
                {"name": "Ten kettles", "type": "lead"},
                {"name": "Kettles", "type": "opportunity"},
                {"name": "Chairs", "type": "lead"},
            ]
        )

    def setUp(self):
        super().setUp()
        self.ingest(post(1), post(2, by="bob"))
        self.profile = self.env["social.crm.identity"].search(
            [("uri", "=", author("ann").uri)]
        )
        self.first.social_identity_ids = self.profile
        self.mention(1).conversation_id.lead_id = self.second

    def test_similar_leads(self):
        first = self.first.with_user(self.seller)
        self.assertEqual(first.duplicate_lead_count, 1)
        self.assertIn(self.second, first.duplicate_lead_ids)
        self.assertEqual(self.second.duplicate_lead_count, 1)
        self.assertEqual(self.other.duplicate_lead_count, 0)
        self.assertNotIn(self.other, first.duplicate_lead_ids)

    def test_convert_offers_to_merge(self):
        wizard = self.env["crm.lead2opportunity.partner"].with_user(self.seller)
        convert = wizard.with_context(
            active_model="crm.lead", active_id=self.first.id, active_ids=self.first.ids
        ).create({})
        self.assertEqual(convert.duplicated_lead_ids, self.first | self.second)
        self.assertEqual(convert.name, "merge")
        mass = self.env["crm.lead2opportunity.partner.mass"].with_user(self.seller)
        both = self.first | self.other
        convert = mass.with_context(
            active_model="crm.lead", active_id=self.first.id, active_ids=both.ids
        ).create({})
        self.assertEqual(convert.duplicated_lead_ids, self.first)

    def test_duplicates_by_core_s_rules(self):
        found = self.first._get_lead_duplicates(include_lost=False)
        self.assertEqual(found, self.first | self.second)
        self.second.action_set_lost()
        self.assertFalse(self.first._get_lead_duplicates(include_lost=False))
        found = self.first._get_lead_duplicates(include_lost=True)
        self.assertEqual(found, self.first | self.second)
        self.assertFalse(self.other._get_lead_duplicates())

    def test_the_contact_of_the_profile(self):
        ann, bob = self.env["res.partner"].create([{"name": "Ann"}, {"name": "Bob"}])
        self.profile._link(ann, "manual")
        self.first.social_identity_ids = self.profile
        first = self.first.with_user(self.seller)
        self.assertEqual(first._find_matching_partner(), ann)
        self.assertFalse(self.other._find_matching_partner())
        other = self.mention(2).identity_id
        other._link(bob, "manual")
        self.first.social_identity_ids |= other
        self.assertFalse(first._find_matching_partner(), "two people")

    def test_a_contact_of_another_company_is_nobody(self):
        ann = self.env["res.partner"].create({"name": "Ann"})
        self.profile._link(ann, "manual")
        self.first.social_identity_ids = self.profile
        first = self.first.with_user(self.seller)
        self.assertEqual(first._find_matching_partner(), ann)
        ann.company_id = self.env["res.company"].create({"name": "Elsewhere"})
        self.env.invalidate_all()
        self.assertFalse(first._find_matching_partner())

    def test_our_own_page_makes_no_duplicates(self):
        self.profile.author_kind = "ours"
        self.env.invalidate_all()
        self.assertEqual(self.first.duplicate_lead_count, 0)
