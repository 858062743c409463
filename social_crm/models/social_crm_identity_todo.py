"""Profiles whose kind and influence are to be computed again, and when that happens."""

from psycopg2.errors import DeadlockDetected, SerializationFailure

from odoo import api, fields, models
from odoo.tools import SQL

# A batch holds its locks for less than a second.
PROFILES = 250
# What of a lead or a contact says who somebody is.
OF_LEAD = {"active", "company_id", "partner_id", "probability", "stage_id"}
OF_LEAD |= {"social_identity_ids", "type", "won_status"}
OF_PARTNER = {"customer_rank", "grade_id", "is_company", "parent_id", "supplier_rank"}


class SocialCrmIdentityTodo(models.Model):
    """What changed. Rows are only added here, and taken by the cron: nobody who saves a
    lead or a contact waits for it, nor it for them.

    A row is a contact, a lead, or all profiles from ``first_id`` to ``last_id``.
    """

    _name = "social.crm.identity.todo"
    _description = "Profiles to Look at Again"
    _log_access = False

    first_id = fields.Integer()
    last_id = fields.Integer()
    partner_id = fields.Many2one("res.partner", ondelete="cascade")
    lead_id = fields.Many2one("crm.lead", ondelete="cascade")

    @api.model
    def _add(self, partner_ids=(), lead_ids=()):
        """Look again at the profiles of these; one statement, no lock."""
        if not partner_ids and not lead_ids:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO social_crm_identity_todo (partner_id, lead_id)
                SELECT id, NULL FROM unnest(%s::int[]) id
                UNION ALL SELECT NULL, id FROM unnest(%s::int[]) id
                """,
                list(partner_ids),
                list(lead_ids),
            )
        )

    @api.model
    def _cron_look_at_all(self):
        """Every night: what nobody could watch. A row for so many profiles."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO social_crm_identity_todo (first_id, last_id)
                SELECT first, first + %(size)s - 1 FROM generate_series(
                    (SELECT min(id) FROM social_crm_identity),
                    (SELECT max(id) FROM social_crm_identity), %(size)s) first
                """,
                size=PROFILES,
            )
        )
        if cron := self.env.ref("social_crm.ir_cron_look", raise_if_not_found=False):
            cron.sudo()._trigger()

    @api.model
    def _cron_look(self):
        """Take what there is to do; batches are committed one by one.

        What was not done is still there after a crash.
        """
        crons = self.env["ir.cron"]
        time_left = True
        while time_left:
            try:
                if not (count := self._look_some()):
                    break
            except (SerializationFailure, DeadlockDetected):
                # A page with one of them came in at this very moment: once more.
                self.env.cr.rollback()
                count = 0
            time_left = crons._commit_progress(count, remaining=self._count_due())

    @api.model
    def _count_due(self):
        self.env.cr.execute(
            "SELECT count(*) FROM (SELECT FROM social_crm_identity_todo LIMIT 10000) t"
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _look_some(self):
        """Take some rows and look at their profiles; return how many rows it were."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH todo AS (
                    SELECT id, last_id - first_id + 1 AS size
                    FROM social_crm_identity_todo
                    ORDER BY id LIMIT %(size)s FOR UPDATE SKIP LOCKED
                ), batch AS (
                    SELECT id, sum(size) OVER (ORDER BY id) AS many,
                           row_number() OVER (ORDER BY id) AS place FROM todo
                )
                DELETE FROM social_crm_identity_todo t USING batch s
                WHERE s.id = t.id AND (s.place = 1 OR COALESCE(s.many, 0) <= %(size)s)
                RETURNING t.first_id, t.last_id, t.partner_id, t.lead_id
                """,
                size=PROFILES,
            ),
            log_exceptions=False,
        )
        rows = self.env.cr.fetchall()
        if not rows:
            return 0
        ids = self._ids_of([row[2] for row in rows], [row[3] for row in rows])
        self._put_off(ids[PROFILES:])
        spans = [row[:2] for row in rows if row[0]]
        ids = ids[:PROFILES] + self._ids_between(spans)
        # sudo: kinds and influence are ours to compute.
        profiles = self.env["social.crm.identity"].sudo()
        profiles.with_context(active_test=False).browse(sorted(set(ids)))._look_again()
        return len(rows)

    @api.model
    def _ids_of(self, partner_ids, lead_ids):
        """The profiles of contacts, of all of their company, and of leads."""
        partner_ids = [each for each in partner_ids if each]
        lead_ids = [each for each in lead_ids if each]
        if not partner_ids and not lead_ids:
            return []
        self.env.cr.execute(
            SQL(
                """
                SELECT i.id FROM res_partner p
                JOIN res_partner q ON q.commercial_partner_id = p.commercial_partner_id
                JOIN social_crm_identity i ON i.partner_id = q.id
                WHERE p.id = ANY(%(partners)s)
                UNION
                SELECT i.id FROM crm_lead l
                JOIN res_partner p ON p.id = l.partner_id
                JOIN res_partner q ON q.commercial_partner_id = p.commercial_partner_id
                JOIN social_crm_identity i ON i.partner_id = q.id
                WHERE l.id = ANY(%(leads)s)
                UNION
                SELECT identity_id FROM social_crm_identity_lead_rel
                WHERE lead_id = ANY(%(leads)s)
                """,
                partners=partner_ids,
                leads=lead_ids,
            )
        )
        return [row[0] for row in self.env.cr.fetchall()]

    @api.model
    def _ids_between(self, spans):
        if not spans:
            return []
        first, last = map(list, zip(*spans, strict=True))
        self.env.cr.execute(
            SQL(
                "SELECT i.id FROM unnest(%s, %s) AS s(first, last)"
                " JOIN social_crm_identity i ON i.id BETWEEN s.first AND s.last",
                first,
                last,
            )
        )
        return [row[0] for row in self.env.cr.fetchall()]

    @api.model
    def _put_off(self, ids):
        """A company of very many people: not all at once."""
        if ids:
            self.env.cr.execute(
                SQL(
                    "INSERT INTO social_crm_identity_todo (first_id, last_id)"
                    " SELECT id, id FROM unnest(%s) id",
                    ids,
                )
            )


class ResPartner(models.Model):
    # A concern, a file.
    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def write(self, vals):
        # Who belonged to the same company, and who does now.
        moves = bool({"is_company", "parent_id"} & set(vals))
        before = self.sudo().commercial_partner_id.ids if moves else []
        result = super().write(vals)
        if OF_PARTNER & set(vals):
            self.env["social.crm.identity.todo"]._add({*self.ids, *before})
        return result

    def unlink(self):
        profiles = self.env["social.crm.identity"].sudo()
        profiles = profiles.with_context(active_test=False)
        profiles = profiles.search([("partner_id", "in", self.ids)])
        result = super().unlink()
        profiles._look_again()
        return result


class CrmLead(models.Model):
    # A concern, a file.
    _inherit = "crm.lead"  # pylint: disable=consider-merging-classes-inherited

    # sudo below: what is read is only queued.

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        self.env["social.crm.identity.todo"]._add(lead_ids=leads.ids)
        return leads

    def write(self, vals):
        before = self.sudo().partner_id.ids if "partner_id" in vals else ()
        result = super().write(vals)
        if OF_LEAD & set(vals):
            self.env["social.crm.identity.todo"]._add(before, self.ids)
        return result

    def unlink(self):
        partner_ids = self.sudo().partner_id.ids
        profiles = self.sudo().social_identity_ids
        result = super().unlink()
        self.env["social.crm.identity.todo"]._add(partner_ids)
        profiles._look_again()
        return result
