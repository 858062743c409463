from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .social_crm_mixin import READER, column_of
from .social_crm_now_mixin import PROFILE

# What the keys and the score of a contact are made of.
MATCHED = {
    "active",
    "city",
    "company_id",
    "company_name",
    "country_id",
    "email",
    "is_company",
    "name",
    "parent_id",
    "phone",
    "state_id",
    "website",
    "zip",
}


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "social.crm.now.mixin"]

    social_identity_ids = fields.One2many(
        "social.crm.identity", "partner_id", string="Social profiles", groups=READER
    )

    def _social_partners(self):
        """The contacts whose words this one shows: a company has its people's."""
        companies = self.filtered(
            lambda partner: (
                partner.is_company and partner.commercial_partner_id == partner
            )
        )
        if not companies:
            return self
        domain = [("commercial_partner_id", "in", companies.ids)]
        partners = self.with_context(active_test=False)
        return self | partners.search(domain, order="id")

    def _social_columns(self):
        return ["is_company", "commercial_partner_id"]

    def _social_mention_domains(self):
        self.ensure_one()
        return [Domain("partner_id", "in", self._social_partners().ids)]

    @api.depends("is_company")
    def _compute_social_keys(self):
        return super()._compute_social_keys()

    @api.model
    def _social_ways(self):
        names = {
            "firm": SQL.identifier(
                "p",
                "commercial_partner_id",
                to_flush=self._fields["commercial_partner_id"],
            ),
            "is_firm": SQL.identifier(
                "c", "is_company", to_flush=self._fields["is_company"]
            ),
        }
        return [
            ("partner_id", SQL("SELECT id AS key, id AS record_id FROM res_partner")),
            # A company has what its people said, archived ones, too; the people of a
            # person are not that person's.
            (
                "partner_id",
                SQL(
                    """
                    SELECT p.id AS key, c.id AS record_id FROM res_partner c
                    JOIN res_partner p ON %(firm)s = c.id AND p.id != c.id
                    WHERE %(is_firm)s
                    """,
                    **names,
                ),
            ),
        ]

    def _social_shown_profiles(self):
        profiles = self.env["social.crm.identity"].search_fetch(
            [("partner_id", "in", self._origin.ids)], PROFILE
        )
        return {profile: {profile.partner_id.id} for profile in profiles}

    @api.model
    def _social_of_profiles(self, query):
        return Domain("id", "in", column_of(query, "partner_id"))

    @api.model
    def _search_display_name(self, operator, value):
        """Wherever a contact is chosen, "@handle" finds it."""
        domain = super()._search_display_name(operator, value)
        is_handle = isinstance(value, str) and value.startswith("@") and len(value) > 1
        if is_handle and operator == "ilike" and self.env.user.has_group(READER):
            return Domain(domain) | Domain("social_handle", "ilike", value)
        return domain

    def _get_store_avatar_card_fields(self, target):
        names = super()._get_store_avatar_card_fields(target)
        # With the rights of whoever asks: never for a channel that others read.
        mine = target.is_current_user(self.env) and not self.env.su
        if mine and self.env.user.has_group(READER):
            return [*names, "social_handles", "social_mood"]
        return names

    def _compute_application_statistics_hook(self):
        statistics = super()._compute_application_statistics_hook()
        if not self.env.user.has_group(READER):
            return statistics
        for partner in self.filtered("social_open_count"):
            statistics[partner.id].append(
                {
                    "iconClass": "fa-comments-o",
                    "value": partner.social_open_count,
                    "label": self.env._("Open on social networks"),
                    "tagClass": "o_tag_color_3",
                }
            )
        return statistics

    # --- matching ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        partners._match_again()
        return partners

    def write(self, vals):
        result = super().write(vals)
        if MATCHED & set(vals):
            self._match_again()
        return result

    def _match_again(self):
        """Have the cron compare these contacts; one statement, no lock."""
        if not self:
            return
        self.env.cr.execute(
            SQL(
                "INSERT INTO social_crm_match_todo (partner_id) SELECT unnest(%s)",
                self.ids,
            )
        )

    def _social_card(self):
        """What a person reads of a contact beside a profile, with their own rights."""
        company = self.commercial_partner_id
        place = ", ".join(filter(None, (self.city, self.country_id.name)))
        return {
            "id": self.id,
            "model": self._name,
            "name": self.name or self.display_name,
            "company": company.name if company != self else self.company_name or "",
            "function": self.function or "",
            "is_company": self.is_company,
            "email": self.email or "",
            "phone": self.phone or "",
            "website": self.website or "",
            "place": place,
        }

    def _social_holder(self):
        return self
