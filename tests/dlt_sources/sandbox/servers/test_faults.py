"""Each fault as a client meets it, on the request it was meant for and on no other."""

import socket
import time
from collections.abc import Callable

import pytest
import requests

from dlt_sources.sandbox.faults import LABELS, Fault, Faults, UnknownFault
from dlt_sources.sandbox.serve import RunningSandbox
from dlt_sources.sandbox.servers.anaplan_model import MODEL_ID, PLAN_EXPORT

SetFault = Callable[..., None]
JOURNAL = "API_GLACCOUNTLINEITEM/GLAccountLineItem"


@pytest.fixture
def set_fault(sandbox: RunningSandbox) -> SetFault:
    """Sets a fault through the steering address, as a person would."""

    def post(label: str, system: str, **settings: object) -> None:
        body = {"label": label, "system": system, **settings}
        response = requests.post(f"{sandbox.url}/_sandbox/faults", json=body, timeout=10)
        assert response.status_code == 200, response.text

    return post


def page(sap: requests.Session, number: int = 0) -> requests.Response:
    return sap.get(f"{sap.services}/{JOURNAL}?$skiptoken={number * 7}", timeout=10)


def test_an_outage_resets_every_connection_before_a_byte_of_an_answer(
    sandbox: RunningSandbox, sap: requests.Session, stripe_api: requests.Session, set_fault: SetFault
) -> None:
    assert page(sap).ok, "the session keeps this connection"
    set_fault("outage", "sap_s4hana")
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            page(sap)
    for _ in range(5):
        with socket.create_connection((sandbox.host, sandbox.port), timeout=10) as connection:
            connection.sendall(b"GET /sap/opu/odata/sap/X/Y HTTP/1.1\r\nHost: sandbox\r\n\r\n")
            with pytest.raises(ConnectionResetError):
                connection.recv(1)
    assert stripe_api.get(f"{stripe_api.url}/prices", timeout=10).status_code == 200, "another system is unharmed"


def test_an_outage_also_closes_the_door_to_logging_on(sandbox: RunningSandbox, set_fault: SetFault) -> None:
    set_fault("outage", "salesforce")
    with pytest.raises(requests.ConnectionError):
        requests.post(f"{sandbox.url}/salesforce/services/oauth2/token", timeout=10)


@pytest.mark.parametrize(
    ("system", "marker"),
    [("sap_s4hana", "innererror"), ("stripe", "api_error"), ("salesforce", "SERVER_UNAVAILABLE"),
     ("anaplan", "Service Unavailable"), ("ecb", "temporarily unavailable")],
)  # fmt: skip
def test_an_outage_with_a_status_speaks_the_vendors_words(
    sandbox: RunningSandbox, set_fault: SetFault, system: str, marker: str
) -> None:
    set_fault("outage", system, status=503)
    mount = {"sap_s4hana": "sap/opu/odata/sap/X/Y", "stripe": "stripe/v1/prices", "ecb": "ecb/eurofxref-daily.xml",
             "salesforce": "salesforce/services/data/v66.0", "anaplan": "anaplan/api/2/0/workspaces"}  # fmt: skip
    response = requests.get(f"{sandbox.url}/{mount[system]}", timeout=10)
    assert response.status_code == 503
    assert marker in response.text


def test_a_rate_limit_hits_the_nth_request_and_then_passes(stripe_api: requests.Session, set_fault: SetFault) -> None:
    set_fault("rate_limit", "stripe", nth=2, count=2)
    answers = [stripe_api.get(f"{stripe_api.url}/prices", timeout=10) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 429, 429, 200]
    assert answers[1].headers["stripe-rate-limited-reason"] == "global-rate"
    assert "retry-after" not in answers[1].headers
    assert answers[1].json()["error"]["code"] == "rate_limit"


def test_a_rate_limit_may_say_when_to_come_back(sap: requests.Session, set_fault: SetFault) -> None:
    set_fault("rate_limit", "sap_s4hana", retry_after=7)
    refused = page(sap)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "7")
    assert page(sap).status_code == 200


def test_salesforce_knows_no_429(salesforce: requests.Session, set_fault: SetFault) -> None:
    set_fault("rate_limit", "salesforce")
    refused = salesforce.get(f"{salesforce.url}/limits", timeout=10)
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")


def test_a_server_error_has_the_vendors_body(sap: requests.Session, set_fault: SetFault) -> None:
    set_fault("server_error", "sap_s4hana")
    broken = page(sap)
    assert (broken.status_code, broken.json()["error"]["code"]) == (500, "SY/530")
    assert page(sap).status_code == 200


def test_a_cut_connection_announces_more_than_it_sends(sap: requests.Session, set_fault: SetFault) -> None:
    whole = page(sap)
    set_fault("cut_connection", "sap_s4hana", path="GLAccountLineItem")
    response = sap.get(f"{sap.services}/{JOURNAL}?$skiptoken=0", stream=True, timeout=10)
    assert response.status_code == 200
    assert int(response.headers["content-length"]) == len(whole.content)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        response.content  # noqa: B018  reading it is the point
    assert page(sap).content == whole.content


def test_a_source_can_die_at_a_page_and_stay_dead(sap: requests.Session, set_fault: SetFault) -> None:
    set_fault("dies_at_page:3", "sap_s4hana", path="GLAccountLineItem")
    assert page(sap, 0).status_code == page(sap, 1).status_code == 200
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            page(sap, 2)


def test_an_expired_token_ends_every_session_of_salesforce(salesforce: requests.Session, set_fault: SetFault) -> None:
    set_fault("expired_token", "salesforce", nth=2)
    statuses = [salesforce.get(f"{salesforce.url}/limits", timeout=10).status_code for _ in range(3)]
    assert statuses == [200, 401, 401], "only a new logon helps"


def test_an_expired_token_ends_every_session_of_anaplan(anaplan: requests.Session, set_fault: SetFault) -> None:
    set_fault("expired_token", "anaplan")
    assert anaplan.get(f"{anaplan.url}/workspaces", timeout=10).status_code == 401
    assert anaplan.get(f"{anaplan.auth_url}/validate", timeout=10).status_code == 401


def test_an_expired_key_of_stripe_says_so(stripe_api: requests.Session, set_fault: SetFault) -> None:
    set_fault("expired_token", "stripe")
    refused = stripe_api.get(f"{stripe_api.url}/prices", timeout=10)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "api_key_expired")


def test_a_slow_page_is_slow_and_right(sap: requests.Session, set_fault: SetFault) -> None:
    whole = page(sap).content
    set_fault("slow_page", "sap_s4hana", seconds=0.3)
    started = time.monotonic()
    assert page(sap).content == whole
    assert time.monotonic() - started >= 0.3


def test_malformed_json_looks_complete_and_does_not_parse(stripe_api: requests.Session, set_fault: SetFault) -> None:
    set_fault("malformed_json", "stripe")
    response = stripe_api.get(f"{stripe_api.url}/prices", timeout=10)
    assert response.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        response.json()


def test_a_login_page_can_come_with_status_200(salesforce: requests.Session, set_fault: SetFault) -> None:
    set_fault("html_login_200", "salesforce")
    response = salesforce.get(f"{salesforce.url}/limits", timeout=10)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")


def test_an_endless_next_names_the_same_page_again_and_again(
    sap: requests.Session,
    stripe_api: requests.Session,
    salesforce: requests.Session,
    anaplan: requests.Session,
    set_fault: SetFault,
) -> None:
    for system in ("sap_s4hana", "stripe", "salesforce", "anaplan"):
        set_fault("endless_next", system)
    first = page(sap).json()["d"]
    assert sap.get(first["__next"], timeout=10).json()["d"] == first
    prices = stripe_api.get(f"{stripe_api.url}/prices", timeout=10).json()
    after_the_last = {"starting_after": prices["data"][-1]["id"]}
    assert stripe_api.get(f"{stripe_api.url}/prices", params=after_the_last, timeout=10).json() == prices
    assert prices["has_more"] is True
    batch = salesforce.get(f"{salesforce.url}/query", params={"q": "SELECT Id FROM Account"}, timeout=10).json()
    assert salesforce.get(salesforce.instance + batch["nextRecordsUrl"], timeout=10).json() == batch
    lists = anaplan.get(f"{anaplan.url}/models/{MODEL_ID}/lists?limit=2", timeout=10).json()
    assert anaplan.get(lists["meta"]["paging"]["next"], timeout=10).json() == lists


def test_a_failed_task_is_complete_without_success(
    anaplan: requests.Session, salesforce: requests.Session, set_fault: SetFault
) -> None:
    set_fault("task_failed", "anaplan")
    set_fault("task_failed", "salesforce")
    tasks = f"{anaplan.url}/models/{MODEL_ID}/exports/{PLAN_EXPORT}/tasks"
    assert anaplan.get(f"{anaplan.url}/models/{MODEL_ID}/exports", timeout=10).ok, "does not use the fault up"
    started = anaplan.post(tasks, json={"localeName": "en_US"}, timeout=10).json()["task"]["taskId"]
    task = [anaplan.get(f"{tasks}/{started}", timeout=10).json()["task"] for _ in range(3)][-1]
    assert (task["taskState"], task["result"]["successful"]) == ("COMPLETE", False)
    body = {"operation": "query", "query": "SELECT Id FROM Account"}
    job = salesforce.post(f"{salesforce.url}/jobs/query", json=body, timeout=10).json()["id"]
    shown = [salesforce.get(f"{salesforce.url}/jobs/query/{job}", timeout=10).json() for _ in range(3)][-1]
    assert shown["state"] == "Failed"
    assert shown["errorMessage"]


def test_faults_are_listed_with_what_they_saw_and_cleared(
    sandbox: RunningSandbox, sap: requests.Session, set_fault: SetFault
) -> None:
    set_fault("server_error", "sap_s4hana", nth=5)
    page(sap)
    listed = requests.get(f"{sandbox.url}/_sandbox/faults", timeout=10).json()["faults"]
    assert [(fault["label"], fault["nth"], fault["seen"]) for fault in listed] == [("server_error", 5, 1)]
    assert requests.delete(f"{sandbox.url}/_sandbox/faults", timeout=10).json() == {"faults": []}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"label": "earthquake", "system": "stripe"}, "no fault is called 'earthquake'"),
        (["outage"], "not 'outage'"),
        ({"label": "outage"}, "names no system"),
        ({"label": "outage", "system": "sap"}, "there is no system 'sap'"),
        ({"label": "outage", "system": "stripe", "when": 3}, "no field when"),
        ({"label": "outage", "system": "stripe", "nth": "third"}, "invalid literal"),
        ({"label": "outage", "system": "stripe", "path": "("}, "missing )"),
    ],
)
def test_a_fault_that_does_not_exist_is_refused(sandbox: RunningSandbox, body: object, message: str) -> None:
    response = requests.post(f"{sandbox.url}/_sandbox/faults", json=body, timeout=10)
    assert response.status_code == 400
    assert message in response.json()["error"]


def test_the_command_line_form_says_the_same_as_the_fields() -> None:
    assert Fault.parse("stripe:rate_limit:3,count=2,retry_after=1,path=/v1/invoices") == Fault(
        "rate_limit", "stripe", path="/v1/invoices", nth=3, count=2, retry_after=1
    )
    assert Fault.parse("salesforce:outage").count is None
    for wrong in ("stripe:rate_limit,often", "stripe", "stripe:nothing"):
        with pytest.raises(UnknownFault):
            Fault.parse(wrong)


def test_logging_on_does_not_count_as_a_page() -> None:
    faults = Faults([Fault.from_fields({"label": label, "system": "anaplan"}) for label in LABELS])
    met = faults.take("anaplan", "/anaplan/auth/token/authenticate")
    assert met.label == "outage"
    assert {each["label"] for each in faults.listing() if each["seen"]} == {"outage", "slow_page"}
