"""Zuora: lists by cursor (Object Query), batch queries with jobs and files (AQuA), tokens, refusals with status 200."""

import base64
import json
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pyarrow as pa
from starlette.responses import Response
from starlette.routing import Route

from dlt_sources.sandbox.faults import Fault
from dlt_sources.sandbox.servers.context import Sandbox
from dlt_sources.sandbox.servers.store import (
    Store,
    csv_record,
    identifier,
    json_bare,
    json_string,
    literal,
    plain_decimal,
)
from dlt_sources.sandbox.servers.web import Call, Refusal, endpoint, json_response, json_text

SYSTEM = "zuora"
# The data centre reads incrementalTime on its own clock.
_DATA_CENTRE = ZoneInfo("America/Los_Angeles")
_MOST_ROWS, _DEFAULT_ROWS = 50, 10
_NAME_LENGTH = 32
_LISTS = {
    "accounts": "accounts",
    "products": "products",
    "product-rate-plans": "product_rate_plans",
    "product-rate-plan-charges": "product_rate_plan_charges",
    "credit-memos": "credit_memos",
    "refunds": "refunds",
    "refund-applications": "refund_applications",
}
_OBJECTS = {
    "Subscription": "subscriptions",
    "Amendment": "amendments",
    "RatePlan": "rate_plans",
    "RatePlanCharge": "rate_plan_charges",
    "RatePlanChargeTier": "rate_plan_charge_tiers",
    "Invoice": "invoices",
    "InvoiceItem": "invoice_items",
    "Payment": "payments",
    "PaymentPart": "payment_parts",
    "Usage": "usages",
}
# Members that hold JSON, shown only when they are asked for.
_EXPANDED = frozenset({"billTo"})
_FILTERS = {"EQ": "=", "NE": "<>", "GE": ">=", "GT": ">", "LE": "<=", "LT": "<"}
_QUERY = re.compile(r"select (?P<fields>.+?) from (?P<object>\w+)(?: limit (?P<limit>\d+))?", re.IGNORECASE)


@dataclass
class _Job:
    """A batch query, how often it was looked at, and the files of its result."""

    shown: dict[str, Any]
    batch: dict[str, Any]
    files: list[tuple[str, bytes]]
    rows: int
    is_full: bool
    fails: bool
    polls: int = 0


class ZuoraServer:
    """One tenant with Invoice Settlement; members without a value are left out of lists, and empty in files."""

    system = SYSTEM

    def __init__(self, sandbox: Sandbox):
        self._sandbox = sandbox
        self._lock = threading.Lock()
        self._tokens: dict[str, float] = {}  # access token → when it ends
        self._jobs: dict[str, _Job] = {}
        self._files: dict[str, bytes] = {}
        # Partner, project and query → up to when its session has been given what there is.
        self._sessions: dict[tuple[str, str, str], datetime] = {}

    def routes(self) -> list[Route]:
        guarded = self._guarded
        return [
            Route("/oauth/token", endpoint(self._token), methods=["POST"]),
            Route("/object-query/{list}", endpoint(guarded(self._list)), methods=["GET"]),
            Route("/v1/batch-query/", endpoint(guarded(self._submit)), methods=["POST"]),
            Route("/v1/batch-query/jobs/{job}", endpoint(guarded(self._job)), methods=["GET", "DELETE"]),
            Route("/v1/file/{file}", endpoint(guarded(self._file)), methods=["GET"]),
            Route("/v1/files/{file}", endpoint(guarded(self._file)), methods=["GET"]),
        ]

    def fault_response(self, fault: Fault) -> Response:
        """Over its limit it answers with 429 and says when, or with 200 and a code of category 70."""
        if fault.label == "rate_limit" and fault.retry_after is None:
            return _refusal(50000070, "Your total number of concurrent requests have exceeded the limit.")
        if fault.label == "rate_limit":
            limits = {"RateLimit-Limit": "50000", "RateLimit-Remaining": "0", "RateLimit-Reset": str(fault.retry_after)}
            return _refusal(50000070, "The rate limit is exceeded.", 429, limits)
        return _refusal(50000060, "Internal error.", fault.status or 500)

    # Logging on

    def _token(self, call: Call) -> Response:
        """A token for the client's id and secret in the form; with another way of logging on beside it, none."""
        form = dict(parse_qsl(call.body.decode()))
        expected = self._sandbox.credentials[SYSTEM]
        if form.get("grant_type") != "client_credentials" or "authorization" in call.headers:
            return json_response({"reason": "invalid_request: client_id, client_secret and grant_type only"}, 400)
        if (form.get("client_id"), form.get("client_secret")) != (expected["client_id"], expected["client_secret"]):
            return json_response({"reason": "Bad credentials"}, 401)
        token, seconds = secrets.token_hex(16), self._sandbox.limits.zuora_token_seconds
        with self._lock:
            self._tokens[token] = self._sandbox.time() + seconds
        answer = {"access_token": token, "token_type": "bearer", "expires_in": int(seconds), "scope": "", "jti": token}
        return json_response(answer)

    def _guarded(self, handler: Callable[[Call], Response]) -> Callable[[Call], Response]:
        """A live token."""

        def guarded(call: Call) -> Response:
            scheme, _, token = call.headers.get("authorization", "").partition(" ")
            with self._lock:
                if call.meets("expired_token"):
                    self._tokens.clear()
                is_known = scheme.lower() == "bearer" and self._tokens.get(token, 0) > self._sandbox.time()
            if not is_known:
                # Below /v1 the vendor says so with status 200.
                status = 200 if call.path.partition("/zuora")[2].startswith("/v1/batch-query/jobs") else 401
                return _refusal(90000011, "Authentication error", status)
            return handler(call)

        return guarded

    # Lists

    def _list(self, call: Call) -> Response:
        table = _LISTS.get(call.parameters["list"])
        if table is None:
            return json_response({"message": f"no object {call.parameters['list']}"}, 404)
        query = call.query
        size = query.get("pageSize", str(_DEFAULT_ROWS))
        if not size.isdigit() or not 1 <= int(size) <= _MOST_ROWS:
            return json_response({"message": f"pageSize must be between 1 and {_MOST_ROWS}"}, 400)
        columns = self._store.columns(table)
        conditions, values = _conditions(query.getlist("filter[]"), columns)
        rows = self._store.select(
            f"select * from {identifier(table)} where {' and '.join(conditions) or 'true'} order by id", values
        )
        start = _position(query["cursor"]) if "cursor" in query and not call.meets("endless_next") else 0
        stop = start + int(size)
        shown = self._store.encode_page(rows, _record(columns, query), start, stop)
        following = ""
        if stop < rows.num_rows or call.meets("endless_next"):
            following = f'"nextPage":{json.dumps(_cursor(stop if stop < rows.num_rows else 0))},'
        return json_text(f'{{{following}"data":[{",".join(shown)}]}}')

    # Batch queries

    def _submit(self, call: Call) -> Response:
        """Takes a job; with partner and project it is part of a session, which gives only what is new to it."""
        try:
            asked = json.loads(call.body)
            (query,) = asked["queries"]
            text, name = query["query"], asked.get("name", "")
        except (ValueError, KeyError, TypeError):
            return _job_refusal("90004", "There is exactly one query in a job here.")
        match = _QUERY.fullmatch(text.strip())
        if not match or match["object"] not in _OBJECTS or len(name) > _NAME_LENGTH:
            return _job_refusal("90005", "There is a syntax error in one of the queries in the AQuA input")
        columns = self._store.columns(_OBJECTS[match["object"]])
        try:
            fields = _selected(match["fields"], match["object"], columns)
        except KeyError as unknown:
            return _job_refusal("90005", f"There is a syntax error in one of the queries: no field {unknown}")
        session = (asked.get("partner"), asked.get("project"), text)
        deleted = (query.get("deleted") or {}).get("column")
        if deleted and not all(session):
            return _job_refusal("90012", "Stateless AQuA does not support deleted columns.")
        try:
            since = self._since(session, asked.get("incrementalTime"))
        except ValueError:
            return _job_refusal("90015", "The incremental timestamp is invalid.")
        rows = self._changed(_OBJECTS[match["object"]], since, bool(deleted), match["limit"])
        job = self._prepared(match["object"], fields, deleted, rows, since is None)
        job.fails = call.meets("task_failed")
        job.shown |= {"name": name, "partner": asked.get("partner"), "project": asked.get("project")}
        job.batch |= {"name": query.get("name", ""), "query": text}
        with self._lock:
            self._jobs[job.shown["id"]] = job
        return json_response(_looked_at(job))

    def _since(self, session: tuple[str, str, str], told: str | None) -> datetime | None:
        """From when on a query gives changes; None for everything."""
        with self._lock:
            before = self._sessions.get(session)
            if all(session):
                self._sessions[session] = self._sandbox.now
        if told is None:
            return before
        local = datetime.strptime(told, "%Y-%m-%d %H:%M:%S").replace(tzinfo=_DATA_CENTRE, fold=1)
        return local.astimezone(UTC)

    def _changed(self, table: str, since: datetime | None, with_deleted: bool, limit: str | None) -> pa.Table:
        conditions = [] if with_deleted and since is not None else ['not "Deleted"']
        values = []
        if since is not None:
            conditions.append('"UpdatedDate" >= ?')
            values.append(since.replace(tzinfo=None))
        return self._store.select(
            f"select * from {identifier(table)} where {' and '.join(conditions) or 'true'} "
            f'order by "UpdatedDate", "Id" limit {limit or "all"}',
            values,
        )

    def _prepared(
        self, selected: str, fields: list[tuple[str, str]], deleted: str | None, rows: pa.Table, is_full: bool
    ) -> _Job:
        """A job whose files are ready; a large full result comes in segments."""
        columns = self._store.columns(_OBJECTS[selected])
        shown = [(f"{selected}.{deleted}", "Deleted")] if deleted else []
        shown += fields
        header = ",".join(name for name, _ in shown)
        expression = csv_record([_value(column, columns[column]) for _, column in shown], quote_all=False)
        records = self._store.encode(rows, expression)
        most = self._sandbox.limits.zuora_segment_rows if is_full else max(len(records), 1)
        parts = [records[start : start + most] for start in range(0, len(records), most)] or [[]]
        files = [(secrets.token_hex(16), "\n".join([header, *part, ""]).encode()) for part in parts]
        return _Job(
            shown={"id": secrets.token_hex(16), "format": "CSV", "version": "1.2", "encrypted": "none", "offset": 0},
            batch={"batchId": secrets.token_hex(16), "batchType": "zoqlexport", "apiVersion": "91.0"},
            files=files,
            rows=len(records),
            is_full=is_full,
            fails=False,
        )

    def _job(self, call: Call) -> Response:
        """Looks at a job, which lets it advance, or cancels it."""
        with self._lock:
            job = self._jobs.get(call.parameters["job"])
            if job is None:
                return _job_refusal("90002", "Invalid Job Id.")
            if call.method == "DELETE":
                del self._jobs[call.parameters["job"]]
                return json_response({**_looked_at(job), "status": "cancelled"})
            job.polls += 1
            if job.polls > self._sandbox.limits.polls_until_done and not job.fails:
                self._files |= dict(job.files)
            return json_response(_looked_at(job, self._sandbox.limits.polls_until_done))

    def _file(self, call: Call) -> Response:
        content = self._files.get(call.parameters["file"])
        if content is None:
            return _refusal(50000040, "Cannot find the file.")
        return Response(content, media_type="text/csv")

    @property
    def _store(self) -> Store:
        return self._sandbox.store(SYSTEM)


def _looked_at(job: _Job, polls_until_done: int | None = None) -> dict[str, Any]:
    """What is said of a job: submitted when it is new, then executing, then what came of it."""
    is_done = polls_until_done is not None and job.polls > polls_until_done
    state = "submitted" if polls_until_done is None else "executing"
    batch = job.batch | {"status": state, "recordCount": 0, "full": job.is_full}
    if is_done and job.fails:
        state = "error"
        batch |= {"status": "aborted", "message": "The query execution has been aborted."}
    elif is_done:
        state = "completed"
        names = [name for name, _ in job.files]
        where = {"segments": names} if len(names) > 1 else {"fileId": names[0]}
        batch |= {"status": state, "recordCount": job.rows, **where}
    return job.shown | {"status": state, "batches": [batch]}


def _selected(asked: str, selected: str, columns: dict[str, str]) -> list[tuple[str, str]]:
    """Header and column per field: `Amount` of an invoice is under Invoice.Amount, `Account.Id` is its AccountId.

    A key of another object goes by that object's name only.
    """
    own = {
        name: name for name in columns if name != "Deleted" and not (name.endswith("Id") and name[:-2] in _referred())
    }
    keys = {f"{name[:-2]}.Id": name for name in columns if name.endswith("Id") and name[:-2] in _referred()}
    if asked.strip() == "*":
        return [(f"{selected}.{name}", name) for name in own]
    names = [name.strip().removeprefix(f"{selected}.") for name in asked.split(",")]
    return [(name if "." in name else f"{selected}.{name}", (own | keys)[name]) for name in names]


def _referred() -> frozenset[str]:
    """Objects that others refer to."""
    return frozenset({*_OBJECTS, "Account", "ProductRatePlan", "ProductRatePlanCharge"})


def _value(column: str, kind: str) -> str:
    """SQL for a value in a file: moments in UTC with an offset, decimals as they are."""
    name = identifier(column)
    if kind == "timestamp":
        return f"strftime({name}, '%Y-%m-%dT%H:%M:%S') || '+0000'"
    return name


def _record(columns: dict[str, str], query: Any) -> str:
    """SQL for the JSON object of a row with the fields asked for; what has no value is left out."""
    asked = {name.lower(): value for name, value in query.multi_items() if name.endswith(".fields[]")}
    expanded = {name.lower() for name in query.getlist("expand[]")}
    own = next((value.split(",") for name, value in asked.items() if name[:-9] not in expanded), None)
    pieces = []
    for name, kind in columns.items():
        column = identifier(name)
        if name in _EXPANDED:
            if name.lower() not in expanded:
                continue
            inner = asked.get(f"{name.lower()}.fields[]")
            parts = [f"'{key}', json_extract({column}, '$.{key}')" for key in inner.split(",")] if inner else []
            value = f"json_object({', '.join(parts)})::varchar" if parts else json_bare(column)
        elif own is not None and name not in own:
            continue
        elif kind == "decimal":
            value = json_bare(plain_decimal(column))
        elif kind == "timestamp":
            value = json_string(f"strftime({column}, '%Y-%m-%dT%H:%M:%S') || 'Z'")
        elif kind == "date":
            value = json_string(f"{column}::varchar")
        elif kind in ("boolean", "bigint", "integer"):
            value = json_bare(column)
        else:
            value = json_string(column)
        label = literal(f',"{name}":')
        pieces.append(f"case when {column} is null then '' else {label} || {value} end")
    return f"concat('{{', substr(concat({', '.join(pieces)}), 2), '}}')"


def _conditions(filters: list[str], columns: dict[str, str]) -> tuple[list[str], list[str]]:
    """SQL for filters such as status.EQ:Posted; names are read without their case."""
    known = {name.lower(): name for name in columns}
    conditions, values = [], []
    for text in filters:
        match = re.fullmatch(r"(\w+)\.(EQ|NE|GE|GT|LE|LT):(.+)", text)
        if not match or match[1].lower() not in known:
            raise Refusal(json_response({"message": f"filter {text} is not supported"}, 400))
        column = known[match[1].lower()]
        conditions.append(f"{identifier(column)} {_FILTERS[match[2]]} ?")
        is_moment = columns[column] == "timestamp"
        values.append(match[3].removesuffix("Z") if is_moment else match[3])
    return conditions, values


def _cursor(position: int) -> str:
    return base64.b64encode(json.dumps([{"at": position}]).encode()).decode()


def _position(cursor: str) -> int:
    try:
        return json.loads(base64.b64decode(cursor))[0]["at"]
    except (ValueError, LookupError, TypeError) as error:
        raise Refusal(json_response({"message": "the cursor is invalid"}, 400)) from error


def _refusal(code: int, message: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    reasons = [{"code": code, "message": message}]
    body = {"success": False, "processId": secrets.token_hex(8).upper(), "reasons": reasons}
    return json_response({**body, "requestId": secrets.token_hex(8)}, status, headers)


def _job_refusal(code: str, message: str) -> Response:
    return json_response({"id": None, "status": "error", "errorCode": code, "message": message})
