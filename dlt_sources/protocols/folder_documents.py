"""Whole documents that somebody drops into a folder: the system that knows their format takes them apart."""

from __future__ import annotations

import hashlib
import logging
import os
from abc import abstractmethod
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from dlt_sources.protocols.folders import FolderReader
from dlt_sources.protocols.reader import Page, Row
from dlt_sources.spec import NonEmpty, ResourceSpec, Strict

log = logging.getLogger(__name__)

FILE_NAME, FILE_DIGEST, FILE_MODIFIED_AT, PROBLEM = "file_name", "file_digest", "file_modified_at", "problem"
# Enough of a SHA-256 to tell the versions of one file apart.
DIGEST_LENGTH = 16


class UnreadableDocument(ValueError):
    """A document that cannot be taken apart; the message says why, without a value of the document."""


class FolderDocumentsRequest(Strict):
    """`problems: true` on the one resource that also has a row for every document that cannot be taken apart.

    `files` names the option with the pattern of the files.
    """

    files: NonEmpty = "files"
    problems: bool = False


class FolderDocumentsReader(FolderReader):
    """Reads the documents that were dropped or changed since the last load.

    Every row knows its file: name, digest of its content, and when it was last changed (UTC), which is the cursor. A
    document that cannot be taken apart is one row with the problem: staging rejects it, and the others go on.
    """

    Request = FolderDocumentsRequest

    @abstractmethod
    def rows(self, resource: ResourceSpec, content: bytes) -> Iterator[Row]:
        """Yield a document's rows of a resource; raise UnreadableDocument when it cannot be taken apart."""

    def changed_at(self, status: os.stat_result) -> float:
        """Return the moment (seconds since 1970) by which a file counts as new."""
        return status.st_mtime

    def pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the rows of each document, in the order of the file names."""
        request = self.request(resource)
        since = self.read_from(resource)
        empty = dict.fromkeys(resource.fields)
        for path in self.paths(resource, self.assignment.options[request.files]):
            try:
                modified_at = datetime.fromtimestamp(self.changed_at(path.stat()), UTC)
                if since and modified_at < since:
                    continue
                content = path.read_bytes()
            except OSError as error:
                raise self.unreadable(resource, path, error) from error
            origin = {**empty, **_origin(path, content, modified_at)}
            try:
                yield [{**origin, **row} for row in self.rows(resource, content)]
            except UnreadableDocument as error:
                if request.problems:
                    log.warning(
                        "%s: %s is kept apart, the others go on: %s", self.assignment.instance, path.name, error
                    )
                    yield [{**origin, PROBLEM: str(error)}]


def _origin(path: Path, content: bytes, modified_at: datetime) -> Row:
    return {
        FILE_NAME: path.name,
        FILE_DIGEST: hashlib.sha256(content).hexdigest()[:DIGEST_LENGTH],
        FILE_MODIFIED_AT: modified_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
