from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import SocialCase, author, post


@tagged("post_install", "-at_install")
class TestTypedProfile(SocialCase):
    """A profile is pasted on a contact or a lead and becomes theirs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = cls.user(
            "agent", "social_crm.group_user,sales_team.group_sale_manager"
        )
        cls.agent.group_ids += cls.env.ref("base.group_partner_manager")
        cls.ann = cls.env["res.partner"].create({"name": "Ann"})
        cls.lead = cls.env["crm.lead"].create({"name": "Kettles"})

    def paste(self, record, text):
        record.with_user(self.agent).social_add_profile(text)
        self.env.invalidate_all()

    def profile(self, login):
        return self.env["social.crm.identity"].search([("uri", "=", author(login).uri)])

    def test_who_has_spoken_is_found(self):
        self.ingest(post(1))
        for text in ("@Ann@example.social", " https://example.social/@ann?x=1 "):
            self.paste(self.ann, text)
            self.assertEqual(self.ann.social_identity_ids, self.profile("ann"))
        self.assertEqual(self.mention(1).partner_id, self.ann)
        self.assertEqual(self.profile("ann").link_user_id, self.agent)

    def test_who_has_not_spoken_yet(self):
        self.paste(self.ann, "@new@example.social")
        typed = self.ann.social_identity_ids
        self.assertEqual(typed.handle, "@new@example.social")
        self.paste(self.ann, "@new@example.social")
        self.assertEqual(self.ann.social_identity_ids, typed, "not twice")
        self.ingest(post(1, by="new"))
        keys = self.env["social.crm.match.key"]
        while keys._index_some() or keys._match_some():
            pass
        self.env.invalidate_all()
        self.assertFalse(typed.exists())
        self.assertEqual(self.ann.social_identity_ids, self.profile("new"))
        self.assertEqual(self.mention(1).partner_id, self.ann)
        self.assertEqual(self.profile("new").link_basis, "manual")

    def test_on_a_lead_without_a_contact(self):
        self.paste(self.lead, "bsky.app/profile/kettle.bsky.social")
        typed = self.lead.social_identity_ids
        self.assertEqual((typed.network, typed.partner_id.ids), ("bluesky", []))
        self.lead.partner_id = self.ann
        self.assertEqual(self.ann.social_identity_ids, typed)

    def test_never_taken_from_somebody_else(self):
        bob = self.env["res.partner"].create({"name": "Bob"})
        self.ingest(post(1))
        self.profile("ann")._link(bob, "manual")
        with self.assertRaisesRegex(UserError, "belongs to Bob"):
            self.paste(self.ann, "@ann@example.social")
        self.assertEqual(self.profile("ann").partner_id, bob)

    def test_wrong_input(self):
        for text in (
            "",
            "ann",
            "ann@example.com",
            "https://example.com",
            None,
            5,
            "\0",
        ):
            with self.assertRaisesRegex(UserError, "no profile"):
                self.paste(self.ann, text)
        with self.assertRaisesRegex(UserError, "cannot be kept yet"):
            self.paste(self.ann, "https://x.com/ann")
        # A handle is compared as it stands: no wildcard finds another.
        self.ingest(post(1, by="a_n"), post(2, by="axn"))
        self.paste(self.ann, "@a_n@example.social")
        self.assertEqual(self.ann.social_identity_ids, self.profile("a_n"))

    def test_who_may(self):
        for login, groups in (
            ("reader", "social_crm.group_reader,base.group_partner_manager"),
            ("plain", "base.group_user"),
        ):
            with self.assertRaises(AccessError):
                self.ann.with_user(self.user(login, groups)).social_add_profile(
                    "@ann@example.social"
                )

    def test_each_company_has_its_own(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.ingest(post(1))
        self.agent.company_ids += company
        self.ann.with_user(self.agent).with_context(
            allowed_company_ids=company.ids
        ).social_add_profile("@ann@example.social")
        self.env.invalidate_all()
        self.assertEqual(self.ann.social_identity_ids.company_id, company)
        self.assertFalse(self.profile("ann").partner_id)

    def test_both_in_one_batch(self):
        """Who was typed on a lead and has spoken since is compared once."""
        lead = self.env["crm.lead"].create({"name": "Lead"})
        self.paste(lead, "@ann@example.social")
        self.ingest(post(1))
        self.env["social.crm.match.key"]._match_some()
        self.assertEqual(lead.social_identity_ids, self.profile("ann"))
