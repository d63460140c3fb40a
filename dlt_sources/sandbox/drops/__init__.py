"""What the outside world puts into folders: files of banks, offices and events, extracts, databases that are a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from dlt_sources.sandbox.company import days
from dlt_sources.sandbox.drops import adp, camt053, databases, datev, events, mt940, oracle_fusion, payroll_csv

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

# How the names of files begin that a receiver of events makes.
RECEIVED = "event_"
# File name → content and the day it is dropped on.
Files = dict[str, tuple[bytes, int]]
WRITERS: dict[str, Callable[[Snapshot, str], Files]] = {
    **{writer.SYSTEM: writer.files for writer in (adp, camt053, datev, events, mt940, oracle_fusion, payroll_csv)},
    **databases.FILES,
}


def drop_files(snapshot: Snapshot, system: str, instance: str, folder: Path) -> None:
    """Makes the folder hold what a bank, office or program (an instance) had put there by the end of the day, no more.

    A file is dropped in the evening of its day, whenever it is written here, so that it is the same file every night.
    What a receiver of events has put there is its own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = WRITERS[system](snapshot, instance)
    for path in folder.iterdir():
        if path.name not in files and not path.name.startswith(RECEIVED):
            path.unlink()
    for name, (content, day) in files.items():
        path = folder / name
        dropped_at = (datetime.combine(days.to_date(day), time(), UTC) + timedelta(hours=20)).timestamp()
        # What is there already is not dropped again.
        if not (path.exists() and path.stat().st_mtime == dropped_at and path.read_bytes() == content):
            path.write_bytes(content)
            os.utime(path, (dropped_at, dropped_at))
