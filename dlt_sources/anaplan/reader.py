"""What Anaplan keeps beside its exports: a calendar in two places, lists found by name, modules read by cell."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import cached_property
from typing import Any, ClassVar

from pydantic import Field

from dlt_sources.anaplan import cells
from dlt_sources.errors import ConfigurationError, SourceRefused, SourceUnavailable
from dlt_sources.protocols.answers import json_body
from dlt_sources.protocols.export_tasks import PATIENCE, ExportRequest, ExportTaskReader
from dlt_sources.protocols.polling import wait_until_done
from dlt_sources.protocols.reader import Page
from dlt_sources.spec import ResourceSpec

log = logging.getLogger(__name__)

EXPORT, TRANSACTIONAL, LARGE_READ = "export", "transactional", "large_read"
VERSIONS = "Versions"


class AnaplanRequest(ExportRequest):
    """`lists` names the lists whose members are read.

    `module` and `view` name what holds the same cells as the export: `measures` are the line items, `dimensions` say
    which field the members of each dimension stand in.
    """

    lists: list[str] = Field(default_factory=list)
    module: str = ""
    view: str = ""
    measures: list[str] = Field(default_factory=list)
    dimensions: dict[str, str] = Field(default_factory=dict)


class AnaplanReader(ExportTaskReader):
    """Reads exports and lists like any server of their kind, and cells of a module where the instance says so."""

    Request = AnaplanRequest
    next_steps: ClassVar[dict[str, str]] = {
        "400": "compare the module with system.yaml; a view of over 1,000,000 cells needs options.read: large_read",
        "404": "check options.workspace and options.model: to a user without a role in the model nothing of it exists",
    }

    def pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the resource's rows."""
        self._require_open_model(resource)
        request: AnaplanRequest = self.request(resource)
        if resource.name == "calendar":
            yield [self._calendar(resource)]
        elif request.lists:
            yield from self._list_items(resource, request.lists)
        elif request.module and self._way != EXPORT:
            yield from self._cell_pages(resource, request)
        else:
            yield from super().pages(resource)

    @cached_property
    def _way(self) -> str:
        way = self.assignment.options["read"]
        if way not in (EXPORT, TRANSACTIONAL, LARGE_READ):
            raise ConfigurationError(
                f"instance '{self.assignment.instance}': options.read must be {EXPORT}, {TRANSACTIONAL} or "
                f"{LARGE_READ}, but it is '{way}'"
            )
        return way

    @cached_property
    def _model(self) -> dict[str, Any]:
        return self.client.get_json("model", self.path())["model"]

    def _require_open_model(self, resource: ResourceSpec) -> None:
        """Raise SourceRefused when the model was put away: nothing in it can be read until somebody restores it."""
        if self._model.get("activeState") == "ARCHIVED":
            raise self.client.error(
                SourceRefused,
                resource.name,
                f"the model {self._model.get('name')} is archived",
                next_step="have it restored, or set options.model to the model that is planned in now",
            )

    def _calendar(self, resource: ResourceSpec) -> dict[str, object]:
        calendar = self.client.get_json(resource.name, self.path("modelCalendar"))
        period = self.client.get_json(resource.name, self.path("currentPeriod"))
        return {
            "fiscalYear": self.member(resource, self.member(resource, calendar, "modelCalendar"), "fiscalYear"),
            "currentPeriod": self.member(resource, period, "currentPeriod"),
        }

    # Lists

    def _list_items(self, resource: ResourceSpec, names: list[str]) -> Iterator[Page]:
        ids = self._ids(resource, "lists", "lists")
        absent = [name for name in names if name not in ids]
        if absent:
            known = ", ".join(sorted(ids)) or "none"
            raise self.assignment.breach(resource.name, f"there is no list {', '.join(absent)} (there are: {known})")
        for name in names:
            for page in self._members(resource, ids[name]):
                # The item repeats its list only with includeAll, and not on every release.
                yield [{"list_name": name, "listId": ids[name], **row} for row in page]

    def _members(self, resource: ResourceSpec, list_id: str) -> Iterator[Page]:
        return self.list_pages(resource, f"lists/{list_id}/items?includeAll=true", "listItems")

    def _ids(self, resource: ResourceSpec, path: str, selector: str) -> dict[str, str]:
        """Return ids by name."""
        return {row["name"]: row["id"] for page in self.list_pages(resource, path, selector) for row in page}

    def _id(self, resource: ResourceSpec, path: str, selector: str, name: str) -> str:
        ids = self._ids(resource, path, selector)
        if name not in ids:
            known = ", ".join(sorted(ids)) or "none"
            raise self.assignment.breach(resource.name, f"{path} has no '{name}' (there are: {known})")
        return ids[name]

    # Cells

    def _cell_pages(self, resource: ResourceSpec, request: AnaplanRequest) -> Iterator[Page]:
        """Yield one row per members with a cell that is not empty.

        Cells that add up others are left out, and counted in the log.
        """
        module = self._id(resource, "modules", "modules", request.module)
        view = self._id(resource, f"modules/{module}/views", "views", request.view)
        self._require_numbers(resource, module, request.measures)
        axes = self.client.get_json(resource.name, self.path("views", view))
        shape = cells.Shape(request.dimensions, request.measures, self._leaves(resource, axes))
        unknown = shape.unknown_dimensions(axes)
        if unknown:
            raise self.assignment.breach(
                resource.name, f"view {request.view} has dimensions that system.yaml does not: {', '.join(unknown)}"
            )
        yield from (self._tabular if self._way == LARGE_READ else self._grids)(resource, view, axes, shape)
        log.info("%s: %d cells are totals of others and left out", resource.name, shape.totals)

    def _require_numbers(self, resource: ResourceSpec, module: str, measures: list[str]) -> None:
        items = self.list_pages(resource, f"modules/{module}/lineItems?includeAll=true", "items")
        formats = {row["name"]: row["format"] for page in items for row in page}
        for measure in measures:
            found = formats.get(measure, "missing")
            if found != "NUMBER":
                raise self.assignment.breach(resource.name, f"line item {measure} must be a number, but it is {found}")

    def _leaves(self, resource: ResourceSpec, axes: dict[str, Any]) -> dict[str, set[str]]:
        """Return, per dimension that is a list, the names and codes of the members that are above no other."""
        lists = self._ids(resource, "lists", "lists")
        return {
            name: cells.leaves([row for page in self._members(resource, lists[name]) for row in page])
            for name in cells.dimension_names(axes)
            if name in lists
        }

    def _grids(self, resource: ResourceSpec, view: str, axes: dict[str, Any], shape: cells.Shape) -> Iterator[Page]:
        """Yield the view's cells, asked for version by version: each answer is one page of the view."""
        pages = [page["name"] for page in axes.get("pages") or []]
        if pages != [VERSIONS]:
            raise self.assignment.breach(
                resource.name, f"the view's pages must be {VERSIONS} alone, but they are {', '.join(pages) or 'none'}"
            )
        for version in self._ids(resource, "versions", "versionMetadata").values():
            grid = self.client.send(
                "GET",
                self.path("views", view, "data"),
                resource=resource.name,
                params={"format": "v1", "pages": f"{axes['pages'][0]['id']}:{version}"},
                headers={"Accept": "application/json"},
                parse=json_body,
            )
            yield shape.of_grid(axes, grid)

    def _tabular(self, resource: ResourceSpec, view: str, axes: dict[str, Any], shape: cells.Shape) -> Iterator[Page]:
        """Yield the cells of a read that the server prepares; it is deleted whatever happens."""
        requests = self.path("views", view, "readRequests")
        asked = {"exportType": "TABULAR_MULTI_COLUMN"}
        started = cells.read_request(
            self.client.send("POST", requests, resource=resource.name, json=asked, parse=json_body)
        )
        target = f"{requests}/{started['requestId']}"
        try:
            header = b""
            for number in range(self._await_read(resource, target)):
                page = self.client.get_bytes(resource.name, f"{target}/pages/{number}")
                header = header or page.partition(b"\n")[0] + b"\n"
                yield shape.of_table(page if page.startswith(header) else header + page)
        finally:
            self.client.send("DELETE", target, resource=resource.name, parse=lambda _: None, missing_ok=True)

    def _await_read(self, resource: ResourceSpec, target: str) -> int:
        """Wait for a read request and return how many pages it has; complete does not yet mean successful."""

        def complete() -> dict[str, Any] | None:
            read = cells.read_request(self.client.get_json(resource.name, target))
            if read["requestState"] == "CANCELLED":
                raise self.client.error(SourceUnavailable, resource.name, "the read request was cancelled")
            return read if read["requestState"] == "COMPLETE" else None

        read = wait_until_done(self.client, resource.name, "the read request", PATIENCE, complete)
        if read.get("successful") is not True:
            raise self.client.error(SourceRefused, resource.name, "the read request is complete but not successful")
        return int(read["availablePages"])
