"""What customers see in the portal of what is kept, and what they do about it."""

import io
import json
import re
import zipfile
from datetime import datetime, timedelta

from lxml import html

from odoo.exceptions import AccessError, UserError
from odoo.http import Request
from odoo.tests import HttpCase, tagged

from ..connectors.policy import Policy
from ..models import social_crm_identity_portal as portal
from ..models import social_crm_identity_portal_export as portal_export
from ..models.social_crm_identity_export import SHOWN_ELSEWHERE
from .common import NOW, author, post
from .erase_case import EraseCase

HOSTILE = '<img src=x onerror="alert(1)">'
PRIVATE = "My account number is 4471"


class PortalCase(EraseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.user("p_ann", "base.group_portal", name="Ann Portal")
        cls.partner = cls.customer.partner_id
        cls.mentions._ingest(
            cls.feed,
            (
                post(1, text="The kettle is late", minutes=90),
                post(2, text=PRIVATE, visibility="private", minutes=80),
                post(3, by="brand", is_own=True, text="We look", parent_uid="1"),
                post(4, by="bob", text="Words of Bob", minutes=70),
                post(5, by=author("cy", name="Cy Near"), minutes=60),
            ),
        )
        cls.env["social.crm.fact"].create(
            {
                "identity_id": cls.profile("ann").id,
                "kind": "job",
                "value": "Baker of Zirndorf",
                "source": "Fair list",
                "basis": "legitimate_interest",
                "date": "2026-01-02",
            }
        )
        cls.ann = cls.profile("ann")
        cls.ann._link(cls.partner, "stated")

    @classmethod
    def profile(cls, login):
        return cls.env["social.crm.identity"].search([("uri", "=", author(login).uri)])

    def notes(self, partner=None):
        messages = (partner or self.partner).message_ids
        return "\n".join(str(message.body) for message in messages)


@tagged("post_install", "-at_install")
class TestPortalProfiles(PortalCase):
    """Whose profiles they are, and what may be read of them."""

    def own(self, user=None):
        return self.env["social.crm.identity"]._portal_of(user or self.customer)

    def test_only_ones_own(self):
        self.assertEqual(self.own(), self.ann)
        self.profile("bob")._link(self.partner.create({"name": "Bob"}), "stated")
        self.assertEqual(self.own(), self.ann)
        family = self.user("p_cy", "base.group_portal").partner_id
        family.parent_id = self.partner.create({"name": "Firm", "is_company": True})
        self.profile("cy")._link(family.parent_id, "stated")
        self.assertFalse(self.own(family.user_ids), "of the company, not of hers")

    def test_not_for_colleagues(self):
        """Who may link, but not erase, could else do so by linking to himself."""
        agent = self.user("p_agent", "social_crm.group_user,base.group_partner_manager")
        bob = self.profile("bob").with_user(agent)
        bob.partner_id = agent.partner_id
        self.assertEqual(bob.partner_id, agent.partner_id)
        self.assertFalse(self.own(agent))
        self.assertFalse(self.own(self.env.ref("base.public_user")))

    def test_not_for_the_archived(self):
        self.env.cr.execute(
            "UPDATE res_partner SET active = false WHERE id = %s", [self.partner.id]
        )
        self.env.invalidate_all()
        self.assertFalse(self.own())

    def test_company_boundary(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        _account, feed = self._make_feed(other)
        self.mentions._ingest(feed, (post(9),))
        there = self.person("ann", other)
        there._link(self.partner, "stated")
        self.assertEqual(self.own(), self.ann)
        self.customer.company_ids += other
        self.assertEqual(self.own(), self.ann | there)
        names = {card["company"] for card in self.own()._portal_cards()}
        self.assertEqual(names, {self.company.name, "Elsewhere"})

    def test_ours_is_nobodys(self):
        ours = self.profile("brand")
        ours.author_kind = "ours"
        ours._link(self.partner, "manual")
        self.assertEqual(self.own(), self.ann)

    def test_no_access_to_models(self):
        for model in ("social.crm.identity", "social.crm.mention", "social.crm.fact"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.customer).search([])

    def test_card(self):
        self.ann.is_vip = True
        (card,) = self.own()._portal_cards()
        self.assertEqual(
            (card["posts"], card["private"], card["answers"], card["facts"]),
            (2, 1, 1, 1),
        )
        self.assertTrue(card["is_sure"])
        self.assertEqual(card["why"], "You told us that this profile is yours.")
        self.assertTrue(card["linked"] and card["since"])
        self.assertEqual(card["kept"], "24 months")
        page = self.own()._portal_page()
        self.assertEqual([row["text"] for row in page["latest"]][0], PRIVATE)
        self.assertEqual(page["told"][0]["value"], "Baker of Zirndorf")
        self.assertNotIn("VIP", json.dumps(page))

    def test_a_guess_shows_what_is_public(self):
        """The profile may be somebody else's: private words and facts stay closed."""
        self.ann._link(self.partner, "manual")
        page = self.own()._portal_page()
        self.assertFalse(page["is_sure"])
        self.assertEqual(page["private"], 1)
        shown = json.dumps(page)
        self.assertIn("The kettle is late", shown)
        for closed in (PRIVATE, "Zirndorf"):
            self.assertNotIn(closed, shown)
        data, readable = self.archive()
        self.assertIn("The kettle is late", readable)
        for closed in (PRIVATE, "Zirndorf"):
            self.assertNotIn(closed, json.dumps(data) + readable)

    def test_an_address_that_a_customer_can_change_proves_nothing(self):
        """Else she takes the address of another, and reads what that one wrote."""
        self.partner.write(
            {"name": "Dot Winterbottom", "email": "dot.winterbottom@kettle.example"}
        )
        self.ingest(
            post(
                11,
                by=author("dot", name="Dot Winterbottom"),
                kind="message",
                visibility="private",
                text="My order is lost! dot.winterbottom@kettle.example",
            )
        )
        self.match()
        dot = self.profile("dot")
        self.assertEqual(dot.partner_id, self.partner, "as the matcher does")
        self.assertEqual(dot.link_basis, "given")
        page = (self.own() & dot)._portal_page()
        self.assertFalse(page["is_sure"])
        self.assertNotIn("order is lost", json.dumps(page))
        # What a person has checked is another matter.
        dot._link(self.partner, "given")
        self.assertTrue((self.own() & dot)._portal_page()["is_sure"])
        with self.assertRaises(AccessError):
            dot.with_user(self.manager).link_is_proven = True

    def test_permission_does_not_say_to_whom(self):
        """A colleague may choose the wrong contact of somebody who has said yes."""
        policy = Policy(may_link="opt_in", clause="Ask.", source="Terms")
        connector = self.account._connector_class("mastodon")
        self.patch(connector, "policy", policy)
        bob = self.profile("bob")
        bob._record_consent("granted", "mention", evidence="yes")
        bob.partner_id = self.partner
        self.assertEqual(bob.link_basis, "stated")
        (card,) = (self.own() & bob)._portal_cards()
        self.assertFalse(card["is_sure"])
        self.assertIn("One of our colleagues took it for yours", card["why"])
        self.assertEqual(card["consent"]["words"], "")
        bob = self.own() & bob
        self.assertFalse(bob._portal_do("withdraw"), "nor whose it is to take back")
        self.assertTrue(bob._portal_do("withdraw", is_mine=True))

    def test_a_guess_stays_one_when_the_handle_speaks(self):
        typed = self.identities._from_paste("@eve@example.social", self.company)
        typed.write({"partner_id": self.partner.id})
        typed.sudo().write({"link_basis": "stated"})
        self.ingest(post(14, by="eve"))
        self.match()
        eve = self.profile("eve")
        self.assertEqual((eve.partner_id, eve.link_basis), (self.partner, "stated"))
        self.assertFalse(eve.link_is_proven)

    def test_reasons_are_what_both_have(self):
        self.env["social.crm.match"].create(
            {
                "company_id": self.company.id,
                "identity_id": self.ann.id,
                "partner_id": self.partner.id,
                "state": "confirmed",
                "evidence": [
                    ["first_same", 3, ["ann", "ann"]],
                    ["last_same", 3, ["portal", "portal"]],
                    ["city_differs", -2, ["berlin", "ghent"]],
                    ["email_close", 2, ["x@secret.example", "y@example.com"]],
                ],
            }
        )
        (card,) = self.own()._portal_cards()
        self.assertEqual(card["reasons"], ["the same name: Ann Portal"])

    def test_posts_by_key(self):
        self.patch(portal, "POSTS", 3)
        self.ingest(*(post(100 + n, text=f"No. {n}", minutes=5) for n in range(7)))
        seen, before = [], 0
        while True:
            page = self.own()._portal_page(before)
            seen += [row["id"] for row in page["latest"]]
            before = page["older"]
            if not before:
                break
        expected = self.mentions.search([("identity_id", "=", self.ann.id)])
        self.assertEqual(seen, expected.ids)
        self.assertEqual(len(seen), 9)
        other = self.mention(4)
        self.assertFalse(self.own()._portal_page(other.id)["latest"], "Bob's")

    def test_the_same_queries_for_10_and_100(self):
        def queries(work):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            work()
            return self.env.cr.sql_log_count - before

        def make(first, number):
            people = range(first, first + number)
            self.ingest(*(post(f"q{n}", by=f"q{n}") for n in people))
            found = self.identities.search(
                [("uri", "in", [author(f"q{n}").uri for n in people])]
            )
            found._link(self.partner, "stated")

        make(0, 9)
        self.assertEqual(len(self.own()), 10)
        self.own()._portal_cards()
        ten = queries(lambda: self.own()._portal_cards())
        make(9, 90)
        self.assertEqual(len(self.own()), 100)
        self.assertEqual(queries(lambda: self.own()._portal_cards()), ten)

        self.ingest(*(post(1000 + n) for n in range(10)))
        few = queries(lambda: self.ann.sudo()._portal_page())
        self.ingest(*(post(1100 + n) for n in range(100)))
        self.assertEqual(queries(lambda: self.ann.sudo()._portal_page()), few)

    def match(self):
        """Run the matcher to its end, as the cron does."""
        keys = self.env["social.crm.match.key"]
        while keys._index_some() or keys._match_some():
            pass
        self.env.invalidate_all()

    # --- the archive ---------------------------------------------------------

    def archive(self, user=None):
        with self.own(user)._portal_export() as file:
            with zipfile.ZipFile(file) as found:
                data = json.loads(found.read("data.json"))
                return data, found.read("readme.html").decode()

    def test_archive_is_the_persons(self):
        colleague = self.user("p_nosy", "social_crm.group_manager", name="Nosy Nick")
        profile = self.ann.with_user(colleague)
        profile.write({"is_vip": True, "author_kind_manual": "supplier"})
        profile._link(self.partner, "stated")
        profile.message_post(body="Complains a lot")
        self.ann._record_consent("granted", "phone", note="Sounded drunk")
        self.ann.lead_ids = self.env["crm.lead"].create({"name": "Cheap customer"})
        self.env["social.crm.match"].create(
            {
                "company_id": self.company.id,
                "identity_id": self.ann.id,
                "partner_id": self.partner.create({"name": "Carla Other"}).id,
            }
        )
        self.mention(1).sentiment_label = "negative"
        data, readable = self.archive()
        (found,) = data["profiles"]
        self.assertEqual(found["profile"]["contact"], "Ann Portal")
        texts = [row["text"] for row in found["mentions"]]
        self.assertEqual(texts, ["The kettle is late", PRIVATE])
        self.assertEqual(found["our_answers"][0]["text"], "We look")
        kinds = {row["model"] for row in found["more"]}
        self.assertIn("social.crm.fact", kinds)
        everything = json.dumps(data) + readable
        self.assertIn("Baker of Zirndorf", everything)
        for ours in (
            "Nosy Nick",
            "is_vip",
            "Complains",
            "drunk",
            "Cheap customer",
            "Carla Other",
            "negative",
            "Words of Bob",
        ):
            self.assertNotIn(ours, everything)

    def test_each_thing_that_is_kept_was_decided_about(self):
        """New fields and models: is it of the person (shown) or of us (hidden)?"""
        kept = set(self.ann._export_profile())
        self.assertFalse(kept - portal_export.SHOWN - portal_export.HIDDEN)
        models = {
            name
            for name, model in self.env.items()
            if model._auto
            and not model._transient
            and any(
                field.comodel_name == self.ann._name
                and field.type == "many2one"
                and field.store
                for field in model._fields.values()
            )
        }
        decided = portal_export.RELATED.keys() | portal_export.RELATED_HIDDEN
        self.assertFalse(models - decided - SHOWN_ELSEWHERE)

    # --- deeds ---------------------------------------------------------------

    def do(self, deed, **values):
        own = self.own().with_user(self.customer).sudo()
        return own._portal_do(deed, **values)

    def test_not_me_lasts(self):
        self.assertTrue(self.do("not_me"))
        self.assertFalse(self.ann.partner_id)
        self.assertFalse(self.mention(1).partner_id)
        note = self.notes()
        self.assertIn("Done by the customer in the portal.", note)
        self.assertIn("@ann@example.social", note)
        newest = self.partner.message_ids.sorted("id")[-1]
        self.assertEqual(newest.author_id, self.partner)
        self.assertIn("this profile is not mine", self.notes(self.ann))
        (row,) = self.ann.match_ids
        self.assertEqual((row.state, row.by_person), ("rejected", True))
        # Something new speaks for it: still not.
        self.partner.write({"name": "Ann", "email": "ann@new.example"})
        self.ingest(
            post(
                12,
                kind="message",
                visibility="private",
                text="I am ann@new.example, where is it?",
            )
        )
        self.match()
        self.assertFalse(self.ann.partner_id)
        self.assertEqual(row.state, "rejected")
        row.write({"state": "suggested"})
        self.assertEqual(row.state, "rejected", "by no button either")
        user = self.user("p_linker", "social_crm.group_user,base.group_partner_manager")
        with self.assertRaisesRegex(UserError, "said in the portal"):
            self.ann.with_user(user).partner_id = self.partner
        # It was a mistake, she says on the phone.
        self.manager.group_ids += self.env.ref("base.group_partner_manager")
        self.ann.with_user(self.manager).partner_id = self.partner
        self.assertEqual(self.ann.partner_id, self.partner)
        self.assertEqual((row.state, row.by_person), ("confirmed", False))

    def test_not_me_is_no_trace(self):
        """The line on her contact names a profile that another may have erased."""
        self.assertTrue(self.do("not_me"))
        self.ann.with_user(self.manager)._erase()
        self.run_cron()
        self.assertFalse(self.find_traces(("ann@example", "@ann")))

    def test_not_me_survives_a_merge(self):
        self.assertTrue(self.do("not_me"))
        twin = self.partner.create({"name": "Ann Portal"})
        self.env["social.crm.match"].create(
            {
                "company_id": self.company.id,
                "identity_id": self.ann.id,
                "partner_id": twin.id,
                "state": "rejected",
            }
        )
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.partner | twin).ids, self.partner)
        (row,) = self.ann.match_ids
        self.assertTrue(row.by_person)

    def test_not_me_of_a_typed_profile(self):
        """The handle speaks for the first time after she said that it is not hers."""
        typed = self.identities._from_paste("@eve@example.social", self.company)
        typed._link(self.partner, "stated")
        self.ann._unlink_partner()
        self.assertTrue(self.do("not_me"))
        self.ingest(post(13, by="eve"))
        self.match()
        eve = self.profile("eve")
        self.assertFalse(typed.exists())
        self.assertTrue(eve.match_ids.by_person)

    def test_opt_out(self):
        self.assertTrue(self.do("opt_out"))
        self.assertEqual(self.ann.privacy, "opted_out")
        self.assertFalse(self.ann.partner_id or self.ann.name or self.ann.fact_ids)
        self.assertIn("Done by the customer in the portal.", self.notes())
        self.assertNotIn("@ann", self.notes())
        rows = self.suppressions.search([])
        self.assertEqual(set(rows.mapped("source")), {"By the person, in the portal"})
        # The list names nobody: neither does who entered it.
        root = self.env.ref("base.user_root")
        self.assertEqual(rows.user_id | rows.create_uid | rows.write_uid, root)
        self.assertFalse(self.own())

    def test_erase(self):
        self.assertTrue(self.do("erase"))
        self.run_cron()
        self.assertFalse(self.ann.exists())
        self.assertFalse(self.mention(1))
        (rows,) = (self.suppressions.search([]),)
        self.assertEqual(rows.user_id, self.env.ref("base.user_root"))
        notes = self.notes()
        self.assertIn("erased on request. Done by the customer in the portal.", notes)
        self.assertFalse(
            self.find_traces(
                ("kettle is late", "account number is", "Zirndorf", "ann@example")
            )
        )
        later = NOW + timedelta(hours=1)
        self.ingest(post(20, text="Me again", published_at=later))
        again = self.mentions.search([("body", "=", "Me again")])
        self.assertEqual(again.identity_id.display_name, "Somebody")
        self.assertFalse(again.partner_id)
        self.assertFalse(self.own())

    def test_a_guess_must_be_claimed(self):
        """Nobody erases a stranger because a colleague has linked the wrong one."""
        self.ann._link(self.partner, "manual")
        for deed in ("opt_out", "erase"):
            self.assertFalse(self.do(deed))
            self.assertEqual(self.ann.partner_id, self.partner)
        self.assertTrue(self.do("erase", is_mine=True))

    def test_withdraw(self):
        self.assertFalse(self.do("withdraw"), "there was no permission")
        self.assertEqual(self.ann.partner_id, self.partner)
        self.ann._record_consent("granted", "mention", evidence="YES")
        (card,) = self.own()._portal_cards()
        self.assertEqual(card["consent"]["words"], "YES")
        self.assertTrue(self.do("withdraw"))
        self.assertEqual(self.ann.consent_state, "withdrawn")
        self.assertEqual(self.ann.consent_ids.source, "portal")
        self.assertFalse(self.ann.partner_id)
        self.assertIn("Done by the customer in the portal.", self.notes())
        user = self.user("p_linker", "social_crm.group_user,base.group_partner_manager")
        with self.assertRaises(UserError):
            self.ann.with_user(user).partner_id = self.partner

    def test_notes_are_in_the_company_s_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.partner.lang = "fr_FR"
        self.assertTrue(self.do("opt_out"))
        self.assertIn("in the portal", self.notes())


@tagged("post_install", "-at_install")
class TestPortalPages(PortalCase, HttpCase):
    """The pages over HTTP, as browsers and attackers ask for them."""

    def get(self, path="", login="p_ann", **values):
        if login:
            self.authenticate(login, login)
        return self.url_open(f"/my/social{path}", allow_redirects=False, **values)

    def post(self, path, login="p_ann", token=True, **data):
        if login:
            self.authenticate(login, login)
        if token:
            data["csrf_token"] = Request.csrf_token(self)
        return self.url_open(f"/my/social{path}", data=data, allow_redirects=False)

    def assert_untouched(self):
        self.env.invalidate_all()
        self.assertEqual(self.ann.partner_id, self.partner)
        self.assertFalse(self.ann.privacy)
        self.assertTrue(self.profile("bob").exists().active)
        self.assertFalse(self.suppressions.search([]))

    def test_pages(self):
        page = self.get()
        self.assertEqual(page.status_code, 200)
        self.assertIn("You told us that this profile is yours.", page.text)
        self.assertIn("no-store", page.headers["Cache-Control"])
        self.assertEqual(page.headers["X-Frame-Options"], "SAMEORIGIN")
        page = self.get(f"/{self.ann.id}")
        for shown in ("The kettle is late", PRIVATE, "Baker of Zirndorf"):
            self.assertIn(shown, page.text)
        self.assertNotIn("Words of Bob", page.text)
        self.assertIn("/my/social", self.url_open("/my").text)
        for deed in ("not-me", "do-not-watch", "erase"):
            page = self.get(f"/{self.ann.id}/{deed}")
            self.assertIn("What happens", page.text)
            form = html.fromstring(page.text).xpath("//main//form[@method='post']")
            self.assertTrue(form[-1].xpath(".//input[@name='csrf_token']/@value")[0])
        self.assert_untouched()

    def test_nothing_is_kept(self):
        self.ann._unlink_partner()
        page = self.get()
        self.assertIn("No social profile is connected", page.text)
        answer = self.post("/download")
        self.assertEqual(answer.status_code, 303)

    def test_other_people_s_ids(self):
        bob = self.profile("bob")
        bob._link(self.partner.create({"name": "Bob"}), "stated")
        other = self.env["res.company"].create({"name": "Elsewhere"})
        _account, feed = self._make_feed(other)
        self.mentions._ingest(feed, (post(9),))
        there = self.person("ann", other)
        there._link(self.partner, "stated")
        forged = (bob.id, there.id, self.ann.id + 10**6, 2**31, "9" * 5000, "-1", "٣")
        for number in (*forged, "0", "None"):
            for deed in ("", "/erase", "/not-me", "/do-not-watch", "/withdraw"):
                answer = self.get(f"/{number}{deed}", login=None if deed else "p_ann")
                self.assertEqual(answer.status_code, 404, (str(number)[:20], deed))
                self.assertNotIn("Words of Bob", answer.text)
            for deed in ("/erase", "/not-me", "/do-not-watch", "/download"):
                answer = self.post(f"/{number}{deed}", login=None, mine="yes")
                self.assertEqual(answer.status_code, 303, (str(number)[:20], deed))
                self.assertTrue(answer.headers["Location"].endswith("/my/social"))
        self.assertTrue(there.partner_id and bob.partner_id)
        self.assert_untouched()

    def test_posts_of_others_by_forged_keys(self):
        answer = self.get(f"/{self.ann.id}?before={self.mention(4).id}")
        self.assertEqual(answer.status_code, 303)
        for before in ("x", "9" * 5000, "-1", "1;select"):
            answer = self.get(f"/{self.ann.id}?before={before}")
            self.assertIn(answer.status_code, (200, 303))
            self.assertNotIn("Words of Bob", answer.text)
        for page in ("9" * 5000, "0", "x", "٣", "-2"):
            self.assertEqual(self.get(f"/page/{page}").status_code, 200)

    def test_who_may_not(self):
        path = f"/{self.ann.id}/erase"
        answer = self.get(login=None)
        self.assertIn("/web/login", answer.headers["Location"])
        answer = self.post(path, login=None, token=False, mine="yes")
        self.assertIn("/web/login", answer.headers["Location"])
        self.user("p_boss", "social_crm.group_admin", password="p_boss")
        for login in ("p_boss", "boss"):
            self.assertEqual(self.get(login=login).status_code, 404)
            self.assertEqual(self.get(path, login=login).status_code, 404)
            self.post(path, login=login, mine="yes")
            self.post(f"/{self.ann.id}/download", login=login)
            self.assertNotIn("/my/social", self.url_open("/my").text)
        self.assert_untouched()

    def test_without_a_token(self):
        for deed in ("erase", "not-me", "do-not-watch", "download"):
            answer = self.post(f"/{self.ann.id}/{deed}", token=False, mine="yes")
            self.assertEqual(answer.status_code, 400)
            answer = self.url_open(
                f"/my/social/{self.ann.id}/{deed}",
                data={"csrf_token": "0" * 40 + "o9999999999"},
                allow_redirects=False,
            )
            self.assertEqual(answer.status_code, 400)
        self.assert_untouched()

    def test_get_does_nothing(self):
        for deed in ("erase", "not-me", "do-not-watch"):
            self.get(f"/{self.ann.id}/{deed}?mine=yes&csrf_token=x")
        answer = self.get(f"/{self.ann.id}/download")
        self.assertEqual(answer.status_code, 303)
        self.assert_untouched()

    def test_hostile_names(self):
        evil = author(
            "ann",
            handle=f"@{HOSTILE}@example.social",
            name=HOSTILE,
            bio=f"</dd><script>alert(1)</script>{HOSTILE}",
            location=HOSTILE,
        )
        bad = "javascript:alert(1)"
        self.ingest(post(30, by=evil, text=HOSTILE, title=HOSTILE))
        self.ann.write({"url": bad})
        self.mention(30).write({"url": bad})
        self.env.cr.execute("UPDATE social_crm_fact SET source_url = %s", [bad])
        self.env["social.crm.fact"].create(
            {
                "identity_id": self.ann.id,
                "kind": "other",
                "value": HOSTILE,
                "source": HOSTILE,
                "basis": "public",
                "date": "2026-01-02",
            }
        )
        self.env.flush_all()
        for path in ("", f"/{self.ann.id}", f"/{self.ann.id}/erase"):
            text = self.get(path).text
            self.assertIn("&lt;img", text)
            self.assertNotIn("<img src=x", text)
            self.assertNotIn("javascript:alert", text)
            self.assertFalse(html.fromstring(text).xpath("//main//*[@onerror]"))
        self.post(f"/{self.ann.id}/not-me")
        self.env.invalidate_all()
        self.assertNotIn("<img", self.notes())

    def test_download(self):
        answer = self.post(f"/{self.ann.id}/download")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers["Content-Type"], "application/zip")
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            self.assertEqual(archive.namelist(), ["data.json", "readme.html"])
            data = json.loads(archive.read("data.json"))
        self.assertEqual(data["profiles"][0]["profile"]["uri"], author("ann").uri)
        self.assertIn("was downloaded. Done by the customer", self.notes())
        with zipfile.ZipFile(io.BytesIO(self.post("/download").content)) as archive:
            self.assertEqual(json.loads(archive.read("data.json")).keys(), data.keys())

    def test_erase_and_press_again(self):
        path = f"/{self.ann.id}/erase"
        answer = self.post(path)
        self.assertEqual(answer.status_code, 303)
        page = self.url_open("/my/social")
        self.assertIn("Erased. Nothing of the profile", page.text)
        self.assertIn("No social profile is connected", page.text)
        self.assertNotIn("Erased. Nothing", self.url_open("/my/social").text)
        answer = self.post(path)
        self.assertEqual(answer.status_code, 303, "pressed twice")
        self.assertEqual(self.get(f"/{self.ann.id}").status_code, 404)

    def test_a_guess_asks_whose_it_is(self):
        self.ann._link(self.partner, "manual")
        path = f"/{self.ann.id}/erase"
        self.assertIn('name="mine"', self.get(path).text)
        answer = self.post(path)
        self.assertTrue(answer.headers["Location"].endswith(path))
        self.assert_untouched()
        self.post(path, mine="yes")
        self.env.invalidate_all()
        self.assertFalse(self.ann.exists().active)

    def test_many_profiles_are_paged(self):
        self.ingest(*(post(f"m{n}", by=f"m{n}") for n in range(12)))
        uris = [author(f"m{n}").uri for n in range(12)]
        self.identities.search([("uri", "in", uris)])._link(self.partner, "stated")
        first, second = (
            set(re.findall(r'data-profile="(\d+)"', self.get(path).text))
            for path in ("", "/page/2")
        )
        self.assertEqual((len(first), len(second)), (10, 3))
        self.assertFalse(first & second)

    def test_dates_are_days(self):
        self.ann.link_date = datetime(2026, 3, 1, 23, 30)
        self.customer.tz = "Asia/Tokyo"
        self.env.flush_all()
        self.assertIn("03/02/2026", self.get().text)


@tagged("post_install", "-at_install")
class TestPortalTour(PortalCase, HttpCase):
    """The customer's own page in Chromium: moment 5."""

    def test_erase_and_post_again(self):
        bob = self.profile("bob")
        bob._link(self.partner, "manual")
        self.start_tour("/my/home", "social_crm_portal_page", login="p_ann")
        self.env.invalidate_all()
        self.assertFalse(bob.partner_id)
        self.assertTrue(bob.match_ids.by_person)
        self.assertTrue(self.mention(4))
        self.run_cron()
        self.assertFalse(self.ann.exists())
        later = NOW + timedelta(hours=1)
        self.ingest(post(50, text="A new kettle, from @ann", published_at=later))
        again = self.mentions.search([("body", "like", "A new kettle, from")])
        self.assertEqual(again.body, "A new kettle, from @erased")
        self.assertEqual(again.identity_id.display_name, "Somebody")
        self.assertFalse(again.partner_id or again.url)
        self.start_tour("/my/social", "social_crm_portal_again", login="p_ann")
        self.user("p_colleague", "social_crm.group_user,base.group_partner_manager")
        self.start_tour(
            f"/odoo/contacts/{self.partner.id}",
            "social_crm_portal_colleague",
            login="p_colleague",
        )
