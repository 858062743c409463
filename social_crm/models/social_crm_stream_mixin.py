import unicodedata

from odoo import api, models
from odoo.exceptions import ValidationError

# Kinds of streams that are nothing without words or an address.
NEEDS_QUERY = ("search", "hashtag", "feed")


def tag_of(text):
    """Return a hashtag as networks are asked for it: without its sign."""
    return (text or "").lstrip("#＃ ")


class SocialCrmStreamMixin(models.AbstractModel):
    """What to fetch, as a person says it: a stream, or one to be.

    Whoever inherits it has ``network``, ``kind``, ``query`` and ``available_kinds``.
    """

    _name = "social.crm.stream.mixin"
    _description = "What to Fetch"
    _inherit = ["social.crm.typed.mixin"]

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._drop_sign()
        return records

    def write(self, vals):
        result = super().write(vals)
        if "kind" in vals or "query" in vals:
            self._drop_sign()
        return result

    def _drop_sign(self):
        """One spelling for all: two streams of a hashtag are seen to be the same."""
        for record in self.filtered(lambda record: record.kind == "hashtag"):
            if record.query and record.query != tag_of(record.query):
                record.query = tag_of(record.query)

    def _kind_label(self):
        feeds = self.env["social.crm.feed"]
        return dict(feeds._fields["kind"]._description_selection(self.env))[self.kind]

    def _check_network_has_it(self):
        networks = dict(self.env["social.crm.account"]._selection_network())
        for record in self:
            if record.kind not in record.available_kinds:
                raise ValidationError(
                    self.env._(
                        "%(network)s has no stream of the kind “%(kind)s”.",
                        network=networks[record.network],
                        kind=record._kind_label(),
                    )
                )

    def _check_query_is_given(self):
        for record in self.filtered(lambda record: record.kind in NEEDS_QUERY):
            query = record.query or ""
            if not (tag_of(query) if record.kind == "hashtag" else query.strip()):
                raise ValidationError(
                    self.env._(
                        "Say what to look for in the stream “%s”.", record._kind_label()
                    )
                )

    def _check_hashtag(self):
        """Networks find nothing under other hashtags, and do not say so."""
        for record in self.filtered(lambda record: record.kind == "hashtag"):
            tag = tag_of(record.query)
            words = tag.split()
            if len(words) > 1:
                raise ValidationError(
                    self.env._(
                        "A hashtag is one word without blanks: write “%(joined)s”"
                        " instead of “%(tag)s”, or look for a keyword.",
                        joined="".join(words),
                        tag=tag,
                    )
                )
            if wrong := [char for char in tag if not _may_be_in_tag(char)]:
                raise ValidationError(
                    self.env._(
                        "A hashtag has letters, digits and _ only: take “%s” away.",
                        wrong[0],
                    )
                )
            if tag and not any(char.isalpha() for char in tag):
                raise ValidationError(
                    self.env._("A hashtag has at least one letter; “%s” has none.", tag)
                )


def _may_be_in_tag(char):
    """Letters of any script with their marks and joiners, digits, and _ and ·."""
    return unicodedata.category(char)[0] in "LMN" or char in "_·\u200c\u200d"
