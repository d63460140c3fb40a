"""How fast a system may be asked, and how patiently it is asked again."""

from __future__ import annotations

import math
import random
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dlt_sources.spec import RequestBudget


class Clock:
    """Time as the client sees it; tests give one that does not sleep."""

    def now(self) -> float:
        """Return seconds that only ever rise."""
        return time.monotonic()

    def epoch(self) -> float:
        """Return seconds since 1970, to read a Retry-After date and a token's expiry."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how patiently a fault is tried again."""

    attempts: int = 5
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 30.0

    def wait(self, failed_attempts: int) -> float:
        """Return the next wait: doubling, and jittered so that many clients do not come back at once."""
        ceiling = min(self.longest_wait_seconds, self.first_wait_seconds * 2 ** (failed_attempts - 1))
        return ceiling * random.uniform(0.5, 1.0)


class Pacer:
    """Keeps a load within its request budget: evenly spaced, no second with too many, and a cap for the day.

    Which second a request falls into is the server's to say, and it arrives some time between its start and its end.
    So a request starts only a full second after the end of the one that it must not share a second with.
    `requests_before` were made earlier in the same day.
    """

    def __init__(self, budget: RequestBudget, clock: Clock, requests_before: int = 0) -> None:
        self.budget = budget
        self.requests = 0
        self._left_today = budget.requests_per_day - requests_before
        self._clock = clock
        self._spacing = 1 / budget.requests_per_second
        per_window = max(1, math.floor(budget.requests_per_second))
        self._window = per_window * self._spacing
        self._ends: deque[float] = deque(maxlen=per_window)
        self._last_start = -math.inf

    def is_exhausted(self) -> bool:
        """Whether the day's requests are used up."""
        return self.requests >= self._left_today

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until the next request may start, and note when it has ended."""
        free_at = self._last_start + self._spacing
        if len(self._ends) == self._ends.maxlen:
            free_at = max(free_at, self._ends[0] + self._window)
        wait = free_at - self._clock.now()  # asked once: the clock goes on between two questions
        if wait > 0:
            self._clock.sleep(wait)
        self._last_start = self._clock.now()
        self.requests += 1
        try:
            yield
        finally:
            self._ends.append(self._clock.now())
