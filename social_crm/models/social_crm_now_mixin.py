from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .social_crm_conversation import OPEN_STATES
from .social_crm_mixin import READER, SEEN_BY, shown_on

USER = "social_crm.group_user"
# Conversations named on a form; the button leads to all of them.
SHOWN = 3
COLUMNS = ("id", "network", "visibility", "mood", "preview", "waiting_since")
PROFILE = ("name", "handle", "network", "link_basis", "partner_id", "is_vip")
PROFILE += ("gone_at", "pronouns_said", "pronouns_typed")
PROFILE += ("languages_said", "languages_spoken", "languages_typed")


class SocialCrmNowMixin(models.AbstractModel):
    """What forms show of a timeline: who waits now, and the profiles of the record."""

    _name = "social.crm.now.mixin"
    _description = "Open Social Conversations"
    _inherit = "social.crm.mixin"
    # The many2one of social.crm.conversation that points to this model, if one does.
    _social_link = ""

    social_now = fields.Json(
        "Open on social networks", compute="_compute_social_now", groups=READER
    )
    social_handles = fields.Json(
        "Social handles", compute="_compute_social_handles", groups=READER
    )

    def _social_shown_profiles(self):
        """Return {profile: ids of the records that it names}; PROFILE is fetched."""
        return {}

    @api.depends_context(*SEEN_BY, "lang")
    def _compute_social_now(self):
        """Counts as on the button, and who of the open ones matter most; one query.

        False without any conversation, else ``{"open", "total", "conversations"}``.
        """
        keys, names = self._social_keys(), self._social_key_fields()
        facts = self.env["social.crm.account"]._network_facts()
        found, origins = {}, {}
        for row in self._social_now_rows(keys, names):
            for record_id in shown_on(keys, ((name, row[name]) for name in names)):
                now = found.setdefault(
                    record_id, {"open": 0, "total": 0, "conversations": []}
                )
                if row["place"] == 1:
                    now["open"] += row["open_count"]
                    now["total"] += row["total_count"]
                if row["is_open"]:
                    now["conversations"].append(self._social_now_item(row, facts))
                elif row.get(self._social_link) == record_id:
                    origins.setdefault(record_id, row)
        for record in self:
            now = found.get(record._origin.id)
            if now:
                # Who waits comes first, the longest before all others.
                now["conversations"].sort(key=lambda item: item["since"] or "9")
                now["conversations"] = now["conversations"][:SHOWN]
                origin = origins.get(record._origin.id)
                if origin and not now["conversations"]:
                    # Nobody waits: the words that made the lead or the ticket.
                    now["conversations"] = [self._social_now_item(origin, facts)]
            record.social_now = now or False

    @api.model
    def _social_now_item(self, row, facts):
        label, icon = facts[row["network"]]
        return {
            "id": row["id"],
            "name": row["name"] or row["handle"] or row["uri"],
            "network": label,
            "icon": icon,
            "private": row["visibility"] == "private",
            "mood": row["mood"] or False,
            "quote": row["preview"] or "",
            # Who is gone waits for nothing.
            "since": row["is_open"]
            and not row["gone_at"]
            and fields.Datetime.to_string(row["waiting_since"]),
        }

    @api.model
    def _social_now_rows(self, keys, names):
        """Return the first conversations of each key as dicts, with its counts."""
        if not keys:
            return []
        conversations = self.env["social.crm.conversation"]
        conversations.flush_model([*COLUMNS[1:], *names, "state", "last_mention_at"])
        self.env["social.crm.identity"].flush_model(["name", "handle", "gone_at"])
        # The author is shown wherever the conversation is: no rules of its own here.
        query = conversations._search(self._social_domain_of(keys))
        if query.is_empty():
            return []
        table = query.table
        author = query.join(table, "identity_id", "social_crm_identity", "id", "author")
        columns = [
            SQL.identifier(table, name) for name in dict.fromkeys((*COLUMNS, *names))
        ]
        names_of_author = ("name", "handle", "uri", "gone_at")
        columns += [SQL.identifier(author, name) for name in names_of_author]
        is_open = SQL("%s IN %s", SQL.identifier(table, "state"), OPEN_STATES)
        part = SQL(", ").join(SQL.identifier(table, name) for name in names)
        order = SQL(
            "%s DESC, %s, %s DESC",
            is_open,
            SQL.identifier(table, "waiting_since"),
            SQL.identifier(table, "last_mention_at"),
        )
        columns += [
            SQL("%s AS is_open", is_open),
            SQL("count(*) OVER (PARTITION BY %s) AS total_count", part),
            SQL(
                "count(*) FILTER (WHERE %s) OVER (PARTITION BY %s) AS open_count",
                is_open,
                part,
            ),
            SQL(
                "row_number() OVER (PARTITION BY %s ORDER BY %s) AS place", part, order
            ),
        ]
        wanted = SQL("place <= %s", SHOWN)
        if self._social_link in names:
            link = SQL.identifier(table, self._social_link)
            # However many are newer, those words made the lead or the ticket.
            columns.append(
                SQL(
                    "%s IS NOT NULL AND row_number() OVER (PARTITION BY %s, %s"
                    " ORDER BY %s) = 1 AS is_origin",
                    link,
                    link,
                    is_open,
                    SQL.identifier(table, "id"),
                )
            )
            wanted = SQL("(%s OR is_origin)", wanted)
        return self.env.execute_query_dict(
            SQL(
                "SELECT * FROM (%s) c WHERE %s ORDER BY id",
                query.select(*columns),
                wanted,
            )
        )

    @api.depends_context(*SEEN_BY, "lang")
    def _compute_social_handles(self):
        """The profiles of a record as its form names them; one query for all."""
        facts = self.env["social.crm.account"]._network_facts()
        profiles = self.env["social.crm.identity"]
        bases = dict(profiles._fields["link_basis"]._description_selection(self.env))
        found = {}
        for profile, shown in self._social_shown_profiles().items():
            label, icon = facts[profile.network]
            item = {
                "id": profile.id,
                "handle": profile.handle or profile.name or profile.uri,
                "name": profile.name or "",
                "network": label,
                "icon": icon,
                "basis": bases.get(profile.link_basis, ""),
                "vip": profile.is_vip,
                "says": profile._says(),
                "gone": profile.gone_words or "",
            }
            for record_id in shown:
                found.setdefault(record_id, []).append(item)
        for record in self:
            record.social_handles = found.get(record._origin.id, False)

    # --- profiles that are typed ---------------------------------------------

    def social_add_profile(self, text):
        """Say that the profile in ``text``, an address or a handle, is theirs."""
        self.ensure_one()
        if not self.env.user.has_group(USER):
            raise AccessError(self.env._("Only Social users may add profiles."))
        self.check_access("write")
        company = self.company_id or self.env.company
        profile = self.env["social.crm.identity"]._from_paste(text, company)
        self._social_hold(profile)
        return profile.display_name

    def _social_hold(self, profile, basis="manual"):
        """Link a profile that was typed here; never take it from somebody else."""
        partner = self._social_holder()
        if profile.partner_id and profile.partner_id != partner:
            raise UserError(
                self.env._(
                    "%(profile)s belongs to %(contact)s. Open the profile to move it.",
                    profile=profile.display_name,
                    contact=profile.partner_id.display_name,
                )
            )
        if partner:
            profile._link(partner, basis)
        else:
            profile.check_access("write")
            self.social_identity_ids |= profile

    def _social_holder(self):
        """The contact whose profiles are shown here, if there is one."""
        return self.partner_id
