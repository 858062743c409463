"""Core's own tools for contacts: whatever they do, no profile and no word is lost."""

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import SocialCase, author, post

WIZARD = "base.partner.merge.automatic.wizard"
# What the matcher makes anew from the contacts, row by row.
REMADE = (
    "social.crm.identity.todo",
    "social.crm.match.key",
    "social.crm.match.todo",
)


class ContactCase(SocialCase):
    """Two contacts, each with three profiles on the same network."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partners = cls.env["res.partner"]
        cls.ann, cls.anne, cls.else_ = partners.create(
            [
                {"name": "Ann Lee", "email": "ann@lee.example"},
                {"name": "Anne Lee", "email": "ann@lee.example"},
                {"name": "Somebody Else"},
            ]
        )
        cls.identities = cls.env["social.crm.identity"].with_context(active_test=False)
        cls.matches = cls.env["social.crm.match"]
        cls.number = 0
        # Who merges contacts, and knows nothing of social networks.
        cls.clerk = cls.user("clerk", "base.group_user,base.group_partner_manager")
        cls.agent = cls.user("agent", "social_crm.group_user")
        cls.agent.group_ids += cls.env.ref("base.group_partner_manager")

    def profiles(self, *logins, feed=None):
        """Speak with each of them, answer, and return their profiles."""
        uids = []
        for login in logins:
            self.number += 10
            uid = self.number
            self.ingest(
                post(uid, by=login, text=f"Question of {login}"),
                post(uid + 1, by=login, visibility="private", kind="message"),
                feed=feed,
            )
            answer = post(uid + 2, by="brand", is_own=True, parent_uid=str(uid))
            self.ingest(answer, feed=feed)
            uids.append(author(login).uri)
        company = (feed or self.feed).company_id
        found = self.identities.search(
            [("uri", "in", uids), ("company_id", "=", company.id)], order="uri"
        )
        self.assertEqual(len(found), len(logins))
        return found

    def suggest(self, identity, partner, state="suggested", probability=0.8):
        row = self.matches.create(
            {
                "company_id": identity.company_id.id,
                "identity_id": identity.id,
                "partner_id": partner.id,
                "probability": probability,
                "decision": "possible",
                "state": state,
            }
        )
        identity._rank_matches()
        return row

    def rows(self, partners):
        """Return {(model, field): ids of rows that name these contacts}: every model
        of ours, also those that come later."""
        self.env.flush_all()
        found = {}
        for name, model in self.env.items():
            if not name.startswith("social.crm.") or not model._auto:
                continue
            for field in model._fields.values():
                if field.comodel_name != "res.partner" or not field.store:
                    continue
                self.assertEqual(field.type, "many2one", f"{field} is not looked at")
                if name not in REMADE and not model._transient:
                    query = SQL(
                        "SELECT id FROM %s WHERE %s = ANY(%s)",
                        SQL.identifier(model._table),
                        SQL.identifier(field.name),
                        partners.ids,
                    )
                    rows = self.env.execute_query(query)
                    found[name, field.name] = {row[0] for row in rows}
        return found

    def everything(self):
        """Return {table: ids} of all that we have of anybody."""
        self.env.flush_all()
        tables = {
            model._table
            for name, model in self.env.items()
            if name.startswith("social.crm.") and model._auto and not model._transient
            if name not in REMADE
        }
        return {
            table: {
                row[0]
                for row in self.env.execute_query(
                    SQL("SELECT id FROM %s", SQL.identifier(table))
                )
            }
            for table in tables
        }

    def merge(self, user, partners, into):
        wizard = self.env[WIZARD].with_user(user)
        wizard = wizard.with_context(
            active_model="res.partner", active_ids=partners.ids
        ).create({})
        self.assertEqual(wizard.partner_ids, partners)
        wizard.dst_partner_id = into
        wizard.action_merge()
        self.env.invalidate_all()
        self.assertEqual(partners.exists(), into)

    def links(self, identities):
        return {
            each.id: (each.link_basis, each.link_date, each.link_user_id)
            for each in identities
        }

    def uids(self, record, **kwargs):
        items = record.social_timeline(limit=100, **kwargs)["items"]
        return {int(item["url"].rsplit("/", 1)[1]) for item in items}

    def relink(self):
        with self.enter_registry_test_mode():
            self.env.ref("social_crm.ir_cron_relink").method_direct_trigger()
        self.env.invalidate_all()

    def compare(self):
        keys = self.env["social.crm.match.key"]
        while keys._index_some() or keys._match_some():
            pass
        self.env.invalidate_all()

    def key_rows(self, partner):
        self.env.cr.execute(
            "SELECT keys FROM social_crm_match_key WHERE partner_id = %s", [partner.id]
        )
        return [row[0] for row in self.env.cr.fetchall()]


@tagged("post_install", "-at_install")
class TestPartnerMerge(ContactCase):
    def setUp(self):
        super().setUp()
        self.of_ann = self.profiles("a1", "a2", "a3")
        self.of_anne = self.profiles("b1", "b2", "b3")
        for identity, partner, basis in (
            *((each, self.ann, "stated") for each in self.of_ann),
            *((each, self.anne, "given") for each in self.of_anne),
        ):
            identity._link(partner, basis)
        self.all = self.of_ann | self.of_anne
        self.all.link_date = "2026-01-02 03:04:05"
        self.lead_ann, self.lead_anne = self.env["crm.lead"].create(
            [
                {"name": "Kettle", "partner_id": partner.id, "user_id": False}
                for partner in (self.ann, self.anne)
            ]
        )
        self.mention(10).conversation_id.lead_id = self.lead_ann
        self.mention(40).conversation_id.lead_id = self.lead_anne
        self.strangers = self.profiles("c1", "c2", "c3")
        for stranger, (ann, anne) in zip(
            self.strangers,
            (
                ("suggested", "suggested"),
                ("suggested", "rejected"),
                ("rejected", "suggested"),
            ),
            strict=True,
        ):
            self.suggest(stranger, self.ann, ann)
            self.suggest(stranger, self.anne, anne, 0.9)

    def check_merged(self, user):
        both = self.ann | self.anne
        before, kept = self.rows(both), self.everything()
        log = {each.id: set(each.message_ids.ids) for each in self.all}
        links, shown = self.links(self.all), self.uids(self.ann) | self.uids(self.anne)
        self.assertEqual(len(shown), 18, "what was said, and what we answered")
        self.merge(user, both, self.ann)

        after = self.rows(self.ann)
        for key in before:
            if key[0] == "social.crm.match":
                continue
            self.assertEqual(after[key], before[key], key)
        self.assertTrue(before["social.crm.mention", "partner_id"])
        self.assertTrue(before["social.crm.conversation", "partner_id"])
        self.assertFalse(any(self.rows(self.anne).values()))
        now = self.everything()
        folded = kept.pop("social_crm_match") - now.pop("social_crm_match")
        self.assertEqual(len(folded), 3, "of two rows for a pair, one")
        self.assertEqual(now, kept, "nothing is deleted by core's handling of keys")

        self.assertEqual(self.ann.social_identity_ids, self.all)
        self.assertEqual(self.links(self.all), links)
        for identity in self.all:
            new = set(identity.message_ids.ids)
            self.assertLessEqual(log[identity.id], new)
            said = "merged into Ann Lee" in str(identity.message_ids.mapped("body"))
            self.assertEqual(said, identity in self.of_anne)
        states = [stranger.match_ids.mapped("state") for stranger in self.strangers]
        self.assertEqual(states, [["suggested"], ["rejected"], ["rejected"]])
        self.assertEqual(self.strangers.match_ids.partner_id, self.ann)
        self.assertTrue(self.strangers[0].best_match > 0)
        self.assertFalse(any(self.strangers[1:].mapped("best_match")))
        queue = self.identities.with_user(self.agent).social_who()
        self.assertEqual(
            [person["id"] for person in queue["people"]], self.strangers[:1].ids
        )
        self.assertEqual(self.uids(self.ann), shown)
        self.assertEqual(self.ann.social_conversation_count, 12)
        self.assertEqual(self.lead_anne.partner_id, self.ann)
        self.assertEqual(self.mention(40).conversation_id.lead_id, self.lead_anne)
        self.assertLessEqual({10, 40}, self.uids(self.lead_anne))

    def test_by_a_social_user(self):
        self.check_merged(self.agent)

    def test_by_somebody_without_social_rights(self):
        with self.assertRaises(AccessError):
            self.all[:1].with_user(self.clerk).read(["name"])
        self.check_merged(self.clerk)

    def test_what_they_say_and_hear_afterwards(self):
        self.merge(self.clerk, self.ann | self.anne, self.ann)
        self.ingest(post(901, by="b1"), post(902, by="brand", is_own=True))
        answer = post(903, by="brand", is_own=True, parent_uid="901")
        self.ingest(answer)
        for uid in (901, 903):
            self.assertEqual(self.mention(uid).partner_id, self.ann)

    def test_keys_are_made_anew(self):
        self.compare()
        self.assertTrue(self.key_rows(self.anne))
        self.merge(self.clerk, self.ann | self.anne, self.ann)
        self.env.cr.execute("SELECT partner_id FROM social_crm_match_todo")
        self.assertIn(self.ann.id, [row[0] for row in self.env.cr.fetchall()])
        self.compare()
        self.assertEqual(len(self.key_rows(self.ann)), 1)
        facts = self.env["social.crm.match.key"]._partner_facts(self.ann.ids)
        handles = {str(handle) for handle in facts[self.ann.id].handles}
        self.assertTrue(any("b3" in handle for handle in handles))

    def test_three_at_once(self):
        third = self.profiles("d1")
        self.else_.email = self.ann.email
        third._link(self.else_, "manual")
        kept = self.everything()
        three = self.ann | self.anne | self.else_
        self.merge(self.clerk, three, self.else_)
        self.assertEqual(self.else_.social_identity_ids, self.all | third)
        self.assertEqual(len(self.uids(self.else_)), 21)
        now = self.everything()
        self.assertEqual(len(kept.pop("social_crm_match")), 6)
        self.assertEqual(len(now.pop("social_crm_match")), 3)
        self.assertEqual(now, kept)

    def test_a_company_and_a_person(self):
        firm = self.env["res.partner"].create(
            {"name": "Lee Ltd", "is_company": True, "email": self.ann.email}
        )
        self.anne.parent_id = firm
        page = self.profiles("page")
        page._link(firm, "verified")
        self.merge(self.clerk, self.ann | firm, firm)
        self.assertEqual(firm.social_identity_ids, self.of_ann | page)
        self.assertEqual(len(self.uids(firm)), 3 * 7, "and its people")

    def test_a_profile_that_was_said_to_be_the_one_and_not_the_other(self):
        """It stays where it was linked: merged, they are one."""
        self.suggest(self.of_ann[0], self.anne, "rejected")
        self.suggest(self.of_ann[0], self.ann, "confirmed")
        self.merge(self.clerk, self.ann | self.anne, self.ann)
        self.assertEqual(self.of_ann[0].partner_id, self.ann)
        self.assertEqual(self.of_ann[0].match_ids.mapped("state"), ["rejected"])

    def test_archived_profiles_and_opt_outs(self):
        self.of_anne[0].active = False
        gone = self.profiles("e1")
        gone._link(self.anne, "stated")
        gone._opt_out("By phone")
        hashes = self.env["social.crm.suppression"].search([]).mapped("hash")
        self.merge(self.clerk, self.ann | self.anne, self.ann)
        self.assertEqual(self.of_anne[0].partner_id, self.ann)
        self.assertFalse(gone.partner_id)
        self.assertEqual(gone.privacy, "opted_out")
        rows = self.env["social.crm.suppression"].search([])
        self.assertEqual(rows.mapped("hash"), hashes)

    def test_while_many_still_follow(self):
        for start in range(2000, 3100, 100):
            self.ingest(*(post(uid, by="f1") for uid in range(start, start + 100)))
        chatty = self.mention(2000).identity_id
        chatty._link(self.anne, "manual")
        domain = [("identity_id", "=", chatty.id), ("partner_id", "=", self.ann.id)]
        self.merge(self.clerk, self.ann | self.anne, self.ann)
        self.assertEqual(self.mentions.search_count(domain), 1000)
        self.assertTrue(chatty.relink_pending)
        self.assertEqual(len(self.uids(self.ann)), 100)
        self.relink()
        self.assertEqual(self.mentions.search_count(domain), 1100)
        self.assertFalse(chatty.relink_pending)

    def test_profiles_of_another_company(self):
        """The contact is shared, the profiles are not: both kinds follow."""
        company = self.env["res.company"].create({"name": "Elsewhere"})
        _account, feed = self._make_feed(company)
        theirs = self.profiles("b1", "z1", feed=feed)
        theirs.sudo()._link(self.anne, "stated")
        self.assertNotIn(company, self.clerk.company_ids)
        kept = self.rows(self.ann | self.anne)
        self.merge(self.clerk, self.ann | self.anne, self.ann)
        self.assertEqual(theirs.partner_id, self.ann)
        self.assertEqual(set(theirs.mapped("link_basis")), {"stated"})
        now = self.rows(self.ann)
        for name in ("mention", "conversation", "identity"):
            key = f"social.crm.{name}", "partner_id"
            self.assertEqual(now[key], kept[key])
        mine = self.ann.with_user(self.agent).social_identity_ids
        self.assertEqual(mine, self.all)

    def test_into_a_contact_of_one_company(self):
        """Nobody's link names a contact that they may not see."""
        company = self.env["res.company"].create({"name": "Elsewhere"})
        _account, feed = self._make_feed(company)
        theirs = self.profiles("z1", feed=feed)
        theirs.sudo()._link(self.anne, "stated")
        self.ann.company_id = self.company
        self.merge(self.clerk, self.ann | self.anne, self.ann)
        self.assertEqual(self.ann.social_identity_ids, self.all)
        self.assertTrue(theirs.exists())
        self.assertFalse(theirs.partner_id or theirs.link_basis)
        self.assertFalse(theirs.mention_ids.partner_id)

    def test_no_key_of_ours_holds_a_contact(self):
        """Core deletes rows for a constraint, and fails on an index: there is none."""
        self.env.cr.execute(
            """
            SELECT r.relname, a.attname, c.conname::text
            FROM pg_constraint f JOIN pg_class r ON r.oid = f.conrelid
            JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = f.conkey[1]
            LEFT JOIN LATERAL (
                SELECT conname FROM pg_constraint WHERE conrelid = r.oid
                  AND contype IN ('c', 'u', 'p', 'x') AND a.attnum = ANY(conkey)
                UNION ALL
                SELECT i.indexrelid::regclass::name FROM pg_index i
                WHERE i.indrelid = r.oid AND i.indisunique
                  AND a.attnum = ANY(i.indkey::int2[])
            ) c ON TRUE
            WHERE f.contype = 'f' AND f.confrelid = 'res_partner'::regclass
              AND r.relname LIKE 'social_crm_%'
            """
        )
        rows = self.env.cr.fetchall()
        self.assertLessEqual(
            {
                ("social_crm_identity", "partner_id", None),
                ("social_crm_mention", "partner_id", None),
                ("social_crm_match", "partner_id", None),
            },
            set(rows),
        )
        self.assertFalse([row for row in rows if row[2]])


@tagged("post_install", "-at_install")
class TestContactGone(ContactCase):
    """A contact is deleted, put away, moved: the profiles stay."""

    def setUp(self):
        super().setUp()
        self.profile, self.stranger = self.profiles("a1", "s1")
        self.profile.with_context(tracking_disable=False)._link(self.ann, "stated")
        self.suggest(self.stranger, self.ann)
        self.compare()
        self.stranger.match_at = self.profile.match_at = "2026-01-01 00:00:00"
        self.suggest(self.stranger, self.ann)

    def check_let_go(self, identity):
        self.assertTrue(identity.exists())
        self.assertFalse(
            identity.partner_id
            or identity.link_basis
            or identity.link_date
            or identity.link_user_id
        )
        self.assertFalse(identity.match_at, "to be compared again")
        self.assertFalse(identity.mention_ids.partner_id)
        self.assertFalse(identity.conversation_ids.partner_id)
        self.assertFalse(identity.conversation_ids.mention_ids.partner_id)

    def test_deleted(self):
        for user, tracking_disable in ((self.clerk, True), (self.agent, False)):
            with self.subTest(user.login):
                partner = self.ann.copy()
                self.profile._link(partner, "stated")
                self.suggest(self.stranger, partner, probability=0.9)
                kept = self.everything()
                partner.with_user(user).with_context(
                    tracking_disable=tracking_disable
                ).unlink()
                self.env.flush_all()
                self.env.cr.precommit.run()
                self.env.invalidate_all()
                self.check_let_go(self.profile)
                self.assertIn("was deleted", self.profile.message_ids[0].body)
                self.assertFalse(self.matches.search([("partner_id", "=", partner.id)]))
                now = self.everything()
                for table in ("identity", "mention", "conversation"):
                    name = f"social_crm_{table}"
                    self.assertEqual(now[name], kept[name])
                self.compare()
                self.assertFalse(self.profile.partner_id)

    def test_deleted_contact_is_no_suggestion(self):
        queue = self.identities.with_user(self.agent)
        self.assertEqual(queue.social_who()["total"], 1)
        self.ann.with_user(self.clerk).unlink()
        self.env.invalidate_all()
        self.assertFalse(self.stranger.best_match)
        self.assertEqual(queue.social_who(), {"total": 0, "people": []})

    def test_another_suggestion_stays(self):
        self.suggest(self.stranger, self.else_, probability=0.4)
        self.ann.unlink()
        self.env.invalidate_all()
        self.assertAlmostEqual(self.stranger.best_match, 0.4)

    def test_what_a_deletion_costs(self):
        """One query more, if there is nothing of ours; of many, as of few."""

        def cost(partners):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            partners.unlink()
            self.env.flush_all()
            return self.env.cr.sql_log_count - start

        def make(size):
            return self.env["res.partner"].create(
                [{"name": f"P{number}"} for number in range(size)]
            )

        cost(make(2))
        ours = cost(make(5))
        self.assertEqual(cost(make(50)), ours)
        without = make(5)
        methods = type(without)._ondelete_methods
        self.patch(
            type(without),
            "_ondelete_methods",
            [each for each in methods if each.__name__ != "_unlink_social_links"],
        )
        self.assertEqual(ours - cost(without), 1)

    def test_archived_and_back(self):
        self.ann.with_user(self.clerk).active = False
        self.env.invalidate_all()
        self.assertEqual(self.profile.partner_id, self.ann)
        self.assertEqual(self.profile.link_basis, "stated")
        self.assertEqual(self.mention(10).partner_id, self.ann)
        self.assertIn(10, self.uids(self.ann))

    def test_archived_is_not_suggested(self):
        (namesake,) = self.profiles("n1")
        self.ann.city = "Leeds"
        namesake.write({"name": "Ann Lee", "location": "Leeds"})
        self.compare()
        self.assertIn(self.ann, namesake.match_ids.partner_id)
        self.ann.with_user(self.clerk).action_archive()
        self.compare()
        self.assertNotIn(self.ann, namesake.match_ids.partner_id)
        self.ann.with_user(self.clerk).action_unarchive()
        self.compare()
        self.assertIn(self.ann, namesake.match_ids.partner_id)

    def test_to_another_company(self):
        self.agent.group_ids += self.env.ref("base.group_multi_company")
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.ann.with_user(self.clerk).company_id = self.company
        self.assertEqual(self.profile.partner_id, self.ann)
        self.assertEqual(self.profile.link_basis, "stated")
        self.clerk.company_ids += company
        self.ann.with_user(self.clerk).company_id = company
        self.env.invalidate_all()
        self.check_let_go(self.profile)
        self.assertIn("another company", self.profile.message_ids[0].body)
        self.assertFalse(self.profile.match_ids.filtered("decided_by"), "no decision")
        self.compare()
        self.assertFalse(self.profile.partner_id)
        self.ann.company_id = False
        self.profile.name = "Ann Lee"
        self.profile.match_at = False
        self.compare()
        self.assertEqual(self.profile.match_ids.partner_id, self.ann)

    # --- companies and their people ------------------------------------------

    def test_words_of_people_are_on_the_company(self):
        partners = self.env["res.partner"]
        acme, other = partners.create(
            [{"name": name, "is_company": True} for name in ("Acme", "Other")]
        )
        (page,) = self.profiles("page")
        page._link(acme, "verified")
        self.assertEqual(self.uids(acme), {30, 31, 32})
        self.ann.with_user(self.clerk).parent_id = acme
        self.env.invalidate_all()
        self.assertEqual(self.uids(acme), {10, 11, 12, 30, 31, 32})
        self.assertEqual(self.uids(self.ann), {10, 11, 12})
        self.assertEqual(acme.social_conversation_count, 4)
        self.ann.with_user(self.clerk).parent_id = other
        self.env.invalidate_all()
        self.assertEqual(self.uids(acme), {30, 31, 32})
        self.assertEqual(self.uids(other), {10, 11, 12})
        self.ann.with_user(self.clerk).write({"parent_id": False, "is_company": True})
        self.env.invalidate_all()
        self.assertEqual(self.uids(other), set())
        self.assertEqual(self.uids(self.ann), {10, 11, 12})
        self.assertEqual(self.profile.partner_id, self.ann)
        self.assertEqual(self.profile.link_basis, "stated")

    def test_the_company_is_deleted(self):
        acme = self.env["res.partner"].create({"name": "Acme", "is_company": True})
        self.ann.parent_id = acme
        (page,) = self.profiles("page")
        page._link(acme, "verified")
        acme.with_user(self.clerk).unlink()
        self.env.invalidate_all()
        self.assertFalse(page.partner_id or page.link_basis)
        self.assertEqual(self.profile.partner_id, self.ann)


@tagged("post_install", "-at_install")
class TestLeadTools(ContactCase):
    """Merging leads, and making customers of them, with core's own wizards."""

    def setUp(self):
        super().setUp()
        self.seller = self.user(
            "seller",
            "sales_team.group_sale_salesman_all_leads,base.group_partner_manager",
        )
        self.first, self.second, self.third = self.env["crm.lead"].create(
            [
                {
                    "name": f"Kettle {number}",
                    "type": "lead",
                    "contact_name": "Zoe",
                    "user_id": self.seller.id,
                }
                for number in range(3)
            ]
        )
        self.own = self.profiles("l1", "l2", "l3")
        self.routed = self.profiles("r1", "r2", "r3")
        leads = self.first | self.second | self.third
        for lead, own, routed in zip(leads, self.own, self.routed, strict=True):
            lead.social_identity_ids = own
            routed.conversation_ids.lead_id = lead
        # What its profile said, and what was said and answered where it was routed.
        self.assertEqual(len(self.uids(self.first)), 5)

    def wizard(self, name, leads, **values):
        return (
            self.env[name]
            .with_user(self.seller)
            .with_context(
                active_model="crm.lead", active_id=leads[0].id, active_ids=leads.ids
            )
            .create(values)
        )

    def test_merge_wizard(self):
        leads = self.first | self.second | self.third
        before = self.everything()
        self.wizard("crm.merge.opportunity", leads).action_merge()
        self.env.invalidate_all()
        left = leads.exists()
        self.assertEqual(len(left), 1)
        self.assertEqual(left.social_identity_ids, self.own)
        self.assertEqual(
            left.social_conversation_ids,
            self.routed.with_env(left.env).conversation_ids,
        )
        self.assertEqual(len(self.uids(left)), 15)
        self.assertEqual(self.everything(), before)

    def test_merge_with_one_that_has_a_customer(self):
        self.second.partner_id = self.ann
        self.assertEqual(self.own[1].partner_id, self.ann)
        leads = self.first | self.second
        self.wizard("crm.merge.opportunity", leads).action_merge()
        self.env.invalidate_all()
        left = leads.exists()
        self.assertEqual(left.partner_id, self.ann)
        self.assertEqual(self.ann.social_identity_ids, self.own[:2])
        self.assertFalse(left.social_identity_ids)
        self.assertEqual(len(self.uids(left)), 12)

    def test_convert_to_a_new_customer(self):
        convert = self.wizard("crm.lead2opportunity.partner", self.first)
        convert.write({"name": "convert", "action": "create"})
        convert.action_apply()
        self.env.invalidate_all()
        partner = self.first.partner_id
        self.assertEqual((self.first.type, partner.name), ("opportunity", "Zoe"))
        self.assertEqual(partner.social_identity_ids, self.own[0])
        self.assertEqual(self.own[0].link_user_id, self.seller)
        self.assertEqual(self.own[0].mention_ids.partner_id, partner)
        self.assertEqual(self.own[0].conversation_ids.partner_id, partner)
        self.assertEqual(len(self.uids(self.first)), 6)
        self.assertFalse(self.first.social_identity_ids)

    def test_convert_to_a_known_customer(self):
        convert = self.wizard("crm.lead2opportunity.partner", self.first)
        convert.write({"name": "convert", "action": "exist", "partner_id": self.ann.id})
        convert.action_apply()
        self.env.invalidate_all()
        self.assertEqual(self.ann.social_identity_ids, self.own[0])
        self.assertEqual(len(self.uids(self.first)), 6)

    def test_convert_by_merging(self):
        self.second.social_identity_ids |= self.own[0]
        convert = self.wizard("crm.lead2opportunity.partner", self.first)
        self.assertEqual(convert.duplicated_lead_ids, self.first | self.second)
        self.assertEqual(convert.name, "merge")
        convert.action_apply()
        self.env.invalidate_all()
        left = (self.first | self.second).exists()
        self.assertEqual(len(left), 1)
        shown = left.social_identity_ids | left.partner_id.social_identity_ids
        self.assertEqual(shown, self.own[:2])
        self.assertEqual(len(self.uids(left)), 12)

    def test_convert_many(self):
        leads = self.first | self.second | self.third
        convert = self.wizard("crm.lead2opportunity.partner.mass", leads)
        convert.write({"action": "each_exist_or_create", "deduplicate": False})
        convert.action_mass_convert()
        self.env.invalidate_all()
        self.assertEqual(set(leads.mapped("type")), {"opportunity"})
        for lead, own in zip(leads, self.own, strict=True):
            self.assertEqual(own.partner_id, lead.partner_id)
            self.assertEqual(len(self.uids(lead)), 6)
        self.assertEqual(len(leads.partner_id), 3)

    def test_deleted_lead(self):
        before = self.everything()
        self.first.unlink()
        self.env.invalidate_all()
        self.assertEqual(self.everything(), before)
        self.assertFalse(self.routed[0].conversation_ids.lead_id)
