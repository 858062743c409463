from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from ..connectors.policy import Policy
from ..models.consent_words import answer_of
from .common import NOW, SocialCase, author, post
from .erase_case import EraseCase

OPT_IN = Policy(may_link="opt_in", clause="People must opt in.", source="Terms, 7")
OWN = {"by": "brand", "is_own": True}


class ConsentCase(SocialCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = cls.user(
            "agent", "social_crm.group_user,base.group_partner_manager"
        )
        cls.manager = cls.user("boss", "social_crm.group_manager")
        cls.partner = cls.env["res.partner"].create({"name": "Ann Kettle"})
        cls.classPatch(cls.account._connector_class("mastodon"), "policy", OPT_IN)
        cls.consents = cls.env["social.crm.consent"]

    def speak(self, uid, text="Hello", by="ann", **values):
        self.ingest(post(uid, by=by, text=text, **values))
        return self.profile(by)

    def profile(self, login="ann"):
        found = self.env["social.crm.identity"].search(
            [("uri", "=", author(login).uri)]
        )
        return found.with_user(self.agent)

    def ask(self, identity):
        action = identity.action_ask()
        dialog = self.env[action["res_model"]].with_user(self.agent)
        dialog = dialog.browse(action["res_id"])
        dialog.action_asked()
        return dialog

    def answer(self, uid, text, by="ann", **values):
        """Something said to us a minute after the question."""
        values = {"minutes": -1} | values
        with freeze_time(NOW.replace(tzinfo=None) + timedelta(minutes=5)):
            self.ingest(post(uid, by=by, text=text, **values))


@tagged("post_install", "-at_install")
class TestConsent(ConsentCase):
    def test_refused_until_they_say_yes(self):
        ann = self.speak(1)
        with self.assertRaisesRegex(UserError, "must opt in. Ask the person"):
            ann.partner_id = self.partner
        self.assertTrue(ann.may_ask)
        dialog = self.ask(ann)
        self.assertIn("@ann@example.social", dialog.text)
        self.assertIn(self.company.name, dialog.text)
        self.assertIn("YES", dialog.text)
        consent = ann.consent_ids
        self.assertEqual((consent.state, consent.asked_by), ("asked", self.agent))
        with self.assertRaisesRegex(UserError, "has not answered yet"):
            ann.partner_id = self.partner
        self.answer(2, "@brand@example.social Yes! 😀")
        self.assertEqual(ann.consent_state, "granted")
        self.assertEqual(consent.state, "granted")
        self.assertEqual(consent.mention_id, self.mention(2))
        self.assertEqual(consent.evidence, "@brand@example.social Yes! 😀")
        self.assertFalse(ann.partner_id, "nothing links itself")
        ann.partner_id = self.partner
        self.assertEqual((ann.link_basis, ann.partner_id), ("stated", self.partner))
        self.assertIn("Permission given", "".join(ann.message_ids.mapped("body")))

    def test_words(self):
        for text, answer in (
            ("yes", "yes"),
            ("@brand YES!!", "yes"),
            ("@brand@example.social ✅ Ja, gerne.", "yes"),
            ("Oui, d’accord", "yes"),
            ("SÍ", "yes"),
            ("zgadzam się", "yes"),
            ("はい。", "yes"),
            ("No, thanks", "no"),
            ("nein", "no"),
            ("Nie zgadzam się!", "no"),
            ("STOP", "stop"),
            ("@brand stop.", "stop"),
            ("yes but you are wrong", ""),
            ("I said yes to the dress", ""),
            ("yes, no", ""),
            ("yes?", ""),
            ("yes 👎", ""),
            ("Yesterday", ""),
            ("#yes https://example.com", ""),
            ("yes @brand no", ""),
            ("👍", ""),
            ("@brand", ""),
            ("", ""),
            (None, ""),
            ("x" * 100_000, ""),
        ):
            with self.subTest(text=text and text[:40]):
                self.assertEqual(answer_of(text), answer)
        self.assertEqual(answer_of("@brand Kettle", "kettle!"), "yes")
        self.assertEqual(answer_of("Kettle please", "kettle"), "")

    def test_no_and_stop(self):
        ann, bob = self.speak(1), self.speak(2, by="bob")
        self.ask(ann)
        self.ask(bob)
        self.answer(3, "no")
        self.answer(4, "yes", by="bob")
        self.assertEqual((ann.consent_state, bob.consent_state), ("refused", "granted"))
        self.assertFalse(ann.may_ask)
        with self.assertRaisesRegex(UserError, "does not allow"):
            ann._link(self.partner, "stated")
        bob._link(self.partner, "manual")
        self.assertEqual(self.mention(2).partner_id, self.partner)
        self.answer(5, "STOP", by="bob", minutes=-2)
        self.assertEqual(bob.consent_state, "withdrawn")
        self.assertFalse(bob.partner_id)
        self.assertFalse(self.mention(2).partner_id)
        self.assertEqual(len(bob.consent_ids), 1)
        self.assertTrue(bob.consent_ids.withdrawn_at)
        words = "".join(self.partner.message_ids.mapped("body"))
        self.assertIn("taken off this contact", words)
        rejected = self.env["social.crm.match"].search(
            [("identity_id", "=", bob.id), ("state", "=", "rejected")]
        )
        self.assertEqual(rejected.partner_id, self.partner, "remembered")
        # Yes without a new question is no permission.
        self.answer(6, "yes", by="bob", minutes=-3)
        self.assertEqual(bob.consent_state, "withdrawn")

    def test_only_an_answer_to_us_and_in_time(self):
        ann = self.speak(1)
        self.ingest(post(2, by="cy"), post(3, **OWN))
        self.ask(ann)
        for uid, values in enumerate(
            (
                {"parent_uid": "2"},
                {"parent_uri": "https://elsewhere.example/1"},
                {"minutes": 300},
            ),
            10,
        ):
            self.answer(uid, "yes", **values)
            self.assertEqual(ann.consent_state, "asked", values)
        self.env["social.crm.feed"].browse(self.feed.id).write({"kind": "mentions"})
        search = self._make_feed(self.company, kind="hashtag", query="x")[1]
        with freeze_time(NOW.replace(tzinfo=None) + timedelta(minutes=5)):
            self.ingest(post(20, text="yes", minutes=-1), feed=search)
        self.assertEqual(ann.consent_state, "asked")
        with freeze_time(NOW.replace(tzinfo=None) + timedelta(days=31)):
            self.ingest(post(21, text="yes", minutes=-31 * 24 * 60))
        self.assertEqual(ann.consent_state, "asked", "too late")
        self.answer(22, "yes", parent_uid="3")
        self.assertEqual(ann.consent_state, "granted")

    def test_twice_is_once(self):
        ann = self.speak(1)
        self.ask(ann)
        for _again in range(2):
            self.answer(2, "yes")
            self.answer(3, "YES", minutes=-2)
        self.assertEqual(len(ann.consent_ids), 1)
        self.assertEqual(ann.consent_ids.mention_id, self.mention(2))
        given = [body for body in ann.message_ids.mapped("body") if "given" in body]
        self.assertEqual(len(given), 1)

    def test_answered_before_it_was_noted(self):
        ann = self.speak(1)
        self.ingest(post(2, **OWN))
        self.ingest(post(3, text="Yes please", parent_uid="2", minutes=1))
        self.ask(ann)
        self.assertEqual(ann.consent_state, "granted")
        self.assertEqual(ann.consent_ids.mention_id, self.mention(3))

    def test_by_hand(self):
        ann = self.speak(1)
        notes = self.env["social.crm.consent.note"].with_user(self.agent)
        notes.create(
            {"identity_id": ann.id, "source": "phone", "note": "Called on Monday"}
        ).action_note()
        consent = ann.consent_ids
        self.assertEqual(
            (consent.state, consent.source, consent.user_id, consent.note),
            ("granted", "phone", self.agent, "Called on Monday"),
        )
        ann.partner_id = self.partner
        notes.create({"identity_id": ann.id, "answer": "withdrawn"}).action_note()
        self.assertFalse(ann.partner_id)
        self.assertEqual(ann.consent_ids.state, "withdrawn")

    def test_statement_of_the_person(self):
        """Code that has the person's own word may link that record, and no other."""
        ann = self.speak(1)
        ann._link(self.partner, "stated")
        with self.assertRaises(UserError):
            ann.partner_id = self.env["res.partner"].create({"name": "Other"})
        ann._withdraw_consent("mail")
        self.assertFalse(ann.partner_id)
        with self.assertRaises(UserError):
            ann._link(self.partner, "stated")

    def test_language_and_own_words(self):
        self.env["res.lang"]._activate_lang("de_DE")
        network = self.env["social.crm.network"]._of(self.company, "mastodon")
        network.write({"ask_text": "{name}: say {word}", "ask_word": "KETTLE"})
        network.with_context(lang="de_DE").write(
            {"ask_text": "{name}: sag {word}", "ask_word": "KESSEL"}
        )
        ann = self.speak(1, language="de")
        dialog = self.ask(ann)
        self.assertEqual(dialog.text, "Ann: sag KESSEL")
        self.answer(2, "kessel")
        self.assertEqual(ann.consent_state, "granted")
        with self.assertRaises(UserError):
            network.ask_text = "Say something"

    def test_queries_of_a_page(self):
        ann = self.speak(1)

        def count(first, size, text="yes"):
            page = [
                post(f"{first}{n}", by=f"p{first}{n}", text=text) for n in range(size)
            ]
            self.env.flush_all()
            start = self.env.cr.sql_log_count
            self.ingest(*page)
            return self.env.cr.sql_log_count - start

        count("w", 2)
        nobody = count("a", 10)
        self.ask(ann)
        count("v", 2)
        self.assertEqual(count("b", 10, "A long story " * 20), nobody)
        few, many = count("c", 10), count("d", 100)
        self.assertEqual(few, many)
        self.assertLessEqual(few, nobody + 1)

    def test_who_may(self):
        ann = self.speak(1)
        self.ask(ann)
        consent = ann.consent_ids
        reader = self.user("reader", "social_crm.group_reader")
        with self.assertRaises(AccessError):
            ann.with_user(reader).action_ask()
        with self.assertRaises(AccessError):
            consent.with_user(reader).read(["state"])
        for user in (self.agent, self.manager):
            with self.assertRaises(AccessError):
                consent.with_user(user).write({"state": "granted"})
            with self.assertRaises(AccessError):
                self.consents.with_user(user).create(
                    {"identity_id": ann.id, "state": "granted"}
                )
            with self.assertRaises(AccessError):
                ann.with_user(user).write(
                    {"consent_ids": [(0, 0, {"state": "granted"})]}
                )
        other = self.env["res.company"].create({"name": "Other"})
        far = self.user("far", "social_crm.group_manager")
        far.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        self.assertFalse(self.consents.with_user(far).search([]))
        note = self.env["social.crm.consent.note"].with_user(far)
        with self.assertRaises(AccessError):
            note.create({"identity_id": ann.id}).action_note()
        self.assertEqual(ann.consent_state, "asked")

    def test_who_is_this(self):
        ann = self.speak(1)
        [person] = ann._social_people()
        self.assertTrue(person["may_ask"])
        self.assertIn("Ask the person", person["refusal"])
        self.ask(ann)
        self.answer(2, "yes")
        [person] = ann._social_people()
        self.assertFalse(person["may_ask"] or person["refusal"])


@tagged("post_install", "-at_install")
class TestConsentPrivacy(EraseCase):
    def setUp(self):
        super().setUp()
        self.patch(self.account._connector_class("mastodon"), "policy", OPT_IN)
        self.ingest(post(1))
        self.ann = self.person("ann")
        self.ann._record_consent("asked", False, word="Ümläut")
        self.ann._record_consent(
            "granted", "mail", note="Brezelkaiser wrote", evidence="Ümläut sagichdoch"
        )

    def test_export(self):
        rows = dict(self.ann._export_related())
        self.assertEqual(rows["social.crm.consent"]["note"], "Brezelkaiser wrote")

    def test_opt_out(self):
        self.ann._opt_out()
        consent = self.ann.consent_ids
        self.assertEqual((consent.state, self.ann.consent_state), ("withdrawn",) * 2)
        self.assertFalse(consent.evidence or consent.note)

    def test_erase(self):
        traces = ["Brezelkaiser", "sagichdoch"]
        self.assertTrue(self.find_traces(traces))
        self.ann._erase()
        self.assertFalse(self.env["social.crm.consent"].search([]))
        self.assertEqual(self.find_traces(traces), [])


@tagged("post_install", "-at_install")
class TestConsentTours(ConsentCase, HttpCase):
    """Asking and noting in Chromium, as a Social user."""

    def setUp(self):
        super().setUp()
        url = "https://example.social/@ann"
        self.ingest(post(1, by=author("ann", name="Ann Kettle", url=url)))

    def test_ask(self):
        keys = self.env["social.crm.match.key"]
        keys._index_partners(self.partner.ids)
        self.profile().sudo()._update_matches()
        self.start_tour("/odoo/social-who", "social_crm_ask", login="agent")
        consent = self.profile().consent_ids
        self.assertEqual((consent.state, consent.asked_by), ("asked", self.agent))

    def test_note(self):
        profile = self.profile()
        self.start_tour(
            f"/odoo/social-profiles/{profile.id}",
            "social_crm_note_answer",
            login="agent",
        )
        consent = profile.consent_ids
        self.assertEqual((consent.state, consent.source), ("withdrawn", "mail"))
        self.assertFalse(profile.partner_id)
