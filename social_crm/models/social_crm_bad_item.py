from odoo import fields, models

from ..connectors.errors import ConnectorError
from ..connectors.records import BadItem


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

    def _put_aside(self, feed, bad_items: tuple[BadItem, ...]):
        """Keep each item once; a page that is asked again brings it again."""
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
        clean = [
            {
                "feed_id": feed.id,
                "uid": item.uid.replace("\0", ""),
                "error": item.error.replace("\0", ""),
                "raw": item.raw.replace("\0", ""),
            }
            for item in bad_items
        ]
        self.sudo().create(
            [vals for vals in clean if (vals["uid"], vals["raw"]) not in known]
        )

    def action_retry(self):
        """Read the items again; what is fine now is stored and leaves the list."""
        self.check_access("write")
        for item in self:
            feed = item.feed_id.sudo()
            connector = feed.account_id._connector()
            try:
                post = connector.parse(item.raw, feed._stream())
            except (ConnectorError, ValueError) as error:
                item.sudo().error = str(error)
                continue
            self.env["social.crm.mention"]._ingest(feed, (post,), silent=True)
            item.sudo().unlink()
