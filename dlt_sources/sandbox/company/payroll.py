"""Who is paid, and what a payroll run says of it: the wages that the ledger posts per cost centre, person by person."""

from __future__ import annotations

import numpy as np

from dlt_sources.sandbox.company.group import (
    CLOUD_OPERATIONS,
    COST_CENTRES,
    FIELD_SERVICE,
    FINANCE,
    HUMAN_RESOURCES,
    MARKETING,
    PRODUCTION,
    SALES,
)

# People per function of an entity; logistics has its own until it is closed.
_PEOPLE = {
    PRODUCTION: 8,
    SALES: 5,
    FIELD_SERVICE: 4,
    CLOUD_OPERATIONS: 3,
    FINANCE: 3,
    HUMAN_RESOURCES: 3,
    MARKETING: 3,
}
_PEOPLE_OF_LOGISTICS = 3


def head_count(entity: int) -> int:
    """How many people an entity pays each month."""
    return sum(_PEOPLE.values()) + _PEOPLE_OF_LOGISTICS
