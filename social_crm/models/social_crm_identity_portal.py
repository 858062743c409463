"""What a customer may see of herself in the portal, and what she may ask for there."""

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

# Said of itself, then counted or concluded by us.
SHOWN = (
    *("name", "bio", "location", "followers_count", "following_count", "posts_count"),
    *("account_created_at", "first_seen_at"),
)
POSTS, FACTS = 20, 50
PAGE = """
    SELECT id, published_at, direction, visibility, title, body, url
    FROM social_crm_mention
    WHERE identity_id = %(identity)s AND (published_at, id) < (%(moment)s, %(last)s)
    ORDER BY published_at DESC, id DESC LIMIT %(size)s
"""
COUNTS = """
    SELECT i.id, m.count, m.first FROM unnest(%(ids)s::int[]) AS i(id), LATERAL (
        SELECT count(*), min(published_at) AS first FROM social_crm_mention
        WHERE identity_id = i.id
    ) m
"""


class ResPartner(models.Model):
    # A concern, a file.
    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _social_own_profiles(self):
        """Return the profiles that are this person's, for the portal: as superuser.

        Whoever calls this has made sure that it is the person who asks.
        """
        self.ensure_one()
        # Not in the person's name: nothing that stays says who has asked.
        profiles = self.env["social.crm.identity"].with_user(SUPERUSER_ID)
        profiles = profiles.with_context(active_test=False, lang=self.env.lang)
        return profiles.search(
            [("partner_id", "=", self.id), ("erase_pending", "!=", True)], order="id"
        )

    def _social_portal_log(self, body):
        """Say on the contact what the person did; never which profile it was."""
        self.with_user(SUPERUSER_ID)._message_log(body=body, author_id=self.id)


class SocialCrmIdentity(models.Model):
    # A concern, a file.
    _inherit = "social.crm.identity"  # pylint: disable=consider-merging-classes-inherited

    def _portal_cards(self):
        """Return what the page shows of each profile; a fixed number of queries.

        Shape: ``[{id, title, network, url, company, why, kept, count, since, values:
        [(label, value)], facts: [sentence], deeds: [name]}]``
        """
        networks = dict(self._fields["network"]._description_selection(self.env))
        self.env.flush_all()
        counts = {
            row[0]: row[1:]
            for row in self.env.execute_query(SQL(COUNTS, ids=list(self.ids)))
        }
        facts, kept = self._portal_facts(), self._portal_kept()
        return [
            {
                "id": identity.id,
                "title": identity.display_name,
                "network": networks.get(identity.network, identity.network),
                "handle": identity.handle or "",
                "url": identity.url if (identity.url or "")[:4] == "http" else "",
                "company": identity.company_id.name,
                "why": identity._portal_why(),
                "kept": kept[identity.company_id, identity.network],
                "count": counts[identity.id][0],
                "since": counts[identity.id][1],
                "values": identity._portal_values(),
                "facts": facts.get(identity, []),
                "deeds": identity._portal_deeds(),
            }
            for identity in self
        ]

    def _portal_why(self):
        """Return by what right we say that it is hers."""
        words = {
            "stated": self.env._("You told us that this profile is yours."),
            "given": self.env._(
                "You gave us an address or a number that stands on this profile."
            ),
            "verified": self.env._(
                "The website in our address book and this profile link to each other."
            ),
            "manual": self.env._("A colleague recognised you."),
            "inferred": self.env._("The profile and your data with us look alike."),
        }
        lines = [words.get(self.link_basis, self.env._("A colleague recognised you."))]
        if self.link_date:
            lines.append(
                self.env._("Since %s.", fields.Date.to_string(self.link_date.date()))
            )
        if self.consent_state == "granted":
            lines.append(self.env._("You gave permission to link it."))
        return " ".join(lines)

    def _portal_kept(self):
        """Return {(company, network): how long what was said is kept}."""
        pairs = {(identity.company_id, identity.network) for identity in self}
        networks = self.env["social.crm.network"]
        return {pair: networks._of(*pair).kept_words for pair in pairs}

    def _portal_values(self):
        """Return [(label, value)] of what is stored of the profile."""
        labels = self.fields_get(self._portal_fields(), attributes=["string"])
        values = [
            (labels[name]["string"], self._portal_value(name))
            for name in self._portal_fields()
            if self[name]
        ]
        if self.handle_ids:
            earlier = ", ".join(filter(None, self.handle_ids.mapped("handle")))
            values.append((self.env._("Earlier handles"), earlier))
        return values

    @api.model
    def _portal_fields(self):
        """Return the fields that the page shows; another part may have more."""
        return (*SHOWN, "author_kind", "influence")

    def _portal_value(self, name):
        value, field = self[name], self._fields[name]
        if field.type == "datetime":
            return fields.Date.to_string(value.date())
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if isinstance(value, float):
            return str(round(value))
        return str(value)

    def _portal_facts(self):
        """Return {profile: sentences} of what others told us."""
        facts = self.env["social.crm.fact"].search(
            [("identity_id", "in", self.ids)], limit=FACTS
        )
        kinds = dict(facts._fields["kind"]._description_selection(self.env))
        found = {}
        for fact in facts:
            found.setdefault(fact.identity_id, []).append(
                self.env._(
                    "%(kind)s: %(value)s (%(who)s, %(date)s)",
                    kind=kinds[fact.kind],
                    value=fact.value,
                    who=fact.source,
                    date=fields.Date.to_string(fact.date),
                )
            )
        return found

    def _portal_deeds(self):
        """Return what may be asked for this profile, mildest first."""
        deeds = ["unlink", "leave", "erase"]
        return ["withdraw", *deeds] if self.consent_state == "granted" else deeds

    def _portal_posts(self, moment, last):
        """Return 20 posts and messages before a moment and an id, newest first."""
        self.ensure_one()
        self.env.flush_all()
        return self.env.execute_query_dict(
            SQL(
                PAGE,
                identity=self.id,
                moment=moment or fields.Datetime.to_datetime("9999-12-31"),
                last=last,
                size=POSTS,
            )
        )

    def _portal_do(self, deed):
        """Do what the person asks; return what to say to her.

        ``deed`` is one of ``_portal_deeds``.
        """
        self.ensure_one()
        partner, source = self.partner_id, self.env._("Asked in the portal")
        if deed == "unlink":
            self._unlink_partner()
            self._message_log(body=self.env._("The contact says: this is not me."))
            log = self.env._(
                "The contact said in the portal that a profile is not theirs."
            )
            said = self.env._(
                "Thank you. The profile is no longer on your record, and nobody here"
                " will be asked whether it is you."
            )
        elif deed == "withdraw":
            self._record_consent("withdrawn", "portal")
            log = self.env._("The contact withdrew a permission in the portal.")
            said = self.env._(
                "The permission is withdrawn; the profile is off your record."
            )
        elif deed == "leave":
            self._opt_out(source)
            log = self.env._("The contact asked in the portal to be left alone.")
            said = self.env._(
                "Done. We have forgotten the profile. What you post from now on is kept"
                " without your name, if at all."
            )
        else:
            self._erase(source)
            log = self.env._("The contact erased a profile in the portal.")
            said = self.env._(
                "Done. The profile and all that it said is deleted, and does not come"
                " back."
            )
        partner._social_portal_log(log)
        return said
