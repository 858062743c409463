from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..connectors.policy import Policy
from .common import SocialCase, author, post

NO = Policy(may_link="no", clause="Never match people.", source="Terms, 3")
OPT_IN = Policy(may_link="opt_in", clause="People must opt in.", keep_days=30)


@tagged("post_install", "-at_install")
class TestNetworkPolicy(SocialCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.networks = cls.env["social.crm.network"]
        cls.networks._sync()
        cls.agent = cls.user(
            "agent", "social_crm.group_user,base.group_partner_manager"
        )
        cls.manager = cls.user("boss", "social_crm.group_manager")
        cls.admin = cls.user("chief", "social_crm.group_admin")
        cls.row = cls.networks._of(cls.company, "mastodon")

    def use(self, policy):
        """What the add-on of the network says from now on."""
        self.patch(self.account._connector_class("mastodon"), "policy", policy)
        self.env.invalidate_all()

    def line(self, kind="post"):
        return self.row.retention_ids.filtered(lambda line: line.kind == kind)

    def test_every_network_of_every_company(self):
        company = self.env["res.company"].create({"name": "New"})
        codes = [code for code, _label in self.account._selection_network()]
        for each in (company, self.company):
            rows = self.networks.search([("company_id", "=", each.id)])
            self.assertEqual(sorted(rows.mapped("network")), sorted(codes))
        self.assertEqual(len(self.row.retention_ids), 5)
        before = self.networks.search_count([])
        self.networks._sync()
        self.assertEqual(self.networks.search_count([]), before)

    def test_in_words(self):
        self.use(OPT_IN)
        self.assertEqual(self.row.may_link, "opt_in")
        self.assertEqual(self.row.bases, "Stated by the person, Given to us")
        self.assertEqual(self.row.keep_words, "At most 30 days")
        self.assertEqual(self.row.kept_words, "30 days")
        self.assertEqual(self.row.price_words, "Free")
        self.use(NO)
        self.assertEqual(self.row.bases, "")
        self.assertEqual(
            (self.row.clause, self.row.source), ("Never match people.", "Terms, 3")
        )
        self.assertEqual(self.row.kept_words, "24 months")
        self.line().write({"unit": "days", "number": 90})
        self.assertEqual(
            self.row.kept_words,
            "Posts: 90 days, Comments: 24 months, Reviews: 24 months,"
            " Messages: 24 months, Answers: 24 months",
        )

    def test_never_longer_than_the_network_allows(self):
        self.use(OPT_IN)
        line = self.line()
        for vals in (
            {"unit": "forever"},
            {"unit": "days", "number": 31},
            {"unit": "months", "number": 1},
        ):
            with self.assertRaisesRegex(ValidationError, "at most 30 days"):
                line.with_user(self.admin).write(vals)
        line.with_user(self.admin).write({"unit": "days", "number": 30})
        # What was chosen before the network changed its rules.
        self.use(Policy())
        line.write({"unit": "forever"})
        self.use(OPT_IN)
        retention = self.env["social.crm.retention"]
        cutoffs = retention._cutoffs(self.company.id, "mastodon")
        self.assertTrue(cutoffs["post"])
        self.use(Policy())
        cutoffs = retention._cutoffs(self.company.id, "mastodon")
        self.assertFalse(cutoffs["post"])
        self.assertTrue(cutoffs["comment"])

    def test_who_may_read_and_edit(self):
        line = self.line()
        line.with_user(self.admin).write({"unit": "days", "number": 10})
        self.assertIn("10 days", self.row.with_user(self.manager).kept_words)
        for record in (line, self.row):
            with self.assertRaises(AccessError):
                record.with_user(self.manager).write({"create_uid": 1})
            with self.assertRaises(AccessError):
                record.with_user(self.agent).read(["network"])
            with self.assertRaises(AccessError):
                record.with_user(self.admin).unlink()
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self.networks._of(other, "mastodon")
        for record in (theirs, theirs.retention_ids):
            self.assertFalse(
                record.with_user(self.admin).search([("id", "in", record.ids)])
            )
            with self.assertRaises(AccessError):
                record.with_user(self.admin).write({"write_uid": 1})

    def test_no_path_to_a_forbidden_link(self):
        self.use(NO)
        self.ingest(post(1))
        identity = self.env["social.crm.identity"].search(
            [("uri", "=", author("ann").uri)]
        )
        partner = self.env["res.partner"].create({"name": "Ann"})
        lead = self.env["crm.lead"].create({"name": "Deal"})
        seller = self.user(
            "seller", "social_crm.group_user,sales_team.group_sale_salesman_all_leads"
        )
        mine = identity.with_user(self.agent)
        match = self.env["social.crm.match"].create(
            {
                "company_id": self.company.id,
                "identity_id": identity.id,
                "partner_id": partner.id,
                "evidence": [],
            }
        )
        paths = (
            lambda: mine.write({"partner_id": partner.id}),
            lambda: mine.social_settle("contact", partner.id),
            lambda: mine.social_settle("create"),
            lambda: mine.social_settle("match", match.id),
            lambda: match.with_user(self.agent).action_link(),
            lambda: partner.with_user(self.agent).social_add_profile(
                "@ann@example.social"
            ),
            lambda: partner.with_user(self.agent).write(
                {"social_identity_ids": [(4, identity.id)]}
            ),
            lambda: lead.with_user(seller).write(
                {"social_identity_ids": [(4, identity.id)]}
            ),
            lambda: lead.with_user(seller).social_add_profile("@ann@example.social"),
            lambda: identity.with_user(seller).write({"lead_ids": [(4, lead.id)]}),
            lambda: (
                self.env["crm.lead"]
                .with_user(seller)
                .create({"name": "New", "social_identity_ids": [(6, 0, identity.ids)]})
            ),
            lambda: mine.action_ask(),
            lambda: identity._link(partner, "stated"),
        )
        for number, path in enumerate(paths):
            with self.subTest(path=number), self.env.cr.savepoint():
                with self.assertRaises(UserError) as caught:
                    path()
                if not number:
                    self.assertIn("Never match people.", str(caught.exception))
                    self.assertIn("You may answer on", str(caught.exception))
            self.env.invalidate_all()
            self.assertFalse(identity.partner_id)
            self.assertFalse(identity.lead_ids)
        for fields in ({"link_basis": "stated"}, {"consent_state": "granted"}):
            with self.assertRaises(AccessError):
                mine.write(fields)
