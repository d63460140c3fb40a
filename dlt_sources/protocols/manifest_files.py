"""Extracts that are delivered into a folder: zipped CSV files, and a manifest per delivery that says which and whole.

A delivery counts once its manifest is there, and only as a whole: every file that is taken from it must be there, with
the digest that the manifest gives. Each delivery of a data store is taken once, in the order of extraction.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from dlt_sources.errors import SourceUnavailable
from dlt_sources.protocols import cursors
from dlt_sources.protocols.answers import Malformed
from dlt_sources.protocols.csv_text import csv_pages
from dlt_sources.protocols.folders import FolderReader
from dlt_sources.protocols.reader import Assignment, Page, Row
from dlt_sources.spec import ResourceSpec, Strict

# file_<data store>-batch<number>-20260928_233000.zip; milliseconds may follow, and what the archive holds.
_FILE_NAME = re.compile(
    r"file_(?P<store>[a-z0-9_]+)-batch\w*-(?P<stamp>\d{8}_\d{6})(_(?P<milliseconds>\d{1,3}))?(\.\w+)?\.zip",
    re.ASCII | re.IGNORECASE,
)
_MD5 = re.compile(r"[0-9a-f]{32}")
# What the only member of an archive is, by its suffix; all else describes columns.
_KINDS = {".csv": "data", ".pecsv": "keys"}


@dataclass(frozen=True)
class Listed:
    """A file of a delivery, as its manifest lists it."""

    name: str
    store: str
    digest: str
    extracted_at: datetime


@dataclass(frozen=True)
class Delivery:
    """What one manifest lists; `extracted_at` is the moment of its newest file."""

    manifest: str
    files: tuple[Listed, ...]
    extracted_at: datetime


class ManifestFilesRequest(Strict):
    """What of the data store at `path` the resource takes: its `data`, or the `keys` that exist in it.

    `files` are all files of all deliveries, so that SQL knows when something was extracted.
    """

    takes: Literal["data", "keys", "files"] = "data"


class ManifestFilesReader(FolderReader):
    """Reads data stores out of deliveries.

    A snapshot is what the newest delivery with the store holds. An incremental store is read from the first delivery
    behind the last one taken, the newest first: of a row that came several times the newest version is taken. So the
    cursor is the moment of a delivery, whatever field the system itself extracts by.
    """

    Request = ManifestFilesRequest

    def __init__(self, assignment: Assignment) -> None:
        super().__init__(assignment)
        self._known: list[Delivery] | None = None
        self._taken: dict[str, datetime] = {}

    def pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the resource's rows; raise SourceUnavailable when a delivery is not whole."""
        if self.request(resource).takes == "files":
            yield [self._as_row(resource, each, file) for each in self._deliveries(resource) for file in each.files]
            return
        due = self._due(resource)
        seen: set[tuple[str | None, ...]] = set()
        for place, (delivery, files) in enumerate(due, start=1):
            taken: set[tuple[str | None, ...]] = set()
            for page in (page for file in files for page in self._rows(resource, delivery, file)):
                keyed = [(tuple(row.get(part) for part in resource.key), row) for row in page]
                # Behind the oldest one, mostly the largest, nothing is left to hold its keys against.
                if place < len(due):
                    taken.update(key for key, _ in keyed)
                yield [row for key, row in keyed if key not in seen]
            seen |= taken

    def observe(self, resource: ResourceSpec, page: Page) -> None:
        """Rows do not say how far the load has come: their delivery does."""

    def cursor_after(self, resource: ResourceSpec) -> str | None:
        """Return the moment of the newest delivery taken; the old cursor when none came."""
        taken = self._taken.get(resource.name)
        before = self.assignment.cursors.get(resource.name)
        return before if resource.cursor is None or taken is None else cursors.to_cursor(resource.cursor.kind, taken)

    def _due(self, resource: ResourceSpec) -> list[tuple[Delivery, list[Listed]]]:
        """Return the deliveries that are to be read, the newest first, with their files of the resource."""
        store, since = resource.path.lower().replace(".", "_"), self.read_from(resource)
        due: list[tuple[Delivery, list[Listed]]] = []
        for delivery in self._deliveries(resource):
            if since and delivery.extracted_at <= since:
                break
            files = [file for file in delivery.files if file.store == store]
            files = [file for file in files if self._kind(resource, delivery, file) == self.request(resource).takes]
            if files:
                due.append((delivery, files))
            if due and resource.mode == "snapshot":
                break
        if not due and since is None:
            raise self.unavailable(
                resource,
                f"no delivery in '{self.assignment.folder}' has {self.request(resource).takes} of {resource.path}",
                "add the data store to the extract, then run again",
            )
        if due:
            self._taken[resource.name] = due[0][0].extracted_at
        return due

    def _deliveries(self, resource: ResourceSpec) -> list[Delivery]:
        """Return all deliveries that have a manifest, the newest first: the same for all resources of a load."""
        if self._known is None:
            paths = self.paths(resource, self.assignment.options["manifests"])
            found = [self._delivery(resource, path) for path in paths]
            self._known = sorted(found, key=lambda each: each.extracted_at, reverse=True)
        return self._known

    def _delivery(self, resource: ResourceSpec, path: Path) -> Delivery:
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except OSError as error:
            raise self.unreadable(resource, path, error) from error
        except UnicodeDecodeError as error:
            raise self.assignment.breach(resource.name, f"{path.name} is no text ({error})") from error
        files = tuple(self._listed(resource, path.name, lines))
        moments = [file.extracted_at for file in files]
        return Delivery(path.name, files, max(moments, default=datetime.min.replace(tzinfo=UTC)))

    def _listed(self, resource: ResourceSpec, manifest: str, lines: list[str]) -> Iterator[Listed]:
        """Yield the extracts of a manifest: the name comes first, the digest last; its header has no semicolon."""
        for line in lines:
            name, *others = (part.strip() for part in line.split(";"))
            if not others:
                continue
            if not _MD5.fullmatch(others[-1].lower()):
                raise self.assignment.breach(resource.name, f"{manifest}: the line of {name} does not end with an MD5")
            match = _FILE_NAME.fullmatch(name.rpartition("/")[2])
            if match:
                moment = datetime.strptime(match["stamp"], "%Y%m%d_%H%M%S").replace(tzinfo=UTC)
                moment += timedelta(milliseconds=int(match["milliseconds"] or 0))
                yield Listed(match[0], match["store"], others[-1].lower(), moment)

    def _kind(self, resource: ResourceSpec, delivery: Delivery, file: Listed) -> str | None:
        """Return what the file holds, from the name of the only member of its archive."""
        try:
            with zipfile.ZipFile(Path(self.assignment.folder) / file.name) as archive:
                (member,) = archive.namelist()
        except FileNotFoundError as error:
            raise self._partial(resource, delivery, f"{file.name} is missing") from error
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise self._partial(resource, delivery, f"{file.name} is no archive of one file ({error})") from error
        return _KINDS.get(Path(member).suffix.lower())

    def _rows(self, resource: ResourceSpec, delivery: Delivery, file: Listed) -> Iterator[Page]:
        """Yield the rows of a file that is, byte for byte, what the manifest lists."""
        path = Path(self.assignment.folder) / file.name
        try:
            content = path.read_bytes()
        except OSError as error:
            raise self.unreadable(resource, path, error) from error
        if hashlib.md5(content, usedforsecurity=False).hexdigest() != file.digest:
            raise self._partial(resource, delivery, f"{file.name} has another MD5 than the manifest says")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            text = archive.read(archive.namelist()[0])
        try:
            yield from csv_pages(text, null="")
        except Malformed as error:
            raise self.assignment.breach(resource.name, f"{file.name}: {error}") from error

    def _partial(self, resource: ResourceSpec, delivery: Delivery, problem: str) -> SourceUnavailable:
        return self.unavailable(
            resource, f"the delivery of {delivery.manifest} is not whole: {problem}", "deliver it again, then run again"
        )

    def _as_row(self, resource: ResourceSpec, delivery: Delivery, file: Listed) -> Row:
        """Return a file as a row; what is no longer there, because it was taken long ago, holds nothing."""
        try:
            holds = self._kind(resource, delivery, file)
        except SourceUnavailable:
            holds = None
        return {
            "file_name": file.name,
            "manifest": delivery.manifest,
            "data_store": file.store,
            "holds": holds,
            "digest": file.digest,
            "extracted_at": cursors.to_cursor("iso_timestamp", file.extracted_at),
        }
