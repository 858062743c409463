import re

from odoo import api, fields, models, tools

# A keyword is at most this long: the expression stays small whatever people paste.
MAX_KEYWORD = 100


class SocialCrmTopic(models.Model):
    """What a mention is about, by words in it."""

    _name = "social.crm.topic"
    _description = "Social Topic"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    company_id = fields.Many2one(
        "res.company", index=True, default=lambda self: self.env.company
    )
    keywords = fields.Text(
        help="One word or phrase a line. A mention that has one is about this topic."
    )
    is_competitor = fields.Boolean("Competitor")

    @tools.ormcache("company_id")
    def _matcher(self, company_id):
        """Return (expression, {keyword: topic ids}) or None when there is no keyword.

        One alternation of escaped words: linear, whatever the keywords are.
        """
        topics = self.sudo().search([("company_id", "in", (company_id, False))])
        ids_by_word = {}
        for topic in topics:
            for line in (topic.keywords or "").splitlines():
                if word := " ".join(line.casefold().split())[:MAX_KEYWORD]:
                    ids_by_word.setdefault(word, []).append(topic.id)
        if not ids_by_word:
            return None
        words = sorted(ids_by_word, key=len, reverse=True)
        pattern = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in words)
        return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)"), ids_by_word

    @api.model
    def _topics_of(self, company_id, texts):
        """Return the set of topic ids of each text, in order."""
        matcher = self._matcher(company_id)
        if not matcher:
            return [set() for _text in texts]
        expression, ids_by_word = matcher
        return [
            {
                topic_id
                for found in expression.findall(text.casefold())
                for topic_id in ids_by_word.get(" ".join(found.split()), ())
            }
            for text in texts
        ]

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
