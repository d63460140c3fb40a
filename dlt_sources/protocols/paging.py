"""Walks through pages: one that cannot go on for ever, and one that several resources share."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from dlt_sources.errors import ContractBreach
from dlt_sources.protocols.http import HttpClient

Page = list[dict[str, Any]]


class PagingGuard:
    """Ends a walk through pages that would never end: a link seen before, page after page of nothing, or too many."""

    MOST_PAGES = 1_000_000  # at 1,000 rows a page, a thousand times our largest resource
    MOST_EMPTY_PAGES = 20  # servers may send a few empty pages while they filter

    def __init__(self, client: HttpClient, resource: str) -> None:
        self._client = client
        self._resource = resource
        self._links: set[str] = set()
        self._empty = 0

    def follow(self, link: str, rows: int) -> str:
        """Return the link, or raise ContractBreach when following it leads nowhere."""
        self._empty = 0 if rows else self._empty + 1
        if link in self._links:
            problem = "the next link was followed before"
        elif self._empty > self.MOST_EMPTY_PAGES:
            problem = f"{self._empty} empty pages in a row"
        elif len(self._links) >= self.MOST_PAGES:
            problem = f"more than {self.MOST_PAGES} pages"
        else:
            self._links.add(link)
            return link
        raise self._client.error(ContractBreach, self._resource, f"paging does not end: {problem}")


class SharedPages:
    """Pages of several resources that come in one pass: whoever asks first reads on, the others find theirs waiting."""

    def __init__(self, passing: Iterator[dict[str, Page]]) -> None:
        self._passing = passing
        self._waiting: dict[str, deque[Page]] = {}

    def pages(self, resource: str) -> Iterator[Page]:
        """Yield the pages of one resource, reading on only when none is waiting."""
        waiting = self._waiting.setdefault(resource, deque())
        while True:
            while waiting:
                yield waiting.popleft()
            together = next(self._passing, None)
            if together is None:
                return
            for name, page in together.items():
                self._waiting.setdefault(name, deque()).append(page)
