"""OData V4: pages by `@odata.nextLink`, bare literals, sets below the rows of another set, expanded rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from dlt_sources.errors import ConfigurationError
from dlt_sources.protocols import cursors
from dlt_sources.protocols.http_reader import HttpReader
from dlt_sources.protocols.odata import literal
from dlt_sources.protocols.paging import PagingGuard, SharedPages
from dlt_sources.protocols.reader import Assignment, Page, Row
from dlt_sources.spec import ResourceSpec, Strict

NEXT_LINK = "@odata.nextLink"
RANGE_ROWS = 500  # as many records of a range as bring a page or two of their parts


class ODataV4Request(Strict):
    """`filter` may use an {option}; `entity_field` is what the instance's entities are chosen by.

    A set below the rows of another resource is read `within` that resource, once per row. What follows another resource
    comes in its rows, as the navigation property `expanded`; or it is a set of its own that names the record it is part
    of (`in_ranges_of`, ours: theirs) and is read for the records that came, in ranges of their number. `carried` gives
    fields that our rows take from the row they are below or in (ours: theirs); `path` may use those of a row above, and
    options, in braces.
    """

    filter: str = ""
    entity_field: str = ""
    within: str = ""
    carried: dict[str, str] = Field(default_factory=dict)
    expanded: str = ""
    in_ranges_of: dict[str, str] = Field(default_factory=dict, max_length=1)


class ODataV4Reader(HttpReader):
    """Reads entity sets, all declared fields selected, in the order of cursor and key, by the server's own links."""

    Request = ODataV4Request

    def __init__(self, assignment: Assignment) -> None:
        super().__init__(assignment)
        self._shared: dict[str, SharedPages] = {}
        self._above: dict[str, Page] = {}
        resources = assignment.system.resources
        for resource in resources.values():
            within = self.request(resource).within
            if within and within not in resources:
                raise ConfigurationError(
                    f"system '{assignment.system.name}': resource '{resource.name}' is read within '{within}', "
                    "which is not a resource"
                )

    def pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the resource's rows changed since the cursor; expanded ones are read in the pass of those they are in.

        An incremental cursor is one for all rows of the set above, so that the overlap has to cover a whole load.
        """
        parent = self.assignment.system.resources[resource.follows] if resource.follows else resource
        if parent.name not in self._shared:
            self._shared[parent.name] = SharedPages(self._with_expanded(parent))
        yield from self._shared[parent.name].pages(resource.name)

    def _with_expanded(self, parent: ResourceSpec) -> Iterator[dict[str, Page]]:
        """Yield each page of the parent together with the rows expanded in it, then those of sets of their own."""
        wanted = filter(self.assignment.is_wanted, self.assignment.system.resources.values())
        followers = [child for child in wanted if child.follows == parent.name]
        apart = [child for child in followers if self.request(child).in_ranges_of]
        children = [child for child in followers if child not in apart]
        request: ODataV4Request = self.request(parent)
        for above in self._rows_above(request):
            carried = self._carried(parent, request, above)
            for page in self._set_pages(parent, request, carried, children):
                together: dict[str, Page] = {parent.name: [{**row, **carried} for row in page]}
                for child in children:
                    together[child.name] = [
                        inner for row in together[parent.name] for inner in self._expanded(child, row)
                    ]
                yield together
                for child in apart:
                    for parts in self._parts_of(child, together[parent.name]):
                        yield {child.name: parts}

    def _rows_above(self, request: ODataV4Request) -> list[Row]:
        """Return the rows below each of which the set is read; one that is empty when it stands alone."""
        if not request.within:
            return [{}]
        if request.within not in self._above:
            above = self.assignment.system.resources[request.within]
            pages = self._set_pages(above, self.request(above), {}, [])
            self._above[request.within] = [row for page in pages for row in page]
        return self._above[request.within]

    def _carried(self, resource: ResourceSpec, request: ODataV4Request, above: Row) -> Row:
        return {ours: self.member(resource, above, theirs) for ours, theirs in request.carried.items()}

    def _parts_of(self, child: ResourceSpec, records: Page) -> Iterator[Page]:
        """Yield all parts of the records; a range may hold others' parts, which are left out."""
        request: ODataV4Request = self.request(child)
        ((ours, theirs),) = request.in_ranges_of.items()
        numbers = sorted({int(self.member(child, record, theirs)) for record in records})
        for start in range(0, len(numbers), RANGE_ROWS):
            wanted = numbers[start : start + RANGE_ROWS]
            asked = set(map(str, wanted))
            within = f"{ours} ge {wanted[0]} and {ours} le {wanted[-1]}"
            for page in self._set_pages(child, request, {}, [], within):
                yield [part for part in page if part[ours] in asked]

    def _set_pages(
        self,
        resource: ResourceSpec,
        request: ODataV4Request,
        carried: Row,
        children: list[ResourceSpec],
        within: str = "",
    ) -> Iterator[Page]:
        """Yield the pages of one set, of its rows `within` a condition, without the protocol's own members."""
        selected, order = _own_fields(resource.fields, request), _own_fields(resource.key, request)
        if resource.cursor:
            order = list(dict.fromkeys([resource.cursor.field, *order]))
        params = {"$select": ",".join(selected), "$orderby": ",".join(order)}
        if filters := [*self._filters(resource, request), *filter(None, [within])]:
            params["$filter"] = " and ".join(filters)
        if children:
            params["$expand"] = ",".join(map(self._expansion, children))
        path = resource.path.format(**self.assignment.options, **carried)
        guard = PagingGuard(self.client, resource.name)
        yield from self._follow(resource, guard, path, params)

    def _follow(
        self, resource: ResourceSpec, guard: PagingGuard, target: str, params: dict[str, str] | None
    ) -> Iterator[Page]:
        while True:
            answer = self.client.get_json(resource.name, target, params)
            rows = [_own_members(row) for row in self.member(resource, answer, "value")]
            yield rows
            if not answer.get(NEXT_LINK):
                return
            target, params = guard.follow(answer[NEXT_LINK], len(rows)), None

    def _expansion(self, child: ResourceSpec) -> str:
        request: ODataV4Request = self.request(child)
        return f"{request.expanded}($select={','.join(_own_fields(child.fields, request))})"

    def _expanded(self, child: ResourceSpec, row: Row) -> Page:
        """Take the expanded rows out of a row; those that did not fit into the answer are fetched."""
        request: ODataV4Request = self.request(child)
        name = request.expanded
        inner = [_own_members(each) for each in self.member(child, row, name)]
        del row[name]
        link = row.pop(f"{name}{NEXT_LINK}", None)
        if link:
            guard = PagingGuard(self.client, child.name)
            for page in self._follow(child, guard, guard.follow(link, len(inner)), None):
                inner += page
        carried = self._carried(child, request, row)
        return [{**each, **carried} for each in inner]

    def _filters(self, resource: ResourceSpec, request: ODataV4Request) -> list[str]:
        filters = [f"({request.filter.format(**self.assignment.options)})"] if request.filter else []
        if request.entity_field and self.assignment.entities:
            either = " or ".join(f"{request.entity_field} eq {literal(name)}" for name in self.assignment.entities)
            filters.append(f"({either})")
        since = self.read_from(resource)
        if since is not None:
            filters.append(f"{resource.cursor.field} ge {cursors.to_cursor(resource.cursor.kind, since)}")
        return filters


def _own_fields(fields: list[str], request: ODataV4Request) -> list[str]:
    """Return the fields that are the set's own."""
    return [field for field in fields if field not in request.carried]


def _own_members(row: dict[str, Any]) -> Row:
    """Return the row without annotations, but for links to what did not fit into the answer."""
    return {name: value for name, value in row.items() if "@odata." not in name or name.endswith(NEXT_LINK)}
