"""How Stripe tells what changed: its objects carry no change stamp, so events name them and they are read again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import cached_property

from pydantic import Field

from dlt_sources.protocols import cursors
from dlt_sources.protocols.reader import Page, Row
from dlt_sources.protocols.rest_list import PAGE_LIMIT, RestListReader, RestListRequest
from dlt_sources.spec import ResourceSpec

EVENTS_ARE_KEPT = timedelta(days=30)
DAY = 86_400  # seconds; usage is summed per UTC day


class StripeRequest(RestListRequest):
    """`object` is the type whose events concern the resource; an event on one of its `parts` names its owner."""

    object: str = ""
    parts: list[str] = Field(default_factory=list)


class StripeReader(RestListReader):
    """Backfills by creation time once; afterwards asks for events and reads the objects they name again.

    The picture of the object inside an event is not used: it has the shape of the API version of its time.
    """

    Request = StripeRequest

    def own_pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the resource's rows: what events name, or everything on the first load and after too long a gap."""
        if resource.name == "meter_event_summaries":
            yield from self._usage_pages(resource)
        elif not self._is_event_driven(resource):
            yield from super().own_pages(resource)
        elif self._events_reach_back(resource):
            yield from self._changed_pages(resource)
        else:
            # Asked before the list, so that a change during the backfill is seen again next time.
            _ = self._events
            yield from self.list_pages(resource, resource.path)

    def is_tombstone(self, row: Row) -> bool:
        """Whether the row is what is left of a deleted object."""
        return row.get("deleted") is True

    def cursor_after(self, resource: ResourceSpec) -> str | None:
        """Return how far the events reach that this load has seen; creation times say nothing of changes."""
        if not self._is_event_driven(resource) or not self._events:
            return super().cursor_after(resource)
        newest = cursors.parse("unix_seconds", self._events[0]["created"])
        return max(cursors.to_cursor("unix_seconds", newest), self.assignment.cursors.get(resource.name, ""))

    def _is_event_driven(self, resource: ResourceSpec) -> bool:
        return bool(self.request(resource).object)

    def _events_reach_back(self, resource: ResourceSpec) -> bool:
        """Whether all events since the cursor are still kept."""
        since = self.read_from(resource)
        return since is not None and cursors.end_of_day(self.assignment.as_of) - since <= EVENTS_ARE_KEPT

    @cached_property
    def _events(self) -> list[Row]:
        """The events since the oldest cursor, newest first; when no cursor needs them, the newest one alone."""
        resources = self.assignment.system.resources.values()
        driven = [resource for resource in resources if self._is_event_driven(resource)]
        starts = [self.read_from(resource) for resource in driven if self._events_reach_back(resource)]
        log = self.assignment.system.resources["events"]
        pages = self.list_pages(log, log.path, self.created_since(min(starts)) if starts else None)
        return [event for page in pages for event in page] if starts else next(pages)[:1]

    def _changed_pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the objects that events since the cursor name; what is gone by now as {id, deleted: true}."""
        ids = list(self._changed_ids(resource))
        for start in range(0, len(ids), PAGE_LIMIT):
            yield [self._object(resource, object_id) for object_id in ids[start : start + PAGE_LIMIT]]

    def _changed_ids(self, resource: ResourceSpec) -> dict[str, None]:
        request: StripeRequest = self.request(resource)
        since = self.read_from(resource)
        ids: dict[str, None] = {}
        for event in self._events:
            subject = event["data"]["object"]
            if cursors.parse("unix_seconds", event["created"]) < since:
                continue
            if subject["object"] == request.object:
                ids[subject["id"]] = None
            elif subject["object"] in request.parts:
                ids[subject[request.object]] = None
        return ids

    def _object(self, resource: ResourceSpec, object_id: str) -> Row:
        expand = self.request(resource).expand
        found = self.client.get_json(
            resource.name,
            f"{resource.path}/{object_id}",
            {"expand[]": expand} if expand else None,
            missing_ok=True,
        )
        return found or {"id": object_id, "deleted": True}

    def _usage_pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield usage per meter and customer, in whole UTC days from the cursor (or the customer's first day) on."""
        end = int(cursors.end_of_day(self.assignment.as_of).timestamp())
        since = self.read_from(resource)
        meters = self._all("meters")
        for customer in self._all("customers"):
            start = _day_of(max(int(customer["created"]), int(since.timestamp()) if since else 0))
            if start >= end:
                continue
            for meter in meters:
                window = {"customer": customer["id"], "start_time": str(start), "end_time": str(end)}
                for page in self.list_pages(resource, resource.path.format(meter=meter["id"]), window):
                    yield [{**row, "customer": customer["id"]} for row in page]

    def _all(self, name: str) -> list[Row]:
        resource = self.assignment.system.resources[name]
        return [row for page in self.list_pages(resource, resource.path) for row in page]


def _day_of(seconds: int) -> int:
    return seconds - seconds % DAY
