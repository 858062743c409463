import json
from dataclasses import asdict
from datetime import datetime

import psycopg2
import psycopg2.errors

from odoo import fields, models
from odoo.exceptions import AccessError

from ..connectors.errors import ConnectorError
from ..connectors.records import Author, BadItem, Media, Post
from .ingest_values import clean

MAX_RAW = 100_000
# What a hostile or broken post may do that no connector has noticed.
POISON = (
    psycopg2.DataError,
    psycopg2.errors.NotNullViolation,
    psycopg2.errors.ProgramLimitExceeded,
    AttributeError,
    LookupError,
    OverflowError,
    TypeError,
    ValueError,
)
# The key under which the raw text of an item holds a post that could be read.
READ = "social_crm_post"
DATES = ("published_at", "edited_at", "created_at")


class SocialCrmBadItem(models.Model):
    """An item of a page that could not be read: kept, shown, tried again."""

    _name = "social.crm.bad.item"
    _description = "Social Item Put Aside"
    _order = "id desc"

    feed_id = fields.Many2one(
        "social.crm.feed", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="feed_id.company_id", store=True)
    uid = fields.Char("Id on the network")
    error = fields.Text(required=True)
    raw = fields.Text("As the network sent it")

    def write(self, vals):
        if not self.env.su:
            # What is tried again becomes somebody's words.
            raise AccessError(
                self.env._("What the network says of a mention cannot be changed.")
            )
        return super().write(vals)

    def _put_aside(self, feed, bad_items: tuple[BadItem, ...]):
        """Keep each item once; a page that is asked again brings it again."""
        bad_items = [
            BadItem(
                *(
                    clean(str(text), MAX_RAW)
                    for text in (item.uid, item.error, item.raw)
                )
            )
            for item in bad_items
        ]
        bad_items = self._without_suppressed(feed, bad_items)
        known = {
            (item.uid, item.raw)
            for item in self.sudo().search_fetch(
                [
                    ("feed_id", "=", feed.id),
                    ("uid", "in", [item.uid for item in bad_items]),
                ],
                ["uid", "raw"],
            )
        }
        self.sudo().create(
            [
                {"feed_id": feed.id, **asdict(item)}
                for item in bad_items
                if (item.uid, item.raw) not in known
            ]
        )

    def action_retry(self):
        """Read the items again; what is fine now is stored and leaves the list."""
        self.check_access("write")
        for item in self:
            feed = item.feed_id.sudo()
            connector = feed.account_id._connector()
            try:
                post = _read_post(item.raw) or connector.parse(item.raw, feed._stream())
                with self.env.cr.savepoint():
                    self.env["social.crm.mention"]._ingest(feed, (post,), silent=True)
            except (ConnectorError, *POISON) as error:
                item.sudo().error = clean(str(error), MAX_RAW)
                continue
            item.sudo().unlink()


def _read_post(raw):
    """Return the post that was read but could not be stored; None of any other item."""
    try:
        values = json.loads(raw)[READ]
    except (LookupError, TypeError, ValueError):
        return None
    author = _with_dates(values["author"])
    media = tuple(Media(**item) for item in values["media"])
    return Post(**{**_with_dates(values), "author": Author(**author), "media": media})


def _with_dates(values):
    """JSON has no dates: they were written as text."""
    found = {name: values.get(name) for name in DATES}
    dates = {name: datetime.fromisoformat(text) for name, text in found.items() if text}
    return {**values, **dates}


def unstored(post, error):
    """Return ``post``, which could not be stored, as an item put aside."""
    raw = json.dumps({READ: asdict(post)}, default=str)
    return BadItem(post.uid, str(error)[:500], raw)
