"""Which ERP each entity keeps its books in, and what that ERP calls its chart, its ledgers and its documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from dlt_sources.sandbox.company import chart, days
from dlt_sources.sandbox.company.group import ENTITIES, ENTITY_CODES, SAP
from dlt_sources.sandbox.company.journal import Journal


@dataclass(frozen=True)
class Erp:
    """One ERP of the group.

    `one_chart` is the chart's name where the whole installation shares a single chart. Documents are numbered per
    entity, year and type, or, with `first_document`, all in the order of their entry from that number on. `own` names
    what every entity has for itself and others do not see: chart, partners, items, cost centres. Ledger lines are
    numbered within their document, or through the entity's ledger (`numbers_lines_through`), or through the whole
    installation from `first_record` on. Not every ERP has special periods, knows which customers belong together, or
    shows what its entities order and receive.
    """

    system: str
    instance: str
    ledgers: tuple[str, ...]
    one_chart: str | None = None
    first_document: int | None = None
    first_line: int = 1
    first_record: int | None = None
    own: frozenset[str] = frozenset()
    numbers_lines_through: bool = False
    has_special_periods: bool = True
    has_customer_groups: bool = True
    shows_purchasing: bool = False

    def chart_code(self, entity: int) -> str:
        """What the ERP calls the chart an entity posts to."""
        if "chart" in self.own:
            return ENTITY_CODES[entity]
        return self.one_chart or ENTITIES[entity].chart

    def record_id(self, kind: str, entity: int, code: str) -> str:
        """A record of a kind (see `own`) as the warehouse knows it, with its entity where each has its own."""
        return f"{ENTITY_CODES[entity]}/{code}" if kind in self.own else code

    def document_numbers(self, journal: Journal, documents: np.ndarray) -> np.ndarray:
        """What the ERP calls documents of the journal."""
        if self.first_document is None:
            return journal.documents.number[documents]
        return self.first_document + journal.entry_rank[documents]

    def line_numbers(self, lines: np.ndarray) -> np.ndarray:
        """What the ERP calls the lines of a document, given as 1, 2, 3 …"""
        return lines - 1 + self.first_line

    def line_keys(self, journal: Journal, documents: np.ndarray, lines: np.ndarray) -> np.ndarray:
        """What tells the lines of the journal's documents apart: the number in the document, or that of the entry."""
        if self.first_record is not None:
            in_entity = journal.lines_before[documents] + lines
            return self.first_record + journal.documents.entity[documents].astype(np.int64) * 10**9 + in_entity
        return journal.lines_before[documents] + lines if self.numbers_lines_through else self.line_numbers(lines)


# Ledgers stand in the order of the journal's: the leading one first.
ERPS = {
    erp.system: erp
    for erp in (
        Erp("sap_s4hana", SAP, ("0L", "2L"), shows_purchasing=True),
        Erp("netsuite", "netsuite_group", ("1", "2"), one_chart="NETSUITE", first_document=1001, first_line=0),
        Erp(
            "business_central",
            "business_central_group",
            ("GL", "(not kept)"),
            first_document=100_001,
            own=frozenset({"chart", "partners", "items", "cost_centres"}),
            numbers_lines_through=True,
            has_special_periods=False,
            has_customer_groups=False,
        ),
        Erp("sap_ecc", "sap_ecc_group", ("0L", "2L")),
        Erp("sql_ledger", "sql_ledger_group", ("GL", "(not kept)"), one_chart="LOCAL"),
        Erp(
            "d365_finance",
            "d365_group",
            ("Current", "Operations"),
            first_document=300_001,
            # Record numbers have 64 bits: a reader that takes them for floating point numbers loses the last ones.
            first_record=2**53 + 1,
            own=frozenset({"partners"}),
        ),
        Erp(
            "oracle_fusion",
            "oracle_fusion_group",
            ("PRIMARY", "SECONDARY"),
            one_chart="21",
            first_document=300_000_000_100_001,
            has_customer_groups=False,
        ),
    )
}
DEFAULT_ERP = "sap_s4hana"
LEADING_LEDGERS = tuple(erp.ledgers[0] for erp in ERPS.values())


# Who brings balances and open items of an ERP over into another one: (first, then).
_CAN_CUT_OVER = (("sap_s4hana", "netsuite"),)


@dataclass(frozen=True)
class CutOver:
    """An entity kept its books in the ERP `first` until the end of the day `until`, and does in `then` ever since."""

    entity: int
    until: int
    first: str
    then: str


class Books:
    """The ERP of every entity: the default one but for those named. Some moved from one to another."""

    def __init__(self, elsewhere: Mapping[str, str | Mapping[str, Any]] | None = None):
        """`elsewhere` gives the system of entities by code, or of one that moved `{until, first, then}`.

        Raises ValueError on what cannot be.
        """
        elsewhere = dict(elsewhere or {})
        if unknown := sorted(set(elsewhere) - set(ENTITY_CODES)):
            raise ValueError(f"no entity is called {', '.join(unknown)}; there are {', '.join(ENTITY_CODES)}")
        self.cut_overs = tuple(_cut_over(code, told) for code, told in elsewhere.items() if isinstance(told, Mapping))
        moved = {ENTITY_CODES[each.entity]: each.then for each in self.cut_overs}
        elsewhere = {code: moved.get(code, told) for code, told in elsewhere.items()}
        if unknown := sorted(set(elsewhere.values()) - set(ERPS)):
            raise ValueError(f"no entity can keep its books in {', '.join(unknown)}; the ERPs are {', '.join(ERPS)}")
        self._systems = [elsewhere.get(code, DEFAULT_ERP) for code in ENTITY_CODES]
        for erp in ERPS.values():
            charts = {ENTITIES[entity].chart for entity in self.entities(erp.system)}
            if erp.one_chart and len(charts) > 1:
                raise ValueError(
                    f"{erp.system} has one chart of accounts, but its entities number their accounts in "
                    f"{', '.join(sorted(charts))}: give it entities of one chart"
                )

    def erp(self, entity: int, on: int | None = None) -> Erp:
        """The ERP that keeps the entity's books on a day, or does today."""
        for moved in self.cut_overs:
            if on is not None and moved.entity == entity and on <= moved.until:
                return ERPS[moved.first]
        return ERPS[self._systems[entity]]

    def erps(self, entity: int) -> list[Erp]:
        """The ERPs the entity keeps its books in, one after the other."""
        before = [ERPS[moved.first] for moved in self.cut_overs if moved.entity == entity]
        return [*before, ERPS[self._systems[entity]]]

    def keeps_on(self, system: str, entity: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Whether this ERP keeps the books of each row's entity on the row's day."""
        kept = np.array([own == system for own in self._systems])[entity]
        for moved in self.cut_overs:
            before = (entity == moved.entity) & (day <= moved.until)
            kept = np.where(before, moved.first == system, kept)
        return kept

    def keeps(self, system: str) -> np.ndarray:
        """Per entity, whether this ERP keeps its books, or did."""
        return np.isin(np.arange(len(ENTITIES)), self.entities(system))

    def entities(self, system: str) -> list[int]:
        """The entities with books in this ERP, or that had."""
        left = {moved.entity for moved in self.cut_overs if moved.first == system}
        return [position for position, own in enumerate(self._systems) if own == system or position in left]

    def charts(self, system: str) -> list[str]:
        """The regional charts in use there, in the group's order."""
        used = {ENTITIES[position].chart for position in self.entities(system)}
        return [code for code in chart.CHARTS if code in used]

    def chart_names(self, system: str) -> dict[str, str]:
        """The charts in use there as the ERP calls them, with the regional chart each is."""
        entities = sorted(self.entities(system), key=lambda entity: chart.CHARTS.index(ENTITIES[entity].chart))
        return {ERPS[system].chart_code(entity): ENTITIES[entity].chart for entity in entities}

    def special_periods(self) -> np.ndarray:
        """Per entity, whether its ERP has periods after the twelfth."""
        return np.array([all(erp.has_special_periods for erp in self.erps(at)) for at in range(len(ENTITIES))])

    def document_keys(
        self,
        journal: Journal,
        entity: np.ndarray,
        document: np.ndarray,
        line: np.ndarray,
        on: np.ndarray | None = None,
    ) -> np.ndarray:
        """Number of document and line, a row of two per ledger line, as the ERP of the line's entity has them.

        The ERP is that of the posting date, or of the days `on`: what was open when the books moved has a number there
        too.
        """
        keys = np.empty((len(entity), 2), dtype=np.int64)
        on = journal.documents.posting[document] if on is None else on
        for erp in ERPS.values():
            rows = self.keeps_on(erp.system, entity, on)
            keys[rows, 0] = erp.document_numbers(journal, document[rows])
            keys[rows, 1] = erp.line_keys(journal, document[rows], line[rows])
        return keys


def _cut_over(code: str, told: Mapping[str, Any]) -> CutOver:
    if set(told) != {"until", "first", "then"}:
        raise ValueError(
            f"a cut-over of entity {code} says until when it was where first, and then: {{until, first, then}}"
        )
    until = told["until"] if isinstance(told["until"], date) else date.fromisoformat(str(told["until"]))
    day = days.from_date(until)
    if (told["first"], told["then"]) not in _CAN_CUT_OVER:
        pairs = ", ".join(f"{first} to {then}" for first, then in _CAN_CUT_OVER)
        raise ValueError(
            f"entity {code} cannot move from {told['first']} to {told['then']}; what can be simulated is {pairs}"
        )
    if day != days.last_of_month(days.month_of(np.array([day])))[0]:
        raise ValueError(
            f"entity {code} cannot move on {until}: new books begin with a fiscal period, after a month's last day"
        )
    return CutOver(ENTITY_CODES.index(code), day, told["first"], told["then"])
