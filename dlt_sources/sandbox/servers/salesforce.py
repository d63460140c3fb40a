"""Salesforce: OAuth sessions, REST query with locators, describe, deletes, limits, and Bulk API 2.0 query jobs."""

import base64
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from urllib.parse import parse_qsl

from starlette.responses import Response
from starlette.routing import Route

from dlt_sources.sandbox.faults import Fault
from dlt_sources.sandbox.servers.context import Sandbox
from dlt_sources.sandbox.servers.salesforce_bulk import QueryJobs
from dlt_sources.sandbox.servers.salesforce_wire import (
    OBJECTS,
    REFERENCES,
    Cursor,
    errors,
    known_objects,
    record_json,
    rest_time,
)
from dlt_sources.sandbox.servers.soql import Query, SObject, SoqlError, parse_soql
from dlt_sources.sandbox.servers.store import (
    Store,
    identifier,
)
from dlt_sources.sandbox.servers.web import Call, Refusal, basic_credentials, endpoint, json_response, json_text

SYSTEM = "salesforce"
_OLDEST_VERSION, _NEWEST_VERSION = 31, 67
_OPEN_CURSORS_PER_USER = 10
_DELETES_KEPT = timedelta(days=15)
_UPDATES_KEPT = timedelta(days=30)
_CORE_PREFIX = "/services/data"

_FIELD_TYPES = {
    "varchar": "string",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "datetime",
    "decimal": "currency",
    "bigint": "int",
    "integer": "int",
}


class SalesforceServer:
    """The REST and Bulk APIs of one org; amounts are JSON numbers in the record's currency, times are UTC."""

    system = SYSTEM

    def __init__(self, sandbox: Sandbox):
        self._sandbox = sandbox
        self._lock = threading.Lock()
        self._sessions: dict[str, float] = {}  # access token → when it ends
        self._cursors: OrderedDict[str, Cursor] = OrderedDict()
        self._jobs = QueryJobs(sandbox, self._run)
        self._numbers = count(1)
        self._requests = 0

    def routes(self) -> list[Route]:
        data = f"{_CORE_PREFIX}/v{{version}}"

        def route(path: str, handler: Callable[[Call], Response], *methods: str) -> list[Route]:
            served = endpoint(self._guarded(handler))
            return [Route(data + path + slash, served, methods=list(methods or ("GET",))) for slash in ("", "/")]

        return [
            Route("/services/oauth2/token", endpoint(self._token), methods=["POST"]),
            Route(_CORE_PREFIX, endpoint(self._versions)),
            Route(f"{_CORE_PREFIX}/", endpoint(self._versions)),
            *route("", self._resources),
            *route("/limits", self._limits),
            *route("/query", self._query),
            *route("/queryAll", self._query),
            *route("/query/{locator}", self._next_batch),
            *route("/queryAll/{locator}", self._next_batch),
            *route("/sobjects", self._sobjects),
            *route("/sobjects/{sobject}", self._sobject),
            *route("/sobjects/{sobject}/describe", self._describe),
            *route("/sobjects/{sobject}/deleted", self._deleted),
            *route("/sobjects/{sobject}/updated", self._updated),
            *route("/sobjects/{sobject}/{record}", self._record),
            *route("/jobs/query", self._jobs.collection, "GET", "POST"),
            *route("/jobs/query/{job}", self._jobs.member, "GET", "PATCH", "DELETE"),
            *route("/jobs/query/{job}/results", self._jobs.results),
            Route(
                f"{_CORE_PREFIX}/{{rest:path}}",
                endpoint(self._guarded(self._unknown)),
                methods=["GET", "POST", "PATCH", "DELETE"],
            ),
        ]

    def fault_response(self, fault: Fault) -> Response:
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        if fault.label == "rate_limit":
            # The core API knows no 429: over the daily allocation it is 403.
            return errors(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", headers)
        status = fault.status or 500
        code, message = {503: ("SERVER_UNAVAILABLE", "Service temporarily unavailable")}.get(
            status,
            ("UNKNOWN_EXCEPTION", "An unexpected error occurred. Please include this ErrorId if you contact support"),
        )
        return errors(status, code, message, headers)

    # Logging on

    def _token(self, call: Call) -> Response:
        """An access token for the client-credentials and password grants; Salesforce never says when it ends."""
        form = dict(parse_qsl(call.body.decode()))
        expected = self._sandbox.credentials[SYSTEM]
        client = basic_credentials(call.headers) or (form.get("client_id"), form.get("client_secret"))
        grant = form.get("grant_type")
        if grant == "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return _oauth_error("invalid_grant", "user hasn't approved this consumer")
        if grant not in ("client_credentials", "password"):
            return _oauth_error("unsupported_grant_type", "grant type not supported")
        if client[0] != expected["client_id"]:
            return _oauth_error("invalid_client_id", "client identifier invalid")
        if client[1] != expected["client_secret"]:
            return _oauth_error("invalid_client", "invalid client credentials")
        if grant == "password" and (form.get("username"), form.get("password")) != (
            expected["username"],
            expected["password"] + expected["security_token"],
        ):
            return _oauth_error("invalid_grant", "authentication failure")
        token = f"00DSB0000000001!{secrets.token_urlsafe(48)}"
        with self._lock:
            self._sessions[token] = self._sandbox.time() + self._sandbox.limits.salesforce_session_seconds
        prefix = call.path.partition("/services/")[0]
        return json_response(
            {
                "access_token": token,
                "signature": base64.b64encode(secrets.token_bytes(32)).decode(),
                "scope": "api",
                "instance_url": call.origin + prefix,
                "id": f"{call.origin}{prefix}/id/00DSB0000000001AAA/005SB0000000001AAA",
                "token_type": "Bearer",
                "issued_at": str(int(self._sandbox.time() * 1000)),
            }
        )

    def _guarded(self, handler: Callable[[Call], Response]) -> Callable[[Call], Response]:
        """A live session, a known API version and the usage header around a handler."""

        def guarded(call: Call) -> Response:
            self._authenticate(call)
            version = re.match(r"(\d+)\.0$", str(call.parameters.get("version", "")))
            if not version or not _OLDEST_VERSION <= int(version[1]) <= _NEWEST_VERSION:
                raise Refusal(errors(404, "NOT_FOUND", "The requested resource does not exist"))
            with self._lock:
                self._requests += 1
                used, allowed = self._requests, self._sandbox.limits.salesforce_daily_requests
            if used > allowed:
                raise Refusal(errors(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."))
            try:
                response = handler(call)
            except SoqlError as error:
                response = errors(400, error.code, str(error))
            response.headers["Sforce-Limit-Info"] = f"api-usage={used}/{allowed}"
            return response

        return guarded

    def _authenticate(self, call: Call) -> None:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        now = self._sandbox.time()
        with self._lock:
            if call.meets("expired_token"):
                self._sessions.clear()
            if scheme not in ("Bearer", "OAuth") or self._sessions.get(token, 0) <= now:
                raise Refusal(errors(401, "INVALID_SESSION_ID", "Session expired or invalid"))
            self._sessions[token] = now + self._sandbox.limits.salesforce_session_seconds

    # What there is

    def _versions(self, call: Call) -> Response:
        return json_response(
            [
                {"label": f"Release {number}", "url": f"{_CORE_PREFIX}/v{number}.0", "version": f"{number}.0"}
                for number in range(_OLDEST_VERSION, _NEWEST_VERSION + 1)
            ]
        )

    def _resources(self, call: Call) -> Response:
        root = f"{_CORE_PREFIX}/v{call.parameters['version']}"
        return json_response({name: f"{root}/{name}" for name in ("sobjects", "query", "queryAll", "limits", "jobs")})

    def _unknown(self, call: Call) -> Response:
        return errors(404, "NOT_FOUND", "The requested resource does not exist")

    def _limits(self, call: Call) -> Response:
        limits = self._sandbox.limits
        with self._lock:
            used, jobs = self._requests, len(self._jobs)
        return json_response(
            {
                "DailyApiRequests": {
                    "Max": limits.salesforce_daily_requests,
                    "Remaining": limits.salesforce_daily_requests - used,
                },
                "DailyBulkV2QueryJobs": {"Max": 10_000, "Remaining": 10_000 - jobs},
                "DailyBulkV2QueryFileStorageMB": {"Max": 976_562, "Remaining": 976_562},
            }
        )

    def _sobjects(self, call: Call) -> Response:
        listed = [
            {
                "name": name,
                "label": name,
                "keyPrefix": OBJECTS[name][1],
                "queryable": True,
                "custom": False,
                "urls": {"describe": f"{_CORE_PREFIX}/v{call.parameters['version']}/sobjects/{name}/describe"},
            }
            for name in known_objects(self._store)
        ]
        return json_response({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": listed})

    def _sobject(self, call: Call) -> Response:
        name = self._asked_object(call).name
        return json_response(
            {"objectDescribe": {"name": name, "keyPrefix": OBJECTS[name][1], "queryable": True}, "recentItems": []}
        )

    def _describe(self, call: Call) -> Response:
        sobject = self._asked_object(call)
        fields = []
        for name, kind in sobject.fields.items():
            target = REFERENCES.get(name) or (sobject.name if name == "ParentId" else None)
            field_type = "id" if name == "Id" else "reference" if target else _FIELD_TYPES[kind]
            fields.append(
                {
                    "name": name,
                    "label": name,
                    "type": field_type,
                    "custom": name.endswith("__c"),
                    "nillable": name != "Id",
                    "length": 18 if field_type in ("id", "reference") else 255 if kind == "varchar" else 0,
                    "precision": 18 if kind == "decimal" else 0,
                    "scale": 2 if kind == "decimal" else 0,
                    "referenceTo": [target] if target else [],
                    "relationshipName": name[:-2] if target else None,
                }
            )
        return json_response(
            {
                "name": sobject.name,
                "label": sobject.name,
                "keyPrefix": OBJECTS[sobject.name][1],
                "queryable": True,
                "custom": False,
                "fields": fields,
            }
        )

    def _record(self, call: Call) -> Response:
        sobject = self._asked_object(call)
        identity = call.parameters["record"]
        fields = call.query.get("fields") or ",".join(sobject.fields)
        if not re.fullmatch(r"\w{15}|\w{18}", identity):
            return errors(
                404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: " + identity
            )
        cursor = self._run(f"SELECT {fields} FROM {sobject.name} WHERE Id = '{identity}'", include_deleted=False)
        if cursor.rows.num_rows == 0:
            return errors(404, "NOT_FOUND", "The requested resource does not exist")
        return json_text(self._store.encode(cursor.rows, self._record_json(cursor.query, call))[0])

    def _deleted(self, call: Call) -> Response:
        """Records deleted in a window that may reach 15 days back; a delete touches SystemModstamp."""
        sobject, start, end = self._window(call, _DELETES_KEPT)
        rows = self._store.select(
            f'select "Id" as id, "SystemModstamp" as deleted_at from {identifier(sobject.resource)} where "IsDeleted" '
            'and "SystemModstamp" >= ? and "SystemModstamp" < ? order by deleted_at',
            [start, end],
        ).to_pylist()
        return json_response(
            {
                "deletedRecords": [{"id": row["id"], "deletedDate": rest_time(row["deleted_at"])} for row in rows],
                "earliestDateAvailable": rest_time(self._sandbox.now - _DELETES_KEPT),
                "latestDateCovered": rest_time(end),
            }
        )

    def _updated(self, call: Call) -> Response:
        sobject, start, end = self._window(call, _UPDATES_KEPT)
        rows = self._store.select(
            f'select "Id" as id from {identifier(sobject.resource)} where "IsDeleted" is not true '
            'and "SystemModstamp" >= ? and "SystemModstamp" < ? order by "SystemModstamp"',
            [start, end],
        )
        return json_response({"ids": rows["id"].to_pylist(), "latestDateCovered": rest_time(end)})

    def _window(self, call: Call, kept: timedelta) -> tuple[SObject, datetime, datetime]:
        sobject = self._asked_object(call)
        if not {"SystemModstamp", "IsDeleted"} <= set(sobject.fields):
            raise Refusal(errors(400, "INVALID_TYPE_FOR_OPERATION", f"object type {sobject.name} is not replicable"))
        try:
            start, end = (
                datetime.fromisoformat(call.query[name].replace(" ", "+")).astimezone(UTC).replace(tzinfo=None)
                for name in ("start", "end")
            )
        except (KeyError, ValueError) as error:
            raise Refusal(errors(400, "INVALID_REPLICATION_DATE", "start and end dates are required")) from error
        if start < (self._sandbox.now - kept).replace(tzinfo=None):
            raise Refusal(
                errors(400, "INVALID_REPLICATION_DATE", f"startDate cannot be more than {kept.days} days ago")
            )
        if end <= start:
            raise Refusal(errors(400, "INVALID_REPLICATION_DATE", "endDate must be after startDate"))
        return sobject, start, end

    # Queries

    def _query(self, call: Call) -> Response:
        if "q" not in call.query:
            return errors(400, "MALFORMED_QUERY", "Missing query parameter 'q'")
        cursor = self._run(call.query["q"], include_deleted=call.path.rstrip("/").endswith("/queryAll"))
        if cursor.query.is_count:
            return json_response({"totalSize": cursor.rows.column(0)[0].as_py(), "done": True, "records": []})
        return self._batch(call, cursor, 0, None)

    def _next_batch(self, call: Call) -> Response:
        identity, _, position = call.parameters["locator"].rpartition("-")
        with self._lock:
            cursor = self._cursors.get(identity)
        if cursor is None or not position.isdigit() or int(position) > cursor.rows.num_rows:
            return errors(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._batch(call, cursor, int(position), identity)

    def _batch(self, call: Call, cursor: Cursor, start: int, identity: str | None) -> Response:
        stop = min(start + self._batch_rows(call), cursor.rows.num_rows)
        records = self._store.encode(cursor.rows.slice(start, stop - start), self._record_json(cursor.query, call))
        head = f'{{"totalSize":{cursor.rows.num_rows},"done":'
        endless = call.meets("endless_next")
        if stop < cursor.rows.num_rows or endless:
            identity = identity or self._open(cursor)
            following = start if endless else stop
            path = f"{_CORE_PREFIX}/v{call.parameters['version']}/query/{identity}-{following}"
            head += f'false,"nextRecordsUrl":"{path}"'
        else:
            head += "true"
        return json_text(f'{head},"records":[{",".join(records)}]}}')

    def _batch_rows(self, call: Call) -> int:
        """Rows of one answer: what the client asks by header, between 200 and 2000."""
        largest = self._sandbox.limits.salesforce_batch_rows
        asked = re.search(r"batchSize=(\d+)", call.headers.get("sforce-query-options", ""))
        return min(max(int(asked[1]), 200), largest) if asked else largest

    def _open(self, cursor: Cursor) -> str:
        """A locator for the cursor; the oldest closes when a user holds too many."""
        with self._lock:
            identity = f"01gSB{next(self._numbers):010d}AA2"
            self._cursors[identity] = cursor
            while len(self._cursors) > _OPEN_CURSORS_PER_USER:
                self._cursors.popitem(last=False)
        return identity

    def _run(self, soql: str, *, include_deleted: bool) -> Cursor:
        query = parse_soql(soql, known_objects(self._store), self._sandbox.as_of, include_deleted=include_deleted)
        return Cursor(query, self._store.select(query.sql, query.parameters))

    def _record_json(self, query: Query, call: Call) -> str:
        root = f"{_CORE_PREFIX}/v{call.parameters['version']}/sobjects"
        return record_json(query, (), query.sobject, '"record id"', root)

    # Objects

    def _asked_object(self, call: Call) -> SObject:
        known = {name.lower(): sobject for name, sobject in known_objects(self._store).items()}
        sobject = known.get(call.parameters["sobject"].lower())
        if sobject is None:
            raise Refusal(errors(404, "NOT_FOUND", "The requested resource does not exist"))
        return sobject

    @property
    def _store(self) -> Store:
        return self._sandbox.store(SYSTEM)


def _oauth_error(code: str, description: str) -> Response:
    return json_response({"error": code, "error_description": description}, 400)
