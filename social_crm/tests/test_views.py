from ast import literal_eval

from lxml import etree

from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from ..models.social_crm_login_mixin import MASK
from .common import SocialCase, author, post

MODELS = {
    "social.crm.conversation": ("list", "kanban", "form", "search", "pivot", "graph"),
    "social.crm.mention": ("list", "kanban", "form", "search", "pivot", "graph"),
    "social.crm.identity": ("list", "kanban", "form", "search"),
    "social.crm.team": ("list", "kanban", "form", "search"),
    "social.crm.topic": ("list", "form", "search"),
    "social.crm.feed": ("list", "form", "search"),
    "social.crm.bad.item": ("list", "form", "search"),
    "social.crm.fact": ("list", "form", "search"),
    "social.crm.site": ("list", "form", "search"),
    "social.crm.account": ("list", "kanban", "form", "search"),
    "social.crm.network": ("list", "kanban", "form", "search"),
    "social.crm.daily": ("pivot", "graph", "search"),
}


class ViewsCase(SocialCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = cls.user("reader", "social_crm.group_reader")
        cls.agent = cls.user("agent", "social_crm.group_user")
        cls.manager = cls.user("manager", "social_crm.group_manager")
        cls.admin = cls.user("admin2", "social_crm.group_admin")

    def identity(self, login):
        return self.env["social.crm.identity"].search([("uri", "=", author(login).uri)])

    def listed(self, action, user):
        """The records that an action shows at first, its default filters applied."""
        model = self.env[action["res_model"]].with_user(user)
        view = etree.fromstring(model.get_view(view_type="search")["arch"])
        domain = Domain(action.get("domain") or [])
        context = action["context"]
        if isinstance(context, str):
            context = safe_eval(context, {"uid": user.id})
        on = [key[15:] for key, value in context.items() if value]
        for group in self.filter_groups(view):
            chosen = [node for node in group if node.get("name") in on]
            if chosen:
                domain &= Domain.OR(
                    safe_eval(node.get("domain"), {"uid": user.id}) for node in chosen
                )
        self.assertLessEqual(
            set(on),
            {node.get("name") for node in view.iter("filter")},
            "no such filter",
        )
        return model.search(domain)

    @staticmethod
    def filter_groups(view):
        """Filters as the search bar combines them: OR inside, AND between."""
        group, groups = [], []
        for node in view:
            if node.tag == "filter":
                group.append(node)
            elif group:
                groups.append(group)
                group = []
        return [*groups, group] if group else groups


@tagged("post_install", "-at_install")
class TestViews(ViewsCase):
    def test_every_view_loads_for_whoever_may_read(self):
        shown = 0
        for user in (self.reader, self.agent, self.manager, self.admin):
            for name, kinds in MODELS.items():
                model = self.env[name].with_user(user)
                if not model.has_access("read"):
                    continue
                views = [(False, kind) for kind in kinds]
                for view in model.get_views(views)["views"].values():
                    shown += 1
                    # The deals of others have no place in a screen without CRM rights.
                    fields = etree.fromstring(view["arch"]).iter("field")
                    self.assertNotIn("lead_id", [node.get("name") for node in fields])
        self.assertGreater(shown, 80)

    def test_deal_is_shown_to_salespeople(self):
        seller = self.user(
            "seller", "social_crm.group_user,sales_team.group_sale_salesman"
        )
        arch = self.conversations.with_user(seller).get_view(view_type="form")["arch"]
        self.assertIn("lead_id", arch)

    def test_menus_by_group(self):
        def menus(user):
            visible = self.env["ir.ui.menu"].with_user(user).load_menus(False)
            return {
                name: self.env.ref(f"social_crm.social_crm_menu_{name}").id in visible
                for name in ("root", "inbox", "config", "topics", "accounts", "streams")
            }

        def expect(user, *names):
            self.assertEqual({k for k, v in menus(user).items() if v}, set(names))

        expect(self.reader)
        expect(self.agent, "root", "inbox")
        expect(self.manager, "root", "inbox", "config", "topics")
        expect(self.admin, "root", "inbox", "config", "topics", "accounts", "streams")

    def test_social_page_is_not_there_without_the_group(self):
        contacts = self.user("contacts", "base.group_user,base.group_partner_manager")
        for user, there in ((contacts, False), (self.reader, True)):
            partner = self.env["res.partner"].with_user(user)
            arch = etree.fromstring(partner.get_view(view_type="form")["arch"])
            self.assertEqual(bool(arch.xpath("//page[@name='social_crm']")), there)
            self.assertEqual(bool(arch.xpath("//*[@name='social_now']")), there)
        with Form(self.env["res.partner"].with_user(contacts)) as form:
            form.name = "Somebody"

    def test_filters_are_valid_and_find_what_they_say(self):
        for name in MODELS:
            model = self.env[name].with_user(self.admin)
            arch = model.get_view(view_type="search")["arch"]
            for node in etree.fromstring(arch).iter("filter"):
                if domain := node.get("domain"):
                    model.search_count(safe_eval(domain, {"uid": self.admin.id}))
                elif not node.get("date"):
                    group = literal_eval(node.get("context"))["group_by"]
                    model.formatted_read_group([], [group], ["__count"])
            for node in etree.fromstring(arch).iter("field"):
                if domain := node.get("filter_domain"):
                    model.search_count(safe_eval(domain, {"self": "x"}))

    def test_inbox_opens_on_mine_and_nobodys(self):
        self.ingest(*(post(uid, by=f"p{uid}", minutes=9) for uid in range(1, 6)))
        one, two, three, four, five = (
            self.mention(uid).conversation_id for uid in range(1, 6)
        )
        one.user_id = self.agent
        two.user_id = self.manager
        three.action_done()
        four.action_snooze_tomorrow()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_crm.social_crm_conversation_action_inbox"
        )
        self.assertEqual(self.listed(action, self.agent), five | one)

    def test_search_finds_words_said_earlier(self):
        self.ingest(
            post(1, text="The parcel is a disaster"),
            post(2, text="Hello?", parent_uri="https://example.social/posts/1"),
        )
        conversation = self.mention(1).conversation_id
        self.assertEqual(conversation.preview, "Hello?")
        arch = etree.fromstring(self.conversations.get_view(view_type="search")["arch"])
        domain = arch.xpath("//field[@name='preview']")[0].get("filter_domain")
        found = self.conversations.search(safe_eval(domain, {"self": "disaster"}))
        self.assertEqual(found, conversation)

    def test_bulk_actions(self):
        self.ingest(post(1, by="p1"), post(2, by="p2"))
        both = (self.mention(1) | self.mention(2)).conversation_id

        def bound(user):
            actions = self.env["ir.actions.actions"].with_user(user)
            found = actions.get_bindings("social.crm.conversation").get("action", ())
            mine = self.env["ir.model.data"].search(
                [("module", "=", "social_crm"), ("model", "=", "ir.actions.server")]
            )
            ours = set(mine.mapped("res_id"))
            return [action["id"] for action in found if action["id"] in ours]

        self.assertFalse(bound(self.reader))
        self.assertEqual(len(bound(self.agent)), 6)

        def run(name):
            action = self.env.ref(f"social_crm.social_crm_conversation_action_{name}")
            self.assertIn(action.id, bound(self.agent))
            action.with_user(self.agent).with_context(
                active_model=both._name, active_ids=both.ids, active_id=both[:1].id
            ).run()

        run("assign")
        self.assertEqual(both.user_id, self.agent)
        self.assertEqual(set(both.mapped("state")), {"open"})
        self.assertFalse(any(both.mapped("unread")))
        run("unread")
        self.assertTrue(all(both.mapped("unread")))
        run("read")
        self.assertFalse(any(both.mapped("unread")))
        run("snooze")
        self.assertEqual(set(both.mapped("state")), {"snoozed"})
        self.assertTrue(all(both.mapped("snoozed_until")))
        run("done")
        self.assertEqual(set(both.mapped("state")), {"done"})
        self.assertFalse(any(both.mapped("waiting_since")))
        run("reopen")
        self.assertEqual(set(both.mapped("state")), {"open"})

    def test_a_dragged_card_means_what_the_button_means(self):
        self.ingest(post(1))
        conversation = self.mention(1).conversation_id.with_user(self.agent)
        conversation.web_save({"state": "snoozed"}, {})
        self.assertTrue(conversation.snoozed_until)
        conversation.web_save({"state": "done"}, {})
        self.assertFalse(conversation.snoozed_until or conversation.waiting_since)

    def test_waiting_age_in_the_language_of_the_user(self):
        self.ingest(post(1, minutes=185))
        conversation = self.mention(1).conversation_id
        self.assertIn("3", conversation.waiting_age)
        self.env["res.lang"]._activate_lang("fr_FR")
        french = conversation.with_context(lang="fr_FR").waiting_age
        self.assertIn("3", french)
        conversation.action_done()
        self.assertFalse(conversation.waiting_age)

    # --- counters ------------------------------------------------------------

    def test_team_card_equals_its_list(self):
        team = self.env["social.crm.team"].create(
            {"name": "Care", "member_ids": self.agent.ids}
        )
        other = self.env["social.crm.team"].create({"name": "Other"})
        self.ingest(*(post(uid, by=f"p{uid}", minutes=9) for uid in range(1, 5)))
        all_of_them = self.conversations.search([])
        all_of_them.team_id = team
        all_of_them[0].user_id = self.agent
        all_of_them[1].action_done()
        all_of_them[2].team_id = other
        card = team.with_user(self.agent)
        self.assertEqual((card.open_count, card.unassigned_count), (2, 1))
        listed = self.listed(card.action_open_conversations(), self.agent)
        self.assertEqual(len(listed), 2)
        card = card.with_context(unassigned=1)
        listed = self.listed(card.action_open_conversations(), self.agent)
        self.assertEqual(len(listed), 1)

    def test_button_of_a_contact_equals_its_list(self):
        partner = self.env["res.partner"].create({"name": "Ann"})
        self.ingest(post(1), post(2), post(3, visibility="private", kind="message"))
        self.identity("ann")._link(partner, "manual")
        self.mention(1).conversation_id.action_done()
        shown = partner.with_user(self.reader)
        # Private messages are not for Readers: neither in the number nor in the list.
        counts = (shown.social_open_count, shown.social_conversation_count)
        self.assertEqual(counts, (1, 2))
        listed = self.listed(shown.action_social_conversations(), self.reader)
        self.assertEqual(len(listed), 1)
        self.mention(2).conversation_id.action_done()
        shown.invalidate_recordset()
        listed = self.listed(shown.action_social_conversations(), self.reader)
        self.assertEqual(len(listed), shown.social_conversation_count)

    # --- the account form ----------------------------------------------------

    def visible(self, form, *names):
        return {name for name in names if not form._get_modifier(name, "invisible")}

    def test_account_form_shows_what_the_network_needs(self):
        names = ("base_url", "handle", "access_token_input", "login_code")
        names += ("username_input",)
        form = Form(self.env["social.crm.account"].with_user(self.admin))
        form.name = "A"
        form.network = "mastodon"
        self.assertEqual(
            self.visible(form, *names), {"base_url", "access_token_input", "login_code"}
        )
        with self.assertRaisesRegex(AssertionError, "base_url"):
            form.save()
        form.network = "bluesky"
        self.assertEqual(self.visible(form, *names), {"base_url", "handle"})
        form.network = "feed"
        self.assertEqual(self.visible(form, *names), {"username_input"})
        with form.feed_ids.new() as line:
            # What a feed fetches needs no choice.
            self.assertEqual(line.kind, "feed")
            line.query = "https://example.com/feed.xml"
        account = form.save()
        self.assertEqual(account.feed_ids.mapped("kind"), ["feed"])

    def test_secrets_go_in_and_never_come_out(self):
        form = Form(self.env["social.crm.account"].with_user(self.admin))
        form.name, form.network, form.handle = "B", "bluesky", "acme.bsky.social"
        form.password_input = "abcd-efgh"
        account = form.save()
        self.assertEqual(account.sudo().password, "abcd-efgh")
        self.assertEqual(account.password_input, MASK)
        with Form(account) as form:
            form.name = "Renamed"
        self.assertEqual(account.sudo().password, "abcd-efgh")
        arch = etree.fromstring(account.get_view(view_type="form")["arch"])
        for name in ("password_input", "access_token_input"):
            for node in arch.xpath(f"//field[@name='{name}']"):
                self.assertEqual(node.get("password"), "True")
        values = account.web_read({name: {} for name in ("password_input", "name")})
        self.assertNotIn("abcd-efgh", str(values))

    def test_stream_offers_what_the_network_has(self):
        self.assertNotIn("reviews", self.feed.available_kinds)
        self.assertIn("hashtag", self.feed.available_kinds)
        for values in (
            {"kind": "reviews"},
            {"kind": "hashtag"},
            {"kind": "search", "query": "  "},
        ):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.feed.write(values)

    def test_item_put_aside_can_be_tried_again_by_managers_only(self):
        self.env["social.crm.bad.item"].create(
            {"feed_id": self.feed.id, "uid": "1", "error": "No author.", "raw": "{}"}
        )
        items = self.env["social.crm.bad.item"]
        self.assertFalse(items.with_user(self.agent).has_access("read"))
        item = items.with_user(self.manager).search([])
        item.action_retry()
        # The connector in memory cannot read single items: it says so, and it stays.
        self.assertTrue(item.exists())
        self.assertIn("one by one", item.error)

    def test_nobody_makes_conversations_or_mentions_by_hand(self):
        for name in ("social.crm.conversation", "social.crm.mention"):
            for kind in ("list", "kanban", "form"):
                arch = self.env[name].with_user(self.admin).get_view(view_type=kind)
                self.assertEqual(
                    etree.fromstring(arch["arch"]).get("create"), "0", (name, kind)
                )
