"""Stripe's REST API: cursored lists newest first, expansion, events, meters, idempotent creation, error bodies."""

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from starlette.responses import Response
from starlette.routing import Route

from dlt_sources.sandbox.faults import Fault
from dlt_sources.sandbox.servers.context import Sandbox
from dlt_sources.sandbox.servers.store import (
    Store,
    identifier,
    literal,
)
from dlt_sources.sandbox.servers.stripe_objects import OBJECT_NAMES, TEXT, object_json, prepare
from dlt_sources.sandbox.servers.stripe_parameters import Parameters, error, nested_form, refused, whole_number
from dlt_sources.sandbox.servers.web import Call, Refusal, basic_credentials, endpoint, json_response, json_text

SYSTEM = "stripe"
API_VERSION = "2026-06-24.dahlia"
# Before this release subscriptions and invoices had another shape, which is not served here.
_OLDEST_SHAPE = "2025-03-31"
_EVENT_RETENTION = timedelta(days=30)
_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Listing:
    """One list endpoint: the resource behind it and the SQL of each filter it takes."""

    path: str
    resource: str
    # Query parameter → SQL condition with one `?`; ranges are parameters like created[gte].
    filters: Mapping[str, str] = field(default_factory=dict)
    ranges: tuple[str, ...] = ("created",)
    required: tuple[str, ...] = ()
    order: str = "created desc, id desc"

    @property
    def object(self) -> str:
        return OBJECT_NAMES[self.resource]


def _equal(*columns: str) -> dict[str, str]:
    return {column: f"{identifier(column)} = ?" for column in columns}


_IS_ACTIVE = {"active": "active = cast(? as boolean)"}
_OF_SUBSCRIPTION = {"subscription": "json_extract_string(parent, '$.subscription_details.subscription') = ?"}
# Which pay-out settles a movement is no field of it, only a filter.
_OF_PAYOUT = {"payout": "_payout = ?"}
_LISTINGS = (
    Listing("customers", "customers", _equal("email")),
    Listing("products", "products", _IS_ACTIVE),
    Listing("prices", "prices", _equal("product", "currency", "type") | _IS_ACTIVE),
    Listing("subscriptions", "subscriptions", _equal("customer", "collection_method")),
    Listing("subscription_items", "subscription_items", _equal("subscription"), (), ("subscription",)),
    Listing(
        "invoices",
        "invoices",
        _equal("customer", "status", "collection_method") | _OF_SUBSCRIPTION,
        ("created", "due_date"),
    ),
    Listing("credit_notes", "credit_notes", _equal("customer", "invoice")),
    Listing("charges", "charges", _equal("customer", "payment_intent")),
    Listing("refunds", "refunds", _equal("charge")),
    Listing("payouts", "payouts", _equal("status"), ("created", "arrival_date")),
    Listing("balance_transactions", "balance_transactions", _equal("type", "currency", "source") | _OF_PAYOUT),
    Listing("events", "events"),
    Listing("billing/meters", "meters", _equal("status"), ()),
)
LISTINGS = {listing.path: listing for listing in _LISTINGS}
_LONGEST_FIRST = "|".join(sorted(LISTINGS, key=len, reverse=True))
_PATH = re.compile(rf"/v1/(?P<list>{_LONGEST_FIRST})(?:/(?P<id>[^/]+)(?:/(?P<nested>lines|event_summaries))?)?$")
_SUBSCRIPTION_STATUSES = frozenset(
    ("active", "all", "canceled", "ended", "incomplete", "incomplete_expired", "past_due", "paused", "trialing")
)


class StripeServer:
    """The API under `/v1/`; amounts are integer minor units, timestamps unix seconds, ids as the snapshot has them."""

    system = SYSTEM

    def __init__(self, sandbox: Sandbox):
        self._sandbox = sandbox
        sandbox.prepare(SYSTEM, prepare)
        self._request_numbers = count(1)
        self._created_numbers = count(1)
        self._lock = threading.Lock()
        self._answers: dict[str, tuple[str, str]] = {}  # idempotency key → (request, response body)

    def routes(self) -> list[Route]:
        return [Route("/v1/{path:path}", endpoint(self._serve), methods=["GET", "POST", "DELETE"])]

    def fault_response(self, fault: Fault) -> Response:
        if fault.label == "rate_limit":
            headers = {"Stripe-Rate-Limited-Reason": "global-rate"}
            if fault.retry_after is not None:
                headers["Retry-After"] = str(fault.retry_after)
            return error(429, "Request rate limit exceeded.", "rate_limit_error", code="rate_limit", headers=headers)
        return error(fault.status or 500, "An unknown error occurred", "api_error")

    def _serve(self, call: Call) -> Response:
        response = self._answer(call)
        response.headers["Request-Id"] = f"req_{next(self._request_numbers):014d}"
        response.headers["Stripe-Version"] = call.headers.get("stripe-version", API_VERSION)
        return response

    def _answer(self, call: Call) -> Response:
        try:
            self._authenticate(call)
            self._check_version(call)
            match = _PATH.search(call.path)
            if not match or (
                call.method != "GET" and (call.method, match["list"], match["id"]) != ("POST", "customers", None)
            ):
                raise refused(
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
            raise refused(
                401,
                "You did not provide an API key. You need to provide your API key in the Authorization "
                "header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            )
        if key != self._sandbox.credentials[SYSTEM]["api_key"]:
            raise refused(401, f"Invalid API Key provided: {key[:8]}{'*' * 12}{key[-4:]}")
        if call.meets("expired_token"):
            raise refused(401, "Expired API Key provided", code="api_key_expired")

    def _check_version(self, call: Call) -> None:
        version = call.headers.get("stripe-version", API_VERSION)
        if not re.fullmatch(r"\d{4}-\d\d-\d\d(\.\w+)?", version) or version < _OLDEST_SHAPE:
            raise refused(400, f"Invalid Stripe API version: {version}. This server has the shapes of {API_VERSION}.")

    # Lists

    def _list(self, call: Call, listing: Listing) -> Response:
        parameters = Parameters(call.query.multi_items())
        conditions, values = self._conditions(listing, parameters)
        where = " and ".join(conditions) or "true"
        table = identifier(listing.resource)
        rows = self._store.select(
            f"select * from {table} where {where} order by {_order(listing, self._store)}", values
        )
        return self._page(call, rows, parameters, listing.resource, listing.object, _api_path(call))

    def _page(
        self, call: Call, rows: pa.Table, parameters: Parameters, resource: str, object_name: str, url: str
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
        if TEXT in rows.column_names:
            data = rows[TEXT].slice(start, stop - start).to_pylist()
        else:
            data = self._store.encode_page(rows, object_json(self._store, resource, expand), start, stop)
        return json_text(
            f'{{"object":"list","data":[{",".join(data)}],"has_more":{json.dumps(has_more)},"url":{json.dumps(url)}}}'
        )

    def _conditions(self, listing: Listing, parameters: Parameters) -> tuple[list[str], list[Any]]:
        """The SQL conditions of the filters that were asked for, and of what a list never shows."""
        conditions: list[str] = []
        values: list[Any] = []
        if listing.resource == "subscriptions":
            conditions.append(_status_condition(parameters.take("status")))
        if listing.resource == "customers" and "deleted" in self._store.columns("customers"):
            conditions.append("deleted is not true")
        if listing.resource == "events":
            conditions.append(f"created >= {int((self._sandbox.now - _EVENT_RETENTION).timestamp())}")
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
            raise refused(400, f"Missing required param: {missing[0]}.", code="parameter_missing", param=missing[0])
        return conditions, values

    # Single objects and what hangs on them

    def _retrieve(self, call: Call, listing: Listing, identity: str) -> Response:
        parameters = Parameters(call.query.multi_items())
        expand = parameters.expansions("")
        parameters.expect_nothing_more()
        row = self._row(listing, identity)
        if "deleted" in row.column_names and row["deleted"][0].as_py():
            return json_response({"id": identity, "object": listing.object, "deleted": True})
        return json_text(self._store.encode(row, object_json(self._store, listing.resource, expand))[0])

    def _row(self, listing: Listing, identity: str) -> pa.Table:
        row = self._store.select(f"select * from {identifier(listing.resource)} where id = ?", [identity])
        if row.num_rows == 0:
            raise refused(
                404, f"No such {listing.object.rpartition('.')[2]}: '{identity}'", code="resource_missing", param="id"
            )
        return row

    def _nested(self, call: Call, listing: Listing, identity: str, nested: str) -> Response:
        parameters = Parameters(call.query.multi_items())
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
        raise refused(404, f"Unrecognized request URL ({call.method}: {_api_path(call)}).")

    def _usage(self, meter: str, parameters: Parameters) -> pa.Table:
        """Usage of one customer on one meter: a row per day, or one sum over the asked time, newest first."""
        customer = parameters.take("customer")
        start, end = parameters.take("start_time"), parameters.take("end_time")
        for name, value in (("customer", customer), ("start_time", start), ("end_time", end)):
            if value is None:
                raise refused(400, f"Missing required param: {name}.", code="parameter_missing", param=name)
        window = parameters.take("value_grouping_window")
        if window not in (None, "day"):
            raise refused(
                400,
                f"Invalid value_grouping_window: '{window}' is not kept here, use day",
                param="value_grouping_window",
            )
        bounds = [whole_number(start, "start_time"), whole_number(end, "end_time")]
        step = _DAY_SECONDS if window == "day" else 60
        for name, moment in zip(("start_time", "end_time"), bounds, strict=True):
            if moment % step:
                raise refused(400, f"`{name}` must align with {'day' if window else 'minute'} boundaries", param=name)
        if window == "day":
            # Every customer's usage is asked for, one after the other.
            days = self._store.part("meter_event_summaries", {"meter": meter, "customer": customer}, "start_time desc")
            return days.filter((pc.field("start_time") >= bounds[0]) & (pc.field("end_time") <= bounds[1]))
        condition = "meter = ? and customer = ? and start_time >= ? and end_time <= ?"
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
                    return error(
                        400,
                        "Keys for idempotent requests can only be used with the same parameters they were "
                        f"first used with. Try using a key other than '{key}' if you meant to execute a "
                        "different request.",
                        "idempotency_error",
                    )
                return json_text(answer, headers={"Idempotency-Key": key, "Idempotent-Replayed": "true"})
            answer = self._insert_customer(nested_form(request))
            if key:
                self._answers[key] = (request, answer)
        return json_text(answer, headers={"Idempotency-Key": key} if key else None)

    def _insert_customer(self, form: Mapping[str, Any]) -> str:
        writable = {"name", "email", "description", "metadata", "address"}
        if unknown := sorted(set(form) - writable):
            raise refused(400, f"Received unknown parameter: {unknown[0]}", code="parameter_unknown", param=unknown[0])
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
        return self._store.encode(created, object_json(self._store, "customers", set()))[0]

    @property
    def _store(self) -> Store:
        return self._sandbox.store(SYSTEM)


def _order(listing: Listing, store: Store) -> str:
    return listing.order if "created" in store.columns(listing.resource) else "id"


def _status_condition(status: str | None) -> str:
    """Which subscriptions a list shows: canceled ones only on request."""
    if status is None:
        return "status <> 'canceled'"
    if status not in _SUBSCRIPTION_STATUSES:
        raise refused(
            400, f"Invalid status: must be one of {', '.join(sorted(_SUBSCRIPTION_STATUSES))}", param="status"
        )
    if status == "all":
        return "true"
    return "status in ('canceled', 'incomplete_expired')" if status == "ended" else f"status = {literal(status)}"


def _position(rows: pa.Table, identity: str, parameter: str, object_name: str) -> int:
    position = pc.index(rows["id"], identity).as_py()
    if position < 0:
        raise refused(
            400, f"No such {object_name.rpartition('.')[2]}: '{identity}'", code="resource_missing", param=parameter
        )
    return position


def _api_path(call: Call) -> str:
    return call.path[call.path.index("/v1/") :]
