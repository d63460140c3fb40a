"""Control totals of a publication: what its readers can add up and compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb


@dataclass(frozen=True)
class Totals:
    """The rows of a table and, per amount column, the sums of what is above and below zero: debits and credits."""

    rows: int
    amounts: dict[str, dict[str, str]]

    def describe(self) -> str:
        """Return the totals in one line."""
        sums = [f"{name} {each['above_zero']} / {each['below_zero']}" for name, each in self.amounts.items()]
        return ", ".join([f"{self.rows} rows", *sums])


def amount_columns(connection: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    """Return the columns of the relation that hold decimal amounts."""
    described = connection.execute(f"from {relation} limit 0").description
    return [name for name, kind, *_ in described if name.startswith("amount") and str(kind).startswith("DECIMAL")]


def totals_of(connection: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[str]) -> Totals:
    """Return the control totals of a relation (anything that may follow `from`)."""
    sums = "".join(f', sum(greatest("{name}", 0)), sum(least("{name}", 0))' for name in columns)
    rows, *amounts = connection.execute(f"select count(*){sums} from {relation}").fetchone()
    pairs = zip(columns, amounts[0::2], amounts[1::2], strict=True)
    return Totals(
        rows, {name: {"above_zero": str(above or 0), "below_zero": str(below or 0)} for name, above, below in pairs}
    )
