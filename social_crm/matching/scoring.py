"""Is this profile this record? The weight of evidence, and what to do about it.

Fellegi and Sunter (1969): every comparison gives bits for or against; their sum and the
prior (one record of N) make a probability. What follows from it is a policy:

- ``link``: a strong identifier that is one person's agrees, no name contradicts it, and
  no other record fits as well;
- ``very_likely``: probability of ``VERY_LIKELY`` from two independent fields at least;
- ``possible``: probability of ``POSSIBLE``.
"""

from collections.abc import Sequence
from typing import NamedTuple

from .evidence import Evidence, weigh
from .facts import Facts
from .population import UNKNOWN, Population
from .weights import FIELD

LINK = 0.99
VERY_LIKELY = 0.95
POSSIBLE = 0.5
# A field counts as evidence of its own from so many bits on.
OWN_EVIDENCE = 1.5
MARGIN = 3.0  # bits before the runner-up that "very likely" needs


class Reason(NamedTuple):
    """One observation: ``weight_bits`` above 0 speak for, below against a match.

    ``values`` are what was compared, of the profile and of the record.
    """

    code: str
    weight_bits: float
    values: tuple[str, ...]


class Match(NamedTuple):
    """How a candidate fits. ``reasons`` come strongest first; ``index`` is the place
    among the candidates, ``bits`` the evidence with the prior."""

    probability: float
    decision: str
    reasons: tuple[Reason, ...]
    bits: float = 0.0
    index: int = 0
    facts: Facts | None = None


def score(a: Facts, b: Facts, population: Population | None = None) -> Match:
    """Return how well a profile ``a`` and a record ``b`` fit; the order is the same.

    Without ``population``, 100,000 records and middling names are supposed.
    """
    evidence = weigh(a, b, population or UNKNOWN)
    return _match(evidence, _probability(evidence.bits), 0, b, True)


def best_matches(
    a: Facts, candidates: Sequence[Facts], population: Population | None = None
) -> list[Match]:
    """Return a ``Match`` of each of ``candidates``, best first.

    As the profile is one of them at most, they share the probability: of two equals
    none has more than a half.
    """
    candidates = list(candidates)
    if population is None:
        population = UNKNOWN
    found = [weigh(a, b, population) for b in candidates]
    order = sorted(range(len(found)), key=lambda place: -found[place].bits)
    odds = [2.0 ** min(evidence.bits, 500) for evidence in found]
    total = 1 + sum(odds)
    matches = []
    for rank, place in enumerate(order):
        runner_up = order[1] if rank == 0 and len(order) > 1 else order[0]
        ahead = found[place].bits - found[runner_up].bits
        is_first = len(order) == 1 or (rank == 0 and ahead >= MARGIN)
        matches.append(
            _match(
                found[place], odds[place] / total, place, candidates[place], is_first
            )
        )
    return matches


def _probability(bits: float) -> float:
    return 1 / (1 + 2.0 ** -max(min(bits, 500), -500))


def _match(
    evidence: Evidence, probability: float, index: int, facts: Facts, is_first: bool
) -> Match:
    reasons = evidence.reasons
    decision = "no"
    if probability >= POSSIBLE:
        decision = "possible"
        if is_first and not evidence.contradicts:
            if evidence.is_strong and probability >= LINK:
                decision = "link"
            elif probability >= VERY_LIKELY and _fields(reasons) > 1:
                decision = "very_likely"
    reasons.sort(key=_strength)
    return Match(
        probability,
        decision,
        tuple([Reason(*reason) for reason in reasons]),
        evidence.bits,
        index,
        facts,
    )


def _strength(reason):
    return -abs(reason[1])


def _fields(reasons) -> int:
    """Return how many independent fields speak for a match."""
    sums = {}
    for code, bits, _values in reasons:
        field = FIELD[code]
        sums[field] = sums.get(field, 0) + bits
    return sum(field > 0 and bits >= OWN_EVIDENCE for field, bits in sums.items())
