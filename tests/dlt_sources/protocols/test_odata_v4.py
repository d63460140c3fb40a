"""OData V4: every page by the server's links, sets below the rows of another one, expanded rows, bare literals."""

from __future__ import annotations

from typing import Any

import pytest

from dlt_sources.errors import ConfigurationError, ContractBreach, SourceRefused
from dlt_sources.protocols.odata_v4 import ODataV4Reader
from tests.dlt_sources.fakes import FakeServer, FastClock, Reply, Request, assignment, rows_of, system_of

COMPANIES = {"path": "api/companies", "key": ["id"], "fields": ["id", "name"], "request": {"entity_field": "name"}}
ENTRIES = {
    "path": "api/{group}/companies({companyId})/entries",
    "key": ["companyId", "id"],
    "mode": "incremental",
    "cursor": {"field": "changedAt", "kind": "iso_timestamp", "overlap": "2h"},
    "fields": ["companyId", "id", "amount", "changedAt"],
    "request": {"filter": "kind ne '{kind}'", "within": "companies", "carried": {"companyId": "id"}},
}
TAGS = {
    "path": "api/{group}/companies({companyId})/entries",
    "key": ["companyId", "entryId", "code"],
    "mode": "incremental",
    "follows": "entries",
    "fields": ["companyId", "entryId", "code", "changedAt"],
    "request": {"carried": {"companyId": "companyId", "changedAt": "changedAt"}, "expanded": "tags"},
}
POSTINGS = {
    "path": "api/postings",
    "key": ["number"],
    "mode": "incremental",
    "cursor": {"field": "changedAt", "kind": "iso_timestamp", "overlap": "2h"},
    "fields": ["number", "changedAt"],
}
PARTS = {
    "path": "api/parts",
    "key": ["number"],
    "mode": "incremental",
    "follows": "postings",
    "fields": ["number", "posting"],
    "request": {"filter": "kind ne '{kind}'", "in_ranges_of": {"posting": "number"}},
}
OPTIONS = {
    "group": {"description": "group", "default": "ledger"},
    "kind": {"description": "what is not read", "default": "draft"},
}
ONE, TWO = "/api/ledger/companies(c1)/entries", "/api/ledger/companies(c2)/entries"


def entry(identity: str, tags: tuple[str, ...] = (), **members: Any) -> dict[str, Any]:
    return {
        "@odata.etag": 'W/"1"',
        "id": identity,
        "amount": 12.5,
        "changedAt": "2026-09-28T10:00:00.5Z",
        "tags": [{"@odata.etag": 'W/"2"', "entryId": identity, "code": tag} for tag in tags],
        **members,
    }


@pytest.fixture
def served(server: FakeServer) -> FakeServer:
    """Two companies, of which the second has nothing."""
    server.routes["/api/companies"] = Reply({"value": [{"id": "c1", "name": "A"}, {"id": "c2", "name": "B"}]})
    server.routes[ONE] = Reply({"value": [entry("e1", ("x", "y")), entry("e2")]})
    server.routes[TWO] = Reply({"value": []})
    return server


def make_reader(server: FakeServer, clock: FastClock, **changes: Any) -> ODataV4Reader:
    resources = {"companies": COMPANIES, "entries": ENTRIES, "tags": TAGS}
    return ODataV4Reader(assignment(system_of("odata_v4", resources, options=OPTIONS), server, clock, **changes))


def asked(server: FakeServer, path: str) -> list[Request]:
    return [request for request in server.requests if request.path == path]


def test_a_set_is_read_below_every_row_of_the_set_above_and_bears_its_key(served: FakeServer, clock: FastClock) -> None:
    rows = rows_of(make_reader(served, clock), "entries")
    assert [(row["companyId"], row["id"], row["amount"]) for row in rows] == [
        ("c1", "e1", "12.5"),
        ("c1", "e2", "12.5"),
    ]
    assert set(rows[0]) == {"companyId", "id", "amount", "changedAt"}
    assert len(asked(served, ONE)) == len(asked(served, TWO)) == 1


def test_the_first_request_selects_expands_and_orders(served: FakeServer, clock: FastClock) -> None:
    rows_of(make_reader(served, clock), "entries")
    assert asked(served, ONE)[0].query == {
        "$select": ["id,amount,changedAt"],
        "$orderby": ["changedAt,id"],
        "$filter": ["(kind ne 'draft')"],
        "$expand": ["tags($select=entryId,code)"],
    }


def test_expanded_rows_come_in_the_pass_of_what_they_are_in(served: FakeServer, clock: FastClock) -> None:
    reader = make_reader(served, clock)
    assert len(rows_of(reader, "entries")) == 2
    assert rows_of(reader, "tags") == [
        {"entryId": "e1", "code": code, "companyId": "c1", "changedAt": "2026-09-28T10:00:00.5Z"} for code in ("x", "y")
    ]
    assert len(asked(served, ONE)) == 1


def test_expanded_rows_that_did_not_fit_are_fetched(served: FakeServer, clock: FastClock) -> None:
    link = {"tags@odata.nextLink": f"{served.url}/api/tags?$skiptoken=1"}
    served.routes[ONE] = Reply({"value": [entry("e1", ("x",), **link)]})
    served.routes["/api/tags"] = Reply({"value": [{"entryId": "e1", "code": "y"}]})
    reader = make_reader(served, clock)
    assert set(rows_of(reader, "entries")[0]) == {"companyId", "id", "amount", "changedAt"}
    assert [row["code"] for row in rows_of(reader, "tags")] == ["x", "y"]


def test_pages_are_followed_to_the_end(served: FakeServer, clock: FastClock) -> None:
    def page(request: Request) -> Reply:
        token = request.query.get("$skiptoken", ["0"])[0]
        following = {"0": "1", "1": "2"}.get(token)
        link = {"@odata.nextLink": f"{served.url}{ONE}?aid=FIN&$skiptoken={following}"} if following else {}
        return Reply({"value": [entry(token)], **link})

    served.routes[ONE] = page
    assert [row["id"] for row in rows_of(make_reader(served, clock), "entries")] == ["0", "1", "2"]
    assert [request.query.get("$select") is None for request in asked(served, ONE)] == [False, True, True]


def test_an_increment_reads_from_the_cursor_with_its_overlap(served: FakeServer, clock: FastClock) -> None:
    rows_of(make_reader(served, clock, cursors={"entries": "2026-09-29T23:15:00.603Z"}), "entries")
    for path in (ONE, TWO):
        assert asked(served, path)[0].query["$filter"] == [
            "(kind ne 'draft') and changedAt ge 2026-09-29T21:15:00.603Z"
        ]


def test_the_cursor_is_the_newest_change_of_all_companies(served: FakeServer, clock: FastClock) -> None:
    served.routes[TWO] = Reply({"value": [entry("e9", changedAt="2026-09-27T00:00:00Z")]})
    reader = make_reader(served, clock)
    spec = reader.assignment.system.resources["entries"]
    for page in reader.pages(spec):
        reader.observe(spec, page)
    assert reader.cursor_after(spec) == "2026-09-28T10:00:00.500Z"


def test_a_set_within_a_resource_that_is_none_is_a_mistake_of_the_card(server: FakeServer, clock: FastClock) -> None:
    system = system_of("odata_v4", {"entries": ENTRIES}, options=OPTIONS)
    with pytest.raises(ConfigurationError, match="'entries' is read within 'companies', which is not a resource"):
        ODataV4Reader(assignment(system, server, clock))


def test_only_the_entities_of_the_instance_are_read(served: FakeServer, clock: FastClock) -> None:
    rows_of(make_reader(served, clock, entities=("A", "O'B")), "entries")
    assert asked(served, "/api/companies")[0].query["$filter"] == ["(name eq 'A' or name eq 'O''B')"]


@pytest.mark.parametrize("answer", [{"d": {"results": []}}, {"value": [{"id": "e1", "amount": 1, "changedAt": "x"}]}])
def test_an_answer_of_another_shape_is_a_breach(served: FakeServer, clock: FastClock, answer: dict[str, Any]) -> None:
    served.routes[ONE] = Reply(answer)
    with pytest.raises(ContractBreach, match=r"has no (value|tags)"):
        rows_of(make_reader(served, clock), "entries")


def test_a_next_link_seen_before_ends_the_walk(served: FakeServer, clock: FastClock) -> None:
    served.routes[ONE] = Reply({"value": [entry("e1")], "@odata.nextLink": f"{served.url}{ONE}?$skiptoken=1"})
    with pytest.raises(ContractBreach, match="paging does not end"):
        rows_of(make_reader(served, clock), "entries")


def test_a_next_link_to_another_host_is_refused(served: FakeServer, clock: FastClock) -> None:
    served.routes[ONE] = Reply({"value": [entry("e1")], "@odata.nextLink": "https://elsewhere.example/entries"})
    with pytest.raises(SourceRefused, match="another origin"):
        rows_of(make_reader(served, clock), "entries")


def ledger_reader(server: FakeServer, clock: FastClock, **changes: Any) -> ODataV4Reader:
    resources = {"postings": POSTINGS, "parts": PARTS}
    return ODataV4Reader(assignment(system_of("odata_v4", resources, options=OPTIONS), server, clock, **changes))


def test_parts_are_not_asked_for_where_the_instance_is_limited_to_what_they_are_part_of(
    served: FakeServer, clock: FastClock
) -> None:
    rows_of(make_reader(served, clock, resources=("companies", "entries")), "entries")
    assert "$expand" not in asked(served, ONE)[0].query
    moment = "2026-09-28T10:00:00Z"
    served.routes["/api/postings"] = Reply({"value": [{"number": 1, "changedAt": moment}]})
    rows_of(ledger_reader(served, clock, resources=("postings",)), "postings")
    assert asked(served, "/api/postings") and not asked(served, "/api/parts")


def test_parts_without_a_moment_are_read_in_ranges_of_the_records_that_came(
    server: FakeServer, clock: FastClock
) -> None:
    """Numbers are as large as 64 bits, and a range may hold parts of records that are not ours."""
    first, last = 2**53 + 1, 2**53 + 9
    moment = "2026-09-28T10:00:00Z"
    server.routes["/api/postings"] = Reply({"value": [{"number": n, "changedAt": moment} for n in (last, first)]})
    parts = [{"number": place, "posting": posting} for place, posting in enumerate((first, first + 4, last, last))]
    server.routes["/api/parts"] = Reply({"value": parts})
    reader = ledger_reader(server, clock)
    assert [row["number"] for row in rows_of(reader, "postings")] == [str(last), str(first)]
    assert [(row["number"], row["posting"]) for row in rows_of(reader, "parts")] == [
        ("0", str(first)),
        ("2", str(last)),
        ("3", str(last)),
    ]
    (request,) = asked(server, "/api/parts")
    assert request.query == {
        "$select": ["number,posting"],
        "$orderby": ["number"],
        "$filter": [f"(kind ne 'draft') and posting ge {first} and posting le {last}"],
    }


def test_many_records_are_several_ranges_and_none_is_asked_for_without_records(
    server: FakeServer, clock: FastClock
) -> None:
    moment = "2026-09-28T10:00:00Z"
    server.routes["/api/postings"] = Reply({"value": [{"number": n, "changedAt": moment} for n in range(1, 1202)]})
    server.routes["/api/parts"] = Reply({"value": []})
    rows_of(ledger_reader(server, clock), "parts")
    filters = [request.query["$filter"][0].partition(" and ")[2] for request in asked(server, "/api/parts")]
    assert filters == [
        "posting ge 1 and posting le 500",
        "posting ge 501 and posting le 1000",
        "posting ge 1001 and posting le 1201",
    ]
    server.requests.clear()
    server.routes["/api/postings"] = Reply({"value": []})
    assert rows_of(ledger_reader(server, clock), "parts") == [] == asked(server, "/api/parts")
