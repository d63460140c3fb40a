"""Exports: complete is not successful, chunks may cut characters, the file's dress is what the server says."""

from __future__ import annotations

from typing import Any

import pytest

from dlt_sources.errors import ContractBreach, SourceRefused, SourceUnavailable
from dlt_sources.protocols.export_tasks import ExportTaskReader
from tests.dlt_sources.fakes import FakeServer, FastClock, Reply, Request, assignment, rows_of, system_of

MODEL = "/workspaces/w1/models/m1"
OPTIONS = {name: {"description": name, "default": default} for name, default in (("workspace", "w1"), ("model", "m1"))}
RESOURCES = {
    "plan": {"path": "exports", "key": ["Account"], "fields": ["Account", "Amount"], "request": {"export": "Plan.csv"}},
    "versions": {"path": "versions", "key": ["id"], "fields": ["id"], "request": {"selector": "versionMetadata"}},
}


def make_reader(server: FakeServer, clock: FastClock) -> ExportTaskReader:
    system = system_of("export_tasks", RESOURCES, options=OPTIONS)
    return ExportTaskReader(assignment(system, server, clock))


def serve_export(
    server: FakeServer,
    chunks: list[bytes],
    rows: int,
    task: dict[str, Any] | None = None,
    **dress: str,
) -> None:
    """A model with one export whose file has these chunks; the task is polled twice before it is complete."""
    metadata = {"encoding": "UTF-8", "separator": ",", "delimiter": '"', "rowCount": rows, **dress}
    states = [{"taskState": "NOT_STARTED"}, {"taskState": "IN_PROGRESS"}]
    states.append(task or {"taskState": "COMPLETE", "result": {"successful": True}})
    server.routes |= {
        f"{MODEL}/exports": Reply(
            {"meta": {"paging": {"totalSize": 1}}, "exports": [{"id": "116", "name": "Plan.csv"}]}
        ),
        f"{MODEL}/exports/116": Reply({"exportMetadata": metadata}),
        f"{MODEL}/exports/116/tasks": Reply({"task": {"taskId": "T1"}}),
        f"{MODEL}/exports/116/tasks/T1": lambda _: Reply({"task": states.pop(0) if len(states) > 1 else states[0]}),
        f"{MODEL}/files/116/chunks": Reply({"chunks": [{"id": str(n)} for n in range(len(chunks))]} if chunks else {}),
    }
    for number, chunk in enumerate(chunks):
        server.routes[f"{MODEL}/files/116/chunks/{number}"] = Reply(chunk, content_type="application/octet-stream")


def test_chunks_are_joined_as_bytes_before_they_are_read(server: FakeServer, clock: FastClock) -> None:
    content = "Account,Amount\nUmsatzerlöse,1250.10\n".encode()
    cut = content.index("ö".encode()) + 1  # within the character
    serve_export(server, [content[:cut], content[cut:]], rows=1)
    assert rows_of(make_reader(server, clock), "plan") == [{"Account": "Umsatzerlöse", "Amount": "1250.10"}]


def test_the_files_dress_is_what_the_server_says(server: FakeServer, clock: FastClock) -> None:
    content = "Account\tAmount\n'Erl\u00f6se\t1'\t5\n".encode("latin-1")
    serve_export(server, [content], rows=1, encoding="ISO-8859-1", separator="\t", delimiter="'")
    assert rows_of(make_reader(server, clock), "plan") == [{"Account": "Erlöse\t1", "Amount": "5"}]


def test_complete_is_not_successful(server: FakeServer, clock: FastClock) -> None:
    result = {"successful": False, "details": [{"localMessageText": "The view was deleted"}]}
    serve_export(server, [b"Account,Amount\n"], rows=0, task={"taskState": "COMPLETE", "result": result})
    with pytest.raises(SourceRefused, match="complete but not successful: The view was deleted"):
        rows_of(make_reader(server, clock), "plan")
    assert not any("chunks" in request.path for request in server.requests)


def test_a_cancelled_task_is_tried_another_night(server: FakeServer, clock: FastClock) -> None:
    serve_export(server, [], rows=0, task={"taskState": "CANCELLED"})
    with pytest.raises(SourceUnavailable, match="cancelled"):
        rows_of(make_reader(server, clock), "plan")


def test_a_task_that_never_ends_ends_here(server: FakeServer, clock: FastClock) -> None:
    serve_export(server, [], rows=0, task={"taskState": "IN_PROGRESS"})
    with pytest.raises(SourceUnavailable, match="still runs after 3600 s"):
        rows_of(make_reader(server, clock), "plan")


def test_a_file_shorter_than_announced_is_not_a_load(server: FakeServer, clock: FastClock) -> None:
    serve_export(server, [b"Account,Amount\n4000,1\n"], rows=2)
    with pytest.raises(SourceUnavailable, match="2 rows announced, 1 received"):
        rows_of(make_reader(server, clock), "plan")


def test_an_export_without_rows_has_no_chunks(server: FakeServer, clock: FastClock) -> None:
    serve_export(server, [], rows=0)
    assert rows_of(make_reader(server, clock), "plan") == []


def test_an_export_that_does_not_exist_is_named_with_those_that_do(server: FakeServer, clock: FastClock) -> None:
    serve_export(server, [], rows=0)
    server.routes[f"{MODEL}/exports"] = Reply({"exports": [{"id": "116", "name": "Budget.csv"}]})
    with pytest.raises(ContractBreach, match=r"no export 'Plan.csv' \(there are: Budget.csv\)"):
        rows_of(make_reader(server, clock), "plan")


def test_lists_are_paged_by_the_announced_total_not_by_the_next_link(server: FakeServer, clock: FastClock) -> None:
    def page(request: Request) -> Reply:
        offset = int(request.query.get("offset", ["0"])[0])
        items = [{"id": str(number)} for number in range(offset, min(offset + 2, 5))]
        paging = {"totalSize": 5, "offset": offset, "currentPageSize": len(items), "next": f"{server.url}/again"}
        return Reply({"meta": {"paging": paging}, "versionMetadata": items})

    server.routes[f"{MODEL}/versions"] = page
    assert [row["id"] for row in rows_of(make_reader(server, clock), "versions")] == ["0", "1", "2", "3", "4"]
    assert len(server.requests) == 3


def test_a_list_without_its_member_is_empty(server: FakeServer, clock: FastClock) -> None:
    server.routes[f"{MODEL}/versions"] = Reply({"meta": {"paging": {"totalSize": 0}}})
    assert rows_of(make_reader(server, clock), "versions") == []


def test_a_list_that_stops_short_of_its_total_is_a_breach(server: FakeServer, clock: FastClock) -> None:
    server.routes[f"{MODEL}/versions"] = Reply({"meta": {"paging": {"totalSize": 9}}})
    with pytest.raises(ContractBreach, match="9 items announced, 0 received"):
        rows_of(make_reader(server, clock), "versions")
