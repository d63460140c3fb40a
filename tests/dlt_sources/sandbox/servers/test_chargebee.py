"""The Chargebee server against its vendor's facts, and against chargebee, the vendor's own client."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import chargebee
import pytest
import requests

from dlt_sources.sandbox.company import Snapshot, build_world
from dlt_sources.sandbox.serve import RunningSandbox, serve
from dlt_sources.sandbox.servers.context import DEMO_CREDENTIALS, Limits
from tests.dlt_sources.sandbox.servers.clients import chargebee_client

AS_OF = date(2026, 9, 30)
KEY = DEMO_CREDENTIALS["chargebee"]["api_key"]
# Lists of the client, what they wrap rows in, and whether they show what is deleted when asked.
LISTS = {
    "customers": ("Customer", True),
    "items": ("Item", False),
    "item_prices": ("ItemPrice", False),
    "subscriptions": ("Subscription", True),
    "invoices": ("Invoice", True),
    "credit_notes": ("CreditNote", True),
    "transactions": ("Transaction", True),
    "usages": ("Usage", False),
    "events": ("Event", False),
}
Get = Callable[..., requests.Response]


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    billed = dict.fromkeys(("1010", "1020", "3010", "3020"), "chargebee")
    return build_world(seed=7, scale=0.05, billing=billed).as_of(AS_OF)


@pytest.fixture(scope="module")
def served(snapshot: Snapshot) -> Iterator[RunningSandbox]:
    with serve(snapshot, as_of=AS_OF, limits=Limits(chargebee_embedded_rows=1)) as running:
        yield running


@pytest.fixture
def client(served: RunningSandbox) -> chargebee.Chargebee:
    return chargebee_client(served.url)


@pytest.fixture
def get(served: RunningSandbox) -> Get:
    def ask(path: str, key: str = KEY, **params: Any) -> requests.Response:
        url = f"{served.url}/chargebee/api/v2/{path}"
        return requests.get(url, params=params, auth=(key, ""), timeout=30)

    return ask


def everything(service: Any, wrapper: str, **params: Any) -> list[dict[str, Any]]:
    """All rows of a list as the client gives them, page by page."""
    rows, offset = [], {}
    while True:
        answer = service.list({"limit": 100, **params, **offset})
        rows += [getattr(entry, wrapper) for entry in answer.list]
        if not answer.next_offset:
            return rows
        offset = {"offset": answer.next_offset}


@pytest.mark.parametrize("resource", LISTS)
def test_the_vendors_client_reads_every_list(client: chargebee.Chargebee, snapshot: Snapshot, resource: str) -> None:
    service, shows_deleted = LISTS[resource]
    wrapper = resource.removesuffix("s")
    found = everything(getattr(client, service), wrapper, **({"include_deleted": "true"} if shows_deleted else {}))
    table = snapshot.vendor("chargebee")[resource]
    expected = {row["id"]: row for row in table.to_pylist()}
    assert {row.id for row in found} == set(expected) and len(found) == len(expected) > 3
    for row in found:
        for name, value in expected[row.id].items():
            shown = row.raw_data.get(name)
            assert shown == (json.loads(value) if isinstance(shown, (dict, list)) else value), (row.id, name)


def test_what_is_deleted_shows_only_when_asked_for(client: chargebee.Chargebee, snapshot: Snapshot) -> None:
    for service, resource in ((client.Customer, "customers"), (client.Invoice, "invoices")):
        rows = snapshot.vendor("chargebee")[resource].to_pylist()
        kept = {row["id"] for row in rows if not row["deleted"]}
        assert len(kept) < len(rows)
        assert {row.id for row in everything(service, resource.removesuffix("s"))} == kept


def test_a_long_invoice_has_its_further_lines_in_pages_of_its_own(get: Get, snapshot: Snapshot) -> None:
    lines = snapshot.vendor("chargebee")["invoice_lines"].to_pylist()
    owners = [line["invoice_id"] for line in lines]
    number = next(owner for owner in owners if owners.count(owner) == 2)
    first = get(f"invoices/{number}").json()["invoice"]
    rest = get(f"invoices/{number}", line_items_offset=first["line_items_next_offset"], line_items_limit=5).json()
    read = [*first["line_items"], *rest["invoice"]["line_items"]]
    assert [line["id"] for line in read] == [line["id"] for line in lines if line["invoice_id"] == number]
    assert "line_items_next_offset" not in rest["invoice"]
    assert {"invoice_id", "currency_code"}.isdisjoint(read[0])


def test_members_without_a_value_are_left_out_and_rows_stand_in_a_wrapper(get: Get) -> None:
    entry = get("subscriptions", limit=1, **{"status[is]": "active"}).json()["list"][0]
    assert set(entry) == {"subscription", "customer"}
    assert entry["subscription"]["customer_id"] == entry["customer"]["id"]
    assert "cancelled_at" not in entry["subscription"] and None not in entry["subscription"].values()


def test_changes_are_asked_for_by_time_oldest_first(get: Get, snapshot: Snapshot) -> None:
    stamps = sorted(row["updated_at"] for row in snapshot.vendor("chargebee")["invoices"].to_pylist())
    middle = stamps[len(stamps) // 2]
    query = {"updated_at[after]": middle, "sort_by[asc]": "updated_at", "limit": 100, "include_deleted": "true"}
    found = [entry["invoice"]["updated_at"] for entry in get("invoices", **query).json()["list"]]
    assert found == [stamp for stamp in stamps if stamp > middle][:100] and found


@pytest.mark.parametrize(
    ("path", "params", "status", "code"),
    [
        ("invoices", {"limit": 101}, 400, "param_wrong_value"),
        ("usages", {"sort_by[asc]": "updated_at"}, 400, "param_wrong_value"),
        ("credit_notes", {"sort_by[asc]": "updated_at"}, 400, "param_wrong_value"),
        ("invoices", {"colour[is]": "red"}, 400, "param_wrong_value"),
        ("invoices", {"offset": "elsewhere"}, 400, "param_wrong_value"),
        ("invoices/none", {}, 404, "resource_not_found"),
        ("plans", {}, 404, "resource_not_found"),
        ("invoices", {"key": "wrong"}, 401, "api_authentication_failed"),
    ],
)
def test_what_cannot_be_is_refused_in_the_vendors_words(
    get: Get, path: str, params: dict[str, Any], status: int, code: str
) -> None:
    answer = get(path, **params)
    assert (answer.status_code, answer.json()["api_error_code"]) == (status, code)
    assert {"message", "type", "http_status_code"} <= set(answer.json())


def test_the_vendors_client_meets_the_vendors_errors(client: chargebee.Chargebee, served: RunningSandbox) -> None:
    with pytest.raises(chargebee.InvalidRequestError) as missing:
        client.Invoice.retrieve("none")
    assert missing.value.api_error_code == "resource_not_found"
    with pytest.raises(chargebee.APIError) as refused:
        chargebee_client(served.url, "wrong").Customer.list()
    assert refused.value.http_status_code == 401
