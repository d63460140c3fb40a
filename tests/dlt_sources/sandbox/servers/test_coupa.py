"""The Coupa server against its vendor's facts. The vendor has no client in Python that is kept up."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import requests

from dlt_sources.sandbox.company import Snapshot, build_world
from dlt_sources.sandbox.serve import RunningSandbox, serve
from dlt_sources.sandbox.servers.context import DEMO_CREDENTIALS

AS_OF = date(2026, 9, 30)
SCOPES = "core.supplier.read core.purchase_order.read core.inventory.receiving.read core.invoice.read"
Get = Callable[..., requests.Response]


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    bought = dict.fromkeys(("1010", "1020", "2010"), "coupa")
    return build_world(seed=7, scale=0.05, procurement=bought).as_of(AS_OF)


@pytest.fixture(scope="module")
def served(snapshot: Snapshot) -> Iterator[RunningSandbox]:
    with serve(snapshot, as_of=AS_OF) as running:
        yield running


def token(running: RunningSandbox, **changes: str) -> requests.Response:
    form = {"grant_type": "client_credentials", "scope": SCOPES, **DEMO_CREDENTIALS["coupa"], **changes}
    return requests.post(f"{running.url}/coupa/oauth2/token", data=form, timeout=30)


@pytest.fixture
def get(served: RunningSandbox) -> Get:
    bearer = token(served).json()["access_token"]

    def ask(path: str, accept: str = "application/json", **params: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {bearer}", "Accept": accept}
        return requests.get(f"{served.url}/coupa/api/{path}", params=params, headers=headers, timeout=30)

    return ask


def test_a_token_is_for_the_scopes_that_were_asked_for_and_lives_a_day(served: RunningSandbox) -> None:
    answer = token(served, scope="core.invoice.read").json()
    assert (answer["token_type"], answer["expires_in"], answer["scope"]) == ("bearer", 86399, "core.invoice.read")
    headers = {"Authorization": f"Bearer {answer['access_token']}", "Accept": "application/json"}
    allowed, refused = (
        requests.get(f"{served.url}/coupa/api/{name}", headers=headers, timeout=30)
        for name in ("invoices", "suppliers")
    )
    assert (allowed.status_code, refused.status_code) == (200, 403)
    assert token(served, scope="core.everything").status_code == 400
    assert token(served, client_secret="another").json()["error"] == "invalid_client"


def test_without_a_token_that_lives_nothing_is_answered(served: RunningSandbox) -> None:
    for headers in ({}, {"Authorization": "Bearer another"}):
        answer = requests.get(f"{served.url}/coupa/api/invoices", headers=headers, timeout=30)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")


def test_answers_are_xml_unless_json_is_asked_for(get: Get) -> None:
    assert get("invoices", accept="*/*").text.startswith("<?xml")


def test_a_page_has_fifty_rows_at_most_and_the_one_after_the_last_is_empty(get: Get, snapshot: Snapshot) -> None:
    rows, offset = [], 0
    while page := get("invoices", limit=500, offset=offset).json():
        assert len(page) <= 50
        rows += page
        offset += len(page)
    assert [row["id"] for row in rows] == sorted(snapshot.vendor("coupa")["invoices"]["id"].to_pylist())


def test_names_have_hyphens_decimals_are_text_and_dates_the_companys_midnight(get: Get) -> None:
    row = get("invoices", limit=1).json()[0]
    assert row["gross-total"].count(".") == 1 and isinstance(row["id"], int) and isinstance(row["paid"], bool)
    assert row["invoice-date"].endswith("T00:00:00+01:00")
    assert row["supplier"]["number"] and row["invoice-lines"][0]["line-num"] == 1


def test_only_the_fields_that_are_asked_for_come(get: Get) -> None:
    fields = json.dumps(["id", "invoice_number", {"invoice_lines": ["id"]}])
    assert set(get("invoices", limit=1, fields=fields).json()[0]) == {"id", "invoice-number", "invoice-lines"}
    assert get("invoices", fields='["no_such_field"]').status_code == 400


def test_filters_are_written_in_brackets(get: Get) -> None:
    newest = max(row["updated-at"] for row in get("receiving_transactions", order_by="updated_at", dir="desc").json())
    newer = get("receiving_transactions", **{"updated_at[gt]": newest}).json()
    since = get("receiving_transactions", **{"updated_at[gt_or_eq]": newest}).json()
    assert newer == [] and {row["updated-at"] for row in since} == {newest}
    voided = get("receiving_transactions", status="voided").json()
    assert voided and {row["status"] for row in voided} == {"voided"}
    assert get("invoices", colour="red").status_code == 400


def test_nothing_can_be_written_not_even_that_a_row_was_exported(served: RunningSandbox, get: Get) -> None:
    bearer = token(served).json()["access_token"]
    identity = get("invoices", limit=1).json()[0]["id"]
    answer = requests.put(
        f"{served.url}/coupa/api/invoices/{identity}",
        params={"exported": "true"},
        headers={"Authorization": f"Bearer {bearer}", "Accept": "application/json"},
        timeout=30,
    )
    assert answer.status_code == 403
    assert get(f"invoices/{identity}").json()["id"] == identity
    assert get("invoices/1").status_code == 404
