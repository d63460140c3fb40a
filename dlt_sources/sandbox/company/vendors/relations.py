"""The company's ledger, documents and partners as relations, for systems whose tables are best said in SQL.

The relations have the names and columns of `sap.py`, and `as_of` the day; a system that is a database of its own
renames and encodes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from dlt_sources.sandbox.company.vendors import sap

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

_MAKERS = (
    sap.company_codes,
    sap.gl_accounts,
    sap.gl_account_texts,
    sap.cost_centers,
    sap.cost_center_texts,
    sap.customers,
    sap.suppliers,
    sap.business_partner_addresses,
    sap.products,
    sap.product_descriptions,
    sap.billing_documents,
    sap.billing_document_items,
    sap.journal_lines,
    sap.subledger_items,
)


def tables(system: str, queries: Mapping[str, str]) -> dict[str, Callable[[Snapshot], pa.Table]]:
    """The makers of a system's tables by name: each is a query over the relations of the entities it keeps."""

    def maker(query: str) -> Callable[[Snapshot], pa.Table]:
        return lambda snapshot: _relations(snapshot, system).cursor().execute(query).to_arrow_table()

    return {name: maker(query) for name, query in queries.items()}


# The ledger is made once for all tables of a day.
@lru_cache(maxsize=2)
def _relations(snapshot: Snapshot, system: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("create table as_of as select cast(? as date) as today", [snapshot.as_of])
    for make in _MAKERS:
        made = make(snapshot, system)
        incoming = pa.concat_tables(made) if isinstance(made, Iterator) else made
        # Where no entity keeps its books there, a column without a value has no type: what it would hold is text.
        typed = [pa.string() if pa.types.is_null(column.type) else column.type for column in incoming.columns]
        incoming = incoming.cast(pa.schema(list(zip(incoming.column_names, typed, strict=True))))
        connection.register("incoming", incoming)
        connection.execute(f"create table {make.__name__} as select * from incoming")
        connection.unregister("incoming")
    return connection
