"""What customers see in the portal of what is kept about them.

A portal user has no access to our models. Everything here is read as superuser, and
only of the profiles that ``_portal_of`` returns; what leaves are dicts of what to show.
"""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date, format_datetime

from .ingest_values import web_address

PROVEN = ("stated", "given", "verified")
POSTS = 20
FACTS = 100
# Of posts, the oldest, private ones and what we answered; one index each.
COUNTS = """
    SELECT i.id, p.*, a.answers FROM unnest(%(ids)s::int[]) AS i(id), LATERAL (
        SELECT count(*) AS posts, min(published_at) AS since,
               count(*) FILTER (WHERE visibility = 'private') AS private
        FROM social_crm_mention WHERE identity_id = i.id
    ) p, LATERAL (
        SELECT count(*) AS answers
        FROM social_crm_conversation c JOIN social_crm_mention m
          ON m.conversation_id = c.id AND m.direction = 'out'
        WHERE c.identity_id = i.id
    ) a
"""
PAGE = """
    SELECT m.id, m.kind, m.visibility, m.published_at, m.edited_at, m.deleted_at,
           m.title, m.body, m.url, m.rating, m.media
    FROM social_crm_mention m WHERE m.identity_id = %(profile)s AND %(seen)s AND %(key)s
    ORDER BY m.published_at DESC, m.id DESC LIMIT %(size)s
"""
BEFORE = """
    (m.published_at, m.id) < (SELECT b.published_at, b.id FROM social_crm_mention b
        WHERE b.id = %s AND b.identity_id = %s)
"""


class SocialCrmIdentity(models.Model):
    # A concern, a file.
    _inherit = "social.crm.identity"  # pylint: disable=consider-merging-classes-inherited

    # Somebody said whose it is, or two websites do. Not so when a colleague or the
    # matcher chose the contact, whatever the basis: that a person allows a link does
    # not say to which contact, and an address that the matcher goes by may be changed
    # in the portal.
    link_is_proven = fields.Boolean("Proven link", readonly=True, copy=False)

    # --- whose ---------------------------------------------------------------

    @api.model
    def _portal_of(self, user):
        """Return the profiles that ``user`` may see in the portal, as superuser.

        Only those of the own contact, and only for customers: a colleague who may link
        profiles, but not erase or export them, could else do so by way of the portal.
        """
        # sudo: portal users have no access to profiles; the domain is the access.
        partner, profiles = user.sudo().partner_id, self.sudo()
        if not user._is_portal() or not user.active or not partner.active:
            return profiles.browse()
        return profiles.with_context(active_test=False).search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "in", user.sudo().company_ids.ids),
                ("erase_pending", "=", False),
                ("author_kind", "!=", "ours"),
            ]
        )

    def _portal_is_sure(self):
        """Whether the link stands on more than a guess.

        Else private messages and what others told may be somebody else's: they are
        counted, not shown.
        """
        self.ensure_one()
        return bool(self.partner_id and self.link_is_proven)

    def _set_partner(self, vals):
        self.sudo()._write_match({"link_is_proven": False})
        return super()._set_partner(vals)

    def _link(self, partner, basis):
        result = super()._link(partner, basis)
        self.sudo()._write_match({"link_is_proven": basis in PROVEN})
        return result

    def _link_alone(self, found):
        linked = super()._link_alone(found)
        if linked and self.link_basis != "verified":
            self.sudo()._write_match({"link_is_proven": False})
        return linked

    def _take_over_typed(self, typed):
        before, proven = self.partner_id, typed.link_is_proven
        result = super()._take_over_typed(typed)
        if proven and not before:
            self._write_match({"link_is_proven": True})
        return result

    # --- what is shown -------------------------------------------------------

    def _portal_cards(self):
        """Return a dict for each profile; the same number of queries for any number."""
        self.env.flush_all()
        rows = self.env.execute_query_dict(SQL(COUNTS, ids=self.ids))
        counts = {row["id"]: row for row in rows}
        facts = dict(
            self.env["social.crm.fact"]._read_group(
                [("identity_id", "in", self.ids)], ["identity_id"], ["__count"]
            )
        )
        kept, reasons = self._portal_kept(), self._portal_reasons()
        labels = self.env["social.crm.account"]._network_facts()
        kinds = dict(self._fields["author_kind"]._description_selection(self.env))
        cards = []
        for profile in self:
            count = counts[profile.id]
            name, icon = labels[profile.network]
            cards.append(
                {
                    "id": profile.id,
                    "company": profile.company_id.name,
                    "network": name,
                    "icon": icon,
                    "name": profile.name or profile.handle or profile.uri,
                    "handle": profile.handle if profile.name else "",
                    "url": web_address(profile.url or ""),
                    "is_sure": profile._portal_is_sure(),
                    "why": profile._portal_why(),
                    "reasons": reasons.get(profile.id, []),
                    "linked": self._portal_day(profile.link_date),
                    "consent": profile._portal_consent(),
                    "said": profile._portal_said(),
                    "kind": profile.author_kind != "unknown"
                    and kinds[profile.author_kind],
                    "influence": bool(profile.influence_parts)
                    and str(profile.influence),
                    "posts": count["posts"],
                    "private": count["private"],
                    "answers": count["answers"],
                    "since": self._portal_day(count["since"]),
                    "facts": facts.get(profile, 0),
                    "kept": kept.get((profile.company_id.id, profile.network)),
                }
            )
        return cards

    def _portal_page(self, before=0):
        """Return what ``_portal_cards`` has of one profile, and the details.

        ``before`` is the id of the last post of the page before.
        """
        self.ensure_one()
        (card,) = self._portal_cards()
        posts, more = self._portal_posts(card["is_sure"], before)
        return {
            **card,
            "latest": posts,
            "older": more and posts[-1]["id"],
            "is_first": not before,
            "told": self._portal_facts(card["is_sure"]),
            "handles": [
                {"handle": row.handle, "until": self._portal_day(row.until)}
                for row in self.handle_ids[:FACTS]
            ],
        }

    def _portal_day(self, moment):
        return moment and format_date(
            self.env, fields.Datetime.context_timestamp(self, moment).date()
        )

    def _portal_said(self):
        """What the profile says of itself: [(label, text)], only what there is."""
        numbers = {
            self.env._("Followers"): self.followers_count,
            self.env._("Follows"): self.following_count,
            self.env._("Posts there"): self.posts_count,
        }
        links = [link for link in self.verified_links or () if isinstance(link, str)]
        texts = {
            self.env._("About"): self.bio,
            self.env._("Place"): self.location,
            self.env._("Pronouns"): self.pronouns_said,
            self.env._("Languages"): self.languages_said,
            self.env._("Checked websites"): ", ".join(links),
            self.env._("On the network since"): self._portal_day(
                self.account_created_at
            ),
            self.env._("Picture"): self.avatar_url
            and self.env._("its address, and a small copy"),
            **{label: str(number) for label, number in numbers.items() if number},
        }
        return [(label, text) for label, text in texts.items() if text]

    # --- why, and how long ---------------------------------------------------

    def _portal_why(self):
        """The link basis in a sentence to the person."""
        if self.link_basis == "stated" and not self.link_is_proven:
            return self.env._(
                "From this profile somebody allowed us to connect it with a customer"
                " record. One of our colleagues took it for yours."
            )
        if self.link_basis == "given" and not self.link_is_proven:
            return self.env._(
                "Somebody wrote to us from this profile, in private, with the e-mail"
                " address or phone number of your customer record. Our program took it"
                " for yours."
            )
        return {
            "stated": self.env._("You told us that this profile is yours."),
            "given": self.env._("You gave us this profile."),
            "verified": self.env._(
                "The profile and the website in your customer record name each other."
            ),
            "manual": self.env._("One of our colleagues took this profile for yours."),
            "inferred": self.env._("Our program took this profile for yours."),
        }.get(self.link_basis, "")

    def _portal_reasons(self):
        """Return {id: sentences} of what profile and customer record have in common.

        What only one of them has is not shown: the profile may be somebody else's.
        """
        sentences = {
            "name_same": self.env._("the same name: %s"),
            "city_same": self.env._("the same town: %s"),
            "country_same": self.env._("the same country: %s"),
            "company_same": self.env._("the same company: %s"),
            "handle_same": self.env._("the same handle: %s"),
            "email_same": self.env._("the same e-mail address: %s"),
            "phone_same": self.env._("the same phone number: %s"),
            "url_same": self.env._("the same website: %s"),
            "url_verified": self.env._("the same website: %s"),
        }
        found = {}
        for match in self.env["social.crm.match"].search(
            [("identity_id", "in", self.ids), ("state", "=", "confirmed")]
        ):
            if match.partner_id != match.identity_id.partner_id:
                continue
            shared = {
                code: values[0]
                for code, bits, values in match.evidence or ()
                if bits > 0 and len(set(values)) == 1
            }
            if {"first_same", "last_same"} <= shared.keys():
                name = f"{shared['first_same']} {shared['last_same']}"
                shared["name_same"] = name.title()
            found[match.identity_id.id] = [
                sentence % shared[code]
                for code, sentence in sentences.items()
                if code in shared
            ]
        return found

    def _portal_kept(self):
        """Return {(company, network): words} of how long what was said is kept."""
        rows = self.env["social.crm.network"].search(
            Domain("company_id", "in", self.company_id.ids)
            & Domain("network", "in", list(set(self.mapped("network"))))
        )
        return {(row.company_id.id, row.network): row.kept_words for row in rows}

    def _portal_consent(self):
        """What the person has allowed: ``{"day", "words"}`` or False."""
        consent = self.consent_ids[:1]
        if self.consent_state != "granted" or not consent:
            return False
        return {
            "day": self._portal_day(consent.answered_at),
            "words": self._portal_is_sure() and consent.evidence or "",
        }

    # --- details -------------------------------------------------------------

    def _portal_posts(self, is_sure, before):
        """Return (posts, whether there are older ones); by key, newest first."""
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            SQL(
                PAGE,
                profile=self.id,
                seen=SQL("TRUE") if is_sure else SQL("m.visibility = 'public'"),
                key=SQL(BEFORE, before, self.id) if before else SQL("TRUE"),
                size=POSTS + 1,
            )
        )
        mentions = self.env["social.crm.mention"]
        kinds = dict(mentions._fields["kind"]._description_selection(self.env))
        return [
            {
                "id": row["id"],
                "kind": kinds[row["kind"]],
                "is_private": row["visibility"] == "private",
                "at": format_datetime(self.env, row["published_at"]),
                "is_edited": bool(row["edited_at"]),
                "is_deleted": bool(row["deleted_at"]),
                "title": row["title"] or "",
                "text": row["body"] or "",
                "url": web_address(row["url"] or ""),
                "rating": row["rating"] or 0,
                "media": len(row["media"] or ()),
            }
            for row in rows[:POSTS]
        ], len(rows) > POSTS

    def _portal_facts(self, is_sure):
        """What others told us: who says it, by what right; its words if it is sure."""
        facts = self.env["social.crm.fact"]
        kinds, bases = (
            dict(facts._fields[name]._description_selection(self.env))
            for name in ("kind", "basis")
        )
        return [
            {
                "kind": kinds[fact.kind],
                "value": fact.value if is_sure else "",
                "source": fact.source,
                "url": web_address(fact.source_url or ""),
                "basis": bases[fact.basis],
                "day": format_date(self.env, fact.date),
            }
            for fact in facts.search([("identity_id", "=", self.id)], limit=FACTS)
        ]
