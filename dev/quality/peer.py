"""The same pairs and fields judged by splink, trained as its documentation shows."""

import logging
import warnings

import pyarrow
import splink.comparison_library as compare
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

_SEED = 19


def judge(records, pairs, names):
    """Return {(id, id): match weight in bits} of ``pairs``.

    Splink estimates its weights on all ``records`` that it judges, without labels.
    """
    warnings.simplefilter("ignore")
    logging.getLogger("splink").setLevel(logging.ERROR)
    database = DuckDBAPI()
    sides = sorted({record.get("side") or "" for record in records})
    tables = [
        database.register(
            _table([r for r in records if (r.get("side") or "") == side], names),
            dataset_display_name=f"side_{side}",
        )
        for side in sides
    ]
    is_link = len(sides) > 1
    settings = SettingsCreator(
        link_type="link_only" if is_link else "dedupe_only",
        comparisons=[comparison for name in names for comparison in _comparison(name)],
        blocking_rules_to_generate_predictions=[block_on("last_name")],
        retain_matching_columns=False,
    )
    linker = Linker(tables if is_link else tables[0], settings, log_level=None)
    _train(linker, names)
    linker.table_management.register_blocked_pairs_for_predict(
        database.register(_blocked(pairs, is_link))
    )
    found = linker.inference.predict().as_record_list()
    return {
        (row["unique_id_l"], row["unique_id_r"]): row["match_weight"] for row in found
    }


def _table(records, names):
    columns = {"unique_id": [record["id"] for record in records]}
    for name in names:
        columns[name] = [record.get(name) for record in records]
    return pyarrow.table(columns)


def _blocked(pairs, is_link):
    """The table as ``compute_blocked_pairs_for_predict`` makes it."""
    front = [("side_a-__-", "side_b-__-") if is_link else ("", "")] * len(pairs)
    return pyarrow.table(
        {
            "match_key": ["0"] * len(pairs),
            "join_key_l": [
                f"{f[0]}{a['id']}" for f, (a, _b) in zip(front, pairs, strict=True)
            ],
            "join_key_r": [
                f"{f[1]}{b['id']}" for f, (_a, b) in zip(front, pairs, strict=True)
            ],
        }
    )


def _comparison(name):
    if name in ("first_name", "last_name"):
        levels = compare.JaroWinklerAtThresholds(name, [0.92, 0.88, 0.7])
        return [levels.configure(term_frequency_adjustments=True)]
    if name == "city":
        levels = compare.JaroWinklerAtThresholds(name, [0.92, 0.8])
        return [levels.configure(term_frequency_adjustments=True)]
    if name == "zip":
        levels = compare.DamerauLevenshteinAtThresholds(name, [1, 2])
        return [levels.configure(term_frequency_adjustments=True)]
    if name == "birthdate":
        return [compare.DamerauLevenshteinAtThresholds(name, [1, 2])]
    if name == "email":
        return [compare.EmailComparison(name)]
    return [compare.ExactMatch(name).configure(term_frequency_adjustments=True)]


def _train(linker, names):
    rules = [block_on("first_name", "last_name")]
    for name in ("email", "zip", "birthdate"):
        if name in names:
            rules.append(block_on("last_name", name))
    training = linker.training
    training.estimate_probability_two_random_records_match(rules, recall=0.7)
    training.estimate_u_using_random_sampling(max_pairs=2e6, seed=_SEED)
    for columns in (("first_name",), ("last_name",), ("city",), ("email",)):
        if set(columns) <= set(names):
            training.estimate_parameters_using_expectation_maximisation(
                block_on(*columns)
            )
