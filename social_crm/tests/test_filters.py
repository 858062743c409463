"""A filter finds a record exactly if the columns of that record say so."""

import operator

from odoo import fields
from odoo.fields import Domain
from odoo.tests import tagged

from ..models.social_crm_conversation import MOODS
from .common import NOW, post
from .test_screens import ScreenCase

DAY = 60 * 24
SIGNS = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}


class FilterCase(ScreenCase):
    def check(self, records, domain, shows):
        """``domain`` finds those of ``records`` that ``shows`` is true of.

        Its opposite finds the others: no NULL is in the way.
        """
        every = records.with_context(active_test=False)
        ours = Domain("id", "in", records.ids)
        expected = {record.id for record in records if shows(record)}
        for asked, ids in (
            (Domain(domain), expected),
            (~Domain(domain), set(records.ids) - expected),
        ):
            found = set(every.search(ours & asked)._ids)
            names = records.browse(found ^ ids).mapped("display_name")
            self.assertEqual(found, ids, (records.env.user.login, asked, names))

    def check_groups(self, records, field, shows):
        """Each group is what ``shows``, a list of values, says of its records."""
        every = records.with_context(active_test=False)
        expected = {}
        for record in records:
            for value in shows(record) or [False]:
                expected.setdefault(value, set()).add(record.id)
        domain = [("id", "in", records.ids)]
        found = every._read_group(domain, [field], ["id:array_agg"])
        self.assertEqual({value: set(ids) for value, ids in found}, expected)
        self.assertEqual(
            sum(len(ids) for _value, ids in found), sum(map(len, expected.values()))
        )

    def networks(self, record):
        facts = self.env["social.crm.account"]._network_facts()
        code_of = {label: code for code, (label, _icon) in facts.items()}
        return [
            code_of[name] for name in filter(None, record.social_networks.split(", "))
        ]

    def check_all(self, records):
        """All of it, as one user; no value is trusted to an earlier test."""
        self.env.invalidate_all()
        for code in ("mastodon", "bluesky"):
            self.check(
                records,
                [("social_network", "=", code)],
                lambda record, code=code: code in self.networks(record),
            )
        for mood, _label in MOODS:
            self.check(
                records,
                [("social_mood", "=", mood)],
                lambda record, mood=mood: record.social_mood == mood,
            )
        self.check_groups(records, "social_network", self.networks)
        self.check_groups(records, "social_mood", lambda record: [record.social_mood])
        for name in ("social_last_at", "social_waiting_since"):
            self.check_dates(records, name)
        self.check_words(records)
        self.check_handles(records)

    def check_dates(self, records, name):
        self.check(records, [(name, "!=", False)], lambda record: record[name])
        self.check(records, [(name, "=", False)], lambda record: not record[name])
        moments = sorted(set(filter(None, records.mapped(name))))
        self.assertGreater(len(moments), 1)
        before, after = (
            fields.Datetime.add(NOW.replace(tzinfo=None), years=n) for n in (-5, 1)
        )
        for moment in (before, moments[0], moments[-1], after):
            for sign, compare in SIGNS.items():
                self.check(
                    records,
                    [(name, sign, moment)],
                    lambda record, compare=compare, moment=moment: (
                        record[name] and compare(record[name], moment)
                    ),
                )

    def check_words(self, records):
        said = {
            record: [item["text"] for item in record.social_timeline()["items"]]
            for record in records
        }
        for sign, value, matches in (
            ("ilike", "colours", lambda text: "colours" in text),
            ("=", "delivery late", lambda text: text == "A late delivery"),
            ("=ilike", "more%", lambda text: text.startswith("More")),
            ("!=", False, bool),
        ):
            self.check(
                records,
                [("social_said", sign, value)],
                lambda record, matches=matches: any(map(matches, said[record])),
            )

    def check_handles(self, records):
        for sign, value, matches in (
            ("=", "@bob@example.social", lambda handle: handle.startswith("@bob@")),
            ("ilike", "cy@", lambda handle: "cy@" in handle),
            ("=ilike", "@AN%", lambda handle: handle.startswith("@an")),
            ("!=", False, bool),
        ):
            self.check(
                records,
                [("social_handle", sign, value)],
                lambda record, matches=matches: any(
                    matches(item["handle"]) for item in record.social_handles or ()
                ),
            )


@tagged("post_install", "-at_install")
class TestFilters(FilterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sales = cls.user("sales", "sales_team.group_sale_salesman")
        cls.agent = cls.user("agent", "social_crm.group_user")
        cls.agent.group_ids |= cls.sales.group_ids
        cls.reader = cls.user("reader", "social_crm.group_reader")
        partners = cls.env["res.partner"]
        cls.firm, cls.quiet = partners.create(
            [{"name": name, "is_company": True} for name in ("Firm", "Quiet")]
        )
        cls.branch = partners.create(
            {"name": "Branch", "is_company": True, "parent_id": cls.firm.id}
        )
        cls.ann, cls.former, cls.clerk = partners.create(
            [
                {"name": "Ann", "parent_id": cls.firm.id},
                {"name": "Former", "parent_id": cls.quiet.id, "active": False},
                {"name": "Clerk", "parent_id": cls.branch.id},
            ]
        )
        cls.boss = partners.create({"name": "Boss"})
        cls.bob, cls.idle = partners.create(
            [{"name": "Bob", "parent_id": cls.boss.id}, {"name": "Idle"}]
        )
        cls.people = (
            cls.firm
            + cls.quiet
            + cls.branch
            + cls.ann
            + cls.former
            + cls.clerk
            + cls.boss
            + cls.bob
            + cls.idle
        )
        cls.posts = (
            post(1, minutes=5 * DAY, text="A late delivery"),
            post(2, minutes=180, text="Still nothing"),
            post(3, by="bob", minutes=60 * DAY, text="Nice shop"),
            post(4, by="former", minutes=3 * DAY, text="I liked it there"),
            post(5, by="clerk", minutes=30 * DAY, text="Which colours?"),
            post(6, by="cy", minutes=30, text="Prices?"),
            post(7, by="dee", minutes=20, text="More colours"),
            post(8, by="bob", minutes=9, visibility="private", kind="message"),
            post(10, by="bob", minutes=2 * DAY, text="Do you open on Sunday?"),
        )
        cls.logins = {
            "ann": cls.ann,
            "bob": cls.bob,
            "former": cls.former,
            "clerk": cls.clerk,
        }

    def setUp(self):
        super().setUp()
        self.ingest(*self.posts)
        for login, partner in self.logins.items():
            self.link(login, partner)
        _account, feed = self._make_feed(self.company)
        feed.account_id.network = "bluesky"
        self.ingest(post("b1", by="ann_blue", minutes=DAY), feed=feed)
        self.link("ann_blue", self.ann)
        for uid, mood in (
            (1, "negative"),
            (2, "positive"),
            (4, "neutral"),
            (5, "negative"),
        ):
            self.conversation(uid).mood = mood
        self.conversation(2).action_done()
        self.conversation(4).action_snooze_tomorrow()
        self.conversation(5).action_done()
        self.records = {"res.partner": self.people, "crm.lead": self.leads()}

    def leads(self):
        """One for each contact, one for a profile, one routed, one of nobody."""
        leads = self.env["crm.lead"].create(
            [
                {"name": name, "partner_id": partner.id, "user_id": False}
                for name, partner in (
                    *((partner.name, partner) for partner in self.people),
                    *(
                        (name, self.env["res.partner"])
                        for name in ("Cy", "Dee", "Cold")
                    ),
                    ("Dee of the firm", self.firm),
                )
            ]
        )
        leads[9].sudo().social_identity_ids = self.identity("cy")
        self.conversation(7).lead_id = leads[10]
        leads[12].sudo().social_identity_ids = self.identity("dee")
        return leads

    def conversation(self, uid):
        return self.mention(uid).conversation_id

    def test_filters_find_what_the_columns_show(self):
        for user, model in (
            (self.reader, "res.partner"),
            (self.sales, "res.partner"),
            (self.sales, "crm.lead"),
            (self.agent, "res.partner"),
            (self.agent, "crm.lead"),
        ):
            with self.subTest(user=user.login, model=model):
                self.check_all(self.records[model].with_user(user))

    def test_a_company_is_found_by_what_its_people_said(self):
        unhappy = [("social_mood", "=", "negative")]
        partners = self.people.with_user(self.sales)
        found = partners.search([("id", "in", partners.ids), *unhappy], order="id")
        self.assertEqual(found, (self.firm | self.ann).sorted("id"))
        leads = self.records["crm.lead"].with_user(self.sales)
        found = leads.search([("id", "in", leads.ids), *unhappy])
        self.assertEqual(found.partner_id, self.firm | self.ann)
        # Somebody who left, too: the form of the company still has their words.
        said = [("id", "in", partners.ids), ("social_said", "ilike", "liked it there")]
        self.assertEqual(partners.search(said), self.quiet)

    def test_mood_is_the_unhappiest_that_counts(self):
        """Whoever waits longest may be happy: "Unhappy" is no less true of the firm."""
        firm = self.firm.with_user(self.sales)
        self.conversation(1).mood = "positive"
        self.ingest(post(9, minutes=10, text="Never again"))
        self.conversation(9).mood = "negative"
        self.assertEqual(firm.social_mark["mood"], "positive")
        self.assertEqual(firm.social_mood, "negative")
        groups = firm._read_group([("id", "=", firm.id)], ["social_mood"], ["__count"])
        self.assertEqual(groups, [("negative", 1)])
        happy = [("id", "=", firm.id), ("social_mood", "in", ["neutral", "positive"])]
        self.assertFalse(firm.search(happy))
        # Answered, and long ago: it counts no longer.
        self.conversation(9).action_done()
        self.conversation(9).last_mention_at = fields.Datetime.subtract(
            fields.Datetime.now(), days=8
        )
        firm.invalidate_recordset()
        self.assertEqual(firm.social_mood, "positive")
        self.assertEqual(firm.search(happy), firm)

    def test_days_of_the_filter_editor(self):
        """As "in the last 7 days" is asked, in the time of the user."""
        partners = self.people.with_user(self.sales)
        found = partners.search(
            [
                ("id", "in", partners.ids),
                ("social_last_at", ">=", "today -7d"),
                ("social_last_at", "<", "now"),
                ("social_waiting_since", "<=", "today -1d"),
            ],
            order="id",
        )
        self.assertEqual(found, (self.firm | self.ann | self.bob).sorted("id"))
