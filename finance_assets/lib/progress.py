"""A line per instance while it is extracted, for whoever is looking."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

# The terminal of the command line; a run that nobody watches has none.
watching: ContextVar[Console | None] = ContextVar("watching", default=None)


class ExtractionProgress:
    """What has arrived so far, per instance."""

    def __init__(self, progress: Progress, instances: Sequence[str]) -> None:
        self._progress = progress
        self._tasks = {name: progress.add_task(name, total=1, what="starting") for name in instances}
        self._rows: dict[str, dict[str, int]] = {name: {} for name in instances}

    def on_page(self, instance: str, resource: str, rows: int) -> None:
        """Take note of a page: `rows` have arrived of the resource."""
        self._rows[instance][resource] = rows
        self._progress.update(self._tasks[instance], what=f"{self._total(instance)}  {resource}")

    def finish(self, instance: str, is_accepted: bool) -> None:
        """Take note of the gate's verdict."""
        verdict = "accepted" if is_accepted else "[bold red]not accepted[/]"
        self._progress.update(self._tasks[instance], completed=1, what=f"{self._total(instance)}  {verdict}")

    def _total(self, instance: str) -> str:
        return f"{sum(self._rows[instance].values()):>10,} rows"


@contextmanager
def extraction_progress(instances: Sequence[str]) -> Iterator[ExtractionProgress]:
    """Show the progress of the instances on the terminal, if somebody watches."""
    terminal = watching.get()
    with Progress(
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description:<20}"),
        TextColumn("{task.fields[what]}"),
        TimeElapsedColumn(),
        console=terminal,
        disable=terminal is None or not terminal.is_terminal,
    ) as progress:
        yield ExtractionProgress(progress, instances)
