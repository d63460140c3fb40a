"""Deliveries with a manifest: each taken once and in order, whole or not at all."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import date
from pathlib import Path

import pytest

from dlt_sources.errors import ContractBreach, SourceUnavailable
from dlt_sources.protocols.manifest_files import ManifestFilesReader
from dlt_sources.protocols.reader import Assignment, Row
from tests.dlt_sources.fakes import system_of

STORE = "Ledger.Extracts.LineExtract"
CURSOR = {"field": "Changed", "kind": "iso_timestamp", "overlap": "0m"}
LINES = {"path": STORE, "key": ["Id"], "fields": ["Id", "Amount", "Changed"]}
SYSTEM = system_of(
    "manifest_files",
    {
        "lines": {**LINES, "mode": "incremental", "cursor": CURSOR},
        "whole_lines": LINES,
        "line_keys": {**LINES, "fields": ["Id"], "request": {"takes": "keys"}},
        "files": {
            "path": "manifests",
            "key": ["manifest", "file_name"],
            "fields": ["file_name", "manifest", "data_store", "holds", "digest", "extracted_at"],
            "request": {"takes": "files"},
        },
    },
)


def zipped(name: str, text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, text)
    return buffer.getvalue()


def deliver(folder: Path, stamp: str, *rows: str, keys: str = "", batch: int = 7, header: str = "PLV_KEY=1") -> Path:
    """Drop a delivery of the store (its lines without their header) and return its manifest."""
    contents = {"csv": "Id,Amount,Changed\n" + "".join(f"{row}\n" for row in rows)}
    if keys:
        contents["pecsv"] = "Id\n" + "".join(f"{key}\n" for key in keys)
    lines = [header]
    for place, (suffix, text) in enumerate(contents.items()):
        name = f"file_{STORE.lower().replace('.', '_')}-batch{batch + place}-{stamp}.zip"
        content = zipped(f"x.{suffix}", text)
        (folder / name).write_bytes(content)
        lines.append(f"{name};4711;{hashlib.md5(content).hexdigest().upper()}")
    manifest = folder / f"{stamp}_MANIFEST.MF"
    manifest.write_text("\n".join(lines) + "\n")
    return manifest


def read(folder: Path, resource: str = "lines", cursor: str | None = None) -> tuple[list[Row], str | None]:
    """One load's rows, and the cursor after it."""
    reader = ManifestFilesReader(
        Assignment(
            system=SYSTEM,
            instance="drops",
            as_of=date(2026, 9, 30),
            folder=str(folder),
            options={"manifests": "*.MF"},
            cursors={resource: cursor} if cursor else {},
        )
    )
    spec = SYSTEM.resources[resource]
    rows = [row for page in reader.pages(spec) for row in page]
    return rows, reader.cursor_after(spec)


def ids(rows: list[Row]) -> list[tuple[str | None, ...]]:
    return [(row["Id"], row["Amount"]) for row in rows]


def test_each_delivery_is_taken_once_and_the_newest_version_of_a_row_wins(tmp_path: Path) -> None:
    deliver(tmp_path, "20260927_233000", "1,10,a", "2,20,a")
    deliver(tmp_path, "20260928_233000", "2,21,b")
    rows, cursor = read(tmp_path)
    assert ids(rows) == [("2", "21"), ("1", "10")]
    assert cursor == "2026-09-28T23:30:00.000Z"
    assert read(tmp_path, cursor=cursor) == ([], cursor)
    deliver(tmp_path, "20260929_233000_5", "1,11,c", "3,,c")
    rows, after = read(tmp_path, cursor=cursor)
    assert ids(rows) == [("1", "11"), ("3", None)]
    assert after == "2026-09-29T23:30:00.005Z"


def test_a_store_in_several_files_is_read_whole_and_a_snapshot_is_the_newest_delivery(tmp_path: Path) -> None:
    deliver(tmp_path, "20260927_233000", "1,10,a")
    first = deliver(tmp_path, "20260928_233000", "2,20,b")
    second = deliver(tmp_path, "20260928_233001", "3,30,b", batch=9)
    first.write_text(first.read_text() + second.read_text())
    second.unlink()
    assert ids(read(tmp_path, "whole_lines")[0]) == [("2", "20"), ("3", "30")]


def test_keys_are_told_from_data_by_what_the_archive_holds(tmp_path: Path) -> None:
    deliver(tmp_path, "20260927_233000", "1,10,a", keys="12")
    deliver(tmp_path, "20260928_233000", "3,30,b")
    assert [row["Id"] for row in read(tmp_path, "line_keys")[0]] == ["1", "2"]
    assert ids(read(tmp_path, "whole_lines")[0]) == [("3", "30")]
    files, _ = read(tmp_path, "files")
    assert [(file["holds"], file["extracted_at"]) for file in files] == [
        ("data", "2026-09-28T23:30:00.000Z"),
        ("data", "2026-09-27T23:30:00.000Z"),
        ("keys", "2026-09-27T23:30:00.000Z"),
    ]


def test_what_was_taken_may_be_removed_and_is_no_longer_asked_for(tmp_path: Path) -> None:
    deliver(tmp_path, "20260927_233000", "1,10,a")
    _, cursor = read(tmp_path)
    next(tmp_path.glob("*.zip")).unlink()
    deliver(tmp_path, "20260928_233000", "2,20,b")
    assert ids(read(tmp_path, cursor=cursor)[0]) == [("2", "20")]
    assert [file["holds"] for file in read(tmp_path, "files")[0]] == ["data", None]


def test_extracts_whose_manifest_has_not_come_wait(tmp_path: Path) -> None:
    deliver(tmp_path, "20260927_233000", "1,10,a")
    deliver(tmp_path, "20260928_233000", "2,20,b").unlink()
    rows, cursor = read(tmp_path)
    assert ids(rows) == [("1", "10")] and cursor == "2026-09-27T23:30:00.000Z"


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda path: path.unlink(), "is missing"),
        (lambda path: path.write_bytes(path.read_bytes()[:-30]), "is no archive of one file"),
        (lambda path: path.write_bytes(zipped("x.csv", "Id,Amount,Changed\n1,99,a\n")), "another MD5"),
    ],
)
def test_a_delivery_that_is_not_whole_is_refused(tmp_path: Path, damage, said: str) -> None:
    deliver(tmp_path, "20260927_233000", "1,10,a")
    damage(next(tmp_path.glob("*.zip")))
    with pytest.raises(SourceUnavailable) as refused:
        read(tmp_path)
    assert said in str(refused.value) and "20260927_233000_MANIFEST.MF is not whole" in str(refused.value)


def test_a_store_that_nobody_extracts_is_named(tmp_path: Path) -> None:
    deliver(tmp_path, "20260927_233000", "1,10,a")
    with pytest.raises(SourceUnavailable, match=r"no delivery in .* has keys of Ledger\.Extracts"):
        read(tmp_path, "line_keys")


def test_a_manifest_without_digests_is_another_kind_of_manifest(tmp_path: Path) -> None:
    manifest = deliver(tmp_path, "20260927_233000", "1,10,a")
    manifest.write_text("PLV_KEY=1\nfile_x-batch1-20260927_233000.zip;4711\n")
    with pytest.raises(ContractBreach, match="does not end with an MD5"):
        read(tmp_path)
