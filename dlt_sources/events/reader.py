"""Takes files of events apart: one row per line, every attribute as it was sent."""

from __future__ import annotations

import os
from collections.abc import Iterator

from dlt_sources.events import cloud_events
from dlt_sources.protocols.exact_json import compact
from dlt_sources.protocols.folder_documents import PROBLEM, FolderDocumentsReader
from dlt_sources.protocols.reader import Row
from dlt_sources.spec import ResourceSpec

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# An event is news of one record; what is longer is no event, and only its beginning is kept as evidence.
LONGEST_LINE = 1_000_000
EVIDENCE_LENGTH = 4_000


class EventsReader(FolderDocumentsReader):
    """Reads files that have come into the folder since the last load.

    A file counts by the moment it got its name there, which nobody can set: one that was copied with an old time stamp
    is read, and one from the future does not keep the others out. An inbox without a file is an inbox without news.
    """

    may_be_empty = True

    def changed_at(self, status: os.stat_result) -> float:
        """Return when the file came, or was changed, by the clock of the machine that keeps it."""
        return status.st_ctime

    def rows(self, resource: ResourceSpec, content: bytes) -> Iterator[Row]:
        """Yield a row per line; of a line that is no event the problem and the line. Blank lines are none."""
        for number, line in enumerate(content.removeprefix(_BYTE_ORDER_MARK).split(b"\n"), start=1):
            if line.strip():
                yield {"line_number": str(number), **_row(line.strip())}


def _row(line: bytes) -> Row:
    try:
        if len(line) > LONGEST_LINE:
            raise cloud_events.NotAnEvent(f"it is longer than {LONGEST_LINE} bytes")
        event = cloud_events.parse(_text(line))
    except cloud_events.NotAnEvent as error:
        return {PROBLEM: str(error), "line": line[:EVIDENCE_LENGTH].decode("utf-8", "backslashreplace")}
    # As JSON whatever it is: a text would otherwise be told from a document by nothing.
    return {**event, "data": None if event["data"] is None else compact(event["data"])}


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise cloud_events.NotAnEvent("it is no UTF-8 text") from error
