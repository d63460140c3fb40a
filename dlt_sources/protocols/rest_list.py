"""REST lists that page by the last id seen, newest first: `{"data": […], "has_more": true}`, also within rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import Field

from dlt_sources.protocols.http_reader import HttpReader
from dlt_sources.protocols.paging import PagingGuard, SharedPages
from dlt_sources.protocols.reader import Assignment, Page, Row
from dlt_sources.spec import ResourceSpec, Strict

PAGE_LIMIT = 100  # the most that lists of this kind give at once


class RestListRequest(Strict):
    """`parameters` go with the list, `expand` asks for a nested member in full.

    `embedded_list` names the member of the followed resource that holds the rows; one that `is_moved_out` is landed
    here alone.
    """

    parameters: dict[str, str] = Field(default_factory=dict)
    expand: str = ""
    embedded_list: str = ""
    is_moved_out: bool = False


class RestListReader(HttpReader):
    """Reads lists by cursor; rows embedded in others come along with them."""

    Request = RestListRequest

    def __init__(self, assignment: Assignment) -> None:
        super().__init__(assignment)
        self._shared: dict[str, SharedPages] = {}

    def pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the resource's rows; those that follow another resource are read in that one's pass."""
        parent = self.assignment.system.resources[resource.follows] if resource.follows else resource
        if parent.name not in self._shared:
            self._shared[parent.name] = SharedPages(self._with_embedded(parent))
        yield from self._shared[parent.name].pages(resource.name)

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

    def whole_list(self, resource: ResourceSpec, embedded: Any) -> list[Row]:
        """Return all rows of a list within a row: the first few are there, the rest is fetched."""
        rows, has_more = self._unwrap(resource, embedded)
        if has_more:
            last = {"starting_after": rows[-1]["id"]} if rows else {}
            rows = rows + [row for page in self.list_pages(resource, embedded["url"], last) for row in page]
        return rows

    def _with_embedded(self, parent: ResourceSpec) -> Iterator[dict[str, Page]]:
        """Yield each page of the parent together with the rows embedded in it."""
        children = [child for child in self.assignment.system.resources.values() if child.follows == parent.name]
        for page in self.own_pages(parent):
            together: dict[str, Page] = {}
            for child in children:
                member = self.request(child).embedded_list
                holders = [row for row in page if row.get(member)]
                together[child.name] = [row for holder in holders for row in self.whole_list(child, holder[member])]
                if self.request(child).is_moved_out:
                    for holder in holders:
                        del holder[member]
            yield {parent.name: page, **together}

    def _unwrap(self, resource: ResourceSpec, answer: Any) -> tuple[list[Row], bool]:
        if not isinstance(answer, dict) or not isinstance(answer.get("data"), list) or "has_more" not in answer:
            raise self.assignment.breach(resource.name, "the answer is not a list with data and has_more")
        return answer["data"], answer["has_more"]
