"""Collections by offset: selected, ordered and filtered as asked, children whole, and no walk without end."""

from __future__ import annotations

from typing import Any

import pytest

from dlt_sources.errors import ContractBreach
from dlt_sources.protocols.item_collections import ItemCollectionReader
from tests.dlt_sources.fakes import FakeServer, FastClock, Reply, Request, assignment, rows_of, system_of

INVOICES = {
    "path": "invoices",
    "key": ["Id"],
    "mode": "incremental",
    "cursor": {"field": "LastUpdateDate", "kind": "iso_timestamp", "overlap": "1d"},
    "fields": ["Id", "LastUpdateDate"],
    "request": {"filter": "Source = '{source}'"},
}
LINES = {
    "path": "invoices",
    "key": ["Id", "Number"],
    "mode": "incremental",
    "follows": "invoices",
    "fields": ["Id", "Number"],
    "request": {"embedded_list": "lines", "is_moved_out": True, "holder_fields": {"Id": "Id"}},
}


def make_reader(server: FakeServer, clock: FastClock, *names: str, **changes: Any) -> ItemCollectionReader:
    resources = {name: {"invoices": INVOICES, "lines": LINES}[name] for name in names or ("invoices", "lines")}
    changes.setdefault("options", {"source": "Orders"})
    return ItemCollectionReader(assignment(system_of("item_collections", resources), server, clock, **changes))


def page(*items: dict[str, Any], offset: int = 0, more: bool = False) -> dict[str, Any]:
    return {"items": list(items), "count": len(items), "hasMore": more, "limit": 500, "offset": offset, "links": []}


def invoice(number: int, lines: Any, href: str = "") -> dict[str, Any]:
    links = [{"rel": "child", "name": "lines", "href": href}]
    return {"Id": number, "LastUpdateDate": "2026-09-28T10:00:00+00:00", "lines": lines, "links": links}


def test_pages_go_by_offset_until_there_are_no_more(server: FakeServer, clock: FastClock) -> None:
    def answer(request: Request) -> Reply:
        offset = int(request.query["offset"][0])
        rows = {0: [{"Id": 1}, {"Id": 2}], 2: [{"Id": 3}]}[offset]
        return Reply(page(*rows, offset=offset, more=offset == 0))

    server.routes["/invoices"] = answer
    reader = make_reader(server, clock, "invoices", cursors={"invoices": "2026-09-28T10:00:00.000Z"})
    assert [row["Id"] for row in rows_of(reader, "invoices")] == ["1", "2", "3"]
    first, second = server.requests
    assert first.query == {
        "fields": ["Id,LastUpdateDate"],
        "orderBy": ["Id:asc"],
        "onlyData": ["true"],
        "q": ["Source = 'Orders' and LastUpdateDate >= '2026-09-27T10:00:00.000+00:00'"],
        "limit": ["500"],
        "offset": ["0"],
    }
    assert second.query == {**first.query, "offset": ["2"]}


def test_children_come_as_lists_or_as_collections_and_those_that_do_not_fit_are_fetched(
    server: FakeServer, clock: FastClock
) -> None:
    href = f"{server.url}/invoices/00AB/child/lines"
    server.routes["/invoices"] = Reply(
        page(
            invoice(1, [{"Number": 1, "links": []}]),
            invoice(2, page({"Number": 1})),
            invoice(3, page({"Number": 1}, more=True), href),
            {"Id": 4, "LastUpdateDate": "2026-09-28T10:00:00+00:00", "links": []},
        )
    )
    server.routes["/invoices/00AB/child/lines"] = Reply(page({"Number": 1}, {"Number": 2}))
    reader = make_reader(server, clock)
    assert [set(row) for row in rows_of(reader, "invoices")] == [{"Id", "LastUpdateDate"}] * 4
    assert [(row["Id"], row["Number"]) for row in rows_of(reader, "lines")] == [
        ("1", "1"),
        ("2", "1"),
        ("3", "1"),
        ("3", "2"),
    ]
    asked, fetched = server.requests
    assert asked.query["fields"] == ["Id,LastUpdateDate;lines:Number"] and asked.query["links"] == ["child"]
    assert fetched.query["fields"] == ["Number"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({**page({"Id": 1}), "count": 2}, "2 items announced, 1 received"),
        (page({"Id": 1}, offset=500), "asked for offset 0, answered with 500"),
        ({"items": [], "count": 0, "offset": 0}, "has no hasMore"),
    ],
)
def test_an_answer_of_another_shape_is_a_breach(
    server: FakeServer, clock: FastClock, answer: dict[str, Any], said: str
) -> None:
    server.routes["/invoices"] = Reply(answer)
    with pytest.raises(ContractBreach, match=said):
        rows_of(make_reader(server, clock, "invoices"), "invoices")
