"""Reads ADP-style general-ledger files: records of fixed width, told apart by their first letter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from dlt_sources.protocols.folder_documents import UnreadableDocument
from dlt_sources.protocols.summed_documents import CREDIT, DEBIT, Cell, PersonalLine, Run, SummedDocumentsReader

# Positions of the fields, counted from 0, end excluded. References 1 and 3 and the description may name people.
_YEAR, _WEEK, _PAYROLL_NUMBER = slice(11, 15), slice(15, 17), slice(17, 18)
_CLIENT, _ACCOUNT, _DATE, _AMOUNT = slice(1, 6), slice(6, 30), slice(32, 37), slice(37, 48)
_PERSON, _COST_CENTRE = slice(48, 54), slice(74, 80)
_CENTS = 100


class AdpReader(SummedDocumentsReader):
    """A file has one identification (A), its postings (C) and a trailer (Z) with their number."""

    def lines(self, content: bytes) -> Iterator[PersonalLine]:
        """Yield the postings; debits are positive, credits negative."""
        identification = None
        for number, line in enumerate(_lines(content), start=1):
            if line.startswith("A"):
                identification = line
            elif line.startswith("C"):
                if identification is None:
                    raise UnreadableDocument(f"line {number} is a posting before the identification (A)")
                yield _posting(line, number, identification, self.assignment.options["currency"])
        if identification is None:
            raise UnreadableDocument("it has no identification (A)")

    def declared_lines(self, content: bytes) -> int | None:
        """Return the number in the trailer; a file without its trailer was cut off."""
        trailer = next((line for line in _lines(content) if line.startswith("Z")), None)
        if trailer is None or not trailer[1:].strip().isdigit():
            raise UnreadableDocument("it has no trailer (Z) with the number of its postings")
        return int(trailer[1:])


def _lines(content: bytes) -> list[str]:
    return content.decode("cp1252", errors="replace").splitlines()


def _posting(line: str, number: int, identification: str, currency: str) -> PersonalLine:
    try:
        day = _day(line[_DATE], int(identification[_YEAR]))
        amount = Decimal(int(line[_AMOUNT])) / _CENTS
    except ValueError as error:
        raise UnreadableDocument(f"line {number}: date or amount cannot be read") from error
    run_id = "-".join(identification[part] for part in (_YEAR, _WEEK, _PAYROLL_NUMBER))
    return PersonalLine(
        Run(line[_CLIENT].strip(), f"{day:%Y%m}", run_id, day.isoformat(), currency),
        Cell(
            line[_COST_CENTRE].strip(),
            "",
            "",
            line[_ACCOUNT].strip(),
            DEBIT if amount >= 0 else CREDIT,
            "",
        ),
        abs(amount),
        line[_PERSON].strip(),
    )


def _day(text: str, year: int) -> date:
    """The day of MMDDY: the year of the file, or the one before or after it that ends in the digit."""
    for candidate in (year, year - 1, year + 1):
        if candidate % 10 == int(text[4]):
            return date(candidate, int(text[:2]), int(text[2:4]))
    raise ValueError(f"'{text[4]}' is no year near {year}")
