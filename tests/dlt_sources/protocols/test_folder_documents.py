"""Documents from a folder: what is new or changed is read, and what cannot be taken apart is one row that says so."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from dlt_sources.errors import SourceUnavailable
from dlt_sources.protocols.folder_documents import FolderDocumentsReader, UnreadableDocument
from dlt_sources.protocols.reader import Assignment, Row
from dlt_sources.spec import ResourceSpec
from tests.dlt_sources.fakes import system_of

ORIGIN = ["file_name", "file_digest", "file_modified_at"]
CURSOR = {"field": "file_modified_at", "kind": "iso_timestamp", "overlap": "1d"}
SYSTEM = system_of(
    "folder_documents",
    {
        "words": {
            "path": "{files}",
            "key": [*ORIGIN, "word"],
            "fields": [*ORIGIN, "problem", "word"],
            "mode": "incremental",
            "cursor": CURSOR,
            "request": {"problems": True},
        },
        "letters": {
            "path": "{files}",
            "key": [*ORIGIN, "letter"],
            "fields": [*ORIGIN, "letter"],
            "mode": "incremental",
            "cursor": CURSOR,
        },
    },
)


class Words(FolderDocumentsReader):
    def rows(self, resource: ResourceSpec, content: bytes) -> Iterator[Row]:
        if b"?" in content:
            raise UnreadableDocument("it has a question mark")
        parts = content.decode().split() if resource.name == "words" else content.decode().replace(" ", "")
        return ({resource.name[:-1]: part} for part in parts)


def read(folder: Path, resource: str = "words", cursors: dict[str, str] | None = None) -> tuple[list[Row], str | None]:
    """One load's rows, and the cursor after it."""
    reader = Words(
        Assignment(
            system=SYSTEM,
            instance="drops",
            as_of=date(2026, 9, 30),
            folder=str(folder),
            options={"files": "*.txt"},
            cursors=cursors or {},
        )
    )
    rows = []
    for page in reader.pages(SYSTEM.resources[resource]):
        reader.observe(SYSTEM.resources[resource], page)
        rows += page
    return rows, reader.cursor_after(SYSTEM.resources[resource])


def drop(folder: Path, name: str, text: str, day: int = 1) -> None:
    (folder / name).write_text(text)
    moment = datetime(2026, 9, day, 20, tzinfo=UTC).timestamp()
    os.utime(folder / name, (moment, moment))


def test_a_document_that_cannot_be_taken_apart_is_one_row_and_the_others_go_on(tmp_path: Path) -> None:
    drop(tmp_path, "a.txt", "one two")
    drop(tmp_path, "b.txt", "what?")
    drop(tmp_path, "c.txt", "three")
    rows, _ = read(tmp_path)
    assert [(row["file_name"], row["word"], row["problem"]) for row in rows] == [
        ("a.txt", "one", None),
        ("a.txt", "two", None),
        ("b.txt", None, "it has a question mark"),
        ("c.txt", "three", None),
    ]
    letters, _ = read(tmp_path, "letters")
    assert {row["file_name"] for row in letters} == {"a.txt", "c.txt"}


def test_only_what_was_dropped_or_changed_since_is_read_again(tmp_path: Path) -> None:
    drop(tmp_path, "old.txt", "one", day=1)
    drop(tmp_path, "new.txt", "two", day=5)
    first, cursor = read(tmp_path)
    assert (len(first), cursor) == (2, "2026-09-05T20:00:00.000Z")
    drop(tmp_path, "newest.txt", "three", day=9)
    second, after = read(tmp_path, cursors={"words": cursor})
    assert [row["word"] for row in second] == ["two", "three"] and after > cursor
    nothing_new, same = read(tmp_path, cursors={"words": "2026-10-01T00:00:00.000Z"})
    assert (nothing_new, same) == ([], "2026-10-01T00:00:00.000Z")


def test_the_versions_of_a_file_are_told_apart(tmp_path: Path) -> None:
    drop(tmp_path, "a.txt", "one")
    before, _ = read(tmp_path)
    drop(tmp_path, "a.txt", "two")
    after, _ = read(tmp_path)
    assert before[0]["file_digest"] != after[0]["file_digest"]


def test_a_file_still_being_written_is_left_alone(tmp_path: Path) -> None:
    drop(tmp_path, "a.txt", "one")
    drop(tmp_path, "b.txt.part", "two")
    drop(tmp_path, "c.tmp", "three")
    assert [row["file_name"] for row in read(tmp_path)[0]] == ["a.txt"]


def test_no_folder_and_no_file_are_outages_that_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match=r"no file in .* matches"):
        read(tmp_path)
    with pytest.raises(SourceUnavailable, match="there is no folder") as raised:
        read(tmp_path / "nowhere")
    assert "mount it" in raised.value.next_step
