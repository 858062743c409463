from odoo import api, models

from .social_crm_suppression import KEY_OPTION


class SocialCrmHealth(models.AbstractModel):
    # A concern, a file.
    _inherit = "social.crm.health"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def sections(self):
        sections = super().sections()
        lines = self._suppression_lines()
        if lines:
            title = self.env._("Opt-outs")
            sections.append(self._section("privacy", title, lines))
        return sections

    def _suppression_lines(self):
        """Say whether those who opted out can still be recognised."""
        # sudo: how many there are and under which key, not who.
        rows = self.env["social.crm.suppression"].sudo()
        domain = [("company_id", "in", self.env.companies.ids)]
        people = [*domain, ("part", "=", "profile")]
        count = rows.search_count(people)
        if not count:
            return []
        title = self.env._("People who must not come back")
        lost = rows.search_count([*people, ("key_tag", "!=", rows._key_tag())])
        if not lost:
            text = self.env._("All %s are recognised.", count)
            return [self._line("suppression", "ok", title, text)]
        return [
            self._line(
                "suppression",
                "error",
                title,
                self.env._(
                    "%(lost)s of %(count)s were entered under another key: what they"
                    " say would be stored again.",
                    lost=lost,
                    count=count,
                ),
                todo=self.env._(
                    "Put the old key back: the option %s in the configuration file of"
                    " the server.",
                    KEY_OPTION,
                ),
            )
        ]
