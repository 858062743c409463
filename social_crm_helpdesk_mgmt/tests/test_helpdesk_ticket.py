from datetime import timedelta

from freezegun import freeze_time
from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from odoo.addons.social_crm.models.retention import Retention
from odoo.addons.social_crm.tests.common import NOW, post
from odoo.addons.social_crm.tests.test_filters import FilterCase
from odoo.addons.social_crm.tests.test_screens import QUERIES

HELPDESK = "helpdesk_mgmt.group_helpdesk_user"


class TicketCase(FilterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls.user("ticket_own", f"{HELPDESK}_own")
        cls.team_user = cls.user("ticket_team", f"{HELPDESK}_team")
        cls.all_tickets = cls.user("ticket_all", HELPDESK)
        cls.team = cls.env["helpdesk.ticket.team"].create(
            {"name": "Care", "user_ids": (cls.own | cls.team_user).ids}
        )
        cls.ticket = cls.make_ticket("Parcel", cls.own)

    @classmethod
    def make_ticket(cls, name, user=None, **values):
        return cls.env["helpdesk.ticket"].create(
            {
                "name": name,
                "description": name,
                "team_id": cls.team.id,
                "user_id": user.id if user else False,
                **values,
            }
        )

    def conversation(self, uid):
        return self.mention(uid).conversation_id

    def said(self, ticket, user=None):
        items = ticket.with_user(user or self.env.user).social_timeline()["items"]
        return [item["text"] for item in items]


@tagged("post_install", "-at_install")
class TestHelpdeskTicket(TicketCase):
    def test_an_open_ticket_keeps_its_conversation(self):
        days = 800
        with freeze_time(NOW.replace(tzinfo=None) - timedelta(days=days)):
            self.ingest(
                *(post(n, by=f"p{n}", minutes=days * 1440) for n in (1, 2)), silent=True
            )
        kept, gone = self.conversation(1), self.conversation(2)
        kept.ticket_id = self.ticket
        gone.ticket_id = self.make_ticket("Solved")
        gone.ticket_id.stage_id = self.env["helpdesk.ticket.stage"].search(
            [("closed", "=", True)], limit=1
        )
        self.env.flush_all()
        job = Retention(self.env)
        while not job.is_done:
            job.run()
        self.env.invalidate_all()
        self.assertFalse(self.mention(1) or self.mention(2))
        self.assertEqual((kept | gone).exists(), kept)

    def test_shows_contact_profiles_and_routed(self):
        partner = self.env["res.partner"].create({"name": "Ann"})
        self.ingest(*(post(uid, by=f"p{uid}", minutes=9 - uid) for uid in range(1, 5)))
        self.ticket.social_identity_ids = self.identity("p1")
        self.conversation(2).ticket_id = self.ticket
        self.identity("p3")._link(partner, "manual")
        self.assertEqual(self.said(self.ticket), ["Text of 2", "Text of 1"])
        self.assertEqual(self.ticket.social_conversation_count, 2)
        self.ticket.partner_id = partner
        # Its profiles are the contact's now.
        self.assertEqual(self.identity("p1").partner_id, partner)
        self.assertFalse(self.ticket.social_identity_ids)
        self.assertEqual(
            self.said(self.ticket), ["Text of 3", "Text of 2", "Text of 1"]
        )
        self.ticket.invalidate_recordset(["social_open_count"])
        self.assertEqual(self.ticket.social_open_count, 3)
        action = self.ticket.action_social_conversations()
        self.assertEqual(self.conversations.search_count(action["domain"]), 3)

    def test_profiles_of_a_ticket_are_those_of_its_user(self):
        self.ingest(post(1), post(2, by="bob"))
        self.ticket.social_identity_ids = self.identity("ann")
        self.make_ticket("Other", self.team_user).social_identity_ids = self.identity(
            "bob"
        )
        self.ticket.user_id = self.own
        profiles = self.env["social.crm.identity"].with_user(self.own)
        self.assertEqual(profiles.search([]), self.identity("ann"))
        self.assertEqual(self.said(self.ticket, self.own), ["Text of 1"])

    def test_cards_and_searches_know_what_was_said(self):
        self.ingest(post(1, minutes=5), post(2, by="bob", minutes=3))
        self.ticket.user_id = self.own
        self.conversation(1).ticket_id = self.ticket
        spare = self.make_ticket("Spare", self.own)
        tickets = (self.ticket | spare).with_user(self.own)
        self.assertEqual(tickets[0].social_mark["quote"], "Text of 1")
        self.assertFalse(tickets[1].social_mark)
        for domain in (
            [("social_waiting_since", "!=", False)],
            [("social_said", "ilike", "text")],
            [("social_conversation_ids", "!=", False)],
        ):
            found = tickets.search([("id", "in", tickets.ids), *domain])
            self.assertEqual(found, tickets[0], domain)
        for name in ("ticket_view_tree", "view_helpdesk_ticket_kanban"):
            view = self.env.ref(f"helpdesk_mgmt.{name}")
            self.assertIn("social_mark", tickets.get_view(view.id)["arch"])

    def test_who_sees_what_of_a_ticket(self):
        self.ingest(
            post(1),
            post(2, by="bob", kind="message", visibility="private"),
            post(3, by="cy"),
        )
        (self.conversation(1) | self.conversation(2)).ticket_id = self.ticket
        teammates = self.make_ticket("Other", self.team_user)
        self.conversation(3).ticket_id = teammates
        # Private messages are never for helpdesk users as such.
        for user, own, other in (
            (self.own, ["Text of 1"], False),
            (self.team_user, ["Text of 1"], ["Text of 3"]),
            (self.all_tickets, ["Text of 1"], ["Text of 3"]),
        ):
            self.assertTrue(user.has_group("social_crm.group_reader"))
            self.assertFalse(user.has_group("social_crm.group_user"))
            self.assertEqual(self.said(self.ticket, user), own)
            counted = self.ticket.with_user(user).social_open_count
            self.assertEqual(counted, 1)
            mentions = self.mentions.with_user(user).search(
                [("body", "=", "Text of 3")]
            )
            self.assertEqual(bool(mentions), bool(other))
            if other:
                self.assertEqual(self.said(teammates, user), other)
            else:
                with self.assertRaises(AccessError):
                    teammates.with_user(user).social_timeline()
        unassigned = self.make_ticket("Nobody's")
        self.conversation(3).ticket_id = unassigned
        self.assertEqual(self.said(unassigned, self.own), ["Text of 3"])

    def test_screens_cost_three_queries_at_most(self):
        logins = [f"p{number}" for number in range(80)]
        self.ingest(
            *(post(n, by=login, minutes=n) for n, login in enumerate(logins, start=1))
        )
        tickets = self.env["helpdesk.ticket"].union(
            *(self.make_ticket(login, self.own) for login in logins)
        )
        for number, ticket in enumerate(tickets, start=1):
            self.conversation(number).ticket_id = ticket
        tickets[0].social_identity_ids = self.identity("p79")
        self.env.flush_all()
        tickets = tickets.with_user(self.own)
        specification = self.specification(
            tickets, "helpdesk_mgmt.ticket_view_form", "form"
        )
        extra = self.extra_queries(tickets[0], specification)
        self.assertLessEqual(extra, QUERIES)
        self.assertEqual(tickets[0].social_now["open"], 2)
        self.assertEqual(len(tickets[0].social_handles), 1)
        self.check_page(tickets, "helpdesk_mgmt.view_helpdesk_ticket_kanban", "kanban")
        self.check_page(tickets, "helpdesk_mgmt.ticket_view_tree", "list")
        teams = self.env["helpdesk.ticket.team"].create(
            [{"name": f"Team {number}"} for number in range(80)]
        )
        self.check_page(
            teams.with_user(self.own),
            "helpdesk_mgmt.helpdesk_ticket_kanban_view",
            "kanban",
        )

    def test_dashboard_equals_what_it_opens(self):
        team = self.env["social.crm.team"].create(
            {"name": "Helpers", "helpdesk_team_id": self.team.id, "everyone": True}
        )
        partner = self.env["res.partner"].create({"name": "Bob"})
        self.ingest(*(post(uid, by=f"p{uid}", minutes=9) for uid in range(1, 5)))
        self.identity("p2")._link(partner, "manual")
        # By the ticket, by the team, by both, and by neither.
        (self.conversation(1) | self.conversation(3)).ticket_id = self.ticket
        (self.conversation(2) | self.conversation(3)).team_id = team
        card = self.team.with_user(self.own)
        self.assertEqual(card.social_waiting_count, 3)
        conversations = self.conversations.with_user(self.own)
        domain = card.action_social_waiting()["domain"]
        self.assertEqual(conversations.search_count(domain), 3)
        self.conversation(3).action_done()
        card.invalidate_recordset()
        self.assertEqual(card.social_waiting_count, 2)

    def test_card_counts_what_its_reader_may_open(self):
        """A contact's words are for all; that they made a ticket of others is not."""
        team = self.env["social.crm.team"].create(
            {"name": "Helpers", "helpdesk_team_id": self.team.id, "everyone": True}
        )
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        partner = self.env["res.partner"].create({"name": "Bob"})
        self.ingest(*(post(uid, by=f"p{uid}", minutes=9) for uid in range(1, 6)))
        for login in ("p1", "p2", "p3", "p4"):
            self.identity(login)._link(partner, "manual")
        self.conversation(1).ticket_id = self.ticket
        # Not theirs to open, but the contact's words are to be read.
        theirs = self.make_ticket("Theirs", self.team_user)
        (self.conversation(2) | self.conversation(5)).ticket_id = theirs
        self.conversation(3).team_id = team
        archived = self.make_ticket("Archived", self.own, active=False)
        self.conversation(4).ticket_id = archived
        idle = self.env["helpdesk.ticket.team"].create({"name": "Idle"})
        agent = self.user("ticket_none", f"social_crm.group_manager,{HELPDESK}_own")
        agent.company_ids |= elsewhere
        for user, number in (
            (self.own, 3),
            # May read all that was said, and has no ticket.
            (agent, 1),
            (self.team_user, 5),
            (self.all_tickets, 5),
        ):
            for company, expected in (
                (self.company, [number, 0]),
                (elsewhere, [0, 0]),
            ):
                if company not in user.company_ids:
                    continue
                cards = (self.team | idle).with_user(user)
                cards = cards.with_context(allowed_company_ids=company.ids)
                self.assertEqual(cards.mapped("social_waiting_count"), expected)
                for card in cards:
                    domain = card.action_social_waiting()["domain"]
                    listed = cards.env["social.crm.conversation"].search_count(domain)
                    self.assertEqual(card.social_waiting_count, listed, user.login)
        # Where nobody waits, the card says nothing.
        view = self.env.ref("helpdesk_mgmt.helpdesk_ticket_kanban_view")
        arch = etree.fromstring(idle.with_user(self.own).get_view(view.id)["arch"])
        (link,) = arch.xpath("//a[@name='action_social_waiting']")
        hidden = link.getparent().get("invisible")
        self.assertEqual(hidden, "not social_waiting_count")

    def test_searches(self):
        self.ingest(post(1), post(2, by="bob", kind="message", visibility="private"))
        (self.conversation(1) | self.conversation(2)).ticket_id = self.ticket
        spare = self.make_ticket("Spare", self.own)
        tickets = (self.ticket | spare).with_user(self.own)
        found = self.groups_of(tickets, "social_network")
        self.assertEqual(found, {"mastodon": tickets[0], False: tickets[1]})
        public = [("social_conversation_ids.visibility", "=", "public")]
        found = tickets.search([("id", "in", tickets.ids), *public])
        self.assertEqual(found, tickets[0])
        unread = [("social_conversation_ids.unread", "=", True)]
        found = tickets.search([("id", "in", tickets.ids), *unread])
        self.assertEqual(found, tickets[0])
        self.conversation(1).action_mark_read()
        # The message that is still unread is not for helpdesk users.
        self.assertFalse(tickets.search([("id", "in", tickets.ids), *unread]))
        arch = tickets.get_view(
            self.env.ref("helpdesk_mgmt.helpdesk_ticket_view_search").id
        )["arch"]
        for name in ("social", "social_unread", "social_public", "social_network"):
            self.assertIn(f'name="{name}"', arch)

    def test_filters_find_what_the_columns_show(self):
        firm = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        bob = self.env["res.partner"].create({"name": "Bob", "parent_id": firm.id})
        self.ingest(
            post(1, minutes=60 * 24 * 5, text="A late delivery"),
            post(2, by="bob", minutes=60 * 24 * 3, text="Which colours?"),
            post(3, by="cy", minutes=60, text="More colours"),
            post(4, by="cy", minutes=30, visibility="private", kind="message"),
        )
        self.identity("bob")._link(bob, "manual")
        for uid, mood in ((1, "negative"), (2, "positive"), (3, "neutral")):
            self.conversation(uid).mood = mood
        self.conversation(1).ticket_id = self.ticket
        profile, spare = (
            self.make_ticket(name, self.own) for name in ("Profile", "Spare")
        )
        profile.social_identity_ids = self.identity("cy")
        tickets = (self.ticket | profile | spare).union(
            *(
                self.make_ticket(partner.name, self.own, partner_id=partner.id)
                for partner in (firm, bob)
            )
        )
        for user in (self.own, self.all_tickets):
            with self.subTest(user=user.login):
                self.check_all(tickets.with_user(user))

    def test_menu(self):
        menu = self.env.ref("social_crm_helpdesk_mgmt.social_crm_menu_service")
        agent = self.user("social_only", "social_crm.group_user")
        for user, there in ((self.own, True), (agent, False)):
            menus = self.env["ir.ui.menu"].with_user(user).load_menus(False)
            self.assertEqual(menu.id in menus, there, user.login)

    def test_follower_without_helpdesk_rights_meets_no_error(self):
        seller = self.user("ticket_seller", "sales_team.group_sale_salesman")
        self.ticket.message_subscribe(seller.partner_id.ids)
        self.ingest(post(1))
        self.conversation(1).ticket_id = self.ticket
        ticket = self.ticket.with_user(seller)
        self.assertEqual(self.said(ticket, seller), [])
        self.assertEqual(ticket.social_conversation_count, 0)
        ticket.action_social_conversations()
        arch = self.conversations.with_user(seller).get_view(view_type="form")["arch"]
        self.assertNotIn('name="ticket_id"', arch)

    def test_other_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self.user(
            "ticket_elsewhere",
            "helpdesk_mgmt.group_helpdesk_manager",
            company_id=company.id,
            company_ids=[company.id],
        )
        self.ingest(post(1))
        self.conversation(1).ticket_id = self.ticket
        self.assertFalse(self.mentions.with_user(stranger).search([]))
        self.assertFalse(self.conversations.with_user(stranger).search([]))

    def test_duplicate_hands_over_to_the_original(self):
        duplicate = self.make_ticket("Parcel again", self.own)
        self.ingest(post(1), post(2, by="bob"))
        self.conversation(1).ticket_id = duplicate
        duplicate.social_identity_ids = self.identity("bob")
        # As the wizard does it, by somebody with few rights.
        duplicate.with_user(self.all_tickets).write({"duplicate_id": self.ticket.id})
        self.assertEqual(self.conversation(1).ticket_id, self.ticket)
        self.assertEqual(self.ticket.social_identity_ids, self.identity("bob"))
        self.assertFalse(duplicate.social_identity_ids)

    def test_duplicates_of_duplicates(self):
        """Whatever people mark as what, nobody's profile is lost on the way."""
        first, second, third = (
            self.make_ticket(name, self.own) for name in ("First", "Second", "Third")
        )
        self.ingest(post(1), post(2, by="bob"), post(3, by="cy"))
        ann, bob, cy = map(self.identity, ("ann", "bob", "cy"))
        for ticket, profile in ((first, ann), (second, bob), (third, cy)):
            ticket.social_identity_ids = profile
        self.conversation(1).ticket_id = first
        first.duplicate_id = first
        self.assertEqual(first.social_identity_ids, ann)
        self.assertEqual(self.conversation(1).ticket_id, first)
        first.duplicate_id = False
        # Several at once, the original among them.
        (first | second).write({"duplicate_id": second.id})
        self.assertEqual(second.social_identity_ids, ann | bob)
        self.assertFalse(first.social_identity_ids)
        self.assertEqual(self.conversation(1).ticket_id, second)
        # A duplicate of a duplicate belongs where that one went.
        second.duplicate_id = self.ticket
        self.conversation(3).ticket_id = third
        third.duplicate_id = second
        self.assertEqual(self.ticket.social_identity_ids, ann | bob | cy)
        self.assertEqual(self.conversation(3).ticket_id, self.ticket)
        # Round in a circle.
        self.ticket.duplicate_id = third
        self.assertEqual(
            (third | second | self.ticket).social_identity_ids, ann | bob | cy
        )

    def test_an_archived_profile_goes_with_the_others(self):
        duplicate = self.make_ticket("Parcel again", self.own)
        self.ingest(post(1))
        duplicate.social_identity_ids = ann = self.identity("ann")
        ann.active = False
        duplicate.duplicate_id = self.ticket
        tickets = (self.ticket | duplicate).with_context(active_test=False)
        self.assertEqual(tickets[0].social_identity_ids, ann)
        self.assertFalse(tickets[1].social_identity_ids)

    def test_screens_hear_of_tickets(self):
        self.ingest(post(1))
        self.conversation(1).ticket_id = self.ticket
        lead = self.env["crm.lead"].create({"name": "Deal"})
        self.conversation(1).lead_id = lead
        targets = self.conversations._notification_targets(self.conversation(1).ids)
        self.assertEqual(targets, {"lead_ids": lead.ids, "ticket_ids": self.ticket.ids})


@tagged("post_install", "-at_install")
class TestTicketTour(TicketCase, HttpCase):
    def test_own_tickets(self):
        self.ingest(
            post(1, text="My parcel never came", minutes=60),
            post(2, by="bob", text="Not yours to read"),
        )
        self.conversation(1).ticket_id = self.ticket
        self.start_tour(
            f"/odoo/helpdesk.ticket/{self.ticket.id}",
            "social_crm_ticket",
            login="ticket_own",
        )

    def test_portal(self):
        customer = self.user("ticket_portal", "base.group_portal")
        self.ticket.partner_id = customer.partner_id
        self.ingest(post(1, text="My parcel never came", minutes=60))
        self.conversation(1).ticket_id = self.ticket
        self.start_tour(
            f"/my/ticket/{self.ticket.id}",
            "social_crm_portal_ticket",
            login="ticket_portal",
        )
