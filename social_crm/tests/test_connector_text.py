"""HTML to plain text."""

import time

from odoo.tests import BaseCase

from ..connectors.text import (
    MAX_LENGTH,
    absolute_url,
    clean,
    html_to_text,
    one_line,
)


class TestText(BaseCase):
    def test_blocks(self):
        for html, text in {
            "": "",
            "plain": "plain",
            "a &amp; b &lt;i&gt; &nbsp; &#8364; &unknown;": "a & b <i> € &unknown;",
            "<p>One</p><p>Two<br>three</p>": "One\n\nTwo\nthree",
            "<p>One\n  <b>two</b>\n three</p>": "One two three",
            "a<b>b</b>c": "abc",
            "a<div>b</div><div>c</div>d": "a\nb\nc\nd",
            "a<br><br><br><br>b": "a\n\nb",
            "<h1>T</h1>x": "T\n\nx",
            "<ul><li>a</li><li>b</li></ul>c": "- a\n- b\n\nc",
            "<ol><li>a<li>b<ul><li>c</ul></ol>": "1. a\n2. b\n  - c",
            "<ul></ol><li>a</ul></ul><li>b": "- a\n\n- b",
            "<blockquote><p>a</p></blockquote>b": "> a\n\nb",
            "</blockquote>a": "a",
            "<pre>a\n  b\n\nc</pre>": "a\n  b\n\nc",
            "<table><tr><td>a<td>b<tr><td>c</table>": "a b\nc",
            "x<script>alert('<p>')</script>y": "xy",
            "<STYLE>p{}</STYLE ><head><title>t</title></head>a": "a",
            "<script>never closed <p>a": "",
            "a<!-- <p>b</p> -->c": "ac",
            "a<!-- b": "a",
            "a <![CDATA[<b>b</b>]]>": "a b",
            "<![CDATA[<p>a</p>]]> <i>b</i>": "a\n\nb",
            "<p>a[b[0]]></p><!-- -->]]>": "a[b[0]]>\n\n]]>",
            "<p>a[b[0]]></p>]]>": "a[b[0]]>\n\n]]>",
            "1 < 2 <3 </ x> y": "1 < 2 <3 y",
            "a <b title='>'>b</b>": "a b",
            "cut <a href='http://example.com": "cut",
            "<img class='emoji' alt='🙂'><img alt='x'>": "🙂",
            "<p onclick=x>مرحبا</p>": "مرحبا",
        }.items():
            self.assertEqual(html_to_text(html), text, html)

    def test_links(self):
        mastodon = (
            '<p>See <a href="https://example.com/a/long/path?x=1&amp;y=2">'
            '<span class="invisible">https://</span>'
            '<span class="ellipsis">example.com/a/lo</span>'
            '<span class="invisible">ng/path?x=1&amp;y=2</span></a>, '
            '<span class="h-card"><a href="https://m.example/@ann" class="u-url'
            ' mention">@<span>ann</span></a></span> '
            '<a href="https://m.example/tags/x" class="hashtag">#<span>x</span></a></p>'
        )
        self.assertEqual(
            html_to_text(mastodon),
            "See https://example.com/a/long/path?x=1&y=2, @ann #x",
        )
        for html, text in {
            "<a href=https://example.com/abc>example.com/a…</a>": (
                "https://example.com/abc"
            ),
            "<a href=/abc>/a...</a>": "https://example.org/abc",
            "<a href=/abc>read more...</a>": "read more...",
            "<a href=javascript:alert()>javascript:…</a>": "javascript:…",
            "<a href=/x>one<a href=/y>two": "onetwo",
            "<a href=/x><p>one</p><p>two</p></a>": "one\n\ntwo",
        }.items():
            self.assertEqual(html_to_text(html, "https://example.org/"), text, html)

    def test_what_no_database_can_hold(self):
        text = html_to_text("a\0b\ud83dc&#0;&#xD800;&#55555;\x1f&#x1F600;")
        text.encode()
        self.assertNotIn("\0", text)
        self.assertEqual(clean("a\0\ud800b\n"), "ab\n")
        self.assertEqual(clean("don\x92t \x81"), "don’t ")
        self.assertEqual(one_line(" a\n\x07 b "), "a b")

    def test_addresses(self):
        for url, expected in {
            "/a": "https://example.com/a",
            "a b": "https://example.com/x/a%20b",
            "//example.org/": "https://example.org/",
            "HTTP://example.org": "HTTP://example.org",
            " https://example.org/\n": "https://example.org/",
            "javascript:alert(1)": "",
            "java\nscript:alert(1)": "",
            "data:text/html,x": "",
            "http://[x": "",
        }.items():
            self.assertEqual(absolute_url(url, "https://example.com/x/"), expected)

    def test_floods(self):
        for piece in (
            *("<", "&", "<!", "<!--", "</", "<a ", "<a b=c ", "<a b='", '<a "', " "),
            *("<b>", "<div>", "<ul><li>", "<a>", "<a href=x>…</a>", "<br>", "<pre>\n"),
            *("<script>", "</script", "<![CDATA[", "<blockquote>", "&#99999999999"),
        ):
            self.assert_fast(piece * (200_000 // len(piece)))
        for head, body, tail in (
            ("", "<b>", "</i>"),
            ("<a ", "b=c ", ">"),
            ("<a", " ", "b"),
            ("&#", "9", ";"),
            ("<script>", "</scrip", ""),
        ):
            half = 100_000 // len(body)
            self.assert_fast(head + body * half + tail * half)

    def test_ten_megabytes(self):
        text = self.assert_fast("<p>words &amp; more " * 500_000, seconds=8)
        self.assertLessEqual(len(text), MAX_LENGTH)

    def assert_fast(self, html: str, seconds: float = 3) -> str:
        start = time.process_time()
        text = html_to_text(html)
        self.assertLess(time.process_time() - start, seconds, html[:50])
        return text
