"""The Stripe server against its vendor's facts, and against stripe, the vendor's own client."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
import requests
import stripe

from dlt_sources.sandbox.serve import RunningSandbox
from dlt_sources.sandbox.servers.context import DEMO_CREDENTIALS
from tests.dlt_sources.sandbox.servers.clients import stripe_client
from tests.dlt_sources.sandbox.servers.tiny_company import AS_OF, TinyCompany, seconds

KEY = DEMO_CREDENTIALS["stripe"]["api_key"]
AUGUST = {"start_time": seconds(date(2026, 8, 1), 0), "end_time": seconds(date(2026, 9, 1), 0)}


@pytest.fixture
def client(sandbox: RunningSandbox) -> stripe.StripeClient:
    return stripe_client(sandbox.url)


def get(stripe_api: requests.Session, path: str, **params: object) -> requests.Response:
    return stripe_api.get(f"{stripe_api.url}/{path}", params=params, timeout=10)


def test_the_vendors_client_reads_every_customer_with_tax_ids(
    client: stripe.StripeClient, company: TinyCompany
) -> None:
    expected = {row["id"]: row for row in company.vendor("stripe")["customers"].to_pylist() if not row["deleted"]}
    found = list(client.v1.customers.list({"limit": 50, "expand": ["data.tax_ids"]}).auto_paging_iter())
    assert len(found) == len(expected) > 100, "more than one page"
    for customer in found:
        row = expected[customer.id]
        assert (customer.name, customer.email, customer.created) == (row["name"], row["email"], row["created"])
        assert customer.tax_ids.data[0].value == json.loads(row["tax_ids"])["data"][0]["value"]


def test_the_vendors_client_reads_invoices_and_all_their_lines(
    client: stripe.StripeClient, company: TinyCompany
) -> None:
    tables = company.vendor("stripe")
    amounts: dict[str, list[int]] = {}
    for line in tables["invoice_lines"].to_pylist():
        amounts.setdefault(line["invoice"], []).append(line["amount"])
    invoices = list(client.v1.invoices.list({"limit": 7}).auto_paging_iter())
    assert {invoice.id for invoice in invoices} == set(tables["invoices"]["id"].to_pylist())
    for invoice in invoices:
        embedded = invoice.lines
        lines = list(embedded.auto_paging_iter())
        assert [line.amount for line in lines] == amounts[invoice.id]
        assert embedded.has_more is (len(lines) > 10)
        assert invoice.parent.subscription_details.subscription.startswith("sub_")


def test_the_vendors_client_reads_every_list(client: stripe.StripeClient, company: TinyCompany) -> None:
    tables = company.vendor("stripe")
    for service, resource in (
        (client.v1.products, "products"),
        (client.v1.prices, "prices"),
        (client.v1.balance_transactions, "balance_transactions"),
        (client.v1.billing.meters, "meters"),
    ):
        assert [each.id for each in service.list()] == tables[resource]["id"].to_pylist()[::-1], resource
    items = client.v1.subscription_items.list({"subscription": "sub_0001"})
    assert [item.id for item in items] == ["si_1"]


def test_the_vendors_client_reads_usage_per_day(client: stripe.StripeClient) -> None:
    usage = client.v1.billing.meters.event_summaries.list(
        "mtr_1", {"customer": "cus_0001", "value_grouping_window": "day", **AUGUST}
    )
    assert [(each.start_time, each.aggregated_value) for each in usage] == [
        (AUGUST["start_time"] + day * 86_400, value) for day, value in ((2, 31.5), (1, 21.0), (0, 10.5))
    ]


def test_the_vendors_client_meets_the_vendors_errors(client: stripe.StripeClient, sandbox: RunningSandbox) -> None:
    with pytest.raises(stripe.InvalidRequestError) as missing:
        client.v1.invoices.retrieve("in_none")
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.AuthenticationError):
        stripe_client(sandbox.url, "sk_test_wrong").v1.customers.list()


def test_lists_are_newest_first_and_cursors_go_both_ways(stripe_api: requests.Session) -> None:
    first = get(stripe_api, "invoices", limit=10).json()
    assert [row["created"] for row in first["data"]] == sorted((row["created"] for row in first["data"]), reverse=True)
    second = get(stripe_api, "invoices", limit=10, starting_after=first["data"][-1]["id"]).json()
    back = get(stripe_api, "invoices", limit=10, ending_before=second["data"][0]["id"]).json()
    assert first["has_more"] is second["has_more"] is True
    assert back["data"] == first["data"]
    assert back["has_more"] is False


def test_created_bounds_are_honoured(stripe_api: requests.Session) -> None:
    since, until = seconds(date(2026, 3, 11)), seconds(date(2026, 3, 13))
    rows = get(stripe_api, "invoices", **{"created[gte]": since, "created[lt]": until}).json()["data"]
    assert [row["id"] for row in rows] == ["in_0011", "in_0010"]


def test_subscriptions_hide_canceled_ones_unless_asked(stripe_api: requests.Session) -> None:
    def ids(**params: str) -> list[str]:
        return [row["id"] for row in get(stripe_api, "subscriptions", **params).json()["data"]]

    assert ids() == ["sub_0003", "sub_0001", "sub_0000"]
    assert ids(status="all") == ["sub_0003", "sub_0002", "sub_0001", "sub_0000"]
    assert ids(status="canceled") == ids(status="ended") == ["sub_0002"]
    assert ids(status="past_due") == ["sub_0003"]


def test_invoices_are_filtered_by_their_subscription(stripe_api: requests.Session) -> None:
    rows = get(stripe_api, "invoices", subscription="sub_0001", limit=100).json()["data"]
    assert {int(row["id"][3:]) % 4 for row in rows} == {1}


def test_an_invoice_embeds_ten_lines_and_says_where_the_rest_is(stripe_api: requests.Session) -> None:
    lines = get(stripe_api, "invoices/in_0004").json()["lines"]
    assert (len(lines["data"]), lines["has_more"], lines["total_count"]) == (10, True, 12)
    rest = stripe_api.get(
        stripe_api.url.removesuffix("/v1") + lines["url"],
        params={"starting_after": lines["data"][-1]["id"]},
        timeout=10,
    ).json()
    assert [line["id"] for line in rest["data"]] == ["il_0004_10", "il_0004_11"]
    assert rest["has_more"] is False


def test_references_are_ids_until_they_are_expanded(stripe_api: requests.Session) -> None:
    assert get(stripe_api, "invoices/in_0002").json()["customer"] == "cus_0003"
    expanded = get(stripe_api, "invoices/in_0002", **{"expand[]": "customer"}).json()
    assert expanded["customer"]["name"] == "Customer 3"
    listed = get(stripe_api, "subscriptions", **{"expand[]": "data.latest_invoice", "limit": 1}).json()["data"][0]
    assert listed["latest_invoice"]["number"] == "1010-00000004"


def test_tax_ids_are_left_out_unless_expanded(stripe_api: requests.Session) -> None:
    assert "tax_ids" not in get(stripe_api, "customers/cus_0001").json()
    assert "tax_ids" in get(stripe_api, "customers/cus_0001", **{"expand[]": "tax_ids"}).json()


def test_a_deleted_customer_is_out_of_the_list_and_a_stump_by_id(stripe_api: requests.Session) -> None:
    assert get(stripe_api, "customers/cus_0005").json() == {"id": "cus_0005", "object": "customer", "deleted": True}
    assert get(stripe_api, "customers", email="billing5@example.com").json()["data"] == []


def test_events_are_kept_for_thirty_days(stripe_api: requests.Session) -> None:
    events = get(stripe_api, "events", limit=100).json()["data"]
    assert {event["id"].split("_")[1] for event in events} == {"1", "5", "29"}
    oldest = min(event["created"] for event in events)
    assert oldest > seconds(AS_OF - timedelta(days=30))


def test_an_event_shows_its_object_whole_as_it_was_then(stripe_api: requests.Session) -> None:
    events = {event["id"]: event["data"] for event in get(stripe_api, "events").json()["data"]}
    paid = events["evt_1_invoice.paid"]
    assert paid["object"] == get(stripe_api, "invoices/in_0001").json()
    assert paid["object"]["lines"]["total_count"] == 2
    assert paid["previous_attributes"] == {"status": "open"}
    for age in (1, 5, 29):
        assert events[f"evt_{age}_customer.updated"]["object"]["name"] == f"Customer 1, {age} days ago"
    assert get(stripe_api, "customers/cus_0001").json()["name"] == "Customer 1"


def test_events_are_chosen_by_type_or_pattern(stripe_api: requests.Session) -> None:
    def kinds(**params: object) -> set[str]:
        return {event["type"] for event in get(stripe_api, "events", **params).json()["data"]}

    assert kinds(**{"types[]": ["invoice.paid"]}) == {"invoice.paid"}
    assert kinds(**{"types[]": ["invoice.paid", "customer.updated"]}) == {"invoice.paid", "customer.updated"}
    assert kinds(type="invoice.*") == {"invoice.paid"}


def test_usage_without_a_window_is_one_sum(stripe_api: requests.Session) -> None:
    text = get(stripe_api, "billing/meters/mtr_1/event_summaries", customer="cus_0001", **AUGUST).text
    rows = json.loads(text, parse_float=Decimal)["data"]
    assert [row["aggregated_value"] for row in rows] == [63]


def test_numbers_keep_their_digits(stripe_api: requests.Session) -> None:
    prices = get(stripe_api, "prices").json()["data"]
    assert [(price["unit_amount"], price["unit_amount_decimal"]) for price in prices] == [
        (None, "0.125"),
        (1000, "1000"),
    ]
    movements = get(stripe_api, "balance_transactions").json()["data"]
    # 5.120 dinar, 5000 yen, 119.00 euro: three decimals, none, two.
    assert [(row["amount"], row["currency"]) for row in movements] == [(5120, "kwd"), (-5000, "jpy"), (11900, "eur")]


def test_a_pay_out_finds_the_movements_it_settles_though_they_do_not_name_it(stripe_api: requests.Session) -> None:
    movements = get(stripe_api, "balance_transactions", payout="po_1").json()["data"]
    assert [row["id"] for row in movements] == ["txn_3", "txn_1"]
    assert not {"payout", "_payout"} & set(movements[0])


def test_an_item_shows_its_price_whole(stripe_api: requests.Session) -> None:
    item = get(stripe_api, "subscription_items", subscription="sub_0001").json()["data"][0]
    assert item["price"]["recurring"] == {"interval": "month"}


@pytest.mark.parametrize(
    ("path", "params", "status", "code", "param"),
    [
        ("customers/cus_none", {}, 404, "resource_missing", "id"),
        ("customers", {"starting_after": "cus_none"}, 400, "resource_missing", "starting_after"),
        ("customers", {"nonsense": "1"}, 400, "parameter_unknown", "nonsense"),
        ("customers", {"limit": "101"}, 400, "parameter_invalid_integer", "limit"),
        ("customers", {"limit": "many"}, 400, "parameter_invalid_integer", "limit"),
        ("customers", {"expand[]": "data.nonsense"}, 400, None, "expand"),
        ("subscriptions", {"status": "nonsense"}, 400, None, "status"),
        ("subscription_items", {}, 400, "parameter_missing", "subscription"),
        ("billing/meters/mtr_1/event_summaries", {"customer": "c"}, 400, "parameter_missing", "start_time"),
        ("nonsense", {}, 404, None, None),
    ],
)
def test_an_error_has_type_code_and_parameter(
    stripe_api: requests.Session, path: str, params: dict, status: int, code: str | None, param: str | None
) -> None:
    response = get(stripe_api, path, **params)
    error = response.json()["error"]
    assert (response.status_code, error.get("code"), error.get("param")) == (status, code, param)
    assert error["type"] == "invalid_request_error"


def test_days_of_usage_start_at_midnight(stripe_api: requests.Session) -> None:
    params = AUGUST | {"start_time": AUGUST["start_time"] + 60, "customer": "cus_0001"}
    misaligned = get(stripe_api, "billing/meters/mtr_1/event_summaries", value_grouping_window="day", **params)
    assert misaligned.status_code == 400


def test_without_a_key_or_with_a_wrong_one_is_a_401(stripe_api: requests.Session) -> None:
    for header in ("", "Bearer sk_test_wrong"):
        response = stripe_api.get(f"{stripe_api.url}/customers", headers={"Authorization": header}, timeout=10)
        assert response.status_code == 401
        assert response.json()["error"]["type"] == "invalid_request_error"
    stripe_api.headers.pop("Authorization")
    assert stripe_api.get(f"{stripe_api.url}/customers", auth=(KEY, ""), timeout=10).status_code == 200


def test_every_answer_has_a_request_id_and_the_version_it_was_asked_in(stripe_api: requests.Session) -> None:
    answer = stripe_api.get(f"{stripe_api.url}/prices", headers={"Stripe-Version": "2026-06-24.dahlia"}, timeout=10)
    assert answer.headers["request-id"].startswith("req_")
    assert answer.headers["stripe-version"] == "2026-06-24.dahlia"
    old = stripe_api.get(f"{stripe_api.url}/prices", headers={"Stripe-Version": "2022-11-15"}, timeout=10)
    assert old.status_code == 400


class TestIdempotency:
    """Creating customers with an Idempotency-Key."""

    def create(self, stripe_api: requests.Session, key: str, **form: str) -> requests.Response:
        return stripe_api.post(f"{stripe_api.url}/customers", data=form, headers={"Idempotency-Key": key}, timeout=10)

    def test_the_same_key_gives_the_same_answer_and_one_customer(self, stripe_api: requests.Session) -> None:
        first = self.create(stripe_api, "key-1", name="New & Co", **{"metadata[tax]": "DE1"})
        again = self.create(stripe_api, "key-1", name="New & Co", **{"metadata[tax]": "DE1"})
        assert again.json() == first.json()
        assert again.headers["idempotent-replayed"] == "true"
        assert first.json()["metadata"] == {"tax": "DE1"}
        assert get(stripe_api, f"customers/{first.json()['id']}").json()["name"] == "New & Co"

    def test_the_same_key_with_another_body_is_an_error(self, stripe_api: requests.Session) -> None:
        self.create(stripe_api, "key-2", name="One")
        refused = self.create(stripe_api, "key-2", name="Two")
        assert (refused.status_code, refused.json()["error"]["type"]) == (400, "idempotency_error")
