"""What every protocol gives the factory: pages of rows per resource, and the cursor to go on from next time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar

from pydantic import SecretStr

from dlt_sources.errors import ContractBreach
from dlt_sources.protocols import cursors
from dlt_sources.protocols.pace import Clock, RetryPolicy
from dlt_sources.spec import RequestBudget, ResourceSpec, Strict, SystemSpec

Row = dict[str, Any]
Page = list[Row]


@dataclass(frozen=True)
class Assignment:
    """What one reader has to read: an instance of a system, as of a day, from where the last load stopped.

    `resources` are those the instance is limited to; none means all of the system.
    """

    system: SystemSpec
    instance: str
    as_of: date
    base_url: str = ""
    auth_url: str = ""
    folder: str = ""
    entities: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, SecretStr] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)
    budget: RequestBudget | None = None
    requests_before: int = 0
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    clock: Clock = field(default_factory=Clock)

    def is_wanted(self, resource: ResourceSpec) -> bool:
        """Whether the resource is to be read."""
        return not self.resources or resource.name in self.resources

    def breach(self, resource: str, message: str) -> ContractBreach:
        """Return the error of an answer in another shape than agreed."""
        return ContractBreach(message, system=self.system.name, instance=self.instance, resource=resource)


class Reader(ABC):
    """Reads one instance, resource by resource. A reader is used for one load."""

    Request: ClassVar[type[Strict]]
    """What a resource's `request` may say in system.yaml."""

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self._newest: dict[str, datetime] = {}

    @property
    def requests(self) -> int:
        """How many requests were made: none where nobody is asked."""
        return 0

    def close(self) -> None:  # noqa: B027 (most readers hold nothing)
        """Let go of what is held for the whole load; called once it is over, however it ended."""

    @abstractmethod
    def pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the resource's rows page by page, values as parsed (text, exact numbers, booleans, nested)."""

    def request(self, resource: ResourceSpec) -> Any:
        """Return the resource's request, validated."""
        return self.Request.model_validate(resource.request)

    def member(self, resource: ResourceSpec, answer: Any, name: str) -> Any:
        """Return a member that every answer of this kind has; raise ContractBreach when this one has not."""
        if not isinstance(answer, dict) or name not in answer:
            raise self.assignment.breach(resource.name, f"the answer has no {name}")
        return answer[name]

    def read_from(self, resource: ResourceSpec) -> datetime | None:
        """Return the moment to read from, overlap included; None on the first load and for snapshots."""
        cursor = self.assignment.cursors.get(resource.name)
        if resource.cursor is None or not cursor:
            return None
        return cursors.from_cursor(cursor) - resource.cursor.overlap

    def observe(self, resource: ResourceSpec, page: Page) -> None:
        """Remember how far the page's rows reach; the factory shows every page it takes."""
        spec = resource.cursor
        wires = {row.get(spec.field) for row in page} - {None, ""} if spec else set()
        try:
            moments = [cursors.parse(spec.kind, wire) for wire in wires]
        except ValueError as error:
            raise self.assignment.breach(resource.name, f"field {spec.field} is not a {spec.kind}: {error}") from error
        if moments:
            newest = max(moments)
            self._newest[resource.name] = max(newest, self._newest.get(resource.name, newest))

    def is_tombstone(self, row: Row) -> bool:
        """Whether the row only says that something was deleted, so that its other fields are rightly absent."""
        return False

    def cursor_after(self, resource: ResourceSpec) -> str | None:
        """Return the cursor for the next load; the old one when nothing newer was read."""
        before = self.assignment.cursors.get(resource.name)
        newest = self._newest.get(resource.name)
        if resource.cursor is None or newest is None:
            return before
        return max(cursors.to_cursor(resource.cursor.kind, newest), before or "")


class ReaderOfSeveral(Reader):
    """Reads each resource over its own protocol, or over that of the system."""

    Request = Strict

    def __init__(self, assignment: Assignment, readers: Mapping[str, Reader]) -> None:
        super().__init__(assignment)
        self._readers = readers

    @property
    def requests(self) -> int:
        """How many requests were made over all protocols."""
        return sum(reader.requests for reader in self._readers.values())

    def close(self) -> None:
        """Let go of what any of the readers holds."""
        for reader in self._readers.values():
            reader.close()

    def pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the resource's rows."""
        return self._reader_of(resource).pages(resource)

    def observe(self, resource: ResourceSpec, page: Page) -> None:
        """Show the page to the reader that it came from."""
        self._reader_of(resource).observe(resource, page)

    def is_tombstone(self, row: Row) -> bool:
        """Whether the row is one to any of the readers."""
        return any(reader.is_tombstone(row) for reader in self._readers.values())

    def cursor_after(self, resource: ResourceSpec) -> str | None:
        """Return the cursor of the reader that read the resource."""
        return self._reader_of(resource).cursor_after(resource)

    def _reader_of(self, resource: ResourceSpec) -> Reader:
        return self._readers[resource.protocol or self.assignment.system.protocol]
