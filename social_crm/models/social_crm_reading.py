"""What the reading pane of the inbox shows of one conversation."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from .social_crm_conversation import OPEN_STATES

# The newest mentions of a conversation; the form has them all.
READ_LIMIT = 100
# Steps up from the first mention: our post, and the comment between.
CONTEXT_LIMIT = 3
BESIDE_LIMIT = 5


class SocialCrmConversation(models.Model):
    _inherit = "social.crm.conversation"

    def social_read(self):
        """Return ``{"work", "context", "mentions", "earlier", "customer"}``.

        ``mentions`` are items of the timeline, oldest first, the newest 100;
        ``earlier`` is how many came before these; ``context`` is what the first of
        them answers. All with the rights of the caller; the number of queries does not
        depend on how much was said.
        """
        if len(self) != 1:
            raise UserError(self.env._("One conversation is read at a time."))
        self.check_access("read")
        mentions = self.env["social.crm.mention"].search(
            [("conversation_id", "=", self.id)], limit=READ_LIMIT
        )
        mentions = mentions.browse(reversed(mentions._ids))
        context = mentions[:1]._social_above()
        items = (context | mentions)._timeline_items({})
        return {
            "work": self._social_work(),
            "context": items[: len(context)],
            "mentions": items[len(context) :],
            "earlier": max(self.mention_count - len(mentions), 0),
            "customer": self._social_customer(),
        }

    def _social_work(self):
        """What people do with the conversation."""
        label, icon = self.env["social.crm.account"]._network_facts()[self.network]
        since = self.state in OPEN_STATES and self.waiting_since
        return {
            "id": self.id,
            "state": self.state,
            "state_label": dict(self._fields["state"]._description_selection(self.env))[
                self.state
            ],
            "unread": self.unread,
            "kind": self.kind or "post",
            "visibility": self.visibility,
            "network_label": label,
            "network_icon": icon,
            "mood": self.mood or False,
            "waiting_since": fields.Datetime.to_string(since),
            "snoozed_until": fields.Datetime.to_string(self.snoozed_until),
            "url": self.url or "",
            "team": self._social_named(self.team_id),
            "user": self._social_named(self.user_id),
            "company_id": self.company_id.id,
            "topics": self.topic_ids.mapped("name"),
            "may_write": self.has_access("write"),
        }

    @api.model
    def _social_named(self, record):
        if not record:
            return False
        return {"id": record.id, "display_name": record.display_name}

    def _social_customer(self):
        """Who speaks: the profile, the contact behind it, and what else there is."""
        identity = self.identity_id
        return {
            "profile": {
                "id": identity.id,
                "name": identity.name or identity.handle or identity.uri,
                "handle": identity.handle or "",
                "url": identity.url or "",
                "picture": identity.avatar_src,
                "bio": identity.bio or "",
                "place": identity.location or "",
                "followers": identity.followers_count,
                "is_bot": identity.is_bot,
            },
            "contact": self._social_contact(),
            "records": self._social_records(),
            "beside": self._social_beside(),
        }

    def _social_contact(self):
        """The contact, as far as the user may see it."""
        partner = self.partner_id
        # A contact of another company, for example: the profile has to do.
        if not partner or not partner.has_access("read"):
            return False
        return partner._social_card()

    def _social_records(self):
        """Deals of the contact, and the one this was handed to; never of others."""
        if not self.env["crm.lead"].has_access("read"):
            return []
        return [
            {
                "model": "crm.lead",
                "id": lead.id,
                "icon": "fa-handshake-o",
                "name": lead.name,
                "detail": lead.stage_id.name
                if lead.type == "opportunity"
                else self.env._("Lead"),
            }
            for lead in self._social_about("lead_id", ["name", "type", "stage_id"])
        ]

    def _social_about(self, link, names):
        """The record that ``link`` names and those of the contact, with ``names``."""
        domain = [("id", "=", self[link].id)]
        if self.partner_id:
            whose = self.partner_id | self.partner_id.commercial_partner_id
            domain = ["|", *domain, ("partner_id", "in", whose.ids)]
        return self[link].search_fetch(domain, names, limit=BESIDE_LIMIT)

    def _social_beside(self):
        """Other conversations of the same person that nobody has finished."""
        domain = [("identity_id", "=", self.identity_id.id)]
        if self.partner_id:
            domain = ["|", *domain, ("partner_id", "=", self.partner_id.id)]
        others = self.search(
            [*domain, ("id", "!=", self.id), ("state", "!=", "done")],
            limit=BESIDE_LIMIT,
        )
        facts = self.env["social.crm.account"]._network_facts()
        return [
            {
                "id": other.id,
                "icon": facts[other.network][1],
                "network": facts[other.network][0],
                "words": other.preview or "",
                "private": other.visibility == "private",
            }
            for other in others
        ]


class SocialCrmMention(models.Model):
    _inherit = "social.crm.mention"

    def _social_above(self):
        """Return what this answers, from the top, as far as the user may see it."""
        above = self.browse()
        # sudo: the way up may lead past what the user may not read; ids alone are kept,
        # and the search below shows what the rules allow.
        mention = self.sudo()
        for _step in range(CONTEXT_LIMIT):
            mention = mention.parent_id
            if not mention or mention.id in above.ids:
                break
            above |= self.browse(mention.id)
        return self.search([("id", "in", above.ids)], order="published_at, id")
