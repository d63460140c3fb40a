"""Exports that a server prepares as a task: start, wait, ask whether it worked, fetch the chunks, read the CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dlt_sources.errors import SourceRefused, SourceUnavailable
from dlt_sources.protocols.answers import Malformed, json_body
from dlt_sources.protocols.csv_text import csv_pages
from dlt_sources.protocols.http_reader import HttpReader
from dlt_sources.protocols.polling import Patience, wait_until_done
from dlt_sources.protocols.reader import Page, Row
from dlt_sources.spec import ResourceSpec, Strict

MODEL = "workspaces/{workspace}/models/{model}"  # where an instance's options say which
PATIENCE = Patience(first=0.25, longest=10.0)  # a model action that holds its model longer than an hour is stuck


class ExportRequest(Strict):
    """`export` names the export to run; without one, `selector` names the member that holds the rows of a list."""

    export: str = ""
    selector: str = ""


class ExportTaskReader(HttpReader):
    """Reads exports and paged lists of one model."""

    Request = ExportRequest

    def pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the export's rows, or the list's."""
        request: ExportRequest = self.request(resource)
        if request.export:
            yield from self.export_pages(resource, request.export)
        else:
            yield from self.list_pages(resource, resource.path, request.selector)

    def path(self, *parts: str) -> str:
        """Return a path within the instance's model."""
        return "/".join((MODEL, *(part.strip("/") for part in parts))).format(**self.assignment.options)

    def list_pages(self, resource: ResourceSpec, path: str, selector: str) -> Iterator[Page]:
        """Yield a list page by page; the server leaves the member out when it is empty."""
        read = 0
        while True:
            answer = self.client.get_json(resource.name, self.path(path), {"offset": read} if read else None)
            rows: list[Row] = answer.get(selector) or []
            yield rows
            paging = (answer.get("meta") or {}).get("paging") or {}
            read += len(rows)
            # The announced total decides: the server offers a next link even behind the last page.
            if read >= int(paging.get("totalSize", read)):
                return
            if not rows:
                raise self.assignment.breach(resource.name, f"{paging['totalSize']} items announced, {read} received")

    def export_pages(self, resource: ResourceSpec, name: str) -> Iterator[Page]:
        """Run the export and yield its rows; the file's dress is what the server says it is."""
        export_id = self._export_id(resource, name)
        described = self.client.get_json(resource.name, self.path(resource.path, export_id))
        dress = self.member(resource, described, "exportMetadata")
        self._run(resource, self.path(resource.path, export_id, "tasks"))
        content = self._file(resource, export_id)
        read = 0
        try:
            for page in csv_pages(
                content,
                encoding=_encoding(dress["encoding"]),
                separator=dress["separator"],
                qualifier=dress["delimiter"],
                null="",
            ):
                read += len(page)
                yield page
        except Malformed as malformed:
            raise self.assignment.breach(resource.name, f"export {name}: {malformed}") from malformed
        if read != int(dress["rowCount"]):
            raise self.client.error(
                SourceUnavailable, resource.name, f"export {name}: {dress['rowCount']} rows announced, {read} received"
            )

    def _export_id(self, resource: ResourceSpec, name: str) -> str:
        exports = [row for page in self.list_pages(resource, resource.path, "exports") for row in page]
        for export in exports:
            if export["name"] == name:
                return export["id"]
        known = ", ".join(sorted(export["name"] for export in exports)) or "none"
        raise self.assignment.breach(resource.name, f"there is no export '{name}' (there are: {known})")

    def _run(self, resource: ResourceSpec, tasks: str) -> None:
        """Start the task and wait; complete does not yet mean successful."""
        started = self.client.send("POST", tasks, resource=resource.name, json={"localeName": "en_US"}, parse=json_body)
        # Servers answer with the task, or with its bare id.
        task_id = self.member(resource, started.get("task") or started, "taskId")

        def complete() -> dict[str, Any] | None:
            answer = self.client.get_json(resource.name, f"{tasks}/{task_id}")
            task: dict[str, Any] = self.member(resource, answer, "task")
            if task["taskState"] in ("CANCELLED", "CANCELLING"):
                raise self.client.error(SourceUnavailable, resource.name, f"task {task_id} was cancelled")
            return task if task["taskState"] == "COMPLETE" else None

        task = wait_until_done(self.client, resource.name, f"task {task_id}", PATIENCE, complete)
        result = task.get("result") or {}
        if not result.get("successful"):
            details = "; ".join(str(detail.get("localMessageText")) for detail in result.get("details") or [])
            raise self.client.error(
                SourceRefused,
                resource.name,
                f"task {task_id} is complete but not successful: {details or 'no details given'}",
                next_step="ask the model's builder to run the action by hand, then run again",
            )

    def _file(self, resource: ResourceSpec, file_id: str) -> bytes:
        """Return the file's bytes: a chunk may end within a row, even within a character."""
        chunks = self.path("files", file_id, "chunks")
        listed = self.client.get_json(resource.name, chunks).get("chunks") or []
        return b"".join(self.client.get_bytes(resource.name, f"{chunks}/{chunk['id']}") for chunk in listed)


def _encoding(name: str) -> str:
    """Return Python's name; a byte order mark is not part of the first header."""
    return "utf-8-sig" if name.upper().replace("_", "-") in ("UTF-8", "UTF8") else name
