"""Real handles of real people against a crowd of others: congress and distractors."""

import random
from collections import Counter, defaultdict

from . import data
from .ours import matching

NETWORKS = {"twitter": "x", "facebook": "facebook", "instagram": "instagram",
            "youtube": "youtube"}  # fmt: skip
# Of the others this share has the first name of one member and the last of another. The
# figures of reference come from 537 members and 30 %, 56 namesakes for each of them in
# 100,000; with the members at hand the share that makes as many.
SHARED = 0.3
REFERENCE_MEMBERS = 537
_SEED = 19


def people(distractors: int, shared: float | None = None) -> list[dict]:
    """Return the members as records, and ``distractors`` others of the same states.

    Names of the others are FEBRL's, but for the share that has those of members.
    """
    rng = random.Random(_SEED)
    members = data.congress()
    crowd = data.febrl()
    if shared is None:
        shared = SHARED * len(members) / REFERENCE_MEMBERS
    firsts = [person["first_name"] for person in crowd if person["first_name"]]
    lasts = [person["last_name"] for person in crowd if person["last_name"]]
    records = [
        {"id": row["id"], "name": row["full"] or f"{row['first']} {row['last']}"}
        | {"state": row["state"]}
        for row in members
    ]
    for number in range(distractors):
        member, other = rng.choice(members), rng.choice(members)
        if rng.random() < shared:
            first, last = member["first"], other["last"]
        else:
            first, last = rng.choice(firsts), rng.choice(lasts)
        state = rng.choice(members)["state"]
        records.append({"id": number, "name": f"{first} {last}", "state": state})
    return records


def profiles():
    """Yield (id of the member, record of the profile) of every handle."""
    for row in data.congress():
        for column, network in NETWORKS.items():
            if row[column]:
                handle = {network: row[column]}
                yield row["id"], {"handles": handle, "state": row["state"]}


class Crowd:
    """Records found by name keys, as the index of a database would."""

    def __init__(self, records):
        self.ids = [record["id"] for record in records]
        self.facts = [
            matching.facts_of(data.fields(record, ("name", "state")))
            for record in records
        ]
        self.population = matching.Population.from_facts(self.facts)
        self.index = defaultdict(list)
        for place, facts in enumerate(self.facts):
            for key in matching.index_keys(facts):
                self.index[key].append(place)

    def candidates(self, profile) -> list[int]:
        found = set()
        for key in matching.search_keys(profile):
            found.update(self.index.get(key, ()))
        return sorted(found)

    def best(self, profile):
        """Return (id, match) of the best record or None, and how many there were."""
        places = self.candidates(profile)
        if not places:
            return None, 0
        candidates = [self.facts[place] for place in places]
        match = matching.best_matches(profile, candidates, self.population)[0]
        return (self.ids[places[match.index]], match), len(places)


def measure(crowd, with_state=True):
    """Return what is decided about the handles of the members not trained on."""
    result = Counter()
    for person, record in profiles():
        if data.is_training(person):
            continue
        if not with_state:
            record = {"handles": record["handles"]}
        found, compared = crowd.best(matching.facts_of(record))
        result["handles"] += 1
        result["compared"] += compared
        if found:
            result[found[1].decision] += 1
            result[f"{found[1].decision}_right"] += found[0] == person
    return result
