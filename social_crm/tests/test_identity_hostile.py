"""People who look like others, who want to be others, or ask for what is not theirs."""

import inspect
import json
from contextlib import suppress
from dataclasses import asdict

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw, get_public_method
from odoo.tests import tagged

from ..connectors.policy import Policy
from ..models.ingest_suppression import NOBODY
from ..models.social_crm_bad_item import unstored
from .common import author, post
from .test_match import MatchCase

CLAUSE = "This network says: ask them first."
OURS = "odoo.addons.social_crm."


def our_methods(model):
    """Yield (name, function) of what clients may call of ours on a model."""
    for klass in type(model).__mro__:
        if not klass.__module__.startswith(OURS):
            continue
        for name, function in vars(klass).items():
            if not inspect.isfunction(function) or name.startswith("_"):
                continue
            try:
                get_public_method(model, name)
            except AccessError:
                continue
            yield name, function


class HostileCase(MatchCase):
    def rpc(self, user, records, method, *args, **kwargs):
        """What a client gets that calls a method by its name."""
        # No request finds what another one has read.
        self.env.flush_all()
        self.env.invalidate_all()
        model = records.env[records._name].with_user(user)
        if getattr(getattr(type(model), method), "_api_model", False):
            return call_kw(model, method, args, kwargs)
        return call_kw(model, method, (records.ids, *args), kwargs)

    def twin(self, **values):
        return self.mary.copy({"name": "Mary Winterbottom", **values})

    def decisions(self, identity):
        return {row.partner_id: row.decision for row in identity.match_ids}

    def assert_never_linked(self, identity):
        self.assertFalse(identity.partner_id or identity.link_basis)
        self.assertFalse(identity.mention_ids.partner_id)


@tagged("post_install", "-at_install")
class TestLookAlikes(HostileCase):
    """Whoever resembles a contact is shown to a person, never linked without one."""

    def test_homoglyphs(self):
        email = "mary.winterbottom@kettle.example"
        for number, name in enumerate(
            ("Маry Winterbottom", "Mary Wintеrbottom", "Mary Winterb0ttom")
        ):
            with self.subTest(name):
                identity = self.speak(
                    number + 1,
                    login=f"fake{number}",
                    text=f"Write to {email}",
                    name=name,
                    location="Leeds",
                )
                self.compare()
                self.assert_never_linked(identity)
                self.assertNotIn("very_likely", self.decisions(identity).values())
                for row in identity.match_ids:
                    self.assertIn("only looks the same", row.reasons)

    def test_two_people_with_one_name_and_town(self):
        twin = self.twin(email=False, phone=False, website=False)
        identity = self.speak(1, name="Mary Winterbottom", location="Leeds")
        self.compare()
        self.assert_never_linked(identity)
        self.assertEqual(
            self.decisions(identity), {self.mary: "possible", twin: "possible"}
        )

    def test_a_family_with_one_address(self):
        """What they wrote says which family, not which of them."""
        email = self.mary.email
        husband = self.env["res.partner"].create(
            {"name": "Martin Winterbottom", "email": email, "city": "Leeds"}
        )
        both = self.mary | husband
        for uid, name in (
            (1, "Mary Winterbottom"),
            (2, "M. Winterbottom"),
            (3, "Martha Winterbottom"),
        ):
            with self.subTest(name):
                identity = self.speak(
                    uid, login=f"w{uid}", text=f"Write to {email}", name=name
                )
                self.compare()
                self.assert_never_linked(identity)
                self.assertLessEqual(set(self.decisions(identity)), set(both))
                if name == self.mary.name:
                    self.assertEqual(identity.match_ids[0].partner_id, self.mary)
                    self.assertEqual(identity.match_ids[0].decision, "very_likely")

    def test_a_switchboard(self):
        """It speaks for the company, not for one of its people."""
        firm = self.env["res.partner"].create(
            {
                "name": "Kettle Works",
                "is_company": True,
                "email": "info@works.example",
                "phone": "+44 20 7946 0999",
                "website": "https://works.example",
            }
        )
        shared = {"phone": firm.phone, "email": firm.email, "website": firm.website}
        staff = self.env["res.partner"].create(
            [
                {"name": name, "parent_id": firm.id, **shared}
                for name in ("Otto Klein", "Ruth Gross", "Ilse Lang")
            ]
        )
        otto, page = self.ingest(
            post(
                1,
                by=author("otto", name="Otto Klein"),
                text="Call me: +44 20 7946 0999, info@works.example",
                visibility="private",
                kind="message",
            ),
            post(
                2,
                by=author(
                    "works",
                    name="Kettle Works",
                    verified_links=("https://works.example/",),
                ),
            ),
        ).identity_id
        self.compare()
        self.assert_never_linked(otto)
        self.assertLessEqual(set(self.decisions(otto)), set(staff | firm))
        self.assertEqual(page.partner_id, firm)
        self.assertEqual(page.link_basis, "verified")

    def test_a_chain(self):
        """Each shop has the website of all: it says of none who speaks."""
        self.env["res.partner"].create(
            [
                {
                    "name": f"Kettle Corner {town}",
                    "is_company": True,
                    "city": town,
                    "website": "https://corner.example",
                }
                for town in ("Leeds", "York", "Hull")
            ]
        )
        links = ("https://corner.example",)
        identity = self.speak(
            1, login="corner", name="Kettle Corner Leeds", verified_links=links
        )
        self.compare()
        self.assert_never_linked(identity)

    def test_websites_that_only_look_like_hers(self):
        for number, link in enumerate(
            (
                "https://winterbottom.example.evil.example/",
                "https://winterbottom.example@evil.example/",
                "https://evil.example/?u=https://winterbottom.example",
                "https://evil.example/#winterbottom.example",
                "https://evilwinterbottom.example/",
                "https://wіnterbottom.example/",
                "https://winterbottom.example.:443@evil.example",
                "javascript://winterbottom.example/%0aalert(1)",
            )
        ):
            with self.subTest(link):
                identity = self.speak(
                    number + 1,
                    login=f"claims{number}",
                    name="Mary Winterbottom",
                    verified_links=(link,),
                )
                self.compare()
                self.assert_never_linked(identity)
                self.assertNotIn("very_likely", self.decisions(identity).values())


@tagged("post_install", "-at_install")
class TestHandleTaken(HostileCase):
    """A handle is given up, and somebody else takes it."""

    HANDLE = "@mary@example.social"

    def setUp(self):
        super().setUp()
        self.hers = self.speak(1, name="Mary Winterbottom")
        self.hers._link(self.mary, "stated")

    def taken(self, uid=7, **values):
        """Another person, who has the handle now."""
        values = {"handle": self.HANDLE, "name": "Mary Winterbottom"} | values
        return self.ingest(post(uid, by=author("thief", **values))).identity_id

    def rename(self, uid=2):
        self.ingest(post(uid, by=author("mary", handle="@maryw@example.social")))

    def search(self, domain):
        return self.env["social.crm.identity"].with_user(self.agent).search(domain)

    def test_no_link_goes_over(self):
        self.rename()
        thief = self.taken()
        self.compare()
        self.assertNotEqual(thief, self.hers)
        self.assert_never_linked(thief)
        self.assertEqual(self.hers.partner_id, self.mary)
        self.assertEqual(self.mention(1).partner_id, self.mary)
        self.assertEqual(self.mention(2).partner_id, self.mary)

    def test_nor_while_nobody_knows_that_she_gave_it_up(self):
        thief = self.taken()
        self.compare()
        self.assert_never_linked(thief)
        self.assertEqual(self.hers.partner_id, self.mary)

    def test_the_old_handle_finds_both_with_dates(self):
        self.rename()
        thief = self.taken()
        self.assertEqual(self.hers.handle, "@maryw@example.social")
        self.assertEqual(self.hers.handle_ids.handle, self.HANDLE)
        self.assertTrue(self.hers.handle_ids.until)
        found = self.env["social.crm.identity"].with_user(self.agent)
        found = {row[0] for row in found.name_search(self.HANDLE)}
        self.assertEqual(found, {self.hers.id, thief.id})
        partners = self.env["res.partner"].with_user(self.agent)
        self.assertEqual(
            partners.search([("social_handle", "=", self.HANDLE)]), self.mary
        )

    def test_what_is_pasted_is_who_has_it_now(self):
        thief = self.taken()
        self.agent.group_ids += self.env.ref("base.group_partner_manager")
        self.env.cr.execute(
            "UPDATE social_crm_identity SET profile_updated_at ="
            " profile_updated_at - interval '1 day' WHERE id = %s",
            [self.hers.id],
        )
        self.env.invalidate_all()
        self.other.with_user(self.agent).social_add_profile(self.HANDLE)
        self.env.invalidate_all()
        self.assertEqual(self.other.social_identity_ids, thief)
        self.assertEqual(self.hers.partner_id, self.mary)

    def test_typed_before_and_met_once(self):
        """Who was typed by handle spoke, and is known by key from then on."""
        self.agent.group_ids += self.env.ref("base.group_partner_manager")
        self.other.with_user(self.agent).social_add_profile("@nob@example.social")
        nob = self.ingest(
            post(3, by=author("nob", handle="@nob@example.social"))
        ).identity_id
        self.compare()
        self.assertEqual(nob.partner_id, self.other)
        self.ingest(post(4, by=author("nob", handle="@else@example.social")))
        thief = self.taken(5, handle="@nob@example.social", name="Nob")
        self.compare()
        self.assert_never_linked(thief)
        self.assertEqual(nob.partner_id, self.other)

    def test_typed_before_and_both_have_spoken(self):
        """The matcher comes after both: it was typed when she had it."""
        self.agent.group_ids += self.env.ref("base.group_partner_manager")
        self.other.with_user(self.agent).social_add_profile("@nob@example.social")
        self.ingest(post(3, by=author("nob", handle="@nob@example.social")))
        self.ingest(post(4, by=author("nob", handle="@else@example.social")))
        thief = self.taken(5, handle="@nob@example.social", name="Nob")
        self.compare()
        self.assert_never_linked(thief)
        self.assertEqual(self.mention(3).identity_id.partner_id, self.other)
        self.assertEqual(self.other.social_identity_ids, self.mention(3).identity_id)


@tagged("post_install", "-at_install")
class TestErasedComesBack(HostileCase):
    """By the ways that people take; those of networks are in test_suppression."""

    def setUp(self):
        super().setUp()
        self.agent.group_ids += self.env.ref("base.group_partner_manager")
        self.agent.group_ids += self.env.ref("sales_team.group_sale_manager")
        self.lead = self.env["crm.lead"].create({"name": "Kettles"})
        self.speak(1, login="ann", name="Ann")._erase()

    def people(self):
        found = self.env["social.crm.identity"].with_context(active_test=False)
        return found.search([("uri", "!=", NOBODY.uri)]).filtered(
            lambda each: "ann" in (each.uri + (each.handle or "")).lower()
        )

    def test_pasted(self):
        for record in (self.mary, self.lead):
            for text in (
                "@ann@example.social",
                "@ANN@Example.Social",
                "https://example.social/@ann",
                "https://www.example.social/@ann/?x=1#y",
                "https://example.social/users/ann",
            ):
                with self.subTest(f"{record} {text}"):
                    with self.assertRaises(UserError), self.env.cr.savepoint():
                        self.rpc(self.agent, record, "social_add_profile", text)
        self.assertFalse(self.people())

    def test_imported(self):
        identities = self.env["social.crm.identity"]
        for values in (
            {"uri": author("ann").uri},
            {
                "uri": "https://example.social/users/else",
                "handle": "@ann@example.social",
            },
            {"uri": "handle:@ann@example.social"},
        ):
            row = {
                "company_id/.id": str(self.company.id),
                "network": "Mastodon",
                **values,
            }
            result = identities.load(list(row), [list(row.values())])
            self.assertFalse(result["ids"], values)
            self.assertIn("asked not to be stored", str(result["messages"]))
        self.assertFalse(self.people())

    def test_an_item_that_was_put_aside(self):
        """It was read before they asked, and is tried again after."""
        again = unstored(post(5, text="It is @ann@example.social"), "No.")
        item = self.env["social.crm.bad.item"].create(
            {"feed_id": self.feed.id, **asdict(again)}
        )
        item.action_retry()
        self.assertFalse(item.exists())
        self.assertFalse(self.people())
        self.assertFalse(self.mention(5), "it is older than the wish")


@tagged("post_install", "-at_install")
class TestForbiddenNetwork(HostileCase):
    """The server says no, on every way, in words that a person can read."""

    def setUp(self):
        super().setUp()
        for group in ("base.group_partner_manager", "sales_team.group_sale_manager"):
            self.agent.group_ids += self.env.ref(group)
        self.boss = self.user("boss", "social_crm.group_admin")
        self.boss.group_ids |= self.agent.group_ids
        self.identity = self.speak(
            1, name="Mary Winterbottom", location="Leeds", bio=self.mary.email
        )
        self.compare()
        self.row = self.identity.match_ids
        self.assertEqual(self.row.partner_id, self.mary)
        self.lead = self.env["crm.lead"].create({"name": "Kettles", "type": "lead"})

    def forbid(self, may_link):
        self.patch(
            self.account._get_connector_class(),
            "policy",
            Policy(may_link=may_link, clause=CLAUSE, source="tests"),
        )

    def ways(self):
        """Yield (what is done, record, method, arguments) of each way that is asked."""
        each, mary = self.identity, self.mary
        link, put = [(4, each.id)], [(6, 0, each.ids)]
        partners, leads = self.env["res.partner"], self.env["crm.lead"]
        yield each, "write", {"partner_id": mary.id}
        yield each, "web_save", {"partner_id": mary.id}, {"partner_id": {}}
        yield self.row, "action_link"
        yield each, "social_settle", "match", self.row.id
        yield each, "social_settle", "contact", mary.id
        yield each, "social_settle", "create"
        yield mary, "social_add_profile", each.handle
        yield self.lead, "social_add_profile", each.handle
        for commands in (link, put):
            yield mary, "write", {"social_identity_ids": commands}
            yield self.lead, "write", {"social_identity_ids": commands}
            yield partners, "create", [{"name": "X", "social_identity_ids": commands}]
            yield leads, "create", [{"name": "X", "social_identity_ids": commands}]

    def check_ways(self):
        count = self.env["res.partner"].search_count([])
        for records, method, *args in self.ways():
            with self.subTest(f"{records._name} {method} {args}"):
                with self.assertRaisesRegex(UserError, CLAUSE):
                    with self.env.cr.savepoint():
                        self.rpc(self.agent, records, method, *args)
                self.env.invalidate_all()
                self.check_free()
        self.assertEqual(self.env["res.partner"].search_count([]), count)

    def check_free(self):
        self.assert_never_linked(self.identity)
        self.assertFalse(self.identity.lead_ids)

    def test_by_hand(self):
        self.forbid("no")
        self.check_ways()

    def test_by_hand_where_they_are_asked_first(self):
        self.forbid("opt_in")
        self.check_ways()

    def test_all_ways_are_ways(self):
        """Where nothing forbids it each of them does it."""
        for records, method, *args in self.ways():
            with self.subTest(f"{records._name} {method} {args}"):
                savepoint = self.env.cr.savepoint()
                self.rpc(self.agent, records, method, *args)
                self.env.flush_all()
                self.env.invalidate_all()
                self.assertTrue(self.identity.partner_id or self.identity.lead_ids)
                savepoint.close(rollback=True)
                self.env.invalidate_all()

    def test_imported(self):
        self.forbid("no")
        identities = self.env["social.crm.identity"].with_user(self.boss)
        for names, row in (
            ([".id", "partner_id/.id"], [self.identity.id, self.mary.id]),
            ([".id", "partner_id"], [self.identity.id, self.mary.name]),
        ):
            result = identities.load(names, [list(map(str, row))])
            self.assertFalse(result["ids"])
            self.assertIn(CLAUSE, str(result["messages"]))
        result = (
            self.env["res.partner"]
            .with_user(self.boss)
            .load(
                [".id", "social_identity_ids/.id"],
                [[str(self.mary.id), str(self.identity.id)]],
            )
        )
        self.assertFalse(result["ids"])
        self.assertIn(CLAUSE, str(result["messages"]))
        self.env.invalidate_all()
        self.check_free()

    def test_around_the_rules(self):
        """Fields that only the matcher writes, and methods that nobody may call."""
        self.forbid("no")
        mention, talk = self.mention(1), self.mention(1).conversation_id
        vals = {"partner_id": self.mary.id}
        row = {"identity_id": self.identity.id, **vals}
        row |= {"company_id": self.company.id, "state": "confirmed"}
        for records, method, *args in (
            (mention, "write", vals),
            (talk, "write", vals),
            (self.row, "write", {"state": "confirmed"}),
            (self.row, "create", [row]),
            (self.identity, "write", {"link_basis": "stated"}),
            (self.identity, "write", {"handle": "@else@example.social"}),
            (self.identity, "create", [{"uri": "x", "network": "mastodon", **vals}]),
            (self.identity, "_link", self.mary.id, "stated"),
            (self.identity, "_set_partner", vals),
            (self.identity, "_write_match", vals),
            (self.identity, "_lose_partner", "Why not?"),
        ):
            with self.subTest(f"{records._name} {method} {args}"):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    self.rpc(self.boss, records, method, *args)
        self.env.invalidate_all()
        self.check_free()

    def test_the_matcher(self):
        self.forbid("no")
        sure = self.speak(
            2,
            login="sure",
            name="Mary Winterbottom",
            text=f"Write to {self.mary.email}",
            verified_links=("https://winterbottom.example",),
        )
        self.identity.match_at = False
        self.compare()
        for identity in (self.identity, sure):
            self.assert_never_linked(identity)
            self.assertFalse(identity.match_ids)
        self.assertFalse(
            self.identity.with_user(self.agent).social_who()["people"], "nobody to ask"
        )
        person = self.rpc(self.agent, self.identity, "social_person")
        self.assertTrue(person["refusal"].startswith(CLAUSE))
        self.assertFalse(person["matches"])

    def test_core_s_wizards(self):
        """Held since before it was forbidden: no wizard makes a link of it."""
        self.lead.social_identity_ids = self.identity
        self.forbid("no")
        customer = self.env["crm.lead"].create(
            {"name": "Kettle", "type": "lead", "partner_id": self.mary.id}
        )
        leads = self.lead | customer
        merge = self.env["crm.merge.opportunity"].with_user(self.agent)
        merge.with_context(active_model="crm.lead", active_ids=leads.ids).create(
            {}
        ).action_merge()
        left = leads.exists()
        self.assertEqual(left.partner_id, self.mary)
        self.assertEqual(left.social_identity_ids, self.identity, "nothing is lost")
        self.assert_never_linked(self.identity)
        convert = self.env["crm.lead2opportunity.partner"].with_user(self.agent)
        convert = convert.with_context(
            active_model="crm.lead", active_id=left.id, active_ids=left.ids
        ).create({"name": "convert", "action": "exist", "partner_id": self.mary.id})
        convert.action_apply()
        self.assert_never_linked(self.identity)
        twin = self.twin(email=self.mary.email)
        merge = self.env["base.partner.merge.automatic.wizard"].with_user(self.agent)
        merge.with_context(
            active_model="res.partner", active_ids=(self.mary | twin).ids
        ).create({}).action_merge()
        self.env.invalidate_all()
        self.assert_never_linked(self.identity)

    def test_typed_and_met(self):
        """Typed before it was forbidden: it stays what it was, and is not passed on."""
        self.rpc(self.agent, self.other, "social_add_profile", "@nob@example.social")
        typed = self.other.social_identity_ids
        self.forbid("no")
        nob = self.ingest(post(3, by="nob")).identity_id
        self.compare()
        self.assert_never_linked(nob)
        self.assertEqual(typed.partner_id, self.other)


@tagged("post_install", "-at_install")
class TestStranger(HostileCase):
    """A user of another company, with all rights there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.stranger = cls.user(
            "stranger",
            "social_crm.group_admin,base.group_partner_manager,"
            "sales_team.group_sale_manager,base.group_allow_export",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )

    def setUp(self):
        super().setUp()
        self.identity = self.speak(1, name="Mary Winterbottom", location="Leeds")
        self.ingest(
            post(2, by=author("mary", name="Mary Winterbottom", handle="@m@x.example"))
        )
        self.speak(3, login="gone")._opt_out("By phone")
        self.compare()
        self.ours = {
            name: self.env[name].sudo().search([("company_id", "=", self.company.id)])
            for name in (
                "social.crm.identity",
                "social.crm.identity.handle",
                "social.crm.match",
                "social.crm.mention",
                "social.crm.conversation",
                "social.crm.suppression",
            )
        }
        self.assertTrue(all(self.ours.values()))

    def snapshot(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return {
            name: records.exists().read(load=None)
            for name, records in self.ours.items()
        }

    def call(self, records, method, *args, **kwargs):
        """Return what they get, "" where they are refused."""
        try:
            with self.env.cr.savepoint():
                return str(self.rpc(self.stranger, records, method, *args, **kwargs))
        except UserError as error:
            return str(error) if not isinstance(error, AccessError) else ""
        except ValueError as error:
            # Core's way to say that there is not one record.
            self.assertIn("Expected singleton", str(error))
            return ""

    def test_core_s_methods(self):
        for name, records in self.ours.items():
            found = records.with_user(self.stranger)
            self.assertFalse(found.search([("id", "in", records.ids)]), name)
            self.assertFalse(found.search_count([("id", "in", records.ids)]), name)
            self.assertFalse(found.name_search("Mary"), name)
            self.assertFalse(
                found.formatted_read_group(
                    [("id", "in", records.ids)], ["company_id"], ["__count"]
                ),
                name,
            )
            for method, *args in (
                ("read",),
                ("web_read", {"display_name": {}}),
                ("export_data", ["create_date"]),
                ("write", {"company_id": self.stranger.company_id.id}),
                ("unlink",),
                ("copy",),
            ):
                with self.subTest(f"{name} {method}"), self.assertRaises(AccessError):
                    with self.env.cr.savepoint():
                        result = self.rpc(self.stranger, records, method, *args)
                        # An export is read while it is sent.
                        list(result["datas"])
        self.assertFalse(self.mary.with_user(self.stranger).social_timeline()["items"])

    def test_our_methods(self):
        """All that there are; what is made later is called, too."""
        before = self.snapshot()
        own = self.ours["social.crm.match"][0]
        arguments = {
            "deed": ("never", "match", "reject", "contact", "create", "done", "write"),
            "settled": [
                {"id": self.identity.id, "deed": deed, "record_id": own.id}
                for deed in ("match", "contact", "create", "reject", "never")
            ],
            "changes": (
                [
                    {
                        "id": self.ours["social.crm.conversation"][0].id,
                        "before": dict.fromkeys(
                            ("state", "snoozed_until", "unread", "user_id", "team_id")
                        ),
                        "after": {
                            "state": "done",
                            "snoozed_until": False,
                            "unread": False,
                            "user_id": False,
                            "team_id": False,
                        },
                    }
                ],
            ),
            "mention_id": self.ours["social.crm.mention"].ids[:1],
            "partner_ids": [self.stranger.partner_id.ids],
            "vals": ({"state": "done"},),
            "fields": (["uri", "name"],),
            "data": ([["junk", "junk"]],),
        }
        called = set()
        for name, records in self.ours.items():
            for method, function in our_methods(records):
                if method in ("create", "write", "unlink", "init"):
                    continue
                called.add(method)
                names = [
                    parameter.name
                    for parameter in inspect.signature(function).parameters.values()
                    if parameter.default is parameter.empty
                    and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
                ][1:]
                choices = [()]
                for wanted in names:
                    choices = [
                        (*args, value)
                        for args in choices
                        for value in arguments[wanted]
                    ]
                for args in choices:
                    for each in (records, records[:1]):
                        with self.subTest(f"{name} {method} {args}"):
                            answer = self.call(each, method, *args)
                            for trace in ("Mary", "Winterbottom", "@mary", "Hello"):
                                self.assertNotIn(trace, answer)
        self.assertLessEqual(
            {"social_settle", "social_unsettle", "social_who", "social_person"}
            | {"action_link", "action_reject", "action_never_ask", "action_lift"}
            | {"action_unlink_partner", "action_erase", "action_opt_out"}
            | {"action_export", "social_thread", "social_read", "social_undo"},
            called,
        )
        self.assertEqual(self.snapshot(), before)

    def test_a_reader_decides_nothing(self):
        """Of the own company, who may see the profile."""
        reader = self.user("reader", "social_crm.group_reader")
        row = self.identity.match_ids
        row.with_user(self.agent).action_reject()
        self.identity.with_user(self.agent).action_never_ask()
        self.identity._link(self.other, "manual")
        self.assertTrue(self.identity.with_user(reader).has_access("read"))
        before = self.snapshot()
        for deed in ("match", "contact", "create", "reject", "never"):
            settled = {"id": self.identity.id, "deed": deed, "record_id": row.id}
            for method, *args in (
                ("social_unsettle", settled),
                ("social_settle", deed, row.id),
            ):
                with self.subTest(f"{method} {deed}"):
                    with self.assertRaises(AccessError), self.env.cr.savepoint():
                        self.rpc(reader, self.identity, method, *args)
        for method in ("action_unlink_partner", "action_never_ask", "social_person"):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                self.rpc(reader, self.identity, method)
        self.assertEqual(self.snapshot(), before)

    def test_profiles_by_way_of_records(self):
        before = self.snapshot()
        lead = self.env["crm.lead"].create(
            {"name": "Theirs", "company_id": self.stranger.company_id.id}
        )
        ids = self.identity.ids
        for records in (self.mary, lead):
            for commands in (
                [(4, ids[0])],
                [(6, 0, ids)],
                [(1, ids[0], {"name": "X"})],
            ):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    self.rpc(
                        self.stranger,
                        records,
                        "write",
                        {"social_identity_ids": commands},
                    )
                    self.env.flush_all()
        self.rpc(self.stranger, self.mary, "social_add_profile", self.identity.handle)
        self.env.invalidate_all()
        theirs = self.mary.sudo().social_identity_ids
        self.assertEqual(theirs.company_id, self.stranger.company_id)
        self.assertEqual(self.snapshot(), before)


@tagged("post_install", "-at_install")
class TestNonsense(HostileCase):
    """A client that sends anything gets a sentence, not a traceback."""

    JUNK = (
        *(None, False, True, 0, -1, 2**31, 2**63, 10**40, 1.5, float("nan")),
        *("", "x", "\0", "9" * 5000, [], [[1]], [[[]]], [None], [2**40], ["x"]),
        *({}, {"id": []}, {"id": 2**40}, {"a": {}}, [{"id": 2**40}], [{}]),
    )

    def test_anything(self):
        self.env.user.group_ids += self.env.ref("social_crm.group_admin")
        identity = self.speak(1, name="Mary Winterbottom", location="Leeds")
        self.compare()
        mention = self.mention(1)
        lead = self.env["crm.lead"].create({"name": "Kettles"})
        fine = {"text": "x", "cursor": None, "limit": 5, "filters": None}
        fine |= {"deed": "never", "record_id": False, "vals": None}
        fine |= {"name": "x", "has_live_updates": True}
        settled = {"id": identity.id, "deed": "reject", "record_id": 1}
        done = {"id": mention.conversation_id.id, "before": {}, "after": {}}
        nested = [
            *({**settled, name: junk} for name in settled for junk in self.JUNK),
            *([{**done, name: junk}] for name in done for junk in self.JUNK),
            *(
                {name: junk}
                for name in ("networks", "kinds", "moods", "since", "until", "text")
                for junk in (*self.JUNK, [{}], [[]], "9999-12-31", "0001-01-01")
            ),
            *(json.dumps([moment, 1]) for moment in ("", "2026-01-01", "9" * 30)),
            *(json.dumps(["2026-01-01 00:00:00", junk]) for junk in (2**70, "x", [])),
        ]
        called = set()
        for records in (identity, mention, mention.conversation_id, self.mary, lead):
            for method, function in our_methods(records):
                if not method.startswith("social_"):
                    continue
                parameters = [*inspect.signature(function).parameters][1:]
                for name in parameters:
                    called.add((method, name))
                    for junk in (*self.JUNK, *nested):
                        args = {
                            other: fine[other]
                            for other in parameters
                            if other in fine and other != name
                        }
                        with self.subTest(f"{method} {name} {str(junk)[:80]}"):
                            self.check(records, method, {**args, name: junk})
        self.assertLessEqual(
            {("social_settle", "record_id"), ("social_thread", "mention_id")}, called
        )

    def check(self, records, method, kwargs):
        savepoint = self.env.cr.savepoint()
        try:
            with suppress(UserError):
                self.rpc(self.env.user, records, method, **kwargs)
                self.env.flush_all()
        finally:
            self.env.clear()
            savepoint.close(rollback=True)


@tagged("post_install", "-at_install")
class TestCrowd(HostileCase):
    """Whoever speaks much takes nothing from others."""

    def test_messages_of_each(self):
        private = {"visibility": "private", "kind": "message"}
        self.ingest(
            post(
                1,
                text="Write to mary.winterbottom@kettle.example",
                by=author("mary", name="Mary Winterbottom"),
                minutes=9000,
                **private,
            )
        )
        self.ingest(*(post(f"n{n}", by="noisy", **private) for n in range(90)))
        self.ingest(
            *(post(f"m{n}", by="mary", minutes=8000 - n, **private) for n in range(19))
        )
        mary = self.mention(1).identity_id
        both = mary | self.mention("n1").identity_id
        start = self.env.cr.sql_log_count
        told = both._told()
        self.assertEqual(self.env.cr.sql_log_count - start, 1)
        self.assertEqual(told[mary.id]["emails"], (self.mary.email,))
        self.ingest(post("m99", by="mary", minutes=1, **private))
        self.assertFalse(mary._told()[mary.id]["emails"], "the newest 20")

    def test_quotes_of_each(self):
        self.ingest(*(post(f"n{n}", by="noisy", minutes=n) for n in range(50)))
        self.ingest(*(post(n, minutes=9000 - n) for n in range(1, 6)))
        both = self.mention("n1").identity_id | self.mention(1).identity_id
        quotes = both.with_user(self.agent)._social_quotes()
        self.assertEqual(
            [[quote["text"] for quote in quotes[each.id]] for each in both],
            [
                [f"Text of n{number}" for number in range(3)],
                [f"Text of {number}" for number in (5, 4, 3)],
            ],
        )

    def test_a_contact_that_is_gone_meanwhile(self):
        """Chosen in one window, deleted in another: no link to nobody."""
        identity = self.speak(1, name="Zq")
        identity._link(self.other, "stated")
        gone = self.env["res.partner"].create({"name": "Gone"})
        gone_id = gone.id
        gone.unlink()
        with self.assertRaises(UserError):
            identity.with_user(self.agent).social_settle("contact", gone_id)
        self.assertEqual(identity.partner_id, self.other)
        self.assertEqual(identity.link_basis, "stated")
