from odoo.tools import convert_file

FILES = (
    "res_users.xml",
    "res.partner.csv",
    "portal_user.xml",
    "social_crm_demo.xml",
    "social_crm_stories.xml",
    "crm_lead.xml",
)


class DemoCase:
    """The demo data: those of the database, or loaded for this test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.env.ref(
            "social_crm.demo_account_mastodon", raise_if_not_found=False
        )
        if not cls.account:
            for name in FILES:
                convert_file(
                    cls.env, "social_crm", f"demo/{name}", {}, "init", noupdate=True
                )
            cls.account = cls.env.ref("social_crm.demo_account_mastodon")
