"""SuiteQL: page by page behind the last key, one form for dates, null is null, and nothing announced is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dlt_sources.errors import ContractBreach, SourceRefused, SourceUnavailable
from dlt_sources.protocols.suiteql import SuiteQLReader
from tests.dlt_sources.fakes import FakeServer, FastClock, Reply, Request, assignment, rows_of, system_of

LINES = {
    "path": "deedline l JOIN deed d ON d.id = l.deed",
    "key": ["deed", "id"],
    "mode": "incremental",
    "cursor": {"field": "changed", "kind": "iso_timestamp", "overlap": "1d"},
    "fields": ["deed", "id", "memo", "day", "changed"],
    "request": {
        "columns": {"changed": "d.changed"},
        "dates": ["day"],
        "moments": ["changed"],
        "where": "l.book = {book}",
    },
}
TOTALS = {
    "path": "deedline",
    "key": ["book"],
    "fields": ["book", "amount"],
    "request": {"columns": {"amount": "SUM(amount)"}, "is_summed": True},
}
SUITEQL = "/services/rest/query/v1/suiteql"
ROW = {"links": [], "deed": "7", "id": "0", "memo": "x", "day": "2026-09-30", "changed": "2026-09-30 08:00:00"}


def make_reader(server: FakeServer, clock: FastClock, **changes: Any) -> SuiteQLReader:
    options = {"book": {"description": "book", "default": "1"}}
    system = system_of("suiteql", {"lines": LINES, "totals": TOTALS}, options=options)
    return SuiteQLReader(assignment(system, server, clock, **changes))


def answers(server: FakeServer, *pages: list[dict], more: bool = False, announced: int | None = None) -> None:
    """The server gives these pages one after the other; the last one has nothing behind it unless `more`."""
    left = list(pages)
    total = sum(map(len, pages)) if announced is None else announced

    def give(_: Request) -> Reply:
        page = left.pop(0) if left else []
        return Reply(
            {"items": page, "count": len(page), "hasMore": bool(left) or more, "offset": 0, "totalResults": total}
        )

    server.routes[SUITEQL] = give


def queries(server: FakeServer) -> list[str]:
    return [json.loads(request.body)["q"] for request in server.requests]


def test_the_first_query_says_everything(server: FakeServer, clock: FastClock) -> None:
    answers(server, [ROW])
    assert rows_of(make_reader(server, clock), "lines") == [{name: ROW[name] for name in LINES["fields"]}]
    assert queries(server) == [
        "SELECT l.deed AS deed, l.id AS id, l.memo AS memo, TO_CHAR(l.day, 'YYYY-MM-DD') AS day, "
        "TO_CHAR(d.changed, 'YYYY-MM-DD HH24:MI:SS') AS changed FROM deedline l JOIN deed d ON d.id = l.deed "
        "WHERE (l.book = 1) ORDER BY l.deed, l.id"
    ]
    (request,) = server.requests
    assert request.headers["Prefer"] == "transient"
    assert (request.query["limit"], request.query["offset"]) == (["1000"], ["0"])


def test_the_next_page_is_a_query_for_what_is_behind_the_last_key(server: FakeServer, clock: FastClock) -> None:
    answers(server, [ROW, ROW | {"id": "12"}], [ROW | {"deed": "8"}])
    assert [(row["deed"], row["id"]) for row in rows_of(make_reader(server, clock), "lines")] == [
        ("7", "0"),
        ("7", "12"),
        ("8", "0"),
    ]
    assert "((l.deed > 7) OR (l.deed = 7 AND l.id > 12))" in queries(server)[1]


def test_only_changes_since_the_cursor_are_asked_for_with_the_overlap(server: FakeServer, clock: FastClock) -> None:
    answers(server, [ROW])
    reader = make_reader(server, clock, cursors={"lines": "2026-09-28T08:00:00.000Z"})
    rows_of(reader, "lines")
    assert "(d.changed >= TO_TIMESTAMP('2026-09-27 08:00:00', 'YYYY-MM-DD HH24:MI:SS'))" in queries(server)[0]


def test_sums_are_grouped_by_their_key(server: FakeServer, clock: FastClock) -> None:
    answers(server, [{"links": [], "book": "it's", "amount": "12.50"}], [{"links": [], "book": "z", "amount": "1"}])
    assert [row["amount"] for row in rows_of(make_reader(server, clock), "totals")] == ["12.50", "1"]
    head = "SELECT deedline.book AS book, SUM(amount) AS amount FROM deedline"
    assert queries(server) == [
        f"{head} GROUP BY deedline.book ORDER BY deedline.book",
        f"{head} WHERE ((deedline.book > 'it''s')) GROUP BY deedline.book ORDER BY deedline.book",
    ]


def test_what_the_answer_leaves_out_is_null(server: FakeServer, clock: FastClock) -> None:
    answers(server, [{"links": [], "deed": "7", "id": "0", "changed": "2026-09-30 08:00:00"}])
    (row,) = rows_of(make_reader(server, clock), "lines")
    assert (row["memo"], row["day"]) == (None, None)


def test_fewer_rows_than_announced_are_no_whole_load(server: FakeServer, clock: FastClock) -> None:
    answers(server, [ROW], announced=2)
    with pytest.raises(SourceUnavailable, match="2 rows announced, 1 received"):
        rows_of(make_reader(server, clock), "lines")


def test_a_server_that_always_has_more_is_found_out(server: FakeServer, clock: FastClock) -> None:
    answers(server, [ROW], more=True)
    with pytest.raises(ContractBreach, match="paging does not end"):
        rows_of(make_reader(server, clock), "lines")


def test_a_refusal_is_quoted_with_its_code_and_what_to_do(server: FakeServer, clock: FastClock) -> None:
    detail = {"detail": "Field 'memo' was not found", "o:errorCode": "INVALID_PARAMETER"}
    server.routes[SUITEQL] = Reply(
        {"type": "https://…", "title": "Bad Request", "status": 400, "o:errorDetails": [detail]}, 400
    )
    with pytest.raises(SourceRefused, match="INVALID_PARAMETER: Field 'memo' was not found") as caught:
        rows_of(make_reader(server, clock), "lines")
    assert "the role may not see it" in caught.value.next_step
    assert len(server.requests) == 1


def test_too_many_requests_at_a_time_are_waited_out(server: FakeServer, clock: FastClock) -> None:
    detail = {"detail": "Concurrent request limit exceeded.", "o:errorCode": "CONCURRENCY_LIMIT_EXCEEDED"}
    page = {"items": [ROW], "hasMore": False, "totalResults": 1}
    replies = [Reply({"status": 429, "o:errorDetails": [detail]}, 429), Reply(page)]
    server.routes[SUITEQL] = lambda _: replies.pop(0)
    assert len(rows_of(make_reader(server, clock), "lines")) == 1
