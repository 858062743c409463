"""What customers do in the portal about profiles that are kept of them."""

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

from .social_crm_identity_privacy import MANAGER

# A note on the contact says that the person did it, not a colleague.
BY_PERSON = "social_crm_by_person"
DEEDS = ("not_me", "opt_out", "withdraw", "erase")
# These end more than the link: where it is a guess, the person says whose it is.
SAID_TO_BE_MINE = ("opt_out", "withdraw", "erase")


class SocialCrmIdentity(models.Model):
    # A concern, a file.
    _inherit = "social.crm.identity"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _portal_deeds(self, card):
        """Return the deeds that are offered on what ``_portal_cards`` has returned."""
        return [deed for deed in DEEDS if deed != "withdraw" or card["consent"]]

    def _portal_do(self, deed, is_mine=False):
        """Do one of ``DEEDS`` with a profile of ``_portal_of``.

        Returns whether it was done: not without ``is_mine``, where that is needed, nor
        twice.
        """
        self.ensure_one()
        if deed in SAID_TO_BE_MINE and not (is_mine or self._portal_is_sure()):
            return False
        if deed == "withdraw" and self.consent_state != "granted":
            return False
        getattr(self._by_person(), f"_portal_{deed}")()
        return True

    def _by_person(self):
        # Colleagues read what is noted: in the language of the company.
        lang = self.company_id[:1].partner_id.lang or "en_US"
        return self.with_context(**{BY_PERSON: self.partner_id.id, "lang": lang})

    def _portal_note_download(self):
        """Note on the contact that its profiles were downloaded."""
        profiles = self._by_person()
        downloaded = profiles.env._("What we keep from social networks was downloaded.")
        profiles._note_on_contact(profiles.partner_id, downloaded)

    def _portal_not_me(self):
        person, who = self.partner_id, self.handle or self.name or self.uri
        self._unlink_partner()
        rows = self.match_ids.filtered(lambda row: row.partner_id == person)
        rows.by_person = True
        self._note_on_contact(
            person,
            self.env._(
                "%(profile)s on %(network)s is not this person: the profile was taken"
                " off the contact and is not suggested again.",
                profile=who,
                network=self._network_label(),
            ),
        )
        self._message_log(
            body=self.env._(
                "%s says in the portal: this profile is not mine.", person.display_name
            ),
            author_id=person.id,
        )

    def _portal_opt_out(self):
        person = self.partner_id
        source = self.env._("By the person, in the portal")
        # As the system: the list of opt-outs names nobody, no customer's login either.
        self.with_user(SUPERUSER_ID)._opt_out(source)
        self._note_on_contact(
            person,
            self.env._(
                "A social profile has opted out. It was taken off the contact; what it"
                " says from now on has no name."
            ),
        )

    def _portal_withdraw(self):
        self._withdraw_consent("portal")

    def _portal_erase(self):
        source = self.env._("By the person, in the portal")
        self.with_user(SUPERUSER_ID)._erase(source)

    @api.model
    def _note_on_contact(self, partner, body):
        person = partner.browse(self.env.context.get(BY_PERSON))
        if not person:
            return super()._note_on_contact(partner, body)
        # No name: it may be what is being erased. The author of the line says who.
        by = self.env._("Done by the customer in the portal.")
        partner._message_log(body=f"{body} {by}", author_id=person.id)

    # --- "not me" lasts --------------------------------------------------------

    def _link(self, partner, basis):
        """Who says that it is not theirs is right, unless a manager knows better."""
        # sudo: matches are the matcher's.
        denied = self.sudo().match_ids.filtered(
            lambda row: row.by_person and row.partner_id == partner
        )
        if denied and not self.env.user.has_group(MANAGER):
            raise UserError(
                self.env._(
                    "%s has said in the portal that this profile is not theirs. If that"
                    " was a mistake, a Social Manager may link it.",
                    partner.display_name,
                )
            )
        denied.by_person = False
        return super()._link(partner, basis)

    def _take_over_typed(self, typed):
        for row in typed.match_ids.filtered("by_person"):
            same = self.match_ids.filtered(
                lambda match, row=row: match.partner_id == row.partner_id
            )
            same.unlink()
            row.identity_id = self
        return super()._take_over_typed(typed)

    def write(self, vals):
        if not self.env.su and "link_is_proven" in vals:
            raise AccessError(
                self.env._("How a profile was linked cannot be changed afterwards.")
            )
        return super().write(vals)


class SocialCrmMatch(models.Model):
    # A concern, a file.
    _inherit = "social.crm.match"  # pylint: disable=consider-merging-classes-inherited

    by_person = fields.Boolean(
        "The person says so",
        readonly=True,
        help="The customer said it in the portal: nothing new suggests it again.",
    )

    @api.model
    def _fold(self, partner):
        rows = self.sudo().search([("partner_id", "=", partner.id)])
        denied = rows.filtered("by_person").identity_id
        rows.filtered(lambda row: row.identity_id in denied).by_person = True
        return super()._fold(partner)

    def write(self, vals):
        """What a person has said of herself is taken back by nothing that the matcher
        finds, and by no button."""
        if vals.get("state", "rejected") == "rejected":
            return super().write(vals)
        return super(
            SocialCrmMatch, self.filtered(lambda row: not row.by_person)
        ).write(vals)


class SocialCrmConsent(models.Model):
    # A concern, a file.
    _inherit = "social.crm.consent"  # pylint: disable=consider-merging-classes-inherited

    source = fields.Selection(
        selection_add=[("portal", "In the portal")], ondelete={"portal": "set null"}
    )
