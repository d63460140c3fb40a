"""Lists that are nothing but rows: asked for field by field, in order, to an end that nothing announces."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dlt_sources.errors import ContractBreach
from dlt_sources.protocols.plain_list import PAGE_LIMIT, PlainListReader
from tests.dlt_sources.fakes import Answer, FakeServer, FastClock, Reply, Request, assignment, rows_of, system_of

INVOICES = {
    "path": "invoices",
    "key": ["id"],
    "mode": "incremental",
    "cursor": {"field": "updated-at", "kind": "iso_timestamp", "overlap": "1h"},
    "fields": ["id", "invoice-number", "currency", "updated-at"],
    "request": {"members": {"currency": ["code"]}},
}
LINES = {
    "path": "invoices",
    "key": ["id"],
    "mode": "incremental",
    "follows": "invoices",
    "fields": ["invoice-id", "id", "line-num"],
    "request": {
        "embedded_list": "invoice-lines",
        "is_moved_out": True,
        "holder_fields": {"invoice-id": "id"},
    },
}


def make_reader(server: FakeServer, clock: FastClock, **changes: Any) -> PlainListReader:
    system = system_of("plain_list", {"invoices": INVOICES, "invoice_lines": LINES})
    return PlainListReader(assignment(system, server, clock, **changes))


def listing(rows: list[dict[str, Any]], before: Any = None) -> Answer:
    """Answers pages of the rows; `before` may change them, given how many requests there were."""
    count = 0

    def answer(request: Request) -> Reply:
        nonlocal count
        count += 1
        if before:
            before(count, rows)
        offset, limit = int(request.query["offset"][0]), int(request.query["limit"][0])
        return Reply(rows[offset : offset + limit])

    return answer


def invoices(count: int) -> list[dict[str, Any]]:
    return [{"id": number, "updated-at": "2026-01-01T00:00:00+01:00", "invoice-lines": []} for number in range(count)]


def read_ids(reader: PlainListReader) -> list[int]:
    return list(dict.fromkeys(int(row["id"]) for row in rows_of(reader, "invoices")))


def test_only_the_fields_relied_on_are_asked_for_with_underscores_and_in_order(
    server: FakeServer, clock: FastClock
) -> None:
    server.routes["/invoices"] = listing(invoices(3))
    assert read_ids(make_reader(server, clock)) == [0, 1, 2]
    (asked,) = server.requests
    assert json.loads(asked.query.pop("fields")[0]) == [
        "id",
        "invoice_number",
        {"currency": ["code"]},
        "updated_at",
        {"invoice_lines": ["id", "line_num"]},
    ]
    assert asked.query == {"order_by": ["id"], "dir": ["asc"], "limit": ["50"], "offset": ["0"]}


def test_what_changed_since_the_cursor_is_asked_for_with_its_overlap(server: FakeServer, clock: FastClock) -> None:
    server.routes["/invoices"] = listing([])
    rows_of(make_reader(server, clock, cursors={"invoices": "2026-01-02T03:00:00.000Z"}), "invoices")
    assert server.requests[0].query["updated_at[gt]"] == ["2026-01-02T02:00:00.000Z"]


@pytest.mark.parametrize("count", [0, 1, PAGE_LIMIT - 1, PAGE_LIMIT, PAGE_LIMIT + 1, 2 * PAGE_LIMIT - 1, 173])
def test_a_list_of_any_length_is_read_to_its_end(server: FakeServer, clock: FastClock, count: int) -> None:
    server.routes["/invoices"] = listing(invoices(count))
    assert read_ids(make_reader(server, clock)) == list(range(count))


@pytest.mark.parametrize("gone", [1, 3, 40])
def test_rows_deleted_while_a_list_is_read_take_no_other_with_them(
    server: FakeServer, clock: FastClock, gone: int
) -> None:
    def delete(request: int, rows: list[dict[str, Any]]) -> None:
        if request == 2:
            del rows[10 : 10 + gone]

    server.routes["/invoices"] = listing(invoices(160), delete)
    assert sorted(read_ids(make_reader(server, clock))) == list(range(160))


def test_lines_come_within_their_invoice_and_learn_whose_they_are(server: FakeServer, clock: FastClock) -> None:
    invoice = {"id": 7, "updated-at": "2026-01-01T00:00:00Z", "invoice-lines": [{"id": 70, "line-num": 1}]}
    server.routes["/invoices"] = listing([invoice])
    reader = make_reader(server, clock)
    assert rows_of(reader, "invoice_lines") == [{"invoice-id": "7", "id": "70", "line-num": "1"}]
    assert rows_of(reader, "invoices") == [{"id": "7", "updated-at": "2026-01-01T00:00:00Z"}]


def test_an_answer_that_is_no_list_breaks_the_contract(server: FakeServer, clock: FastClock) -> None:
    server.routes["/invoices"] = Reply({"errors": ["no"]})
    with pytest.raises(ContractBreach, match="not a list"):
        rows_of(make_reader(server, clock), "invoices")
