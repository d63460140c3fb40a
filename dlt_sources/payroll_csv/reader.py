"""Reads the payroll file that this platform documents: a line per person, wage type and account (README.md)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from dlt_sources.protocols.folder_documents import UnreadableDocument
from dlt_sources.protocols.summed_documents import CREDIT, DEBIT, Cell, PersonalLine, Run, SummedDocumentsReader

COLUMNS = (
    "period", "company", "run_id", "pay_date", "personnel_no", "cost_center", "wage_type", "wage_type_name",
    "gl_account", "debit_credit", "amount", "currency", "employer_cost_flag",
)  # fmt: skip
_SIDES = {"D": DEBIT, "C": CREDIT}


class PayrollCsvReader(SummedDocumentsReader):
    """Knows the columns of the file."""

    def lines(self, content: bytes) -> Iterator[PersonalLine]:
        """Yield the lines under the header."""
        try:
            reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";", strict=True)
            header = tuple(name.strip() for name in next(reader, []))
            if header != COLUMNS:
                raise UnreadableDocument(f"its first line is not: {';'.join(COLUMNS)}")
            for values in reader:
                if values:
                    yield _line(values, reader.line_num)
        except UnicodeDecodeError as error:
            raise UnreadableDocument("it is not UTF-8 text") from error
        except csv.Error as error:
            raise UnreadableDocument(f"line {reader.line_num} has a quote that does not fit") from error


def _line(values: list[str], number: int) -> PersonalLine:
    if len(values) != len(COLUMNS):
        raise UnreadableDocument(f"line {number} has {len(values)} values under {len(COLUMNS)} columns")
    line = dict(zip(COLUMNS, (value.strip() for value in values), strict=True))
    try:
        amount = Decimal(line["amount"])
    except InvalidOperation as error:
        raise UnreadableDocument(f"line {number}: amount is not a number") from error
    if line["debit_credit"] not in _SIDES or not amount.is_finite():
        raise UnreadableDocument(f"line {number}: debit_credit is neither D nor C, or amount is no amount")
    return PersonalLine(
        Run(line["company"], line["period"], line["run_id"], line["pay_date"], line["currency"]),
        Cell(
            line["cost_center"],
            line["wage_type"],
            line["wage_type_name"],
            line["gl_account"],
            _SIDES[line["debit_credit"]],
            line["employer_cost_flag"],
        ),
        amount,
        line["personnel_no"],
    )
