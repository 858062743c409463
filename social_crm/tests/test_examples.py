from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged

MANAGER = (
    "social_crm.group_manager,sales_team.group_sale_salesman,base.group_partner_manager"
)
# Rows that Odoo itself takes away when it has read them.
PASSING = {"bus_bus", "ir_cron_trigger"}


@tagged("post_install", "-at_install")
class TestExamples(TransactionCase):
    """Examples come and go, and take nothing along that a person made."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, no_reset_password=True))
        if cls.env["social.crm.examples"]._has_demo_data():
            raise cls.skipTest(cls, "The demo data are the same stories.")
        cls.manager = new_test_user(cls.env, "examples_manager", MANAGER)
        cls.examples = cls.env["social.crm.examples"].with_user(cls.manager)
        cls.empty = cls.count_rows()
        cls.said = cls.examples.action_load()
        cls.full = cls.count_rows()

    @classmethod
    def count_rows(cls):
        """Return {table: rows} of the whole database."""
        cls.env.flush_all()
        cls.env.cr.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        counts = {}
        for (table,) in cls.env.cr.fetchall():
            cls.env.cr.execute(f'SELECT count(*) FROM "{table}"')
            counts[table] = cls.env.cr.fetchone()[0]
        return counts

    def records(self, model):
        return self.examples._records(model)

    def changed(self, before):
        after = self.count_rows()
        tables = {table for table in after if after[table] != before.get(table)}
        return tables - PASSING

    # --- load ----------------------------------------------------------------

    def test_the_stories_are_there(self):
        self.assertIn("90 days", self.said)
        for table, least in (
            ("social_crm_mention", 2000),
            ("social_crm_conversation", 1000),
            ("social_crm_identity", 400),
            ("res_partner", 40),
            ("crm_lead", 15),
            ("social_crm_account", 3),
            ("social_crm_team", 3),
        ):
            self.assertGreaterEqual(self.full[table] - self.empty[table], least, table)
        leads = self.records("crm.lead")
        self.assertTrue(leads.social_conversation_ids)
        moods = set(self.records("social.crm.conversation").mapped("mood"))
        self.assertLessEqual({"negative", "neutral", "positive"}, moods)
        emma = self.records("res.partner").filtered(lambda p: "Emma Hughes" in p.name)
        timeline = emma.with_user(self.manager).social_timeline(limit=5)["items"]
        self.assertEqual(len(timeline), 5)

    def test_no_user_no_mail_nothing_won(self):
        for table in ("res_users", "mail_mail", "mail_message", "mail_activity"):
            self.assertEqual(self.full[table], self.empty[table], table)
        # What is won or lost teaches the forecast of real deals.
        table = "crm_lead_scoring_frequency"
        self.assertEqual(self.full[table], self.empty[table])
        self.assertEqual(
            set(self.records("crm.lead").mapped("won_status")), {"pending"}
        )
        self.assertEqual(self.records("crm.lead").user_id, self.manager)

    def test_nobody_takes_them_for_customers(self):
        partners, leads = self.records("res.partner"), self.records("crm.lead")
        self.assertEqual(set(partners.mapped("category_id.name")), {"Example"})
        self.assertEqual(len(partners.filtered("category_id")), len(partners))
        self.assertEqual(len(leads.filtered("tag_ids")), len(leads))
        for model in ("social.crm.account", "social.crm.team", "social.crm.topic"):
            for name in self.records(model).mapped("name"):
                self.assertIn("(example)", name)
        for name in partners.mapped("display_name"):
            self.assertEqual(name.count("(example)"), 1, name)

    def test_accounts_talk_to_nobody(self):
        accounts = self.records("social.crm.account")
        self.assertEqual(set(accounts.mapped("state")), {"paused"})
        admin = self.env.ref("base.user_admin")
        for account in accounts.with_user(admin):
            with self.assertRaisesRegex(UserError, "is an example"):
                account.action_test()
            with self.assertRaises(UserError):
                account.action_activate()
        cron = self.env.ref("social_crm.ir_cron_fetch")
        self.assertFalse(cron.active and not self.empty["social_crm_account"])
        leads = self.records("crm.lead")
        if "iap_enrich_done" in leads._fields:
            self.assertTrue(all(leads.mapped("iap_enrich_done")))

    def test_twice_is_refused_in_words(self):
        with self.assertRaisesRegex(UserError, "loaded already"):
            self.examples.action_load()

    def test_rights(self):
        for login, groups in (
            ("examples_portal", "base.group_portal"),
            ("examples_agent", "social_crm.group_user"),
            ("examples_boss", "social_crm.group_manager"),
            (
                "examples_seller",
                "sales_team.group_sale_manager,base.group_partner_manager",
            ),
        ):
            user = new_test_user(self.env, login, groups)
            examples = self.env["social.crm.examples"].with_user(user)
            for action in (examples.action_load, examples.action_remove):
                with self.assertRaises(AccessError):
                    action()

    def test_another_company_sees_none_and_has_its_own(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "examples_elsewhere",
            MANAGER.replace("salesman", "manager"),
            company_id=company.id,
            company_ids=[company.id],
        )
        theirs = self.env["social.crm.examples"].with_user(stranger)
        theirs = theirs.with_context(allowed_company_ids=company.ids)
        self.assertFalse(theirs._is_loaded())
        for model in ("social.crm.conversation", "social.crm.account", "crm.lead"):
            ours = self.records(model).with_user(stranger)
            ours = ours.with_context(allowed_company_ids=company.ids)
            self.assertFalse(ours._filtered_access("read"), model)
        contacts = self.records("res.partner").with_user(stranger)
        contacts = contacts.with_context(allowed_company_ids=company.ids)
        self.assertFalse(contacts._filtered_access("read"))
        self.env["res.lang"]._activate_lang("fr_FR")
        before = self.count_rows()
        theirs.with_context(lang="fr_FR").action_load()
        self.assertTrue(theirs._is_loaded())
        self.assertEqual(theirs._records("crm.lead").company_id, company)
        for lang in ("en_US", "fr_FR"):
            teams = theirs._records("social.crm.team").with_context(lang=lang)
            self.assertTrue(all("(example)" in name for name in teams.mapped("name")))
        theirs.action_remove()
        self.assertFalse(self.changed(before))

    # --- remove --------------------------------------------------------------

    def test_removing_leaves_no_row(self):
        self.assertEqual(self.examples.action_remove(), "The examples are gone.")
        self.assertFalse(self.changed(self.empty))
        self.assertFalse(self.examples._is_loaded())
        with self.assertRaisesRegex(UserError, "no examples"):
            self.examples.action_remove()

    def test_what_hangs_on_them_goes_too(self):
        lead = self.records("crm.lead")[0].with_user(self.manager)
        conversation = self.records("social.crm.conversation")[0]
        for record in (lead, conversation.with_user(self.manager)):
            record.message_post(body="A note")
            record.activity_schedule("mail.mail_activity_data_todo", summary="Call")
            self.env["ir.attachment"].create(
                {"name": "a.txt", "res_model": record._name, "res_id": record.id}
            )
        self.records("res.partner")[0].message_subscribe(self.manager.partner_id.ids)
        self.examples.action_remove()
        self.assertFalse(self.changed(self.empty))

    def test_what_a_person_built_on_stays(self):
        partners = self.records("res.partner")
        timo = partners.filtered(lambda partner: "Timo Krüger" in partner.name)
        javier = partners.filtered(lambda partner: "Javier Ortega" in partner.name)
        lead = self.records("crm.lead").filtered(lambda lead: lead.partner_id == javier)
        colleague = self.env["res.partner"].create(
            {"name": "New", "parent_id": timo.id}
        )
        own_lead = self.env["crm.lead"].create(
            {"name": "Mine", "partner_id": colleague.id}
        )
        meeting = self.env["calendar.event"].create(
            {
                "name": "Call",
                "start": "2030-01-01 10:00:00",
                "stop": "2030-01-01 11:00:00",
                "opportunity_id": lead.id,
            }
        )
        said = self.examples.action_remove()
        for name in ("Timo Krüger", "Rheinrad GmbH", "Javier Ortega", lead.name):
            self.assertIn(name, said)
        self.assertNotIn("Emma Hughes", said)
        kept = timo | timo.parent_id | javier | javier.parent_id
        self.assertEqual(partners.exists(), kept)
        self.assertEqual(meeting.opportunity_id, lead)
        self.assertEqual(colleague.parent_id, timo)
        self.assertTrue(own_lead.exists())
        # They are the person's now.
        self.assertFalse(self.examples._is_loaded())
        for table in ("social_crm_mention", "social_crm_account", "social_crm_team"):
            self.assertEqual(self.count_rows()[table], self.empty[table])

    def test_a_mention_that_somebody_deleted(self):
        mention = self.records("social.crm.mention")[0]
        mention.with_user(self.manager).unlink()
        self.examples.action_remove()
        self.assertFalse(self.changed(self.empty))

    def test_a_database_without_sales_team_and_stages(self):
        self.examples.action_remove()
        self.env["crm.lead"].search([]).unlink()
        self.env["crm.team"].search([]).active = False
        self.env["crm.stage"].search([]).is_won = True
        self.examples.action_load()
        self.assertEqual(len(self.records("crm.lead")), 15)
        self.examples.action_remove()
        self.assertFalse(self.records("crm.lead"))

    def test_uninstalling_takes_the_examples_along(self):
        self.env["social.crm.examples"]._remove_everywhere()
        self.assertFalse(self.changed(self.empty))
