"""The Salesforce server against its vendor's facts, and against simple-salesforce, the best-known client."""

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest

from dlt_sources.sandbox.serve import RunningSandbox, serve
from dlt_sources.sandbox.servers.context import DEMO_CREDENTIALS, Limits
from tests.dlt_sources.sandbox.servers.clients import salesforce_client
from tests.dlt_sources.sandbox.servers.tiny_company import AS_OF, TinyCompany

CREDENTIALS = DEMO_CREDENTIALS["salesforce"]
ALL_FIELDS = "Id, Name, AccountId, StageName, Amount, CurrencyIsoCode, CloseDate, IsWon, SystemModstamp, IsDeleted"


@pytest.fixture
def client(sandbox: RunningSandbox) -> Salesforce:
    return salesforce_client(sandbox.url)


def query(salesforce: requests.Session, soql: str, call: str = "query", **headers: str) -> requests.Response:
    return salesforce.get(f"{salesforce.url}/{call}", params={"q": soql}, headers=headers, timeout=10)


def rows_of(company: TinyCompany, resource: str) -> list[dict]:
    return company.vendor("salesforce")[resource].to_pylist()


def same(record: dict, row: dict) -> bool:
    """A record of the API says what the snapshot's row says."""
    amount = None if record["Amount"] is None else Decimal(str(record["Amount"]))
    stamp = datetime.strptime(record["SystemModstamp"], "%Y-%m-%dT%H:%M:%S.%f%z")
    plain = ("Id", "Name", "AccountId", "StageName", "CurrencyIsoCode", "IsWon", "IsDeleted")
    return (
        all(record[name] == row[name] for name in plain)
        and amount == row["Amount"]
        and record["CloseDate"] == row["CloseDate"].isoformat()
        and stamp == row["SystemModstamp"]
    )


def test_simple_salesforce_reads_every_record_deleted_ones_too(client: Salesforce, company: TinyCompany) -> None:
    records = client.query_all(f"SELECT {ALL_FIELDS} FROM Opportunity ORDER BY Id", include_deleted=True)["records"]
    expected = sorted(rows_of(company, "opportunities"), key=lambda row: row["Id"])
    assert len(records) == len(expected) > 200, "more than one batch"
    assert all(same(record, row) for record, row in zip(records, expected, strict=True))


def test_simple_salesforce_reads_the_same_through_bulk_2(client: Salesforce, company: TinyCompany) -> None:
    pages = client.bulk2.Opportunity.query_all(f"SELECT {ALL_FIELDS} FROM Opportunity", max_records=150, wait=0.05)
    records = [record for page in pages for record in csv.DictReader(io.StringIO(page))]
    by_id = {row["Id"]: row for row in rows_of(company, "opportunities")}
    assert len(records) == len(by_id)
    for record in records:
        row = by_id[record["Id"]]
        assert (Decimal(record["Amount"]) if record["Amount"] else None) == row["Amount"]
        assert record["IsDeleted"] == str(row["IsDeleted"]).lower()
        assert record["SystemModstamp"] == row["SystemModstamp"].strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_simple_salesforce_describes_objects_and_reads_one_record(client: Salesforce) -> None:
    fields = {field["name"]: field for field in client.Opportunity.describe()["fields"]}
    assert fields["AccountId"]["referenceTo"] == ["Account"]
    assert fields["AccountId"]["relationshipName"] == "Account"
    assert (fields["Amount"]["type"], fields["SystemModstamp"]["type"]) == ("currency", "datetime")
    assert {each["name"] for each in client.describe()["sobjects"]} >= {"Account", "Opportunity"}
    assert client.Account.get("0015f0000000001AAA")["Name"] == "Burlington Textiles"


def test_simple_salesforce_lists_deletes_and_updates(client: Salesforce) -> None:
    start, end = datetime(2026, 9, 20, tzinfo=UTC), datetime(2026, 9, 30, tzinfo=UTC)
    deleted = client.Account.deleted(start, end)
    assert [each["id"] for each in deleted["deletedRecords"]] == ["0015f0000000003AAA"]
    assert client.Account.updated(start, end)["ids"] == ["0015f0000000002AAA"]


def test_simple_salesforce_meets_the_vendors_errors(client: Salesforce) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        client.query("SELECT Nonsense FROM Account")
    assert refused.value.content[0]["errorCode"] == "INVALID_FIELD"


def test_a_token_says_where_to_go_and_not_when_it_ends(sandbox: RunningSandbox) -> None:
    answer = requests.post(
        f"{sandbox.url}/salesforce/services/oauth2/token",
        data={
            "grant_type": "password",
            "client_id": CREDENTIALS["client_id"],
            "client_secret": CREDENTIALS["client_secret"],
            "username": CREDENTIALS["username"],
            "password": CREDENTIALS["password"] + CREDENTIALS["security_token"],
        },
        timeout=10,
    ).json()
    assert answer["instance_url"] == f"{sandbox.url}/salesforce"
    assert "expires_in" not in answer
    assert answer["issued_at"].isdigit()


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"grant_type": "client_credentials", "client_secret": "wrong"}, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "unknown"}, "invalid_client_id"),
        ({"grant_type": "password", "username": "someone", "password": "wrong"}, "invalid_grant"),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "x"}, "invalid_grant"),
        ({"grant_type": "device"}, "unsupported_grant_type"),
    ],
)
def test_a_refused_logon_says_why(sandbox: RunningSandbox, form: dict[str, str], code: str) -> None:
    client = {"client_id": CREDENTIALS["client_id"], "client_secret": CREDENTIALS["client_secret"]}
    response = requests.post(f"{sandbox.url}/salesforce/services/oauth2/token", data=client | form, timeout=10)
    assert response.status_code == 400
    assert response.json()["error"] == code


def test_versions_are_listed_without_logon_and_everything_else_is_not(sandbox: RunningSandbox) -> None:
    versions = requests.get(f"{sandbox.url}/salesforce/services/data/", timeout=10).json()
    assert {"version": "66.0", "url": "/services/data/v66.0"}.items() <= versions[-2].items()
    refused = requests.get(f"{sandbox.url}/salesforce/services/data/v66.0/limits", timeout=10)
    assert refused.status_code == 401
    assert refused.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def test_a_session_ends_when_it_is_not_used(company: TinyCompany) -> None:
    with serve(company, as_of=AS_OF, limits=Limits(salesforce_session_seconds=60)) as running:
        present = [1000.0]
        running.sandbox.time = lambda: present[0]
        form = {"grant_type": "client_credentials", **{k: CREDENTIALS[k] for k in ("client_id", "client_secret")}}
        token = requests.post(f"{running.url}/services/oauth2/token", data=form, timeout=10).json()["access_token"]

        def status() -> int:
            headers = {"Authorization": f"Bearer {token}"}
            return requests.get(f"{running.url}/services/data/v66.0/limits", headers=headers, timeout=10).status_code

        present[0] += 59
        assert status() == 200, "this call extends the session"
        present[0] += 59
        assert status() == 200
        present[0] += 61
        assert status() == 401


def test_batches_follow_the_header_and_the_locator(salesforce: requests.Session) -> None:
    first = query(salesforce, "SELECT Id FROM Opportunity", "queryAll", **{"Sforce-Query-Options": "batchSize=200"})
    answer = first.json()
    assert (answer["totalSize"], len(answer["records"]), answer["done"]) == (450, 200, False)
    assert "/query/" in answer["nextRecordsUrl"], "the path says query even for queryAll"
    records = answer["records"]
    while not answer["done"]:
        answer = salesforce.get(salesforce.instance + answer["nextRecordsUrl"], timeout=10).json()
        records += answer["records"]
    assert len({record["Id"] for record in records}) == 450


def test_query_hides_what_was_deleted(salesforce: requests.Session) -> None:
    assert query(salesforce, "SELECT COUNT() FROM Opportunity").json()["totalSize"] == 449
    assert query(salesforce, "SELECT COUNT() FROM Opportunity", "queryAll").json()["totalSize"] == 450


def test_parents_are_records_inside_their_child(salesforce: requests.Session) -> None:
    soql = "SELECT Name, Account.Name, Account.Parent.Name FROM Opportunity WHERE Name IN ('Deal 1','Deal 2','Deal 10')"
    records = {record["Name"]: record for record in query(salesforce, soql).json()["records"]}
    assert records["Deal 1"]["Account"]["Name"] == "O'Reilly & Söhne"
    assert records["Deal 1"]["Account"]["Parent"]["attributes"]["type"] == "Account"
    assert records["Deal 2"]["Account"]["Parent"] is None
    assert records["Deal 10"]["Account"] is None


def test_amounts_are_json_numbers_in_exact_digits(salesforce: requests.Session) -> None:
    text = query(salesforce, "SELECT Amount FROM Opportunity WHERE Name = 'Deal 1'").text
    assert json.loads(text, parse_float=Decimal)["records"][0]["Amount"] == Decimal("12500.5")
    stages = query(salesforce, "SELECT DefaultProbability, SortOrder FROM OpportunityStage ORDER BY SortOrder").text
    assert '"DefaultProbability":10.0,"SortOrder":1' in stages


def test_each_answer_says_how_much_of_the_allowance_is_used(salesforce: requests.Session) -> None:
    usage = query(salesforce, "SELECT Id FROM Account").headers["Sforce-Limit-Info"]
    used, allowed = usage.removeprefix("api-usage=").split("/")
    limits = salesforce.get(f"{salesforce.url}/limits", timeout=10).json()["DailyApiRequests"]
    assert limits["Max"] == int(allowed)
    assert limits["Remaining"] == int(allowed) - int(used) - 1


def test_over_the_daily_allowance_is_a_403(company: TinyCompany) -> None:
    with serve(company, as_of=AS_OF, limits=Limits(salesforce_daily_requests=2)) as running:
        form = {"grant_type": "client_credentials", **{k: CREDENTIALS[k] for k in ("client_id", "client_secret")}}
        token = requests.post(f"{running.url}/services/oauth2/token", data=form, timeout=10).json()["access_token"]
        statuses = [
            requests.get(
                f"{running.url}/services/data/v66.0/limits", headers={"Authorization": f"Bearer {token}"}, timeout=10
            ).status_code
            for _ in range(3)
        ]
    assert statuses == [200, 200, 403]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("query?q=SELECT Id FROM Nonsense", 400, "INVALID_TYPE"),
        ("query?q=SELECT Id FRO Account", 400, "MALFORMED_QUERY"),
        ("query?q=SELECT Id FROM Account WHERE CreatedDate = '2026-01-01'", 400, "INVALID_FIELD"),
        ("query/01gSB9999999999AA2-200", 400, "INVALID_QUERY_LOCATOR"),
        ("sobjects/Nonsense/describe", 404, "NOT_FOUND"),
        (
            "sobjects/Account/deleted?start=2026-01-01T00:00:00Z&end=2026-09-30T00:00:00Z",
            400,
            "INVALID_REPLICATION_DATE",
        ),
        ("nonsense", 404, "NOT_FOUND"),
    ],
)
def test_an_error_is_an_array_with_one_code(salesforce: requests.Session, path: str, status: int, code: str) -> None:
    response = salesforce.get(f"{salesforce.url}/{path}", timeout=10)
    assert response.status_code == status
    assert [error["errorCode"] for error in response.json()] == [code]


def test_an_old_locator_closes_when_too_many_are_open(salesforce: requests.Session) -> None:
    locators = [query(salesforce, "SELECT Id FROM Opportunity").json()["nextRecordsUrl"] for _ in range(11)]
    assert (
        salesforce.get(salesforce.instance + locators[0], timeout=10).json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"
    )
    assert salesforce.get(salesforce.instance + locators[-1], timeout=10).status_code == 200


class TestBulk:
    """Query jobs step by step."""

    def create(self, salesforce: requests.Session, **settings: str) -> dict:
        body = {"operation": "queryAll", "query": "SELECT Id, Account.Name, Amount FROM Opportunity", **settings}
        return salesforce.post(f"{salesforce.url}/jobs/query", json=body, timeout=10).json()

    def state(self, salesforce: requests.Session, job: dict) -> str:
        return salesforce.get(f"{salesforce.url}/jobs/query/{job['id']}", timeout=10).json()["state"]

    def test_a_job_is_uploaded_then_in_progress_then_complete(self, salesforce: requests.Session) -> None:
        job = self.create(salesforce)
        too_early = salesforce.get(f"{salesforce.url}/jobs/query/{job['id']}/results", timeout=10)
        states = [job["state"], *(self.state(salesforce, job) for _ in range(4))]
        assert states == ["UploadComplete", "InProgress", "InProgress", "JobComplete", "JobComplete"]
        assert too_early.status_code == 400

    def test_results_come_in_pages_with_a_locator_until_it_says_null(self, salesforce: requests.Session) -> None:
        job = self.create(salesforce, columnDelimiter="SEMICOLON", lineEnding="CRLF")
        while self.state(salesforce, job) != "JobComplete":
            pass
        records, locator = [], None
        while locator != "null":
            page = salesforce.get(
                f"{salesforce.url}/jobs/query/{job['id']}/results", params={"locator": locator}, timeout=10
            )
            lines = page.content.decode().split("\r\n")[:-1]
            assert lines[0] == '"Id";"Account.Name";"Amount"'
            assert len(lines) - 1 == int(page.headers["Sforce-NumberOfRecords"]) <= 180
            records += lines[1:]
            locator = page.headers["Sforce-Locator"]
        assert len(records) == 450
        assert '"0065f0000000010AAA";"";""' in records, "nulls are empty strings"

    def test_a_job_can_be_aborted_and_deleted(self, salesforce: requests.Session) -> None:
        job = self.create(salesforce)
        address = f"{salesforce.url}/jobs/query/{job['id']}"
        assert salesforce.patch(address, json={"state": "Aborted"}, timeout=10).json()["state"] == "Aborted"
        assert self.state(salesforce, job) == "Aborted"
        assert salesforce.delete(address, timeout=10).status_code == 204
        assert salesforce.get(address, timeout=10).status_code == 404

    def test_a_bulk_query_may_not_count_or_skip(self, salesforce: requests.Session) -> None:
        for soql in ("SELECT COUNT() FROM Account", "SELECT Id FROM Account OFFSET 5"):
            body = {"operation": "query", "query": soql}
            assert salesforce.post(f"{salesforce.url}/jobs/query", json=body, timeout=10).status_code == 400
