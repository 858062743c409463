from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..connectors.policy import Policy
from .common import SocialCase, author, post

COLUMNS = ("import_profile", "network", "partner_id", "import_basis", "name")


@tagged("post_install", "-at_install")
class TestImportProfiles(SocialCase):
    """A file of profiles, through Odoo's own import."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = cls.user("agent", "social_crm.group_user")
        cls.agent.group_ids += cls.env.ref("base.group_partner_manager")
        cls.ann, cls.bob = cls.env["res.partner"].create(
            [{"name": "Ann Import"}, {"name": "Bob Import"}]
        )
        cls.identities = cls.env["social.crm.identity"].with_context(active_test=False)

    def load(self, rows, columns=COLUMNS, user=None, model="social.crm.identity"):
        model = self.env[model].with_user(user or self.agent)
        rows = [[*row, *[""] * (len(columns) - len(row))] for row in rows]
        result = model.with_context(import_file=True).load(list(columns), rows)
        self.env.invalidate_all()
        return result

    def errors(self, result):
        return [
            (message["rows"]["from"], message["message"])
            for message in result["messages"]
            if message["type"] == "error"
        ]

    def profile(self, handle):
        return self.identities.search([("handle", "=ilike", handle)])

    def test_rows_are_found_or_made_and_linked(self):
        self.ingest(post(1))
        spoke = self.profile("@ann@example.social")
        rows = [
            ["https://example.social/@Ann?x=1", "", "Ann Import", "Given to us"],
            ["@new@example.social", "", "Bob Import", "", "Newman"],
            ["kettle.bsky.social", "Bluesky"],
        ]
        result = self.load(rows)
        self.assertEqual(result["messages"], [])
        self.assertEqual(result["ids"][0], spoke.id)
        self.assertEqual((spoke.partner_id, spoke.link_basis), (self.ann, "given"))
        self.assertEqual(spoke.link_user_id, self.agent)
        self.assertEqual(self.mention(1).partner_id, self.ann)
        new = self.profile("@new@example.social")
        self.assertEqual((new.partner_id, new.link_basis), (self.bob, "manual"))
        self.assertEqual(new.name, "Newman")
        third = self.identities.browse(result["ids"][2])
        self.assertEqual(third.network, "bluesky")
        self.assertEqual(third.handle.lstrip("@"), "kettle.bsky.social")
        before = self.identities.search_count([])
        stamps = (spoke | new).mapped("link_date")
        again = self.load(rows)
        self.assertEqual(again, result, "twice gives the same")
        self.assertEqual(self.identities.search_count([]), before)
        self.assertEqual((spoke | new).mapped("link_date"), stamps)

    def test_the_contact_by_its_ids(self):
        self.env["ir.model.data"].create(
            {
                "module": "__import__",
                "name": "ann_import",
                "model": "res.partner",
                "res_id": self.ann.id,
            }
        )
        for column, value in (
            ("partner_id/id", "__import__.ann_import"),
            ("partner_id/.id", str(self.ann.id)),
        ):
            handle = f"@by{len(column)}@example.social"
            result = self.load([[handle, value]], ["import_profile", column])
            self.assertEqual(result["messages"], [])
            self.assertEqual(self.profile(handle).partner_id, self.ann)

    def test_the_network_knows_better(self):
        self.ingest(post(1, by=author("ann", name="Ann")))
        self.load([["@ann@example.social", "", "", "", "Somebody"]])
        self.assertEqual(self.profile("@ann@example.social").name, "Ann")

    def test_wrong_rows_say_why_and_nothing_is_stored(self):
        self.ingest(post(1), post(2, by="gone"), post(3, by="out"))
        self.profile("@gone@example.social")._erase()
        self.profile("@out@example.social")._opt_out()
        self.profile("@ann@example.social")._link(self.bob, "manual")
        before = self.identities.search_count([])
        result = self.load(
            [
                ["@fine@example.social", "", "Ann Import"],
                ["not a profile"],
                ["@ann@example.social", "", "Ann Import"],
                ["@gone@example.social"],
                ["@out@example.social"],
                ["https://x.com/ann"],
                ["https://bsky.app/profile/a.bsky.social", "Mastodon"],
                ["\0"],
                [""],
            ]
        )
        self.assertFalse(result["ids"])
        errors = dict(self.errors(result))
        self.assertNotIn(0, errors, "what is right is not blamed")
        for row, words in (
            (1, "no profile"),
            (2, "belongs to Bob Import"),
            (3, "asked not to be stored"),
            (4, "does not want to be linked"),
            (5, "cannot be kept yet"),
            (6, "a profile on Bluesky, but the row says Mastodon"),
            (7, "no profile"),
            (8, "no profile"),
        ):
            self.assertIn(words, errors[row])
        self.assertEqual(self.identities.search_count([]), before)

    def test_twice_in_one_file(self):
        result = self.load(
            [["@a@example.social", "", "Ann Import"], ["https://example.social/@A"]]
        )
        self.assertEqual(result["messages"], [])
        self.assertEqual(*result["ids"])
        result = self.load(
            [
                ["@b@example.social", "", "Ann Import"],
                ["@b@example.social", "", "Bob Import"],
            ]
        )
        self.assertIn("belongs to Ann Import", dict(self.errors(result))[1])

    def test_the_rules_of_the_network(self):
        connector = self.account._get_connector_class()
        policy = Policy(may_link="opt_in", clause="Ask them.", source="tests")
        self.patch(connector, "policy", policy)
        rows = [["@a@example.social", "", "Ann Import"]]
        [(row, message)] = self.errors(self.load(rows))
        self.assertEqual(row, 0)
        self.assertTrue(message.startswith("Ask them."))
        rows[0].append("Given to us")
        self.assertEqual(self.load(rows)["messages"], [])
        self.patch(connector, "policy", Policy(may_link="no", clause="Not here."))
        rows[0][0] = "@c@example.social"
        [(row, message)] = self.errors(self.load(rows))
        self.assertTrue(message.startswith("Not here."))

    def test_what_the_network_says_is_no_column(self):
        result = self.load(
            [["@a@example.social", "9"]], ["import_profile", "followers_count"]
        )
        self.assertIn("Followers there", self.errors(result)[0][1])
        tree = self.env["base_import.import"].with_user(self.agent)
        labels = {
            field["string"]: field["name"]
            for field in tree.get_fields_tree("social.crm.identity")
        }
        self.assertEqual(labels["Profile"], "import_profile")
        self.assertEqual(labels["How we know"], "import_basis")
        self.assertNotIn("followers_count", labels.values())
        self.assertTrue(
            {"Network", "Contact", "Name", "Place"} <= set(labels), "the template"
        )

    def test_with_an_external_id(self):
        columns = ("id", *COLUMNS)
        rows = [["ann_row", "@a@example.social", "", "Ann Import"]]
        first = self.load(rows, columns)
        self.assertEqual(self.load(rows, columns), first)
        rows[0][1] = "@other@example.social"
        error = self.errors(self.load(rows, columns))[0][1]
        self.assertIn("names another profile", error)

    def test_who_may(self):
        plain = self.user("plain", "base.group_user")
        reader = self.user("reader", "social_crm.group_reader")
        for user in (plain, reader):
            with self.assertRaises(AccessError):
                self.identities.with_user(user).with_context(
                    import_file=True
                )._load_records_create([{"import_profile": "@a@example.social"}])
            self.assertFalse(self.load([["@a@example.social"]], user=user)["ids"])
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.ingest(post(1))
        stranger = self.user("far", "social_crm.group_user,base.group_partner_manager")
        stranger.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        result = self.load([["@ann@example.social", "", "Bob Import"]], user=stranger)
        self.assertEqual(result["messages"], [])
        made = self.identities.browse(result["ids"])
        self.assertEqual(made.company_id, other)
        mine = self.identities.search(
            [("uri", "=", author("ann").uri), ("company_id", "=", self.company.id)]
        )
        self.assertFalse(mine.partner_id)

    def test_statements_of_a_row_do_not_grow(self):
        counts = []
        for size in (10, 100):
            rows = [[f"@s{size}n{n}@example.social"] for n in range(size)]
            self.env.flush_all()
            start = self.env.cr.sql_log_count
            self.assertEqual(self.load(rows)["messages"], [])
            counts.append((self.env.cr.sql_log_count - start) / size)
        self.assertLessEqual(counts[1], counts[0])
        self.assertLess(counts[1], 25, counts)
        # Known already: as many for all of them together.
        start = self.env.cr.sql_log_count
        self.load(rows)
        self.assertLess(self.env.cr.sql_log_count - start, 60)

    def test_two_imports_at_once(self):
        """Whoever began before the other had ended is told to do it again."""
        rows = [["@a@example.social", "", "Ann Import"]]
        first = self.load(rows)
        with patch.object(type(self.identities), "_known_all", lambda *_args: {}):
            result = self.load(rows)
        self.assertFalse(result["ids"])
        self.assertIn("import it once more", self.errors(result)[0][1])
        self.assertEqual(self.load(rows), first)

    # --- on contacts ---------------------------------------------------------

    def test_on_contacts(self):
        columns = ["name", "social_profile_addresses"]
        result = self.load(
            [
                ["Cy", "@cy@example.social, bsky.app/profile/cy.bsky.social"],
                ["Di", ""],
            ],
            columns,
            model="res.partner",
        )
        self.assertEqual(result["messages"], [])
        cy, di = self.env["res.partner"].browse(result["ids"])
        self.assertEqual(len(cy.social_identity_ids), 2)
        self.assertFalse(di.social_identity_ids)
        shown = cy.with_user(self.agent).social_profile_addresses
        self.assertIn("https://example.social/@cy", shown)
        cy.with_user(self.agent).social_profile_addresses = shown
        self.assertEqual(len(cy.social_identity_ids), 2, "what goes out comes in")
        result = self.load(
            [["Ed", "@cy@example.social"], ["Flo", "nonsense"]],
            columns,
            model="res.partner",
        )
        errors = dict(self.errors(result))
        self.assertIn("belongs to Cy", errors[0])
        self.assertIn("no profile", errors[1])
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Ed")]))

    def test_on_contacts_by_whom(self):
        clerk = self.user("clerk", "base.group_user,base.group_partner_manager")
        with self.assertRaises(AccessError):
            self.ann.with_user(clerk).social_profile_addresses = "@a@example.social"
        self.load([["Zo"]], ["name"], user=clerk, model="res.partner")
        self.assertTrue(self.env["res.partner"].search([("name", "=", "Zo")]))
