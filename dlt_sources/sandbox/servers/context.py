"""The state the servers share: which day it is, what the company looks like that day, who may log on."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

import pyarrow as pa

from dlt_sources.sandbox.faults import Faults
from dlt_sources.sandbox.servers.store import Store


class Snapshot(Protocol):
    """The company as of one day; `vendor(system)` gives its tables by resource name."""

    def vendor(self, system: str) -> Mapping[str, pa.Table]: ...


# Fixed demo values: the sandbox guards nothing, it only checks that a client authenticates as it should.
DEMO_CREDENTIALS: dict[str, dict[str, str]] = {
    "sap_s4hana": {"user": "COMM_FINANCE", "password": "sandbox-sap-password", "business_user": "JMEYER"},
    "salesforce": {
        "client_id": "3MVG9sandbox.finance.platform",
        "client_secret": "sandbox-salesforce-secret",
        "username": "finance.integration@meridian.example",
        "password": "sandbox-salesforce-password",
        "security_token": "sandboxToken",
    },
    "stripe": {"api_key": "sk_test_sandbox51Meridian"},
    "chargebee": {"api_key": "test_sandbox8hMeridianKey"},
    "zuora": {"client_id": "c0f1a7e2-5b1d-4a57-9d1e-0f1a2ce00001", "client_secret": "sandbox-zuora-secret"},
    "coupa": {"client_id": "sandbox-coupa-finance-reader", "client_secret": "sandbox-coupa-secret"},
    "anaplan": {"user": "finance.integration@meridian.example", "password": "sandbox-anaplan-password"},
    "ecb": {},
    "netsuite": {
        "account": "1234567_SB1",
        "consumer_key": "sandbox-netsuite-consumer",
        "consumer_secret": "sandbox-netsuite-consumer-secret",
        "token_id": "sandbox-netsuite-token",
        "token_secret": "sandbox-netsuite-token-secret",
    },
    "business_central": {
        "client_id": "6f1d9a52-0c4e-4b7b-9a55-finance000001",
        "client_secret": "sandbox-business-central-secret",
    },
    "d365_finance": {
        "client_id": "b7c2a9d4-51f0-4d4e-8f63-finance000002",
        "client_secret": "sandbox-d365-finance-secret",
    },
    "oracle_fusion": {"user": "finance.integration", "password": "sandbox-fusion-password"},
}


@dataclass(frozen=True)
class Limits:
    """Page sizes, lifetimes and the like, with the vendors' own values; tests make them small."""

    sap_page_rows: int = 5000
    salesforce_daily_requests: int = 5_000_000
    salesforce_batch_rows: int = 2000
    salesforce_bulk_rows: int = 50_000
    salesforce_session_seconds: float = 7200
    anaplan_token_seconds: float = 2100
    anaplan_chunk_bytes: int = 1_000_000
    anaplan_view_cells: int = 1_000_000
    anaplan_page_rows: int = 100_000
    anaplan_model_state: str = "UNLOCKED"
    chargebee_embedded_rows: int = 300
    zuora_segment_rows: int = 500_000
    zuora_token_seconds: float = 3598
    netsuite_concurrent_requests: int = 5
    netsuite_row_cap: int = 100_000
    netsuite_token_seconds: float = 3600
    business_central_page_rows: int = 20_000
    business_central_token_seconds: float = 3599
    coupa_token_seconds: float = 86_399
    d365_page_rows: int = 10_000
    d365_token_seconds: float = 3599
    fusion_page_rows: int = 500
    fusion_child_rows: int = 25
    polls_until_done: int = 2  # asynchronous jobs answer "in progress" this often before they are complete


@dataclass
class Sandbox:
    """What the outside world is at this moment; `set_clock` moves it to another day."""

    provider: Callable[[date], Snapshot]
    as_of: date
    credentials: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: DEMO_CREDENTIALS)
    limits: Limits = field(default_factory=Limits)
    faults: Faults = field(default_factory=Faults)
    # Tokens live in real time, as their clients' clocks do; business data never reads it.
    time: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        self._locks = {system: threading.Lock() for system in DEMO_CREDENTIALS}
        self._preparations: dict[str, Callable[[Store], None]] = {}
        self._stores: dict[str, Store] = {}
        self._snapshot = self.provider(self.as_of)

    def prepare(self, system: str, preparation: Callable[[Store], None]) -> None:
        """Has the system's tables prepared whenever they are loaded."""
        self._preparations[system] = preparation

    def store(self, system: str) -> Store:
        """The system's tables as of the clock; loaded, and prepared, when first asked for."""
        with self._locks[system]:
            with self._lock:
                stores, snapshot = self._stores, self._snapshot
            if system not in stores:
                store = Store(snapshot.vendor(system))
                if system in self._preparations:
                    self._preparations[system](store)
                stores[system] = store
            return stores[system]

    def load(self) -> None:
        """Loads the tables of all systems, so that nobody has to wait for them."""
        for system in self._locks:
            self.store(system)

    def set_clock(self, as_of: date) -> None:
        """Shows the company as of another day; open pages and cursors start anew from it."""
        with self._lock:
            self._snapshot = self.provider(as_of)
            self.as_of = as_of
            self._stores = {}

    @property
    def now(self) -> datetime:
        """The vendors' present: the end of the as-of day, UTC."""
        return datetime.combine(self.as_of + timedelta(days=1), datetime.min.time(), UTC)
