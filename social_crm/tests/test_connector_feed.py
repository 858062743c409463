"""Feeds, over real HTTP against a scripted server."""

from contextlib import suppress
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


class FeedCase(ServerCase, BaseCase):
    """``self.pages`` are what the server has: path -> body or Answer."""

    def setUp(self):
        super().setUp()
        self.pages = {}
        self.feed = self.connect()

    def connect(self, **credentials):
        feed = Feed(credentials, private_hosts=[self.server.host])
        feed.http.backoff = 0.001
        return feed

    def respond(self, request):
        query = "&".join(f"{name}={value}" for name, value in request.query_list)
        path = request.path + (f"?{query}" if query else "")
        page = self.pages.get(path, Answer(404))
        return page if isinstance(page, Answer) else Answer(200, page)

    def stream(self, path="/feed.xml"):
        return Stream("feed", self.server.url + path)

    def fetch(self, cursor=None, limit=40, path="/feed.xml"):
        return self.feed.fetch(self.stream(path), cursor, limit)

    def posts_of(self, body, path="/feed.xml"):
        self.pages[path] = body
        return self.fetch(path=path).posts

    def one(self, body):
        (post,) = self.posts_of(body)
        return post


class TestSame(FeedCase):
    """Which entries are the same, whatever the feed does with its guids."""

    def item(self, guid="", link="", text="Hello", date=""):
        return (
            "<item>"
            + (f"<guid isPermaLink='false'>{guid}</guid>" if guid else "")
            + (f"<link>{link}</link>" if link else "")
            + (f"<pubDate>{date}</pubDate>" if date else "")
            + f"<description>{text}</description></item>"
        )

    def follow(self, *documents):
        """Return the posts that each document brings after those before it."""
        cursor, found = None, []
        for items in documents:
            self.pages["/feed.xml"] = rss(*items)
            page = self.fetch(cursor)
            cursor = page.cursor
            found.append(page.posts)
        return found

    def test_missing_guid(self):
        link = "https://example.com/1"
        first, again, edited = self.follow(
            [self.item(link=link)], [self.item(link=link)], [self.item("", link, "B")]
        )
        self.assertEqual([len(first), len(again), len(edited)], [1, 0, 1])
        self.assertEqual(first[0].uri, link)
        self.assertEqual(edited[0].uri, link)
        self.assertIsNone(first[0].edited_at)
        self.assertTrue(edited[0].edited_at)

    def test_missing_guid_and_link(self):
        one, two = self.item(text="One"), self.item(text="Two")
        first, later = self.follow([one], [two, one])
        self.assertEqual([post.text for post in first], ["One"])
        self.assertEqual([post.text for post in later], ["Two"])
        self.assertNotEqual(first[0].uri, later[0].uri)

    def test_reused_guid(self):
        one = self.item("5", "https://example.com/1", "One")
        two = self.item("5", "https://example.com/2", "Two")
        (together,) = self.follow([one, two])
        self.assertEqual(len({post.uri for post in together}), 2)
        first, later = self.follow([one], [two])
        self.assertEqual({post.uri for post in together}, {first[0].uri, later[0].uri})
        self.assertIsNone(later[0].edited_at)

    def test_reused_guid_and_words(self):
        first, later = self.follow(
            [self.item("5", "https://example.com/1")],
            [self.item("5", "https://example.com/2")],
        )
        self.assertEqual([len(first), len(later)], [1, 1])

    def test_entry_whose_page_got_another_name(self):
        date = "Thu, 01 Jan 2015 10:00:00 GMT"
        first, later = self.follow(
            [self.item("5", "https://example.com/draft", date=date)],
            [self.item("5", "https://example.com/final", date=date)],
        )
        self.assertEqual([len(first), len(later)], [1, 0])

    def test_regenerated_guid(self):
        link = "https://example.com/1"
        first, later, edited = self.follow(
            [self.item("a", link)],
            [self.item("b", link)],
            [self.item("c", link, "Changed")],
        )
        self.assertEqual([len(first), len(later), len(edited)], [1, 0, 1])
        self.assertEqual(edited[0].uri, first[0].uri)
        self.assertTrue(edited[0].edited_at)

    def test_regenerated_guid_without_link(self):
        date = "Thu, 01 Jan 2015 10:00:00 GMT"
        first, later = self.follow(
            [self.item("a", date=date)], [self.item("b", date=date)]
        )
        self.assertEqual([len(first), len(later)], [1, 0])

    def test_link_that_moved(self):
        first, later = self.follow(
            [self.item("a", "http://example.com/1/")],
            [self.item("a", "https://www.example.com/1?utm_source=x")],
        )
        self.assertEqual([len(first), len(later)], [1, 0])

    def test_all_entries_link_to_the_same_page(self):
        link = "https://example.com/app"
        items = [self.item(str(n), link, f"Review {n}") for n in range(3)]
        first, later = self.follow(items[:1], items)
        self.assertEqual(len(first), 1)
        self.assertEqual(sorted(p.text for p in later), ["Review 1", "Review 2"])

    def test_all_entries_have_the_same_guid_and_link(self):
        items = [
            self.item("x", "https://example.com/", f"Entry {n}", f"0{n} Jan 2015")
            for n in range(1, 4)
        ]
        first, later = self.follow(items, items)
        self.assertEqual([len(first), len(later)], [3, 0])

    def test_same_guid_in_two_feeds(self):
        body = rss(self.item("1"))
        uris = {self.posts_of(body, path)[0].uri for path in ("/a.xml", "/b.xml")}
        self.assertEqual(len(uris), 2)

    def test_same_feed_at_two_addresses(self):
        for item in (
            self.item("tag:example.com,2015:1"),
            self.item("https://example.com/1"),
            self.item("1", "https://example.com/1"),
        ):
            uris = {self.posts_of(rss(item), path)[0].uri for path in ("/a", "/b")}
            self.assertEqual(len(uris), 1, uris)

    def test_two_feeds_speak_about_one_page(self):
        """An aggregator's entry is not the page that it links to."""
        page = "https://example.org/story"
        site = "<link>https://example.com</link>"
        uris = set()
        for path in ("/a.xml", "/b.xml"):
            self.pages[path] = rss(self.item("7", page), channel=site)
            (post,) = self.fetch(path=path).posts
            self.assertEqual(post.url, page)
            uris.add(post.uri)
        self.assertEqual(len(uris), 2)

    def test_two_versions_in_one_atom_feed(self):
        entry = (
            "<entry><id>tag:example.com,2015:1</id><updated>2015-01-0{0}</updated>"
            "<content>Version {0}</content></entry>"
        )
        self.pages["/feed.xml"] = atom(entry.format(1), entry.format(2))
        (post,) = self.fetch().posts
        self.assertEqual(post.text, "Version 2")

    def test_memory_is_bounded(self):
        cursor = None
        for start in range(0, 3_000, 300):
            items = [
                self.item(str(n), f"https://example.com/{n}", f"Entry {n}")
                for n in range(start, start + 300)
            ]
            self.pages["/feed.xml"] = rss(*items)
            page = self.fetch(cursor, limit=300)
            cursor = page.cursor
            self.assertEqual(len(page.posts), 300)
        self.assertLess(len(cursor), 20_000)


class TestRequests(FeedCase):
    ITEM = "<item><link>https://example.com/1</link></item>"

    def test_conditional_request(self):
        date = "Thu, 01 Jan 2015 10:00:00 GMT"
        headers = {"ETag": 'W/"1"', "Last-Modified": date}
        self.pages["/feed.xml"] = Answer(200, rss(self.ITEM), headers)
        first = self.fetch()
        self.assertNotIn("if-none-match", self.server.requests[-1].headers)
        self.pages["/feed.xml"] = Answer(304)
        page = self.fetch(first.cursor)
        sent = self.server.requests[-1].headers
        self.assertEqual(sent["if-none-match"], 'W/"1"')
        self.assertEqual(sent["if-modified-since"], date)
        self.assertEqual(page.posts, ())
        self.assertEqual(page.cursor, first.cursor)

    def test_no_conditional_request_while_entries_wait(self):
        items = [f"<item><link>https://example.com/{n}</link></item>" for n in range(5)]
        self.pages["/feed.xml"] = Answer(200, rss(*items), {"ETag": "1"})
        page, found = self.fetch(limit=2), []
        found += page.posts
        while page.more:
            self.assertNotIn("if-none-match", self.server.requests[-1].headers)
            page = self.fetch(page.cursor, limit=2)
            found += page.posts
        self.assertEqual(len({post.uri for post in found}), 5)
        self.fetch(page.cursor)
        self.assertIn("if-none-match", self.server.requests[-1].headers)

    def test_discovery(self):
        self.pages["/"] = (
            '<html><head><!-- <link rel=alternate type="application/atom+xml"'
            ' href="/old"> --><link rel="alternate" type="application/rss+xml"'
            ' title="Comments" href="/comments"><link href="feed" title="News"'
            ' type="application/rss+xml" rel="alternate"></head></html>'
        )
        self.pages["/feed"] = rss(self.ITEM)
        page = self.fetch(path="/")
        self.assertEqual(len(page.posts), 1)
        self.assertIn(f"{self.server.url}/feed", page.notice)
        self.fetch(page.cursor, path="/")
        self.assertEqual(
            [request.path for request in self.server.requests], ["/", "/feed", "/feed"]
        )

    def test_discovery_at_a_common_address(self):
        self.pages["/blog/"] = "<!doctype html><html><body>Hello</body></html>"
        self.pages["/rss.xml"] = rss(self.ITEM)
        self.assertEqual(len(self.fetch(path="/blog/").posts), 1)
        self.assertLess(len(self.server.requests), 8)

    def test_page_without_feed(self):
        self.pages["/"] = "<html><body>Hello</body></html>"
        with self.assertRaisesRegex(RemoteError, "names none"):
            self.fetch(path="/")

    def test_maintenance_page_is_no_new_address(self):
        self.pages["/feed.xml"] = rss(self.ITEM)
        cursor = self.fetch().cursor
        self.pages["/feed.xml"] = "<html><a rel=alternate href=/other></html>"
        with self.assertRaisesRegex(RemoteError, "at the moment"):
            self.fetch(cursor)

    def test_moved_for_good(self):
        for status in (301, 308):
            location = {"Location": "/new.xml"}
            self.pages["/feed.xml"] = Answer(status, "", location)
            self.pages["/new.xml"] = rss(self.ITEM)
            page = self.fetch()
            self.assertIn("/new.xml", page.notice)
            self.server.requests.clear()
            page = self.fetch(page.cursor)
            self.assertEqual([one.path for one in self.server.requests], ["/new.xml"])
            self.assertEqual((page.posts, page.notice), ((), ""))

    def test_moved_for_now(self):
        self.pages["/feed.xml"] = Answer(302, "", {"Location": "/now.xml"})
        self.pages["/now.xml"] = rss(self.ITEM)
        page = self.fetch()
        self.assertEqual(page.notice, "")
        self.server.requests.clear()
        self.fetch(page.cursor)
        self.assertEqual(self.server.requests[0].path, "/feed.xml")

    def test_what_was_found_is_gone(self):
        self.pages["/feed.xml"] = Answer(301, "", {"Location": "/new.xml"})
        self.pages["/new.xml"] = rss(self.ITEM)
        cursor = self.fetch().cursor
        del self.pages["/new.xml"]
        with self.assertRaises(NotFound):
            self.fetch(cursor)
        self.pages["/feed.xml"] = rss(self.ITEM.replace("/1<", "/2<"))
        (post,) = self.fetch(cursor).posts
        self.assertEqual(post.uri, "https://example.com/2")

    def test_password_stays_at_its_host(self):
        self.feed = self.connect(username="me", password=SECRET)
        self.pages["/"] = (
            '<html><link rel="alternate" type="application/rss+xml"'
            f' href="http://localhost:{self.server.host.partition(":")[2]}/feed">'
        )
        self.feed.http.private_hosts |= {
            self.server.host.replace("127.0.0.1", "localhost")
        }
        self.pages["/feed"] = rss(self.ITEM)
        self.fetch(path="/")
        first, second = self.server.requests
        self.assertTrue(first.headers["authorization"].startswith("Basic "))
        self.assertNotIn("authorization", second.headers)

    def test_addresses(self):
        for query, base_url, expected in (
            ("https://example.com/feed#top", "", "https://example.com/feed"),
            ("example.com/blog", "", "https://example.com/blog"),
            ("feed:https://example.com/a", "", "https://example.com/a"),
            ("feed://example.com/a", "", "http://example.com/a"),
            ("", "https://example.com/", "https://example.com/"),
            ("", "https://example.com/a.xml", "https://example.com/a.xml"),
            ("a.xml", "https://example.com/blog", "https://example.com/blog/a.xml"),
        ):
            feed = Feed({"base_url": base_url})
            self.assertEqual(feed._address(Stream("feed", query)), expected)
        for query in ("", "file:///etc/passwd", "javascript:alert(1)"):
            with self.assertRaises(UnsafeUrl):
                Feed({}).fetch(Stream("feed", query))

    def test_private_address(self):
        with self.assertRaises(UnsafeUrl):
            Feed({}).fetch(self.stream())

    def test_foreign_cursor(self):
        for cursor in ("5", "x", '{"unknown": 1}', '{"seen": 5}', '{"page": "x"}'):
            with self.assertRaises(InvalidCursor):
                self.fetch(cursor)

    def test_verify(self):
        self.assertEqual(Feed({}).verify().name, "Feeds")
        self.pages["/"] = rss(self.ITEM, channel="<link>https://example.com</link>")
        author = self.connect(base_url=self.server.url).verify()
        self.assertEqual((author.name, author.uri), ("News", "https://example.com"))
        self.pages["/"] = Answer(401)
        with self.assertRaises(AuthError):
            self.connect(base_url=self.server.url).verify()


class TestBackfill(FeedCase):
    def drain(self, limit=4):
        cursor, posts = None, []
        for _page in range(30):
            page = self.feed.backfill(self.stream(), cursor, limit)
            self.assertLessEqual(len(page.posts), limit)
            posts += page.posts
            cursor = page.cursor
            if not page.more:
                return posts
        self.fail("no end")

    def entries(self, *numbers):
        return [
            f"<entry><id>tag:example.com,2015:{n}</id><title>{n}</title>"
            f"<published>2015-01-{n:02}</published></entry>"
            for n in numbers
        ]

    def titles(self):
        return [int(post.title) for post in self.drain()]

    def test_archives(self):
        link = "<link rel='{}' href='{}'/>"
        self.pages["/feed.xml"] = atom(
            *self.entries(9, 8, 7, 6, 5), feed=link.format("prev-archive", "2.xml")
        )
        self.pages["/2.xml"] = atom(
            *self.entries(6, 5, 4, 3), feed=link.format("next", "3.xml")
        )
        self.pages["/3.xml"] = atom(
            *self.entries(2, 1), feed=link.format("next", "feed.xml")
        )
        self.assertEqual(self.titles(), [9, 8, 7, 6, 5, 4, 3, 2, 1])

    def test_json_next_url(self):
        item = '{{"id": "{0}", "title": "{0}", "date_published": "2015-01-0{0}"}}'
        for path, number, following in (("/feed.xml", 2, "older"), ("/older", 1, "")):
            self.pages[path] = (
                f'{{"items": [{item.format(number)}], "next_url": "{following}"}}'
            )
        self.assertEqual(self.titles(), [2, 1])

    def test_wordpress(self):
        generator = "<generator>https://wordpress.org/?v=6.4</generator>"
        self.pages["/feed.xml"] = atom(*self.entries(5, 4, 3), feed=generator)
        self.pages["/feed.xml?paged=2"] = atom(*self.entries(2, 1), feed=generator)
        self.assertEqual(self.titles(), [5, 4, 3, 2, 1])
        self.assertEqual(self.server.requests[-1].query, {"paged": "3"})

    def test_no_pages_are_guessed(self):
        self.pages["/feed.xml"] = atom(*self.entries(3, 2, 1))
        self.assertEqual(self.titles(), [3, 2, 1])
        self.assertEqual(len(self.server.requests), 1)

    def test_archive_in_a_private_network(self):
        link = "<link rel='next' href='http://127.0.0.1:1/'/>"
        self.pages["/feed.xml"] = atom(*self.entries(1), feed=link)
        self.assertEqual(self.titles(), [1])


class TestContent(FeedCase):
    def item(self, inner, channel="", attributes=""):
        return self.one(
            rss(f"<item>{inner}</item>", "", channel=channel, attributes=attributes)
        )

    def entry(self, inner, feed=""):
        return self.one(atom(f"<entry>{inner}</entry>", feed=feed))

    def test_review(self):
        review = "https://example.com/r"
        for inner, rating in (
            ("<im:rating>4</im:rating>", 4),
            ("<x:starRating average='8' max='10'/>", 4),
            ("<x:reviewRating><x:ratingValue>3</x:ratingValue></x:reviewRating>", 3),
            ("<x:rating>80</x:rating>", 4),
            ("<title>★★☆☆☆ Broke at once</title>", 2),
            ("<title>★★★★★</title>", 5),
            ("<title>Rating: 4/5 - nice</title>", 4),
            ("<title>4 out of 5 stars</title>", 4),
            (
                "<description>&lt;div class='hreview'&gt;&lt;abbr class='rating'"
                " title='4.5'&gt;****&lt;/abbr&gt;&lt;/div&gt;</description>",
                4.5,
            ),
        ):
            with self.subTest(inner=inner):
                attributes = "xmlns:im='http://itunes.apple.com/rss' xmlns:x='urn:x'"
                post = self.item(f"<link>{review}</link>{inner}", attributes=attributes)
                self.assertEqual((post.rating, post.kind), (rating, "review"))

    def test_no_review(self):
        for inner in (
            "<media:rating>3</media:rating>",
            "<title>5 ways to build a 3/5 majority</title>",
            "<title>1/2 price</title>",
            "<x:rating>-1</x:rating>",
        ):
            with self.subTest(inner=inner):
                media = "xmlns:media='http://search.yahoo.com/mrss/' xmlns:x='urn:x'"
                post = self.item(f"<guid>1</guid>{inner}", attributes=media)
                self.assertIsNone(post.rating)
                self.assertEqual(post.kind, "post")

    def test_youtube(self):
        post = self.one(
            f'<feed xmlns="{ATOM}" xmlns:media="http://search.yahoo.com/mrss/"'
            ' xmlns:yt="http://www.youtube.com/xml/schemas/2015"><entry>'
            "<id>yt:video:abc</id><yt:videoId>abc</yt:videoId><title>Film</title>"
            '<link rel="alternate" href="https://www.youtube.com/watch?v=abc"/>'
            "<author><name>Shop</name>"
            "<uri>https://www.youtube.com/channel/UC1</uri></author><media:group>"
            '<media:content url="https://www.youtube.com/v/abc"'
            ' type="application/x-shockwave-flash"/>'
            '<media:thumbnail url="https://i.ytimg.com/vi/abc/hq.jpg"/>'
            "<media:description>First line\nSecond line</media:description>"
            '<media:community><media:starRating count="57" average="5.00" min="1"'
            ' max="5"/><media:statistics views="1234"/></media:community>'
            "</media:group></entry></feed>"
        )
        self.assertEqual(post.text, "First line\nSecond line")
        self.assertEqual(post.metrics, {"views": 1234, "likes": 57})
        self.assertEqual((post.kind, post.rating), ("post", None))
        self.assertEqual([one.kind for one in post.media], ["image", "video"])
        self.assertEqual(post.author.uri, "https://www.youtube.com/channel/UC1")

    def test_podcast(self):
        post = self.item(
            "<guid>e1</guid><title>Episode</title><itunes:author>Ann</itunes:author>"
            "<itunes:summary>About it</itunes:summary><enclosure length='99999999'"
            " url='http://127.0.0.1:9/e1.mp3' type='audio/mpeg'/>",
            attributes="xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'",
        )
        self.assertEqual(post.text, "About it")
        self.assertEqual([one.kind for one in post.media], ["audio"])
        self.assertEqual(post.author.name, "Ann")
        self.assertEqual(len(self.server.requests), 1)

    def test_comments(self):
        post = self.item("<link>https://example.com/post/#comment-12</link>")
        self.assertEqual(post.kind, "comment")
        self.assertEqual(post.parent_uri, "https://example.com/post/")
        post = self.entry(
            "<id>tag:example.com,2015:c1</id>"
            "<thr:in-reply-to ref='tag:example.com,2015:1'/>"
        )
        self.assertEqual(post.kind, "comment")
        self.assertEqual(post.parent_uri, "tag:example.com,2015:1")
        post = self.item(
            "<guid>1</guid><slash:comments>7</slash:comments>",
            attributes="xmlns:slash='http://purl.org/rss/1.0/modules/slash/'",
        )
        self.assertEqual(post.metrics, {"replies": 7})

    def test_authors(self):
        namespace = f"{self.server.url}/feed.xml"
        for inner, name in (
            ("<dc:creator>Ann Lee</dc:creator>", "Ann Lee"),
            ("<author>ann@example.com (Ann Lee)</author>", "Ann Lee"),
            ("<author>Ann Lee &lt;ann@example.com&gt;</author>", "Ann Lee"),
            ("<author>ann@example.com</author>", "ann"),
        ):
            author = self.item(f"<guid>1</guid>{inner}").author
            self.assertEqual(author.name, name)
            key = name.lower().replace(" ", "%20")
            self.assertEqual(author.uri, f"{namespace}#author={key}")
            self.assertNotIn("@", repr(author))
        site = "<link>https://example.com/</link>"
        author = self.item("<guid>1</guid>", channel=site).author
        self.assertEqual((author.uri, author.name), ("https://example.com/", "News"))

    def test_authors_who_share_an_address(self):
        """WordPress gives the address of the site for whoever writes there."""
        entry = (
            "<entry><id>{0}</id><author><name>{0}</name><uri>https://example.com</uri>"
            "</author></entry>"
        )
        site = "<link href='https://example.com/'/>"
        posts = self.posts_of(atom(entry.format("A"), entry.format("B"), feed=site))
        self.assertEqual(len({post.author.uri for post in posts}), 2)

    def test_author_of_the_feed(self):
        author = "<author><name>Ann</name></author>"
        post = self.entry("<id>1</id>", feed=author)
        self.assertEqual(post.author.name, "Ann")
        post = self.entry(
            "<id>1</id><source><author><name>Bob</name></author></source>", feed=author
        )
        self.assertEqual(post.author.name, "Bob")

    def test_addresses(self):
        post = self.entry("<id>1</id><link href='/a b'/>")
        self.assertEqual(post.url, f"{self.server.url}/a%20b")
        post = self.one(
            f"<feed xmlns='{ATOM}' xml:base='https://example.com/x/'>"
            "<entry xml:base='y/'><id>1</id><link href='z'/></entry></feed>"
        )
        self.assertEqual(post.url, "https://example.com/x/y/z")
        for link in ("javascript:alert(1)", "data:text/html,x", "ftp://example.com/"):
            self.assertEqual(self.item(f"<guid>1</guid><link>{link}</link>").url, "")

    def test_place_and_language(self):
        post = self.item(
            "<guid>1</guid><georss:point>45.25 -71.5</georss:point>",
            attributes="xmlns:georss='http://www.georss.org/georss'",
            channel="<language>de-at</language>",
        )
        self.assertEqual((post.place, post.language), ("45.25, -71.5", "de-at"))
        post = self.item(
            "<guid>1</guid><geo:Point><geo:lat>1.5</geo:lat><geo:long>-2</geo:long>"
            "</geo:Point>",
            attributes="xmlns:geo='http://www.w3.org/2003/01/geo/wgs84_pos#'",
        )
        self.assertEqual(post.place, "1.5, -2")
        post = self.one(
            f"<feed xmlns='{ATOM}' xml:lang='fr'><entry xml:lang='it'><id>1</id>"
            "</entry></feed>"
        )
        self.assertEqual(post.language, "it")

    def test_titles(self):
        for title, expected in (
            ("AT&amp;amp;T &amp;lt;3", "AT&T <3"),
            ("<![CDATA[<b>Bold</b> &amp; more]]>", "Bold & more"),
            ("Fish &amp; chips", "Fish & chips"),
            ("1 &lt; 2", "1 < 2"),
        ):
            self.assertEqual(
                self.item(f"<guid>1</guid><title>{title}</title>").title, expected
            )

    def test_dates(self):
        now = datetime.now(timezone.utc)
        ahead = (now + timedelta(days=30)).isoformat()
        post = self.entry(f"<id>1</id><published>{ahead}</published>")
        self.assertLess(post.published_at, now + timedelta(minutes=1))
        feed = "<updated>2015-05-05</updated>"
        post = self.entry("<id>1</id><published>soon</published>", feed=feed)
        self.assertEqual(post.published_at.date().isoformat(), "2015-05-05")
        post = self.entry("<id>1</id><published>soon</published>")
        self.assertLess(abs(post.published_at - now), timedelta(minutes=1))
        post = self.entry(
            "<id>1</id><published>2015-05-05</published><updated>2015-05-06</updated>"
        )
        self.assertEqual(post.edited_at.date().isoformat(), "2015-05-06")


class TestBroken(FeedCase):
    def texts(self, body, **headers):
        self.pages["/feed.xml"] = Answer(200, body, headers)
        return [post.text for post in self.fetch().posts]

    def test_encodings(self):
        text = "Grüße für 5 €"
        item = f"<item><description>{text}</description></item>"
        bare = rss(item).partition("?>")[2]
        for encoding, declared, charset in (
            ("utf-8", "", ""),
            ("utf-8-sig", "iso-8859-1", "iso-8859-1"),
            ("utf-8", "iso-8859-1", ""),
            ("utf-8", "", "us-ascii"),
            ("cp1252", "iso-8859-1", ""),
            ("cp1252", "", ""),
            ("cp1252", "utf-8", "utf-8"),
            ("cp1252", "unknown-8bit", "x"),
            ("utf-16", "utf-16", ""),
            ("utf-16-le", "", ""),
            ("utf-16-be", "utf-8", "utf-8"),
            ("utf-32", "", ""),
            ("gb18030", "gb2312", ""),
        ):
            with self.subTest(encoding=encoding, declared=declared, charset=charset):
                prolog = f"<?xml version='1.0' encoding='{declared}'?>"
                body = ((prolog if declared else "") + bare).encode(encoding)
                headers = {"Content-Type": f"text/xml; charset={charset}"}
                self.assertEqual(self.texts(body, **headers), [text])
        russian = rss("<item><description>Привет</description></item>")
        russian = russian.replace("?>", " encoding='koi8-r'?>").encode("koi8-r")
        self.assertEqual(self.texts(russian), ["Привет"])
        stray = "<item><description>für 漢字 fX</description></item>"
        stray = rss(stray).encode().replace(b"X", b"\xfc")
        self.assertEqual(self.texts(stray), ["für 漢字 fü"])

    def test_broken_xml(self):
        for inner, expected in (
            ("<dc:creator>x</dc:creator><x:y>z</x:y>", "A"),
            ("<description>a&nbsp;b &copy; &hellip;</description>", "a b © …"),
            ("<description>Q & A &unknown; R&D</description>", "Q & A &unknown; R&D"),
            ("<description>a\x0b\x00b</description>", "ab"),
            ("<description>a <b>c</description>", "a c"),
            ("<description>a&#xD80&#xD800;0;b</wrong>", "a\ufffdb"),
            ("<description>&#0;a&#xD800;&#x110000;&#XE4;&#146;</description>", "aä’"),
        ):
            with self.subTest(inner=inner):
                body = (
                    f"<rss><channel><item><guid>1</guid>{inner}"
                    "<description>A</description></item></channel></rss>"
                )
                (text,) = self.texts("\n junk " + body)
                self.assertTrue(text.startswith(expected), text)

    def test_undeclared_namespace_of_the_root(self):
        body = "<rdf:RDF><item><description>A</description></item></rdf:RDF>"
        self.assertEqual(self.texts(body), ["A"])

    def test_html_links_in_cdata_keep_their_ampersands(self):
        link = "https://example.com/?a=1&b=2"
        body = rss(f"<item><link><![CDATA[{link}]]></link><x>&nbsp;</x></item>")
        self.assertEqual(self.one(body).url, link)

    def test_cut_off(self):
        body = rss(*[f"<item><guid>{n}</guid></item>" for n in range(5)])
        cut = body[: body.index("<guid>3") + 4]
        self.pages["/feed.xml"] = Answer(200, cut, {"ETag": "1"})
        page = self.fetch()
        self.assertEqual(sorted(post.uid for post in page.posts), ["0", "1", "2"])
        self.assertIn("breaks off", page.notice)
        self.pages["/feed.xml"] = body
        rest = self.fetch(page.cursor)
        self.assertNotIn("if-none-match", self.server.requests[-1].headers)
        self.assertEqual(sorted(post.uid for post in rest.posts), ["3", "4"])
        self.assertEqual(rest.notice, "")

    def test_entities_that_attack(self):
        lines = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(1, 12))
        for declaration, reference in (
            (f'<!ENTITY a1 "ha">{lines}', "&a12;"),
            ('<!ENTITY x SYSTEM "file:///etc/passwd">', "&x;"),
            (f'<!ENTITY x SYSTEM "{self.server.url}/secret">', "&x;"),
            (f'<!ENTITY % x SYSTEM "{self.server.url}/secret"> %x;', "x"),
        ):
            self.pages["/secret"] = "secret"
            body = (
                f"<?xml version='1.0'?><!DOCTYPE rss [{declaration}]><rss><channel>"
                f"<item><description>{reference}</description></item></channel></rss>"
            )
            self.assertEqual(self.texts(body), [reference])
        self.assertNotIn("/secret", [one.path for one in self.server.requests])

    def test_floods(self):
        many = 100_000
        for body in (
            "<rss><channel>" + "<item>" * many,
            "<rss><channel><item>" + "<a>" * many,
            "<rss" + " a='b'" * many + "><channel/></rss>",
            "<rss " + "".join(f"a{n}='b' " for n in range(many)) + "></rss>",
            "<rss><item><title>" + "&amp;" * many + "</title></item></rss>",
            "<rss><item><title>" + "& " * many + "</title></item></rss>",
            "<!DOCTYPE [" * many + "<rss></rss>",
            "<!--" * many + "<rss></rss>",
            "<![CDATA[" * many,
            "<rss><item><title><![CDATA[" + "<![CDATA[" * many,
            "<rss><item>" + "<rating>" * 200 + "</item></rss>",
            "<rss><item><author>" + "a@" * many + "</author></item></rss>",
            "<rss><item><pubDate>" + "1 " * many + "</pubDate></item></rss>",
            "<rss><item><title>" + "★ " * many + "</title></item></rss>",
            '{"items": [' + "[" * many,
            '{"items": [' + '{"id": 1},' * many + "{}]}",
        ):
            with self.subTest(body=body[:60]):
                start = datetime.now()
                with suppress(feed_parser.NotAFeed):
                    feed_parser.parse(body.encode(), "https://example.com/")
                self.assertLess(datetime.now() - start, timedelta(seconds=3))


class TestDates(BaseCase):
    def test_dates(self):
        for text, expected in DATES.items():
            moment = parse_date(text)
            found = moment and f"{moment:%Y-%m-%d %H:%M:%S}"
            self.assertEqual(found, expected, text)


DATES = {
    "Thu, 01 Jan 2004 19:48:21 GMT": "2004-01-01 19:48:21",
    "Mon, 01 Jan 2004 19:48:21 +0100": "2004-01-01 18:48:21",
    "01 Jan 04 19:48 EST": "2004-01-02 00:48:00",
    "Thu, 5 Apr 99 12:00:00 A": "1999-04-05 12:00:00",
    "Sun Jan  4 16:29:06 PST 2004": "2004-01-05 00:29:06",
    "Sun Jan  4 16:29:06 2004": "2004-01-04 16:29:06",
    "2003-12-31T10:14:55Z": "2003-12-31 10:14:55",
    "2003-12-31T10:14:55.123456-08:00": "2003-12-31 18:14:55",
    "2003-12-31T10:14": "2003-12-31 10:14:00",
    "2003-12-31 10:14:55 +0200": "2003-12-31 08:14:55",
    "2003-12-31 10:14:55 PST": "2003-12-31 18:14:55",
    "20031231T101455Z": "2003-12-31 10:14:55",
    "20031231101455": "2003-12-31 10:14:55",
    "20031231": "2003-12-31 00:00:00",
    "2003-12": "2003-12-01 00:00:00",
    "2003": "2003-01-01 00:00:00",
    "2003-335": "2003-12-01 00:00:00",
    "2003335": "2003-12-01 00:00:00",
    "2004-W01-1": "2003-12-29 00:00:00",
    "2003-12-31T24:00:00Z": "2004-01-01 00:00:00",
    "2003-12-31T23:59:60Z": "2003-12-31 23:59:59",
    "1072865695": "2003-12-31 10:14:55",
    "1072865695000": "2003-12-31 10:14:55",
    "1072865695000000": "2003-12-31 10:14:55",
    "12/31/2003 10:14 PM": "2003-12-31 22:14:00",
    "31/12/2003": "2003-12-31 00:00:00",
    "31.12.2003 10:14": "2003-12-31 10:14:00",
    "31. Dezember 2003 10:14": "2003-12-31 10:14:00",
    "Mi, 31 Dez 2003 10:14:55 +0100": "2003-12-31 09:14:55",
    "mer., 31 déc. 2003 10:14:55 +0100": "2003-12-31 09:14:55",
    "lun, 05 ene 2004 10:14:55 GMT": "2004-01-05 10:14:55",
    "dom, 01 mag 2005 10:14:55 +0200": "2005-05-01 08:14:55",
    "Κυρ, 11 Ιούλ 2004 12:00:00 EST": "2004-07-11 17:00:00",
    "2004-július-13T9:15-05:00": "2004-07-13 14:15:00",
    "2004년 05월 28일  01:31:15": "2004-05-28 01:31:15",
    "2004-05-25 오후 11:23:17": "2004-05-25 23:23:17",
    "2004年5月25日 11時23分": "2004-05-25 11:23:00",
    "Чт, 05 авг 2004 10:00:00 +0400": "2004-08-05 06:00:00",
    "Jan 4, 2004 10:00 am": "2004-01-04 10:00:00",
    "January 4, 2004": "2004-01-04 00:00:00",
    "Thursday, 04-Nov-99 08:49:37 GMT": "1999-11-04 08:49:37",
    "Thu Nov 04 08:49:37 GMT 1999": "1999-11-04 08:49:37",
    "4 Jan 2004": "2004-01-04 00:00:00",
    "Thu, 01 Jan 104 00:00:00 GMT": "2004-01-01 00:00:00",
    "Thu, 01 Jan 2004 00:00 GMT+1": "2003-12-31 23:00:00",
    "Thu, 01 Jan 2004 10:00:00 UTC+02:00": "2004-01-01 08:00:00",
    "Thu, 01 Jan 2004 10:00:00 +02:00 (CEST)": "2004-01-01 08:00:00",
    "Thu, 01 Jan 2004 10:00:00 +0000 GMT": "2004-01-01 10:00:00",
    "Sat, 07 Sep 2002 0:00:01 GMT": "2002-09-07 00:00:01",
    "2003-12-31T10:14:55 +01": "2003-12-31 09:14:55",
    "2003-12-31T10Z": "2003-12-31 10:00:00",
    "2003-12-31Z": "2003-12-31 00:00:00",
    "2003-1-5 1:02:03": "2003-01-05 01:02:03",
    "2003/12/31 10:14:55": "2003-12-31 10:14:55",
    "2003-12-31T10.14.55Z": "2003-12-31 10:14:55",
    "2024-05-01T10:20:30,5+0530": "2024-05-01 04:50:30",
    "2024-05-01T102030+0530": "2024-05-01 04:50:30",
    "2024-05-01T1020+02": "2024-05-01 08:20:00",
    "Wed, 30 Jun 2004 25:00:00 GMT": None,
    "yesterday": None,
    "0001-01-01T00:00:00Z": None,
    "1970-01-01T00:00:00Z": None,
    "Thu, 31 Feb 2004 10:00:00 GMT": None,
    "lørdag 3. mai 2014 12:30": "2014-05-03 12:30:00",
    "3 października 2014": "2014-10-03 00:00:00",
    "3 sierpnia 2014": "2014-08-03 00:00:00",
    "3 listopada 2014": "2014-11-03 00:00:00",
    "12 сентября 2014 г. 10:00": "2014-09-12 10:00:00",
    "ma, 3 maart 2014 10:00:00 +0100": "2014-03-03 09:00:00",
    "3 août 2014": "2014-08-03 00:00:00",
    "3 juin 2014": "2014-06-03 00:00:00",
    "3 juillet 2014": "2014-07-03 00:00:00",
    "3 Ekim 2014": "2014-10-03 00:00:00",
    "3 giugno 2014": "2014-06-03 00:00:00",
    "3 luglio 2014": "2014-07-03 00:00:00",
    "10:14 31 Dec 2003": "2003-12-31 10:14:00",
    "Thu, Apr 01 2004 12:00:00 -0500": "2004-04-01 17:00:00",
    "2004-03-01T00:00:00+0000Z": "2004-03-01 00:00:00",
    "Thu,  01 Jan 2004 19:48:21 Europe/Berlin": "2004-01-01 19:48:21",
    "2004-02-28T18:14:55+99:00": "2004-02-28 18:14:55",
    "3 de enero de 2014 10:00": "2014-01-03 10:00:00",
    "3. března 2014": "2014-03-03 00:00:00",
    "Mar, 03 Mar 2015 10:00:00 +0100": "2015-03-03 09:00:00",
    "Mar, 07 Jul 2015 10:00:00 +0200": "2015-07-07 08:00:00",
    "mar., 7 juil. 2015": "2015-07-07 00:00:00",
}
