from datetime import timedelta

from odoo import fields, models
from odoo.orm.model_classes import add_to_registry
from odoo.tests import tagged

from ..models.social_crm_match_sources import GATEWAYS_READ
from .test_match import MatchCase

CHANNEL = "res.partner.gateway.channel"


class MailGateway(models.Model):
    """As much of OCA's mail_gateway as we read of it."""

    _name = "mail.gateway"
    _description = "Mail Gateway"
    _module = None

    name = fields.Char(required=True)
    gateway_type = fields.Selection(
        [("telegram", "Telegram"), ("whatsapp", "WhatsApp"), ("mastodon", "Mastodon")]
    )


class GatewayChannel(models.Model):
    _name = CHANNEL
    _description = "Gateway of a Contact"
    _module = None

    name = fields.Char(related="gateway_id.name")
    partner_id = fields.Many2one("res.partner", required=True, ondelete="cascade")
    gateway_id = fields.Many2one("mail.gateway", required=True, ondelete="cascade")
    gateway_token = fields.Char()


@tagged("post_install", "-at_install")
class TestWebsiteIsProfile(MatchCase):
    """A contact whose website is a profile has the handle of that profile."""

    def test_it_is_a_handle(self):
        for number, website in enumerate(
            (
                "https://example.social/@zed",
                "http://www.example.social/@Zed/",
                "https://example.social/users/zed",
            )
        ):
            self.mary.website = website
            identity = self.speak(number, login="zed", name="Z.")
            identity.match_at = False
            self.compare()
            self.assertEqual(self.suggested(identity), self.mary, website)
            self.assertIn("already on the contact", identity.match_ids.reasons)
            self.assertFalse(identity.partner_id, "anybody may type a website")

    def test_other_networks(self):
        for website, key in (
            ("https://bsky.app/profile/z.example", "handle:bluesky:z.example"),
            ("https://www.linkedin.com/in/zed-w/", "handle:linkedin:zed-w"),
            ("https://x.com/zed", "handle:x:zed"),
        ):
            self.mary.website = website
            facts = self.keys._partner_facts(self.mary.ids)[self.mary.id]
            self.assertIn(key, facts.keys)
            self.assertFalse(facts.urls)


@tagged("post_install", "-at_install")
class TestGateways(MatchCase):
    """OCA's gateways, here with a model like theirs: read, never written."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        names = [MailGateway._name, CHANNEL]
        cls.addClassCleanup(cls._forget, names)
        for definition in (MailGateway, GatewayChannel):
            add_to_registry(cls.registry, definition)
        cls.registry._setup_models__(cls.env.cr, names)
        cls.registry.init_models(cls.env.cr, names, {"models_to_check": True})
        cls.gateways = {
            kind: cls.env["mail.gateway"].create({"name": kind, "gateway_type": kind})
            for kind in ("telegram", "whatsapp", "mastodon")
        }

    @classmethod
    def _forget(cls, names):
        for name in names:
            for parent in cls.registry[name]._inherit_module or ():
                cls.registry[parent]._inherit_children.discard(name)
            cls.registry["base"]._inherit_children.discard(name)
            del cls.registry.models[name]
        cls.registry._setup_models__(cls.env.cr)

    def channel(self, kind, token, partner=None):
        return self.env[CHANNEL].create(
            {
                "partner_id": (partner or self.mary).id,
                "gateway_id": self.gateways[kind].id,
                "gateway_token": token,
            }
        )

    def facts(self, partner=None):
        partner = partner or self.mary
        return self.keys._partner_facts(partner.ids)[partner.id]

    def test_tokens_become_facts(self):
        self.mary.phone = False
        self.channel("whatsapp", "442079460999")
        self.channel("telegram", "123456789")
        self.channel("mastodon", "@mary@far.example")
        self.channel("telegram", False)
        facts = self.facts()
        self.assertIn("phone:+442079460999", facts.keys)
        self.assertIn("handle:telegram:123456789", facts.keys)
        self.assertIn("handle:mastodon:mary@far.example", facts.keys)
        self.mary.phone = "+44 20 7946 0123"
        self.env.flush_all()
        self.assertEqual(len(self.facts().phones), 2, "beside the one on the contact")

    def test_odd_tokens(self):
        before = self.facts().keys
        for token in ("", "group@g.us", "x" * 5000, "\u202e", "1-2@g.us"):
            self.channel("whatsapp", token)
        self.assertEqual(self.facts().keys, before)

    def test_a_new_gateway_is_noticed(self):
        identity = self.speak(1, login="mary", name="M.", text="+44 20 7946 0999 @k")
        self.compare()
        self.assertFalse(identity.partner_id)
        self.channel("whatsapp", "442079460999")
        self.patch(
            type(self.env["ir.cron"]),
            "_commit_progress",
            lambda cron, processed=0, remaining=None: 60.0,
        )
        self.keys._cron_match()
        self.env.invalidate_all()
        self.assertEqual(identity.partner_id, self.mary)
        self.assertEqual(identity.link_basis, "given")
        later = fields.Datetime.now() + timedelta(minutes=20)
        self.env["ir.config_parameter"].set_param(GATEWAYS_READ, str(later))
        self.keys._queue_gateways()
        self.assertFalse(self.env["social.crm.match.todo"].search([]), "not for ever")

    def test_same_queries_for_few_and_many(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{n}"} for n in range(40)]
        )
        for partner in partners:
            self.channel("telegram", str(10_000 + partner.id), partner)
        counts = []
        for ids in (partners[:2].ids, partners.ids):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.keys._partner_facts(ids)
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(counts[0], counts[1])
