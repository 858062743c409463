from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .social_crm_mixin import column_of
from .social_crm_now_mixin import PROFILE


class SocialCrmTargetMixin(models.AbstractModel):
    """What leads and tickets share: conversations may be routed to them.

    A model that inherits it has ``partner_id`` and ``social_identity_ids``, profiles of
    somebody who is no contact yet.
    """

    _name = "social.crm.target.mixin"
    _description = "Target of Social Conversations"
    _inherit = "social.crm.now.mixin"

    def _social_contacts(self):
        """Their contacts, as far as the user may see them."""
        partners = self.partner_id.with_context(active_test=False)
        domain = [("id", "in", partners.ids)]
        return partners.search_fetch(domain, partners._social_columns(), order="id")

    def _social_routed(self):
        """The conversations routed here, as far as the user may see them."""
        conversations = self.env["social.crm.conversation"]
        link = conversations._fields[self._social_link]
        if not conversations._has_field_access(link, "read"):
            # A follower of a ticket, who is no helpdesk user.
            return conversations
        return conversations.search([(self._social_link, "in", self.ids)])

    def _social_columns(self):
        return ["partner_id", "social_identity_ids"]

    def _social_mention_domains(self):
        self.ensure_one()
        domains = []
        if partner := self._social_contacts():
            domains += partner._social_mention_domains()
        # Archived ones, too: with a contact they would also be shown.
        if identities := self.with_context(active_test=False).social_identity_ids:
            domains.append(Domain("identity_id", "in", identities.ids))
        if conversations := self._social_routed():
            domains.append(Domain("conversation_id", "in", conversations.ids))
        return domains

    @api.depends("partner_id", "social_identity_ids")
    def _compute_social_keys(self):
        return super()._compute_social_keys()

    @api.model
    def _social_ways(self):
        table = SQL.identifier(self._table)
        partner = SQL.identifier("r", "partner_id", to_flush=self._fields["partner_id"])
        profiles = self._fields["social_identity_ids"]
        ways = [
            # Whatever their contact shows.
            (
                name,
                SQL(
                    "SELECT c.key, r.id AS record_id FROM %s r"
                    " JOIN (%s) c ON c.record_id = %s",
                    table,
                    pairs,
                    partner,
                ),
            )
            for name, pairs in self.env["res.partner"]._social_ways()
        ]
        ways.append(
            (
                "identity_id",
                SQL(
                    "SELECT %s AS key, %s AS record_id FROM %s",
                    SQL.identifier(profiles.column2),
                    SQL.identifier(profiles.column1),
                    SQL.identifier(profiles.relation, to_flush=profiles),
                ),
            )
        )
        conversations = self.env["social.crm.conversation"]
        link = conversations._fields[self._social_link]
        if conversations._has_field_access(link, "read"):
            own = SQL("SELECT id AS key, id AS record_id FROM %s", table)
            ways.append((link.name, own))
        return ways

    def _social_shown_profiles(self):
        """Their own profiles, and those of their contacts, not of all the company."""
        records_of = {
            key: set(shown)
            for (name, key), shown in self._social_keys().items()
            if name == "identity_id"
        }
        # A profile of nobody is not that of each record without a contact.
        of_contact = self.filtered("partner_id").grouped("partner_id")
        contacts = Domain("partner_id", "in", self.partner_id._origin.ids)
        profiles = self.env["social.crm.identity"].search_fetch(
            Domain("id", "in", list(records_of)) | contacts, PROFILE
        )
        for profile in profiles:
            if records := of_contact.get(profile.partner_id):
                records_of.setdefault(profile.id, set()).update(records._origin._ids)
        return {profile: records_of[profile.id] for profile in profiles}

    @api.model
    def _social_of_profiles(self, query):
        return Domain("social_identity_ids", "in", query) | Domain(
            "partner_id", "in", column_of(query, "partner_id")
        )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_social_profiles(vals)
        records = super().create(vals_list)
        records._check_social_policy({})
        return records

    def _check_social_profiles(self, vals):
        """Who may not link a profile to a contact may not do so by way of a record."""
        if "social_identity_ids" in vals and not self.env.su:
            self.env["social.crm.identity"].check_access("write")

    def _check_social_policy(self, before):
        """Nor may what the network forbids come by way of a record.

        ``before``: {record id: the profiles it had}. What a merge moves here from
        another record stays.
        """
        # sudo: what the network forbids, it forbids everybody.
        for record in self.sudo().with_context(active_test=False):
            added = record.social_identity_ids - before.get(
                record.id, record.env["social.crm.identity"]
            )
            for profile in added.filtered(lambda each: not each.partner_id):
                refusal = profile._link_refusal("manual")
                if refusal and not (
                    self.env.su
                    and record.search_count(
                        [
                            ("social_identity_ids", "in", profile.ids),
                            ("id", "!=", record.id),
                        ],
                        limit=1,
                    )
                ):
                    raise UserError(refusal)

    def write(self, vals):
        self._check_social_profiles(vals)
        before = {}
        if "social_identity_ids" in vals:
            people = self.sudo().with_context(active_test=False)
            before = {record.id: record.social_identity_ids for record in people}
        result = super().write(vals)
        if before:
            self._check_social_policy(before)
        if vals.get("partner_id"):
            self._social_move_to_partner()
        return result

    def _social_move_to_partner(self):
        """A record that gets its contact hands over its profiles."""
        for record in self.sudo():
            for identity in record.social_identity_ids:
                if identity.partner_id:
                    continue
                try:
                    identity._link(record.partner_id, "manual")
                except UserError:
                    # The network forbids it: the profile stays here.
                    continue
                record.social_identity_ids -= identity

    def _social_take_over(self, others):
        """Profiles and conversations of merged records go to the one that stays."""
        record = self.sudo().with_context(active_test=False)
        others = others.with_env(record.env) - record
        record.social_identity_ids |= others.social_identity_ids
        others.social_identity_ids = False
        others._social_routed().write({self._social_link: self.id})
