"""What a person gets who asks what we keep, and core's search for a person."""

import io
import json
import zipfile

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from ..models import social_crm_identity_export as export
from .common import NOW, author, post
from .erase_case import EraseCase


@tagged("post_install", "-at_install")
class TestExport(EraseCase):
    def archive(self, identities, user=None):
        identities = identities.with_user(user or self.manager)
        with identities._export() as file, zipfile.ZipFile(file) as archive:
            self.assertEqual(archive.namelist(), ["data.json", "readme.html"])
            data = json.loads(archive.read("data.json"))
            return data, archive.read("readme.html").decode()

    def test_everything_is_in_it(self):
        partner = self.env["res.partner"].create({"name": "Ann Miller"})
        self.ingest(post(1, by=author("ann", handle="@old@example.social"), minutes=9))
        evil = author("ann", name="<script>alert(1)</script>", bio="<b>Kettles</b>")
        self.ingest(post(2, by=evil, text="<i>first</i>", minutes=8))
        self.ingest(post(2, by=evil, text="<i>second</i>", edited_at=NOW, minutes=8))
        self.ingest(
            post(3, by="brand", is_own=True, text="We answer", parent_uid="2"),
            post(4, by="bob", text="Words of Bob"),
            post(5, by=evil, visibility="private", text="In private", minutes=7),
        )
        ann = self.person("ann")
        ann._link(partner, "stated")
        self.patch(export, "BATCH", 1)
        before = self.env["ir.attachment"].search_count([])
        data, page = self.archive(ann)
        self.assertEqual(self.env["ir.attachment"].search_count([]), before)
        (profile,) = data["profiles"]
        facts = profile["profile"]
        self.assertEqual(facts["uri"], author("ann").uri)
        self.assertEqual(facts["bio"], "<b>Kettles</b>")
        self.assertEqual(facts["contact"], "Ann Miller")
        self.assertEqual(facts["link_basis"], "stated")
        self.assertTrue(facts["link_date"] and facts["linked_by"])
        self.assertEqual(facts["earlier_handles"][0]["handle"], "@old@example.social")
        self.assertEqual(
            [row["text"] for row in profile["mentions"]],
            ["Text of 1", "<i>second</i>", "In private"],
        )
        versions = profile["mentions"][1]["earlier_texts"]
        self.assertEqual(versions[0]["text"], "<i>first</i>")
        self.assertEqual([row["text"] for row in profile["our_answers"]], ["We answer"])
        self.assertEqual(len(profile["conversations"]), 3)
        self.assertNotIn("Words of Bob", json.dumps(data) + page)
        for hostile in ("<script>", "<b>Kettles", "<i>"):
            self.assertNotIn(hostile, page)
        self.assertIn("&lt;i&gt;first&lt;/i&gt;", page)
        self.assertIn("Ann Miller", page)

    def test_core_s_export_of_a_list(self):
        self.ingest(post(1))
        self.manager.group_ids += self.env.ref("base.group_allow_export")
        rows = self.person("ann").with_user(self.manager).export_data(["name", "uri"])
        self.assertEqual([*rows["datas"]], [["Ann", author("ann").uri]])

    def test_related_records_come_with_it(self):
        """Whatever model points to the profile is part of what we keep."""
        self.ingest(post(1))
        ann = self.person("ann")
        kept = dict(ann._export_related())
        self.assertNotIn("social.crm.mention", kept)
        model = self.env["social.crm.identity.handle"]
        self.patch(
            export, "SHOWN_ELSEWHERE", set(export.SHOWN_ELSEWHERE) - {model._name}
        )
        model.create(
            {
                "identity_id": ann.id,
                "company_id": self.company.id,
                "network": "mastodon",
                "handle": "@before@example.social",
            }
        )
        data, page = self.archive(ann)
        found = [
            row for row in data["profiles"][0]["more"] if row["model"] == model._name
        ]
        self.assertEqual(found[0]["handle"], "@before@example.social")
        self.assertIn("Earlier Handle", page)

    def test_of_a_contact(self):
        partner = self.env["res.partner"].create({"name": "Ann"})
        action = partner.with_user(self.manager).action_social_export()
        self.assertEqual(action["tag"], "display_notification")
        self.ingest(post(1), post(2, by="bob"), post(3, by="cy"))
        profiles = self.person("ann") | self.person("bob")
        profiles._link(partner, "manual")
        action = partner.with_user(self.manager).action_social_export()
        ids = action["url"].rpartition("/")[2].split(",")
        self.assertEqual(set(map(int, ids)), set(profiles.ids))
        with self.assertRaises(AccessError):
            user = self.user(
                "agent", "social_crm.group_user,base.group_partner_manager"
            )
            partner.with_user(user).action_social_export()

    # --- core's privacy lookup -----------------------------------------------

    def lookup(self, name, email):
        wizard = self.env["privacy.lookup.wizard"].create(
            {"name": name, "email": email}
        )
        wizard.action_lookup()
        return wizard, {(line.res_model, line.res_id) for line in wizard.line_ids}

    def test_privacy_lookup(self):
        email = "ann_m@example.com"
        partner = self.env["res.partner"].create({"name": "Ann M", "email": email})
        self.ingest(
            post(1),
            post(2, by=author("zed", bio="Write to ANN_M@example.com")),
            post(3, by=author("joe", bio="Write to annxm@example.com")),
            post(4, by="bob"),
        )
        ann, zed = self.person("ann"), self.person("zed")
        ann._link(partner, "manual")
        # As it is while many mentions follow in the background.
        self.env.cr.execute("UPDATE social_crm_mention SET partner_id = NULL")
        self.env.invalidate_all()
        wizard, found = self.lookup("Ann M", email)
        for identity in (ann, zed):
            self.assertIn((identity._name, identity.id), found)
        for uid in (1, 2):
            mention = self.mention(uid)
            self.assertIn((mention._name, mention.id), found)
            conversation = mention.conversation_id
            self.assertIn((conversation._name, conversation.id), found)
        social = [pair for pair in found if pair[0].startswith("social.crm.")]
        self.assertEqual(len(social), 6)
        lines = [line for line in wizard.line_ids if line.res_model in dict(social)]
        self.assertEqual(len(lines), 6, "each of them once")

        wizard.line_ids.filtered(
            lambda line: line.res_model == ann._name and line.res_id == ann.id
        ).action_unlink()
        self.assertFalse(ann.exists())
        self.assertTrue(zed.exists())
        self.assertFalse(self.ingest(post(1, minutes=9)), "it was erased")
        gone = wizard.line_ids.filtered("is_unlinked")
        self.assertEqual(len(gone), 3, "what went with it")
        self.assertFalse(any("ann" in (line.res_name or "") for line in gone))
        wizard.line_ids.filtered(
            lambda line: line.res_model in dict(social)
        ).action_unlink_all()
        self.assertFalse(zed.exists())
        self.assertTrue(wizard.log_id)

    def test_privacy_lookup_leaves_us(self):
        self.ingest(post(1, by=author("brand", bio="us@example.com"), is_own=True))
        wizard, _found = self.lookup("Us", "us@example.com")
        line = wizard.line_ids.filtered(
            lambda row: row.res_model == "social.crm.identity"
        )
        self.assertEqual(line.res_id, self.person("brand").id)
        with self.assertRaises(UserError):
            line.action_unlink()


@tagged("post_install", "-at_install")
class TestExportDownload(HttpCase):
    def test_download(self):
        identity = self.env["social.crm.identity"].create(
            {
                "company_id": self.env.company.id,
                "network": "mastodon",
                "uri": "https://example.social/users/ann",
                "name": "Ann",
            }
        )
        self.env["res.users"].create(
            [
                {
                    "name": login,
                    "login": login,
                    "password": login * 2,
                    "group_ids": [(4, self.env.ref(group).id)],
                }
                for login, group in (
                    ("keeper", "social_crm.group_manager"),
                    ("helper", "social_crm.group_user"),
                )
            ]
        )
        url = f"/social_crm/export/{identity.id}"
        self.assertNotEqual(self.url_open(url, allow_redirects=False).status_code, 200)
        self.authenticate("helper", "helper" * 2)
        self.assertEqual(self.url_open(url).status_code, 403)
        self.authenticate("keeper", "keeper" * 2)
        answer = self.url_open(url)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers["Content-Type"], "application/zip")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            data = json.loads(archive.read("data.json"))
        self.assertEqual(data["profiles"][0]["profile"]["name"], "Ann")
        for ids in ("0,x", "9" * 12, "-1", f"{2**31}", "9" * 5000, "٣" * 9, ",", "1e3"):
            url = f"/social_crm/export/{ids}"
            self.assertEqual(self.url_open(url).status_code, 404, ids[:20])
        several = f"/social_crm/export/{2**31},{identity.id},x"
        self.assertEqual(self.url_open(several).status_code, 200)
