"""How many records there are, and how common each value is among them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from math import inf, log2

from .facts import Facts

# One record is not taken for its match because there are few others: the author may be
# none of them.
SMALLEST = 1000
UNKNOWN_SIZE = 100_000
# From so many records on, an e-mail, a phone or a website is not one person's.
MANY = 6
# How common a value is before anything was counted, and how many records that weighs.
_GUESSES = {
    "names": 1 / 1000,
    "cities": 1 / 200,
    "zips": 1 / 500,
    "states": 1 / 16,
    "countries": 1 / 6,
    "companies": 1 / 2000,
    "domains": 1 / 100,
    "languages": 1 / 3,
}
_WEIGHT = 50


class Population:
    """The records that a profile may belong to, and how many of them have a value.

    Made ``from_facts`` or from counts, as SQL gives them: ``size`` records; ``names``
    {word of a name: records}, ``cities``, ``zips``, ``states``, ``countries``,
    ``companies``, ``domains``, ``languages`` likewise, all folded as in ``Facts``;
    ``places`` {(city, zip): records}; ``holders`` {key: people} for exact keys
    (``email:…``, ``phone:…``, ``url:…``) that more than one has. Several records
    of one name are one person where that is known; SQL may as well count records.
    ``counted``: of how many records the counts are, if only a sample was counted.
    """

    __slots__ = (*_GUESSES, "size", "holders", "prior", "unseen", "towns_of_zip")

    def __init__(
        self,
        size: int,
        *,
        counted: int | None = None,
        places: Mapping | None = None,
        holders: Mapping | None = None,
        **counts: Mapping,
    ):
        if unknown := counts.keys() - _GUESSES.keys():
            raise TypeError(f"Unknown counts: {', '.join(sorted(unknown))}")
        self.size = max(int(size), 1)
        self.prior = -log2(max(self.size, SMALLEST))
        self.holders = dict(holders or {})
        self.unseen = {}
        for kind, guess in _GUESSES.items():
            of_kind = counts.get(kind) or {}
            bits = _rarity(of_kind, guess, counted or self.size)
            setattr(self, kind, bits)
            self.unseen[kind] = max(bits.values(), default=-log2(guess))
        self.towns_of_zip = _lift(
            places or {}, counts.get("cities") or {}, counts.get("zips") or {}
        )

    @classmethod
    def from_facts(
        cls, facts: Iterable[Facts], size: int | None = None
    ) -> "Population":
        """Return the population that ``facts`` are, or are a sample of.

        ``size`` is how many records there are in all.
        """
        counts = {kind: Counter() for kind in (*_GUESSES, "places")}
        people: dict[str, set[frozenset[str]]] = {}
        counted = 0
        for fact in facts:
            counted += 1
            counts["names"].update({fact.first, fact.last, *fact.more} - {""})
            for kind, value in (
                ("cities", fact.city),
                ("zips", fact.zip),
                ("states", fact.state),
                ("countries", fact.country),
                ("companies", fact.company),
                ("languages", fact.language),
            ):
                if value:
                    counts[kind][value] += 1
            if fact.city and fact.zip:
                counts["places"][fact.city, fact.zip] += 1
            initials = frozenset((fact.first[:1], fact.last[:1]))
            for key in fact.keys:
                kind, _colon, value = key.partition(":")
                if kind == "domain":
                    counts["domains"][value] += 1
                else:
                    people.setdefault(key, set()).add(initials)
        holders = {key: _people(names) for key, names in people.items()}
        holders = {key: count for key, count in holders.items() if count > 1}
        return cls(size or counted, counted=counted, holders=holders, **counts)


def _rarity(counts: Mapping, guess: float, counted: int) -> dict:
    """Return {value: bits of surprise}, of the records that have any value."""
    total = min(counted, sum(counts.values())) + _WEIGHT
    return {
        value: -log2((count + _WEIGHT * guess) / total)
        for value, count in counts.items()
    }


def _people(names: set[frozenset[str]]) -> int:
    """Return how many people have these initials, in any order, some left out."""
    if len(names) < 2:
        return 1
    names = {initials - {""} for initials in names}
    return sum(not any(one < other for other in names) for one in names)


def _lift(pairs: Mapping, *apart: Mapping) -> float:
    """Return how many bits a town tells less where the postcode is the same.

    That is how much oftener two records agree in both than they would by chance.
    """
    if not pairs or not all(apart):
        return inf
    together = _chance(pairs)
    for counts in apart:
        together /= _chance(counts)
    return max(log2(together), 0.0)


def _chance(counts: Mapping) -> float:
    """Return the probability that two records agree."""
    total = sum(counts.values())
    agree = sum(count * (count - 1) for count in counts.values()) + 1
    return agree / max(total * (total - 1), 1)


UNKNOWN = Population(UNKNOWN_SIZE)
