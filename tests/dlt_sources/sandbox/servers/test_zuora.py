"""The Zuora server against its vendor's facts, and against zuora-sdk, the vendor's own client."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import requests
from zuora_sdk.exceptions import ApiException
from zuora_sdk.models.create_batch_query_job_request import CreateBatchQueryJobRequest
from zuora_sdk.zuora_client import ZuoraClient

from dlt_sources.sandbox.company import Snapshot, build_world
from dlt_sources.sandbox.serve import RunningSandbox, serve
from dlt_sources.sandbox.servers.context import DEMO_CREDENTIALS, Limits
from tests.dlt_sources.sandbox.servers.clients import zuora_client

AS_OF = date(2026, 9, 30)
# Lists of the client and the tables they show.
LISTS = {
    "query_accounts": "accounts",
    "query_products": "products",
    "query_product_rate_plans": "product_rate_plans",
    "query_product_rate_plan_charges": "product_rate_plan_charges",
    "query_credit_memos": "credit_memos",
    "query_refunds": "refunds",
    "query_refund_applications": "refund_applications",
}
OBJECTS = {
    "Subscription": "subscriptions",
    "Amendment": "amendments",
    "RatePlan": "rate_plans",
    "RatePlanCharge": "rate_plan_charges",
    "RatePlanChargeTier": "rate_plan_charge_tiers",
    "Invoice": "invoices",
    "InvoiceItem": "invoice_items",
    "Payment": "payments",
    "PaymentPart": "payment_parts",
    "Usage": "usages",
}
Ask = Callable[..., requests.Response]
Run = Callable[..., tuple[dict[str, Any], list[dict[str, str]]]]


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    billed = dict.fromkeys(("1010", "1020", "2010", "3010"), "zuora")
    return build_world(seed=7, scale=0.05, billing=billed).as_of(AS_OF)


@pytest.fixture(scope="module")
def served(snapshot: Snapshot) -> Iterator[RunningSandbox]:
    limits = Limits(zuora_segment_rows=40, polls_until_done=1)
    with serve(snapshot, as_of=AS_OF, limits=limits) as running:
        yield running


@pytest.fixture(scope="module")
def client(served: RunningSandbox) -> ZuoraClient:
    return zuora_client(served.url)


@pytest.fixture
def ask(served: RunningSandbox) -> Ask:
    def send(method: str, path: str, token: str | None = None, **more: Any) -> requests.Response:
        if token is None:
            form = {**DEMO_CREDENTIALS["zuora"], "grant_type": "client_credentials"}
            answer = requests.post(f"{served.url}/zuora/oauth/token", data=form, timeout=30)
            token = answer.json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        return requests.request(method, f"{served.url}/zuora/{path}", headers=headers, timeout=30, **more)

    return send


@pytest.fixture
def run(client: ZuoraClient, ask: Ask) -> Run:
    """Runs a batch query through the vendor's client to its end: the batch, and the rows of its files."""

    def to_the_end(query: str, *, deleted: bool = False, **job: Any) -> tuple[dict[str, Any], list[dict[str, str]]]:
        asked: dict[str, Any] = {"name": "q", "query": query, "type": "zoqlexport"}
        if deleted:
            asked["deleted"] = {"column": "Deleted", "format": "Boolean"}
        api = client.aggregate_queries_api()
        body = {"name": "test", "version": "1.2", "format": "csv", "dateTimeUtc": True, "queries": [asked], **job}
        posted = api.create_batch_query(body=CreateBatchQueryJobRequest(**body))
        assert posted.status == "submitted"
        while (found := api.get_batch_query_job(jobid=posted.id)).status != "completed":
            assert found.status == "executing"
        batch = found.to_dict()["batches"][0]
        rows: list[dict[str, str]] = []
        for name in batch.get("segments") or [batch["fileId"]]:
            rows += csv.DictReader(io.StringIO(ask("GET", f"v1/file/{name}").text))
        assert len(rows) == batch["recordCount"]
        return batch, rows

    return to_the_end


# The client keeps the text of a date where its model has a date, and says so for every row.
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.parametrize("query", LISTS)
def test_the_vendors_client_reads_every_list_page_by_page(client: ZuoraClient, snapshot: Snapshot, query: str) -> None:
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = getattr(client.object_queries_api(), query)(page_size=3, **cursor)
        found += [row.to_dict() for row in answer.data]
        if not answer.next_page:
            break
        cursor = {"cursor": answer.next_page}
    expected = {row["id"]: row for row in snapshot.vendor("zuora")[LISTS[query]].to_pylist()}
    assert {row["id"] for row in found} == set(expected) and len(found) == len(expected) > 3
    for row in found:
        for name, value in expected[row["id"]].items():
            if isinstance(value, Decimal):
                assert Decimal(str(row[name])) == value, name
            elif isinstance(value, str) and name != "billTo":
                assert row[name] == value, name
            elif value is None:
                assert row.get(name) is None, name


def test_a_contact_comes_within_its_account_when_asked_for(client: ZuoraClient, ask: Ask) -> None:
    (row,) = client.object_queries_api().query_accounts(page_size=1, expand=["billto"]).data
    assert row.bill_to.country and row.bill_to.work_email
    params = {"pageSize": 1, "account.fields[]": "id,billTo", "expand[]": "billto", "billto.fields[]": "country"}
    (chosen,) = ask("GET", "object-query/accounts", params=params).json()["data"]
    assert chosen == {"id": row.id, "billTo": {"country": row.bill_to.country}}
    (plain,) = ask("GET", "object-query/accounts", params={"pageSize": 1}).json()["data"]
    assert "billTo" not in plain and None not in plain.values()


@pytest.mark.parametrize("selected", OBJECTS)
def test_the_vendors_client_reads_every_object_in_batches(run: Run, snapshot: Snapshot, selected: str) -> None:
    table = snapshot.vendor("zuora")[OBJECTS[selected]]
    names = [name for name in table.column_names if name == "Id" or not name.endswith("Id")]
    names.remove("Deleted")
    batch, rows = run(f"select {', '.join(names)} from {selected}")
    expected = {row["Id"]: row for row in table.to_pylist() if not row["Deleted"]}
    assert batch["full"] is True
    assert ("segments" in batch) == (len(expected) > 40)
    assert {row[f"{selected}.Id"] for row in rows} == set(expected) and len(rows) == len(expected) > 3
    for row in rows:
        for name in names:
            shown, value = row[f"{selected}.{name}"], expected[row[f"{selected}.Id"]][name]
            if isinstance(value, Decimal):
                assert Decimal(shown) == value, name
            elif isinstance(value, (str, type(None))):
                assert shown == (value or ""), name


def test_the_key_of_another_object_goes_by_that_object(run: Run, snapshot: Snapshot) -> None:
    _, rows = run("select Id, Account.Id from Invoice")
    expected = {row["Id"]: row["AccountId"] for row in snapshot.vendor("zuora")["invoices"].to_pylist()}
    assert rows and all(row["Account.Id"] == expected[row["Invoice.Id"]] for row in rows)


def test_a_session_gives_everything_once_and_then_what_changed_and_was_deleted(run: Run, snapshot: Snapshot) -> None:
    session = {"partner": "meridian", "project": "sessions"}
    query = "select Id, UpdatedDate from Invoice"
    table = snapshot.vendor("zuora")["invoices"].to_pylist()
    first, rows = run(query, deleted=True, **session)
    assert first["full"] is True and {row["Invoice.Deleted"] for row in rows} == {"false"}
    second, rows = run(query, deleted=True, **session)
    assert (second["full"], rows) == (False, [])
    # Nine in the evening before, in California, is four in the morning of the first of June, UTC.
    third, rows = run(query, deleted=True, incrementalTime="2025-05-31 21:00:00", **session)
    late = {row["Id"]: row["Deleted"] for row in table if row["UpdatedDate"].isoformat() >= "2025-06-01T04:00:00"}
    assert third["full"] is False
    assert {row["Invoice.Id"]: row["Invoice.Deleted"] == "true" for row in rows} == late and any(late.values())


@pytest.mark.parametrize(
    ("job", "code"),
    [
        ({"query": "select Colour from Invoice"}, "90005"),
        ({"query": "select Id from Planet"}, "90005"),
        ({"query": "select AccountId from Invoice"}, "90005"),
        ({"query": "select Id from Invoice", "deleted": {"column": "Deleted", "format": "Boolean"}}, "90012"),
    ],
)
def test_a_query_that_cannot_be_is_refused_with_status_200(ask: Ask, job: dict[str, Any], code: str) -> None:
    answer = ask("POST", "v1/batch-query/", json={"name": "t", "queries": [{"type": "zoqlexport", **job}]})
    assert (answer.status_code, answer.json()["errorCode"], answer.json()["id"]) == (200, code, None)


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("object-query/accounts", {"pageSize": 51}),
        ("object-query/accounts", {"cursor": "elsewhere"}),
        ("object-query/accounts", {"filter[]": "colour.EQ:red"}),
    ],
)
def test_a_list_that_cannot_be_is_refused(ask: Ask, path: str, params: dict[str, Any]) -> None:
    assert ask("GET", path, params=params).status_code == 400


def test_lists_are_filtered_by_one_field_each(ask: Ask, snapshot: Snapshot) -> None:
    memos = snapshot.vendor("zuora")["credit_memos"].to_pylist()
    moment = sorted(row["updatedDate"] for row in memos)[len(memos) // 2]
    params = {"filter[]": [f"updateddate.GE:{moment.isoformat()}Z", "status.EQ:Posted"], "pageSize": 50}
    found = ask("GET", "object-query/credit-memos", params=params).json()["data"]
    assert {row["id"] for row in found} == {row["id"] for row in memos if row["updatedDate"] >= moment}


def test_who_is_not_known_is_told_so(served: RunningSandbox, ask: Ask) -> None:
    assert ask("GET", "object-query/accounts", token="stale").status_code == 401
    told = ask("GET", "v1/batch-query/jobs/none", token="stale")
    assert (told.status_code, told.json()["success"], told.json()["reasons"][0]["code"]) == (200, False, 90000011)
    refused = zuora_client(served.url, "wrong")
    with pytest.raises(ApiException) as caught:
        refused.object_queries_api().query_accounts()
    assert caught.value.status == 401
