import hashlib

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

# So many mentions follow a new contact at once; the rest in the background.
SYNC_LIMIT = 1000
RELINK_XMLID = "social_crm.ir_cron_relink"


def _move(table, key, rows):
    """Return the statement that brings ``size`` rows of ``table`` to their contact.

    They are sought once: with statistics of an empty table PostgreSQL would seek them
    again for each row.
    """
    return f"""
        WITH r AS MATERIALIZED (
            SELECT t.id, k.partner_id FROM {key} k JOIN {table} t ON {rows}
              AND t.partner_id IS DISTINCT FROM k.partner_id
            ORDER BY t.id LIMIT %(size)s
        )
        UPDATE {table} t SET partner_id = r.partner_id FROM r WHERE t.id = r.id
    """


# Conversations, then what profiles said, then what we answered.
MOVE = (
    _move(
        "social_crm_conversation",
        "social_crm_identity",
        "t.identity_id = k.id AND k.id = ANY(%(ids)s)",
    ),
    _move(
        "social_crm_mention",
        "social_crm_identity",
        "t.identity_id = k.id AND k.id = ANY(%(ids)s)"
        " AND (t.direction = 'in' OR t.conversation_id IS NULL)",
    ),
    _move(
        "social_crm_mention",
        "social_crm_conversation",
        "t.conversation_id = k.id AND t.direction = 'out'"
        " AND k.identity_id = ANY(%(ids)s) AND k.last_out_at IS NOT NULL",
    ),
)
# Written by the ingest and by links alone.
SYSTEM_FIELDS = {
    "company_id",
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
    "gone_emptied",
    "checked_at",
    "first_seen_at",
    "profile_updated_at",
    "link_basis",
    "link_date",
    "link_user_id",
    "relink_pending",
    "match_at",
    "best_match",
    "best_contact_match",
    "author_kind",
    "author_kind_source",
    "helps_count",
    "influence",
    "influence_parts",
}
NO_LINK = dict.fromkeys(
    ("partner_id", "link_basis", "link_date", "link_user_id"), False
)
BASES = [
    ("stated", "Stated by the person"),
    ("given", "Given to us"),
    ("verified", "Verified link"),
    ("manual", "Set by a user"),
    ("inferred", "Inferred"),
]


class SocialCrmIdentity(models.Model):
    """One profile of one person or page on one network."""

    _name = "social.crm.identity"
    _description = "Social Profile"
    _inherit = [
        "social.crm.internal.mixin",
        "social.crm.typed.profile.mixin",
        "social.crm.who.mixin",
    ]
    _order = "name, id"
    _rec_names_search = ["name", "handle", "handle_ids.handle"]
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    network = fields.Selection(selection="_selection_network", required=True)
    uri = fields.Char("Key", required=True, readonly=True, copy=False)
    active = fields.Boolean(default=True)
    handle = fields.Char(index=True)
    name = fields.Char()
    url = fields.Char("Profile")
    avatar_url = fields.Char()
    avatar_src = fields.Char("Picture", compute="_compute_avatar_src")
    bio = fields.Text()
    location = fields.Char("Place")
    followers_count = fields.Integer("Followers there")
    following_count = fields.Integer("Following")
    posts_count = fields.Integer("Posts")
    verified_links = fields.Json()
    is_bot = fields.Boolean("Bot")
    account_created_at = fields.Datetime("On the network since")
    author_kind = fields.Selection(
        [
            ("customer", "Customer"),
            ("lead", "Lead"),
            ("prospect", "Prospect"),
            ("partner", "Partner"),
            ("supplier", "Supplier"),
            ("employee", "Employee"),
            ("ours", "Ours"),
            ("bot", "Bot"),
            ("unknown", "Unknown"),
        ],
        default="unknown",
        required=True,
    )
    first_seen_at = fields.Datetime(readonly=True)
    profile_updated_at = fields.Datetime(readonly=True)
    handle_ids = fields.One2many(
        "social.crm.identity.handle", "identity_id", string="Earlier handles"
    )
    # A real foreign key, so that core's merge of contacts moves it; never in a unique
    # constraint, since core deletes the rows that clash.
    partner_id = fields.Many2one(
        "res.partner",
        "Contact",
        index="btree_not_null",
        ondelete="set null",
        tracking=True,
    )
    link_basis = fields.Selection(BASES, readonly=True, tracking=True)
    link_date = fields.Datetime("Linked", readonly=True)
    link_user_id = fields.Many2one("res.users", "Linked by", readonly=True)
    relink_pending = fields.Boolean(readonly=True)
    lead_ids = fields.Many2many(
        "crm.lead",
        "social_crm_identity_lead_rel",
        "identity_id",
        "lead_id",
        groups="sales_team.group_sale_salesman",
    )
    conversation_ids = fields.One2many("social.crm.conversation", "identity_id")
    mention_ids = fields.One2many(
        "social.crm.mention", "identity_id", string="All mentions"
    )
    mention_count = fields.Integer("Mentions", compute="_compute_mention_count")

    _uri_uniq = models.UniqueIndex("(company_id, network, uri)")
    _relink_idx = models.Index("(id) WHERE relink_pending IS TRUE")

    @api.model
    def _selection_network(self):
        return self.env["social.crm.account"]._selection_network()

    @api.depends("name", "handle", "network")
    def _compute_display_name(self):
        for identity in self:
            name, handle = identity.name, identity.handle
            both = f"{name} ({handle})" if name and handle else name or handle
            identity.display_name = both or identity.uri

    def _compute_avatar_src(self):
        """The picture through our own proxy: screens never load from a network."""
        for identity in self:
            identity.avatar_src = f"/social_crm/avatar/{identity.id}"

    def _compute_mention_count(self):
        counts = dict(
            self.env["social.crm.mention"]._read_group(
                [("identity_id", "in", self.ids)], ["identity_id"], ["__count"]
            )
        )
        for identity in self:
            identity.mention_count = counts.get(identity, 0)

    @api.model
    def _timeline_author(self, row):
        return {
            "id": row["identity_id"],
            "name": row["name"] or row["handle"] or row["uri"],
            "handle": row["handle"] or "",
            "url": row["author_url"] or "",
            "avatar_url": self._avatar_path(row["identity_id"], row["avatar_url"]),
            "is_bot": bool(row["is_bot"]),
        }

    @api.model
    def _avatar_path(self, identity_id, avatar_url):
        """Our address of the picture or initials; it changes when the picture does."""
        version = hashlib.sha256((avatar_url or "").encode()).hexdigest()[:8]
        return f"/social_crm/avatar/{identity_id}?v={version}"

    # --- linking -------------------------------------------------------------

    def _link_refusal(self, basis):
        """Return why the network forbids this link, or False."""
        self.ensure_one()
        account = self.env["social.crm.account"]
        return self._policy_refusal(
            account._connector_class(self.network).policy, basis
        )

    def _policy_refusal(self, policy, basis):
        accepted = self.env["social.crm.network"]._bases(policy)
        return False if basis in accepted else policy.clause

    def _link(self, partner, basis):
        """Say that this profile is that contact. Raises UserError where forbidden."""
        partner.check_access("read")
        self.check_access("write")
        for identity in self:
            if clause := identity._link_refusal(basis):
                raise UserError(clause)
            if partner.company_id and partner.company_id != identity.company_id:
                raise UserError(self.env._("The contact belongs to another company."))
        self._set_partner(
            {
                "partner_id": partner.id,
                "link_basis": basis,
                "link_date": fields.Datetime.now(),
                "link_user_id": self.env.uid,
            }
        )

    def _unlink_partner(self):
        """Take the profile off its contact; its mentions go with it."""
        self.check_access("write")
        self._set_partner(dict(NO_LINK))

    def _set_partner(self, vals):
        """Write a link that was checked; mentions and conversations follow."""
        result = super(SocialCrmIdentity, self.sudo()).write(vals)
        self.sudo()._follow_partner()
        return result

    def _lose_partner(self, why):
        """Their contact is gone: nobody said that it was the wrong one.

        ``why`` is a sentence for their logs.
        """
        identities = self.sudo().with_context(tracking_disable=True)
        vals = {**NO_LINK, "match_at": False}
        result = super(SocialCrmIdentity, identities).write(vals)
        identities._follow_partner()
        identities._message_log_batch(dict.fromkeys(identities.ids, why))
        return result

    @api.model_create_multi
    def create(self, vals_list):
        """Profiles come from networks; a contact is set by the same rules as later."""
        partner_ids = [vals.pop("partner_id", False) for vals in vals_list]
        identities = super().create(vals_list)
        for identity, partner_id in zip(identities, partner_ids, strict=True):
            if partner_id:
                identity.partner_id = partner_id
        return identities

    def write(self, vals):
        if not self.env.su and SYSTEM_FIELDS & set(vals):
            raise AccessError(
                self.env._("What the network says of a profile cannot be changed.")
            )
        if "partner_id" not in vals:
            return super().write(vals)
        # A form or an import: the same rules, by hand.
        partner = self.env["res.partner"].browse(vals["partner_id"])
        rest = {key: value for key, value in vals.items() if key != "partner_id"}
        result = super().write(rest) if rest else True
        moved = self.filtered(lambda identity: identity.partner_id != partner)
        if partner:
            moved._link(partner, "manual")
        else:
            moved._unlink_partner()
        return result

    def _follow_partner(self):
        """Let mentions and conversations follow: some now, the rest in batches."""
        self.flush_recordset()
        self._move_batch(SYNC_LIMIT)
        # Always once more, after the commit: an ingest that ran beside us may have
        # stored mentions that our snapshot cannot see.
        self.relink_pending = True
        self.env["social.crm.mention"].invalidate_model(["partner_id"])
        self.env["social.crm.conversation"].invalidate_model(["partner_id"])
        if cron := self.env.ref(RELINK_XMLID, raise_if_not_found=False):
            cron.sudo()._trigger()

    def _move_batch(self, size):
        """Bring at most ``size`` of each kind of row to their contact.

        Returns how many of one kind were behind, at most.
        """
        counts = []
        for statement in MOVE:
            self.env.cr.execute(SQL(statement, ids=self.ids, size=size))
            counts.append(self.env.cr.rowcount)
        return max(counts)

    @api.model
    def _cron_relink(self):
        """Finish what links began, in committed batches."""
        crons = self.env["ir.cron"]
        while identity := self.search([("relink_pending", "=", True)], limit=1):
            moved = identity._move_batch(SYNC_LIMIT)
            if moved < SYNC_LIMIT:
                identity.relink_pending = False
            remaining = self.search_count([("relink_pending", "=", True)])
            if not crons._commit_progress(1, remaining=remaining):
                break

    def action_open_mentions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_crm.social_crm_mention_action"
        )
        return {**action, "domain": [("identity_id", "=", self.id)], "context": {}}

    def action_unlink_partner(self):
        self._unlink_partner()
