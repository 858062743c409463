from odoo import api, models


class SocialCrmAccount(models.Model):
    _inherit = "social.crm.account"

    @api.model
    def _load_demo(self):
        """Fill the demo accounts; called by the demo data alone."""
        # Imported here: who has no demo data never reads its texts.
        from ..demo.loader import load

        load(self.env(su=True))
