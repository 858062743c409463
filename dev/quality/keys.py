"""How often a name that is written otherwise finds its record by the keys."""

import random

from .ours import matching

QUERIES = 2000
_SEED = 19
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def measure(crowd):
    """Return shares and counts of noisy queries against an indexed ``Crowd``.

    Half of the queries have a typing error, as in the reference; of the others a fourth
    each is turned round, has an initial, has a short form where there is one, or has a
    middle name more.
    """
    rng = random.Random(_SEED)
    named = [n for n, facts in enumerate(crowd.facts) if facts.first and facts.last]
    hits, compared, most = 0, 0, []
    for number in range(QUERIES):
        place = rng.choice(named)
        query = _noisy(crowd.facts[place], number, rng)
        found = crowd.candidates(matching.facts_of({"name": query}))
        hits += place in found
        compared += len(found)
        most.append(len(found))
    return {"hits": hits / QUERIES, "candidates": sorted(most)[QUERIES // 2]}


def _noisy(facts, number, rng):
    first, last = facts.first, facts.last
    if number % 2:
        if rng.random() < 0.5:
            return f"{_mistyped(first, rng)} {last}"
        return f"{first} {_mistyped(last, rng)}"
    kind = number // 2 % 4
    if kind == 0:
        return f"{last} {first}"
    if kind == 1:
        return f"{first[0]}. {last}"
    if kind == 2:
        forms = sorted(set(matching.nicknames.FORMS.get(first, ())) - {first})
        return f"{rng.choice(forms) if forms else first} {last}"
    return f"{first} {rng.choice('Maria John Lee'.split())} {last}"


def _mistyped(word, rng):
    place = rng.randrange(len(word))
    kind = rng.randrange(4)
    if kind == 0 and len(word) > 2:
        return word[:place] + word[place + 1 :]
    if kind == 1:
        return word[:place] + rng.choice(_LETTERS) + word[place:]
    if kind == 2 and place + 1 < len(word):
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return word[:place] + rng.choice(_LETTERS) + word[place + 1 :]
