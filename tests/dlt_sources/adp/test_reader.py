"""Ledger files of fixed width: signs, years of one digit, and a trailer without which a file was cut off."""

from __future__ import annotations

from pathlib import Path

from tests.dlt_sources.dropped import load_dropped


def posting(account: str, date: str, amount: str, person: str, centre: str = "", name: str = "Anna Keller") -> str:
    return f"C02010{account:<24}PR{date}{amount}{person:<6}{name:<20}{centre:<6}".ljust(96)


def drop(folder: Path, *postings: str, trailer: str | None = None) -> None:
    lines = ["DPI".ljust(80), f"A01.00GL010{'2026'}{'01'}1{' ' * 8}JAN0226010226", *postings]
    lines.append(f"Z{len(postings):08d}" if trailer is None else trailer)
    (folder / "gl.txt").write_text("\r\n".join(lines))


def test_amounts_are_cents_and_credits_negative(tmp_path: Path) -> None:
    drop(
        tmp_path,
        posting("5200", "12315", "00000010050", "000001", "201010"),
        posting("2410", "12315", "-0000010050", "000001"),
    )
    rows = load_dropped("adp", tmp_path, currency="CAD")
    assert {(line["account"], line["side"], line["amount"], line["cost_centre"]) for line in rows["lines"]} == {
        ("5200", "debit", "100.5", "201010"),
        ("2410", "credit", "100.5", None),
    }
    (run,) = rows["runs"]
    # The file is of 2026, its postings of the last day of 2025.
    assert (run["pay_date"], run["period"], run["currency"], run["run_id"]) == (
        "2025-12-31",
        "202512",
        "CAD",
        "2026-01-1",
    )
    assert run["line_count"] == run["declared_line_count"] == "2"
    assert "Keller" not in repr(rows) and "000001" not in repr(rows["lines"])


def test_a_file_without_its_trailer_was_cut_off(tmp_path: Path) -> None:
    drop(tmp_path, posting("5200", "01026", "00000010050", "000001", "201010"), trailer="")
    rows = load_dropped("adp", tmp_path)
    assert [run["problem"] for run in rows["runs"]] == ["it has no trailer (Z) with the number of its postings"]


def test_a_posting_that_cannot_be_read_is_named_by_its_line(tmp_path: Path) -> None:
    drop(tmp_path, posting("5200", "13026", "00000010050", "000001"))
    assert load_dropped("adp", tmp_path)["runs"][0]["problem"] == "line 3: date or amount cannot be read"
