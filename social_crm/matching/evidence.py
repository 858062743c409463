"""What speaks for and against two records being one person, field by field.

``out`` is the list that every function adds its observations to: code, bits, and the
two values compared.
"""

from functools import lru_cache
from math import log2
from typing import NamedTuple

from . import handles
from .facts import Facts
from .nicknames import same_name
from .population import MANY, Population
from .similarity import jaro_winkler, one_edit
from .weights import BITS, OTHER_NAME_BITS

CLOSE, NEAR = 0.9, 0.75  # Jaro-Winkler of a misspelt and of a mangled word


class Evidence(NamedTuple):
    bits: float  # the sum, with the prior
    reasons: list[tuple[str, float, tuple[str, ...]]]
    is_strong: bool  # an identifier that is one person's agrees
    contradicts: bool  # the names are of two people


def weigh(a: Facts, b: Facts, population: Population) -> Evidence:
    """Return all that ``a`` and ``b`` say about each other; the order is the same."""
    out = []
    contradicts = _names(a, b, population, out)
    _places(a, b, population, out)
    if a.birthdate and b.birthdate:
        _birthdates(a.birthdate, b.birthdate, out)
    is_strong = False
    if a.keys and b.keys:
        is_strong = _keys(a, b, population, contradicts, out)
    if a.company or b.company:
        _companies(a, b, population, out)
    if a.language and b.language:
        _languages(a.language, b.language, population, out)
    bits = population.prior
    for observation in out:
        bits += observation[1]
    return Evidence(bits, out, is_strong, contradicts)


# -- Names

SAME, NICKNAME, CLOSELY, PART, INITIAL, NEARLY, DIFFERS = range(7)
_FIRST = tuple(
    (f"first_{name}", BITS[f"first_{name}"])
    for name in "same nickname close close initial near differs".split()
)
_LAST = tuple(
    (f"last_{name}", BITS[f"last_{name}"])
    for name in "same close close part initial near differs".split()
)


@lru_cache(maxsize=1 << 17)
def _level(a: str, b: str) -> int:
    if a == b:
        return SAME
    if len(a) == 1 or len(b) == 1:
        return INITIAL if a[0] == b[0] else DIFFERS
    if same_name(a, b):
        return NICKNAME
    likeness = jaro_winkler(a, b)
    if likeness >= CLOSE or (len(a) > 3 and one_edit(a, b)):
        return CLOSELY
    return NEARLY if likeness >= NEAR else DIFFERS


def _compared(table, level, a, b, population):
    """Return the observation of two words of a name."""
    code, bits = table[level]
    if level == SAME or level == PART:
        bits += population.names.get(a, population.unseen["names"])
    elif bits > 0:
        # No rarer than the commoner of the two names.
        names, unseen = population.names, population.unseen["names"]
        bits = min(bits, names.get(a, unseen), names.get(b, unseen))
    return code, bits, (a, b)


def _names(a, b, population, out):
    """Add what the names say; return whether they are of two people."""
    a_first, a_last, b_first, b_last = a.first, a.last, b.first, b.last
    if a.look and (a.disguised or b.disguised or a.look == b.look) and _imitates(a, b):
        out.append(("name_lookalike", BITS["name_lookalike"], (a.name, b.name)))
        return True
    first = _level(a_first, b_first) if a_first and b_first else -1
    last = _last_level(a, b) if a_last and b_last else -1
    found = []
    if first >= 0:
        found.append(_compared(_FIRST, first, a_first, b_first, population))
    if last >= 0:
        found.append(_compared(_LAST, last, a_last, b_last, population))
    if first > CLOSELY or last > CLOSELY or (first < 0 and last < 0):
        # People and forms turn names round, and a lone word may be either.
        crossed = _level(a_first, b_last) if a_first and b_last else -1
        other = _level(a_last, b_first) if a_last and b_first else -1
        turned = [("name_swapped", BITS["name_swapped"], (a.name, b.name))]
        if crossed >= 0:
            turned.append(_compared(_LAST, crossed, a_first, b_last, population))
        if other >= 0:
            turned.append(_compared(_FIRST, other, a_last, b_first, population))
        if len(turned) > 1 and _sum(turned) > _sum(found):
            found, first, last = turned, other, crossed
    out += found
    if (first < 0 or last < 0) and (a.aliases or b.aliases):
        _aliases(a, b, first, last, population, out)
    return first == DIFFERS or (last == DIFFERS and first > CLOSELY)


def _sum(observations):
    return sum([observation[1] for observation in observations])


def _last_level(a, b):
    level = _level(a.last, b.last)
    if level > PART and (a.last in b.more or b.last in a.more):
        return PART
    return level


def _imitates(a, b):
    """Whether one name is drawn like the other but written otherwise."""
    if a.name == b.name or (a.first, a.last) == (b.first, b.last):
        return (a.disguised != b.disguised) and a.name != b.name
    return a.look == b.look and not (a.first == b.last and a.last == b.first)


_NEEDS_FIRST = {
    handles.FULL: 0.0,
    handles.NICK_LAST: 1.0,
    handles.FIRST_INITIAL: 0.0,
    handles.FIRST: 0.0,
}
_NEEDS_LAST = (handles.FULL, handles.NICK_LAST, handles.INITIAL_LAST, handles.LAST)
_INITIAL_BITS = log2(12)
_PATTERNS = (
    "handle_none",
    "handle_first",
    "handle_loose",
    "handle_last",
    "handle_first_initial",
    "handle_initial",
    "handle_nickname",
    "handle_full",
)


def _aliases(a, b, first, last, population, out):
    """Add what handles (and personal e-mail addresses) say of a name that one lacks."""
    best = None
    for one, other in ((a, b), (b, a)):
        if not other.first or (one.first and one.last):
            continue
        for alias in one.aliases:
            found = _alias(alias, other.first, other.last, first, last, population)
            if best is None or found[1] > best[1]:
                best = (*found, (alias, other.name))
    if best:
        out.append(best)


def _alias(alias, first, last, has_first, has_last, population):
    pattern = handles.pattern(alias, first, last)
    names, unseen = population.names, population.unseen["names"]
    bits = BITS[_PATTERNS[pattern]]
    if pattern in _NEEDS_FIRST and has_first < 0:
        bits += names.get(first, unseen) - _NEEDS_FIRST[pattern]
    if pattern in _NEEDS_LAST and has_last < 0:
        bits += names.get(last, unseen)
    if pattern in (handles.INITIAL_LAST, handles.FIRST_INITIAL):
        bits += _INITIAL_BITS
    elif pattern == handles.LOOSE and has_last < 0:
        # Short names are inside of many words: a handle has about 15 places.
        bits += min(names.get(last, unseen), len(last) * log2(12) - log2(15))
    return _PATTERNS[pattern], bits


# -- Places


def _places(a, b, population, out):
    agrees = 0.0
    if a.zip and b.zip:
        values = (a.zip, b.zip)
        if a.zip == b.zip:
            agrees = population.zips.get(a.zip, population.unseen["zips"])
            out.append(("zip_same", BITS["zip_same"] + agrees, values))
        else:
            code = "zip_close" if one_edit(a.zip, b.zip) else "zip_differs"
            out.append((code, BITS[code], values))
    if a.city and b.city:
        values = (a.city, b.city)
        level = _level(a.city, b.city)
        if level == SAME:
            rare = population.cities.get(a.city, population.unseen["cities"])
            if agrees:
                # A postcode has few towns: what both say is what the pair says.
                pair = population.places.get((a.city, a.zip), max(agrees, rare))
                rare = max(pair - agrees, 0.0)
            out.append(("city_same", BITS["city_same"] + rare, values))
            agrees += rare + 1
        elif level in (CLOSELY, NICKNAME):
            out.append(("city_close", BITS["city_close"], values))
        else:
            out.append(("city_differs", BITS["city_differs"], values))
    if a.state and b.state:
        agrees = _region("state", a.state, b.state, agrees, population, out)
    if a.country and b.country:
        _region("country", a.country, b.country, agrees, population, out)


_COUNTS = {"state": "states", "country": "countries"}


def _region(kind, a, b, agrees, population, out):
    """Add a state or a country; inside of a town that agrees it says nothing new."""
    if a == b:
        if not agrees:
            counts = _COUNTS[kind]
            bits = getattr(population, counts).get(a, population.unseen[counts])
            out.append((f"{kind}_same", BITS[f"{kind}_same"] + bits, (a, b)))
        return 1.0
    # "ca" and "kalifornien" may be the same: a code says nothing about a name.
    if (len(a) < 4) == (len(b) < 4):
        out.append((f"{kind}_differs", BITS[f"{kind}_differs"], (a, b)))
    return agrees


# -- Birth dates


def _birthdates(a, b, out):
    out.append((code := _birthdate_code(a, b), BITS[code], (a, b)))


@lru_cache(maxsize=1 << 14)
def _birthdate_code(a, b):
    if a == b:
        return "birthdate_same"
    same_parts = (a[:4] == b[:4]) + (a[4:6] == b[4:6]) + (a[6:] == b[6:])
    is_turned = a[:4] == b[:4] and a[4:6] == b[6:] and a[6:] == b[4:6]
    if same_parts == 2 or is_turned or one_edit(a, b):
        return "birthdate_close"
    return "birthdate_near" if same_parts else "birthdate_differs"


# -- Identifiers


def _keys(a, b, population, contradicts, out):
    """Add identifiers that agree or not; return whether one is strong."""
    strong = False
    found = {}
    if not a.keys.isdisjoint(b.keys):
        for key in a.keys & b.keys:
            kind, _colon, value = key.partition(":")
            code, bits = _key(kind, key, a, b, population)
            if contradicts and kind != "domain":
                bits = min(bits, OTHER_NAME_BITS)
            if kind not in found or bits > found[kind][1]:
                found[kind] = (code, bits, (value, value))
            strong = strong or code in _STRONG
    if "email" in found or "url" in found:
        found.pop("domain", None)
    if "email" not in found and a.emails and b.emails:
        found["email"] = _emails(a.emails, b.emails)
    if "phone" not in found and a.phones and b.phones:
        values = (a.phones[0], b.phones[0])
        found["phone"] = ("phone_differs", BITS["phone_differs"], values)
    if "handle" not in found and not a.users.isdisjoint(b.users):
        user = min(a.users & b.users)
        found["handle"] = ("handle_alike", BITS["handle_alike"], (user, user))
    out += found.values()
    return strong


_STRONG = frozenset(("email_same", "phone_same", "url_verified"))


def _key(kind, key, a, b, population):
    """Return code and bits of an identifier that both have."""
    if kind == "domain":
        value = key[len("domain:") :]
        rare = population.domains.get(value, population.unseen["domains"])
        return "domain_same", max(BITS["domain_same"] + rare, 0.0)
    if kind == "handle":
        return "handle_same", BITS["handle_same"]
    many = population.holders.get(key, 1)
    if key in a.shared or key in b.shared or many >= MANY:
        code = f"{kind}_shared"
    elif kind == "url":
        is_verified = key in a.verified or key in b.verified
        code = "url_verified" if is_verified else "url_same"
    else:
        is_quoted = key in a.quoted or key in b.quoted
        code = f"{kind}_quoted" if is_quoted else f"{kind}_same"
    bits = BITS[code]
    return code, bits if code.endswith("_shared") else max(bits - log2(many), 0.0)


def _emails(a, b):
    """Return the observation of addresses of which none is the same."""
    best = "email_differs", (a[0], b[0])
    for one in a[:3]:
        for other in b[:3]:
            code = _email_code(one, other)
            if BITS[code] > BITS[best[0]]:
                best = code, (one, other)
    return best[0], BITS[best[0]], best[1]


@lru_cache(maxsize=1 << 14)
def _email_code(a, b):
    a_user, _at, a_host = a.partition("@")
    b_user, _at, b_host = b.partition("@")
    if len(a_user) > 4 and one_edit(a_user, b_user):
        if a_host == b_host or jaro_winkler(a_host, b_host) >= CLOSE:
            return "email_close"
    return "email_user" if a_user == b_user and len(a_user) > 4 else "email_differs"


# -- Work and language


def _companies(a, b, population, out):
    values = (a.company, b.company)
    if a.company and b.company:
        if a.company == b.company:
            rare = population.companies.get(a.company, population.unseen["companies"])
            bits = BITS["company_same"] + rare
            if any(observation[0] == "domain_same" for observation in out):
                bits = min(bits, 2.0)  # the domain has said it
            out.append(("company_same", bits, values))
        elif jaro_winkler(*values) >= CLOSE:
            out.append(("company_close", BITS["company_close"], values))
        else:
            out.append(("company_differs", BITS["company_differs"], values))
        return
    company, bio = (a.company, b.bio) if a.company else (b.company, a.bio)
    if len(company) > 3 and f" {company} " in bio:
        out.append(("company_in_bio", BITS["company_in_bio"], (company, company)))


def _languages(a, b, population, out):
    if a == b:
        rare = population.languages.get(a, population.unseen["languages"])
        out.append(("language_same", BITS["language_same"] + min(rare, 3.0), (a, b)))
    else:
        out.append(("language_differs", BITS["language_differs"], (a, b)))
