"""How many records there are, and how common each value is among them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from math import log2

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
    """The records that a profile may belong to: their number, and how many have a value.

    Made ``from_facts`` or from counts, as SQL gives them: ``size`` records; ``names``
    {word of a name: records}, ``cities``, ``zips``, ``states``, ``countries``,
    ``companies``, ``domains``, ``languages`` likewise, all folded as in ``Facts``;
    ``places`` {(city, zip): records}; ``holders`` {key: records} for exact keys
    (``email:…``, ``phone:…``, ``url:…``) that more than one record has.
    """

    __slots__ = (*_GUESSES, "size", "places", "holders", "prior", "unseen")

    def __init__(self, size: int, *, places=None, holders=None, **counts: Mapping):
        if unknown := counts.keys() - _GUESSES.keys():
            raise TypeError(f"Unknown counts: {', '.join(sorted(unknown))}")
        self.size = max(int(size), 1)
        self.prior = -log2(max(self.size, SMALLEST))
        self.holders = dict(holders or {})
        self.unseen = {}
        for kind, guess in _GUESSES.items():
            of_kind = counts.get(kind) or {}
            bits = self._bits(of_kind, guess)
            setattr(self, kind, bits)
            self.unseen[kind] = max(bits.values(), default=-log2(guess))
        self.places = self._bits(places or {}, _GUESSES["cities"] * _GUESSES["zips"])

    def _bits(self, counts: Mapping, guess: float) -> dict:
        """Return {value: bits of surprise}, of the records that have any value."""
        total = min(self.size, sum(counts.values())) + _WEIGHT
        return {
            value: -log2((count + _WEIGHT * guess) / total)
            for value, count in counts.items()
        }

    @classmethod
    def from_facts(cls, facts: Iterable[Facts]) -> "Population":
        """Return the population that ``facts`` are."""
        counts = {kind: Counter() for kind in (*_GUESSES, "places", "holders")}
        size = 0
        for fact in facts:
            size += 1
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
            for key in fact.keys:
                kind, _colon, value = key.partition(":")
                if kind == "domain":
                    counts["domains"][value] += 1
                else:
                    counts["holders"][key] += 1
        holders = {key: many for key, many in counts.pop("holders").items() if many > 1}
        return cls(size, holders=holders, **counts)


UNKNOWN = Population(UNKNOWN_SIZE)
