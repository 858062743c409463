from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import SocialCase, author, post


@tagged("post_install", "-at_install")
class TestReading(SocialCase):
    """What the reading pane of the inbox shows, to whom."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = cls.user("agent", "social_crm.group_user")
        cls.seller = cls.user("seller", "sales_team.group_sale_salesman")
        cls.kettle_works = cls.env["res.partner"].create(
            {"name": "Kettle Works", "is_company": True}
        )
        cls.ann = cls.env["res.partner"].create(
            {
                "name": "Ann Reader",
                "parent_id": cls.kettle_works.id,
                "function": "Buyer",
                "email": "ann@kettle.example",
                "city": "Leeds",
            }
        )

    def pane(self, uid, user=None):
        conversation = self.mention(uid).conversation_id
        return conversation.with_user(user or self.agent).social_read()

    def link(self, login, partner):
        identity = self.env["social.crm.identity"].search(
            [("uri", "=", author(login).uri)]
        )
        identity._link(partner, "manual")

    def texts(self, items):
        return [item["text"] for item in items]

    def test_words_in_order_and_what_they_answer(self):
        brand = self.connector.verify()
        self.ingest(
            post(1, by=brand, text="Our new kettle", is_own=True),
            post(2, text="It leaks", parent_uid="1", thread_uid="1", kind="comment"),
        )
        self.ingest(
            post(
                3,
                by=brand,
                text="Sorry!",
                is_own=True,
                parent_uid="2",
                thread_uid="1",
                kind="answer",
            ),
            post(4, text="Thanks", parent_uid="3", thread_uid="1", kind="comment"),
        )
        page = self.pane(2)
        self.assertEqual(self.texts(page["context"]), ["Our new kettle"])
        self.assertEqual(self.texts(page["mentions"]), ["It leaks", "Sorry!", "Thanks"])
        self.assertEqual(page["earlier"], 0)

    def test_the_newest_hundred(self):
        self.ingest(
            *(post(n, kind="message", visibility="private") for n in range(1, 131))
        )
        page = self.pane(1)
        self.assertEqual(len(page["mentions"]), 100)
        self.assertEqual(page["mentions"][-1]["text"], "Text of 130")
        self.assertEqual(page["earlier"], 30)

    def test_as_many_queries_for_one_as_for_ninety(self):
        self.ingest(post(1, by="few"))
        self.ingest(*(post(n, by="many", kind="message") for n in range(10, 100)))
        self.link("few", self.ann)
        self.link("many", self.ann)
        counts = []
        for uid in (1, 10):
            conversation = self.mention(uid).conversation_id.with_user(self.agent)
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            conversation.social_read()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertLessEqual(counts[1], counts[0])

    def test_the_customer(self):
        self.ingest(post(1, text="One"), post(2, by="bob", text="Two"))
        self.ingest(post(3, text="Another matter"))
        self.link("ann", self.ann)
        customer = self.pane(1)["customer"]
        contact = customer["contact"]
        self.assertEqual(contact["name"], "Ann Reader")
        self.assertEqual(contact["company"], "Kettle Works")
        self.assertEqual(contact["place"], "Leeds")
        self.assertEqual(
            [other["words"] for other in customer["beside"]], ["Another matter"]
        )
        self.assertFalse(self.pane(2)["customer"]["contact"])

    def test_deals_only_for_whom_may_see_them(self):
        self.ingest(post(1))
        self.link("ann", self.ann)
        conversation = self.mention(1).conversation_id
        leads = self.env["crm.lead"].create(
            [
                {"name": "Kettles", "type": "opportunity", "partner_id": self.ann.id},
                {"name": "Secret", "partner_id": self.ann.id, "user_id": self.agent.id},
            ]
        )
        leads[0].user_id = self.seller
        conversation.lead_id = leads[0]
        self.assertEqual(self.pane(1)["customer"]["records"], [])
        both = self.user("both", "social_crm.group_user,sales_team.group_sale_salesman")
        leads[0].user_id = both
        names = [row["name"] for row in self.pane(1, both)["customer"]["records"]]
        self.assertEqual(names, ["Kettles"], "own documents only")

    def test_a_private_answer_is_not_context(self):
        """Whoever may not read the message above reads the public answer alone."""
        self.ingest(post(1, text="Between us", visibility="private", kind="message"))
        self.ingest(post(2, by="bob", text="In public", parent_uid="1"))
        self.mention(1).conversation_id.team_id = self.env["social.crm.team"].create(
            {"name": "Others", "company_id": self.env.company.id}
        )
        self.assertEqual(self.pane(2)["context"], [])
        with self.assertRaises(AccessError):
            self.pane(1)

    def test_a_reader_below_words_that_are_not_theirs(self):
        """What stands above may be hidden, and so may what stands above that."""
        self.ingest(
            post(1, by="carl", text="Top"),
            post(2, by="bob", text="Between", parent_uid="1", thread_uid="1"),
            post(3, text="Mine", parent_uid="2", thread_uid="1"),
        )
        self.link("ann", self.ann)
        reader = self.user("below", "social_crm.group_reader")
        page = self.pane(3, reader)
        self.assertEqual(self.texts(page["mentions"]), ["Mine"])
        allowed = self.mentions.with_user(reader).search([]).mapped("body")
        self.assertLessEqual(set(self.texts(page["context"])), set(allowed))
        self.assertEqual(self.texts(self.pane(3)["context"]), ["Top", "Between"])

    def test_who_may_only_read(self):
        reader = self.user("reader", "social_crm.group_reader")
        self.ingest(post(1))
        self.link("ann", self.ann)
        page = self.pane(1, reader)
        self.assertFalse(page["work"]["may_write"])
        work = self.pane(1)["work"]
        self.assertTrue(work["may_write"])
        self.assertEqual((work["user"], work["team"]), (False, False))

    def test_done_and_open_again_waits_as_before(self):
        self.ingest(post(1, minutes=90), post(2, minutes=30))
        conversation = self.mention(1).conversation_id
        since = conversation.waiting_since
        self.assertTrue(since)
        conversation.with_user(self.agent).action_done()
        self.assertFalse(conversation.waiting_since)
        conversation.with_user(self.agent).action_reopen()
        self.assertEqual(conversation.waiting_since, since)

    def test_an_answered_one_open_again_waits_for_nobody(self):
        self.ingest(post(1, minutes=90))
        brand = self.connector.verify()
        self.ingest(
            post(2, by=brand, is_own=True, parent_uid="1", minutes=10, kind="answer")
        )
        conversation = self.mention(1).conversation_id
        conversation.state = "done"
        conversation.state = "open"
        self.assertFalse(conversation.waiting_since)

    def test_longest_waiting_first(self):
        self.ingest(
            post(1, by="late", minutes=5),
            post(2, by="long", minutes=500),
            post(3, by="done", minutes=900),
        )
        self.mention(3).conversation_id.waiting_since = False
        view = self.env.ref("social_crm.social_crm_conversation_view_inbox")
        order = view._get_combined_arch().get("default_order")
        found = self.conversations.with_user(self.agent).search([], order=order)
        names = found.identity_id.mapped("name")
        self.assertEqual(names, ["Long", "Late", "Done"])
