"""SOQL over REST, page by page, and through query jobs for volume; deleted rows included, fields checked first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

import requests

from dlt_sources.errors import SourceRefused, SourceUnavailable
from dlt_sources.protocols.answers import Malformed, data_body, json_body
from dlt_sources.protocols.csv_text import csv_pages
from dlt_sources.protocols.cursors import end_of_day
from dlt_sources.protocols.http_reader import HttpReader
from dlt_sources.protocols.paging import PagingGuard
from dlt_sources.protocols.polling import Patience, wait_until_done
from dlt_sources.protocols.reader import Page
from dlt_sources.spec import ResourceSpec, Strict

PATIENCE = Patience(first=0.5, longest=15.0)  # the vendor gives a job up after its own retries within the hour


class SoqlRequest(Strict):
    """`volume` marks objects worth a query job when the instance's option `bulk` is on."""

    volume: bool = False


class SoqlReader(HttpReader):
    """Reads objects as of the end of a day: changes after it belong to the next load."""

    Request = SoqlRequest
    passing_codes: ClassVar[frozenset[str]] = frozenset({"QUERY_TIMEOUT", "SERVER_UNAVAILABLE", "UNABLE_TO_LOCK_ROW"})
    next_steps: ClassVar[dict[str, str]] = {
        "REQUEST_LIMIT_EXCEEDED": "the allowance of API calls is used up: wait for the rolling 24 hours, or raise it",
        "INVALID_QUERY_LOCATOR": "the query's pages expired on the server: run again",
    }

    def pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield all rows changed since the cursor and before the end of the as-of day."""
        fields = self._checked_fields(resource)
        if self.request(resource).volume and self.assignment.options.get("bulk"):
            yield from self._job_pages(resource, fields)
        else:
            yield from self._query_pages(resource, fields)

    def asked_fields(self, resource: ResourceSpec, visible: set[str]) -> list[str]:
        """Return the fields to ask for, of which an object shows only the `visible` ones."""
        return resource.fields

    def _path(self, *parts: str) -> str:
        return "/".join(("services", "data", self.assignment.options["api_version"], *parts))

    def _checked_fields(self, resource: ResourceSpec) -> list[str]:
        """Return the fields to ask for; raise ContractBreach naming those that are gone, or hidden from our user."""
        described = self.client.get_json(resource.name, self._path("sobjects", resource.path, "describe"))
        visible = {field["name"] for field in self.member(resource, described, "fields")}
        fields = self.asked_fields(resource, visible)
        gone = [field for field in fields if field not in visible]
        if gone:
            raise self.assignment.breach(
                resource.name,
                f"{resource.path} has no field {', '.join(gone)}: it was removed, or the technical user may not see it",
            )
        return fields

    def _query(self, resource: ResourceSpec, fields: list[str], order: bool) -> str:
        query = f"SELECT {', '.join(fields)} FROM {resource.path}"
        conditions = []
        if resource.cursor:
            since = self.read_from(resource)
            conditions += [f"{resource.cursor.field} >= {_literal(since)}"] if since else []
            conditions += [f"{resource.cursor.field} < {_literal(end_of_day(self.assignment.as_of))}"]
        if conditions:
            query += " WHERE " + " AND ".join(conditions)
        if order:
            query += " ORDER BY " + (f"{resource.cursor.field}, " if resource.cursor else "") + "Id"
        return query

    def _query_pages(self, resource: ResourceSpec, fields: list[str]) -> Iterator[Page]:
        guard = PagingGuard(self.client, resource.name)
        target, params = self._path("queryAll"), {"q": self._query(resource, fields, order=True)}
        read = 0
        while True:
            answer = self.client.get_json(resource.name, target, params)
            records = self.member(resource, answer, "records")
            rows = [{name: value for name, value in row.items() if name != "attributes"} for row in records]
            read += len(rows)
            yield rows
            if self.member(resource, answer, "done"):
                break
            target, params = guard.follow(self.member(resource, answer, "nextRecordsUrl"), len(rows)), None
        self._check_count(resource, read, int(self.member(resource, answer, "totalSize")))

    def _job_pages(self, resource: ResourceSpec, fields: list[str]) -> Iterator[Page]:
        """Yield the rows of a query job, whose CSV results come page by page behind a locator."""
        # Without ORDER BY: it would keep the server from splitting the work.
        job = self.client.send(
            "POST",
            self._path("jobs", "query"),
            resource=resource.name,
            json={
                "operation": "queryAll",
                "query": self._query(resource, fields, order=False),
                "contentType": "CSV",
                "columnDelimiter": "COMMA",
                "lineEnding": "LF",
            },
            parse=json_body,
        )
        path = self._path("jobs", "query", self.member(resource, job, "id"))
        processed = self._await_job(resource, path)
        guard = PagingGuard(self.client, resource.name)
        locator, read = "", 0
        while True:
            rows, next_locator = self.client.send(
                "GET",
                f"{path}/results",
                resource=resource.name,
                params={"locator": locator} if locator else None,
                headers={"Accept": "text/csv"},
                parse=_job_result,
            )
            read += len(rows)
            yield rows
            if not next_locator:
                break
            locator = guard.follow(next_locator, len(rows))
        self._check_count(resource, read, processed)

    def _await_job(self, resource: ResourceSpec, path: str) -> int:
        """Wait for the job and return how many rows it found."""

        def processed() -> int | None:
            job = self.client.get_json(resource.name, path)
            state = self.member(resource, job, "state")
            if state in ("Failed", "Aborted"):
                reason = job.get("errorMessage") or "no reason given"
                raise self.client.error(SourceRefused, resource.name, f"query job {state}: {reason}")
            return int(self.member(resource, job, "numberRecordsProcessed")) if state == "JobComplete" else None

        return wait_until_done(self.client, resource.name, "query job", PATIENCE, processed)

    def _check_count(self, resource: ResourceSpec, read: int, announced: int) -> None:
        """The server says how many rows there are: fewer or more arrived is not a whole load."""
        if read != announced:
            raise self.client.error(SourceUnavailable, resource.name, f"{announced} rows announced, {read} received")


def _literal(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _job_result(answer: requests.Response) -> tuple[Page, str]:
    """Return one page of results, empty text as null, and the locator of the next page ('' at the end)."""
    rows: Page = [row for page in csv_pages(data_body(answer), null="") for row in page]
    announced = answer.headers.get("Sforce-NumberOfRecords")
    if announced is not None and int(announced) != len(rows):
        raise Malformed(f"{announced} rows announced, {len(rows)} received")
    locator = answer.headers.get("Sforce-Locator", "null")
    return rows, "" if locator == "null" else locator
