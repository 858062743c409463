import hashlib
import hmac
import json
import time
from unittest.mock import patch

from odoo.exceptions import AccessError, ConcurrencyError
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged
from odoo.tools import file_path

from ..connectors.profile_address import parse_profile
from ..models import social_crm_fact_webhook as webhook

SECRET = "a-very-long-secret-of-the-first-company"
OTHER = "a-very-long-secret-of-the-other-company"
FACT = {
    "profile": "@ann@example.social",
    "kind": "company",
    "value": "Kettle Ltd",
    "source": "Fair list",
    "source_url": "https://fair.example/list",
    "basis": "legitimate_interest",
    "date": "2026-03-01",
}


class WebhookCase:
    """Ann and her company; two companies have a secret."""

    def make(self):
        self.other = self.env["res.company"].create({"name": "Elsewhere"})
        self.env.company.social_crm_fact_secret = SECRET
        self.other.social_crm_fact_secret = OTHER
        self.identities = self.env["social.crm.identity"]
        self.facts = self.env["social.crm.fact"]
        self.ann = self.profile("ann")

    def profile(self, login, company=None):
        address = parse_profile(f"@{login}@example.social")
        return self.identities._make_typed(address, company or self.env.company)

    def sign(self, body, secret=SECRET, moment=None):
        moment = str(int(time.time())) if moment is None else moment
        signed = moment.encode() + b"." + body
        signature = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        return {
            "X-Social-Timestamp": moment,
            "X-Social-Signature": f"sha256={signature}",
            "Content-Type": "application/json",
        }


@tagged("post_install", "-at_install")
class TestFactsWebhook(WebhookCase, HttpCase):
    """Programs tell facts over HTTP: signed, bounded, answered one by one."""

    def setUp(self):
        super().setUp()
        self.make()

    def post(self, body, secret=SECRET, moment=None, headers=None):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.env.flush_all()
        headers = self.sign(body, secret, moment) | (headers or {})
        response = self.url_open("/social_crm/facts", data=body, headers=headers)
        self.env.invalidate_all()
        self.assertNotIn("Traceback", response.text)
        self.assertNotIn("session_id", response.cookies)
        return response

    def tell(self, *facts, **kwargs):
        response = self.post({"facts": facts}, **kwargs)
        self.assertEqual(response.status_code, 200, response.text)
        return response.json()["results"]

    def results(self, *facts, **kwargs):
        return [item["result"] for item in self.tell(*facts, **kwargs)]

    def test_a_fact_is_kept_once(self):
        self.assertEqual(self.results(FACT, FACT), ["stored", "known"])
        fact = self.ann.fact_ids
        self.assertEqual(
            (fact.kind, fact.value, fact.source, fact.source_url, fact.basis),
            ("company", "Kettle Ltd", "Fair list", FACT["source_url"], FACT["basis"]),
        )
        self.assertEqual((str(fact.date), fact.user_id.ids), ("2026-03-01", []))
        self.assertEqual(self.results(FACT), ["known"])
        self.assertEqual(self.ann.fact_ids, fact)

    def test_who_is_not_there_and_who_wants_to_be_left_alone(self):
        out, gone, theirs = self.profile("out"), self.profile("gone"), None
        out._opt_out()
        gone._erase()
        theirs = self.profile("theirs", self.other)
        count = self.identities.search_count([])
        answers = self.tell(
            *(
                {**FACT, "profile": f"@{login}@example.social"}
                for login in ("nobody", "out", "gone", "theirs", "ann")
            )
        )
        refused = answers[:4]
        self.assertEqual(refused[0]["result"], "refused")
        self.assertEqual([refused[0]] * 4, refused, "one cannot be told from another")
        self.assertEqual(answers[4]["result"], "stored")
        self.assertEqual(self.identities.search_count([]), count, "nobody is made")
        self.assertFalse(theirs.fact_ids)

    def test_the_company_is_that_of_the_secret(self):
        mine = self.ann
        theirs = self.profile("ann", self.other)
        self.assertEqual(self.results(FACT, secret=OTHER), ["stored"])
        self.assertFalse(mine.fact_ids)
        self.assertEqual(theirs.fact_ids.company_id, self.other)

    def test_signatures(self):
        body = json.dumps({"facts": [FACT]}).encode()
        now = int(time.time())
        for headers in (
            {"X-Social-Signature": ""},
            {"X-Social-Signature": "sha256="},
            {"X-Social-Signature": "sha256=" + "0" * 64},
            {"X-Social-Signature": self.sign(body)["X-Social-Signature"][7:]},
            {"X-Social-Signature": self.sign(body + b" ")["X-Social-Signature"]},
            {"X-Social-Signature": "sha256=\u00e9".encode("latin-1")},
            {"X-Social-Timestamp": ""},
            {"X-Social-Timestamp": str(now + 100)},
            {"X-Social-Timestamp": "-1"},
            {"X-Social-Timestamp": "9" * 400},
            {"X-Social-Timestamp": "1e9"},
        ):
            with self.subTest(headers=headers):
                response = self.post(body, headers=headers)
                self.assertEqual(response.status_code, 401)
        for moment in (now - 310, now + 310):
            self.assertEqual(self.post(body, moment=str(moment)).status_code, 401)
        for moment in (now - 290, now + 290):
            self.assertEqual(self.post(body, moment=str(moment)).status_code, 200)
        self.assertEqual(self.post(body, secret="").status_code, 401)
        self.env.company.social_crm_fact_secret = False
        self.assertEqual(self.post(body).status_code, 401)
        self.assertEqual(len(self.ann.fact_ids), 1)

    def test_sizes(self):
        response = self.post({"facts": [FACT] * (webhook.MAX_FACTS + 1)})
        self.assertEqual(response.status_code, 413)
        response = self.post(b" " * (webhook.MAX_BYTES + 1))
        self.assertEqual(response.status_code, 413)
        self.assertIn("bytes", response.json()["error"])
        self.assertFalse(self.ann.fact_ids)

    def test_malformed(self):
        for body in (
            b" ",
            b"{",
            b"null",
            b"[]",
            b"7",
            b'{"facts": {}}',
            b'{"facts": null}',
            b"\xff\xfe\x00",
            b"[" * 100_000,
            b'{"facts": [' + b"[" * 50_000,
        ):
            with self.subTest(body=body[:20]):
                response = self.post(body)
                self.assertEqual(response.status_code, 400)
                self.assertTrue(response.json()["error"])
        self.assertEqual(self.results(), [])
        self.assertEqual(self.url_open("/social_crm/facts").status_code, 405)

    def test_hostile_items_harm_nobody_else(self):
        bad = [
            None,
            7,
            "x",
            [],
            {},
            {**FACT, "profile": None},
            {**FACT, "profile": {"$ne": 1}},
            {**FACT, "profile": "x" * 100_000},
            {**FACT, "network": ["mastodon"], "profile": "ann"},
            {**FACT, "kind": "password"},
            {**FACT, "kind": ["company"]},
            {**FACT, "kind": ""},
            {**FACT, "value": ""},
            {**FACT, "value": {"a": 1}},
            {**FACT, "value": "\0\n\t"},
            {**FACT, "value": "x" * 501},
            {**FACT, "basis": "because"},
            {**FACT, "basis": None},
            {**FACT, "source": ""},
            {**FACT, "source": 5},
            {**FACT, "date": "yesterday"},
            {**FACT, "date": "2026-13-45"},
            {**FACT, "date": "9999-01-01"},
            {**FACT, "date": 20260301},
            {**FACT, "date": ""},
        ]
        answers = self.tell(*bad, FACT)
        for item, answer in zip(bad, answers, strict=False):
            self.assertEqual(answer["result"], "refused", item)
            self.assertGreater(len(answer["message"]), 15)
        self.assertEqual(answers[-1]["result"], "stored")
        odd = {**FACT, "value": "Kettle\ud800 \u202e<b>Ltd</b>\nx", "extra": {"a": [1]}}
        odd |= {"identity_id": 1, "user_id": 2, "source_url": "javascript:alert(1)"}
        self.assertEqual(self.results(odd), ["stored"])
        fact = self.ann.fact_ids.sorted("id")[-1]
        self.assertEqual(fact.value, "Kettle? <b>Ltd</b> x")
        self.assertFalse(fact.source_url or fact.user_id)

    def test_words_in_the_language_of_the_company(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env.company.partner_id.lang = "fr_FR"
        self.assertEqual(self.results(FACT), ["stored"])

    def test_the_same_statements_for_many(self):
        many = [self.profile(f"p{number}") for number in range(50)]
        counts = []
        for profiles in (many[:5], many):
            items = [
                {**FACT, "value": f"{len(profiles)}", "profile": profile.handle}
                for profile in profiles
            ]
            self.env.flush_all()
            self.env.invalidate_all()
            body = json.dumps({"facts": items}).encode()
            start = self.env.cr.sql_log_count
            status, _answer = self.facts._receive(body, self.env.company)
            self.env.flush_all()
            self.assertEqual(status, 200)
            counts.append(self.env.cr.sql_log_count - start)
        self.assertLessEqual(counts[1], counts[0] + 3, counts)

    def test_two_calls_at_once(self):
        """The later one, which began before the first had ended, is run again."""
        body = json.dumps({"facts": [FACT]}).encode()
        self.facts.sudo()._receive(body, self.env.company)
        with (
            patch.object(type(self.facts), "_told", lambda *_args: {}),
            self.assertRaises(ConcurrencyError),
            self.env.cr.savepoint(),
        ):
            self.facts.sudo()._receive(body, self.env.company)
        _status, answer = self.facts.sudo()._receive(body, self.env.company)
        self.assertEqual(answer["results"][0]["result"], "known")
        self.assertEqual(len(self.ann.fact_ids), 1)


@tagged("post_install", "-at_install")
class TestFactsSecret(WebhookCase, TransactionCase):
    """Who may make a secret, and who may see it."""

    def setUp(self):
        super().setUp()
        self.env = self.env(context=dict(self.env.context, no_reset_password=True))
        self.make()

    def test_only_administrators_make_one(self):
        settings = self.env["res.config.settings"]
        for groups in ("social_crm.group_manager", "base.group_system"):
            user = new_test_user(self.env, f"u_{groups}", groups)
            user.group_ids -= self.env.ref("social_crm.group_admin")
            with self.assertRaises(AccessError):
                settings.with_user(user).action_social_fact_secret()
            with self.assertRaises(AccessError):
                settings.with_user(user).action_social_fact_secret_remove()
        admin = new_test_user(
            self.env, "social_admin", "social_crm.group_admin,base.group_user"
        )
        action = settings.with_user(admin).action_social_fact_secret()
        secret = action["context"]["default_secret"]
        self.assertGreater(len(secret), 40)
        self.assertEqual(self.env.company.social_crm_fact_secret, secret)
        with self.assertRaises(AccessError):
            self.env.company.with_user(admin).social_crm_fact_secret  # noqa: B018
        dialog = self.env["social.crm.fact.secret"].with_user(admin)
        dialog = dialog.with_context(**action["context"])
        shown = dialog.onchange({}, [], {"secret": {}})["value"]["secret"]
        self.assertEqual(shown, secret)
        self.assertFalse(dialog.create({"secret": secret}).secret, "never stored")
        settings.with_user(admin).action_social_fact_secret_remove()
        self.assertFalse(self.env.company.social_crm_fact_secret)

    def test_a_copy_of_the_database_takes_nothing(self):
        path = file_path("social_crm/data/neutralize.sql")
        self.env.flush_all()
        with open(path) as file:
            self.env.cr.execute(file.read())
        self.env.invalidate_all()
        self.assertFalse(self.env.company.social_crm_fact_secret)
        self.assertFalse(self.facts._signed_by(b"", str(int(time.time())), "sha256="))

    def test_comparing_takes_as_long_for_all(self):
        """Each secret is compared, also after the right one was found."""
        body = b"{}"
        with patch.object(
            webhook.hmac, "compare_digest", wraps=hmac.compare_digest
        ) as compare:
            headers = self.sign(body)
            found = self.facts._signed_by(
                body, headers["X-Social-Timestamp"], headers["X-Social-Signature"]
            )
            self.assertEqual(found, self.env.company)
            self.assertEqual(compare.call_count, 2)
