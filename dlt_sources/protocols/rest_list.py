"""REST lists that page by the last id seen, newest first: `{"data": […], "has_more": true}`, also within rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import Field

from dlt_sources.protocols.embedded_lists import EmbeddedListReader, EmbeddedListRequest
from dlt_sources.protocols.paging import PagingGuard
from dlt_sources.protocols.reader import Page, Row
from dlt_sources.spec import ResourceSpec

PAGE_LIMIT = 100  # the most that lists of this kind give at once


class RestListRequest(EmbeddedListRequest):
    """`parameters` go with the list, `expand` asks for a nested member in full."""

    parameters: dict[str, str] = Field(default_factory=dict)
    expand: str = ""


class RestListReader(EmbeddedListReader):
    """Reads lists by cursor."""

    Request = RestListRequest

    def own_pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the resource's own rows, created since the cursor."""
        yield from self.list_pages(resource, resource.path, self.created_since(self.read_from(resource)))

    def list_pages(self, resource: ResourceSpec, path: str, extra: dict[str, Any] | None = None) -> Iterator[Page]:
        """Yield the pages of one list."""
        request: RestListRequest = self.request(resource)
        params = {**request.parameters, **(extra or {}), "limit": PAGE_LIMIT}
        if request.expand:
            params["expand[]"] = f"data.{request.expand}"
        guard = PagingGuard(self.client, resource.name)
        while True:
            answer = self.client.get_json(resource.name, path, params)
            rows, has_more = self._unwrap(resource, answer)
            yield rows
            if not has_more:
                return
            if not rows:
                raise self.assignment.breach(resource.name, "an empty page says that there is more")
            params["starting_after"] = guard.follow(rows[-1]["id"], len(rows))

    def created_since(self, moment: datetime | None) -> dict[str, str]:
        """Return the parameter that asks for rows created at or after the moment."""
        return {"created[gte]": str(int(moment.timestamp()))} if moment else {}

    def rows_within(self, resource: ResourceSpec, holder: Row, embedded: Any) -> list[Row]:
        """Return all rows of a list within a row."""
        rows, has_more = self._unwrap(resource, embedded)
        if has_more:
            last = {"starting_after": rows[-1]["id"]} if rows else {}
            rows = rows + [row for page in self.list_pages(resource, embedded["url"], last) for row in page]
        return rows

    def _unwrap(self, resource: ResourceSpec, answer: Any) -> tuple[list[Row], bool]:
        if not isinstance(answer, dict) or not isinstance(answer.get("data"), list) or "has_more" not in answer:
            raise self.assignment.breach(resource.name, "the answer is not a list with data and has_more")
        return answer["data"], answer["has_more"]
