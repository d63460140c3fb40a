"""Rows become text tables: declared fields first, new ones kept, rows that came before dropped."""

from __future__ import annotations

from dlt_sources.protocols.exact_json import loads
from dlt_sources.tables import Repeats, to_table, with_load_id


def test_declared_fields_come_first_and_new_ones_are_kept_behind_them() -> None:
    table = to_table([{"b": "1", "new": "x"}, {"a": "2", "later": "y"}], ["a", "b"])
    assert table.column_names == ["a", "b", "new", "later"]
    assert table.to_pylist()[0] == {"a": None, "b": "1", "new": "x", "later": None}


def test_everything_is_text_as_received() -> None:
    rows = loads('[{"n": 1.50, "b": true, "t": "007", "o": {"x": 1.0}, "z": null}]')
    table = to_table(rows, [])
    assert {str(kind) for kind in table.schema.types} == {"string"}
    assert table.to_pylist() == [{"n": "1.50", "b": "true", "t": "007", "o": '{"x":1.0}', "z": None}]


def test_no_rows_still_make_a_table() -> None:
    assert with_load_id(to_table([], ["a"]), "L1").column_names == ["a", "_load_id"]


def test_a_row_that_came_before_is_dropped_and_counted() -> None:
    repeats = Repeats(["k"])
    first = repeats.drop(to_table([{"k": "1", "v": "a"}, {"k": "2", "v": "b"}], ["k", "v"]))
    second = repeats.drop(to_table([{"k": "2", "v": "b"}, {"k": "3", "v": "c"}], ["k", "v"]))
    assert (first.num_rows, second.to_pylist(), repeats.dropped) == (2, [{"k": "3", "v": "c"}], 1)


def test_the_same_key_with_other_content_is_kept_for_staging_to_judge() -> None:
    repeats = Repeats(["k"])
    table = repeats.drop(to_table([{"k": "1", "v": "a"}, {"k": "1", "v": "b"}, {"k": "1", "v": "a"}], ["k", "v"]))
    assert [row["v"] for row in table.to_pylist()] == ["a", "b"]


def test_keys_of_several_parts_are_not_confused() -> None:
    repeats = Repeats(["a", "b"])
    table = repeats.drop(to_table([{"a": "1", "b": "11"}, {"a": "11", "b": "1"}, {"a": None, "b": "1"}], ["a", "b"]))
    assert table.num_rows == 3
