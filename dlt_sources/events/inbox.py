"""The inbox folder: keeps an event so that it outlasts whatever comes next, and says what has come since when."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dlt_sources.events import cloud_events
from dlt_sources.protocols.folders import finished_files

# A file that appears while a folder is listed may be seen only the next time: so far back is looked again.
LOOK_BACK_SECONDS = 600
PLAN_REFRESHED = "finance.plan.refreshed"

Kept = Literal["kept", "known"]


class AnotherEventHasThisId(Exception):
    """The sender has given one id to two events; the first one is kept."""


@dataclass(frozen=True)
class Arrival:
    """A file that came into the inbox, with the moment it did in seconds since 1970."""

    path: Path
    arrived_at: float

    @property
    def digest(self) -> str:
        """The SHA-256 of its content."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


class Inbox:
    """A folder of event files, on a file system with hard links."""

    def __init__(self, folder: Path, pattern: str = "*.jsonl") -> None:
        self._folder = folder
        self._pattern = pattern
        self._writing = threading.Lock()

    def keep(self, text: str) -> Kept:
        """Put one event into a file of its own; when this returns, it outlasts a power cut.

        The same event again is `known`. Raises NotAnEvent, AnotherEventHasThisId, OSError.
        """
        event = cloud_events.parse(text)
        line = cloud_events.as_line(text).encode() + b"\n"
        path = self._folder / _file_name(event["source"], event["id"])
        with self._writing:
            # No reader takes a file by this name, and another process writes to another.
            part = path.with_suffix(f".{os.getpid()}.part")
            try:
                _write(part, line)
                # Unlike a rename this does not replace: of two senders of one id exactly one is first.
                os.link(part, path)
            except FileExistsError:
                if path.read_bytes() != line:
                    raise AnotherEventHasThisId from None
                return "known"
            finally:
                with suppress(FileNotFoundError):
                    part.unlink()
                _sync(self._folder)
        return "kept"

    def arrivals(self, since: float = 0) -> list[Arrival]:
        """Return the files that have come since the moment, oldest first."""
        found = [Arrival(path, path.stat().st_ctime) for path in finished_files(self._folder, self._pattern)]
        return sorted((each for each in found if each.arrived_at >= since), key=lambda each: each.arrived_at)


def refreshed_instances(files: Sequence[Path]) -> set[str]:
    """Return the instances whose plans, by an event in the files, have been refreshed."""
    return {event["source"] for path in files for event in _events(path) if event["type"] == PLAN_REFRESHED}


def _events(path: Path) -> Iterator[dict[str, str]]:
    for line in path.read_bytes().splitlines():
        # What is no event is the load's to report.
        with suppress(ValueError):
            yield cloud_events.parse(line.decode())


def _file_name(source: str, event_id: str) -> str:
    """A name that the two decide, whatever characters are in them."""
    return f"event_{hashlib.sha256(f'{len(source)} {source} {event_id}'.encode()).hexdigest()[:40]}.jsonl"


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Make the names in the folder last, not only what the files hold."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
