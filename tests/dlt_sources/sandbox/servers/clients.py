"""The vendors' own and best-known clients, pointed at a sandbox."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import urlsplit, urlunsplit

import anaplan_sdk
import chargebee
import httpx2
import pyodata
import requests
import stripe
from anaplan_sdk._auth import _AnaplanAuth
from pyodata.v2.model import Config
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce
from zuora_sdk.zuora_client import ZuoraClient

from dlt_sources.sandbox.servers.anaplan_model import MODEL_ID, WORKSPACE_ID
from dlt_sources.sandbox.servers.context import DEMO_CREDENTIALS


def sap_session() -> requests.Session:
    """A session logged on as the communication user, asking for JSON."""
    session = requests.Session()
    session.auth = (DEMO_CREDENTIALS["sap_s4hana"]["user"], DEMO_CREDENTIALS["sap_s4hana"]["password"])
    session.headers["Accept"] = "application/json"
    return session


def pyodata_client(url: str, service: str, session: requests.Session) -> pyodata.Client:
    """SAP's client for one service; it reads `$metadata` first, and keeps nulls apart from blanks."""
    return pyodata.Client(f"{url}/sap/opu/odata/sap/{service}/", session, config=Config(retain_null=True))


def pyodata_entities(client: pyodata.Client, set_name: str) -> list:
    """Every entity of a set, page by page."""
    entity_set = getattr(client.entity_sets, set_name)
    page = entity_set.get_entities().execute()
    entities = list(page)
    while page.next_url:
        page = entity_set.get_entities().next_url(page.next_url).execute()
        entities += page
    return entities


class SalesforceToSandbox(HTTPAdapter):
    """Sends what a client addresses to https://…salesforce.com to the sandbox instead."""

    def __init__(self, url: str):
        super().__init__()
        self._netloc = urlsplit(url).netloc

    def send(self, request: requests.PreparedRequest, **options: object) -> requests.Response:
        request.url = urlunsplit(urlsplit(request.url)._replace(scheme="http", netloc=self._netloc))
        return super().send(request, **options)


def salesforce_client(url: str) -> Salesforce:
    """simple-salesforce, logged on with client credentials."""
    session = requests.Session()
    session.mount("https://", SalesforceToSandbox(url))
    credentials = DEMO_CREDENTIALS["salesforce"]
    return Salesforce(
        consumer_key=credentials["client_id"],
        consumer_secret=credentials["client_secret"],
        domain="meridian.my",
        session=session,
        version="66.0",
    )


def stripe_client(url: str, api_key: str = DEMO_CREDENTIALS["stripe"]["api_key"]) -> stripe.StripeClient:
    """The vendor's client, without retries of its own."""
    return stripe.StripeClient(api_key, base_addresses={"api": f"{url}/stripe"}, max_network_retries=0)


def chargebee_client(url: str, api_key: str = DEMO_CREDENTIALS["chargebee"]["api_key"]) -> chargebee.Chargebee:
    """The vendor's client; it makes an https address of the site's name, so it is told the sandbox's instead."""
    chargebee.Chargebee.verify_ca_certs = False
    client = chargebee.Chargebee(api_key, "sandbox-test", protocol="http")
    client.env.api_endpoint = f"{url}/chargebee/api/v2"
    return client


def zuora_client(url: str, secret: str = DEMO_CREDENTIALS["zuora"]["client_secret"]) -> ZuoraClient:
    """The vendor's client with a token; one of its own is not renewed behind a test's back."""
    client = ZuoraClient(DEMO_CREDENTIALS["zuora"]["client_id"], secret, env=None)
    client.set_base_url(f"{url}/zuora")
    client.set_retry_config(1, 1)
    client.refresh_token()
    return client


class AnaplanToSandbox(httpx2.HTTPTransport):
    """Sends what the client addresses to api.anaplan.com to the sandbox instead."""

    def __init__(self, url: str):
        super().__init__()
        self._target = httpx2.URL(url)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.raw_path
        request.url = request.url.copy_with(
            scheme="http",
            host=self._target.host,
            port=self._target.port,
            raw_path=b"/anaplan/api" + path if path.startswith(b"/2/0") else path,
        )
        return super().handle_request(request)


class AnaplanSandboxAuth(_AnaplanAuth):
    """The client's own token handling, with the sandbox's authentication address."""

    def __init__(self, url: str):
        self._url = url
        super().__init__()

    def _build_auth_request(self) -> httpx2.Request:
        credentials = DEMO_CREDENTIALS["anaplan"]
        encoded = b64encode(f"{credentials['user']}:{credentials['password']}".encode()).decode()
        return httpx2.Request(
            "POST", f"{self._url}/anaplan/auth/token/authenticate", headers={"Authorization": f"Basic {encoded}"}
        )


def anaplan_client(url: str) -> anaplan_sdk.Client:
    """anaplan-sdk on the planning model, polling without pause and uploading in small pieces."""
    return anaplan_sdk.Client(
        WORKSPACE_ID,
        MODEL_ID,
        auth=AnaplanSandboxAuth(url),
        transport=AnaplanToSandbox(url),
        status_poll_delay=0,
        upload_chunk_size=70,
        backoff=0.01,
    )
