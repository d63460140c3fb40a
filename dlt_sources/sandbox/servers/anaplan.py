"""Anaplan: tokens that expire and are refreshed, model metadata, exports and imports as tasks with chunked files."""

import csv
import gzip
import io
import json
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from dlt_sources.sandbox.faults import Fault
from dlt_sources.sandbox.servers.anaplan_model import (
    MODEL_ID,
    MODEL_NAME,
    SUBMISSION_FILE,
    SUBMISSION_IMPORT,
    SUBMISSION_PROCESS,
    WORKSPACE_ID,
    WORKSPACE_NAME,
    ImportResult,
    Model,
)
from dlt_sources.sandbox.servers.anaplan_tokens import USER_GUID, TokenHost
from dlt_sources.sandbox.servers.context import Sandbox
from dlt_sources.sandbox.servers.web import Call, Refusal, endpoint, json_response

SYSTEM = "anaplan"
_DEFAULT_PAGE = 5000
# Nothing within such a model can be read; that it is so can be.
_CLOSED_STATES = frozenset({"ARCHIVED", "LOCKED"})
_TABULAR = "TABULAR_MULTI_COLUMN"
_QUIET_PAGE = 20  # without paging parameters `next` speaks of pages of 20, though every row was returned


@dataclass
class _File:
    """An uploaded or exported file: its chunks by number, and how many there will be (None: not yet known)."""

    chunks: dict[int, bytes] = field(default_factory=dict)
    announced: int | None = None

    @property
    def is_complete(self) -> bool:
        return self.announced is not None and set(self.chunks) == set(range(self.announced))

    @property
    def content(self) -> bytes:
        return b"".join(self.chunks[number] for number in sorted(self.chunks))


@dataclass
class _Task:
    """A running action; it advances each time it is looked at."""

    identity: str
    action: str
    created_at: int
    fails: bool
    polls: int = 0
    state: str = "NOT_STARTED"
    result: dict[str, Any] | None = None
    dump: bytes = b""


@dataclass
class _Read:
    """A large read of a view: its lines, header first, cut into pages once it is complete."""

    identity: str
    lines: list[list[str]]
    fails: bool
    polls: int = 0


class AnaplanServer:
    """One tenant with one workspace and one model, at `/auth/token/…` and `/api/2/0/…`."""

    system = SYSTEM

    def __init__(self, sandbox: Sandbox):
        self._sandbox = sandbox
        self._lock = threading.RLock()
        self._tokens = TokenHost(sandbox)
        self._files: dict[str, _File] = {}
        self._tasks: dict[str, _Task] = {}
        self._reads: dict[str, _Read] = {}
        self._model = Model(lambda: sandbox.store(SYSTEM))

    def routes(self) -> list[Route]:
        def api(path: str, handler: Callable[[Call], Response], *methods: str) -> Route:
            return Route(f"/api/2/0{path}", endpoint(self._guarded(handler)), methods=list(methods or ("GET",)))

        def of_model(path: str, handler: Callable[[Call], Response], *methods: str) -> list[Route]:
            forms = ("/models/{model}", "/workspaces/{workspace}/models/{model}")
            return [api(form + path, handler, *methods) for form in forms]

        return [
            Route("/auth/token/{action}", endpoint(self._tokens.answer), methods=["GET", "POST"]),
            api("/users/me", self._me),
            api("/workspaces", self._listing("workspaces", lambda: [_WORKSPACE])),
            api("/workspaces/{workspace}", self._single("workspace", lambda _: _WORKSPACE)),
            api("/workspaces/{workspace}/models", self._listing("models", lambda: [self._model_record()])),
            api("/models", self._listing("models", lambda: [self._model_record()])),
            *of_model("", self._single("model", lambda _: self._model_record())),
            *of_model("/status", self._status),
            *of_model("/modules", self._listing("modules", self._model.modules)),
            *of_model("/modules/{module}/views", self._views),
            *of_model("/modules/{module}/lineItems", self._line_items),
            *of_model("/views/{view}", self._view),
            *of_model("/views/{view}/data", self._view_data),
            *of_model("/views/{view}/readRequests", self._read_request, "POST"),
            *of_model("/views/{view}/readRequests/{request}", self._read_request_state, "GET", "DELETE"),
            *of_model("/views/{view}/readRequests/{request}/pages/{page:int}", self._read_request_page),
            *of_model("/exports", self._listing("exports", self._model.exports)),
            *of_model("/exports/{action}", self._single("exportMetadata", self._model.export_metadata)),
            *of_model("/imports", self._listing("imports", self._model.imports)),
            *of_model("/imports/{action}", self._single("importMetadata", self._model.import_metadata)),
            *of_model("/processes", self._listing("processes", self._model.processes)),
            *of_model("/actions", self._listing("actions", self._model.actions)),
            *of_model("/{kind:str}/{action}/tasks", self._tasks_of, "GET", "POST"),
            *of_model("/{kind:str}/{action}/tasks/{task}", self._task),
            *of_model("/{kind:str}/{action}/tasks/{task}/dump", self._dump),
            *of_model("/{kind:str}/{action}/tasks/{task}/dump/chunks", self._dump_chunks),
            *of_model("/{kind:str}/{action}/tasks/{task}/dump/chunks/{chunk:int}", self._dump_chunk),
            *of_model("/{kind:str}/{action}/tasks/{task}/dumps/{object}/chunks", self._dump_chunks),
            *of_model("/{kind:str}/{action}/tasks/{task}/dumps/{object}/chunks/{chunk:int}", self._dump_chunk),
            *of_model("/files", self._listing("files", self._file_records)),
            *of_model("/files/{file}", self._file, "GET", "PUT", "POST"),
            *of_model("/files/{file}/complete", self._complete, "POST"),
            *of_model("/files/{file}/chunks", self._chunks),
            *of_model("/files/{file}/chunks/{chunk:int}", self._chunk, "GET", "PUT"),
            *of_model("/lists", self._listing("lists", self._model.lists)),
            *of_model("/lists/{list}", self._single("metadata", self._model.list_metadata)),
            *of_model("/lists/{list}/items", self._list_items),
            *of_model("/versions", self._listing("versionMetadata", self._model.versions)),
            *of_model("/modelCalendar", self._single("modelCalendar", lambda _: self._model.calendar())),
            *of_model("/currentPeriod", self._single("currentPeriod", lambda _: self._model.current_period())),
            api("/{rest:path}", self._unknown, "GET", "POST", "PUT", "DELETE"),
        ]

    def fault_response(self, fault: Fault) -> Response:
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        status = 429 if fault.label == "rate_limit" else fault.status or 500
        message = {429: "Too Many Requests", 503: "Service Unavailable"}.get(status, "Internal Server Error")
        return json_response(
            {"status": {"code": status, "message": message}, "path": "", "timestamp": self._stamp()}, status, headers
        )

    def _guarded(self, handler: Callable[[Call], Response]) -> Callable[[Call], Response]:
        """A living token, and the workspace and model that exist."""

        def guarded(call: Call) -> Response:
            if call.meets("expired_token"):
                self._tokens.end_all()
            if not self._tokens.admits(call.headers):
                raise self._refused(call, 401, "Token is invalid or expired")
            for name, known in (("workspace", WORKSPACE_ID), ("model", MODEL_ID)):
                if call.parameters.get(name, known) != known:
                    raise self._refused(call, 404, "Not Found")
            state = self._sandbox.limits.anaplan_model_state
            if state in _CLOSED_STATES and call.path.rpartition("/models/")[2].count("/"):
                raise self._refused(call, 423, f"The model is {state.lower()}")
            try:
                return handler(call)
            except KeyError as error:  # an id that is not in the model
                raise self._refused(call, 404, "Not Found") from error

        return guarded

    # Metadata

    def _me(self, call: Call) -> Response:
        return self._envelope(
            call,
            {
                "user": {
                    "id": USER_GUID,
                    "active": True,
                    "email": self._sandbox.credentials[SYSTEM]["user"],
                    "emailOptIn": False,
                    "firstName": "Finance",
                    "lastName": "Integration",
                }
            },
        )

    def _status(self, call: Call) -> Response:
        return json_response(
            {"requestStatus": {"peakMemoryUsageEstimate": None, "currentStep": "Open", "progress": -1.0}}
        )

    def _unknown(self, call: Call) -> Response:
        raise self._refused(call, 404, "Not Found")

    def _listing(self, key: str, rows: Callable[[], list[dict[str, Any]]]) -> Callable[[Call], Response]:
        return lambda call: self._paged(call, key, rows())

    def _single(self, key: str, find: Callable[[str], dict[str, Any]]) -> Callable[[Call], Response]:
        return lambda call: self._envelope(
            call, {key: find(call.parameters.get("action") or call.parameters.get("list", ""))}
        )

    def _list_items(self, call: Call) -> Response:
        return self._paged(call, "listItems", self._model.list_items(call.parameters["list"]))

    def _views(self, call: Call) -> Response:
        return self._paged(call, "views", self._model.views(call.parameters["module"]))

    def _line_items(self, call: Call) -> Response:
        return self._paged(call, "items", self._model.line_items(call.parameters["module"]))

    def _view(self, call: Call) -> Response:
        return json_response(self._model.view(call.parameters["view"]))

    # Cells

    def _view_data(self, call: Call) -> Response:
        """One page of a view's cells: as JSON if that is asked for, else as CSV."""
        axes = self._model.view(call.parameters["view"])
        chosen = dict(part.partition(":")[::2] for part in call.query.getlist("pages"))
        for dimension in chosen:
            if dimension not in {page["id"] for page in axes["pages"]}:
                raise self._refused(call, 400, f"Invalid page selector [{dimension}]")
        first = self._model.versions()[0]["id"]
        version, columns, rows = self._model.cells(axes["viewId"], chosen.get(axes["pages"][0]["id"], first))
        if len(columns) * len(rows) > self._sandbox.limits.anaplan_view_cells:
            raise self._refused(call, 400, "The view has more cells than can be read at once")
        if call.query.get("format") == "v1" and "json" in call.headers.get("accept", ""):
            shown: dict[str, Any] = {"pages": [version], "columnCoordinates": columns}
            if rows:
                shown["rows"] = [{"rowCoordinates": list(members), "cells": cells} for members, cells in rows]
            return json_response(shown)
        blank = [""] * len(axes["rows"])
        header = [[version], *([*blank, *labels] for labels in zip(*columns, strict=True))]
        return _csv([*header, *([*members, *cells] for members, cells in rows)])

    def _read_request(self, call: Call) -> Response:
        """Starts a large read, which covers every page of the view."""
        view = self._model.view(call.parameters["view"])["viewId"]
        kind = _json_body(call).get("exportType")
        if kind != _TABULAR:
            raise self._refused(call, 400, f"Invalid exportType: {kind}")
        read = _Read(uuid.uuid4().hex.upper(), self._model.tabular(view), fails=call.meets("task_failed"))
        with self._lock:
            self._reads[read.identity] = read
        return self._envelope(call, {"viewReadRequest": self._read_record(call, read)})

    def _read_request_state(self, call: Call) -> Response:
        with self._lock:
            read = self._reads[call.parameters["request"]]
            if call.method == "DELETE":
                del self._reads[read.identity]
            read.polls += 1
        return self._envelope(call, {"viewReadRequest": self._read_record(call, read)})

    def _read_record(self, call: Call, read: _Read) -> dict[str, Any]:
        record = {"requestId": read.identity, "viewId": call.parameters["view"]}
        if read.polls <= self._sandbox.limits.polls_until_done:
            return record | {"requestState": "IN_PROGRESS" if read.polls else "NOT_STARTED"}
        pages = -(-len(read.lines) // self._sandbox.limits.anaplan_page_rows)
        return record | {"requestState": "COMPLETE", "successful": not read.fails, "availablePages": pages}

    def _read_request_page(self, call: Call) -> Response:
        with self._lock:
            read = self._reads[call.parameters["request"]]
        size, page = self._sandbox.limits.anaplan_page_rows, call.parameters["page"]
        lines = read.lines[page * size : (page + 1) * size]
        if not lines:
            raise KeyError(page)
        return _csv(lines)

    def _model_record(self) -> dict[str, Any]:
        modified = f"{self._sandbox.now:%Y-%m-%dT%H:%M:%S}.000+0000"
        return {
            "id": MODEL_ID,
            "name": MODEL_NAME,
            "activeState": self._sandbox.limits.anaplan_model_state,
            "currentWorkspaceId": WORKSPACE_ID,
            "currentWorkspaceName": WORKSPACE_NAME,
            "modelUrl": f"https://us1a.app.anaplan.com/core3/model/{MODEL_ID}",
            "categoryValues": [],
            "lastSavedSerialNumber": 1,
            "lastModifiedByUserGuid": USER_GUID,
            "memoryUsage": 1,
            "isoCreationDate": "2024-01-01T00:00:00.000+0000",
            "lastModified": modified,
            "modelTransactionRunning": False,
        }

    def _paged(self, call: Call, key: str, rows: list[dict[str, Any]]) -> Response:
        """One page of a list; the key is left out when the page is empty."""
        query = call.query
        if sort := query.get("sort"):
            rows = sorted(rows, key=lambda row: str(row.get(sort.lstrip("+- "), "")), reverse=sort.startswith("-"))
        limit, offset = self._whole(call, "limit", _DEFAULT_PAGE), self._whole(call, "offset", 0)
        page = rows[offset : offset + limit]
        paging = {"currentPageSize": len(page), "totalSize": len(rows), "offset": offset}
        address = f"{call.origin}{call.path}"
        if offset + len(page) < len(rows) or call.meets("endless_next"):
            following = offset if call.meets("endless_next") else offset + limit
            paging["next"] = f"{address}?limit={limit}&offset={following}"
        elif not {"limit", "offset"} & set(query) and len(rows) > _QUIET_PAGE:
            paging["next"] = f"{address}?limit={_QUIET_PAGE}&offset={_QUIET_PAGE}"
        if offset:
            paging["previous"] = f"{address}?limit={limit}&offset={max(offset - limit, 0)}"
        return self._envelope(call, {key: page} if page else {}, paging)

    def _whole(self, call: Call, name: str, default: int) -> int:
        text = call.query.get(name, str(default))
        if not text.isdigit():
            raise self._refused(call, 400, f"Invalid value for {name}: {text}")
        return int(text)

    # Tasks

    def _tasks_of(self, call: Call) -> Response:
        action = self._asked_action(call)
        if call.method == "GET":
            with self._lock:
                tasks = [
                    {"taskId": task.identity, "taskState": task.state, "creationTime": task.created_at}
                    for task in self._tasks.values()
                    if task.action == action
                ]
            return self._paged(call, "tasks", tasks)
        if "localeName" not in _json_body(call):
            raise self._refused(call, 400, "localeName is required")
        task = _Task(
            uuid.uuid4().hex.upper(), action, int(self._sandbox.time() * 1000), fails=call.meets("task_failed")
        )
        with self._lock:
            self._tasks[task.identity] = task
        return self._envelope(call, {"task": {"taskId": task.identity}})

    def _task(self, call: Call) -> Response:
        task = self._asked_task(call)
        with self._lock:
            if task.state != "COMPLETE":
                task.polls += 1
                if task.polls > self._sandbox.limits.polls_until_done:
                    self._finish(task)
                elif task.polls > 1:
                    task.state = "IN_PROGRESS"
            is_complete = task.state == "COMPLETE"
            shown = {
                "taskId": task.identity,
                "taskState": task.state,
                "creationTime": task.created_at,
                "currentStep": "Complete."
                if is_complete
                else "Processing"
                if task.state == "IN_PROGRESS"
                else "Pending",
                "progress": 1.0 if is_complete else 0.5 if task.state == "IN_PROGRESS" else 0.0,
            }
            if task.result is not None:
                shown["result"] = task.result
        return self._envelope(call, {"task": shown})

    def _finish(self, task: _Task) -> None:
        """Carries the action out. COMPLETE only says that it ended; `successful` says how."""
        task.state = "COMPLETE"
        if task.fails:
            detail = {
                "localMessageText": "The action could not be completed",
                "occurrences": 1,
                "type": "exportFailed",
                "values": [],
            }
            task.result = {
                "failureDumpAvailable": False,
                "objectId": task.action,
                "successful": False,
                "details": [detail],
            }
            return
        if task.action.startswith("116"):
            self._files[task.action] = self._in_chunks(self._model.export(task.action))
            task.result = {"failureDumpAvailable": False, "objectId": task.action, "successful": True}
            return
        if task.action == SUBMISSION_IMPORT:
            task.result = self._import(task)
        elif task.action == SUBMISSION_PROCESS:
            nested = self._import(task)
            task.result = {
                "failureDumpAvailable": nested["failureDumpAvailable"],
                "objectId": task.action,
                "successful": nested["successful"],
                "nestedResults": [nested],
            }
        else:
            self._model.clear_submission()
            task.result = {"failureDumpAvailable": False, "objectId": task.action, "successful": True}

    def _import(self, task: _Task) -> dict[str, Any]:
        """Loads the uploaded file into the submission module; what it refuses goes to the dump."""
        upload = self._files.get(SUBMISSION_FILE, _File())
        outcome = self._model.load_submission(upload.content) if upload.is_complete else ImportResult.without_file()
        task.dump = outcome.dump
        return {
            "failureDumpAvailable": bool(outcome.dump),
            "objectId": SUBMISSION_IMPORT,
            "successful": outcome.is_successful,
            "details": outcome.details,
        }

    def _asked_action(self, call: Call) -> str:
        known = {
            "exports": self._model.exports,
            "imports": self._model.imports,
            "processes": self._model.processes,
            "actions": self._model.actions,
        }
        action = call.parameters["action"]
        if action not in {row["id"] for row in known[call.parameters["kind"]]()}:
            raise KeyError(action)
        return action

    def _asked_task(self, call: Call) -> _Task:
        with self._lock:
            task = self._tasks[call.parameters["task"]]
        if task.action != self._asked_action(call):
            raise KeyError(task.identity)
        return task

    def _dump(self, call: Call) -> Response:
        return _octets(self._asked_dump(call))

    def _dump_chunks(self, call: Call) -> Response:
        chunks = self._in_chunks(self._asked_dump(call)).chunks
        return self._paged(call, "chunks", [{"id": str(number), "name": f"Chunk {number}"} for number in chunks])

    def _dump_chunk(self, call: Call) -> Response:
        return _octets(self._in_chunks(self._asked_dump(call)).chunks[call.parameters["chunk"]])

    def _asked_dump(self, call: Call) -> bytes:
        task = self._asked_task(call)
        if not task.dump:
            raise KeyError(task.identity)
        return task.dump

    # Files

    def _file_records(self) -> list[dict[str, Any]]:
        with self._lock:
            return [
                record | {"chunkCount": len(self._files.get(record["id"], _File()).chunks)}
                for record in self._model.files()
            ]

    def _file(self, call: Call) -> Response:
        identity = self._asked_file(call)
        if call.method == "POST":
            announced = _json_body(call).get("chunkCount")
            if not isinstance(announced, int):
                raise self._refused(call, 400, "chunkCount is required")
            with self._lock:
                self._files[identity] = _File(announced=announced if announced >= 0 else None)
            record = next(record for record in self._file_records() if record["id"] == identity)
            return self._envelope(call, {"file": record})
        if call.method == "PUT":
            with self._lock:
                self._files[identity] = _File({0: call.body}, announced=1)
            return Response(status_code=204)
        return _octets(self._content(identity).content)

    def _complete(self, call: Call) -> Response:
        identity = self._asked_file(call)
        with self._lock:
            upload = self._files[identity]
            upload.announced = len(upload.chunks)
        record = next(record for record in self._file_records() if record["id"] == identity)
        return self._envelope(call, {"file": record})

    def _chunks(self, call: Call) -> Response:
        with self._lock:
            chunks = self._files.get(self._asked_file(call), _File()).chunks
        return self._paged(
            call, "chunks", [{"id": str(number), "name": f"Chunk {number}"} for number in sorted(chunks)]
        )

    def _chunk(self, call: Call) -> Response:
        identity, number = self._asked_file(call), call.parameters["chunk"]
        if call.method == "GET":
            return _octets(self._content(identity).chunks[number])
        is_zipped = "gzip" in call.headers.get("content-type", "")
        with self._lock:
            self._files[identity].chunks[number] = gzip.decompress(call.body) if is_zipped else call.body
        return Response(status_code=204)

    def _asked_file(self, call: Call) -> str:
        identity = call.parameters["file"]
        if identity not in {record["id"] for record in self._model.files()}:
            raise KeyError(identity)
        return identity

    def _content(self, identity: str) -> _File:
        with self._lock:
            return self._files[identity]

    def _in_chunks(self, content: bytes) -> _File:
        """The content cut at fixed sizes, wherever a row or a character may end."""
        size = self._sandbox.limits.anaplan_chunk_bytes
        chunks = {number: content[start : start + size] for number, start in enumerate(range(0, len(content), size))}
        return _File(chunks, announced=len(chunks))

    # Envelopes

    def _envelope(self, call: Call, content: Mapping[str, Any], paging: Mapping[str, Any] | None = None) -> Response:
        meta: dict[str, Any] = {"schema": f"{call.origin}{call.path.partition('/2/0')[0]}/2/0/objects"}
        if paging is not None:
            meta["paging"] = paging
        return json_response({"meta": meta, "status": {"code": 200, "message": "Success"}, **content})

    def _refused(self, call: Call, status: int, message: str) -> Refusal:
        path = "/2/0" + call.path.partition("/2/0")[2]
        return Refusal(
            json_response(
                {"status": {"code": status, "message": message}, "path": path, "timestamp": self._stamp()}, status
            )
        )

    def _stamp(self) -> str:
        return datetime.fromtimestamp(self._sandbox.time(), UTC).isoformat().replace("+00:00", "Z")


_WORKSPACE = {
    "id": WORKSPACE_ID,
    "name": WORKSPACE_NAME,
    "active": True,
    "sizeAllowance": 1_073_741_824,
    "currentSize": 1,
}


def _json_body(call: Call) -> dict[str, Any]:
    try:
        body = json.loads(call.body or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _csv(lines: list[list[str]]) -> Response:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(lines)
    return Response(buffer.getvalue(), media_type="text/csv")


def _octets(content: bytes) -> Response:
    return Response(content, media_type="application/octet-stream")
