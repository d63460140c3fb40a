"""Which entities buy through a procurement system instead of their ERP, and what that system calls them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dlt_sources.sandbox.company.books import Books
from dlt_sources.sandbox.company.group import ENTITY_CODES, PROCUREMENT


@dataclass(frozen=True)
class Buyer:
    """One procurement system of the group; `entity_ids` is what it calls the entities."""

    system: str
    instance: str
    entity_ids: tuple[str, ...]


BUYERS = {
    buyer.system: buyer
    # An entity is a chart of accounts there, known by its number.
    for buyer in (Buyer("coupa", PROCUREMENT, tuple(str(11 + at) for at in range(len(ENTITY_CODES)))),)
}


class Procurement:
    """Where every entity orders, receives and has its invoices approved: in its ERP but for those named."""

    def __init__(self, elsewhere: Mapping[str, str] | None = None):
        """`elsewhere` gives the procurement system of entities by code. Raises ValueError on what cannot be."""
        self._systems = dict(elsewhere or {})
        if unknown := sorted(set(self._systems) - set(ENTITY_CODES)):
            raise ValueError(f"no entity is called {', '.join(unknown)}; there are {', '.join(ENTITY_CODES)}")
        if unknown := sorted(set(self._systems.values()) - set(BUYERS)):
            raise ValueError(
                f"nobody buys through {', '.join(unknown)}; the procurement systems are {', '.join(BUYERS)}"
            )

    def buys(self, system: str) -> np.ndarray:
        """Per entity, whether it buys through this system."""
        return np.array([self._systems.get(code) == system for code in ENTITY_CODES])

    def buys_elsewhere(self) -> np.ndarray:
        """Per entity, whether it buys through another system than its ERP."""
        return np.array([code in self._systems for code in ENTITY_CODES])

    def instance(self, books: Books, entity: int) -> str | None:
        """The instance that knows what the entity orders, receives and is invoiced; None where nobody shows it."""
        if system := self._systems.get(ENTITY_CODES[entity]):
            return BUYERS[system].instance
        erp = books.erp(entity)
        return erp.instance if erp.shows_purchasing else None
