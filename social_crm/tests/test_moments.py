from odoo.tests import HttpCase, tagged

from ..models import social_crm_look
from .common import SocialCase, author, post
from .connector_contract import Answer
from .look_server import LookServerCase
from .test_connector_mastodon import status


@tagged("post_install", "-at_install")
class TestMoments(LookServerCase, SocialCase, HttpCase):
    """The walk that the demo offers, as somebody with a pipeline and an inbox."""

    def setUp(self):
        super().setUp()
        self.addCleanup(social_crm_look._looks.clear)
        self.ask("mastodon")
        self.answers["/api/v1/timelines/tag/velorin"] = Answer(
            200, [status("1", "My Velorin climbs")]
        )

    def test_on_a_desk(self):
        self.walk()

    def test_on_a_phone(self):
        self.browser_size = "390x844"
        self.touch_enabled = True
        self.walk()

    def walk(self):
        user = self.user(
            "walker", "social_crm.group_admin,sales_team.group_sale_manager"
        )
        ann = self.env["res.partner"].create({"name": "Ann Walker"})
        self.ingest(post(1, text="Third time late"))
        identity = self.env["social.crm.identity"]
        identity.search([("uri", "=", author("ann").uri)])._link(ann, "manual")
        self.env["crm.lead"].create(
            {
                "name": "Fourteen bikes",
                "type": "opportunity",
                "partner_id": ann.id,
                "user_id": user.id,
            }
        )
        self.start_tour("/odoo/social-look", "social_crm_moments", login="walker")
        conversation = self.mention(1).conversation_id
        self.assertFalse(conversation.unread, "it was read on the way")
