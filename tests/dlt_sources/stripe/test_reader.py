"""What changed is what events name: read again, deletions as tombstones, everything again after too long a gap."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from dlt_sources.registry import load_systems
from dlt_sources.stripe.reader import StripeReader
from tests.dlt_sources.fakes import FakeServer, FastClock, Reply, Request, assignment, rows_of

NIGHT_ONE = "2026-09-29T20:00:00.000Z"


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def event(kind: str, subject: dict[str, Any], at: str) -> dict[str, Any]:
    return {"id": f"evt_{kind}_{at}", "type": kind, "created": seconds(at), "data": {"object": subject}}


def listed(*rows: dict[str, Any]) -> Reply:
    return Reply({"object": "list", "url": "/", "has_more": False, "data": list(rows)})


def make_reader(server: FakeServer, clock: FastClock, **cursors: str) -> StripeReader:
    return StripeReader(assignment(load_systems()["stripe"], server, clock, cursors=cursors, as_of=date(2026, 9, 30)))


def paths(server: FakeServer) -> list[str]:
    return [request.path for request in server.requests]


def cursor_of(reader: StripeReader, resource: str) -> str | None:
    return reader.cursor_after(reader.assignment.system.resources[resource])


def test_the_first_load_lists_everything_and_remembers_the_newest_event_of_before(
    server: FakeServer, clock: FastClock
) -> None:
    server.routes["/v1/events"] = listed(event("invoice.paid", {}, "2026-09-29T20:00:00"))
    server.routes["/v1/customers"] = listed({"id": "cus_1", "created": seconds("2025-01-01T00:00:00")})
    reader = make_reader(server, clock)
    assert [row["id"] for row in rows_of(reader, "customers")] == ["cus_1"]
    assert paths(server) == ["/v1/events", "/v1/customers"]
    assert cursor_of(reader, "customers") == NIGHT_ONE


def test_without_any_event_the_newest_object_is_the_cursor(server: FakeServer, clock: FastClock) -> None:
    server.routes["/v1/events"] = listed()
    server.routes["/v1/customers"] = listed({"id": "cus_1", "created": seconds("2025-01-01T00:00:00")})
    reader = make_reader(server, clock)
    spec = reader.assignment.system.resources["customers"]
    for page in reader.pages(spec):
        reader.observe(spec, page)
    assert cursor_of(reader, "customers") == "2025-01-01T00:00:00.000Z"


def test_the_next_load_reads_again_what_events_name_and_each_object_once(server: FakeServer, clock: FastClock) -> None:
    server.routes["/v1/events"] = listed(
        event("customer.subscription.deleted", {"id": "sub_1", "object": "subscription"}, "2026-09-30T10:00:00"),
        event("customer.updated", {"id": "cus_1", "object": "customer"}, "2026-09-30T09:00:00"),
        event(
            "customer.tax_id.created", {"id": "txi_1", "object": "tax_id", "customer": "cus_2"}, "2026-09-30T08:00:00"
        ),
        event("customer.updated", {"id": "cus_1", "object": "customer"}, "2026-09-29T23:00:00"),
        event("customer.updated", {"id": "cus_3", "object": "customer"}, "2026-09-29T18:00:00"),
    )
    for name in ("cus_1", "cus_2"):
        server.routes[f"/v1/customers/{name}"] = Reply({"id": name, "name": "as of now"})
    reader = make_reader(server, clock, customers=NIGHT_ONE)
    assert rows_of(reader, "customers") == [
        {"id": "cus_1", "name": "as of now"},
        {"id": "cus_2", "name": "as of now"},
    ]
    assert server.requests[1].query == {"expand[]": ["tax_ids"]}
    assert cursor_of(reader, "customers") == "2026-09-30T10:00:00.000Z"


def test_a_deleted_object_is_a_tombstone_whether_the_server_remembers_it_or_not(
    server: FakeServer, clock: FastClock
) -> None:
    server.routes["/v1/events"] = listed(
        event("customer.deleted", {"id": "cus_1", "object": "customer"}, "2026-09-30T09:00:00"),
        event("invoice.deleted", {"id": "in_1", "object": "invoice"}, "2026-09-30T09:00:00"),
    )
    server.routes["/v1/customers/cus_1"] = Reply({"id": "cus_1", "object": "customer", "deleted": True})
    reader = make_reader(server, clock, customers=NIGHT_ONE, invoices=NIGHT_ONE)
    assert rows_of(reader, "customers") == [{"id": "cus_1", "object": "customer", "deleted": True}]
    assert rows_of(reader, "invoices") == [{"id": "in_1", "deleted": True}]
    assert all(reader.is_tombstone(row) for row in rows_of(reader, "customers"))


def test_a_cancelled_subscription_is_not_a_deleted_one(server: FakeServer, clock: FastClock) -> None:
    server.routes["/v1/events"] = listed(
        event("customer.subscription.deleted", {"id": "sub_1", "object": "subscription"}, "2026-09-30T09:00:00")
    )
    items = {"object": "list", "url": "/", "has_more": False, "data": [{"id": "si_1", "subscription": "sub_1"}]}
    server.routes["/v1/subscriptions/sub_1"] = Reply({"id": "sub_1", "status": "canceled", "items": items})
    reader = make_reader(server, clock, subscriptions=NIGHT_ONE)
    assert [row["status"] for row in rows_of(reader, "subscriptions")] == ["canceled"]
    assert rows_of(reader, "subscription_items") == [{"id": "si_1", "subscription": "sub_1"}]


def test_after_more_than_thirty_days_everything_is_read_again(server: FakeServer, clock: FastClock) -> None:
    server.routes["/v1/events"] = listed(event("customer.updated", {}, "2026-09-30T09:00:00"))
    server.routes["/v1/customers"] = listed({"id": "cus_1", "created": 1})
    reader = make_reader(server, clock, customers="2026-08-31T12:00:00.000Z")
    assert [row["id"] for row in rows_of(reader, "customers")] == ["cus_1"]
    assert cursor_of(reader, "customers") == "2026-09-30T09:00:00.000Z"


def test_a_load_without_events_keeps_its_cursor(server: FakeServer, clock: FastClock) -> None:
    server.routes["/v1/events"] = listed()
    reader = make_reader(server, clock, customers=NIGHT_ONE)
    assert rows_of(reader, "customers") == []
    assert cursor_of(reader, "customers") == NIGHT_ONE


def test_all_resources_share_one_reading_of_the_events(server: FakeServer, clock: FastClock) -> None:
    server.routes["/v1/events"] = listed()
    reader = make_reader(server, clock, customers=NIGHT_ONE, invoices=NIGHT_ONE, payouts=NIGHT_ONE)
    for name in ("customers", "invoices", "payouts"):
        rows_of(reader, name)
    assert paths(server) == ["/v1/events"]


def test_usage_is_asked_per_meter_and_customer_in_whole_days(server: FakeServer, clock: FastClock) -> None:
    def usage(request: Request) -> Reply:
        return listed({"id": "u_1", "meter": "mtr_1", "start_time": int(request.query["start_time"][0])})

    server.routes["/v1/billing/meters"] = listed({"id": "mtr_1"})
    server.routes["/v1/customers"] = listed(
        {"id": "cus_1", "created": seconds("2026-09-01T15:00:00")},
        {"id": "cus_new", "created": seconds("2026-10-02T00:00:00")},
    )
    server.routes["/v1/billing/meters/mtr_1/event_summaries"] = usage
    assert rows_of(make_reader(server, clock), "meter_event_summaries") == [
        {"id": "u_1", "meter": "mtr_1", "customer": "cus_1", "start_time": str(seconds("2026-09-01T00:00:00"))}
    ]
    window = server.requests[-1].query
    assert window["value_grouping_window"] == ["day"]
    assert window["end_time"] == [str(seconds("2026-10-01T00:00:00"))]


def test_late_usage_is_read_again_for_35_days(server: FakeServer, clock: FastClock) -> None:
    server.routes["/v1/billing/meters"] = listed({"id": "mtr_1"})
    server.routes["/v1/customers"] = listed({"id": "cus_1", "created": seconds("2025-01-01T15:00:00")})
    server.routes["/v1/billing/meters/mtr_1/event_summaries"] = listed()
    rows_of(make_reader(server, clock, meter_event_summaries="2026-09-29T00:00:00.000Z"), "meter_event_summaries")
    assert server.requests[-1].query["start_time"] == [str(seconds("2026-08-25T00:00:00"))]
