"""Reads DATEV booking batches: header and columns by position, because their labels vary from writer to writer."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from dlt_sources.protocols.folder_documents import UnreadableDocument
from dlt_sources.protocols.summed_documents import CREDIT, DEBIT, Cell, PersonalLine, Run, SummedDocumentsReader

# Positions counted from 0. Booking text, document fields and additional information may name people: not read.
_CATEGORY, _CONSULTANT, _CLIENT, _DATE_FROM, _DATE_TO, _BATCH_NAME, _CURRENCY = 2, 10, 11, 14, 15, 16, 21
_AMOUNT, _SIDE, _LINE_CURRENCY, _ACCOUNT, _CONTRA_ACCOUNT, _DATE, _DOCUMENT, _COST_CENTRE = 0, 1, 2, 6, 7, 9, 10, 36
_GENERAL_REVERSAL = 117
BOOKING_BATCH = "21"
_MARKERS = ("EXTF", "DTVF")
_OTHER_SIDE = {DEBIT: CREDIT, CREDIT: DEBIT}
_SIDES = {"S": DEBIT, "H": CREDIT}


@dataclass(frozen=True)
class Batch:
    """What the header says of all lines."""

    company: str
    name: str
    currency: str
    first_day: date
    last_day: date

    def day(self, ddmm: str, number: int) -> date:
        """Return the day of a date without a year: the one within the batch's dates."""
        days = []
        for year in {self.first_day.year, self.last_day.year}:
            try:
                days.append(date(year, int(ddmm[-2:]), int(ddmm[:-2])))
            except ValueError:
                continue
        within = [day for day in days if self.first_day <= day <= self.last_day]
        if len(within) != 1:
            raise UnreadableDocument(f"line {number}: the document date is no day of the batch")
        return within[0]


class DatevReader(SummedDocumentsReader):
    """A row is a posting with two sides: its account, and the contra account on the other side."""

    def lines(self, content: bytes) -> Iterator[PersonalLine]:
        """Yield both sides of every row."""
        reader = csv.reader(io.StringIO(_text(content), newline=""), delimiter=";", strict=True)
        try:
            batch = _batch(next(reader, []))
            next(reader, None)  # the labels
            for values in reader:
                if values:
                    yield from _sides(values, reader.line_num, batch)
        except csv.Error as error:
            raise UnreadableDocument(f"line {reader.line_num} has a quote that does not fit") from error


def _text(content: bytes) -> str:
    """UTF-8 announces itself by its mark; without one the file is Windows-1252."""
    if content.startswith(codecs.BOM_UTF8):
        return content.decode("utf-8-sig", errors="replace")
    return content.decode("cp1252", errors="replace")


def _batch(header: list[str]) -> Batch:
    if len(header) <= _CURRENCY or header[0] not in _MARKERS:
        raise UnreadableDocument("its first line is no DATEV header")
    if header[_CATEGORY] != BOOKING_BATCH:
        raise UnreadableDocument(f"it is of category {header[_CATEGORY]}, not a booking batch ({BOOKING_BATCH})")
    try:
        first_day, last_day = (date.fromisoformat(header[place]) for place in (_DATE_FROM, _DATE_TO))
    except ValueError as error:
        raise UnreadableDocument("the dates of its header are none") from error
    company = f"{header[_CONSULTANT]}-{header[_CLIENT]}"
    return Batch(company, header[_BATCH_NAME], header[_CURRENCY] or "EUR", first_day, last_day)


def _sides(values: list[str], number: int, batch: Batch) -> Iterator[PersonalLine]:
    """The account's side and that of its contra account; a general reversal takes back on the same sides."""
    if len(values) <= _DATE:
        raise UnreadableDocument(f"line {number} has {len(values)} values, which is too few")
    row = [*values, *[""] * (_GENERAL_REVERSAL + 1 - len(values))]
    try:
        amount = Decimal(row[_AMOUNT].replace(",", "."))
        side = _SIDES[row[_SIDE]]
    except (InvalidOperation, KeyError) as error:
        raise UnreadableDocument(f"line {number}: amount or debit/credit mark cannot be read") from error
    if row[_GENERAL_REVERSAL] in ("1", "G"):
        amount = -amount
    day = batch.day(row[_DATE].zfill(4), number)
    run = Run(batch.company, f"{day:%Y%m}", batch.name, day.isoformat(), row[_LINE_CURRENCY] or batch.currency)
    for account, own_side, cost_centre in (
        (row[_ACCOUNT], side, row[_COST_CENTRE]),
        (row[_CONTRA_ACCOUNT], _OTHER_SIDE[side], ""),
    ):
        # The document field is the only thing that tells people apart; it is counted and forgotten.
        yield PersonalLine(run, Cell(cost_centre, "", "", account, own_side, ""), amount, row[_DOCUMENT])
