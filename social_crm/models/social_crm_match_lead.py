"""Leads without a contact: found, suggested and linked as contacts are."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..matching import best_matches
from .social_crm_identity import BASES
from .social_crm_match_key import CANDIDATES, LEADS

# What the keys and the score of a lead are made of, and whether it has any.
MATCHED = {
    "active",
    "city",
    "company_id",
    "contact_name",
    "country_id",
    "email_from",
    "lang_id",
    "partner_id",
    "partner_name",
    "phone",
    "social_identity_ids",
    "state_id",
    "website",
    "zip",
}
# What says whether its profiles are still to be asked about.
HOLDS = {"active", "partner_id", "social_identity_ids"}
FACTS = """
    UNION ALL
    SELECT -l.id, COALESCE(l.contact_name, l.partner_name),
           COALESCE(l.email_normalized, l.email_from), l.phone, l.website, l.city,
           l.zip, g.code, s.code, c.code, l.partner_name,
           l.contact_name IS NULL AND l.partner_name IS NOT NULL,
           (SELECT array_agg(i.network || ':' || i.handle)
            FROM social_crm_identity_lead_rel r
            JOIN social_crm_identity i ON i.id = r.identity_id WHERE r.lead_id = l.id)
    FROM crm_lead l
    LEFT JOIN res_lang g ON g.id = l.lang_id
    LEFT JOIN res_country_state s ON s.id = l.state_id
    LEFT JOIN res_country c ON c.id = l.country_id
    WHERE l.id = ANY(%s) AND l.active AND l.partner_id IS NULL
      AND (%s::int IS NULL OR l.company_id IS NULL OR l.company_id = %s)
"""
BEST = """
    SELECT m.identity_id, max(m.probability),
           COALESCE(max(m.probability) FILTER (WHERE m.partner_id IS NOT NULL), 0)
    FROM social_crm_match m
    WHERE m.identity_id = ANY(%s) AND m.state = 'suggested' AND m.identity_id NOT IN (
        SELECT r.identity_id FROM social_crm_identity_lead_rel r
        JOIN crm_lead l ON l.id = r.lead_id AND l.active
        WHERE r.identity_id = ANY(%s))
    GROUP BY m.identity_id
"""


def _is_twin(one, other):
    """Whether two leads are of one person, by what both say of it."""
    same = (one.keys & other.keys) - one.shared - other.shared
    is_told = any(key.startswith(("email:", "phone:")) for key in same)
    return is_told and not _has_another_name(one, other)


def _has_another_name(one, other):
    names = [(facts.given, facts.family) for facts in (one, other)]
    return all(map(any, names)) and names[0] != names[1]


class SocialCrmMatchKey(models.Model):
    # A concern, a file.
    _inherit = "social.crm.match.key"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _and_leads(self, lead_ids, company_id):
        """Return the SQL that adds leads to the rows of ``_partner_facts``."""
        if not lead_ids:
            return SQL()
        self.env["crm.lead"].flush_model()
        company = company_id or None
        return SQL(FACTS, lead_ids, company, company)

    @api.model
    def _store_leads(self, lead_ids, facts):
        """Write the keys of leads; what is closed, or has its contact, has none."""
        if not lead_ids:
            return
        found = {each: facts[-each] for each in lead_ids if -each in facts}
        gone = list(set(lead_ids) - set(found))
        self.env.cr.execute(
            SQL("DELETE FROM social_crm_match_key WHERE lead_id = ANY(%s)", gone)
        )
        rows = self.env["social.crm.match"].sudo()
        rows = rows.search([("lead_id", "in", gone), ("state", "=", "suggested")])
        profiles = rows.identity_id
        rows.unlink()
        profiles._rank_matches()
        self._store("lead_id", found)

    @api.model
    def _foremost(self, ordered):
        """Return the first of ``ordered`` ids: so many contacts, and so many leads."""
        contacts = [each for each in ordered if each > 0]
        leads = [each for each in ordered if each < 0]
        return contacts[:CANDIDATES] + leads[:LEADS]

    @api.model
    def _count_leads(self):
        query = "SELECT count(*) FROM crm_lead WHERE active AND partner_id IS NULL"
        return self.env.execute_query(SQL(query))[0][0]

    @api.model
    def _compare(self, facts, ids, known, population):
        """Return [(id, ``Match``)] of the candidates ``ids``, best first.

        Leads are compared by themselves: that of a contact takes nothing from what
        speaks for the contact.
        """
        contacts = [each for each in ids if each > 0]
        leads = []
        # Of several that one person left, the newest.
        for each in sorted(each for each in ids if each < 0):
            if not any(_is_twin(known[each], known[other]) for other in leads):
                leads.append(each)
        pairs = []
        for some in (contacts, leads):
            matches = best_matches(facts, [known[each] for each in some], population)
            pairs += [(some[match.index], match) for match in matches]
        return sorted(pairs, key=lambda pair: -pair[1].probability)


class SocialCrmMatch(models.Model):
    # A concern, a file.
    _inherit = "social.crm.match"  # pylint: disable=consider-merging-classes-inherited

    lead_id = fields.Many2one("crm.lead", index="btree_not_null", ondelete="cascade")
    # Of a contact it stands on the profile.
    basis = fields.Selection(BASES, "Link basis", readonly=True)

    def _meant(self):
        """The contact or the lead that a profile may be."""
        return self.partner_id or self.lead_id

    def _meant_names(self):
        lead = self.lead_id
        if self.partner_id or not lead:
            return super()._meant_names()
        return lead.contact_name or lead.partner_name, lead.partner_name

    def _meant_key(self):
        meant = self._meant()
        return meant._name, meant.id

    @api.model
    def _column_of(self, record):
        return "lead_id" if record._name == "crm.lead" else "partner_id"

    # --- who may know of them ------------------------------------------------

    @api.model
    def _leads_shown(self):
        return self.env.su or self.env["crm.lead"].has_access("read")

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Who may not see a lead is not told of it here, either."""
        if not self.env.su and not kwargs.get("bypass_access"):
            seen = Domain("lead_id", "=", False)
            if self._leads_shown():
                leads = self.env["crm.lead"]._search([])
                seen |= Domain("lead_id", "in", leads)
            domain = Domain(domain) & seen
        return super()._search(domain, *args, **kwargs)

    def _check_access(self, operation):
        result = super()._check_access(operation)
        # sudo: whether there is a lead.
        leads = self.env["crm.lead"] if self.env.su else self.sudo().lead_id
        if not leads:
            return result
        hidden = leads - leads.sudo(False)._filtered_access("read").sudo()
        rows = self.filtered(lambda row: row.sudo().lead_id in hidden)
        if not rows:
            return result
        rows |= result[0] if result else rows
        return rows, lambda: AccessError(
            self.env._("This suggestion is a lead that you may not see.")
        )

    @api.model
    def _asked(self, least=None, column=None):
        """The domain of suggestions to ask about, from ``least`` on."""
        least = least or self._least_asked()
        domain = Domain("state", "=", "suggested") & Domain("probability", ">=", least)
        return domain & Domain(column, "!=", False) if column else domain

    @api.model
    def _best_of(self, identities):
        """Return {id: (best probability, that of contacts)} of those to ask about.

        A profile of an open lead is settled; without any suggestion it is left out.
        """
        self.flush_model()
        self.env["crm.lead"].flush_model(["active"])
        rows = self.env.execute_query(SQL(BEST, identities.ids, identities.ids))
        return {
            identity_id: (best, of_contacts) for identity_id, best, of_contacts in rows
        }

    # --- deciding ------------------------------------------------------------

    def action_link(self):
        self.ensure_one()
        if not self.lead_id:
            return super().action_link()
        return self.identity_id._link_to(self.lead_id, "manual", self._reason_lines())


class SocialCrmIdentity(models.Model):
    # A concern, a file.
    _inherit = "social.crm.identity"  # pylint: disable=consider-merging-classes-inherited

    best_contact_match = fields.Float(readonly=True, copy=False)

    def _held_ids(self):
        """Return the ids of those that an open lead has."""
        return {
            identity.id for identity in self if identity.lead_ids.filtered("active")
        }

    @api.model
    def _lead_to_choose(self, lead_id):
        """Return a lead that the user may see, and that is still open."""
        domain = [("id", "=", lead_id), ("won_status", "=", "pending")]
        lead = self.env["crm.lead"].search(domain)
        if not lead:
            raise UserError(self.env._("This lead is gone or closed: look again."))
        return lead

    def _hold_by(self, lead, basis, reasons=()):
        """Say that this profile is the person of that lead: of its contact, if any.

        ``reasons`` are lines as ``_reason_lines`` returns them, for the logs. Raises
        UserError where forbidden: what holds for a contact holds here.
        """
        self.ensure_one()
        if lead.company_id and lead.company_id != self.company_id:
            raise UserError(self.env._("The lead belongs to another company."))
        if clause := self._link_refusal(basis):
            raise UserError(clause)
        lead._social_hold(self, basis)
        if not lead.partner_id:
            self._settle_lead(lead, basis)
            # Why stands on the profile, and goes with it.
            lead.sudo()._message_log(
                body=self.env._("Social profile linked: %s.", self._unmistakable()),
                author_id=self.env.user.partner_id.id,
            )
        self._note_link(reasons, lead)

    def _link_to(self, partner, basis, reasons):
        if partner._name != "crm.lead":
            return super()._link_to(partner, basis, reasons)
        # sudo: of an open lead it is already.
        if self.sudo()._held_ids():
            return False
        # On a lead it stands as if by hand: where that is not enough, people decide.
        if self.env.su and self._link_refusal("manual"):
            return False
        self._hold_by(partner, basis, reasons)
        return True

    def _settle_lead(self, lead, basis):
        """Remember the decision, as ``_settle_matches`` does of a contact."""
        rows = self.env["social.crm.match"].sudo()
        rows = rows.search([("identity_id", "=", self.id)])
        chosen = rows.filtered(lambda row: row.lead_id == lead)
        (rows - chosen).filtered(lambda row: row.state == "suggested").unlink()
        chosen = chosen or rows.create(
            {
                "company_id": self.company_id.id,
                "identity_id": self.id,
                "lead_id": lead.id,
            }
        )
        chosen.basis = basis
        chosen.with_env(self.env)._decide("confirmed")
        self._rank_matches()

    def _leave_lead(self, deed, record_id):
        """Take back that it is of a lead: a suggestion, or one that was chosen."""
        # sudo: rows are the matcher's; the profile was checked.
        rows = self.sudo().match_ids.filtered(
            lambda row: (
                row.lead_id
                and record_id == (row.id if deed == "match" else row.lead_id.id)
            )
        )
        for lead in rows.lead_id.with_env(self.env):
            lead.social_identity_ids -= self
        if deed == "match":
            rows.write({"state": "suggested", "basis": False})
        else:
            rows.unlink()

    def write(self, vals):
        result = super().write(vals)
        if "lead_ids" in vals:
            self._rank_matches()
        return result

    def _erase_more(self):
        leads = self.sudo().with_context(active_test=False).lead_ids
        is_done = super()._erase_more()
        # Words that were cut out of them were keys.
        leads._match_again()
        return is_done


class ResPartner(models.Model):
    # A concern, a file.
    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _is_another(self, facts, meant, facts_of_meant):
        """Whether this contact, having the same address, casts doubt on ``meant``."""
        return self.commercial_partner_id != meant


class CrmLead(models.Model):
    # A concern, a file.
    _inherit = "crm.lead"  # pylint: disable=consider-merging-classes-inherited

    # sudo below: what is read is only queued, or the matcher's.

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        leads.filtered(lambda lead: not lead.partner_id)._match_again()
        return leads

    def write(self, vals):
        moves = HOLDS & set(vals)
        before = {}
        if moves:
            before = {lead: lead.social_identity_ids for lead in self.sudo()}
        result = super().write(vals)
        if MATCHED & set(vals):
            self._match_again()
        if vals.get("partner_id"):
            self._social_rows_to_contact()
        if moves:
            self._social_held_again(before)
        return result

    def unlink(self):
        rows = self.env["social.crm.match"].sudo().search([("lead_id", "in", self.ids)])
        profiles = rows.identity_id | self.sudo().social_identity_ids
        result = super().unlink()
        profiles._ask_again()
        return result

    def _merge_dependences(self, opportunities):
        """What was decided of merged leads holds for the one that stays."""
        rows = self.env["social.crm.match"].sudo()
        rows.search([("lead_id", "in", opportunities.ids)]).lead_id = self
        rows._fold(self)
        if self.partner_id:
            self._social_rows_to_contact()
        return super()._merge_dependences(opportunities)

    def _match_again(self):
        """Have the cron compare these leads; one statement, no lock."""
        if self:
            self.env.cr.execute(
                SQL(
                    "INSERT INTO social_crm_match_todo (lead_id) SELECT unnest(%s)",
                    self.ids,
                )
            )

    def _social_rows_to_contact(self):
        """What was decided of a lead is decided of its contact."""
        rows = self.env["social.crm.match"].sudo()
        rows = rows.search([("lead_id", "in", self.ids)])
        if not rows:
            return
        profiles, partners = rows.identity_id, self.sudo().partner_id
        for row in rows:
            partner = row.lead_id.partner_id
            is_theirs = partner.company_id in (row.company_id, row.env["res.company"])
            is_news = row.state != "suggested" and row.identity_id.partner_id != partner
            if is_theirs and is_news:
                row.write({"lead_id": False, "partner_id": partner.id})
            else:
                row.unlink()
        for partner in partners:
            rows._fold(partner)
        profiles._rank_matches()

    def _social_held_again(self, before):
        """Profiles that an open lead lost are asked about again.

        ``before``: {lead: the profiles that it had}.
        """
        profiles = self.env["social.crm.identity"].sudo()
        for lead, had in before.items():
            gone = had - lead.social_identity_ids
            profiles |= had | lead.social_identity_ids
            if gone and not lead.partner_id:
                # Somebody took it off: not this person.
                rows = self.env["social.crm.match"].sudo()
                rows = rows.search(
                    [
                        ("identity_id", "in", gone.ids),
                        ("lead_id", "=", lead.id),
                        ("state", "=", "confirmed"),
                    ]
                )
                rows.write(
                    {
                        "state": "rejected",
                        "decided_at": fields.Datetime.now(),
                        "decided_by": self.env.uid,
                    }
                )
        profiles._ask_again()

    def _is_another(self, facts, meant, facts_of_meant):
        """A lead with a contact's address is the contact's, but for another name."""
        return meant._name == self._name or _has_another_name(facts, facts_of_meant)

    @api.depends("contact_name", "partner_name")
    @api.depends_context("social_crm_person")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        for lead in self if self.env.context.get("social_crm_person") else ():
            if person := lead.contact_name or lead.partner_name:
                lead.display_name = f"{lead.display_name} ({person})"
        return result

    @api.model
    def _search_display_name(self, operator, value):
        """Where a lead is chosen for somebody who spoke, their name finds it."""
        domain = super()._search_display_name(operator, value)
        if operator != "ilike" or not self.env.context.get("social_crm_person"):
            return domain
        names = ("contact_name", "partner_name", "email_from")
        return Domain(domain) | Domain.OR(
            Domain(name, operator, value) for name in names
        )

    def _social_card(self):
        """What a person reads of a lead beside a profile, with their own rights."""
        kinds = dict(self._fields["type"]._description_selection(self.env))
        place = ", ".join(filter(None, (self.city, self.country_id.name)))
        return {
            "id": self.id,
            "model": self._name,
            "name": self.contact_name or self.partner_name or self.name,
            "title": self.name,
            "kind": kinds[self.type],
            "company": self.partner_name or "",
            "function": self.function or "",
            "is_company": False,
            "email": self.email_from or "",
            "phone": self.phone or "",
            "website": self.website or "",
            "place": place,
        }
