"""Files from a folder: good lines arrive whole, a broken one is named, and what a company maps is checked first."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dlt_sources.errors import ConfigurationError, ContractBreach, SourceUnavailable
from dlt_sources.protocols.folder_files import FolderFilesReader
from dlt_sources.protocols.reader import Assignment, Row
from tests.dlt_sources.fakes import system_of

SYSTEM = system_of(
    "folder_files",
    {
        "balances": {
            "path": "{balances}",
            "key": ["file_name", "line_number"],
            "fields": ["file_name", "line_number", "problem", "line_text", "entity", "account", "amount"],
            "request": {"needs": ["entity", "account"]},
        }
    },
)
COLUMNS = {"entity": "Org", "account": "Konto", "amount": "Betrag"}


def reader(folder: Path | str, **file_set: Any) -> FolderFilesReader:
    options = {"balances": {"files": "tb*.csv", "columns": COLUMNS, **file_set}}
    return FolderFilesReader(
        Assignment(system=SYSTEM, instance="books", as_of=date(2026, 9, 30), folder=str(folder), options=options)
    )


def read(folder: Path, **file_set: Any) -> list[Row]:
    return [row for page in reader(folder, **file_set).pages(SYSTEM.resources["balances"]) for row in page]


def drop(folder: Path, name: str, text: str, encoding: str = "utf-8") -> None:
    (folder / name).write_text(text, encoding=encoding, newline="")


def test_columns_arrive_under_our_names_and_others_under_their_own(tmp_path: Path) -> None:
    drop(tmp_path, "tb_2026_09.csv", 'Org,Konto,Betrag,Text\r\n1010,"4000",-12.50,"Sale, ""urgent""\r\nand paid"\r\n')
    assert read(tmp_path) == [
        {
            "file_name": "tb_2026_09.csv",
            "line_number": "2",
            "problem": None,
            "line_text": None,
            "entity": "1010",
            "account": "4000",
            "amount": "-12.50",
            "Text": 'Sale, "urgent"\r\nand paid',
        }
    ]


def test_all_files_that_match_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    drop(tmp_path, "tb_2.csv", "Org;Konto;Betrag\n2;1;1\n")
    drop(tmp_path, "tb_1.csv", "Betrag;Konto;Org\n1;1;1\n\n3;1;1\n")
    drop(tmp_path, "notes.csv", "anything")
    rows = read(tmp_path, separator=";")
    assert [(row["file_name"], row["line_number"], row["entity"]) for row in rows] == [
        ("tb_1.csv", "2", "1"),
        ("tb_1.csv", "4", "1"),
        ("tb_2.csv", "2", "2"),
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("1010,4000", "2 values under 3 columns"),
        ("1010,4000,1,5", "4 values under 3 columns"),
        ('1010,"4000,1', "a quoted value is not closed"),
        ('1010,"40"00,1', "',' expected after '\"'"),
    ],
)
def test_a_broken_line_is_kept_apart_and_the_good_lines_go_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, line: str, problem: str
) -> None:
    good = [f"{entity},4000,1" for entity in range(1, 200)]
    drop(tmp_path, "tb.csv", "\n".join(["Org,Konto,Betrag", *good[:5], line, *good[5:]]) + "\n")
    rows = read(tmp_path)
    broken = [row for row in rows if row["problem"]]
    assert [row["entity"] for row in rows if not row["problem"]] == [str(entity) for entity in range(1, 200)]
    assert [(row["line_number"], row["problem"], row["line_text"], row["entity"]) for row in broken] == [
        ("7", problem, line, None)
    ]
    assert "tb.csv line 7" in caplog.text


def test_two_quotes_never_closed_cost_two_lines(tmp_path: Path) -> None:
    drop(tmp_path, "tb.csv", 'Org,Konto,Betrag\n1,"a,1\n2,b,2\n3,"c,3\n4,d,4\n')
    rows = read(tmp_path)
    assert [row["entity"] for row in rows if not row["problem"]] == ["2", "4"]
    assert [row["line_number"] for row in rows if row["problem"]] == ["2", "4"]


def test_an_inch_sign_within_a_value_is_no_quote(tmp_path: Path) -> None:
    drop(tmp_path, "tb.csv", 'Org,Konto,Betrag\n1,5" pipe,1\n')
    assert read(tmp_path)[0]["account"] == '5" pipe'


def test_a_column_with_a_name_of_ours_that_is_not_meant_keeps_apart(tmp_path: Path) -> None:
    drop(tmp_path, "tb.csv", "Org,Konto,Betrag,amount\n1,4000,1,99\n")
    assert (read(tmp_path)[0]["amount"], read(tmp_path)[0]["amount_in_file"]) == ("1", "99")


def test_encoding_is_as_told_and_another_one_is_a_breach(tmp_path: Path) -> None:
    drop(tmp_path, "tb.csv", "Org,Konto,Betrag\nKöln,4000,1\n", encoding="cp1252")
    assert read(tmp_path, encoding="cp1252")[0]["entity"] == "Köln"
    with pytest.raises(ContractBreach, match=r"tb\.csv is not utf-8-sig text .* set its `encoding`"):
        read(tmp_path)


def test_a_mapped_column_that_the_file_lacks_is_a_breach(tmp_path: Path) -> None:
    drop(tmp_path, "tb.csv", "Org,Konto,Amount\n1,4000,1\n")
    with pytest.raises(
        ContractBreach, match=r"tb\.csv has 0 columns 'Betrag' \(mapped to amount\).*Org, Konto, Amount"
    ):
        read(tmp_path)


def test_a_missing_folder_or_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match=r"no file in .* matches 'tb\*\.csv'.*drop the file there"):
        read(tmp_path)
    with pytest.raises(SourceUnavailable, match=r"there is no folder .*correct `folder` in the company file"):
        read(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("file_set", "message"),
    [
        (
            {"columns": {**COLUMNS, "acount": "Konto"}},
            r"books\.options\.balances\.columns: unknown name 'acount' \(did you",
        ),
        ({"columns": {"entity": "Org"}}, "'account' is missing: say which column of the file it is"),
        ({"colums": {}}, "unknown key 'instances.books.options.balances.colums'"),
        ({"separator": ";;"}, "options.balances.separator"),
    ],
)
def test_a_wrong_mapping_is_refused_before_anything_is_read(file_set: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        reader("anywhere", **file_set)
