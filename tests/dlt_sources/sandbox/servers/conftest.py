"""One running sandbox over the tiny company, and clients that know where it is."""

from collections.abc import Iterator

import pytest
import requests

from dlt_sources.sandbox.serve import RunningSandbox, serve
from dlt_sources.sandbox.servers.context import DEMO_CREDENTIALS, Limits
from tests.dlt_sources.sandbox.servers.clients import sap_session
from tests.dlt_sources.sandbox.servers.tiny_company import AS_OF, TinyCompany

SMALL_LIMITS = Limits(
    sap_page_rows=7, salesforce_bulk_rows=180, anaplan_chunk_bytes=94, polls_until_done=2, salesforce_batch_rows=200
)


@pytest.fixture(scope="session")
def company() -> TinyCompany:
    return TinyCompany()


@pytest.fixture(scope="session")
def shared_sandbox(company: TinyCompany) -> Iterator[RunningSandbox]:
    with serve(company, as_of=AS_OF, limits=SMALL_LIMITS) as running:
        yield running


@pytest.fixture
def sandbox(shared_sandbox: RunningSandbox) -> Iterator[RunningSandbox]:
    """The shared server without faults and with an empty request log."""
    requests.delete(f"{shared_sandbox.url}/_sandbox/log", timeout=10)
    yield shared_sandbox
    shared_sandbox.sandbox.faults.clear()


@pytest.fixture
def sap(sandbox: RunningSandbox) -> Iterator[requests.Session]:
    """A session logged on as the communication user; `sap.services` is the address of the services."""
    with sap_session() as session:
        session.services = f"{sandbox.url}/sap/opu/odata/sap"
        yield session


@pytest.fixture
def stripe_api(sandbox: RunningSandbox) -> Iterator[requests.Session]:
    """A session with the API key; `stripe_api.url` ends with /v1."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {DEMO_CREDENTIALS['stripe']['api_key']}"
        session.url = f"{sandbox.url}/stripe/v1"
        yield session


@pytest.fixture
def salesforce(sandbox: RunningSandbox) -> Iterator[requests.Session]:
    """A session with a fresh access token; `salesforce.url` ends with the API version."""
    with requests.Session() as session:
        credentials = DEMO_CREDENTIALS["salesforce"]
        answer = session.post(
            f"{sandbox.url}/salesforce/services/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=(credentials["client_id"], credentials["client_secret"]),
            timeout=10,
        ).json()
        session.headers["Authorization"] = f"Bearer {answer['access_token']}"
        session.instance = answer["instance_url"]
        session.url = f"{answer['instance_url']}/services/data/v66.0"
        yield session


@pytest.fixture
def anaplan(sandbox: RunningSandbox) -> Iterator[requests.Session]:
    """A session with a fresh token; `anaplan.url` ends with /2/0."""
    with requests.Session() as session:
        credentials = DEMO_CREDENTIALS["anaplan"]
        session.auth_url = f"{sandbox.url}/anaplan/auth/token"
        answer = session.post(
            f"{session.auth_url}/authenticate", auth=(credentials["user"], credentials["password"]), timeout=10
        )
        session.token = answer.json()["tokenInfo"]["tokenValue"]
        session.headers["Authorization"] = f"AnaplanAuthToken {session.token}"
        session.url = f"{sandbox.url}/anaplan/api/2/0"
        yield session
