"""Rows become text tables: declared fields first, new ones kept, rows that came before dropped."""

from __future__ import annotations

from dlt_sources.protocols.exact_json import loads
from dlt_sources.tables import TextTables


def test_declared_fields_come_first_then_new_ones_then_the_load() -> None:
    table = TextTables(["a", "b"], ["b"], "L1").table([{"b": "1", "new": "x"}, {"a": "2", "later": "y"}])
    assert table.column_names == ["a", "b", "new", "later", "_load_id"]
    assert table.to_pylist()[0] == {"a": None, "b": "1", "new": "x", "later": None, "_load_id": "L1"}


def test_everything_is_text_as_received() -> None:
    rows = loads('[{"n": 1.50, "b": true, "t": "007", "o": {"x": 1.0}, "z": null}]')
    table = TextTables(["n"], ["n"], "L1").table(rows)
    assert {str(kind) for kind in table.schema.types} == {"string"}
    assert table.drop(["_load_id"]).to_pylist() == [{"n": "1.50", "b": "true", "t": "007", "o": '{"x":1.0}', "z": None}]


def test_no_rows_still_make_a_table() -> None:
    assert TextTables(["a"], ["a"], "L1").table([]).column_names == ["a", "_load_id"]


def test_a_row_that_came_before_is_dropped_and_counted() -> None:
    tables = TextTables(["k", "v"], ["k"], "L1")
    first = tables.table([{"k": "1", "v": {"x": True}}, {"k": "2", "v": {"x": False}}])
    second = tables.table([{"k": "2", "v": {"x": False}}, {"k": "3", "v": {"x": True}}])
    assert (first.num_rows, second.column("k").to_pylist(), tables.repeats) == (2, ["3"], 1)


def test_the_same_key_with_other_content_is_kept_for_staging_to_judge() -> None:
    table = TextTables(["k", "v"], ["k"], "L1").table([{"k": "1", "v": v} for v in "abab"])
    assert table.column("v").to_pylist() == ["a", "b"]


def test_keys_of_several_parts_are_not_confused() -> None:
    rows = [{"a": "1", "b": "11"}, {"a": "11", "b": "1"}, {"a": None, "b": "1"}]
    assert TextTables(["a", "b"], ["a", "b"], "L1").table(rows).num_rows == 3
