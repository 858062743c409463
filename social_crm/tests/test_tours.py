from odoo.tests import HttpCase, tagged

from .common import SocialCase, author, post


@tagged("post_install", "-at_install")
class TestTours(SocialCase, HttpCase):
    """The screens in Chromium, as people with few rights meet them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann = cls.env["res.partner"].create({"name": "Ann Tour"})
        cls.mentions._ingest(
            cls.feed,
            (
                post(1, text="My parcel never came", minutes=60),
                post(2, by="bob", text="Who sells kettles?", minutes=50),
                post(
                    3,
                    text="Where do I send the invoice?",
                    minutes=40,
                    kind="message",
                    visibility="private",
                ),
            ),
        )
        cls.identity("ann")._link(cls.ann, "manual")

    @classmethod
    def identity(cls, login):
        return cls.env["social.crm.identity"].search([("uri", "=", author(login).uri)])

    def conversation(self, uid):
        return self.mention(uid).conversation_id

    def open_contact(self, tour, login):
        self.start_tour(f"/odoo/contacts/{self.ann.id}", tour, login=login)

    def test_inbox(self):
        self.user("tour_agent", "social_crm.group_user")
        conversation = self.conversation(1)
        self.assertTrue(conversation.unread)
        self.start_tour("/odoo", "social_crm_inbox", login="tour_agent")
        self.assertEqual(conversation.state, "done")
        self.assertFalse(conversation.unread)
        # Opening it is reading it; the others were not opened.
        self.assertTrue(self.conversation(2).unread)

    def test_forty_conversations_by_keyboard(self):
        self.conversations.search([]).action_done()
        self.user("tour_keys", "social_crm.group_user")
        waiting = self.ingest(
            *(
                post(
                    100 + number,
                    by=author(f"p{number}", name=f"Person {number:02}"),
                    minutes=100 - number,
                )
                for number in range(1, 41)
            )
        ).conversation_id
        self.assertEqual(len(waiting), 40)
        self.start_tour(
            "/odoo/social-inbox", "social_crm_inbox_keys", login="tour_keys"
        )
        waiting.invalidate_recordset()
        self.assertEqual(set(waiting.mapped("state")), {"done"})
        self.assertFalse(any(waiting.mapped("unread")))

    def test_rows_that_leave_and_come_back(self):
        self.user("tour_hands", "social_crm.group_user")
        colleague = self.user("tour_colleague", "social_crm.group_user")
        conversations = self.conversations.search([], order="id")
        self.start_tour(
            "/odoo/social-inbox", "social_crm_inbox_hands", login="tour_hands"
        )
        self.assertEqual(self.conversation(1).user_id, colleague)
        self.assertEqual(set(conversations.mapped("state")), {"new"})

    def test_account(self):
        self.user("tour_admin", "social_crm.group_admin")
        self.connector.posts.append(post(9, text="Hello from the sample"))
        before = self.mentions.search_count([])
        self.start_tour(
            f"/odoo/social-accounts/{self.account.id}",
            "social_crm_account",
            login="tour_admin",
        )
        self.assertEqual(self.account.state, "connected")
        self.assertEqual(
            self.mentions.search_count([]), before, "a test stores nothing"
        )

    def test_seller_sees_own_documents(self):
        seller = self.user("tour_seller", "sales_team.group_sale_salesman")
        self.open_contact("social_crm_contact", "tour_seller")
        lead = self.env["crm.lead"].create(
            {"name": "Kettles", "type": "opportunity", "user_id": seller.id}
        )
        lead.activity_schedule("mail.mail_activity_data_todo", user_id=seller.id)
        sales_team = self.env["crm.team"].create({"name": "Kettle team"})
        team = self.env["social.crm.team"].create(
            {"name": "Sellers", "purpose": "sales", "crm_team_id": sales_team.id}
        )
        self.conversation(2).write({"lead_id": lead.id, "team_id": team.id})
        self.start_tour(f"/odoo/crm/{lead.id}", "social_crm_lead", login="tour_seller")
        self.start_tour("/odoo", "social_crm_seller", login="tour_seller")

    def test_user_without_crm_rights(self):
        user = self.user(
            "tour_user", "social_crm.group_user,base.group_partner_manager"
        )
        self.assertFalse(user.has_group("sales_team.group_sale_salesman"))
        self.start_tour("/odoo", "social_crm_user", login="tour_user")

    def test_manager(self):
        self.user("tour_manager", "social_crm.group_manager,base.group_partner_manager")
        self.start_tour("/odoo", "social_crm_manager", login="tour_manager")

    def test_portal(self):
        user = self.user("tour_portal", "base.group_portal")
        self.identity("bob")._link(user.partner_id, "manual")
        self.start_tour("/my", "social_crm_portal", login="tour_portal")

    def test_contacts_only(self):
        self.user("tour_contacts", "base.group_user,base.group_partner_manager")
        self.open_contact("social_crm_contacts_only", "tour_contacts")

    def test_other_company_sees_nothing(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.user(
            "tour_elsewhere",
            "social_crm.group_admin,sales_team.group_sale_manager,base.group_partner_manager",
            company_id=company.id,
            company_ids=[company.id],
        )
        self.open_contact("social_crm_other_company", "tour_elsewhere")

    def test_privacy(self):
        self.user("tour_boss", "social_crm.group_manager")
        self.user("tour_admin", "social_crm.group_admin")
        self.identity("bob")._opt_out()
        self.start_tour(
            "/odoo/action-social_crm.social_crm_suppression_action",
            "social_crm_opt_outs",
            login="tour_admin",
        )
        self.assertFalse(self.env["social.crm.suppression"].search([]))
        ann = self.identity("ann")
        self.start_tour(
            f"/odoo/social-profiles/{ann.id}", "social_crm_privacy", login="tour_boss"
        )
        self.assertFalse(ann.exists())
        self.assertFalse(self.mention(1))
        self.assertTrue(self.ann.exists())
