"""Who somebody is to us: computed from what Odoo knows, and corrected by people."""

from odoo import api, fields, models
from odoo.tools import SQL

KINDS = [
    ("customer", "Customer"),
    ("lead", "Lead"),
    ("prospect", "Prospect"),
    ("partner", "Partner"),
    ("supplier", "Supplier"),
    ("employee", "Employee"),
    ("bot", "Bot"),
    ("unknown", "Unknown"),
]
SOURCES = [
    ("account", "One of our accounts"),
    ("manual", "Set by a user"),
    ("automated", "Automated, says the network"),
    ("login", "Contact: has a login here"),
    ("company", "Contact: of our own company"),
    ("bought", "Contact: buys from us"),
    ("won", "Contact: won opportunity"),
    ("sells", "Contact: we buy from them"),
    ("level", "Contact: has a partner level"),
    ("won_lead", "Lead of the profile: won"),
    ("open", "Contact: open lead or opportunity"),
    ("open_lead", "Lead of the profile: open"),
    ("contact", "Contact: no lead, no deal"),
    ("nobody", "No contact"),
]
# Columns that other add-ons bring: (name, above what, kind, source).
SOLD = ("customer_rank", "customer", "bought")
BOUGHT = ("supplier_rank", "supplier", "sells")
LEVEL = ("grade_id", "partner", "level")

# The first that is true says who they are. A company's deals are those of its people.
KIND = """
    SELECT s.id, CASE
        WHEN s.author_kind = 'ours' OR EXISTS (
            SELECT FROM social_crm_account a WHERE a.own_uri = s.uri
                AND a.network = s.network AND a.company_id = s.company_id
        ) THEN ARRAY['ours', 'account']
        WHEN s.author_kind_manual IS NOT NULL THEN ARRAY[s.author_kind_manual, 'manual']
        WHEN s.is_bot THEN ARRAY['bot', 'automated']
        WHEN EXISTS (
            SELECT FROM res_users u
            WHERE u.partner_id = p.id AND u.active AND u.share IS NOT TRUE
        ) THEN ARRAY['employee', 'login']
        WHEN EXISTS (
            SELECT FROM res_company o JOIN res_partner op ON op.id = o.partner_id
            WHERE op.commercial_partner_id = p.commercial_partner_id
        ) THEN ARRAY['employee', 'company']
        %(sold)s
        WHEN EXISTS (%(deals)s AND l.won_status = 'won')
            THEN ARRAY['customer', 'won']
        WHEN EXISTS (%(leads)s AND l.won_status = 'won')
            THEN ARRAY['customer', 'won_lead']
        %(bought)s
        %(level)s
        WHEN EXISTS (%(deals)s AND l.active AND l.won_status = 'pending')
            THEN ARRAY['lead', 'open']
        WHEN EXISTS (%(leads)s AND l.active AND l.won_status = 'pending')
            THEN ARRAY['lead', 'open_lead']
        WHEN p.id IS NOT NULL THEN ARRAY['prospect', 'contact']
        ELSE ARRAY['unknown', 'nobody']
    END AS found
    FROM social_crm_identity s
    LEFT JOIN res_partner p ON p.id = s.partner_id
    LEFT JOIN res_partner c ON c.id = p.commercial_partner_id
    WHERE s.id = ANY(%(ids)s)
"""
# Another company's leads are nobody's business.
DEALS = """
    SELECT FROM res_partner q JOIN crm_lead l ON l.partner_id = q.id
    WHERE q.commercial_partner_id = p.commercial_partner_id
      AND (l.company_id IS NULL OR l.company_id = s.company_id)
"""
LEADS = """
    SELECT FROM social_crm_identity_lead_rel r JOIN crm_lead l ON l.id = r.lead_id
    WHERE r.identity_id = s.id
      AND (l.company_id IS NULL OR l.company_id = s.company_id)
"""
UPDATE = """
    UPDATE social_crm_identity i
    SET author_kind = k.found[1], author_kind_source = k.found[2]
    FROM (%s) k
    WHERE k.id = i.id AND (i.author_kind, i.author_kind_source)
        IS DISTINCT FROM (k.found[1], k.found[2])
    RETURNING i.id
"""
READ = {
    "crm.lead": ["active", "company_id", "partner_id", "won_status"],
    "res.users": ["active", "partner_id", "share"],
    "social.crm.account": ["company_id", "network", "own_uri"],
    "social.crm.identity": ["author_kind", "author_kind_manual", "is_bot", "lead_ids"]
    + ["partner_id"],
}


class SocialCrmIdentity(models.Model):
    # A concern, a file.
    _inherit = "social.crm.identity"  # pylint: disable=consider-merging-classes-inherited

    author_kind_manual = fields.Selection(
        KINDS,
        "Who they are",
        tracking=True,
        copy=False,
        help="Empty: what contact, leads and deals say. What you choose stays.",
    )
    author_kind_source = fields.Selection(SOURCES, "Why", readonly=True, copy=False)
    author_kind_label = fields.Char(compute="_compute_author_kind_label")
    author_kind_hint = fields.Char("Where that is from", compute="_compute_hint")

    @api.depends("author_kind")
    @api.depends_context("lang")
    def _compute_author_kind_label(self):
        labels = dict(self._fields["author_kind"]._description_selection(self.env))
        for identity in self:
            identity.author_kind_label = labels.get(identity.author_kind)

    @api.depends("author_kind_source", "author_kind_manual")
    @api.depends_context("lang")
    def _compute_hint(self):
        sources = dict(
            self._fields["author_kind_source"]._description_selection(self.env)
        )
        for identity in self:
            source = identity.author_kind_source
            if identity.author_kind_manual:
                source = "manual"
            elif source == "manual":
                # Emptied, and not saved yet.
                source = False
            identity.author_kind_hint = sources.get(source)

    # --- computing -----------------------------------------------------------

    def _update_kinds(self):
        """Say anew who these are; one statement. Returns those that changed."""
        ids = [each for each in self.ids if each]
        if not ids:
            return self.browse()
        for model, names in READ.items():
            self.env[model].flush_model(names)
        partners = self.env["res.partner"]
        soft = {
            key: self._kind_by_column(partners, *column)
            for key, column in (("sold", SOLD), ("bought", BOUGHT), ("level", LEVEL))
        }
        partners.flush_model(["commercial_partner_id"])
        found = SQL(KIND, ids=ids, deals=SQL(DEALS), leads=SQL(LEADS), **soft)
        # A page that comes in at this moment wins; whoever calls does it once more.
        self.env.cr.execute(SQL(UPDATE, found), log_exceptions=False)
        changed = self.browse([row[0] for row in self.env.cr.fetchall()])
        changed.invalidate_recordset(["author_kind", "author_kind_source"], flush=False)
        return changed

    @api.model
    def _kind_by_column(self, partners, name, kind, source):
        """Return a WHEN for a column that is there if another add-on brings it."""
        field = partners._fields.get(name)
        if not field or not field.store or field.company_dependent:
            return SQL()
        partners.flush_model([name])
        column = SQL.identifier(name)
        return SQL(
            "WHEN COALESCE(p.%(name)s, 0) > 0 OR COALESCE(c.%(name)s, 0) > 0"
            " THEN ARRAY[%(kind)s, %(source)s]",
            name=column,
            kind=kind,
            source=source,
        )

    def _look_again(self):
        """Compute anew what is known by other records. Returns those that changed."""
        return self.exists()._update_kinds()

    def social_look(self):
        """Bring what the form shows up to date; return whether anything changed."""
        self.check_access("read")
        # sudo: whoever may see a profile may see it as it is now.
        return bool(self.sudo()._look_again())

    # --- when it changes -----------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        identities = super().create(vals_list)
        named = identities.filtered(lambda each: each.author_kind == "unknown")
        named._update_kinds()
        return identities

    def write(self, vals):
        result = super().write(vals)
        if "author_kind_manual" in vals:
            # Nobody asks which contact a robot is.
            self.sudo()._write_match({"match_at": False})
        if {"author_kind_manual", "is_bot", "lead_ids"} & set(vals):
            # sudo: computed.
            self.sudo()._update_kinds()
        return result

    def _set_partner(self, vals):
        result = super()._set_partner(vals)
        self.sudo()._update_kinds()
        return result
