"""Who was erased or has opted out does not come back; nobody can tell who it was."""

from dataclasses import replace
from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import config

from ..connectors.records import BadItem, Media
from ..models.ingest_suppression import NOBODY
from ..models.person_names import Names, host_of, mask, names_in, normal_uri
from ..models.person_quotes import Quotes
from ..models.social_crm_suppression import KEY_OPTION, KEY_PARAMETER
from .common import NOW, author, post
from .erase_case import EraseCase

LATER = NOW + timedelta(hours=1)


@tagged("post_install", "-at_install")
class TestSuppression(EraseCase):
    def later(self, uid, **values):
        return post(uid, published_at=LATER, **values)

    def anonymous(self):
        return self.mentions.search([("uri", "=like", "anonymous:%")], order="id")

    # --- hashes --------------------------------------------------------------

    def test_nothing_names_anybody(self):
        renamed = author("ann", handle="@anna@example.social")
        self.ingest(
            post(1), post(2, by=author("ann", url="https://example.social/@ann"))
        )
        self.ingest(post(3, by=renamed))
        self.person("ann")._opt_out("By phone")
        rows = self.suppressions.search([])
        parts = sorted(rows.mapped("part"))
        self.assertEqual(parts, ["address", "handle", "handle", "profile"])
        self.assertEqual(set(rows.mapped("source")), {"By phone"})
        text = str(rows.read())
        for name in ("ann", "example.social"):
            self.assertNotIn(name, text.replace("channel", ""))
        self.assertTrue(all(len(row.hash) == 64 for row in rows))

    def test_other_key_other_hash(self):
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.search([("key", "=", KEY_PARAMETER)]).unlink()
        name = ("mastodon", "handle", "ann@example.social")
        first = self.suppressions._hasher(self.company.id)(*name)
        key = parameters.get_param(KEY_PARAMETER)
        self.assertEqual(len(key), 64, "made at first use")
        self.assertEqual(self.suppressions._hasher(self.company.id)(*name), first)
        other = self.env["res.company"].create({"name": "Other"})
        hashes = {
            first,
            self.suppressions._hasher(other.id)(*name),
            self.suppressions._hasher(self.company.id)("bluesky", *name[1:]),
            self.suppressions._hasher(self.company.id)("mastodon", "uri", name[2]),
        }
        tag = self.suppressions._key_tag()
        self.patch(config, "options", {**config.options, KEY_OPTION: "of the server"})
        hashes.add(self.suppressions._hasher(self.company.id)(*name))
        self.assertEqual(len(hashes), 5)
        self.assertNotEqual(self.suppressions._key_tag(), tag)

    def test_who_may_see_and_lift(self):
        self.ingest(post(1))
        self.person("ann")._opt_out()
        rows = self.suppressions.search([])
        for groups in ("social_crm.group_user", "social_crm.group_manager"):
            user = self.user(groups, groups)
            with self.assertRaises(AccessError):
                rows.with_user(user).read(["hash"])
            with self.assertRaises(AccessError):
                rows.with_user(user).unlink()
        admin = self.user("admin2", "social_crm.group_admin")
        with self.assertRaises(AccessError):
            rows.with_user(admin).copy()
        with self.assertRaises(AccessError):
            rows.with_user(admin).write({"since": NOW.replace(tzinfo=None)})
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self.user("far", "social_crm.group_admin")
        stranger.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        self.assertFalse(self.suppressions.with_user(stranger).search([]))
        rows[0].with_user(admin).unlink()
        self.assertFalse(self.suppressions.search([]), "all rows of the person")
        self.ingest(self.later(2))
        self.assertEqual(self.mention(2).identity_id, self.person("ann"))
        self.assertEqual(self.person("ann").name, "Ann", "filled again")

    def test_health_notices_another_key(self):
        health = self.env["social.crm.health"].with_user(self.manager)

        def level():
            return {section["key"]: section["level"] for section in health.sections()}

        self.assertNotIn("privacy", level())
        self.ingest(post(1))
        self.person("ann")._opt_out()
        self.assertEqual(level()["privacy"], "ok")
        self.patch(config, "options", {**config.options, KEY_OPTION: "another"})
        self.assertEqual(level()["privacy"], "error")

    # --- erased --------------------------------------------------------------

    def test_posting_again_is_anonymous(self):
        self.ingest(post(1))
        self.person("ann")._erase()
        traces = ["ann@example.social", "users/ann", "@ann/", "u/ann"]
        again = self.later(
            "u/ann/2",
            text="It is me, @ann@example.social, again: @ann",
            place="Zirndorf",
            media=(
                Media("image", "https://example.social/@ann/me.jpg", alt="Me"),
                Media("image", "https://files.example/b.jpg", alt="@ann and a box"),
            ),
        )
        self.assertEqual(len(self.ingest(again)), 1)
        self.assertFalse(self.ingest(again), "known by its hash")
        mention = self.anonymous()
        self.assertEqual(mention.body, "It is me, @erased, again: @erased")
        self.assertFalse(mention.url or mention.place or mention.feed_ids)
        self.assertEqual([item["alt"] for item in mention.media], ["@erased and a box"])
        self.assertFalse(mention.partner_id)
        nobody = mention.identity_id
        self.assertEqual(nobody.uri, NOBODY.uri)
        self.assertFalse(nobody.name or nobody.handle or nobody.url)
        self.assertEqual(nobody.display_name, "Somebody")
        conversation = mention.conversation_id
        self.assertEqual(conversation.state, "done")
        self.assertFalse(conversation.waiting_since or conversation.unread)
        self.assertEqual(self.find_traces(traces), [])
        # Edits and deletions reach it all the same.
        self.ingest(replace(again, text="@ann was here", edited_at=LATER))
        self.assertEqual(mention.body, "@erased was here")
        self.assertEqual(self.find_traces(traces), [])
        self.ingest(replace(again, deleted=True))
        self.assertFalse(mention.body)

    def test_nobody_is_shared_and_is_no_one(self):
        self.ingest(post(1), post(2, by="bob"), post(3, by="cy"))
        (self.person("ann") | self.person("bob"))._erase()
        private = {"visibility": "private"}
        self.ingest(
            self.later(11),
            self.later(12, by="bob"),
            self.later(13, by="bob", **private),
            self.later(14, **private),
            self.later(15, parent_uid="11"),
            self.later(16, by="bob", parent_uid="11"),
        )
        mentions = self.anonymous()
        self.assertEqual(len(mentions.identity_id), 1)
        # As many work items as there would be of people with names.
        self.assertEqual(len(mentions.conversation_id), 5)
        partner = self.env["res.partner"].create({"name": "Ann"})
        nobody = mentions.identity_id
        for act in (
            lambda: nobody._link(partner, "manual"),
            lambda: nobody.write({"partner_id": partner.id}),
            nobody._erase,
            nobody._opt_out,
        ):
            with self.assertRaises(UserError):
                act()
        with self.assertRaises(UserError):
            self.identities.create(
                {
                    "company_id": self.company.id,
                    "network": "mastodon",
                    "uri": author("ann").uri,
                }
            )

    def test_every_way_back(self):
        """A page, history, a look for edits, an item that is tried again."""
        self.activate()
        self.connector.posts = [post(uid, minutes=90 - uid) for uid in range(1, 9)]
        self.feed._fetch()
        self.assertEqual(len(self.mentions.search([])), 8)
        self.person("ann")._erase()
        self.feed.write({"cursor": False, "backfill_state": "waiting"})
        for _page in range(5):
            self.feed.next_fetch_at = NOW.replace(tzinfo=None) - timedelta(days=1)
            self.feed._fetch()
            self.feed.next_fetch_at = NOW.replace(tzinfo=None) + timedelta(days=1)
            self.feed.next_refresh_at = NOW.replace(tzinfo=None) - timedelta(days=1)
            self.feed._fetch()
            self.feed._fetch()
        self.assertIn("backfill", {name for name, *_rest in self.connector.calls})
        self.assertFalse(self.mentions.search([]))
        self.assertFalse(self.person("ann"))
        bad = self.env["social.crm.bad.item"]
        bad._put_aside(
            self.feed,
            (
                BadItem("1", "no date", '{"acct": "ann@example.social"}'),
                BadItem("2", "no date", '{"acct": "bob@example.social"}'),
            ),
        )
        self.assertEqual(bad.search([]).mapped("uid"), ["2"])

    def test_our_answers_stay_away(self):
        self.ingest(post(1, minutes=50))
        own = {"by": "brand", "is_own": True}
        answer = post(2, text="@ann@example.social Dear Ann", minutes=40, **own)
        ours = post(3, text="New kettles, @ann@example.social", minutes=30, **own)
        self.person("ann")._erase()
        self.ingest(answer, ours)
        self.assertFalse(self.mention(2))
        self.assertEqual(self.mention(3).body, "New kettles, @erased")

    # --- opted out -----------------------------------------------------------

    def test_opt_out(self):
        partner = self.env["res.partner"].create({"name": "Ann"})
        lead = self.env["crm.lead"].create({"name": "Lead"})
        profile = author(
            "ann",
            bio="Kettles",
            avatar_url="https://example.social/a.png",
            location="Zirndorf",
            metrics={"followers": 7},
            verified_links=("https://ann.example",),
        )
        self.ingest(post(1, by=profile, minutes=9))
        ann = self.person("ann")
        ann._link(partner, "manual")
        lead.social_identity_ids = ann
        ann.with_user(self.manager).action_opt_out()
        self.env.invalidate_all()
        self.assertEqual(ann.privacy, "opted_out")
        self.assertFalse(ann.partner_id or ann.link_basis or lead.social_identity_ids)
        self.assertFalse(
            ann.name
            or ann.bio
            or ann.avatar_url
            or ann.location
            or ann.verified_links
            or ann.followers_count
        )
        self.assertFalse(self.mention(1).partner_id)
        for act in (
            lambda: ann._link(partner, "stated"),
            lambda: ann.write({"partner_id": partner.id}),
            lambda: lead.write({"social_identity_ids": [(4, ann.id)]}),
        ):
            with self.assertRaises(UserError):
                act()
        ann.with_context(active_test=False)._update_matches()
        self.env["social.crm.match.key"]._match_some()
        self.assertFalse(ann.partner_id or ann.match_ids)
        self.assertIn(ann._link_refusal("manual"), str(ann._social_people()))
        # Not filled again, by whatever way.
        ann.write({"name": "Ann", "author_kind": "customer"})
        self.assertFalse(ann.name)
        self.assertEqual(ann.author_kind, "customer")
        renamed = replace(profile, name="Ann M.", handle="@annm@example.social")
        self.ingest(post(1, by=renamed, text="What I meant", minutes=9, edited_at=NOW))
        self.assertEqual(self.mention(1).body, "What I meant", "their own edit counts")
        self.assertEqual(ann.handle, "@ann@example.social")
        self.assertFalse(ann.name)
        # Not stored before: not stored now.
        self.assertFalse(self.ingest(post(2, by=profile, minutes=8)))
        self.ingest(self.later(3, by=renamed, parent_uid="1"))
        mention = self.anonymous()
        self.assertEqual(mention.identity_id.uri, NOBODY.uri)
        self.assertFalse(ann.name)
        # An answer to what we have by name still finds it.
        uri = self.mention(1).uri
        self.ingest(post(4, by="bob", parent_uri=uri, text="@ann@example.social yes"))
        self.assertEqual(self.mention(4).parent_id, self.mention(1))
        self.assertEqual(self.mention(4).body, "@erased yes")
        ann._erase()
        self.assertFalse(ann.exists())
        self.assertEqual(set(self.suppressions.search([]).mapped("kind")), {"erased"})

    # --- masks in what others say --------------------------------------------

    def test_others_are_masked_before_storing(self):
        self.ingest(post(1))
        self.person("ann")._erase()
        far = author(
            "joe", handle="@joe@other.server", bio="Friend of @ann@example.social"
        )
        self.ingest(
            post(
                2, by="bob", text="@ann @anna ann@example.social Ann", title="To @Ann"
            ),
            post(3, by=far, text="@ann is not @ann@example.social."),
            post(
                4,
                by="bob",
                text="See https://example.social/@ann/1.",
                parent_uri="https://example.social/users/ann/statuses/1",
                media=(Media("link", "https://example.social/@ann/1", title="@ann"),),
            ),
        )
        self.assertEqual(self.mention(2).body, "@erased @anna @erased Ann")
        self.assertEqual(self.mention(2).title, "To @erased")
        self.assertEqual(self.mention(3).body, "@ann is not @erased.")
        self.assertEqual(self.mention(3).identity_id.bio, "Friend of @erased")
        self.assertEqual(self.mention(4).body, "See @erased.")
        self.assertEqual(self.mention(4).media[0]["url"], "")
        self.assertEqual(self.mention(4).media[0]["title"], "@erased")
        self.assertEqual(self.mention(4).conversation_id.preview, "See @erased.")
        self.assertEqual(self.find_traces(["users/ann", "@ann/1"]), [])

    def test_two_networks(self):
        """A handle with its server means the same person everywhere."""
        account = self.env["social.crm.account"].create(
            {"name": "Sky", "network": "bluesky", "company_id": self.company.id}
        )
        sky = self.env["social.crm.feed"].create(
            {"account_id": account.id, "kind": "mentions"}
        )
        self.ingest(post(1))
        self.person("ann")._erase()
        bob = author("bob", handle="@bob.sky.example")
        self.ingest(post(2, by=bob, text="ann@example.social, @ann"), feed=sky)
        self.assertEqual(self.mention(2).body, "@erased, @ann")

    # --- cost ----------------------------------------------------------------

    def test_one_query_more_at_most(self):
        def queries(number, size, **values):
            page = [
                post(
                    f"{number}-{n}",
                    by=f"p{number}-{n}",
                    text=f"@a{n}@b.example, @c https://d.example/{n}/e",
                    **values,
                )
                for n in range(size)
            ]
            self.env["social.crm.suppression"]._networks(self.company.id)
            start = self.env.cr.sql_log_count
            self.ingest(*page, silent=True)
            return self.env.cr.sql_log_count - start

        queries(0, 3)
        before = queries(1, 10)
        self.ingest(post(1))
        self.person("ann")._erase()
        self.env["social.crm.suppression"]._key()
        queries(2, 3)
        self.assertEqual(queries(3, 10), before + 1)
        self.assertEqual(queries(4, 100), before + 1)

    # --- pure functions ------------------------------------------------------

    def test_names(self):
        names = Names(
            ["@ann@example.social", "@ann.bsky.example"],
            ["https://example.social/users/ann", "did:plc:abc"],
        )
        for text, expected in (
            ("@ANN@Example.Social", "@erased"),
            ("(@ann@example.social)", "(@erased)"),
            ("@ann@example.social, .@ann.bsky.example!", "@erased, .@erased!"),
            ("@anna@example.social", None),
            ("@ann@example.social.evil", None),
            ("@ann@other.server", None),
            ("@ann", None),
            ("joann@example.social", None),
            ("ann.bsky.example", "@erased"),
            ("x.ann.bsky.example", None),
            ("http://www.example.social/users/ann/statuses/1?x=1", "@erased"),
            ("https://example.social/users/anna", None),
            ("https://example.social/@ann.", "@erased."),
            ("https://other.server/@ann", None),
            ("https://other.server/@ann@example.social/5", "@erased"),
            ("at://did:plc:abc/app.bsky.feed.post/3k", "@erased"),
            (
                '<a href="https://sky.example/profile/did:plc:abc">',
                '<a href="@erased">',
            ),
            ("did:plc:abcd", None),
            ("", None),
        ):
            self.assertEqual(names.mask(text), text if expected is None else expected)
        self.assertEqual(names.mask("hi @ann", "example.social"), "hi @erased")
        self.assertEqual(names.mask("hi @ann", short=True), "hi @erased")
        self.assertEqual(host_of("@ann@Example.social"), "example.social")
        self.assertEqual(host_of("@ann"), "")
        self.assertEqual(normal_uri("http://www.A.b/c/"), "https://a.b/c")

    def test_long_texts_take_linear_time(self):
        for text in ("@" * 100_000, "a." * 50_000, "a" * 100_000, "https://" * 12_000):
            names_in(text)
            self.assertEqual(mask(text, lambda name: False), text)
        quotes = Quotes()
        quotes.add("word " * 20_000)
        self.assertEqual(quotes.cut("word " * 20_000 + "!"), "[…] !")

    def test_quotes(self):
        quotes = Quotes()
        quotes.add("The blue kettle leaks since Monday and nobody answers")
        quotes.add("Never again, thieves!")
        for text, expected in (
            (
                "She: the BLUE kettle leaks since Monday and nobody answers.",
                "She: […].",
            ),
            ("“kettle leaks since Monday and nobody answers”", None),
            ("leaks since Monday and nobody answers", None),
            (
                "<p>blue kettle <b>leaks</b> since Monday and nobody answers</p>x",
                "<p>[…]<b></b></p>x",
            ),
            ("Never again, thieves!", None),
            ("The blue kettle is fine", None),
        ):
            self.assertEqual(quotes.cut(text), expected or text)
        self.assertEqual(quotes.cut("Well: never again thieves.", True), "Well: […].")
        self.assertEqual(
            quotes.cut("leaks since Monday and nobody answers", True), "[…]"
        )
