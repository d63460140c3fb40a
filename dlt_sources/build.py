"""System + instance → dlt source. The only factory: no other module makes a source."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from itertools import chain

import dlt
import pyarrow as pa
from dlt.common.schema import Schema
from dlt.common.schema.normalizers import configured_normalizers
from dlt.extract import DltResource, DltSource

from dlt_sources.errors import ConfigurationError
from dlt_sources.protocols.pace import Clock, RetryPolicy
from dlt_sources.protocols.reader import Assignment, Page, Reader, ReaderOfSeveral
from dlt_sources.registry import readers_of
from dlt_sources.settings import Instance, fill_address, read_secrets
from dlt_sources.spec import RequestBudget, ResourceSpec, SystemSpec
from dlt_sources.tables import TextTables

log = logging.getLogger(__name__)

# New tables and columns are kept; everything is text, so a column that wants another type is a mistake of ours.
SCHEMA_CONTRACT = {"tables": "evolve", "columns": "evolve", "data_type": "freeze"}
# A page may repeat rows of the one before it; pages that only repeat are a server going round in circles.
MOST_REPEATING_PAGES = 3
# Smaller pages are handed to dlt together: it examines every table anew, and row groups of a hundred rows are slow.
TABLE_ROWS = 5000

OnPage = Callable[[str, int], None]


class Extraction:
    """One load while it runs: rows and repeats per resource, and the cursors once everything has arrived."""

    def __init__(self, reader: Reader, resources: list[ResourceSpec], load_id: str, on_page: OnPage | None) -> None:
        self.rows = {resource.name: 0 for resource in resources}
        self.repeats = {resource.name: 0 for resource in resources}
        self.finished: set[str] = set()
        self._reader = reader
        self._resources = resources
        self._load_id = load_id
        self._on_page = on_page
        self._reading: str | None = None
        self._unfinished_in_pass = 0

    @property
    def requests(self) -> int:
        """How many requests the reader has made, the failed ones too."""
        return self._reader.requests

    @property
    def cursors(self) -> dict[str, str]:
        """Where the next load starts; unchanged unless every resource was read to its end."""
        before = self._reader.assignment.cursors
        if self.finished != set(self.rows):
            return dict(before)
        after = {resource.name: self._reader.cursor_after(resource) for resource in self._resources}
        return {**before, **{name: cursor for name, cursor in after.items() if cursor}}

    def tables(self, resource: ResourceSpec) -> Iterator[pa.Table | None]:
        """Yield the resource's rows as tables, and None while another resource is being read.

        dlt would go round the resources page by page; systems allow only so many open queries at a time, so that one
        is read to its end before the next begins. Those that follow it come along.
        """
        tables = TextTables(resource.fields, resource.key, self._load_id)
        yield tables.table([])  # dlt then makes the table even when no row comes
        pass_name = resource.follows or resource.name
        while self._reading not in (None, pass_name):
            yield None
        self._reading = pass_name
        self._unfinished_in_pass += 1
        try:
            yield from self._read(resource, tables)
        except BaseException:
            self._reader.close()
            raise
        finally:
            self._unfinished_in_pass -= 1
            if not self._unfinished_in_pass:
                self._reading = None
        self.finished.add(resource.name)
        if self.finished == set(self.rows):
            self._reader.close()

    def _read(self, resource: ResourceSpec, tables: TextTables) -> Iterator[pa.Table]:
        """Yield the resource's rows as tables; raise ContractBreach when a declared field never came."""
        watch = FieldWatch(resource, self._reader)
        repeating_pages = 0
        waiting: list[pa.Table] = []
        for page in self._pages(resource):
            watch.see(page)
            self._reader.observe(resource, page)
            table = tables.table(page)
            repeating_pages = 0 if table.num_rows else repeating_pages + 1
            if repeating_pages == MOST_REPEATING_PAGES:
                raise self._reader.assignment.breach(
                    resource.name, f"paging does not end: {repeating_pages} pages brought only rows read before"
                )
            self.rows[resource.name] += table.num_rows
            self.repeats[resource.name] = tables.repeats
            if self._on_page:
                self._on_page(resource.name, self.rows[resource.name])
            if table.num_rows:
                waiting.append(table)
            if sum(each.num_rows for each in waiting) >= TABLE_ROWS:
                yield _one_table(waiting)
                waiting = []
        watch.complain()
        if waiting:
            yield _one_table(waiting)
        if tables.repeats:
            log.info("%s: %d rows came twice and are kept once", resource.name, tables.repeats)

    def _pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the pages that have rows; what a reader stumbles over is an answer of another shape."""
        try:
            for page in filter(None, self._reader.pages(resource)):
                if set(map(type, page)) != {dict}:
                    raise TypeError("not every row is an object")
                yield page
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            problem = f"an answer has another shape than agreed ({type(error).__name__}: {error})"
            raise self._reader.assignment.breach(resource.name, problem) from error


def _one_table(tables: list[pa.Table]) -> pa.Table:
    """Return the tables as one; a column that only some of them have is null in the others."""
    return pa.concat_tables(tables, promote_options="default")


class FieldWatch:
    """Notices when a declared field comes in no row at all."""

    def __init__(self, resource: ResourceSpec, reader: Reader) -> None:
        self._resource = resource
        self._reader = reader
        self._awaited = [field for field in resource.fields if field not in resource.optional_fields]
        self._rows = 0

    def see(self, page: Page) -> None:
        """Look for the fields that have not come yet."""
        if not self._awaited:
            return
        whole = [row for row in page if not self._reader.is_tombstone(row)]
        seen = set(chain.from_iterable(whole))
        self._awaited = [field for field in self._awaited if field not in seen]
        self._rows += len(whole)

    def complain(self) -> None:
        """Raise ContractBreach when rows came, but never with these fields."""
        if self._rows and self._awaited:
            names = ", ".join(self._awaited)
            raise self._reader.assignment.breach(self._resource.name, f"field {names} is in none of {self._rows} rows")


class ExtractionSource(DltSource):
    """A dlt source that knows how its extraction went."""

    def __init__(self, schema: Schema, resources: list[DltResource], extraction: Extraction) -> None:
        super().__init__(schema, schema.name, resources)
        self.extraction = extraction


def build_source(
    system: SystemSpec,
    instance: Instance,
    as_of: date,
    load_id: str,
    cursors: Mapping[str, str],
    *,
    requests_before: int = 0,
    on_page: OnPage | None = None,
    environ: Mapping[str, str] = os.environ,
    clock: Clock | None = None,
) -> ExtractionSource:
    """Return the dlt source of one load: a resource per declared resource, yielding text tables with `_load_id`.

    `cursors` are those of the last load that was landed ({} on the first), `requests_before` the requests that earlier
    loads of the day have made of the instance's budget. Nothing is sent before dlt pulls. Raises
    MissingSecret when a named variable is not set, ConfigurationError when an address cannot be filled in.
    """
    assignment = _assign(system, instance, as_of, cursors, requests_before, environ, clock or Clock())
    readers = {protocol: reader_class(assignment) for protocol, reader_class in readers_of(system).items()}
    reader = ReaderOfSeveral(assignment, readers) if len(readers) > 1 else readers[system.protocol]
    wanted = instance.resources or list(system.resources)
    resources = [system.resources[name] for name in wanted]
    extraction = Extraction(reader, resources, load_id, on_page)
    schema = Schema(instance.name, normalizers=configured_normalizers(naming="direct"))
    return ExtractionSource(schema, [_dlt_resource(extraction, resource) for resource in resources], extraction)


def source_cursors(source: ExtractionSource) -> dict[str, str]:
    """Return where the next load starts, per resource; after a failed load where this one started."""
    return source.extraction.cursors


def source_rows(source: ExtractionSource) -> dict[str, int]:
    """Return the rows extracted so far, per resource."""
    return dict(source.extraction.rows)


def source_requests(source: ExtractionSource) -> int:
    """Return how many requests the load has made so far."""
    return source.extraction.requests


def _dlt_resource(extraction: Extraction, resource: ResourceSpec) -> DltResource:
    return dlt.resource(
        extraction.tables(resource),
        name=resource.name,
        write_disposition="append",
        schema_contract=SCHEMA_CONTRACT,
    )


def _assign(
    system: SystemSpec,
    instance: Instance,
    as_of: date,
    cursors: Mapping[str, str],
    requests_before: int,
    environ: Mapping[str, str],
    clock: Clock,
) -> Assignment:
    if instance.system != system.name:
        raise ConfigurationError(f"instance '{instance.name}' is of system '{instance.system}', not '{system.name}'")
    connection = instance.connection
    return Assignment(
        system=system,
        instance=instance.name,
        as_of=as_of,
        base_url=fill_address(instance.base_url, instance, environ),
        auth_url=fill_address(instance.auth_url, instance, environ),
        folder=fill_address(instance.folder, instance, environ),
        entities=tuple(instance.entities),
        resources=tuple(instance.resources),
        options={name: instance.option(system, name) for name in system.options},
        secrets=read_secrets(system, instance, environ),
        cursors=dict(cursors),
        budget=_budget(system, instance),
        requests_before=requests_before,
        retry=RetryPolicy(attempts=connection.attempts, first_wait_seconds=connection.first_wait_seconds),
        clock=clock,
    )


def _budget(system: SystemSpec, instance: Instance) -> RequestBudget | None:
    """The system's request budget, where the instance's connection does not set its own pace."""
    if system.request_budget is None:
        return None
    own = instance.connection.model_dump(include={"requests_per_second", "timeout_seconds"}, exclude_none=True)
    return system.request_budget.model_copy(update=own)
