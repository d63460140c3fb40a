"""SuiteQL over REST: one query per resource, read page by page behind the last key, however many rows there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field

from dlt_sources.errors import SourceUnavailable
from dlt_sources.protocols.answers import json_body
from dlt_sources.protocols.http_reader import HttpReader
from dlt_sources.protocols.paging import PagingGuard
from dlt_sources.protocols.reader import Page, Row
from dlt_sources.spec import ResourceSpec, Strict

QUERY_PATH = "services/rest/query/v1/suiteql"
PAGE_ROWS = 1000  # the most that one answer brings
DATE, MOMENT = "YYYY-MM-DD", "YYYY-MM-DD HH24:MI:SS"


class SuiteQLRequest(Strict):
    """A resource's `path` is what follows FROM, joins included; its first record may have an alias.

    `columns` gives the expression of fields that are not simply a column of the first record. Fields in `dates` and
    `moments` are written in one form, whatever the user's preferences say. `where` may use an {option}. `is_summed`:
    one row per key, the other columns being sums.
    """

    columns: dict[str, str] = Field(default_factory=dict)
    dates: list[str] = Field(default_factory=list)
    moments: list[str] = Field(default_factory=list)
    where: str = ""
    is_summed: bool = False


class SuiteQLReader(HttpReader):
    """Reads records by query, ordered by their key. What is null, the answer leaves out: here it is null again."""

    Request = SuiteQLRequest
    passing_codes: ClassVar[frozenset[str]] = frozenset({"CONCURRENCY_LIMIT_EXCEEDED", "SSS_REQUEST_LIMIT_EXCEEDED"})
    next_steps: ClassVar[dict[str, str]] = {
        "INVALID_PARAMETER": "check the query against the records catalogue: a record or field is gone, or the "
        "role may not see it",
        "INSUFFICIENT_PERMISSION": "give the role the permissions that the system's README lists",
    }

    def pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield all rows changed since the cursor.

        Every page is a query of its own for the rows behind the last one: no row is skipped or brought twice when rows
        come and go meanwhile, and no query ever reaches the cap of rows that queries have.
        """
        guard = PagingGuard(self.client, resource.name)
        last: Row | None = None
        read, announced = 0, None
        while True:
            answer = self.client.send(
                "POST",
                QUERY_PATH,
                resource=resource.name,
                params={"limit": PAGE_ROWS, "offset": 0},
                headers={"Prefer": "transient"},
                json={"q": self.query(resource, last)},
                parse=json_body,
            )
            items = self.member(resource, answer, "items")
            rows = [{name: item.get(name.lower()) for name in resource.fields} for item in items]
            if announced is None:
                announced = int(self.member(resource, answer, "totalResults"))
            read += len(rows)
            yield rows
            last = rows[-1] if rows else last
            if not self.member(resource, answer, "hasMore"):
                break
            guard.follow(repr(last and [last[name] for name in resource.key]), len(rows))
        if read < announced:
            raise self.client.error(SourceUnavailable, resource.name, f"{announced} rows announced, {read} received")

    def query(self, resource: ResourceSpec, last: Row | None) -> str:
        """Return the query for the rows behind the last one, in the order of the key."""
        request: SuiteQLRequest = self.request(resource)
        column = {name: self._expression(resource, request, name) for name in resource.fields}
        shown = [f"{_shown(request, name, column[name])} AS {name}" for name in resource.fields]
        keys = [column[name] for name in resource.key]
        conditions = [request.where.format(**self.assignment.options)] if request.where else []
        since = self.read_from(resource)
        if since is not None:
            moment = since.strftime("%Y-%m-%d %H:%M:%S")
            conditions.append(f"{column[resource.cursor.field]} >= TO_TIMESTAMP('{moment}', '{MOMENT}')")
        if last is not None:
            conditions.append(_behind(keys, [last[name] for name in resource.key]))
        query = f"SELECT {', '.join(shown)} FROM {resource.path}"
        if conditions:
            query += " WHERE " + " AND ".join(f"({condition})" for condition in conditions)
        if request.is_summed:
            query += f" GROUP BY {', '.join(keys)}"
        return f"{query} ORDER BY {', '.join(keys)}"

    def _expression(self, resource: ResourceSpec, request: SuiteQLRequest, name: str) -> str:
        """Return the SQL of a field: as the resource says, or the column of the first record."""
        record, *following = resource.path.split(maxsplit=2)
        has_alias = following and following[0].upper() not in ("JOIN", "INNER", "LEFT")
        return request.columns.get(name, f"{following[0] if has_alias else record}.{name}")


def _shown(request: SuiteQLRequest, name: str, expression: str) -> str:
    form = DATE if name in request.dates else MOMENT if name in request.moments else None
    return f"TO_CHAR({expression}, '{form}')" if form else expression


def _behind(keys: list[str], values: list[Any]) -> str:
    """Return the condition that a row comes behind these values in the order of the keys."""
    either = []
    for position, key in enumerate(keys):
        same = [f"{before} = {_literal(value)}" for before, value in zip(keys[:position], values, strict=False)]
        either.append(" AND ".join([*same, f"{key} > {_literal(values[position])}"]))
    return " OR ".join(f"({case})" for case in either)


def _literal(value: Any) -> str:
    """Return an id as SQL: a number bare, anything else quoted."""
    text = str(value)
    return text if text.lstrip("-").isdigit() else "'" + text.replace("'", "''") + "'"
