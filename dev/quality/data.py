"""The labelled persons that the figures are measured on.

Where they come from and what their licences allow says PROVENANCE.md beside them; they
are read from there and are no part of the project.
"""

import csv
import zlib
from collections import defaultdict
from itertools import combinations

import pyarrow.parquet as parquet

from . import DATA

# One person of so many is for estimating weights, the others for measuring.
PARTS = 5


def is_training(person: str) -> bool:
    return zlib.crc32(str(person).encode()) % PARTS == 0


def febrl() -> list[dict]:
    """Return the records of FEBRL 4: 5,000 persons, each once in either half."""
    rows = parquet.read_table(DATA / "persons_febrl4.parquet").to_pylist()
    return [
        {
            "id": row["rec_id"],
            "person": row["rec_id"].split("-")[1],
            "side": row["side"],
            "first_name": row["given_name"],
            "last_name": row["surname"],
            "city": row["suburb"],
            "zip": row["postcode"],
            "state": row["state"],
            "birthdate": row["date_of_birth"],
            # A number that is one person's, and what it would be as an e-mail address.
            "number": row["soc_sec_id"],
            "email": f"{row['soc_sec_id']}@id.example" if row["soc_sec_id"] else None,
        }
        for row in rows
    ]


def fake() -> list[dict]:
    """Return splink's fake_1000: 1,000 records of 251 persons."""
    with open(DATA / "persons_fake_1000.csv", newline="", encoding="utf-8") as file:
        return [
            {
                "id": row["unique_id"],
                "person": row["cluster"],
                "first_name": row["first_name"] or None,
                "last_name": row["surname"] or None,
                "city": row["city"] or None,
                "birthdate": row["dob"] or None,
                "email": row["email"] or None,
            }
            for row in csv.DictReader(file)
        ]


def congress() -> list[dict]:
    """Return members of the United States' congress with their handles."""
    return parquet.read_table(DATA / "handles_congress.parquet").to_pylist()


def fields(record: dict, names) -> dict:
    """Return what ``facts_of`` takes, of the named fields of a record."""
    kept = {name: record[name] for name in names if record.get(name)}
    for name, key in (("email", "emails"), ("number", "ids")):
        if name in kept:
            kept[key] = kept.pop(name)
    return kept


def true_pairs(records) -> set[tuple[str, str]]:
    """Return the pairs of ids of one person; with sides only those across."""
    persons = defaultdict(list)
    for record in records:
        persons[record["person"]].append(record)
    return {
        _pair(a, b)
        for group in persons.values()
        for a, b in combinations(group, 2)
        if _crosses(a, b)
    }


def blocked_pairs(records, names) -> list[tuple[dict, dict]]:
    """Return pairs that agree in one field, or in an end of a name.

    Both libraries judge exactly these.
    """
    blocks = defaultdict(list)
    for record in records:
        for key in _blocks(record, names):
            blocks[key].append(record)
    pairs = {}
    for key in sorted(blocks):
        if len(blocks[key]) < 200:
            for a, b in combinations(blocks[key], 2):
                if _crosses(a, b):
                    pair = _pair(a, b)
                    pairs[pair] = (a, b) if pair[0] == a["id"] else (b, a)
    return [pairs[pair] for pair in sorted(pairs)]


def _blocks(record, names):
    for name in names:
        value = record.get(name)
        if not value or name == "state":
            continue
        value = value.lower()
        kind = "name" if name in ("first_name", "last_name") else name
        yield kind, value
        if kind == "name":
            yield "start", value[:4]
            yield "end", value[-4:]
        elif kind == "email":
            yield "user", value.partition("@")[0]


def _crosses(a, b):
    return a.get("side") is None or a["side"] != b["side"]


def _pair(a, b):
    """In the order of sides, else of ids."""
    keys = ((a.get("side") or "", a["id"]), (b.get("side") or "", b["id"]))
    return tuple(key[1] for key in sorted(keys))
