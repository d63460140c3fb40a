"""The documented payroll file: a line that does not fit is named by its number, and takes the file with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlt_sources.payroll_csv.reader import COLUMNS
from tests.dlt_sources.dropped import load_dropped

HEADER = ";".join(COLUMNS)
LINE = "202609;1020;R1;2026-09-25;{person};100;1000;Base pay;5200;D;{amount};EUR;Y"


def test_people_are_summed_and_the_run_has_its_totals(tmp_path: Path) -> None:
    lines = [LINE.format(person=f"P{number}", amount="1000.10") for number in range(4)]
    (tmp_path / "a.csv").write_text("\ufeff" + "\n".join([HEADER, *lines, ""]), encoding="utf-8")
    rows = load_dropped("payroll_csv", tmp_path)
    assert [(line["wage_type"], line["amount"], line["line_count"]) for line in rows["lines"]] == [
        ("1000", "4000.40", "4")
    ]
    assert rows["runs"][0]["debit_total"] == "4000.40"
    assert "P1" not in repr(rows) and "1000.10" not in repr(rows)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([HEADER, LINE.format(person="P1", amount="1,5")], "line 2: amount is not a number"),
        (
            [HEADER, LINE.format(person="P1", amount="NaN")],
            "line 2: debit_credit is neither D nor C, or amount is no amount",
        ),
        ([HEADER, "202609;1020"], "line 2 has 2 values under 13 columns"),
        (["period;company"], f"its first line is not: {HEADER}"),
        ([], f"its first line is not: {HEADER}"),
    ],
)
def test_a_file_is_taken_whole_or_not_at_all(tmp_path: Path, lines: list[str], problem: str) -> None:
    (tmp_path / "a.csv").write_text("\n".join(lines))
    rows = load_dropped("payroll_csv", tmp_path)
    assert ([run["problem"] for run in rows["runs"]], rows["lines"]) == ([problem], [])
