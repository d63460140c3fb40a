"""Lists that page by a cursor, and batch queries for volume: a job per object whose results are CSV files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import requests
from pydantic import Field

from dlt_sources.errors import SourceRefused, SourceUnavailable
from dlt_sources.protocols.answers import Malformed, data_body, json_body, vendor_reason
from dlt_sources.protocols.csv_text import csv_pages
from dlt_sources.protocols.http_reader import HttpReader
from dlt_sources.protocols.paging import PagingGuard
from dlt_sources.protocols.polling import Patience, wait_until_done
from dlt_sources.protocols.reader import Page, Row
from dlt_sources.spec import ResourceSpec, Strict

PAGE_LIMIT = 50  # the vendor's guide allows 99, its interface description only these
PATIENCE = Patience(first=0.5, longest=15.0, limit=3 * 3600.0)  # the vendor ends a query after three hours
DELETED = "Deleted"  # the column that a batch query adds when it is asked for deleted rows
NAME_LENGTH = 32  # the longest name of a job
# Before there was any data: an increment since then is everything.
BEGINNING = datetime(1980, 1, 1, tzinfo=UTC)
LONGEST_REFUSAL = 4000  # bytes; what is longer is data
# Categories, the last two digits of a code: what is locked, failed in passing or over a limit may be asked again.
_AUTHENTICATION, _PERMISSION, _PASSING, _OVER_LIMIT = "11", "10", frozenset({"50", "60", "61"}), "70"
# Codes of batch queries have five digits and no categories: errors of the server's storage, database and own.
_PASSING_JOB_CODES = frozenset({"90006", "90008", "90010"})
_FORBIDDEN_JOB_CODES = frozenset({"90009", "90018"})


class BatchQueryRequest(Strict):
    """`object` is what a batch query selects from; fields such as AccountId of objects in `joins` are asked for there.

    Without `object` the path is a list of `record`s, and `expand` says which fields of related records come within.
    `stamps` gives fields that every row gets from an option, because no answer says so.
    """

    object: str = ""
    joins: list[str] = Field(default_factory=list)
    record: str = ""
    expand: dict[str, list[str]] = Field(default_factory=dict)
    stamps: dict[str, str] = Field(default_factory=dict)


class BatchQueryReader(HttpReader):
    """Reads lists whole, and what was changed or deleted since the cursor through batch queries."""

    Request = BatchQueryRequest
    passing_codes: ClassVar[frozenset[str]] = frozenset({"REQUEST_EXCEEDED_LIMIT"})
    next_steps: ClassVar[dict[str, str]] = {
        "90005": "a field of the query does not exist, or the technical user may not see it",
        "90009": "give the technical user the permission to run batch queries",
        "90017": "this object's deletions cannot be asked for: take the column Deleted out of system.yaml",
        "90018": "give the technical user the permission to read the objects of the query",
    }

    @staticmethod
    def status_of(answer: requests.Response) -> int:
        """Return the status that an answer deserves: the vendor's refusals come with 200 and a code within."""
        start = answer.content[:LONGEST_REFUSAL]
        if answer.status_code != 200 or len(answer.content) > len(start):
            return answer.status_code
        if not re.search(rb'"success"\s*:\s*false|"errorCode"\s*:\s*[^n\s]', start):
            return answer.status_code
        code, _ = vendor_reason(answer)
        category = code[-2:] if len(code) == 8 else ""
        if category == _AUTHENTICATION:
            return 401
        if category == _PERMISSION or code in _FORBIDDEN_JOB_CODES:
            return 403
        if category == _OVER_LIMIT:
            return 429
        return 503 if category in _PASSING or code in _PASSING_JOB_CODES else 400

    def pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the rows of a list, or those of batch queries."""
        request: BatchQueryRequest = self.request(resource)
        stamps = {field: self.assignment.options[option] for field, option in request.stamps.items()}
        for page in self._query_pages(resource, request) if request.object else self._list_pages(resource, request):
            yield [{**row, **stamps} for row in page] if stamps else page

    # Lists

    def _list_pages(self, resource: ResourceSpec, request: BatchQueryRequest) -> Iterator[Page]:
        own = [field for field in resource.fields if field not in request.expand]
        params: dict[str, Any] = {"pageSize": PAGE_LIMIT, f"{request.record}.fields[]": ",".join(own)}
        for member, fields in request.expand.items():
            params |= {"expand[]": member.lower(), f"{member.lower()}.fields[]": ",".join(fields)}
        guard = PagingGuard(self.client, resource.name)
        while True:
            answer = self.client.get_json(resource.name, resource.path, params)
            rows: list[Row] = self.member(resource, answer, "data")
            yield rows
            if not answer.get("nextPage"):
                return
            params["cursor"] = guard.follow(answer["nextPage"], len(rows))

    # Batch queries

    def _query_pages(self, resource: ResourceSpec, request: BatchQueryRequest) -> Iterator[Page]:
        """Yield all rows on the first load, else those changed or deleted since the cursor.

        The server remembers what it gave to whom, and would give what is new since. A load that failed here has been
        given there, so it is always told since when; only a first load asks for everything, without deleted rows.
        """
        since = self.read_from(resource)
        batch = self._run(resource, request, since)
        if since is None and batch.get("full") is not True:
            # An earlier first load failed: what the server takes for known never arrived.
            batch = self._run(resource, request, BEGINNING)
        yield from self._files(resource, request, batch)
        if since is not None and batch.get("full") is True:
            # The server did not remember, and gave all there is: what is gone was not in it.
            yield from self._files(resource, request, self._run(resource, request, since))

    def _run(self, resource: ResourceSpec, request: BatchQueryRequest, since: datetime | None) -> dict[str, Any]:
        """Run a query to its end and return what the server says of it; changes since the moment, or everything."""
        options = self.assignment.options
        query: dict[str, Any] = {"name": resource.name, "query": self._query(resource, request), "type": "zoqlexport"}
        if DELETED in resource.fields:
            query["deleted"] = {"column": DELETED, "format": "Boolean"}
        project = f"{options['project'] or self.assignment.instance}_{resource.name}"
        payload = {
            "name": project[:NAME_LENGTH],
            "partner": options["partner"],
            "project": project,
            "format": "csv",
            "version": "1.2",
            "encrypted": "none",
            "useQueryLabels": "true",
            "dateTimeUtc": "true",
            "queries": [query],
        }
        if since is not None:
            # On the clock of the server's data centre; read on another clock it must not be later: see the overlap.
            zone = ZoneInfo(options["data_center_time_zone"])
            payload["incrementalTime"] = since.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
        started = self.client.send("POST", "v1/batch-query/", resource=resource.name, json=payload, parse=json_body)
        job_id = self.member(resource, started, "id")

        def completed() -> dict[str, Any] | None:
            job = self.client.get_json(resource.name, f"v1/batch-query/jobs/{job_id}")
            status = self.member(resource, job, "status")
            batches = job.get("batches") or []
            if status in ("submitted", "pending", "executing"):
                return None
            if status != "completed" or [batch.get("status") for batch in batches] != ["completed"]:
                said = next((batch["message"] for batch in batches if batch.get("message")), job.get("message"))
                problem = f"query job {status}: {said or 'no reason given'}"
                # A query of objects that the user may not read is left out without a word.
                next_step = None if batches else self.next_steps["90018"]
                raise self.client.error(SourceRefused, resource.name, problem, next_step)
            return batches[0]

        return wait_until_done(self.client, resource.name, "query job", PATIENCE, completed)

    def _query(self, resource: ResourceSpec, request: BatchQueryRequest) -> str:
        """Return the query; a field of the row is its own or the key of a joined object."""
        keys = {f"{joined}Id": f"{joined}.Id" for joined in request.joins}
        names = [keys.get(field, field) for field in resource.fields if field not in (DELETED, *request.stamps)]
        return f"select {', '.join(names)} from {request.object}"

    def _files(self, resource: ResourceSpec, request: BatchQueryRequest, batch: dict[str, Any]) -> Iterator[Page]:
        """Yield the rows of the result's files: one, or several segments of a large one."""
        announced = int(self.member(resource, batch, "recordCount"))
        segments = batch.get("segments")
        read = 0
        for file_id in segments or [self.member(resource, batch, "fileId")]:
            parse = _whole_file(None if segments else announced)
            content = self.client.send("GET", f"v1/file/{file_id}", resource=resource.name, parse=parse)
            for page in csv_pages(content, null=""):
                names = {header: _field(header, request.object) for header in page[0]}
                read += len(page)
                yield [{names[header]: value for header, value in row.items()} for row in page]
        if read != announced:
            raise self.client.error(SourceUnavailable, resource.name, f"{announced} rows announced, {read} received")


def _whole_file(rows: int | None) -> Callable[[requests.Response], bytes]:
    """Return what takes an answer's bytes when they are whole CSV, of so many rows where that is known.

    What is not raises Malformed here, where it is still asked for again.
    """

    def parse(answer: requests.Response) -> bytes:
        content = data_body(answer)
        received = sum(len(page) for page in csv_pages(content))
        if rows is not None and received != rows:
            raise Malformed(f"{rows} rows announced, {received} received")
        return content

    return parse


def _field(header: str, selected: str) -> str:
    """Return the field a column holds: `Invoice.Amount` of an invoice is Amount, `Account.Id` of it AccountId."""
    return header.removeprefix(f"{selected}.").replace(".", "")
