"""One run at a time per data folder: the next waits, and the system frees the lock of a process that died."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

# How often a waiting run looks again.
POLL_SECONDS = 0.5


@contextmanager
def run_lock(path: Path, run_id: str, on_wait: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock; `on_wait` is told once, with the id of the run in front, when there is a queue."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _acquire(descriptor, on_wait)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, run_id.encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, on_wait: Callable[[str], None]) -> None:
    told = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if not told:
                on_wait(os.pread(descriptor, 200, 0).decode() or "of another process")
                told = True
            time.sleep(POLL_SECONDS)
