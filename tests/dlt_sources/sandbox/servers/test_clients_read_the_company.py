"""The vendors' clients read the whole simulated company over HTTP and get the rows it was made of, value by value."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import requests

from dlt_sources.sandbox.company import Snapshot, build_world
from dlt_sources.sandbox.serve import RunningSandbox, serve
from dlt_sources.sandbox.servers.anaplan_model import PLAN_EXPORT, PLAN_MODULE, VERSIONS
from dlt_sources.sandbox.servers.context import Limits
from dlt_sources.sandbox.servers.salesforce_wire import OBJECTS
from dlt_sources.sandbox.servers.sap_services import SERVICES
from tests.dlt_sources.sandbox.servers.clients import (
    anaplan_client,
    pyodata_client,
    pyodata_entities,
    salesforce_client,
    sap_session,
    stripe_client,
)

AS_OF = date(2026, 9, 30)
Row = dict[str, Any]


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return build_world(seed=11, scale=0.03).as_of(AS_OF)


@pytest.fixture(scope="module")
def served(snapshot: Snapshot) -> Iterator[RunningSandbox]:
    with serve(snapshot, as_of=AS_OF, limits=Limits(sap_page_rows=1000, anaplan_chunk_bytes=10_007)) as running:
        yield running


def by_key(rows: list[Row], key: tuple[str, ...]) -> dict[tuple, Row]:
    indexed = {tuple(row[name] for name in key): row for row in rows}
    assert len(indexed) == len(rows), f"{key} repeats"
    return indexed


def instant(value: date | datetime | None) -> datetime | None:
    """Dates and times as instants in UTC, for clients that make the one of the other."""
    if value is None:
        return None
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("service", "set_name"), [(service, name) for service in SERVICES for name in SERVICES[service]]
)
def test_pyodata_reads_every_entity_set(
    served: RunningSandbox, snapshot: Snapshot, service: str, set_name: str
) -> None:
    entity_set = SERVICES[service][set_name]
    table = snapshot.vendor("sap_s4hana")[entity_set.resource]
    with sap_session() as session:
        entities = pyodata_entities(pyodata_client(served.url, service, session), set_name)
    key = entity_set.grain or entity_set.key
    amounts = {field.name for field in table.schema if str(field.type).startswith("decimal")}

    def plain(name: str, value: Any) -> Any:
        """A value without the client's own type: pyodata leaves amounts as text and makes times of dates."""
        if name in amounts and value is not None:
            return Decimal(value)
        return instant(value) if isinstance(value, date) else value

    found = [{name: plain(name, getattr(entity, name)) for name in table.column_names} for entity in entities]
    expected = [{name: plain(name, value) for name, value in row.items()} for row in table.to_pylist()]
    assert by_key(found, key) == by_key(expected, key)


@pytest.mark.parametrize("sobject", OBJECTS)
def test_simple_salesforce_reads_every_object(served: RunningSandbox, snapshot: Snapshot, sobject: str) -> None:
    table = snapshot.vendor("salesforce")[OBJECTS[sobject][0]]
    # Fields of the vendor's begin with a capital; others are added by a load.
    table = table.select([name for name in table.column_names if name[0].isupper()])
    client = salesforce_client(served.url)
    client.parse_float = Decimal
    records = client.query_all(f"SELECT {', '.join(table.column_names)} FROM {sobject}", include_deleted=True)[
        "records"
    ]
    kinds = {field.name: str(field.type) for field in table.schema}
    found = [{name: from_rest(record[name], kinds[name]) for name in table.column_names} for record in records]
    assert by_key(found, ("Id",)) == by_key([in_utc(row) for row in table.to_pylist()], ("Id",))


def from_rest(value: Any, kind: str) -> Any:
    """A value of the REST API in the type of the table's column."""
    if value is None:
        return None
    if kind.startswith("timestamp"):
        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%f%z")
    if kind.startswith("date"):
        return date.fromisoformat(value)
    return Decimal(str(value)) if kind.startswith("decimal") else value


def in_utc(row: Row) -> Row:
    return {name: instant(value) if isinstance(value, datetime) else value for name, value in row.items()}


def test_simple_salesforce_reads_the_same_opportunities_in_bulk(served: RunningSandbox, snapshot: Snapshot) -> None:
    table = snapshot.vendor("salesforce")["opportunities"]
    pages = salesforce_client(served.url).bulk2.Opportunity.query_all(
        "SELECT Id, Amount, StageName, IsDeleted FROM Opportunity", wait=0.05
    )
    found = [record for page in pages for record in csv.DictReader(io.StringIO(page))]
    expected = table.select(["Id", "Amount", "StageName", "IsDeleted"]).to_pylist()
    assert by_key(found, ("Id",)).keys() == by_key(expected, ("Id",)).keys()
    assert sum(Decimal(row["Amount"] or 0) for row in found) == sum(row["Amount"] or 0 for row in expected)
    assert sum(row["IsDeleted"] == "true" for row in found) == sum(row["IsDeleted"] for row in expected)


# Lists of the API, with what they must be asked for to be whole.
STRIPE_LISTS = {
    "customers": {"expand": ["data.tax_ids"]},
    "products": {},
    "prices": {},
    "subscriptions": {"status": "all"},
    "invoices": {},
    "credit_notes": {},
    "charges": {},
    "refunds": {},
    "payouts": {},
    "balance_transactions": {},
    "events": {},
}


@pytest.mark.parametrize("resource", STRIPE_LISTS)
def test_the_stripe_client_reads_every_list(served: RunningSandbox, snapshot: Snapshot, resource: str) -> None:
    service = getattr(stripe_client(served.url).v1, resource)
    objects = list(service.list({"limit": 100, **STRIPE_LISTS[resource]}).auto_paging_iter())
    rows = [row for row in snapshot.vendor("stripe")[resource].to_pylist() if not row.get("deleted")]
    # The client makes decimals of decimal strings; as text they are again what was sent.
    shown_objects = [json.loads(json.dumps(each.to_dict(), default=str)) for each in objects]
    found, expected = by_key(shown_objects, ("id",)), by_key(rows, ("id",))
    assert found.keys() == expected.keys()
    for identity, row in expected.items():
        for name, value in row.items():
            if name.startswith("_") or (resource, name) == ("events", "data") or name == "deleted":
                continue
            shown = found[identity][name]
            assert shown == (json.loads(value) if isinstance(shown, (dict, list)) else value), (identity, name)


def test_the_stripe_client_reads_every_invoice_line_and_day_of_usage(
    served: RunningSandbox, snapshot: Snapshot
) -> None:
    tables, client = snapshot.vendor("stripe"), stripe_client(served.url)
    lines = [
        line
        for invoice in client.v1.invoices.list({"limit": 100}).auto_paging_iter()
        for line in invoice.lines.auto_paging_iter()
    ]
    expected = by_key(tables["invoice_lines"].to_pylist(), ("id",))
    assert {line.id: (line.invoice, line.amount, line.quantity) for line in lines} == {
        row["id"]: (row["invoice"], row["amount"], row["quantity"]) for row in expected.values()
    }
    usage = tables["meter_event_summaries"].to_pylist()
    customer = usage[0]["customer"]
    asked = {"customer": customer, "value_grouping_window": "day", "limit": 100, "start_time": 1_727_740_800,
             "end_time": 1_790_812_800}  # fmt: skip
    meter = client.v1.billing.meters.list().data[0]
    days = list(client.v1.billing.meters.event_summaries.list(meter.id, asked).auto_paging_iter())
    assert {(day.start_time, int(day.aggregated_value)) for day in days} == {
        (row["start_time"], row["aggregated_value"]) for row in usage if row["customer"] == customer
    }


def test_events_show_an_invoice_as_it_became_what_it_is(served: RunningSandbox) -> None:
    client = stripe_client(served.url)
    paid = client.v1.events.list({"types": ["invoice.paid"], "limit": 1}).data[0].data.object
    assert paid.to_dict() == client.v1.invoices.retrieve(paid.id).to_dict()
    shown = {
        event.type: event.data.object
        for event in client.v1.events.list({"types": ["invoice.*"], "limit": 100}).auto_paging_iter()
        if event.data.object.id == paid.id
    }
    assert {kind: invoice.status for kind, invoice in shown.items()} == {
        "invoice.created": "draft", "invoice.finalized": "open", "invoice.paid": "paid"
    }  # fmt: skip
    assert [shown[kind].number for kind in ("invoice.created", "invoice.finalized")] == [None, paid.number]
    assert [shown[kind].amount_paid for kind in ("invoice.finalized", "invoice.paid")] == [0, paid.total]


def test_anaplan_sdk_reads_the_whole_plan_and_its_lists(served: RunningSandbox, snapshot: Snapshot) -> None:
    tables, client = snapshot.vendor("anaplan"), anaplan_client(served.url)
    plan = list(csv.DictReader(io.StringIO(client.export_and_download(int(PLAN_EXPORT)).decode())))
    expected = tables["plan_lines"].to_pylist()
    assert [row | {"Amount": Decimal(row["Amount"])} for row in plan] == expected
    members = [(each.name, item.code, item.name) for each in client.tr.get_lists()
               for item in client.tr.get_list_items(each.id)]  # fmt: skip
    assert members == [(row["list_name"], row["code"], row["name"]) for row in tables["list_items"].to_pylist()]
    assert client.tr.get_current_period().period_text == "Sep 26"


def test_anaplan_sdk_reads_the_plan_cell_by_cell(served: RunningSandbox, snapshot: Snapshot) -> None:
    """Months add up to the plan; quarters, the year and all entities together add the same up again."""
    tables, client = snapshot.vendor("anaplan"), anaplan_client(served.url)
    axes = client.tr.get_view_info(int(PLAN_MODULE))
    assert [dimension.name for dimension in axes.pages + axes.columns] == ["Versions", "Line Items", "Time"]
    version = next(row for row in tables["versions"].to_pylist() if row["name"] == "Budget FY26")
    grid = client.tr.get_view_data(int(PLAN_MODULE), pages=[(int(VERSIONS), int(version["id"]))])
    assert grid["pages"] == ["Budget FY26"]
    periods = [labels[1] for labels in grid["columnCoordinates"]]
    planned = [row for row in tables["plan_lines"].to_pylist() if row["Version"] == "Budget FY26"]
    total = sum(row["Amount"] for row in planned)
    for is_shown in (lambda label: len(label) == 6, lambda label: label[0] == "Q", lambda label: label == "FY26"):
        for is_of_all in (True, False):
            cells = [
                Decimal(cell or 0)
                for row in grid["rows"]
                if (row["rowCoordinates"][0] == "All Entities") == is_of_all
                for period, cell in zip(periods, row["cells"], strict=True)
                if is_shown(period)
            ]
            assert sum(cells) == total


def test_the_rate_history_has_every_rate_and_nothing_else(served: RunningSandbox, snapshot: Snapshot) -> None:
    text = requests.get(f"{served.url}/ecb/eurofxref-hist.csv", timeout=30).text
    quoted = {
        (row["Date"], currency): rate
        for row in csv.DictReader(io.StringIO(text))
        for currency, rate in row.items()
        if currency not in ("Date", "", None)
    }
    rows = snapshot.vendor("ecb")["rates"].to_pylist()
    assert quoted == {(str(row["Date"]), row["currency"]): row["rate"] for row in rows}
