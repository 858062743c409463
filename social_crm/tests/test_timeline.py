from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import SocialCase, post


@tagged("post_install", "-at_install")
class TestTimeline(SocialCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann = cls.env["res.partner"].create({"name": "Ann"})
        cls.acme = cls.env["res.partner"].create(
            {
                "name": "Acme",
                "is_company": True,
                "child_ids": [Command.link(cls.ann.id)],
            }
        )
        cls.lead = cls.env["crm.lead"].create({"name": "Deal", "user_id": False})

    def identity(self, login):
        return self.env["social.crm.identity"].search(
            [("uri", "=", f"https://example.social/users/{login}")]
        )

    def uids(self, record, **kwargs):
        items = record.social_timeline(**kwargs)["items"]
        return [item["url"].rsplit("/", 1)[1] for item in items]

    def test_pages_by_key(self):
        self.ingest(*(post(uid) for uid in range(1, 26)))
        # Two at the same second: the id decides.
        self.ingest(post(100, minutes=1), post(101, minutes=1))
        self.identity("ann")._link(self.ann, "manual")
        seen, cursor = [], None
        while cursor is not False:
            page = self.ann.social_timeline(cursor=cursor, limit=10)
            seen += [item["id"] for item in page["items"]]
            cursor = page["cursor"]
        self.assertEqual(len(seen), 27)
        self.assertEqual(len(set(seen)), 27)
        self.assertEqual(seen, self.mentions.browse(seen).sorted().ids)
        for wrong in ("x", "[1]", '["x", 1]', '{"a": 1}'):
            with self.assertRaises(UserError):
                self.ann.social_timeline(cursor=wrong)

    def test_company_shows_its_people(self):
        self.ingest(post(1, minutes=3), post(2, by="bob", minutes=2), post(3, by="cy"))
        self.identity("ann")._link(self.ann, "manual")
        self.identity("bob")._link(self.acme, "manual")
        self.assertEqual(self.uids(self.acme), ["2", "1"])
        self.assertEqual(self.uids(self.ann), ["1"])
        self.assertEqual((self.acme | self.ann).mapped("social_open_count"), [2, 1])
        action = self.acme.action_social_conversations()
        self.assertEqual(self.conversations.search_count(action["domain"]), 2)

    def test_lead_shows_contact_profiles_and_routed(self):
        self.ingest(*(post(uid, by=f"p{uid}", minutes=9 - uid) for uid in range(1, 5)))
        self.lead.social_identity_ids = self.identity("p1")
        self.identity("p2")._link(self.ann, "manual")
        self.mention(3).conversation_id.lead_id = self.lead
        self.assertEqual(self.uids(self.lead), ["3", "1"])
        self.assertEqual(self.lead.social_open_count, 2)
        self.lead.partner_id = self.ann
        # The profile went to the contact.
        self.assertEqual(self.identity("p1").partner_id, self.ann)
        self.assertFalse(self.lead.social_identity_ids)
        self.assertEqual(self.uids(self.lead), ["3", "2", "1"])
        self.lead.invalidate_recordset()
        self.assertEqual(self.lead.social_open_count, 3)

    def test_filters(self):
        self.ingest(
            post(1, text="Late parcel", minutes=60 * 24 * 3),
            post(2, text="Thanks", kind="comment", minutes=5),
            post(3, text="100% late_ parcel", minutes=4),
        )
        self.identity("ann")._link(self.ann, "manual")
        self.mention(2).sentiment_label = "positive"
        for filters, expected in (
            ({}, ["3", "2", "1"]),
            ({"text": "parcel LATE"}, ["3", "1"]),
            ({"text": "100%"}, ["3"]),
            ({"kinds": ["comment"]}, ["2"]),
            ({"moods": ["positive"]}, ["2"]),
            ({"networks": ["bluesky"]}, []),
            ({"until": str(self.mention(1).published_at.date())}, ["1"]),
            ({"since": str(self.mention(3).published_at.date())}, None),
        ):
            found = self.uids(self.ann, filters=filters)
            if expected is None:
                self.assertNotIn("1", found)
            else:
                self.assertEqual(found, expected, filters)

    def test_thread(self):
        self.ingest(
            post(1, minutes=9),
            post(2, by="bob", minutes=8, parent_uid="1"),
            post(3, by="cy", minutes=7, parent_uid="2"),
        )
        self.identity("ann")._link(self.ann, "manual")
        (item,) = self.ann.social_timeline()["items"]
        self.assertEqual(item["thread_count"], 2)
        thread = self.mentions.social_thread(item["id"])
        self.assertEqual([line["url"][-1] for line in thread], ["1", "2", "3"])

    def test_same_queries_for_ten_and_for_thirty(self):
        for login in range(40):
            self.ingest(post(login + 1, by=f"p{login}"))
            self.identity(f"p{login}")._link(self.ann, "manual")

        def cost(limit):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.ann.social_timeline(limit=limit)
            return self.env.cr.sql_log_count - before

        cost(10)
        self.assertEqual(cost(10), cost(30))

    def test_counter_costs_the_same_for_many(self):
        people = self.env["res.partner"].create([{"name": f"P{n}"} for n in range(80)])
        self.ingest(post(1))
        self.identity("ann")._link(people[3], "manual")

        def cost(partners):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            partners.mapped("social_open_count")
            return self.env.cr.sql_log_count - before

        cost(people[:10])
        self.assertEqual(cost(people[:10]), cost(people))

    # --- links ---------------------------------------------------------------

    def test_link_and_unlink(self):
        self.ingest(post(1), post(2, minutes=1))
        identity = self.identity("ann")
        identity._link(self.ann, "given")
        self.assertEqual(self.mention(1).partner_id, self.ann)
        self.assertEqual(self.mention(1).conversation_id.partner_id, self.ann)
        self.assertEqual(identity.link_basis, "given")
        self.assertEqual(identity.link_user_id, self.env.user)
        self.ingest(post(3, minutes=1))
        self.assertEqual(self.mention(3).partner_id, self.ann)
        identity.partner_id = False
        self.assertFalse(self.mention(1).partner_id)
        self.assertFalse(identity.link_basis)
        identity.partner_id = self.ann
        self.assertEqual(identity.link_basis, "manual")

    def test_our_answers_stand_where_the_customer_stands(self):
        def ours(uid, parent, **values):
            return post(uid, by="brand", is_own=True, parent_uid=parent, **values)

        # The second answer arrives before what it answers.
        self.ingest(post(1), ours(2, "1"), ours(3, "2"), ours(5, "4"), ours(9, ""))
        self.identity("ann")._link(self.ann, "manual")
        self.ingest(post(4))
        self.ingest(ours(6, "4"))
        self.assertEqual(self.uids(self.ann), ["6", "5", "4", "3", "2", "1"])
        self.assertEqual(self.uids(self.acme), ["6", "5", "4", "3", "2", "1"])
        bob = self.env["res.partner"].create({"name": "Bob"})
        self.identity("ann")._link(bob, "manual")
        self.assertEqual(self.uids(self.ann), [])
        self.assertEqual(self.uids(bob), ["6", "5", "4", "3", "2", "1"])
        # Our profile is a contact, too: it does not take our answers along.
        own = self.env["res.partner"].create({"name": "Us", "is_company": True})
        self.identity("brand")._link(own, "manual")
        self.assertEqual(self.uids(own), ["9"])
        self.assertEqual(self.uids(bob), ["6", "5", "4", "3", "2", "1"])
        self.identity("ann")._unlink_partner()
        self.assertEqual(self.uids(bob), [])

    def test_long_history_follows_in_the_background(self):
        for start in range(0, 1200, 100):
            self.ingest(*(post(uid) for uid in range(start + 1, start + 101)))
        self.identity("ann")._link(self.ann, "manual")
        domain = [("partner_id", "=", self.ann.id)]
        self.assertEqual(self.mentions.search_count(domain), 1000)
        # Meanwhile the timeline is complete.
        page = self.ann.social_timeline(limit=100)
        seen = len(page["items"])
        while page["cursor"]:
            page = self.ann.social_timeline(cursor=page["cursor"], limit=100)
            seen += len(page["items"])
        self.assertEqual(seen, 1200)
        self.identity("ann")._link(self.acme, "manual")
        self.assertFalse(self.ann.social_timeline()["items"])
        self.identity("ann")._link(self.ann, "manual")
        with self.enter_registry_test_mode():
            self.env.ref("social_crm.ir_cron_relink").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.mentions.search_count(domain), 1200)
        self.assertFalse(self.identity("ann").relink_pending)

    def test_network_may_forbid_the_link(self):
        self.ingest(post(1))
        policy = self.account._get_connector_class().policy
        for may_link, basis, allowed in (
            ("no", "stated", False),
            ("opt_in", "manual", False),
            ("opt_in", "stated", True),
        ):
            changed = type(policy)(may_link=may_link, clause="It is forbidden.")
            self.patch(
                type(self.account)._get_connector_class(self.account), "policy", changed
            )
            if allowed:
                self.identity("ann")._link(self.ann, basis)
                continue
            with self.assertRaises(UserError):
                self.identity("ann")._link(self.ann, basis)
        with self.assertRaises(UserError):
            self.identity("ann").partner_id = self.acme

    def test_contact_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self.env["res.partner"].create(
            {"name": "Stranger", "company_id": other.id}
        )
        self.ingest(post(1))
        with self.assertRaises(UserError):
            self.identity("ann")._link(stranger, "manual")

    def test_merge_of_contacts_loses_nothing(self):
        other = self.env["res.partner"].create({"name": "Anne"})
        self.ingest(*(post(uid, by=f"p{uid}", minutes=uid) for uid in range(1, 5)))
        for uid in (1, 2):
            self.identity(f"p{uid}")._link(self.ann, "manual")
        for uid in (3, 4):
            self.identity(f"p{uid}")._link(other, "given")
        self.env.flush_all()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.ann | other).ids, self.ann)
        self.env.invalidate_all()
        self.assertFalse(other.exists())
        self.assertEqual(len(self.ann.social_identity_ids), 4)
        self.assertEqual(self.identity("p3").link_basis, "given")
        self.assertEqual(self.uids(self.ann), ["1", "2", "3", "4"])
        self.assertEqual(self.ann.social_conversation_count, 4)

    def test_merge_of_leads_loses_nothing(self):
        other = self.env["crm.lead"].create({"name": "Deal too", "user_id": False})
        self.ingest(*(post(uid, by=f"p{uid}", minutes=uid) for uid in range(1, 5)))
        for uid, lead in ((1, self.lead), (2, other)):
            lead.social_identity_ids = self.identity(f"p{uid}")
        for uid, lead in ((3, self.lead), (4, other)):
            self.mention(uid).conversation_id.lead_id = lead
        merged = (self.lead | other).merge_opportunity()
        self.assertEqual(self.uids(merged), ["1", "2", "3", "4"])

    def test_deleted_contact_leaves_the_profile(self):
        self.ingest(post(1))
        bob = self.env["res.partner"].create({"name": "Bob"})
        self.identity("ann")._link(bob, "manual")
        self.env.flush_all()
        bob.unlink()
        self.env.invalidate_all()
        self.assertFalse(self.mention(1).partner_id)
        self.assertTrue(self.identity("ann"))


@tagged("post_install", "-at_install")
class TestRights(SocialCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann = cls.env["res.partner"].create({"name": "Ann"})
        cls.contacts = cls.user(
            "contacts", "base.group_user,base.group_partner_manager"
        )
        cls.sales = cls.user("sales", "sales_team.group_sale_salesman")
        cls.agent = cls.user("agent", "social_crm.group_user")
        cls.manager = cls.user("manager", "social_crm.group_manager")
        company = cls.env["res.company"].create({"name": "Other"})
        cls.stranger = cls.user(
            "stranger",
            "social_crm.group_manager,sales_team.group_sale_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        private = {"visibility": "private", "kind": "message"}
        cls.mentions._ingest(
            cls.feed,
            (
                post(1, minutes=4),
                post(2, minutes=3, **private),
                post(3, by="bob", minutes=2),
                post(4, by="bob", minutes=1, **private),
            ),
        )
        cls.env["social.crm.identity"].search([("name", "=", "Ann")])._link(
            cls.ann, "manual"
        )
        cls.team = cls.env["social.crm.team"].create({"name": "Service"})

    def seen(self, user):
        found = self.mentions.with_user(user).search(
            [("uri", "=like", "https://example.social/posts/%")]
        )
        return sorted(mention.url[-1] for mention in found)

    def test_who_sees_which_mentions(self):
        with self.assertRaises(AccessError):
            self.seen(self.contacts)
        self.assertEqual(self.seen(self.sales), ["1"])
        self.assertEqual(self.seen(self.agent), ["1", "2", "3", "4"])
        self.assertEqual(self.seen(self.manager), ["1", "2", "3", "4"])
        self.assertEqual(self.seen(self.stranger), [])

    def test_private_messages_of_another_team(self):
        self.mention(2).conversation_id.team_id = self.team
        self.assertEqual(self.seen(self.agent), ["1", "3", "4"])
        self.assertEqual(self.seen(self.manager), ["1", "2", "3", "4"])
        with self.assertRaises(AccessError):
            self.mention(2).conversation_id.with_user(self.agent).read(["preview"])
        self.team.member_ids = self.agent
        self.assertEqual(self.seen(self.agent), ["1", "2", "3", "4"])
        self.mention(2).conversation_id.with_user(self.agent).read(["preview"])

    def test_mentions_of_leads_one_may_read(self):
        lead = self.env["crm.lead"].create({"name": "Deal", "user_id": self.sales.id})
        self.mention(3).conversation_id.lead_id = lead
        self.assertEqual(self.seen(self.sales), ["1", "3"])
        lead.user_id = self.agent
        self.assertEqual(self.seen(self.sales), ["1"])
        self.env["social.crm.identity"].search([("name", "=", "Bob")]).lead_ids = lead
        self.assertEqual(self.seen(self.sales), ["1"])
        lead.user_id = self.sales
        self.mention(3).conversation_id.lead_id = False
        self.assertEqual(self.seen(self.sales), ["1", "3"])
        everything = self.user("all_leads", "sales_team.group_sale_salesman_all_leads")
        self.assertEqual(self.seen(everything), ["1", "3"])

    def test_lead_title_stays_with_sales(self):
        lead = self.env["crm.lead"].create({"name": "Takeover", "user_id": False})
        conversation = self.mention(3).conversation_id
        conversation.lead_id = lead
        self.assertNotIn("lead_id", conversation.with_user(self.agent).fields_get())

    def test_timeline_with_the_rights_of_the_reader(self):
        items = self.ann.with_user(self.sales).social_timeline()["items"]
        self.assertEqual([item["url"][-1] for item in items], ["1"])
        items = self.ann.with_user(self.agent).social_timeline()["items"]
        self.assertEqual([item["url"][-1] for item in items], ["2", "1"])
        items = self.ann.with_user(self.stranger).social_timeline()["items"]
        self.assertFalse(items)
        with self.assertRaises(AccessError):
            self.ann.with_user(self.contacts).social_timeline()
        with self.assertRaises(AccessError):
            mention = self.mention(2)
            self.mentions.with_user(self.sales).social_thread(mention.id)

    def test_counters_with_the_rights_of_the_reader(self):
        for user, count in ((self.sales, 1), (self.agent, 2), (self.stranger, 0)):
            self.env.invalidate_all()
            self.assertEqual(self.ann.with_user(user).social_open_count, count)
        self.assertNotIn(
            "social_open_count", self.ann.with_user(self.contacts).fields_get()
        )

    def test_who_may_write(self):
        conversation = self.mention(3).conversation_id
        conversation.with_user(self.agent).action_done()
        self.assertEqual(conversation.state, "done")
        self.mention(1).with_user(self.manager).sentiment_label = "positive"
        bad_item = self.env["social.crm.bad.item"].create(
            {"feed_id": self.feed.id, "uid": "x", "error": "No.", "raw": "{}"}
        )
        for record, user, vals in (
            (conversation, self.sales, {"state": "open"}),
            (self.mention(1), self.agent, {"body": "never said"}),
            (self.mention(1), self.manager, {"body": "never said"}),
            (self.mention(1), self.manager, {"visibility": "public"}),
            (self.mention(1), self.manager, {"company_id": self.company.id}),
            (bad_item, self.manager, {"raw": "never said"}),
            (self.account, self.manager, {"name": "x"}),
            (self.feed, self.manager, {"query": "x"}),
            (self.team, self.agent, {"name": "x"}),
        ):
            with self.assertRaises(AccessError):
                record.with_user(user).write(vals)

    def test_links_only_by_the_rules(self):
        """Not by a context, a system field, a lead or a new record."""
        identity = self.mention(3).identity_id.with_user(self.agent)
        for vals in (
            {"uri": "x"},
            {"link_basis": "stated"},
            {"network": "feed"},
            {"handle": "@somebody@else.example"},
            {"url": "https://else.example"},
        ):
            with self.assertRaises(AccessError):
                identity.write(vals)
        conversation = self.mention(4).conversation_id.with_user(self.agent)
        with self.assertRaises(AccessError):
            conversation.visibility = "public"
        lead = self.env["crm.lead"].create({"name": "Deal", "user_id": self.sales.id})
        with self.assertRaises(AccessError):
            lead.with_user(self.sales).social_identity_ids = self.mention(3).identity_id
        policy = self.account._get_connector_class().policy
        closed = type(policy)(may_link="no", clause="It is forbidden.")
        self.patch(self.account._get_connector_class(), "policy", closed)
        with self.assertRaises(UserError):
            identity.with_context(social_crm_linking=True).partner_id = self.ann
        with self.assertRaises(UserError):
            self.env["social.crm.identity"].create(
                {
                    "company_id": self.company.id,
                    "network": "mastodon",
                    "uri": "https://example.social/users/new",
                    "partner_id": self.ann.id,
                }
            )

    def test_who_sees_which_profiles(self):
        def names(user):
            return set(
                self.env["social.crm.identity"]
                .with_user(user)
                .search([])
                .mapped("name")
            )

        self.ingest(post(7, by="cy"), post(8, by="dee"), post(9, by="eve"))
        lead = self.env["crm.lead"].create({"name": "Mine", "user_id": self.sales.id})
        lead.social_identity_ids = self.mention(7).identity_id
        self.mention(8).conversation_id.lead_id = lead
        theirs = self.env["crm.lead"].create(
            {"name": "Theirs", "user_id": self.agent.id}
        )
        self.mention(9).conversation_id.lead_id = theirs
        handles = self.env["social.crm.identity.handle"]
        handles.create(
            [
                {
                    "identity_id": mention.identity_id.id,
                    "company_id": mention.company_id.id,
                    "network": mention.network,
                    "handle": "@before",
                }
                for mention in self.mention(7) | self.mention(9)
            ]
        )
        known = names(self.sales)
        self.assertLessEqual({"Ann", "Cy", "Dee"}, known)
        self.assertFalse({"Eve"} & known)
        self.assertEqual(handles.with_user(self.sales).search_count([]), 1)
        self.assertLessEqual({"Ann", "Cy", "Dee", "Eve"}, names(self.agent))
        self.assertFalse(names(self.stranger))
        self.sales.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        self.assertIn("Eve", names(self.sales))

    def test_private_answer_stays_private(self):
        self.mentions._ingest(
            self.feed,
            (
                post(
                    5,
                    by="brand",
                    text="Your account number is 123",
                    is_own=True,
                    visibility="private",
                    parent_uid="1",
                ),
            ),
        )
        conversation = self.mention(1).conversation_id
        self.assertEqual(conversation.visibility, "public")
        self.assertEqual(conversation.preview, "Text of 1")
        self.assertNotEqual(self.mention(5).conversation_id, conversation)
        self.assertNotIn("5", self.seen(self.sales))
        self.assertNotIn("123", self.mention(5).display_name)

    def test_profile_notes_stay_internal(self):
        self.ann.email = "ann@example.com"
        identity = self.mention(1).identity_id.with_user(self.agent)
        self.assertFalse(identity._message_get_suggested_recipients())
        message = identity.message_post(body="Hm", partner_ids=self.ann.ids)
        self.assertFalse(message.partner_ids)

    def test_internal_stays_internal(self):
        conversation = self.mention(1).conversation_id.with_user(self.agent)
        self.ann.email = "ann@example.com"
        self.assertFalse(conversation._message_get_suggested_recipients())
        colleague = self.manager.partner_id
        message = conversation.message_post(
            body="What now?",
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            partner_ids=[self.ann.id, colleague.id],
        )
        self.assertEqual(message.partner_ids, colleague)
        self.assertEqual(message.notified_partner_ids, colleague)
        conversation.message_subscribe([self.ann.id, colleague.id])
        self.assertNotIn(self.ann, conversation.message_partner_ids)
        message = conversation.message_post(
            body="Mail?", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertNotIn(self.ann, message.notified_partner_ids)
