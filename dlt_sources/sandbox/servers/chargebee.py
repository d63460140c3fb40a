"""Chargebee's REST API: wrapped rows, pages by offset, filters in brackets, rows within rows, its error bodies."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyarrow.compute as pc
from starlette.responses import Response
from starlette.routing import Route

from dlt_sources.sandbox.faults import Fault
from dlt_sources.sandbox.servers.context import Sandbox
from dlt_sources.sandbox.servers.store import Store, identifier, json_bare, json_string, literal, plain_decimal
from dlt_sources.sandbox.servers.web import Call, Refusal, basic_credentials, endpoint, json_response, json_text

SYSTEM = "chargebee"
_DEFAULT_LIMIT, _MOST_ROWS = 10, 100
_EVENT_RETENTION = timedelta(days=90)
_TIME = {"after": ">", "before": "<", "on": "="}
_TEXT = {"is": "=", "is_not": "<>"}
_OPERATORS = _TIME | _TEXT
_BRACKETS = re.compile(r"(\w+)\[(\w+)\]")
# Columns that hold JSON text already.
_NESTED_NAMES = (
    "billing_address metadata contract_term discounts taxes allocations site_details_at_creation linked_invoices "
    "linked_credit_notes content subscription_items line_items"
)
_NESTED = frozenset(_NESTED_NAMES.split())


@dataclass(frozen=True)
class Listing:
    """One list: what it wraps rows in, what it can be filtered and sorted by, and the rows within its rows."""

    resource: str
    wrapper: str
    texts: tuple[str, ...] = ()
    times: tuple[str, ...] = ("updated_at",)
    sorts: tuple[str, ...] = ("updated_at",)
    shows_deleted: bool = True
    # The table of the rows within, the member they stand in, and the column that says whose they are.
    within: tuple[str, str, str] | None = None


_LISTINGS = (
    Listing(
        "customers", "customer", ("id", "email", "company"), ("created_at", "updated_at"), ("updated_at", "created_at")
    ),
    Listing("items", "item", ("id", "type", "status"), sorts=("updated_at", "id", "name"), shows_deleted=False),
    Listing(
        "item_prices",
        "item_price",
        ("id", "item_id", "item_type", "currency_code", "status"),
        sorts=("updated_at", "id", "name"),
        shows_deleted=False,
    ),
    Listing(
        "subscriptions",
        "subscription",
        ("id", "customer_id", "status"),
        ("created_at", "updated_at", "cancelled_at"),
        ("updated_at", "created_at"),
        within=("subscription_items", "subscription_items", "subscription_id"),
    ),
    Listing(
        "invoices",
        "invoice",
        ("id", "customer_id", "subscription_id", "status"),
        ("date", "updated_at", "paid_at", "voided_at"),
        ("date", "updated_at"),
        within=("invoice_lines", "line_items", "invoice_id"),
    ),
    Listing(
        "credit_notes",
        "credit_note",
        ("id", "customer_id", "subscription_id", "reference_invoice_id", "type", "status", "reason_code"),
        ("date", "updated_at", "voided_at"),
        ("date",),
    ),
    Listing(
        "transactions",
        "transaction",
        ("id", "customer_id", "subscription_id", "type", "status"),
        ("date", "updated_at"),
        ("date", "updated_at"),
    ),
    Listing(
        "usages",
        "usage",
        ("id", "subscription_id", "item_price_id", "source"),
        ("usage_date", "updated_at"),
        ("usage_date",),
        shows_deleted=False,
    ),
    Listing("events", "event", ("id", "event_type", "source"), ("occurred_at",), ("occurred_at",), shows_deleted=False),
)
LISTINGS = {listing.resource: listing for listing in _LISTINGS}
_PATH = re.compile(rf"/api/v2/(?P<list>{'|'.join(LISTINGS)})(?:/(?P<id>[^/]+))?$")


class ChargebeeServer:
    """The API under `/api/v2/` of one site, product catalogue 2.0; members without a value are left out."""

    system = SYSTEM

    def __init__(self, sandbox: Sandbox):
        self._sandbox = sandbox
        sandbox.prepare(SYSTEM, self._prepare)

    def routes(self) -> list[Route]:
        return [Route("/api/v2/{path:path}", endpoint(self._serve), methods=["GET", "POST"])]

    def fault_response(self, fault: Fault) -> Response:
        if fault.label == "rate_limit":
            headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            message = "Sorry, access has been blocked temporarily due to request count exceeding acceptable limits."
            return error(429, message, "operation_failed", "api_request_limit_exceeded", headers=headers)
        return error(fault.status or 500, "Sorry, something went wrong.", "operation_failed", "internal_error")

    def _prepare(self, store: Store) -> None:
        """Puts the first rows of each list within rows into them, and says where the others begin."""
        for listing in _LISTINGS:
            if listing.within and listing.resource in store:
                table, member, holder = listing.within
                store.extend(listing.resource, member, self._embedded(store, table, member, holder))
                store.extend(listing.resource, "_within", f"({_counted(table, holder)})")

    def _serve(self, call: Call) -> Response:
        self._authenticate(call)
        match = _PATH.search(call.path)
        if not match:
            raise refused(404, "The requested resource does not exist.", "resource_not_found")
        if call.method != "GET":
            raise refused(405, "Nothing can be written here.", "http_method_not_supported")
        listing = LISTINGS[match["list"]]
        return self._retrieve(call, listing, match["id"]) if match["id"] else self._list(call, listing)

    def _authenticate(self, call: Call) -> None:
        """The key is the user of HTTP Basic; there is no password."""
        user, password = basic_credentials(call.headers) or ("", "")
        if password or user != self._sandbox.credentials[SYSTEM]["api_key"] or call.meets("expired_token"):
            raise refused(401, "Sorry, authentication failed. Invalid api key.", "api_authentication_failed")

    # Lists

    def _list(self, call: Call, listing: Listing) -> Response:
        query = dict(call.query.multi_items())
        limit = _whole(query.pop("limit", str(_DEFAULT_LIMIT)), "limit")
        if not 1 <= limit <= _MOST_ROWS:
            raise wrong_value("limit", f"limit : should be between 1 and {_MOST_ROWS}")
        offset, with_deleted = query.pop("offset", None), query.pop("include_deleted", "false")
        order, direction = self._order(listing, query)
        conditions, values = self._conditions(listing, query)
        if "deleted" in self._store.columns(listing.resource) and not (
            listing.shows_deleted and with_deleted == "true"
        ):
            conditions.append("not deleted")
        if listing.resource == "events":
            conditions.append(f"occurred_at >= {int((self._sandbox.now - _EVENT_RETENTION).timestamp())}")
        rows = self._store.select(
            f"select * from {identifier(listing.resource)} where {' and '.join(conditions) or 'true'} "
            f"order by {identifier(order)} {direction}, id {direction}",
            values,
        )
        start = 0 if offset is None or call.meets("endless_next") else _place(rows, offset)
        page = self._store.encode_page(rows, self._object(listing), start, start + limit)
        wrapped = ",".join(self._wrapped(listing, each) for each in page)
        following = ""
        if start + limit < rows.num_rows or call.meets("endless_next"):
            last = min(start + limit, rows.num_rows) - 1
            token = json.dumps([str(rows[order][last].as_py()) + "000", rows["id"][last].as_py()])
            following = f',"next_offset":{json.dumps(token)}'
        return json_text(f'{{"list":[{wrapped}]{following}}}')

    def _wrapped(self, listing: Listing, row: str) -> str:
        """A row in its wrapper; a subscription comes with its customer beside it."""
        if listing.resource != "subscriptions":
            return f'{{"{listing.wrapper}":{row}}}'
        customer = self._text(LISTINGS["customers"], json.loads(row)["customer_id"])
        return f'{{"subscription":{row},"customer":{customer}}}'

    def _order(self, listing: Listing, query: dict[str, str]) -> tuple[str, str]:
        for direction in ("asc", "desc"):
            if (name := query.pop(f"sort_by[{direction}]", None)) is not None:
                if name not in listing.sorts:
                    raise wrong_value(f"sort_by[{direction}]", f"sort_by : {name} is not supported")
                return name, direction
        return listing.sorts[0], "desc"

    def _conditions(self, listing: Listing, query: Mapping[str, str]) -> tuple[list[str], list[Any]]:
        """SQL for filters such as updated_at[after]=…; one that the list does not know is refused."""
        conditions: list[str] = []
        values: list[Any] = []
        for name, value in query.items():
            match = _BRACKETS.fullmatch(name)
            column, operator = (match[1], match[2]) if match else (name, "")
            if column in listing.times and operator in _TIME:
                conditions.append(f"{identifier(column)} {_OPERATORS[operator]} ?")
                values.append(_whole(value, name))
            elif column in listing.texts and operator in _TEXT:
                conditions.append(f"{identifier(column)} {_OPERATORS[operator]} ?")
                values.append(value)
            else:
                raise wrong_value(name, f"{name} : unknown parameter")
        return conditions, values

    # Single objects and the rows within them

    def _retrieve(self, call: Call, listing: Listing, identity: str) -> Response:
        query = dict(call.query.multi_items())
        if listing.within:
            _, member, _ = listing.within
            offset = query.pop(f"{member}_offset", None)
            limit = query.pop(f"{member}_limit", None)
            if offset is not None:
                return self._further(call, listing, identity, offset, _whole(limit or "10", f"{member}_limit"))
        for name in query:
            raise wrong_value(name, f"{name} : unknown parameter")
        return json_text(f'{{"{listing.wrapper}":{self._text(listing, identity)}}}')

    def _further(self, call: Call, listing: Listing, identity: str, offset: str, limit: int) -> Response:
        """A row with the rows within it from an offset on."""
        table, member, holder = listing.within
        whole = json.loads(self._text(listing, identity))
        start = _whole(json.loads(offset)[0] if offset.startswith("[") else offset, f"{member}_offset")
        rows = self._store.select(f"select * from {identifier(table)} where {holder} = ? order by rowid", [identity])
        texts = self._store.encode_page(
            rows, _members(self._store, table, "page", member.removesuffix("s"), {holder}), start, start + limit
        )
        whole[member] = [json.loads(text) for text in texts]
        whole.pop(f"{member}_next_offset", None)
        if start + limit < rows.num_rows:
            whole[f"{member}_next_offset"] = json.dumps([str(start + limit)])
        return json_response({listing.wrapper: whole})

    def _text(self, listing: Listing, identity: str) -> str:
        row = self._store.select(f"select * from {identifier(listing.resource)} where id = ?", [identity])
        if row.num_rows == 0:
            raise refused(404, f"{identity} not found", "resource_not_found", param="id")
        return self._store.encode(row, self._object(listing))[0]

    def _object(self, listing: Listing) -> str:
        """SQL for the JSON text of a row, with the place its inner list goes on at."""
        text = _members(self._store, listing.resource, "page", listing.wrapper)
        if not listing.within:
            return text
        member, most = listing.within[1], self._sandbox.limits.chargebee_embedded_rows
        offset = json.dumps(json.dumps([str(most)]))
        more = literal(f',"{member}_next_offset":{offset}}}')
        return f"case when page._within > {most} then left({text}, length({text}) - 1) || {more} else {text} end"

    def _embedded(self, store: Store, table: str, member: str, holder: str) -> str:
        """SQL for the JSON array of the first rows that belong to a row."""
        row = _members(store, table, "inner_row", member.removesuffix("s"), {holder})
        most = self._sandbox.limits.chargebee_embedded_rows
        rows = f"array_to_string(list({row} order by inner_row.rowid)[:{most}], ',')"
        found = (
            f"(select concat('[', {rows}, ']') from {identifier(table)} inner_row "
            f"where inner_row.{holder} = page.id having count(*) > 0)"
        )
        return f"coalesce({found}, '[]')"

    @property
    def _store(self) -> Store:
        return self._sandbox.store(SYSTEM)


def _counted(table: str, holder: str) -> str:
    return f"select count(*) from {identifier(table)} inner_row where inner_row.{holder} = page.id"


def _members(store: Store, table: str, source: str, name_of_object: str, hidden: Collection[str] = ()) -> str:
    """SQL for the JSON object of a row; what has no value is left out, as the vendor does."""
    opening = f'{{"object":"{name_of_object}"'
    pieces = [literal(opening)]
    for name, kind in store.columns(table).items():
        if name in hidden or name.startswith("_"):
            continue
        column = f"{source}.{identifier(name)}"
        if kind == "decimal":
            value = json_bare(plain_decimal(column))
        elif kind in ("boolean", "bigint", "integer") or name in _NESTED:
            value = json_bare(column)
        else:
            value = json_string(column)
        label = literal(f',"{name}":')
        pieces.append(f"case when {column} is null then '' else {label} || {value} end")
    return f"concat({', '.join(pieces)}, '}}')"


def _place(rows: Any, offset: str) -> int:
    """The place after the row that an offset names."""
    try:
        _, identity = json.loads(offset)
    except ValueError:
        raise wrong_value("offset", "offset : invalid") from None
    place = pc.index(rows["id"], identity).as_py()
    if place < 0:
        raise wrong_value("offset", "offset : invalid")
    return place + 1


def _whole(text: str, parameter: str) -> int:
    if not re.fullmatch(r"\d+", text):
        raise wrong_value(parameter, f"{parameter} : should be a number")
    return int(text)


def wrong_value(param: str, message: str) -> Refusal:
    return refused(400, message, "param_wrong_value", param=param)


def refused(status: int, message: str, code: str, **fields: str) -> Refusal:
    return Refusal(error(status, message, "invalid_request", code, **fields))


def error(
    status: int, message: str, kind: str, code: str, *, headers: Mapping[str, str] | None = None, **fields: str
) -> Response:
    body = {
        "message": message,
        "type": kind,
        "api_error_code": code,
        "error_code": code,
        "error_msg": message,
        "http_status_code": status,
        **fields,
    }
    return json_response(body, status, headers)
