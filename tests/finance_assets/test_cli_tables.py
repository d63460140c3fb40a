"""A table is readable however wide the screen is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from rich.console import Console

from finance_assets.cli import tables

MAIL = "accounts-receivable@meridian.example"


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What a table looks like on a screen of that width."""

    def shown(width: int, *described: Any) -> str:
        console = Console(width=width)
        monkeypatch.setattr(tables, "console", console)
        with console.capture() as captured:
            console.print(tables.table(*described), highlight=False)
        return captured.get()

    return shown


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_word_is_broken_and_no_line_is_wider_than_the_screen(screen: Any, width: int) -> None:
    columns = ("entity", "owner", "amount", "", "what")
    row = ("1010", MAIL, Decimal("1234567.50"), "EUR", "a sentence of many words that may be wrapped between them")
    shown = screen(width, "Open", columns, [row])
    assert (MAIL in shown) == (width > 60) and "meridian.example" in shown and "1,234,567.50" in shown
    assert max(len(line.rstrip()) for line in shown.splitlines()) <= width
    assert set(row[-1].split()) <= set(shown.split())


def test_a_key_and_an_address_are_broken_at_their_joints_before_records_stand_one_below_the_other(screen: Any) -> None:
    row = (MAIL, "sap_group|customer_of_the_east|2026|1900000003", "open")
    assert [line.split() for line in screen(60, "", ("owner", "key", "status"), [row]).splitlines()[1:]] == [
        ["accounts-receivable@", "sap_group|", "open"],
        ["meridian.example", "customer_of_the_east|"],
        ["2026|1900000003"],
    ]
    assert len(screen(120, "", ("owner", "key", "status"), [row]).splitlines()) == 2


def test_what_does_not_fit_side_by_side_stands_record_by_record(screen: Any) -> None:
    columns = [f"column_number_{number}" for number in range(12)]
    lines = screen(80, "2 rows", columns, [range(12), range(12)]).splitlines()
    assert ["column_number_11", "11"] in [line.split() for line in lines]
    assert len([line for line in lines if not line.strip()]) == 1, "an empty line between two records"


def test_a_currency_stays_with_its_amount(screen: Any) -> None:
    row = (MAIL, Decimal("10.5"), "EUR", MAIL)
    assert "10.50 EUR" in screen(40, "", ("owner", "amount", "", "assignee"), [row])


def test_only_amounts_and_counts_have_separators(screen: Any) -> None:
    columns = ("fiscal_year", "document number", "line_number", "source_id", "rows", "amount", "rate")
    row = (2026, 1800000106, 1001, 4500, 12345, Decimal("12345.6000"), Decimal("1.083400"))
    shown = screen(120, "", columns, [row]).split()
    assert shown[-7:] == ["2026", "1800000106", "1001", "4500", "12,345", "12,345.60", "1.0834"]


def test_a_name_and_a_value_stay_beside_each_other(screen: Any) -> None:
    shown = screen(40, "", ("", ""), [("key", "x" * 60), ("type", "unmapped_account")])
    assert ["type", "unmapped_account"] in [line.split() for line in shown.splitlines()]
