"""Profiles that the network shows no more."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from ..connectors.errors import RateLimited, RemoteError
from ..connectors.mastodon import Mastodon
from ..connectors.policy import Policy
from ..connectors.records import Media, Quota
from ..models import social_crm_identity_gone
from .common import NOW, author, post
from .erase_case import EraseCase

LATER = NOW + timedelta(days=40)


def ago(moment, **before):
    """The moment as Odoo has it, or so long before."""
    return moment.replace(tzinfo=None) - timedelta(**before)


@tagged("post_install", "-at_install")
class TestGone(EraseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.activate(cls)
        cls.asked = []
        cls.shown = {}
        cls.classPatch(cls.connector, "profiles", cls._profiles)

    @classmethod
    def _profiles(cls, people):
        """A network where everybody is as in ``shown``, by default as before."""
        cls.asked.append([person.uri.rpartition("/")[2] for person in people])
        found = []
        for person in people:
            login = person.uri.rpartition("/")[2]
            result = cls.shown.get(login, author(login))
            if isinstance(result, Exception):
                raise result
            if result:
                found.append(result)
        return tuple(found)

    def setUp(self):
        super().setUp()
        self.asked.clear()
        self.shown.clear()
        # What the scheduler does, but that nothing here may commit.
        self.patch(
            type(self.env["ir.cron"]),
            "_commit_progress",
            lambda self, processed=0, remaining=None: 60.0,
        )

    def night(self, at=LATER):
        with freeze_time(at):
            self.env["social.crm.identity"]._cron_check_profiles()
        self.env.invalidate_all()

    def gone(self, login):
        self.shown[login] = author(login, is_gone=True)

    # --- the network says so -----------------------------------------------------

    def test_gone_and_back(self):
        self.ingest(post(1, minutes=60), post(2, by="bob", minutes=60))
        self.gone("ann")
        self.night()
        ann, bob = self.person("ann"), self.person("bob")
        self.assertEqual(ann.gone_at, ago(LATER))
        self.assertFalse(bob.gone_at)
        self.assertEqual(ann.name, "Ann", "what was told stays for now")
        self.assertFalse(ann.change_ids)
        self.assertEqual(ann.checked_at, bob.checked_at)
        words = ann.gone_words
        self.assertTrue(words.startswith("Gone since "), words)
        self.assertIn(ann, self.identities.search([("gone_at", "!=", False)]))
        del self.shown["ann"]
        self.shown["ann"] = author("ann", name="Anna", metrics={"followers": 4})
        self.night(LATER + timedelta(days=8))
        self.assertFalse(ann.gone_at)
        self.assertEqual((ann.name, ann.followers_count), ("Anna", 4))

    def test_who_speaks_again_is_back(self):
        self.ingest(post(1, minutes=60))
        ann = self.person("ann")
        ann.sudo().gone_at = ago(NOW, minutes=30)
        self.ingest(post(2, minutes=45), post(1, text="An edit"))
        self.assertTrue(ann.gone_at, "said before, and read late")
        self.ingest(post(3, minutes=5))
        self.assertFalse(ann.gone_at)

    def test_a_post_may_say_it(self):
        self.ingest(post(1))
        self.ingest(post(2, by=author("ann", is_gone=True, name="", handle="")))
        ann = self.person("ann")
        self.assertTrue(ann.gone_at)
        self.assertEqual((ann.name, ann.handle), ("Ann", "@ann@example.social"))

    def test_what_nobody_can_say_is_no_answer(self):
        self.ingest(post(1, minutes=60))
        self.shown["ann"] = None
        self.night()
        ann = self.person("ann")
        self.assertFalse(ann.gone_at)
        self.assertTrue(ann.checked_at, "others are waiting")

    def test_an_answer_about_somebody_else_is_ignored(self):
        self.ingest(post(1, minutes=60), post(2, by="bob", minutes=60))
        bob = self.person("bob")
        bob.sudo().checked_at = ago(LATER)
        self.shown["ann"] = author("bob", is_gone=True)
        self.night()
        self.assertFalse(bob.gone_at)

    # --- who is asked about --------------------------------------------------------

    def test_who_is_due(self):
        minutes = 60 * 24 * 3
        self.ingest(
            *(
                post(login, by=login, minutes=minutes)
                for login in ("ann", "bob", "cy", "dee", "brand")
            ),
            post("eve", by="eve", minutes=minutes),
        )
        partner = self.env["res.partner"].create({"name": "Cy"})
        self.person("cy")._link(partner, "manual")
        self.person("dee")._opt_out("By phone")
        self.identities._from_paste("@typed@example.social", self.company)
        self.person("bob").sudo().checked_at = ago(LATER, days=5)
        with freeze_time(LATER):
            self.ingest(post("eve2", by="eve", published_at=LATER))
        self.patch(social_crm_identity_gone, "BATCH", 1)
        self.night()
        self.assertEqual(self.asked, [["cy"], ["ann"]], "contacts first")
        self.asked.clear()
        self.night(LATER + timedelta(days=1))
        self.assertFalse(self.asked)
        self.night(LATER + timedelta(days=26))
        self.assertEqual(self.asked, [["bob"]])

    def test_so_many_a_night(self):
        self.ingest(*(post(n, by=f"p{n}", minutes=60) for n in range(7)))
        self.patch(social_crm_identity_gone, "NIGHT", 4)
        self.patch(social_crm_identity_gone, "BATCH", 3)
        self.night()
        self.assertEqual([len(batch) for batch in self.asked], [3, 1])
        self.night(LATER + timedelta(days=1))
        self.assertEqual(sum(map(len, self.asked)), 7)

    def test_who_opted_out_does_not_stop_the_queue(self):
        self.patch(social_crm_identity_gone, "NIGHT", 3)
        for number in range(3):
            self.ingest(post(f"o{number}", by=f"o{number}", minutes=90))
            self.person(f"o{number}")._opt_out("By phone")
        self.ingest(post(1, minutes=60))
        self.night()
        self.assertFalse(self.asked)
        self.night(LATER + timedelta(days=1))
        self.assertEqual(self.asked, [["ann"]])

    def test_the_allowance_is_kept(self):
        self.ingest(*(post(n, by=f"p{n}", minutes=60) for n in range(4)))
        self.patch(social_crm_identity_gone, "BATCH", 1)
        self.connector.http.quota = Quota(300, 150, None)
        self.night()
        self.assertFalse(self.asked)
        self.connector.http.quota = Quota(300, 151, None)
        self.addCleanup(setattr, self.connector.http, "quota", None)
        self.night()
        self.assertTrue(self.asked)

    def test_an_error_of_one_account_stops_that_account(self):
        self.ingest(*(post(n, by=f"p{n}", minutes=60) for n in range(3)))
        self.patch(social_crm_identity_gone, "BATCH", 1)
        self.patch(self.env.cr, "rollback", lambda: None)
        self.shown["p0"] = RateLimited("Wait.", LATER + timedelta(hours=1))
        self.night()
        self.assertEqual(self.asked, [["p0"]])
        self.night(LATER + timedelta(minutes=5))
        self.assertEqual(len(self.asked), 1, "the network asked us to wait")

    def test_only_with_an_account_that_can(self):
        self.ingest(post(1, minutes=60))
        self.patch(Mastodon, "capabilities", Mastodon.capabilities - {"profiles"})
        self.night()
        self.assertFalse(self.asked)
        self.patch(Mastodon, "capabilities", Mastodon.capabilities | {"profiles"})
        self.account.sudo().is_example = True
        self.night()
        self.assertFalse(self.asked)
        self.account.sudo().is_example = False
        self.account.action_pause()
        self.night()
        self.assertFalse(self.asked)

    def test_the_same_statements_for_many(self):
        costs = {}
        for size in (5, 25):
            self.ingest(
                *(
                    post(f"{size}-{n}", by=f"s{size}-{n}", minutes=9)
                    for n in range(size)
                )
            )
            people = self.identities.search([("uri", "like", f"/s{size}-")])
            found = self._profiles([person._as_author() for person in people])
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            people._store_looked_up(found)
            costs[size] = self.env.cr.sql_log_count - before
        self.assertEqual(costs[5], costs[25])

    # --- by hand -------------------------------------------------------------------

    def test_by_hand(self):
        self.ingest(post(1))
        user = self.user("looks", "social_crm.group_user")
        ann = self.person("ann").with_user(user)
        self.gone("ann")
        ann.action_check_profile()
        self.assertTrue(ann.gone_at)
        self.shown["ann"] = None
        with self.assertRaises(UserError):
            ann.action_check_profile()
        self.shown["ann"] = RemoteError("It is down.")
        with self.assertRaises(UserError):
            ann.action_check_profile()
        self.account.action_pause()
        with self.assertRaises(UserError):
            ann.action_check_profile()
        reader = self.user("reads", "social_crm.group_reader")
        with self.assertRaises(AccessError):
            ann.with_user(reader).action_check_profile()

    def test_nobody_is_asked_to_write_to_them(self):
        self.patch(Mastodon, "policy", Policy(may_link="opt_in", source="tests"))
        self.ingest(post(1))
        ann = self.person("ann")
        self.assertTrue(ann.may_ask)
        ann.sudo().gone_at = fields.Datetime.now()
        self.assertFalse(ann.may_ask)
        with self.assertRaises(UserError):
            ann.action_ask()

    def test_who_is_gone_does_not_wait(self):
        self.ingest(post(1, minutes=60))
        ann = self.person("ann")
        partner = self.env["res.partner"].create({"name": "Ann"})
        ann._link(partner, "manual")
        (item,) = partner.social_now["conversations"]
        self.assertTrue(item["since"])
        ann.sudo().gone_at = fields.Datetime.now()
        self.env.invalidate_all()
        (item,) = partner.social_now["conversations"]
        self.assertFalse(item["since"])
        (profile,) = partner.social_handles
        self.assertTrue(profile["gone"].startswith("Gone since "))

    # --- what goes with them --------------------------------------------------------

    def speak(self):
        picture = Media("image", "https://example.social/a.png")
        person = author("ann", bio="Baker", metrics={"followers": 3})
        self.ingest(
            post(1, by=person, text="first", media=(picture,), minutes=50),
            post(2, by=person, text="more", minutes=45),
            post(3, by="bob", text="Bob", minutes=44),
            post(4, by="brand", is_own=True, parent_uid="1", text="We", minutes=40),
        )
        self.ingest(post(1, by=person, text="second", edited_at=NOW, minutes=50))
        self.ingest(post(5, by=author("ann", bio="Brewer"), minutes=30))
        return self.person("ann")

    def test_what_they_deleted_goes_here_too(self):
        ann = self.speak()
        partner = self.env["res.partner"].create({"name": "Ann"})
        ann._link(partner, "manual")
        self.gone("ann")
        self.patch(social_crm_identity_gone, "MENTIONS", 2)
        self.night()
        self.assertEqual(self.mention(1).body, "second", "profiles come back")
        self.night(LATER + timedelta(days=8))
        mentions = self.mention(1) | self.mention(2) | self.mention(5)
        self.assertEqual(len(mentions.filtered("deleted_at")), 3)
        self.assertFalse(any(mentions.mapped("body")) or mentions.version_ids)
        self.assertFalse(ann.name or ann.bio or ann.followers_count or ann.change_ids)
        self.assertTrue(ann.gone_emptied and ann.gone_at)
        self.assertEqual((ann.partner_id, ann.handle), (partner, "@ann@example.social"))
        self.assertEqual(self.mention(4).body, "We")
        self.assertEqual(self.mention(3).body, "Bob")
        self.assertEqual(self.mention(1).conversation_id.mention_count, 2)
        # Back again: what it says now is learned, not a change.
        self.shown["ann"] = author("ann", bio="Brewer")
        self.night(LATER + timedelta(days=16))
        self.assertFalse(ann.gone_at or ann.gone_emptied or ann.change_ids)
        self.assertEqual((ann.name, ann.bio), ("Ann", "Brewer"))

    def test_said_only_once_is_not_enough(self):
        ann = self.speak()
        self.gone("ann")
        self.night()
        self.shown["ann"] = None
        self.patch(Mastodon, "capabilities", frozenset(("fetch",)))
        self.night(LATER + timedelta(days=60))
        self.assertEqual(self.mention(2).body, "more")
        self.assertTrue(ann.gone_at)

    def test_where_it_may_stay(self):
        self.patch(Mastodon, "policy", Policy(keep_deleted=True, source="tests"))
        ann = self.speak()
        self.gone("ann")
        self.night()
        self.night(LATER + timedelta(days=8))
        self.assertTrue(ann.gone_at)
        self.assertEqual((ann.bio, self.mention(2).body), ("Brewer", "more"))
