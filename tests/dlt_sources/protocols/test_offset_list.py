"""Lists by offset: every row unwrapped once, and the rows within them whole and with their owner."""

from __future__ import annotations

from typing import Any

import pytest

from dlt_sources.errors import ContractBreach
from dlt_sources.protocols.offset_list import OffsetListReader
from tests.dlt_sources.fakes import FakeServer, FastClock, Reply, Request, assignment, rows_of, system_of

INVOICES = {
    "path": "invoices",
    "key": ["id"],
    "mode": "incremental",
    "cursor": {"field": "updated_at", "kind": "unix_seconds", "overlap": "1h"},
    "fields": ["id", "updated_at"],
    "request": {"wrapper": "invoice", "parameters": {"include_deleted": "true"}, "sort_by": "updated_at"},
}
LINES = {
    "path": "invoices",
    "key": ["id"],
    "mode": "incremental",
    "follows": "invoices",
    "fields": ["invoice_id", "seen", "id"],
    "request": {
        "embedded_list": "line_items",
        "is_moved_out": True,
        "holder_fields": {"invoice_id": "id", "seen": "updated_at"},
    },
}


def make_reader(server: FakeServer, clock: FastClock, **changes: Any) -> OffsetListReader:
    system = system_of("offset_list", {"invoices": INVOICES, "invoice_lines": LINES})
    return OffsetListReader(assignment(system, server, clock, **changes))


def listed(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"list": [{"invoice": row, "customer": {"id": "c1"}} for row in rows], **more}


def invoice(number: str, *lines: str, **more: Any) -> dict[str, Any]:
    return {"id": number, "updated_at": 7, "line_items": [{"id": line} for line in lines], **more}


def test_pages_follow_the_offset_with_all_parameters_and_rows_leave_their_wrapper(
    server: FakeServer, clock: FastClock
) -> None:
    server.routes["/invoices"] = lambda request: Reply(
        listed(invoice("3")) if "offset" in request.query else listed(invoice("1"), next_offset='["7000","1"]')
    )
    assert rows_of(make_reader(server, clock), "invoices") == [
        {"id": "1", "updated_at": "7", "line_items": []},
        {"id": "3", "updated_at": "7", "line_items": []},
    ]
    first, second = server.requests
    assert first.query == {"include_deleted": ["true"], "sort_by[asc]": ["updated_at"], "limit": ["100"]}
    assert second.query == {**first.query, "offset": ['["7000","1"]']}


def test_an_increment_asks_for_what_changed_since(server: FakeServer, clock: FastClock) -> None:
    server.routes["/invoices"] = Reply(listed())
    rows_of(make_reader(server, clock, cursors={"invoices": "2026-09-30T12:00:00.000Z"}), "invoices")
    assert server.requests[0].query["updated_at[after]"] == ["1790766000"]  # 2026-09-30T11:00:00Z


def test_rows_within_know_their_owner_and_the_rest_of_them_is_fetched(server: FakeServer, clock: FastClock) -> None:
    server.routes["/invoices"] = Reply(
        listed(invoice("i1", "l1", "l2", line_items_next_offset='["2"]'), invoice("i2", "l9"))
    )

    def further(request: Request) -> Reply:
        offset = request.query["line_items_offset"][0]
        rest = {'["2"]': invoice("i1", "l3", line_items_next_offset='["3"]'), '["3"]': invoice("i1", "l4")}
        return Reply({"invoice": rest[offset]})

    server.routes["/invoices/i1"] = further
    reader = make_reader(server, clock)
    lines = (("i1", "l1"), ("i1", "l2"), ("i1", "l3"), ("i1", "l4"), ("i2", "l9"))
    expected = [{"invoice_id": owner, "seen": "7", "id": line} for owner, line in lines]
    assert rows_of(reader, "invoice_lines") == expected
    assert rows_of(reader, "invoices") == [{"id": "i1", "updated_at": "7"}, {"id": "i2", "updated_at": "7"}]


@pytest.mark.parametrize("path", ["/invoices", "/invoices/i1"])
def test_an_offset_that_comes_back_ends_the_walk(server: FakeServer, clock: FastClock, path: str) -> None:
    further = {"line_items_next_offset": '["1"]'}
    server.routes["/invoices"] = Reply(
        listed(invoice("i1"), next_offset='["7000","i1"]')
        if path == "/invoices"
        else listed(invoice("i1", "l1", **further))
    )
    server.routes["/invoices/i1"] = Reply({"invoice": invoice("i1", "l2", **further)})
    with pytest.raises(ContractBreach, match="paging does not end"):
        rows_of(make_reader(server, clock), "invoices")


@pytest.mark.parametrize("answer", [{}, [], {"list": [{"customer": {}}]}, {"list": ["invoice"]}])
def test_an_answer_that_is_no_list_of_wrapped_rows_is_a_breach(
    server: FakeServer, clock: FastClock, answer: Any
) -> None:
    server.routes["/invoices"] = Reply(answer)
    with pytest.raises(ContractBreach):
        rows_of(make_reader(server, clock), "invoices")
