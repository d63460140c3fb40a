"""REST lists that are nothing but rows: `[{…}, {…}]`, paged by counting rows, and ended by a page that is not full."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import Field

from dlt_sources.protocols import cursors
from dlt_sources.protocols.embedded_lists import EmbeddedListReader, EmbeddedListRequest
from dlt_sources.protocols.reader import Page, Row
from dlt_sources.spec import ResourceSpec

PAGE_LIMIT = 50  # the most that lists of this kind give at once


class PlainListRequest(EmbeddedListRequest):
    """`members` gives, per field that is an object, which of its members are wanted: names, or objects of names."""

    members: dict[str, list[Any]] = Field(default_factory=dict)


class PlainListReader(EmbeddedListReader):
    """Reads lists in the order of their ids, changed since the cursor, and only the fields that are relied on.

    Names have hyphens in rows, and underscores where a request speaks of them.
    """

    Request = PlainListRequest

    def own_pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the resource's rows.

        Every page begins with the last row of the one before it. When it does not, the rows have moved (one that was
        deleted moves all behind it): then the walk goes back a page, so that none is passed over. Rows that come twice
        are kept once, and pages that bring nothing else end the load.
        """
        params: dict[str, Any] = {
            "fields": json.dumps(self._wanted(resource), separators=(",", ":")),
            "order_by": "id",
            "dir": "asc",
            "limit": PAGE_LIMIT,
        }
        if since := self.read_from(resource):
            params[f"{_asked_as(resource.cursor.field)}[gt]"] = cursors.to_cursor(resource.cursor.kind, since)
        offset, last = 0, None
        while True:
            answer = self.client.get_json(resource.name, resource.path, {**params, "offset": offset})
            if not isinstance(answer, list):
                raise self.assignment.breach(resource.name, "the answer is not a list")
            keys = [[row[part] for part in resource.key] for row in answer]
            has_moved = last is not None and keys[:1] != [last]
            yield answer
            if has_moved:
                offset, last = max(0, offset - PAGE_LIMIT), None
            elif len(answer) < PAGE_LIMIT:
                return
            else:
                offset, last = offset + PAGE_LIMIT - 1, keys[-1]

    def rows_within(self, resource: ResourceSpec, holder: Row, embedded: Any) -> list[Row]:
        """Return all rows of a list within a row: it is there as a whole."""
        return list(embedded)

    def _wanted(self, resource: ResourceSpec) -> list[Any]:
        """Return what a row shall have, in the notation of the request, with the rows embedded in it."""
        request: PlainListRequest = self.request(resource)
        wanted: list[Any] = []
        for field in resource.fields:
            if field not in request.holder_fields:
                name, members = _asked_as(field), request.members.get(field)
                wanted.append({name: members} if members else name)
        for child in self.assignment.system.resources.values():
            if child.follows == resource.name:
                wanted.append({_asked_as(self.request(child).embedded_list): self._wanted(child)})
        return wanted


def _asked_as(field: str) -> str:
    return field.replace("-", "_")
