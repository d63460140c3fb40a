"""Finance & Operations' data service as its facts describe it: tokens, companies, pages, enumerations and dates."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import requests

from dlt_sources.sandbox.company import build_world
from dlt_sources.sandbox.serve import RunningSandbox, serve
from dlt_sources.sandbox.servers.context import DEMO_CREDENTIALS, Limits
from tests.dlt_sources.sandbox_instances import INSTANCES, load

AS_OF = date(2026, 9, 28)
KEYS = DEMO_CREDENTIALS["d365_finance"]
ENTITIES = ("2020", "3010")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    world = build_world(seed=11, scale=0.03, books=dict.fromkeys(ENTITIES, "d365_finance"))
    with serve(lambda day: world.as_of(day, "none"), as_of=AS_OF, limits=Limits(d365_page_rows=500)) as run:
        yield run


def buy(sandbox: RunningSandbox, **changes: str) -> requests.Response:
    form = {"grant_type": "client_credentials", "scope": f"{sandbox.url}/.default", **KEYS, **changes}
    url = INSTANCES["d365_finance"]["auth_url"].format(url=sandbox.url) + "/oauth2/v2.0/token"
    return requests.post(url, data=form, timeout=30)


@pytest.fixture(scope="module")
def token(sandbox: RunningSandbox) -> str:
    return buy(sandbox).json()["access_token"]


def ask(
    sandbox: RunningSandbox, token: str, path: str, prefer: str = "", company: str = "true", **params: Any
) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}", **({"Prefer": prefer} if prefer else {})}
    options = {f"${name}": value for name, value in params.items()} | ({"cross-company": company} if company else {})
    url = INSTANCES["d365_finance"]["base_url"].format(url=sandbox.url)
    return requests.get(f"{url}/{path}", params=options, headers=headers, timeout=30)


def rows(answer: requests.Response) -> list[dict[str, Any]]:
    return answer.json()["value"]


def said(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["innererror"]["message"]


def test_a_token_is_for_one_environment(sandbox: RunningSandbox, token: str) -> None:
    answer = buy(sandbox, scope="https://elsewhere.operations.dynamics.com/.default")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_resource")
    answer = buy(sandbox, client_secret="wrong")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert ask(sandbox, token, "Ledgers").status_code == 200


def test_a_token_nobody_gave_is_refused_without_a_word(sandbox: RunningSandbox) -> None:
    answer = ask(sandbox, "forged", "Ledgers")
    assert (answer.status_code, answer.text) == (401, "")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_without_cross_company_there_is_one_company(sandbox: RunningSandbox, token: str) -> None:
    for company, seen in (("true", set(ENTITIES)), ("false", {"2020"}), ("", {"2020"})):
        answer = ask(sandbox, token, "CustTransBiEntities", company=company, select="dataAreaId")
        found = {row["dataAreaId"] for row in rows(answer)}
        while "@odata.nextLink" in (body := answer.json()):
            link = body["@odata.nextLink"]
            answer = requests.get(link, headers={"Authorization": f"Bearer {token}"}, timeout=30)
            found |= {row["dataAreaId"] for row in rows(answer)}
        assert found == seen, company
    # What all companies share knows no company.
    assert rows(ask(sandbox, token, "MainAccounts", company="")) == rows(ask(sandbox, token, "MainAccounts"))


def test_pages_are_as_large_as_preferred_and_never_larger_than_the_server_allows(
    sandbox: RunningSandbox, token: str
) -> None:
    path = "GeneralJournalAccountEntryBiEntities"
    sizes = [
        len(rows(ask(sandbox, token, path, prefer)))
        for prefer in ("odata.maxpagesize=7", "odata.maxpagesize=10000", "")
    ]
    assert sizes == [7, 500, 500]
    body = ask(sandbox, token, path, "odata.maxpagesize=7", select="SourceKey", top=10, count="true").json()
    link = body["@odata.nextLink"]
    assert body["@odata.count"] > 500 and "cross-company=true" in link and "$skiptoken=7" in link
    headers = {"Authorization": f"Bearer {token}", "Prefer": "odata.maxpagesize=7"}
    second = requests.get(link, headers=headers, timeout=30).json()
    assert len(second["value"]) == 3 and "@odata.nextLink" not in second
    assert set(second["value"][0]) == {"@odata.etag", "SourceKey"}


def test_enumerations_are_compared_with_members_of_their_type(sandbox: RunningSandbox, token: str) -> None:
    layer = "Microsoft.Dynamics.DataEntities.CurrentOperationsTax'Operations'"
    path = "GeneralJournalEntryBiEntities"
    found = rows(ask(sandbox, token, path, filter=f"PostingLayer eq {layer}", top=20))
    assert found and {row["PostingLayer"] for row in found} == {"Operations"}
    others = rows(ask(sandbox, token, path, filter=f"PostingLayer ne {layer}", top=20))
    assert {row["PostingLayer"] for row in others} == {"Current"}
    status, reason = said(ask(sandbox, token, path, filter=f"PostingLayer gt {layer}"))
    assert status == 400 and "PostingLayer" in reason


def test_what_is_unknown_is_refused_with_its_name(sandbox: RunningSandbox, token: str) -> None:
    assert said(ask(sandbox, token, "Ledgers", select="Nonsense"))[1].startswith(
        "Could not find a property named 'Nonsense'"
    )
    status, reason = said(ask(sandbox, token, "Ledgers", filter="Nonsense eq 'x'"))
    assert status == 400 and "Nonsense" in reason
    assert said(ask(sandbox, token, "Ledgers", expand="Lines"))[1] == "The query parameter '$expand' is not supported."
    answer = ask(sandbox, token, "GeneralLedgers")
    assert answer.status_code == 404
    assert answer.json()["Message"].startswith("No HTTP resource was found that matches the request URI")


def test_dates_are_noon_and_what_is_missing_is_written_too(sandbox: RunningSandbox, token: str) -> None:
    filters = "SettleAmountCur eq 0"
    (is_open,) = rows(ask(sandbox, token, "CustTransBiEntities", filter=filters, top=1))
    assert is_open["Closed"] == "1900-01-01T00:00:00Z" and is_open["TransDate"].endswith("T12:00:00Z")
    assert is_open["Correct"] == "No" and isinstance(is_open["AmountCur"], int | float)
    (ledger, *_) = rows(ask(sandbox, token, "Ledgers"))
    assert ledger["AccountStructureName3"] == ""
    assert (ledger["AccountingCurrency"], ledger["ReportingCurrency"]) == ("CAD", "EUR")


def transfers(sandbox: RunningSandbox, day: date) -> tuple[set[str], set[str]]:
    """Entries of the year-end close as a full load of the day finds them, and the types of their periods."""
    names = ["fiscal_periods", "journal_entries", "journal_lines"]
    found = load("d365_finance", sandbox.url, day, resources=names)
    assert found.error is None
    of_close = {
        row["GeneralJournalEntry"]
        for row in found.rows["journal_lines"]
        if row["PostingType"] == "TransferOpeningClosing"
    }
    types = {row["SourceKey"]: row["Type"] for row in found.rows["fiscal_periods"]}
    periods = {row["SourceKey"]: row["FiscalCalendarPeriod"] for row in found.rows["journal_entries"]}
    return of_close, {types[periods[key]] for key in of_close}


def test_a_close_that_runs_again_deletes_what_the_first_one_posted() -> None:
    world = build_world(seed=11, scale=0.03, books=dict.fromkeys(ENTITIES, "d365_finance"))
    found = {}
    for day in (date(2026, 3, 9), date(2026, 3, 12)):
        with serve(lambda day: world.as_of(day, "none"), as_of=day) as run:
            found[day], periods = transfers(run, day)
            assert periods == {"Opening"}
    first, second = found.values()
    assert first - second and second - first
