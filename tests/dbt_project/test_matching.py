"""The matching engine: held against a plain oracle on small populations, against labelled truth on large ones."""

import re
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.dbt_project.empty_warehouse import DBT_PROJECT
from tests.dbt_project.labelled_items import EXPECTED, RULES, create_labelled_items
from tests.dbt_project.matching_oracle import Item, Oracle, allowed

AS_OF = date(2026, 9, 30)
# All kinds of rules and all ways to use an amount, weak after strong.
EVERY_RULE = """
rules:
  - {name: reversal, kind: reversal, side: right, key: &number [entity_code, {left: invoice_number, right: reference}]}
  - {name: number, kind: one_to_one, key: *number, amount: tolerance, currency: any}
  - {name: parts, kind: one_to_many, key: *number, amount: tolerance}
  - name: batch
    kind: many_to_one
    key: &batch [entity_code, {left: posting_batch, right: reference}]
    amount: tolerance
  - {name: batch_but_one, kind: many_to_one, key: *batch, amount: all_but_one}
  - {name: contract, kind: many_to_many, key: [contract_number]}
  - {name: other_amount, kind: one_to_one, key: *number, amount: any, currency: any}
  - {name: batch_other_amount, kind: many_to_one, key: *batch, amount: any}
  - {name: same_day, kind: one_to_one, key: [counterparty_key], window_business_days: 0}
  - name: near
    kind: one_to_one
    key: [entity_code, counterparty_key]
    amount: tolerance
    window_business_days: 3
    left_where: invoice_number is null
    right_where: reference is null
"""
STRONG_RULES = len(yaml.safe_load(EVERY_RULE)["rules"]) - 4
BILLING_TO_ERP = re.search(
    r"{% set rules %}(.*?){% endset %}",
    (DBT_PROJECT / "models/reconciliation/billing_to_erp/billing_to_erp_matches.sql").read_text(),
    re.DOTALL,
).group(1)

COLUMNS = {
    "item_key": "varchar",
    "source_instance": "varchar",
    "entity_code": "varchar",
    "counterparty_key": "varchar",
    "item_date": "date",
    "period_end_date": "date",
    "partner_due_date": "date",
    "business_day_number": "integer",
    "currency_code": "varchar",
    "amount": "decimal(28, 4)",
    "invoice_number": "varchar",
    "posting_batch": "varchar",
    "reference": "varchar",
    "contract_number": "varchar",
    "is_reversal": "boolean",
    "is_reversed": "boolean",
}


@pytest.fixture(scope="module")
def queries(render: Callable[[str], str]) -> dict[str, str]:
    """The query of each list of rules over the tables lefts, rights and tolerance_rows."""
    strong = yaml.safe_dump({"rules": yaml.safe_load(EVERY_RULE)["rules"][:STRONG_RULES]})
    rules = {"every": EVERY_RULE, "strong": strong, "billing_to_erp": BILLING_TO_ERP, "labelled": RULES}
    calls = [
        "{{ match_items('labelled', 'lefts', 'rights', " + repr(text) + ", 'tolerance_rows') }}"
        for text in rules.values()
    ]
    return dict(zip(rules, render("\n;\n".join(calls)).split(";\n"), strict=True))


@pytest.fixture(scope="module")
def engine() -> duckdb.DuckDBPyConnection:
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        yield connection


def item(side: str) -> st.SearchStrategy[dict]:
    """An item from so few values that items meet in every way there is."""
    days = st.integers(0, 6)
    number = st.sampled_from([None, "N1", "N1", "N2"])
    return st.builds(
        lambda day, amount, reversal, **columns: {
            "item_date": date(2026, 3, 1) + timedelta(days=day),
            "business_day_number": day,
            "amount": -amount if reversal == "reversal" and side == "right" else amount,
            "is_reversal": side == "right" and reversal == "reversal",
            "is_reversed": side == "right" and reversal == "reversed",
            **columns,
        },
        day=days,
        amount=st.sampled_from([Decimal(a) for a in ("0", "1", "1.05", "1.06", "2", "2.05", "3", "10", "10.2", "-10")]),
        reversal=st.sampled_from([None, None, None, "reversal", "reversed"]),
        entity_code=st.sampled_from(["10", "10", "20"]),
        counterparty_key=st.sampled_from(["C1", "C1", None]),
        currency_code=st.sampled_from(["EUR", "EUR", "EUR", "USD", None]),
        invoice_number=number if side == "left" else st.none(),
        posting_batch=st.sampled_from([None, "B1"]) if side == "left" else st.none(),
        reference=st.sampled_from([None, "N1", "N1", "N2", "B1"]) if side == "right" else st.none(),
        contract_number=st.sampled_from([None, None, "K1"]),
    )


KEYS = ("entity_code", "counterparty_key", "invoice_number", "posting_batch", "reference", "contract_number")


def side_by_side(worlds: list[tuple[list[dict], list[dict]]]) -> tuple[list[dict], list[dict]]:
    """Worlds that share no key, as one pair of populations: a query is planned once for many of them."""
    lefts, rights = (
        [
            {name: f"{number} {value}" if name in KEYS and value else value for name, value in found.items()}
            for number, world in enumerate(worlds)
            for found in world[side]
        ]
        for side in (0, 1)
    )
    return lefts, rights


WORLD = st.tuples(st.lists(item("left"), max_size=7), st.lists(item("right"), max_size=7))
POPULATIONS = st.lists(WORLD, min_size=1, max_size=25).map(side_by_side)
TOLERANCES = st.sampled_from([(Decimal(0), Decimal(0)), (Decimal("0.05"), Decimal(0)), (Decimal("0.05"), Decimal(2))])
# An example is up to 25 worlds; the engine is a connection that every example fills anew.
few = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
# Of a property that takes two queries per example.
fewer = settings(few, max_examples=8)


def load(engine: duckdb.DuckDBPyConnection, populations: tuple, tolerance: tuple, reverse: bool = False) -> None:
    engine.execute(
        "create or replace table tolerance_rows "
        "(reconciliation_name varchar, currency_code varchar, amount_absolute decimal(28, 4), "
        "percent_of_amount decimal(9, 4))"
    )
    for currency in ("EUR", "USD"):
        engine.execute("insert into tolerance_rows values ('labelled', ?, ?, ?)", [currency, *tolerance])
    for side, items in zip(("left", "right"), populations, strict=True):
        columns = ", ".join(f"{name} {data_type}" for name, data_type in COLUMNS.items())
        engine.execute(f"create or replace table {side}s ({columns})")
        rows = [
            [{"item_key": f"{side[0]}{i}", "period_end_date": date(2026, 3, 31), **found}.get(name) for name in COLUMNS]
            for i, found in enumerate(items)
        ][:: -1 if reverse else 1]
        if rows:
            engine.register("landed", pa.table({name: [row[i] for row in rows] for i, name in enumerate(COLUMNS)}))
            engine.execute(f"insert into {side}s select * from landed")


def matched(engine: duckdb.DuckDBPyConnection, query: str) -> list[dict]:
    """The rows of the engine, in an order of their own."""
    result = engine.execute(f"select * from ({query}) order by all")
    names = [name for name, *_ in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def by_item(rows: list[dict]) -> dict[str, tuple]:
    """Finding, rule and match of every item, which must be counted exactly once."""
    members: dict[str, set[str]] = defaultdict(set)
    counted: dict[str, dict] = {}
    for row in rows:
        for side in ("left", "right"):
            if row[f"{side}_item_count"]:
                assert row[f"{side}_item_count"] == 1
                name = f"{side} {row[f'{side}_item_key']}"
                assert name not in counted, "an item is counted once"
                counted[name] = row
                if row["match_id"]:
                    members[row["match_id"]].add(name)
    return {
        name: (row["finding"], row["rule_name"], frozenset(members.get(row["match_id"], ())))
        for name, row in counted.items()
    }


def oracle(populations: tuple, rules: str, tolerance: tuple) -> dict[str, tuple]:
    items = [
        Item(side, f"{side[0]}{i}", found["currency_code"], found["amount"], found["item_date"], found)
        for side, population in zip(("left", "right"), populations, strict=True)
        for i, found in enumerate(population)
    ]
    for found in items:
        if found.currency_code is None:
            found.columns = dict.fromkeys(found.columns)
    Oracle(items, yaml.safe_load(rules)["rules"], *tolerance)
    return {found.name: (found.finding, found.rule_name, found.match) for found in items}


@pytest.mark.parametrize("name", ["every", "billing_to_erp"])
@few
@given(populations=POPULATIONS, tolerance=TOLERANCES)
def test_every_item_is_found_as_the_oracle_finds_it(
    engine: duckdb.DuckDBPyConnection, queries: dict[str, str], name: str, populations: tuple, tolerance: tuple
) -> None:
    load(engine, populations, tolerance)
    rules = {"every": EVERY_RULE, "billing_to_erp": BILLING_TO_ERP}[name]
    assert by_item(matched(engine, queries[name])) == oracle(populations, rules, tolerance)


@few
@given(populations=POPULATIONS, tolerance=TOLERANCES)
def test_items_in_are_items_out_and_money_is_conserved(
    engine: duckdb.DuckDBPyConnection, queries: dict[str, str], populations: tuple, tolerance: tuple
) -> None:
    load(engine, populations, tolerance)
    rows = matched(engine, queries["every"])
    assert by_item(rows).keys() == {
        f"{side} {side[0]}{i}"
        for side, items in zip(("left", "right"), populations, strict=True)
        for i in range(len(items))
    }
    for side, items in zip(("left", "right"), populations, strict=True):
        amounts: dict[tuple, Decimal] = defaultdict(Decimal)
        for row in rows:
            amounts[row[f"{side}_item_key"], row["currency_code"]] += row[f"{side}_amount"]
        expected = {(f"{side[0]}{i}", found["currency_code"]): found["amount"] for i, found in enumerate(items)}
        assert {key: amount for key, amount in amounts.items() if amount} == {k: a for k, a in expected.items() if a}


@few
@given(populations=POPULATIONS, tolerance=TOLERANCES)
def test_only_a_row_with_a_difference_has_an_outcome_that_may_have_one(
    engine: duckdb.DuckDBPyConnection, queries: dict[str, str], populations: tuple, tolerance: tuple
) -> None:
    load(engine, populations, tolerance)
    groups: dict[str, list[dict]] = defaultdict(list)
    for row in matched(engine, queries["every"]):
        groups[row["match_id"] or str(row)].append(row)
    for rows in groups.values():
        left, right = (sum(row[f"{side}_amount"] for row in rows) for side in ("left", "right"))
        outcomes = {row["outcome"] for row in rows}
        if not rows[0]["match_id"]:
            expected = (
                {f"duplicate_{'left' if rows[0]['left_item_count'] else 'right'}"}
                if rows[0]["finding"] == "duplicate"
                else {"missing_right" if rows[0]["left_item_count"] else "missing_left"}
            )
        elif rows[0]["finding"] == "reversal":
            assert left == right == 0
            expected = {"matched"}
        elif len({row["currency_code"] for row in rows}) > 1:
            expected = {"currency_difference"}
        elif abs(left - right) > allowed(left, *tolerance):
            expected = {"amount_difference"}
        elif left != right:
            assert "matched_within_tolerance" in outcomes
            expected = outcomes & {"matched", "matched_within_tolerance"}
        else:
            expected = {"matched"}
        assert outcomes == expected


@fewer
@given(populations=POPULATIONS, tolerance=TOLERANCES)
def test_the_order_of_rows_and_the_number_of_threads_change_nothing(
    engine: duckdb.DuckDBPyConnection, queries: dict[str, str], populations: tuple, tolerance: tuple
) -> None:
    load(engine, populations, tolerance)
    first = matched(engine, queries["every"])
    load(engine, populations, tolerance, reverse=True)
    engine.execute("set threads = 4")
    second = matched(engine, queries["every"])
    engine.execute("set threads = 1")
    assert first == second


@pytest.mark.slow
@fewer
@given(populations=POPULATIONS, tolerance=TOLERANCES)
def test_what_strong_rules_take_no_weaker_rule_takes_away(
    engine: duckdb.DuckDBPyConnection, queries: dict[str, str], populations: tuple, tolerance: tuple
) -> None:
    load(engine, populations, tolerance)
    strong = by_item(matched(engine, queries["strong"]))
    every = by_item(matched(engine, queries["every"]))
    taken = {name: found for name, found in strong.items() if found[2]}
    assume(taken)
    assert {name: every[name] for name in taken} == taken


ONE = {
    "item_date": date(2026, 3, 2),
    "business_day_number": 1,
    "entity_code": "10",
    "counterparty_key": "C1",
    "currency_code": "EUR",
}


@pytest.mark.parametrize(
    ("left", "right", "tolerance", "outcome"),
    [
        ("100", "100.0500", ("0.05", "0"), "matched_within_tolerance"),
        ("100", "100.0501", ("0.05", "0"), "amount_difference"),
        ("100", "99.95", ("0.05", "0"), "matched_within_tolerance"),
        ("100", "101", ("0.05", "1"), "matched_within_tolerance"),
        ("100", "101.0001", ("0.05", "1"), "amount_difference"),
        ("1", "1.05", ("0.05", "1"), "matched_within_tolerance"),
        ("-100", "-101", ("0.05", "1"), "matched_within_tolerance"),
        ("100", "100", ("0", "0"), "matched"),
        ("100", "-100", ("0.05", "1"), "amount_difference"),
    ],
)
def test_the_tolerance_is_the_larger_of_amount_and_percentage_and_its_edge_belongs_to_it(
    engine: duckdb.DuckDBPyConnection, queries: dict[str, str], left: str, right: str, tolerance: tuple, outcome: str
) -> None:
    populations = (
        [{**ONE, "amount": Decimal(left), "invoice_number": "N1"}],
        [{**ONE, "amount": Decimal(right), "reference": "N1"}],
    )
    load(engine, populations, tolerance)
    assert [row["outcome"] for row in matched(engine, queries["every"])] == [outcome]


@pytest.mark.parametrize("percent", ["0", "0.1", "1", "7", "50"])
@pytest.mark.parametrize("absolute", ["0", "0.05", "3"])
def test_no_bucket_parts_two_amounts_within_tolerance(
    engine: duckdb.DuckDBPyConnection, queries: dict[str, str], absolute: str, percent: str
) -> None:
    """Each left amount has a customer of its own and one right amount at the very edge of its tolerance."""
    tolerance = Decimal(absolute), Decimal(percent)
    lefts, rights = [], []
    amounts = [
        Decimal(sign * n) / 100 for n in (1, 3, 9, 99, 499, 501, 999, 9999, 10001, 123456, 99999999) for sign in (1, -1)
    ]
    for amount in amounts:
        for direction in (1, -1):
            customer = {**ONE, "counterparty_key": f"{amount} {direction}"}
            lefts.append({**customer, "amount": amount})
            rights.append({**customer, "amount": amount + direction * allowed(amount, *tolerance)})
    load(engine, (lefts, rights), tolerance)
    rows = matched(engine, queries["every"])
    assert [row for row in rows if row["finding"] != "match"] == []


@pytest.mark.parametrize(
    ("counts", "findings"),
    [
        # Two days apart, the same day is the better partner.
        ([("left", 0), ("right", 0), ("right", 2)], {"match": 2, "alone": 1}),
        # A day before and a day after are equally good.
        ([("left", 1), ("right", 0), ("right", 2)], {"ambiguous": 3}),
        # Three against three that nothing tells apart is three pairs, three against two nobody can say.
        ([("left", 1)] * 3 + [("right", 2)] * 3, {"match": 6}),
        ([("left", 1)] * 3 + [("right", 2)] * 2, {"ambiguous": 5}),
        # What is settled frees its neighbours.
        ([("left", 0), ("right", 1), ("left", 1), ("right", 3)], {"match": 4}),
        ([("left", 0), ("right", 4)], {"alone": 2}),
    ],
)
def test_without_a_reference_two_equally_good_partners_are_never_settled(
    engine: duckdb.DuckDBPyConnection, queries: dict[str, str], counts: list, findings: dict[str, int]
) -> None:
    populations = tuple(
        [
            {**ONE, "amount": Decimal(5), "business_day_number": day, "counterparty_key": "C2"}
            for s, day in counts
            if s == side
        ]
        for side in ("left", "right")
    )
    load(engine, populations, (Decimal(0), Decimal(0)))
    found: dict[str, int] = defaultdict(int)
    for finding, *_ in by_item(matched(engine, queries["every"])).values():
        found[finding] += 1
    assert found == findings


def assert_labels_are_found(connection: duckdb.DuckDBPyConnection, recall: float) -> None:
    """Every item of `lefts` and `rights` is found as its label says, and with those it belongs to."""
    connection.execute(
        """
        create or replace temp table items as
        select kind, truth, 'left' as side, finding, rule_name, match_id, amount, i
        from (select kind, truth, item_key, amount, 0 as i from lefts) as items
        inner join result on result.left_item_key = items.item_key and left_item_count = 1
        union all
        select kind, truth, 'right' as side, finding, rule_name, match_id, amount, i
        from (select kind, truth, item_key, amount, 0 as i from rights) as items
        inner join result on result.right_item_key = items.item_key and right_item_count = 1
        """
    )
    expected = ", ".join(f"('{kind}', '{finding}', '{rule}')" for kind, (finding, rule) in EXPECTED.items())
    found, all_items = connection.execute(
        f"""
        select count(*) filter (items.finding = expected.finding and items.rule_name = expected.rule_name), count(*)
        from items inner join (values {expected}) as expected (kind, finding, rule_name) using (kind)
        """
    ).fetchone()
    counted = connection.execute("select (select count(*) from lefts) + (select count(*) from rights)").fetchone()[0]
    assert all_items == counted
    assert found / all_items >= recall
    strangers = connection.execute(
        "select count(*) from (select match_id from items where match_id is not null group by match_id "
        "having count(distinct truth) > 1)"
    ).fetchone()[0]
    assert strangers == 0
    left_over = connection.execute(
        "select (select sum(amount) from lefts) - (select sum(amount) from rights) "
        "- (select sum(left_amount - right_amount) from result)"
    ).fetchone()[0]
    assert left_over == 0


def test_ten_thousand_items_are_found_as_labelled(database: duckdb.DuckDBPyConnection, queries: dict[str, str]) -> None:
    create_labelled_items(database, thousands=10)
    database.execute(f"create table result as {queries['labelled']}")
    assert_labels_are_found(database, recall=1.0)


def test_thousands_of_equal_items_cost_what_one_costs(
    database: duckdb.DuckDBPyConnection, queries: dict[str, str]
) -> None:
    """One customer, one amount, 60,000 items a side on twenty days: item by item it would be billions of pairs."""
    create_labelled_items(database, thousands=1)
    for side in ("lefts", "rights"):
        database.execute(f"create or replace temp table one as select * from {side} where kind = 'crowded' limit 1")
        database.execute(f"delete from {side}")
        database.execute(
            f"insert into {side} select one.* replace ('{side}' || range as item_key, "
            "range % 20 as business_day_number) from one cross join range(60000)"
        )
    database.execute("set memory_limit = '2GB'")
    database.execute(f"create table result as {queries['labelled']}")
    assert database.execute("select finding, count(*) from result group by all").fetchall() == [("match", 60000)]


@pytest.mark.slow
def test_a_million_against_a_million_items(
    tmp_path: Path, queries: dict[str, str], record_property: Callable[[str, object], None]
) -> None:
    with duckdb.connect(str(tmp_path / "million.duckdb")) as connection:
        connection.execute("set memory_limit = '4GB'")
        connection.execute("set threads = 2")
        create_labelled_items(connection, thousands=1000)
        connection.execute(f"create table result as {queries['labelled']}")
        # Of 140,000 items without a reference a few share customer, days and cents by chance.
        assert_labels_are_found(connection, recall=0.9999)
