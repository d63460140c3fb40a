"""Extracts an instance into its landing file and lets its gate decide. Until then nothing of the load is visible."""

from __future__ import annotations

import gc
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import dlt
import duckdb
from dlt.extract import DltSource

from dlt_sources.build import build_source, source_cursors, source_requests, source_rows
from dlt_sources.errors import SourceError, find_source_error
from dlt_sources.registry import load_systems
from dlt_sources.settings import Instance
from dlt_sources.spec import SystemSpec
from finance_assets.control.store import Checkpoint, Load, LoadedResource, SuiteResult
from finance_assets.lib import gates
from finance_assets.lib.data_dir import DataDir
from finance_assets.lib.failures import EXTRACT, StepFailed, describe_broken, explain, is_disk_full
from finance_assets.lib.night import Night
from finance_assets.lib.suites import Suite, load_landing_suite

log = logging.getLogger(__name__)

OnPage = Callable[[str, str, int], None]
# Extraction waits for the network; more instances than this at once would only wait for the processor.
INSTANCES_AT_ONCE = 8
# Pages are millions of small objects without a cycle. Looked through at Python's usual pace (every 700 of them), they
# take twice as long to parse.
OBJECTS_PER_COLLECTION = 50_000


@dataclass(frozen=True)
class Landing:
    """What became of one instance's extraction: `reason` says why its load is not visible."""

    instance: str
    system: str
    load_id: str
    is_accepted: bool
    reason: str | None
    resources: list[LoadedResource] = field(default_factory=list)
    results: list[SuiteResult] = field(default_factory=list)


def land_instances(night: Night, on_page: OnPage) -> Iterator[Landing]:
    """Extract the night's instances side by side; yield each as soon as its gate has spoken.

    A source that fails is a Landing that is not accepted. Anything else that goes wrong (a suite that cannot be read,
    a full disk) raises, once the other instances are done.
    """
    suites = {name: _suites_of(night, name) for name in night.instances}
    errors: list[BaseException] = []
    with _rare_collections(), ThreadPoolExecutor(INSTANCES_AT_ONCE, thread_name_prefix="land") as pool:
        futures = [pool.submit(_land, night, name, suites[name], on_page) for name in night.instances]
        for future in as_completed(futures):
            error = future.exception()
            if error is None:
                yield future.result()
            else:
                errors.append(error)
    if errors:
        raise errors[0]


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Let the garbage collector look less often."""
    usual = gc.get_threshold()
    gc.set_threshold(OBJECTS_PER_COLLECTION, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def landing_schema(instance: str) -> str:
    """Return the schema of the instance's landing file."""
    return f"land_{instance}"


def _suites_of(night: Night, name: str) -> dict[str, Suite]:
    """The suites of the instance's resources: read, and known to the engine, before anything is extracted."""
    instance = night.company.instances[name]
    system = load_systems()[instance.system]
    suites = {
        resource: load_landing_suite(system.name, resource, system.resources[resource].fields)
        for resource in instance.resources or system.resources
    }
    gates.check_suites(list(suites.values()))
    return suites


def _land(night: Night, name: str, suites: dict[str, Suite], on_page: OnPage) -> Landing:
    instance = night.company.instances[name]
    system = load_systems()[instance.system]
    load = night.store.begin_load(night.run_id, name, system.name, night.as_of)
    try:
        resources, checkpoints = _extract(night, system, instance, load, on_page)
        night.store.record_landed(load, resources)
        night.store.record_checkpoints(night.run_id, checkpoints)
        broken = [checkpoint for checkpoint in checkpoints if not checkpoint.is_passed]
        subjects = [] if broken else _subjects(night, system, load, resources, suites)
        results = gates.evaluate(night.data_dir.landing_file(name), subjects) if subjects else []
    except Exception as error:
        fault = find_source_error(error)
        if fault is None:
            night.store.record_failed_load(load, "target", explain(error))
            raise _landing_failed(load, error) from error
        night.store.record_failed_load(load, "source", str(fault))
        log.warning("%s", fault)
        return Landing(name, system.name, load.load_id, is_accepted=False, reason=_brief(fault))
    reason = describe_broken(broken) if broken else _reason_to_reject(results)
    night.store.record_verdict(load, results, reason, "target" if broken else "source")
    log.log(logging.WARNING if reason else logging.INFO, "%s: %s", load.load_id, reason or "accepted")
    return Landing(name, system.name, load.load_id, reason is None, reason, resources, results)


def _extract(
    night: Night, system: SystemSpec, instance: Instance, load: Load, on_page: OnPage
) -> tuple[list[LoadedResource], list[Checkpoint]]:
    """Append what the instance has to its landing file; return what was sent, and whether it has arrived."""
    before = night.store.cursors(instance.name, night.as_of)
    source = build_source(
        system,
        instance,
        night.as_of,
        load.load_id,
        before,
        requests_before=night.store.requests_of_last_day(instance.name),
        on_page=lambda resource, rows: on_page(instance.name, resource, rows),
    )
    night.data_dir.landing.mkdir(parents=True, exist_ok=True)
    # One connection from the first page to the count: dlt alone would open and close the file for every table.
    with duckdb.connect(str(night.data_dir.landing_file(instance.name))) as connection:
        try:
            _run_dlt(source, instance.name, night.data_dir, connection)
        finally:
            night.store.record_requests(load, source_requests(source))
        extracted, after = source_rows(source), source_cursors(source)
        checkpoints = _arrivals(connection, load, extracted)
    resources = [
        LoadedResource(name, rows, system.resources[name].mode, before.get(name), after.get(name))
        for name, rows in extracted.items()
    ]
    return resources, checkpoints


def _run_dlt(source: DltSource, instance: str, data_dir: DataDir, connection: duckdb.DuckDBPyConnection) -> None:
    """Run the source through a dlt pipeline of its own.

    The pipeline's working folder lives for this attempt only: what a killed attempt left there must not be loaded.
    """
    with _working_folder(data_dir.landing, instance) as working_folder:
        pipeline = dlt.pipeline(
            pipeline_name=landing_schema(instance),
            pipelines_dir=str(working_folder),
            destination=dlt.destinations.duckdb(connection),
            dataset_name=landing_schema(instance),
        )
        # Where a load starts is in the control store, what its tables look like is read from the file itself.
        pipeline.config.restore_from_destination = False
        pipeline.config.enable_runtime_trace = False
        # The default file format is a hundred times slower.
        pipeline.run(source, loader_file_format="parquet")


@contextmanager
def _working_folder(landing: Path, instance: str) -> Iterator[Path]:
    work = landing / ".work"
    work.mkdir(parents=True, exist_ok=True)
    for leftover in work.glob(f"{instance}-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{instance}-", dir=work))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _arrivals(connection: duckdb.DuckDBPyConnection, load: Load, extracted: dict[str, int]) -> list[Checkpoint]:
    """The extract checkpoint: the rows of the load that the reader handed over, and those that are in the file."""
    schema = landing_schema(load.instance)
    counts = [f"(select count(*) from ({gates.load_query(schema, name, load.load_id)}))" for name in extracted]
    arrived = connection.execute(f"select {', '.join(counts)}").fetchone()
    return [
        Checkpoint(
            EXTRACT,
            f"{schema}.{resource}",
            is_passed=landed == rows,
            finding=f"{rows} rows were extracted, but {landed} were landed" if landed != rows else None,
            source_instance=load.instance,
            rows_in=rows,
            rows_out=landed,
        )
        for (resource, rows), landed in zip(extracted.items(), arrived, strict=True)
    ]


def _subjects(
    night: Night, system: SystemSpec, load: Load, resources: Sequence[LoadedResource], suites: dict[str, Suite]
) -> list[gates.Subject]:
    """What the gate has to look at. Of an incremental resource that brought nothing there is nothing to say."""
    before = night.store.last_accepted_rows(load.instance, load.as_of)
    subjects = []
    for resource in resources:
        if resource.rows == 0 and resource.load_mode == "incremental":
            continue
        suite = suites[resource.resource]
        is_snapshot = resource.load_mode == "snapshot"
        subjects.append(
            gates.Subject(
                suite,
                gates.load_query(landing_schema(load.instance), resource.resource, load.load_id),
                hides_values=system.resources[resource.resource].data_class == "personal",
                fewest_rows=gates.fewest_rows(suite, before.get(resource.resource, 0)) if is_snapshot else 0,
            )
        )
    return subjects


def _reason_to_reject(results: Sequence[SuiteResult]) -> str | None:
    if all(result.is_passed for result in results):
        return None
    return f"rejected by its gate: {gates.describe_findings(results)}"


def _brief(fault: SourceError) -> str:
    where = f"{fault.resource}: " if fault.resource else ""
    return f"{where}{fault.message}; next: {fault.next_step}"


def _landing_failed(load: Load, error: Exception) -> Exception:
    if is_disk_full(error):
        return StepFailed(f"{load.load_id}: {explain(error)}")
    return error
