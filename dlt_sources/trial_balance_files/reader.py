"""What the company file says about the numbers travels with the files, so that staging knows how to read them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from dlt_sources.protocols.folder_files import FolderFilesReader
from dlt_sources.protocols.reader import Assignment, Page
from dlt_sources.spec import NonEmpty, ResourceSpec, Strict
from dlt_sources.strict_yaml import validate

AccountClass = Literal["asset", "liability", "equity", "income", "expense", "statistical"]


class Conventions(Strict):
    """How the numbers in the files are meant; the options of system.yaml describe each."""

    account_types: Annotated[dict[NonEmpty, AccountClass], Field(min_length=1)]
    ledger: NonEmpty
    chart: NonEmpty
    fiscal_calendar: Literal["jan_dec", "apr_mar"]
    sign: Literal["debit_positive", "natural"]
    balance_sheet_amounts: Literal["balance", "movement"]
    income_statement_amounts: Literal["movement", "year_to_date"]
    is_result_in_equity: bool
    days_after_period_end: Annotated[int, Field(ge=0, le=27)]
    adjustment_dates: str
    actual_scenario: NonEmpty
    rate_currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]

    @field_validator("adjustment_dates")
    @classmethod
    def _are_dates(cls, dates: str) -> str:
        for text in dates.split():
            date.fromisoformat(text)
        return " ".join(dates.split())


class TrialBalanceFilesReader(FolderFilesReader):
    """Reads the files, and the conventions as two resources of their own."""

    def __init__(self, assignment: Assignment) -> None:
        options = {name: assignment.options[name] for name in Conventions.model_fields}
        at = ("instances", assignment.instance, "options")
        self.conventions = validate(Conventions, options, Path("company file"), at)
        super().__init__(assignment)

    def pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the resource's rows."""
        if resource.name == "conventions":
            said = self.conventions.model_dump(exclude={"account_types"})
            yield [{**said, "days_after_period_end": str(said["days_after_period_end"])}]
        elif resource.name == "account_types":
            yield [{"type": name, "account_class": what} for name, what in self.conventions.account_types.items()]
        else:
            yield from super().pages(resource)
