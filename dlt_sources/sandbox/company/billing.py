"""Which vendor bills the customers of each entity, and what that vendor calls them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dlt_sources.sandbox.company import parties, text
from dlt_sources.sandbox.company.group import BILLING, ENTITY_CODES


@dataclass(frozen=True)
class Vendor:
    """One billing vendor of the group. Ids are of customers by position; the second ones of records made twice."""

    system: str
    instance: str
    customer_ids: Callable[[np.ndarray], pa.Array]
    duplicate_ids: Callable[[np.ndarray], pa.Array]
    # What it calls the entity that bills; None for the entity's own code.
    entity_ids: tuple[str, ...] | None = None

    def entity_id(self, entity: int) -> str:
        """What the vendor calls an entity."""
        return ENTITY_CODES[entity] if self.entity_ids is None else self.entity_ids[entity]


VENDORS = {
    vendor.system: vendor
    for vendor in (
        Vendor("stripe", BILLING, parties.stripe_customer_ids, parties.duplicate_stripe_ids),
        Vendor(
            "chargebee",
            "chargebee_group",
            parties.chargebee_customer_ids,
            parties.duplicate_chargebee_ids,
            tuple(text.chargebee_ids("", np.arange(len(ENTITY_CODES)) + 9_000_000).to_pylist()),
        ),
        Vendor("zuora", "zuora_group", parties.zuora_account_ids, parties.duplicate_zuora_ids),
    )
}
DEFAULT_VENDOR = "stripe"


class Billing:
    """The billing vendor of every entity's customers: the default one but for those named."""

    def __init__(self, elsewhere: Mapping[str, str] | None = None):
        """`elsewhere` gives the vendor of entities by code. Raises ValueError on what cannot be."""
        elsewhere = dict(elsewhere or {})
        if unknown := sorted(set(elsewhere) - set(ENTITY_CODES)):
            raise ValueError(f"no entity is called {', '.join(unknown)}; there are {', '.join(ENTITY_CODES)}")
        if unknown := sorted(set(elsewhere.values()) - set(VENDORS)):
            raise ValueError(f"{', '.join(unknown)} bills nobody; the billing vendors are {', '.join(VENDORS)}")
        self._systems = [elsewhere.get(code, DEFAULT_VENDOR) for code in ENTITY_CODES]

    def vendor(self, entity: int) -> Vendor:
        """The vendor that bills the entity's customers."""
        return VENDORS[self._systems[entity]]

    def vendors(self) -> list[Vendor]:
        """The vendors that bill somebody."""
        return [vendor for vendor in VENDORS.values() if vendor.system in self._systems]

    def bills(self, system: str) -> np.ndarray:
        """Per entity, whether this vendor bills its customers."""
        return np.array([own == system for own in self._systems])

    def customer_ids(self, entity: np.ndarray, customers: np.ndarray) -> pa.Array:
        """What the vendors call customers of these entities."""
        ids = text.repeated(None, len(customers))
        for vendor in self.vendors():
            ids = text.where(self.bills(vendor.system)[entity], vendor.customer_ids(customers), ids)
        return ids
