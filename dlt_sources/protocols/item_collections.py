"""REST collections by limit and offset: `{"items": […], "count": 500, "hasMore": true}`, children expanded in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dlt_sources.protocols.embedded_lists import EmbeddedListReader, EmbeddedListRequest
from dlt_sources.protocols.paging import PagingGuard
from dlt_sources.protocols.reader import Page, Row
from dlt_sources.spec import ResourceSpec

PAGE_LIMIT = 500  # the most that such servers give at once; asked for more, they give this without a word
LINKS = "links"


class ItemCollectionRequest(EmbeddedListRequest):
    """`filter` goes with the collection and may use an {option}."""

    filter: str = ""


class ItemCollectionReader(EmbeddedListReader):
    """Reads collections, the declared fields selected, changed since the cursor."""

    Request = ItemCollectionRequest

    def own_pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the resource's rows in the order of their key.

        A change does not move a row in that order, so that offsets hold while others work; what qualifies only
        meanwhile moves rows to pages still to come.
        """
        children = [child for child in self.assignment.system.resources.values() if child.follows == resource.name]
        params = {
            "fields": ";".join([self._selected(resource), *map(self._selected_child, children)]),
            "orderBy": ",".join(f"{field}:asc" for field in resource.key),
            # A child that does not fit into its parent is fetched where the link to it says.
            **({LINKS: "child"} if children else {"onlyData": "true"}),
        }
        if conditions := self._conditions(resource):
            params["q"] = " and ".join(conditions)
        yield from self._collection(resource, resource.path, params)

    def rows_within(self, resource: ResourceSpec, holder: Row, embedded: Any) -> list[Row]:
        """Return all rows of a child, whether it came as a list or as a collection that has more."""
        name = self.request(resource).embedded_list
        rows = list(embedded if isinstance(embedded, list) else self.member(resource, embedded, "items"))
        if isinstance(embedded, dict) and embedded.get("hasMore"):
            target = next(link["href"] for link in holder[LINKS] if link["name"] == name)
            params = {"fields": self._selected(resource), "onlyData": "true"}
            rows = [row for page in self._collection(resource, target, params) for row in page]
        return list(map(_without_links, rows))

    def _with_embedded(self, parent: ResourceSpec) -> Iterator[dict[str, Page]]:
        for together in super()._with_embedded(parent):
            yield {**together, parent.name: [_without_links(row) for row in together[parent.name]]}

    def _collection(self, resource: ResourceSpec, target: str, params: dict[str, str]) -> Iterator[Page]:
        guard, offset = PagingGuard(self.client, resource.name), 0
        while True:
            asked = {**params, "limit": PAGE_LIMIT, "offset": offset}
            answer = self.client.get_json(resource.name, target, asked)
            rows = self.member(resource, answer, "items")
            if len(rows) != int(self.member(resource, answer, "count")):
                raise self.assignment.breach(resource.name, f"{answer['count']} items announced, {len(rows)} received")
            # A page that was asked for by its offset and is another one would be followed for ever.
            if offset != int(self.member(resource, answer, "offset")):
                problem = f"paging does not end: asked for offset {offset}, answered with {answer['offset']}"
                raise self.assignment.breach(resource.name, problem)
            yield rows
            if not self.member(resource, answer, "hasMore"):
                return
            offset += len(rows)
            guard.follow(str(offset), len(rows))

    def _selected(self, resource: ResourceSpec) -> str:
        request: ItemCollectionRequest = self.request(resource)
        return ",".join(field for field in resource.fields if field not in request.holder_fields)

    def _selected_child(self, child: ResourceSpec) -> str:
        return f"{self.request(child).embedded_list}:{self._selected(child)}"

    def _conditions(self, resource: ResourceSpec) -> list[str]:
        request: ItemCollectionRequest = self.request(resource)
        conditions = [request.filter.format(**self.assignment.options)] if request.filter else []
        since = self.read_from(resource)
        if since is not None:
            conditions.append(f"{resource.cursor.field} >= '{since.isoformat(timespec='milliseconds')}'")
        return conditions


def _without_links(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != LINKS}
