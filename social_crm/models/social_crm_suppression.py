import hmac
import secrets
from urllib.parse import urlsplit

from odoo import api, fields, models, tools
from odoo.fields import Domain
from odoo.tools import config

from .person_names import normal_handle, normal_uri

KEY_OPTION = "social_crm_suppression_key"
KEY_PARAMETER = "social_crm.suppression_key"
KINDS = [("opted_out", "Opted out"), ("erased", "Erased")]


class SocialCrmSuppression(models.Model):
    """Who must not come back: keyed hashes, and nothing that names a person.

    One row for the key of the profile, and one for each of its handles.
    """

    _name = "social.crm.suppression"
    _description = "Opt-out"
    _order = "since desc, id desc"
    _rec_name = "since"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    network = fields.Selection(selection="_selection_network", required=True)
    kind = fields.Selection(KINDS, "What was asked", required=True, readonly=True)
    part = fields.Selection(
        [("profile", "Profile"), ("address", "Address"), ("handle", "Handle")],
        required=True,
        readonly=True,
    )
    hash = fields.Char(required=True, readonly=True)
    # The same for all rows of a profile: they are lifted together.
    subject = fields.Char(required=True, readonly=True, index=True)
    key_tag = fields.Char(required=True, readonly=True)
    since = fields.Datetime(required=True, readonly=True)
    source = fields.Char("How we know", readonly=True)
    user_id = fields.Many2one("res.users", "Entered by", readonly=True)

    _hash_uniq = models.UniqueIndex("(company_id, hash)")

    @api.model
    def _selection_network(self):
        return self.env["social.crm.account"]._selection_network()

    # --- hashes --------------------------------------------------------------

    @api.model
    def _key(self):
        """Return the secret of this server or, without one, of this database."""
        if key := config.get(KEY_OPTION):
            return str(key).encode()
        parameters = self.env["ir.config_parameter"].sudo()
        key = parameters.get_param(KEY_PARAMETER)
        if not key:
            key = secrets.token_hex(32)
            parameters.set_param(KEY_PARAMETER, key)
        return key.encode()

    @api.model
    def _hasher(self, company_id):
        """Return a function of (network, part, value): a hash in hexadecimal."""
        key = self._key()

        def hash_of(network, part, value):
            text = "\0".join((str(company_id), network, part, value))
            return hmac.digest(key, text.encode("utf-8", "replace"), "sha256").hex()

        return hash_of

    @api.model
    def _key_tag(self):
        """What tells one key from another, and nothing of the key."""
        return hmac.digest(self._key(), b"tag", "sha256").hex()[:8]

    @tools.ormcache("company_id")
    def _networks(self, company_id):
        """Return the networks on which anybody is suppressed; mostly none."""
        rows = self.sudo()._read_group([("company_id", "=", company_id)], ["network"])
        return tuple(network for (network,) in rows)

    # --- who -----------------------------------------------------------------

    @api.model
    def _names(self, identity):
        """Return (handles, uris): all that a profile is called, as the network has it.

        An address that several profiles have, such as that of a blog, names nobody.
        """
        handles = {identity.handle, *identity.handle_ids.mapped("handle")}
        uris, url = {identity.uri}, identity.url or ""
        if urlsplit(url).path.strip("/"):
            domain = [
                ("company_id", "=", identity.company_id.id),
                ("network", "=", identity.network),
                ("url", "=", url),
                ("id", "!=", identity.id),
            ]
            everyone = identity.sudo().with_context(active_test=False)
            if not everyone.search_count(domain, limit=1):
                uris.add(url)
        return handles - {False}, uris - {False}

    @api.model
    def _suppress(self, identity, kind, source=""):
        """Remember the profile by its hashes, from now on."""
        company_id, network = identity.company_id.id, identity.network
        hash_of = self._hasher(company_id)
        handles, uris = self._names(identity)
        own = hash_of(network, "uri", normal_uri(identity.uri))
        parts = {
            hash_of(network, "handle", normal_handle(name)): "handle"
            for name in handles
        }
        for uri in uris:
            parts[hash_of(network, "uri", normal_uri(uri))] = "address"
        parts[own] = "profile"
        values = {
            "kind": kind,
            "since": fields.Datetime.now(),
            "source": source,
            "user_id": self.env.uid,
            "subject": own,
            "key_tag": self._key_tag(),
        }
        rows = self.sudo()
        domain = Domain("hash", "in", list(parts)) | Domain("subject", "=", own)
        known = rows.search(Domain("company_id", "=", company_id) & domain)
        for row in known:
            part = parts.pop(row.hash, row.part)
            # A handle may have been another person's before.
            if row.subject == own or part == "profile":
                row.write({**values, "part": part})
        rows.create(
            [
                {
                    **values,
                    "company_id": company_id,
                    "network": network,
                    "hash": value,
                    "part": part,
                }
                for value, part in sorted(parts.items())
            ]
        )

    @api.model
    def _kinds(self, identities):
        """Return {identity: kind} of those whose profile is suppressed; one query."""
        hashes = {}
        for company, records in identities.grouped("company_id").items():
            if not self._networks(company.id):
                continue
            hash_of = self._hasher(company.id)
            for record in records:
                value = hash_of(record.network, "uri", normal_uri(record.uri or ""))
                hashes[company.id, value] = record
        if not hashes:
            return {}
        rows = self.sudo().search_fetch(
            [("hash", "in", [value for _company, value in hashes])],
            ["company_id", "hash", "kind"],
        )
        return {
            hashes[row.company_id.id, row.hash]: row.kind
            for row in rows
            if (row.company_id.id, row.hash) in hashes
        }

    @api.model
    def _is_suppressed(self, company_id, network, uris=(), handles=()):
        """Whether somebody with one of these names must not be stored."""
        if not self._networks(company_id):
            return False
        hash_of = self._hasher(company_id)
        hashes = [hash_of(network, "uri", normal_uri(uri)) for uri in uris if uri]
        hashes += [
            hash_of(network, "handle", normal_handle(handle))
            for handle in handles
            if handle
        ]
        domain = [("company_id", "=", company_id), ("hash", "in", hashes)]
        return bool(self.sudo().search_count(domain, limit=1))

    # --- lifting -------------------------------------------------------------

    def action_lift(self):
        self.unlink()

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def unlink(self):
        """Lift it: all rows of the same profile go."""
        self.check_access("unlink")
        pairs = {(row.company_id.id, row.subject) for row in self}
        domain = [("subject", "in", [subject for _company, subject in pairs])]
        rows = self.sudo().search(domain)
        rows = rows.filtered(lambda row: (row.company_id.id, row.subject) in pairs)
        self.env.registry.clear_cache()
        self.env["social.crm.identity"].invalidate_model(["privacy"])
        return super(SocialCrmSuppression, rows).unlink()
