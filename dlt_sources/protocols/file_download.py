"""Files that stand at an address: CSV, plain or zipped, as wide tables that are landed long."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import datetime

import requests

from dlt_sources.protocols import cursors
from dlt_sources.protocols.answers import Malformed, data_body
from dlt_sources.protocols.csv_text import csv_pages
from dlt_sources.protocols.http_reader import HttpReader
from dlt_sources.protocols.reader import Page, Row
from dlt_sources.spec import ResourceSpec, Strict


class Melt(Strict):
    """Each column but `keep` becomes a row: its name in `name_into`, its value in `value_into`."""

    keep: str
    name_into: str
    value_into: str


class FileRequest(Strict):
    """`melt` turns a wide table into a long one."""

    melt: Melt | None = None


class FileDownloadReader(HttpReader):
    """Reads whole files, and of them the rows between the cursor's overlap and the as-of day."""

    Request = FileRequest

    def pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the file's rows within the window."""
        request: FileRequest = self.request(resource)
        since = self.read_from(resource)
        path = resource.path.format(**self.assignment.options)
        pages = self.client.send("GET", path, resource=resource.name, parse=_table)
        for page in pages:
            rows = [row for row in page if self._is_in_window(resource, row, since)]
            yield [long for row in rows for long in _melted(row, request.melt)] if request.melt else rows

    def _is_in_window(self, resource: ResourceSpec, row: Row, since: datetime | None) -> bool:
        if resource.cursor is None:
            return True
        moment = cursors.parse(resource.cursor.kind, row[resource.cursor.field])
        return (since is None or moment >= since) and moment < cursors.end_of_day(self.assignment.as_of)


def _melted(row: Row, melt: Melt) -> Iterator[Row]:
    for name, value in row.items():
        if name != melt.keep:
            yield {melt.keep: row[melt.keep], melt.name_into: name, melt.value_into: value}


def _table(answer: requests.Response) -> list[Page]:
    """Return the pages of a CSV file, or of the only file in a zip archive."""
    content = data_body(answer)
    if content.startswith(b"PK"):
        try:
            archive = zipfile.ZipFile(io.BytesIO(content))
            names = archive.namelist()
            if len(names) != 1:
                raise Malformed(f"the archive holds {len(names)} files instead of one")
            content = archive.read(names[0])
        except zipfile.BadZipFile as error:
            raise Malformed(f"the archive is damaged ({error})") from error
    return list(csv_pages(content))
