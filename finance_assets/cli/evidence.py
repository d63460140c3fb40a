"""What a screen shows of an exception beside its documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from finance_assets.cli.tables import table

_NAME_OF_RECORD = ("source_role", "source_instance", "source_customer_id")


def without_documents(row: Mapping[str, Any], is_published: bool) -> str:
    """Return why an exception has no documents to show: it is gone, is about none, or came after the publication."""
    if row["cleared_as_of"]:
        return f"The data do not show it any more: it was cleared as of {row['cleared_as_of']}."
    if is_published:
        return f"The night as of {row['last_seen']} has found it. It is about no document that can be followed."
    return f"It was found as of {row['last_seen']}; what is published now is of another night, and does not show it."


def side_by_side(customers: Sequence[Mapping[str, Any]]) -> Table:
    """Return the records of customers as a table with a column for each."""
    records = [{"system": record["source_role"], **record} for record in customers]
    rows = [
        (name.removeprefix("source_").replace("_", " "), *(record[name] for record in records))
        for name in records[0]
        if name not in _NAME_OF_RECORD and any(record[name] is not None for record in records)
    ]
    columns = ("", *(f"{record['source_instance']} {record['source_customer_id']}" for record in records))
    return table("Records of customers", columns, rows)
