"""How far the words of a person carry: a number from 0 to 100, and how it came about.

Pure functions. Each part is measured on a scale of orders of magnitude, since ten
followers more mean much to somebody with ten and nothing to somebody with a million.
"""

import math
from dataclasses import dataclass

# Points of each part, and what earns all of them.
PARTS = {
    "followers": (40, 100_000),
    "reactions": (30, 100),
    "reach": (20, 1_000_000),
    "credibility": (10, None),
}
# Of one topic or community: how often they speak there, and what comes of it.
PLACE_PARTS = {"mentions": (60, 50), "reactions": (40, 100)}
# Credible: so long on the network earns half; a proven website the other half.
YEARS = 5


@dataclass(frozen=True)
class Score:
    """``parts`` is ``[[code, number or None, points, at most]]``; None: not known."""

    total: int
    parts: list


def score(numbers):
    """Return the ``Score`` of a person.

    ``numbers`` may have ``followers``, ``reactions`` (of a post, on average), ``reach``
    (people, summed over posts), and ``credibility`` (0…1). What is missing or None is
    not known: it counts neither for nor against, the rest is weighed for the whole.
    """
    return _weigh(numbers, PARTS)


def place_score(numbers):
    """Return the score, 0…100, in one topic or community; keys of ``PLACE_PARTS``."""
    return _weigh(numbers, PLACE_PARTS).total


def credibility(years, has_verified_links):
    """Return 0…1, None if neither is known. ``years`` on the network, or None."""
    if years is None and not has_verified_links:
        return None
    return 0.5 * min(max(years or 0, 0) / YEARS, 1) + 0.5 * bool(has_verified_links)


def _weigh(numbers, scale):
    parts, total, most = [], 0.0, 0
    for code, (points, full) in scale.items():
        number = numbers.get(code)
        if number is None:
            parts.append([code, None, 0, points])
            continue
        share = number if full is None else math.log1p(number) / math.log1p(full)
        earned = points * min(max(share, 0), 1)
        parts.append([code, round(number, 2), round(earned, 1), points])
        total, most = total + earned, most + points
    return Score(round(100 * total / most) if most else 0, parts)
