"""Lists by cursor and batch queries: whole or not at all, since our own cursor, with refusals behind status 200."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from dlt_sources.errors import ContractBreach, SourceError, SourceRefused, SourceUnavailable
from dlt_sources.protocols.batch_queries import BatchQueryReader
from tests.dlt_sources.fakes import FakeServer, FastClock, Reply, Request, assignment, rows_of, system_of

OPTIONS = {
    name: {"description": name, "default": default}
    for name, default in (
        ("partner", "meridian"),
        ("project", "nightly"),
        ("data_center_time_zone", "America/Los_Angeles"),
        ("tenant_time_zone", "Europe/Berlin"),
    )
}
RESOURCES = {
    "accounts": {
        "path": "object-query/accounts",
        "key": ["id"],
        "fields": ["id", "billTo"],
        "request": {"record": "account", "expand": {"billTo": ["country", "workEmail"]}},
    },
    "usages": {
        "path": "v1/batch-query/",
        "key": ["Id"],
        "mode": "incremental",
        "cursor": {"field": "UpdatedDate", "kind": "iso_timestamp", "overlap": "2h"},
        "fields": ["Id", "AccountId", "Quantity", "UpdatedDate", "Deleted", "zone"],
        "request": {"object": "Usage", "joins": ["Account"], "stamps": {"zone": "tenant_time_zone"}},
    },
}
HEADER = "Usage.Deleted,Usage.Id,Account.Id,Usage.Quantity,Usage.UpdatedDate\n"
SINCE = {"usages": "2026-11-01T10:30:00.000Z"}


def make_reader(server: FakeServer, clock: FastClock, **changes: Any) -> BatchQueryReader:
    system = system_of("batch_queries", RESOURCES, options=OPTIONS)
    return BatchQueryReader(assignment(system, server, clock, **changes))


class Jobs:
    """The server's side of batch queries: each post takes the next result, done at the second look."""

    def __init__(self, server: FakeServer, *results: dict[str, Any]) -> None:
        self.posted: list[dict[str, Any]] = []
        self._results = list(results)
        self._looks = 0
        server.routes["/v1/batch-query/"] = self._submit
        server.routes["/v1/batch-query/jobs/j1"] = self._look

    def _submit(self, request: Request) -> Reply:
        self.posted.append(json.loads(request.body))
        self._looks = 0
        return Reply({"id": "j1", "status": "submitted"})

    def _look(self, request: Request) -> Reply:
        self._looks += 1
        if self._looks == 1:
            return Reply({"id": "j1", "status": "executing", "batches": [{"status": "executing"}]})
        result = self._results[len(self.posted) - 1]
        return Reply({"id": "j1", "status": "completed", "batches": [{"status": "completed", **result}]})


def csv_file(server: FakeServer, name: str, *lines: str) -> None:
    server.routes[f"/v1/file/{name}"] = Reply(HEADER + "".join(f"{line}\n" for line in lines), content_type="text/csv")


def usage(number: int, deleted: str = "false") -> str:
    return f"{deleted},u{number},a{number},12.50,2026-11-01T09:30:00+0000"


def test_pages_follow_the_cursor_with_all_parameters_until_there_is_none(server: FakeServer, clock: FastClock) -> None:
    server.routes["/object-query/accounts"] = lambda request: Reply(
        {"data": [{"id": "2", "billTo": {"country": "DE"}}]}
        if "cursor" in request.query
        else {"nextPage": "W3si==", "data": [{"id": "1"}]}
    )
    assert rows_of(make_reader(server, clock), "accounts") == [{"id": "1"}, {"id": "2", "billTo": {"country": "DE"}}]
    first, second = server.requests
    assert first.query == {
        "pageSize": ["50"],
        "account.fields[]": ["id"],
        "expand[]": ["billto"],
        "billto.fields[]": ["country,workEmail"],
    }
    assert second.query == {**first.query, "cursor": ["W3si=="]}


def test_a_cursor_that_comes_again_is_no_way_on(server: FakeServer, clock: FastClock) -> None:
    server.routes["/object-query/accounts"] = Reply({"nextPage": "same", "data": [{"id": "1"}]})
    with pytest.raises(ContractBreach, match="paging does not end"):
        rows_of(make_reader(server, clock), "accounts")


def test_a_first_load_asks_for_everything_and_reads_all_segments(server: FakeServer, clock: FastClock) -> None:
    jobs = Jobs(server, {"full": True, "recordCount": 3, "segments": ["f1", "f2"]})
    csv_file(server, "f1", usage(1), usage(2))
    csv_file(server, "f2", usage(3))
    rows = rows_of(make_reader(server, clock), "usages")
    assert [row["Id"] for row in rows] == ["u1", "u2", "u3"]
    assert rows[0] == {
        "Deleted": "false",
        "Id": "u1",
        "AccountId": "a1",
        "Quantity": "12.50",
        "UpdatedDate": "2026-11-01T09:30:00+0000",
        "zone": "Europe/Berlin",
    }
    (posted,) = jobs.posted
    assert (posted["partner"], posted["project"]) == ("meridian", "nightly_usages")
    assert "incrementalTime" not in posted and posted["dateTimeUtc"] == "true"
    assert posted["queries"] == [
        {
            "name": "usages",
            "query": "select Id, Account.Id, Quantity, UpdatedDate from Usage",
            "type": "zoqlexport",
            "deleted": {"column": "Deleted", "format": "Boolean"},
        }
    ]


def test_an_increment_is_since_our_cursor_on_the_clock_of_the_data_centre(server: FakeServer, clock: FastClock) -> None:
    jobs = Jobs(server, {"full": False, "recordCount": 2, "fileId": "f1"})
    csv_file(server, "f1", usage(1), usage(2, deleted="true"))
    rows = rows_of(make_reader(server, clock, cursors=SINCE), "usages")
    assert [(row["Id"], row["Deleted"]) for row in rows] == [("u1", "false"), ("u2", "true")]
    # Two hours before 10:30 UTC it is 1:30 in California, and an hour later again: who takes it for the second one is
    # still an hour before the cursor.
    assert jobs.posted[0]["incrementalTime"] == "2026-11-01 01:30:00"


def test_a_server_that_forgot_the_session_is_asked_again_for_what_was_deleted(
    server: FakeServer, clock: FastClock
) -> None:
    jobs = Jobs(
        server,
        {"full": True, "recordCount": 1, "fileId": "f1"},
        {"full": False, "recordCount": 1, "fileId": "f2"},
    )
    csv_file(server, "f1", usage(1))
    csv_file(server, "f2", usage(2, deleted="true"))
    rows = rows_of(make_reader(server, clock, cursors=SINCE), "usages")
    assert [row["Id"] for row in rows] == ["u1", "u2"] and len(jobs.posted) == 2


def test_a_first_load_after_one_that_failed_asks_since_ever(server: FakeServer, clock: FastClock) -> None:
    jobs = Jobs(
        server,
        {"full": False, "recordCount": 0, "fileId": "f1"},
        {"full": False, "recordCount": 1, "fileId": "f2"},
    )
    csv_file(server, "f2", usage(1))
    assert [row["Id"] for row in rows_of(make_reader(server, clock), "usages")] == ["u1"]
    assert [post.get("incrementalTime") for post in jobs.posted] == [None, "1979-12-31 16:00:00"]


@pytest.mark.parametrize("half", [f"{usage(1)}\nfalse,u2,a", usage(1)], ids=["within a row", "between rows"])
def test_half_a_file_is_asked_for_again(server: FakeServer, clock: FastClock, half: str) -> None:
    Jobs(server, {"full": True, "recordCount": 2, "fileId": "f1"})
    answers = [half, f"{usage(1)}\n{usage(2)}\n"]
    server.routes["/v1/file/f1"] = lambda _: Reply(HEADER + answers.pop(0), content_type="text/csv")
    assert [row["Id"] for row in rows_of(make_reader(server, clock), "usages")] == ["u1", "u2"]


def test_segments_with_fewer_rows_than_announced_are_no_load(server: FakeServer, clock: FastClock) -> None:
    Jobs(server, {"full": True, "recordCount": 3, "segments": ["f1", "f2"]})
    csv_file(server, "f1", usage(1))
    csv_file(server, "f2", usage(2))
    with pytest.raises(SourceUnavailable, match="3 rows announced, 2 received"):
        rows_of(make_reader(server, clock), "usages")


@pytest.mark.parametrize(
    ("job", "said"),
    [
        ({"status": "aborted", "batches": [{"status": "aborted", "message": "killed"}]}, "aborted: killed"),
        ({"status": "completed", "batches": []}, "completed: no reason given"),
        ({"status": "completed", "batches": [{"status": "deleted_notallowed", "message": "no deletions"}]}, "no del"),
    ],
)
def test_a_job_that_ends_without_a_result_is_a_refusal(
    server: FakeServer, clock: FastClock, job: dict[str, Any], said: str
) -> None:
    server.routes["/v1/batch-query/"] = Reply({"id": "j1"})
    server.routes["/v1/batch-query/jobs/j1"] = Reply({"id": "j1", **job})
    with pytest.raises(SourceRefused, match=said):
        rows_of(make_reader(server, clock), "usages")


def refusal(code: int, message: str) -> dict[str, Any]:
    return {"success": False, "processId": "P1", "reasons": [{"code": code, "message": message}], "requestId": "r1"}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (refusal(58730050, "lock competition"), SourceUnavailable),
        (refusal(50000061, "temporary error"), SourceUnavailable),
        (refusal(50000070, "request exceeded limit"), SourceUnavailable),
        (refusal(50000010, "no permission"), SourceRefused),
        (refusal(90000011, "authentication failed"), SourceRefused),
        (refusal(53100020, "'termType' is invalid"), SourceRefused),
        ({"errorCode": "90008", "message": "Internal Database Connection Error."}, SourceUnavailable),
        ({"errorCode": "90005", "message": "There is a syntax error in one of the queries"}, SourceRefused),
        ({"errorCode": "90009", "message": "User is not authorized."}, SourceRefused),
    ],
)
def test_a_refusal_with_status_200_is_one_by_its_code(
    server: FakeServer, clock: FastClock, body: dict[str, Any], kind: type[SourceError]
) -> None:
    server.routes["/v1/batch-query/"] = Reply(body)
    with pytest.raises(kind) as caught:
        rows_of(make_reader(server, clock), "usages")
    said = body.get("message") or body["reasons"][0]["message"]
    assert said in str(caught.value)
    assert len(server.requests) == (1 if kind is SourceRefused else 2)


def test_what_is_data_is_never_taken_for_a_refusal() -> None:
    for body in ('{"success": true, "data": []}', '{"id": "j1", "errorCode": null}', '[{"note": "failed"}]'):
        answer = requests.Response()
        answer.status_code, answer._content = 200, body.encode()
        assert BatchQueryReader.status_of(answer) == 200
