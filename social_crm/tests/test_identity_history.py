"""What profiles said of themselves, and when it changed."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from ..models import ingest_profiles, social_crm_identity_change
from ..models.retention import Retention
from ..models.social_crm_identity_change import PAGE
from .common import NOW, author, post
from .erase_case import EraseCase

WHOLE = frozenset(("name", "bio", "avatar_url", "location", "pronouns", "is_bot"))


@tagged("post_install", "-at_install")
class TestHistory(EraseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.uid = 0

    def say(self, login="ann", minutes=None, feed=None, **profile):
        """Let somebody speak with this profile; return it."""
        type(self).uid += 1
        by = author(login, **profile)
        self.ingest(post(self.uid, by=by, minutes=minutes), feed=feed)
        return self.person(login)

    def changes(self, identity):
        """[(field, old, new)], the oldest first."""
        rows = identity.change_ids.sorted("id")
        return [(row.field, row.old or "", row.new or "") for row in rows]

    # --- changes ---------------------------------------------------------------

    def test_each_change_once(self):
        links = ("https://ann.example",)
        ann = self.say(
            bio="Baker",
            location="Bonn",
            pronouns="she/her",
            languages="German",
            url="https://example.social/@ann",
            avatar_url="https://example.social/1.png",
            verified_links=links,
        )
        self.assertFalse(ann.change_ids, "first seen is no change")
        self.assertFalse(ann.history)
        renamed = {
            "handle": "@anna@example.social",
            "name": "Anna",
            "bio": "Brewer",
            "location": "Köln",
            "pronouns": "they/them",
            "languages": "German, French",
            "url": "https://example.social/@anna",
            "avatar_url": "https://example.social/2.png",
            "verified_links": (*links, "https://anna.example"),
        }
        with freeze_time(NOW + timedelta(hours=3)):
            self.say(**renamed)
        self.say(**renamed)
        self.assertCountEqual(
            self.changes(ann),
            [
                ("name", "Ann", "Anna"),
                ("handle", "@ann@example.social", "@anna@example.social"),
                ("bio", "Baker", "Brewer"),
                ("location", "Bonn", "Köln"),
                ("pronouns_said", "she/her", "they/them"),
                ("languages_said", "German", "German, French"),
                ("url", "https://example.social/@ann", "https://example.social/@anna"),
                (
                    "avatar_url",
                    "https://example.social/1.png",
                    "https://example.social/2.png",
                ),
                (
                    "verified_links",
                    "https://ann.example",
                    "https://ann.example\nhttps://anna.example",
                ),
            ],
        )
        at = (NOW + timedelta(hours=3)).replace(tzinfo=None)
        self.assertEqual(set(ann.change_ids.mapped("at")), {at})
        self.assertEqual(ann.location, "Köln")
        self.assertEqual(ann.verified_links, [*links, "https://anna.example"])
        self.assertFalse(ann.match_at)
        found = self.env["social.crm.identity"].name_search("@ann@")
        self.assertIn(ann.id, [row[0] for row in found], "the old handle finds them")

    def test_what_is_not_told_changes_nothing(self):
        ann = self.say(bio="Baker", location="Bonn", url="https://example.social/@ann")
        self.say(name="", metrics={"followers": 7})
        self.assertEqual((ann.name, ann.bio, ann.location), ("Ann", "Baker", "Bonn"))
        self.assertEqual(ann.url, "https://example.social/@ann")
        self.assertFalse(ann.change_ids)

    def test_what_was_never_told_is_learned_silently(self):
        ann = self.say()
        self.say(bio="Baker", pronouns="she/her")
        self.assertEqual((ann.bio, ann.pronouns), ("Baker", "she/her"))
        self.assertFalse(ann.change_ids)

    def test_what_was_emptied_is_empty(self):
        ann = self.say(bio="Baker", told=WHOLE)
        self.say(told=WHOLE)
        self.assertFalse(ann.bio)
        self.assertEqual(self.changes(ann), [("bio", "Baker", "")])
        with freeze_time(NOW + timedelta(days=2)):
            self.say(bio="Brewer", told=WHOLE)
        self.assertEqual(self.changes(ann)[-1], ("bio", "", "Brewer"))

    def test_known_posts_tell_too(self):
        self.ingest(post("known"))
        self.ingest(
            post("known", by=author("ann", name="Anna", metrics={"followers": 9}))
        )
        ann = self.person("ann")
        self.assertEqual(self.changes(ann), [("name", "Ann", "Anna")])
        self.assertEqual(ann.followers_count, 9)

    def test_back_and_forth_is_nothing(self):
        ann = self.say()
        for name in ("Anna", "Ann", "Anna", "Ann"):
            self.say(name=name)
        self.assertFalse(ann.change_ids)
        for name in ("B", "C", "D", "B", "C", "D", "B"):
            self.say(name=name)
        self.assertEqual(self.changes(ann), [("name", "Ann", "B")])
        with freeze_time(NOW + timedelta(days=2)):
            self.say()
        self.assertEqual(len(ann.change_ids), 2, "after a day it is a change")

    def test_two_handles_in_turn_do_not_flood(self):
        ann = self.say()
        for number in range(10):
            self.say(handle=f"@ann{number % 2}@example.social")
        self.assertEqual(len(ann.handle_ids), 3)

    def test_a_profile_that_changes_all_the_time_is_bounded(self):
        self.patch(social_crm_identity_change, "MOST", 30)
        ann = self.say(bio="-")
        for number in range(50):
            self.say(name=f"Ann {number}", bio=f"Says {number}")
        most = ingest_profiles.MAX_A_DAY
        self.assertLessEqual(len(ann.change_ids), most + 1)
        newest = ann.change_ids[:2].sorted("field")
        self.assertEqual(newest.mapped("new"), ["Says 49", "Ann 49"])
        for day in range(1, 4):
            with freeze_time(NOW + timedelta(days=2 * day)):
                for number in range(15):
                    self.say(name=f"Ann {day}-{number}")
        self.assertGreater(len(ann.change_ids), 30)
        self.env["social.crm.identity.change"]._forget_old([], 500)
        self.assertEqual(len(ann.change_ids), 30)
        self.assertEqual(ann.change_ids[0].new, "Ann 3-14")

    def test_addresses_of_pictures_that_only_look_new(self):
        ann = self.say(avatar_url="https://example.social/1.png?sig=1")
        self.say(avatar_url="https://example.social/1.png?sig=2")
        self.assertEqual(ann.avatar_url[-1], "2")
        self.say(handle="@ANN@example.social")
        self.assertEqual(ann.handle, "@ANN@example.social")
        self.assertFalse(ann.change_ids)

    def test_hostile_values(self):
        ann = self.say(bio="a", pronouns="a", told=WHOLE)
        self.say(bio="\0" + "x" * 9000, pronouns="\u202e" + "p" * 900, name="\0")
        self.assertEqual(len(ann.pronouns), 99)
        longest = max(len(new) for _field, _old, new in self.changes(ann))
        self.assertEqual(longest, ingest_profiles.MAX_TEXT)

    def test_pages_of_the_history(self):
        ann = self.say(name="0")
        for number in range(1, PAGE + 6):
            with freeze_time(NOW + timedelta(days=2 * number)):
                self.say(name=str(number))
        reader = ann.with_user(self.user("looks", "social_crm.group_user"))
        first = reader.social_history()
        self.assertEqual(first, reader.history)
        self.assertEqual(len(first["changes"]), PAGE)
        newest = first["changes"][0]
        self.assertEqual(newest["what"], "Name")
        self.assertEqual((newest["old"], newest["new"]), (str(PAGE + 4), str(PAGE + 5)))
        rest = reader.social_history(first["next"])
        self.assertEqual(len(rest["changes"]), 5)
        self.assertFalse(rest["next"])
        ids = [row["id"] for row in first["changes"] + rest["changes"]]
        self.assertEqual(ids, sorted(set(ids), reverse=True))
        for junk in ("x", -1, {}, [1], 2**40):
            self.assertEqual(reader.social_history(junk), first)

    def test_words_instead_of_addresses_and_codes(self):
        ann = self.say(avatar_url="https://example.social/1.png")
        self.say(avatar_url="https://example.social/2.png")
        (row,) = ann.social_history()["changes"]
        self.assertEqual((row["what"], row["old"], row["new"]), ("Picture", "", "new"))

    # --- who sees it, and what becomes of it -----------------------------------

    def test_who_sees_it(self):
        other = self.env["res.company"].create({"name": "Other"})
        ann = self.say()
        self.say(name="Anna")
        reader = self.user("reads", "social_crm.group_reader")
        rows = self.env["social.crm.identity.change"].with_user(reader)
        self.assertFalse(rows.search([]), "a stranger is no reader's business")
        with self.assertRaises(AccessError):
            ann.with_user(reader).social_history()
        ann._link(self.env["res.partner"].create({"name": "Ann"}), "manual")
        self.assertEqual(rows.search([]).identity_id.id, ann.id)
        for work in (lambda: rows.search([]).unlink(), lambda: rows.create({})):
            with self.assertRaises(AccessError):
                work()
        stranger = self.user(
            "elsewhere",
            "social_crm.group_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.assertFalse(rows.with_user(stranger).search([]))
        nobody = self.user("nobody", "base.group_user")
        with self.assertRaises(AccessError):
            rows.with_user(nobody).search([])

    def test_the_network_s_words_are_not_ours_to_change(self):
        ann = self.say().with_user(self.user("looks", "social_crm.group_user"))
        for name in ("pronouns_said", "languages_spoken", "gone_at", "checked_at"):
            with self.assertRaises(AccessError):
                ann.write({name: False})

    def test_opting_out_forgets_it(self):
        ann = self.say(bio="a", pronouns="she/her", metrics={"followers": 5})
        self.say(name="Anna", bio="b", pronouns="they/them")
        ann.pronouns = "xe/xem"
        ann.languages = "Frisian"
        self.assertTrue(ann.change_ids)
        ann.with_user(self.manager)._opt_out("By phone")
        self.assertFalse(ann.change_ids)
        for name in ("pronouns", "languages", "followers_series", "history"):
            self.assertFalse(ann[name], name)
        self.say(name="Anne", pronouns="she/her")
        self.assertFalse(ann.change_ids or ann.name or ann.pronouns)

    def test_erasing_masks_it_with_others(self):
        self.say("zwiebelfisch")
        bob = self.say("bob", bio="a")
        self.say("bob", bio="Friend of @zwiebelfisch@example.social")
        self.say("bob", pronouns="ask @zwiebelfisch", location="@zwiebelfisch")
        self.person("zwiebelfisch")._erase()
        self.env.invalidate_all()
        self.assertEqual(self.find_traces(("zwiebelfisch",)), [])
        self.assertEqual(bob.change_ids.mapped("new"), ["Friend of @erased"])

    def test_erasing_finds_earlier_names_in_what_colleagues_wrote(self):
        old = "Hildegund Xanthippe"
        person = self.say("zwiebelfisch", name=old, bio="My kettle whistles Wagner now")
        self.say("zwiebelfisch", name="Hilde", bio="Nothing more")
        partner = self.env["res.partner"].create({"name": "Ms H"})
        person._link(partner, "manual")
        partner.message_post(body=f"{old}: my kettle whistles Wagner now. Funny.")
        person._erase()
        traces = ("Xanthippe", "whistles Wagner")
        self.assertEqual(self.find_traces(traces), [])
        self.assertTrue(any("Funny" in message.body for message in partner.message_ids))

    def test_erasing_takes_it(self):
        self.say("zwiebelfisch", bio="Kettles")
        self.say("zwiebelfisch", bio="Brezelkoenig", pronouns="Hrabowski")
        self.person("zwiebelfisch")._erase()
        self.assertFalse(self.env["social.crm.identity.change"].search([]))

    def test_the_export_has_it(self):
        ann = self.say(pronouns="she/her")
        self.say(name="Anna")
        kept = [facts for name, facts in ann._export_related() if name.endswith("nge")]
        (facts,) = kept
        self.assertEqual(
            (facts["field"], facts["old"], facts["new"]), ("name", "Ann", "Anna")
        )
        self.assertTrue(facts["at"])
        self.assertEqual(ann._export_profile()["pronouns_said"], "she/her")

    def test_too_old_goes(self):
        ann = self.say()
        self.say(name="Anna")
        old = fields.Datetime.now() - timedelta(days=800)
        ann.change_ids.at = old
        with freeze_time(NOW + timedelta(days=2)):
            self.say(name="Anne")
        job = Retention(self.env(su=True))
        while not job.is_done:
            job.run()
        self.assertEqual(self.changes(ann), [("name", "Anna", "Anne")])

    def test_two_that_turn_out_to_be_one(self):
        typed = self.identities._from_paste("@ann@example.social", self.company)
        self.assertNotEqual(typed.uri, author("ann").uri)
        typed.pronouns = "she/her"
        self.env["social.crm.identity.change"].create(
            {
                "identity_id": typed.id,
                "company_id": self.company.id,
                "field": "name",
                "old": "A",
                "new": "B",
                "at": NOW.replace(tzinfo=None),
            }
        )
        ann = self.say()
        ann._meet_typed()
        self.assertFalse(typed.exists())
        self.assertEqual(self.changes(ann), [("name", "A", "B")])
        self.assertEqual(ann.pronouns, "she/her")

    # --- numbers ---------------------------------------------------------------

    def test_numbers_and_robots_follow(self):
        ann = self.say(metrics={"followers": 5, "following": 2, "posts": 9})
        self.say(metrics={"followers": 6}, is_bot=True)
        self.assertEqual(
            (ann.followers_count, ann.following_count, ann.posts_count), (6, 2, 9)
        )
        self.assertTrue(ann.is_bot)
        self.env["social.crm.identity.todo"]._look_some()
        self.assertEqual(ann.author_kind, "bot")
        self.say()
        self.assertTrue(ann.is_bot, "not told")
        self.say(metrics={"followers": 0}, told=WHOLE)
        self.assertFalse(ann.is_bot)
        self.assertEqual(ann.followers_count, 0)
        self.env["social.crm.identity.todo"]._look_some()
        self.assertEqual(ann.author_kind, "unknown")
        self.assertFalse(ann.change_ids)

    def test_who_told_nothing_new_is_not_written(self):
        same = {"bio": "b", "metrics": {"followers": 5}, "told": WHOLE}
        ann = self.say(**same)
        self.env.cr.execute(
            "SELECT xmin::text, ctid::text FROM social_crm_identity WHERE id = %s",
            [ann.id],
        )
        before = self.env.cr.fetchone()
        self.env.cr.execute("SAVEPOINT other")
        self.say(**same)
        self.env.cr.execute(
            "SELECT xmin::text, ctid::text FROM social_crm_identity WHERE id = %s",
            [ann.id],
        )
        self.assertEqual(self.env.cr.fetchone(), before)

    def test_the_same_statements_for_ten_and_for_a_hundred(self):
        costs = {}
        for size in (10, 100):
            people = [f"p{size}-{number}" for number in range(size)]

            def page(word, people=people, size=size):
                return [
                    post(
                        f"{size}-{word}-{login}",
                        by=author(login, name=word, metrics={"followers": len(word)}),
                        minutes=9,
                    )
                    for login in people
                ]

            self.ingest(*page("A"))
            self.ingest(*page("Al"))
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.ingest(*page("All"))
            costs[size] = self.env.cr.sql_log_count - before
        self.assertEqual(costs[10], costs[100])

    def test_followers_over_time(self):
        ann = self.say(metrics={"followers": 100})
        self.assertFalse(ann.followers_growth, "one day says nothing")
        for day, count in ((1, 101), (3, 110), (8, 130), (9, 140), (40, 250)):
            with freeze_time(NOW + timedelta(days=day)):
                self.say(metrics={"followers": count})
        first = NOW.date()
        self.assertEqual(
            ann.followers_series,
            [
                [str(first + timedelta(days=day)), count]
                for day, count in ((0, 100), (8, 130), (40, 250))
            ],
        )
        with freeze_time(NOW + timedelta(days=40)):
            ann.invalidate_recordset()
            growth = ann.followers_growth
        self.assertEqual(growth["text"], "+120 in 30 days")
        self.assertEqual(growth["points"], [100, 130, 250, 250])
        with freeze_time(NOW + timedelta(days=100)):
            self.say(metrics={"followers": 240})
            growth = ann.followers_growth["text"]
        self.assertTrue(growth.startswith("−10 since "), growth)

    def test_the_series_is_bounded(self):
        ann = self.say(metrics={"followers": 1})
        for week in range(1, 70):
            with freeze_time(NOW + timedelta(days=7 * week)):
                self.say(metrics={"followers": 1 + week})
        self.assertEqual(len(ann.followers_series), ingest_profiles.POINTS)
        self.assertEqual(ann.followers_series[-1][1], 70)

    # --- pronouns and languages ------------------------------------------------

    def test_typed_words_stay(self):
        ann = self.say(pronouns="she/her", languages="German")
        user = self.user("types", "social_crm.group_user")
        mine = ann.with_user(user)
        self.assertEqual((mine.pronouns, mine.languages), ("she/her", "German"))
        mine.pronouns, mine.languages = "  they/\nthem ", "Frisian"
        self.say(pronouns="xe/xem", languages="Dutch")
        self.assertEqual((ann.pronouns, ann.languages), ("they/ them", "Frisian"))
        self.assertIn(("pronouns_said", "she/her", "xe/xem"), self.changes(ann))
        mine.pronouns = mine.languages = False
        self.assertEqual((ann.pronouns, ann.languages), ("xe/xem", "Dutch"))
        with self.assertRaises(AccessError):
            ann.with_user(self.user("reads", "social_crm.group_reader")).pronouns = "x"

    def test_languages_of_what_was_said(self):
        page = [post(f"l{n}", language="de-AT" if n < 12 else "en") for n in range(14)]
        page += [post(f"x{n}", language=code) for n, code in enumerate(("fr", "<b>"))]
        page += [post("private", language="nl", visibility="private")]
        self.ingest(*page)
        ann = self.person("ann")
        ann._look_again()
        self.assertEqual(ann.languages_spoken, "de,en")
        self.assertEqual(ann.languages, "German, English")
        self.env["res.lang"]._activate_lang("fr_FR")
        self.assertEqual(ann.with_context(lang="fr_FR").languages, "allemand, anglais")
        self.ingest(*(post(f"m{n}", language="fr") for n in range(60)))
        ann._look_again()
        (row,) = ann.social_history()["changes"]
        self.assertEqual(
            (row["what"], row["old"], row["new"]),
            ("Speaks", "German, English", "French, German"),
        )
        self.assertFalse(ann._update_languages(), "nothing new")

    def test_languages_cost_the_same_for_many(self):
        costs = {}
        for size in (10, 100):
            self.ingest(
                *(
                    post(f"{size}-{n}", by=f"l{size}-{n}", language="de")
                    for n in range(size)
                )
            )
            people = self.identities.search([("uri", "like", f"/l{size}-")])
            self.assertEqual(len(people), size)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            people._update_languages()
            costs[size] = self.env.cr.sql_log_count - before
        self.assertEqual(costs[10], costs[100])

    def test_the_contact_shows_them(self):
        partner = self.env["res.partner"].create({"name": "Ann"})
        ann = self.say(pronouns="she/her", languages="German")
        ann._link(partner, "manual")
        reader = self.user("reads", "social_crm.group_reader")
        (item,) = partner.with_user(reader).social_handles
        self.assertEqual(item["says"], "she/her · German")
        self.assertFalse(item["gone"])

    def test_account_age(self):
        ann = self.say(created_at=NOW - timedelta(days=365 * 3 + 9))
        self.assertEqual(ann.account_age, "3 years")
        bob = self.say("bob", created_at=NOW - timedelta(days=9))
        self.assertEqual(bob.account_age, "9 days")
        self.assertFalse(self.say("cy").account_age)
        with freeze_time(NOW + timedelta(days=70)):
            bob.invalidate_recordset()
            self.assertEqual(bob.account_age, "2 months")
