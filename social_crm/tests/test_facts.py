from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..models import social_crm_identity_export as export
from .common import author, post
from .erase_case import HANDLE, LOGIN, PERSON, EraseCase
from .test_match import MatchCase

COLUMNS = ("import_profile", "kind", "value", "source", "basis", "date")
SAYS = {"source": "Fair list", "basis": "consent", "date": "2026-03-01"}


class FactCase(MatchCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.facts = cls.env["social.crm.fact"]
        cls.boss = cls.user("boss", "social_crm.group_manager")

    def tell(self, identity, kind, value, user=None, **vals):
        facts = self.facts.with_user(user or self.boss)
        vals = {**SAYS, "kind": kind, "value": value, **vals}
        return facts.create({"identity_id": identity.id, **vals})

    def load(self, rows, columns=COLUMNS, user=None):
        facts = self.facts.with_user(user or self.boss)
        rows = [[*row, *[""] * (len(columns) - len(row))] for row in rows]
        result = facts.with_context(import_file=True).load(list(columns), rows)
        self.env.invalidate_all()
        return result


@tagged("post_install", "-at_install")
class TestFacts(FactCase):
    """What others told us: kept with its source, shown, and never a link."""

    # --- who may -------------------------------------------------------------

    def test_rights(self):
        identity = self.speak(1)
        fact = self.tell(identity, "company", " Kettle\n Ltd ")
        self.assertEqual((fact.value, fact.user_id), ("Kettle Ltd", self.boss))
        self.assertEqual(fact.company_id, self.company)
        self.assertEqual(
            identity.with_user(self.agent).fact_ids.mapped("source"), ["Fair list"]
        )
        with self.assertRaises(AccessError):
            self.tell(identity, "job", "Cook", user=self.agent)
        for user in (self.agent, self.boss):
            with self.assertRaises(AccessError):
                fact.with_user(user).write({"value": "x"})
            with self.assertRaises(AccessError):
                fact.with_user(user).key  # noqa: B018
        with self.assertRaises(AccessError):
            fact.with_user(self.agent).unlink()
        reader = self.user("reader", "social_crm.group_reader")
        with self.assertRaises(AccessError):
            fact.with_user(reader).value  # noqa: B018
        # On the form of the profile, by whoever may.
        identity.with_user(self.boss).write({"fact_ids": [(2, fact.id)]})
        self.assertFalse(fact.exists())

    def test_another_company(self):
        fact = self.tell(self.speak(1), "job", "Cook")
        other = self.env["res.company"].create({"name": "Elsewhere"})
        far = self.user("far", "social_crm.group_manager")
        far.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        self.assertFalse(self.facts.with_user(far).search([]))
        with self.assertRaises(AccessError):
            self.tell(fact.identity_id, "job", "Smith", user=far)
        result = self.load([["@mary@example.social", "Job", "Smith"]], user=far)
        self.assertFalse(result["ids"])

    def test_told_twice_by_hand(self):
        identity = self.speak(1)
        self.tell(identity, "job", "Cook")
        with self.assertRaisesRegex(UserError, "known already"):
            self.tell(identity, "job", " cook")
        self.tell(identity, "job", "Cook", source="Her brother")

    def test_nobody_signs_for_another(self):
        fact = self.tell(self.speak(1), "job", "Cook", user_id=self.agent.id)
        self.assertEqual(fact.user_id, self.boss)

    # --- what is needed ------------------------------------------------------

    def test_source_basis_and_date_are_needed(self):
        identity = self.speak(1)
        for name in SAYS:
            with self.assertRaisesRegex(UserError, "Say where it comes from"):
                self.tell(identity, "job", "Cook", **{name: False})
        for value in ("", " \n ", "\0"):
            with self.assertRaisesRegex(UserError, "its value"):
                self.tell(identity, "job", value)
        with self.assertRaisesRegex(UserError, "longer than"):
            self.tell(identity, "job", "x" * 501)
        ahead = fields.Date.today() + timedelta(days=1)
        with self.assertRaisesRegex(UserError, "lies ahead"):
            self.tell(identity, "job", "Cook", date=ahead)
        fact = self.tell(identity, "job", "Cook", source_url="javascript:alert(1)")
        self.assertFalse(fact.source_url)
        with Form(self.facts.with_user(self.boss)) as form:
            form.identity_id, form.kind, form.value = identity, "other", "Has a boat"
            form.source, form.basis = "Her brother", "stated"
            form.date = "2026-01-01"

    # --- a file --------------------------------------------------------------

    def test_a_file(self):
        self.speak(1)
        mary, page = "@Mary@example.social", "https://example.social/@mary"
        rows = [
            [mary, "Company", "Kettle", "Fair", "Consent", "2026-03-01"],
            [page, "E-mail", "m@k.example", "Fair", "Public", "2026-03-01"],
        ]
        result = self.load(rows)
        self.assertEqual(result["messages"], [])
        facts = self.facts.browse(result["ids"])
        self.assertEqual(facts.mapped("kind"), ["company", "email"])
        self.assertEqual(facts.user_id, self.boss)
        self.assertEqual(self.load(rows)["ids"], result["ids"], "twice gives the same")
        rows[0][-1], rows[0][2] = "2026-03-05", "KETTLE "
        self.assertEqual(self.load(rows)["ids"], result["ids"])
        self.assertEqual(str(facts[0].date), "2026-03-05")
        self.assertEqual(self.facts.search_count([]), 2)

    def test_wrong_rows_say_why(self):
        self.ingest(post(1, by="mary"), post(2, by="out"), post(3, by="gone"))
        identities = self.env["social.crm.identity"]
        out, gone = (
            identities.search([("uri", "=", author(login).uri)])
            for login in ("out", "gone")
        )
        out._opt_out()
        gone._erase()
        said = ["Job", "Cook", "Fair", "Consent", "2026-03-01"]
        result = self.load(
            [
                ["@mary@example.social", *said],
                ["@mary@example.social", "Job", "Cook", "", "Consent", "2026-03-01"],
                ["@mary@example.social", "Job", "Cook", "Fair", "", "2026-03-01"],
                ["@mary@example.social", "Job", "Cook", "Fair", "Consent"],
                ["@nobody@example.social", *said],
                ["@out@example.social", *said],
                ["@gone@example.social", *said],
                ["nonsense", *said],
                ["", *said],
            ]
        )
        errors = {
            message["rows"]["from"]: message["message"]
            for message in result["messages"]
        }
        self.assertNotIn(0, errors)
        for row in (1, 2, 3):
            self.assertIn("Say where it comes from", errors[row])
        # Who asked to be left alone is not told from who is unknown.
        self.assertEqual(errors[4], errors[5])
        self.assertEqual(errors[4], errors[6])
        self.assertIn("Import the profile first", errors[4])
        self.assertIn("no profile", errors[7])
        self.assertIn("needs a profile", errors[8])
        self.assertFalse(self.facts.search([]))
        self.assertFalse(
            identities.search([("handle", "=", "@nobody@example.social")]), "not made"
        )

    def test_two_imports_at_once(self):
        self.speak(1)
        row = ["@mary@example.social", "Job", "Cook", "Fair", "Consent", "2026-03-01"]
        first = self.load([row])
        with patch.object(type(self.facts), "_told", lambda *_args: {}):
            result = self.load([row])
        self.assertFalse(result["ids"])
        self.assertIn("import it once more", result["messages"][-1]["message"])
        self.assertEqual(self.load([row]), first)

    def test_who_may_import(self):
        self.speak(1)
        row = ["@mary@example.social", "Job", "Cook", "Fair", "Consent", "2026-03-01"]
        self.assertFalse(self.load([row], user=self.agent)["ids"])
        self.assertFalse(self.facts.search([]))

    def test_statements_do_not_grow(self):
        self.ingest(*(post(n, by=f"p{n}") for n in range(100)))
        counts = []
        for kind, size in (("Job", 10), ("Company", 100)):
            rows = [
                [f"@p{n}@example.social", kind, "X", "Fair", "Consent", "2026-03-01"]
                for n in range(size)
            ]
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.assertEqual(self.load(rows)["messages"], [])
            counts.append(self.env.cr.sql_log_count - start)
        self.assertLessEqual(counts[1], counts[0] + 5, counts)

    # --- matching ------------------------------------------------------------

    def test_it_suggests_and_never_links(self):
        identity = self.speak(1, name="Mary Winterbottom")
        self.compare()
        before = identity.match_ids.probability
        self.tell(identity, "email", "mary.winterbottom@kettle.example")
        self.tell(identity, "phone", "+44 20 7946 0123")
        self.tell(identity, "website", "https://winterbottom.example")
        self.tell(identity, "location", "Leeds")
        self.assertFalse(identity.match_at, "compared again")
        self.compare()
        self.assertFalse(identity.partner_id, "never alone")
        row = identity.match_ids.filtered(lambda row: row.partner_id == self.mary)
        self.assertEqual(row.decision, "very_likely")
        self.assertGreater(row.probability, before)
        for words in ("We were told that this address", "this number", "Same town"):
            self.assertIn(words, row.reasons)
        self.assertNotIn("wrote us", row.reasons)
        identity.fact_ids.with_user(self.boss).unlink()
        self.compare()
        self.assertNotIn("We were told", identity.match_ids.reasons)

    def test_own_words_come_first(self):
        """An address that they wrote to us links, though others tell it, too."""
        identity = self.speak(
            1,
            name="Mary Winterbottom",
            location="York",
            text="Write to mary.winterbottom@kettle.example please",
        )
        self.tell(identity, "location", "Leeds")
        self.tell(identity, "email", "mary.winterbottom@kettle.example")
        self.assertEqual(identity._match_records()[identity]["city"], "York")
        self.compare()
        self.assertEqual(
            (identity.partner_id, identity.link_basis), (self.mary, "given")
        )

    def test_same_queries_for_few_and_many(self):
        self.ingest(*(post(n, by=f"p{n}") for n in range(40)))
        everyone = self.env["social.crm.identity"].search([("handle", "like", "@p")])
        for identity in everyone:
            self.tell(identity, "job", "Cook")
        counts = []
        for identities in (everyone[:2], everyone):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            identities._match_facts()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(counts[0], counts[1])

    def test_typed_and_spoken_are_one(self):
        lead = self.env["crm.lead"].create({"name": "Lead"})
        lead.social_add_profile("@mary@example.social")
        typed = lead.social_identity_ids
        self.tell(typed, "job", "Cook")
        self.tell(typed, "company", "Kettle")
        identity = self.speak(1)
        self.tell(identity, "job", "Cook")
        self.compare()
        self.assertFalse(typed.exists())
        self.assertEqual(set(identity.fact_ids.mapped("kind")), {"job", "company"})
        self.assertEqual(len(identity.fact_ids), 2)


@tagged("post_install", "-at_install")
class TestFactsPrivacy(EraseCase):
    """Facts go with the person, and say no names of those who are gone."""

    def setUp(self):
        super().setUp()
        self.ingest(post(1, by=PERSON), post(2, by="bob"))
        self.facts = self.env["social.crm.fact"].with_user(self.manager)
        for login, value in (
            (LOGIN, "Kettles of Hrabowski"),
            ("bob", f"Friend of {HANDLE}"),
            ("bob", f"Friend of https://example.social/@{LOGIN}"),
            ("bob", f"Knows {HANDLE}"),
        ):
            url = f"https://example.social/@{LOGIN}" if login == "bob" else ""
            self.facts.create(
                {
                    **SAYS,
                    "identity_id": self.person(login).id,
                    "kind": "other",
                    "value": value,
                    "source_url": url,
                }
            )

    def test_erase(self):
        bob = self.person("bob")
        # Two of them are the same to us, but for the key.
        self.assertEqual(len(bob.fact_ids), 3)
        self.assertIn("social_crm_fact", {table for table, *_ in self.find_traces()})
        self.person()._erase()
        self.assertEqual(self.find_traces(), [])
        self.env.invalidate_all()
        self.assertEqual(
            sorted(bob.fact_ids.mapped("value")),
            ["Friend of @erased", "Friend of @erased", "Knows @erased"],
        )

    def test_opt_out(self):
        self.person()._opt_out()
        self.assertEqual(self.facts.search([]).identity_id, self.person("bob"))
        with self.assertRaisesRegex(UserError, "Nobody of whom"):
            self.facts.create(
                {**SAYS, "identity_id": self.person().id, "kind": "job", "value": "x"}
            )

    def test_while_being_erased(self):
        person = self.person()
        fact = person.fact_ids
        with patch.object(type(person), "_erase_more", lambda self: False):
            person._erase()
        self.assertFalse(fact.exists())
        with self.assertRaises(AccessError):
            self.facts.create(
                {**SAYS, "identity_id": person.id, "kind": "job", "value": "x"}
            )

    def test_export_and_lookup(self):
        partner = self.env["res.partner"].create({"name": "Hilde", "email": "h@h.test"})
        person = self.person()
        kept = dict(person._export_related())
        self.assertEqual(kept["social.crm.fact"]["value"], "Kettles of Hrabowski")
        self.assertEqual(kept["social.crm.fact"]["source"], "Fair list")
        self.assertNotIn("key", kept["social.crm.fact"])
        self.assertIn("key", export.LEFT_OUT)
        person._link(partner, "manual")
        named = self.facts.create(
            {
                **SAYS,
                "identity_id": self.person("bob").id,
                "kind": "email",
                "value": "h@h.test",
            }
        )
        wizard = self.env["privacy.lookup.wizard"].create(
            {"name": "Hilde", "email": "h@h.test"}
        )
        wizard.action_lookup()
        lines = wizard.line_ids.filtered(lambda line: line.res_model == named._name)
        self.assertEqual(set(lines.mapped("res_id")), {named.id, person.fact_ids.id})
