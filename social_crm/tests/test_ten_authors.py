"""Ten unknown authors of the demo, settled by what the screen says; and a mistake."""

import json
import os
from dataclasses import replace
from datetime import timedelta, timezone

from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import SQL

from ..connectors.records import Post
from ..demo.people import our_author
from ..demo.strangers import STRANGERS
from .demo_case import DemoCase

# Of each human pause so much is waited for: 1 is a person.
PACE = os.environ.get("SOCIAL_CRM_TOUR_PACE", "0")
# The log keeps what was done and undone; nothing else may remember it. Keys are made
# anew, of what stands on the profile.
LOG = {"mail_message", "mail_tracking_value", "social_crm_match_key"}
# When and by whom, and what is worked off in the background.
PASSING = [
    "write_date",
    "write_uid",
    "relink_pending",
    "match_at",
    "best_contact_match",
    "best_match",
]
# Persons of the demo with a contact, of whom the screen says it, or not.
PERSONAS = {"marta": "marta", "moritz": ""}


class TenAuthorsCase(DemoCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = new_test_user(cls.env, "ten_authors", "social_crm.group_user")
        cls.identities = cls.env["social.crm.identity"]
        for kind in ("hashtag", "messages"):
            cls.speak(cls.env.ref(f"social_crm.demo_feed_mastodon_{kind}"), 4)
        cls.settle()
        contacts = {
            stranger.author().uri: stranger.contact for stranger in STRANGERS
        } | {
            cls.env.ref(f"social_crm.demo_identity_{slug}").uri: contact
            for slug, contact in PERSONAS.items()
        }
        cls.truth = {
            identity: cls.env.ref(f"social_crm.demo_partner_{contacts[identity.uri]}")
            if contacts[identity.uri]
            else cls.env["res.partner"]
            for identity in cls.identities.search([("uri", "in", list(contacts))])
        }
        cls.fan = next(one for one in cls.truth if "fans" in one.handle)
        cls.idol = cls.env.ref("social_crm.demo_partner_yann")
        for identity in cls.fan | cls.idol.social_identity_ids:
            cls.env["social.crm.fact"].create(
                {
                    "identity_id": identity.id,
                    "kind": "interest",
                    "value": "Films",
                    "source": "Fair list",
                    "basis": "public",
                    "date": "2026-03-01",
                }
            )

    @classmethod
    def speak(cls, feed, count):
        """The fan says more, in public and to us alone, and we answer."""
        stranger = next(one for one in STRANGERS if "fans" in one.user)
        at = cls.account.create_date.replace(tzinfo=timezone.utc)
        said = [
            Post(
                uid=f"fan-{number}",
                uri=f"https://wheel.example/fan/{feed.kind}/{number}",
                url=f"https://wheel.example/fan/{feed.kind}/{number}",
                author=stranger.author(),
                text=f"Allez Yann, {number}",
                published_at=at - timedelta(minutes=30 * number + 15),
                kind="message" if feed.kind == "messages" else "post",
                visibility="private" if feed.kind == "messages" else "public",
            )
            for number in range(count)
        ]
        first = said[0]
        answer = replace(
            first,
            uid="ours",
            uri=f"{first.uri}/ours",
            author=our_author("mastodon"),
            text="Merci !",
            parent_uid=first.uid,
            parent_uri=first.uri,
            thread_uri=first.uri,
            published_at=first.published_at + timedelta(minutes=5),
            is_own=True,
        )
        cls.env["social.crm.mention"]._ingest(feed, (*said, answer))

    @classmethod
    def settle(cls):
        """Have done what crons do in the background."""
        cls.env.invalidate_all()
        keys = cls.env["social.crm.match.key"]
        todo = cls.env["social.crm.identity.todo"]
        while keys._index_some() or keys._match_some() or todo._look_some():
            pass
        cls.identities.search([("relink_pending", "=", True)])._move_batch(10_000)
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def rows(cls, records):
        """Return {table: rows} of all that refers to one of ``records``, and of it."""
        found = {}
        for record in records:
            columns = cls.env.execute_query(
                SQL(
                    """
                    SELECT source.relname, attribute.attname
                    FROM pg_constraint AS reference
                    JOIN pg_class AS source ON source.oid = reference.conrelid
                    JOIN pg_attribute AS attribute
                      ON attribute.attrelid = source.oid
                     AND attribute.attnum = reference.conkey[1]
                    WHERE reference.contype = 'f'
                      AND reference.confrelid = %s::regclass
                    """,
                    record._table,
                )
            )
            for table, column in (*columns, (record._table, "id")):
                if table in LOG:
                    continue
                rows = cls.env.execute_query(
                    SQL(
                        "SELECT to_jsonb(t) - %s::text[] FROM %s AS t WHERE t.%s = %s",
                        PASSING,
                        SQL.identifier(table),
                        SQL.identifier(column),
                        record.id,
                    )
                )
                found.setdefault(table, set()).update(
                    # What was never told is not so.
                    json.dumps(
                        {
                            name: None if value is False else value
                            for name, value in row.items()
                        },
                        sort_keys=True,
                    )
                    for (row,) in rows
                )
        return {table: rows for table, rows in found.items() if rows}

    @classmethod
    def counters(cls, records):
        """Return what the screens count and show of ``records``."""
        found = {}
        for record in records:
            names = [
                name
                for name, field in record._fields.items()
                if ("social" in name or record._name.startswith("social."))
                and not field.store
                and not name.startswith(("activity_", "has_message", "message_"))
                and field.type in ("integer", "float", "char", "selection", "boolean")
            ]
            found[record._name] = record.read(names)
        return found

    def state(self):
        """Return all that is kept of the fan and of the idol, and what is shown."""
        self.settle()
        both = (self.fan, self.idol)
        (self.fan | self.idol.social_identity_ids)._look_again()
        timeline = self.idol.with_user(self.agent).social_timeline(limit=100)
        mentions = self.env["social.crm.mention"].search(
            [("identity_id", "in", (self.fan | self.idol.social_identity_ids).ids)]
        )
        self.assertGreaterEqual(len(self.fan.mention_ids), 9)
        self.assertEqual(len(self.fan.fact_ids), 1)
        return {
            "rows": self.rows(both),
            "mentions": self.rows(mentions),
            "conversations": self.rows(mentions.conversation_id),
            "counters": self.counters(both),
            "timeline": timeline["items"],
        }

    def assert_same(self, after, before, but=()):
        """One difference after the other, that one can read it."""
        self.maxDiff = 5000
        for name in ("rows", "mentions", "conversations"):
            for table in (before[name].keys() | after[name].keys()) - set(but):
                was, is_now = (
                    state[name].get(table, set()) for state in (before, after)
                )
                with self.subTest(name, table=table):
                    self.assertEqual(is_now - was, set())
                    self.assertEqual(was - is_now, set())
        self.assertEqual(after["counters"], before["counters"])
        self.assertEqual(after["timeline"], before["timeline"])


@tagged("post_install", "-at_install")
class TestTenAuthors(TenAuthorsCase, HttpCase):
    def test_ten_are_settled_and_no_link_is_wrong(self):
        asked = self.identities.search(self.identities._queue())
        self.assertFalse(asked - self.identities.union(*self.truth))
        self.assertFalse(asked.partner_id)
        self.start_tour(
            f"/odoo/social-who?pace={PACE}",
            "social_crm_ten_authors",
            login="ten_authors",
            timeout=300,
        )
        linked = {one: one.partner_id for one in self.truth if one.partner_id}
        self.assertGreaterEqual(len(linked), 8)
        self.assertEqual(linked, {one: self.truth[one] for one in linked})
        # Of whom the screen says who they are, none is left.
        right = {one for one, partner in self.truth.items() if partner}
        self.assertEqual(set(linked), right)
        traps = self.identities.union(*self.truth) - self.identities.union(*right)
        rejected = traps.match_ids.filtered(lambda row: row.state == "rejected")
        self.assertIn(self.fan, rejected.identity_id)
        self.assertEqual(len(rejected), 2)

    def test_a_wrong_link_is_undone_at_once(self):
        before, match = self.state(), self.fan.best_match
        self.start_tour(
            "/odoo/social-who", "social_crm_wrong_link_undone", login="ten_authors"
        )
        self.assert_same(self.state(), before)
        self.assertEqual(self.fan.best_match, match)

    def test_a_wrong_link_is_undone_later(self):
        before = self.state()
        self.fan.with_user(self.agent)._link(self.idol, "manual")
        linked = self.state()
        for name in ("mentions", "conversations", "counters", "timeline"):
            self.assertNotEqual(linked[name], before[name], name)
        self.start_tour(
            f"/odoo/social-profiles/{self.fan.id}",
            "social_crm_wrong_link_taken_off",
            login="ten_authors",
        )
        after = self.state()
        # What was a mistake is not suggested again; all else is as it was.
        self.assertEqual(self.fan.match_ids.state, "rejected")
        self.assert_same(after, before, but={"social_crm_match"})
