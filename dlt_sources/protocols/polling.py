"""Waiting for work that a server does in its own time: asked ever less often, and not for ever."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from dlt_sources.errors import SourceUnavailable
from dlt_sources.protocols.http import HttpClient

Done = TypeVar("Done")


@dataclass(frozen=True)
class Patience:
    """The first and the longest wait between two looks, and how long the whole may take; in seconds."""

    first: float
    longest: float
    limit: float = 3600.0


def wait_until_done(
    client: HttpClient, resource: str, work: str, patience: Patience, look: Callable[[], Done | None]
) -> Done:
    """Return what `look` sees once that is not None; raise SourceUnavailable when the work takes too long."""
    wait, deadline = patience.first, client.clock.now() + patience.limit
    while (done := look()) is None:
        if client.clock.now() > deadline:
            raise client.error(SourceUnavailable, resource, f"{work} still runs after {patience.limit:.0f} s")
        client.clock.sleep(wait)
        wait = min(wait * 2, patience.longest)
    return done
