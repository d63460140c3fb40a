"""An entity moves from SAP to NetSuite: the old books stop, the new ones open with their closing, the truth goes on."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow.compute as pc
import pytest

from dlt_sources.sandbox.company import Snapshot, build_world
from dlt_sources.sandbox.company.books import Books
from dlt_sources.sandbox.company.mappings import write
from tests.dlt_sources.sandbox.company.conftest import AS_OF, OF_A_CUT_OVER, SCALE, Query

LAST_DAY = date(2025, 9, 30)
MOVED = {"2010": {"until": LAST_DAY, "first": "sap_s4hana", "then": "netsuite"}}
BUYS = {"1020": "coupa", "2010": "coupa"}


@pytest.fixture(scope="module")
def world():
    return build_world(7, SCALE, MOVED, None, BUYS)


@pytest.fixture(scope="module")
def moved(world) -> Snapshot:
    return world.as_of(AS_OF, "none")


@pytest.fixture(scope="module")
def stayed() -> Snapshot:
    return build_world(7, SCALE, None, None, BUYS).as_of(AS_OF, "none")


def test_the_old_erp_shows_the_entity_as_on_its_last_day_there(world, moved: Snapshot) -> None:
    evening = world.as_of(LAST_DAY, "none").vendor("sap_s4hana")
    for resource in ("journal_lines", "subledger_items", "billing_documents", "sales_orders"):
        column = "SalesOrganization" if resource == "sales_orders" else "CompanyCode"
        now = moved.vendor("sap_s4hana")[resource]
        own, then = (table.filter(pc.equal(table[column], "2010")) for table in (now, evening[resource]))
        assert own.equals(then) and len(own) > 0, resource


def test_the_new_erp_has_an_opening_that_balances_and_nothing_else_from_before(moved: Snapshot, query: Query) -> None:
    netsuite = moved.vendor("netsuite")
    tables = {"heads": netsuite["transactions"], "lines": netsuite["accounting_lines"]}
    opening = query(
        "select memo, sum(amount), count(*) from lines join heads on lines.transaction = heads.id "
        "where trandate <= date '2025-09-30' and lines.posting = 'T' group by memo, accountingbook",
        **tables,
    )
    assert all(total == 0 for _, total, _ in opening)
    assert {"Opening balances", "DR", "KR"} <= {memo for memo, _, _ in opening}
    ((first_entered,),) = query("select min(createddate) from heads where posting = 'T'", **tables)
    assert first_entered.date() == date(2025, 10, 1)


def test_balances_and_open_items_go_on_as_if_nothing_had_happened(
    moved: Snapshot, stayed: Snapshot, query: Query
) -> None:
    balances = (
        "select source_entity_id, fiscal_year, fiscal_period, source_account_id, opening, debits, credits, closing"
    )
    balances += " from {} where ledger in ('0L', '1') order by all"
    tables = {"after": moved.truth["trial_balances"], "before": stayed.truth["trial_balances"]}
    assert query(balances.format("after"), **tables) == query(balances.format("before"), **tables)
    for subledger in ("ar_open_items", "ap_open_items"):
        items = "select open_on, source_entity_id, source_counterparty_id, due, amount from {} order by all".replace(
            "due, amount", "transaction_currency, amount_transaction, amount_local"
        )
        tables = {"after": moved.truth[subledger], "before": stayed.truth[subledger]}
        assert query(items.format("after"), **tables) == query(items.format("before"), **tables)


def test_the_ledger_of_a_period_is_called_as_the_erp_of_the_period_calls_it(moved: Snapshot, query: Query) -> None:
    found = query(
        "select chart, ledger, min(fiscal_year * 100 + fiscal_period), max(fiscal_year * 100 + fiscal_period) "
        "from balances where source_entity_id = '2010' and ledger in ('0L', '1') group by all order by 3",
        balances=moved.truth["trial_balances"],
    )
    assert found == [("CAUS", "0L", 202410, 202509), ("NETSUITE", "1", 202510, 202609)]


def test_errors_of_a_cut_over_are_there_from_the_morning_after(world) -> None:
    assert world.as_of(LAST_DAY, OF_A_CUT_OVER).labels.num_rows == 0
    labels = world.as_of(AS_OF, OF_A_CUT_OVER).labels.to_pylist()
    assert {label["error_class"] for label in labels} == OF_A_CUT_OVER
    wrong = [label["amount_transaction"] for label in labels if label["error_class"] == "cut_over_balance_differs"]
    assert len(wrong) == 2 and sum(wrong) == 0 and wrong[0] != 0


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"until": LAST_DAY, "first": "sap_s4hana", "then": "oracle_fusion"}, "what can be simulated is sap_s4hana to"),
        ({"until": LAST_DAY, "first": "netsuite", "then": "sap_s4hana"}, "cannot move from netsuite to sap_s4hana"),
        ({"until": "2025-09-15", "first": "sap_s4hana", "then": "netsuite"}, "after a month's last day"),
        ({"then": "netsuite"}, "says until when"),
    ],
)
def test_a_move_that_nobody_can_simulate_is_refused(told: dict, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Books({"2010": told})


def test_an_entity_that_buys_in_its_erp_cannot_move() -> None:
    with pytest.raises(ValueError, match="let it buy through a procurement system"):
        build_world(7, SCALE, {"3020": MOVED["2010"]})


def test_the_mappings_end_where_the_others_begin(tmp_path: Path) -> None:
    write(tmp_path, Books(MOVED))
    rows = [line.split(",") for line in (tmp_path / "entities.csv").read_text().splitlines()]
    dated = {row[0]: (row[3], row[4]) for row in rows if row[1:3] == ["2010", "2010"] and row[0].endswith("e_group")}
    assert dated["netsuite_group"] == ("2025-10-01", "")
    assert ["sap_group", "2010", "2010", "2024-01-01", "2025-10-01"] in [row[:5] for row in rows]
