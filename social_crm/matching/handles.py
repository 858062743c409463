"""What a handle says about a name: annsmith92, jsmith, SenatorSmith, smith_berlin."""

import re
from functools import lru_cache

from .names import fold
from .nicknames import FORMS, ROOTS, roots, same_name

NOTHING, OTHER, FIRST, LOOSE, LAST, FIRST_INITIAL, INITIAL_LAST, NICK_LAST, FULL = (
    range(9)
)
MAX_HANDLE = 60
# Words that people put around their name.
AROUND = frozenset(
    "the real thereal official officially iam im its itsme this hello hey hi ask team"
    " mr mrs ms miss mister dr doc prof professor sir lady lord coach chef dj rev"
    " pastor father captain capt president minister senator sen representative rep"
    " congressman congresswoman congress governor gov mayor councillor cllr judge"
    " leader speaker author writer artist music musician photo photos photography art"
    " arts design designer dev code codes press office hq tv live online blog vlog"
    " page fan fans vote for fitness yoga law lawyer attorney realtor realty homes"
    " travel travels comedy actor actress singer band games gaming media news mail"
    " email home family usa uk eu us of in".split()
)
_LONGEST_AROUND = max(map(len, AROUND))
_HUMP = re.compile(r"(?<=[a-z])(?<!Mc)(?<!Mac)(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_LETTERS = re.compile(r"[\W\d_]+")


def words_of_handle(text: str) -> str:
    """Return the words of a handle as written, folded, parted by spaces.

    Digits and words that people put around their name (the real, official, senator) are
    left out, unless nothing else is there.
    """
    text = _HUMP.sub(" ", text[:MAX_HANDLE])
    found = fold(_NOT_LETTERS.sub(" ", text)).split()
    kept = [word for word in found if word not in AROUND] or found
    return " ".join(_without_around(word) for word in kept)


def _without_around(word: str) -> str:
    """Cut off long words that nothing parts from the name; short ones may be of it."""
    for size in range(min(len(word) - 3, _LONGEST_AROUND), 4, -1):
        if word[:size] in AROUND:
            return word[size:]
        if word[-size:] in AROUND:
            return word[:-size]
    return word


@lru_cache(maxsize=1 << 16)
def pattern(alias: str, first: str, last: str) -> int:
    """Return how a handle's words hold the name ``first`` ``last``: one of

    FULL (annsmith), NICK_LAST (bobsmith for Robert), INITIAL_LAST (asmith), LAST
    (smith), LOOSE (smith and something else), FIRST_INITIAL (anns), FIRST (ann), OTHER
    (smith and another given name), NOTHING.
    """
    text = alias.replace(" ", "")
    best = NOTHING
    if len(last) > 1:
        start = text.find(last)
        while start >= 0:
            end = start + len(last)
            best = max(best, _beside_last(text[:start], text[end:], first))
            start = text.find(last, start + 1)
    if best < LAST and len(first) > 2:
        best = max(best, _with_first(alias, text, first, last))
    return best


def _beside_last(left: str, right: str, first: str) -> int:
    rests = [rest for rest in (left, right) if rest and rest not in AROUND]
    if not rests:
        return LAST
    best = LOOSE
    for rest in rests if first else ():
        if rest == first or (len(first) > 3 and first in rest):
            return FULL
        if len(first) > 1 and _is_around(rest, first):
            return FULL
        if any(_is_around(rest, form) for form in _forms(first)):
            best = NICK_LAST
        elif len(rest) > 2 and first.startswith(rest):
            best = NICK_LAST
        elif len(rest) < 3 and rest[0] == first[0] and len(rests) == 1:
            best = max(best, INITIAL_LAST)
    if best == LOOSE:
        if all(len(rest) < 3 for rest in rests):
            return LAST
        if any(_is_given(rest) for rest in rests):
            return OTHER
    return best


@lru_cache(maxsize=1 << 12)
def _forms(first: str) -> tuple[str, ...]:
    """Return other forms of a given name that are long enough to be told apart."""
    found = {form for root in roots(first) for form in (root, *FORMS[root])}
    return tuple(sorted(form for form in found - {first} if len(form) > 2))


def _is_around(text: str, name: str) -> bool:
    """Whether ``text`` is ``name`` with an initial or a usual word beside it."""
    if text.startswith(name):
        rest = text[len(name) :]
    elif text.endswith(name):
        rest = text[: -len(name)]
    else:
        return False
    return len(rest) < 2 or rest in AROUND


def _is_given(text: str) -> bool:
    return text in ROOTS or any(
        text[size:] in ROOTS for size in (3, 4) if text[:size] in AROUND
    )


def _with_first(alias: str, text: str, first: str, last: str) -> int:
    found = alias.split()
    for name in (first, *(word for word in found[:2] if same_name(word, first))):
        if text.startswith(name):
            rest = text[len(name) :]
            if rest and last and last.startswith(rest):
                return FIRST_INITIAL
        if name in found:
            return FIRST
    return NOTHING
