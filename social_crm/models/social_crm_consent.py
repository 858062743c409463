"""Permission to link a profile to a customer record."""

from datetime import datetime, timedelta

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .consent_words import answer_of, plain_answer
from .social_crm_identity import NO_LINK

STATES = [
    ("asked", "Asked"),
    ("granted", "Given"),
    ("refused", "Refused"),
    ("withdrawn", "Withdrawn"),
]
SOURCES = [
    ("mention", "What they wrote on the network"),
    ("mail", "E-mail"),
    ("phone", "Phone call"),
    ("paper", "Letter or form"),
    ("person", "In person"),
]
# An answer counts so long after the question.
ANSWER_DAYS = 30
# Who answers before the colleague has noted the question is heard, too.
NOTED_LATE = timedelta(hours=2)
# Words that were written when the state is changed by what was said.
NEXT = {
    ("asked", "yes"): "granted",
    ("asked", "no"): "refused",
    ("asked", "stop"): "refused",
    ("granted", "stop"): "withdrawn",
}


def _moment(said):
    return datetime.fromisoformat(said["at"]).replace(microsecond=0)


class SocialCrmConsent(models.Model):
    """One question to one profile, and what came of it. Written by methods alone."""

    _name = "social.crm.consent"
    _description = "Permission of a Person"
    _order = "id desc"
    _rec_name = "state"

    identity_id = fields.Many2one(
        "social.crm.identity", "Profile", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="identity_id.company_id", store=True)
    network = fields.Selection(related="identity_id.network", store=True)
    state = fields.Selection(STATES, required=True)
    purpose = fields.Selection(
        [("link", "Link my profile to my customer record")],
        required=True,
        default="link",
    )
    word = fields.Char("Word that means yes")
    asked_at = fields.Datetime("Asked")
    asked_by = fields.Many2one("res.users")
    answered_at = fields.Datetime("Answered")
    withdrawn_at = fields.Datetime("Withdrawn")
    source = fields.Selection(SOURCES, "How we know")
    user_id = fields.Many2one("res.users", "Noted by")
    mention_id = fields.Many2one(
        "social.crm.mention", "Answer", index="btree_not_null", ondelete="set null"
    )
    # The network, or our own limit, may take the mention away; this stays.
    evidence = fields.Text("What they wrote")
    note = fields.Text()

    # The profiles of a company whom somebody waits for, or who may say stop.
    _open_idx = models.Index(
        "(company_id, network) WHERE state IN ('asked', 'granted')"
    )

    @api.model
    @tools.ormcache("company_id")
    def _asked_networks(self, company_id):
        """Return the networks on which anybody was asked; mostly none."""
        rows = self.sudo()._read_group([("company_id", "=", company_id)], ["network"])
        return tuple(network for (network,) in rows)

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    # --- what people answer --------------------------------------------------

    @api.model
    def _recognise(self, said):
        """Take the answers among ``said``: dicts of what somebody wrote.

        Their keys are ``identity_id``, ``mention_id``, ``text``, ``at`` (as the
        database writes it) and ``to_us``; one query for all. No or stop counts wherever
        it was said; a yes, only to us. The same answer again changes nothing.
        """
        query = SQL(
            """
            SELECT DISTINCT ON (identity_id) identity_id, id, state, word
            FROM %s WHERE identity_id = ANY(%s)
            ORDER BY identity_id, id DESC
            """,
            SQL.identifier(self._table, to_flush=self._fields["state"]),
            sorted({each["identity_id"] for each in said}),
        )
        latest = {row[0]: row[1:] for row in self.env.execute_query(query)}
        for each in sorted(said, key=lambda each: each["at"]):
            if each["identity_id"] not in latest:
                continue
            consent_id, state, word = latest[each["identity_id"]]
            answer = answer_of(each["text"], word)
            state = NEXT.get((state, answer))
            if not state or answer == "yes" and not each["to_us"]:
                continue
            # Rows were written by SQL meanwhile.
            self.env.invalidate_all()
            consent = self.sudo().browse(consent_id)
            if consent._is_in_time(_moment(each)):
                latest[each["identity_id"]] = consent_id, state, word
                consent._take_answer(state, each)
                self.env.flush_all()

    def _is_in_time(self, at):
        if self.state == "granted":
            return at >= (self.answered_at or self.asked_at)
        since = self.asked_at - NOTED_LATE
        return since <= at <= self.asked_at + timedelta(days=ANSWER_DAYS)

    def _take_answer(self, state, said):
        mention = self.env["social.crm.mention"].browse(said["mention_id"])
        self.identity_id._record_consent(
            state,
            "mention",
            at=_moment(said),
            mention=mention,
            evidence=said["text"],
        )

    @api.model
    def _look_back(self, identity):
        """Look for an answer that came before the question was noted."""
        mentions = self.env["social.crm.mention"].sudo()
        found = mentions.search(
            [
                ("identity_id", "=", identity.id),
                ("direction", "=", "in"),
                ("published_at", ">=", fields.Datetime.now() - NOTED_LATE),
            ],
            limit=100,
        )
        said = [
            {
                "identity_id": identity.id,
                "mention_id": mention.id,
                "text": mention.body,
                "at": mention.published_at.isoformat(),
                "to_us": mention.visibility == "private"
                or mention.parent_id.direction == "out"
                or mention.conversation_id.on_our_post,
            }
            for mention in found
            if plain_answer(mention.body)
        ]
        if said:
            self._recognise(said)


class SocialCrmIdentity(models.Model):
    # A concern, a file.
    _inherit = "social.crm.identity"  # pylint: disable=consider-merging-classes-inherited

    consent_ids = fields.One2many(
        "social.crm.consent", "identity_id", "Permissions", copy=False
    )
    # Of the last of them, so that lists and refusals need no further query.
    consent_state = fields.Selection(STATES, "Permission", readonly=True, copy=False)
    may_ask = fields.Boolean(compute="_compute_may_ask")

    @api.depends("network", "consent_state", "partner_id", "uri", "author_kind")
    def _compute_may_ask(self):
        """Where the network wants it, and nobody has said no."""
        networks = self.env["social.crm.network"]
        for identity in self:
            policy = networks._policy(identity.network)
            identity.may_ask = (
                policy.may_link == "opt_in"
                and not identity.partner_id
                and not identity.is_nobody
                and not identity.privacy
                and identity.consent_state in (False, "asked")
            )

    # --- what it allows ------------------------------------------------------

    def _policy_refusal(self, policy, basis):
        refusal = super()._policy_refusal(policy, basis)
        if policy.may_link == "no":
            return self.env._(
                "%(clause)s You may answer on %(network)s, and ask the person to write"
                " to you by another way.",
                clause=policy.clause,
                network=self._network_label(),
            )
        if self.consent_state in ("refused", "withdrawn"):
            return self.env._(
                "This person does not allow to be linked to a contact. You may answer"
                " on %s; only the person may change this.",
                self._network_label(),
            )
        if policy.may_link != "opt_in":
            return refusal
        if self.consent_state == "granted" or not refusal:
            return False
        if self.consent_state == "asked":
            return self.env._(
                "%(clause)s The person was asked and has not answered yet.",
                clause=policy.clause,
            )
        return self.env._(
            "%(clause)s Ask the person: “Ask for permission…” has the words.",
            clause=policy.clause,
        )

    def _network_label(self):
        return dict(self._selection_network())[self.network]

    def _link(self, partner, basis):
        """A link that needs permission stands on what the person said."""
        networks = self.env["social.crm.network"]
        stated = self.filtered(
            lambda each: (
                each.consent_state == "granted"
                and basis not in networks._bases(networks._policy(each.network))
            )
        )
        if stated:
            super(SocialCrmIdentity, stated)._link(partner, "stated")
        rest = self - stated
        return super(SocialCrmIdentity, rest)._link(partner, basis) if rest else None

    # --- asking --------------------------------------------------------------

    def action_ask(self):
        """Show the words to ask with."""
        self.ensure_one()
        self._check_may_ask()
        dialog = self.env["social.crm.ask"].create({"identity_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask for permission"),
            "res_model": dialog._name,
            "res_id": dialog.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def _consent_lang(self):
        """The language to ask in: what they wrote in last, if Odoo has it."""
        mentions = self.env["social.crm.mention"]
        said = mentions.search(
            [
                ("identity_id", "=", self.id),
                ("direction", "=", "in"),
                ("language", "!=", False),
            ],
            limit=1,
        )
        code = (said.language or "").replace("-", "_")
        installed = [code for code, _name in self.env["res.lang"].get_installed()]
        if code in installed:
            return code
        short = code.split("_")[0].lower()
        same = [each for each in installed if short and each.split("_")[0] == short]
        return (same or [self.env.lang or "en_US"])[0]

    def _check_may_ask(self):
        self.check_access("write")
        if not self.may_ask:
            raise UserError(
                self.env._(
                    "There is nothing to ask: the network does not want it, the person"
                    " has answered, or is linked already."
                )
            )

    def _withdraw_consent(self, source, note=""):
        self.check_access("write")
        for identity in self:
            identity._record_consent("withdrawn", source, note=note)

    # --- keeping it ----------------------------------------------------------

    def _record_consent(self, state, source, at=None, note="", **facts):
        """Note what was asked or answered; without permission a link is undone.

        ``facts`` are ``mention`` and ``evidence``, or the ``word`` that was asked for.
        """
        self.ensure_one()
        identity = self.sudo()
        now = at or fields.Datetime.now()
        last = identity.consent_ids[:1]
        if last.state == state and state != "asked":
            return
        values = {"state": state}
        if state == "asked":
            values |= {
                "asked_at": now,
                "asked_by": self.env.uid,
                "word": facts.get("word"),
            }
        else:
            moment = "withdrawn_at" if state == "withdrawn" else "answered_at"
            mention = facts.get("mention")
            values |= {
                moment: now,
                "source": source,
                "user_id": False if source == "mention" else self.env.uid,
                "note": note or False,
                "mention_id": mention.id if mention else last.mention_id.id,
                "evidence": facts.get("evidence") or last.evidence,
            }
        goes_on = {
            "asked": ("asked",),
            "granted": ("asked",),
            "refused": ("asked",),
            "withdrawn": ("granted",),
        }
        if last.state in goes_on[state]:
            last.write(values)
        else:
            last.create({**values, "identity_id": identity.id})
        identity._write_match({"consent_state": state, "match_at": False})
        self._note_consent(state, source)
        if state in ("refused", "withdrawn"):
            self._undo_link()

    def _note_consent(self, state, source):
        sources = self.env["social.crm.consent"]._fields["source"]
        how = dict(sources._description_selection(self.env))
        self.sudo()._message_log(
            body={
                "asked": self.env._(
                    "Asked for permission to link this profile to a contact."
                ),
                "granted": self.env._(
                    "Permission given to link this profile to a contact (%s).",
                    how.get(source),
                ),
                "refused": self.env._(
                    "Permission refused to link this profile to a contact (%s).",
                    how.get(source),
                ),
                "withdrawn": self.env._(
                    "Permission withdrawn to link this profile to a contact (%s).",
                    how.get(source),
                ),
            }[state],
            author_id=self.env.user.partner_id.id,
        )

    def _undo_link(self):
        """Take it off its contact and its records; the decision is remembered."""
        identity = self.sudo()
        if partner := identity.partner_id:
            identity._set_partner(dict(NO_LINK))
            self._note_on_contact(
                partner,
                self.env._(
                    "A social profile was taken off this contact: the person has not"
                    " given, or has withdrawn, the permission."
                ),
            )
        identity._leave_records()

    def write(self, vals):
        if not self.env.su and {"consent_state", "consent_ids"} & set(vals):
            raise AccessError(
                self.env._("Use the buttons to note what a person has answered.")
            )
        links = [name for name in self._typed_records() if name in vals]
        # sudo: what the network forbids, it forbids everybody.
        before = {
            (identity, name): identity.sudo()[name]
            for identity in self
            for name in links
        }
        result = super().write(vals)
        for (identity, name), records in before.items():
            refusal = not identity.partner_id and identity._link_refusal("manual")
            if refusal and identity.sudo()[name] - records:
                raise UserError(refusal)
        return result

    # --- what else a person may ask ------------------------------------------

    def _opt_out(self, source=""):
        result = super()._opt_out(source)
        people = self._with_typed().sudo()
        running = people.consent_ids.filtered(
            lambda consent: consent.state in ("asked", "granted")
        )
        running.write({"state": "withdrawn", "withdrawn_at": fields.Datetime.now()})
        people.consent_ids.write({"evidence": False, "note": False})
        running.identity_id._write_match({"consent_state": "withdrawn"})
        return result

    def _erase_begin(self, source):
        self.sudo().consent_ids.unlink()
        return super()._erase_begin(source)

    def _take_over_typed(self, typed):
        if consents := typed.consent_ids:
            consents.write({"identity_id": self.id})
            self._write_match({"consent_state": self.consent_ids[:1].state})
        return super()._take_over_typed(typed)
