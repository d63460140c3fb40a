"""The European Central Bank: euro reference rates as it prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dlt_sources.sandbox.company import rates as walks
from dlt_sources.sandbox.company import text
from dlt_sources.sandbox.company.columns import dates
from dlt_sources.sandbox.company.group import CURRENCIES

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

_NOT_QUOTED = "N/A"


def rates(snapshot: Snapshot) -> pa.Table:
    """One row per day and currency, newest first; N/A where there is no quote (any more, or by an error)."""
    walk = snapshot.world.rates
    seen = walk.days <= snapshot.day
    on = walk.days[seen][::-1]
    gaps = snapshot.rate_gaps()
    columns = {}
    for currency, quotes in walk.quotes.items():
        digits = walk.decimals[currency]
        quote = quotes[seen][::-1]
        rate = text.joined(text.plain(quote // 10**digits), ".", text.padded(quote % 10**digits, digits))
        absent = on > walks.LAST_QUOTE.get(currency, on.max())
        for gap in np.flatnonzero(gaps.currency == (CURRENCIES.index(currency) if currency in CURRENCIES else -1)):
            absent |= (on >= gaps.first[gap]) & (on <= gaps.last[gap])
        columns[currency] = text.where(absent, _NOT_QUOTED, rate)
    for currency in walks.ENDED:
        columns[currency] = text.repeated(_NOT_QUOTED, len(on))
    # Day by day, with all currencies of the day together.
    width = len(columns)
    stacked = pa.concat_arrays(list(columns.values()))
    order = np.arange(len(stacked)).reshape(width, len(on)).T.reshape(-1)
    return pa.table(
        {
            "Date": dates(np.repeat(on, width)),
            "currency": text.chosen(list(columns), np.tile(np.arange(width), len(on))),
            "rate": stacked.take(pa.array(order)),
        }
    )


TABLES = {"rates": rates}
