"""Cells of a module's view as the rows that an export of it has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from dlt_sources.protocols.csv_text import csv_pages
from dlt_sources.protocols.reader import Page, Row

LINE_ITEMS, TIME = "Line Items", "Time"
# What a model's calendar shows beside its periods: quarters, halves, years, and what runs from or to their ends.
_AGGREGATE_PERIOD = re.compile(r"(Q[1-4] |H[12] )?FY\d\d( YT[DG])?|All Periods|YT[DG].*")


class Shape:
    """How a view's cells become rows; `totals` counts the cells that add up others and are none.

    `measures` are the line items that are read: each has a field of its name in the row of its members. `leaves` are
    the members of each list that are above no other. What stands on a view and is no leaf of its list is a total: a
    parent, or the list's top level, which is no member at all.
    """

    def __init__(self, dimensions: dict[str, str], measures: list[str], leaves: dict[str, set[str]]) -> None:
        self.totals = 0
        self._dimensions = dimensions
        self._measures = measures
        self._leaves = leaves

    def unknown_dimensions(self, axes: dict[str, Any]) -> list[str]:
        """Return the dimensions of a view that have no field to stand in."""
        return [name for name in dimension_names(axes) if name not in (*self._dimensions, LINE_ITEMS)]

    def of_grid(self, axes: dict[str, Any], grid: dict[str, Any]) -> Page:
        """Return the rows of one page of a view, read as a grid.

        Raises ValueError when a row has not all its cells, or a cell stands on the page twice.
        """
        pages = list(zip(_names(axes, "pages"), grid.get("pages") or [], strict=True))
        columns = [
            list(zip(_names(axes, "columns"), labels, strict=True)) for labels in grid.get("columnCoordinates") or []
        ]
        rows: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
        for row in grid.get("rows") or []:
            row_members = list(zip(_names(axes, "rows"), row["rowCoordinates"], strict=True))
            for column_members, cell in zip(columns, row["cells"], strict=True):
                members = dict(pages + row_members + column_members)
                measure = members.pop(LINE_ITEMS, self._measures[0])
                found = rows.setdefault(tuple(members.items()), {})
                if measure in found:
                    raise ValueError(f"the cell of {measure} at {', '.join(members.values())} is on the page twice")
                found[measure] = cell
        return list(self._rows((list(members), found) for members, found in rows.items()))

    def of_table(self, content: bytes) -> Page:
        """Return the rows of a page of CSV with a header: a column per dimension, and one per line item."""
        rows = chain.from_iterable(csv_pages(content, null=""))
        return list(
            self._rows(
                (
                    [(name, label or "") for name, label in row.items() if name not in self._measures],
                    {measure: row[measure] for measure in self._measures},
                )
                for row in rows
            )
        )

    def _rows(self, cells: Iterable[tuple[list[tuple[str, str]], Mapping[str, str | None]]]) -> Iterator[Row]:
        for members, found in cells:
            values = {measure: found.get(measure) or None for measure in self._measures}
            filled = sum(value is not None for value in values.values())
            if not filled:
                continue
            if any(self._is_total(name, label) for name, label in members):
                self.totals += filled
                continue
            yield {**{self._dimensions[name]: label or None for name, label in members}, **values}

    def _is_total(self, dimension: str, label: str) -> bool:
        if dimension == TIME:
            return _AGGREGATE_PERIOD.fullmatch(label) is not None
        return bool(label) and dimension in self._leaves and label not in self._leaves[dimension]


def dimension_names(axes: dict[str, Any]) -> list[str]:
    """Return the names of all dimensions of a view."""
    return [name for axis in ("pages", "rows", "columns") for name in _names(axes, axis)]


def leaves(members: Page) -> set[str]:
    """Return the names and codes of the members that are above no other."""
    parents = {row.get("parentId") for row in members}
    return {row[key] for row in members if row["id"] not in parents for key in ("name", "code") if row.get(key)}


def read_request(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the record of a read request, under whatever name the answer has it; raise ValueError without one."""
    for value in answer.values():
        if isinstance(value, dict) and "requestId" in value:
            return value
    raise ValueError("the answer has no read request")


def _names(axes: dict[str, Any], axis: str) -> list[str]:
    return [dimension["name"] for dimension in axes.get(axis) or []]
