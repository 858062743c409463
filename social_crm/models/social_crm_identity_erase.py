"""Erasing a profile: nothing of it can be seen from the first moment on."""

from datetime import timedelta

from odoo import api, fields, models, tools
from odoo.fields import Domain
from odoo.tools import SQL

from .erasure import Erasure
from .ingest_news import send_news
from .person_names import normal_uri

CRON_XMLID = "social_crm.ir_cron_erase"
# A batch of mentions, or ten windows of what colleagues wrote.
WORK = 10
# A page that another worker was storing meanwhile may bring somebody back.
LATE = timedelta(minutes=30)
LOOK_AGAIN = timedelta(minutes=2)


class SocialCrmIdentity(models.Model):
    # A concern, a file.
    _inherit = "social.crm.identity"  # pylint: disable=consider-merging-classes-inherited

    erase_pending = fields.Boolean(readonly=True)
    erase_state = fields.Json(readonly=True, groups="base.group_system")

    _erase_idx = models.Index("(id) WHERE erase_pending IS TRUE")

    def action_erase(self):
        self._check_privacy_rights()
        self._erase(self.env._("Entered by a colleague"))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_crm.social_crm_identity_action"
        )
        # Without the way back to what is no more.
        return {**action, "target": "main"}

    def _erase(self, source=""):
        """Delete all that we know of these people, and never store it again.

        At once if it is little; else the first batch, and the rest in the background:
        nobody sees any of it from now on. ``source`` says how we know that they want
        it, without a word about them.
        """
        self._check_privacy_rights()
        self._check_privacy_subject()
        people = self._with_typed()
        for identity in people.filtered(lambda identity: not identity.erase_pending):
            identity._erase_begin(source)
        self.env.flush_all()
        for identity in people.sudo():
            identity._erase_more()
        self._trigger_erase()

    def _erase_begin(self, source):
        identity, suppressions = self.sudo(), self.env["social.crm.suppression"]
        suppressions.with_user(self.env.user)._suppress(identity, "erased", source)
        conversations = identity.conversation_ids[:1000].ids
        send_news(self.env, conversations, identity.ids)
        if partner := identity.partner_id:
            erased = self.env._("A social profile was erased on request.")
            identity._note_on_contact(partner, erased)
        identity.match_ids.unlink()
        # The link itself is needed to find what colleagues wrote; nobody sees it.
        identity.with_context(tracking_disable=True).write(
            {"active": False, "erase_pending": True}
        )
        self.env["social.crm.media"]._forget([identity.avatar_url or ""])
        self._forget_erasing()

    def _erase_more(self):
        """Do the next batch; return whether all is done."""
        if not Erasure(self).run(WORK):
            return False
        contact = self.partner_id
        # Its notes, followers, activities, attachments and earlier handles with it.
        self.with_context(tracking_disable=True).unlink()
        # Its handle was one of the keys of the contact.
        contact._match_again()
        lines = self.env["privacy.lookup.wizard.line"].sudo()
        lines.search([("res_model", "=like", "social.crm.%")]).res_name = False
        self._forget_erasing()
        if vacuum := self.env.ref("base.autovacuum_job", raise_if_not_found=False):
            # Deletes the files of attachments that are gone.
            vacuum.sudo()._trigger()
        return True

    @api.model
    def _trigger_erase(self):
        if cron := self.env.ref(CRON_XMLID, raise_if_not_found=False):
            cron.sudo()._trigger()
            cron.sudo()._trigger(at=fields.Datetime.now() + LOOK_AGAIN)

    @api.model
    def _cron_erase(self):
        """Finish what was begun, a committed batch at a time; then look once more."""
        crons = self.env["ir.cron"]
        pending = [("erase_pending", "=", True)]
        identities = self.with_context(active_test=False)
        identities._erase_latecomers()
        while identity := identities.search(pending, order="id", limit=1):
            identity._erase_more()
            if not crons._commit_progress(
                1, remaining=identities.search_count(pending)
            ):
                break

    @api.model
    def _erase_latecomers(self):
        """Erase who came back with a page that was under way when they were erased."""
        suppressions = self.env["social.crm.suppression"]
        since = fields.Datetime.now() - LATE
        domain = [("kind", "=", "erased"), ("since", ">=", since)]
        rows = suppressions.search([*domain, ("part", "=", "profile")])
        for company, erased in rows.grouped("company_id").items():
            hash_of = suppressions._hasher(company.id)
            hashes = set(erased.mapped("hash"))
            for identity in self.search(
                [
                    ("company_id", "=", company.id),
                    ("network", "in", erased.mapped("network")),
                    ("first_seen_at", ">=", since),
                    ("erase_pending", "=", False),
                ]
            ):
                if hash_of(identity.network, "uri", normal_uri(identity.uri)) in hashes:
                    identity._erase()

    @api.model
    def _forget_erasing(self):
        """Read anew whom the rules hide."""
        self.env["res.users"].invalidate_model(["social_crm_erasing_ids"])
        self.env.registry.clear_cache()

    @tools.ormcache()
    def _erasing_ids(self):
        """Return the profiles that are being erased: rules hide them from everyone."""
        query = SQL(
            "SELECT id FROM social_crm_identity WHERE erase_pending IS TRUE",
            to_flush=self._fields["erase_pending"],
        )
        return tuple(row[0] for row in self.env.execute_query(query))


class SocialCrmMixin(models.AbstractModel):
    _inherit = "social.crm.mixin"

    def _social_branches(self, rest):
        """Also for those whom no rule stops."""
        ids = self.env["social.crm.identity"]._erasing_ids()
        if ids:
            rest &= Domain("identity_id", "not in", ids)
            rest &= Domain("conversation_id", "=", False) | Domain(
                "conversation_id.identity_id", "not in", ids
            )
        return super()._social_branches(rest)
