"""Asking a person for permission, and noting what they answered elsewhere."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.social_crm_consent import SOURCES

PLACES = ("handle", "name", "company", "word")


class SocialCrmAsk(models.TransientModel):
    """Words to copy; nothing is sent from here."""

    _name = "social.crm.ask"
    _description = "Ask for Permission"

    identity_id = fields.Many2one(
        "social.crm.identity", required=True, readonly=True, ondelete="cascade"
    )
    text = fields.Text("Words to ask with", compute="_compute_text")
    word = fields.Char(compute="_compute_text")
    too_long = fields.Char(compute="_compute_text")
    url = fields.Char(related="identity_id.url")
    network = fields.Selection(related="identity_id.network")

    @api.depends("identity_id")
    def _compute_text(self):
        for dialog in self:
            identity = dialog.identity_id
            lang = identity._consent_lang()
            network = self.env["social.crm.network"].with_context(lang=lang)
            network = network._of(identity.company_id, identity.network)
            dialog.word = network.ask_word or network.env._("YES")
            dialog.text = network._ask_words(identity, dialog.word)
            limit = (
                self.env["social.crm.account"]
                ._connector_class(identity.network)
                .max_length
            )
            dialog.too_long = (
                limit
                and len(dialog.text) > limit
                and self.env._(
                    "The network takes at most %s characters: send it in two parts.",
                    limit,
                )
            )

    def action_open_profile(self):
        """Open the profile on the network, where it can be asked."""
        return {
            "type": "ir.actions.act_url",
            "url": self.identity_id.url,
            "target": "new",
        }

    def action_asked(self):
        """Note that the person was asked, from now on."""
        self.ensure_one()
        identity = self.identity_id
        identity._check_may_ask()
        identity._record_consent("asked", False, word=self.word)
        self.env["social.crm.consent"]._look_back(identity)
        return {"type": "ir.actions.act_window_close"}


class SocialCrmConsentNote(models.TransientModel):
    """An answer by mail, on the phone, on paper."""

    _name = "social.crm.consent.note"
    _description = "Note an Answer"

    identity_id = fields.Many2one(
        "social.crm.identity", required=True, ondelete="cascade"
    )
    answer = fields.Selection(
        [
            ("granted", "Yes, it may be linked"),
            ("refused", "No, it may not"),
            ("withdrawn", "No longer: permission is withdrawn"),
        ],
        required=True,
        default="granted",
    )
    source = fields.Selection(
        SOURCES,
        "How we know",
        required=True,
        default="mail",
    )
    date = fields.Datetime("When", required=True, default=fields.Datetime.now)
    note = fields.Text(help="Where it can be found: the date of the e-mail, a file.")

    def action_note(self):
        self.ensure_one()
        identity = self.identity_id
        identity.check_access("write")
        if self.date > fields.Datetime.now():
            raise UserError(self.env._("Nobody can have answered in the future."))
        if identity.privacy:
            raise UserError(identity._link_refusal("manual"))
        identity._record_consent(self.answer, self.source, at=self.date, note=self.note)
        return {"type": "ir.actions.act_window_close"}


class SocialCrmNetwork(models.Model):
    _inherit = "social.crm.network"

    def _ask_words(self, identity, word):
        """Return the words to ask a person with, in the language of the environment."""
        text = self.ask_text or self.env._(
            "Hello {handle}, may {company} link this profile to your customer record,"
            " so that we know you when you write to us here? If so, please answer"
            " {word}. You may take it back at any time by writing STOP."
        )
        values = {
            "handle": identity.handle or identity.name or "",
            "name": identity.name or identity.handle or "",
            "company": identity.company_id.name,
            "word": word,
        }
        for place in PLACES:
            text = text.replace(f"{{{place}}}", values[place])
        return text

    @api.constrains("ask_text")
    def _check_ask_text(self):
        for record in self:
            if record.ask_text and "{word}" not in record.ask_text:
                raise UserError(
                    self.env._(
                        "Say what the person shall answer: write {word} where the word"
                        " that means yes should stand."
                    )
                )
