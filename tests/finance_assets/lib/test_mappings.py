"""Mapping files are read strictly: a broken line is named, nothing is guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlt_sources.errors import ConfigurationError
from finance_assets.lib.mappings import read_mappings

DECLARED = {"stages": ["stage_name", "category", "valid_to"], "owners": ["owner"]}


def stages(folder: Path, text: str) -> dict[str, list[dict[str, str | None]]]:
    (folder / "stages.csv").write_text(text)
    return {name: table.to_pylist() for name, table in read_mappings(folder, DECLARED).items()}


def test_values_stay_text_and_an_empty_one_is_null(tmp_path: Path) -> None:
    assert stages(tmp_path, "stage_name,category,valid_to\n0010,commit,\n")["stages"] == [
        {"stage_name": "0010", "category": "commit", "valid_to": None}
    ]


def test_columns_may_stand_in_any_order_and_values_may_be_quoted(tmp_path: Path) -> None:
    (row,) = stages(tmp_path, 'category,valid_to,stage_name\ncommit,2026-01-01,"Won, signed"\n')["stages"]
    assert row == {"stage_name": "Won, signed", "category": "commit", "valid_to": "2026-01-01"}


def test_a_mapping_without_a_file_has_no_rows(tmp_path: Path) -> None:
    assert stages(tmp_path, "stage_name,category,valid_to\n")["owners"] == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("stage_name,category,valid_to\nA,b,\nWon, signed,commit,\n", "stages.csv, line 3: 4 values for 3 columns"),
        ('stage_name,category,valid_to\n"A,b,\n', "stages.csv, line 2: "),
        ("stage_name,categry,valid_to\n", "line 1: unknown column 'categry' (did you mean 'category'?"),
        ("stage_name,category\n", "line 1: column 'valid_to' is missing"),
    ],
)
def test_a_broken_file_is_named_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        stages(tmp_path, text)
    assert complaint in str(raised.value)


def test_a_file_nobody_declared_is_not_ignored(tmp_path: Path) -> None:
    (tmp_path / "stage.csv").write_text("x\n")
    with pytest.raises(ConfigurationError, match="did you mean 'stages'"):
        read_mappings(tmp_path, DECLARED)


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "owners.csv").write_bytes(b"owner\nM\xfcller\n")
    with pytest.raises(ConfigurationError, match="is not UTF-8 text"):
        read_mappings(tmp_path, DECLARED)
