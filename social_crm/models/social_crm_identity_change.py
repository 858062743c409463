"""What profiles said of themselves before: each change, once."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .ingest_profiles import KEEP_CHANGES
from .ingest_values import stamp
from .rpc_values import record_id_of

# Of one profile so many changes and earlier handles are kept.
MOST = 200
# The screen shows so many at once.
PAGE = 20
FIELDS = [
    ("name", "Name"),
    ("handle", "Handle"),
    ("bio", "About"),
    ("location", "Place"),
    ("url", "Address of the profile"),
    ("verified_links", "Verified links"),
    ("avatar_url", "Picture"),
    ("pronouns_said", "Pronouns"),
    ("languages_said", "Languages"),
    ("languages_spoken", "Speaks"),
]
OLD = """
    DELETE FROM social_crm_identity_change c WHERE c.id IN (
        SELECT c.id FROM social_crm_identity_change c
        JOIN social_crm_identity i ON i.id = c.identity_id
        JOIN unnest(%(companies)s::int[], %(networks)s::text[],
            %(cutoffs)s::timestamp[]) AS v(company, network, cutoff)
          ON v.company = i.company_id AND v.network = i.network AND c.at < v.cutoff
        WHERE c.at < %(newest)s LIMIT %(size)s)
"""
TOO_MANY = """
    DELETE FROM {table} c USING (
        SELECT id, row_number() OVER (PARTITION BY identity_id ORDER BY id DESC) place
        FROM {table} WHERE identity_id IN (
            SELECT identity_id FROM {table} GROUP BY identity_id
            HAVING count(*) > %(most)s LIMIT %(size)s)
    ) n WHERE n.id = c.id AND n.place > %(most)s
"""
MOVE = """
    UPDATE social_crm_identity_change SET identity_id = %(to)s
    WHERE identity_id = ANY(%(ids)s);
    UPDATE social_crm_identity_handle SET identity_id = %(to)s
    WHERE identity_id = ANY(%(ids)s)
"""


class SocialCrmIdentityChange(models.Model):
    """One change of one thing that a profile says of itself."""

    _name = "social.crm.identity.change"
    _description = "Change of a Social Profile"
    _order = "id desc"
    _rec_name = "field"
    _log_access = False

    identity_id = fields.Many2one(
        "social.crm.identity", "Profile", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True)
    field = fields.Selection(FIELDS, "What", required=True)
    old = fields.Text("Before")
    new = fields.Text("After")
    at = fields.Datetime("When", required=True, index=True)

    _identity_idx = models.Index("(identity_id, id DESC)")

    def _words(self):
        """Return ``{"old", "new"}`` for people: a picture has nothing to read."""
        if self.field == "avatar_url":
            return {"old": "", "new": self.env._("new") if self.new else ""}
        words = {"old": self.old or "", "new": self.new or ""}
        if self.field == "verified_links":
            return {key: text.replace("\n", ", ") for key, text in words.items()}
        if self.field == "languages_spoken":
            names = self.env["social.crm.identity"]._language_names
            return {key: names(text) for key, text in words.items()}
        return words

    @api.model
    def _keep(self, company, network, rows):
        """Record changes ``{"identity_id", "field", "old", "new"}`` seen just now."""
        if rows:
            KEEP_CHANGES.run(
                self.env.cr,
                company=company.id,
                network=network,
                now=stamp(fields.Datetime.now()),
                rows=rows,
            )
            self.invalidate_model(flush=False)

    @api.model
    def _forget_old(self, limits, size):
        """Delete what is older than ``limits`` [(company, network, moment)] allow.

        Also what is more than ``MOST`` of one profile. Returns how many rows are gone;
        0: nothing is left to do.
        """
        count = 0
        if limits:
            companies, networks, cutoffs = map(list, zip(*limits, strict=True))
            count = self._delete(
                OLD,
                companies=companies,
                networks=networks,
                cutoffs=cutoffs,
                newest=max(cutoffs),
                size=size,
            )
        for table in (self._table, self.env["social.crm.identity.handle"]._table):
            statement = TOO_MANY.format(table=table)
            count += self._delete(statement, most=MOST, size=size)
        self.env.invalidate_all(flush=False)
        return count

    def _delete(self, statement, **params):
        self.env.cr.execute(SQL(statement, **params), log_exceptions=False)
        return self.env.cr.rowcount


class SocialCrmIdentity(models.Model):
    # A concern, a file.
    _inherit = "social.crm.identity"  # pylint: disable=consider-merging-classes-inherited

    change_ids = fields.One2many(
        "social.crm.identity.change", "identity_id", string="Changes"
    )
    history = fields.Json("What has changed", compute="_compute_history")

    @api.depends("change_ids")
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_history(self):
        """The newest changes as ``social_history`` has them, False without any."""
        for identity in self:
            found = identity._origin.id and identity._origin.social_history()
            identity.history = found if found and found["changes"] else False

    @api.readonly
    def social_history(self, before_id=False):
        """Return ``{"changes": [{"id", "at", "what", "old", "new"}], "next"}``.

        The newest first, ``PAGE`` at a time; ``next`` is the ``before_id`` of the next
        page, False at the end. Pictures come without their addresses.
        """
        self.ensure_one()
        self.check_access("read")
        domain = Domain("identity_id", "=", self.id)
        if before_id := record_id_of(before_id):
            domain &= Domain("id", "<", before_id)
        rows = self.env["social.crm.identity.change"].search(domain, limit=PAGE + 1)
        labels = dict(rows._fields["field"]._description_selection(self.env))
        return {
            "changes": [
                {
                    "id": row.id,
                    "at": fields.Datetime.to_string(row.at),
                    "what": labels[row.field],
                    **row._words(),
                }
                for row in rows[:PAGE]
            ],
            "next": rows[PAGE - 1].id if len(rows) > PAGE else False,
        }

    def _said(self, field):
        """Return what the profile ever said in ``field``, as far as it is kept."""
        rows = self.change_ids.filtered(lambda row: row.field == field)
        return list(filter(None, {*rows.mapped("old"), *rows.mapped("new")}))

    def _take_over_typed(self, typed):
        """What is known of a profile stays known when two turn out to be one."""
        self.env.flush_all()
        self.env.cr.execute(SQL(MOVE, to=self.id, ids=typed.ids))
        self.env.invalidate_all(flush=False)
        return super()._take_over_typed(typed)

    def _opt_out(self, source=""):
        people = self._with_typed()
        result = super()._opt_out(source)
        people._forget_history()
        return result

    def _forget_history(self):
        # sudo: nobody may delete single changes.
        self.sudo().change_ids.unlink()
