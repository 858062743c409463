"""RSS, Atom, RDF and JSON Feed, made into entries of one kind. No requests here."""

import base64
import codecs
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from html import escape
from html.entities import html5

from lxml import etree

from .feed_dates import parse_date
from .records import Media
from .text import absolute_url, clean, decode_entities, html_to_text, one_line

MAX_ENTRIES = 5_000
MAX_TEXT = 100_000
MAX_MEDIA = 20
_XML = "{http://www.w3.org/XML/1998/namespace}"


class NotAFeed(ValueError):
    """The document is something else, e.g. a web page."""


@dataclass
class Person:
    name: str = ""
    url: str = ""
    avatar_url: str = ""


@dataclass
class Entry:
    """One entry as the feed gives it: texts plain, addresses absolute http(s) or ""."""

    guid: str = ""
    link: str = ""
    title: str = ""
    text: str = ""
    author: Person = field(default_factory=Person)
    published: datetime | None = None
    updated: datetime | None = None
    language: str = ""
    place: str = ""
    rating: float | None = None
    parent: str = ""
    is_comment: bool = False
    metrics: dict[str, int] = field(default_factory=dict)
    media: tuple[Media, ...] = ()


@dataclass
class Document:
    """A parsed feed. ``bad`` are pairs (problem, raw), ``next_url`` is older."""

    title: str = ""
    site: str = ""
    language: str = ""
    updated: datetime | None = None
    author: Person = field(default_factory=Person)
    entries: list[Entry] = field(default_factory=list)
    bad: list[tuple[str, str]] = field(default_factory=list)
    next_url: str = ""
    is_paged: bool = False  # the software takes ?paged=N
    truncated: bool = False


def parse(content: bytes, url: str, content_type: str = "") -> Document:
    """Return the feed in ``content``, which came from ``url``. Raises NotAFeed."""
    text = decode(content, content_type)
    if text.lstrip()[:1] in ("{", "["):
        return _JsonFeed(url).parse(text)
    return _XmlFeed(url).parse(text)


# -- Characters

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
    (b"\x4c\x6f\xa7\x94", "cp037"),
)
# What is declared is often a part of what is used (WHATWG Encoding).
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "tis-620": "cp874",
}
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{1,200}?encoding\s*=\s*["']([\w.:-]+)""")


def _stray_bytes(error: UnicodeError) -> tuple[str, int]:
    """Single bytes of Windows-1252 in UTF-8 are put in by careless programs."""
    stray = error.object[error.start : error.end]
    return stray.decode("cp1252", "replace"), error.end


codecs.register_error("social_crm_stray_bytes", _stray_bytes)


def decode(content: bytes, content_type: str = "") -> str:
    """Return the text of a document whose declared encoding may be wrong.

    A byte order mark wins; then what is valid UTF-8 is UTF-8, whatever is declared
    (other text is practically never valid UTF-8); then HTTP's charset, then XML's.
    """
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return content.decode(encoding, "replace").lstrip("\ufeff")
    declared = [match[1] for match in [_CHARSET.search(content_type)] if match]
    if match := _DECLARED.match(content):
        declared.append(match[1].decode())
    names = []
    for name in declared:
        try:
            codec = codecs.lookup(name)
        except LookupError:
            continue
        if codec._is_text_encoding:
            names.append(codec.name)
    # Encodings by escape sequences consist of ASCII, which is valid UTF-8.
    names.sort(key=lambda name: not name.startswith(("iso2022", "hz", "utf-7")))
    if not names or not names[0].startswith(("iso2022", "hz", "utf-7")):
        names.insert(0, "utf-8")
    for name in names:
        try:
            return content.decode(_WIDER.get(name, name))
        except UnicodeError:
            continue
    return content.decode("utf-8", "social_crm_stray_bytes")


# -- XML

_NAMESPACES = {
    "www.w3.org/2005/atom": "atom",
    "purl.org/atom/ns": "atom",
    "www.w3.org/1999/xhtml": "xhtml",
    "purl.org/rss/1.0": "",
    "my.netscape.com/rdf/simple/0.9": "",
    "channel.netscape.com/rdf/simple/0.9": "",
    "purl.org/dc/elements/1.0": "dc",
    "purl.org/dc/elements/1.1": "dc",
    "purl.org/dc/terms": "dcterms",
    "purl.org/rss/1.0/modules/content": "content",
    "purl.org/rss/1.0/modules/slash": "slash",
    "purl.org/syndication/thread/1.0": "thr",
    "purl.org/syndication/history/1.0": "fh",
    "rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "search.yahoo.com/mrss": "media",
    "www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "itunes.apple.com/rss": "im",
    "www.georss.org/georss": "georss",
    "www.opengis.net/gml": "gml",
    "www.w3.org/2003/01/geo/wgs84_pos": "geo",
    "www.youtube.com/xml/schemas/2015": "yt",
    "schemas.google.com/g/2005": "gd",
}
_ROOT = re.compile(
    r"<(?:[\w-]+:)?(?:(rss|feed|rdf|channel|item|entry)|html|head|body)(?=[\s>/])",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"&#(?:(\d{1,8})|[xX]([\da-fA-F]{1,7}));")
_REFERENCE = re.compile(
    r"&(?:([A-Za-z][A-Za-z0-9]{1,31});|(?!#\d{1,8};|#x[\da-fA-F]{1,7};))"
)
_CDATA = re.compile(r"(<!\[CDATA\[.*?(?:\]\]>|\Z))", re.DOTALL)
_TAG = re.compile(r"<[a-zA-Z/!]")
_HTML_TYPES = ("html", "text/html", "text/x-html", "application/xhtml+xml", "xhtml")


@lru_cache(maxsize=4096)
def _name(tag: str, root_namespace: str) -> str:
    """Return "title", "dc:creator", … whatever the namespace is written like."""
    namespace, _brace, local = tag.rpartition("}")
    local = local.lower()
    namespace = namespace[1:]
    if not namespace or namespace == root_namespace:
        return local
    key = namespace.lower().partition("://")[2].rstrip("/#")
    prefix = _NAMESPACES.get(key, "other")
    return f"{prefix}:{local}" if prefix else local


def _repair_references(text: str) -> str:
    """Replace named characters (&nbsp;), ampersands that stand alone, and numbers of
    what is no character. CDATA keeps its names and ampersands.
    """
    text = _NUMBER.sub(_numbered, text)
    # What stood around one that was taken out may be another now.
    text = _NUMBER.sub(lambda match: _numbered(match) or "\ufffd", text)
    pieces = _CDATA.split(text)
    pieces[::2] = [_REFERENCE.sub(_named, piece) for piece in pieces[::2]]
    return "".join(pieces)


def _numbered(match: re.Match) -> str:
    code = int(match[1]) if match[1] else int(match[2], 16)
    character = chr(code) if code <= 0x10FFFF else ""
    fit = clean(character)
    return match[0].lower() if fit and fit == character else fit


def _named(match: re.Match) -> str:
    name = match[1]
    if name in ("amp", "lt", "gt", "quot", "apos"):
        return match[0]
    character = html5.get(f"{name};", "") if name else ""
    if character and not set(character) & set("<>&"):
        return character
    return "&amp;" + match[0][1:]


def _root_of(text: str) -> re.Match | None:
    """Find where the feed begins, past declaration, DTD, comments and junk.

    Without its DTD a document cannot declare entities: no bombs, no files, no network.
    """
    position = 0
    while (position := text.find("<", position)) >= 0:
        if text.startswith("<!--", position):
            position = text.find("-->", position)
        elif text[position : position + 9].upper() == "<!DOCTYPE":
            end, subset = text.find(">", position), text.find("[", position)
            if 0 <= subset < end:
                end = text.find("]", subset)
            position = end
        elif match := _ROOT.match(text, position):
            return match
        if position < 0:
            return None
        position += 1
    return None


class _XmlFeed:
    def __init__(self, url: str):
        self.url = url
        self.namespace = ""
        self.based = False
        self.document = Document()

    def parse(self, text: str) -> Document:
        text = clean(text)
        match = _root_of(text)
        if match is None or match[1] is None:
            raise NotAFeed("This is not a feed.")
        text = text[match.start() :]
        self.based = "xml:base" in text
        root, self.document.truncated = self._tree(text, match[0][1:])
        self.namespace = root.tag.rpartition("}")[0][1:]
        entries = list(self._elements(root))
        if self.document.truncated and entries:
            last = max(text.rfind("<item"), text.rfind("<entry"))
            if last > max(text.rfind("</item"), text.rfind("</entry")):
                entries.pop()  # it may lack its end
        if match[1].lower() not in ("item", "entry"):
            self._read_channel(next(root.iter("{*}channel"), root))
        for element in entries[:MAX_ENTRIES]:
            entry = self._entry(element)
            if entry.guid or entry.link or entry.title or entry.text or entry.media:
                self.document.entries.append(entry)
            else:
                raw = etree.tostring(element, encoding="unicode", with_tail=False)
                self.document.bad.append(("The entry is empty.", raw[:MAX_TEXT]))
        return self.document

    def _tree(self, text: str, root_name: str) -> tuple[etree._Element, bool]:
        """Return the root, and whether the end of the document is missing."""
        content = _repair_references(text).encode()
        for recover in (False, True):
            parser = etree.XMLParser(
                recover=recover,
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                remove_comments=True,
                remove_pis=True,
            )
            try:
                root = etree.fromstring(content, parser, base_url=self.url)
            except etree.XMLSyntaxError:
                continue
            if root is not None:
                complete = not recover or re.search(
                    rf"</\s*{re.escape(root_name)}\s*>", text, re.IGNORECASE
                )
                return root, not complete
        raise NotAFeed("The feed is damaged beyond repair.")

    def _elements(self, root: etree._Element) -> Iterator[etree._Element]:
        for element in root.iter("{*}item", "{*}entry"):
            if self._of(element) in ("item", "entry"):
                yield element

    # -- Elements

    def _of(self, element: etree._Element) -> str:
        return _name(element.tag, self.namespace)

    def _children(self, element: etree._Element) -> dict[str, list[etree._Element]]:
        children = defaultdict(list)
        for child in element.iterchildren("*"):
            children[self._of(child)].append(child)
        return children

    def _url(self, url: str | None, element: etree._Element) -> str:
        if not url or not url.strip():
            return ""
        base = (element.base if self.based else None) or self.url
        return absolute_url(url, base)

    def _plain(self, children: Mapping, *names: str) -> str:
        """Return the text of the first that has one, as the feed wrote it."""
        for name in names:
            for element in children.get(name, ()):
                if text := "".join(element.itertext()).strip():
                    return text
        return ""

    def _text(self, element: etree._Element) -> tuple[str, str]:
        """Return (plain text, HTML if it was HTML) of a title, summary or content."""
        kind = element.get("type", "").strip().lower()
        mode = element.get("mode", "").strip().lower()
        is_atom = "atom" in (element.tag + self.namespace).lower()
        base = (element.base if self.based else None) or self.url
        if len(element):
            children = (etree.tostring(one, encoding="unicode") for one in element)
            html = escape(element.text or "") + "".join(children)
            return html_to_text(html, base), html
        text = element.text or ""
        is_text = kind in ("", "text") or kind.startswith("text/")
        is_html = kind in _HTML_TYPES
        if mode == "base64" or (is_atom and not is_text and not is_html):
            try:
                text = base64.b64decode("".join(text.split()), validate=True).decode()
            except ValueError:
                return "", ""
        if is_atom and not is_html and (kind or mode != "escaped"):
            return _lines(text), ""
        if not is_html and not _TAG.search(text):
            return _lines(decode_entities(text)), ""
        return html_to_text(text, base), text

    def _first_text(self, children: Mapping, *names: str) -> tuple[str, str]:
        for name in names:
            for element in children.get(name, ()):
                found = self._text(element)
                if found[0]:
                    return found
        return "", ""

    def _language(self, element: etree._Element) -> str:
        while element is not None:
            if language := element.get(_XML + "lang"):
                return language.strip()
            element = element.getparent()
        return ""

    def _date(self, children: Mapping, *names: str) -> datetime | None:
        for name in names:
            for element in children.get(name, ()):
                if moment := parse_date(element.text or ""):
                    return moment
        return None

    # -- The channel

    def _read_channel(self, channel: etree._Element) -> None:
        document, children = self.document, self._children(channel)
        document.title = one_line(self._first_text(children, "title", "dc:title")[0])
        document.language = self._language(channel) or one_line(
            self._plain(children, "language", "dc:language")
        )
        document.updated = self._date(
            children, "updated", "modified", "lastbuilddate", "dc:date", "pubdate"
        )
        document.author = self._author(children, ("author", "itunes:author"))
        links = children["link"] + children["atom:link"]
        document.site = self._link(links)
        for rel in ("prev-archive", "next"):
            for link in links:
                if not document.next_url and link.get("rel", "").lower() == rel:
                    document.next_url = self._url(link.get("href"), link)
        document.is_paged = "wordpress.org" in self._plain(children, "generator")

    def _link(self, links: list[etree._Element]) -> str:
        """Return the address of the page: rel=alternate, RSS's own, then any."""
        best = (0, "")
        for link in links:
            href = link.get("href")
            rel = link.get("rel", "alternate").lower()
            kind = link.get("type", "text/html").lower()
            if href is None:
                href, rank = "".join(link.itertext()), 4
            elif rel == "alternate":
                rank = 3 if "html" in kind else 2
            else:
                rank = 0
            url = self._url(href, link) if rank > best[0] else ""
            if url:
                best = (rank, url)
        return best[1]

    def _author(self, children: Mapping, names: tuple[str, ...]) -> Person:
        for name in names:
            for element in children.get(name, ()):
                inner = self._children(element)
                person = _person(
                    self._plain(inner, "name", "atom:name", "itunes:name")
                    or (element.text or "").strip()
                    or self._plain(inner, "email", "atom:email")
                )
                links = inner["uri"] + inner["url"] + inner["homepage"]
                for link in links + inner["atom:uri"]:
                    person.url = person.url or self._url(link.text, link)
                for image in inner["gd:image"]:
                    person.avatar_url = self._url(image.get("src"), image)
                if person.name or person.url:
                    return person
        return Person()

    # -- An entry

    def _entry(self, element: etree._Element) -> Entry:
        children = self._children(element)
        entry = Entry(
            title=one_line(
                self._first_text(children, "title", "dc:title", "media:title")[0]
            ),
            language=self._language((children["content"] or [element])[0])
            or one_line(self._plain(children, "dc:language", "language"))
            or self.document.language,
            published=self._date(
                children, "published", "pubdate", "issued", "dc:date", "created"
            )
            or self._date(children, "dcterms:issued", "dcterms:created"),
            updated=self._date(children, "updated", "modified", "dcterms:modified"),
            author=self._author(
                children, ("dc:creator", "author", "itunes:author", "atom:author")
            ),
        )
        groups = [self._children(group) for group in children.get("media:group", ())]
        self._read_identity(entry, element, children)
        html = self._read_text(entry, children, groups)
        self._read_replies(entry, children)
        self._read_source(entry, children)
        self._read_place(entry, children)
        self._read_rating(entry, element, html)
        self._read_media(entry, children, groups)
        return entry

    def _read_identity(self, entry: Entry, element, children: Mapping) -> None:
        guid = self._plain(children, "id", "guid", "dc:identifier", "atom:id")
        entry.guid = one_line(
            guid
            or element.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about")
            or ""
        )
        links = children["link"] + children["atom:link"]
        # FeedBurner puts its own address in the place of the link.
        entry.link = self._link(children["feedburner:origlink"]) or self._link(links)
        if not entry.link and children["guid"]:
            marked = children["guid"][0].get("isPermaLink", "").lower()
            if marked == "true" or (
                marked != "false" and re.match("https?://", entry.guid)
            ):
                entry.link = self._url(entry.guid, children["guid"][0])

    def _read_text(self, entry: Entry, children: Mapping, groups: list) -> str:
        text, html = self._first_text(
            children,
            *("content:encoded", "content", "xhtml:body", "body", "fullitem"),
            *("description", "summary", "tagline", "dc:description"),
            *("itunes:summary", "media:description", "itunes:subtitle"),
        )
        for group in groups:
            if not text:
                text, html = self._first_text(group, "media:description")
            if not entry.title:
                entry.title = one_line(self._plain(group, "media:title"))
        entry.text = text[:MAX_TEXT]
        return html

    def _read_replies(self, entry: Entry, children: Mapping) -> None:
        for reply in children["thr:in-reply-to"]:
            entry.is_comment = True
            link = self._url(reply.get("href"), reply)
            entry.parent = entry.parent or link or one_line(reply.get("ref", ""))
        count = self._plain(children, "slash:comments", "thr:total")
        if _is_count(count):
            entry.metrics["replies"] = int(count)

    def _read_source(self, entry: Entry, children: Mapping) -> None:
        """An entry taken over from another feed has that one's author."""
        for source in children["source"] + children["atom:source"]:
            if not (entry.author.name or entry.author.url):
                inner = self._children(source)
                entry.author = self._author(inner, ("author", "atom:author"))

    def _read_place(self, entry: Entry, children: Mapping) -> None:
        name = self._plain(children, "georss:featurename")
        point = self._plain(children, "georss:point", "georss:where")
        for group in [children, *map(self._children, children["geo:point"])]:
            lat_long = (self._plain(group, one) for one in ("geo:lat", "geo:long"))
            point = point or " ".join(lat_long).strip()
        numbers = re.fullmatch(r"(-?\d+(?:\.\d+)?)[\s,]+(-?\d+(?:\.\d+)?)", point)
        entry.place = one_line(name or (", ".join(numbers.groups()) if numbers else ""))

    def _read_rating(self, entry: Entry, element, html: str) -> None:
        for found in element.iter("{*}*"):
            local = _name(found.tag, "").rpartition(":")[2]
            if local not in _RATINGS or "rating" in self._of(found.getparent()):
                continue
            if self._of(found) in ("media:rating", "itunes:rating"):
                continue  # for whom it is fit
            values = {key.lower(): value for key, value in found.attrib.items()}
            count = values.get("count", "")
            if _is_count(count) and int(count) > 1:
                # What a crowd thinks of it, not what the author says.
                entry.metrics["likes"] = int(count)
                continue
            value = (found.text or "").strip() or values.get("average", "")
            for inner in found.iterdescendants("{*}ratingValue", "{*}overall"):
                value, values = inner.text or "", {**values, **inner.attrib}
            best = values.get("max") or values.get("bestrating") or ""
            entry.rating = stars(value, best)
        if entry.rating is None:
            entry.rating = stars_in(entry.title, entry.text, html)

    def _read_media(self, entry: Entry, children: Mapping, groups: list) -> None:
        found: dict[str, Media] = {}
        for group in [children, *groups]:
            for thumbnail in group.get("media:thumbnail", ()):
                url = self._url(thumbnail.get("url"), thumbnail)
                if url and not any(one.preview_url for one in found.values()):
                    found[url] = Media("image", url, url)
            for item in group.get("media:content", ()):
                self._add_media(found, item, item.get("url"))
                inner = self._children(item)
                for image in inner["media:thumbnail"]:
                    self._add_media(found, image, image.get("url"), "image")
            for community in group.get("media:community", ()):
                for one in community.iterchildren("{*}statistics"):
                    if _is_count(views := one.get("views", "")):
                        entry.metrics["views"] = int(views)
        for item in children["enclosure"]:
            self._add_media(found, item, item.get("url"))
        for item in children["link"] + children["atom:link"]:
            if item.get("rel", "").lower() == "enclosure":
                self._add_media(found, item, item.get("href"))
        for item in children["itunes:image"]:
            self._add_media(found, item, item.get("href"), "image")
        entry.media = tuple(found.values())[:MAX_MEDIA]

    def _add_media(self, found: dict, element, url: str | None, kind="") -> None:
        url = self._url(url, element)
        if url and url not in found:
            mimetype = one_line(element.get("type", "")).lower()
            kind = kind or media_kind(mimetype, element.get("medium", ""), url)
            title = one_line(element.get("title", ""))
            found[url] = Media(kind, url, mimetype=mimetype, title=title)


def _lines(text: str) -> str:
    """Plain text with its lines, without the indentation of the document."""
    text = clean(text).replace("\xa0", " ").strip()
    lines = "\n".join(line.strip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines)


def _is_count(text: str) -> bool:
    return text.isdecimal() and len(text) < 16


_MAIL = re.compile(r"[^\s<>()\"',;:]{1,100}@[^\s<>()\"',;:]{1,200}")


def _person(text: str) -> Person:
    """Read "Name", "mail (Name)" or "Name <mail>": the mail address is left out."""
    text = one_line(decode_entities(text))[:300]
    name = _MAIL.sub("", text).strip(" \t<>()\"',;:")
    if name.lower().startswith("mailto"):
        name = name[6:].strip(" :")
    if not name and (mail := _MAIL.search(text)):
        name = mail[0].partition("@")[0]
    return Person(one_line(name))


_EXTENSIONS = {
    "image": ("jpg", "jpeg", "png", "gif", "webp", "avif", "svg"),
    "audio": ("mp3", "m4a", "ogg", "oga", "opus", "wav", "aac", "flac"),
    "video": ("mp4", "m4v", "mov", "webm", "mkv", "avi", "ogv", "swf"),
}


def media_kind(mimetype: str, medium: str, url: str) -> str:
    """Return image, video, audio or link."""
    for word in (medium.lower(), mimetype.partition("/")[0]):
        if word in _EXTENSIONS:
            return word
    ending = url.partition("?")[0].rpartition(".")[2].lower()
    kinds = (kind for kind, endings in _EXTENSIONS.items() if ending in endings)
    kind = next(kinds, "link")
    return "video" if mimetype.endswith("shockwave-flash") else kind


# -- Stars

_RATINGS = frozenset("rating ratings ratingvalue starrating stars reviewrating".split())
_STARS = re.compile(
    r"\s*([★⭐🌟]\ufe0f?(?:\s?[★⭐🌟]\ufe0f?){0,4})\s?([☆✩]{0,4})(?![★☆⭐])"
)
_OUT_OF = re.compile(
    r"\s*(?:rating|rated|bewertung|note|score)?\s*:?\s*(\d(?:[.,]\d+)?)\s*"
    r"(?:/|out of|von|sur|de)\s*(5|10)(?:\s*(?:stars?|sterne|étoiles|estrellas))?"
    r"(?=\s*($|[-–—:.,|(\n]|stars?))",
    re.IGNORECASE,
)
_HTML_RATING = re.compile(
    r"""(?:class|itemprop)\s*=\s*["'](?:[\w -]{0,50}\s)?(?:p-)?(?:rating|ratingValue)"""
    r"""["'](?:[^>]{0,100}?(?:title|content|value)\s*=\s*["']|[^>]{0,100}>\s*)"""
    r"""(\d+(?:[.,]\d+)?)"""
)


def stars(value: str, best: str = "") -> float | None:
    """Return ``value`` of ``best`` as 0…5 stars; without ``best`` the nearest of
    5, 10 and 100 that fits."""
    try:
        number = float(value.strip().replace(",", "."))
        top = float(best) if best else 0.0
    except ValueError:
        return None
    top = top or next((one for one in (5.0, 10.0, 100.0) if number <= one), 0.0)
    if not 0 < top < 1e6 or not 0 <= number <= top:
        return None
    return round(number / top * 5, 2)


def stars_in(title: str, text: str, html: str) -> float | None:
    """Return the rating that a review begins with, e.g. "★★★☆☆" or "4/5"."""
    for one in (title[:100], text[:100]):
        if match := _STARS.match(one):
            return float(len(re.findall("[★⭐🌟]", match[1])))
        if match := _OUT_OF.match(one):
            return stars(match[1], match[2])
    if re.search("hreview|h-review|schema.org/Review", html[:MAX_TEXT]):
        if match := _HTML_RATING.search(html[:MAX_TEXT]):
            return stars(match[1])
    return None


# -- JSON Feed


_INHERITED = ("home_page_url", "language", "authors", "author")


class _JsonFeed:
    """https://www.jsonfeed.org/version/1.1/"""

    def __init__(self, url: str):
        self.url = url

    def parse(self, text: str) -> Document:
        try:
            feed = json.loads(text)
        except (ValueError, RecursionError):
            raise NotAFeed("This is not valid JSON.") from None
        if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
            raise NotAFeed("This is not a JSON Feed.")
        document = Document(
            title=one_line(self._get(feed, "title", lenient=True)),
            site=self._url(feed, "home_page_url"),
            language=one_line(self._get(feed, "language", lenient=True)),
            next_url=self._url(feed, "next_url"),
        )
        document.author = self._author(feed)
        for item in feed["items"][:MAX_ENTRIES]:
            try:
                document.entries.append(self._entry(item, document))
            except ValueError as error:
                # What the feed says of all of them is needed to read it alone.
                one = {key: feed.get(key) for key in _INHERITED} | {"items": [item]}
                raw = json.dumps(one, ensure_ascii=False)[:MAX_TEXT]
                document.bad.append((str(error), clean(raw)))
        return document

    def _entry(self, item, document: Document) -> Entry:
        if not isinstance(item, dict):
            raise ValueError("The item is no object.")
        guid = item.get("id")
        is_number = isinstance(guid, int | float) and not isinstance(guid, bool)
        html = self._get(item, "content_html")
        text = self._get(item, "content_text") or html_to_text(html, self.url)
        text = text or _lines(self._get(item, "summary"))
        entry = Entry(
            guid=str(guid) if is_number else one_line(self._get(item, "id")),
            link=self._url(item, "url") or self._url(item, "external_url"),
            title=one_line(self._get(item, "title")),
            text=clean(text)[:MAX_TEXT].strip(),
            author=self._author(item),
            published=parse_date(self._get(item, "date_published")),
            updated=parse_date(self._get(item, "date_modified")),
            language=one_line(self._get(item, "language")) or document.language,
            media=tuple(self._media(item))[:MAX_MEDIA],
        )
        if not (entry.guid or entry.link or entry.title or entry.text):
            raise ValueError("The item is empty.")
        entry.rating = stars_in(entry.title, entry.text, html)
        return entry

    def _get(self, item: dict, key: str, lenient: bool = False) -> str:
        value = item.get(key)
        if isinstance(value, str):
            return value
        if value is None or lenient:
            return ""
        raise ValueError(f"{key} is no text.")

    def _url(self, item: dict, key: str) -> str:
        url = self._get(item, key, lenient=True)
        return absolute_url(url, self.url) if url.strip() else ""

    def _author(self, item: dict) -> Person:
        authors = item.get("authors")
        authors = list(authors) if isinstance(authors, list) else []
        for author in [*authors, item.get("author")]:
            if isinstance(author, dict):
                person = _person(self._get(author, "name", lenient=True))
                person.url = self._url(author, "url")
                person.avatar_url = self._url(author, "avatar")
                if person.name or person.url:
                    return person
        return Person()

    def _media(self, item: dict) -> Iterator[Media]:
        if image := self._url(item, "image"):
            yield Media("image", image)
        attachments = item.get("attachments")
        for one in attachments if isinstance(attachments, list) else ():
            if isinstance(one, dict) and (url := self._url(one, "url")):
                mimetype = one_line(self._get(one, "mime_type", lenient=True)).lower()
                title = one_line(self._get(one, "title", lenient=True))
                kind = media_kind(mimetype, "", url)
                yield Media(kind, url, mimetype=mimetype, title=title)
