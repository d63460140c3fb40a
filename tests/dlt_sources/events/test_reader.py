"""Files of events: every line a row, whatever is in it, and every file once, whenever it was made."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.dlt_sources.dropped import load_dropped, rows_of, source_of
from tests.dlt_sources.events.messages import event


def rows(folder: Path, cursors: dict[str, str] | None = None) -> list[dict[str, Any]]:
    return rows_of(source_of("events", folder, cursors))["events"]


def test_attributes_arrive_as_they_were_sent(tmp_path: Path) -> None:
    sent = event(data={"amount": 119.10}, datacontenttype="application/json", traceparent="00-1").replace(
        "119.1,", "119.10,"
    )
    (tmp_path / "a.jsonl").write_bytes(b"\xef\xbb\xbf" + sent.encode() + b"\r\n\r\n")
    (row,) = rows(tmp_path)
    assert (row["id"], row["source"], row["subject"], row["line_number"]) == ("evt_1", "billing_group", "in_1", "1")
    assert row["data"] == '{"amount":119.10,"currency":"EUR","entity":"1010","version":1}'
    assert json.loads(row["extensions"]) == {"datacontenttype": "application/json", "traceparent": "00-1"}
    assert row["problem"] is None and row["line"] is None


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b'{"specversion":"1.0","id":"evt_1","sour', "it is no valid JSON"),
        (b"[1, 2]", "it is no JSON object"),
        (b'"text"', "it is no JSON object"),
        (b"\xff\xfe", "it is no UTF-8 text"),
        (b"[" * 200_000, "it is no valid JSON"),
        (event(data={"x": "\ud800"}).encode(), "it is no valid JSON"),
        (b" " + event().encode()[:-1] + b',"a":"' + b"a" * 1_000_001 + b'"}', "it is longer than 1000000 bytes"),
        (event(source=None).encode(), "it has no source"),
        (event("").encode(), "its id is empty"),
        (event("evt\n").encode(), "its id holds a control character"),
        (event(data={"entity": ["\0"]}).encode(), "it holds a NUL character"),
        (event(subject=7).encode(), "its subject is no text"),
        (event(specversion="0.3").encode(), "its specversion is not 1.0"),
    ],
)
def test_a_line_that_is_no_event_is_kept_apart_and_the_others_go_on(tmp_path: Path, line: bytes, problem: str) -> None:
    (tmp_path / "a.jsonl").write_bytes(event("evt_0").encode() + b"\n" + line + b"\n" + event("evt_2").encode())
    before, malformed, after = rows(tmp_path)
    assert (before["id"], after["id"]) == ("evt_0", "evt_2")
    assert (malformed["problem"], malformed["id"], malformed["line_number"]) == (problem, None, "2")
    assert malformed["line"] and len(malformed["line"]) <= 16_000


def test_an_attribute_cannot_pass_for_what_the_reader_says_of_a_row(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(event(file_name="other", problem="none", line_number="9", _load_id="L9"))
    (row,) = rows(tmp_path)
    assert (row["file_name"], row["problem"], row["line_number"], row["_load_id"]) == ("a.jsonl", None, "1", "L1")


def test_an_inbox_without_a_file_is_an_inbox_without_news(tmp_path: Path) -> None:
    (tmp_path / "half.jsonl.part").write_text(event())
    (tmp_path / "other.txt").write_text(event())
    assert load_dropped("events", tmp_path) == {"events": []}


def test_a_file_counts_from_the_moment_it_came_whatever_its_time_stamp_says(tmp_path: Path) -> None:
    future = tmp_path / "future.jsonl"
    future.write_text(event())
    os.utime(future, (4_000_000_000, 4_000_000_000))
    source = source_of("events", tmp_path)
    assert len(rows_of(source)["events"]) == 1
    old = tmp_path / "old.jsonl"
    old.write_text(event("evt_2"))
    os.utime(old, (1_000_000_000, 1_000_000_000))
    assert "evt_2" in [row["id"] for row in rows(tmp_path, source.extraction.cursors)]


def test_a_file_is_not_read_again_once_others_have_come(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(event())
    cursors = {"events": "2999-01-01T00:00:00.000Z"}
    assert rows(tmp_path, cursors) == []
