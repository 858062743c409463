"""Profiles from a file, through Odoo's own import."""

import zlib
from contextlib import contextmanager

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tools import mute_logger

from .ingest_values import MAX_NAME, clean_name
from .social_crm_now_mixin import USER

# What a file may say of a profile; the rest comes from the network.
COLUMNS = {
    "import_profile",
    "import_basis",
    "network",
    "name",
    "location",
    "partner_id",
}


class UnreadableRow(Exception):
    """A row of several is wrong: Odoo tries them again, one by one, and says which."""


@contextmanager
def rows_of_a_file(env, count):
    """Let Odoo blame the right one of ``count`` rows, in words.

    Of several it would blame the first, whichever is wrong.
    """
    try:
        with mute_logger("odoo.sql_db"):
            yield
    except UserError as problem:
        if count == 1:
            raise
        raise UnreadableRow from problem
    except UniqueViolation as problem:
        raise UserError(
            env._("Somebody else has just entered the same: import it once more.")
        ) from problem


def one_file_at_a_time(env):
    """Have an import wait for another, then begin again and see what it has stored."""
    lock = zlib.crc32(b"social_crm.import")
    env.cr.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock])
    if not env.cr.fetchone()[0]:
        env.cr.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
        raise ConcurrencyError("another import has just ended")


class SocialCrmIdentity(models.Model):
    # A concern, a file.
    _inherit = "social.crm.identity"  # pylint: disable=consider-merging-classes-inherited

    # Columns of a file, never stored.
    import_profile = fields.Char(
        "Profile", store=False, groups=USER, help="An address, or a handle with its @."
    )
    import_basis = fields.Selection(
        [("manual", "Set by a user"), ("given", "Given to us")],
        "How we know",
        store=False,
        groups=USER,
    )

    # Of no use in a file: written by the network alone.
    handle = fields.Char(readonly=True)
    url = fields.Char("Profile page", readonly=True)
    avatar_url = fields.Char(readonly=True)
    bio = fields.Text(readonly=True)
    followers_count = fields.Integer(readonly=True)
    following_count = fields.Integer(readonly=True)
    posts_count = fields.Integer(readonly=True)
    verified_links = fields.Json(readonly=True)
    is_bot = fields.Boolean(readonly=True)
    account_created_at = fields.Datetime(readonly=True)

    _handle_key_idx = models.Index(
        "(company_id, network, lower(handle)) WHERE handle IS NOT NULL"
    )

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Template for social profiles"),
                "template": "/social_crm/static/xls/social_profiles.csv",
            }
        ]

    # --- rows of a file ------------------------------------------------------

    @api.model
    def load(self, fields, data):
        if "import_profile" in fields:
            one_file_at_a_time(self.env)
        return super().load(fields, data)

    @api.model
    def _load_records_create(self, vals_list):
        """A row names a profile: it is found, or made of its address.

        Refusals are sentences for the row they belong to.
        """
        if not any("import_profile" in vals for vals in vals_list):
            return super()._load_records_create(vals_list)
        self.check_access("write")
        with rows_of_a_file(self.env, len(vals_list)):
            return self._import_rows(vals_list)

    def _load_records_write(self, values):
        if not COLUMNS & set(values) - {"partner_id"}:
            return super()._load_records_write(values)
        if values.get("import_profile"):
            self._check_import_columns(values)
            address = self._address_of(
                values["import_profile"], values.get("network") or ""
            )
            if self._known_all([address], self.company_id).get(address) != self:
                raise UserError(
                    self.env._(
                        "This row belongs to %s, but names another profile.",
                        self.display_name,
                    )
                )
        self._import_row(values)

    @api.model
    def _import_rows(self, vals_list):
        company = self.env.company
        addresses = []
        for vals in vals_list:
            self._check_import_columns(vals)
            network = vals.get("network") or ""
            address = self._address_of(vals.get("import_profile"), network)
            if network and address.network != network:
                names = dict(self._selection_network())
                raise UserError(
                    self.env._(
                        "This is a profile on %(found)s, but the row says %(network)s.",
                        found=names[address.network],
                        network=names[network],
                    )
                )
            addresses.append(address)
        known = self._known_all(addresses, company)
        found = []
        for address, vals in zip(addresses, vals_list, strict=True):
            if address not in known:
                known[address] = self._make_typed(address, company)
            known[address]._import_row(vals)
            found.append(known[address].id)
        return self.browse(found)

    @api.model
    def _check_import_columns(self, vals):
        # "id" is the record, "company_id" comes from wherever the user works.
        wrong = set(vals) - COLUMNS - {"id"}
        if wrong:
            labels = self.fields_get(list(wrong), ["string"])
            raise UserError(
                self.env._(
                    "What the network says of a profile cannot be imported: leave out"
                    " the column %s.",
                    ", ".join(labels[name]["string"] for name in sorted(labels)),
                )
            )

    def _import_row(self, vals):
        """Take over what the row says beside the address."""
        if self.privacy or self.is_nobody:
            raise UserError(self._import_refusal())
        # Once somebody has spoken, the network knows better.
        if not self.sudo().first_seen_at:
            said = {
                name: clean_name(vals[name], MAX_NAME)
                for name in ("name", "location")
                if vals.get(name) and vals[name] != self[name]
            }
            if said:
                # sudo: as when it was typed, whoever may name one may say more.
                self.sudo().write(said)
        partner = self.env["res.partner"].browse(vals.get("partner_id"))
        if partner and self.partner_id != partner:
            partner._social_hold(self, vals.get("import_basis") or "manual")

    def _import_refusal(self):
        if self.privacy:
            return self._link_refusal("manual")
        return self.env._("This profile is ours, or nobody's.")


class ResPartner(models.Model):
    # A concern, a file.
    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    social_profile_addresses = fields.Char(
        "Addresses of social profiles",
        compute="_compute_social_profile_addresses",
        inverse="_inverse_social_profile_addresses",
        groups=USER,
        help="Several with commas between them. What is written here is added.",
    )

    @api.depends("social_identity_ids.url", "social_identity_ids.handle")
    def _compute_social_profile_addresses(self):
        for partner in self:
            profiles = partner.social_identity_ids
            partner.social_profile_addresses = ", ".join(
                filter(None, (profile.url or profile.handle for profile in profiles))
            )

    def _inverse_social_profile_addresses(self):
        identities = self.env["social.crm.identity"]
        for partner in self:
            text = partner.social_profile_addresses or ""
            company = partner.company_id or self.env.company
            addresses = [
                identities._address_of(piece)
                for piece in text.replace("\n", ",").split(",")
                if piece.strip()
            ]
            known = identities._known_all(addresses, company)
            for address in addresses:
                profile = known.get(address)
                profile = profile or identities._make_typed(address, company)
                if profile.privacy or profile.is_nobody:
                    raise UserError(profile._import_refusal())
                if profile.partner_id != partner:
                    partner._social_hold(profile)
