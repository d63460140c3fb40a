"""Books in tables: SAP ECC's encodings and a plain ledger hold the same ledger that the truth knows."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from dlt_sources.sandbox.company import Snapshot, build_world
from tests.dlt_sources.sandbox.company.conftest import AS_OF, SCALE, Query, world_of

# Yen, which are stored as if they had cents; and a chart of its own.
ELSEWHERE = {"3010": "sap_ecc", "2010": "sql_ledger"}
LEDGER = """
    select "CompanyCode", "FiscalYear"::int, "FiscalPeriod"::int, ltrim("GLAccount", '0'),
        sum("AmountInCompanyCodeCurrency"), count(*)
    from journal where "Ledger" = '0L' and "CompanyCode" = '{entity}' group by all order by all
"""


@pytest.fixture(scope="module")
def apart() -> Snapshot:
    return build_world(7, SCALE, ELSEWHERE).as_of(AS_OF, "all")


@pytest.fixture(scope="module")
def journal() -> pa.Table:
    return world_of(7).as_of(AS_OF, "all").vendor("sap_s4hana")["journal_lines"]


def test_the_items_of_ecc_are_the_ledger_once_their_notation_is_read(
    apart: Snapshot, journal: pa.Table, query: Query
) -> None:
    ecc = apart.vendor("sap_ecc")
    here = query(
        """
        select i.BUKRS, i.GJAHR::int, h.MONAT::int, ltrim(i.HKONT, '0'),
            sum(case i.SHKZG when 'S' then i.DMBTR else -i.DMBTR end * 100), count(*)
        from items i join heads h using (BUKRS, BELNR, GJAHR) group by all order by all
        """,
        items=ecc["BSEG"],
        heads=ecc["BKPF"],
    )
    assert here and here == query(LEDGER.format(entity="3010"), journal=journal)


def test_the_totals_of_ecc_are_the_sums_of_both_ledgers(apart: Snapshot, query: Query) -> None:
    ecc = apart.vendor("sap_ecc")
    months = ", ".join(f"HSL{period:02d}" for period in range(1, 17))
    totals = query(
        f"""
        with by_period as (unpivot totals on {months} into name period value stored)
        select RYEAR, right(period, 2), DRCRK, sum(stored) from by_period where RLDNR = '0L' group by all
        having sum(stored) <> 0 order by all
        """,
        totals=ecc["FAGLFLEXT"],
    )
    items = query(
        """
        select i.GJAHR, h.MONAT, i.SHKZG, sum(case i.SHKZG when 'S' then i.DMBTR else -i.DMBTR end)
        from items i join heads h using (BUKRS, BELNR, GJAHR) group by all order by all
        """,
        items=ecc["BSEG"],
        heads=ecc["BKPF"],
    )
    assert items and totals == items
    assert query("select distinct RLDNR from totals order by 1", totals=ecc["FAGLFLEXT"]) == [("0L",), ("2L",)]


def test_what_is_open_in_ecc_is_what_the_truth_says_is_open(apart: Snapshot, query: Query) -> None:
    open_items = query(
        "select ltrim(BELNR, '0'), BUZEI::int::varchar from items where KOART in ('D', 'K') and AUGBL = ''",
        items=apart.vendor("sap_ecc")["BSEG"],
    )
    truth = [
        item
        for name in ("ar_open_items", "ap_open_items")
        for item in query(
            "select document_number, line_number from items "
            f"where open_on = date '{AS_OF}' and source_entity_id = '3010'",
            items=apart.truth[name],
        )
    ]
    assert truth and sorted(open_items) == sorted(truth)


def test_an_inverted_date_reads_as_the_first_of_a_month(apart: Snapshot, query: Query) -> None:
    days = query(
        "select distinct (99999999 - GDATU::int) % 100, UKURS > 0 from rates where FCURR <> 'GBP'",
        rates=apart.vendor("sap_ecc")["TCURR"],
    )
    assert days == [(1, True)]


def test_the_plain_ledger_is_the_ledger(apart: Snapshot, journal: pa.Table, query: Query) -> None:
    here = query(
        """
        select company_code, fiscal_year, period, account_no, sum(debit - credit), count(*)
        from entries where posted group by all order by all
        """,
        entries=apart.vendor("sql_ledger")["gl_entry"],
    )
    assert here and here == query(LEDGER.format(entity="2010"), journal=journal)


@pytest.mark.parametrize("day", [date(2026, 9, 28), date(2026, 9, 30)])
def test_a_draft_is_thrown_away_without_a_trace(day: date, query: Query) -> None:
    entries = build_world(7, SCALE, ELSEWHERE).as_of(day, "none").vendor("sql_ledger")["gl_entry"]
    drafts = query("select debit - credit from entries where not posted order by 1", entries=entries)
    assert [amount for (amount,) in drafts] == ([-100, 100] if day.day < 29 else [])
