"""What becomes of links when a contact is deleted, or goes to another company."""

from odoo import api, models
from odoo.tools import SQL


class ResPartner(models.Model):
    # A concern, a file.
    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    @api.ondelete(at_uninstall=True)
    def _unlink_social_links(self):
        """Profiles outlive their contact; of a link, nothing stays behind.

        One query for contacts that have no profiles.
        """
        identities, matches = (
            self.env["social.crm.identity"],
            self.env["social.crm.match"],
        )
        query = SQL(
            """
            SELECT id, TRUE FROM social_crm_identity WHERE partner_id = ANY(%(ids)s)
            UNION ALL
            SELECT identity_id, FALSE FROM social_crm_match
            WHERE partner_id = ANY(%(ids)s)
            """,
            ids=self.ids,
        )
        identities.flush_model(["partner_id"])
        matches.flush_model(["partner_id", "identity_id"])
        rows = self.env.execute_query(query)
        if not rows:
            return
        # sudo: whoever deletes a contact need not know its profiles.
        matches.sudo().search([("partner_id", "in", self.ids)]).unlink()
        identities = identities.sudo()
        identities.browse({row[0] for row in rows})._rank_matches()
        if linked := identities.browse(row[0] for row in rows if row[1]):
            linked._lose_partner(self.env._("The contact was deleted."))

    def write(self, vals):
        result = super().write(vals)
        if vals.get("company_id"):
            self._social_leave_companies(vals["company_id"])
        return result

    def _social_leave_companies(self, company_id):
        """Nobody's link names a contact that only another company may see."""
        # sudo: these are profiles of other companies.
        identities = self.env["social.crm.identity"].sudo()
        left = identities.with_context(active_test=False).search(
            [("partner_id", "in", self.ids), ("company_id", "!=", company_id)]
        )
        if left:
            left._lose_partner(
                self.env._("The contact belongs to another company now.")
            )
