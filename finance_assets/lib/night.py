"""One run: which company, as of which day, under which id. Every step gets it and reports to it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from dlt_sources.errors import ConfigurationError
from dlt_sources.settings import Company
from finance_assets.control.store import ControlStore, Outcome
from finance_assets.lib.alerts import tell_of_failures, tell_of_lost_store
from finance_assets.lib.data_dir import DataDir
from finance_assets.lib.failures import StepFailed, explain, failure_class_of
from finance_assets.lib.lock import run_lock
from finance_assets.lib.publish import read_manifest
from finance_assets.lib.settings import Settings
from finance_assets.lib.version import code_version

log = logging.getLogger(__name__)

EXIT_CODES: dict[Outcome, int] = {"healthy": 0, "degraded": 10, "closed": 20, "failed": 1, "unpublished": 1}


@dataclass(frozen=True)
class Night:
    """A run of a company as of a day. `instances` are those to extract; the others keep their last accepted load."""

    run_id: str
    as_of: date
    company: Company
    data_dir: DataDir
    store: ControlStore
    instances: tuple[str, ...]

    def limited_to(self, instances: Iterable[str]) -> Night:
        """Return the same run, extracting no more than these instances."""
        return replace(self, instances=tuple(name for name in self.instances if name in set(instances)))

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Do one step of the run; what fails is recorded with its class, and goes on to fail the run."""
        started = time.monotonic()
        try:
            yield
        except Exception as error:
            log.error("%s failed: %s", name, explain(error))
            self.store.record_failure(self.run_id, failure_class_of(error), explain(error))
            raise
        log.info("%s: %.1f s", name, time.monotonic() - started)


@contextmanager
def begin_night(settings: Settings, run_id: str, as_of: date | None, systems: tuple[str, ...] = ()) -> Iterator[Night]:
    """Hold the data folder for one run, from its first line in the control store to its last.

    Waits while another run holds the folder. What a killed run left behind is recorded as failed first.
    `systems` limits extraction to these systems or instances. Without `as_of` the run joins the last night, whichever
    that is when its turn comes; raises StepFailed when there is none that it could join.
    """
    instances = select_instances(settings.company, systems)
    with run_lock(settings.data_dir.lock_file, run_id, _tell_of_queue):
        store, night = _open_store(settings, run_id, as_of), None
        try:
            for interrupted in store.fail_interrupted_runs():
                log.warning("run %s was interrupted; its loads are discarded", interrupted)
            day = as_of or last_night(settings.data_dir, store)
            store.begin_run(run_id, settings.company.company, day, code_version())
            night = Night(run_id, day, settings.company, settings.data_dir, store, instances)
            yield night
        finally:
            store.finish_run(run_id)
            if night:
                tell_of_failures(night)
            store.close()


def record_failed_start(settings: Settings, as_of: date, error: BaseException) -> None:
    """Keep, and tell, that a run failed before its first step, as when the project cannot be read."""
    run_id = str(uuid4())
    with begin_night(settings, run_id, as_of) as night:
        night.store.record_failure(run_id, failure_class_of(error), explain(error))


def _open_store(settings: Settings, run_id: str, as_of: date | None) -> ControlStore:
    """Open the control store; raise StepFailed, told to its owner, when it cannot be reached."""
    try:
        return settings.open_store()
    except (SQLAlchemyError, OSError) as error:
        reason = f"the control store cannot be reached ({str(error).splitlines()[0]}): nothing was run."
        tell_of_lost_store(settings, run_id, as_of, reason)
        raise StepFailed(f"{reason} Next: bring the database back, or correct its address, then run again.") from error


def last_night(data_dir: DataDir, store: ControlStore) -> date:
    """Return the day of the night that readers see; raise StepFailed without one, or when a later one is unpublished.

    News joins that night. What is published must not fall behind the night that the work queue is of.
    """
    manifest = read_manifest(data_dir.published)
    if manifest is None:
        raise StepFailed("no night has been published yet: events wait for the first one (finance run)")
    day, queue = date.fromisoformat(manifest["as_of"]), store.queue_night()
    if queue and queue["as_of"] > day:
        raise StepFailed(
            f"the night of {queue['as_of']} was not published: events wait for one that is "
            "(finance status shows what stopped it)"
        )
    return day


def select_instances(company: Company, systems: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of the instances that `systems` (names of systems or instances) mean; all when it is empty."""
    known = {*company.instances, *(instance.system for instance in company.instances.values())}
    unknown = sorted(set(systems) - known)
    if unknown:
        raise ConfigurationError(
            f"{company.path}: there is no system or instance '{unknown[0]}' (there are: {', '.join(sorted(known))})"
        )
    return tuple(
        name
        for name, instance in company.instances.items()
        if not systems or name in systems or instance.system in systems
    )


def default_as_of(company: Company, moment: datetime | None = None) -> date:
    """Return the day to run for when nobody says: the company's fixed one, else the day that has ended there."""
    if company.as_of:
        return company.as_of
    local = (moment or datetime.now(UTC)).astimezone(ZoneInfo(company.time_zone))
    return local.date() - timedelta(days=1)


def _tell_of_queue(run_id: str) -> None:
    log.warning("queued behind run %s", run_id)
