"""CSV files that somebody drops into a folder: the company file says which they are and what their columns mean."""

from __future__ import annotations

import csv
import io
import logging
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from dlt_sources.errors import ConfigurationError
from dlt_sources.protocols.csv_text import PAGE_ROWS
from dlt_sources.protocols.folders import FolderReader
from dlt_sources.protocols.reader import Assignment, Page, Row
from dlt_sources.spec import NonEmpty, ResourceSpec, SnakeCase, Strict
from dlt_sources.strict_yaml import did_you_mean, validate

log = logging.getLogger(__name__)

# A quoted value may hold line breaks. One that is still open after so many lines was never meant to.
LONGEST_RECORD_LINES = 50

FILE_NAME, LINE_NUMBER, PROBLEM, LINE_TEXT = "file_name", "line_number", "problem", "line_text"
NOT_CLOSED = "a quoted value is not closed"
ORIGIN = (FILE_NAME, LINE_NUMBER, PROBLEM, LINE_TEXT)

OneCharacter = Annotated[str, Field(min_length=1, max_length=1)]


class FileSet(Strict):
    """The files of one resource, as an instance's option of the resource's name describes them.

    `files` is a pattern within the instance's folder; `columns` maps our names to those in the files' first line.
    """

    files: NonEmpty
    columns: Annotated[dict[SnakeCase, NonEmpty], Field(min_length=1)]
    encoding: NonEmpty = "utf-8-sig"
    separator: OneCharacter = ","
    qualifier: OneCharacter = '"'


@dataclass(frozen=True)
class Record:
    """One record of a file: its values, or the problem with the line it begins on."""

    number: int
    values: list[str]
    problem: str
    first_line: str


class FolderFilesRequest(Strict):
    """`needs` are the names that a company has to map; the others stay empty where it does not."""

    needs: list[NonEmpty] = Field(default_factory=list)


class FolderFilesReader(FolderReader):
    """Reads whole files, every line a row that knows its file and line number.

    A line that does not fit its header is a row too, with the problem and the text of the line: staging rejects it, and
    the good lines go on. Columns that nobody mapped come along under their own names.
    """

    Request = FolderFilesRequest

    def __init__(self, assignment: Assignment) -> None:
        super().__init__(assignment)
        resources = assignment.system.resources.values()
        self.file_sets = {
            resource.name: self._file_set(resource)
            for resource in resources
            if FILE_NAME in resource.fields and assignment.options.get(resource.name) is not None
        }

    def pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the rows of the resource's files, in the order of their names; nothing for a resource not mapped."""
        file_set = self.file_sets.get(resource.name)
        if file_set is None:
            return
        empty = dict.fromkeys(resource.fields)
        for path in self.paths(resource, file_set.files):
            page: Page = []
            for row in self._rows(resource, path, file_set):
                page.append({**empty, **row})
                if len(page) == PAGE_ROWS:
                    yield page
                    page = []
            yield page

    def _file_set(self, resource: ResourceSpec) -> FileSet:
        at = ("instances", self.assignment.instance, "options", resource.name)
        company_file = Path("company file")
        file_set = validate(FileSet, self.assignment.options[resource.name], company_file, at)
        self._check_columns(resource, file_set, f"{company_file}: {'.'.join(at)}.columns")
        return file_set

    def _check_columns(self, resource: ResourceSpec, file_set: FileSet, at: str) -> None:
        allowed = sorted(name for name in resource.fields if name not in ORIGIN)
        for name in file_set.columns:
            if name not in allowed:
                raise ConfigurationError(f"{at}: unknown name '{name}'" + did_you_mean(name, allowed))
        for name in self.request(resource).needs:
            if name not in file_set.columns:
                raise ConfigurationError(f"{at}: '{name}' is missing: say which column of the file it is")

    def _rows(self, resource: ResourceSpec, path: Path, file_set: FileSet) -> Iterator[Row]:
        try:
            with path.open(encoding=file_set.encoding, newline="") as lines:
                records = _records(lines, file_set.separator, file_set.qualifier)
                header = next(records, Record(1, [], "", ""))
                names = self._names(resource, path, file_set, header.values)
                for record in records:
                    row = {FILE_NAME: path.name, LINE_NUMBER: str(record.number)}
                    if record.problem:
                        log.warning(
                            "%s: %s line %d is kept apart, the others go on: %s",
                            self.assignment.instance,
                            path.name,
                            record.number,
                            record.problem,
                        )
                        yield row | {PROBLEM: record.problem, LINE_TEXT: record.first_line}
                    else:
                        yield row | dict(zip(names, record.values, strict=True))
        except (UnicodeDecodeError, LookupError) as error:
            raise self.assignment.breach(
                resource.name, f"{path.name} is not {file_set.encoding} text ({error}); set its `encoding`"
            ) from error
        except OSError as error:
            raise self.unreadable(resource, path, error) from error

    def _names(self, resource: ResourceSpec, path: Path, file_set: FileSet, header: list[str]) -> list[str]:
        """Our name of each column of the file; a column not mapped keeps its own."""
        columns = [name.strip() for name in header]
        for ours, theirs in file_set.columns.items():
            if columns.count(theirs) != 1:
                raise self.assignment.breach(
                    resource.name,
                    f"{path.name} has {columns.count(theirs)} columns '{theirs}' (mapped to {ours}); "
                    f"its first line has: {', '.join(columns)}",
                )
        mapped = {theirs: ours for ours, theirs in file_set.columns.items()}
        # A column of the file may have the name that we give to another.
        return [mapped.get(name, f"{name}_in_file" if name in resource.fields else name) for name in columns]


def _records(lines: Iterator[str], separator: str, qualifier: str) -> Iterator[Record]:
    """Yield the records; the first one, the header, says how many values the others have.

    After a line that does not fit, reading goes on with the next line, so that a quote never closed costs one line.
    """
    numbered = enumerate(lines, start=1)
    put_back: deque[tuple[int, str]] = deque()
    width = None
    while (line := _next(put_back, numbered)) is not None:
        number, first_line = line
        if not first_line.strip():
            continue
        text, followers = first_line, []
        values, problem = _values(text, separator, qualifier, width)
        while problem == NOT_CLOSED and len(followers) < LONGEST_RECORD_LINES:
            follower = _next(put_back, numbered)
            if follower is None:
                break
            followers.append(follower)
            text += follower[1]
            values, problem = _values(text, separator, qualifier, width)
        if problem and followers:
            put_back.extendleft(reversed(followers))
            problem = NOT_CLOSED
        width = width or len(values)
        yield Record(number, values, problem, first_line.rstrip("\r\n"))


def _next(put_back: deque[tuple[int, str]], numbered: Iterator[tuple[int, str]]) -> tuple[int, str] | None:
    return put_back.popleft() if put_back else next(numbered, None)


def _values(text: str, separator: str, qualifier: str, width: int | None) -> tuple[list[str], str]:
    """The values of a record and what is wrong with it, '' if nothing."""
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, quotechar=qualifier, strict=True)
    try:
        values = next(lines)
    except csv.Error as error:
        return [], NOT_CLOSED if "unexpected end of data" in str(error) else str(error)
    if width is not None and len(values) != width:
        return [], f"{len(values)} values under {width} columns"
    return values, ""
