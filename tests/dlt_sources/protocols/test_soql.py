"""SOQL: windows by day, deleted rows too, fields checked first, and the same rows through REST and query jobs."""

from __future__ import annotations

from typing import Any

import pytest

from dlt_sources.errors import ContractBreach, SourceRefused, SourceUnavailable
from dlt_sources.protocols.soql import SoqlReader
from tests.dlt_sources.fakes import FakeServer, FastClock, Reply, Request, assignment, rows_of, system_of

DEALS = {
    "path": "Deal",
    "key": ["Id"],
    "mode": "incremental",
    "cursor": {"field": "Stamp", "kind": "iso_timestamp", "overlap": "10m"},
    "fields": ["Id", "Amount", "Stamp", "IsDeleted"],
    "request": {"volume": True},
}
STAGES = {"path": "Stage", "key": ["Id"], "fields": ["Id"]}
DATA = "/services/data/v66.0"
STAMP = "2026-09-30T08:00:00.000Z"


def make_reader(server: FakeServer, clock: FastClock, bulk: bool = False, **changes: Any) -> SoqlReader:
    options = {
        "api_version": {"description": "version", "default": "v66.0"},
        "bulk": {"description": "bulk", "default": bulk},
    }
    system = system_of("soql", {"deals": DEALS, "stages": STAGES}, options=options)
    describe(server, ["Id", "Amount", "Stamp", "IsDeleted"])
    return SoqlReader(assignment(system, server, clock, **changes))


def describe(server: FakeServer, fields: list[str]) -> None:
    for name in ("Deal", "Stage"):
        server.routes[f"{DATA}/sobjects/{name}/describe"] = Reply({"fields": [{"name": field} for field in fields]})


def record(number: int) -> str:
    return (
        f'{{"attributes": {{"type": "Deal"}}, "Id": "{number}", "Amount": {number}500.0, '
        '"Stamp": "2026-09-30T08:00:00.000+0000", "IsDeleted": false}'
    )


def two_batches(server: FakeServer, announced: int = 3) -> None:
    first = (
        f'{{"totalSize": {announced}, "done": false, "nextRecordsUrl": "{DATA}/query/01g-2", '
        f'"records": [{record(1)}, {record(2)}]}}'
    )
    server.routes[f"{DATA}/queryAll"] = Reply(first)
    server.routes[f"{DATA}/query/01g-2"] = Reply(
        f'{{"totalSize": {announced}, "done": true, "records": [{record(3)}]}}'
    )


def bulk_job(server: FakeServer, states: list[dict[str, Any]], pages: dict[str, Reply]) -> None:
    server.routes[f"{DATA}/jobs/query"] = Reply({"id": "750", "state": "UploadComplete"})
    remaining = list(states)
    server.routes[f"{DATA}/jobs/query/750"] = lambda _: Reply(remaining.pop(0) if len(remaining) > 1 else remaining[0])
    server.routes[f"{DATA}/jobs/query/750/results"] = lambda request: pages[request.query.get("locator", [""])[0]]


def results(rows: str, locator: str, count: int) -> Reply:
    headers = {"Sforce-Locator": locator, "Sforce-NumberOfRecords": str(count)}
    return Reply('"Id","Amount","Stamp","IsDeleted"\n' + rows, headers=headers, content_type="text/csv")


def last_query(server: FakeServer) -> str:
    return next(request for request in server.requests if request.path.endswith("/queryAll")).query["q"][0]


def test_batches_are_followed_and_digits_kept(server: FakeServer, clock: FastClock) -> None:
    two_batches(server)
    rows = rows_of(make_reader(server, clock), "deals")
    assert [(row["Id"], row["Amount"]) for row in rows] == [("1", "1500.0"), ("2", "2500.0"), ("3", "3500.0")]
    assert all("attributes" not in row for row in rows)


def test_the_first_load_ends_with_the_as_of_day(server: FakeServer, clock: FastClock) -> None:
    two_batches(server)
    rows_of(make_reader(server, clock), "deals")
    assert last_query(server) == (
        "SELECT Id, Amount, Stamp, IsDeleted FROM Deal WHERE Stamp < 2026-10-01T00:00:00.000Z ORDER BY Stamp, Id"
    )


def test_an_increment_starts_at_the_cursor_less_its_overlap(server: FakeServer, clock: FastClock) -> None:
    two_batches(server)
    rows_of(make_reader(server, clock, cursors={"deals": "2026-09-29T08:00:00.000Z"}), "deals")
    assert "WHERE Stamp >= 2026-09-29T07:50:00.000Z AND Stamp < 2026-10-01" in last_query(server)


def test_a_snapshot_has_no_window(server: FakeServer, clock: FastClock) -> None:
    two_batches(server)
    rows_of(make_reader(server, clock), "stages")
    assert last_query(server) == "SELECT Id FROM Stage ORDER BY Id"


def test_a_field_that_is_gone_or_hidden_is_named_before_anything_is_read(server: FakeServer, clock: FastClock) -> None:
    reader = make_reader(server, clock)
    describe(server, ["Id", "Stamp"])
    with pytest.raises(ContractBreach, match="Deal has no field Amount, IsDeleted: it was removed, or"):
        rows_of(reader, "deals")
    assert not any(request.path.endswith("queryAll") for request in server.requests)


def test_fewer_rows_than_announced_are_not_a_load(server: FakeServer, clock: FastClock) -> None:
    two_batches(server, announced=4)
    with pytest.raises(SourceUnavailable, match="4 rows announced, 3 received"):
        rows_of(make_reader(server, clock), "deals")


def test_a_locator_that_comes_back_ends_the_walk(server: FakeServer, clock: FastClock) -> None:
    two_batches(server)
    server.routes[f"{DATA}/query/01g-2"] = server.routes[f"{DATA}/queryAll"]
    with pytest.raises(ContractBreach, match="paging does not end"):
        rows_of(make_reader(server, clock), "deals")


def test_a_query_job_gives_the_same_rows_with_null_for_nothing(server: FakeServer, clock: FastClock) -> None:
    bulk_job(
        server,
        [{"state": "InProgress"}, {"state": "JobComplete", "numberRecordsProcessed": 3}],
        {
            "": results(f'"1","1500.0","{STAMP}","false"\n"2","","{STAMP}","true"\n', "MTAw", 2),
            "MTAw": results(f'"3","3500.0","{STAMP}","false"\n', "null", 1),
        },
    )
    rows = rows_of(make_reader(server, clock, bulk=True), "deals")
    assert [(row["Id"], row["Amount"], row["IsDeleted"]) for row in rows] == [
        ("1", "1500.0", "false"),
        ("2", None, "true"),
        ("3", "3500.0", "false"),
    ]
    posted = next(request for request in server.requests if request.method == "POST")
    assert '"operation": "queryAll"' in posted.body and "ORDER BY" not in posted.body


def test_objects_of_little_volume_stay_with_rest(server: FakeServer, clock: FastClock) -> None:
    two_batches(server)
    rows_of(make_reader(server, clock, bulk=True), "stages")
    assert not any("jobs" in request.path for request in server.requests)


def test_a_failed_job_says_why(server: FakeServer, clock: FastClock) -> None:
    bulk_job(server, [{"state": "Failed", "errorMessage": "InvalidBatch : too wide"}], {})
    with pytest.raises(SourceRefused, match="query job Failed: InvalidBatch : too wide"):
        rows_of(make_reader(server, clock, bulk=True), "deals")


def test_a_page_of_results_that_lost_rows_is_fetched_again(server: FakeServer, clock: FastClock) -> None:
    answers = [
        results(f'"1","1","{STAMP}","false"\n', "null", 2),
        results(f'"1","1","{STAMP}","false"\n"2","1","{STAMP}","false"\n', "null", 2),
    ]
    bulk_job(server, [{"state": "JobComplete", "numberRecordsProcessed": 2}], {})
    server.routes[f"{DATA}/jobs/query/750/results"] = lambda _: answers.pop(0)
    assert len(rows_of(make_reader(server, clock, bulk=True), "deals")) == 2


def test_an_exhausted_allowance_stops_at_once_and_says_what_to_do(server: FakeServer, clock: FastClock) -> None:
    def refuse(_: Request) -> Reply:
        return Reply([{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}], 403)

    reader = make_reader(server, clock)
    server.routes[f"{DATA}/queryAll"] = refuse
    with pytest.raises(SourceRefused, match=r"TotalRequests Limit exceeded.*rolling 24 hours"):
        rows_of(reader, "deals")
    assert len([request for request in server.requests if request.path.endswith("queryAll")]) == 1
