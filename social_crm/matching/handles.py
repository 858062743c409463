"""What a handle says about a name: annsmith92, jsmith, SenatorSmith, smith_berlin."""

import re
from functools import lru_cache

from .names import fold
from .nicknames import same_name

NOTHING, FIRST, LOOSE, LAST, FIRST_INITIAL, INITIAL_LAST, NICK_LAST, FULL = range(8)

# Words that people put around their name.
_AROUND = tuple(
    "the real thereal official officially iam im its itsme this hello hey hi ask team"
    " mr mrs ms miss mister dr doc prof professor sir lady lord coach chef dj mc rev"
    " pastor father captain capt president minister senator sen representative rep"
    " congressman congresswoman congress governor gov mayor councillor cllr judge"
    " author writer artist music musician photo photos photography art arts design"
    " designer dev code codes press office hq tv live online blog vlog page fan fans"
    " vote for fitness yoga law lawyer attorney realtor realty homes travel travels"
    " comedy actor actress singer band games gaming media news mail email home family"
    " official1 usa uk eu".split()
)
_WORDS_AROUND = frozenset(_AROUND)
# Only longer ones are cut off where nothing shows the end of the word.
_LONG_AROUND = tuple(sorted((w for w in _AROUND if len(w) > 4), key=len, reverse=True))
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_LETTERS = re.compile(r"[\W\d_]+")
MAX_HANDLE = 60


def words_of_handle(text: str) -> str:
    """Return the words of a handle as written, folded, parted by spaces.

    Digits and words that people put around their name (the real, official, senator) are
    left out, unless nothing else is there.
    """
    text = _HUMP.sub(" ", text[:MAX_HANDLE])
    found = fold(_NOT_LETTERS.sub(" ", text)).split()
    kept = [word for word in found if word not in _WORDS_AROUND] or found
    return " ".join(_without_around(word) for word in kept)


def _without_around(word: str) -> str:
    for around in _LONG_AROUND:
        rest = len(word) - len(around)
        if rest > 2 and word.startswith(around):
            return word[len(around) :]
        if rest > 2 and word.endswith(around):
            return word[:rest]
    return word


@lru_cache(maxsize=1 << 16)
def pattern(alias: str, first: str, last: str) -> int:
    """Return how a handle's words hold the name ``first`` ``last``: one of

    FULL (annsmith), NICK_LAST (bobsmith for Robert), INITIAL_LAST (asmith), LAST (smith
    alone or as a word), LOOSE (smith somewhere), FIRST_INITIAL (anns), FIRST, NOTHING.
    """
    text = alias.replace(" ", "")
    best = NOTHING
    if len(last) > 1:
        edges = {0, len(text)}
        place = 0
        for word in alias.split():
            place += len(word)
            edges.add(place)
        start = text.find(last)
        while start >= 0 and best < FULL:
            end = start + len(last)
            best = max(best, _with_last(text[:start], text[end:], first))
            if best < LAST and start in edges and end in edges:
                best = LAST
            start = text.find(last, start + 1)
    if best < LAST and len(first) > 2:
        best = max(best, _with_first(alias, text, first, last))
    return best


def _with_last(left: str, right: str, first: str) -> int:
    if not left and not right:
        return LAST
    best = LOOSE
    for rest in (left, right):
        if not rest or not first:
            continue
        if rest == first or (len(first) > 3 and first in rest):
            return FULL
        if same_name(rest, first) or (len(rest) > 2 and first.startswith(rest)):
            best = max(best, NICK_LAST)
        elif rest[0] == first[0] and len(rest) < 3 and rest == left + right:
            best = max(best, INITIAL_LAST)
    return best


def _with_first(alias: str, text: str, first: str, last: str) -> int:
    for name in (first, *alias.split()[:1]):
        if name != first and not same_name(name, first):
            continue
        if text.startswith(name):
            rest = text[len(name) :]
            if rest and last and last.startswith(rest):
                return FIRST_INITIAL
        if name in alias.split():
            return FIRST
    return NOTHING
