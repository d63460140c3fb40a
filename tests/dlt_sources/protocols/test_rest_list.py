"""Lists by cursor: every row once, and the rows embedded in them without gaps."""

from __future__ import annotations

from typing import Any

import pytest

from dlt_sources.errors import ContractBreach
from dlt_sources.protocols.rest_list import RestListReader
from tests.dlt_sources.fakes import FakeServer, FastClock, Reply, Request, assignment, rows_of, system_of

INVOICES = {
    "path": "v1/invoices",
    "key": ["id"],
    "mode": "incremental",
    "cursor": {"field": "created", "kind": "unix_seconds", "overlap": "1h"},
    "fields": ["id", "created"],
    "request": {"parameters": {"status": "all"}, "expand": "customer"},
}
LINES = {
    "path": "v1/invoices/{id}/lines",
    "key": ["id"],
    "mode": "incremental",
    "follows": "invoices",
    "fields": ["id"],
    "request": {"embedded_list": "lines", "is_moved_out": True},
}


def make_reader(server: FakeServer, clock: FastClock, **changes: Any) -> RestListReader:
    system = system_of("rest_list", {"invoices": INVOICES, "invoice_lines": LINES})
    return RestListReader(assignment(system, server, clock, **changes))


def listed(*rows: dict[str, Any], has_more: bool = False, url: str = "/v1/invoices") -> dict[str, Any]:
    return {"object": "list", "url": url, "has_more": has_more, "data": list(rows)}


def invoice(number: int, lines: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"id": f"in_{number}", "created": number, "lines": lines or listed()}


def two_pages(server: FakeServer) -> None:
    def page(request: Request) -> Reply:
        if request.query.get("starting_after") == ["in_2"]:
            return Reply(listed(invoice(1)))
        return Reply(listed(invoice(3), invoice(2), has_more=True))

    server.routes["/v1/invoices"] = page


def test_pages_follow_the_last_id_with_all_parameters(server: FakeServer, clock: FastClock) -> None:
    two_pages(server)
    rows = rows_of(make_reader(server, clock), "invoices")
    assert [row["id"] for row in rows] == ["in_3", "in_2", "in_1"]
    first, second = server.requests
    assert first.query == {"status": ["all"], "expand[]": ["data.customer"], "limit": ["100"]}
    assert second.query == {**first.query, "starting_after": ["in_2"]}


def test_an_increment_asks_for_what_was_created_since(server: FakeServer, clock: FastClock) -> None:
    two_pages(server)
    rows_of(make_reader(server, clock, cursors={"invoices": "2026-09-30T12:00:00.000Z"}), "invoices")
    assert server.requests[0].query["created[gte]"] == ["1790766000"]  # 2026-09-30T11:00:00Z


@pytest.mark.parametrize("order", [["invoices", "invoice_lines"], ["invoice_lines", "invoices"]])
def test_embedded_rows_come_in_the_same_pass_and_the_rest_of_them_is_paged(
    server: FakeServer, clock: FastClock, order: list[str]
) -> None:
    embedded = listed({"id": "il_1"}, {"id": "il_2"}, has_more=True, url="/v1/invoices/in_1/lines")
    server.routes["/v1/invoices"] = Reply(listed(invoice(1, embedded), invoice(2, listed({"id": "il_9"}))))
    server.routes["/v1/invoices/in_1/lines"] = lambda request: Reply(
        listed({"id": "il_3"}) if request.query["starting_after"] == ["il_2"] else listed()
    )
    reader = make_reader(server, clock)
    rows = {name: rows_of(reader, name) for name in order}
    assert [row["id"] for row in rows["invoice_lines"]] == ["il_1", "il_2", "il_3", "il_9"]
    assert rows["invoices"] == [{"id": "in_1", "created": "1"}, {"id": "in_2", "created": "2"}]
    assert len([request for request in server.requests if request.path == "/v1/invoices"]) == 1


def test_a_cursor_that_comes_back_ends_the_walk(server: FakeServer, clock: FastClock) -> None:
    server.routes["/v1/invoices"] = Reply(listed(invoice(1), has_more=True))
    with pytest.raises(ContractBreach, match="paging does not end"):
        rows_of(make_reader(server, clock), "invoices")


@pytest.mark.parametrize("answer", [{"data": []}, {"has_more": False}, [], listed(has_more=True)])
def test_an_answer_that_is_no_list_is_a_breach(server: FakeServer, clock: FastClock, answer: Any) -> None:
    server.routes["/v1/invoices"] = Reply(answer)
    with pytest.raises(ContractBreach):
        rows_of(make_reader(server, clock), "invoices")
