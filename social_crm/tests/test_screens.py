"""The screens of other apps that we add to, as those who have the fewest rights."""

from unittest.mock import patch

from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.mail.tools.discuss import Store

from ..models.res_partner import ResPartner
from .common import SocialCase, author, post

X2MANY = ("one2many", "many2many")
# More than without the add-on, for a page of any length.
QUERIES = 3


class ScreenCase(SocialCase):
    @classmethod
    def identity(cls, login):
        return cls.env["social.crm.identity"].search([("uri", "=", author(login).uri)])

    def link(self, login, partner):
        self.identity(login)._link(partner, "manual")

    def specification(self, model, xmlid, kind):
        """What the web client asks of a view, roughly: its fields and their names."""
        arch = etree.fromstring(model.get_view(self.env.ref(xmlid).id, kind)["arch"])
        display = {"fields": {"display_name": {}}}
        found = {}
        for node in arch.xpath("//field[not(ancestor::field)]"):
            field = model._fields[node.get("name")]
            if field.type != "properties":
                relational = field.type in (*X2MANY, "many2one")
                found[field.name] = display if relational else {}
        return found

    def extra_queries(self, records, specification):
        """How many queries more these records cost with our fields than without."""
        plain = {
            name: value
            for name, value in specification.items()
            if not name.startswith("social_")
        }
        self.assertLess(len(plain), len(specification), "nothing of ours is there")
        ours = self.count_queries(records, specification)
        # The badge of a contact comes by a hook, not by a field of ours.
        with patch.object(
            ResPartner,
            "_compute_application_statistics_hook",
            lambda partners: super(
                ResPartner, partners
            )._compute_application_statistics_hook(),
        ):
            return ours - self.count_queries(records, plain)

    def count_queries(self, records, specification):
        for _warm in range(2):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.web_read(specification)
        return self.env.cr.sql_log_count - before

    def check_page(self, records, xmlid, kind):
        specification = self.specification(records, xmlid, kind)
        extra = [self.extra_queries(records[:size], specification) for size in (10, 80)]
        self.assertEqual(extra[0], extra[1], (xmlid, extra))
        self.assertLessEqual(extra[0], QUERIES, xmlid)

    def groups_of(self, records, field):
        """{value: records in that group}, and each group opens what it counts."""
        domain, found = [("id", "in", records.ids)], {}
        for value, count in records._read_group(domain, [field], ["__count"]):
            found[value] = records.search([*domain, (field, "=", value)], order="id")
            self.assertEqual(len(found[value]), count, (field, value))
        return found


@tagged("post_install", "-at_install")
class TestScreens(ScreenCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = cls.user("reader", "social_crm.group_reader")
        cls.sales = cls.user("sales", "sales_team.group_sale_salesman")
        cls.agent = cls.user("agent", "social_crm.group_user")
        cls.contacts = cls.user("contacts", "base.group_user")
        partners = cls.env["res.partner"]
        cls.firm = partners.create({"name": "Firm", "is_company": True})
        cls.ann, cls.bob = partners.create(
            [{"name": "Ann", "parent_id": cls.firm.id}, {"name": "Bob"}]
        )
        leads = cls.env["crm.lead"]
        cls.deal = leads.create(
            {"name": "Deal", "partner_id": cls.bob.id, "user_id": cls.sales.id}
        )
        cls.cold = leads.create({"name": "Cold", "user_id": cls.sales.id})

    def setUp(self):
        super().setUp()
        self.ingest(
            post(1, minutes=300, text="A late delivery"),
            post(2, minutes=200, text="Still nothing"),
            post(3, by="bob", minutes=100, text="What does it cost?"),
            post(4, by="cy", minutes=50, text="Which colours?"),
            post(5, by="bob", minutes=9, visibility="private", kind="message"),
        )
        self.link("ann", self.ann)
        self.link("bob", self.bob)
        self.cold.sudo().social_identity_ids = self.identity("cy")

    def conversation(self, uid):
        return self.mention(uid).conversation_id

    # --- what forms say of now -----------------------------------------------

    def test_form_names_who_waits_longest(self):
        now = self.ann.with_user(self.reader).social_now
        self.assertEqual((now["open"], now["total"]), (2, 2))
        first, second = now["conversations"]
        self.assertEqual(first["quote"], "A late delivery")
        self.assertEqual(second["quote"], "Still nothing")
        self.assertEqual(first["name"], "Ann")
        self.assertEqual(first["network"], "Mastodon")
        self.assertFalse(first["private"])
        self.assertTrue(first["since"])
        self.assertEqual(self.firm.with_user(self.reader).social_now, now)
        self.conversation(1).action_done()
        self.conversation(2).action_done()
        self.env.invalidate_all()
        now = self.ann.with_user(self.reader).social_now
        self.assertEqual(now, {"open": 0, "total": 2, "conversations": []})
        nobody = self.env["res.partner"].create({"name": "Nobody"})
        self.assertFalse(nobody.with_user(self.reader).social_now)

    def test_form_shows_no_more_than_one_may_read(self):
        bob = self.bob.with_user(self.reader)
        quotes = [item["quote"] for item in bob.social_now["conversations"]]
        self.assertEqual(quotes, ["What does it cost?"])
        self.env.invalidate_all()
        now = self.bob.with_user(self.agent).social_now
        self.assertEqual([c["private"] for c in now["conversations"]], [False, True])
        with self.assertRaises(AccessError):
            self.bob.with_user(self.contacts).read(["social_now"])

    def test_form_equals_its_button(self):
        for record in (self.ann, self.firm, self.bob, self.deal, self.cold):
            record = record.with_user(self.sales)
            now = record.social_now
            self.assertEqual(now["open"], record.social_open_count, record)
            self.assertEqual(now["total"], record.social_conversation_count, record)
            domain = record.action_social_conversations()["domain"]
            listed = self.conversations.with_user(self.sales).search_count(domain)
            self.assertEqual(now["total"], listed, record)

    def test_records_together_are_as_alone(self):
        # Nobody's profile is not that of each lead that has no contact.
        spare = self.env["crm.lead"].create({"name": "Spare", "user_id": False})
        for records, user in (
            (self.ann | self.firm | self.bob, self.reader),
            (self.deal | self.cold | spare, self.sales),
        ):
            records = records.with_user(user)
            self.env.invalidate_all()
            together = records.mapped("social_now"), records.mapped("social_handles")
            alone = [], []
            for record_id in records.ids:
                self.env.invalidate_all()
                # By its id: the cache has no others to compute along with it.
                record = records.browse(record_id)
                alone[0].append(record.social_now)
                alone[1].append(record.social_handles)
            self.assertEqual(together, alone)

    def test_a_lead_keeps_the_words_that_made_it(self):
        self.conversation(4).lead_id = self.deal
        (self.conversation(3) | self.conversation(4)).action_done()
        deal = self.deal.with_user(self.sales)
        (origin,) = deal.social_now["conversations"]
        self.assertEqual(origin["quote"], "Which colours?")
        self.assertFalse(origin["since"], "nobody waits")
        self.assertEqual(deal.social_now["open"], 0)

    def test_the_first_words_of_many(self):
        """However much was routed since, a lead shows what it began with."""
        self.ingest(
            *(
                post(uid, by="cy", minutes=59 - uid, text=f"No. {uid}")
                for uid in range(10, 20)
            )
        )
        uids = (4, *range(10, 20))
        routed = self.conversations.union(*map(self.conversation, uids))
        self.assertEqual(len(routed), len(uids))
        routed.lead_id = self.deal
        routed.action_done()
        self.conversation(3).action_done()
        deal = self.deal.with_user(self.sales)
        (origin,) = deal.social_now["conversations"]
        self.assertEqual(origin["quote"], "Which colours?")
        counted = deal.social_now["open"], deal.social_now["total"]
        self.assertEqual(counted, (0, len(uids) + 1))

    def test_handles(self):
        def handles(record):
            return [item["handle"] for item in record.social_handles or ()]

        self.assertEqual(
            handles(self.ann.with_user(self.reader)), ["@ann@example.social"]
        )
        # A company has what its people said, not their names.
        self.assertEqual(handles(self.firm.with_user(self.reader)), [])
        deal, cold = self.deal.with_user(self.sales), self.cold.with_user(self.sales)
        self.assertEqual(handles(deal), ["@bob@example.social"])
        self.assertEqual(handles(cold), ["@cy@example.social"])
        basis = self.ann.with_user(self.reader).social_handles[0]["basis"]
        self.assertEqual(basis, "Set by a user")

    def test_forms_cost_three_queries_at_most(self):
        for records, user, xmlid in (
            (self.ann, self.reader, "base.view_partner_form"),
            (self.firm, self.reader, "base.view_partner_form"),
            (self.deal, self.sales, "crm.crm_lead_view_form"),
            (self.cold, self.sales, "crm.crm_lead_view_form"),
        ):
            record = records.with_user(user)
            specification = self.specification(record, xmlid, "form")
            extra = self.extra_queries(record, specification)
            self.assertLessEqual(extra, QUERIES, (record, extra))

    def test_forms_hold_what_the_screens_show(self):
        for user, model, xmlid, where in (
            (self.reader, "res.partner", "base.view_partner_form", "contact_addresses"),
            (self.sales, "crm.lead", "crm.crm_lead_view_form", "internal_notes"),
        ):
            view = self.env[model].with_user(user).get_view(self.env.ref(xmlid).id)
            arch = etree.fromstring(view["arch"])
            (page,) = arch.xpath("//page[@name='social_crm']")
            self.assertEqual(page.getprevious().get("name"), where)
            first = page[0].get("widget")
            self.assertEqual(first, "social_crm_now", "who waits stands first")
            handles = arch.xpath(
                "//group//field[@name='social_handles'][not(ancestor::page)]"
            )
            self.assertEqual(len(handles), 2 if model == "crm.lead" else 1)

    # --- pages of many -------------------------------------------------------

    def test_pages_of_ten_and_of_eighty(self):
        logins = [f"p{number}" for number in range(80)]
        self.ingest(
            *(post(f"x{n}", by=login, minutes=n) for n, login in enumerate(logins))
        )
        partners = self.env["res.partner"].create(
            # Some firms, some people of firms, some on their own.
            [{"name": login, "is_company": not n % 5} for n, login in enumerate(logins)]
        )
        partners[1::5].parent_id = partners[0]
        for login, partner in zip(logins, partners, strict=True):
            self.link(login, partner)
        values = {"user_id": self.sales.id}
        leads = self.env["crm.lead"].create(
            [{"name": p.name, "partner_id": p.id, **values} for p in partners]
        )
        self.env.flush_all()
        partners, leads = partners.with_user(self.reader), leads.with_user(self.sales)
        self.check_page(partners, "base.view_partner_tree", "list")
        self.check_page(partners, "mail.res_partner_view_activity", "activity")
        self.check_page(leads, "crm.view_crm_lead_kanban", "kanban")
        self.check_page(leads, "crm.crm_case_kanban_view_leads", "kanban")
        self.check_page(leads, "crm.crm_lead_view_activity", "activity")
        self.check_page(leads, "crm.crm_case_tree_view_oppor", "list")
        teams = self.env["crm.team"].create(
            [{"name": f"Team {number}"} for number in range(80)]
        )
        self.check_page(
            teams.with_user(self.sales),
            "sales_team.crm_team_view_kanban_dashboard",
            "kanban",
        )

    # --- searching -----------------------------------------------------------

    def filters(self, user, model, xmlid):
        view = self.env[model].with_user(user).get_view(self.env.ref(xmlid).id)
        nodes = etree.fromstring(view["arch"]).iter("filter", "field")
        return {node.get("name") for node in nodes if "social" in node.get("name")}

    def test_searches_offer_what_may_be_found(self):
        asked = {
            ("res.partner", "base.view_res_partner_filter", self.reader): {
                "social_profile",
                "social_recent",
                "social_waiting",
                "social_influencer",
                "social_helper",
                "social_network",
            },
            ("crm.lead", "crm.view_crm_case_opportunities_filter", self.sales): {
                "social_waiting",
                "social_recent",
                "social_unhappy",
                "social_network",
                "social_mood",
            },
            ("crm.lead", "crm.view_crm_case_leads_filter", self.sales): {
                "social_waiting",
                "social_recent",
                "social_unhappy",
                "social_network",
                "social_mood",
            },
            ("crm.lead", "crm.crm_opportunity_report_view_search", self.sales): {
                "social",
                "social_network",
            },
        }
        for (model, xmlid, user), names in asked.items():
            found = self.filters(user, model, xmlid)
            fields = {"social_handle", "social_said"}
            self.assertEqual(found - fields, names, xmlid)
        self.assertFalse(
            self.filters(self.contacts, "res.partner", "base.view_res_partner_filter")
        )

    def test_group_by_network(self):
        idle = self.env["res.partner"].create({"name": "Idle"})
        talking = (self.firm | self.ann | self.bob).with_user(self.reader)
        partners = talking | idle.with_user(self.reader)
        found = self.groups_of(partners, "social_network")
        self.assertEqual(found, {"mastodon": talking, False: partners - talking})
        # One on two networks is in both groups.
        _account, feed = self._make_feed(self.company)
        feed.account_id.network = "bluesky"
        self.ingest(post("b1", by="ann_blue"), feed=feed)
        self.link("ann_blue", self.ann)
        found = self.groups_of(partners, "social_network")
        # A company is where its people are.
        self.assertEqual(found["bluesky"], talking[:2])
        self.assertEqual(found["mastodon"], talking)
        leads = (self.deal | self.cold).with_user(self.sales)
        self.assertEqual(
            self.groups_of(leads, "social_network"), {"mastodon": leads.sorted("id")}
        )

    def test_group_by_mood(self):
        self.conversation(3).mood = "negative"
        leads = (self.deal | self.cold).with_user(self.sales)
        found = self.groups_of(leads, "social_mood")
        self.assertEqual(found["negative"], self.deal.with_user(self.sales))
        self.assertEqual(found[False], self.cold.with_user(self.sales))

    def test_groups_with_the_rights_of_the_reader(self):
        """A lead of somebody else's stranger is no way to learn where they speak."""
        lead = self.env["crm.lead"].create({"name": "Theirs", "user_id": self.agent.id})
        self.conversation(4).identity_id.lead_ids = False
        self.conversation(4).lead_id = lead
        lead.user_id = self.sales
        mine = lead.with_user(self.sales)
        self.assertIn("mastodon", self.groups_of(mine, "social_network"))
        self.conversation(4).visibility = "private"
        self.env.invalidate_all()
        self.assertEqual(self.groups_of(mine, "social_network"), {False: mine})
        with self.assertRaises(AccessError):
            self.env["res.partner"].with_user(self.contacts)._read_group(
                [], ["social_network"], ["__count"]
            )

    def test_report_finds_what_came_from_social(self):
        self.conversation(4).lead_id = self.cold
        leads = (self.deal | self.cold).with_user(self.sales)
        domain = [("id", "in", leads.ids), ("social_conversation_ids", "!=", False)]
        self.assertEqual(leads.search(domain), self.cold.with_user(self.sales))

    # --- cards ---------------------------------------------------------------

    def test_team_card_equals_what_it_opens(self):
        ours, other = self.env["crm.team"].create([{"name": "Ours"}, {"name": "Other"}])
        team = self.env["social.crm.team"].create(
            {"name": "Sellers", "crm_team_id": ours.id, "everyone": True}
        )
        self.conversations.search([]).team_id = team
        self.conversation(2).action_done()
        for user, number in ((self.sales, 3), (self.agent, 4)):
            if user == self.agent:
                user.group_ids |= self.env.ref("sales_team.group_sale_salesman")
            self.env.invalidate_all()
            cards = (ours | other).with_user(user)
            self.assertEqual(cards.mapped("social_waiting_count"), [number, 0])
            action = cards[0].action_social_waiting()
            conversations = self.conversations.with_user(user)
            self.assertEqual(conversations.search_count(action["domain"]), number)

    def card(self, user, su=False):
        partner = self.ann.with_user(user).sudo(su)
        store = Store()
        store.add(partner, partner._get_store_avatar_card_fields(store.target))
        (values,) = (
            line for line in store.get_result()["res.partner"] if "name" in line
        )
        return values

    def test_avatar_card(self):
        values = self.card(self.reader)
        self.assertEqual(
            [item["handle"] for item in values["social_handles"]],
            ["@ann@example.social"],
        )
        self.assertIn("social_mood", values)
        self.assertNotIn("social_handles", self.card(self.contacts))
        self.assertNotIn("social_handles", self.card(self.reader, su=True))

    def test_menus(self):
        menu = self.env.ref("social_crm.social_crm_menu_sales")
        for user, there in (
            (self.sales, True),
            (self.reader, False),
            (self.contacts, False),
        ):
            menus = self.env["ir.ui.menu"].with_user(user).load_menus(False)
            self.assertEqual(menu.id in menus, there, user.login)
        action = self.env.ref("social_crm.social_crm_conversation_action_sales")
        domain = ["|", ("lead_id", "!=", False), ("team_id.purpose", "=", "sales")]
        self.assertEqual(action.domain.replace(" ", ""), str(domain).replace(" ", ""))
        self.conversation(4).lead_id = self.cold
        found = self.conversations.with_user(self.sales).search(domain)
        self.assertEqual(found, self.conversation(4))

    def test_log_speaks_of_a_status(self):
        self.assertEqual(self.conversations._fields["state"].string, "Status")
