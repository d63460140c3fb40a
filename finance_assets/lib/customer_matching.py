"""How alike two customer records are: a probabilistic model (Fellegi and Sunter's, by splink) with fixed parameters.

What is compared is said here once, for the night that scores and for the training. How much an agreement counts is
data: the seed customer_match_weights, made by `make train-matching` and reviewed like code. So the same records have
the same score every night; nothing is learnt while a night runs. Which pairs are compared at all, and what follows from
a score, is SQL (customer_match_pairs, customer_links). Splink is loaded when there is something to score.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

if TYPE_CHECKING:
    from splink import Linker

# The chance that two records taken blindly are one company stands in the seed beside the weights, under this name.
PRIOR = ("prior", "any")
SCORES = pa.schema(
    {
        "record_key": pa.string(),
        "other_record_key": pa.string(),
        "score": pa.decimal128(9, 8),
        "name_agreement": pa.string(),
        "agreement": pa.string(),
    }
)
_RECORDS, _PAIRS, _WEIGHTS = "records", "pairs", "weights"


@dataclass(frozen=True)
class Level:
    """One degree of agreement: its name, the condition over the columns of both records, and how a person reads it."""

    name: str
    condition: str
    words: str


@dataclass(frozen=True)
class Comparison:
    """What two records are compared by, the strongest degree first. `missing`: when one of them does not say."""

    name: str
    missing: str
    levels: tuple[Level, ...]


def _missing(column: str) -> str:
    return f"({column}_l is null or {column}_r is null)"


def _all_words(of: str, within: str) -> str:
    return f"list_has_all(string_split(name_sorted_{within}, ' '), string_split(name_sorted_{of}, ' '))"


# Word by word the same, or the beginning of it, three to six letters: Nordtec Eng. and Nordtec Engineering.
_ABBREVIATED = (
    "len(string_split(name_text_l, ' ')) = len(string_split(name_text_r, ' ')) and list_bool_and(list_transform("
    "list_zip(string_split(name_text_l, ' '), string_split(name_text_r, ' ')), "
    "lambda pair: least(length(pair[1]), length(pair[2])) between 3 and 6 "
    "and (starts_with(pair[1], pair[2]) or starts_with(pair[2], pair[1])) or pair[1] = pair[2]))"
)
_OTHER = "ELSE"
COMPARISONS = (
    Comparison(
        "name",
        _missing("name_sorted"),
        (
            Level("same", "name_sorted_l = name_sorted_r", "the name"),
            # One letter is a slip of the hand; with two it may be another name.
            Level("one_letter", "damerau_levenshtein(name_sorted_l, name_sorted_r) = 1", "the name but for one letter"),
            Level("joined", "replace(name_text_l, ' ', '') = replace(name_text_r, ' ', '')", "the name"),
            Level("abbreviated", _ABBREVIATED, "the name, shortened"),
            Level("words", f"{_all_words('l', 'r')} or {_all_words('r', 'l')}", "all words of the shorter name"),
            Level(
                "two_letters", "damerau_levenshtein(name_sorted_l, name_sorted_r) = 2", "the name but for two letters"
            ),
            Level("alike", "jaro_winkler_similarity(name_text_l, name_text_r) >= 0.88", "a name that is alike"),
            Level("different", _OTHER, ""),
        ),
    ),
    Comparison(
        "country",
        _missing("country_code"),
        (
            Level("same", "country_code_l = country_code_r", "the country"),
            Level("different", _OTHER, ""),
        ),
    ),
    Comparison(
        "address",
        f"{_missing('postal_code')} and {_missing('city_text')}",
        (
            Level(
                "street",
                "jaro_winkler_similarity(street_text_l, street_text_r) >= 0.92 "
                "and (postal_code_l = postal_code_r or city_text_l = city_text_r)",
                "the street",
            ),
            Level("postal_code", "postal_code_l = postal_code_r", "the postal code"),
            Level("city", "jaro_winkler_similarity(city_text_l, city_text_r) >= 0.92", "the city"),
            Level("different", _OTHER, ""),
        ),
    ),
    Comparison(
        "domain",
        _missing("domain"),
        (
            Level("same", "domain_l = domain_r", "the internet domain"),
            Level("different", _OTHER, ""),
        ),
    ),
    Comparison(
        "phone",
        _missing("phone_digits"),
        (
            Level("same", "phone_digits_l = phone_digits_r", "the telephone number"),
            Level("different", _OTHER, ""),
        ),
    ),
)


def score_pairs(records: pa.Table, pairs: pa.Table, weights: pa.Table) -> pa.Table:
    """Return every pair with the probability that it is one company, how its names agree and what agrees (`SCORES`).

    `records` are rows of customer_match_records, `pairs` name two of their keys each, `weights` are the seed's rows.
    Raises ValueError when the weights are not those of the comparisons.
    """
    if not pairs.num_rows:
        return SCORES.empty_table()
    with duckdb.connect() as connection:
        connection.register(_WEIGHTS, weights)
        rows = connection.execute(f"select comparison, level, m_probability, u_probability from {_WEIGHTS}").fetchall()
        given = {(comparison, level): (m, u) for comparison, level, m, u in rows}
        linker = _linker(connection, records, _settings(given))
        connection.register("wanted", pairs)
        connection.execute(
            f"""
            create table {_PAIRS} as
            select '0' as match_key, record_key as join_key_l, other_record_key as join_key_r from wanted
            """
        )
        linker.table_management.register_blocked_pairs_for_predict(linker._db_api.register(_PAIRS))
        predicted = linker.inference.predict(warning_mode="never").physical_name
        columns = [name for name in records.column_names if name != "record_key"]
        return (
            connection.execute(
                f"""
                with sides as (
                    select wanted.record_key, wanted.other_record_key, {_sides(columns)}
                    from wanted
                    inner join {_RECORDS} as l on wanted.record_key = l.record_key
                    inner join {_RECORDS} as r on wanted.other_record_key = r.record_key
                )
                select sides.record_key, sides.other_record_key,
                    cast(predicted.match_probability as decimal(9, 8)) as score,
                    {_degree(COMPARISONS[0])} as name_agreement, {_agreement()} as agreement
                from sides
                inner join {predicted} as predicted
                    on least(sides.record_key, sides.other_record_key)
                        = least(predicted.record_key_l, predicted.record_key_r)
                    and greatest(sides.record_key, sides.other_record_key)
                        = greatest(predicted.record_key_l, predicted.record_key_r)
                order by sides.record_key, sides.other_record_key
                """
            )
            .to_arrow_table()
            .cast(SCORES)
        )


def train(records: pa.Table, rules: Iterable[str]) -> list[dict[str, Any]]:
    """Return the rows of customer_match_weights that labelled records teach.

    `records` are rows of customer_match_records with a column `label`: which company each is. The share of each degree
    of agreement is counted over all pairs of one company (m) and over all pairs of two (u): no draw of lots, so the
    same records teach the same. `rules` are conditions of pairs that are compared.
    """
    with duckdb.connect() as connection:
        connection.register("labelled", records)
        connection.execute("create table compared as select * from labelled")
        cases = ", ".join(f"{_degree(comparison)} as {comparison.name}" for comparison in COMPARISONS)
        wanted = " or ".join(f"({rule})" for rule in rules) or "true"
        columns = [name for name in records.column_names if name not in ("record_key", "label")]
        connection.execute(
            f"""
            create table degrees as
            select is_same, {cases}
            from (
                select l.label = r.label as is_same, {_sides(columns)}
                from compared as l inner join compared as r on l.record_key < r.record_key
            )
            where {wanted}
            """
        )
        weights = []
        for comparison in COMPARISONS:
            counted = {
                level: (same, other)
                for level, same, other in connection.execute(
                    f"""
                    select {comparison.name}, count(*) filter (is_same), count(*) filter (not is_same)
                    from degrees where {comparison.name} is not null group by all
                    """
                ).fetchall()
            }
            weights += _shares(comparison, counted)
        same, all_pairs = connection.execute("select count(*) filter (is_same), count(*) from degrees").fetchone() or ()
        return [_weight(*PRIOR, same / all_pairs, same / all_pairs), *weights]


def _shares(comparison: Comparison, counted: Mapping[str, tuple[int, int]]) -> list[dict[str, Any]]:
    """The share of each degree. Half a pair more in each: what was never seen is rare, not impossible."""
    counts = {level.name: counted.get(level.name, (0, 0)) for level in comparison.levels}
    same, other = (sum(count[side] + 0.5 for count in counts.values()) for side in (0, 1))
    return [
        _weight(comparison.name, name, (count[0] + 0.5) / same, (count[1] + 0.5) / other)
        for name, count in counts.items()
    ]


def _weight(comparison: str, level: str, m: float, u: float) -> dict[str, Any]:
    return {"comparison": comparison, "level": level, "m_probability": f"{m:.8f}", "u_probability": f"{u:.8f}"}


def _degree(comparison: Comparison) -> str:
    """The degree of agreement of a pair as SQL, null where one record does not say."""
    whens = [f"when {level.condition} then '{level.name}'" for level in comparison.levels if level.condition != _OTHER]
    last = next(level.name for level in comparison.levels if level.condition == _OTHER)
    return f"case when {comparison.missing} then null {' '.join(whens)} else '{last}' end"


def _linker(connection: duckdb.DuckDBPyConnection, records: pa.Table, settings: dict[str, Any]) -> Linker:
    from splink import DuckDBAPI, Linker

    connection.register("given", records)
    connection.execute(f"create table {_RECORDS} as select * from given")
    api = DuckDBAPI(connection=connection)
    linker = Linker(api.register(_RECORDS), settings)
    # Its steps and their seconds are no news of a night. A linker sets the level to its own liking first.
    logging.getLogger("splink").setLevel(logging.WARNING)
    return linker


def _settings(given: Mapping[tuple[str, str], tuple[Any, Any]]) -> dict[str, Any]:
    expected = {PRIOR} | {(each.name, level.name) for each in COMPARISONS for level in each.levels}
    if given.keys() != expected:
        raise ValueError(
            "customer_match_weights does not fit the comparisons: "
            f"missing {sorted(expected - given.keys())}, unknown {sorted(given.keys() - expected)}; train it again"
        )
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "record_key",
        "probability_two_random_records_match": float(given[PRIOR][0]),
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
        # Which pairs are compared is decided before; splink wants a rule all the same.
        "blocking_rules_to_generate_predictions": ["false"],
        "comparisons": [
            {
                "output_column_name": comparison.name,
                "comparison_levels": [
                    {"sql_condition": comparison.missing, "label_for_charts": "missing", "is_null_level": True},
                    *(
                        {
                            "sql_condition": level.condition,
                            "label_for_charts": level.name,
                            "m_probability": float(given[comparison.name, level.name][0]),
                            "u_probability": float(given[comparison.name, level.name][1]),
                        }
                        for level in comparison.levels
                    ),
                ],
            }
            for comparison in COMPARISONS
        ],
    }


def _sides(columns: Iterable[str]) -> str:
    """The columns of both records of a pair, as the conditions of the levels name them."""
    return ", ".join(f"l.{name} as {name}_l, r.{name} as {name}_r" for name in columns)


def _agreement() -> str:
    """What agrees, in words, as SQL over the columns of both records."""
    told = []
    for comparison in COMPARISONS:
        words = {level.name: level.words for level in comparison.levels if level.words}
        whens = " ".join(f"when '{name}' then '{said}'" for name, said in words.items())
        told.append(f"case {_degree(comparison)} {whens} end")
    return f"coalesce(nullif(concat_ws(', ', {', '.join(told)}), ''), 'nothing')"
