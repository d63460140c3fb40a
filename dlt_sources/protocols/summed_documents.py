"""Documents whose lines are about people: they are added up as they are read, so that no line is ever landed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from decimal import Decimal

from dlt_sources.protocols.folder_documents import FolderDocumentsReader
from dlt_sources.protocols.reader import Row
from dlt_sources.spec import ResourceSpec

DEBIT, CREDIT = "debit", "credit"
# What a wage type becomes that too few people have: their pay stands with that of others, or in their cost centre.
FEW_PEOPLE = "SUMMED"


@dataclass(frozen=True)
class Run:
    """One pay run of a company."""

    company: str
    period: str
    run_id: str
    pay_date: str
    currency: str


@dataclass(frozen=True)
class Cell:
    """Where an amount belongs; what a document does not say is empty."""

    cost_centre: str
    wage_type: str
    wage_type_name: str
    account: str
    side: str
    employer_cost: str


@dataclass(frozen=True)
class PersonalLine:
    """One line as it stands in a document; `person` is counted and then forgotten."""

    run: Run
    cell: Cell
    amount: Decimal
    person: str


class SummedDocumentsReader(FolderDocumentsReader):
    """Reads a document's runs with their totals, and their lines summed per cost centre, wage type and account.

    A wage type that fewer people of a cost centre have than the option `smallest_group` says is summed with others of
    its account there, with so many that it tells nobody's pay. A document is taken as a whole or not at all: a line
    that cannot be read leaves no total.
    """

    @abstractmethod
    def lines(self, content: bytes) -> Iterator[PersonalLine]:
        """Yield the document's lines; raise UnreadableDocument, naming a line by its number alone."""

    def declared_lines(self, content: bytes) -> int | None:
        """Return how many lines the document says it has, if it does."""
        return None

    def rows(self, resource: ResourceSpec, content: bytes) -> Iterator[Row]:
        """Yield runs, or their summed lines."""
        lines = list(self.lines(content))
        runs = list(dict.fromkeys(line.run for line in lines))
        for run in runs:
            own = [line for line in lines if line.run == run]
            if resource.name == "runs":
                declared = self.declared_lines(content)
                yield _run_row(run, own, declared if len(runs) == 1 else None)
            else:
                yield from _summed_rows(run, own, int(self.assignment.options["smallest_group"]))


def _texts(part: Run | Cell) -> Row:
    return {field.name: getattr(part, field.name) or None for field in fields(part)}


def _run_row(run: Run, lines: list[PersonalLine], declared: int | None) -> Row:
    return {
        **_texts(run),
        "line_count": str(len(lines)),
        "declared_line_count": None if declared is None else str(declared),
        "debit_total": str(_total(line for line in lines if line.cell.side == DEBIT)),
        "credit_total": str(_total(line for line in lines if line.cell.side == CREDIT)),
    }


def _summed_rows(run: Run, lines: list[PersonalLine], smallest_group: int) -> Iterator[Row]:
    by_cell = _grouped((line.cell, line) for line in lines)
    by_account = _grouped((_without_wage_type(line.cell), line) for line in lines)
    merged: dict[Cell, list[PersonalLine]] = {}
    for together, own in by_account.items():
        cells = {line.cell for line in own}
        small = {cell for cell in cells if _people(by_cell[cell]) < smallest_group}
        if small and _people(line for line in own if line.cell in small) < smallest_group:
            small = cells
        for line in own:
            merged.setdefault(together if line.cell in small else line.cell, []).append(line)
    for cell, own in merged.items():
        yield {**_texts(run), **_texts(cell), "amount": str(_total(own)), "line_count": str(len(own))}


def _people(lines: Iterable[PersonalLine]) -> int:
    return len({line.person for line in lines})


def _without_wage_type(cell: Cell) -> Cell:
    wage_type = cell.wage_type and FEW_PEOPLE
    return Cell(cell.cost_centre, wage_type, "", cell.account, cell.side, cell.employer_cost)


def _grouped(pairs: Iterable[tuple[Cell, PersonalLine]]) -> dict[Cell, list[PersonalLine]]:
    groups: dict[Cell, list[PersonalLine]] = {}
    for cell, line in pairs:
        groups.setdefault(cell, []).append(line)
    return groups


def _total(lines: Iterable[PersonalLine]) -> Decimal:
    return sum((line.amount for line in lines), Decimal(0))
