"""Bulk API 2.0 query jobs: created, polled until they are complete, read as pages of CSV."""

import base64
import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from starlette.responses import Response

from dlt_sources.sandbox.servers.context import Sandbox
from dlt_sources.sandbox.servers.salesforce_wire import Cursor, csv_value, errors, rest_time
from dlt_sources.sandbox.servers.store import csv_record
from dlt_sources.sandbox.servers.web import Call, Refusal, json_response

_DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t", "CARET": "^", "BACKQUOTE": "`"}


@dataclass
class _Job:
    """A bulk query job and how often it was looked at since."""

    fields: dict[str, Any]
    cursor: Cursor
    fails: bool
    polls: int = 0


class QueryJobs:
    """The jobs of one org. `run` opens a cursor for a query; a job keeps it until it is deleted."""

    def __init__(self, sandbox: Sandbox, run: Callable[..., Cursor]):
        self._sandbox = sandbox
        self._run = run
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._jobs: OrderedDict[str, _Job] = OrderedDict()

    def __len__(self) -> int:
        return len(self._jobs)

    def collection(self, call: Call) -> Response:
        """Lists the jobs (GET) or creates one (POST)."""
        if call.method == "GET":
            with self._lock:
                jobs = [self._shown(job) for job in self._jobs.values()]
            return json_response({"done": True, "records": jobs, "nextRecordsUrl": None})
        try:
            asked = json.loads(call.body)
        except ValueError:
            return errors(400, "JSON_PARSER_ERROR", "The request body is not valid JSON")
        operation = asked.get("operation")
        if operation not in ("query", "queryAll") or "query" not in asked:
            return errors(400, "INVALIDJOB", "operation must be query or queryAll, with a query")
        if asked.get("columnDelimiter", "COMMA") not in _DELIMITERS:
            return errors(400, "INVALIDJOB", f"columnDelimiter {asked['columnDelimiter']} is not supported")
        cursor = self._run(asked["query"], include_deleted=operation == "queryAll")
        if cursor.query.is_count or cursor.query.has_offset:
            return errors(400, "API_ERROR", "aggregates and OFFSET are not supported in bulk queries")
        created = rest_time(self._sandbox.now)
        fields = {
            "id": f"750SB{next(self._numbers):010d}AAA",
            "operation": operation,
            "object": cursor.query.sobject,
            "createdById": "005SB0000000001AAA",
            "createdDate": created,
            "systemModstamp": created,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(call.parameters["version"]),
            "lineEnding": asked.get("lineEnding", "LF"),
            "columnDelimiter": asked.get("columnDelimiter", "COMMA"),
            "state": "UploadComplete",
        }
        with self._lock:
            self._jobs[fields["id"]] = _Job(fields, cursor, fails=call.meets("task_failed"))
        return json_response(fields)

    def member(self, call: Call) -> Response:
        """Looks at a job, which lets it advance (GET), aborts it (PATCH) or deletes it (DELETE)."""
        job = self._asked_job(call)
        with self._lock:
            if call.method == "DELETE":
                del self._jobs[job.fields["id"]]
                return Response(status_code=204)
            if call.method == "PATCH":
                if json.loads(call.body).get("state") != "Aborted":
                    return errors(400, "INVALIDJOBSTATE", "a query job can only be set to Aborted")
                job.fields["state"] = "Aborted"
            elif job.fields["state"] in ("UploadComplete", "InProgress"):
                job.polls += 1
                is_done = job.polls > self._sandbox.limits.polls_until_done
                ended = "Failed" if job.fails or call.meets("task_failed") else "JobComplete"
                job.fields["state"] = ended if is_done else "InProgress"
            return json_response(self._shown(job))

    def results(self, call: Call) -> Response:
        """One page of a finished job's rows as CSV, with the locator of the next."""
        job = self._asked_job(call)
        if job.fields["state"] != "JobComplete":
            return errors(400, "INVALIDJOBSTATE", f"the job is {job.fields['state']}, results are not available")
        start = _position_of(call.query.get("locator"))
        largest = self._sandbox.limits.salesforce_bulk_rows
        asked = call.query.get("maxRecords", "")
        rows = job.cursor.rows
        stop = min(start + (min(int(asked), largest) if asked.isdigit() else largest), rows.num_rows)
        separator = _DELIMITERS[job.fields["columnDelimiter"]]
        ending = "\r\n" if job.fields["lineEnding"] == "CRLF" else "\n"
        columns = job.cursor.query.columns
        header = separator.join(f'"{".".join(column.path)}"' for column in columns)
        records = self._sandbox.store("salesforce").encode(
            rows.slice(start, stop - start), csv_record([csv_value(column) for column in columns], separator=separator)
        )
        locator = base64.b64encode(str(stop).encode()).decode().rstrip("=") if stop < rows.num_rows else "null"
        return Response(
            ending.join([header, *records, ""]),
            media_type="text/csv",
            headers={"Sforce-Locator": locator, "Sforce-NumberOfRecords": str(stop - start)},
        )

    def _shown(self, job: _Job) -> dict[str, Any]:
        shown = job.fields | {"jobType": "V2Query", "retries": 0, "totalProcessingTime": 0}
        if job.fields["state"] == "Failed":
            shown["errorMessage"] = "InvalidBatch : Failed to process query: internal error"
        if job.fields["state"] == "JobComplete":
            shown["numberRecordsProcessed"] = job.cursor.rows.num_rows
        return shown

    def _asked_job(self, call: Call) -> _Job:
        with self._lock:
            job = self._jobs.get(call.parameters["job"])
        if job is None:
            raise Refusal(errors(404, "NOT_FOUND", "The requested resource does not exist"))
        return job


def _position_of(locator: str | None) -> int:
    if not locator:
        return 0
    try:
        return int(base64.b64decode(locator + "=" * (-len(locator) % 4)))
    except ValueError as error:
        raise Refusal(errors(400, "INVALID_QUERY_LOCATOR", "invalid query locator")) from error
