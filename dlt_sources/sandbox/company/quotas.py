"""What each territory and each salesperson is asked to sell in a month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dlt_sources.sandbox.company import days
from dlt_sources.sandbox.company.draws import Draws
from dlt_sources.sandbox.company.frame import Frame, sum_by
from dlt_sources.sandbox.company.group import ENTITIES, LOCAL_CURRENCY, MINOR_UNITS

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.pipeline import Pipeline
    from dlt_sources.sandbox.company.rates import Rates

# Two salespeople per entity share what is asked of its territory; more is asked of them than of it.
SALESPEOPLE_PER_ENTITY = 2
_SHARES_PER_CENT = (60, 45)


def simulated(draws: Draws, rates: Rates, pipeline: Pipeline) -> Frame:
    """Quotas of entities' territories (salesperson -1) and of salespeople: entity, salesperson, month, amount.

    A territory is asked for its average month, give or take a fifth, in thousands of its local currency; amounts are
    minor units.
    """
    random = draws.stream("quotas")
    won = pipeline.opportunities.take(pipeline.opportunities.is_won)
    booked = rates.local(won.amount, won.currency, won.entity, won.closed)
    first, last = days.month_of(np.array([days.FIRST_DAY, days.HORIZON]))
    months = np.arange(first, last + 1)
    thousand = 1_000 * 10 ** MINOR_UNITS[LOCAL_CURRENCY]
    average = sum_by(won.entity, booked, len(ENTITIES)) // len(months)
    entity, month = np.repeat(np.arange(len(ENTITIES)), len(months)), np.tile(months, len(ENTITIES))
    asked = average[entity] * random.integers(80, 121, len(entity)) // 100
    asked = np.maximum(asked // thousand[entity], 1) * thousand[entity]
    nobody = np.full(len(entity), -1)
    parts = [Frame(entity=entity, salesperson=nobody, month=month, amount=asked)]
    parts += [
        Frame(
            entity=entity,
            salesperson=entity * SALESPEOPLE_PER_ENTITY + place,
            month=month,
            amount=np.maximum(asked * share // 100 // thousand[entity], 1) * thousand[entity],
        )
        for place, share in enumerate(_SHARES_PER_CENT)
    ]
    return Frame.stacked(parts)
