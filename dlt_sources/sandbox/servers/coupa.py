"""Coupa's Core API: bare lists of at most 50 rows, filters in brackets, chosen fields, OAuth tokens with scopes."""

import json
import re
import secrets
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.responses import Response
from starlette.routing import Route

from dlt_sources.sandbox.faults import Fault
from dlt_sources.sandbox.servers.context import Sandbox
from dlt_sources.sandbox.servers.store import Store, identifier, json_bare, json_object, json_string, literal
from dlt_sources.sandbox.servers.web import Call, Refusal, endpoint, json_response, json_text

SYSTEM = "coupa"
_MOST_ROWS = 50
# List → table behind it, and the scope it wants.
_LISTS = {
    "suppliers": ("suppliers", "core.supplier.read"),
    "purchase_orders": ("purchase_orders", "core.purchase_order.read"),
    "purchase_order_lines": ("purchase_order_lines", "core.purchase_order.read"),
    "receiving_transactions": ("receipts", "core.inventory.receiving.read"),
    "invoices": ("invoices", "core.invoice.read"),
}
_SCOPES = frozenset({"core.common.read", *(scope for _, scope in _LISTS.values())})
# The rows within an invoice: their table, the member they stand in, and the column that says whose they are.
_LINES, _LINES_MEMBER, _HOLDER = "invoice_lines", "invoice-lines", "invoice-id"
# Columns that hold JSON text already.
_NESTED_NAMES = (
    "supplier currency payment-term item uom account-type account order-line primary-address account-allocations "
    "invoice-lines"
)
_NESTED = frozenset(_NESTED_NAMES.split())
_OPERATORS = {"": "=", "gt": ">", "lt": "<", "gt_or_eq": ">=", "lt_or_eq": "<=", "not_eq": "<>"}
_FILTER = re.compile(r"(?P<name>\w+?)(?:\[(?P<operator>\w+)\])?")
# The company's clock is an hour ahead of UTC's, so that its midnight is the evening before in UTC.
_ZONE = "+01:00"


class CoupaServer:
    """The lists of one instance. Nothing can be written, not even the flag `exported`: no client has the scope."""

    system = SYSTEM

    def __init__(self, sandbox: Sandbox):
        self._sandbox = sandbox
        self._lock = threading.Lock()
        self._tokens: dict[str, tuple[float, frozenset[str]]] = {}  # access token → when it ends, scopes
        sandbox.prepare(SYSTEM, _with_lines)

    def routes(self) -> list[Route]:
        return [
            Route("/oauth2/token", endpoint(self._token), methods=["POST"]),
            Route("/api/{list}", endpoint(self._serve), methods=["GET", "POST"]),
            Route("/api/{list}/{id}", endpoint(self._serve), methods=["GET", "PUT"]),
        ]

    def fault_response(self, fault: Fault) -> Response:
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        if fault.label == "rate_limit":
            return json_response({"errors": ["Rate limit exceeded"]}, 429, headers)
        return json_response({"errors": ["Internal Server Error"]}, fault.status or 500, headers)

    def _token(self, call: Call) -> Response:
        """A token for the client's id and secret in the form, with the scopes it asks for."""
        form = dict(parse_qsl(call.body.decode()))
        expected = self._sandbox.credentials[SYSTEM]
        if form.get("grant_type") != "client_credentials":
            return json_response({"error": "unsupported_grant_type"}, 400)
        if any(form.get(name) != expected[name] for name in ("client_id", "client_secret")):
            return json_response({"error": "invalid_client", "error_description": "Client authentication failed."}, 401)
        scopes = frozenset(form.get("scope", "").split())
        if not scopes or not scopes <= _SCOPES:
            return json_response(
                {"error": "invalid_scope", "error_description": "The requested scope is invalid."}, 400
            )
        token, seconds = secrets.token_hex(32), self._sandbox.limits.coupa_token_seconds
        with self._lock:
            self._tokens[token] = (self._sandbox.time() + seconds, scopes)
        ends = {"expires_in": int(seconds), "scope": " ".join(sorted(scopes))}
        return json_response({"access_token": token, "token_type": "bearer", **ends})

    def _serve(self, call: Call) -> Response:
        scopes = self._scopes(call)
        name = call.parameters["list"]
        if name not in _LISTS:
            raise _refused(404, "Not Found")
        table, scope = _LISTS[name]
        if call.method != "GET" or scope not in scopes:
            raise _refused(403, "insufficient_scope")
        if "application/json" not in call.headers.get("accept", ""):
            return Response('<?xml version="1.0" encoding="UTF-8"?><rows type="array"/>', media_type="application/xml")
        store = self._sandbox.store(SYSTEM)
        if identity := call.parameters.get("id"):
            return self._one(store, table, identity)
        return self._list(call, store, table)

    def _scopes(self, call: Call) -> frozenset[str]:
        """The scopes of a live token."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        with self._lock:
            if call.meets("expired_token"):
                self._tokens.clear()
            ends, scopes = self._tokens.get(token, (0, frozenset()))
        if scheme.lower() != "bearer" or ends <= self._sandbox.time():
            raise Refusal(json_response({"error": "invalid_token", "error_description": "The token has expired."}, 401))
        return scopes

    def _one(self, store: Store, table: str, identity: str) -> Response:
        rows = store.select(f"select * from {identifier(table)} where id::varchar = ?", [identity])
        if not rows.num_rows:
            raise _refused(404, "Not Found")
        return json_text(store.encode(rows, _row(store, table, None))[0])

    def _list(self, call: Call, store: Store, table: str) -> Response:
        """A page of the list; one beyond its end is empty, and there is no sign of whether more will come."""
        query = dict(call.query.multi_items())
        limit, offset = _whole(query.pop("limit", str(_MOST_ROWS))), _whole(query.pop("offset", "0"))
        order, direction = query.pop("order_by", "id").replace("_", "-"), query.pop("dir", "asc")
        if order not in ("id", "created-at", "updated-at") or direction not in ("asc", "desc"):
            raise _refused(400, "order_by or dir is not supported")
        expression = _row(store, table, query.pop("fields", None))
        conditions, values = _conditions(store.columns(table), query)
        rows = store.select(
            f"select * from {identifier(table)} where {' and '.join(conditions) or 'true'} "
            f"order by {identifier(order)} {direction}, id {direction}",
            values,
        )
        start = 0 if call.meets("endless_next") else offset
        page = store.encode_page(rows, expression, start, start + min(limit, _MOST_ROWS))
        return json_text(f"[{','.join(page)}]")


def _with_lines(store: Store) -> None:
    """Puts the lines of each invoice into it."""
    if _LINES not in store:
        return
    line = _members(store, _LINES, "line", [name for name in store.columns(_LINES) if name != _HOLDER])
    found = (
        f"(select concat('[', string_agg({line}, ',' order by line.id), ']') from {identifier(_LINES)} line "
        f"where line.{identifier(_HOLDER)} = page.id)"
    )
    store.extend("invoices", _LINES_MEMBER, f"coalesce({found}, '[]')")


def _row(store: Store, table: str, fields: str | None) -> str:
    """SQL for the JSON object of a row, with the fields that are asked for; objects within it come as they are."""
    columns = store.columns(table)
    if fields is None:
        return _members(store, table, "page", columns)
    try:
        asked = [name if isinstance(name, str) else next(iter(name)) for name in json.loads(fields)]
    except (ValueError, TypeError, StopIteration):
        raise _refused(400, "fields is not a JSON list") from None
    names = [name.replace("_", "-") for name in asked]
    if unknown := [name for name in names if name not in columns]:
        raise _refused(400, f"unknown fields {', '.join(unknown)}")
    return _members(store, table, "page", names)


def _members(store: Store, table: str, source: str, names: Any) -> str:
    """SQL for a JSON object: decimals are text, dates the company's midnight, moments in its time zone."""
    columns = store.columns(table)
    return json_object([(name, _value(f"{source}.{identifier(name)}", name, columns[name])) for name in names])


def _value(column: str, name: str, kind: str) -> str:
    if kind == "date":
        return json_string(f"{column}::varchar || 'T00:00:00{_ZONE}'")
    if kind == "timestamp":
        return json_string(f"strftime({column} + interval 1 hour, '%Y-%m-%dT%H:%M:%S{_ZONE}')")
    if kind == "decimal":
        return json_string(f"{column}::varchar")
    if kind in ("boolean", "bigint", "integer") or name in _NESTED:
        return json_bare(column)
    return json_string(column)


def _conditions(columns: Mapping[str, str], query: Mapping[str, str]) -> tuple[list[str], list[Any]]:
    """SQL for filters such as updated_at[gt]=…; one that the list does not know is refused."""
    conditions: list[str] = []
    values: list[Any] = []
    for parameter, value in query.items():
        match = _FILTER.fullmatch(parameter)
        name = match["name"].replace("_", "-") if match else ""
        operator = _OPERATORS.get(match["operator"] or "") if match else None
        if name not in columns or name in _NESTED or operator is None:
            raise _refused(400, f"{parameter} is not supported")
        column, kind = identifier(name), columns[name]
        if kind == "timestamp":
            conditions.append(f"{column} {operator} (?::timestamptz at time zone 'UTC')")
        elif kind in ("bigint", "integer", "boolean", "decimal"):
            conditions.append(f"{column} {operator} ?::{kind}")
        else:
            conditions.append(f"{column}::varchar {operator} ?")
        values.append(value)
    return conditions, values


def _whole(text: str) -> int:
    if not re.fullmatch(r"\d+", text):
        raise _refused(400, f"{literal(text)} is not a number")
    return int(text)


def _refused(status: int, message: str) -> Refusal:
    return Refusal(json_response({"errors": [message]}, status))
