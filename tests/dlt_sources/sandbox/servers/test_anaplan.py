"""The Anaplan server against its vendor's facts, and against anaplan-sdk, the best-known client."""

import csv
import io
from decimal import Decimal

import anaplan_sdk
import pytest
import requests
from anaplan_sdk.exceptions import AnaplanActionError, InvalidIdentifierException

from dlt_sources.sandbox.faults import Fault
from dlt_sources.sandbox.serve import RunningSandbox, serve
from dlt_sources.sandbox.servers.anaplan_model import (
    MODEL_ID,
    PLAN_EXPORT,
    SUBMISSION_EXPORT,
    SUBMISSION_FILE,
    SUBMISSION_IMPORT,
    SUBMISSION_PROCESS,
    TOTALS_EXPORT,
    WORKSPACE_ID,
)
from dlt_sources.sandbox.servers.context import DEMO_CREDENTIALS, Limits
from tests.dlt_sources.sandbox.servers.clients import anaplan_client
from tests.dlt_sources.sandbox.servers.tiny_company import AS_OF, TinyCompany

CREDENTIALS = DEMO_CREDENTIALS["anaplan"]
BASIC = (CREDENTIALS["user"], CREDENTIALS["password"])
HEADER = "Version,Entity,Account,Cost Center,Product Family,Time,Currency,Amount"
GOOD_ROW = "Forecast 2026Q3,1010,400000,10101101,FAM-F,Oct 26,EUR,1500.25"


@pytest.fixture
def client(sandbox: RunningSandbox) -> anaplan_sdk.Client:
    return anaplan_client(sandbox.url)


def address(anaplan: requests.Session, path: str) -> str:
    return f"{anaplan.url}/workspaces/{WORKSPACE_ID}/models/{MODEL_ID}{path}"


def run(anaplan: requests.Session, kind: str, action: str) -> dict:
    """Starts a task and looks at it until it is complete."""
    started = anaplan.post(address(anaplan, f"/{kind}/{action}/tasks"), json={"localeName": "en_US"}, timeout=10).json()
    while True:
        task = anaplan.get(address(anaplan, f"/{kind}/{action}/tasks/{started['task']['taskId']}"), timeout=10).json()
        if task["task"]["taskState"] == "COMPLETE":
            return task["task"]


def test_anaplan_sdk_exports_the_plan_as_the_snapshot_has_it(client: anaplan_sdk.Client, company: TinyCompany) -> None:
    rows = list(csv.DictReader(io.StringIO(client.export_and_download(int(PLAN_EXPORT)).decode())))
    expected = company.vendor("anaplan")["plan_lines"].to_pylist()
    assert [row | {"Amount": Decimal(row["Amount"])} for row in rows] == expected


def test_anaplan_sdk_exports_what_the_model_sums(client: anaplan_sdk.Client, company: TinyCompany) -> None:
    rows = list(csv.DictReader(io.StringIO(client.export_and_download(int(TOTALS_EXPORT)).decode())))
    expected = company.vendor("anaplan")["plan_totals"].to_pylist()
    numbers = ({"Amount": Decimal(row["Amount"]), "Line Count": int(row["Line Count"])} for row in rows)
    assert [row | read for row, read in zip(rows, numbers, strict=True)] == expected
    assert sum(row["Line Count"] for row in expected) == company.vendor("anaplan")["plan_lines"].num_rows


def test_anaplan_sdk_reads_lists_items_and_the_calendar(client: anaplan_sdk.Client, company: TinyCompany) -> None:
    tables = company.vendor("anaplan")
    found = [
        (each.name, item.name, item.code, item.properties)
        for each in client.tr.get_lists()
        for item in client.tr.get_list_items(each.id)
    ]
    expected = [(row["list_name"], row["name"], row["code"]) for row in tables["list_items"].to_pylist()]
    assert [each[:3] for each in found] == expected
    assert found[0][3] == {"region": "EMEA"}
    assert client.tr.get_list_metadata(101000000001).item_count == 2
    assert client.tr.get_model_calendar().fiscal_year.year == "FY26"
    assert client.tr.get_current_period().period_text == "Sep 26"


def test_anaplan_sdk_finds_workspaces_models_and_actions(client: anaplan_sdk.Client) -> None:
    assert [workspace.id for workspace in client.get_workspaces()] == [WORKSPACE_ID]
    assert [model.id for model in client.get_models()] == [MODEL_ID]
    assert [str(export.id) for export in client.get_exports()] == [PLAN_EXPORT, SUBMISSION_EXPORT, TOTALS_EXPORT]
    assert [str(each.file_id) for each in client.get_imports()] == [SUBMISSION_FILE]
    assert len(client.get_processes()) == len(client.get_actions()) == 1


def test_anaplan_sdk_uploads_in_chunks_and_imports(client: anaplan_sdk.Client) -> None:
    content = f"{HEADER}\n{GOOD_ROW}\n".encode()
    task = client.upload_and_import(int(SUBMISSION_FILE), content, int(SUBMISSION_IMPORT))
    assert task.result.successful
    assert not task.result.failure_dump_available
    assert client.export_and_download(int(SUBMISSION_EXPORT)) == content
    client.run_action(117000000001)
    assert client.export_and_download(int(SUBMISSION_EXPORT)).decode() == f"{HEADER}\n"


def test_anaplan_sdk_renews_an_expired_token_by_itself(client: anaplan_sdk.Client, sandbox: RunningSandbox) -> None:
    sandbox.sandbox.faults.add(Fault("expired_token", "anaplan", count=1))
    assert len(client.get_exports()) == 3


def test_anaplan_sdk_says_that_complete_was_not_success(client: anaplan_sdk.Client, sandbox: RunningSandbox) -> None:
    sandbox.sandbox.faults.add(Fault.from_fields({"label": "task_failed", "system": "anaplan"}))
    with pytest.raises(AnaplanActionError):
        client.run_action(int(PLAN_EXPORT))
    with pytest.raises(InvalidIdentifierException):
        client.get_file(116000000099)


def test_a_token_lives_35_minutes_and_refreshing_keeps_its_value(company: TinyCompany) -> None:
    with serve(company, as_of=AS_OF, limits=Limits()) as running:
        present = [1_800_000_000.0]
        running.sandbox.time = lambda: present[0]
        auth = f"{running.url}/anaplan/auth/token"
        response = requests.post(f"{auth}/authenticate", auth=BASIC, timeout=10)
        info = response.json()["tokenInfo"]
        assert response.status_code == 201
        assert info["expiresAt"] == 1_800_002_100_000
        header = {"Authorization": f"AnaplanAuthToken {info['tokenValue']}"}
        present[0] += 2000
        refreshed = requests.post(f"{auth}/refresh", headers=header, timeout=10).json()["tokenInfo"]
        assert (refreshed["tokenValue"], refreshed["expiresAt"]) == (info["tokenValue"], 1_800_004_100_000)
        present[0] += 2000
        assert requests.get(f"{auth}/validate", headers=header, timeout=10).json()["statusMessage"] == "Token validated"
        present[0] += 101
        assert requests.get(f"{auth}/validate", headers=header, timeout=10).status_code == 401
        assert requests.post(f"{auth}/refresh", headers=header, timeout=10).status_code == 401
        assert requests.get(f"{running.url}/anaplan/api/2/0/workspaces", headers=header, timeout=10).status_code == 401


def test_a_token_dies_at_logout(anaplan: requests.Session) -> None:
    assert anaplan.post(f"{anaplan.auth_url}/logout", timeout=10).status_code == 204
    assert anaplan.get(f"{anaplan.url}/workspaces", timeout=10).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status", "answer"),
    [
        ({"Authorization": "Basic d3Jvbmc6d3Jvbmc="}, 401, "FAILURE_BAD_CREDENTIAL"),
        ({}, 400, "FAILURE_BAD_HEADER"),
    ],
)
def test_a_refused_logon_says_why(sandbox: RunningSandbox, headers: dict, status: int, answer: str) -> None:
    response = requests.post(f"{sandbox.url}/anaplan/auth/token/authenticate", headers=headers, timeout=10)
    assert (response.status_code, response.json()["status"]) == (status, answer)


def test_the_bearer_scheme_serves_the_api_but_not_the_token_host(anaplan: requests.Session) -> None:
    bearer = {"Authorization": f"Bearer {anaplan.token}"}
    assert anaplan.get(f"{anaplan.url}/workspaces", headers=bearer, timeout=10).status_code == 200
    assert anaplan.get(f"{anaplan.auth_url}/validate", headers=bearer, timeout=10).status_code == 400
    assert anaplan.post(f"{anaplan.auth_url}/logout", headers=bearer, timeout=10).status_code == 401


def test_a_task_goes_through_its_states(anaplan: requests.Session) -> None:
    path = f"/exports/{PLAN_EXPORT}/tasks"
    task = anaplan.post(address(anaplan, path), json={"localeName": "en_US"}, timeout=10).json()["task"]["taskId"]
    seen = [anaplan.get(address(anaplan, f"{path}/{task}"), timeout=10).json()["task"] for _ in range(4)]
    assert [each["taskState"] for each in seen] == ["NOT_STARTED", "IN_PROGRESS", "COMPLETE", "COMPLETE"]
    assert ["result" in each for each in seen] == [False, False, True, True]
    listed = anaplan.get(address(anaplan, path), timeout=10).json()["tasks"]
    assert task in {each["taskId"] for each in listed}


def test_chunks_cut_rows_and_characters_and_still_join_to_the_file(anaplan: requests.Session) -> None:
    run(anaplan, "exports", PLAN_EXPORT)
    chunks = anaplan.get(address(anaplan, f"/files/{PLAN_EXPORT}/chunks"), timeout=10).json()["chunks"]
    parts = [
        anaplan.get(address(anaplan, f"/files/{PLAN_EXPORT}/chunks/{chunk['id']}"), timeout=10).content
        for chunk in chunks
    ]
    whole = anaplan.get(address(anaplan, f"/files/{PLAN_EXPORT}"), timeout=10).content
    assert len(parts) > 5
    assert b"".join(parts) == whole

    def decodes(part: bytes) -> bool:
        try:
            return bool(part.decode())
        except UnicodeDecodeError:
            return False

    assert not all(decodes(part) for part in parts), "a character was cut"


def test_a_file_without_content_has_no_chunks_and_is_not_found(company: TinyCompany) -> None:
    with serve(company, as_of=AS_OF) as running:
        answer = requests.post(f"{running.url}/anaplan/auth/token/authenticate", auth=BASIC, timeout=10).json()
        header = {"Authorization": f"AnaplanAuthToken {answer['tokenInfo']['tokenValue']}"}
        files = f"{running.url}/anaplan/api/2/0/models/{MODEL_ID}/files/{PLAN_EXPORT}"
        assert "chunks" not in requests.get(f"{files}/chunks", headers=header, timeout=10).json()
        assert requests.get(files, headers=header, timeout=10).status_code == 404


def test_export_metadata_describes_the_file(anaplan: requests.Session, company: TinyCompany) -> None:
    described = anaplan.get(address(anaplan, f"/exports/{PLAN_EXPORT}"), timeout=10).json()["exportMetadata"]
    assert described["headerNames"] == HEADER.split(",")
    assert described["rowCount"] == company.vendor("anaplan")["plan_lines"].num_rows
    assert (described["separator"], described["delimiter"], described["encoding"]) == (",", '"', "UTF-8")
    assert described["dataTypes"][5:] == ["TIME_ENTITY", "ENTITY", "NUMBER"]
    totals = anaplan.get(address(anaplan, f"/exports/{TOTALS_EXPORT}"), timeout=10).json()["exportMetadata"]
    assert totals["headerNames"] == ["Version", "Entity", "Time", "Currency", "Amount", "Line Count"]
    assert totals["rowCount"] == company.vendor("anaplan")["plan_totals"].num_rows


def test_lists_page_by_offset_and_leave_out_the_key_of_an_empty_page(anaplan: requests.Session) -> None:
    first = anaplan.get(address(anaplan, "/lists"), params={"limit": 3}, timeout=10).json()
    assert first["meta"]["paging"] | {"next": ""} == {"currentPageSize": 3, "totalSize": 4, "offset": 0, "next": ""}
    second = anaplan.get(first["meta"]["paging"]["next"], timeout=10).json()
    assert [each["name"] for each in first["lists"] + second["lists"]] == [
        "Entities", "Accounts", "Cost Centers", "Product Families"]  # fmt: skip
    assert "next" not in second["meta"]["paging"]
    beyond = anaplan.get(address(anaplan, "/lists"), params={"limit": 3, "offset": 30}, timeout=10).json()
    assert "lists" not in beyond
    assert anaplan.get(address(anaplan, "/lists"), params={"limit": "all"}, timeout=10).status_code == 400
    names = anaplan.get(address(anaplan, "/lists"), params={"sort": "-name"}, timeout=10).json()["lists"]
    assert names[0]["name"] == "Product Families"


class TestImport:
    """Uploading, importing, and what becomes of rows that are refused."""

    def upload(self, anaplan: requests.Session, *rows: str) -> None:
        content = "\n".join([HEADER, *rows, ""]).encode()
        anaplan.post(address(anaplan, f"/files/{SUBMISSION_FILE}"), json={"chunkCount": -1}, timeout=10)
        for number, start in enumerate(range(0, len(content), 40)):
            sent = anaplan.put(
                address(anaplan, f"/files/{SUBMISSION_FILE}/chunks/{number}"),
                data=content[start : start + 40],
                headers={"Content-Type": "application/octet-stream"},
                timeout=10,
            )
            assert (sent.status_code, sent.content) == (204, b"")
        assert anaplan.post(address(anaplan, f"/files/{SUBMISSION_FILE}/complete"), json={}, timeout=10).ok

    def test_refused_rows_are_dumped_with_their_reason_and_the_others_loaded(self, anaplan: requests.Session) -> None:
        bad_entity = GOOD_ROW.replace("1010", "9999")
        bad_amount = GOOD_ROW.replace("1500.25", "lots")
        self.upload(anaplan, GOOD_ROW, bad_entity, bad_amount)
        task = run(anaplan, "imports", SUBMISSION_IMPORT)
        assert task["result"]["successful"] is True, "an import that leaves rows out still succeeds"
        assert task["result"]["failureDumpAvailable"] is True
        counts = task["result"]["details"][0]["values"]
        assert dict(zip(counts[::2], counts[1::2], strict=True)) | {"createdCount": "?", "updatedCount": "?"} == {
            "successRowCount": "1", "createdCount": "?", "updatedCount": "?", "failedCount": "2", "ignoredCount": "0",
            "totalRowCount": "3"}  # fmt: skip
        dump = address(anaplan, f"/imports/{SUBMISSION_IMPORT}/tasks/{task['taskId']}/dump")
        chunks = anaplan.get(f"{dump}/chunks", timeout=10).json()["chunks"]
        text = b"".join(anaplan.get(f"{dump}/chunks/{chunk['id']}", timeout=10).content for chunk in chunks).decode()
        refused = list(csv.DictReader(io.StringIO(text)))
        assert [row["_Row_"] for row in refused] == ["2", "3"]
        assert "'9999' is not a member of Entities" in refused[0]["_Error_"]
        assert "'lots' is not a number" in refused[1]["_Error_"]

    def test_a_row_sent_again_replaces_its_cell(self, anaplan: requests.Session) -> None:
        self.upload(anaplan, GOOD_ROW, GOOD_ROW.replace("1500.25", "1600.00"))
        run(anaplan, "processes", SUBMISSION_PROCESS)
        run(anaplan, "exports", SUBMISSION_EXPORT)
        text = anaplan.get(address(anaplan, f"/files/{SUBMISSION_EXPORT}"), timeout=10).text
        assert text == f"{HEADER}\n{GOOD_ROW.replace('1500.25', '1600.00')}\n"

    def test_an_incomplete_file_is_complete_without_success(self, anaplan: requests.Session) -> None:
        anaplan.post(address(anaplan, f"/files/{SUBMISSION_FILE}"), json={"chunkCount": 2}, timeout=10)
        anaplan.put(address(anaplan, f"/files/{SUBMISSION_FILE}/chunks/0"), data=b"half", timeout=10)
        task = run(anaplan, "imports", SUBMISSION_IMPORT)
        assert (task["taskState"], task["result"]["successful"]) == ("COMPLETE", False)

    def test_a_file_with_other_columns_is_refused_whole(self, anaplan: requests.Session) -> None:
        anaplan.put(address(anaplan, f"/files/{SUBMISSION_FILE}"), data=b"Version,Amount\nx,1\n", timeout=10)
        assert run(anaplan, "imports", SUBMISSION_IMPORT)["result"]["successful"] is False


@pytest.mark.parametrize(
    "path",
    [
        "/exports/116000000099",
        "/files/113000000099",
        "/imports/112000000099/tasks",
        "/lists/101000000099/items",
        "/what",
    ],
)
def test_what_is_not_there_is_a_404_with_path_and_time(anaplan: requests.Session, path: str) -> None:
    response = anaplan.get(address(anaplan, path), timeout=10)
    body = response.json()
    assert (response.status_code, body["status"]) == (404, {"code": 404, "message": "Not Found"})
    assert body["path"].startswith("/2/0/workspaces/")
    assert body["timestamp"].endswith("Z")


def test_another_model_is_masked_as_not_found(anaplan: requests.Session) -> None:
    assert anaplan.get(f"{anaplan.url}/models/{'0' * 32}/exports", timeout=10).status_code == 404
