"""Which profiles does a website say are its own? One page is read, politely."""

import time
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from lxml import etree, html

from .errors import AuthError, ConnectorError, NotFound, Rejected
from .guard import origin_of
from .http import USER_AGENT, Http, Response
from .profile_address import ProfileAddress, parse_profile

MAX_BYTES = 2_000_000
MAX_ROBOTS_BYTES = 500_000
MAX_LINKS = 3000
MAX_FOUND = 20
MAX_SECONDS = 25.0
TIMEOUT = (5, 10)
# Links in what somebody else said, shown on the page.
_QUOTES = frozenset(("blockquote", "script", "noscript", "template"))
# Who made the page, not whose it is: their links are on the pages of others.
MAKERS = frozenset(
    "astra automattic blogger canva colorlib drupal duda elegantthemes elementor"
    " envato framer ghost godaddy googlesites html5up hubspot jimdo joomla linktree"
    " mailchimp odoo prestashop shopify squarespace strikingly tailwindcss templatemo"
    " themeforest themeisle tilda typo3 webflow weebly wix wixcom wordpress"
    " wordpressdotcom wpengine yola zyro".split()
)


class NotAllowed(ConnectorError):
    """The website asks programs to stay away."""


@dataclass(frozen=True, slots=True)
class SiteLink:
    """A profile that a page links to; ``rel_me``: as its own (``rel="me"``)."""

    address: ProfileAddress
    rel_me: bool


@dataclass(frozen=True, slots=True)
class SitePage:
    """``links`` is None where nothing has changed since ``etag``."""

    links: tuple[SiteLink, ...] | None
    etag: str = ""


class SiteHttp(Http):
    """Asks each server's robots.txt first, also where a redirect leads."""

    tries = 1
    max_seconds = MAX_SECONDS

    def __init__(self, private_hosts=()):
        super().__init__(
            private_hosts=private_hosts, timeout=TIMEOUT, max_bytes=MAX_BYTES
        )
        self._robots: dict[tuple, RobotFileParser | None] = {}
        self._asks = False

    def _send(self, call, deadline, max_bytes) -> Response:
        if not self._asks and not self._may_read(call.url):
            raise NotAllowed(
                f"{origin_of(call.url)[1]} asks programs not to read this page"
                " (robots.txt)."
            )
        return super()._send(call, deadline, max_bytes)

    def _may_read(self, url: str) -> bool:
        origin = origin_of(url)
        if origin not in self._robots:
            self._robots[origin] = self._read_robots(url)
        rules = self._robots[origin]
        return rules is None or rules.can_fetch(USER_AGENT, url)

    def _read_robots(self, url: str) -> RobotFileParser | None:
        """Return the rules, None if there are none (RFC 9309). Raises RemoteError."""
        self._asks = True
        try:
            answer = self.request(
                "GET", urljoin(url, "/robots.txt"), max_bytes=MAX_ROBOTS_BYTES
            )
        except (AuthError, NotFound, Rejected):
            return None
        finally:
            self._asks = False
        rules = RobotFileParser()
        rules.parse(answer.text.splitlines())
        return rules


def read_site(http: SiteHttp, url: str, etag: str = "") -> SitePage:
    """Return the profiles that the page ``url`` links to. Raises ConnectorError."""
    http.ends_at = time.monotonic() + MAX_SECONDS
    headers = {"Accept": "text/html,application/xhtml+xml;q=0.9"}
    if etag:
        headers["If-None-Match"] = etag
    answer = http.request("GET", url, headers=headers, accept=(304,))
    if answer.status == 304:
        return SitePage(None, etag)
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind not in ("text/html", "application/xhtml+xml"):
        raise Rejected(f"{urlsplit(answer.url).hostname} sent no web page.")
    etag = answer.headers.get("ETag", "")
    return SitePage(
        find_links(answer.text, answer.url), etag if len(etag) <= 200 else ""
    )


def find_links(text: str, url: str) -> tuple[SiteLink, ...]:
    """Return the profiles that a page says are its own, those with rel="me" first.

    Of a network with several plain links none counts: they are of many people. Links
    inside of quotes, to share something, and to the makers of websites do not count.
    """
    # Not the text: lxml refuses one that names its own encoding.
    parser = html.HTMLParser(encoding="utf-8", recover=True, no_network=True)
    try:
        page = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return ()
    base, host = _base(page, url), urlsplit(url).hostname or ""
    found: dict[tuple[str, str], SiteLink] = {}
    for count, node in enumerate(page.iter("a", "area", "link")):
        if count >= MAX_LINKS:
            break
        if link := _link(node, base, host):
            address = link.address
            key = (address.network, (address.uri or address.handle).lower())
            if link.rel_me or key not in found:
                found[key] = link
    mine = [link for link in found.values() if link.rel_me]
    plain = {}
    for link in found.values():
        if not link.rel_me:
            plain.setdefault(link.address.network, []).append(link)
    own = {link.address.network for link in mine}
    mine += [
        links[0]
        for network, links in plain.items()
        if len(links) == 1 and network not in own
    ]
    return tuple(mine[:MAX_FOUND])


def _base(page, url: str) -> str:
    for node in page.iter("base"):
        try:
            return urljoin(url, node.get("href") or "")
        except ValueError:
            break
    return url


def _link(node, base: str, host: str) -> SiteLink | None:
    rel = (node.get("rel") or "").lower().split()
    rel_me = "me" in rel
    if node.tag == "link" and not rel_me:
        return None
    try:
        target = urljoin(base, (node.get("href") or "").strip()[:2000])
        parts = urlsplit(target)
        target_host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not target_host:
        return None
    address = parse_profile(target)
    if not address or address.network == "web":
        return None
    if rel_me:
        return SiteLink(address, True)
    name = (address.handle or address.uri).lower().lstrip("@").rpartition("/")[2]
    is_shared = parts.path.lower().startswith("/intent/") or "sponsored" in rel
    is_theirs = name.partition("@")[0] in MAKERS or target_host == host
    is_quoted = any(above.tag in _QUOTES for above in node.iterancestors())
    if is_shared or is_theirs or is_quoted:
        return None
    return SiteLink(address, False)
