from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from .ingest import PageIngest
from .rpc_values import record_id_of
from .social_crm_conversation import MOODS

THREAD_LIMIT = 200
# What people may say of a mention; all else is what the network said.
EDITABLE = {"sentiment", "sentiment_label", "topic_ids"}
TIMELINE_TEXTS = (
    "kind",
    "direction",
    "network",
    "visibility",
    "title",
    "text",
    "url",
    "place",
    "language",
)
# A mention, its author and the size of its conversation.
TIMELINE = """
    SELECT m.id, m.kind, m.direction, m.network, m.visibility, m.title, m.body AS text,
           m.url, m.place, m.language, m.published_at, m.edited_at, m.media, m.rating,
           m.deleted_at IS NOT NULL AS deleted, m.sentiment_label, m.thread_key,
           m.likes_count, m.reposts_count, m.replies_count, m.views_count,
           m.partner_id, m.conversation_id, c.mention_count, m.identity_id,
           i.name, i.handle, i.uri, i.url AS author_url, i.avatar_url, i.is_bot
    FROM social_crm_mention m
    JOIN social_crm_identity i ON i.id = m.identity_id
    LEFT JOIN social_crm_conversation c ON c.id = m.conversation_id
    WHERE m.id = ANY(%s)
"""


class SocialCrmMention(models.Model):
    """One thing said: post, comment, review, message; also our own.

    No mail.thread, state or owner: millions of rows stay light. Rows come from
    ``_ingest`` alone.
    """

    _name = "social.crm.mention"
    _description = "Mention"
    _order = "published_at desc, id desc"
    _rec_name = "body"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    network = fields.Selection(selection="_selection_network", required=True)
    uri = fields.Char("Key", required=True, readonly=True)
    identity_id = fields.Many2one(
        "social.crm.identity", "Author", required=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Contact",
        ondelete="set null",
        help="Who said it, or whom we answer with it.",
    )
    # A join instead of a subquery: record rules look at the conversation's team.
    conversation_id = fields.Many2one(
        "social.crm.conversation", ondelete="set null", bypass_search_access=True
    )
    parent_id = fields.Many2one(
        "social.crm.mention", "Answers", index="btree_not_null", ondelete="set null"
    )
    child_ids = fields.One2many(
        "social.crm.mention", "parent_id", string="Answers to it"
    )
    parent_key = fields.Char(help="What it answers, while we do not have that.")
    thread_key = fields.Char("Thread", required=True, index=True)
    direction = fields.Selection([("in", "Theirs"), ("out", "Ours")], required=True)
    kind = fields.Selection(
        [
            ("post", "Post"),
            ("comment", "Comment"),
            ("review", "Review"),
            ("message", "Message"),
            ("answer", "Answer"),
        ],
        required=True,
    )
    visibility = fields.Selection(
        [("public", "Public"), ("private", "Private")], required=True
    )
    title = fields.Char()
    body = fields.Text("Text")
    url = fields.Char("Link")
    published_at = fields.Datetime("Said", required=True)
    edited_at = fields.Datetime("Edited")
    deleted_at = fields.Datetime("Deleted")
    language = fields.Char()
    place = fields.Char()
    rating = fields.Float("Stars", aggregator="avg")
    sentiment = fields.Float("Mood (-1…1)", aggregator="avg")
    sentiment_label = fields.Selection(
        MOODS,
        string="Mood",
    )
    likes_count = fields.Integer("Likes")
    reposts_count = fields.Integer("Reposts")
    replies_count = fields.Integer("Replies")
    views_count = fields.Integer("Views")
    media = fields.Json()
    topic_ids = fields.Many2many(
        "social.crm.topic",
        "social_crm_mention_topic_rel",
        "mention_id",
        "topic_id",
        string="Topics",
    )
    feed_ids = fields.Many2many(
        "social.crm.feed",
        "social_crm_mention_source",
        "mention_id",
        "feed_id",
        string="Streams",
        readonly=True,
    )
    version_ids = fields.One2many(
        "social.crm.mention.version", "mention_id", string="Earlier texts"
    )
    said = fields.Char(store=False, search="_search_said", string="Words")

    _uri_uniq = models.UniqueIndex("(company_id, network, uri)")
    _partner_idx = models.Index(
        "(partner_id, published_at DESC, id DESC) WHERE partner_id IS NOT NULL"
    )
    _identity_idx = models.Index("(identity_id, published_at DESC, id DESC)")
    _conversation_idx = models.Index(
        "(conversation_id, published_at DESC, id DESC)"
        " WHERE conversation_id IS NOT NULL"
    )
    _company_idx = models.Index("(company_id, published_at DESC, id DESC)")
    _orphan_idx = models.Index("(parent_key) WHERE parent_key IS NOT NULL")
    _said_idx = models.Index(
        "USING gin (to_tsvector('simple', COALESCE(title, '') || ' ' ||"
        " COALESCE(body, '')))"
    )

    def init(self):
        # Room in each page, so that new metrics do not touch the indexes.
        self.env.cr.execute("ALTER TABLE social_crm_mention SET (fillfactor = 85)")

    @api.model
    def _selection_network(self):
        return self.env["social.crm.account"]._selection_network()

    @api.depends("body", "title", "identity_id", "visibility")
    def _compute_display_name(self):
        for mention in self:
            # Names are shown to whoever sees a link to the record.
            is_open = mention.visibility == "public"
            text = (mention.title or mention.body or "") if is_open else ""
            text = " ".join(text.split())
            mention.display_name = f"{mention.identity_id.display_name}: {text[:60]}"

    @api.model
    def _search_said(self, operator, value):
        """Words as people type them in a search box: quotes, minus and or work."""
        if operator not in ("=", "ilike", "like") or not isinstance(value, str):
            return NotImplemented
        condition = SQL(
            "SELECT id FROM social_crm_mention WHERE to_tsvector('simple',"
            " COALESCE(title, '') || ' ' || COALESCE(body, ''))"
            " @@ websearch_to_tsquery('simple', %s)",
            value,
        )
        return [("id", "in", condition)]

    def write(self, vals):
        if not self.env.su and set(vals) - EDITABLE:
            raise AccessError(
                self.env._("What the network says of a mention cannot be changed.")
            )
        return super().write(vals)

    # --- ingest --------------------------------------------------------------

    @api.model
    def _ingest(self, feed, posts, silent=False):
        """Store posts of one page of ``feed``; return the mentions that are new.

        A known post updates its metrics; another text is an edit (the old one is kept);
        ``deleted`` leaves a tombstone. ``silent`` is for history: no work, no alert.
        The number of queries does not depend on the number of posts. Raises
        ``SerializationFailure`` or ``UniqueViolation`` when another worker was faster:
        roll back and call again.
        """
        self.env.flush_all()
        ids = PageIngest(feed.sudo(), posts, silent).run()
        # Everything was written by SQL.
        self.env.invalidate_all(flush=False)
        return self.browse(ids)

    # --- what the screens read -----------------------------------------------

    @api.model
    def social_thread(self, mention_id):
        """Return the thread of a mention, oldest first, as items of the timeline."""
        mention = self.browse(record_id_of(mention_id)).exists()
        mention.check_access("read")
        if not mention:
            return []
        domain = [
            ("company_id", "=", mention.company_id.id),
            ("network", "=", mention.network),
            ("thread_key", "=", mention.thread_key),
        ]
        if mention.visibility == "private" and mention.conversation_id:
            domain = [("conversation_id", "=", mention.conversation_id.id)]
        elif mention.visibility == "private":
            domain = [("id", "=", mention.id)]
        else:
            domain.append(("visibility", "=", "public"))
        thread = self.search(domain, order="published_at, id", limit=THREAD_LIMIT)
        key = (mention.network, mention.thread_key)
        return thread._timeline_items({key: len(thread)})

    def _timeline_items(self, counts):
        """Return what the timeline shows of each mention: two queries, however many.

        Whoever calls has found them with the rights of the user. ``counts`` is
        ``{(network, thread key): mentions}`` of what the user sees of their threads.
        """
        # One statement beside the ORM: it would read each table on its own, each with
        # all that its rules look at.
        self.env.flush_all()
        rows = self.env.execute_query_dict(SQL(TIMELINE, list(self.ids)))
        partner_ids = {row["partner_id"] for row in rows} - {None}
        # Names of contacts come with the rights of whoever looks.
        partners = self.env["res.partner"].with_context(active_test=False)
        partners = partners.search_fetch(
            [("id", "in", list(partner_ids))], ["complete_name"], order="id"
        )
        names = {partner.id: partner.complete_name or "" for partner in partners}
        facts = self.env["social.crm.account"]._network_facts()
        items = {row["id"]: self._timeline_item(row, names, counts) for row in rows}
        for item in items.values():
            item["network_label"], item["network_icon"] = facts[item["network"]]
        return [items[mention_id] for mention_id in self._ids if mention_id in items]

    @api.model
    def _timeline_item(self, row, names, counts):
        partner_id = row["partner_id"]
        if row["visibility"] == "private":
            size = row["mention_count"] or 1
        else:
            size = counts.get((row["network"], row["thread_key"]), 1)
        return {
            **{name: row[name] or "" for name in TIMELINE_TEXTS},
            "id": row["id"],
            "published_at": fields.Datetime.to_string(row["published_at"]),
            "edited_at": fields.Datetime.to_string(row["edited_at"]),
            "deleted": row["deleted"],
            "mood": row["sentiment_label"] or False,
            "rating": row["rating"] or False,
            "metrics": {
                name: row[f"{name}_count"] or 0
                for name in ("likes", "reposts", "replies", "views")
            },
            "author": self.env["social.crm.identity"]._timeline_author(row),
            "partner": partner_id in names
            and {"id": partner_id, "display_name": names[partner_id]},
            "conversation_id": row["conversation_id"] or False,
            "thread_count": min(max(size, 1), THREAD_LIMIT) - 1,
            "media": self._timeline_media(row["id"], row["media"] or ()),
        }

    @api.model
    def _timeline_media(self, mention_id, media):
        return [
            {
                "kind": item["kind"],
                "alt": item.get("alt") or "",
                "title": item.get("title") or "",
                "url": item["url"],
                "thumbnail_url": (
                    item["kind"] == "image" or bool(item.get("preview_url"))
                )
                and f"/social_crm/media/{mention_id}/{index}",
            }
            for index, item in enumerate(media)
        ]

    def action_open_original(self):
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": self.url, "target": "new"}

    def action_open_conversation(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "social.crm.conversation",
            "res_id": self.conversation_id.id,
            "views": [(False, "form")],
        }
