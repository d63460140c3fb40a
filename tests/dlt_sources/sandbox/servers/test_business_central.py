"""Business Central's API as its facts describe it: tokens, companies, pages, expansions; a known client reads it."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import requests
from pybusinesscentral import ApiClient, Configuration
from pybusinesscentral.api.company_api import CompanyApi
from pybusinesscentral.api.general_ledger_entry_api import GeneralLedgerEntryApi
from pybusinesscentral.api.sales_invoice_api import SalesInvoiceApi

from dlt_sources.sandbox.company import build_world
from dlt_sources.sandbox.serve import RunningSandbox, serve
from dlt_sources.sandbox.servers.context import DEMO_CREDENTIALS, Limits
from tests.dlt_sources.sandbox_instances import INSTANCES, load

AS_OF = date(2026, 9, 28)
KEYS = DEMO_CREDENTIALS["business_central"]
SCOPE = "https://api.businesscentral.dynamics.com/.default"
LEDGER_API = "finance/ledger/v1.0"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    world = build_world(seed=11, scale=0.03, books={"2010": "business_central", "3010": "business_central"})
    with serve(lambda day: world.as_of(day, "none"), as_of=AS_OF, limits=Limits(business_central_page_rows=500)) as run:
        yield run


def buy(sandbox: RunningSandbox, in_form: bool = True, **changes: str) -> requests.Response:
    secret = {name: changes.pop(name, KEYS[name]) for name in KEYS}
    form = {"grant_type": "client_credentials", "scope": SCOPE, **changes}
    url = INSTANCES["business_central"]["auth_url"].format(url=sandbox.url) + "/oauth2/v2.0/token"
    if in_form:
        return requests.post(url, data={**form, **secret}, timeout=30)
    return requests.post(url, data=form, auth=tuple(secret.values()), timeout=30)


@pytest.fixture(scope="module")
def token(sandbox: RunningSandbox) -> str:
    return buy(sandbox).json()["access_token"]


def base(sandbox: RunningSandbox) -> str:
    return INSTANCES["business_central"]["base_url"].format(url=sandbox.url)


def ask(sandbox: RunningSandbox, token: str, path: str, prefer: str = "", **params: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}", **({"Prefer": prefer} if prefer else {})}
    options = {f"${name}": value for name, value in params.items()}
    return requests.get(f"{base(sandbox)}/{path}", params=options, headers=headers, timeout=30)


@pytest.fixture(scope="module")
def companies(sandbox: RunningSandbox, token: str) -> dict[str, str]:
    """Names of the companies, with their ids."""
    return {row["name"]: row["id"] for row in ask(sandbox, token, "v2.0/companies").json()["value"]}


def refused(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_known_client_reads_the_same_entries_as_the_source(sandbox: RunningSandbox, token: str) -> None:
    client = ApiClient(Configuration(host=f"{base(sandbox)}/v2.0", access_token=token))
    found: dict[tuple, tuple] = {}
    for company in CompanyApi(client).list_companies().value:
        while (
            page := GeneralLedgerEntryApi(client)
            .list_general_ledger_entries(company.id, skip=sum(key[0] == company.id for key in found), top=500)
            .value
        ):
            for row in page:
                net = Decimal(str(row.debit_amount)) - Decimal(str(row.credit_amount))
                found[company.id, row.id] = (row.entry_number, row.posting_date, row.account_number, net)
    landed = load("business_central", sandbox.url, AS_OF, resources=["general_ledger_entries"])
    expected = {
        (row["companyId"], row["id"]): (
            int(row["entryNumber"]),
            row["postingDate"],
            row["accountNumber"],
            Decimal(row["debitAmount"]) - Decimal(row["creditAmount"]),
        )
        for row in landed.rows["general_ledger_entries"]
    }
    assert found == expected
    assert len(found) > 1000 and len({company for company, _ in found}) == 2


def test_the_client_sees_the_draft_that_the_source_leaves_alone(
    sandbox: RunningSandbox, token: str, companies: dict[str, str]
) -> None:
    client = ApiClient(Configuration(host=f"{base(sandbox)}/v2.0", access_token=token))
    statuses = [row.status for row in SalesInvoiceApi(client).list_sales_invoices(companies["2010"]).value]
    assert statuses.count("Draft") == 1
    landed = load("business_central", sandbox.url, AS_OF, resources=["sales_invoices"], entities=["2010"])
    assert sorted(row["status"] for row in landed.rows["sales_invoices"]) == sorted(
        status for status in statuses if status != "Draft"
    )


def test_an_instance_reads_the_companies_it_names(sandbox: RunningSandbox, companies: dict[str, str]) -> None:
    landed = load("business_central", sandbox.url, AS_OF, resources=["companies", "accounts"], entities=["3010"])
    assert [row["name"] for row in landed.rows["companies"]] == ["3010"]
    assert {row["companyId"] for row in landed.rows["accounts"]} == {companies["3010"]}


def test_pages_are_as_large_as_preferred_and_never_larger_than_the_server_allows(
    sandbox: RunningSandbox, token: str, companies: dict[str, str]
) -> None:
    path = f"v2.0/companies({companies['2010']})/generalLedgerEntries"
    sizes = [
        len(ask(sandbox, token, path, prefer).json()["value"])
        for prefer in ("odata.maxpagesize=7", "odata.maxpagesize=9999", "")
    ]
    assert sizes == [7, 500, 500]
    first = ask(sandbox, token, path, "odata.maxpagesize=7", select="id", orderby="entryNumber", top=10, count="true")
    body = first.json()
    link = body["@odata.nextLink"]
    assert body["@odata.count"] > 500 and "aid=FIN&$skiptoken=7" in link
    second = requests.get(
        link, headers={"Authorization": f"Bearer {token}", "Prefer": "odata.maxpagesize=7"}, timeout=30
    ).json()
    assert len(second["value"]) == 3 and "@odata.nextLink" not in second
    assert set(second["value"][0]) == {"@odata.etag", "id"}


def test_what_is_missing_is_written_too(sandbox: RunningSandbox, token: str, companies: dict[str, str]) -> None:
    path = f"{LEDGER_API}/companies({companies['2010']})/customerLedgerEntries"
    is_open = ask(sandbox, token, path, filter="open eq true", top=1).json()["value"][0]
    assert (is_open["closedAtDate"], is_open["closedByEntryNumber"]) == ("0001-01-01", 0)
    in_dollars = ask(sandbox, token, path, filter="currencyCode eq ''", top=1).json()["value"]
    assert len(in_dollars) == 1
    path = f"v2.0/companies({companies['2010']})/salesInvoices"
    posted = ask(sandbox, token, path, filter="status ne 'Draft'", expand="salesInvoiceLines", top=1).json()["value"][0]
    assert posted["salesInvoiceLines"][0]["accountId"] == "00000000-0000-0000-0000-000000000000"
    path = f"v2.0/companies({companies['2010']})/customers"
    customer = ask(sandbox, token, path, top=1).json()["value"][0]
    assert customer["blocked"] in ("_x0020_", "All")
    assert customer["lastModifiedDateTime"].endswith(":00Z")


def test_corrections_are_negative_debits_and_credits(
    sandbox: RunningSandbox, token: str, companies: dict[str, str]
) -> None:
    path = f"v2.0/companies({companies['2010']})/generalLedgerEntries"
    corrections = ask(sandbox, token, path, filter="debitAmount lt 0 or creditAmount lt 0").json()["value"]
    assert any(row["debitAmount"] < 0 for row in corrections) and any(row["creditAmount"] < 0 for row in corrections)
    assert not any(row["debitAmount"] and row["creditAmount"] for row in corrections)


def test_dimension_lines_come_expanded_and_selected(
    sandbox: RunningSandbox, token: str, companies: dict[str, str]
) -> None:
    path = f"v2.0/companies({companies['2010']})/generalLedgerEntries"
    expand = "dimensionSetLines($select=parentId,code,valueCode)"
    rows = ask(sandbox, token, path, select="id", expand=expand, top=50).json()["value"]
    for row in rows:
        assert {line["parentId"] for line in row["dimensionSetLines"]} == {row["id"]}
        assert "PROFITCENTRE" in {line["code"] for line in row["dimensionSetLines"]}
        assert set(row["dimensionSetLines"][0]) == {"parentId", "code", "valueCode"}
    assert any(len(row["dimensionSetLines"]) == 2 for row in rows)


def test_moments_dates_and_ids_are_compared_bare(
    sandbox: RunningSandbox, token: str, companies: dict[str, str]
) -> None:
    path = f"v2.0/companies({companies['2010']})/generalLedgerEntries"
    text = "lastModifiedDateTime ge 2026-09-01T00:00:00.000Z and postingDate lt 2026-09-05"
    rows = ask(sandbox, token, path, filter=text).json()["value"]
    assert rows and all(row["postingDate"] < "2026-09-05" for row in rows)
    one = ask(sandbox, token, path, filter=f"id eq {rows[0]['id']}").json()["value"]
    assert [row["entryNumber"] for row in one] == [rows[0]["entryNumber"]]


@pytest.mark.parametrize(
    ("path", "params", "expected"),
    [
        ("v2.0/companies(%s)/foo", {}, (404, "BadRequest_ResourceNotFound")),
        ("v2.0/companies(%s)/customerLedgerEntries", {}, (404, "BadRequest_ResourceNotFound")),
        ("v2.0/companies(%s)/accounts", {"select": "colour"}, (400, "BadRequest")),
        ("v2.0/companies(%s)/accounts", {"filter": "number eq 5"}, (400, "BadRequest")),
        (
            "v2.0/companies(%s)/accounts",
            {"filter": "lastModifiedDateTime ge datetime'2026-01-01'"},
            (400, "BadRequest"),
        ),
        ("v2.0/companies(%s)/accounts", {"expand": "owner"}, (400, "BadRequest")),
        ("v2.0/companies(%s)/accounts", {"apply": "aggregate(id)"}, (400, "BadRequest")),
        ("v2.0/companies(%s)/accounts", {"top": "-1"}, (400, "BadRequest")),
    ],
)
def test_what_the_service_does_not_know_is_refused(
    sandbox: RunningSandbox, token: str, companies: dict[str, str], path: str, params: dict, expected: tuple
) -> None:
    assert refused(ask(sandbox, token, path % companies["2010"], **params)) == expected


def test_a_company_that_is_none_is_refused(sandbox: RunningSandbox, token: str) -> None:
    path = "v2.0/companies(00000000-0000-0000-0000-000000000000)/accounts"
    assert refused(ask(sandbox, token, path)) == (404, "Internal_CompanyNotFound")


@pytest.mark.parametrize("in_form", [True, False])
def test_a_token_is_bought_with_the_secret_and_the_scope(sandbox: RunningSandbox, in_form: bool) -> None:
    bought = buy(sandbox, in_form).json()
    assert bought["token_type"] == "Bearer" and bought["expires_in"] == 3599
    assert ask(sandbox, bought["access_token"], "v2.0/companies").ok
    assert buy(sandbox, in_form, client_secret="another").status_code == 401
    assert buy(sandbox, in_form, scope="https://another.example/.default").status_code == 400


def test_a_request_without_a_token_is_refused(sandbox: RunningSandbox) -> None:
    assert refused(ask(sandbox, "none", "v2.0/companies")) == (401, "Authentication_InvalidCredentials")
