"""Writes events as JSON lines: one file per day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt_sources.sandbox.company import news

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

SYSTEM = "events"


def files(snapshot: Snapshot, _: str) -> dict[str, tuple[bytes, int]]:
    """The files of every day with events, by name, with their day."""
    return news.files(snapshot)
