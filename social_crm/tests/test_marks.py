from datetime import timedelta

from odoo import Command, fields
from odoo.tests import Form, tagged

from .common import SocialCase, author, post


@tagged("post_install", "-at_install")
class TestMarks(SocialCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partners = cls.env["res.partner"]
        cls.ann, cls.bob = partners.create([{"name": "Ann"}, {"name": "Bob"}])
        cls.firm = partners.create(
            {
                "name": "Firm",
                "is_company": True,
                "child_ids": [Command.link(cls.ann.id)],
            }
        )
        cls.sales = cls.user("sales", "sales_team.group_sale_salesman")
        cls.contacts = cls.user("contacts", "base.group_user")
        leads = cls.env["crm.lead"].with_user(cls.sales)
        cls.deal = leads.create({"name": "Deal", "partner_id": cls.ann.id})
        cls.cold = leads.create({"name": "Cold"})
        cls.handle = leads.create({"name": "Handle"})
        cls.routed = leads.create({"name": "Routed"})

    def setUp(self):
        super().setUp()
        self.ingest(
            post(1, minutes=60 * 24 * 5, text="A late delivery"),
            post(2, minutes=180, text="Still nothing"),
            post(3, by="bob", minutes=60 * 24 * 60, text="Nice shop"),
            post(4, by="cy", minutes=30, text="Which colours?"),
            post(5, by="dee", minutes=20, text="Prices?"),
        )
        self.link("ann", self.ann)
        self.link("bob", self.bob)
        self.handle.sudo().social_identity_ids = self.profile("cy")
        self.mention(5).conversation_id.lead_id = self.routed
        self.mention(2).conversation_id.mood = "negative"

    def profile(self, login):
        return self.env["social.crm.identity"].search([("uri", "=", author(login).uri)])

    def link(self, login, partner):
        self.profile(login)._link(partner, "manual")

    def found(self, model, domain):
        records = self.env[model].with_user(self.sales).search(domain, order="id")
        mine = self.ann | self.bob | self.firm
        if model == "crm.lead":
            mine = self.deal | self.cold | self.handle | self.routed
        return records & mine.with_user(self.sales)

    def test_mark_names_who_waits_longest(self):
        deal = self.deal.with_user(self.sales)
        self.assertEqual(deal.social_mark["id"], self.mention(1).conversation_id.id)
        self.assertTrue(deal.social_mark["waiting"])
        self.assertEqual(deal.social_mark["quote"], "A late delivery")
        self.mention(1).conversation_id.action_done()
        deal.invalidate_recordset()
        self.assertEqual(deal.social_mark["id"], self.mention(2).conversation_id.id)
        self.assertEqual(deal.social_mood, "negative")
        self.mention(2).conversation_id.action_done()
        deal.invalidate_recordset()
        self.assertFalse(deal.social_mark["waiting"])
        self.assertFalse(self.cold.with_user(self.sales).social_mark)
        self.assertEqual(self.handle.social_mark["quote"], "Which colours?")
        self.assertEqual(self.routed.social_mark["quote"], "Prices?")
        self.assertEqual(self.firm.social_mark, self.ann.social_mark)
        self.assertFalse(self.bob.social_mark, "it was two months ago")

    def test_each_record_has_its_own(self):
        leads = self.deal | self.cold | self.handle | self.routed
        leads.invalidate_recordset()
        quotes = [mark and mark["quote"] for mark in leads.mapped("social_mark")]
        self.assertEqual(
            quotes, ["A late delivery", False, "Which colours?", "Prices?"]
        )
        self.assertEqual(leads.mapped("social_open_count"), [2, 0, 1, 1])
        networks = leads.mapped("social_networks")
        self.assertEqual(networks, ["Mastodon", "", "Mastodon", "Mastodon"])
        partners = self.firm | self.ann | self.bob
        self.assertEqual(partners.mapped("social_open_count"), [2, 2, 0])

    def test_each_reader_has_their_own(self):
        """What one user was shown is not in the cache for the next one."""
        agent = self.user(
            "agent", "social_crm.group_user,sales_team.group_sale_salesman"
        )
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        agent.company_ids |= elsewhere
        self.ingest(
            post(9, by="cy", visibility="private", kind="message", minutes=60),
            post(10, by="eve", minutes=9),
        )
        self.mention(9).conversation_id.write({"mood": "negative", "state": "open"})
        self.cold.sudo().social_identity_ids = self.profile("eve")
        self.mention(10).conversation_id.lead_id = self.handle
        leads = (self.handle | self.cold).sudo()
        leads.write({"user_id": False, "team_id": False, "company_id": False})
        names = [
            name
            for name, field in leads._fields.items()
            if name.startswith("social_") and field.compute and not field.store
        ]
        self.assertGreater(len(names), 9)
        readers = (
            leads.with_user(self.sales),
            leads.with_user(agent),
            leads.with_user(agent).with_context(allowed_company_ids=elsewhere.ids),
        )
        alone = []
        for seen in readers:
            self.env.invalidate_all()
            alone.append([seen.mapped(name) for name in names])
        self.env.invalidate_all()
        together = [[seen.mapped(name) for name in names] for seen in readers]
        self.assertEqual(together, alone)
        for name, *values in zip(names, *alone, strict=True):
            if name != "social_keys":
                self.assertNotEqual(values[1], values[2], name)
        counts = [seen[0].social_conversation_count for seen in readers]
        self.assertEqual(counts, [2, 3, 0])
        moods = [seen[0].social_mood for seen in readers]
        self.assertEqual(moods, [False, "negative", False])
        fields_of = self.env.registry.field_depends_context
        for name in (*names, "social_keys"):
            seen_by = fields_of[leads._fields[name]]
            self.assertLessEqual({"uid", "allowed_company_ids"}, set(seen_by), name)

    def test_private_words_are_not_on_a_card(self):
        self.ingest(post(9, by="bob", visibility="private", kind="message", minutes=1))
        self.bob.invalidate_recordset()
        self.assertFalse(self.bob.with_user(self.sales).social_mark)
        self.bob.invalidate_recordset()
        self.assertEqual(self.bob.social_mark["quote"], "")

    def test_columns(self):
        firm = self.firm.with_user(self.sales)
        newest = self.mention(2).published_at
        self.assertEqual(firm.social_last_at, newest)
        self.assertEqual(firm.social_waiting_since, self.mention(1).published_at)
        self.assertEqual(firm.social_networks, "Mastodon")
        self.assertEqual(self.routed.social_last_at, self.mention(5).published_at)
        self.assertFalse(self.cold.social_last_at)

    def test_who_is_snoozed_does_not_wait(self):
        """Their column says so, as their filter does."""
        waiting = [("social_waiting_since", "!=", False)]
        first, second = self.mention(1).conversation_id, self.mention(2).conversation_id
        first.action_snooze_tomorrow()
        self.assertTrue(first.waiting_since)
        deal = self.deal.with_user(self.sales)
        self.assertEqual(deal.social_waiting_since, second.waiting_since)
        second.state = "waiting"
        deal.invalidate_recordset()
        self.assertFalse(deal.social_waiting_since)
        self.assertNotIn(self.deal, self.found("crm.lead", waiting))
        first.action_reopen()
        deal.invalidate_recordset()
        self.assertEqual(deal.social_waiting_since, first.waiting_since)
        self.assertIn(self.deal, self.found("crm.lead", waiting))

    def test_filters_find_what_the_marks_show(self):
        week = fields.Datetime.now() - timedelta(days=7)
        waiting = [("social_waiting_since", "!=", False)]
        recent = [("social_last_at", ">=", week)]
        talking = self.deal | self.handle | self.routed
        self.assertEqual(self.found("crm.lead", waiting), talking)
        self.assertEqual(self.found("crm.lead", recent), talking)
        unhappy = [("social_mood", "=", "negative")]
        self.assertEqual(self.found("crm.lead", unhappy), self.deal)
        # A company has what its people said.
        theirs = self.ann | self.firm
        self.assertEqual(self.found("res.partner", unhappy), theirs)
        self.assertEqual(self.found("res.partner", waiting), theirs)
        self.mention(1).conversation_id.action_done()
        self.mention(2).conversation_id.action_done()
        self.assertFalse(self.found("res.partner", waiting))
        self.assertEqual(self.found("res.partner", recent), theirs)

    def test_the_rest_of_a_filter(self):
        """Many who speak are nobody's contact: "is not" finds the others anyway."""
        known = self.ann | self.bob
        partners = self.env["res.partner"].with_user(self.sales)
        self.assertFalse(self.mention(4).partner_id)
        found = partners.search([("social_mood", "!=", "negative")])
        self.assertEqual(found & known, self.bob)
        leads = self.env["crm.lead"].with_user(self.sales)
        found = leads.search([("social_mood", "!=", "negative")])
        self.assertIn(self.cold, found)
        self.assertNotIn(self.deal, found)

    def test_a_seller_may_duplicate_a_lead(self):
        copy = self.handle.with_user(self.sales).copy()
        self.assertFalse(copy.sudo().social_identity_ids)

    def test_search_by_words_and_handle(self):
        said = [("social_said", "ilike", "delivery late")]
        self.assertEqual(self.found("res.partner", said), self.ann | self.firm)
        self.assertEqual(self.found("crm.lead", said), self.deal)
        words = [("social_said", "ilike", "colours")]
        self.assertEqual(self.found("crm.lead", words), self.handle)
        cy = [("social_handle", "ilike", "@cy@example")]
        self.assertEqual(self.found("crm.lead", cy), self.handle)
        ann = [("social_handle", "ilike", "@ann@example")]
        self.assertEqual(self.found("crm.lead", ann), self.deal)

    def test_a_handle_finds_the_contact(self):
        partners = self.env["res.partner"].with_user(self.sales)
        names = partners.name_search("@ann@exam")
        self.assertEqual([record_id for record_id, _name in names], self.ann.ids)
        # Whoever may not read profiles searches as before.
        self.assertFalse(
            self.env["res.partner"].with_user(self.contacts).name_search("@ann")
        )

    def test_badge_counts_what_it_opens(self):
        firm = self.firm.with_user(self.sales)
        stat = [s for s in firm.application_statistics if "social" in s["label"]]
        self.assertEqual([line["value"] for line in stat], [2])
        action = firm.action_social_conversations()
        conversations = self.conversations.with_user(self.sales)
        self.assertEqual(conversations.search_count(action["domain"]), 2)
        firm.invalidate_recordset()
        # Whoever is listed below a person is not part of that person.
        boss = self.env["res.partner"].create({"name": "Boss"})
        self.bob.parent_id = boss
        self.assertEqual(boss.social_conversation_count, 0)
        action = boss.action_social_conversations()
        self.assertEqual(self.conversations.search_count(action["domain"]), 0)
        plain = self.firm.with_user(self.contacts)
        labels = [line["label"] for line in plain.application_statistics or ()]
        self.assertNotIn("Open on social networks", labels)

    def test_same_queries_for_ten_and_for_eighty(self):
        logins = [f"p{number}" for number in range(80)]
        self.ingest(
            *(post(f"x{n}", by=login, minutes=n) for n, login in enumerate(logins))
        )
        partners = self.env["res.partner"].create([{"name": login} for login in logins])
        for login, partner in zip(logins, partners, strict=True):
            self.link(login, partner)
        leads = self.env["crm.lead"].create(
            [
                {
                    "name": partner.name,
                    "partner_id": partner.id,
                    "user_id": self.sales.id,
                }
                for partner in partners
            ]
        )
        self.env.flush_all()
        contact = {"fields": {"display_name": {}}}
        # As the pipeline reads them.
        lead = {"name": {}, "partner_id": contact, "company_currency": {}}
        partner = {"name": {}, "is_company": {}, "company_id": {}}
        for records, plain, more in (
            (leads, lead, {"social_mark": {}}),
            (leads, lead, {"social_last_at": {}, "social_networks": {}}),
            (partners, partner, {"social_open_count": {}}),
            (partners, partner, {"social_last_at": {}, "social_networks": {}}),
        ):
            specification = {**plain, **more}
            counts = []
            for size in (10, 80):
                mine = records[:size].with_user(self.sales)
                self.env.invalidate_all()
                mine.web_read(specification)
                for spec in (specification, plain):
                    self.env.invalidate_all()
                    before = self.env.cr.sql_log_count
                    mine.web_read(spec)
                    counts.append(self.env.cr.sql_log_count - before)
            ours, theirs = counts[:2]
            self.assertEqual(counts, [ours, theirs, ours, theirs], specification)
            self.assertLessEqual(ours - theirs, 3, specification)

    def test_forms_and_lists_open_with_the_least_rights(self):
        for user in (self.sales, self.contacts):
            for xmlid in ("base.view_partner_form", "base.view_partner_tree"):
                self.env["res.partner"].with_user(user).get_view(self.env.ref(xmlid).id)
            Form(self.ann.with_user(user))
        for xmlid in (
            "crm.crm_case_kanban_view_leads",
            "crm.crm_case_tree_view_oppor",
            "crm.crm_case_tree_view_leads",
            "crm.view_crm_case_opportunities_filter",
        ):
            view = self.env.ref(xmlid)
            arch = self.env["crm.lead"].with_user(self.sales).get_view(view.id)["arch"]
            self.assertIn("social_", arch)
        arch = (
            self.env["res.partner"]
            .with_user(self.contacts)
            .get_view(self.env.ref("base.view_res_partner_filter").id, "search")["arch"]
        )
        self.assertNotIn("social_", arch)
