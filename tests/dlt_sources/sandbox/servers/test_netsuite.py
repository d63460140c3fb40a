"""NetSuite's query service as its facts describe it: signatures, pages, caps, refusals; and a known client reads it."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from requests_oauthlib import OAuth1, OAuth1Session

from dlt_sources.sandbox.company import build_world
from dlt_sources.sandbox.serve import RunningSandbox, serve
from dlt_sources.sandbox.servers.context import DEMO_CREDENTIALS, Limits
from tests.dlt_sources.sandbox_instances import load

AS_OF = date(2026, 9, 30)
KEYS = DEMO_CREDENTIALS["netsuite"]
SUITEQL = "/netsuite/services/rest/query/v1/suiteql"
TOKEN = "/netsuite/services/rest/auth/oauth2/v1/token"
PRIVATE_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CLIENT = {"client_id": "sandbox-client", "certificate_id": "sandbox-certificate"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    world = build_world(seed=11, scale=0.03, books={"3020": "netsuite"})
    public = PRIVATE_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    credentials = {"netsuite": {**KEYS, **CLIENT, "public_key": public}}
    limits = Limits(netsuite_row_cap=1000, netsuite_concurrent_requests=2)
    with serve(lambda day: world.as_of(day, "none"), as_of=AS_OF, credentials=credentials, limits=limits) as running:
        yield running


def signature(**changes: str) -> OAuth1:
    keys = {**KEYS, **changes}
    return OAuth1(
        keys["consumer_key"],
        keys["consumer_secret"],
        keys["token_id"],
        keys["token_secret"],
        signature_method="HMAC-SHA256",
        realm=keys["account"],
    )


def ask(sandbox: RunningSandbox, query: str, auth: Any = None, **changes: Any) -> requests.Response:
    wanted = {
        "params": {"limit": 1000, "offset": 0},
        "headers": {"Prefer": "transient"},
        "json": {"q": query},
        **changes,
    }
    return requests.post(sandbox.url + SUITEQL, auth=auth or signature(), timeout=30, **wanted)


def refused(answer: requests.Response) -> tuple[int, str, str]:
    body = answer.json()
    assert body["status"] == answer.status_code and body["title"]
    return answer.status_code, body["o:errorDetails"][0]["o:errorCode"], body["o:errorDetails"][0]["detail"]


def test_a_known_oauth_client_reads_the_same_rows_as_the_source(sandbox: RunningSandbox) -> None:
    session = OAuth1Session(
        KEYS["consumer_key"],
        KEYS["consumer_secret"],
        KEYS["token_id"],
        KEYS["token_secret"],
        signature_method="HMAC-SHA256",
        realm=KEYS["account"],
    )
    rows, offset, has_more = [], 0, True
    while has_more:
        page = session.post(
            f"{sandbox.url}{SUITEQL}?limit=100&offset={offset}",
            json={"q": "SELECT id, type, foreigntotal, trandate FROM transaction ORDER BY id"},
            headers={"Prefer": "transient"},
        ).json()
        rows, offset, has_more = rows + page["items"], offset + 100, page["hasMore"]
    landed = load("netsuite", sandbox.url, AS_OF, resources=["transactions"]).rows["transactions"]
    assert [(row["id"], row["type"], row["foreigntotal"]) for row in rows] == [
        (row["id"], row["type"], row["foreigntotal"]) for row in landed
    ]
    assert len(rows) == page["totalResults"] > 300
    year, month, day = (int(part) for part in landed[0]["trandate"].split("-"))
    assert rows[0]["trandate"] == f"{month}/{day}/{year}"


def test_a_page_names_the_next_one_until_there_is_none(sandbox: RunningSandbox) -> None:
    query = "SELECT id FROM account ORDER BY id"
    first = ask(sandbox, query, params={"limit": 40, "offset": 0}).json()
    last = ask(sandbox, query, params={"limit": 40, "offset": 40}).json()
    assert first["hasMore"] and first["count"] == 40
    assert [link["href"].partition("?")[2] for link in first["links"] if link["rel"] == "next"] == [
        "limit=40&offset=40"
    ]
    assert not last["hasMore"] and [link["rel"] for link in last["links"]] == ["self"]
    assert first["totalResults"] == 40 + last["count"]


def test_values_are_text_and_nulls_are_left_out(sandbox: RunningSandbox) -> None:
    items = ask(sandbox, "SELECT id, parent, isinactive, lastmodifieddate FROM subsidiary").json()["items"]
    assert items == [{"links": [], "id": "3020", "isinactive": "F", "lastmodifieddate": "1/4/2016"}]


@pytest.mark.parametrize("page", [{"limit": 1001}, {"limit": 0}, {"limit": 100, "offset": 50}, {"limit": "x"}])
def test_a_page_that_is_none_is_refused(sandbox: RunningSandbox, page: dict[str, Any]) -> None:
    status, code, _ = refused(ask(sandbox, "SELECT id FROM account", params=page))
    assert (status, code) == (400, "INVALID_PARAMETER")


def test_no_query_shows_more_rows_than_the_cap_and_the_source_reads_them_all(sandbox: RunningSandbox) -> None:
    query = "SELECT l.transaction, l.id FROM transactionline l ORDER BY l.transaction, l.id"
    total = ask(sandbox, query).json()["totalResults"]
    assert total > 1000
    assert refused(ask(sandbox, query, params={"limit": 500, "offset": 1000}))[:2] == (400, "INVALID_PARAMETER")
    landed = load("netsuite", sandbox.url, AS_OF, resources=["transaction_lines"])
    assert landed.error is None and len(landed.rows["transaction_lines"]) == total


def test_prefer_transient_is_required(sandbox: RunningSandbox) -> None:
    assert refused(ask(sandbox, "SELECT id FROM account", headers={}))[:2] == (400, "INVALID_HEADER")


@pytest.mark.parametrize("body", ["", "[]", '{"query": "SELECT 1"}', '{"q": 1}'])
def test_a_body_without_a_query_is_refused(sandbox: RunningSandbox, body: str) -> None:
    assert refused(ask(sandbox, "", json=None, data=body))[:2] == (400, "INVALID_CONTENT")


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("SELECT id FROM invoices", "Record 'invoices' was not found"),
        ("SELECT color FROM account", "color"),
        ("SELECT id FROM account LIMIT 5", "limit and offset"),
        ("WITH a AS (SELECT id FROM account) SELECT id FROM a", "WITH"),
        ("DELETE FROM account", "Only one SELECT"),
        ("SELECT id FROM account; SELECT id FROM item", "Only one SELECT"),
        ("SELECT * FROM read_csv('/etc/passwd')", "was not found"),
        ("SELECT getenv('HOME') AS home FROM account", "Unknown function"),
        ("SELECT id FROM [account]", "Invalid or unsupported search"),
    ],
)
def test_what_suiteql_refuses_is_refused(sandbox: RunningSandbox, query: str, detail: str) -> None:
    status, code, said = refused(ask(sandbox, query))
    assert (status, code) == (400, "INVALID_PARAMETER")
    assert detail in said


def test_markers_take_the_values_of_the_request(sandbox: RunningSandbox) -> None:
    query = "SELECT acctnumber FROM account WHERE id > ? AND accttype = ? ORDER BY id"
    items = ask(sandbox, "", json={"q": query, "params": ["0", "AcctRec"]}).json()["items"]
    assert [item["acctnumber"] for item in items] == ["1120000", "1121000"]
    assert refused(ask(sandbox, "", json={"q": query, "params": ["0"]}))[1] == "INVALID_PARAMETER"


def test_dates_compare_as_dates(sandbox: RunningSandbox) -> None:
    query = (
        "SELECT COUNT(*) AS n, MIN(TO_CHAR(lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS')) AS first FROM transaction "
        "WHERE lastmodifieddate >= TO_TIMESTAMP('2026-09-01 12:00:00', 'YYYY-MM-DD HH24:MI:SS')"
    )
    (row,) = ask(sandbox, query).json()["items"]
    assert int(row["n"]) > 0 and row["first"] >= "2026-09-01 12:00:00"


@pytest.mark.parametrize("secret", ["consumer_key", "consumer_secret", "token_id", "token_secret", "account"])
def test_a_request_signed_with_another_secret_is_refused(sandbox: RunningSandbox, secret: str) -> None:
    answer = ask(sandbox, "SELECT id FROM account", auth=signature(**{secret: "another"}))
    assert refused(answer)[:2] == (401, "INVALID_LOGIN")


def test_a_signature_holds_for_one_request_only(sandbox: RunningSandbox) -> None:
    request = requests.Request(
        "POST",
        f"{sandbox.url}{SUITEQL}?limit=5&offset=0",
        json={"q": "SELECT id FROM account"},
        headers={"Prefer": "transient"},
        auth=signature(),
    ).prepare()
    with requests.Session() as session:
        assert session.send(request, timeout=30).status_code == 200
        assert session.send(request, timeout=30).status_code == 401  # the same nonce again
        request.headers["Authorization"] = (
            requests.Request("POST", request.url, auth=signature()).prepare().headers["Authorization"]
        )
        request.url = request.url.replace("limit=5", "limit=6")
        assert session.send(request, timeout=30).status_code == 401  # signed for another address


def test_an_old_signature_is_refused(sandbox: RunningSandbox) -> None:
    old = OAuth1(
        KEYS["consumer_key"],
        KEYS["consumer_secret"],
        KEYS["token_id"],
        KEYS["token_secret"],
        signature_method="HMAC-SHA256",
        realm=KEYS["account"],
        timestamp=str(int(time.time()) - 3600),
    )
    assert ask(sandbox, "SELECT id FROM account", auth=old).status_code == 401


def pem() -> str:
    return PRIVATE_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def buy(sandbox: RunningSandbox, algorithm: str = "PS256", kid: str = "", **changes: Any) -> requests.Response:
    now = int(time.time())
    claims = {
        "iss": CLIENT["client_id"],
        "scope": ["rest_webservices"],
        "aud": sandbox.url + TOKEN,
        "iat": now,
        "exp": now + 600,
        **changes,
    }
    assertion = jwt.encode(claims, pem(), algorithm, headers={"kid": kid or CLIENT["certificate_id"]})
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }
    return requests.post(sandbox.url + TOKEN, data=form, timeout=30)


def test_a_signed_assertion_buys_a_token(sandbox: RunningSandbox) -> None:
    bought = buy(sandbox).json()
    assert bought["token_type"] == "Bearer" and bought["expires_in"] == 3600
    answer = requests.post(
        sandbox.url + SUITEQL,
        json={"q": "SELECT id FROM account"},
        headers={"Prefer": "transient", "Authorization": f"Bearer {bought['access_token']}"},
        timeout=30,
    )
    assert answer.json()["count"] > 50


@pytest.mark.parametrize(
    "changes",
    [
        {"algorithm": "RS256"},
        {"kid": "another"},
        {"iss": "another"},
        {"aud": "https://another.example"},
        {"scope": ["restlets"]},
        {"exp": int(time.time()) - 10},
        {"exp": int(time.time()) + 7200},
    ],
    ids=["RS256", "certificate", "client", "address", "scope", "expired", "too long"],
)
def test_an_assertion_that_is_not_right_buys_nothing(sandbox: RunningSandbox, changes: dict[str, Any]) -> None:
    answer = buy(sandbox, **changes)
    assert answer.status_code in (400, 401) and answer.json()["error"] in ("invalid_client", "invalid_grant")


def test_the_source_reads_with_an_assertion_and_survives_the_end_of_its_token(sandbox: RunningSandbox) -> None:
    credentials = {name: f"DEMO_{name.upper()}" for name in (*CLIENT, "private_key")}
    environ = {f"DEMO_{name.upper()}": value for name, value in {**CLIENT, "private_key": pem()}.items()}
    by_signature = load("netsuite", sandbox.url, AS_OF, resources=["transaction_lines"])
    requests.post(
        f"{sandbox.url}/_sandbox/faults", json={"label": "expired_token", "system": "netsuite", "nth": 2}, timeout=30
    )
    by_token = load(
        "netsuite",
        sandbox.url,
        AS_OF,
        resources=["transaction_lines"],
        credentials=credentials,
        environ=environ,
    )
    requests.delete(f"{sandbox.url}/_sandbox/faults", timeout=30)
    assert by_token.error is None
    assert by_token.rows == by_signature.rows


def test_more_requests_at_a_time_than_the_account_has_are_blocked(sandbox: RunningSandbox) -> None:
    store = sandbox.sandbox.store("netsuite")
    select, both_run, gate = store.select, threading.Barrier(3), threading.Event()

    def wait_and_select(*arguments: Any) -> Any:
        if not gate.is_set():
            both_run.wait(10)
            gate.wait(10)
        return select(*arguments)

    store.select = wait_and_select
    answers: list[requests.Response] = []
    running = [
        threading.Thread(target=lambda: answers.append(ask(sandbox, "SELECT id FROM account"))) for _ in range(2)
    ]
    try:
        for thread in running:
            thread.start()
        both_run.wait(10)
        blocked = ask(sandbox, "SELECT id FROM item")
    finally:
        gate.set()
        for thread in running:
            thread.join()
        store.select = select
    assert refused(blocked)[:2] == (429, "CONCURRENCY_LIMIT_EXCEEDED")
    assert json.loads(blocked.text)["o:errorCode"] == "USER_ERROR"
    assert [answer.status_code for answer in answers] == [200, 200]


def test_another_path_is_not_offered(sandbox: RunningSandbox) -> None:
    answer = requests.get(f"{sandbox.url}/netsuite/services/rest/record/v1/customer", auth=signature(), timeout=30)
    assert refused(answer)[:2] == (404, "NONEXISTENT_ID")
