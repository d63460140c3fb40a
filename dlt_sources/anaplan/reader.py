"""What Anaplan keeps beside its exports: a calendar in two places, and lists that are found by name."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from dlt_sources.protocols.export_tasks import ExportRequest, ExportTaskReader
from dlt_sources.protocols.reader import Page
from dlt_sources.spec import ResourceSpec


class AnaplanRequest(ExportRequest):
    """`lists` names the lists whose members are read."""

    lists: list[str] = Field(default_factory=list)


class AnaplanReader(ExportTaskReader):
    """Reads exports and lists like any server of their kind, and composes the calendar and the list items."""

    Request = AnaplanRequest

    def pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the resource's rows."""
        if resource.name == "calendar":
            yield [self._calendar(resource)]
        elif lists := self.request(resource).lists:
            yield from self._list_items(resource, lists)
        else:
            yield from super().pages(resource)

    def _calendar(self, resource: ResourceSpec) -> dict[str, object]:
        calendar = self.client.get_json(resource.name, self.path("modelCalendar"))
        period = self.client.get_json(resource.name, self.path("currentPeriod"))
        return {
            "fiscalYear": self.member(resource, self.member(resource, calendar, "modelCalendar"), "fiscalYear"),
            "currentPeriod": self.member(resource, period, "currentPeriod"),
        }

    def _list_items(self, resource: ResourceSpec, names: list[str]) -> Iterator[Page]:
        ids = {row["name"]: row["id"] for page in self.list_pages(resource, "lists", "lists") for row in page}
        absent = [name for name in names if name not in ids]
        if absent:
            known = ", ".join(sorted(ids)) or "none"
            raise self.assignment.breach(resource.name, f"there is no list {', '.join(absent)} (there are: {known})")
        for name in names:
            for page in self.list_pages(resource, f"lists/{ids[name]}/items?includeAll=true", "listItems"):
                # The item repeats its list only with includeAll, and not on every release.
                yield [{"list_name": name, "listId": ids[name], **row} for row in page]
