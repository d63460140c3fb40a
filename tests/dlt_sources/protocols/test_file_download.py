"""Files at an address: plain or zipped, wide tables landed long, only the window of the load."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from dlt_sources.errors import SourceRefused, SourceUnavailable
from dlt_sources.protocols.file_download import FileDownloadReader
from tests.dlt_sources.fakes import FakeServer, FastClock, Reply, assignment, rows_of, system_of

RATES = {
    "path": "files/{file}",
    "key": ["Date", "currency"],
    "mode": "incremental",
    "cursor": {"field": "Date", "kind": "iso_date", "overlap": "2d"},
    "fields": ["Date", "currency", "rate"],
    "request": {"melt": {"keep": "Date", "name_into": "currency", "value_into": "rate"}},
}
CONTENT = b"Date,USD,JPY,\n2026-10-01,1.3,171,\n2026-09-30,1.1650,170.50,\n2026-09-25,1.2,N/A,\n"


def make_reader(server: FakeServer, clock: FastClock, file: str = "rates.csv", **changes: Any) -> FileDownloadReader:
    system = system_of("file_download", {"rates": RATES}, options={"file": {"description": "file", "default": file}})
    return FileDownloadReader(assignment(system, server, clock, **changes))


def zipped(*names: str) -> Reply:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, CONTENT)
    return Reply(buffer.getvalue(), content_type="application/zip")


def test_a_wide_table_becomes_long_up_to_the_as_of_day(server: FakeServer, clock: FastClock) -> None:
    server.routes["/files/rates.csv"] = Reply(CONTENT, content_type="text/csv")
    assert rows_of(make_reader(server, clock), "rates") == [
        {"Date": "2026-09-30", "currency": "USD", "rate": "1.1650"},
        {"Date": "2026-09-30", "currency": "JPY", "rate": "170.50"},
        {"Date": "2026-09-25", "currency": "USD", "rate": "1.2"},
        {"Date": "2026-09-25", "currency": "JPY", "rate": "N/A"},
    ]


def test_an_increment_takes_the_overlap_again_for_corrections(server: FakeServer, clock: FastClock) -> None:
    server.routes["/files/rates.csv"] = Reply(CONTENT, content_type="text/csv")
    rows = rows_of(make_reader(server, clock, cursors={"rates": "2026-09-29"}), "rates")
    assert {row["Date"] for row in rows} == {"2026-09-30"}
    rows = rows_of(make_reader(server, clock, cursors={"rates": "2026-09-27"}), "rates")
    assert {row["Date"] for row in rows} == {"2026-09-30", "2026-09-25"}


def test_a_zip_with_one_file_is_that_file(server: FakeServer, clock: FastClock) -> None:
    server.routes["/files/rates.zip"] = zipped("rates.csv")
    assert len(rows_of(make_reader(server, clock, "rates.zip"), "rates")) == 4


def test_a_damaged_archive_is_fetched_again(server: FakeServer, clock: FastClock) -> None:
    whole = zipped("rates.csv")
    server.plan = [Reply(whole.encoded()[:-30], content_type="application/zip"), whole]
    assert len(rows_of(make_reader(server, clock, "rates.zip"), "rates")) == 4


def test_an_archive_of_several_files_is_not_guessed_at(server: FakeServer, clock: FastClock) -> None:
    server.routes["/files/rates.zip"] = zipped("a.csv", "b.csv")
    with pytest.raises(SourceUnavailable, match="2 files instead of one"):
        rows_of(make_reader(server, clock, "rates.zip"), "rates")


def test_a_missing_file_is_a_refusal(server: FakeServer, clock: FastClock) -> None:
    with pytest.raises(SourceRefused, match="HTTP 404"):
        rows_of(make_reader(server, clock, "other.csv"), "rates")
