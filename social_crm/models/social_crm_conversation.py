from babel.dates import format_timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL
from odoo.tools.misc import babel_locale_parse

from .ingest_news import send_news

STATES = [
    ("new", "New"),
    ("open", "Open"),
    ("waiting", "Waiting for them"),
    ("snoozed", "Snoozed"),
    ("done", "Done"),
]
OPEN_STATES = ("new", "open")
MOODS = [("negative", "Unhappy"), ("neutral", "Neutral"), ("positive", "Happy")]

# Written by the ingest alone.
SYSTEM_FIELDS = {
    "company_id",
    "network",
    "branch_uri",
    "visibility",
    "identity_id",
    "partner_id",
    "on_our_post",
    "kind",
}
# What colleagues see at once when somebody changes it.
ANNOUNCED = {"state", "user_id", "team_id", "lead_id"}


def age_in_words(env, moment):
    """How long ago ``moment`` was, in the words of the user: "3 hr"."""
    locale = babel_locale_parse(env.context.get("lang"))
    return format_timedelta(
        fields.Datetime.now() - moment, format="short", locale=locale
    )


class SocialCrmConversation(models.Model):
    """The work item: on our own posts one a branch, elsewhere one a thread and author.

    Messages are one a person. Inbox, counters and rules work on conversations.
    """

    _name = "social.crm.conversation"
    _description = "Conversation"
    _inherit = [
        "social.crm.internal.mixin",
        "mail.activity.mixin",
        "social.crm.undo.mixin",
    ]
    _order = "last_mention_at desc, id desc"
    _rec_name = "preview"
    _check_company_auto = True
    _mail_post_access = "read"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    active = fields.Boolean(default=True)
    network = fields.Selection(
        selection="_selection_network", required=True, readonly=True
    )
    branch_uri = fields.Char("Key", required=True, readonly=True, copy=False)
    on_our_post = fields.Boolean("On our own post", readonly=True)
    kind = fields.Selection(
        [
            ("post", "Post"),
            ("comment", "Comment"),
            ("review", "Review"),
            ("message", "Message"),
            ("answer", "Answer"),
        ],
        readonly=True,
    )
    visibility = fields.Selection(
        [("public", "Public"), ("private", "Private")], required=True, readonly=True
    )
    identity_id = fields.Many2one(
        "social.crm.identity",
        "Author",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Contact",
        index="btree_not_null",
        readonly=True,
        ondelete="set null",
    )
    state = fields.Selection(
        STATES,
        "Status",
        default="new",
        required=True,
        tracking=True,
        group_expand=True,
    )
    team_id = fields.Many2one(
        "social.crm.team",
        tracking=True,
        check_company=True,
        ondelete="set null",
    )
    user_id = fields.Many2one(
        "res.users",
        "Assigned to",
        tracking=True,
        index="btree_not_null",
        domain="[('share', '=', False)]",
    )
    snoozed_until = fields.Datetime()
    unread = fields.Boolean(default=True)
    preview = fields.Char("Last words", readonly=True)
    mention_count = fields.Integer("Number of mentions", readonly=True)
    first_mention_at = fields.Datetime("Began", readonly=True)
    last_mention_at = fields.Datetime("Last spoke", readonly=True)
    last_in_at = fields.Datetime("They last spoke", readonly=True)
    last_out_at = fields.Datetime("We last answered", readonly=True)
    waiting_since = fields.Datetime("Waits since", readonly=True)
    waiting_age = fields.Char("Waits", compute="_compute_waiting_age")
    mood = fields.Selection(MOODS, readonly=True)
    topic_ids = fields.Many2many(
        "social.crm.topic",
        "social_crm_conversation_topic_rel",
        "conversation_id",
        "topic_id",
        string="Topics",
    )
    mention_ids = fields.One2many(
        "social.crm.mention", "conversation_id", string="Mentions"
    )
    url = fields.Char("Link", compute="_compute_url")
    network_icon = fields.Char(compute="_compute_network_icon")
    author_name = fields.Char(related="identity_id.name", string="Author's name")
    author_picture = fields.Char(related="identity_id.avatar_src")
    author_url = fields.Char(related="identity_id.url", string="Author's page")
    # The web client fills a name with sudo: without groups, an agent without CRM rights
    # would read deal titles.
    lead_id = fields.Many2one(
        "crm.lead",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        groups="sales_team.group_sale_salesman",
    )

    _branch_uniq = models.UniqueIndex("(company_id, network, branch_uri)")
    _inbox_idx = models.Index(
        "(company_id, team_id, last_mention_at DESC, id DESC)"
        # As the ORM writes it, or PostgreSQL does not know it again.
        " WHERE state IN ('new', 'open') AND active IS TRUE"
    )
    _waiting_idx = models.Index(
        "(waiting_since, last_mention_at DESC, id DESC)"
        " WHERE state IN ('new', 'open') AND active IS TRUE"
    )
    _recent_idx = models.Index("(company_id, last_mention_at DESC, id DESC)")

    def init(self):
        # Each new post updates its conversation.
        self.env.cr.execute("ALTER TABLE social_crm_conversation SET (fillfactor = 80)")

    @api.model
    def _selection_network(self):
        return self.env["social.crm.account"]._selection_network()

    @api.depends("preview", "identity_id")
    def _compute_display_name(self):
        for conversation in self:
            is_open = conversation.visibility == "public"
            words = " ".join((is_open and conversation.preview or "").split())
            name = conversation.identity_id.display_name
            conversation.display_name = f"{name}: {words[:60]}" if words else name

    @api.depends("waiting_since")
    @api.depends_context("lang")
    def _compute_waiting_age(self):
        for conversation in self:
            since = conversation.waiting_since
            conversation.waiting_age = since and age_in_words(self.env, since)

    @api.depends("network")
    def _compute_network_icon(self):
        facts = self.env["social.crm.account"]._network_facts()
        for conversation in self:
            _label, conversation.network_icon = facts.get(
                conversation.network, ("", "")
            )

    def _compute_url(self):
        """The link of the newest mention; one query for all."""
        newest = self.env["social.crm.mention"]._read_group(
            [("conversation_id", "in", self.ids), ("url", "!=", False)],
            ["conversation_id"],
            ["id:max"],
        )
        mentions = self.env["social.crm.mention"].browse(
            [mention_id for _conversation, mention_id in newest]
        )
        url = {mention.conversation_id.id: mention.url for mention in mentions}
        for conversation in self:
            conversation.url = url.get(conversation.id)

    def _social_mark(self, facts):
        """Return (rank, what a card shows); the lowest rank matters most."""
        self.ensure_one()
        since = self.state in OPEN_STATES and self.waiting_since
        moment = since or self.last_in_at or self.last_mention_at
        label, icon = facts[self.network]
        # Who waits longest, then who spoke last.
        rank = (0, moment.timestamp()) if since else (1, -moment.timestamp())
        return rank, {
            "id": self.id,
            "network": label,
            "icon": icon,
            "mood": self.mood or False,
            "waiting": bool(since),
            "age": age_in_words(self.env, moment),
            "quote": self.visibility == "public" and self.preview or "",
        }

    @api.model
    def _notification_targets(self, conversation_ids):
        """Return ids of the records that show these conversations, for the bus."""
        leads = self.sudo().search_fetch(
            [("id", "in", conversation_ids), ("lead_id", "!=", False)], ["lead_id"]
        )
        return {"lead_ids": leads.lead_id.ids, "ticket_ids": []}

    # --- work ----------------------------------------------------------------

    def write(self, vals):
        if not self.env.su and SYSTEM_FIELDS & set(vals):
            raise AccessError(
                self.env._("What the network said of a conversation cannot be changed.")
            )
        done = self.filtered(lambda conversation: conversation.state == "done")
        # By a button, by a drag in the kanban or by an import: a state means the same.
        result = super().write({**self._state_vals(vals.get("state")), **vals})
        if vals.get("state", "done") != "done":
            done._wait_again()
        if self and ANNOUNCED & set(vals):
            send_news(self.env, self.ids, self.identity_id.ids)
        return result

    def _wait_again(self):
        """Done, and open again: who had no answer waits as long as they did before."""
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                """
                UPDATE social_crm_conversation c SET waiting_since = (
                    SELECT min(m.published_at) FROM social_crm_mention m
                    WHERE m.conversation_id = c.id AND m.direction = 'in'
                      AND m.published_at > COALESCE(c.last_out_at, '-infinity'))
                WHERE c.id = ANY(%s)
                """,
                self.ids,
            )
        )
        self.invalidate_recordset(["waiting_since"])

    @api.model
    def _state_vals(self, state):
        """Return what goes with a new state."""
        if not state:
            return {}
        if state == "snoozed":
            tomorrow = fields.Datetime.add(fields.Datetime.now(), days=1)
            return {"snoozed_until": tomorrow, "unread": False}
        if state == "done":
            return {"snoozed_until": False, "unread": False, "waiting_since": False}
        return {"snoozed_until": False}

    def action_assign_to_me(self):
        self.write({"user_id": self.env.uid, "unread": False})
        self.filtered(lambda conversation: conversation.state == "new").state = "open"

    def action_done(self):
        self.write({"state": "done"})

    def action_reopen(self):
        self.write({"state": "open"})

    def action_mark_read(self):
        self.write({"unread": False})

    def action_mark_unread(self):
        self.write({"unread": True})

    def action_snooze_tomorrow(self):
        self.write({"state": "snoozed"})

    @api.model
    def _cron_wake(self):
        """Open what was snoozed until now."""
        due = self.search(
            [("state", "=", "snoozed"), ("snoozed_until", "<=", fields.Datetime.now())],
            limit=1000,
        )
        due.write({"state": "open"})

    def action_open_original(self):
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": self.url, "target": "new"}
