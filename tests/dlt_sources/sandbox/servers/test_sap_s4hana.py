"""The SAP server against its vendor's facts, and against pyodata, SAP's own client."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest
import requests

from dlt_sources.sandbox.serve import RunningSandbox
from dlt_sources.sandbox.servers.context import DEMO_CREDENTIALS
from tests.dlt_sources.sandbox.servers.clients import pyodata_client
from tests.dlt_sources.sandbox.servers.tiny_company import TinyCompany

JOURNAL = "API_GLACCOUNTLINEITEM/GLAccountLineItem"
ORDER_ITEMS = "API_SALES_ORDER_SRV/A_SalesOrderItem"


def read(sap: requests.Session, path: str, **options: str) -> requests.Response:
    return sap.get(f"{sap.services}/{path}", params={f"${name}": value for name, value in options.items()}, timeout=10)


def read_all(sap: requests.Session, path: str, **options: str) -> list[dict]:
    """Every row, following `__next` as a client must."""
    answer = read(sap, path, **options).json()["d"]
    rows = answer["results"]
    while following := answer.get("__next"):
        answer = sap.get(following, timeout=10).json()["d"]
        rows += answer["results"]
    return rows


def moment(text: str) -> datetime:
    """`/Date(ms)/` and `/Date(ms+0000)/` as UTC."""
    milliseconds = int(re.fullmatch(r"/Date\((-?\d+)(?:\+0000)?\)/", text)[1])
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


def test_pyodata_filters_counts_and_reads_one_entity(sap: requests.Session, sandbox: RunningSandbox) -> None:
    companies = pyodata_client(sandbox.url, "API_COMPANYCODE_SRV", sap).entity_sets.A_CompanyCode
    assert companies.get_entity("3010").execute().CompanyCodeName == 'Meridian "Japan" KK'
    french = companies.get_entities().filter("Country eq 'FR'").execute()
    assert [each.CompanyCodeName for each in french] == ["Société Méridien & Fils"]
    assert companies.get_entities().count().execute() == 3


def test_amounts_are_strings_with_the_decimals_of_their_currency(sap: requests.Session) -> None:
    euro, yen = read(sap, ORDER_ITEMS).json()["d"]["results"]
    assert (euro["NetAmount"], yen["NetAmount"]) == ("1999.90", "250000")
    assert (euro["RequestedQuantity"], yen["RequestedQuantity"]) == ("2.5", "10")


def test_dates_are_midnight_utc_and_instants_carry_their_offset(sap: requests.Session) -> None:
    slices = read(sap, "API_COSTCENTER_SRV/A_CostCenter").json()["d"]["results"]
    assert slices[1]["ValidityEndDate"] == "/Date(253402214400000)/"
    line = read(sap, JOURNAL, top="1").json()["d"]["results"][0]
    assert moment(line["PostingDate"]) == datetime(2026, 1, 15, tzinfo=UTC)
    assert line["LastChangeDateTime"].endswith("+0000)/")


def test_paging_neither_repeats_nor_loses_a_row(sap: requests.Session) -> None:
    rows = read_all(sap, JOURNAL, orderby="PostingDate desc")
    identities = [row["ID"] for row in rows]
    assert len(identities) == len(set(identities)) == int(read(sap, f"{JOURNAL}/$count").text)
    assert [row["PostingDate"] for row in rows] == sorted(
        (row["PostingDate"] for row in rows), key=moment, reverse=True
    )


def test_top_and_skip_bound_a_reading_of_several_pages(sap: requests.Session) -> None:
    everything = [row["ID"] for row in read_all(sap, JOURNAL)]
    part = [row["ID"] for row in read_all(sap, JOURNAL, skip="3", top="10")]
    assert part == everything[3:13]


def test_a_client_may_ask_for_smaller_pages(sap: requests.Session) -> None:
    answer = sap.get(f"{sap.services}/{JOURNAL}", headers={"Prefer": "odata.maxpagesize=2"}, timeout=10).json()["d"]
    assert len(answer["results"]) == 2
    assert "$skiptoken=2" in answer["__next"]


def test_the_inline_count_is_a_string_of_all_rows(sap: requests.Session) -> None:
    answer = read(sap, JOURNAL, inlinecount="allpages", top="2").json()["d"]
    assert answer["__count"] == read(sap, f"{JOURNAL}/$count").text
    assert len(answer["results"]) == 2


def test_leaving_out_key_dimensions_sums_over_them(sap: requests.Session, company: TinyCompany) -> None:
    totals = read_all(
        sap, JOURNAL, select="Ledger,CompanyCode,DebitCreditCode,CompanyCodeCurrency,AmountInCompanyCodeCurrency"
    )
    expected: dict[tuple, Decimal] = {}
    for row in company.vendor("sap_s4hana")["journal_lines"].to_pylist():
        key = (row["Ledger"], row["CompanyCode"], row["DebitCreditCode"], row["CompanyCodeCurrency"])
        expected[key] = expected.get(key, Decimal(0)) + row["AmountInCompanyCodeCurrency"]
    found = {
        (row["Ledger"], row["CompanyCode"], row["DebitCreditCode"], row["CompanyCodeCurrency"]):
            Decimal(row["AmountInCompanyCodeCurrency"])
        for row in totals
    }  # fmt: skip
    assert found == expected
    assert all("ID" not in row for row in totals)


def test_selecting_the_generated_id_keeps_the_finest_grain(sap: requests.Session) -> None:
    lines = int(read(sap, f"{JOURNAL}/$count").text)
    assert len(read_all(sap, JOURNAL, select="ID,CompanyCode")) == lines
    assert len(read_all(sap, JOURNAL, select="CompanyCode")) == 2


def test_currencies_are_never_added_together(sap: requests.Session) -> None:
    rows = read_all(sap, JOURNAL, select="Ledger,DebitCreditCode,AmountInCompanyCodeCurrency", filter="Ledger eq '0L'")
    assert len(rows) == 4, "debit and credit in two currencies, though the currency was not selected"


def test_the_count_of_a_filter_counts_lines(sap: requests.Session, company: TinyCompany) -> None:
    lines = company.vendor("sap_s4hana")["journal_lines"].to_pylist()
    leading = sum(row["Ledger"] == "0L" and row["CompanyCode"] == "1010" for row in lines)
    assert int(read(sap, f"{JOURNAL}/$count", filter="Ledger eq '0L' and CompanyCode eq '1010'").text) == leading


def test_an_entity_is_read_by_its_compound_key(sap: requests.Session) -> None:
    key = "ControllingArea='A000',CostCenter='10101101',ValidityEndDate=datetime'2025-12-31T00:00:00'"
    entity = read(sap, f"API_COSTCENTER_SRV/A_CostCenter({key})").json()["d"]
    assert moment(entity["ValidityStartDate"]).date() == date(2024, 1, 1)
    again = sap.get(entity["__metadata"]["uri"], timeout=10).json()["d"]
    assert again == entity


def test_a_line_is_read_by_the_id_the_server_generated(sap: requests.Session) -> None:
    line = read(sap, JOURNAL, top="1").json()["d"]["results"][0]
    assert sap.get(line["__metadata"]["uri"], timeout=10).json()["d"] == line


def test_metadata_names_the_aggregate_its_measures_and_their_currencies(sap: requests.Session) -> None:
    response = sap.get(f"{sap.services}/API_GLACCOUNTLINEITEM/$metadata", timeout=10)
    assert response.headers["content-type"].startswith("application/xml")
    sap_namespace = "{http://www.sap.com/Protocols/SAPData}"
    root = ElementTree.fromstring(response.text)
    entity = next(node for node in root.iter() if node.tag.endswith("EntityType"))
    properties = {node.get("Name"): node for node in entity if node.tag.endswith("Property")}
    assert entity.get(f"{sap_namespace}semantics") == "aggregate"
    amount = properties["AmountInTransactionCurrency"]
    assert amount.get(f"{sap_namespace}aggregation-role") == "measure"
    assert amount.get(f"{sap_namespace}unit") == "TransactionCurrency"
    assert properties["PostingDate"].get(f"{sap_namespace}display-format") == "Date"
    assert properties["LastChangeDateTime"].get("Type") == "Edm.DateTimeOffset"
    assert properties["TransactionCurrency"].get(f"{sap_namespace}semantics") == "currency-code"


def test_without_asking_for_json_the_answer_is_atom(sap: requests.Session) -> None:
    response = sap.get(f"{sap.services}/{JOURNAL}", headers={"Accept": "*/*"}, timeout=10)
    assert response.headers["content-type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(response.text)
    entries = feed.findall("{http://www.w3.org/2005/Atom}entry")
    posted = entries[0].find(".//{http://schemas.microsoft.com/ado/2007/08/dataservices}PostingDate")
    assert len(entries) == 7
    assert posted.text == "2026-01-15T00:00:00"
    following = [link.get("href") for link in feed.findall("{http://www.w3.org/2005/Atom}link")]
    assert "$skiptoken=7" in following[0]


def test_a_wrong_password_is_an_html_401(sap: requests.Session) -> None:
    sap.auth = (DEMO_CREDENTIALS["sap_s4hana"]["user"], "wrong")
    response = read(sap, JOURNAL)
    assert response.status_code == 401
    assert response.headers["content-type"].startswith("text/html")
    assert response.headers["www-authenticate"].startswith("Basic realm=")


def test_a_business_user_gets_the_login_page_with_status_200(sap: requests.Session) -> None:
    sap.auth = (DEMO_CREDENTIALS["sap_s4hana"]["business_user"], "whatever")
    response = read(sap, JOURNAL)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("path", "options", "status", "message"),
    [
        ("API_NO_SUCH_SRV/Anything", {}, 403, "No service found"),
        ("API_COMPANYCODE_SRV/A_NoSuchSet", {}, 404, "Resource not found for the segment 'A_NoSuchSet'"),
        ("API_COMPANYCODE_SRV/A_CompanyCode('9999')", {}, 404, "Resource not found"),
        (JOURNAL, {"filter": "Nonsense eq '1'"}, 400, "Property Nonsense not found"),
        (JOURNAL, {"filter": "CompanyCode eq"}, 400, "Unexpected end"),
        (JOURNAL, {"filter": "AmountInCompanyCodeCurrency gt 10M"}, 400, "is not filterable"),
        (JOURNAL, {"select": "CompanyCode,Nonsense"}, 400, "Property Nonsense not found in type GLAccountLineItemType"),
        (JOURNAL, {"select": "CompanyCode", "orderby": "PostingDate"}, 400, "Property PostingDate not found"),
        (JOURNAL, {"expand": "to_Document"}, 400, "System query option '$expand' is not supported"),
        (JOURNAL, {"top": "many"}, 400, "Invalid value 'many' for $top"),
    ],
)
def test_a_bad_request_has_saps_error_body(
    sap: requests.Session, path: str, options: dict[str, str], status: int, message: str
) -> None:
    response = read(sap, path, **options)
    assert response.status_code == status
    error = response.json()["error"]
    assert message in error["message"]["value"]
    assert error["code"].startswith("/IW")
    assert error["innererror"]["errordetails"][0]["severity"] == "error"


def test_a_write_needs_the_token_and_the_session_that_came_with_it(sap: requests.Session) -> None:
    address = f"{sap.services}/API_COMPANYCODE_SRV/A_CompanyCode"
    refused = sap.post(address, json={}, timeout=10)
    assert (refused.status_code, refused.headers["x-csrf-token"]) == (403, "Required")
    token = sap.get(address, headers={"X-CSRF-Token": "Fetch"}, timeout=10).headers["x-csrf-token"]
    let_through = sap.post(address, json={}, headers={"X-CSRF-Token": token}, timeout=10)
    assert let_through.status_code == 501, "the handshake passed, the set cannot be written"
    sap.cookies.clear()
    assert sap.post(address, json={}, headers={"X-CSRF-Token": token}, timeout=10).status_code == 403


def test_the_services_also_answer_below_a_base_address_that_ends_with_sap(
    sap: requests.Session, sandbox: RunningSandbox
) -> None:
    response = sap.get(f"{sandbox.url}/sap/sap/opu/odata/sap/{JOURNAL}", timeout=10)
    assert "/sap/sap/opu/odata/sap/" in response.json()["d"]["__next"]
