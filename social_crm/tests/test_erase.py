"""After an erasure nothing is left, wherever in the database one looks."""

import json
from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..connectors.profile_address import parse_profile
from ..connectors.records import BadItem, Media
from ..models import erasure
from .common import NOW, author, post
from .erase_case import (
    HANDLE,
    LOGIN,
    NAME,
    OLD_HANDLE,
    PERSON,
    SAID,
    WROTE_FIRST,
    EraseCase,
)

OWN = {"by": "brand", "is_own": True}


@tagged("post_install", "-at_install")
class TestErase(EraseCase):
    def test_no_trace_anywhere(self):
        partner = self.env["res.partner"].create({"name": "Hilde"})
        lead = self.env["crm.lead"].create(
            {
                "name": f"Kettle for {HANDLE}",
                "description": f"<p>She wrote:</p><blockquote>{SAID}</blockquote>",
                "partner_id": partner.id,
                "contact_name": NAME,
                "website": f"https://example.social/@{LOGIN}",
            }
        )
        elsewhere = self.env["res.partner"].create({"name": "Press list"})
        picture = Media(
            "image",
            f"https://example.social/@{LOGIN}/a.png",
            alt=f"A kettle of {HANDLE}",
        )
        self.ingest(post(1, by=author(LOGIN, handle=OLD_HANDLE, name=NAME), minutes=90))
        self.ingest(
            post(2, by=PERSON, text=WROTE_FIRST, media=(picture,), minutes=80),
            post(3, minutes=70, **OWN),
        )
        self.ingest(
            post(2, by=PERSON, text=SAID, media=(picture,), edited_at=NOW),
            post(4, by=PERSON, text=SAID, parent_uid="3", minutes=60),
            post(
                5,
                text=f"{HANDLE} and {HANDLE.upper()}: see"
                f" https://example.social/@{LOGIN}/2, @{LOGIN}!",
                parent_uid="4",
                minutes=50,
            ),
            post(6, by="bob", text="I agree", parent_uid="2", minutes=45),
            post(7, text=f"{HANDLE} Dear {NAME}", parent_uid="4", minutes=40, **OWN),
            post(
                8,
                by=PERSON,
                text=f"{SAID}, in private",
                visibility="private",
                minutes=30,
            ),
        )
        self.ingest(post(5, text=f"Thanks {HANDLE}", parent_uid="4", edited_at=NOW))
        person = self.person()
        self.assertEqual(person.handle_ids.handle, OLD_HANDLE)
        person.with_context(tracking_disable=False)._link(partner, "manual")
        conversation = self.mention(8).conversation_id
        conversation.lead_id = lead
        conversation.message_post(body=f"{NAME} ({HANDLE}) is angry")
        conversation.activity_schedule(summary=f"Call {NAME}", user_id=self.env.uid)
        self.env["ir.attachment"].create(
            {
                "name": f"{LOGIN}.txt",
                "raw": SAID.encode() * 50,
                "res_model": conversation._name,
                "res_id": conversation.id,
            }
        )
        lead.message_post(body=f"{NAME} said “{SAID}”", subject=f"About {HANDLE}")
        partner.message_post(body=f"Is that @{LOGIN}?")
        elsewhere.message_post(body=f"Quote of the day: {SAID}. And ours.")
        lead.activity_schedule(note=f"<p>Answer {HANDLE}: {SAID}</p>")
        self.env["mail.tracking.value"].create(
            {
                "mail_message_id": lead.message_ids[0].id,
                "new_value_char": person.display_name,
            }
        )
        self.env["social.crm.bad.item"]._put_aside(
            self.feed,
            (BadItem("9", "no date", f'{{"url": "https:\\/\\/x.org\\/{HANDLE}"}}'),),
        )
        self.env["bus.bus"].create(
            {"channel": '"any"', "message": json.dumps({"body": SAID})}
        )
        self.env.cr.execute(
            "INSERT INTO ir_logging (name, type, dbname, level, path, func, line,"
            " message) VALUES ('a', 'server', 'b', 'INFO', 'c', 'd', '1', %s)",
            [f"could not parse {author(LOGIN).uri}"],
        )
        wizard = self.env["privacy.lookup.wizard"].create(
            {"name": "Hilde", "email": "hilde@example.com"}
        )
        wizard.line_ids.create(
            {
                "wizard_id": wizard.id,
                "res_id": person.id,
                "res_model_id": self.env["ir.model"]._get_id(person._name),
            }
        )
        tables = {table for table, *_found in self.find_traces()}
        self.assertLessEqual(
            {
                "bus_bus",
                "crm_lead",
                "ir_attachment",
                "ir_logging",
                "mail_activity",
                "mail_message",
                "mail_tracking_value",
                "privacy_lookup_wizard_line",
                "social_crm_bad_item",
                "social_crm_conversation",
                "social_crm_identity",
                "social_crm_identity_handle",
                "social_crm_mention",
                "social_crm_mention_version",
            },
            tables,
            "the search would find it",
        )
        self.assertTrue(self.find_in_files())
        branch = self.mention(5).conversation_id

        person.with_user(self.manager)._erase("By letter")

        self.env.invalidate_all()
        self.assertEqual(self.find_traces(), [])
        self.assertEqual(self.find_in_files(), [])
        self.assertFalse(person.exists())
        self.assertTrue(partner.exists())
        self.assertIn("erased on request", partner.message_ids[0].body)
        # What others said stands, and where they stood.
        self.assertEqual(self.mention(5).body, "Thanks @erased")
        self.assertEqual(
            self.mention(5).version_ids.body,
            "@erased and @erased: see @erased, @erased!",
        )
        self.assertEqual(self.mention(6).body, "I agree")
        self.assertEqual(self.mention(5).conversation_id, branch)
        self.assertEqual(branch.identity_id, self.person("ann"))
        self.assertEqual(branch.mention_count, 1)
        self.assertEqual(branch.preview, "Thanks @erased")
        self.assertFalse(self.mention(7))
        self.assertIn("And ours.", elsewhere.message_ids[0].body)
        self.assertIn("Is that @erased?", partner.message_ids[1].body)
        self.assertIn("[…]</blockquote>", lead.description)

    def test_others_are_left_alone(self):
        anna, far = "anna", author("ann2", handle="@ann@other.server")
        other = self.env["res.company"].create({"name": "Other"})
        _account, feed = self._make_feed(other)
        text = "@anna@example.social, @ann@other.server, ann, Annabel, x@ann.example"
        words = "To @ann@example.social: @ann!"
        for stream in (self.feed, feed):
            self.ingest(
                post(1, by="ann"),
                post(2, by=anna),
                post(3, by=far),
                post(4, by="bob", text=text),
                post(5, by="bob", text=words),
                post(6, by=author("joe", handle="@joe@other.server"), text="@ann!"),
                feed=stream,
            )
        lead = self.env["crm.lead"].create({"name": "A", "company_id": other.id})
        lead.message_post(body=words)
        self.person("ann")._erase()
        self.assertFalse(self.person("ann"))
        mine = self.mentions.search([("company_id", "=", self.company.id)])
        self.assertEqual(
            mine.sorted("uri").mapped("body"),
            ["Text of 2", "Text of 3", text, "To @erased: @erased!", "@ann!"],
        )
        self.assertTrue(self.person("ann", other).mention_count)
        self.assertEqual(
            self.mentions.search([("company_id", "=", other.id)])
            .sorted("uri")
            .mapped("body"),
            ["Text of 1", "Text of 2", "Text of 3", text, words, "@ann!"],
        )
        self.assertIn(words, lead.message_ids[0].body)

    def test_typed_profiles_and_matches_go(self):
        """By handle alone somebody may be known, and suggested, too."""
        partner = self.env["res.partner"].create({"name": "Ann Kettle"})
        self.ingest(post(1, by=author("ann", name="Ann Kettle")))
        ann = self.person("ann")
        other = self.env["crm.lead"].create({"name": "Lead"})
        self.env["social.crm.match.key"]._index_some()
        self.env["social.crm.match.key"]._match_some()
        typed = self.identities._make_typed(
            parse_profile("@ann@example.social"), self.company
        )
        other.social_identity_ids = typed
        self.assertTrue(ann.match_ids)
        self.assertEqual(ann.match_ids.partner_id, partner)
        ann._erase()
        self.assertFalse((ann | typed).exists())
        self.assertFalse(self.env["social.crm.match"].search([]))
        self.assertFalse(
            self.env["social.crm.match.key"].search([("identity_id", "!=", False)])
        )
        with self.assertRaises(UserError):
            other.social_add_profile("@ann@example.social")
        with self.assertRaises(UserError):
            partner.social_add_profile("https://example.social/@ann")

    def test_typed_is_enough(self):
        """Who was erased before the first word is known by the handle."""
        lead = self.env["crm.lead"].create({"name": "Lead"})
        lead.social_add_profile("@ann@example.social")
        lead.social_identity_ids._erase()
        self.ingest(post(1, minutes=-5))
        self.assertFalse(self.person("ann"))
        self.assertEqual(self.find_traces(["ann@example.social"]), [])

    def test_many_mentions_go_in_batches(self):
        partner = self.env["res.partner"].create({"name": "Ann"})
        pages = [
            [post(f"{page}-{n}", text=f"Words of {page} and {n}") for n in range(500)]
            for page in range(6)
        ]
        for page in pages:
            self.ingest(*page, silent=True)
        ann = self.person("ann")
        ann._link(partner, "manual")
        ann._move_batch(5000)
        ann.relink_pending = False
        self.ingest(post("o", text="hello @ann@example.social", by="bob"))
        self.assertEqual(len(partner.social_timeline()["items"]), 30)

        ann._erase()
        count = [("identity_id", "=", ann.id)]
        self.assertEqual(self.mentions.search_count(count), 2000)
        self.assertTrue(ann.erase_pending)
        self.assertFalse(partner.social_timeline()["items"])
        self.assertFalse(partner.with_user(self.manager).social_conversation_count)
        for login, groups in (("u", "social_crm.group_user"), ("b", "")):
            user = self.manager if not groups else self.user(login, groups)
            self.assertFalse(self.mentions.with_user(user).search_count(count))
            self.assertFalse(self.conversations.with_user(user).search_count(count))
            self.assertFalse(
                self.identities.with_user(user).search([("id", "=", ann.id)])
            )
            with self.assertRaises(AccessError):
                ann.with_user(user).name  # noqa: B018
        # What is brought again meanwhile is not stored.
        self.assertFalse(self.ingest(*pages[0][:3]))
        self.assertFalse(self.ingest(post("new", minutes=9)))

        self.run_cron()
        self.assertFalse(ann.exists())
        self.assertFalse(self.mentions.search_count([("body", "ilike", "Words of")]))
        self.assertEqual(self.mention("o").body, "hello @erased")

    def test_statements_of_a_batch_do_not_grow(self):
        self.ingest(*(post(f"a{n}", minutes=n + 1) for n in range(10)), silent=True)
        self.ingest(
            *(post(f"b{n}", by="bob", minutes=n + 1) for n in range(200)), silent=True
        )
        counts = []
        for login in ("ann", "bob"):
            start = self.env.cr.sql_log_count
            self.person(login)._erase()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - start)
        few, many = counts
        self.assertLess(many, few * 1.5 + 20, counts)

    def test_a_page_under_way_brings_nobody_back(self):
        self.ingest(post(1))
        self.person("ann")._erase()
        # Another worker had read the opt-outs before there were any.
        self.patch(
            type(self.env["social.crm.suppression"]), "_networks", lambda self, _c: ()
        )
        self.ingest(post(2))
        self.assertTrue(self.person("ann"))
        self.run_cron()
        self.assertFalse(self.person("ann"))
        self.assertFalse(self.mention(2))

    def test_later_replies_find_the_thread(self):
        root = "https://example.social/users/ann/statuses/1"
        self.ingest(
            post(1, uri=root, minutes=60),
            post(2, by="bob", parent_uri=root, minutes=50),
        )
        before = self.mention(2).conversation_id
        self.person("ann")._erase()
        self.ingest(
            post(3, by="bob", parent_uri=self.mention(2).uri, minutes=40),
            post(4, by="cy", parent_uri=root, minutes=30),
        )
        threads = {self.mention(uid).thread_key for uid in (2, 3, 4)}
        self.assertEqual(len(threads), 1)
        self.assertEqual(self.mention(3).conversation_id, before)
        self.assertEqual(self.find_traces(["users/ann"]), [])

    def test_who_may(self):
        self.ingest(post(1), post(2, **OWN))
        user = self.user("agent", "social_crm.group_user")
        ann = self.person("ann")
        for name in ("action_erase", "action_opt_out", "action_export"):
            with self.assertRaises(AccessError):
                getattr(ann.with_user(user), name)()
        with self.assertRaises(AccessError):
            ann.with_user(user).write({"erase_pending": True})
        for name in ("_erase", "_opt_out", "_export"):
            with self.assertRaises(AccessError):
                getattr(ann.with_user(user), name)()
        with self.assertRaises(UserError):
            self.person("brand")._erase()
        self.assertTrue(ann.exists())
        stranger = self.user("far", "social_crm.group_manager")
        other = self.env["res.company"].create({"name": "Other"})
        stranger.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        with self.assertRaises(AccessError):
            ann.with_user(stranger).action_erase()
        ann.with_user(self.manager).action_erase()
        self.assertFalse(ann.exists())

    def test_words_of_very_many(self):
        """Quotes are looked for in parts: as many words as memory may hold."""
        lead = self.env["crm.lead"].create({"name": "A lead"})
        self.ingest(post(1, text=SAID), post(2, text=WROTE_FIRST))
        lead.message_post(body=f"{SAID} / {WROTE_FIRST}")
        self.patch(erasure, "BATCH", 1)
        self.patch(erasure.Quotes, "is_full", property(lambda quotes: quotes._size > 1))
        with mute_logger("odoo.sql_db"):
            self.person("ann")._erase()
            self.run_cron()
        self.assertFalse(self.person("ann"))
        self.assertNotIn("kettle", lead.message_ids[0].body)

    def test_dates_of_history(self):
        """Nothing said before comes back, however it is brought."""
        old = post(1, minutes=600)
        self.ingest(old)
        self.person("ann")._erase()
        for silent in (False, True):
            self.assertFalse(self.ingest(old, silent=silent))
            self.assertFalse(self.ingest(post(2, minutes=300), silent=silent))
        edited = post(1, minutes=600, text="edited", edited_at=NOW + timedelta(hours=1))
        self.assertFalse(self.ingest(edited))
        self.assertFalse(self.person("ann"))
        self.assertFalse(self.mentions.search_count([]))
