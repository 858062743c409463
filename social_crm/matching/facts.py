"""What is known of a profile or of a record, in comparable form."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from . import addresses, names, phones, places
from .handles import words_of_handle

MAX_TEXT = 5000  # characters of a bio that are read
MAX_ITEMS = 20  # e-mails, phones … of one record


@dataclass(frozen=True, slots=True)
class Facts:
    """What ``facts_of`` has found; empty where nothing is known.

    ``keys`` are the exact identifiers as ``kind:value`` (email, phone, url, domain,
    handle, id). Those in ``shared`` belong to a role, those in ``quoted`` stand only in
    the bio, those in ``told`` somebody else has told us, those in ``verified`` are
    websites that link back to the profile, those in ``linked`` are handles that the
    website of the record links to.
    """

    name: str
    first: str
    last: str
    more: tuple[str, ...]
    given: str
    family: str
    look: str
    disguised: bool
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    urls: tuple[str, ...]
    ids: tuple[str, ...]
    handles: tuple[tuple[str, str], ...]
    keys: frozenset[str]
    shared: frozenset[str]
    quoted: frozenset[str]
    told: frozenset[str]
    verified: frozenset[str]
    linked: frozenset[str]
    users: frozenset[str]  # handles without network and server
    ways: tuple[tuple[str, str], ...]  # given and family name as a handle may have it
    aliases: tuple[str, ...]  # words of handles and of personal e-mail addresses
    city: str
    zip: str
    state: str
    country: str
    company: str
    language: str
    birthdate: str  # YYYYMMDD
    bio: str


def facts_of(record: dict) -> Facts:
    """Return the ``Facts`` of a record; every key is optional, and junk is ignored.

    Keys: ``name first_name last_name emails phones urls verified_urls told_emails
    told_phones told_urls ids handles linked_handles city state zip country company
    language bio birthdate``. ``emails``, ``phones``, ``urls``, ``verified_urls``
    (websites that link back to the profile), those with ``told_`` (what somebody else
    says) and ``ids`` (numbers that one person alone has: a membership, a tax number)
    are a string or several. ``handles`` are strings (``@ann@server.example``,
    ``x:ann``, an address), pairs of network and handle, or a dict by network; so are
    ``linked_handles``, found on the record's website. ``city`` may be what the author
    gave ("Berlin, Germany"); ``country`` is a name or an ISO code; ``birthdate`` a
    date, ``YYYY-MM-DD`` or ``YYYYMMDD``.
    """
    get = record.get if isinstance(record, Mapping) else {}.get
    city, state, country = _place(get)
    bio = _text(get("bio"), MAX_TEXT)
    display = _text(get("name"), names.MAX_NAME)
    first = _text(get("first_name"), names.MAX_NAME)
    last = _text(get("last_name"), names.MAX_NAME)
    name = names.parse_name(display, first, last)
    found = _Found()
    found.read_record(get, country.upper())
    found.read_bio(bio, country.upper())
    if any(map(get, _TOLD)):
        found.read_told(get, country.upper())
    return Facts(
        name=display or f"{first} {last}".strip(),
        first=name.first,
        last=name.last,
        more=name.more,
        given=name.given,
        family=name.family,
        look=name.look,
        disguised=name.disguised,
        emails=tuple(found.emails),
        phones=tuple(found.phones),
        urls=tuple(found.urls),
        ids=tuple(found.ids),
        handles=tuple(found.handles),
        keys=frozenset(found.keys),
        shared=frozenset(found.shared),
        quoted=frozenset(found.quoted),
        told=frozenset(found.told),
        verified=frozenset(found.verified),
        linked=frozenset(found.linked),
        users=frozenset(found.users),
        ways=_ways(name),
        aliases=tuple(found.aliases)[:6],
        city=city,
        zip=places.postcode(_text(get("zip"), 20)),
        state=state,
        country=country,
        company=" ".join(names.company_words(_text(get("company"), names.MAX_NAME))),
        language=_text(get("language"), 20).lower().replace("-", "_").partition("_")[0],
        birthdate=_day(get("birthdate")),
        bio=f" {' '.join(names.words(addresses.without_emails(bio)))} " if bio else "",
    )


_TOLD = ("told_emails", "told_phones", "told_urls")


class _Found:
    """Identifiers while they are collected; dicts are sets in the order of finding."""

    def __init__(self):
        self.emails, self.phones, self.urls, self.handles = {}, {}, {}, {}
        self.ids = {}
        self.keys, self.shared, self.quoted, self.verified = set(), set(), set(), set()
        self.told, self.linked = set(), set()
        self.users, self.aliases = {}, {}

    def read_record(self, get, country):
        for value in _texts(get("emails"), addresses.MAX_EMAIL * 2):
            self.add_email(addresses.normal_email(value))
        for value in _texts(get("phones"), phones.MAX_PHONE):
            self.add_phone(phones.e164(value, country))
        for value in _texts(get("urls"), addresses.MAX_URL):
            self.add_url(value)
        for value in _texts(get("verified_urls"), addresses.MAX_URL):
            if url := self.add_url(value):
                self.verified.add(f"url:{url}")
        for value in _texts(get("ids"), 60):
            if number := "".join(filter(str.isalnum, names.fold(value))):
                self.ids[number] = True
                self.keys.add(f"id:{number}")
        for network, value in _handles(get("handles")):
            self.add_handle(network, value)
        if linked := get("linked_handles"):
            given = set(self.keys)
            for network, value in _handles(linked):
                self.add_handle(network, value)
            self.linked |= self.keys - given

    def read_told(self, get, country):
        """Read what somebody else says: new is only what is not known already."""
        given = set(self.keys)
        for value in _texts(get("told_emails"), addresses.MAX_EMAIL * 2):
            self.add_email(addresses.normal_email(value))
        for value in _texts(get("told_phones"), phones.MAX_PHONE):
            self.add_phone(phones.e164(value, country))
        for value in _texts(get("told_urls"), addresses.MAX_URL):
            self.add_url(value)
        self.told |= self.keys - given

    def read_bio(self, bio, country):
        if not bio:
            return
        given = set(self.keys)
        emails = addresses.quoted_emails(bio)[:MAX_ITEMS]
        for email in sorted(emails, key=addresses.is_role):
            known = set(self.keys)
            self.add_email(email)
            if addresses.is_role(email):
                # Customers name it, too: it does not say that they work there.
                self.shared |= self.keys - known
        for number in phones.quoted_phones(bio, country)[:MAX_ITEMS]:
            self.add_phone(number)
        self.quoted |= self.keys - given

    def add_email(self, email):
        if not email or email in self.emails:
            return
        self.emails[email] = True
        self.keys.add(f"email:{email}")
        local, _at, host = email.rpartition("@")
        if domain := addresses.company_domain(host):
            self.keys.add(f"domain:{domain}")
        if addresses.is_role(email):
            self.shared.add(f"email:{email}")
        elif words := words_of_handle(local):
            self.aliases[words] = True

    def add_phone(self, number):
        if number:
            self.phones[number] = True
            self.keys.add(f"phone:{number}")

    def add_url(self, text):
        network, handle = addresses.handle_of_url(text)
        if network:
            self.add_handle(network, handle)
            return ""
        url = addresses.normal_url(text)
        if url:
            self.urls[url] = True
            self.keys.add(f"url:{url}")
            host = url.partition("/")[0].partition("?")[0]
            if domain := addresses.company_domain(host):
                self.keys.add(f"domain:{domain}")
        return url

    def add_handle(self, network, text):
        network, handle = addresses.normal_handle(network, text)
        if not handle or (network, handle) in self.handles:
            return
        self.handles[network, handle] = True
        self.keys.add(f"handle:{network}:{handle}")
        written = text.strip()[:300].rstrip("/").rpartition("/")[2].rpartition(":")[2]
        user = written.lstrip("@").partition("@")[0]
        if network == "bluesky":
            user = user.removesuffix(".bsky.social")
            user = user.rpartition(".")[0] if user == written else user
        if len(user) > 3:
            self.users[user.lower()] = True
        is_number = network == "youtube" and len(user) == 24 and user.startswith("UC")
        if not is_number and (words := words_of_handle(user)):
            self.aliases[words] = True


def _ways(name: names.Name) -> tuple[tuple[str, str], ...]:
    if not name.first:
        return ()
    ways = {(name.first, name.last): True}
    if name.family != name.last:
        ways[name.first, name.family] = True
    for word in name.more[:2]:
        ways[word, name.last] = True
    return tuple(ways)


def _place(get) -> tuple[str, str, str]:
    city, _comma, around = _text(get("city"), 200).partition(",")
    state, country = _text(get("state"), 60), _text(get("country"), 60)
    parts = [part for part in around.split(",") if part.strip()]
    if parts and not country:
        last = places.country_code(parts[-1])
        if len(last) == 2 and (len(parts) > 1 or not places.is_state(parts[-1])):
            country = parts.pop()
    if parts and not state:
        state = parts[0]
    return places.town(city), places.state_code(state), places.country_code(country)


def _text(value, limit: int) -> str:
    """Return a text, cut; numbers as text, anything else as nothing."""
    if isinstance(value, str):
        text = value[:limit]
    elif isinstance(value, int) and not isinstance(value, bool):
        text = str(value)[:limit] if -(10**30) < value < 10**30 else ""
    else:
        return ""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return text.strip()


def _texts(value, limit: int) -> list[str]:
    """Return the texts of a string or of several."""
    if isinstance(value, list | tuple | set | frozenset):
        several = (
            sorted(value, key=str) if isinstance(value, set | frozenset) else value
        )
        texts = [_text(item, limit) for item in several[:MAX_ITEMS]]
        return [text for text in texts if text]
    text = _text(value, limit)
    return [text] if text else []


def _handles(value) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for network, handles in list(value.items())[:MAX_ITEMS]:
            for handle in _texts(handles, 300):
                yield _text(network, 40), handle
        return
    if not isinstance(value, list | tuple | set | frozenset):
        value = [value]
    for item in list(value)[:MAX_ITEMS]:
        if isinstance(item, list | tuple) and len(item) == 2:
            yield _text(item[0], 40), _text(item[1], 300)
        elif text := _text(item, 300):
            yield "", text


def _day(value) -> str:
    if isinstance(value, date):
        return value.strftime("%Y%m%d").zfill(8)
    text = _text(value, 10)
    digits = "".join(filter(str.isdigit, text))
    return digits if len(digits) == 8 and digits.isascii() else ""
