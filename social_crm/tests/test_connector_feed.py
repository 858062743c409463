"""Feeds, over real HTTP against a scripted server."""

from datetime import datetime, timedelta, timezone
from html import escape

from odoo.tests import BaseCase

from ..connectors import feed_parser
from ..connectors.errors import (
    AuthError,
    InvalidCursor,
    NotFound,
    RemoteError,
    UnsafeUrl,
)
from ..connectors.feed import Feed
from ..connectors.feed_dates import parse_date
from ..connectors.records import Stream
from .connector_contract import SECRET, Answer, ConnectorContract, ServerCase

ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"
THREAD = "http://purl.org/syndication/thread/1.0"


def rss(*items: str, channel: str = "", attributes: str = "") -> str:
    return (
        f'<?xml version="1.0"?><rss version="2.0" xmlns:dc="{DC}" {attributes}>'
        f"<channel><title>News</title>{channel}{''.join(items)}</channel></rss>"
    )


def atom(*entries: str, feed: str = "") -> str:
    return (
        f'<feed xmlns="{ATOM}" xmlns:thr="{THREAD}"><title>News</title>{feed}'
        f"{''.join(entries)}</feed>"
    )


class FeedContract(ConnectorContract):
    connector_class = Feed
    stream = Stream("feed", "feed.xml")
    is_private = True  # feeds may ask for a password
    text_is_html = True
    is_json = False

    def credentials(self):
        return {"base_url": self.server.url, "username": "me", "password": SECRET}

    def uri_of(self, said):
        return f"https://example.com/posts/{said.number}"

    def broken_items(self):
        return ["<item/>", "<item><pubDate>yesterday</pubDate></item>"]

    def minimal_item(self, said):
        return f"<item><link>{self.uri_of(said)}</link></item>"

    def item_without_author(self, said):
        return self.minimal_item(said)

    def hostile_item(self, said):
        return (
            f"<item><link>{self.uri_of(said)}</link>"
            f"<description><![CDATA[{self.HOSTILE_HTML}]]></description></item>"
        )


class TestRss(FeedContract, BaseCase):
    def render(self, said):
        date = f"{said.published_at:%a, %d %b %Y %H:%M:%S} GMT"
        return (
            f"<item><guid>{self.uri_of(said)}</guid><link>{self.uri_of(said)}</link>"
            f"<dc:creator>Anna</dc:creator><pubDate>{date}</pubDate>"
            f"<description>{escape(escape(said.text))}</description></item>"
        )

    def answer(self, request, said):
        return Answer(200, rss(*[self.item(one) for one in reversed(said)]))


class TestAtom(FeedContract, BaseCase):
    def broken_items(self):
        return ["<entry/>", "<entry><updated>yesterday</updated></entry>"]

    def minimal_item(self, said):
        return f"<entry><link href='{self.uri_of(said)}'/></entry>"

    def hostile_item(self, said):
        return (
            f"<entry><link href='{self.uri_of(said)}'/>"
            f"<content type='html'>{escape(self.HOSTILE_HTML)}</content></entry>"
        )

    def render(self, said):
        return (
            f"<entry><id>tag:example.com,2020:{said.number}</id>"
            f"<link href='{self.uri_of(said)}'/><author><name>Anna</name></author>"
            f"<published>{said.published_at.isoformat()}</published>"
            f"<content type='text'>{escape(said.text)}</content></entry>"
        )

    def answer(self, request, said):
        return Answer(200, atom(*[self.item(one) for one in reversed(said)]))


class TestJsonFeed(FeedContract, BaseCase):
    is_json = True

    def broken_items(self):
        return [
            5,
            None,
            [],
            {},
            {"id": {}},
            {"id": "1", "content_text": ["x"]},
            {"id": "1", "date_published": 5.5},
        ]

    def minimal_item(self, said):
        return {"id": self.uri_of(said)}

    def hostile_item(self, said):
        return {"id": self.uri_of(said), "content_html": self.HOSTILE_HTML}

    def render(self, said):
        return {
            "id": self.uri_of(said),
            "url": self.uri_of(said),
            "content_text": said.text,
            "date_published": said.published_at.isoformat(),
            "authors": [{"name": "Anna", "url": "https://example.com/anna"}],
        }

    def answer(self, request, said):
        items = [self.item(one) for one in reversed(said)]
        version = "https://jsonfeed.org/version/1.1"
        return Answer(200, {"version": version, "title": "News", "items": items})
