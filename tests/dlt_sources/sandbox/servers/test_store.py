"""What the store remembers is what it would work out anew."""

from __future__ import annotations

import pyarrow as pa
import pytest

from dlt_sources.sandbox.servers import store as store_module
from dlt_sources.sandbox.servers.store import Store, json_object, json_string

EXPRESSION = json_object([("id", json_string("page.id")), ("kind", json_string("page.kind"))])


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    """25 rows, encoded seven at a time."""
    monkeypatch.setattr(store_module, "_BLOCK_ROWS", 7)
    numbers = range(25)
    kinds = [None if n % 5 == 0 else f"k{n % 3}" for n in numbers]
    return Store({"things": pa.table({"id": [f"t{n:02}" for n in numbers], "kind": kinds, "place": list(numbers)})})


@pytest.mark.parametrize(("start", "stop"), [(0, 3), (5, 9), (6, 22), (20, 99), (25, 30)])
def test_a_page_has_the_texts_of_its_rows_wherever_it_begins(store: Store, start: int, stop: int) -> None:
    rows = store.select("select * from things order by id")
    expected = store.encode(rows.slice(start, stop - start), EXPRESSION)
    assert store.encode_page(rows, EXPRESSION, start, stop) == expected
    assert store.encode_page(rows, EXPRESSION, start, stop) == expected


def test_a_count_is_that_of_the_rows_with_these_values(store: Store) -> None:
    assert store.count("things", {"kind": "k1"}) == 7
    assert store.count("things", {"kind": "k1", "id": "t04"}) == 1
    assert store.count("things", {"id": "t04", "kind": "k2"}) == 0


def test_a_part_has_the_rows_of_its_key_in_the_asked_order(store: Store) -> None:
    assert store.part("things", {"kind": "k2"}, "place desc")["place"].to_pylist() == [23, 17, 14, 11, 8, 2]
    assert store.part("things", {"kind": "nowhere"}, "place desc").num_rows == 0


def test_a_row_that_is_added_is_in_every_answer(store: Store) -> None:
    sql = "select * from things order by id"
    store.encode_page(store.select(sql), EXPRESSION, 0, 3)
    assert store.count("things", {"kind": "k1"}) == store.part("things", {"kind": "k1"}, "place").num_rows == 7
    store.insert("things", {"id": "t000", "kind": "k1", "place": 99})
    assert '{"id":"t000","kind":"k1"}' in store.encode_page(store.select(sql), EXPRESSION, 0, 3)
    assert store.count("things", {"kind": "k1"}) == store.part("things", {"kind": "k1"}, "place").num_rows == 8
