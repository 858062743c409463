"""Comparing profiles with contacts in the background."""

from odoo import api, fields, models
from odoo.tools import SQL

# A batch holds its locks for less than a second.
PARTNERS, IDENTITIES = 300, 50
CRON = "social_crm.ir_cron_match"
LOCK = "SELECT pg_try_advisory_lock(hashtext('social_crm_match'))"
UNLOCK = "SELECT pg_advisory_unlock(hashtext('social_crm_match'))"


class SocialCrmMatchTodo(models.Model):
    """Contacts and leads that were changed. Rows are only added here, and taken by the
    cron: nobody who saves a contact waits for the matcher, nor the matcher for them.
    """

    _name = "social.crm.match.todo"
    _description = "Contacts to Compare Again"
    _log_access = False

    partner_id = fields.Many2one("res.partner", ondelete="cascade")
    lead_id = fields.Many2one("crm.lead", ondelete="cascade")


class SocialCrmMatchKey(models.Model):
    _inherit = "social.crm.match.key"

    @api.model
    def _cron_match(self):
        """Index contacts, then compare profiles; batches are committed one by one.

        Two at once would not see each other's contacts and profiles, and miss those
        that fit: the second leaves the work to the first.
        """
        cron = self.env["ir.cron"]
        [(is_alone,)] = self.env.execute_query(SQL(LOCK))
        if not is_alone:
            return
        try:
            # From here on all is seen that was done before.
            time_left = cron._commit_progress(remaining=self._count_due())
            while time_left and (count := self._index_some() or self._match_some()):
                time_left = cron._commit_progress(count, remaining=self._count_due())
        finally:
            self.env.cr.execute(UNLOCK)

    @api.model
    def _count_due(self):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT count(*) FROM (SELECT FROM social_crm_identity WHERE match_at IS"
            " NULL AND partner_id IS NULL AND active IS TRUE LIMIT 10000) i"
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _index_some(self):
        """Index some contacts and leads, the changed first; return how many."""
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM social_crm_match_todo WHERE id IN (
                    SELECT id FROM social_crm_match_todo ORDER BY id LIMIT %s
                    FOR UPDATE SKIP LOCKED)
                RETURNING COALESCE(partner_id, -lead_id)
                """,
                PARTNERS,
            )
        )
        changed = {row[0] for row in self.env.cr.fetchall()}
        # New ones, also those that SQL brought, have higher ids than all before.
        self.env.cr.execute(
            SQL(
                """
                (SELECT id FROM res_partner WHERE id > (
                    SELECT COALESCE(max(partner_id), 0) FROM social_crm_match_key)
                ORDER BY id LIMIT %(size)s)
                UNION ALL
                (SELECT -id FROM crm_lead WHERE id > (
                    SELECT COALESCE(max(lead_id), 0) FROM social_crm_match_key)
                    AND partner_id IS NULL AND active
                ORDER BY id LIMIT %(size)s)
                LIMIT %(size)s
                """,
                size=PARTNERS - len(changed),
            )
        )
        new = {row[0] for row in self.env.cr.fetchall()}
        if ids := list(changed | new):
            self._index_partners(ids)
        return len(ids)

    @api.model
    def _index_partners(self, partner_ids):
        """Store the keys of contacts; profiles that share one are compared again."""
        facts = self._partner_facts(partner_ids)
        self._store(
            "partner_id", {each: found for each, found in facts.items() if each > 0}
        )
        self._store_leads([-each for each in partner_ids if each < 0], facts)
        if identity_ids := self._sharing(partner_ids):
            self.env.cr.execute(
                SQL(
                    "UPDATE social_crm_identity SET match_at = NULL"
                    " WHERE id = ANY(%s) AND match_at IS NOT NULL",
                    identity_ids,
                )
            )

    @api.model
    def _match_some(self):
        """Compare some profiles that nobody knows; return how many."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT id FROM social_crm_identity
                WHERE match_at IS NULL AND partner_id IS NULL AND active IS TRUE
                ORDER BY id DESC LIMIT %s FOR UPDATE SKIP LOCKED
                """,
                IDENTITIES,
            )
        )
        identities = self.env["social.crm.identity"]
        identities = identities.browse([row[0] for row in self.env.cr.fetchall()])
        if identities:
            identities._meet_typed()
            # Who was only typed is one with who has spoken now.
            identities = identities.exists()
            facts = identities._match_facts()
            self._store(
                "identity_id", {each.id: found for each, found in facts.items()}
            )
            identities._update_matches(facts)
        return len(identities)
