"""All measurements, run in the environment that has splink; figures go to a file.

python -m dev.quality.measure figures.json
"""

import json
import sys
import time
from pathlib import Path
from unittest.mock import patch

from . import data, estimate, handles, keys, ours, peer

NAME = ("first_name", "last_name")
PLACE = (*NAME, "city", "zip", "state")
# Name, data set, its fields. The number stands in for what is one person's alone; as an
# e-mail address it obeys the rule for families, too.
RUNS = (
    ("febrl_place", data.febrl, PLACE),
    ("febrl_all", data.febrl, (*PLACE, "birthdate", "number")),
    ("febrl_email", data.febrl, (*PLACE, "birthdate", "email")),
    ("fake", data.fake, (*NAME, "city", "email")),
    ("fake_birth", data.fake, (*NAME, "city", "email", "birthdate")),
)
CROWDS = (0, 10_000, 100_000)


def measure():
    figures = {}
    for name, read, names in RUNS:
        records = [r for r in read() if not data.is_training(r["person"])]
        truth = data.true_pairs(records)
        pairs = data.blocked_pairs(records, names)
        found, speed = ours.judge(records, pairs, names)
        bits = {pair: judged[0] for pair, judged in found.items()}
        links = {pair for pair, judged in found.items() if judged[1] == "link"}
        theirs = peer.judge(records, pairs, names)
        figures |= {
            f"{name}_link_precision": len(links & truth) / max(len(links), 1),
            f"{name}_link_recall": len(links & truth) / len(truth),
            f"{name}_top1_f1": top1_f1(bits, truth),
            f"{name}_top1_f1_splink": top1_f1(theirs, truth),
            f"{name}_pairs_f1": pairs_f1(bits, truth),
            f"{name}_pairs_f1_splink": pairs_f1(theirs, truth),
            f"{name}_per_s": speed,
        }
        if name == "febrl_place":
            figures |= _without_rapidfuzz(records, pairs, names, found)
    for size in CROWDS:
        figures |= _handles(size)
    return figures


def _f1(right, shown, wanted):
    return 2 * right / max(shown + wanted, 1)


def pairs_f1(bits, truth):
    """F1 of all pairs that are more likely than not."""
    shown = {pair for pair, weight in bits.items() if weight >= 0}
    return _f1(len(shown & truth), len(shown), len(truth))


def top1_f1(bits, truth):
    """F1 of the best candidate of each record, if it is more likely than not."""
    best = {}
    is_across = all("-" in a for a, _b in truth)
    for (a, b), weight in bits.items():
        for one, other in ((b, a),) if is_across else ((a, b), (b, a)):
            if weight >= 0 and weight > best.get(one, ("", -1))[1]:
                best[one] = (other, weight)
    right = sum(
        (one, other) in truth or (other, one) in truth
        for one, (other, _weight) in best.items()
    )
    wanted = {pair[1] for pair in truth} | {pair[0] for pair in truth if not is_across}
    return _f1(right, len(best), len(wanted))


def _without_rapidfuzz(records, pairs, names, found):
    evidence = ours.matching.evidence
    own = ours.matching.similarity.own_jaro_winkler
    _forget()
    with patch.object(evidence, "jaro_winkler", own):
        again, speed = ours.judge(records, pairs, names)
    _forget()
    differs = sum(again[pair][1] != judged[1] for pair, judged in found.items())
    return {"own_per_s": speed, "own_differs": differs}


def _forget():
    for function in vars(ours.matching.evidence).values():
        if hasattr(function, "cache_clear"):
            function.cache_clear()


def _handles(size):
    crowd = handles.Crowd(handles.people(size))
    found = handles.measure(crowd)
    likely, right = found.get("very_likely", 0), found.get("very_likely_right", 0)
    figures = {
        f"handles_{size}_links": found.get("link", 0),
        f"handles_{size}_precision": right / max(likely, 1),
        f"handles_{size}_recall": right / found["handles"],
        f"handles_{size}_compared": found["compared"] / found["handles"],
    }
    if size == CROWDS[-1]:
        names = keys.measure(crowd)
        figures |= {"keys_found": names["hits"], "keys_candidates": names["candidates"]}
        start = time.process_time()
        for record in handles.people(5000):
            ours.matching.facts_of(data.fields(record, ("name", "state")))
        figures["facts_per_s"] = 5000 / (time.process_time() - start)
        alone = handles.measure(crowd, with_state=False)
        figures[f"handles_{size}_alone_links"] = alone.get("link", 0)
        figures[f"handles_{size}_alone_very_likely"] = alone.get("very_likely", 0)
    return figures


if __name__ == "__main__":
    if sys.argv[1] == "estimate":
        estimate.main()
    else:
        Path(sys.argv[1]).write_text(json.dumps(measure()))
