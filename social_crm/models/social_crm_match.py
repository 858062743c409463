import re
from copy import copy

from odoo import api, fields, models
from odoo.tools import SQL

from ..matching import best_matches, facts_of
from ..matching.names import fold
from ..matching.weights import FIELD, NAME

DECISIONS = [
    ("very_likely", "Very likely"),
    ("possible", "Possible"),
]
# What is less likely is not even kept.
LEAST = 0.3
# Of one profile so many suggestions are kept.
KEPT = 5
# Private messages that are searched for an e-mail address or a phone number: the last
# of each person, however much others wrote.
MESSAGES = 20
TOLD = """
    SELECT i.id, m.body FROM unnest(%(ids)s::int[]) AS i(id), LATERAL (
        SELECT body FROM social_crm_mention
        WHERE identity_id = i.id AND visibility = 'private' AND direction = 'in'
        ORDER BY published_at DESC, id DESC LIMIT %(size)s
    ) m
"""
# What links without asking.
TOLD_ALONE = ("email_same", "phone_same", "url_verified")
HANDLE = re.compile(r"(?<![\w.])@[\w.-]+@[\w.-]+")
# Compared without capitals, shown with them.
WRITTEN_LARGE = ("first", "last", "name", "city", "company")
WORD = re.compile(r"\w+")
# Their words speak for a match: where they weigh against it, they say nothing.
WEAK = {"first_initial", "last_initial", "handle_first", "handle_loose", "handle_other"}
# Profiles of a contact that are shown beside a suggestion.
SHOWN = 3
# What a person reads of a suggestion.
REASONS = 6


class SocialCrmMatch(models.Model):
    """A suggestion: this profile is this contact, with reasons.

    Or the person of this lead, where that has no contact yet. One row a pair, kept so
    by code: a unique key on the contact would break core's merge of contacts.
    """

    _name = "social.crm.match"
    _description = "Match of a Profile and a Contact"
    _order = "probability desc, id"
    _rec_name = "identity_id"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    identity_id = fields.Many2one(
        "social.crm.identity", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", "Contact", index="btree_not_null", ondelete="cascade"
    )
    probability = fields.Float(readonly=True)
    decision = fields.Selection(DECISIONS, "How likely", readonly=True)
    # [code, bits, [value, value]], strongest first.
    evidence = fields.Json(readonly=True)
    reasons = fields.Text(compute="_compute_reasons")
    state = fields.Selection(
        [
            ("suggested", "Suggested"),
            ("confirmed", "Confirmed"),
            ("rejected", "Not this person"),
        ],
        default="suggested",
        required=True,
        readonly=True,
    )
    decided_at = fields.Datetime(readonly=True)
    decided_by = fields.Many2one("res.users", readonly=True)

    @api.depends("evidence")
    @api.depends_context("lang")
    def _compute_reasons(self):
        for match in self:
            lines = match._reason_lines()
            match.reasons = "\n".join(line["text"] for line in lines)

    def _reason_lines(self):
        """Return ``[{"text", "supports"}]``, what a person needs to decide."""
        sentences = self._sentences()
        codes = {code for code, _bits, _values in self.evidence or []}
        lines, said = [], set()
        for code, bits, values in self.evidence or []:
            kind, supports = code.partition("_")[0], bits > 0
            if {"first_same", "last_same"} <= codes and kind in ("first", "last"):
                # One observation for a person, two for the arithmetic.
                code, kind = "name_same", "name"
            elif not supports and self.partner_id.is_company and FIELD[code] == NAME:
                code, kind = "name_company", "name"
            elif not supports and code in WEAK:
                continue
            key = code if code in sentences else kind
            if key not in sentences or code in said:
                continue
            said.add(code)
            values = self._as_written(code, kind, values)
            if code == "name_same" and values[0].casefold() != values[1].casefold():
                key = "name_written"
            text = sentences[key] % dict(zip(("mine", "theirs"), values, strict=True))
            line = {"text": text, "supports": supports}
            # Who it is comes first.
            lines.insert(0 if code == "name_same" else len(lines), line)
        lines = lines[:REASONS]
        if codes and all(FIELD.get(code) in (0, NAME) for code in codes):
            lines.append({"text": sentences["name_alone"], "supports": False})
        return lines

    def _meant_names(self):
        """Return the names of the person and of the company that a profile may be."""
        return self.partner_id.name, self.partner_id.parent_id.name

    def _as_written(self, code, kind, values):
        """Return what was compared as it stands on the profile and on the contact."""
        mine, theirs = self.identity_id, self._meant()
        name, company = self._meant_names()
        places = [place.strip() for place in (mine.location or "").split(",")]
        written = {
            "name": (mine.name, name),
            "city": (places[0], theirs.city),
            "state": (places[min(1, len(places) - 1)], theirs.state_id.name),
            "country": (places[-1], theirs.country_id.name),
        }.get(kind)
        if written and all(written):
            if code == "name_same" and fold(mine.name) != fold(name):
                # One has more names: those of the other are the same.
                return [min(written, key=len)] * 2
            return list(written)
        if kind == "phone" and _digits(theirs.phone)[-6:] == _digits(values[-1])[-6:]:
            return [theirs.phone if value == values[-1] else value for value in values]
        if values[-1] == name and kind == "handle" and mine.handle:
            return [mine.handle, name]
        if kind not in WRITTEN_LARGE:
            return values
        written = {
            fold(word): word
            for text in (name, company, mine.name, mine.bio)
            for word in WORD.findall(text or "")
        }
        return [
            " ".join(written.get(word, word.title()) for word in value.split())
            for value in values
        ]

    @api.model
    def _sentences(self):
        """What each observation is called; keys as in ``matching.weights``."""
        return {
            "first_same": self.env._("Same first name: %(mine)s"),
            "first_nickname": self.env._(
                "%(mine)s and %(theirs)s are forms of one name"
            ),
            "first_more": self.env._("One of the names is the same: %(mine)s"),
            "first_close": self.env._(
                "First names are nearly the same: %(mine)s, %(theirs)s"
            ),
            "first_initial": self.env._("The initial %(mine)s fits %(theirs)s"),
            "first_near": self.env._("First names are similar: %(mine)s, %(theirs)s"),
            "first_differs": self.env._("Other first name: %(mine)s, not %(theirs)s"),
            "last_same": self.env._("Same last name: %(mine)s"),
            "last_close": self.env._(
                "Last names are nearly the same: %(mine)s, %(theirs)s"
            ),
            "last_initial": self.env._("The initial %(mine)s fits %(theirs)s"),
            "last_near": self.env._("Last names are similar: %(mine)s, %(theirs)s"),
            "last_part": self.env._("One of the last names is the same: %(mine)s"),
            "last_differs": self.env._("Other last name: %(mine)s, not %(theirs)s"),
            "name_same": self.env._("Same name: %(mine)s"),
            "name_company": self.env._(
                "The contact is a company: this may be anybody there"
            ),
            "name_differs": self.env._("Other name: %(mine)s, not %(theirs)s"),
            "name_written": self.env._(
                "Same name, written another way: %(mine)s, %(theirs)s"
            ),
            "name_alone": self.env._(
                "Nothing but the name speaks for it: look at both first"
            ),
            "name_swapped": self.env._("The name is written the other way round"),
            "name_lookalike": self.env._(
                "The name only looks the same: %(mine)s has letters of another alphabet"
            ),
            "handle_same": self.env._(
                "This handle is already on the contact: %(mine)s"
            ),
            "handle_linked": self.env._(
                "The website of the contact links to this profile: %(mine)s"
            ),
            "handle_alike": self.env._("Same user name on another network: %(mine)s"),
            "handle_none": self.env._("The handle does not look like this name"),
            "handle": self.env._("The handle fits the name: %(mine)s, %(theirs)s"),
            "zip_same": self.env._("Same postcode: %(mine)s"),
            "zip": self.env._("Other postcode: %(mine)s, not %(theirs)s"),
            "city_same": self.env._("Same town: %(mine)s"),
            "city_close": self.env._("Towns are nearly the same: %(mine)s, %(theirs)s"),
            "city_differs": self.env._("Other town: %(mine)s, not %(theirs)s"),
            "state_same": self.env._("Same state: %(mine)s"),
            "state_differs": self.env._("Other state: %(mine)s, not %(theirs)s"),
            "country_same": self.env._("Same country: %(mine)s"),
            "country_differs": self.env._("Other country: %(mine)s, not %(theirs)s"),
            "email_same": self.env._(
                "They wrote us the e-mail address of the contact: %(mine)s"
            ),
            "email_quoted": self.env._(
                "The profile names the e-mail address of the contact: %(mine)s"
            ),
            "email_told": self.env._(
                "We were told that this address of the contact is theirs: %(mine)s"
            ),
            "email_shared": self.env._(
                "They share an address that several use: %(mine)s"
            ),
            "email_close": self.env._("E-mail addresses are nearly the same: %(mine)s"),
            "email_user": self.env._("Same name before the @ of the e-mail: %(mine)s"),
            "email_differs": self.env._(
                "Other e-mail address: %(mine)s, not %(theirs)s"
            ),
            "phone_same": self.env._(
                "They wrote us the phone number of the contact: %(mine)s"
            ),
            "phone_quoted": self.env._(
                "The profile names the phone number of the contact: %(mine)s"
            ),
            "phone_told": self.env._(
                "We were told that this number of the contact is theirs: %(mine)s"
            ),
            "phone_shared": self.env._(
                "They share a number that several use: %(mine)s"
            ),
            "phone_differs": self.env._("Other phone number: %(mine)s, not %(theirs)s"),
            "url_verified": self.env._(
                "The website on the profile is the one on the contact, and it links"
                " back: %(mine)s"
            ),
            "url_same": self.env._(
                "The profile names the website of the contact, which does not link"
                " back: %(mine)s"
            ),
            "url_told": self.env._(
                "We were told that this website of the contact is theirs: %(mine)s"
            ),
            "url_shared": self.env._(
                "They share a website that several have: %(mine)s"
            ),
            "domain_shared": self.env._(
                "The profile names a general address of the same company: %(mine)s"
            ),
            "domain": self.env._("The profile belongs to the same website: %(mine)s"),
            "company_same": self.env._("Same company: %(mine)s"),
            "company_close": self.env._(
                "Companies are nearly the same: %(mine)s, %(theirs)s"
            ),
            "company_in_bio": self.env._("The profile names the company: %(mine)s"),
            "company_differs": self.env._("Other company: %(mine)s, not %(theirs)s"),
            "language_same": self.env._("Same language"),
            "language_differs": self.env._("Other language: %(mine)s, not %(theirs)s"),
        }

    # --- deciding ------------------------------------------------------------

    def _decide(self, state):
        """Note what was decided; whoever does says when it counts for the queue."""
        # sudo: rows are the matcher's; whoever may write the profile may decide.
        self.identity_id.check_access("write")
        self.sudo().write(
            {
                "state": state,
                "decided_at": fields.Datetime.now(),
                "decided_by": self.env.uid,
            }
        )

    def action_link(self):
        """This is the contact: the profile and all that it said go there."""
        self.ensure_one()
        self.identity_id._link(self.partner_id, "manual")
        self.identity_id._note_link(self._reason_lines())

    def action_reject(self):
        """Not this person: never suggested again, unless something new is known."""
        self._decide("rejected")
        self.identity_id._rank_matches()

    def _is_news(self, evidence):
        """Whether something speaks for the match that was not known when rejected."""
        known = {(code, *values) for code, _bits, values in self.evidence or []}
        return any(
            bits > 0 and (code, *values) not in known for code, bits, values in evidence
        )

    @api.model
    def _fold(self, partner):
        """After a merge of contacts or leads, ``partner`` being the one that stays, one
        row a pair remains; "not this person" wins."""
        ranks = {"rejected": 0, "confirmed": 1, "suggested": 2}
        name = self._column_of(partner)
        matches = self.sudo().search([(name, "=", partner.id)])
        for rows in matches.grouped("identity_id").values():
            rows.sorted(lambda row: (ranks[row.state], row.id))[1:].unlink()
        matches.exists().identity_id._rank_matches()

    def _social_card(self):
        """What a person sees of a suggestion, with their own rights."""
        meant = self._meant()
        profiles = meant.social_identity_ids if self.partner_id else ()
        networks = self.env["social.crm.identity"]._fields["network"]
        labels = dict(networks._description_selection(self.env))
        return {
            "id": self.id,
            "decision": self.decision,
            "contact": meant._social_card(),
            # A person seldom has two on one network; a fan of hers has another.
            "profiles": [
                {
                    "id": profile.id,
                    "network": labels[profile.network],
                    "handle": profile.handle or profile.name or "",
                }
                for profile in profiles[:SHOWN]
            ],
            "reasons": self._reason_lines(),
        }

    # --- settings ------------------------------------------------------------

    @api.model
    def _links_alone(self):
        # sudo: no secret; the matcher runs for whoever asks.
        get_param = self.env["ir.config_parameter"].sudo().get_param
        return get_param("social_crm.match_ask_always") != "True"

    @api.model
    def _least_asked(self):
        """The probability from which a suggestion is put before people."""
        get_param = self.env["ir.config_parameter"].sudo().get_param
        try:
            return max(float(get_param("social_crm.match_ask_from", LEAST)), LEAST)
        except ValueError:
            return LEAST


class SocialCrmIdentity(models.Model):
    # A concern, a file.
    _inherit = "social.crm.identity"  # pylint: disable=consider-merging-classes-inherited

    match_ids = fields.One2many("social.crm.match", "identity_id", "Suggestions")
    # NULL: to be compared with the contacts.
    match_at = fields.Datetime("Compared", readonly=True, copy=False)
    never_ask = fields.Boolean(
        "Never ask who this is", copy=False, help="Left out of “Who is this?”."
    )

    best_match = fields.Float("Best suggestion", readonly=True, copy=False)

    _who_idx = models.Index(
        "(best_match DESC, id DESC) WHERE best_match > 0 AND partner_id IS NULL"
    )
    _match_idx = models.Index(
        "(id) WHERE match_at IS NULL AND partner_id IS NULL AND active IS TRUE"
    )

    # --- finding -------------------------------------------------------------

    def _may_be_matched(self):
        """Whether the network's rules, and we, want to know who this is."""
        connectors = self.env["social.crm.account"]
        return self.filtered(
            lambda identity: (
                identity.active
                and not identity.partner_id
                and not identity.never_ask
                and not identity.is_bot
                and identity.author_kind not in ("ours", "bot")
                and connectors._connector_class(identity.network).policy.may_link
                != "no"
            )
        )

    def _match_facts(self):
        """Return {profile: ``Facts``} of what the network and they themselves say."""
        return {
            identity: facts_of(record)
            for identity, record in self._match_records().items()
        }

    def _match_records(self):
        """Return {profile: what ``facts_of`` takes}; the same number of queries."""
        told = self._told()
        return {
            identity: {
                "name": identity.name or "",
                "handles": [(identity.network, identity.handle or "")],
                "bio": identity.bio or "",
                "city": identity.location or "",
                "verified_urls": identity.verified_links or [],
                **told.get(identity.id, {}),
            }
            for identity in self
        }

    def _told(self):
        """Return {id: emails and phones} that they wrote us in private messages."""
        # What is found speaks for a contact; the words are shown to nobody here.
        self.env["social.crm.mention"].flush_model()
        words = {}
        for identity_id, body in self.env.execute_query(
            SQL(TOLD, ids=self.ids, size=MESSAGES)
        ):
            words.setdefault(identity_id, []).append(body or "")
        told = {}
        for identity_id, bodies in words.items():
            # "@ann@server.example" is a handle, whatever it looks like.
            text = HANDLE.sub(" ", "\n".join(bodies))
            facts = facts_of({"bio": text})
            told[identity_id] = {"emails": facts.emails, "phones": facts.phones}
        return told

    def _find_matches(self, facts=None):
        """Return [(contact, ``Match``)] of each profile, best first.

        Shape: ``{profile: [(res.partner or crm.lead, Match)]}``; contacts of the
        profile's company that may be meant, and leads without one. The same number of
        queries whatever the number of contacts; ``facts`` is what ``_match_facts``
        returned, if it was asked already.
        """
        keys = self.env["social.crm.match.key"].sudo()
        found = {identity: [] for identity in self}
        allowed = self._may_be_matched()
        facts = facts or allowed._match_facts()
        facts = {each: facts[each] for each in allowed}
        if not facts:
            return found
        population = keys._population()
        candidates = keys._candidates(facts)
        for company, group in self.grouped("company_id").items():
            partner_ids = {
                partner_id
                for identity in group
                if identity in facts
                for partner_id in candidates[identity][0]
            }
            known = keys._partner_facts(partner_ids, company.id)
            for identity in group:
                if identity not in facts:
                    continue
                ids, holders = candidates[identity]
                ids = [partner_id for partner_id in ids if partner_id in known]
                # How many have this very address or number.
                seen = copy(population)
                seen.holders = holders
                found[identity] = [
                    (self._record_of(each), match)
                    for each, match in keys._compare(facts[identity], ids, known, seen)
                ]
        return found

    @api.model
    def _record_of(self, each):
        model = "crm.lead" if each < 0 else "res.partner"
        return self.env[model].browse(abs(each))

    # --- keeping what was found ----------------------------------------------

    def _update_matches(self, facts=None):
        """Compare with the contacts: link what is certain, suggest what is likely."""
        now = fields.Datetime.now()
        matches = self.env["social.crm.match"].sudo()
        existing = {
            (row.identity_id.id, *row._meant_key()): row
            for row in matches.search([("identity_id", "in", self.ids)])
        }
        new, stale = [], set(existing)
        for identity, found in self._find_matches(facts).items():
            if identity._link_alone(found):
                # What became of its rows was decided there.
                stale = {pair for pair in stale if pair[0] != identity.id}
                continue
            kept = [
                pair
                for pair in found
                if pair[1].decision != "no" or pair[1].probability >= LEAST
            ]
            for partner, match in kept[:KEPT]:
                vals = identity._match_vals(match)
                pair = (identity.id, partner._name, partner.id)
                row = existing.get(pair)
                stale.discard(pair)
                if not row:
                    new.append(
                        {
                            **vals,
                            "company_id": identity.company_id.id,
                            "identity_id": identity.id,
                            matches._column_of(partner): partner.id,
                        }
                    )
                elif row.state == "confirmed":
                    # Its lead has the profile: a contact may be meant all the same.
                    continue
                elif row.state != "rejected" or row._is_news(vals["evidence"]):
                    row.write({**vals, "state": "suggested"})
        matches.create(new)
        matches.union(
            *(existing[pair] for pair in stale if existing[pair].state == "suggested")
        ).unlink()
        self.sudo()._write_match({"match_at": now})
        self._rank_matches()

    @api.model
    def _match_vals(self, match):
        is_likely = match.decision in ("link", "very_likely")
        return {
            # That it is this contact; of a likely one, if it is a contact at all.
            "probability": max(match.share, match.probability)
            if is_likely
            else match.probability,
            "decision": "very_likely" if is_likely else "possible",
            "evidence": [
                [code, round(bits, 2), list(values)]
                for code, bits, values in match.reasons
            ],
        }

    def _link_alone(self, found):
        """Link without asking where the fact is strong and the network allows it.

        Two facts do: a website that links back, and an address or number that they
        wrote to us. What anybody may write on a profile only suggests.
        """
        if not found or not self.env["social.crm.match"]._links_alone():
            return False
        # A contact first: the lead of one address is mostly the contact's.
        for name in ("res.partner", "crm.lead"):
            pair = next((pair for pair in found if pair[0]._name == name), None)
            if pair and self._link_one_alone(pair, found):
                return True
        return False

    def _link_one_alone(self, pair, found):
        partner, match = pair
        codes = {code for code, bits, _values in match.reasons if bits > 0}
        if match.decision != "link" or self._was_rejected(partner):
            return False
        basis = "verified" if "url_verified" in codes else "given"
        if basis == "given" and not codes & {"email_same", "phone_same"}:
            return False
        if self._link_refusal(basis) or self._is_shared(pair, found):
            return False
        vals = self._match_vals(match)
        rows = self.env["social.crm.match"]
        row = rows.new(
            {
                "evidence": vals["evidence"],
                "identity_id": self.id,
                rows._column_of(partner): partner.id,
            }
        )
        return self._link_to(partner, basis, row._reason_lines())

    def _link_to(self, partner, basis, reasons):
        self._link(partner, basis)
        self._note_link(reasons)
        return True

    @api.model
    def _is_shared(self, pair, found):
        """Whether another contact has what speaks for ``pair``: a family's address, a
        switchboard, a chain's website. A company is meant by what its people share."""
        partner, match = pair
        told = {
            f"{code.partition('_')[0]}:{values[0]}"
            for code, _bits, values in match.reasons
            if code in TOLD_ALONE
        }
        return any(
            told & other.facts.keys
            and each._is_another(other.facts, partner, match.facts)
            for each, other in found
            if each != partner
        )

    def _was_rejected(self, partner):
        rows = self.env["social.crm.match"].sudo()
        rejected = [
            ("identity_id", "=", self.id),
            (rows._column_of(partner), "=", partner.id),
            ("state", "=", "rejected"),
        ]
        return bool(rows.search_count(rejected, limit=1))

    def _note_link(self, lines, record=None):
        """Say in the log to whom, and why."""
        reasons = supporting(lines)
        self.message_post(
            body=self.env._(
                "Linked to %(contact)s. %(reasons)s",
                contact=(record or self.partner_id).display_name,
                reasons=reasons,
            )
        )

    def _set_partner(self, vals):
        before = {identity: identity.partner_id for identity in self}
        result = super()._set_partner(vals)
        for identity, partner in before.items():
            identity._settle_matches(partner)
        return result

    def _write_match(self, vals):
        """Write what the matcher keeps of a profile: no link, so none of its rules."""
        return super().write(vals)

    def _settle_matches(self, before):
        """Remember the decision: other suggestions go, who was wrong stays wrong."""
        rows = self.env["social.crm.match"].sudo()
        rows = rows.search([("identity_id", "=", self.id)])
        if self.partner_id:
            chosen = rows.filtered(lambda row: row.partner_id == self.partner_id)
            (rows - chosen).filtered(lambda row: row.state == "suggested").unlink()
            chosen.with_env(self.env)._decide("confirmed")
        if before and before != self.partner_id:
            wrong = rows.exists().filtered(lambda row: row.partner_id == before)
            wrong = wrong or rows.create(
                {
                    "company_id": self.company_id.id,
                    "identity_id": self.id,
                    "partner_id": before.id,
                    "evidence": self._evidence_for(before),
                }
            )
            wrong.with_env(self.env)._decide("rejected")
        # Without a contact it is compared again.
        self.sudo()._write_match({"match_at": False})
        self._rank_matches()

    def _evidence_for(self, partner):
        known = self.env["social.crm.match.key"].sudo()._partner_facts(partner.ids)
        found = best_matches(self._match_facts()[self], list(known.values()))
        return self._match_vals(found[0])["evidence"] if found else []

    def _ask_again(self):
        """Compare them anew, and ask about those of whom something is suggested."""
        identities = self.exists()
        identities.sudo()._write_match({"match_at": False})
        identities._rank_matches()

    def action_never_ask(self):
        self.write({"never_ask": True})
        self._rank_matches()


def _digits(number):
    return re.sub(r"\D", "", number or "")


def supporting(lines):
    return ", ".join(line["text"] for line in lines if line["supports"])
