"""NetSuite: SuiteQL over REST, with signed requests, pages, a cap of rows and a limit of requests at a time."""

import json
import secrets
import threading
from collections.abc import Callable

import duckdb
from starlette.responses import Response
from starlette.routing import Route

from dlt_sources.sandbox.faults import Fault
from dlt_sources.sandbox.servers.context import Sandbox
from dlt_sources.sandbox.servers.netsuite_auth import Logins
from dlt_sources.sandbox.servers.store import Store, identifier, json_string, literal, plain_decimal
from dlt_sources.sandbox.servers.suiteql import SuiteQLError, translate
from dlt_sources.sandbox.servers.web import Call, Refusal, endpoint, json_response, json_text

SYSTEM = "netsuite"
_SUITEQL = "/services/rest/query/v1/suiteql"
_ERRORS_PAGE = "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html"
# Records of the analytics data source, and the table of the snapshot behind each.
_RECORDS = {
    "account": "accounts",
    "accountingbook": "accounting_books",
    "accountingperiod": "accounting_periods",
    "accountingperiodfiscalcalendars": "accounting_period_calendars",
    "accounttype": "account_types",
    "classification": "classes",
    "consolidatedexchangerate": "consolidated_exchange_rates",
    "currency": "currencies",
    "currencyrate": "currency_rates",
    "customer": "customers",
    "deletedrecord": "deleted_records",
    "department": "departments",
    "entityaddress": "entity_addresses",
    "fiscalcalendar": "fiscal_calendars",
    "item": "items",
    "nexttransactionlinelink": "line_links",
    "subsidiary": "subsidiaries",
    "transaction": "transactions",
    "transactionaccountingline": "accounting_lines",
    "transactionline": "transaction_lines",
    "vendor": "vendors",
}
_LARGEST_PAGE = 1000


class NetSuiteServer:
    """The query service of one account. Every value is text, what is null is left out, dates are month/day/year."""

    system = SYSTEM

    def __init__(self, sandbox: Sandbox):
        self._sandbox = sandbox
        self._logins = Logins(sandbox, SYSTEM)
        self._running = threading.BoundedSemaphore(sandbox.limits.netsuite_concurrent_requests)

    def routes(self) -> list[Route]:
        return [
            Route("/services/rest/auth/oauth2/v1/token", endpoint(self._logins.token), methods=["POST"]),
            Route(_SUITEQL, endpoint(self._guarded(self._query)), methods=["POST"]),
            Route("/services/rest/{rest:path}", endpoint(self._guarded(self._unknown)), methods=["GET", "POST"]),
        ]

    def fault_response(self, fault: Fault) -> Response:
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        if fault.label == "rate_limit":
            return _too_many(headers)
        error_id = "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(20))
        detail = f"An unexpected error occurred. Error ID: {error_id}"
        return _error(fault.status or 500, "Internal Server Error", "UNEXPECTED_ERROR", detail, headers)

    def _guarded(self, handler: Callable[[Call], Response]) -> Callable[[Call], Response]:
        """A known user, and no more requests at a time than the account has."""

        def guarded(call: Call) -> Response:
            if call.meets("expired_token"):
                self._logins.end_all()
            if call.meets("expired_token") or not self._logins.is_known(call):
                return _error(
                    401,
                    "Unauthorized",
                    "INVALID_LOGIN",
                    "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI at "
                    "Setup > Users/Roles > User Management > View Login Audit Trail.",
                )
            if not self._running.acquire(blocking=False):
                return _too_many({})
            try:
                return handler(call)
            finally:
                self._running.release()

        return guarded

    def _unknown(self, call: Call) -> Response:
        return _error(404, "Not Found", "NONEXISTENT_ID", f"{call.path} is not offered by this server")

    @property
    def _store(self) -> Store:
        return self._sandbox.store(SYSTEM)

    def _query(self, call: Call) -> Response:
        if call.headers.get("prefer") != "transient":
            return _error(400, "Bad Request", "INVALID_HEADER", "The required header 'Prefer: transient' is missing.")
        query, parameters = _asked(call)
        limit, offset = _page(call)
        if offset + limit > self._sandbox.limits.netsuite_row_cap:
            cap = self._sandbox.limits.netsuite_row_cap
            return _error(400, "Bad Request", "INVALID_PARAMETER", f"A query can return no more than {cap} results.")
        store = self._store
        records = {name: store.columns(table) for name, table in _RECORDS.items()}
        try:
            sql = translate(query, parameters, records, _RECORDS)
            rows = store.select(f"{sql} limit {limit} offset {offset}")
            total = store.select(f"select count(*) as n from ({sql})")["n"][0].as_py()
        except (SuiteQLError, duckdb.Error) as error:
            return _error(400, "Bad Request", "INVALID_PARAMETER", str(error).split("\n", maxsplit=1)[0])
        kinds = {field.name: str(field.type) for field in rows.schema}
        items = store.encode(rows, _item(kinds)) if rows.num_rows else []
        has_more = offset + len(items) < total
        following = offset + limit
        if call.meets("endless_next"):
            has_more, following = True, offset
        address = f"{call.origin}{call.path}?limit={limit}&offset="
        links = [{"rel": "self", "href": f"{address}{offset}"}]
        links += [{"rel": "next", "href": f"{address}{following}"}] if has_more else []
        head = json.dumps({"links": links, "count": len(items), "hasMore": has_more})[:-1]
        tail = f'"offset":{offset},"totalResults":{total}}}'
        return json_text(f'{head},"items":[{",".join(items)}],{tail}')


def _asked(call: Call) -> tuple[str, list[str]]:
    try:
        body = json.loads(call.body)
        query, parameters = body["q"], body.get("params", [])
        if not isinstance(query, str) or not isinstance(parameters, list):
            raise TypeError("q is text, params a list")
    except (ValueError, KeyError, TypeError) as error:
        detail = f"Invalid content in the request body: {error}."
        raise Refusal(_error(400, "Bad Request", "INVALID_CONTENT", detail)) from error
    return query, [str(value) for value in parameters]


def _page(call: Call) -> tuple[int, int]:
    limit, offset = call.query.get("limit", str(_LARGEST_PAGE)), call.query.get("offset", "0")
    if not (
        limit.isdigit() and offset.isdigit() and 1 <= int(limit) <= _LARGEST_PAGE and int(offset) % int(limit) == 0
    ):
        detail = f"limit is a number from 1 to {_LARGEST_PAGE}, offset a multiple of it; not {limit} and {offset}."
        raise Refusal(_error(400, "Bad Request", "INVALID_PARAMETER", detail))
    return int(limit), int(offset)


def _item(kinds: dict[str, str]) -> str:
    """SQL for one JSON object: text only, no nulls."""
    pieces = ["""'{"links":[]'"""]
    for name, kind in kinds.items():
        column = identifier(name)
        value = column
        if kind.startswith("decimal"):
            value = plain_decimal(column)
        elif kind.startswith(("date", "timestamp")):
            value = f"strftime({column}, '%-m/%-d/%Y')"
        elif kind == "bool":
            value = f"case when {column} then 'T' else 'F' end"
        shown = json_string(f"({value})::varchar")
        pieces.append(f"case when {column} is null then '' else {literal(f',{json.dumps(name)}:')} || {shown} end")
    return f"concat({', '.join(pieces)}, '}}')"


def _too_many(headers: dict[str, str]) -> Response:
    return _error(
        429,
        "Bad Request",
        "CONCURRENCY_LIMIT_EXCEEDED",
        "Concurrent request limit exceeded. Request blocked.",
        headers,
        top_code="USER_ERROR",
    )


def _error(
    status: int, title: str, code: str, detail: str, headers: dict[str, str] | None = None, top_code: str = ""
) -> Response:
    body: dict[str, object] = {"type": _ERRORS_PAGE, "title": title, "status": status}
    if top_code:
        body["o:errorCode"] = top_code
    body["o:errorDetails"] = [{"detail": detail, "o:errorCode": code}]
    return json_response(body, status, headers)
