"""Facts from other programs: signed, checked one by one, answered one by one."""

import hmac
import json
import secrets
import time

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError

from ..connectors.profile_address import parse_profile
from .social_crm_fact import BASES, KINDS

ADMIN = "social_crm.group_admin"
MAX_FACTS = 100
MAX_BYTES = 256_000
# A signed call is good for so many seconds before and after its time.
GOOD_FOR = 300
TEXTS = ("value", "source", "source_url")


class ResCompany(models.Model):
    # A concern, a file.
    _inherit = "res.company"  # pylint: disable=consider-merging-classes-inherited

    # Whoever knows it may tell us of people: for the server alone.
    social_crm_fact_secret = fields.Char(copy=False, groups="base.group_system")


class SocialCrmFact(models.Model):
    # A concern, a file.
    _inherit = "social.crm.fact"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _signed_by(self, body, moment, signature):
        """Return the company whose secret has signed the call, none if none has.

        ``signature`` is ``sha256=`` and the HMAC of the moment (Unix seconds), a dot
        and the body, in hexadecimal.
        """
        nobody = self.env["res.company"]
        if not moment.isascii() or not moment.isdecimal() or len(moment) > 12:
            return nobody
        if abs(time.time() - int(moment)) > GOOD_FOR:
            return nobody
        signed = moment.encode() + b"." + body
        sent = signature.encode("utf-8", "replace")
        found = nobody
        # sudo: only here secrets leave the database, into a comparison.
        companies = nobody.sudo().search([("social_crm_fact_secret", "!=", False)])
        for company in companies:
            key = company.social_crm_fact_secret.encode()
            right = f"sha256={hmac.digest(key, signed, 'sha256').hex()}".encode()
            # Never ended early: how long it takes says nothing.
            if hmac.compare_digest(right, sent):
                found = company.sudo(False)
        return found

    @api.model
    def _receive(self, body, company):
        """Store the facts of a call; return (status, answer).

        Body: ``{"facts": [{"profile", "network"?, "kind", "value", "source",
        "source_url"?, "basis", "date"}]}``. Answer: ``{"results": [{"result":
        "stored", "known" or "refused", "message"}]}`` in the order of the facts.
        """
        try:
            items = json.loads(body)
            items = items["facts"]
        except (ValueError, RecursionError, KeyError, TypeError):
            items = None
        if not isinstance(items, list):
            return 400, {
                "error": self.env._("Send JSON: an object with a list, facts.")
            }
        if len(items) > MAX_FACTS:
            text = self.env._("Send at most %s facts in a call.", MAX_FACTS)
            return 413, {"error": text}
        return 200, {"results": self._receive_all(items, company)}

    @api.model
    def _receive_all(self, items, company):
        addresses, wanted, results = [], [], [None] * len(items)
        for number, item in enumerate(items):
            try:
                address, vals = self._received(item)
            except UserError as problem:
                results[number] = {"result": "refused", "message": str(problem)}
            else:
                addresses.append(address)
                wanted.append((number, vals))
        known = self.env["social.crm.identity"]._known_all(addresses, company)
        rows = []
        for address, (number, vals) in zip(addresses, wanted, strict=True):
            identity = known.get(address)
            if not identity or not identity._may_be_told_of():
                results[number] = {"result": "refused", "message": self._refusal()}
                continue
            rows.append((number, {**vals, "identity_id": identity.id}))
        try:
            _facts, new = self._tell([vals for _number, vals in rows])
        except UniqueViolation as problem:
            # Another call has just told the same: look again.
            raise ConcurrencyError("told at the same time") from problem
        for (number, _vals), is_new in zip(rows, new, strict=True):
            results[number] = (
                {"result": "stored", "message": self.env._("Kept.")}
                if is_new
                else {"result": "known", "message": self.env._("Known already.")}
            )
        return results

    @api.model
    def _received(self, item):
        """Return the address and the values of an item. Raises UserError."""
        if not isinstance(item, dict):
            raise UserError(self.env._("A fact is an object."))
        text = item.get("profile")
        network = item.get("network") or ""
        if not isinstance(text, str) or not isinstance(network, str):
            text, network = "", ""
        address = parse_profile(text, network[:40])
        if not address:
            raise UserError(
                self.env._(
                    "This is no profile. Send the address of the profile's page, or a"
                    " handle such as @ann@server.example."
                )
            )
        vals = {name: item.get(name) for name in TEXTS}
        for name, choices in (("kind", KINDS), ("basis", BASES)):
            value = item.get(name)
            codes = [code for code, _label in choices]
            # Without one there is a sentence of its own.
            if value and value not in codes:
                raise UserError(
                    self.env._(
                        "%(name)s is one of: %(choices)s.",
                        name=name,
                        choices=", ".join(codes),
                    )
                )
            vals[name] = value
        vals["date"] = self._received_date(item.get("date"))
        vals["identity_id"] = False
        self._checked(vals)
        return address, vals

    @api.model
    def _received_date(self, value):
        if not value:
            return False
        try:
            return fields.Date.to_date(value) if isinstance(value, str) else False
        except ValueError:
            raise UserError(self.env._("Write the date as YYYY-MM-DD.")) from None


class ResConfigSettings(models.TransientModel):
    # A concern, a file.
    _inherit = "res.config.settings"  # pylint: disable=consider-merging-classes-inherited

    social_crm_fact_secret_set = fields.Boolean(
        "Programs may tell facts",
        compute="_compute_social_crm_fact_secret_set",
        groups=ADMIN,
    )

    @api.depends("company_id")
    def _compute_social_crm_fact_secret_set(self):
        for settings in self:
            # sudo: only whether there is one.
            company = settings.company_id.sudo()
            settings.social_crm_fact_secret_set = bool(company.social_crm_fact_secret)

    @api.model
    def _check_social_admin(self):
        if not self.env.user.has_group(ADMIN):
            raise AccessError(
                self.env._("Only a Social Administrator may let programs tell facts.")
            )

    def action_social_fact_secret(self):
        """Make a secret for the company, and show it this once."""
        self._check_social_admin()
        secret = secrets.token_urlsafe(32)
        # sudo: a Social Administrator need not administer the database.
        self.env.company.sudo().social_crm_fact_secret = secret
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("The new secret"),
            "res_model": "social.crm.fact.secret",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_secret": secret},
        }

    def action_social_fact_secret_remove(self):
        self._check_social_admin()
        self.env.company.sudo().social_crm_fact_secret = False
