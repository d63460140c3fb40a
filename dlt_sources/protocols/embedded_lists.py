"""Lists whose rows hold further rows: those are resources of their own, read in the pass of the rows around them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

from pydantic import Field

from dlt_sources.protocols.http_reader import HttpReader
from dlt_sources.protocols.paging import SharedPages
from dlt_sources.protocols.reader import Assignment, Page, Row
from dlt_sources.spec import ResourceSpec, Strict


class EmbeddedListRequest(Strict):
    """`embedded_list` names the member of the followed resource that holds the rows.

    One that `is_moved_out` is landed here alone. Where rows do not repeat whose they are, nor of which version of it,
    `holder_fields` gives the fields they get, and from which field of the row around them.
    """

    embedded_list: str = ""
    is_moved_out: bool = False
    holder_fields: dict[str, str] = Field(default_factory=dict)


class EmbeddedListReader(HttpReader):
    """Reads lists; rows embedded in others come along with them."""

    Request = EmbeddedListRequest

    def __init__(self, assignment: Assignment) -> None:
        super().__init__(assignment)
        self._shared: dict[str, SharedPages] = {}

    def pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the resource's rows; those that follow another resource are read in that one's pass."""
        parent = self.assignment.system.resources[resource.follows] if resource.follows else resource
        if parent.name not in self._shared:
            self._shared[parent.name] = SharedPages(self._with_embedded(parent))
        yield from self._shared[parent.name].pages(resource.name)

    @abstractmethod
    def own_pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the resource's own rows, with what is embedded in them."""

    @abstractmethod
    def rows_within(self, resource: ResourceSpec, holder: Row, embedded: Any) -> list[Row]:
        """Return all rows of the resource within a row: the first few are there, the rest is fetched."""

    def _with_embedded(self, parent: ResourceSpec) -> Iterator[dict[str, Page]]:
        """Yield each page of the parent together with the rows embedded in it."""
        children = [child for child in self.assignment.system.resources.values() if child.follows == parent.name]
        for page in self.own_pages(parent):
            together: dict[str, Page] = {}
            for child in children:
                request: EmbeddedListRequest = self.request(child)
                member = request.embedded_list
                holders = [row for row in page if row.get(member)]
                together[child.name] = [
                    {**known, **row}
                    for holder in holders
                    for known in [{field: holder[origin] for field, origin in request.holder_fields.items()}]
                    for row in self.rows_within(child, holder, holder[member])
                ]
                if request.is_moved_out:
                    for holder in holders:
                        del holder[member]
            yield {parent.name: page, **together}
