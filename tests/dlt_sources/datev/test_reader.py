"""Booking batches of other writers: both marks of encoding, short rows, dates without a year, reversals."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.dlt_sources.dropped import load_dropped

HEADER = (
    '"EXTF";700;21;"Buchungsstapel";7;20261005;;"RE";"";"";1001;7;20260101;4;{first};{last};"Lohn";"";1;0;0;"EUR";;'
)


def row(amount: str, side: str, date: str, person: str = "4711", reversal: bool = False) -> str:
    values = [""] * 118
    values[0], values[1], values[6], values[7], values[9], values[10] = amount, side, "6020", "3720", date, person
    values[13], values[36] = f"Gehalt {person} Keller", "100"
    values[117] = "1" if reversal else ""
    return ";".join(values if reversal else values[:37])


def drop(folder: Path, *rows: str, first: str = "20260901", last: str = "20260930", encoding: str = "cp1252") -> None:
    lines = [HEADER.format(first=first, last=last), "Umsatz;Soll/Haben-Kz;Währung", *rows]
    (folder / "EXTF_lohn.csv").write_bytes("\r\n".join(lines).encode(encoding))


def test_a_row_is_both_sides_and_a_general_reversal_takes_back_on_them(tmp_path: Path) -> None:
    drop(tmp_path, row("100,50", "S", "0109"), row("0,50", "S", "109", reversal=True), row("20", "H", "1509"))
    rows = load_dropped("datev", tmp_path)
    sums = {(line["account"], line["side"], line["pay_date"]): Decimal(line["amount"]) for line in rows["lines"]}
    assert sums == {
        ("6020", "debit", "2026-09-01"): 100,
        ("3720", "credit", "2026-09-01"): 100,
        ("6020", "credit", "2026-09-15"): 20,
        ("3720", "debit", "2026-09-15"): 20,
    }
    assert {line["cost_centre"] for line in rows["lines"] if line["account"] == "3720"} == {None}
    assert {(run["company"], run["period"]) for run in rows["runs"]} == {("1001-7", "202609")}


def test_nobody_is_named(tmp_path: Path) -> None:
    drop(tmp_path, row("100,50", "S", "0109"), encoding="utf-8-sig")
    landed = repr(load_dropped("datev", tmp_path))
    assert "100.50" in landed and "Keller" not in landed and "4711" not in landed


def test_a_date_is_of_the_year_of_its_batch(tmp_path: Path) -> None:
    drop(tmp_path, row("1", "S", "3112"), row("1", "S", "0201"), first="20261201", last="20270115")
    assert {run["pay_date"] for run in load_dropped("datev", tmp_path)["runs"]} == {"2026-12-31", "2027-01-02"}


def test_what_cannot_be_read_whole_is_not_read_at_all(tmp_path: Path) -> None:
    for problem, content in (
        ("line 3: the document date is no day of the batch", row("1", "S", "0110")),
        ("line 3: amount or debit/credit mark cannot be read", row("1.000,00", "S", "0109")),
        ("line 3: amount or debit/credit mark cannot be read", row("1", "X", "0109")),
        ("line 3 has 2 values, which is too few", "1;S"),
    ):
        drop(tmp_path, content)
        rows = load_dropped("datev", tmp_path)
        assert ([run["problem"] for run in rows["runs"]], rows["lines"]) == ([problem], [])
    (tmp_path / "EXTF_lohn.csv").write_text(HEADER.format(first="20260901", last="20260930").replace(";21;", ";16;"))
    assert load_dropped("datev", tmp_path)["runs"][0]["problem"] == "it is of category 16, not a booking batch (21)"
