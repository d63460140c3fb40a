"""Oracle Fusion's REST resources as its facts describe them: limits, offsets, q, selected fields, children, errors."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import requests

from dlt_sources.sandbox.company import build_world
from dlt_sources.sandbox.serve import RunningSandbox, serve
from dlt_sources.sandbox.servers.context import DEMO_CREDENTIALS, Limits

AS_OF = date(2026, 9, 28)
KEYS = DEMO_CREDENTIALS["oracle_fusion"]
PATH = "fscmRestApi/resources/11.13.18.05"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    world = build_world(seed=11, scale=0.03, books={"1010": "oracle_fusion", "1030": "oracle_fusion"})
    with serve(lambda day: world.as_of(day, "none"), as_of=AS_OF, limits=Limits(fusion_child_rows=1)) as run:
        yield run


def ask(sandbox: RunningSandbox, path: str, version: str = "4", **params: Any) -> requests.Response:
    url = path if path.startswith("http") else f"{sandbox.url}/oracle_fusion/{PATH}/{path}"
    headers = {"REST-Framework-Version": version} if version else {}
    return requests.get(url, params=params, headers=headers, auth=(KEYS["user"], KEYS["password"]), timeout=30)


def test_a_page_has_25_rows_unless_asked_and_500_at_most(sandbox: RunningSandbox) -> None:
    first = ask(sandbox, "invoices", totalResults="true").json()
    assert (first["count"], first["limit"], first["hasMore"], first["offset"]) == (25, 25, True, 0)
    every = ask(sandbox, "invoices", limit=9999, onlyData="true").json()
    assert (every["limit"], every["hasMore"]) == (500, False)
    assert every["count"] == len(every["items"]) == first["totalResults"]
    assert "links" not in every["items"][0] and "links" in first["items"][0]
    last = ask(sandbox, "invoices", limit=10, offset=first["totalResults"] - 3).json()
    assert (last["count"], last["hasMore"]) == (3, False)


def test_numbers_dates_and_moments_are_written_as_the_vendor_writes_them(sandbox: RunningSandbox) -> None:
    text = ask(
        sandbox, "invoices", limit=1, fields="InvoiceId,InvoiceAmount,InvoiceDate,LastUpdateDate,CanceledFlag"
    ).text
    item = ask(sandbox, "invoices", limit=1).json(parse_float=Decimal)["items"][0]
    assert f'"InvoiceId":{item["InvoiceId"]}' in text and item["InvoiceId"] > 300_000_000_000_000
    assert date.fromisoformat(item["InvoiceDate"]) and item["LastUpdateDate"].endswith("+00:00")
    assert item["CanceledFlag"] is False


def test_q_knows_and_from_the_second_version_on(sandbox: RunningSandbox) -> None:
    condition = "LastUpdateDate >= '2026-09-01T00:00:00.000+00:00' and PaidStatus = 'Unpaid'"
    found = ask(sandbox, "invoices", q=condition, limit=500).json()["items"]
    every = ask(sandbox, "invoices", limit=500).json()["items"]
    meant = [row for row in every if row["LastUpdateDate"] >= "2026-09-01" and row["PaidStatus"] == "Unpaid"]
    assert [row["InvoiceId"] for row in found] == [row["InvoiceId"] for row in meant] and 0 < len(found) < len(every)
    refused = ask(sandbox, "invoices", version="1", q=condition)
    assert refused.status_code == 400 and refused.json()["o:errorDetails"][0]["o:errorCode"] == "27520"


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"q": "Nothing = 'x'"}, 400),
        ({"fields": "InvoiceId,Nothing"}, 400),
        ({"fields": "InvoiceId;nothing:DueDate"}, 400),
        ({"orderBy": "InvoiceId:up"}, 400),
        ({"offset": "-1"}, 400),
        ({"select": "InvoiceId"}, 400),
    ],
)
def test_what_is_not_understood_is_refused(sandbox: RunningSandbox, params: dict[str, str], status: int) -> None:
    answer = ask(sandbox, "invoices", **params)
    assert answer.status_code == status and answer.json()["status"] == str(status)


def test_children_are_collections_from_the_third_version_on_and_linked(sandbox: RunningSandbox) -> None:
    fields = "CustomerTransactionId;receivablesInvoiceLines:LineNumber,LineAmount"
    asked = {"fields": fields, "links": "child", "limit": 500}
    rows = ask(sandbox, "receivablesInvoices", **asked).json()["items"]
    longer = [row for row in rows if row["receivablesInvoiceLines"]["hasMore"]]
    assert longer and all(row["receivablesInvoiceLines"]["count"] <= 1 for row in rows)
    (link,) = longer[0]["links"]
    lines = ask(sandbox, link["href"], limit=500).json()["items"]
    plain = ask(sandbox, "receivablesInvoices", version="2", **asked).json()["items"]
    listed = next(row for row in plain if row["CustomerTransactionId"] == longer[0]["CustomerTransactionId"])
    assert [line["LineAmount"] for line in lines] == [line["LineAmount"] for line in listed["receivablesInvoiceLines"]]
    assert len(lines) > 1


def test_an_unknown_resource_and_a_wrong_password_are_told_apart(sandbox: RunningSandbox) -> None:
    assert ask(sandbox, "nothing").status_code == 404
    assert ask(sandbox, "invoices/1/child/nothing").status_code == 404
    url = f"{sandbox.url}/oracle_fusion/{PATH}/invoices"
    assert requests.get(url, auth=(KEYS["user"], "wrong"), timeout=30).status_code == 401
