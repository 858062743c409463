"""The library of the add-on, imported without Odoo."""

import sys
import time

from ..paths import ROOT
from . import data

sys.path.insert(0, str(ROOT / "social_crm"))
import matching  # noqa: E402
import matching.evidence  # noqa: E402
import matching.weights  # noqa: E402


def judge(records, pairs, names):
    """Return {(id, id): (bits, decision)} of pairs, and pairs a second of CPU."""
    facts = {
        record["id"]: matching.facts_of(data.fields(record, names))
        for record in records
    }
    # The second half is what we have on record; without halves, all of it.
    population = matching.Population.from_facts(
        facts[record["id"]] for record in records if record.get("side") != "b"
    )
    start = time.process_time()
    found = {}
    for a, b in pairs:
        match = matching.score(facts[a["id"]], facts[b["id"]], population)
        found[a["id"], b["id"]] = (match.bits, match.decision)
    return found, len(pairs) / (time.process_time() - start)
