"""The sandbox company whose CRM is an organisation with one currency: no record names it, and no rates exist."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pyarrow as pa

from dlt_sources.sandbox.company.world import Snapshot, World

RATES = ("currency_types", "dated_conversion_rates")


class SingleCurrency:
    """A snapshot in which Salesforce has only one currency; `without` are the objects that are not shown."""

    def __init__(self, snapshot: Snapshot, without: tuple[str, ...] = RATES, record_currency: bool = False) -> None:
        self._snapshot = snapshot
        self._without = without
        self._record_currency = record_currency

    def vendor(self, system: str) -> Mapping[str, pa.Table]:
        tables = self._snapshot.vendor(system)
        if system != "salesforce":
            return tables
        return {name: self._shown(tables[name]) for name in tables if name not in self._without}

    def _shown(self, table: pa.Table) -> pa.Table:
        if self._record_currency or "CurrencyIsoCode" not in table.column_names:
            return table
        return table.drop_columns(["CurrencyIsoCode"])


def single_currency(world: World, day: date) -> SingleCurrency:
    return SingleCurrency(world.as_of(day, set()))
