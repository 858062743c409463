"""The demo data loads through the real ingest, and the local source through the real
connectors."""

import tempfile
import time
from collections import Counter
from datetime import timezone
from pathlib import Path

from odoo import fields
from odoo.tests import BaseCase, TransactionCase, tagged

from ..connectors import CONNECTORS
from ..connectors.records import Stream
from ..demo.stories import current, tell
from ..demo.texts import LANGUAGES
from .demo_case import DemoCase

try:
    from dev.demo_source import TOKEN
    from dev.demo_source.director import Director
    from dev.demo_source.source import Source
    from dev.demo_source.world import World
except ImportError:
    Source = None


@tagged("post_install", "-at_install")
class TestDemoData(DemoCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.events = tell(cls.account.create_date.replace(tzinfo=timezone.utc))
        cls.mentions = cls.env["social.crm.mention"].search(
            [("uri", "in", list({said.post.uri for said in cls.events}))]
        )

    def _demo(self, model):
        data = self.env["ir.model.data"].search(
            [
                ("module", "=", "social_crm"),
                ("model", "=", model),
                ("name", "=like", "demo\\_%"),
            ]
        )
        return self.env[model].browse(data.mapped("res_id"))

    def test_everything_that_was_told_is_stored_once(self):
        uris = {said.post.uri for said in self.events}
        self.assertGreaterEqual(len(uris), 2000)
        self.assertEqual(set(self.mentions.mapped("uri")), uris)
        self.assertEqual(len(self.mentions), len(uris))
        self.assertFalse(self.mentions.filtered("parent_key"), "threads are tied")

    def test_size_and_variety(self):
        self.assertGreaterEqual(len(self._demo("res.partner")), 40)
        self.assertGreaterEqual(len(self._demo("crm.lead")), 15)
        counts = Counter(self.mentions.mapped("language"))
        for language in LANGUAGES:
            self.assertGreater(counts[language], 150, language)
        self.assertEqual(
            set(self.mentions.mapped("network")), {"mastodon", "bluesky", "feed"}
        )
        spam = {said.post.uri for said in self.events if said.kind == "spam"}
        texts = [mention.body for mention in self.mentions if mention.uri not in spam]
        self.assertLess(len(texts) - len(set(texts)), len(texts) / 50)
        oldest = min(self.mentions.mapped("published_at"))
        now = fields.Datetime.now()
        self.assertTrue(80 < (now - oldest).days <= 95)
        self.assertLessEqual(max(self.mentions.mapped("published_at")), now)
        self.assertTrue(self.mentions.filtered("rating"))
        self.assertTrue(self.mentions.filtered(lambda m: m.visibility == "private"))
        self.assertTrue(self.mentions.filtered("deleted_at"))
        self.assertTrue(self.mentions.version_ids)

    def test_final_texts_are_the_network_s(self):
        posts = current(self.events)
        for mention in self.mentions.filtered(lambda m: not m.deleted_at):
            self.assertEqual(mention.body, posts[mention.uri].text)
        gone = self.mentions.filtered("deleted_at")
        self.assertFalse(set(gone.mapped("uri")) & set(posts))

    def test_people_moods_and_work(self):
        emma = self.env.ref("social_crm.demo_partner_emma")
        self.assertEqual(emma.social_identity_ids.link_basis, "given")
        self.assertGreaterEqual(emma.social_conversation_count, 4)
        said = emma.social_timeline(limit=20)["items"]
        moods = [item["mood"] for item in said if item["direction"] == "in"]
        self.assertEqual(moods[0], "positive", "repaired in the end")
        self.assertIn("negative", moods)
        self.assertIn("out", [item["direction"] for item in said])
        theirs = self.mentions.filtered(lambda m: m.direction == "in")
        self.assertFalse(theirs.filtered(lambda m: not m.sentiment_label))
        self.assertFalse((self.mentions - theirs).filtered("sentiment_label"))
        states = Counter(self.mentions.conversation_id.mapped("state"))
        for state in ("new", "open", "waiting", "done"):
            self.assertTrue(states[state], state)
        self.assertEqual(len(self.mentions.conversation_id.team_id), 3)
        lead = self.env.ref("social_crm.demo_lead_swiftline")
        self.assertTrue(lead.social_conversation_ids)
        self.assertTrue(lead.social_timeline()["items"])
        unlinked = self.env.ref("social_crm.demo_lead_northway")
        self.assertFalse(unlinked.partner_id)
        self.assertTrue(unlinked.social_timeline()["items"])

    def test_people_are_introduced(self):
        self.account._introduce_demo()
        people = self._demo("social.crm.identity")
        kinds = Counter(people.mapped("author_kind"))
        for kind in ("customer", "lead", "unknown"):
            self.assertGreater(kinds[kind], 2, kind)
        self.assertTrue(people.filtered("is_vip").influence)
        self.assertGreater(max(people.mapped("influence")), 60)
        self.assertGreater(max(people.mapped("helps_count")), 5)
        self.assertEqual(
            set(people.influence_ids.mapped("kind")), {"topic", "community"}
        )

    def test_a_customer_sees_what_is_kept_of_her(self):
        user = self.env.ref("social_crm.demo_user_customer")
        self.assertEqual(user.partner_id, self.env.ref("social_crm.demo_partner_priya"))
        self.assertTrue(user._is_portal())
        profile = self.env["social.crm.identity"]._portal_of(user)
        self.assertEqual(profile, self.env.ref("social_crm.demo_identity_priya"))
        page = profile._portal_page()
        self.assertTrue(page["is_sure"])
        self.assertGreaterEqual(len(page["latest"]), 3)

    def test_nothing_is_fetched_from_the_internet(self):
        accounts = self._demo("social.crm.account")
        self.assertEqual(len(accounts), 3)
        self.assertNotIn("connected", accounts.mapped("state"))
        for url in self.mentions.mapped("url") + accounts.mapped("base_url"):
            self.assertIn(".example", url or ".example")
        self.assertFalse(self.mentions.filtered("media"))
        self.assertFalse(any(self.mentions.identity_id.mapped("avatar_url")))

    def test_loading_again_changes_nothing(self):
        before = self.env["social.crm.mention"].search_count([])
        self.account._load_demo()
        self.assertEqual(self.env["social.crm.mention"].search_count([]), before)

    def test_the_living_source_knows_the_same_posts(self):
        if not Source:
            self.skipTest(
                "The local source is part of the checkout, not of the add-on."
            )
        versions = self.env["social.crm.mention.version"].search_count([])
        began = self.account.create_date.replace(tzinfo=timezone.utc)
        # So slow that nothing new is said meanwhile.
        with Source(began, speed=0.001) as source:
            host = source.base_url.partition("://")[2]
            self.env["ir.config_parameter"].set_param("social_crm.private_hosts", host)
            self.account.base_url = source.base_url
            self.account._set_credentials({"access_token": TOKEN})
            self.account.action_test()
            self.assertEqual(self.account.own_name, "@velorin@velorin.example")
            self.assertFalse(self.account.last_error)
            feed = self.env.ref("social_crm.demo_feed_mastodon_mentions")
            connector = self.account._connector()
            before = self.env["social.crm.mention"].search_count([])
            page = connector.backfill(feed._stream(), None, 40)
            more = connector.backfill(feed._stream(), page.cursor, 40)
            posts = page.posts + more.posts
            self.assertEqual(len(posts), 80)
            new = self.env["social.crm.mention"]._ingest(feed, posts)
        self.assertFalse(new)
        self.assertEqual(self.env["social.crm.mention"].search_count([]), before)
        self.assertEqual(
            self.env["social.crm.mention.version"].search_count([]),
            versions,
            "what comes over HTTP is word for word what was stored",
        )


@tagged("post_install", "-at_install")
class TestDemoSource(BaseCase):
    """A person posts, we answer, they react; a review comes: all over HTTP."""

    def setUp(self):
        super().setUp()
        if not Source:
            self.skipTest(
                "The local source is part of the checkout, not of the add-on."
            )
        began = fields.Datetime.now().replace(tzinfo=timezone.utc)
        self.source = Source(began, speed=60)
        self.source.__enter__()
        self.addCleanup(self.source.__exit__)
        self.hosts = [self.source.base_url.partition("://")[2]]

    def _connector(self, network, **credentials):
        credentials["base_url"] = self.source.base_url
        return CONNECTORS[network](credentials, private_hosts=self.hosts)

    def _until(self, look, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := look():
                return found
            time.sleep(0.05)
        self.fail("It did not happen in time.")

    def test_a_conversation(self):
        connector = self._connector("mastodon", access_token=TOKEN)
        stream = Stream("mentions")
        cursor = connector.fetch(stream, None, 1).cursor

        def question():
            nonlocal cursor
            page = connector.fetch(stream, cursor, 40)
            cursor = page.cursor
            statuses = self.source.world.statuses
            for post in page.posts:
                if statuses[post.uid].kind in ("question", "dealer"):
                    return post
            return None

        asked = self._until(question)
        first = connector.reply(asked.uid, "We will call you today.", "key-1")
        again = connector.reply(asked.uid, "We will call you today.", "key-1")
        self.assertEqual(first.uid, again.uid, "one key, one post")
        thread = self._until(
            lambda: [
                post
                for post in connector.thread(asked.uid)
                if post.parent_uid == first.uid
            ]
        )
        self.assertEqual(thread[0].author.uri, asked.author.uri)
        self.assertTrue(thread[0].parent_is_own)

    def test_the_outage_and_reviews(self):
        self._until(
            lambda: any(
                status.kind == "outage"
                for uid, status in list(self.source.world.statuses.items())
                if uid in self.source.world.live
            )
        )
        feed = self._connector("feed")
        page = self._until(lambda: feed.fetch(Stream("feed", "reviews.xml")).posts)
        self.assertTrue(all(1 <= post.rating <= 5 for post in page))
        self.assertEqual({post.kind for post in page}, {"review"})

    def test_pictures(self):
        http = self._connector("mastodon").http
        for path in ("/avatars/abc.png", "/pictures/3.png"):
            answer = http.request("GET", self.source.base_url + path)
            self.assertTrue(answer.content.startswith(b"\x89PNG"))

    def test_stories_are_told_once(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        file = Path(folder.name) / "state.json"
        for _run in range(2):
            world = World(self.source.world.began, file)
            director = Director(world)
            stories = [step for step in director.plan if step[2] == director._story]
            self.assertGreater(len(stories), 5)
            for _at, _order, action, args in sorted(stories, key=lambda step: step[0]):
                action(*args)
            told = [world.statuses[uid] for uid in world.live]
            self.assertEqual(len(told), len(stories))
            self.assertTrue([status for status in told if status.parent])
            world.save()

    def test_the_customer_goes_on_speaking(self):
        world = World(self.source.world.began)
        director = Director(world)
        director._customer()
        priya = world.teller.people.by_slug["priya"].author
        said = world.stream(lambda status: status.author == priya.uri)[0]
        self.assertIn(said.uid, world.live)
        self.assertIn("#velorin", said.text)
        planned = [action.__name__ for _at, _order, action, _args in director.plan]
        self.assertEqual(planned.count("_customer"), 2)

    def test_ids_grow_over_a_restart(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        file = Path(folder.name) / "state.json"
        world = World(self.source.world.began, file)
        status = world.add(world.ours, "Good morning! #velorin")
        world.save()
        again = World(world.began, file)
        self.assertEqual(again.statuses[status.uid], status)
        later = again.add(again.ours, "Good evening!")
        self.assertGreater(int(later.uid), int(status.uid))
