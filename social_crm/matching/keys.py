"""Keys to find candidates by an index, so that no other record is looked at.

Two records whose ``index_keys`` and ``search_keys`` have one in common are compared. A
name's keys survive one typing error anywhere, swapped order, initials, short forms,
accents, other scripts and the usual spellings of a sound: an error is in one word, so a
key is one whole word (by its sound) and another without one of its letters, as in
SymSpell. Those keys are rare even among millions. One whole word and one end of another
survive more, but many share them: ``place_key`` tells which of these to look at.
"""

import re

from .facts import Facts
from .handles import AROUND, words_of_handle
from .names import parse_name
from .nicknames import FORMS, roots

MAX_KEYS = 80
# An error after so many letters is survived by what stands before it.
_LETTERS = 10
_SOUNDS = (
    ("sch", "sh"), ("tch", "ch"), ("tsch", "ch"), ("cz", "ch"), ("kh", "h"),
    ("ph", "f"), ("th", "t"), ("ck", "k"), ("qu", "kv"), ("q", "k"), ("x", "ks"),
    ("zh", "z"), ("tz", "ts"), ("ue", "u"), ("oe", "o"), ("ae", "a"), ("ou", "u"),
    ("dj", "j"), ("dzh", "j"), ("w", "v"), ("y", "i"), ("j", "i"), ("ij", "i"),
)  # fmt: skip
_C = re.compile("c(?=[aoulrnt]|$)")
_TWICE = re.compile(r"(.)\1+")


def sound(word: str) -> str:
    """Return a folded word as it is spoken, roughly: Zaytsev and Zaitsev are one."""
    if not word.isascii():
        return word
    for written, spoken in _SOUNDS:
        if written in word:
            word = word.replace(written, spoken)
    return _TWICE.sub(r"\1", _C.sub("k", word))


def exact_keys(facts: Facts) -> set[str]:
    """Return ``email:``, ``phone:``, ``url:``, ``domain:`` and ``handle:`` keys."""
    return set(facts.keys)


def place_key(facts: Facts) -> str:
    """Return the key of a record's town, or nothing; stored with the others.

    Alone it finds nobody: it is asked together with a name that many have.
    """
    return f"@{facts.city}" if facts.city else ""


def name_keys(name: str, first_name: str = "", last_name: str = "") -> set[str]:
    """Return the keys under which a record with this name is found, at most 80.

    ``first!lst`` and so on, a letter left out; ``first|la`` and ``first|~st``; ``last``
    alone; and the whole without spaces, as handles have it.
    """
    found = parse_name(name, first_name, last_name)
    return _index_keys(found)


def index_keys(facts: Facts) -> set[str]:
    """Return the name keys to store with a record."""
    return _index_keys(facts)


def search_keys(facts: Facts) -> set[str]:
    """Return the name keys to look for, of a profile's name or else its handles.

    A whole name looks for whole names and initials; a lone word for any word.
    """
    keys = set()
    if facts.first and facts.last:
        keys = _pair_keys(facts.first, facts.last, facts.more)
        keys |= _slips(sound(facts.first), sound(facts.last))
        keys |= _initials(facts.first, facts.last, is_search=True)
        keys.add(f"+{facts.given}{facts.family}")  # a space at the wrong place
    elif facts.first or facts.last:
        keys = {f"={sound(facts.first or facts.last)}"}
    if not (facts.first and facts.last):
        for alias in facts.aliases:
            keys |= _alias_keys(alias)
    return keys


def handle_keys(handle: str) -> set[str]:
    """Return the keys to look for when nothing but a handle is known."""
    return _alias_keys(words_of_handle(handle))


def _index_keys(name):
    first, last, more = name.first, name.last, name.more
    if not first:
        return {f"={sound(last)}", f"+{last}"} if last else set()
    if not last:
        return {f"={sound(first)}", f"+{first}"}
    keys = _slips(sound(first), sound(last))
    keys |= _pair_keys(first, last, more)
    keys |= _initials(first, last, is_search=False)
    keys |= {f"={sound(last)}", f"+{first}{last}", f"+{last}{first}"}
    if name.family != last:
        keys |= {f"={sound(name.family)}", f"+{first}{name.family}"}
    keys |= {f"+{first[0]}{last}", f"+{first}{last[0]}", f"+{last}{first[0]}"}
    for form in _short_forms(first):
        keys.add(f"+{form}{last}")
    return set(sorted(keys)[:MAX_KEYS])


def _short_forms(first):
    forms = {form for root in roots(first) for form in (root, *FORMS[root])}
    return sorted(forms - {first})[:12]


def _pair_keys(first, last, more):
    keys = set()
    for given in _roots(first):
        keys |= _pair(sound(given), sound(last))
    for word in more:
        keys |= _pair(sound(word), sound(last))
        keys |= _pair(sound(first), sound(word))
    return keys


def _roots(first):
    """A name, and the full names that it is short for."""
    return {first, *sorted(roots(first))[:3]}


def _pair(x, y):
    if len(x) < 2 or len(y) < 2:
        return set()
    return {
        *(f"{x}|{y[:2]}", f"{x}|~{y[-2:]}", f"{y}|{x[:2]}", f"{y}|~{x[-2:]}"),
        *(f"{x}!{y}", f"{y}!{x}"),
    }


def _slips(x, y):
    """Return one word whole with the other without a letter, and the other way round.

    Of two words that one error parts, one is the other without a letter, or both are
    the same without one each.
    """
    if len(x) < 2 or len(y) < 2:
        return set()
    return {f"{x}!{part}" for part in _without_a_letter(y)} | {
        f"{y}!{part}" for part in _without_a_letter(x)
    }


def _without_a_letter(word):
    word = word[:_LETTERS]
    if len(word) < 3:
        return ()
    return {word[:place] + word[place + 1 :] for place in range(len(word))}


def _initials(first, last, is_search):
    """A. Smith is found by Ann Smith and finds her; Ann S. likewise."""
    if len(first) == 1 or len(last) == 1:
        whole, initial = (last, first) if len(first) == 1 else (first, last)
        return {f"{sound(whole)}|{initial}.", f"{sound(whole)}|{initial}"}
    ends = {(sound(last), first[0]), (sound(first), last[0])}
    return {f"{whole}|{initial}{'.' if is_search else ''}" for whole, initial in ends}


def _alias_keys(alias):
    keys = set()
    for words in _readings(alias):
        keys |= _reading_keys(words)
    return keys


def _readings(alias):
    """A handle, and what is left of it without a short word that may be in front."""
    found = alias.split()
    yield found
    if found and len(found) < 3:
        for size in (2, 3, 4):
            if found[0][:size] in AROUND and len(found[0]) - size > 2:
                yield [found[0][size:], *found[1:]]


def _reading_keys(found):
    text = "".join(found)
    if len(text) < 3:
        return set()
    keys = {f"+{text}", f"={sound(text)}"}
    keys |= {f"={sound(word)}" for word in found if len(word) > 2}
    for x, y in zip(found, found[1:], strict=False):
        for given in _roots(x):
            keys |= _pair(sound(given), sound(y))
    # Where nothing parts the names, every place may.
    for cut in range(2, len(text) - 1):
        left, right = text[:cut], text[cut:]
        if roots(left):
            for given in _roots(left):
                keys |= _pair(sound(given), sound(right))
        elif roots(right):
            for given in _roots(right):
                keys |= _pair(sound(given), sound(left))
        keys |= {f"={sound(part)}" for part in (left, right) if len(part) > 3}
    return keys
