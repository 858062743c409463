"""What others told us about a person, with who says it and by what right we keep it."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..connectors.text import one_line
from .ingest_values import MAX_NAME, clean_name, web_address
from .social_crm_identity_import import one_file_at_a_time, rows_of_a_file

MAX_VALUE = 500
KINDS = [
    ("location", "Place"),
    ("company", "Company"),
    ("job", "Job"),
    ("language", "Language"),
    ("pronouns", "Pronouns"),
    ("interest", "Interest"),
    ("email", "E-mail"),
    ("phone", "Phone"),
    ("website", "Website"),
    ("other", "Other"),
]
BASES = [
    ("consent", "Consent"),
    ("contract", "Contract"),
    ("legitimate_interest", "Legitimate interest"),
    ("stated", "Stated by the person"),
    ("public", "Public"),
]
# What the matcher makes of it: beside what the person says, never instead of it.
LISTS = {"email": "told_emails", "phone": "told_phones", "website": "told_urls"}
WORDS = {"location": "city", "company": "company", "language": "language"}


class SocialCrmFact(models.Model):
    """One thing that somebody else told us about the person behind a profile."""

    _name = "social.crm.fact"
    _description = "What Others Told Us"
    _order = "date desc, id desc"
    _rec_name = "value"

    identity_id = fields.Many2one(
        "social.crm.identity", "Person", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="identity_id.company_id", store=True, index=True
    )
    kind = fields.Selection(KINDS, "What", required=True)
    value = fields.Char(required=True)
    source = fields.Char("Who says it", required=True)
    source_url = fields.Char("Where")
    basis = fields.Selection(
        BASES, "Lawful basis", required=True, help="By what right you may keep it."
    )
    date = fields.Date(required=True, help="When it was true.")
    user_id = fields.Many2one(
        "res.users", "Entered by", readonly=True, help="Nobody: a program did."
    )
    # Told twice it is kept once; a keyed hash, as the value may name other people.
    key = fields.Char(readonly=True, groups="base.group_system")
    # A column of a file, never stored.
    import_profile = fields.Char("Profile", store=False)

    _key_uniq = models.UniqueIndex("(identity_id, key)")

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Template for what others told us"),
                "template": "/social_crm/static/xls/social_facts.csv",
            }
        ]

    # --- writing -------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        identities = self._profiles(vals_list)
        self.check_access("create")
        self.env["social.crm.identity"].union(*identities).check_access("read")
        if not all(identity and identity._may_be_told_of() for identity in identities):
            raise UserError(self._refusal())
        keys = list(map(self._key_of, identities, vals_list))
        rows = list(map(self._checked, vals_list))
        if self._told(identities, keys):
            raise UserError(self.env._("This is known already, from the same source."))
        facts = super().create(rows)
        # Who was told the same at the same time begins again: no fault to be logged.
        self.env.cr.execute(
            SQL(
                "UPDATE social_crm_fact f SET key = v.key"
                " FROM unnest(%s::int[], %s::text[]) AS v(id, key) WHERE f.id = v.id",
                facts.ids,
                keys,
            ),
            log_exceptions=False,
        )
        facts.invalidate_recordset(["key"])
        facts.identity_id._compare_again()
        return facts

    @api.model
    def _profiles(self, vals_list):
        """Return the profile of each, read together."""
        profiles = self.env["social.crm.identity"]
        ids = [vals.get("identity_id") for vals in vals_list]
        found = {each.id: each for each in profiles.browse(set(ids) - {None, False})}
        return [found.get(profile_id, profiles) for profile_id in ids]

    @api.model
    def _refusal(self):
        """The same words for whoever is unknown and for whoever asked to be left alone:
        nobody can find out by trying who that is."""
        return self.env._("Nobody of whom facts may be kept has this profile.")

    @api.model
    def _checked(self, vals):
        """Return the values of a new fact in one way of writing. Raises UserError."""
        value = self._text(vals, "value", MAX_VALUE + 1)
        source = self._text(vals, "source", MAX_NAME)
        if not (source and vals.get("basis") and vals.get("date")):
            raise UserError(
                self.env._(
                    "Say where it comes from: who says it, the lawful basis and the"
                    " date are needed."
                )
            )
        if not value or not vals.get("kind"):
            raise UserError(self.env._("Say what it is, and its value."))
        if len(value) > MAX_VALUE:
            raise UserError(
                self.env._("The value is longer than %s characters.", MAX_VALUE)
            )
        if fields.Date.to_date(vals["date"]) > fields.Date.today():
            raise UserError(self.env._("The date lies ahead."))
        return {
            "identity_id": vals["identity_id"],
            "kind": vals["kind"],
            "value": value,
            "source": source,
            "source_url": web_address(self._text(vals, "source_url", 2000)) or False,
            "basis": vals["basis"],
            "date": vals["date"],
            # A program has no name; a person cannot use another's.
            "user_id": vals.get("user_id") if self.env.su else self.env.uid,
        }

    @staticmethod
    def _text(vals, name, limit):
        value = vals.get(name)
        return one_line(clean_name(value, limit)) if isinstance(value, str) else ""

    @api.model
    def _key_of(self, identity, vals):
        hash_of = self.env["social.crm.suppression"]._hasher(identity.company_id.id)
        parts = (self._text(vals, name, MAX_VALUE) for name in ("value", "source"))
        return hash_of("fact", vals.get("kind") or "", "\0".join(parts).casefold())

    def unlink(self):
        identities = self.identity_id
        result = super().unlink()
        identities.exists()._compare_again()
        return result

    @api.model
    def _told(self, identities, keys):
        """Return {(id of the profile, key): fact} of those that were told before."""
        domain = Domain("identity_id", "in", [each.id for each in identities])
        domain &= Domain("key", "in", keys)
        # sudo: keys are for us alone.
        rows = self.sudo().search(domain)
        return {(row.identity_id.id, row.key): row for row in rows}

    @api.model
    def _tell(self, vals_list):
        """Store facts that are new; return the facts, and which of them are new.

        Those told before get the date and the basis of now.
        """
        identities = self._profiles(vals_list)
        keys = list(map(self._key_of, identities, vals_list))
        known = self._told(identities, keys)
        keys = [(each.id, key) for each, key in zip(identities, keys, strict=True)]
        wanted = {}
        for key, vals in zip(keys, vals_list, strict=True):
            if key not in known:
                wanted.setdefault(key, vals)
            else:
                fresh = self._checked(vals)
                row = known[key]
                date = fields.Date.to_date(fresh["date"])
                if (row.date, row.basis) != (date, fresh["basis"]):
                    row.write({name: fresh[name] for name in ("date", "basis")})
        created = self.create(list(wanted.values()))
        made = dict(zip(wanted, created, strict=True))
        facts = [made.get(key) or known[key].with_env(self.env) for key in keys]
        new = [key in made and keys.index(key) == n for n, key in enumerate(keys)]
        return facts, new

    # --- rows of a file ------------------------------------------------------

    @api.model
    def load(self, fields, data):
        one_file_at_a_time(self.env)
        return super().load(fields, data)

    @api.model
    def _load_records_create(self, vals_list):
        """A row names a profile that is here; told twice it is kept once."""
        self.check_access("create")
        with rows_of_a_file(self.env, len(vals_list)):
            return self._import_rows(vals_list)

    @api.model
    def _import_rows(self, vals_list):
        identities, company = self.env["social.crm.identity"], self.env.company
        rows = [dict(vals) for vals in vals_list]
        named = {
            number: identities._address_of(vals.pop("import_profile"))
            for number, vals in enumerate(rows)
            if vals.get("import_profile")
        }
        known = identities._known_all(list(named.values()), company)
        if self.env.context.get("import_file") and len(named) < len(rows):
            # A name is not enough: others have it, too.
            raise UserError(self.env._("Each row needs a profile: address or handle."))
        for number, address in named.items():
            rows[number]["identity_id"] = known.get(address, identities).id
        for vals, identity in zip(rows, self._profiles(rows), strict=True):
            if not identity or not identity._may_be_told_of():
                raise UserError(
                    self.env._("%s Import the profile first.", self._refusal())
                )
            self._checked(vals)
        facts, _new = self._tell(rows)
        return self.browse([fact.id for fact in facts])


class SocialCrmIdentity(models.Model):
    # A concern, a file.
    _inherit = "social.crm.identity"  # pylint: disable=consider-merging-classes-inherited

    fact_ids = fields.One2many("social.crm.fact", "identity_id", "What others told us")

    def _may_be_told_of(self):
        """Whether the profile is somebody's who has not asked to be left alone."""
        self.ensure_one()
        profile = self.sudo()
        return not (profile.privacy or profile.is_nobody or profile.erase_pending)

    def _compare_again(self):
        """Have the cron compare these profiles, as something new is known of them."""
        self.flush_recordset(["match_at", "partner_id"])
        # Beside the cron this begins again: no fault to be logged.
        self.env.cr.execute(
            SQL(
                "UPDATE social_crm_identity SET match_at = NULL"
                " WHERE id = ANY(%s) AND match_at IS NOT NULL AND partner_id IS NULL",
                self.ids,
            ),
            log_exceptions=False,
        )
        self.invalidate_recordset(["match_at"])

    # --- matching ------------------------------------------------------------

    def _match_records(self):
        """Others' words suggest; they never link, nor replace what the person says."""
        records = super()._match_records()
        rows = self.env["social.crm.fact"].sudo()
        for fact in rows.search([("identity_id", "in", self.ids)]):
            record = records[fact.identity_id]
            if name := LISTS.get(fact.kind):
                record.setdefault(name, []).append(fact.value)
            elif (name := WORDS.get(fact.kind)) and not record.get(name):
                record[name] = fact.value
        return records

    def _take_over_typed(self, typed):
        facts = typed.sudo().fact_ids
        have = set(self.sudo().fact_ids.mapped("key"))
        facts.filtered(lambda fact: fact.key not in have).identity_id = self
        return super()._take_over_typed(typed)

    # --- privacy -------------------------------------------------------------

    def _opt_out(self, source=""):
        result = super()._opt_out(source)
        self._with_typed().sudo().fact_ids.unlink()
        return result

    def _erase_begin(self, source):
        result = super()._erase_begin(source)
        self.sudo().fact_ids.unlink()
        return result
