from odoo import api, fields, models
from odoo.exceptions import UserError


class SocialCrmAccount(models.Model):
    """The accounts of stories: those of the demo data and those of the examples."""

    _inherit = "social.crm.account"

    is_example = fields.Boolean("Example", readonly=True, copy=False)

    @api.model
    def _load_demo(self):
        """Fill the demo accounts; called by the demo data alone."""
        # Imported here: who has no demo data never reads its texts.
        from ..demo.loader import load

        load(self.env(su=True))

    @api.model
    def _introduce_demo(self):
        """Say who they are; called by the demo data, after its leads."""
        from ..demo.loader import introduce

        introduce(self.env(su=True))

    def _connector(self, session=None):
        """An example talks to nobody, whoever presses which button."""
        if self.is_example:
            raise UserError(
                self.env._(
                    "“%s” is an example and has nobody to talk to. Connect an account"
                    " of your own instead.",
                    self.name,
                )
            )
        return super()._connector(session)
