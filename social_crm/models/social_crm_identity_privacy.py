"""What a person may ask: to be left alone, and to be forgotten."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..matching import facts_of
from .ingest_suppression import NOBODY, is_anonymous
from .person_names import BY_HANDLE, escape_like
from .social_crm_identity import NO_LINK
from .social_crm_suppression import KINDS

# What the network said of a person, and what we made of it.
SNAPSHOT = (
    "name",
    "avatar_url",
    "bio",
    "location",
    "followers_count",
    "following_count",
    "posts_count",
    "verified_links",
    "account_created_at",
    "pronouns_said",
    "pronouns_typed",
    "languages_said",
    "languages_spoken",
    "languages_typed",
    "followers_series",
    "author_kind_manual",
    "helps_count",
    "influence",
    "influence_parts",
    "is_vip",
)
MANAGER = "social_crm.group_manager"


class SocialCrmIdentity(models.Model):
    # A concern, a file.
    _inherit = "social.crm.identity"  # pylint: disable=consider-merging-classes-inherited

    privacy = fields.Selection(
        KINDS, "Asked by the person", compute="_compute_privacy", compute_sudo=True
    )
    is_nobody = fields.Boolean(compute="_compute_is_nobody")

    @api.depends("uri", "network", "company_id")
    def _compute_privacy(self):
        kinds = self.env["social.crm.suppression"]._kinds(self.filtered("company_id"))
        for identity in self:
            identity.privacy = kinds.get(identity)

    @api.depends("uri", "author_kind")
    def _compute_is_nobody(self):
        """Neither a person nor somebody else's page: nobody who could ask."""
        for identity in self:
            identity.is_nobody = identity.author_kind == "ours" or is_anonymous(
                identity.uri or ""
            )

    @api.depends("uri")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        for identity in self:
            if is_anonymous(identity.uri or ""):
                identity.display_name = self._anonymous_name()
        return result

    @api.model
    def _anonymous_name(self):
        return self.env._("Somebody")

    @api.model
    def _timeline_author(self, row):
        author = super()._timeline_author(row)
        return (
            {**author, "name": self._anonymous_name()}
            if row["uri"] == NOBODY.uri
            else author
        )

    # --- links and profiles that people make ----------------------------------

    def _link_refusal(self, basis):
        if self.privacy:
            return self.env._("This person does not want to be linked to a contact.")
        if is_anonymous(self.uri):
            return self.env._("Several people share this profile: nobody knows who.")
        return super()._link_refusal(basis)

    def _set_partner(self, vals):
        if vals["partner_id"]:
            for identity in self:
                if identity.privacy or is_anonymous(identity.uri):
                    raise UserError(identity._link_refusal("manual"))
        return super()._set_partner(vals)

    @api.model_create_multi
    def create(self, vals_list):
        """Nobody comes back by a form or an import, either."""
        suppressions = self.env["social.crm.suppression"]
        for vals in vals_list:
            uri = vals.get("uri") or ""
            if suppressions._is_suppressed(
                vals.get("company_id"),
                vals.get("network") or "",
                (uri, vals.get("url")),
                (
                    vals.get("handle"),
                    uri.startswith(BY_HANDLE) and uri.removeprefix(BY_HANDLE),
                ),
            ):
                raise UserError(
                    self.env._(
                        "This person has asked not to be stored. A Social"
                        " Administrator may lift that under Configuration › Opt-outs."
                    )
                )
        return super().create(vals_list)

    def write(self, vals):
        """A profile that was emptied is not filled again."""
        if not self.env.su and {"erase_pending", "erase_state"} & set(vals):
            raise AccessError(self.env._("Use the button to erase a profile."))
        filled = any(vals.get(name) for name in SNAPSHOT)
        silent = self.filtered("privacy") if filled else self.browse()
        if not silent:
            return super().write(vals)
        rest = {name: value for name, value in vals.items() if name not in SNAPSHOT}
        super(SocialCrmIdentity, silent).write(rest)
        return super(SocialCrmIdentity, self - silent).write(vals)

    # --- matching ------------------------------------------------------------

    def _wants_no_match(self):
        return self.filtered(
            lambda identity: identity.privacy or is_anonymous(identity.uri)
        )

    def _may_be_matched(self):
        return super()._may_be_matched() - self._wants_no_match()

    def _match_facts(self):
        silent = self._wants_no_match()
        facts = super(SocialCrmIdentity, self - silent)._match_facts()
        return facts | dict.fromkeys(silent, facts_of({}))

    def _meet_typed(self):
        return super(SocialCrmIdentity, self - self._wants_no_match())._meet_typed()

    # --- opting out ----------------------------------------------------------

    def _with_typed(self):
        """The profiles, and those of the same handle that somebody typed."""
        found = self
        for identity in self.filtered("handle"):
            same = self.with_context(active_test=False).search(
                [
                    ("company_id", "=", identity.company_id.id),
                    ("network", "=", identity.network),
                    ("handle", "=ilike", escape_like(identity.handle)),
                ]
            )
            is_typed = identity.uri.startswith(BY_HANDLE)
            found |= same.filtered(
                lambda other, any_of=is_typed: any_of or other.uri.startswith(BY_HANDLE)
            )
        return found

    def action_opt_out(self):
        self._check_privacy_rights()
        self._opt_out(self.env._("Entered by a colleague"))

    def _opt_out(self, source=""):
        """Link it to no contact, forget the profile, store what follows anonymously.

        ``source`` says how we know, without a word about the person. Lifted by deleting
        the row in social.crm.suppression.
        """
        self._check_privacy_rights()
        self._check_privacy_subject()
        suppressions = self.env["social.crm.suppression"]
        for identity in self._with_typed().sudo():
            # Before its names are gone.
            suppressions.with_user(self.env.user)._suppress(
                identity, "opted_out", source
            )
            self.env["social.crm.media"]._forget([identity.avatar_url or ""])
            if identity.partner_id:
                identity._set_partner(dict(NO_LINK))
            # Who the contact was, and why.
            identity.match_ids.unlink()
            identity.message_ids.unlink()
            identity._leave_records()
            identity.write(dict.fromkeys(SNAPSHOT, False))
        self.invalidate_recordset(["privacy"])

    def _leave_records(self):
        """Take profiles off leads, tickets and whatever else holds them."""
        for model in self.env.values():
            field = model._fields.get("social_identity_ids")
            if field and field.type == "many2many" and field.store:
                records = model.sudo().with_context(active_test=False)
                records.search([("social_identity_ids", "in", self.ids)]).write(
                    {"social_identity_ids": [(3, identity.id) for identity in self]}
                )

    @api.model
    def _note_on_contact(self, partner, body):
        """Say on the contact what became of one of its profiles."""
        partner._message_log(body=body)

    def _check_privacy_rights(self):
        if not self.env.su and not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only a Social Manager may do this to a profile.")
            )
        self.check_access("write")

    def _check_privacy_subject(self):
        if any(identity.is_nobody for identity in self.sudo()):
            raise UserError(self.env._("This profile is ours, or nobody's."))


class SocialCrmTargetMixin(models.AbstractModel):
    _inherit = "social.crm.target.mixin"

    @api.constrains("social_identity_ids")
    def _check_social_privacy(self):
        # sudo: whether somebody has opted out decides for everybody.
        for identity in self.sudo().social_identity_ids:
            if identity.privacy:
                raise ValidationError(identity._link_refusal("manual"))
