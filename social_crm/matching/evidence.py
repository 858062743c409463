"""What speaks for and against two records being one person, field by field.

``out`` is the list that every function adds its observations to: code, bits, and the
two values compared.
"""

from functools import lru_cache
from math import log2
from typing import NamedTuple

from . import handles
from .facts import Facts
from .nicknames import ROOTS, roots, same_name
from .population import MANY, Population
from .similarity import jaro_winkler, one_edit
from .weights import BITS, OTHER_NAME_BITS

# Jaro-Winkler of a misspelt and of a mangled word, and of what may yet be one.
CLOSE, NEAR, LEAST = 0.9, 0.75, 0.5


class Evidence(NamedTuple):
    bits: float  # the sum, with the prior
    reasons: list[tuple[str, float, tuple[str, ...]]]
    is_strong: bool  # an identifier that is one person's agrees
    contradicts: int  # the names are of two people: 0 or one of the three below


OTHER_FIRST, OTHER_NAME, FALSE_NAME = 1, 2, 3


def weigh(a: Facts, b: Facts, population: Population) -> Evidence:
    """Return all that ``a`` and ``b`` say about each other; the order is the same."""
    out = []
    contradicts = _names(a, b, population, out)
    _places(a, b, population, out)
    if a.birthdate and b.birthdate:
        _birthdates(a.birthdate, b.birthdate, out)
        # Families share a name and an address, not a birthday.
        if contradicts < FALSE_NAME and out[-1][0] in _SAME_BIRTHDAY:
            contradicts = 0
    is_strong = False
    if a.keys and b.keys:
        is_strong = _keys(a, b, population, contradicts, out)
        # Nor a number that is given to one person; names change, though not wholly.
        if contradicts == OTHER_FIRST and not a.keys.isdisjoint(b.keys) and a.ids:
            contradicts = OTHER_FIRST * all(o[0] != "id_same" for o in out)
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


_MISSPELT = (CLOSELY, NEARLY)


@lru_cache(maxsize=1 << 17)
def _level(a: str, b: str) -> int:
    if a == b:
        return SAME
    if len(a) == 1 or len(b) == 1:
        return INITIAL if a[0] == b[0] else DIFFERS
    if a in ROOTS and b in ROOTS and same_name(a, b):
        return NICKNAME
    likeness = jaro_winkler(a, b)
    if likeness >= CLOSE or (likeness >= LEAST and len(a) > 2 and one_edit(a, b)):
        return CLOSELY
    if likeness >= NEAR or (likeness >= LEAST and sorted(a) == sorted(b)):
        return NEARLY
    return DIFFERS


def _compared(table, level, a, b, population):
    """Return the observation of two words of a name."""
    code, bits = table[level]
    if level == DIFFERS:
        return code, bits, (a, b)
    if level == SAME or level == PART:
        bits += population.names.get(a, population.unseen["names"])
    elif bits > 0:
        # No rarer than the commoner of the two names.
        names, unseen = population.names, population.unseen["names"]
        bits = min(bits, names.get(a, unseen), names.get(b, unseen))
    return code, bits, (a, b)


def _names(a, b, population, out):
    """Add what the names say; return how they contradict, as in ``Evidence``."""
    a_first, a_last, b_first, b_last = a.first, a.last, b.first, b.last
    if a.look and (a.disguised or b.disguised or a.look == b.look) and _imitates(a, b):
        out.append(("name_lookalike", BITS["name_lookalike"], (a.name, b.name)))
        return FALSE_NAME
    first = last = crossed = other = -1
    found = []
    if a_last and b_last:
        last = _last_level(a, b)
        found.append(_compared(_LAST, last, a_last, b_last, population))
    if a_first and b_first:
        first = _first_level(a, b, last)
        one = _compared(_FIRST, first, a_first, b_first, population)
        if first == NICKNAME and not same_name(a_first, b_first):
            # No short form of the other: it stands among the other names.
            shared = a_first if a_first in b.more else b_first
            one = ("first_more", one[1], (shared, shared))
        found.append(one)
    if first == last == DIFFERS:
        found = [("name_differs", BITS["name_differs"], (a.name, b.name))]
    words = (a_first, b_first)
    if first > CLOSELY or last > CLOSELY or not found:
        # People and forms turn names round, and a lone word may be either.
        if a_first and b_last:
            crossed = _level(a_first, b_last)
        if a_last and b_first:
            other = _level(a_last, b_first)
        if 0 <= crossed < DIFFERS or 0 <= other < DIFFERS:
            turned = _turned(a, b, crossed, other, population)
            if not found or _sum(turned) > _sum(found):
                found, first, last, words = turned, other, crossed, (a_last, b_first)
    out += found
    if (first < 0 or last < 0) and (a.aliases or b.aliases):
        _aliases(a, b, first, last, population, out)
    if first == DIFFERS:
        return OTHER_FIRST if 0 <= last < DIFFERS else OTHER_NAME
    if last == DIFFERS and not 0 <= first <= CLOSELY:
        return OTHER_NAME
    return OTHER_FIRST if first in _MISSPELT and _two_names(*words) else 0


def _turned(a, b, crossed, other, population):
    """Return the observations of one name turned round; which of them is not known."""
    best = []
    if a.last and b.last:
        tables = ((_FIRST, _LAST), (_LAST, _FIRST))
    else:
        tables = ((_LAST, _LAST),)
    for table, opposite in tables:
        found = []
        if crossed >= 0:
            found.append(_compared(table, crossed, a.first, b.last, population))
        if other >= 0:
            found.append(_compared(opposite, other, a.last, b.first, population))
        if not best or _sum(found) > _sum(best):
            best = found
    if a.last and b.last:
        best.append(("name_swapped", BITS["name_swapped"], (a.name, b.name)))
    return best


def _sum(observations):
    return sum([observation[1] for observation in observations])


def _first_level(a, b, last):
    level = _level(a.first, b.first)
    if level > CLOSELY and (a.given != a.first or b.given != b.first):
        # Jean-Luc, Jean Luc and Jeanluc.
        level = min(level, _level(a.given, b.given))
    if level > PART and 0 <= last < INITIAL:
        if a.first in b.more or b.first in a.more:
            return NICKNAME  # one goes by another name of hers
    return level


@lru_cache(maxsize=1 << 12)
def _two_names(a, b):
    """Whether alike given names are of two people: Paul and Paula, Maria and Mario."""
    if same_name(a, b):
        return False
    if roots(a) and roots(b):
        return True
    short, long = sorted((a, b), key=len)
    if len(short) > 2 and long in (f"{short}a", f"{short}le", f"{short}ne"):
        return True
    return a[:-1] == b[:-1] and {a[-1], b[-1]} == {"a", "o"}


@lru_cache(maxsize=1 << 17)
def _family_level(a, b):
    level = _level(a, b)
    # Letters in disorder are no other name.
    if level == DIFFERS and min(len(a), len(b)) > 3 and a[0] in b and b[0] in a:
        if jaro_winkler("".join(sorted(a)), "".join(sorted(b))) >= CLOSE:
            return NEARLY
    return level


def _last_level(a, b):
    level = _family_level(a.last, b.last)
    if level > CLOSELY and (a.family != a.last or b.family != b.last):
        level = min(level, _level(a.family, b.family))
    if level > PART and (a.last in b.more or b.last in a.more):
        return PART
    return level


def _imitates(a, b):
    """Whether one name is drawn like the other but written otherwise."""
    if a.name == b.name:
        return False
    if a.disguised or b.disguised:
        return a.look == b.look or (a.first, a.last) == (b.first, b.last)
    return a.given + a.family != b.given + b.family


_HAS_FIRST = (handles.FULL, handles.NICK_LAST, handles.FIRST_INITIAL, handles.FIRST)
_HAS_LAST = (handles.FULL, handles.NICK_LAST, handles.INITIAL_LAST, handles.LAST)
_INITIAL_BITS = log2(12)
_PATTERNS = (
    "handle_none",
    "handle_other",
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
        if not other.ways or (one.first and one.last):
            continue
        for alias in one.aliases:
            for names in other.ways:
                found = _alias(alias, *names, first, last, population)
                if best is None or found[1] > best[1]:
                    best = (*found, (alias, other.name))
    if best:
        out.append(best)


def _alias(alias, first, last, has_first, has_last, population):
    pattern = handles.pattern(alias, first, last)
    names, unseen = population.names, population.unseen["names"]
    bits = BITS[_PATTERNS[pattern]]
    if pattern in _HAS_FIRST and has_first < 0:
        # As common as the commonest of its forms, if the handle may have any of them.
        forms = roots(first) if pattern == handles.NICK_LAST else ()
        bits += min(names.get(form, unseen) for form in (first, *forms))
    if pattern in _HAS_LAST and has_last < 0:
        bits += names.get(last, unseen)
    if pattern in (handles.INITIAL_LAST, handles.FIRST_INITIAL):
        bits += _INITIAL_BITS
    elif pattern in (handles.LOOSE, handles.OTHER) and has_last < 0:
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
                rare = max(rare - population.towns_of_zip, rare - agrees, 0.0)
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


_SAME_BIRTHDAY = ("birthdate_same", "birthdate_close")


def _birthdates(a, b, out):
    out.append((code := _birthdate_code(a, b), BITS[code], (a, b)))


def _birthdate_code(a, b):
    if a == b:
        return "birthdate_same"
    same_parts = (a[:4] == b[:4]) + (a[4:6] == b[4:6]) + (a[6:] == b[6:])
    is_turned = a[:4] == b[:4] and a[4:6] == b[6:] and a[6:] == b[4:6]
    if same_parts == 2 or is_turned:
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
            if contradicts and kind not in ("domain", "id"):
                bits = min(bits, OTHER_NAME_BITS - population.prior)
            if kind not in found or bits > found[kind][1]:
                found[kind] = (code, bits, (value, value))
            strong = strong or code in _STRONG
    if "id" not in found and a.ids and b.ids:
        is_close = len(a.ids[0]) > 5 and one_edit(a.ids[0], b.ids[0])
        code = "id_close" if is_close else "id_differs"
        found["id"] = (code, BITS[code], (a.ids[0], b.ids[0]))
    if "email" not in found and (mine := _personal(a)) and (theirs := _personal(b)):
        found["email"] = _emails(mine, theirs)
    if "url" in found or found.get("email", ("email_differs",))[0] != "email_differs":
        found.pop("domain", None)  # it is said already
    if "phone" not in found and a.phones and b.phones:
        values = (a.phones[0], b.phones[0])
        found["phone"] = ("phone_differs", BITS["phone_differs"], values)
    if "handle" not in found and not a.users.isdisjoint(b.users):
        user = min(a.users & b.users)
        found["handle"] = ("handle_alike", BITS["handle_alike"], (user, user))
    if found.get("handle", ("",))[0] in ("handle_same", "handle_linked"):
        # What the same handle says of the name is nothing new.
        out[:] = [one for one in out if not one[0].startswith("handle_")]
    out += found.values()
    return strong


_STRONG = frozenset(("email_same", "phone_same", "url_verified", "id_same"))


def _key(kind, key, a, b, population):
    """Return code and bits of an identifier that both have."""
    if kind == "domain":
        if key in a.shared | b.shared and not _same_email(a, b):
            return "domain_shared", BITS["domain_shared"]
        value = key[len("domain:") :]
        rare = population.domains.get(value, population.unseen["domains"])
        return "domain_same", max(BITS["domain_same"] + rare, 0.0)
    if kind == "handle" and (key in a.linked or key in b.linked):
        return "handle_linked", BITS["handle_linked"]
    if kind in ("handle", "id"):
        return f"{kind}_same", BITS[f"{kind}_same"]
    many = population.holders.get(key, 1)
    if key in a.shared or key in b.shared or many >= MANY:
        code = f"{kind}_shared"
    elif kind == "url":
        is_verified = key in a.verified or key in b.verified
        is_told = key in a.told or key in b.told
        code = "url_told" if is_told else "url_same"
        code = "url_verified" if is_verified else code
    elif key in a.told or key in b.told:
        code = f"{kind}_told"
    else:
        is_quoted = key in a.quoted or key in b.quoted
        code = f"{kind}_quoted" if is_quoted else f"{kind}_same"
    bits = BITS[code]
    return code, bits if code.endswith("_shared") else max(bits - log2(many), 0.0)


def _same_email(a, b):
    return any(key.startswith("email:") for key in a.keys & b.keys)


def _personal(facts):
    """Return the addresses of which one has another; of info@ it says nothing."""
    if not facts.shared:
        return facts.emails
    return [one for one in facts.emails if f"email:{one}" not in facts.shared]


def _emails(mine, theirs):
    """Return the observation of addresses of which none is the same."""
    best = "email_differs"
    values = (mine[0], theirs[0])
    for one in mine[:3]:
        user, _at, host = one.partition("@")
        if len(user) < 5:
            continue
        for other in theirs[:3]:
            other_user, _at, other_host = other.partition("@")
            if not one_edit(user, other_user):
                continue
            if host == other_host or jaro_winkler(host, other_host) >= CLOSE:
                return "email_close", BITS["email_close"], (one, other)
            if user == other_user:
                best, values = "email_user", (one, other)
    return best, BITS[best], values


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
