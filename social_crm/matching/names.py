"""Names as people write them, made comparable."""

import re
import unicodedata
from typing import NamedTuple

from .scripts import looks, mixes_scripts, to_latin

MAX_NAME = 200  # characters of a name that are read
MAX_WORDS = 8
PARTICLES = frozenset(
    "van von der den de del della dello dei di da das dos do du des la le les lo las"
    " los el al bin ibn bint ben abu abd ter ten te zu zum zur af av y e und i".split()
)
_TITLES = frozenset(
    "mr mrs ms miss mx dr prof professor sir dame rev herr frau hr fru monsieur madame"
    " mme mlle senor senora sra sr srta dona dott ing dipl mag mudr judr phd md dds esq"
    " jr jnr snr ii iii iv mba msc bsc llb llm cpa cfa dvm".split()
)
_LEGAL = frozenset(
    "gmbh ag kg ohg ug gbr mbh ev eg se inc incorporated ltd limited llc llp lp plc"
    " corp corporation co company sa sas sarl eurl srl spa snc bv nv vof cv as asa aps"
    " ab oy oyj kft zrt doo dd sp zoo pty pte pvt holding group the".split()
)
# What follows is a job, a motto, a second language; not the name.
_CUT = re.compile(r"[|•·~\u2014\u2013/;:]|\s-\s|\s@")
_BRACKETS = re.compile(r"\([^()]{0,100}\)|\[[^\[\]]{0,100}\]")
_QUOTED = re.compile(r"[\"“”„«]([^\"“”„«»]{1,40})[\"“”»]")
_APOSTROPHES = re.compile(r"(?<=\w)['’ʼ`´](?=\w)")
_HAN = re.compile("[\u4e00-\u9fff\uac00-\ud7a3]{2,4}")


class Name(NamedTuple):
    """A name, folded. ``first`` and ``last`` are single words, ``more`` the others
    (middle names, a second family name); ``given`` and ``family`` have all words of
    each without spaces. A lone word is ``first``."""

    first: str
    last: str
    more: tuple[str, ...]
    given: str
    family: str
    look: str  # how the whole is drawn
    disguised: bool  # letters of several scripts in one word


NO_NAME = Name("", "", (), "", "", "", False)


def fold(text: str) -> str:
    """Return ``text`` without case, accents, width and script: Ørsted is orsted."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return to_latin(text.casefold())


def words(text: str) -> list[str]:
    """Return the words of ``text``, folded: letters and digits only."""
    text = fold(_APOSTROPHES.sub("", text))
    if not text.isalnum():
        text = "".join(letter if letter.isalnum() else " " for letter in text)
    return text.split()


def _name_words(text: str) -> list[str]:
    found = words(text)
    kept = [word for word in found if word not in _TITLES] or found
    kept = [word for word in kept if not word.isdigit()] or kept
    merged: list[str] = []
    for word in kept[:MAX_WORDS]:
        if merged and merged[-1] in ("mc", "mac", "o") and len(word) > 2:
            merged[-1] += word
        else:
            merged.append(word)
    return merged


def _without_particles(found: list[str], whole: bool = False) -> list[str]:
    """``whole``: a given name comes first (Al, Ben, Le), never a particle."""
    return [
        word
        for place, word in enumerate(found)
        if word not in PARTICLES or (not place and (whole or len(word) == 1))
    ] or found


def parse_name(name: str = "", first: str = "", last: str = "") -> Name:
    """Return the ``Name`` of a person or company.

    ``first`` and ``last`` are believed when given; else ``name`` is taken apart: "Last,
    First", or the last word is the family name. Which is which may be wrong (Kim
    Min-jun): who compares tries both orders.
    """
    text = f"{first} {last}".strip() or name
    text = unicodedata.normalize("NFKC", text[:MAX_NAME])
    if not text:
        return NO_NAME
    disguised = any(mixes_scripts(word) for word in text.casefold().split())
    # Earl "Buddy" Carter goes by Buddy.
    called = words(found[1]) if (found := _QUOTED.search(text)) else []
    text = _QUOTED.sub(" ", text)
    if first or last:
        given = _name_words(_QUOTED.sub(" ", first[:MAX_NAME]))
        family = _without_particles(_name_words(last[:MAX_NAME]))
    else:
        given, family = _taken_apart(text)
    rest = (*called, *given[1:], *family[:-1])
    return Name(
        (given[0] if given else "")[:40],
        (family[-1] if family else "")[:40],
        tuple(word[:40] for word in rest if len(word) > 1)[:4],
        "".join(given)[:60],
        "".join(family)[:60],
        looks(text),
        disguised,
    )


def _taken_apart(text: str) -> tuple[list[str], list[str]]:
    cut = _BRACKETS.sub(" ", text)
    cut = _CUT.split(cut, maxsplit=1)[0] if any(map(str.isalpha, cut)) else cut
    before, comma, after = cut.partition(",")
    if comma:
        family, given = _name_words(before), _name_words(after)
        # "Ann Smith, PhD" and "Acme, Inc." have no given name behind the comma.
        if given and len(family) <= 2 and not _is_title(after):
            return given, _without_particles(family)
        cut = before
    whole = cut.strip()
    if _HAN.fullmatch(whole):
        return [fold(whole[1:])], [fold(whole[0])]
    found = _name_words(cut) or _name_words(text)
    plain = [word for word in found if word not in _LEGAL]
    found = _without_particles(plain or found, whole=True)
    return (found[:-1], found[-1:]) if len(found) > 1 else (found, [])


def _is_title(text: str) -> bool:
    found = words(text)
    return all(word in _TITLES or word in _LEGAL for word in found)


def company_words(text: str) -> tuple[str, ...]:
    """Return the words of a company's name without its legal form."""
    found = words(text[:MAX_NAME])
    return tuple([word for word in found if word not in _LEGAL] or found)[:MAX_WORDS]
