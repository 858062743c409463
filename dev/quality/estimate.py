"""Estimate the weights of social_crm/matching/weights.py: prints m and u.

    make quality ARGS=estimate

m by expectation and maximisation (Dempster, Laird, Rubin 1977) over the pairs of the
training persons, one fifth of all: every pair counts as a match as far as the present
weights believe, the shares of each observation among them are the new m, and so on
until nothing changes. No label is read, but for handles: there the patterns of the
training members are counted. u is the share among random pairs. Both are the mean of
the data sets that have the field.
"""

import random
from collections import Counter, defaultdict
from math import log2

from . import data, handles
from .ours import matching

ROUNDS = 12
RANDOM_PAIRS = 400_000
_FEBRL = ("first_name", "last_name", "city", "zip", "state", "birthdate", "email")
_FAKE = ("first_name", "last_name", "city", "birthdate", "email")
# Least m: a field that a small sample never saw wrong may be wrong all the same.
_FLOOR = 0.005


def estimate():
    """Return {code: (m, u or None)} of what the data sets show."""
    found = [_of_one(data.febrl(), _FEBRL), _of_one(data.fake(), _FAKE), _handles()]
    table = {}
    for code in matching.weights.TABLE:
        several = [one[code] for one in found if code in one]
        if several:
            m = sum(m for m, _u in several) / len(several)
            u = sum(u for _m, u in several) / len(several)
            table[code] = (m, u)
    return table


def _of_one(records, names):
    facts = {r["id"]: matching.facts_of(data.fields(r, names)) for r in records}
    population = matching.Population.from_facts(
        facts[r["id"]] for r in records if r.get("side") != "b"
    )
    training = [r for r in records if data.is_training(r["person"])]
    pairs = data.blocked_pairs(training, names)
    observed = [
        [(code, bits) for code, bits, _values in evidence.reasons]
        for a, b in pairs
        if (evidence := _weigh(facts[a["id"]], facts[b["id"]], population))
    ]
    u = _shares_of_random(records, facts, population)
    prior = -log2(len(training))
    m = {code: old[0] for code, old in matching.weights.TABLE.items()}
    old_m = dict(m)
    for _round in range(ROUNDS):
        believed = defaultdict(float)
        present = defaultdict(float)
        for (a, b), pair in zip(pairs, observed, strict=True):
            bits = prior
            for code, weight in pair:
                bits += weight + log2(m[code] / old_m[code])
            belief = 1 / (1 + 2.0 ** -max(min(bits, 60), -60))
            for code, _weight in pair:
                believed[code] += belief
            for group in _groups(facts[a["id"]], facts[b["id"]], pair):
                present[group] += belief
        m |= {
            code: max(count / present[_group(code)], _FLOOR)
            for code, count in believed.items()
        }
    return {code: (m[code], u.get(code, 0.0)) for code in believed}


def _weigh(a, b, population):
    return matching.evidence.weigh(a, b, population)


def _shares_of_random(records, facts, population):
    rng = random.Random(19)
    ids = [record["id"] for record in records]
    people = {record["id"]: record["person"] for record in records}
    seen, present = Counter(), Counter()
    for _turn in range(RANDOM_PAIRS):
        a, b = rng.choice(ids), rng.choice(ids)
        if people[a] == people[b]:
            continue
        reasons = _weigh(facts[a], facts[b], population).reasons
        seen.update(reason[0] for reason in reasons)
        present.update(_groups(facts[a], facts[b], reasons))
    return {code: count / present[_group(code)] for code, count in seen.items()}


def _group(code):
    return code.partition("_")[0]


def _groups(a, b, reasons):
    """Return what could be compared, also where nothing was said about it."""
    groups = {_group(reason[0]) for reason in reasons} | {"name"}
    return groups | {"state"} if a.state and b.state else groups


def _handles():
    """Return {code: (m, 0)} of the handles of training members."""
    seen = Counter()
    members = {row["id"]: row for row in data.congress() if data.is_training(row["id"])}
    records = {
        key: matching.facts_of({"name": row["full"]}) for key, row in members.items()
    }
    for person, profile in handles.profiles():
        if person in members and records[person].first:
            facts = matching.facts_of({"handles": profile["handles"]})
            reasons = _weigh(facts, records[person], matching.Population(1)).reasons
            seen.update(reason[0] for reason in reasons)
    total = sum(seen.values())
    return {code: (count / total, 0.0) for code, count in seen.items()}


def main():
    for code, (m, u) in estimate().items():
        old_m, old_u = matching.weights.TABLE[code]
        print(f'    "{code}": ({m:.4f}, {u:.6f}),  # now {old_m}, {old_u}')
