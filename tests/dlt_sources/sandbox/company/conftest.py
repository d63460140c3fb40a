"""Small companies of several seeds, simulated once per test session."""

from collections.abc import Callable
from datetime import date
from functools import cache

import duckdb
import pyarrow as pa
import pytest

from dlt_sources.sandbox.company import Snapshot, World, build_world

SCALE = 0.1
SEEDS = (1, 7, 23)
AS_OF = date(2026, 9, 30)
# Errors that only a company which buys through a procurement system can have: these companies buy in their ERP.
BETWEEN_SYSTEMS = {"supplier_invoice_not_posted", "supplier_invoice_posted_twice"}
# Errors of a cut-over from one ERP to another.
OF_A_CUT_OVER = {"cut_over_balance_differs", "cut_over_item_forgotten"}


@cache
def world_of(seed: int) -> World:
    return build_world(seed, SCALE)


@cache
def snapshot_of(seed: int, as_of: date = AS_OF, errors: str = "none") -> Snapshot:
    return world_of(seed).as_of(as_of, errors)


@pytest.fixture(params=SEEDS, ids=lambda seed: f"seed {seed}")
def seed(request: pytest.FixtureRequest) -> int:
    return request.param


@pytest.fixture
def clean(seed: int) -> Snapshot:
    """The company without labelled errors."""
    return snapshot_of(seed)


@pytest.fixture
def dirty(seed: int) -> Snapshot:
    """The company with all labelled errors."""
    return snapshot_of(seed, errors="all")


Query = Callable[..., list[tuple]]


@pytest.fixture
def query() -> Query:
    """Runs SQL over Arrow tables given by name and returns the rows."""

    def run(sql: str, **tables: pa.Table) -> list[tuple]:
        with duckdb.connect() as connection:
            for name, table in tables.items():
                connection.register(name, table)
            return connection.execute(sql).fetchall()

    return run
