from datetime import timedelta
from itertools import count

from odoo import fields
from odoo.tests import tagged

from ..connectors.records import Author, Media
from .common import NOW, SocialCase, author, post

OWN = {"by": "brand", "is_own": True}


@tagged("post_install", "-at_install")
class TestIngest(SocialCase):
    def test_new_mentions(self):
        first = post(
            1,
            text="<b>late</b> again",
            minutes=3,
            language="en",
            metrics={"likes": 2, "replies": None},
            media=(Media("image", "https://example.social/a.png", alt="A box"),),
        )
        mentions = self.ingest(first, post(2, by="bob", minutes=2))
        self.assertEqual(len(mentions), 2)
        mention = self.mention(1)
        self.assertEqual(mention.body, "<b>late</b> again")
        self.assertEqual(mention.likes_count, 2)
        self.assertEqual(mention.media[0]["alt"], "A box")
        self.assertEqual(mention.identity_id.handle, "@ann@example.social")
        self.assertEqual(mention.feed_ids, self.feed)
        self.assertEqual(mention.direction, "in")
        conversation = mention.conversation_id
        self.assertEqual(conversation.state, "new")
        self.assertTrue(conversation.unread)
        self.assertEqual(conversation.mention_count, 1)
        self.assertEqual(conversation.waiting_since, mention.published_at)

    def test_nothing_twice(self):
        page = [post(uid) for uid in range(1, 11)]
        self.assertEqual(len(self.ingest(*page)), 10)
        self.assertFalse(self.ingest(*page))
        self.assertFalse(self.ingest(page[0], page[0]))
        self.assertEqual(self.mentions.search_count([]), 10)
        self.assertEqual(self.mention(1).conversation_id.mention_count, 1)

    def test_same_post_by_two_streams(self):
        other = self.feed.copy({"kind": "hashtag", "query": "acme"})
        self.ingest(post(1))
        self.assertFalse(self.ingest(post(1), feed=other))
        self.assertEqual(self.mention(1).feed_ids, self.feed | other)

    def test_hostile_values(self):
        self.ingest(
            post(1, text="a\0b", title="\0", metrics={"likes": 2**40, "views": -3}),
            post(2, text="x" * 300_000, url="u" * 9000),
            post(3, by=author("\0evil", name="n" * 5000, handle="")),
            post("u" * 5000, minutes=1),
            post(5, text="مرحبا 👩‍👩‍👧‍👦 שלום"),
            post(6, minutes=-60 * 24 * 400),
        )
        self.assertEqual(self.mention(1).body, "ab")
        self.assertEqual(self.mention(1).likes_count, 2**31 - 1)
        self.assertEqual(self.mention(1).views_count, 0)
        self.assertEqual(len(self.mention(2).body), 100_000)
        self.assertEqual(self.mention(5).body, "مرحبا 👩‍👩‍👧‍👦 שלום")
        # Said in the future: a clock that runs ahead.
        self.assertLessEqual(
            self.mention(6).published_at,
            fields.Datetime.now() + timedelta(minutes=5),
        )
        self.assertEqual(self.mentions.search_count([]), 6)

    def test_names_turn_nothing_round(self):
        turning = (
            "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        )
        eve = author(
            "eve", name=f"{turning} Eve 👩‍👧 {turning}", handle=f"@{turning}eve"
        )
        self.ingest(post(1, by=eve, text=f"a {turning}b"))
        identity = self.mention(1).identity_id
        self.assertEqual((identity.name, identity.handle), ("Eve 👩‍👧", "@eve"))
        self.assertEqual(self.mention(1).body, f"a {turning}b")
        self.ingest(post(2, by=eve))
        self.assertFalse(identity.handle_ids, "the same handle as before")
        self.ingest(post(3, by=author("eve", name="\u202eDr. Eve", handle="@dr\u202e")))
        identity.invalidate_recordset()
        self.assertEqual((identity.name, identity.handle), ("Dr. Eve", "@dr"))

    def test_long_keys_of_many_bytes(self):
        far = "https://evil.example/" + "漢" * 950
        self.ingest(
            post(1, uri=far, by=author("ann", name="A"), parent_uri="x" + far),
            post("漢" * 900, minutes=1, text="short"),
            post(3, url="javascript:alert(1)", media=(Media("image", "data:x"),)),
        )
        self.assertEqual(self.mentions.search_count([]), 3)
        self.assertFalse(self.mention(3).url)
        self.assertFalse(self.mention(3).media[0]["url"])

    def test_a_feed_cannot_change_words_of_another(self):
        self.patch(self.account._get_connector_class(), "vouches_for_keys", False)
        other = self.feed.copy({"kind": "hashtag", "query": "acme"})
        self.ingest(post(1, text="It is fine"))
        for _time in range(2):
            self.ingest(post(1, text="It is a fraud"), feed=other)
        self.assertEqual(self.mention(1).body, "It is fine")
        self.ingest(post(1, text="It is good"))
        self.assertEqual(self.mention(1).body, "It is good")

    def test_metrics_follow(self):
        self.ingest(post(1, metrics={"likes": 1, "views": 7}))
        mention = self.mention(1)
        mention.sentiment_label = "negative"
        self.ingest(post(1, metrics={"likes": 5}))
        self.assertEqual(mention.likes_count, 5)
        self.assertEqual(mention.views_count, 7, "unknown is not zero")
        self.assertEqual(mention.sentiment_label, "negative")
        self.assertFalse(mention.version_ids)

    def test_edit_takes_a_picture_away(self):
        picture = Media("image", "https://example.social/a.jpg", alt="The damage")
        self.ingest(post(1, media=(picture,)), post(2, media=(picture,)))
        self.ingest(post(1), post(2, edited_at=NOW))
        self.assertTrue(self.mention(1).media, "a reading that is not newer")
        self.assertFalse(self.mention(2).media)
        self.assertFalse(self.mention(2).version_ids, "the text is the same")
        self.ingest(post(2, edited_at=NOW, media=(picture,)))
        self.assertFalse(self.mention(2).media, "the same edit once more")

    def test_edit_keeps_the_old_text(self):
        self.ingest(post(1, text="first"))
        self.ingest(post(1, text="second", edited_at=NOW))
        mention = self.mention(1)
        self.assertEqual(mention.body, "second")
        self.assertEqual(mention.edited_at, NOW.replace(tzinfo=None))
        self.assertEqual(mention.version_ids.body, "first")
        self.assertEqual(mention.conversation_id.preview, "second")
        # A slow server still shows the older text.
        self.ingest(post(1, text="first", edited_at=NOW - timedelta(hours=1)))
        self.assertEqual(mention.body, "second")

    def test_edits_without_a_date(self):
        for text in ("one", "two", "three"):
            self.ingest(post(1, text=text))
        mention = self.mention(1)
        self.assertEqual(mention.body, "three")
        self.assertEqual(mention.version_ids.mapped("body"), ["two", "one"])
        # A slow server still shows what was said before.
        self.ingest(post(1, text="one"))
        self.assertEqual(mention.body, "three")

    def test_nothing_without_a_key(self):
        # Different posts would be one, and strangers one person.
        for item in (post(1, uri=""), post(2, by=Author("", "")), post(3, uri="\0")):
            with self.assertRaises(ValueError):
                self.ingest(post(4), item)

    def test_deletion_leaves_a_tombstone(self):
        self.ingest(post(1, text="secret"))
        self.ingest(post(1, text="secret too", edited_at=NOW))
        self.ingest(post(1, deleted=True))
        mention = self.mention(1)
        self.assertTrue(mention.deleted_at)
        self.assertFalse(mention.body)
        self.assertFalse(mention.version_ids)
        self.assertFalse(mention.conversation_id.preview)
        # It does not come back by a stale copy; an unknown one is not stored.
        self.ingest(post(1, text="secret"), post(9, deleted=True))
        self.assertFalse(mention.body)
        self.assertFalse(self.mention(9))

    def test_profile_follows_and_old_handle_finds(self):
        self.ingest(post(1))
        renamed = author("ann", handle="@anna@example.social", name="Anna")
        self.ingest(post(2, by=renamed))
        identity = self.mention(1).identity_id
        self.assertEqual(identity.handle, "@anna@example.social")
        self.assertEqual(identity.handle_ids.handle, "@ann@example.social")
        found = self.env["social.crm.identity"].name_search("@ann@")
        self.assertIn(identity.id, [row[0] for row in found])

    def test_company_boundary(self):
        other = self.env["res.company"].create({"name": "Other"})
        _account, feed = self._make_feed(other)
        self.ingest(post(1))
        self.assertEqual(len(self.ingest(post(1), feed=feed)), 1)
        self.assertEqual(len(self.mention(1).identity_id), 2)

    # --- conversations -------------------------------------------------------

    def test_elsewhere_one_per_thread_and_author(self):
        self.ingest(
            post(1, by="ann", minutes=9),
            post(2, by="bob", minutes=8, parent_uid="1"),
            post(3, by="ann", minutes=7, parent_uid="2"),
        )
        ann, bob = self.mention(1).conversation_id, self.mention(2).conversation_id
        self.assertNotEqual(ann, bob)
        self.assertEqual(self.mention(3).conversation_id, ann)
        self.assertEqual(ann.mention_count, 2)
        self.assertEqual(len({self.mention(uid).thread_key for uid in (1, 2, 3)}), 1)

    def test_on_our_post_one_per_branch(self):
        self.ingest(post(1, minutes=9, **OWN))
        self.ingest(
            post(2, by="ann", minutes=8, parent_uid="1"),
            post(3, by="bob", minutes=7, parent_uid="2"),
            post(4, by="cy", minutes=6, parent_uid="1"),
        )
        self.ingest(post(5, by="dee", minutes=5, parent_uid="3"))
        self.assertFalse(self.mention(1).conversation_id)
        branch = self.mention(2).conversation_id
        self.assertEqual(self.mention(3).conversation_id, branch)
        self.assertEqual(self.mention(5).conversation_id, branch)
        self.assertNotEqual(self.mention(4).conversation_id, branch)

    def test_messages_one_per_person(self):
        private = {"visibility": "private", "kind": "message"}
        self.ingest(post(1, minutes=9, **private), post(2, minutes=8, **private))
        self.ingest(post(3, parent_uid="2", minutes=7, **OWN, **private))
        conversation = self.mention(1).conversation_id
        self.assertEqual(
            conversation.mention_ids,
            self.mention(1) + self.mention(2) + self.mention(3),
        )
        self.assertEqual(conversation.state, "waiting")

    def test_answer_and_reopen(self):
        self.ingest(post(1, minutes=9))
        conversation = self.mention(1).conversation_id
        self.ingest(post(2, minutes=8, parent_uid="1", **OWN))
        self.assertEqual(self.mention(2).direction, "out")
        self.assertEqual(conversation.state, "waiting")
        self.assertFalse(conversation.waiting_since)
        conversation.action_done()
        self.ingest(post(3, minutes=7, parent_uid="2"))
        self.assertEqual(conversation.state, "open")
        self.assertTrue(conversation.unread)
        self.assertEqual(conversation.waiting_since, self.mention(3).published_at)
        self.assertEqual(conversation.preview, "Text of 3")

    def test_our_answer_before_the_question(self):
        self.ingest(post(2, minutes=8, parent_uid="1", text="We come!", **OWN))
        self.ingest(post(1, minutes=9))
        conversation = self.mention(1).conversation_id
        self.assertEqual(self.mention(2).conversation_id, conversation)
        self.assertEqual(conversation.state, "waiting")
        self.assertFalse(conversation.waiting_since)
        self.assertEqual(conversation.mention_count, 2)
        self.assertEqual(conversation.last_out_at, self.mention(2).published_at)
        self.assertEqual(conversation.preview, "We come!")

    def test_our_private_answer_before_the_public_question(self):
        self.ingest(post(2, minutes=8, parent_uid="1", visibility="private", **OWN))
        self.ingest(post(1, minutes=9))
        self.assertEqual(self.mention(2).parent_id, self.mention(1))
        self.assertFalse(self.mention(2).conversation_id)
        self.assertEqual(self.mention(1).conversation_id.state, "new")

    def test_answer_before_question(self):
        self.ingest(post(3, by="bob", minutes=7, parent_uid="2"))
        self.ingest(post(4, by="ann", minutes=6, parent_uid="3"))
        self.ingest(post(2, by="ann", minutes=8, parent_uid="1"))
        self.ingest(post(1, by="cy", minutes=9))
        self.assertEqual(self.mention(3).parent_id, self.mention(2))
        self.assertEqual(self.mention(2).parent_id, self.mention(1))
        keys = {self.mention(uid).thread_key for uid in (1, 2, 3, 4)}
        self.assertEqual(keys, {self.mention(1).uri})

    def test_a_parent_that_comes_late_keeps_the_work_item(self):
        self.ingest(post(2, by="ann", minutes=8, parent_uid="1"))
        self.ingest(post(1, by="bob", minutes=9))
        self.ingest(post(3, by="ann", minutes=7, parent_uid="2"))
        ann = self.mention(2).conversation_id
        self.assertEqual(self.mention(3).conversation_id, ann)
        self.assertNotEqual(self.mention(1).conversation_id, ann)

    def test_two_parts_of_a_thread_meet(self):
        """Whoever wrote in both keeps two work items, and nothing is lost."""
        self.ingest(post(3, by="ann", minutes=7, parent_uid="2"))
        self.ingest(post(5, by="ann", minutes=5, parent_uid="4"))
        both = self.mention(3).conversation_id | self.mention(5).conversation_id
        self.assertEqual(len(both), 2)
        self.ingest(
            post(1, by="bob", minutes=9),
            post(2, by="bob", minutes=8, parent_uid="1"),
            post(4, by="bob", minutes=6, parent_uid="1"),
        )
        self.ingest(post(6, by="ann", minutes=4, parent_uid="5"))
        self.assertEqual(self.mention(5).thread_key, self.mention(1).uri)
        self.assertIn(self.mention(6).conversation_id, both)
        self.assertEqual(len(self.mention(3).conversation_id | both), 2)

    def test_circle_of_answers(self):
        self.ingest(post(1, parent_uid="2"), post(2, parent_uid="1"))
        self.ingest(post(3, parent_uid="3"))
        self.assertEqual(self.mentions.search_count([]), 3)

    def test_history_is_silent(self):
        self.ingest(post(1), silent=True)
        self.ingest(post(2, by="bob", minutes=60 * 24 * 30))
        for uid in (1, 2):
            conversation = self.mention(uid).conversation_id
            self.assertEqual(conversation.state, "done")
            self.assertFalse(conversation.unread)
            self.assertFalse(conversation.waiting_since)

    def test_topics(self):
        topic = self.env["social.crm.topic"].create(
            {"name": "Delivery", "keywords": "parcel\nlate  delivery\n.*"}
        )
        self.ingest(
            post(1, text="My PARCEL!"),
            post(2, by="bob", text="A late\ndelivery."),
            post(3, by="cy", text="parcels are fine"),
        )
        self.assertEqual(self.mention(1).topic_ids, topic)
        self.assertEqual(self.mention(2).conversation_id.topic_ids, topic)
        self.assertFalse(self.mention(3).topic_ids)

    # --- cost ----------------------------------------------------------------

    def test_same_queries_for_ten_and_for_a_hundred(self):
        numbers = count(10_000)

        def page(size):
            uids = [next(numbers) for _ in range(size)]
            return [
                post(
                    uid,
                    by=f"author{uids[0]}-{index // 3}",
                    minutes=50,
                    # The first one answers a post of the page before.
                    parent_uid=str(uid - 1) if index % 5 == 0 else "",
                )
                for index, uid in enumerate(uids)
            ]

        costs = {}
        self.ingest(*page(5))
        for size in (10, 100, 200):
            posts = page(size)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.ingest(*posts)
            costs[size] = self.env.cr.sql_log_count - before
        self.assertEqual(costs[10], costs[100])
        self.assertEqual(costs[10], costs[200])
        again = page(100)
        self.ingest(*again)
        before = self.env.cr.sql_log_count
        self.ingest(*again)
        self.assertLessEqual(self.env.cr.sql_log_count - before, 3)
