"""“Who is this?”: people without a contact, whom the matcher has an idea of."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .rpc_values import record_id_of, record_ids_of

# Read at once; the next page comes when these are settled.
PAGE = 20
QUOTES = 3
# A suggestion that nobody has looked at, whatever was decided before.
UNDECIDED = {"state": "suggested", "decided_at": False, "decided_by": False}


class SocialCrmWhoMixin(models.AbstractModel):
    """What a profile does in the queue; its fields are the matcher's."""

    _name = "social.crm.who.mixin"
    _description = "Who Is This?"

    def _rank_matches(self):
        """Keep the order of the queue; 0 is not in it."""
        # sudo: a rank is the matcher's.
        best = self.env["social.crm.match"].sudo()._best_of(self)
        for identity in self.sudo():
            ranks = (0, 0) if identity.never_ask else best.get(identity.id, (0, 0))
            if (identity.best_match, identity.best_contact_match) != ranks:
                identity._write_match(
                    dict(zip(("best_match", "best_contact_match"), ranks, strict=True))
                )

    # --- the queue -----------------------------------------------------------

    @api.model
    def _queue(self, least=None):
        """The domain of those to ask about, with suggestions from ``least`` on.

        Who may not see a lead is not asked whether it is somebody's.
        """
        matches = self.env["social.crm.match"]
        least = least or matches._least_asked()
        shown = Domain("best_contact_match", ">=", least)
        if matches._leads_shown():
            shown |= Domain("match_ids", "any", matches._asked(least, "lead_id"))
        asked = Domain("best_match", ">=", least) & shown
        return Domain("partner_id", "=", False) & asked

    @api.model
    def social_who(self, seen_ids=()):
        """Return ``{"total", "people"}``: whom to settle next, the surest first.

        ``seen_ids`` are put off until later. With the rights of the caller; the number
        of queries does not depend on how many wait.
        """
        queue = self._queue()
        people = self.search(
            queue & Domain("id", "not in", record_ids_of(seen_ids)),
            order="best_match desc, id desc",
            limit=PAGE,
        )
        return {
            "total": self.search_count(queue, limit=1000),
            "people": people._social_people(),
        }

    def social_person(self):
        """Return one as ``social_who`` does, compared with the contacts now."""
        self.ensure_one()
        self.check_access("write")
        # sudo: the matcher writes what it finds; what is shown is read as the user.
        self.sudo()._update_matches()
        return self._social_people()[0]

    def action_who(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "social_crm.social_crm_who_action"
        )
        return {**action, "params": {"identity_id": self.id}}

    def _social_people(self):
        """Profiles with what they said last and who they may be."""
        matches = self.env["social.crm.match"]
        # Leads that the user may not see are not among them.
        matches = matches.search(
            Domain("identity_id", "in", self.ids) & matches._asked(),
        )
        # Contacts that the user may not see are nobody's business here.
        shown = self.env["res.partner"].search(
            [("id", "in", matches.partner_id.ids), ("active", "=", True)]
        )
        matches = matches.filtered(
            lambda match: match.lead_id or match.partner_id in shown
        )
        # Of two that are as likely, the contact before the lead.
        matches = matches.sorted(
            lambda match: (-round(match.probability, 1), bool(match.lead_id))
        )
        of_whom = matches.grouped("identity_id")
        quotes, held = self._social_quotes(), self.sudo()._held_ids()
        facts = self.env["social.crm.account"]._network_facts()
        people = []
        for identity in self:
            label, icon = facts[identity.network]
            people.append(
                {
                    "id": identity.id,
                    "name": identity.name or identity.handle or identity.uri,
                    "handle": identity.handle or "",
                    "url": identity.url or "",
                    "network": label,
                    "icon": icon,
                    "bio": identity.bio or "",
                    "place": identity.location or "",
                    "followers": identity.followers_count,
                    "contact": identity.partner_id._social_card()
                    if identity.partner_id in shown
                    else False,
                    "is_held": identity.id in held,
                    "quotes": quotes.get(identity.id, []),
                    # Where the network wants to be asked first, the screen says so.
                    "refusal": identity._link_refusal("manual") or "",
                    "may_ask": identity.may_ask,
                    "matches": [
                        match._social_card() for match in of_whom.get(identity, [])
                    ],
                }
            )
        return people

    def _social_quotes(self):
        """Return {id: the last public words}; one query for all, by index."""
        mentions = self.env["social.crm.mention"]
        query = mentions._search(
            [("visibility", "=", "public"), ("deleted_at", "=", False)], order=None
        )
        # One after the other, by the index: of who says much, all would be sorted.
        table = SQL.identifier(query.table)
        query.add_where(SQL("%s.identity_id = i.id", table))
        query.order = SQL("%s.published_at DESC, %s.id DESC", table, table)
        query.limit = QUOTES
        names = ("id", "identity_id", "body", "title", "published_at")
        last = query.select(*(SQL("%s.%s", table, SQL(name)) for name in names))
        self.env.flush_all()
        quotes = {}
        for row in self.env.execute_query_dict(
            SQL(
                "SELECT m.* FROM unnest(%s::int[]) AS i(id), LATERAL (%s) m",
                self.ids,
                last,
            )
        ):
            quotes.setdefault(row["identity_id"], []).append(
                {
                    "id": row["id"],
                    "text": row["body"] or row["title"] or "",
                    "at": fields.Datetime.to_string(row["published_at"]),
                }
            )
        return quotes

    def social_settle(self, deed, record_id=False):
        """Settle who this is; return what ``social_unsettle`` takes.

        ``deed`` is "match" or "reject" (of a suggestion), "contact" or "lead" (one that
        the user chose), "create" or "never".
        """
        self.ensure_one()
        self.check_access("write")
        record_id = record_id_of(record_id)
        chosen = self.env["res.partner"].browse(record_id).exists()
        match = self.match_ids.filtered(lambda row: row.id == record_id)
        if deed == "match" and match:
            match.action_link()
        elif deed == "reject" and match:
            match.action_reject()
        elif deed == "contact" and chosen:
            self._link(chosen, "manual")
        elif deed == "lead" and record_id:
            self._hold_by(self._lead_to_choose(record_id), "manual")
        elif deed == "create":
            self._link(self._create_contact(), "manual")
        elif deed == "never":
            self.action_never_ask()
        else:
            raise UserError(self.env._("This suggestion is gone: look again."))
        return {"id": self.id, "deed": deed, "record_id": record_id}

    def _create_contact(self):
        """Make a contact of somebody who has none."""
        if clause := self._link_refusal("manual"):
            raise UserError(clause)
        return self.env["res.partner"].create(
            {
                "name": self.name or self.handle,
                "company_id": self.company_id.id
                if len(self.env.companies) > 1
                else False,
            }
        )

    @api.model
    def social_unsettle(self, settled):
        """Take back what ``social_settle`` did."""
        try:
            identity = self.browse(record_id_of(settled["id"])).exists()
            deed, record_id = settled["deed"], settled["record_id"]
        except (KeyError, TypeError) as error:
            raise UserError(self.env._("This cannot be undone.")) from error
        identity.check_access("write")
        # sudo: rows are the matcher's; the profile was checked.
        rows = identity.sudo().match_ids
        partner = identity.partner_id
        if deed in ("match", "contact", "create", "lead") and partner:
            identity._unlink_partner()
            rows |= identity.sudo().match_ids
            again = rows.filtered(lambda row: row.partner_id.id == partner.id)
            if deed == "match":
                again.write(UNDECIDED)
            else:
                again.unlink()
            if deed == "create" and partner.sudo().create_uid == self.env.user:
                self._forget_contact(partner)
        elif deed in ("match", "lead"):
            identity._leave_lead(deed, record_id)
        elif deed == "reject":
            rows.filtered(lambda row: row.id == record_id).write(UNDECIDED)
        elif deed == "never":
            identity.never_ask = False
        identity.sudo()._update_matches()

    @api.model
    def _forget_contact(self, partner):
        """Delete a contact that was made a moment ago, or at least put it away."""
        try:
            with self.env.cr.savepoint():
                partner.unlink()
        except (AccessError, UserError):
            partner.sudo().active = False
