"""E-mail addresses, web addresses and handles, each in one way of writing."""

import re
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlencode

try:
    import idna
except ImportError:  # outside of Odoo's environment
    idna = None

MAX_URL = 2000
MAX_EMAIL = 254
FREE_MAIL = frozenset(
    "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com"
    " ymail.com rocketmail.com aol.com icloud.com me.com mac.com proton.me"
    " protonmail.com pm.me gmx.de gmx.net gmx.at gmx.ch gmx.com web.de t-online.de"
    " freenet.de arcor.de mail.com mail.ru yandex.ru yandex.com ya.ru bk.ru"
    " list.ru inbox.ru rambler.ru zoho.com tutanota.com tuta.io fastmail.com"
    " fastmail.fm hey.com posteo.de mailbox.org orange.fr wanadoo.fr free.fr"
    " sfr.fr laposte.net libero.it virgilio.it tiscali.it alice.it tin.it"
    " telefonica.net terra.com.br uol.com.br bol.com.br ig.com.br wp.pl o2.pl"
    " onet.pl interia.pl op.pl seznam.cz centrum.cz azet.sk abv.bg ukr.net qq.com"
    " 163.com 126.com sina.com naver.com daum.net hanmail.net btinternet.com"
    " btopenworld.com sky.com virginmedia.com ntlworld.com talktalk.net"
    " comcast.net verizon.net att.net sbcglobal.net cox.net charter.net"
    " bellsouth.net earthlink.net shaw.ca rogers.com sympatico.ca bigpond.com"
    " optusnet.com.au xtra.co.nz ziggo.nl kpnmail.nl planet.nl hetnet.nl skynet.be"
    " telenet.be bluewin.ch sunrise.ch telia.com online.no rediffmail.com".split()
)
_FREE_MAIL_NAMES = ("yahoo.", "hotmail.", "outlook.", "live.", "gmx.", "yandex.")
# Addresses of a role, not of a person.
ROLES = frozenset(
    "info information contact contactus contacto kontakt hello hallo hi hola"
    " bonjour office mail email post sales vertrieb ventas commercial marketing"
    " support help helpdesk service services kundenservice customerservice"
    " customercare care team admin administrator webmaster postmaster hostmaster"
    " root abuse noreply donotreply nobody mailerdaemon news newsletter press"
    " presse media pr jobs job career careers hr recruiting bewerbung billing"
    " invoice invoices accounting accounts buchhaltung rechnung finance orders"
    " order bestellung shop store booking bookings reservations reception empfang"
    " rezeption enquiries inquiries enquiry anfrage feedback legal privacy"
    " datenschutz security it tech events event welcome general all everyone staff"
    " board zentrale verwaltung sekretariat secretary direccion administracion"
    " compras amministrazione segreteria direction accueil"
    " werkstatt workshop atelier taller officina depot warehouse lager".split()
)
# Below these every name belongs to somebody else.
_SECOND_LEVEL = frozenset(
    "co com net org gov edu ac or ne go gob gouv gov ltd plc me sch nom asn id in mil"
    " firm gen web info biz".split()
)
_HOSTING = frozenset(
    "github.io gitlab.io blogspot.com wordpress.com wixsite.com weebly.com tumblr.com"
    " myshopify.com substack.com netlify.app vercel.app herokuapp.com pages.dev"
    " web.app firebaseapp.com webflow.io squarespace.com carrd.co jimdofree.com"
    " jimdosite.com strikingly.com godaddysites.com business.site ghost.io typepad.com"
    " livejournal.com over-blog.com canalblog.com ucoz.ru narod.ru altervista.org"
    " azurewebsites.net neocities.org mystrikingly.com hatenablog.com bandcamp.com"
    " itch.io odoo.com".split()
)
# Sites where a path says whose page it is: the site itself says nothing.
_SHARED_SITES = frozenset(
    "linktr.ee linkin.bio beacons.ai bio.link about.me google.com goo.gl bit.ly t.co"
    " amazon.com etsy.com ebay.com yelp.com tripadvisor.com patreon.com ko-fi.com"
    " buymeacoffee.com paypal.me spotify.com apple.com gofundme.com eventbrite.com"
    " wikipedia.org imdb.com calendly.com sites.google.com docs.google.com notion.site"
    " archive.org web.archive.org discord.gg discord.com".split()
)
# Host: network and the path in front of the handle.
_PROFILES = {
    "twitter.com": ("x", ("",)),
    "x.com": ("x", ("",)),
    "facebook.com": ("facebook", ("", "pg", "people")),
    "fb.com": ("facebook", ("",)),
    "instagram.com": ("instagram", ("",)),
    "youtube.com": ("youtube", ("@", "user", "c", "channel")),
    "linkedin.com": ("linkedin", ("in", "company", "pub", "school")),
    "tiktok.com": ("tiktok", ("@",)),
    "github.com": ("github", ("",)),
    "gitlab.com": ("gitlab", ("",)),
    "bsky.app": ("bluesky", ("profile",)),
    "threads.net": ("threads", ("@",)),
    "threads.com": ("threads", ("@",)),
    "medium.com": ("medium", ("@",)),
    "t.me": ("telegram", ("", "s")),
    "telegram.me": ("telegram", ("",)),
    "reddit.com": ("reddit", ("user", "u")),
    "pinterest.com": ("pinterest", ("",)),
    "twitch.tv": ("twitch", ("",)),
    "vk.com": ("vk", ("",)),
    "xing.com": ("xing", ("profile",)),
    "vimeo.com": ("vimeo", ("",)),
    "flickr.com": ("flickr", ("people", "photos")),
    "soundcloud.com": ("soundcloud", ("",)),
    "dribbble.com": ("dribbble", ("",)),
    "behance.net": ("behance", ("",)),
    "snapchat.com": ("snapchat", ("add",)),
    "mastodon.social": ("mastodon", ("@",)),
}
_NO_HANDLES = frozenset(
    "about accounts ads answers api apps business careers channel contact"
    " developers directory download events explore feed groups hashtag help home i"
    " intent jobs legal login logout marketplace messages notifications p pages"
    " photo photos policies post posts privacy profile profile.php reel reels"
    " search settings share sharer sharer.php signup status stories support terms"
    " tos video videos watch".split()
)
_NETWORKS = {
    **{"twitter": "x", "fb": "facebook", "insta": "instagram", "ig": "instagram"},
    **{"bsky": "bluesky", "atproto": "bluesky", "activitypub": "mastodon"},
    **{"fediverse": "mastodon", "yt": "youtube"},
}
_EMAIL = re.compile(
    r"(?<![\w.+\-])[a-z0-9][a-z0-9._%+\-]{0,63}@(?:[a-z0-9\-]{1,63}\.){1,6}[a-z]{2,24}"
    r"(?![\w@])",
    re.IGNORECASE,
)
_LOCAL = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}")
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_\-]{0,62})\.)+[a-z][a-z0-9\-]{1,62}")
_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|igshid|igsh|mc_[ce]id|ref|ref_src|si|lang"
)
_MOBILE = re.compile(
    r"(?:www\d?|m|mobile|touch|mbasic)\.(?=[^.]+\.)|[a-z]{2}-[a-z]{2}\.(?=facebook)|[a-z]{2}\.(?=linkedin\.)"
)


def host_name(text: str) -> str:
    """Return a host in ASCII and lower case; "" if it is none (or an IP address)."""
    host = text.strip().strip(".").lower()[:300]
    if not host.isascii():
        try:
            if idna:
                host = idna.encode(host, uts46=True).decode()
            else:
                host = host.encode("idna").decode()
        except UnicodeError:
            return ""
    return host if len(host) <= 253 and _HOST.fullmatch(host) else ""


def registrable_domain(host: str) -> str:
    """Return the part of a host that somebody has registered: acme.co.uk."""
    labels = host.split(".")
    size = 2
    if ".".join(labels[-2:]) in _HOSTING:
        size = 3
    elif len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL:
        size = 3
    return ".".join(labels[-size:])


@lru_cache(maxsize=1 << 12)
def is_free_mail(domain: str) -> bool:
    """Whether anybody can have an address there."""
    return domain in FREE_MAIL or domain.startswith(_FREE_MAIL_NAMES)


def normal_email(text: str) -> str:
    """Return an e-mail address in one way of writing; "" if it is none.

    Case and "+tag" go, and the dots of gmail's names; "Ann <ann@x.example>" is ann's.
    """
    text = text[: MAX_EMAIL * 2]
    if text.rstrip().endswith(">") and "<" in text:
        text = text[text.rindex("<") + 1 :].rstrip().rstrip(">")
    text = text.strip().lower().removeprefix("mailto:").partition("?")[0]
    local, at, domain = text.rpartition("@")
    if not at or len(text) > MAX_EMAIL or not _LOCAL.fullmatch(local):
        return ""
    domain = host_name(domain)
    if not domain:
        return ""
    local = local.partition("+")[0] or local
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", "") or local, "gmail.com"
    return f"{local}@{domain}"


def is_role(email: str) -> bool:
    """Whether a normalised address is that of a role: info@, sales.eu@, no-reply@."""
    local = email.partition("@")[0]
    if (
        local in ROLES
        or local.replace("-", "").replace(".", "").replace("_", "") in ROLES
    ):
        return True
    first = re.split(r"[.\-_\d]", local, maxsplit=1)[0]
    return first in ROLES and len(first) > 3


def quoted_emails(text: str) -> list[str]:
    """Return the e-mail addresses that ``text`` shows, normalised."""
    if "@" not in text:
        return []
    return [
        found for match in _EMAIL.finditer(text) if (found := normal_email(match[0]))
    ]


def without_emails(text: str) -> str:
    """Return ``text`` without the e-mail addresses that it shows."""
    return _EMAIL.sub(" ", text) if "@" in text else text


def split_url(text: str) -> tuple[str, str, str]:
    """Return host (ASCII, without www.), path and query of a web address.

    Three empty strings if it is none. The scheme may be missing.
    """
    text = text[:MAX_URL].strip()
    scheme, sep, rest = text.partition("://")
    if sep and scheme.lower() not in ("http", "https"):
        return "", "", ""
    rest = (rest if sep else text).partition("#")[0]
    rest, _mark, query = rest.partition("?")
    authority, _slash, path = rest.partition("/")
    if "@" in authority and not sep:
        return "", "", ""
    host = host_name(authority.rpartition("@")[2].partition(":")[0])
    return _MOBILE.sub("", host, count=1) if host else "", path, query


def normal_url(text: str) -> str:
    """Return a web address in one way of writing: ``host/path?query``, "" if none.

    Scheme, www., m., port, slash at the end, fragment and what only counts visits go.
    """
    host, path, query = split_url(text)
    if not host:
        return ""
    path = "/".join(part for part in path.split("/") if part)
    if path.lower() in ("index.html", "index.php", "index.htm", "home"):
        path = ""
    pairs = [pair for pair in parse_qsl(query) if not _TRACKING.fullmatch(pair[0])]
    query = f"?{urlencode(sorted(pairs))}" if pairs else ""
    return f"{host}/{path}{query}".rstrip("/")


def company_domain(host: str) -> str:
    """Return the registrable domain if it can tell who somebody is, else ""."""
    domain = registrable_domain(host)
    if is_free_mail(domain) or domain in _SHARED_SITES or host in _SHARED_SITES:
        return ""
    return "" if domain in _PROFILES or domain in _HOSTING else domain


def handle_of_url(text: str) -> tuple[str, str]:
    """Return (network, handle as written) of a profile's address; two empty strings
    for other addresses."""
    host, path, _query = split_url(text)
    parts = [unquote(part) for part in path.split("/") if part]
    if not host or not parts:
        return "", ""
    network, fronts = _PROFILES.get(registrable_domain(host), ("", ()))
    if host in _PROFILES:
        network, fronts = _PROFILES[host]
    if network and network != "mastodon":
        return _known_profile(network, fronts, parts)
    # ActivityPub servers may have any name.
    if parts[0].startswith("@") and len(parts) == 1:
        return "mastodon", parts[0] if "@" in parts[0][1:] else f"{parts[0]}@{host}"
    if parts[0] == "users" and len(parts) == 2:
        return "mastodon", f"{parts[1]}@{host}"
    return "", ""


def _known_profile(network, fronts, parts):
    first = parts[0]
    if "@" in fronts and first.startswith("@"):
        return network, first
    if len(parts) > 1 and first.lower() in fronts:
        if network == "facebook" and first == "people":
            return "", ""
        return network, parts[1]
    if "" in fronts and first.lower() not in _NO_HANDLES:
        return network, first
    return "", ""


def normal_network(text: str) -> str:
    """Return the code of a network: twitter is x."""
    name = text.strip().lower()[:40]
    return _NETWORKS.get(name, name)


def normal_handle(network: str, text: str) -> tuple[str, str]:
    """Return (network, handle) in one way of writing; the handle is "" if unusable.

    A handle of the form user@server names its network itself, so does a profile URL.
    """
    text = text.strip()[:300]
    if "/" in text:
        found, text = handle_of_url(text)
        network = found or network
    if ":" in text and not network:
        network, _colon, text = text.partition(":")
    network = normal_network(network)
    handle = text.strip().lstrip("@").lower()
    user, at, server = handle.partition("@")
    if at:
        server = host_name(server)
        handle = f"{user}@{server}" if user and server else ""
        network = network or "mastodon"
    elif handle.endswith(".bsky.social"):
        network = network or "bluesky"
    if network == "facebook":
        handle = handle.replace(".", "")
    return network, handle if len(handle) > 1 and " " not in handle else ""
