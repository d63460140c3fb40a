"""Stripe's REST API: cursored lists newest first, expansion, events, meters, idempotent creation, error bodies."""

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

import pyarrow as pa
import pyarrow.compute as pc
from starlette.responses import Response
from starlette.routing import Route

from dlt_sources.sandbox.faults import Fault
from dlt_sources.sandbox.servers.context import Sandbox
from dlt_sources.sandbox.servers.store import (
    Store,
    identifier,
    json_bare,
    json_object,
    json_string,
    literal,
    plain_decimal,
)
from dlt_sources.sandbox.servers.web import Call, Refusal, basic_credentials, endpoint, json_response, json_text

SYSTEM = "stripe"
API_VERSION = "2026-06-24.dahlia"
# Before this release subscriptions and invoices had another shape, which is not served here.
_OLDEST_SHAPE = "2025-03-31"
_EVENT_RETENTION = timedelta(days=30)
_EMBEDDED_ENTRIES = 10
_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Listing:
    """One list endpoint: the resource behind it, its object name, and the SQL of each filter it takes."""

    path: str
    resource: str
    object: str
    # Query parameter → SQL condition with one `?`; ranges are parameters like created[gte].
    filters: Mapping[str, str] = field(default_factory=dict)
    ranges: tuple[str, ...] = ("created",)
    required: tuple[str, ...] = ()
    order: str = "created desc, id desc"


def _equal(*columns: str) -> dict[str, str]:
    return {column: f"{identifier(column)} = ?" for column in columns}


_SUBSCRIPTION_OF_INVOICE = "json_extract_string(parent, '$.subscription_details.subscription')"
LISTINGS = {
    listing.path: listing
    for listing in (
        Listing("customers", "customers", "customer", _equal("email")),
        Listing("products", "products", "product", {"active": "active = cast(? as boolean)"}),
        Listing(
            "prices",
            "prices",
            "price",
            _equal("product", "currency", "type") | {"active": "active = cast(? as boolean)"},
        ),
        Listing("subscriptions", "subscriptions", "subscription", _equal("customer", "collection_method", "status")),
        Listing(
            "subscription_items",
            "subscription_items",
            "subscription_item",
            _equal("subscription"),
            (),
            ("subscription",),
        ),
        Listing(
            "invoices",
            "invoices",
            "invoice",
            _equal("customer", "status", "collection_method") | {"subscription": f"{_SUBSCRIPTION_OF_INVOICE} = ?"},
            ("created", "due_date"),
        ),
        Listing("credit_notes", "credit_notes", "credit_note", _equal("customer", "invoice")),
        Listing("charges", "charges", "charge", _equal("customer", "payment_intent")),
        Listing("refunds", "refunds", "refund", _equal("charge")),
        Listing("payouts", "payouts", "payout", _equal("status"), ("created", "arrival_date")),
        Listing(
            "balance_transactions", "balance_transactions", "balance_transaction", _equal("type", "currency", "source")
        ),
        Listing("events", "events", "event"),
        Listing("billing/meters", "meters", "billing.meter", _equal("status"), ()),
    )
}
_OBJECT_NAMES = {listing.resource: listing.object for listing in LISTINGS.values()} | {
    "invoice_lines": "line_item",
    "meter_event_summaries": "billing.meter_event_summary",
}
# Columns that may hold JSON text already.
_NESTED_NAMES = (
    "address metadata tax_ids recurring items discounts status_transitions total_taxes parent period pricing price "
    "data discount_amounts taxes fee_details customer_mapping value_settings request"
)
_NESTED = frozenset(_NESTED_NAMES.split())
_DECIMAL_STRINGS = frozenset({"unit_amount_decimal", "quantity_decimal"})
# Left out unless asked for by expand[], or unless they are true.
_INCLUDABLE = {"customers": ("tax_ids",)}
_EXPANDABLE = {
    "customer": "customers",
    "product": "products",
    "invoice": "invoices",
    "latest_invoice": "invoices",
    "charge": "charges",
    "balance_transaction": "balance_transactions",
    "subscription": "subscriptions",
}
_SUBSCRIPTION_STATUSES = frozenset(
    ("active", "all", "canceled", "ended", "incomplete", "incomplete_expired", "past_due", "paused", "trialing")
)


class StripeServer:
    """The API under `/v1/`; amounts are integer minor units, timestamps unix seconds, ids as the snapshot has them."""

    system = SYSTEM

    def __init__(self, sandbox: Sandbox):
        self._sandbox = sandbox
        self._request_numbers = count(1)
        self._created_numbers = count(1)
        self._lock = threading.Lock()
        self._answers: dict[str, tuple[str, str]] = {}  # idempotency key → (request, response body)

    def routes(self) -> list[Route]:
        paths = "|".join(sorted(LISTINGS, key=len, reverse=True))
        self._path = re.compile(rf"/v1/(?P<list>{paths})(?:/(?P<id>[^/]+)(?:/(?P<nested>lines|event_summaries))?)?$")
        return [Route("/v1/{path:path}", endpoint(self._serve), methods=["GET", "POST", "DELETE"])]

    def fault_response(self, fault: Fault) -> Response:
        if fault.label == "rate_limit":
            headers = {"Stripe-Rate-Limited-Reason": "global-rate"}
            if fault.retry_after is not None:
                headers["Retry-After"] = str(fault.retry_after)
            return _error(429, "Request rate limit exceeded.", "rate_limit_error", code="rate_limit", headers=headers)
        return _error(fault.status or 500, "An unknown error occurred", "api_error")

    def _serve(self, call: Call) -> Response:
        response = self._answer(call)
        response.headers["Request-Id"] = f"req_{next(self._request_numbers):014d}"
        response.headers["Stripe-Version"] = call.headers.get("stripe-version", API_VERSION)
        return response

    def _answer(self, call: Call) -> Response:
        try:
            self._authenticate(call)
            self._check_version(call)
            match = self._path.search(call.path)
            if not match or (
                call.method != "GET" and (call.method, match["list"], match["id"]) != ("POST", "customers", None)
            ):
                raise _refused(
                    404,
                    f"Unrecognized request URL ({call.method}: {_api_path(call)}). "
                    "Please see https://stripe.com/docs or we can help at https://support.stripe.com/.",
                )
            listing = LISTINGS[match["list"]]
            if call.method == "POST":
                return self._create_customer(call)
            if match["nested"]:
                return self._nested(call, listing, match["id"], match["nested"])
            return self._retrieve(call, listing, match["id"]) if match["id"] else self._list(call, listing)
        except Refusal as refusal:
            return refusal.response

    def _authenticate(self, call: Call) -> None:
        basic = basic_credentials(call.headers)
        scheme, _, bearer = call.headers.get("authorization", "").partition(" ")
        key = basic[0] if basic else bearer.strip() if scheme.lower() == "bearer" else ""
        if not key:
            raise _refused(
                401,
                "You did not provide an API key. You need to provide your API key in the Authorization "
                "header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            )
        if key != self._sandbox.credentials[SYSTEM]["api_key"]:
            raise _refused(401, f"Invalid API Key provided: {key[:8]}{'*' * 12}{key[-4:]}")
        if call.meets("expired_token"):
            raise _refused(401, "Expired API Key provided", code="api_key_expired")

    def _check_version(self, call: Call) -> None:
        version = call.headers.get("stripe-version", API_VERSION)
        if not re.fullmatch(r"\d{4}-\d\d-\d\d(\.\w+)?", version) or version < _OLDEST_SHAPE:
            raise _refused(400, f"Invalid Stripe API version: {version}. This server has the shapes of {API_VERSION}.")

    # Lists

    def _list(self, call: Call, listing: Listing) -> Response:
        parameters = _Parameters(call.query.multi_items())
        conditions, values = self._conditions(listing, parameters)
        where = " and ".join(conditions) or "true"
        table = identifier(listing.resource)
        rows = self._store.select(
            f"select * from {table} where {where} order by {_order(listing, self._store)}", values
        )
        return self._page(call, rows, parameters, listing.resource, listing.object, _api_path(call))

    def _page(
        self, call: Call, rows: pa.Table, parameters: "_Parameters", resource: str, object_name: str, url: str
    ) -> Response:
        limit = parameters.limit()
        after, before = parameters.take("starting_after"), parameters.take("ending_before")
        expand = parameters.expansions("data.")
        parameters.expect_nothing_more()
        start, stop = 0, limit
        if before:
            stop = _position(rows, before, "ending_before", object_name)
            start = max(stop - limit, 0)
            has_more = start > 0
        else:
            if after and not call.meets("endless_next"):
                start = _position(rows, after, "starting_after", object_name) + 1
                stop = start + limit
            has_more = stop < rows.num_rows or call.meets("endless_next")
        data = self._store.encode(rows.slice(start, stop - start), self._object(resource, expand))
        return json_text(
            f'{{"object":"list","data":[{",".join(data)}],"has_more":{json.dumps(has_more)},"url":{json.dumps(url)}}}'
        )

    def _conditions(self, listing: Listing, parameters: "_Parameters") -> tuple[list[str], list[Any]]:
        """The SQL conditions of the filters that were asked for, and of what a list never shows."""
        conditions: list[str] = []
        values: list[Any] = []
        if listing.resource == "subscriptions":
            conditions.append(_status_condition(parameters.take("status")))
        if listing.resource == "customers" and "deleted" in self._store.columns("customers"):
            conditions.append("deleted is not true")
        if listing.resource == "events":
            conditions.append(f"created > {int((self._sandbox.now - _EVENT_RETENTION).timestamp())}")
            kinds = parameters.take_list("types") + [kind for kind in [parameters.take("type")] if kind]
            if kinds:
                conditions.append(f"({' or '.join('type glob ?' for _ in kinds)})")
                values += kinds
        for name, condition in listing.filters.items():
            if (value := parameters.take(name)) is not None:
                conditions.append(condition)
                values.append(value)
        for name in listing.ranges:
            for operator, value in parameters.take_range(name):
                conditions.append(f"{identifier(name)} {operator} ?")
                values.append(value)
        if missing := [name for name in listing.required if f"{identifier(name)} = ?" not in conditions]:
            raise _refused(400, f"Missing required param: {missing[0]}.", code="parameter_missing", param=missing[0])
        return conditions, values

    # Single objects and what hangs on them

    def _retrieve(self, call: Call, listing: Listing, identity: str) -> Response:
        parameters = _Parameters(call.query.multi_items())
        expand = parameters.expansions("")
        parameters.expect_nothing_more()
        row = self._row(listing, identity)
        if "deleted" in row.column_names and row["deleted"][0].as_py():
            return json_response({"id": identity, "object": listing.object, "deleted": True})
        return json_text(self._store.encode(row, self._object(listing.resource, expand))[0])

    def _row(self, listing: Listing, identity: str) -> pa.Table:
        row = self._store.select(f"select * from {identifier(listing.resource)} where id = ?", [identity])
        if row.num_rows == 0:
            raise _refused(
                404, f"No such {listing.object.rpartition('.')[2]}: '{identity}'", code="resource_missing", param="id"
            )
        return row

    def _nested(self, call: Call, listing: Listing, identity: str, nested: str) -> Response:
        parameters = _Parameters(call.query.multi_items())
        if (listing.resource, nested) == ("invoices", "lines"):
            self._row(listing, identity)
            rows = self._store.select("select * from invoice_lines where invoice = ? order by rowid", [identity])
            return self._page(call, rows, parameters, "invoice_lines", "line_item", _api_path(call))
        if (listing.resource, nested) == ("meters", "event_summaries"):
            self._row(listing, identity)
            return self._page(
                call,
                self._usage(identity, parameters),
                parameters,
                "meter_event_summaries",
                "billing.meter_event_summary",
                _api_path(call),
            )
        raise _refused(404, f"Unrecognized request URL ({call.method}: {_api_path(call)}).")

    def _usage(self, meter: str, parameters: "_Parameters") -> pa.Table:
        """Usage of one customer on one meter: a row per day, or one sum over the asked time, newest first."""
        customer = parameters.take("customer")
        start, end = parameters.take("start_time"), parameters.take("end_time")
        for name, value in (("customer", customer), ("start_time", start), ("end_time", end)):
            if value is None:
                raise _refused(400, f"Missing required param: {name}.", code="parameter_missing", param=name)
        window = parameters.take("value_grouping_window")
        if window not in (None, "day"):
            raise _refused(
                400,
                f"Invalid value_grouping_window: '{window}' is not kept here, use day",
                param="value_grouping_window",
            )
        bounds = [_whole(start, "start_time"), _whole(end, "end_time")]
        step = _DAY_SECONDS if window == "day" else 60
        for name, moment in zip(("start_time", "end_time"), bounds, strict=True):
            if moment % step:
                raise _refused(400, f"`{name}` must align with {'day' if window else 'minute'} boundaries", param=name)
        condition = "meter = ? and customer = ? and start_time >= ? and end_time <= ?"
        if window == "day":
            sql = f"select * from meter_event_summaries where {condition} order by start_time desc"
            return self._store.select(sql, [meter, customer, *bounds])
        return self._store.select(
            "select min(id) as id, min(meter) as meter, sum(aggregated_value) as aggregated_value, "
            "cast(? as bigint) as start_time, cast(? as bigint) as end_time "
            f"from meter_event_summaries where {condition} having count(*) > 0",
            [*bounds, meter, customer, *bounds],
        )

    # Writing

    def _create_customer(self, call: Call) -> Response:
        """Creates a customer; the same Idempotency-Key gives the same answer, with another body an error."""
        key = call.headers.get("idempotency-key")
        request = call.body.decode()
        with self._lock:
            if key and key in self._answers:
                first_request, answer = self._answers[key]
                if request != first_request:
                    return _error(
                        400,
                        "Keys for idempotent requests can only be used with the same parameters they were "
                        f"first used with. Try using a key other than '{key}' if you meant to execute a "
                        "different request.",
                        "idempotency_error",
                    )
                return json_text(answer, headers={"Idempotency-Key": key, "Idempotent-Replayed": "true"})
            answer = self._insert_customer(_nested_form(request))
            if key:
                self._answers[key] = (request, answer)
        return json_text(answer, headers={"Idempotency-Key": key} if key else None)

    def _insert_customer(self, form: Mapping[str, Any]) -> str:
        writable = {"name", "email", "description", "metadata", "address"}
        if unknown := sorted(set(form) - writable):
            raise _refused(400, f"Received unknown parameter: {unknown[0]}", code="parameter_unknown", param=unknown[0])
        row = {name: json.dumps(value) if isinstance(value, dict) else value for name, value in form.items()}
        row |= {
            "id": f"cus_created{next(self._created_numbers):07d}",
            "balance": 0,
            "livemode": False,
            "created": int(self._sandbox.now.timestamp()),
        }
        row.setdefault("metadata", "{}")
        columns = self._store.columns("customers")
        self._store.insert("customers", {name: value for name, value in row.items() if name in columns})
        created = self._store.select("select * from customers where id = ?", [row["id"]])
        return self._store.encode(created, self._object("customers", set()))[0]

    # Objects as JSON

    def _object(self, resource: str, expand: set[str], source: str = "page") -> str:
        """SQL for the JSON text of one object of the resource, over the columns of `source`."""
        columns = self._store.columns(resource)
        members = [("id", json_string(f"{source}.id")), ("object", literal(f'"{_OBJECT_NAMES[resource]}"'))]
        expandable = {name for name in expand if _EXPANDABLE.get(name, "") in self._store} & set(columns)
        includable = set(_INCLUDABLE.get(resource, ())) | {"lines", "items"}
        if unknown := sorted(expand - expandable - includable):
            raise _refused(400, f"This property cannot be expanded ({unknown[0]}).", param="expand")
        for name, kind in columns.items():
            if name in ("id", "object", "deleted") or (name in _INCLUDABLE.get(resource, ()) and name not in expand):
                continue
            if resource == "meter_event_summaries" and name == "customer":
                continue  # the request says whose usage it is, the answer does not repeat it
            column = f"{source}.{identifier(name)}"
            text = _value(name, kind, column)
            if name in expandable:
                target = _EXPANDABLE[name]
                text = (
                    f"coalesce((select {self._object(target, set(), 'target')} from {identifier(target)} target "
                    f"where target.id = {column}), {text})"
                )
            members.append((name, text))
        if resource == "invoices":
            members.append(("lines", self._embedded_lines(source)))
        return json_object(members)

    def _embedded_lines(self, source: str) -> str:
        """SQL for the list object in an invoice: its first lines and whether there are more."""
        line = self._object("invoice_lines", set(), "line")
        of_invoice = f"from invoice_lines line where line.invoice = {source}.id"
        return (
            'concat(\'{"object":"list","data":[\', '
            f"(select array_to_string(list({line} order by line.rowid)[:{_EMBEDDED_ENTRIES}], ',') {of_invoice}), "
            f"'],\"has_more\":', (select count(*) > {_EMBEDDED_ENTRIES} {of_invoice}), "
            f"',\"total_count\":', (select count(*) {of_invoice}), "
            f"',\"url\":\"/v1/invoices/', {source}.id, '/lines\"}}')"
        )

    @property
    def _store(self) -> Store:
        return self._sandbox.store(SYSTEM)


class _Parameters:
    """Query parameters in Stripe's bracket notation, taken one by one; what nobody takes is unknown."""

    def __init__(self, items: list[tuple[str, str]]):
        self._items = items

    def take(self, name: str) -> str | None:
        return self._take(lambda key: key == name)[-1:][0][1] if self._has(name) else None

    def take_list(self, name: str) -> list[str]:
        return [value for _, value in self._take(lambda key: re.fullmatch(rf"{name}\[\d*\]", key) is not None)]

    def take_range(self, name: str) -> list[tuple[str, int]]:
        """(SQL operator, seconds) of name[gte]=…, or of an exact name=…."""
        operators = {f"{name}[gt]": ">", f"{name}[gte]": ">=", f"{name}[lt]": "<", f"{name}[lte]": "<=", name: "="}
        return [(operators[key], _whole(value, key)) for key, value in self._take(lambda key: key in operators)]

    def expansions(self, prefix: str) -> set[str]:
        names = self.take_list("expand")
        if wrong := [name for name in names if not name.startswith(prefix)]:
            raise _refused(400, f"This property cannot be expanded ({wrong[0]}).", param="expand")
        return {name.removeprefix(prefix) for name in names}

    def limit(self) -> int:
        limit = _whole(self.take("limit") or "10", "limit")
        if not 1 <= limit <= 100:
            bound = "less than or equal to 100" if limit > 100 else "greater than or equal to 1"
            raise _refused(
                400, f"Invalid integer: this value must be {bound}.", code="parameter_invalid_integer", param="limit"
            )
        return limit

    def expect_nothing_more(self) -> None:
        if self._items:
            name = self._items[0][0]
            raise _refused(400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name)

    def _has(self, name: str) -> bool:
        return any(key == name for key, _ in self._items)

    def _take(self, is_wanted: Callable[[str], bool]) -> list[tuple[str, str]]:
        taken = [item for item in self._items if is_wanted(item[0])]
        self._items = [item for item in self._items if not is_wanted(item[0])]
        return taken


def _order(listing: Listing, store: Store) -> str:
    return listing.order if "created" in store.columns(listing.resource) else "id"


def _status_condition(status: str | None) -> str:
    """Which subscriptions a list shows: canceled ones only on request."""
    if status is None:
        return "status <> 'canceled'"
    if status not in _SUBSCRIPTION_STATUSES:
        raise _refused(
            400, f"Invalid status: must be one of {', '.join(sorted(_SUBSCRIPTION_STATUSES))}", param="status"
        )
    if status == "all":
        return "true"
    return "status in ('canceled', 'incomplete_expired')" if status == "ended" else f"status = {literal(status)}"


def _value(name: str, kind: str, column: str) -> str:
    """SQL for the JSON text of one column."""
    if name in _DECIMAL_STRINGS:
        return json_string(plain_decimal(column) if kind == "decimal" else column)
    if kind in ("boolean", "bigint", "integer"):
        return json_bare(column)
    if kind == "decimal":
        return json_bare(plain_decimal(column))
    if name in _NESTED:
        return f"case when left({column}, 1) in ('{{', '[') then {column} else {json_string(column)} end"
    return json_string(column)


def _position(rows: pa.Table, identity: str, parameter: str, object_name: str) -> int:
    position = pc.index(rows["id"], identity).as_py()
    if position < 0:
        raise _refused(
            400, f"No such {object_name.rpartition('.')[2]}: '{identity}'", code="resource_missing", param=parameter
        )
    return position


def _whole(text: str, parameter: str) -> int:
    if not re.fullmatch(r"-?\d+", text):
        raise _refused(400, f"Invalid integer: {text}", code="parameter_invalid_integer", param=parameter)
    return int(text)


def _nested_form(body: str) -> dict[str, Any]:
    """A form body with one level of brackets: metadata[a]=b → {"metadata": {"a": "b"}}."""
    form: dict[str, Any] = {}
    for key, value in parse_qsl(body, keep_blank_values=True):
        if match := re.fullmatch(r"(\w+)\[(\w+)\]", key):
            form.setdefault(match[1], {})[match[2]] = value
        else:
            form[key] = value
    return form


def _api_path(call: Call) -> str:
    return call.path[call.path.index("/v1/") :]


def _refused(status: int, message: str, **fields: str) -> Refusal:
    return Refusal(_error(status, message, "invalid_request_error", **fields))


def _error(
    status: int, message: str, kind: str, *, headers: Mapping[str, str] | None = None, **fields: str
) -> Response:
    error = {"type": kind, "message": message, **fields}
    if code := fields.get("code"):
        error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
    return json_response({"error": error}, status, headers)
