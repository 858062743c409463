"""How far the words of people carry, and who helps others."""

from ast import literal_eval
from datetime import timedelta

from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import BaseCase, tagged

from ..models import influence_score
from ..models.social_crm_influence import DAYS
from .common import NOW, author, post
from .test_author_kind import KindCase


@tagged("post_install", "-at_install")
class TestScore(BaseCase):
    """The formula alone."""

    def test_more_is_never_less(self):
        known = {"followers": 90, "reactions": 2.5, "reach": 400, "credibility": 0.5}
        for code, (_points, full) in influence_score.PARTS.items():
            steps = [0, 0.3, 1] if full is None else [0, 1, 9, 90, 5e3, 1e6, 1e12]
            for others in (known, {}):
                totals = [
                    influence_score.score({**others, code: step}).total
                    for step in steps
                ]
                self.assertEqual(totals, sorted(totals), code)
                self.assertLess(totals[0], totals[-1], code)
        for code in influence_score.PLACE_PARTS:
            totals = [influence_score.place_score({code: step}) for step in (0, 5, 99)]
            self.assertLess(totals[0], totals[1])
            self.assertLess(totals[1], totals[2])

    def test_parts_make_the_whole(self):
        found = influence_score.score(
            {"followers": 12_400, "reactions": 18, "reach": 0}
        )
        points = sum(part[2] for part in found.parts)
        most = sum(part[3] for part in found.parts if part[1] is not None)
        self.assertEqual(most, 90)
        self.assertAlmostEqual(found.total, 100 * points / most, delta=0.6)
        self.assertEqual(found.parts[0][1:], [12_400, 32.7, 40])

    def test_bounds(self):
        most = {"followers": 1e9, "reactions": 1e9, "reach": 1e9, "credibility": 1}
        self.assertEqual(influence_score.score(most).total, 100)
        self.assertEqual(influence_score.score(dict.fromkeys(most, 0)).total, 0)
        self.assertEqual(influence_score.score({}).total, 0)
        self.assertEqual(sum(p for p, _full in influence_score.PARTS.values()), 100)

    def test_not_known_is_not_zero(self):
        some = {"reactions": 30, "reach": 5000, "credibility": 0.4}
        without = influence_score.score(some)
        self.assertEqual(
            without.total, influence_score.score({**some, "followers": None}).total
        )
        self.assertGreater(
            without.total, influence_score.score({**some, "followers": 0}).total
        )
        self.assertIsNone(without.parts[0][1])

    def test_credibility(self):
        self.assertIsNone(influence_score.credibility(None, False))
        self.assertEqual(influence_score.credibility(None, True), 0.5)
        self.assertEqual(influence_score.credibility(50, True), 1)
        self.assertEqual(influence_score.credibility(2.5, False), 0.25)


@tagged("post_install", "-at_install")
class TestInfluence(KindCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.brakes = cls.env["social.crm.topic"].create(
            {"name": "Brakes", "keywords": "brakes", "company_id": False}
        )
        cls.tag = cls.env["social.crm.feed"].create(
            {"account_id": cls.account.id, "kind": "hashtag", "query": "bikes"}
        )

    def known(self, login, followers=1000, **values):
        metrics = {"followers": followers, "following": 5, "posts": 90}
        return author(login, metrics=metrics, **values)

    def parts(self, identity):
        return {code: number for code, number, *_rest in identity.influence_parts}

    def test_numbers(self):
        star = self.known(
            "star",
            12_400,
            created_at=NOW - timedelta(days=1000),
            verified_links=("https://star.example",),
        )
        likes = {"likes": 20, "reposts": 6, "replies": 4}
        self.ingest(
            post(10, by=star, metrics=likes),
            post(11, by=star, metrics={"likes": 6, "views": 500}),
            # Neither private words nor old ones nor deleted ones carry anywhere.
            post(12, by=star, metrics=likes, visibility="private", kind="message"),
            post(13, by=star, metrics=likes, minutes=(DAYS + 1) * 1440),
        )
        self.todo._cron_look_at_all()
        self.look()
        identity = self.identity("star")
        parts = self.parts(identity)
        self.assertEqual(parts["followers"], 12_400)
        self.assertEqual(parts["reactions"], 18)
        self.assertEqual(parts["reach"], 12_900)
        self.assertAlmostEqual(parts["credibility"], 0.77, delta=0.01)
        self.assertTrue(50 < identity.influence < 80, identity.influence)
        words = identity.with_user(self.reader).influence_words
        self.assertEqual(words["score"], identity.influence)
        texts = [part["text"] for part in words["parts"]]
        self.assertEqual(texts[:2], ["12,400 followers", "18 reactions per post"])

    def test_not_known(self):
        """A feed names authors and says nothing of them; people who say nothing."""
        self.profile.social_look()
        parts = self.parts(self.profile)
        self.assertIsNone(parts["followers"])
        self.assertEqual(parts["reactions"], 0, "this network counts them: nobody")
        self.assertIsNone(parts["reach"])
        texts = [part["text"] for part in self.profile.influence_words["parts"]]
        self.assertIn("Followers: not known", texts)
        self.patch(self.connector.__class__, "counts_reactions", False)
        self.patch(
            type(self.account),
            "_connector_class",
            lambda _self, _network: self.connector.__class__,
        )
        self.profile.social_look()
        self.assertIsNone(self.parts(self.profile)["reactions"])
        self.assertEqual(self.profile.influence, 0)

    def test_who_has_none(self):
        loud = {"likes": 500}
        self.ingest(
            post(20, by="brand", is_own=True, metrics=loud),
            post(21, by=author("robot", is_bot=True), metrics=loud, text="brakes"),
            post(22, by=self.known("loud"), metrics=loud, text="brakes"),
        )
        people = [self.identity(login) for login in ("brand", "robot", "loud")]
        ours, robot, loud = people
        self.env["social.crm.identity"].union(*people)._look_again()
        self.assertFalse(ours.influence or robot.influence)
        self.assertFalse(ours.influence_words or robot.influence_ids)
        self.assertTrue(loud.influence and loud.influence_ids)
        manager = self.user("manager", "social_crm.group_manager")
        loud.is_vip = True
        loud.with_user(manager).action_opt_out()
        self.assertFalse(loud.influence or loud.influence_parts or loud.is_vip)
        self.assertFalse(loud.influence_ids)
        loud._look_again()
        self.assertFalse(loud.influence or loud.influence_ids)

    def test_topics_and_communities(self):
        self.ingest(
            post(30, by="bob", text="Good brakes", metrics={"likes": 9}),
            post(31, by="bob", text="Other brakes"),
            post(32, by="bob", text="Nothing of it"),
        )
        # The same words came by two streams; what is said to us is no community.
        self.ingest(
            post(30, by="bob", text="Good brakes", metrics={"likes": 9}), feed=self.tag
        )
        bob = self.identity("bob")
        bob._look_again()
        rows = {row.kind: row for row in bob.with_user(self.agent).influence_ids}
        self.assertEqual(set(rows), {"topic", "community"})
        self.assertEqual(rows["topic"].name, "Brakes")
        self.assertEqual((rows["topic"].mentions, rows["topic"].engagement), (2, 4.5))
        self.assertEqual(rows["community"].feed_id, self.tag)
        self.assertEqual(rows["community"].mentions, 1)
        before = bob.influence_ids.ids
        self.assertFalse(bob._look_again(), "nothing new, nothing written")
        self.assertEqual(bob.influence_ids.ids, before)
        self.ingest(post(33, by="bob", text="brakes", metrics={"likes": 60}))
        old = rows["topic"].score
        bob._look_again()
        (topic,) = bob.influence_ids.filtered("topic_id")
        self.assertEqual(topic.mentions, 3)
        self.assertGreater(topic.score, old)
        self.brakes.unlink()
        self.assertEqual(bob.influence_ids.mapped("kind"), ["community"])

    def test_helpers_answer_others(self):
        self.ingest(
            post(40, by="brand", is_own=True),
            post(41, by="bob", parent_uid="40"),
            post(42, by="bob", parent_uid="1"),
            post(43, by="bob", parent_uid="42"),
            post(44, by="cy", parent_uid="43"),
        )
        bob, cy = self.identity("bob"), self.identity("cy")
        (bob | cy)._look_again()
        # Neither to us nor to oneself.
        self.assertEqual((bob.helps_count, cy.helps_count), (1, 1))
        self.assertFalse(self.profile.helps_count)

    # --- screens -------------------------------------------------------------

    def test_list_begins_with_vips(self):
        self.ingest(post(50, by=self.known("big", 90_000), metrics={"likes": 90}))
        big, bob = self.identity("big"), self.identity("bob")
        (big | bob)._look_again()
        bob.with_user(self.agent).is_vip = True
        action = self.env.ref("social_crm.social_crm_influence_action")
        model = self.env["social.crm.identity"].with_user(self.agent)

        found = model.search(
            literal_eval(action.domain),
            order="is_vip desc, influence desc, helps_count desc, id desc",
        )
        self.assertEqual(found[0], bob)
        self.assertLess(found.ids.index(big.id), len(found))
        self.assertEqual(
            found.filtered(lambda each: not each.is_vip)[0].influence,
            max((found - bob).mapped("influence")),
        )
        with self.assertRaises(AccessError):
            bob.with_user(self.reader).is_vip = False

    def test_contacts_who_count(self):
        self.ingest(
            post(60, by=self.known("big", 90_000), metrics={"likes": 90}),
            post(61, by="cy", parent_uid="2"),
        )
        partners = self.env["res.partner"]
        big, vip, helper = partners.create([{"name": n} for n in ("Big", "V", "Cy")])
        self.identity("big")._link(big, "manual")
        self.identity("bob")._link(vip, "manual")
        self.identity("cy")._link(helper, "manual")
        self.profile._link(self.ann, "manual")
        self.identity("bob").is_vip = True
        ours = big | vip | helper | self.ann
        domains = self.filters("social_influencer", "social_helper")

        def found(name):
            mine = partners.with_user(self.reader)
            return mine.search([("id", "in", ours.ids), *domains[name]])

        self.assertEqual(found("social_influencer"), big | vip)
        self.assertEqual(found("social_helper"), helper)
        vips = [item["vip"] for item in vip.with_user(self.reader).social_handles]
        self.assertEqual(vips, [True])

    def filters(self, *names):

        view = self.env.ref("base.view_res_partner_filter")
        arch = self.env["res.partner"].with_user(self.reader).get_view(view.id)["arch"]
        nodes = etree.fromstring(arch).iter("filter")
        return {
            node.get("name"): literal_eval(node.get("domain"))
            for node in nodes
            if node.get("name") in names
        }

    # --- rights --------------------------------------------------------------

    def test_rights(self):
        self.ingest(post(70, by="bob", text="brakes"))
        bob = self.identity("bob")
        bob._look_again()
        row = bob.influence_ids
        self.assertTrue(row.with_user(self.agent).read(["score"]))
        with self.assertRaises(AccessError):
            row.with_user(self.reader).read(["score"])
        manager = self.user("manager", "social_crm.group_manager")
        for act in (
            lambda: row.with_user(manager).write({"score": 99}),
            lambda: row.with_user(manager).unlink(),
            lambda: self.todo.with_user(manager).search([]),
            lambda: bob.with_user(self.reader).social_look(),
        ):
            with self.assertRaises(AccessError):
                act()
        # A contact's profile is a reader's business, and so is its number.
        bob._link(self.bob, "manual")
        bob.with_user(self.reader).social_look()

    def test_other_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        _account, feed = self._make_feed(other)
        self.ingest(post(71, by="bob", text="brakes"), feed=feed)
        theirs = self.identity("bob", other)
        theirs._look_again()
        self.assertTrue(theirs.influence_ids)
        with self.assertRaises(AccessError):
            theirs.influence_ids.with_user(self.agent).read(["score"])
        with self.assertRaises(AccessError):
            theirs.with_user(self.agent).social_look()
        mine = self.identity("bob")
        mine._look_again()
        self.assertFalse(mine.influence_ids, "their words are not said to us")

    def test_erased_and_exported(self):
        self.ingest(post(72, by="bob", text="brakes"))
        bob = self.identity("bob")
        bob._look_again()
        bob.is_vip = True
        facts = bob._export_profile()
        self.assertTrue(facts["is_vip"])
        self.assertTrue(facts["influence_parts"])
        kept = dict(bob._export_related())
        self.assertEqual(kept["social.crm.influence"]["topic_id"], "Brakes")
        row = bob.influence_ids
        bob.erase_pending = True
        bob._forget_erasing()
        self.assertFalse(row.with_user(self.agent).search([("id", "=", row.id)]))
        bob.erase_pending = False
        bob._forget_erasing()
        bob.with_user(self.user("manager", "social_crm.group_manager")).action_erase()
        self.assertFalse(row.exists())

    # --- what it costs -------------------------------------------------------

    def test_many_cost_as_few(self):
        for size in (10, 100):
            self.ingest(
                *(
                    post(f"s{size}-{n}", by=self.known(f"s{size}-{n}"), text="brakes")
                    for n in range(size)
                )
            )
        counts = []
        for size in (10, 100):
            people = self.env["social.crm.identity"].search(
                [("uri", "like", f"/s{size}-")]
            )
            self.assertEqual(len(people), size)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            people._look_again()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertTrue(all(people.mapped("influence")))
        self.assertEqual(*counts)
        self.assertLess(counts[0], 15)
