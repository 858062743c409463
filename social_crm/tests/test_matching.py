"""Is this profile this record? Without a database."""

import subprocess
import sys
import time
from datetime import date
from itertools import product
from pathlib import Path
from unittest import skipUnless
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from .. import matching
from ..matching import (
    Population,
    addresses,
    best_matches,
    evidence,
    exact_keys,
    facts_of,
    handles,
    name_keys,
    names,
    phones,
    places,
    score,
    scripts,
    search_keys,
    similarity,
)

CROWD = Population(
    100_000,
    names={"ann": 900, "peter": 800, "smith": 1000, "robert": 900, "lee": 700},
    cities={"springfield": 800, "oslo": 300},
)


class MatchingCase(BaseCase):
    def judge(self, one, other, population=None):
        """Return the match of two records, the same from either side."""
        a, b = facts_of(one), facts_of(other)
        match, back = score(a, b, population), score(b, a, population)
        self.assertEqual(match.decision, back.decision)
        self.assertAlmostEqual(match.bits, back.bits)
        return match

    def assert_codes(self, match, *codes):
        found = {reason.code for reason in match.reasons}
        self.assertLessEqual(set(codes), found)

    def assert_no_codes(self, match, *codes):
        self.assertTrue({reason.code for reason in match.reasons}.isdisjoint(codes))

    def assert_fast(self, function, *args, seconds=2):
        start = time.process_time()
        result = function(*args)
        self.assertLess(time.process_time() - start, seconds)
        return result


@tagged("post_install", "-at_install")
class TestFacts(MatchingCase):
    def test_emails(self):
        for text, email in {
            "Ann.Smith+news@Example.COM": "ann.smith@example.com",
            "a.n.n@googlemail.com": "ann@gmail.com",
            "Ann Smith <ann@example.com>": "ann@example.com",
            "mailto:ann@example.com?subject=x": "ann@example.com",
            "ann@müller.example": "ann@xn--mller-kva.example",
            "ann": "",
            "ann@": "",
            "ann@localhost": "",
            "@example.com": "",
            "a b@example.com": "",
        }.items():
            self.assertEqual(addresses.normal_email(text), email, text)

    def test_role_addresses(self):
        for email in (
            *("info@x.example", "sales@x.example", "no-reply@x.example"),
            *("noreply@x.example", "support.eu@x.example", "kontakt@x.example"),
        ):
            self.assertTrue(addresses.is_role(email), email)
            self.assertIn(f"email:{email}", facts_of({"emails": email}).shared)
        for email in ("ann@x.example", "informatics.ann@x.example", "hr.smith@x.org"):
            self.assertFalse(addresses.is_role(email), email)

    def test_company_domains(self):
        for record, keys in (
            ({"emails": "ann@acme.co.uk"}, {"domain:acme.co.uk"}),
            ({"emails": "ann@mail.acme.com"}, {"domain:acme.com"}),
            ({"emails": "ann@gmail.com"}, set()),
            ({"emails": "ann@yahoo.co.uk"}, set()),
            (
                {"urls": "http://www.acme.com:8080/a/?utm_source=x#y"},
                {"domain:acme.com"},
            ),
            ({"urls": "https://acme.github.io"}, {"domain:acme.github.io"}),
            ({"urls": "https://linktr.ee/ann"}, set()),
        ):
            found = {k for k in exact_keys(facts_of(record)) if k.startswith("domain")}
            self.assertEqual(found, keys, record)

    def test_urls(self):
        same = (
            *(
                "https://Acme.com/Shop/",
                "http://www.acme.com/Shop",
                "acme.com/Shop/#top",
            ),
            *("https://m.acme.com/Shop?utm_source=x&fbclid=1", "//acme.com/Shop"),
        )
        for url in same[:4]:
            self.assertEqual(addresses.normal_url(url), "acme.com/Shop", url)
        self.assertEqual(
            addresses.normal_url("a.example/?b=2&a=1"), "a.example/?a=1&b=2"
        )
        for url in ("", "ftp://a.example", "javascript:alert(1)", "http://[x", "ann"):
            self.assertEqual(addresses.normal_url(url), "", url)

    def test_profile_addresses_are_handles(self):
        for url, handle in {
            "https://twitter.com/Ann_Smith?lang=de": ("x", "ann_smith"),
            "https://mobile.x.com/ann_smith/": ("x", "ann_smith"),
            "https://www.instagram.com/ann.smith/": ("instagram", "ann.smith"),
            "https://m.facebook.com/ann.smith": ("facebook", "annsmith"),
            "https://de.linkedin.com/in/ann-smith": ("linkedin", "ann-smith"),
            "https://www.youtube.com/@AnnSmith": ("youtube", "annsmith"),
            "https://bsky.app/profile/ann.example": ("bluesky", "ann.example"),
            "https://social.example/@ann": ("mastodon", "ann@social.example"),
            "https://social.example/users/ann": ("mastodon", "ann@social.example"),
        }.items():
            facts = facts_of({"urls": url})
            self.assertEqual(facts.handles, (handle,), url)
            self.assertFalse(facts.urls)
            self.assertEqual(exact_keys(facts), {f"handle:{handle[0]}:{handle[1]}"})
        self.assertFalse(facts_of({"urls": "https://x.com/search?q=ann"}).handles)

    def test_handles(self):
        for handle, expected in (
            ("@ann@Social.Example", ("mastodon", "ann@social.example")),
            (("twitter", "@Ann"), ("x", "ann")),
            ({"network": "x"}, ("network", "x")),
            ("x:ann", ("x", "ann")),
            ("ann.bsky.social", ("bluesky", "ann.bsky.social")),
            ("@Ann", ("", "ann")),
        ):
            value = handle if isinstance(handle, dict) else [handle]
            found = facts_of({"handles": value}).handles
            if isinstance(handle, dict):
                self.assertEqual(found, ())  # a handle has two letters at least
            else:
                self.assertEqual(found, (expected,))

    def test_phones(self):
        for number, country, expected in (
            ("030 / 123 456-78", "DE", "+493012345678"),
            ("+49 (0)30 12345678", "", "+493012345678"),
            ("0049 30 12345678", "US", "+493012345678"),
            ("(202) 224-3441", "US", "+12022243441"),
            ("1-202-224-3441 ext. 12", "US", "+12022243441"),
            ("01 42 68 53 00", "FR", "+33142685300"),
            ("06 1234 5678", "IT", "+390612345678"),
            ("020 7946 0018", "GB", "+442079460018"),
            ("8 (495) 123-45-67", "RU", "+74951234567"),
            ("612 34 56 78", "ES", "+34612345678"),
            ("030 1234567", "", ""),
            ("123", "DE", ""),
            ("call me", "DE", ""),
        ):
            self.assertEqual(phones.e164(number, country), expected, number)
            with patch.object(phones, "phonenumbers", None):
                self.assertEqual(phones.e164(number, country), expected, number)
        facts = facts_of({"phones": "030 12345678", "country": "Deutschland"})
        self.assertEqual(facts.phones, ("+493012345678",))

    def test_bio_quotes(self):
        facts = facts_of(
            {
                "emails": "ann@home.example",
                "bio": "Owner of Acme. ann@acme.example or +49 30 12345678, since 2011",
            }
        )
        self.assertEqual(facts.emails, ("ann@home.example", "ann@acme.example"))
        self.assertEqual(facts.phones, ("+493012345678",))
        self.assertIn("email:ann@acme.example", facts.quoted)
        self.assertNotIn("email:ann@home.example", facts.quoted)

    def test_names(self):
        for name, expected in {
            "Ann Smith": ("ann", "smith"),
            "Smith, Ann": ("ann", "smith"),
            "Dr. Ann-Marie O’Neill, PhD": ("ann", "oneill"),
            "Ludwig van Beethoven": ("ludwig", "beethoven"),
            "Åse Ørsted-Łukasz": ("ase", "lukasz"),
            "Анна Смирнова": ("anna", "smirnova"),
            "Αλέξης Παπαδόπουλος": ("alexis", "papadopoulos"),
            "王小明": ("小明", "王"),
            "김민준": ("minjun", "gim"),
            "ＡＮＮ Ｓｍｉｔｈ": ("ann", "smith"),
            "Ann Smith | CEO at Acme": ("ann", "smith"),
            "Ann Smith 🚲 (she/her)": ("ann", "smith"),
            "Al Gore": ("al", "gore"),
            "Acme Bikes GmbH": ("acme", "bikes"),
            "Ann": ("ann", ""),
            "🚲": ("", ""),
        }.items():
            found = names.parse_name(name)
            self.assertEqual((found.first, found.last), expected, name)
        called = names.parse_name('Earl L. "Buddy" Carter')
        self.assertEqual((called.first, called.last), ("earl", "carter"))
        self.assertIn("buddy", called.more)

    def test_places(self):
        for text, code in {"Deutschland": "de", "USA": "us", "FR": "fr"}.items():
            self.assertEqual(places.country_code(text), code)
        self.assertEqual(places.state_code("New York"), "ny")
        self.assertEqual(places.town("München"), places.town("Munich"))
        facts = facts_of({"city": "Berlin, Germany"})
        self.assertEqual((facts.city, facts.country), ("berlin", "de"))
        facts = facts_of({"city": "San Francisco Bay Area, CA"})
        self.assertEqual((facts.city, facts.state), ("sanfrancisco", "ca"))

    def test_birthdates(self):
        for value in ("1971-06-24", "19710624", date(1971, 6, 24)):
            self.assertEqual(facts_of({"birthdate": value}).birthdate, "19710624")
        for value in ("24 June", 1971, None, "٠٠٠٠٠٠٠٠"):
            self.assertEqual(facts_of({"birthdate": value}).birthdate, "", value)

    def test_junk(self):
        keys = (
            *("name", "first_name", "last_name", "emails", "phones", "urls"),
            *("verified_urls", "ids", "handles", "city", "state", "zip", "country"),
            *("company", "language", "bio", "birthdate"),
        )
        junk = (
            *(None, 0, -1, 10**400, 1.5, float("nan"), True, b"x", object(), "\0", ""),
            *([None], [[]], [{}], {}, {1: 2}, {"x": [b""]}, set(), {1, "a"}, (1, 2, 3)),
            *(
                "\ud800",
                "@",
                "@@",
                "://",
                "http://",
                "mailto:",
                "+",
                "\u202e",
                "a" * 300,
            ),
            *(
                [["x", None]],
                [("x", 3)],
                "http://[::1]/",
                "xn--",
                "http://xn--a/",
                "%ff",
            ),
        )
        for key, value in product(keys, junk):
            facts = facts_of({key: value})
            score(facts, facts)
            name_keys("" if not isinstance(value, str) else value)
        for record in (None, [], "x", 3):
            self.assertEqual(facts_of(record), facts_of({}))
        match = score(facts_of({}), facts_of({}))
        self.assertEqual((match.decision, match.reasons), ("no", ()))
        self.assertEqual(best_matches(facts_of({}), []), [])

    def test_floods(self):
        for piece in (
            *(
                "a",
                " ",
                "@",
                "a@",
                "a.",
                "a@a.",
                "+1",
                "tel:",
                "0 ",
                "(",
                "[",
                '"',
                "/",
            ),
            *("А", "ß", "İ", "김", "\u0301", "http://", "a-", "I", "rn", "%", "\u2028"),
        ):
            text = piece * (100_000 // len(piece))
            record = {
                **{"name": text, "emails": text, "phones": text, "urls": text},
                **{"handles": text, "bio": text, "city": text, "company": text},
                **{"zip": text, "country": text, "birthdate": text, "state": text},
            }
            facts = self.assert_fast(facts_of, record, seconds=0.5)
            self.assert_fast(score, facts, facts, seconds=0.5)
            self.assert_fast(search_keys, facts, seconds=0.5)
            self.assert_fast(name_keys, text, seconds=0.5)
        many = {"emails": [f"a{n}@b.example" for n in range(100_000)]}
        self.assertLessEqual(len(self.assert_fast(facts_of, many).emails), 20)


@tagged("post_install", "-at_install")
class TestScore(MatchingCase):
    def test_personal_email_links(self):
        match = self.judge(
            {"name": "Ann Smith", "emails": "Ann.Smith@example.com"},
            {"name": "Smith, Ann", "emails": ["ann.smith+crm@example.com"]},
        )
        self.assertEqual(match.decision, "link")
        self.assertEqual(match.reasons[0].code, "email_same")
        self.assertEqual(match.reasons[0].values, ("ann.smith@example.com",) * 2)
        strengths = [abs(reason.weight_bits) for reason in match.reasons]
        self.assertEqual(strengths, sorted(strengths, reverse=True))
        # Without any name there is nothing that contradicts.
        email = {"emails": "ann@example.com"}
        self.assertEqual(self.judge(email, email).decision, "link")

    def test_personal_phone_links(self):
        match = self.judge(
            {"name": "Bob Lee", "phones": "+49 151 12345678"},
            {"name": "Robert Lee", "phones": "0151 12345678", "country": "DE"},
        )
        self.assertEqual(match.decision, "link")
        self.assert_codes(match, "phone_same", "first_nickname", "last_same")

    def test_website_links_only_if_it_links_back(self):
        record = {"name": "Ann Smith", "urls": "https://annsmith.example"}
        verified = {
            "name": "Ann Smith",
            "verified_urls": "http://www.annsmith.example/",
        }
        self.assertEqual(self.judge(verified, record).decision, "link")
        claims = {"name": "Ann Smith", "urls": "https://annsmith.example"}
        match = self.judge(claims, record)
        self.assertNotEqual(match.decision, "link")
        self.assert_codes(match, "url_same")
        other = {"name": "Eve Jones", "verified_urls": "https://annsmith.example"}
        self.assertIn(self.judge(other, record).decision, ("possible", "no"))

    def test_what_is_quoted_in_a_bio_never_links(self):
        record = {
            "name": "Ann Smith",
            "emails": "ann@example.com",
            "phones": "+493012345678",
        }
        match = self.judge(
            {"name": "Ann Smith", "bio": "ann@example.com, +49 30 12345678"}, record
        )
        self.assertEqual(match.decision, "very_likely")
        self.assert_codes(match, "email_quoted", "phone_quoted")

    def test_name_alone_is_never_more_than_possible(self):
        rare = Population(1000, names={"zbigniew": 1, "wroblewski": 1})
        for population in (None, CROWD, rare):
            for name in ("Zbigniew Wróblewski", "Ann Smith", "Ann"):
                match = self.judge({"name": name}, {"name": name}, population)
                self.assertIn(match.decision, ("possible", "no"))
                facts = facts_of({"name": name})
                best = best_matches(facts, [facts], population)[0]
                self.assertIn(best.decision, ("possible", "no"))
        handle = {"handles": "@zbigniewwroblewski"}
        match = self.judge(handle, {"name": "Zbigniew Wróblewski"}, rare)
        self.assertIn(match.decision, ("possible", "no"))
        self.assert_codes(match, "handle_full")

    def test_handle_on_record_never_links_alone(self):
        taken = {"handles": "@ann@m.example"}
        self.assertNotIn(self.judge(taken, taken).decision, ("link", "very_likely"))
        match = self.judge(taken, {"name": "Ann Smith", **taken})
        self.assertNotIn(match.decision, ("link", "very_likely"))
        match = self.judge(
            {"handles": "@ann@m.example", "name": "Eve Jones"},
            {"handles": "@ann@m.example", "name": "Ann Smith"},
        )
        self.assertIn(match.decision, ("possible", "no"))

    def test_two_people_with_one_name_and_town(self):
        twin = {"name": "Ann Smith", "city": "Springfield"}
        a = facts_of(twin)
        for population in (None, CROWD, Population(1000)):
            self.assertIn(score(a, a, population).decision, ("possible", "no"))
        candidates = [a, facts_of({**twin, "emails": "ann@other.example"})]
        for population in (None, CROWD):
            for match in best_matches(a, candidates, population):
                self.assertIn(match.decision, ("possible", "no"))
                self.assertLessEqual(match.probability, 0.5)

    def test_pseudonym(self):
        email = {"emails": "ann.smith@example.com"}
        for population in (None, CROWD, Population(5000)):
            match = self.judge(
                {"name": "xX bikelover Xx", **email},
                {"name": "Ann Smith", **email},
                population,
            )
            self.assertEqual(match.decision, "possible")
            self.assert_codes(match, "email_same", "name_differs")

    def test_fan_account(self):
        fans = {"name": "Official Acme Fanclub", "emails": "fans@gmail.com"}
        acme = {"name": "Acme", "emails": "info@acme.example"}
        self.assertEqual(self.judge(fans, acme).decision, "no")

    def test_family_sharing_an_email(self):
        family = {"emails": "the.family@example.com", "city": "Oslo"}
        for one, other in (
            ("Ann Smith", "Peter Smith"),
            ("Paul Smith", "Paula Smith"),
            ("Mario Rossi", "Maria Rossi"),
            ("Daniel Weber", "Daniela Weber"),
            ("Peter", "Ann Smith"),
        ):
            for population in (None, CROWD):
                match = self.judge(
                    {"name": one, **family}, {"name": other, **family}, population
                )
                self.assertIn(match.decision, ("possible", "no"), (one, other))
        # Families share no birthday.
        match = self.judge(
            {"name": "Ann Smith", "birthdate": "1971-06-24", **family},
            {"name": "Peggy Smith", "birthdate": "1971-06-24", **family},
        )
        self.assertEqual(match.decision, "link")

    def test_two_records_with_the_same_email(self):
        record = {"name": "Ann Smith", "emails": "ann@example.com"}
        a = facts_of(record)
        for match in best_matches(a, [a, facts_of({**record, "city": ""})]):
            self.assertNotEqual(match.decision, "link")

    def test_role_address(self):
        record = {"name": "Ann Smith", "emails": "info@acme.example"}
        match = self.judge(record, record)
        self.assertNotEqual(match.decision, "link")
        self.assert_codes(match, "email_shared")

    def test_switchboard(self):
        people = [("Ann", "Smith"), ("Peter", "Lee"), ("Olga", "Ivanova")]
        people += [
            ("Jim", "Brown"),
            ("Ulla", "Weber"),
            ("Carl", "Dean"),
            ("Eve", "Fox"),
        ]
        staff = [
            facts_of(
                {
                    **{
                        "first_name": first,
                        "last_name": last,
                        "phones": "+493012345678",
                    },
                    **{"urls": "https://chain.example", "emails": "desk@chain.example"},
                }
            )
            for first, last in people
        ]
        population = Population.from_facts(staff)
        caller = facts_of(
            {
                **{"name": "Ann Smith", "phones": "+493012345678"},
                **{
                    "verified_urls": "https://chain.example",
                    "emails": "desk@chain.example",
                },
            }
        )
        for match in best_matches(caller, staff, population):
            self.assertNotEqual(match.decision, "link")
            self.assert_codes(match, "phone_shared", "email_shared", "url_shared")
        nameless = facts_of({"phones": "+493012345678"})
        for match in best_matches(nameless, staff, population):
            self.assertEqual(match.decision, "no")
        counted = Population(100_000, holders={"phone:+493012345678": 40})
        caller = {"name": "Ann Smith", "phones": "+493012345678"}
        self.assertEqual(self.judge(caller, caller).decision, "link")
        self.assertNotEqual(self.judge(caller, caller, counted).decision, "link")
        # Several records of one person are no switchboard.
        twice = Population.from_facts(
            [facts_of({"name": "Ann S", "emails": "a@b.example"})] * 9
        )
        self.assertFalse(twice.holders)

    def test_homoglyphs_speak_against(self):
        record = {"name": "Ann Smith", "emails": "ann@example.com", "city": "Oslo"}
        for name in ("Аnn Smith", "Ann Smіth", "Ann Srnith", "Ann 5mith", "Αnn Smith"):
            match = self.judge({**record, "name": name}, record)
            self.assertIn(match.decision, ("possible", "no"), name)
            self.assert_codes(match, "name_lookalike")
            self.assertLess(
                next(
                    r for r in match.reasons if r.code == "name_lookalike"
                ).weight_bits,
                -5,
            )
            self.assert_no_codes(match, "first_same", "last_same")
        self.assertFalse(scripts.mixes_scripts("Анна"))
        match = self.judge(
            {**record, "name": "Анн Смит"}, {**record, "name": "Ann Smit"}
        )
        self.assertEqual(match.decision, "link")

    def test_names_that_agree(self):
        for one, other, code in (
            ("Bob Smith", "Robert Smith", "first_nickname"),
            ("Sasha Ivanov", "Александр Иванов", "first_nickname"),
            ("Ann Smyth", "Ann Smith", "last_close"),
            ("A. Smith", "Ann Smith", "first_initial"),
            ("Ann S.", "Ann Smith", "last_initial"),
            ("Kim Min-jun", "Minjun Kim", "name_swapped"),
            ("Jörg Müller", "Joerg Mueller", "last_close"),
            ("Ana García López", "Ana García", "last_part"),
            ("Müller", "Anna Müller", "last_same"),
            ("Jean-Luc Picard", "Jeanluc Picard", "last_same"),
            ("Buddy Carter", 'Earl "Buddy" Carter', "first_more"),
        ):
            match = self.judge({"name": one}, {"name": other})
            self.assert_codes(match, code)
            self.assertGreater(match.bits, score(facts_of({}), facts_of({})).bits, one)

    def test_evidence_against_is_listed(self):
        match = self.judge(
            {"name": "Ann Smith", "city": "Oslo", "birthdate": "1971-06-24"},
            {"name": "Ann Jones", "city": "Rome", "birthdate": "1985-02-11"},
        )
        self.assert_codes(match, "first_same", "last_differs", "city_differs")
        against = [r for r in match.reasons if r.code == "birthdate_differs"]
        self.assertLess(against[0].weight_bits, 0)

    def test_rare_values_say_more(self):
        population = Population(
            100_000, names={"smith": 2000, "szczepanska": 2, "ann": 500}
        )
        common = self.judge({"name": "Ann Smith"}, {"name": "Ann Smith"}, population)
        rare = self.judge(
            {"name": "Ann Szczepańska"}, {"name": "Ann Szczepanska"}, population
        )
        self.assertGreater(rare.bits, common.bits + 5)
        small, large = Population(5000), Population(500_000)
        ann = {"name": "Ann Smith", "city": "Oslo"}
        self.assertGreater(
            self.judge(ann, ann, small).bits, self.judge(ann, ann, large).bits + 6
        )

    def test_sample(self):
        ann = facts_of({"name": "Ann Smith", "city": "Oslo"})
        eve = facts_of({"name": "Eve Jones", "city": "Rome"})
        whole = Population.from_facts([ann, eve, eve, eve] * 1000)
        sample = Population.from_facts([ann, eve, eve, eve] * 50, size=4000)
        self.assertEqual(whole.prior, sample.prior)
        self.assertAlmostEqual(whole.names["ann"], sample.names["ann"], 0)
        self.assertAlmostEqual(whole.cities["oslo"], 2, 0)
        with self.assertRaises(TypeError):
            Population(10, towns={})

    def test_handles_say_names(self):
        for handle, name, expected in (
            ("AnnSmith92", "Ann Smith", handles.FULL),
            ("the_real.ann.smith", "Ann Smith", handles.FULL),
            ("bobsmith", "Robert Smith", handles.NICK_LAST),
            ("repjimmcgovern", "James McGovern", handles.NICK_LAST),
            ("asmith", "Ann Smith", handles.INITIAL_LAST),
            ("SenatorSmith", "Ann Smith", handles.LAST),
            ("anns", "Ann Smith", handles.FIRST_INITIAL),
            ("SenAdamSmith", "Ann Smith", handles.OTHER),
            ("wordsmiths", "Ann Smith", handles.LOOSE),
            ("McConnellPress", "Mitch McConnell", handles.LAST),
            ("bikelover", "Ann Smith", handles.NOTHING),
        ):
            facts = facts_of({"name": name})
            words = handles.words_of_handle(handle)
            found = handles.pattern(words, facts.first, facts.last)
            self.assertEqual(found, expected, handle)

    def test_handle_and_state(self):
        people = [
            ("Ann", "Smith", "ca"),
            ("Eve", "Smith", "ny"),
            ("Ann", "Jones", "ca"),
        ]
        records = [
            facts_of({"first_name": f, "last_name": last, "state": s})
            for f, last, s in people
        ]
        profile = facts_of({"handles": "@ann_smith", "state": "California"})
        first, *others = best_matches(profile, records, Population(5000))
        self.assertEqual((first.index, first.decision), (0, "very_likely"))
        self.assertIs(first.facts, records[0])
        for match in others:
            self.assertEqual(match.decision, "no")
        # A namesake in the same state: nobody can say which.
        again = best_matches(profile, [*records, records[0]], Population(5000))
        for match in again[:2]:
            self.assertIn(match.decision, ("possible", "no"))

    def test_best_first(self):
        a = facts_of({"name": "Ann Smith", "city": "Oslo"})
        records = [{"name": "Eve Fox"}, {"name": "Ann Smith"}, {"name": "Ann Smyth"}]
        found = best_matches(a, [facts_of(record) for record in records])
        self.assertEqual([match.index for match in found], [1, 2, 0])
        self.assertAlmostEqual(sum(match.share for match in found), 1)

    def test_company_and_bio(self):
        match = self.judge(
            {"name": "Ann Smith", "bio": "I make bikes at ACME Bikes in Oslo"},
            {"name": "Ann Smith", "company": "Acme Bikes GmbH"},
        )
        self.assert_codes(match, "company_in_bio")
        match = self.judge(
            {"company": "Acme Bikes, Inc."}, {"company": "acme bikes ltd"}
        )
        self.assert_codes(match, "company_same")


@tagged("post_install", "-at_install")
class TestKeys(MatchingCase):
    def assert_found(self, query, record, is_found=True):
        keys = name_keys(record) & search_keys(facts_of({"name": query}))
        self.assertEqual(bool(keys), is_found, (query, record))

    def test_names_are_found(self):
        for query in (
            *("Robert Smith", "Smith, Robert", "Bob Smith", "R. Smith", "Robert S."),
            *(
                "Robrt Smith",
                "Robert Smtih",
                "Robert Smit",
                "Rovert Smith",
                "obert Smith",
            ),
            *("Robert Dmith", "Robert J. Smith", "Роберт Смит", "Robert Smithh"),
        ):
            self.assert_found(query, "Robert Smith")
        self.assert_found("Sergey Zaytsev", "Сергей Зайцев")
        self.assert_found("Robert Smith", "R. Smith")
        self.assert_found("Ana García", "Ana María García López")
        self.assert_found("Müller, Jörg", "Joerg Mueller")
        for query in ("Eve Jones", "Robert Jones", "Eve Smith", "Smart Robinson"):
            self.assert_found(query, "Robert Smith", False)

    def test_every_single_error_is_survived(self):
        name = "christina lindqvist"
        for place in range(len(name)):
            if name[place] == " ":
                continue
            for wrong in (
                name[:place] + name[place + 1 :],
                name[:place] + "x" + name[place + 1 :],
                name[:place] + "x" + name[place:],
                name[:place] + name[place : place + 2][::-1] + name[place + 2 :],
            ):
                if wrong.count(" ") == 1 and wrong.index(" ") in range(8, 11):
                    self.assert_found(wrong, name)

    def test_handles_are_found(self):
        for handle, name in {
            "AnnSmith": "Ann Smith",
            "annsmith92": "Ann Smith",
            "smithann": "Ann Smith",
            "bobsmith": "Robert Smith",
            "asmith": "Ann Smith",
            "senatorjimrisch": "James E. Risch",
            "repcohen": "Steve Cohen",
            "McConnellPress": "Mitch McConnell",
        }.items():
            found = name_keys(name) & search_keys(facts_of({"handles": handle}))
            self.assertTrue(found, handle)

    def test_few_and_short(self):
        for name in ("Ann", "Ann Smith", "a b c d e f g h i", "x" * 300, "王小明"):
            keys = name_keys(name)
            self.assertTrue(0 < len(keys) <= 80, name)
            self.assertLess(max(map(len, keys)), 130)
        self.assertEqual(name_keys(""), set())


@tagged("post_install", "-at_install")
class TestLibrary(MatchingCase):
    def test_no_odoo(self):
        folder = Path(matching.__file__).parent
        script = (
            "import sys; import matching;"
            "ann = matching.facts_of({'name': 'Ann', 'phones': '+4930123456'});"
            "assert matching.score(ann, ann).decision == 'link';"
            "assert 'odoo' not in sys.modules"
        )
        subprocess.run([sys.executable, "-c", script], cwd=folder.parent, check=True)

    def test_likeness(self):
        for a, b, expected in (
            ("martha", "marhta", 0.9611),
            ("dwayne", "duane", 0.84),
            ("dixon", "dicksonx", 0.8133),
            ("ann", "ann", 1.0),
            ("abc", "xyz", 0.0),
            ("", "a", 0.0),
        ):
            found = similarity.own_jaro_winkler(a, b)
            self.assertAlmostEqual(found, expected, 3, (a, b))
            self.assertAlmostEqual(similarity.jaro_winkler(a, b), found, 9)

    @skipUnless(
        similarity.jaro_winkler is not similarity.own_jaro_winkler, "no rapidfuzz"
    )
    def test_own_likeness_is_rapidfuzz(self):
        words = [
            key.partition("|")[0] for key in sorted(name_keys("Robert Alexander Smith"))
        ]
        for a, b in product(words, words):
            own = similarity.own_jaro_winkler(a, b)
            self.assertAlmostEqual(similarity.jaro_winkler(a, b), own, 9)

    def test_one_edit(self):
        for word in ("smith", "smitth", "smth", "msith", "smxth", "smit", "mith"):
            self.assertTrue(similarity.one_edit("smith", word), word)
        for word in ("smihx", "xsmit", "smi", "smiththe", "htims", ""):
            self.assertFalse(similarity.one_edit("smith", word), word)

    def test_weights_are_complete(self):
        for code, (m, u) in matching.weights.TABLE.items():
            self.assertTrue(0 < m < 1 and (u is None or 0 < u < 1), code)
        for number, code in enumerate(evidence._PATTERNS):
            self.assertIn(code, matching.weights.TABLE, number)
