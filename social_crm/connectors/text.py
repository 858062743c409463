"""HTML as networks and feeds send it, made into plain text.

A reader of its own, because the time must be bounded: libxml2's HTML parser takes
minutes for a megabyte of wrongly nested tags, and older versions of Python's do too.
Here every character is looked at a fixed number of times, and nothing recurses.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from urllib.parse import urljoin

_BLOCKS = dict.fromkeys(
    "address article aside center dd details div dl dt fieldset figcaption figure"
    " footer form header hr legend li main nav section summary tr".split(),
    1,
) | dict.fromkeys("blockquote h1 h2 h3 h4 h5 h6 ol p pre table ul".split(), 2)
# Elements whose content is never shown as text.
_UNSEEN = frozenset(
    "head iframe math noembed noframes noscript script select style svg template"
    " textarea title".split()
)
# The other elements that change how the text around them is written.
_EFFECTIVE = frozenset((*_BLOCKS, "a", "br", "img", "td", "th"))
# How Mastodon marks the parts of a shortened address.
_SHORTENING = frozenset(("invisible", "ellipsis"))
_ATTRIBUTE_NAME = re.compile(r"[^\s/>][^\s/>=]*")
_EQUALS = re.compile(r"\s*=\s*")
_UNQUOTED = re.compile(r"[^\s>]*")
_TAG_NAME = re.compile(r"[A-Za-z][^\s/>]*")
_TAG_SPACE = re.compile(r"[\s/]*")
_SPACES = re.compile(r"[ \t\n\r\f\v\xa0]+")
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_C1 = re.compile("[\x80-\x9f]")
# Python refuses to read numbers of thousands of digits.
_HUGE_REFERENCE = re.compile(r"&#[xX]?[0-9A-Fa-f]{9,};?")
_MAX_INDENT = 5
_MAX_COMMON = 200
MAX_LENGTH = 1_000_000


def clean(text: str) -> str:
    """Drop what a database or XML cannot hold: control characters, lone surrogates.

    Those of U+0080…U+009F are Windows-1252 that was taken for Latin-1.
    """
    if text.isprintable():
        return text
    return _C1.sub(_from_cp1252, _UNFIT.sub("", text))


def _from_cp1252(match: re.Match) -> str:
    return match[0].encode("latin-1").decode("cp1252", "ignore")


def one_line(text: str) -> str:
    """Return plain ``text`` on one line, for titles and names."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return _SPACES.sub(" ", clean(text)).strip()


def html_to_text(html: str, base_url: str = "") -> str:
    """Return what a reader sees of ``html``, as plain text.

    Paragraphs are parted by an empty line, ``<br>`` and other blocks by a new line;
    list items begin with "- " or their number, quotations with "> ". A link keeps its
    text; one that shows a shortened address ("example.com/a…") gives it in full,
    resolved against ``base_url``. Takes any text, also broken or hostile HTML; what
    goes beyond ``MAX_LENGTH`` characters is cut off.
    """
    html = clean(html[:MAX_LENGTH])
    if "<![CDATA[" in html:
        # Feeds wrap twice: what is inside was meant to be read.
        html = html.replace("<![CDATA[", "").replace("]]>", "")
    if "<" not in html:
        return _SPACES.sub(" ", decode_entities(html)).strip()
    writer = _Writer(base_url)
    for kind, value, attributes in _plain_tokens(html) or _tokens(html):
        if kind == "text":
            writer.text(value)
        elif kind == "start":
            writer.start(value, attributes)
        elif kind == "end":
            writer.end(value)
    return writer.close()


def decode_entities(text: str) -> str:
    """Return ``text`` with its character references replaced, e.g. ``&nbsp;``."""
    if "&" not in text:
        return text
    return clean(unescape(_HUGE_REFERENCE.sub("\ufffd", text)))


def _plain_tokens(html: str) -> list[tuple[str, str, dict[str, str]]] | None:
    """Return what ``_tokens`` yields for HTML of common tags; None if it holds more.

    Nearly all posts have no more, and this takes half the time.
    """
    text, *pieces = html.split("<")
    tokens = [("text", decode_entities(text), {})] if text else []
    for piece in pieces:
        tag, end, text = piece.partition(">")
        token = _common_tag(tag) if end and len(tag) < _MAX_COMMON else None
        if token is None or token[1] in _UNSEEN:
            return None
        if token[0]:
            tokens.append(token)
        if text:
            tokens.append(("text", decode_entities(text), {}))
    return tokens


def _tokens(html: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield ("text", text, {}), ("start", tag, attributes) and ("end", tag, {}).

    The kind of a tag without effect may be empty.

    What is left open at the end (a tag, a comment, a script) is dropped, as browsers
    do; this also keeps the time linear.
    """
    position = 0
    while (opening := html.find("<", position)) >= 0:
        if opening > position:
            yield "text", decode_entities(html[position:opening]), {}
        position = opening + 1
        if html.startswith("!--", position):
            position = _after(html, "-->", position + 1)
            continue
        # Looked for only nearby, or a flood of "<" would cost its square.
        end = html.find(">", position, position + _MAX_COMMON)
        if end > 0 and (token := _common_tag(html[position:end])):
            kind, tag, attributes = token
            position = end + 1
        else:
            closing = html.startswith("/", position)
            name = _TAG_NAME.match(html, position + closing)
            if name is None:
                if closing or html[position : position + 1] in ("!", "?"):
                    position = _after(html, ">", position)
                else:
                    yield "text", "<", {}
                continue
            kind, tag = "end" if closing else "start", name[0].lower()
            attributes, position = tag_attributes(html, name.end())
            if position > len(html):
                return
        yield kind, tag, attributes
        if tag in _UNSEEN and kind == "start":
            end = re.compile(rf"</{tag}[\s/>]", re.IGNORECASE).search(html, position)
            position = end.start() if end else len(html)
    if position < len(html):
        yield "text", decode_entities(html[position:]), {}


@lru_cache(maxsize=2048)
def _common_tag(text: str) -> tuple[str, str, dict[str, str]] | None:
    """Return the token of ``<text>``; None if the tag may not end there.

    Networks repeat the same few tags in every post.
    """
    closing = text.startswith("/")
    name = _TAG_NAME.match(text, closing)
    if name is None:
        return None
    attributes, position = tag_attributes(text + ">", name.end())
    if position != len(text) + 1:
        return None
    tag = name[0].lower()
    if tag in _EFFECTIVE or tag in _UNSEEN or (attributes and _shortens(attributes)):
        return ("end" if closing else "start"), tag, attributes
    return "", tag, {}


def _shortens(attributes: dict[str, str]) -> bool:
    return not _SHORTENING.isdisjoint(attributes.get("class", "").split())


def _after(html: str, mark: str, position: int) -> int:
    found = html.find(mark, position)
    return len(html) if found < 0 else found + len(mark)


def tag_attributes(html: str, position: int) -> tuple[dict[str, str], int]:
    """Read from behind the name of a tag: its attributes (names in lower case), and
    the place after the tag (past the end of ``html`` if the tag is left open)."""
    attributes: dict[str, str] = {}
    unfinished = len(html) + 1
    while True:
        position = _TAG_SPACE.match(html, position).end()
        if html.startswith(">", position):
            return attributes, position + 1
        name = _ATTRIBUTE_NAME.match(html, position)
        if name is None:
            return attributes, unfinished
        position = name.end()
        value = ""
        if equals := _EQUALS.match(html, position):
            position = equals.end()
            quote = html[position : position + 1]
            if quote in ('"', "'"):
                end = html.find(quote, position + 1)
                if end < 0:
                    return attributes, unfinished
                value, position = html[position + 1 : end], end + 1
            else:
                unquoted = _UNQUOTED.match(html, position)
                value, position = unquoted[0], unquoted.end()
        attributes.setdefault(name[0].lower(), decode_entities(value))


class _Writer:
    """Puts the pieces together: lines, spaces, lists, quotations, links."""

    def __init__(self, base_url: str):
        self.base_url = base_url
        self.parts: list[str] = []
        self.newlines = 0
        self.space = False
        self.quotes = 0
        self.pre = 0
        self.marker = ""
        self.lists: list[int | None] = []  # the number of the next item, None: bullets
        self.link: list[str] | None = None  # the text of the open link
        self.href = ""
        self.shortened = False

    def text(self, text: str) -> None:
        if self.link is not None:
            self.link.append(text)
        elif self.pre:
            for number, line in enumerate(text.split("\n")):
                self.newlines += bool(number)
                if line.strip():
                    self._write(line.rstrip())
        else:
            if "  " in text or not text.isprintable():
                text = _SPACES.sub(" ", text)
            self.space = self.space or text.startswith(" ")
            if words := text.strip(" "):
                self._write(words)
                self.space = text.endswith(" ")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "br":
            self._break(self.newlines + 1)
        elif tag in _BLOCKS:
            self._start_block(tag)
        elif tag == "a":
            self._end_link()
            self.link = []
            self.href = attributes.get("href", "").strip()
            self.shortened = False
        elif tag == "img" and "emoji" in attributes.get("class", ""):
            self.text(attributes.get("alt", ""))
        elif tag in ("td", "th"):
            self.text(" ")
        elif attributes and _shortens(attributes):
            self.shortened = True

    def _start_block(self, tag: str) -> None:
        nested = tag in ("ul", "ol") and bool(self.lists)
        self._break(1 if nested else _BLOCKS[tag])
        if tag in ("ul", "ol"):
            self.lists.append(1 if tag == "ol" else None)
        elif tag == "li":
            number = self.lists[-1] if self.lists else None
            if number is not None:
                self.lists[-1] = number + 1
            indent = "  " * min(len(self.lists) - 1, _MAX_INDENT)
            self.marker = indent + (f"{number}. " if number else "- ")
        elif tag == "blockquote":
            self.quotes += 1
        elif tag == "pre":
            self.pre += 1

    def end(self, tag: str) -> None:
        if tag == "a":
            self._end_link()
        elif tag == "br":
            self._break(self.newlines + 1)
        elif tag in _BLOCKS:
            if tag in ("ul", "ol") and self.lists:
                self.lists.pop()
            self._break(1 if tag in ("ul", "ol") and self.lists else _BLOCKS[tag])
            self.marker = ""
            if tag == "blockquote":
                self.quotes = max(0, self.quotes - 1)
            elif tag == "pre":
                self.pre = max(0, self.pre - 1)

    def close(self) -> str:
        self._end_link()
        return "".join(self.parts).strip()

    def _end_link(self) -> None:
        if self.link is None:
            return
        shown, self.link = "".join(self.link), None
        short = shown.strip().removesuffix("…").removesuffix("...")
        if self.shortened or (short != shown.strip() and short and short in self.href):
            if url := absolute_url(self.href, self.base_url):
                shown = shown.replace(shown.strip(), url)
        self.text(shown)

    def _break(self, newlines: int) -> None:
        if self.link is not None:
            # A link around blocks: what was said so far stands on its own line.
            said, self.link = "".join(self.link), None
            self.text(said)
            self.link, self.shortened = [], False
        self.newlines = min(2, max(self.newlines, newlines))
        self.space = False

    def _write(self, text: str) -> None:
        if self.newlines or not self.parts:
            if self.parts:
                self.parts.append("\n" * min(2, self.newlines))
            self.parts.append("> " * min(self.quotes, _MAX_INDENT) + self.marker)
            self.marker = ""
            self.newlines = 0
        elif self.space:
            self.parts.append(" ")
        self.space = False
        self.parts.append(text)


def absolute_url(url: str, base_url: str = "") -> str:
    """Return ``url`` resolved and safe to show: absolute http(s), else ""."""
    if not url.isprintable():
        url = re.sub(r"[\t\r\n]", "", clean(url))
    url = url.strip()
    if base_url:
        try:
            url = urljoin(base_url, url)
        except ValueError:
            return ""
    scheme, _sep, rest = url.partition("://")
    if scheme.lower() not in ("http", "https") or not rest.strip("/"):
        return ""
    return url.replace(" ", "%20")
