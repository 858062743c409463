"""The archive that customers download themselves: theirs, and nobody else's.

What a manager exports may be read before it is handed over. What a customer takes in
the portal holds what the person said, what the network says of them and what we
computed; not who of us did what, what we wrote to each other, nor other people's names.
"""

from odoo import models

# What is of the person. A test asks to decide about each new one.
SHOWN = {
    "network",
    "uri",
    "handle",
    "name",
    "url",
    "avatar_url",
    "bio",
    "location",
    "followers_count",
    "following_count",
    "posts_count",
    "verified_links",
    "is_bot",
    "account_created_at",
    "pronouns_said",
    "languages_said",
    "languages_spoken",
    "followers_series",
    "gone_at",
    "checked_at",
    "author_kind",
    "influence",
    "influence_parts",
    "helps_count",
    "first_seen_at",
    "profile_updated_at",
    "link_basis",
    "link_date",
    "link_is_proven",
    "consent_state",
    "contact",
    "company",
    "earlier_handles",
}
# What is of us: work, opinions and names of colleagues.
HIDDEN = {
    "active",
    "company_id",
    "partner_id",
    "link_user_id",
    "linked_by",
    "never_ask",
    "author_kind_manual",
    "author_kind_source",
    "is_vip",
    "leads",
    "pronouns_typed",
    "languages_typed",
    "gone_emptied",
    # Of others who had the account.
    "split_of_id",
    "split_until",
    "split_closed_before",
}
# {model: its fields that are of the person}.
RELATED = {
    "social.crm.fact": {"kind", "value", "source", "source_url", "basis", "date"},
    "social.crm.consent": {
        "network",
        "state",
        "purpose",
        "word",
        "asked_at",
        "answered_at",
        "withdrawn_at",
        "source",
        "evidence",
    },
    "social.crm.influence": {"kind", "topic_id", "mentions", "engagement", "score"},
    "social.crm.identity.change": {"field", "old", "new", "at"},
}
# Suggestions name other contacts.
RELATED_HIDDEN = {"social.crm.match"}
FOR_PERSON = "social_crm_for_person"


class SocialCrmIdentity(models.Model):
    # A concern, a file.
    _inherit = "social.crm.identity"  # pylint: disable=consider-merging-classes-inherited

    def _portal_export(self):
        """Return what ``_export`` does, of profiles of ``_portal_of``."""
        return self.with_context(**{FOR_PERSON: True})._export()

    def _is_for_person(self):
        return bool(self.env.context.get(FOR_PERSON))

    def _export_profile(self):
        facts = super()._export_profile()
        if not self._is_for_person():
            return facts
        return {name: value for name, value in facts.items() if name in SHOWN}

    def _export_related(self):
        for name, facts in super()._export_related():
            if not self._is_for_person():
                yield name, facts
                continue
            if name not in RELATED:
                continue
            shown = {key: facts[key] for key in facts if key in RELATED[name]}
            if name == "social.crm.fact" and not self._portal_is_sure():
                # May be of somebody else.
                shown = {**shown, "value": None, "source_url": None}
            yield name, shown

    def _export_mentions(self, whose):
        return self._export_seen(super()._export_mentions(whose))

    def _export_conversations(self):
        return self._export_seen(super()._export_conversations())

    def _export_seen(self, rows):
        if not self._is_for_person():
            yield from rows
            return
        is_sure = self._portal_is_sure()
        for row in rows:
            if is_sure or row["visibility"] != "private":
                # How we took it, and how far we are.
                yield {
                    key: row[key] for key in row if key not in ("mood", "state", "id")
                }
