"""Is this profile this record? The weight of evidence, and what to do about it.

Fellegi and Sunter (1969): every comparison gives bits for or against; their sum and the
prior, one record of N, make a probability. What follows from it is a policy:

- ``link``: a strong identifier that is one person's agrees, no name contradicts it, and
  no other record fits as well;
- ``very_likely``: two independent fields at least speak for it (a name and a place only
  where the other candidates are known), and either it is as probable as ``VERY_LIKELY``
  or none of the others may be meant;
- ``possible``: it is as probable as ``POSSIBLE``.
"""

from collections.abc import Sequence
from typing import NamedTuple

from .evidence import Evidence, weigh
from .facts import Facts
from .population import UNKNOWN, Population
from .weights import FIELD, NAME, PLACE

LINK = 0.99
VERY_LIKELY = 0.95
POSSIBLE = 0.5
# The author may be none of the records. One that has nine tenths of the probability
# that they share is very likely even so, from so much on.
AHEAD, LEAST = 0.9, 0.05
# A field counts as evidence of its own from so many bits on.
OWN_EVIDENCE = 1.5
# From so many candidates on they are taken for the population if none is given.
WHOLE = 1000


class Reason(NamedTuple):
    """One observation: ``weight_bits`` above 0 speak for, below against a match.

    ``values`` are what was compared, of the profile and of the record.
    """

    code: str
    weight_bits: float
    values: tuple[str, ...]


class Match:
    """How a candidate fits.

    ``probability``: that it is the one, the author being perhaps none of the records;
    ``decision``: link, very_likely, possible or no; ``reasons``: strongest first;
    ``share``: that it is the one, the author being one of the candidates; ``bits``: the
    evidence with the prior; ``facts`` and ``index``: the candidate, and its place among
    the candidates.
    """

    __slots__ = (
        *("probability", "decision", "bits", "share", "index", "facts"),
        "_observations",
    )

    def __init__(self, evidence, decision, probability, share, index, facts):
        self.probability = probability
        self.decision = decision
        self.bits = evidence.bits
        self.share = share
        self.index = index
        self.facts = facts
        self._observations = evidence.reasons

    @property
    def reasons(self) -> tuple[Reason, ...]:
        ordered = sorted(self._observations, key=lambda reason: -abs(reason[1]))
        return tuple([Reason(*reason) for reason in ordered])

    def __repr__(self):
        return f"<Match {self.decision} {self.probability:.3f} {self.reasons}>"


def score(a: Facts, b: Facts, population: Population | None = None) -> Match:
    """Return how well a profile ``a`` and a record ``b`` fit; the order is the same.

    Nothing is known of other records here: see ``best_matches``. Without
    ``population``, 100,000 records and middling names are supposed.
    """
    evidence = weigh(a, b, population or UNKNOWN)
    odds = _odds(evidence.bits)
    decision = _decision(evidence, odds / (1 + odds), None)
    return Match(evidence, decision, odds / (1 + odds), 1.0, 0, b)


def best_matches(
    a: Facts, candidates: Sequence[Facts], population: Population | None = None
) -> list[Match]:
    """Return a ``Match`` of each of ``candidates``, best first.

    They should be all records that may be meant. The author is one of them at most, so
    they share the probability: of two equals none has more than a half. Without
    ``population``, many candidates are taken for it, few for those of 1,000 records.
    """
    candidates = list(candidates)
    if population is None and len(candidates) >= WHOLE:
        population = Population.from_facts(candidates)
    elif population is None:
        population = Population(WHOLE)
    found = [weigh(a, b, population) for b in candidates]
    odds = [_odds(evidence.bits) for evidence in found]
    total = sum(odds)
    matches = []
    for place in sorted(range(len(found)), key=odds.__getitem__, reverse=True):
        probability, share = odds[place] / (1 + total), odds[place] / total
        evidence = found[place]
        decision = _decision(evidence, probability, share)
        matches.append(
            Match(evidence, decision, probability, share, place, candidates[place])
        )
    return matches


def _odds(bits: float) -> float:
    return 2.0 ** max(min(bits, 500.0), -500.0)


def _decision(evidence: Evidence, probability: float, share: float | None) -> str:
    """``share`` is None where no other record is known: there may be namesakes."""
    if probability < LEAST:
        return "no"
    if not evidence.contradicts:
        if evidence.is_strong and probability >= LINK:
            return "link"
        if probability >= VERY_LIKELY or (share or 0) >= AHEAD:
            fields = _fields(evidence.reasons)
            if len(fields) > 1 and (share is not None or fields - {NAME, PLACE}):
                return "very_likely"
    return "possible" if probability >= POSSIBLE else "no"


def _fields(reasons) -> set[int]:
    """Return the independent fields that speak for a match."""
    sums = {}
    for code, bits, _values in reasons:
        field = FIELD[code]
        sums[field] = sums.get(field, 0) + bits
    return {field for field, bits in sums.items() if field and bits >= OWN_EVIDENCE}
