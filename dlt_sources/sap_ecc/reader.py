"""What YAML cannot say of SAP's tables: items bear no date of their change, their document's head does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from dlt_sources.protocols.sql_tables import SqlTablesReader, newest
from dlt_sources.spec import ResourceSpec


@dataclass(frozen=True)
class Head:
    """The table an item's document is in, and the columns that both have and that name it."""

    table: str
    key: tuple[str, ...]


_HEADS = {
    "document_items": Head("BKPF", ("MANDT", "BUKRS", "BELNR", "GJAHR")),
    "item_counts": Head("BKPF", ("MANDT", "BUKRS", "BELNR", "GJAHR")),
    "billing_document_items": Head("VBRK", ("MANDT", "VBELN")),
}
# What stands for a blank: engines differ in whether one is kept, is empty text or is missing.
NOTHING = "-"
# Normal documents and those that cleared or reset a clearing; all others are announcements, or another ledger's.
POSTED = (NOTHING, "A", "B")
_CUSTOMER, _SUPPLIER = "D", "K"


class SapEccReader(SqlTablesReader):
    """Reads items with their document's head: those of changed documents, and open or newly cleared ones."""

    def query(self, resource: ResourceSpec) -> sa.Select:
        """Return the query; items are joined with their heads."""
        if resource.name == "item_counts":
            return self._counts(resource)
        if resource.name not in _HEADS:
            return super().query(resource)
        return super().query(resource).select_from(self._joined(resource))

    def columns(self, resource: ResourceSpec) -> dict[str, sa.ColumnElement]:
        """Return the column of every field; the day of an item's change is its document's."""
        if resource.name not in _HEADS:
            return super().columns(resource)
        own = {field: self.column(resource, field) for field in resource.fields if field != resource.cursor.field}
        return own | {resource.cursor.field: newest(self._dates(resource))}

    def conditions(self, resource: ResourceSpec) -> list[sa.ColumnElement[bool]]:
        """Return the conditions; items of billing documents bear no company code, their head does."""
        wanted = super().conditions(resource)
        if resource.name == "billing_document_items" and self.assignment.entities:
            wanted.append(self._head(resource, "BUKRS").in_(self.assignment.entities))
        return wanted

    def changed(self, resource: ResourceSpec, columns: dict[str, sa.ColumnElement]) -> list[sa.ColumnElement[bool]]:
        """Return the condition of an item whose document was changed; a clearing changes neither, so it is looked for.

        An item that is open is read again each time: a clearing that was taken back leaves no other trace. One that
        was cleared is found by the document that cleared it, whatever day the clearing is posted on.
        """
        since = self.read_from(resource)
        if since is None or resource.name not in _HEADS:
            return super().changed(resource, columns)
        changed = self.any_since(resource, self._dates(resource), since)
        if resource.name != "document_items":
            return [changed]
        is_item = self.column(resource, "KOART").in_((_CUSTOMER, _SUPPLIER))
        is_open = _or_nothing(self.column(resource, "AUGBL")) == NOTHING
        return [sa.or_(changed, is_item & sa.or_(is_open, self._newly_cleared(resource, since)))]

    def _newly_cleared(self, resource: ResourceSpec, since: datetime) -> sa.ColumnElement[bool]:
        """Return the condition that the document which cleared the item was changed since."""
        heads = self.database.table(resource.name, _HEADS[resource.name].table).alias("clearing")

        def of_clearing(name: str) -> sa.ColumnElement:
            return self.column_of(resource, heads, name, "table BKPF")

        dates = [of_clearing(name) for name in self.request(resource).newest_of]
        return sa.exists().where(
            of_clearing("MANDT") == self.column(resource, "MANDT"),
            of_clearing("BUKRS") == self.column(resource, "BUKRS"),
            of_clearing("BELNR") == self.column(resource, "AUGBL"),
            self.any_since(resource, dates, since),
        )

    def _counts(self, resource: ResourceSpec) -> sa.Select:
        keys = {
            "BUKRS": self.column(resource, "BUKRS"),
            "GJAHR": self.column(resource, "GJAHR"),
            "MONAT": self._head(resource, "MONAT"),
        }
        return (
            sa.select(*(column.label(name) for name, column in keys.items()), sa.func.count().label("item_count"))
            .select_from(self._joined(resource))
            .where(*self.conditions(resource), _or_nothing(self._head(resource, "BSTAT")).in_(POSTED))
            .group_by(*keys.values())
        )

    def _joined(self, resource: ResourceSpec) -> sa.Join:
        head = _HEADS[resource.name]
        same = [self._head(resource, name) == self.column(resource, name) for name in head.key]
        return self.source(resource).join(self.database.table(resource.name, head.table), sa.and_(*same))

    def _dates(self, resource: ResourceSpec) -> list[sa.ColumnElement]:
        return [self._head(resource, name) for name in self.request(resource).newest_of]

    def _head(self, resource: ResourceSpec, name: str) -> sa.ColumnElement:
        table = _HEADS[resource.name].table
        return self.column_of(resource, self.database.table(resource.name, table), name, f"table {table}")


def _or_nothing(column: sa.ColumnElement) -> sa.ColumnElement:
    return sa.func.coalesce(sa.func.nullif(sa.func.trim(column), ""), NOTHING)
