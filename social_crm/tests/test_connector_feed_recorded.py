"""Recorded feeds of the real web, and what other parsers' test cases say of theirs.

The documents are not part of this repository: without them these tests are skipped.
"""

import ast
import gzip
import json
import re
import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urljoin

from odoo.tests import BaseCase

from ..connectors import feed_parser
from ..connectors.feed import Feed
from ..connectors.feed_dates import parse_date
from ..connectors.feed_parser import NotAFeed
from ..connectors.records import Stream
from ..connectors.text import html_to_text, one_line

PAYLOADS = Path(__file__).resolve().parents[3] / "shared" / "payloads"
URL = "http://127.0.0.1:8097/feed.xml"
# Of what the cases state about what we keep; the rest is looked at in the docstring of
# ``test_stated_expectations``.
GOAL = 0.97


def documents():
    """Yield (name, content, content type) of all recorded documents."""
    for folder in ("feeds", "feeds_sanitize"):
        for path in sorted((PAYLOADS / folder).glob("*")):
            content, kind = path.read_bytes(), ""
            if content.startswith(b"\x1f\x8b"):
                content = gzip.decompress(content)
            if path.name.startswith("XRay__"):  # with the head of its answer
                head, _blank, content = content.replace(b"\r\n", b"\n").partition(
                    b"\n\n"
                )
                kind = head.decode()
            if match := re.search(rb"Content-type:\s*([^\n]+)", content[:600]):
                kind = match[1].decode()
            yield path.name, content, kind


def plain(html) -> str:
    return html_to_text(html) if isinstance(html, str) else ""


class TestRecordedFeeds(BaseCase):
    def setUp(self):
        super().setUp()
        if not (PAYLOADS / "feeds").is_dir():
            self.skipTest("The recorded feeds are not beside this repository.")
        self.met, self.missed = Counter(), []

    def test_every_document(self):
        """Each is read, or refused as no feed, within a second; records are sound."""
        feed, stream, count = Feed({}), Stream("feed", URL), 0
        for name, content, kind in documents():
            with self.subTest(name=name):
                start = time.process_time()
                try:
                    document = feed_parser.parse(content, URL, kind)
                except NotAFeed:
                    document = feed_parser.Document()
                posts = [post for _entry, post in feed._posts(document, URL)]
                self.assertLess(time.process_time() - start, 1)
                count += len(posts)
                self.assertEqual(len({post.uri for post in posts}), len(posts))
                for post in posts:
                    self.assert_sound(post)
                for _problem, raw in document.bad:
                    with self.assertRaises(ValueError):
                        feed.parse(raw, stream)
        self.assertGreater(count, 1_000)

    def assert_sound(self, post):
        texts = (post.uri, post.text, post.title, post.author.name, post.place)
        for text in texts:
            text.encode()
            self.assertNotRegex(text, "[\0-\x08\x0b-\x1f]")
        self.assertTrue(post.uid and post.uri and post.author.uri)
        self.assertEqual(post.published_at.utcoffset(), timedelta(0))
        media = [one.url for one in post.media]
        for url in (post.url, post.author.url, post.author.avatar_url, *media):
            self.assertRegex(url, r"^(https?://[^\s]|$)")
        self.assertNotRegex(post.author.name + post.author.uri, r"\w@\w+\.\w")

    def test_stated_expectations(self):
        """What is missed: texts that another parser cuts or cleans in its own way."""
        for name, content, kind in documents():
            if name.endswith(".json") and "jsonfeed" not in name:
                continue
            try:
                document = feed_parser.parse(content, URL, kind)
            except NotAFeed:
                document = None
            if document:
                self.compare_with_feedparser(name, content, document)
                self.compare_with_gofeed(name, document)
                self.compare_with_feed_rs(name, document)
                self.compare_with_rss_parser(name, document)
        total = self.met.total() + len(self.missed)
        share = self.met.total() / total
        missed = "\n".join(map(str, self.missed))
        summary = f"{self.met.total()} of {total} = {share:.3f} {dict(self.met)}"
        self.assertGreater(total, 500)
        self.assertGreaterEqual(share, GOAL, f"{summary}\n{missed}")

    def check(self, name, what, found, expected):
        if found == expected:
            self.met[name.partition("__")[0]] += 1
        else:
            self.missed.append((name, what, found, expected))

    def compare_with_feedparser(self, name, content, document):
        """``Expect: entries[0]['title'] == 'x'`` in the first comment."""
        text = feed_parser.decode(content)
        match = re.search(
            r"Expect:[^\n]*?\b(feed|entries\[0\])((?:\[[\w']+\])+)\s*==\s*(.+)", text
        )
        if not match or not name.startswith("feedparser__"):
            return
        try:
            expected = ast.literal_eval(match[3].strip())
        except (SyntaxError, ValueError):
            return
        keys = tuple(
            ast.literal_eval(key) for key in re.findall(r"\[(.+?)\]", match[2])
        )
        if match[1] == "feed":
            found = self.channel_value(document, keys)
        else:
            if document.bad:
                return  # put aside: there is nothing in it to show
            entries = document.entries or [feed_parser.Entry()]
            found = self.entry_value(entries[0], keys)
        if found is None:
            return
        if isinstance(expected, tuple):
            expected = datetime(*expected[:6], tzinfo=timezone.utc)
        elif keys[0] in ("description", "summary", "content", "title", "title_detail"):
            # Some are plain, and may look like HTML.
            found = expected if found == one_line(expected) else found
            expected = expected if found == expected else plain(expected)
        self.check(name, match[2], found, expected)

    def channel_value(self, document, keys):
        return {
            ("title",): document.title,
            ("title_detail", "value"): document.title,
            ("link",): document.site,
            ("language",): document.language,
            ("author_detail", "name"): document.author.name,
            ("author_detail", "url"): document.author.url,
        }.get(keys)

    def entry_value(self, entry, keys):
        return {
            ("title",): entry.title,
            ("title_detail", "value"): entry.title,
            ("title_detail", "language"): entry.language,
            ("link",): entry.link,
            ("id",): entry.guid,
            ("description",): entry.text,
            ("summary",): entry.text,
            ("summary_detail", "value"): entry.text,
            ("content", 0, "value"): entry.text,
            ("author_detail", "name"): entry.author.name,
            ("author_detail", "url"): entry.author.url,
            ("published_parsed",): entry.published,
            ("updated_parsed",): entry.updated or entry.published,
            ("slash_comments",): str(entry.metrics.get("replies", "")),
        }.get(keys)

    def expectation(self, name, suffix):
        path = PAYLOADS / "feeds" / (name.rpartition(".")[0] + suffix)
        if not path.is_file():
            return None
        return json.loads(path.read_text(errors="replace"))

    def compare_with_gofeed(self, name, document):
        if not name.startswith("gofeed__testdata-translator"):
            return
        stated = self.expectation(name, ".json") or {}
        for what, found in (("title", document.title), ("link", document.site)):
            if what in stated:
                self.check(name, what, found, stated[what])
        for item, entry in zip(stated.get("items", ()), document.entries, strict=False):
            values = {
                "title": entry.title,
                "link": entry.link,
                "guid": entry.guid,
                "publishedParsed": entry.published,
                "updatedParsed": entry.updated or entry.published,
                "content": entry.text,
            }
            for what, found in values.items():
                if what in item:
                    is_date = what.endswith("Parsed")
                    value = parse_date(item[what]) if is_date else plain(item[what])
                    self.check(name, what, found, value)
            author = (item.get("author") or {}).get("name")
            if author:
                self.check(name, "author", entry.author.name, author)

    def compare_with_feed_rs(self, name, document):
        if not name.startswith("feed-rs__"):
            return
        stated = self.expectation(name, ".serde.json") or {}
        for item, entry in zip(
            stated.get("entries", ()), document.entries, strict=False
        ):
            title = (item["title"] or {}).get("content", "")
            self.check(name, "title", entry.title, one_line(plain(title)))
            if item["published"]:
                published = entry.published or entry.updated
                self.check(name, "published", published, parse_date(item["published"]))
            if item["links"]:
                links = [link["href"] for link in item["links"]]
                self.check(name, "link", entry.link in links, True)

    def compare_with_rss_parser(self, name, document):
        if not name.startswith("rss-parser__test-input"):
            return
        stated = self.expectation(name.replace("-input-", "-output-"), ".json") or {}
        items = stated.get("feed", {}).get("items", ())
        for item, entry in zip(items, document.entries, strict=False):
            if "title" in item and "\ufffd" not in item["title"]:
                self.check(name, "title", entry.title, plain(item["title"]))
            if "link" in item and "feeds.jn.pt" not in item["link"]:
                link = urljoin(URL, item["link"].strip())
                self.check(name, "link", entry.link, link)
            if "guid" in item:
                self.check(name, "guid", entry.guid, item["guid"].strip())
            if "isoDate" in item:
                date = (entry.published or entry.updated).replace(microsecond=0)
                expected = parse_date(item["isoDate"]).replace(microsecond=0)
                self.check(name, "date", date, expected)
