"""Statements as banks really send them: in parts, in blocks, with their own characters, with or without structure."""

from __future__ import annotations

from pathlib import Path

from tests.dlt_sources.dropped import load_dropped

IN_PARTS = (
    "{1:F01BANKDEFFXXXX0000000000}{2:I940}{4:\r\n"
    ":20:REF1\r\n:25:37040044/0532013000\r\n:28C:00041/001\r\n:60F:C260928EUR6800,\r\n"
    ":61:2609290929D12,50NTRFNONREF//BANKREF1\r\n"
    ":86:116?00TRANSFER?20EREF+PAY1?21SVWZ+Rent and \r\nheating?32City?33 Estate\r\n"
    ":62M:C260929EUR6787,5\r\n-}\r\n"
    "{4:\r\n:20:REF2\r\n:25:37040044/0532013000\r\n:28C:00041/002\r\n:60M:C260929EUR6787,5\r\n"
    ":61:2512310102RC87,5NSTOINV-7\r\n/OCMT/USD95,20/\r\n"
    ":86:Storno Überweisung\r\n"
    ":62F:C260930EUR6700,\r\n:64:C260930EUR6700,\r\n:86:Saldo ohne Gewähr\r\n-}"
)


def test_a_statement_in_parts_is_a_row_per_part(tmp_path: Path) -> None:
    (tmp_path / "a.sta").write_bytes(IN_PARTS.encode("cp1252"))
    first, second = load_dropped("mt940", tmp_path)["statements"]
    assert (first["statement_number"], first["sequence_number"], second["sequence_number"]) == ("00041", "001", "002")
    assert (first["opening_tag"], first["opening_amount"], first["closing_tag"]) == ("60F", "6800,", "62M")
    assert (second["opening_tag"], second["closing_tag"], second["closing_amount"]) == ("60M", "62F", "6700,")
    assert second["entry_count"] == "1"


def test_movements_arrive_with_what_is_said_of_them(tmp_path: Path) -> None:
    (tmp_path / "a.sta").write_bytes(IN_PARTS.encode("cp1252"))
    structured, free = load_dropped("mt940", tmp_path)["entries"]
    assert (structured["mark"], structured["amount"], structured["bank_reference"]) == ("D", "12,50", "BANKREF1")
    assert (structured["end_to_end_id"], structured["remittance_text"]) == ("PAY1", "Rent and heating")
    assert structured["counterparty_name"] == "City Estate"
    assert (free["mark"], free["value_date"], free["entry_date"]) == ("RC", "251231", "0102")
    assert (free["customer_reference"], free["bank_reference"]) == ("INV-7", None)
    assert (free["original_currency"], free["original_amount"]) == ("USD", "95,20")
    # The text behind the closing balance is about the statement, not about the movement before it.
    assert free["remittance_text"] == "Storno Überweisung"


def test_a_movement_that_cannot_be_read_is_a_row_with_its_problem(tmp_path: Path) -> None:
    (tmp_path / "a.sta").write_text(":20:R\n:25:1\n:28C:1\n:60F:C260930EUR0,\n:61:nonsense\n:62F:C260930EUR1,\n")
    (tmp_path / "b.sta").write_text("nothing of the kind")
    rows = load_dropped("mt940", tmp_path)
    assert [(row["file_name"], row["problem"]) for row in rows["entries"]] == [("a.sta", "field 61 cannot be read")]
    assert [row["problem"] for row in rows["statements"]] == [None, "it holds no statement (field 20)"]
