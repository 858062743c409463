"""Whose profile is it? Read from whatever a person pastes to say so, without asking.

Nothing here goes over the network, so two things stay unknown: which immutable key
belongs to a handle, and whether a server of the fediverse gives its people another
domain than its own (``https://social.example.org/@ann`` may be ``@ann@example.org``).
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import idna

MAX_LENGTH = 100_000  # characters that are read of one paste
MAX_CANDIDATES = 500  # words of it that are tried, fewer of other scripts
_MAX_WORD = 4096
_MAX_LABEL = 30
_MAX_HOST = 253
_MAX_UNICODE_HOST = 64
_MAX_QUERY_FIELDS = 50


@dataclass(frozen=True, slots=True)
class ProfileAddress:
    """One profile on one network, as far as an address tells.

    ``network`` is a key of ``NETWORKS``, "mastodon" (any server of the fediverse), or
    "web" for a page of no known network, which has no handle. ``handle`` is written as
    connectors store it; where the network ignores case but shows it, it is as pasted.
    ``url`` is the profile's page (https). ``uri`` is the key that never changes (DID,
    YouTube channel, number), "" where only the network could tell. One of ``handle``
    and ``uri`` may be empty.
    """

    network: str
    handle: str
    url: str
    uri: str = ""


class _Address(NamedTuple):
    """An address on a known network: path and query are decoded, ``path`` has no ""."""

    path: list[str]
    query: dict[str, str]


class _Who(NamedTuple):
    """Whom an address names: a name that can change, a key that cannot, or neither."""

    name: str = ""
    uid: str = ""


# -- Where the name stands in a path


def _first(address: _Address) -> _Who:
    return _Who(address.path[0].removeprefix("@"))


def _at_sign(address: _Address) -> _Who:
    first = address.path[0]
    return _Who(first[1:]) if first.startswith("@") else _Who()


def _under(*folders: str) -> Callable[[_Address], _Who]:
    def find(address: _Address) -> _Who:
        is_there = address.path[0].lower() in folders and len(address.path) > 1
        return _Who(address.path[1].removeprefix("@")) if is_there else _Who()

    return find


def _with_folder(*folders: str) -> Callable[[_Address], _Who]:
    """The folder is a part of the name, as in in/ann and company/acme."""
    find = _under(*folders)

    def find_both(address: _Address) -> _Who:
        name = find(address).name
        return _Who(f"{address.path[0].lower()}/{name}" if name else "")

    return find_both


# -- Networks whose addresses have several forms


def _bluesky(address: _Address) -> _Who:
    name = _under("profile", "starter-pack", "start")(address).name
    return _Who(uid=name.lower()) if _DID.fullmatch(name.lower()) else _Who(name)


def _x(address: _Address) -> _Who:
    path, query = address
    if path[0].lower() == "intent":
        asked = path[1:2] in (["user"], ["follow"])
        name = query.get("screen_name", "").removeprefix("@")
        return _Who(name, _number(query.get("user_id"))) if asked else _Who()
    if path[0].lower() == "i":
        return _Who(uid=_number(path[2]) if path[1:2] == ["user"] and path[2:] else "")
    return _first(address)


def _facebook(address: _Address) -> _Who:
    path, query = address
    first = path[0].lower()
    if first in ("profile.php", "permalink.php", "story.php"):
        return _Who(uid=_number(query.get("id")))
    if first in ("people", "pages") and len(path) > 2:
        last = path[-1] if path[1] == "category" else path[2]
        return _Who(uid=_number(last.rpartition("-")[2]))
    if first == "groups":
        return _Who(uid=_number(path[3]) if path[2:3] == ["user"] and path[3:] else "")
    name = path[1] if first in ("p", "pg") and path[1:] else path[0].removeprefix("@")
    # Pages without a name of their own have their number in the address.
    number = _number(name.rpartition("-")[2], 6)
    return _Who(uid=number) if number else _Who("" if name.endswith(".php") else name)


def _instagram(address: _Address) -> _Who:
    named = address.path[0] in ("stories", "_u", "m") and len(address.path) > 1
    return _Who(address.path[1]) if named else _first(address)


def _linkedin(address: _Address) -> _Who:
    path = address.path
    while len(path) > 1 and path[0].lower() in ("comm", "mwlite", "m"):
        path = path[1:]
    find = _with_folder("in", "company", "school", "showcase")
    return find(address._replace(path=path))


def _youtube(address: _Address) -> _Who:
    first = address.path[0]
    if first.lower() == "channel" and len(address.path) > 1:
        return _Who(uid=address.path[1] if _CHANNEL.fullmatch(address.path[1]) else "")
    if first.lower() in ("c", "user"):
        return _with_folder("c", "user")(address)
    return _Who(first)


def _reddit(address: _Address) -> _Who:
    path = address.path
    if path[0].lower() == "r" and path[1:] and path[1].lower().startswith("u_"):
        return _Who(path[1][2:])
    return _under("u", "user")(address)


def _github(address: _Address) -> _Who:
    found = _under("orgs", "sponsors", "stars", "users")(address)
    return found if found.name else _first(address)


def _hacker_news(address: _Address) -> _Who:
    return _Who(address.query.get("id", "") if address.path == ["user"] else "")


def _vk(address: _Address) -> _Who:
    number = _number(address.path[0].removeprefix("id"))
    return _Who(uid=number) if number else _first(address)


def _stack_overflow(address: _Address) -> _Who:
    return _Who(uid=_number(_under("users")(address).name))


def _snapchat(address: _Address) -> _Who:
    found = _under("add")(address)
    return found if found.name else _at_sign(address)


def _telegram(address: _Address) -> _Who:
    found = _under("s")(address)
    return found if found.name else _first(address)


def _tumblr(address: _Address) -> _Who:
    path = [part for part in address.path if part.lower() not in ("blog", "view")]
    return _first(address._replace(path=path)) if path else _Who()


def _number(text: str | None, shortest: int = 1) -> str:
    is_number = text and len(text) >= shortest and _NUMBER.fullmatch(text)
    return text if is_number else ""


_NUMBER = re.compile("[0-9]{1,20}")
_CHANNEL = re.compile("UC[A-Za-z0-9_-]{22}")
_DID = re.compile(r"did:(?:plc:[a-z2-7]{24}|web:[a-z0-9-]+(?:\.[a-z0-9-]+)+)")
# Letters, marks and digits of any script: no other ASCII than "-", ".", "_".
_ANY_SCRIPT = r"[^\x00-,/:-@\[-^`{-\xa0\u2000-\u206f\u3000-\u3003\ufffd\s]"


class _Network(NamedTuple):
    """How one network writes its people.

    ``hosts`` show its pages; ``page`` is the profile's address by name, ``page_by_id``
    by key; ``name`` is what a name may be, ``shown`` how it is written, ``bare`` what
    is added before one that was typed alone; ``reserved`` are words that look like
    names; ``is_small`` says that the network writes names in small letters only.
    """

    hosts: str
    page: str
    name: str
    find: Callable[[_Address], _Who] = _first
    shown: str = "{}"
    bare: str = ""
    reserved: str = ""
    is_small: bool = False
    page_by_id: str = ""


_HOST_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST_NAME = rf"(?:{_HOST_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])"
_DOTTED = r"(?!\.)(?!.*\.\.)[A-Za-z0-9._]{%s}(?<!\.)"

# A new network is one entry here.
NETWORKS: dict[str, _Network] = {
    "behance": _Network(
        "behance.net",
        "https://www.behance.net/{}",
        "[A-Za-z0-9_-]{2,50}",
        reserved="assets collection galleries gallery hire joblist live onboarding",
    ),
    "bluesky": _Network(
        "bsky.app bsky.social deer.social",
        "https://bsky.app/profile/{}",
        _HOST_NAME,
        _bluesky,
        "@{}",
        reserved="handle.invalid",
        is_small=True,
        page_by_id="https://bsky.app/profile/{}",
    ),
    "codeberg": _Network(
        "codeberg.org",
        "https://codeberg.org/{}",
        "[A-Za-z0-9][A-Za-z0-9._-]{0,39}",
        reserved="assets issues org pulls user",
    ),
    "dribbble": _Network(
        "dribbble.com",
        "https://dribbble.com/{}",
        "[A-Za-z0-9_-]{2,50}",
        reserved="designers following jobs session shots stories tags",
    ),
    "facebook": _Network(
        "business.facebook.com facebook.com fb.com m.me",
        "https://www.facebook.com/{}",
        "[A-Za-z0-9.]{2,60}",
        _facebook,
        page_by_id="https://www.facebook.com/profile.php?id={}",
        reserved="ads ajax bookmarks business careers dialog directory donate events"
        " flx friends fundraisers games gaming groups hashtag legal live marketplace"
        " media messages messenger notes notifications p pages people pg photo photos"
        " plugins policies posts public recover reel reels reg saved share sharer"
        " stories story tr video videos watch",
    ),
    "github": _Network(
        "gist.github.com github.com",
        "https://github.com/{}",
        "[A-Za-z0-9][A-Za-z0-9_-]{0,38}",
        _github,
        reserved="apps codespaces collections contact customer-stories dashboard"
        " enterprise events features gist issues join marketplace new notifications"
        " orgs organizations pricing pulls readme security site sponsors stars team"
        " topics trending users",
    ),
    "gitlab": _Network(
        "gitlab.com",
        "https://gitlab.com/{}",
        "[A-Za-z0-9_][A-Za-z0-9._-]{1,254}",
        reserved="api admin dashboard groups projects public snippets users",
    ),
    "hackernews": _Network(
        "news.ycombinator.com",
        "https://news.ycombinator.com/user?id={}",
        "[A-Za-z0-9_-]{2,15}",
        _hacker_news,
    ),
    "instagram": _Network(
        "ig.me instagr.am instagram.com",
        "https://www.instagram.com/{}",
        _DOTTED % "1,30",
        _instagram,
        "@{}",
        is_small=True,
        reserved="_n _u accounts api ar archive challenge developer direct directory"
        " download emails graphql highlights legal locations m nametag p popular push"
        " reel reels s session stories tags topics tv web",
    ),
    "linkedin": _Network(
        "linkedin.com",
        "https://www.linkedin.com/{}",
        rf"(?:in|company|school|showcase)/{_ANY_SCRIPT}{{2,100}}",
        _linkedin,
        bare="in/",
        reserved="in/me",
    ),
    "medium": _Network(
        "medium.com", "https://medium.com/@{}", r"[A-Za-z0-9._-]{1,50}", _at_sign, "@{}"
    ),
    "patreon": _Network(
        "patreon.com",
        "https://www.patreon.com/{}",
        "[A-Za-z0-9_-]{1,64}",
        reserved="apps c create creators cw join m messages notifications portal posts"
        " pricing product user",
    ),
    "pinterest": _Network(
        "pinterest.com pinterest.at pinterest.ca pinterest.ch pinterest.cl pinterest.de"
        " pinterest.dk pinterest.es pinterest.fr pinterest.ie pinterest.it pinterest.jp"
        " pinterest.nz pinterest.ph pinterest.pt pinterest.se pinterest.co.kr"
        " pinterest.co.uk pinterest.com.au pinterest.com.mx",
        "https://www.pinterest.com/{}",
        "[A-Za-z0-9_]{3,30}",
        is_small=True,
        reserved="_tools business categories ideas pin today topics",
    ),
    "producthunt": _Network(
        "producthunt.com",
        "https://www.producthunt.com/@{}",
        "[A-Za-z0-9_]{1,40}",
        _at_sign,
        "@{}",
    ),
    "reddit": _Network(
        "reddit.com",
        "https://www.reddit.com/user/{}",
        "[A-Za-z0-9_-]{3,20}",
        _reddit,
        "u/{}",
        reserved="me",
    ),
    "snapchat": _Network(
        "snapchat.com",
        "https://www.snapchat.com/@{}",
        r"[A-Za-z][A-Za-z0-9._-]{2,14}",
        _snapchat,
        is_small=True,
    ),
    "soundcloud": _Network(
        "soundcloud.com",
        "https://soundcloud.com/{}",
        "[A-Za-z0-9_-]{3,25}",
        is_small=True,
        reserved="charts discover jobs pages people popular stations"
        " stream tags upload you",
    ),
    "stackoverflow": _Network(
        "stackoverflow.com",
        "",
        "(?!)",
        _stack_overflow,
        page_by_id="https://stackoverflow.com/users/{}",
    ),
    "substack": _Network(
        "substack.com",
        "https://substack.com/@{}",
        "[A-Za-z0-9_-]{1,64}",
        _at_sign,
        "@{}",
        is_small=True,
    ),
    "telegram": _Network(
        "t.me telegram.dog telegram.me",
        "https://t.me/{}",
        "[A-Za-z][A-Za-z0-9_]{3,31}",
        _telegram,
        "@{}",
        reserved="addemoji addlist addstickers addtheme boost giftcode invoice"
        " joinchat proxy setlanguage share socks",
    ),
    "threads": _Network(
        "threads.com threads.net",
        "https://www.threads.com/@{}",
        _DOTTED % "1,30",
        _at_sign,
        "@{}",
        is_small=True,
    ),
    "tiktok": _Network(
        "tiktok.com",
        "https://www.tiktok.com/@{}",
        _DOTTED % "2,24",
        _at_sign,
        "@{}",
        is_small=True,
    ),
    "tumblr": _Network(
        "tumblr.com",
        "https://www.tumblr.com/{}",
        "[A-Za-z0-9-]{1,32}",
        _tumblr,
        is_small=True,
        reserved="communities dashboard developers docs inbox likes new"
        " register policy reblog tagged themes",
    ),
    "twitch": _Network(
        "twitch.tv",
        "https://www.twitch.tv/{}",
        "[A-Za-z0-9_]{3,25}",
        is_small=True,
        reserved="collections directory downloads friends inventory jobs p popout"
        " subscriptions team turbo videos wallet",
    ),
    "vimeo": _Network(
        "vimeo.com",
        "https://vimeo.com/{}",
        "(?![0-9]+$)[A-Za-z0-9_-]{2,60}",
        reserved="album blog categories channels create enterprise event features"
        " for-hire groups join live manage ondemand pricing showcase stock upgrade"
        " upload watch",
    ),
    "vk": _Network(
        "vk.com vk.ru",
        "https://vk.com/{}",
        r"[A-Za-z0-9_.]{3,32}",
        _vk,
        reserved="al_feed.php apps away.php clips feed friends groups im market music"
        " services share.php video",
        page_by_id="https://vk.com/id{}",
    ),
    "x": _Network(
        "x.com twitter.com fixupx.com fixvx.com fxtwitter.com nitter.net vxtwitter.com"
        " xcancel.com",
        "https://x.com/{}",
        "[A-Za-z0-9_]{1,15}",
        _x,
        "@{}",
        reserved="account compose download hashtag i intent jobs lists login messages"
        " notifications oauth share who_to_follow widgets",
        page_by_id="https://x.com/i/user/{}",
    ),
    "xing": _Network(
        "xing.com",
        "https://www.xing.com/{}",
        "(?:profile|pages)/[A-Za-z0-9_.-]{2,100}",
        _with_folder("profile", "pages"),
        bare="profile/",
    ),
    "youtube": _Network(
        "music.youtube.com youtube.com",
        "https://www.youtube.com/{}",
        rf"(?:@|(?:c|user)/)?{_ANY_SCRIPT}{{1,60}}",
        _youtube,
        bare="@",
        reserved="account ads app attribution_link audiolibrary c channel channels clip"
        " creators embed feed gaming hashtag howyoutubeworks intl jobs kids live"
        " live_chat movies music new oembed paid_memberships playables playlist"
        " podcasts post premium redirect reporthistory results s shopping shorts source"
        " sports t trends tv upload user v watch watch_videos"
        " yt",
        page_by_id="https://www.youtube.com/channel/{}",
    ),
}

# Whose pages stand under which host; "" names nobody, "web" is no server of the
# fediverse, though it looks like one.
_HOSTS = {
    **{host: code for code in NETWORKS for host in NETWORKS[code].hosts.split()},
    **dict.fromkeys(
        "amzn.to bit.ly bl.ink buff.ly cutt.ly dlvr.it fb.me fb.watch g.co go.bsky.app"
        " goo.gl is.gd lnkd.in on.soundcloud.com ow.ly pin.it pic.twitter.com rb.gy"
        " rebrand.ly redd.it s.id shorturl.at snip.ly spoti.fi t.co t.ly tiny.cc"
        " tinyurl.com trib.al v.gd vm.tiktok.com vt.tiktok.com wp.me youtu.be".split(),
        "",
    ),
    **dict.fromkeys(
        "dev.to discord.com esm.sh figma.com glitch.com hashnode.com hive.blog jsr.io"
        " linktr.ee npmjs.com observablehq.com odysee.com peakd.com roblox.com"
        " stackexchange.com steemit.com trustpilot.com unpkg.com unsplash.com"
        " xiaohongshu.com".split(),
        "web",
    ),
}
# Hosts that mean the same as the one above them.
_SAME_SITE = re.compile(
    r"(?:www\.)?(?:(?:www|m|mobile|mbasic|touch|web|old|new|np|i|amp|free|lite|"
    r"[a-z]{2}(?:-[a-z]{2})?)\.)?"
)
# Where a person's name is the host below it.
_NAMES_BELOW = {"medium": "medium.com", "telegram": "t.me", "tumblr": "tumblr.com"}
# Everybody may have a handle below these.
_HANDLE_HOSTS = (".bsky.social", ".ap.brid.gy", ".web.brid.gy")
# They pass us on to the address in one of their parameters.
_WRAPPERS = frozenset(
    (
        "google.com/url",
        "l.facebook.com",
        "l.instagram.com",
        "l.threads.com",
        "l.threads.net",
        "linkedin.com/redir",
        "linkedin.com/safety",
        "lm.facebook.com",
        "safelinks.protection.outlook.com",
        "slack-redir.net",
        "youtube.com/redirect",
    )
)
_WRAPPED = ("url", "u", "q")
# Networks that servers of the fediverse show as one of them.
_FEDERATED = ("threads",)
# What stands there before the "@" is an e-mail address.
_MAIL_HOSTS = frozenset(
    "163.com aol.com free.fr gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net"
    " googlemail.com hotmail.com hotmail.fr icloud.com laposte.net libero.it live.com"
    " mac.com mail.ru me.com msn.com orange.fr outlook.com pm.me proton.me"
    " protonmail.com qq.com t-online.de web.de yahoo.com yahoo.co.uk yandex.ru"
    " ymail.com".split()
)
# How people call the networks before a handle; "web" marks an address of any kind.
_LABELS = {code: code for code in (*NETWORKS, "mastodon", "web")} | {
    "blog": "web",
    "bsky": "bluesky",
    "fb": "facebook",
    "fediverse": "mastodon",
    "homepage": "web",
    "ig": "instagram",
    "insta": "instagram",
    "site": "web",
    "twitter": "x",
    "website": "web",
    "yt": "youtube",
}
# Of addresses without a scheme, so that "e.g." or "node.js" is none.
_TOP_DOMAINS = frozenset(
    "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm"
    " bn bo br bs bt bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz"
    " de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge gf gg gh gi gl"
    " gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je"
    " jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc"
    " md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl"
    " no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa"
    " sb sc sd se sg sh si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk"
    " tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za"
    " zm zw"
    " academy agency app art bar berlin bike biz blog business cafe camp care center"
    " church city clinic cloud club coach codes com community company consulting cool"
    " coop design dev digital directory earth edu education email energy engineer"
    " events exchange expert family farm finance fit foundation fun fund fyi gallery"
    " games garden gay global gmbh gov green group guide guru hamburg health help host"
    " house info ink institute int jobs kitchen koeln land legal lgbt life link live"
    " london love ltd media mil mobi moe money museum name net network news ngo nyc one"
    " online ooo org page paris party photo photography photos pics pink place plus"
    " press pro pub quebec radio red rest restaurant reviews rocks run sale school"
    " science scot services shop show site social software solutions space store studio"
    " style support swiss systems team tech technology tips today tools top town toys"
    " travel tube university ventures video vip vision website wien wiki wine work"
    " works world wtf xxx xyz yoga zone"
    " бг бел дети ею ком мкд мон москва онлайн орг рус рф сайт срб укр қаз ελ հայ გე"
    " ישראל ایران پاکستان السعودية المغرب امارات تونس شبكة عمان قطر مصر موقع भारत ভারত"
    " বাংলা ไทย 한국 닷컴 みんな コム 世界 中国 中國 中文网 公司 台湾 台灣 商城 在线"
    " 我爱你 新加坡 移动 网址 网络 网站 香港".split()
)
_HOST = re.compile(_HOST_NAME)
_FEDIVERSE_NAME = re.compile("[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,126}[A-Za-z0-9_])?")
_NAMES = {code: re.compile(network.name) for code, network in NETWORKS.items()}
_RESERVED = {
    code: frozenset(
        "about explore help home index.html login logout privacy search settings"
        " signup terms tos".split()
        + network.reserved.split()
    )
    for code, network in NETWORKS.items()
}
_TRACKING = re.compile(
    r"(?:^|&)(?:utm_\w+|fbclid|gclid|igshid|msclkid|mc_[ce]id)=[^&]*"
)
# Signs without a shape: controls, joiners, directions, fillers, variants, halves.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\U000e0000-\U000e0fff]"
)
_INPUT_METHODS = str.maketrans("＠：／", "@:/")
_PIECES = re.compile(r"[^\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029,;|，、；。]+")
_WORDS = re.compile(r"""(?:(?!\(https?:)[^\s<>"“”„«»‹›‘’'`\[\]{}])+""", re.IGNORECASE)
# What tells an address or a handle from a word, also from the last of a sentence.
_MARKS = re.compile(r"[@/]|[.:]\w")
_OPENING = frozenset("([*:!>-=~")
_CLOSING = frozenset(")].,:;!?*~")


def parse_profile(text: str, network: str = "") -> ProfileAddress | None:
    """Return the one profile that ``text`` names; None if it is none or not only one.

    ``network`` says where a bare handle belongs; of several profiles it picks the one
    there. An address that names its network itself is taken as what it is.
    """
    found = parse_profiles(text, network)
    if len(found) > 1 and network:
        found = [one for one in found if one.network == _code(network)]
    return found[0] if len(found) == 1 else None


def parse_profiles(text: str, network: str = "") -> list[ProfileAddress]:
    """Return the profiles that ``text`` names, in its order, each once.

    It may be a list, a signature or any other text: then only what cannot be a plain
    word counts. Reads ``MAX_LENGTH`` characters and tries ``MAX_CANDIDATES`` words.
    """
    if len(text) > MAX_LENGTH:
        # Not the half of a word: it would be another person's name.
        text = text[: max(text.rfind(mark, 0, MAX_LENGTH) for mark in " \n,") + 1]
    text = _INVISIBLE.sub("", text).translate(_INPUT_METHODS)
    found: dict[tuple[str, str], ProfileAddress] = {}
    effort = 0
    for word, chosen, may_be_bare in _candidates(text, network):
        # Hosts of other scripts and escapes take their time for each sign.
        is_plain = word.isascii() and "xn--" not in word
        effort += 1 + (0 if is_plain else len(word) // 8) + word.count("%") // 16
        if effort > MAX_CANDIDATES:
            break
        if profile := _parse(word, chosen, may_be_bare):
            key = profile.uri or (profile.handle or profile.url).lower()
            found.setdefault((profile.network, key), profile)
    return list(found.values())


def _code(network: str) -> str:
    return _LABELS.get(network.strip().lower(), network)


def _candidates(text: str, network: str) -> Iterator[tuple[str, str, bool]]:
    """Yield each word that may be a profile, its network, and whether it may be bare.

    A bare word is a handle only where nothing else can be meant: in a list of them, or
    alone behind the name of a network.
    """
    network = _code(network)
    pieces = _PIECES.findall(text)
    is_list = bool(network) and all(len(piece.split(None, 1)) < 2 for piece in pieces)
    above = ""  # the network that the line before names
    for piece in pieces:
        hint, above = above, _label(piece) if len(piece) < _MAX_LABEL else ""
        if not (is_list or ":" in piece or _MARKS.search(piece)):
            continue
        chosen, may_be_bare = network, is_list
        head, colon, tail = piece.partition(":")
        if colon and (label := _label(head)):
            piece, chosen, may_be_bare = tail, label, len(tail.split(None, 1)) == 1
        for word in _WORDS.findall(piece):
            if may_be_bare or _MARKS.search(word):
                word = _trim(word[: _MAX_WORD + 1])
                is_hinted = hint and word.startswith("@")
                yield word, hint if is_hinted else chosen, may_be_bare
            if word.isalpha():
                hint = _LABELS.get(word.lower(), "")


def _label(text: str) -> str:
    """Return the network whose name ends ``text``, "" if none does."""
    words = text.lower().rsplit(None, 1)
    return _LABELS.get(words[-1].strip(":"), "") if words else ""


def _trim(word: str) -> str:
    """Take off the punctuation and the pictures around a word."""
    start, end = 0, len(word)
    while start < end and _is_around(word[start], _OPENING):
        start += 1
    # A page's own brackets come in pairs.
    pairs = word.count("(", start)
    while end > start and _is_around(word[end - 1], _CLOSING):
        if word[end - 1] == ")" and word.count(")", start, end) <= pairs:
            break
        end -= 1
    return word[start:end]


def _is_around(char: str, signs: frozenset[str]) -> bool:
    return char in signs or (
        ord(char) > 127 and unicodedata.category(char)[0] not in "LMN"
    )


def _parse(word: str, network: str, may_be_bare: bool) -> ProfileAddress | None:
    if not word or len(word) > _MAX_WORD:
        return None
    try:
        return _parse_word(word, network, may_be_bare)
    except ValueError:  # of urllib and idna: no address
        return None


def _parse_word(word: str, network: str, may_be_bare: bool) -> ProfileAddress | None:
    scheme, colon, rest = word.partition(":")
    scheme = scheme.lower() if colon else ""
    if scheme in ("http", "https"):
        return _from_url(rest, network)
    if scheme == "at":
        return _from_path("bluesky", _Address(["profile", *_split(rest)], {}))
    if scheme == "did":
        return _from_path("bluesky", _Address(["profile", word], {}))
    if scheme in ("acct", "mailto"):
        word = rest.partition("?")[0]
        may_be_bare = may_be_bare or scheme == "acct"
        network = "mastodon" if scheme == "acct" else network
    name, at, server = word.removeprefix("@").partition("@")
    if at and "/" not in name:
        is_meant = word.startswith("@") or (network == "mastodon" and may_be_bare)
        return _fediverse(name, server) if is_meant and name else None
    if word.lower().startswith(("u/", "/u/")) and network in ("", "reddit"):
        return _from_path("reddit", _Address(_split(word), {}))
    return _without_scheme(word, network, may_be_bare)


def _without_scheme(
    word: str, network: str, may_be_bare: bool
) -> ProfileAddress | None:
    """Read an address without "https://", a path on a network, or a bare handle."""
    host, slash, path = word.removeprefix("//").partition("/")
    host = host.partition("?")[0].partition("#")[0].lower()
    code = _look_up(host)[0]
    is_known = code is not None
    if word.startswith("@") or (network in NETWORKS and not slash and not is_known):
        name = word.removeprefix("@")
        if name.lower().endswith(_HANDLE_HOSTS):
            return _named("bluesky", name)
        if network in NETWORKS and not host.startswith("www."):
            is_meant = may_be_bare or word.startswith("@")
            bare = NETWORKS[network].bare
            return _named(network, bare + name) if is_meant else None
    top = host.partition(":")[0].rpartition(".")[2]
    is_host = "." in host and (
        is_known
        or host.startswith("www.")
        or path.startswith("@")
        or top in _TOP_DOMAINS
        or top.startswith("xn--")
    )
    if is_host and not word.startswith(("@", "/")):
        return _from_url(f"//{word}", network)
    if may_be_bare and slash and network in NETWORKS:
        return _from_path(network, _Address(_split(word), {}))
    return _from_url(word, network) if word.startswith("//") else None


def _split(path: str) -> list[str]:
    """Return the parts of a path, decoded. Raises ValueError if it is no text."""
    path = path.partition("?")[0].partition("#")[0]
    if "%" in path or not path.isascii():
        parts = (unquote(part, errors="strict") for part in path.split("/"))
        path = [unicodedata.normalize("NFC", _INVISIBLE.sub("", p)) for p in parts]
    else:
        path = path.split("/")
    return [part for part in path if part]


def _from_url(rest: str, network: str, depth: int = 0) -> ProfileAddress | None:
    """Read a web address, from behind its scheme. Raises ValueError."""
    # What browsers forgive, and what forms do that write "https://" themselves.
    rest = rest.replace("\\", "/").replace("/#!/", "/").lstrip("/")
    if rest.lower().startswith(("http://", "https://")):
        rest = rest.partition(":")[2].lstrip("/")
    parts = urlsplit(f"https://{rest}")
    host, port = _ascii_host(parts.hostname or ""), parts.port
    if not host or "@" in parts.netloc:
        return None
    path = _split(parts.path)
    if depth < 2 and (inner := _unwrap(host, path, parts.query)):
        return _from_url(inner.partition(":")[2], network, depth + 1)
    if host.endswith(_HANDLE_HOSTS):
        return _named("bluesky", host)
    code, below = _look_up(host)
    if code in NETWORKS:
        if _SAME_SITE.fullmatch(below):
            query = dict(parse_qsl(parts.query, max_num_fields=_MAX_QUERY_FIELDS))
            return _from_path(code, _Address(path, query))
        is_name = host == f"{below}{_NAMES_BELOW.get(code)}" and below.count(".") == 1
        return _named(code, below[:-1]) if is_name else None
    if code == "":
        return None
    authority = host if port in (None, 80, 443) else f"{host}:{port}"
    if code is None and (person := _on_server(path, host, authority, network)):
        return person
    if network == "bluesky" and not path:
        return _named("bluesky", host.removeprefix("www."))
    page = quote(parts.path.rstrip("/"), safe="/%:@!$&'()*+,;=~-._")
    query = _TRACKING.sub("", parts.query).lstrip("&")
    query = quote(f"?{query}" if query else "", safe="/%:@!$&'()*+,;=~-._?")
    return ProfileAddress("web", "", f"https://{authority}{page}{query}")


def _ascii_host(host: str) -> str:
    """Return a public host's name in its ASCII form, "" if it is none."""
    host = host.rstrip(".").lower()
    if not host.isascii():
        # The library needs its time for each letter.
        if len(host) > _MAX_UNICODE_HOST:
            return ""
        host = idna.encode(host, uts46=True).decode()
    is_host = len(host) <= _MAX_HOST and _HOST.fullmatch(host)
    return host if is_host else ""


def _parents(host: str) -> Iterator[str]:
    """Yield the host and those above it, the nearest first."""
    labels = host.split(".")[-6:]
    yield host
    for start in range(1, len(labels) - 1):
        yield ".".join(labels[start:])


def _look_up(host: str) -> tuple[str | None, str]:
    """Return what _HOSTS says, None if nothing, and what stands before that host."""
    for parent in _parents(host):
        if (code := _HOSTS.get(parent)) is not None:
            return code, host.removesuffix(parent)
    return None, ""


def _unwrap(host: str, path: list[str], query: str) -> str:
    """Return the address to which a known redirect leads, "" if it is none."""
    folder = path[0].lower() if path else ""
    for parent in _parents(host):
        if parent in _WRAPPERS or f"{parent}/{folder}" in _WRAPPERS:
            values = dict(parse_qsl(query, max_num_fields=_MAX_QUERY_FIELDS))
            inner = next((values[key] for key in _WRAPPED if key in values), "")
            return inner if inner.lower().startswith(("http:", "https:")) else ""
    return ""


def _from_path(code: str, address: _Address) -> ProfileAddress | None:
    who = NETWORKS[code].find(address) if address.path else _Who()
    return _named(code, who.name, who.uid)


def _named(code: str, name: str, uid: str = "") -> ProfileAddress | None:
    """Return the profile of that name or key; None if the network has no such names."""
    network = NETWORKS[code]
    if code == "bluesky" and name:
        name = _ascii_host(name)
    if network.is_small:
        name = name.lower()
    if not _NAMES[code].fullmatch(name) or name.lower() in _RESERVED[code]:
        name = ""
    if name:
        page = network.page.format(quote(name, safe="/@:"))
        return ProfileAddress(code, network.shown.format(name), page, uid)
    return (
        ProfileAddress(code, "", network.page_by_id.format(uid), uid) if uid else None
    )


def _on_server(
    path: list[str], host: str, authority: str, network: str
) -> ProfileAddress | None:
    """Read a page on what may be a server of the fediverse, or a client of one."""
    if path and path[0].lower() in ("web", "deck"):
        path = path[1:]
    if path[1:] and path[1].startswith("@") and "." in path[0]:
        # A client that shows many servers.
        host = authority = _ascii_host(path[0])
        path = path[1:]
    if not path:
        return None
    first, host = path[0], host.removeprefix("www.")
    if first.startswith("@"):
        name, _at, remote = first[1:].partition("@")
        return _fediverse(name, remote or host, "" if remote else authority)
    if first == "users" and path[1:] and not path[1].isdecimal():
        return _fediverse(path[1], host, authority)
    if path[:2] == ["ap", "users"] and path[2:] and path[2].isdecimal():
        actor = f"https://{authority}/ap/users/{path[2]}"
        return ProfileAddress("mastodon", "", actor, actor)
    if network == "mastodon" and len(path) == 1:
        return _fediverse(first, host, authority)
    return None


def _fediverse(name: str, server: str, authority: str = "") -> ProfileAddress | None:
    """Return the person of that name on a server, or on the network that it is."""
    host = _ascii_host(server.rstrip("/"))
    if not host or host in _MAIL_HOSTS or not _FEDIVERSE_NAME.fullmatch(name):
        return None
    code = _look_up(host)[0]
    if code in NETWORKS and code not in _FEDERATED:
        return _named(code, NETWORKS[code].bare + name)
    if code not in (None, *_FEDERATED):
        return None
    # Servers show the hosts of other scripts as they are read.
    shown = idna.decode(host) if "xn--" in host else host
    return ProfileAddress(
        "mastodon", f"@{name}@{shown}", f"https://{authority or host}/@{name}"
    )
