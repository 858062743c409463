"""Who somebody is to us: what Odoo knows says it, and people correct it."""

from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models import social_crm_author_kind as author_kind
from ..models.social_crm_identity_todo import SocialCrmIdentityTodo
from .common import SocialCase, author, post

# Statements more that saving a lead or a contact may cost, whoever speaks.
SAVE = 1


class KindCase(SocialCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = cls.user("reader", "social_crm.group_reader")
        cls.agent = cls.user("agent", "social_crm.group_user")
        cls.todo = cls.env["social.crm.identity.todo"]
        partners = cls.env["res.partner"]
        cls.firm = partners.create({"name": "Firm", "is_company": True})
        cls.ann, cls.bob = partners.create(
            [{"name": "Ann", "parent_id": cls.firm.id}, {"name": "Bob"}]
        )
        cls.won = cls.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        cls.new = cls.env["crm.stage"].search([("is_won", "=", False)], limit=1)

    def setUp(self):
        super().setUp()
        self.ingest(post(1), post(2, by="bob"))
        self.profile = self.identity("ann")

    def identity(self, login, company=None):
        company = company or self.company
        return self.env["social.crm.identity"].search(
            [("uri", "=", author(login).uri), ("company_id", "=", company.id)]
        )

    def look(self):
        """What the cron does, but that nothing here may commit."""
        for _n in range(100):
            if not self.todo._look_some():
                self.env.invalidate_all()
                return
        self.fail("it has no end")

    def lead(self, partner=None, **values):
        values = {"name": "Deal", "type": "opportunity", "stage_id": self.new.id} | (
            values
        )
        return self.env["crm.lead"].create(
            {**values, "partner_id": partner.id if partner else False}
        )

    def check(self, kind, source, identity=None):
        identity = identity or self.profile
        found = identity.author_kind, identity.author_kind_source
        self.assertEqual(found, (kind, source))


@tagged("post_install", "-at_install")
class TestAuthorKind(KindCase):
    def test_from_nobody_to_customer(self):
        self.look()
        self.assertEqual(self.profile.author_kind, "unknown")
        self.profile.with_user(self.agent)._link(self.ann, "manual")
        self.check("prospect", "contact")
        # A deal of a colleague counts for the whole company.
        colleague = self.ann.copy({"name": "Cy"})
        deal = self.lead(colleague)
        self.look()
        self.check("lead", "open")
        deal.action_set_won()
        self.look()
        self.check("customer", "won")
        self.assertEqual(
            self.profile.with_user(self.reader).author_kind_hint,
            "Contact: won opportunity",
        )
        deal.stage_id = self.new
        self.look()
        self.check("lead", "open")
        deal.action_set_lost()
        self.look()
        self.check("prospect", "contact")
        deal.action_unarchive()
        self.look()
        self.check("lead", "open")
        deal.partner_id = self.bob
        self.look()
        self.check("prospect", "contact")
        deal.partner_id = self.ann
        self.look()
        self.check("lead", "open")
        deal.unlink()
        self.look()
        self.check("prospect", "contact")
        self.profile.with_user(self.agent).action_unlink_partner()
        self.check("unknown", "nobody")

    def test_lead_without_a_contact(self):
        lead = self.lead(social_identity_ids=[(4, self.profile.id)])
        self.look()
        self.check("lead", "open_lead")
        lead.action_set_won()
        self.look()
        self.check("customer", "won_lead")
        lead.unlink()
        self.check("unknown", "nobody")

    def test_colleagues(self):
        self.profile._link(self.agent.partner_id, "manual")
        self.check("employee", "login")
        mine = self.company.partner_id
        self.ann.parent_id = mine
        self.profile._link(self.ann, "manual")
        self.check("employee", "company")
        # Portal users are customers or nobody, never colleagues.
        portal = self.user("portal", "base.group_portal")
        self.profile._link(portal.partner_id, "manual")
        self.check("prospect", "contact")

    def test_contact_moves_to_another_company(self):
        self.profile._link(self.ann, "manual")
        self.lead(self.firm).action_set_won()
        self.look()
        self.check("customer", "won")
        self.ann.parent_id = False
        self.look()
        self.check("prospect", "contact")
        self.ann.parent_id = self.firm
        self.look()
        self.check("customer", "won")
        self.ann.unlink()
        self.check("unknown", "nobody")

    def test_merge_of_contacts(self):
        self.profile._link(self.bob, "manual")
        other = self.env["res.partner"].create({"name": "Bob B."})
        self.lead(other).action_set_won()
        self.look()
        self.check("prospect", "contact")
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard._merge((self.bob | other).ids, self.bob)
        self.check("customer", "won")

    def test_ours_robots_and_people_who_know_better(self):
        self.ingest(
            post(3, by="brand", is_own=True),
            post(4, by=author("robot", is_bot=True)),
        )
        ours, robot = self.identity("brand"), self.identity("robot")
        (ours | robot)._update_kinds()
        self.check("ours", "account", ours)
        self.check("bot", "automated", robot)
        robot._link(self.ann, "manual")
        self.check("bot", "automated", robot)
        robot.with_user(self.agent).author_kind_manual = "partner"
        self.check("partner", "manual", robot)
        ours.author_kind_manual = "customer"
        self.check("ours", "account", ours)
        # Neither the cron nor a link takes back what a person said.
        self.lead(self.ann).action_set_won()
        self.todo._cron_look_at_all()
        self.look()
        self.check("partner", "manual", robot)
        robot.with_user(self.agent).author_kind_manual = False
        self.check("bot", "automated", robot)

    def test_correction_is_logged(self):
        profile = self.profile.with_user(self.agent).with_context(
            tracking_disable=False
        )
        profile.author_kind_manual = "supplier"
        self.env.flush_all()
        self.env.cr.precommit.run()
        values = profile.sudo().message_ids.tracking_value_ids
        self.assertEqual(values.field_id.name, "author_kind_manual")

    def test_what_is_computed_cannot_be_written(self):
        for name, value in (("author_kind", "customer"), ("influence", 99)):
            with self.assertRaises(AccessError):
                self.profile.with_user(self.agent).write({name: value})
        with self.assertRaises(AccessError):
            self.profile.with_user(self.reader).author_kind_manual = "customer"

    def test_add_ons_that_know_more(self):
        """Accounting, purchase and partner levels bring columns; here one of ours."""
        self.profile._link(self.ann, "manual")
        self.lead(self.ann)
        self.firm.color = 1
        for name, (_column, kind, source) in (
            ("LEVEL", author_kind.LEVEL),
            ("BOUGHT", author_kind.BOUGHT),
            ("SOLD", author_kind.SOLD),
        ):
            self.patch(author_kind, name, ("color", kind, source))
            self.todo._add([self.firm.id])
            self.look()
            self.check(kind, source)
        self.firm.color = 0
        self.profile._update_kinds()
        self.check("lead", "open")

    def test_other_companies_deals(self):
        other = self.env["res.company"].create({"name": "Other"})
        _account, feed = self._make_feed(other)
        self.ingest(post(1), feed=feed)
        theirs = self.identity("ann", other)
        self.profile._link(self.bob, "manual")
        theirs._link(self.bob, "manual")
        self.lead(self.bob, company_id=other.id).action_set_won()
        self.look()
        self.check("prospect", "contact")
        self.check("customer", "won", theirs)

    def test_nobody_asks_who_a_robot_is(self):
        keys = self.env["social.crm.match.key"]

        def compare():
            while keys._index_some() or keys._match_some():
                pass
            self.env.invalidate_all()

        self.profile.name = "Zwieback Anneliese"
        self.ann.name = "Zwieback Anneliese"
        compare()
        queue = self.env["social.crm.identity"].with_user(self.agent)
        self.assertIn(self.profile, queue.search(queue._queue()))
        self.profile.with_user(self.agent).author_kind_manual = "bot"
        compare()
        self.assertNotIn(self.profile, queue.search(queue._queue()))
        self.profile.with_user(self.agent).author_kind_manual = False
        compare()
        self.assertIn(self.profile, queue.search(queue._queue()))

    def test_opted_out_is_nobody(self):
        manager = self.user("manager", "social_crm.group_manager")
        self.profile._link(self.ann, "manual")
        self.profile.write({"author_kind_manual": "customer", "is_vip": True})
        self.profile.with_user(manager).action_opt_out()
        self.check("unknown", "nobody")
        self.assertFalse(self.profile.author_kind_manual or self.profile.is_vip)
        self.profile.write({"author_kind_manual": "customer", "is_vip": True})
        self.assertFalse(self.profile.author_kind_manual or self.profile.is_vip)

    # --- what it costs -------------------------------------------------------

    def test_saving_stays_fast(self):
        deal = self.lead(self.ann)
        self.profile._link(self.ann, "manual")
        saves = (
            lambda: deal.write({"stage_id": self.won.id}),
            lambda: deal.write({"partner_id": self.bob.id}),
            lambda: self.ann.write({"parent_id": False}),
            lambda: self.ann.write({"phone": "+44 20 7946 0001"}),
        )
        for number, save in enumerate(saves):
            counts = []
            for watch in (lambda *_args: None, SocialCrmIdentityTodo._add):
                with (
                    self.env.cr.savepoint() as savepoint,
                    patch.object(SocialCrmIdentityTodo, "_add", watch),
                ):
                    self.env.invalidate_all()
                    before = self.env.cr.sql_log_count
                    save()
                    self.env.flush_all()
                    counts.append(self.env.cr.sql_log_count - before)
                    savepoint.rollback()
                    self.env.invalidate_all(flush=False)
            self.assertLessEqual(counts[1] - counts[0], SAVE, number)

    def test_many_cost_as_few(self):
        logins = [f"p{number}" for number in range(100)]
        self.ingest(*(post(f"x{login}", by=login) for login in logins))
        partners = self.env["res.partner"].create([{"name": each} for each in logins])
        people = self.env["social.crm.identity"]
        for login, partner in zip(logins, partners, strict=True):
            people |= self.identity(login)
            self.identity(login)._link(partner, "manual")
        counts = []
        for size in (10, 100):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            people[:size]._look_again()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)

    def test_a_page_comes_in_at_the_same_moment(self):
        """The profiles were changed by another worker: once more, no failure."""
        self.profile._link(self.ann, "manual")
        self.lead(self.ann)
        look, failed = SocialCrmIdentityTodo._look_some, []

        def look_some(todo):
            if not failed:
                failed.append(look(todo))
                raise SerializationFailure
            return look(todo)

        with (
            self.enter_registry_test_mode(),
            patch.object(SocialCrmIdentityTodo, "_look_some", look_some),
        ):
            self.env.ref("social_crm.ir_cron_look").method_direct_trigger()
        self.env.invalidate_all()
        self.assertTrue(failed[0])
        self.check("lead", "open")

    def test_the_round_of_the_night(self):
        """Whatever nobody watched; in pieces, and a crash loses none of them."""
        self.profile._link(self.ann, "manual")
        self.env["res.users"].create(
            {"name": "Ann", "login": "ann.logs.in", "partner_id": self.ann.id}
        )
        self.look()
        self.check("prospect", "contact")
        self.todo._cron_look_at_all()
        self.assertTrue(self.todo.search([]))
        with self.env.cr.savepoint() as savepoint:
            while self.todo._look_some():
                pass
            savepoint.rollback()
            self.env.invalidate_all(flush=False)
        self.assertTrue(self.todo.search([]), "still to be done")
        with self.enter_registry_test_mode():
            self.env.ref("social_crm.ir_cron_look").method_direct_trigger()
        self.env.invalidate_all()
        self.assertFalse(self.todo.search([]))
        self.check("employee", "login")
