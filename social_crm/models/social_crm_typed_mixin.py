from odoo import api, models

from ..connectors.text import one_line

TYPED = ("base_url", "handle", "query")


class SocialCrmTypedMixin(models.AbstractModel):
    """What a person types on one line is kept as one line, as PostgreSQL takes it.

    However it comes: by a form, by a program, or as a default of a link.
    """

    _name = "social.crm.typed.mixin"
    _description = "Typed Text"

    @api.model
    def _tidy(self, vals):
        """Return ``vals`` without control characters and needless blanks."""
        typed = {
            name: one_line(vals[name])
            for name in TYPED
            if isinstance(vals.get(name), str)
        }
        return {**vals, **typed}

    @api.model
    def default_get(self, fields):
        return self._tidy(super().default_get(fields))

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._tidy(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._tidy(vals))
