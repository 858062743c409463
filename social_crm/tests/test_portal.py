"""What a customer sees of herself in the portal, and what becomes of what she asks."""

import io
import json
import zipfile
from datetime import timedelta

from odoo.fields import Command
from odoo.http import Request
from odoo.tests import HttpCase, tagged

from .common import NOW, SocialCase, author, post

PAGE = "/my/social"
EVIL = "<script>alert(1)</script>"


class PortalCase(HttpCase, SocialCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        portal = "base.group_portal"
        cls.user_ann = cls.user("portal_ann", portal, name="Ann Portal")
        cls.user_bob = cls.user("portal_bob", portal, name="Bob Portal")
        cls.ann, cls.bob = cls.user_ann.partner_id, cls.user_bob.partner_id
        cls.identities = cls.env["social.crm.identity"]

    def setUp(self):
        super().setUp()
        self.ingest(
            post(1, text="My pump leaks"),
            post(2, text=f"Still leaks {EVIL}"),
            post(3, by="bob", text="Bob has a secret"),
        )
        self.hers, self.his = self.person("ann"), self.person("bob")
        self.hers._link(self.ann, "stated")
        self.his._link(self.bob, "manual")

    def person(self, login):
        return self.identities.search([("uri", "=", author(login).uri)])

    def get(self, path="", status=200):
        answer = self.url_open(PAGE + path, allow_redirects=False)
        self.assertEqual(answer.status_code, status, path)
        return answer.text

    def send(self, path, status=303, **values):
        values.setdefault("csrf_token", Request.csrf_token(self))
        answer = self.url_open(PAGE + path, data=values, allow_redirects=False)
        self.env.invalidate_all()
        self.assertEqual(answer.status_code, status, path)
        return answer


@tagged("post_install", "-at_install")
class TestPortal(PortalCase):
    def test_she_sees_her_own(self):
        self.authenticate("portal_ann", "portal_ann")
        page = self.get()
        self.assertIn("@ann@example.social", page)
        self.assertIn("You told us that this profile is yours.", page)
        self.assertIn("24 months", page)
        self.assertNotIn("bob@example.social", page)
        posts = self.get(f"/{self.hers.id}/posts")
        self.assertIn("My pump leaks", posts)
        self.assertNotIn(EVIL, posts)
        self.assertIn("&lt;script&gt;", posts)
        self.assertNotIn("secret", posts)

    def test_what_others_told(self):
        self.env["social.crm.fact"].create(
            {
                "identity_id": self.hers.id,
                "kind": "company",
                "value": f"Kettles {EVIL}",
                "source": "A fair",
                "basis": "consent",
                "date": "2026-01-02",
            }
        )
        self.authenticate("portal_ann", "portal_ann")
        page = self.get()
        self.assertIn("Kettles &lt;script&gt;", page)
        self.assertIn("(A fair, 2026-01-02)", page)

    def test_what_the_profile_says_is_text(self):
        self.hers.write({"bio": EVIL, "location": f'"{EVIL}', "name": EVIL})
        self.hers.write({"url": "javascript:alert(1)"})
        self.authenticate("portal_ann", "portal_ann")
        for path in ("", *(f"/{self.hers.id}/{deed}" for deed in ("unlink", "erase"))):
            page = self.get(path)
            self.assertNotIn(EVIL, page)
            self.assertNotIn("javascript:", page)

    def test_nothing_kept(self):
        self.hers._unlink_partner()
        self.authenticate("portal_ann", "portal_ann")
        self.assertIn("No profile of a social network is on your record", self.get())

    def test_card_on_the_first_page(self):
        self.authenticate("portal_ann", "portal_ann")
        self.assertIn(PAGE, self.url_open("/my/home").text)
        counters = self.url_open(
            "/my/counters", json={"params": {"counters": ["social_profile_count"]}}
        ).json()["result"]
        self.assertEqual(counters["social_profile_count"], 1)

    def test_strangers_see_nothing(self):
        paths = [f"/{self.hers.id}/{what}" for what in ("posts", "download", "erase")]
        for path in ("", *paths):
            self.get(path, 303)  # to the login
        self.authenticate("portal_bob", "portal_bob")
        for number in (self.hers.id, 0, 2**31, 10**30, "x", "-1", f"{self.his.id}x"):
            for what in ("posts", "download", "unlink", "leave", "erase"):
                self.get(f"/{number}/{what}", 404)
                if what not in ("posts", "download"):
                    self.send(f"/{number}/{what}", 404)
        self.get(f"/{self.his.id}/withdraw", 404)
        self.get(f"/{self.his.id}/write", 404)
        self.assertEqual(self.hers.partner_id, self.ann)
        self.assertTrue(self.mention(1))

    def test_of_the_company_she_is_not(self):
        """What a colleague of hers wrote is not hers to erase."""
        self.user_bob.partner_id.parent_id = self.ann
        self.authenticate("portal_ann", "portal_ann")
        self.assertNotIn("bob@example.social", self.get())
        self.get(f"/{self.his.id}/erase", 404)

    def test_a_look_does_nothing(self):
        self.authenticate("portal_ann", "portal_ann")
        for deed in ("unlink", "leave", "erase"):
            self.get(f"/{self.hers.id}/{deed}")
            self.send(f"/{self.hers.id}/{deed}", 400, csrf_token="forged")
        self.assertEqual(self.hers.partner_id, self.ann)
        self.assertFalse(self.hers.privacy)

    def test_not_me(self):
        self.authenticate("portal_ann", "portal_ann")
        self.send(f"/{self.hers.id}/unlink")
        self.assertFalse(self.hers.partner_id)
        self.assertTrue(self.mention(1), "somebody else's")
        rejected = self.hers.match_ids.filtered(lambda row: row.state == "rejected")
        self.assertEqual(rejected.partner_id, self.ann)
        keys = self.env["social.crm.match.key"]
        while keys._index_some() or keys._match_some():
            pass
        self.assertFalse(
            self.hers.match_ids.filtered(lambda row: row.state != "rejected")
        )
        self.assertIn("no longer on your record", self.get())
        self.assertNotIn("no longer on your record", self.get())
        self.get(f"/{self.hers.id}/erase", 404)

    def test_leave(self):
        self.authenticate("portal_ann", "portal_ann")
        self.send(f"/{self.hers.id}/leave")
        self.assertEqual(self.hers.privacy, "opted_out")
        self.assertFalse(self.hers.partner_id)
        self.assertFalse(self.hers.bio)
        rows = self.env["social.crm.suppression"].search([])
        self.assertTrue(rows)
        self.assertNotIn("Ann", str(rows.mapped(lambda row: row.user_id.name)))

    def test_erase_and_post_again(self):
        self.authenticate("portal_ann", "portal_ann")
        number = self.hers.id
        self.send(f"/{number}/erase")
        self.env["social.crm.identity"]._cron_erase()
        self.assertFalse(self.hers.exists())
        self.assertFalse(self.mention(1))
        self.assertTrue(self.mention(3), "Bob's stay")
        self.assertTrue(self.ann.exists())
        log = self.ann.message_ids.mapped("body")
        self.assertIn("erased a profile in the portal", str(log))
        self.assertNotIn("example.social", str(log))
        page = self.get()
        self.assertIn("deleted, and does not come back", page)
        self.assertNotIn("@ann@", page)
        self.get(f"/{number}/posts", 404)
        self.ingest(post(9, published_at=NOW + timedelta(hours=1), text="Pumps again"))
        self.assertFalse(self.person("ann"))
        self.assertFalse(self.mention(9))
        said = self.mentions.search([("body", "=", "Pumps again")])
        self.assertTrue(said.identity_id.is_nobody)
        self.assertFalse(said.partner_id)

    def test_withdraw(self):
        self.authenticate("portal_ann", "portal_ann")
        self.get(f"/{self.hers.id}/withdraw", 404)
        self.hers._record_consent("granted", "mail")
        self.assertIn("You gave permission", self.get())
        self.send(f"/{self.hers.id}/withdraw")
        self.assertEqual(self.hers.consent_state, "withdrawn")
        self.assertFalse(self.hers.partner_id)
        self.assertEqual(self.hers.consent_ids[:1].source, "portal")

    def test_download_names_nobody_else(self):
        boss = self.user("portal_boss", "social_crm.group_manager", name="Boss Secret")
        self.hers.sudo().link_user_id = boss
        lead = self.env["crm.lead"].create({"name": "Difficult customer"})
        lead.sudo().social_identity_ids = [Command.link(self.hers.id)]
        rival = self.env["res.partner"].create({"name": "Ann Rival"})
        self.env["social.crm.match"].create(
            {
                "company_id": self.company.id,
                "identity_id": self.hers.id,
                "partner_id": rival.id,
                "state": "rejected",
                "decision": "possible",
            }
        )
        self.authenticate("portal_ann", "portal_ann")
        answer = self.url_open(f"{PAGE}/{self.hers.id}/download")
        self.assertEqual(answer.headers["Content-Type"], "application/zip")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            texts = [archive.read(name).decode() for name in archive.namelist()]
            data = json.loads(archive.read("data.json"))
        self.assertEqual(
            [row["text"] for row in data["profiles"][0]["mentions"]][:1],
            ["My pump leaks"],
        )
        for text in texts:
            for name in ("Boss Secret", "Difficult customer", "Rival", "secret"):
                self.assertNotIn(name, text)

    def test_posts_page_by_page(self):
        self.ingest(*(post(100 + number) for number in range(45)))
        self.authenticate("portal_ann", "portal_ann")
        path, seen = f"/{self.hers.id}/posts", []
        while path:
            page = self.get(path)
            found = page.split("Text of ")[1:]
            seen += [int(text.split("<")[0]) for text in found]
            older = page.partition("Older ones")[0].rpartition('href="/my/social')[2]
            path = (
                older.partition('"')[0].replace("&amp;", "&")
                if "Older ones" in page
                else ""
            )
        self.assertEqual(seen, sorted(range(100, 145), reverse=True))
        for junk in (
            "before=x",
            "before=9999&last=x",
            "before=2020-01-01T00:00&last=-1",
        ):
            self.get(f"/{self.hers.id}/posts?{junk}")

    def test_cost_does_not_grow(self):
        def cost(count):
            people = [author(f"many{count}x{number}") for number in range(count)]
            self.ingest(
                *(
                    post(f"m{count}x{n}", by=by, minutes=n)
                    for n, by in enumerate(people)
                )
            )
            self.identities.search([("uri", "in", [by.uri for by in people])])._link(
                self.ann, "stated"
            )
            own = self.ann._social_own_profiles()
            own._portal_cards()
            self.env.invalidate_all()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            cards = self.ann._social_own_profiles()._portal_cards()
            return len(cards), self.env.cr.sql_log_count - before

        few, many = cost(10), cost(100)
        self.assertEqual((few[0], many[0]), (11, 111))
        self.assertLessEqual(many[1], few[1] + 2)

    def test_others_log_in_too(self):
        """A colleague has a contact of her own; the page shows that, no more."""
        self.user("portal_agent", "social_crm.group_user")
        self.authenticate("portal_agent", "portal_agent")
        self.assertNotIn("example.social", self.get())
        self.get(f"/{self.hers.id}/posts", 404)


@tagged("post_install", "-at_install")
class TestPortalTour(PortalCase):
    def test_tour(self):
        """She looks, downloads, says no to one profile, erases another, posts again."""
        self.his._unlink_partner()
        self.his._link(self.ann, "manual")
        self.start_tour("/my/home", "social_crm_my_social", login="portal_ann")
        self.env.invalidate_all()
        self.assertFalse(self.his.partner_id)
        self.assertTrue(self.mention(3))
        self.assertFalse(self.hers.exists())
        self.ingest(post(9, published_at=NOW + timedelta(hours=1), text="Pumps again"))
        said = self.mentions.search([("body", "=", "Pumps again")])
        self.assertEqual((len(said), said.identity_id.is_nobody), (1, True))
        self.assertFalse(said.partner_id)
