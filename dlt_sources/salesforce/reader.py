"""What Salesforce shows only where an organisation has several currencies, and what one with a single one is told."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from dlt_sources.errors import SourceRefused
from dlt_sources.protocols.reader import Page
from dlt_sources.protocols.soql import SoqlReader
from dlt_sources.spec import ResourceSpec

CURRENCIES, DATED_RATES = "CurrencyType", "DatedConversionRate"
RECORD_CURRENCY = "CurrencyIsoCode"
# The column an organisation lands with: its currency, where it has only one.
ORGANIZATION_CURRENCY = "currency_iso_code"


class SalesforceReader(SoqlReader):
    """Reads organisations with several currencies, whose records name theirs, and those with one, where none does."""

    def pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the resource's rows: none of what only organisations with several currencies have."""
        if resource.path in (CURRENCIES, DATED_RATES) and resource.path not in self._objects:
            return
        pages = super().pages(resource)
        if resource.path == "Organization":
            pages = ([{**row, ORGANIZATION_CURRENCY: self._currency} for row in page] for page in pages)
        yield from pages

    def asked_fields(self, resource: ResourceSpec, visible: set[str]) -> list[str]:
        """Return the fields to ask for; only an organisation with one currency has records without theirs."""
        # Fields of the company's own, and those of features that an organisation has not bought.
        absent = {ORGANIZATION_CURRENCY} | (set(resource.optional_fields) - {RECORD_CURRENCY} - visible)
        fields = [field for field in resource.fields if field not in absent]
        if CURRENCIES in self._objects or RECORD_CURRENCY not in fields:
            return fields
        if RECORD_CURRENCY in visible:
            raise self.client.error(
                SourceRefused,
                resource.name,
                f"{resource.path} names currencies, but the technical user does not see {CURRENCIES}",
                next_step=f"give the user read access to {CURRENCIES}, then run again",
            )
        return [field for field in fields if field != RECORD_CURRENCY]

    @cached_property
    def _objects(self) -> set[str]:
        """The objects the organisation has and the technical user may see."""
        answer: Any = self.client.get_json("organizations", self._path("sobjects"))
        return {each["name"] for each in answer["sobjects"]}

    @property
    def _currency(self) -> str | None:
        """The organisation's only currency, which it tells no client over REST; None where records name theirs."""
        told = self.assignment.options["currency"]
        if CURRENCIES in self._objects:
            if told:
                raise self.client.error(
                    SourceRefused,
                    "organizations",
                    f"the organisation has several currencies, but the company file says that all is in {told}",
                    next_step="remove options.currency of the instance: records name their own currency",
                )
            return None
        if not told:
            raise self.client.error(
                SourceRefused,
                "organizations",
                "the organisation has one currency, and no record names it",
                next_step="set options.currency of the instance to the ISO code under Setup, Company Information",
            )
        return told
