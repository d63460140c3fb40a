"""What can go wrong in a run, and on whose side: the source, our transformation, or the target (disk, database, us)."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dlt_sources.errors import SourceError
from finance_assets.control.store import Checkpoint, FailureClass

DISK_FULL = "the disk is full: nothing was published, the previous publication stays; free some space and run again"
# Below this a database cannot even be read: it has no room for its own bookkeeping.
LEAST_FREE_BYTES = 1_000_000
LANDING_PREFIX = "land_"
EXTRACT, PUBLISH = "extract", "publish"
# A message names the first; the others are in the control store.
MOST_NAMED = 3


class StepFailed(RuntimeError):
    """A step of a run failed, in words for the person who has to act."""

    failure_class: FailureClass = "target"


class TransformFailed(StepFailed):
    """dbt could not build a model, or one of its tests failed."""

    failure_class: FailureClass = "transform"


class CheckpointBroken(StepFailed):
    """Rows or money that went into a table did not come out of it: a matter of our SQL, or of what keeps the data."""

    def __init__(self, broken: Sequence[Checkpoint], failure_class: FailureClass) -> None:
        self.broken = tuple(broken)
        self.failure_class = failure_class
        super().__init__(describe_broken(broken))


def describe_broken(broken: Sequence[Checkpoint]) -> str:
    """Return in one line what does not tie, for a person, and what to do next."""
    named = [f"{_subject(each)}: {each.finding}" for each in broken[:MOST_NAMED]]
    more = f"; and {len(broken) - MOST_NAMED} more" if len(broken) > MOST_NAMED else ""
    return f"{broken[0].checkpoint} checkpoint broken: {'; '.join(named)}{more}. Next: {next_step(broken[0])}"


def _subject(broken: Checkpoint) -> str:
    is_named = broken.source_instance is None or broken.source_instance in broken.subject
    return broken.subject if is_named else f"{broken.subject} of {broken.source_instance}"


def next_step(broken: Checkpoint) -> str:
    """Return what to do about a broken checkpoint."""
    if broken.checkpoint == EXTRACT:
        return "the last accepted load stays in use; look for what writes to the landing file, then run again."
    if broken.subject.startswith(LANDING_PREFIX):
        return "landing is never changed: restore the file from a backup, then run again."
    if broken.checkpoint == PUBLISH:
        return "the last publication stays; check the disk of the publication folder, then run again."
    return (
        f"nothing was published, the last publication stays; compare {broken.subject} with what it is made from "
        "(its SQL is in `make docs`), then run again."
    )


def failure_class_of(error: BaseException) -> FailureClass:
    """Return on whose side an error lies: the source, our transformation, or the target (disk, database, us)."""
    if isinstance(error, SourceError):
        return "source"
    if is_disk_full(error):
        return "target"
    return error.failure_class if isinstance(error, StepFailed) else "target"


def explain(error: BaseException) -> str:
    """Return the error as a sentence; a full disk is named whatever tool ran into it."""
    return DISK_FULL if is_disk_full(error) else str(error) or type(error).__name__


@contextmanager
def full_disk_as_failure(folder: Path) -> Iterator[None]:
    """Raise StepFailed for whatever a full disk makes of the block: the tools that write there all have other words."""
    try:
        yield
    except Exception as error:
        if is_disk_full(error) or shutil.disk_usage(folder).free < LEAST_FREE_BYTES:
            raise StepFailed(f"{folder}: {DISK_FULL}") from error
        raise


def is_disk_full(error: BaseException | None) -> bool:
    """Return whether the error, or what caused it, says that no space is left."""
    seen: set[int] = set()
    # A library may raise an error from itself: its chain of causes is then a circle.
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            return True
        if any(words in str(error) for words in ("No space left on device", "database or disk is full")):
            return True
        error = error.__cause__ or error.__context__
    return False
