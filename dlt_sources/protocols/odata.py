"""OData V2 as enterprise gateways speak it: server-driven pages, typed literals, sets that sum over the unselected."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from typing import Any

import requests

from dlt_sources.protocols.answers import Malformed, data_body
from dlt_sources.protocols.http_reader import HttpReader
from dlt_sources.protocols.paging import PagingGuard
from dlt_sources.protocols.reader import Assignment, Page, Row
from dlt_sources.spec import ResourceSpec, Strict


class ODataRequest(Strict):
    """`filter` may use {options}; `count_rows_into` adds to each row of a summing set how many lines it sums."""

    filter: str = ""
    entity_field: str = ""
    count_rows_into: str = ""


class ODataReader(HttpReader):
    """Reads entity sets, all declared fields selected: a summing set answers at the grain of its $select."""

    Request = ODataRequest

    def __init__(self, assignment: Assignment) -> None:
        super().__init__(assignment)
        self._services: dict[str, dict[str, set[str]]] = {}

    def pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the set's pages, in the order of its key, by following the server's own links."""
        request: ODataRequest = self.request(resource)
        selected = [field for field in resource.fields if field != request.count_rows_into]
        self._check_fields(resource, selected)
        filters = self._filters(resource, request)
        params = {"$format": "json", "$select": ",".join(selected), "$orderby": ",".join(resource.key)}
        if filters:
            params["$filter"] = " and ".join(filters)
        guard = PagingGuard(self.client, resource.name)
        target, query = resource.path, params
        while True:
            answer = self.client.get_json(resource.name, target, query)
            rows, link = self._unwrap(resource, answer)
            if request.count_rows_into:
                for row in rows:
                    row[request.count_rows_into] = self._count(resource, filters, row)
            yield rows
            if not link:
                return
            target, query = guard.follow(link, len(rows)), None

    def _check_fields(self, resource: ResourceSpec, selected: list[str]) -> None:
        """Raise ContractBreach naming the fields that the service no longer has."""
        service, _, entity_set = resource.path.rpartition("/")
        if service not in self._services:
            self._services[service] = self.client.send(
                "GET", f"{service}/$metadata", resource=resource.name, parse=entity_sets
            )
        properties = self._services[service].get(entity_set)
        if properties is None:
            raise self.assignment.breach(resource.name, f"the service {service} has no set {entity_set}")
        gone = [field for field in selected if field not in properties]
        if gone:
            raise self.assignment.breach(resource.name, f"{entity_set} has no field {', '.join(gone)}")

    def _filters(self, resource: ResourceSpec, request: ODataRequest) -> list[str]:
        filters = [request.filter.format(**self.assignment.options)] if request.filter else []
        if request.entity_field and self.assignment.entities:
            either = " or ".join(f"{request.entity_field} eq {literal(name)}" for name in self.assignment.entities)
            filters.append(f"({either})")
        since = self.read_from(resource)
        if since is not None:
            moment = since.strftime("%Y-%m-%dT%H:%M:%S")
            bound = f"datetime'{moment}'" if resource.cursor.kind == "odata_v2_date" else f"datetimeoffset'{moment}Z'"
            filters.append(f"{resource.cursor.field} ge {bound}")
        return filters

    def _unwrap(self, resource: ResourceSpec, answer: Any) -> tuple[list[Row], str | None]:
        """Return the rows without the protocol's own members, and the link to the next page."""
        body = self.member(resource, answer, "d")
        rows = self.member(resource, body, "results")
        for row in rows:
            row.pop("__metadata", None)
        return rows, body.get("__next")

    def _count(self, resource: ResourceSpec, filters: list[str], row: Row) -> str:
        """Return how many lines stand behind a summed row, as the server counts them."""
        same = [f"{field} eq {literal(row[field])}" for field in resource.key]
        params = {"$filter": " and ".join([*filters, *same])}
        text = self.client.get_text(resource.name, f"{resource.path}/$count", params).strip()
        if not text.isdigit():
            raise self.assignment.breach(resource.name, f"$count answered {text[:40]!r}, not a number")
        return text


def entity_sets(answer: requests.Response) -> dict[str, set[str]]:
    """Return the property names of every entity set that a service's $metadata describes."""
    try:
        document = ElementTree.fromstring(data_body(answer))
    except ElementTree.ParseError as error:
        raise Malformed(f"$metadata is not whole, valid XML ({error})") from error
    properties = {
        entity_type.get("Name"): {member.get("Name") for member in entity_type.iterfind("{*}Property")}
        for entity_type in document.iterfind(".//{*}EntityType")
    }
    return {
        entity_set.get("Name"): properties.get(entity_set.get("EntityType").rpartition(".")[2], set())
        for entity_set in document.iterfind(".//{*}EntitySet")
    }


def literal(text: str) -> str:
    """Return the text as an OData string literal."""
    return "'" + text.replace("'", "''") + "'"
