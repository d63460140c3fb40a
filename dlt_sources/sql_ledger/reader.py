"""What the company file says about the numbers travels with the tables, so that staging knows how to read them."""

from __future__ import annotations

from collections.abc import Iterator

from dlt_sources.protocols.reader import Page
from dlt_sources.protocols.sql_tables import SqlTablesReader
from dlt_sources.spec import ResourceSpec


class SqlLedgerReader(SqlTablesReader):
    """Reads the tables, and the conventions as a resource of their own."""

    def pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the resource's rows."""
        if resource.name != "conventions":
            yield from super().pages(resource)
            return
        said = {name: self.assignment.options[name] for name in resource.fields}
        yield [said | {"balance_sheet_types": " ".join(str(said["balance_sheet_types"]).split())}]
