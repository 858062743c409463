"""Profiles that a person types or pastes on a contact, a lead or a ticket."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..connectors.profile_address import parse_profile
from .person_names import BY_HANDLE, escape_like


class SocialCrmTypedProfileMixin(models.AbstractModel):
    """A profile that was typed before it spoke."""

    _name = "social.crm.typed.profile.mixin"
    _description = "Typed Social Profile"

    @api.model
    def _from_paste(self, text, company):
        """Return the profile that ``text`` names, a new one if nobody knows it yet.

        Raises UserError with what to enter instead.
        """
        address = self._address_of(text)
        known = self._known_all([address], company).get(address)
        return known or self._make_typed(address, company)

    @api.model
    def _address_of(self, text, network=""):
        """Return the ``ProfileAddress`` of what a person pasted.

        ``network`` is where a bare handle belongs. Raises UserError with what to enter
        instead.
        """
        address = parse_profile(text if isinstance(text, str) else "", network)
        networks = dict(self._selection_network())
        if not address or address.network == "web":
            raise UserError(
                self.env._(
                    "This is no profile. Paste the address of the profile's page, or a"
                    " handle such as @ann@server.example."
                )
            )
        if address.network not in networks:
            raise UserError(
                self.env._(
                    "Profiles of this network cannot be kept yet. These can: %s.",
                    ", ".join(networks.values()),
                )
            )
        return address

    @api.model
    def _known_all(self, addresses, company):
        """Return {address: profile} of those that are known; one query for all.

        As the user may see them. The real one comes before one that was typed; of two
        with one handle, whoever has it now: the other has not spoken since.
        """
        self.flush_model(
            ["company_id", "network", "uri", "handle", "profile_updated_at"]
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (v.number) v.number, i.id
                FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[])
                    AS v(number, network, uri, handle)
                JOIN social_crm_identity i
                  ON i.company_id = %s AND i.network = v.network
                 AND (i.uri = v.uri OR lower(i.handle) = lower(v.handle))
                WHERE i.erase_pending IS NOT TRUE
                ORDER BY v.number, i.profile_updated_at DESC NULLS LAST, i.id
                """,
                list(range(len(addresses))),
                [address.network for address in addresses],
                [address.uri or None for address in addresses],
                [address.handle or None for address in addresses],
                company.id,
            )
        )
        ids = [identity_id for _number, identity_id in rows]
        everyone = self.with_context(active_test=False)
        seen = self.browse(everyone.search([("id", "in", ids)])._ids)
        by_id = {identity.id: identity for identity in seen}
        return {
            addresses[number]: by_id[identity_id]
            for number, identity_id in rows
            if identity_id in by_id
        }

    @api.model
    def _make_typed(self, address, company):
        # sudo: profiles come from networks; whoever may link one may name one.
        profile = self.sudo().create(
            {
                "company_id": company.id,
                "network": address.network,
                "uri": address.uri or f"{BY_HANDLE}{address.handle.lower()}",
                "handle": address.handle,
                "url": address.url,
            }
        )
        return profile.sudo(False)

    def _meet_typed(self):
        """Who was typed by handle and has now spoken is one profile, not two."""
        spoke = self.filtered(
            lambda each: each.handle and not each.uri.startswith(BY_HANDLE)
        )
        typed_uri = {each: f"{BY_HANDLE}{each.handle.lower()}" for each in spoke}
        found = self.search(
            [
                ("company_id", "in", spoke.company_id.ids),
                ("network", "in", list(set(spoke.mapped("network")))),
                ("uri", "in", list(typed_uri.values())),
            ]
        ).grouped(lambda each: (each.company_id, each.network, each.uri))
        for profile, uri in typed_uri.items():
            key = profile.company_id, profile.network, uri
            # The first who comes by the handle takes it over.
            if typed := found.pop(key, None):
                holder = typed._typed_holder(profile)
                # Where the network forbids it now, a link is not passed on.
                if not (typed.partner_id and holder._link_refusal(typed.link_basis)):
                    holder._take_over_typed(typed)

    def _typed_holder(self, profile):
        """Whom a typed handle meant: ``profile``, or who gave it up to them since."""
        earlier = self.env["social.crm.identity.handle"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("network", "=", self.network),
                ("handle", "=ilike", escape_like(self.handle)),
                ("until", ">=", self.create_date),
                ("identity_id", "!=", profile.id),
            ],
            order="until",
            limit=1,
        )
        return earlier.identity_id or profile

    def _take_over_typed(self, typed):
        """Take over what people decided about the handle before it spoke."""
        if typed.partner_id and not self.partner_id:
            self._set_partner(
                {
                    "partner_id": typed.partner_id.id,
                    "link_basis": typed.link_basis,
                    "link_date": typed.link_date,
                    "link_user_id": typed.link_user_id.id,
                }
            )
        for name in self._typed_records():
            records = typed[name]
            records.social_identity_ids += self
        typed.unlink()

    @api.model
    def _typed_records(self):
        """Return the fields of a profile with records that it was typed on."""
        return ["lead_ids"]
