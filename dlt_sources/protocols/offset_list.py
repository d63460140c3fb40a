"""REST lists that page by an opaque offset, every row wrapped: `{"list": [{"invoice": {…}}], "next_offset": …}`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from dlt_sources.protocols.embedded_lists import EmbeddedListReader, EmbeddedListRequest
from dlt_sources.protocols.paging import PagingGuard
from dlt_sources.protocols.reader import Page, Row
from dlt_sources.spec import ResourceSpec

PAGE_LIMIT = 100  # the most that lists of this kind give at once


class OffsetListRequest(EmbeddedListRequest):
    """`wrapper` is the member a row stands in; beside it may stand others, which are resources of their own.

    `parameters` go with the list, `sort_by` is a field it can be sorted by (each list allows only some).
    """

    wrapper: str = ""
    parameters: dict[str, str] = Field(default_factory=dict)
    sort_by: str = ""


class OffsetListReader(EmbeddedListReader):
    """Reads lists by offset, changed since the cursor."""

    Request = OffsetListRequest

    def own_pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the resource's rows; oldest first, so that what changes meanwhile moves to a page still to come."""
        request: OffsetListRequest = self.request(resource)
        params: dict[str, Any] = {**request.parameters, "limit": PAGE_LIMIT}
        if request.sort_by:
            params["sort_by[asc]"] = request.sort_by
        if since := self.read_from(resource):
            params[f"{resource.cursor.field}[after]"] = int(since.timestamp())
        guard = PagingGuard(self.client, resource.name)
        while True:
            answer = self.client.get_json(resource.name, resource.path, params)
            rows = [self.member(resource, each, request.wrapper) for each in self.member(resource, answer, "list")]
            yield rows
            if not answer.get("next_offset"):
                return
            params["offset"] = guard.follow(answer["next_offset"], len(rows))

    def rows_within(self, resource: ResourceSpec, holder: Row, embedded: Any) -> list[Row]:
        """Return all rows of a list within a row."""
        request: OffsetListRequest = self.request(resource)
        parent = self.assignment.system.resources[resource.follows]
        name, wrapper = request.embedded_list, self.request(parent).wrapper
        rows: list[Row] = list(embedded)
        guard = PagingGuard(self.client, resource.name)
        # Only the first rows of a long list are there; the row alone, asked for by its id, brings the next ones.
        offset = holder.pop(f"{name}_next_offset", None)
        while offset:
            params = {f"{name}_limit": PAGE_LIMIT, f"{name}_offset": guard.follow(offset, len(rows))}
            answer = self.client.get_json(resource.name, f"{parent.path}/{holder['id']}", params)
            whole = self.member(resource, answer, wrapper)
            rows += self.member(resource, whole, name)
            offset = whole.get(f"{name}_next_offset")
        return rows
