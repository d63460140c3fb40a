"""Reads and writes the control store; every change of state is one transaction."""

from __future__ import annotations

import getpass
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import (
    Connection,
    Engine,
    RowMapping,
    Select,
    Table,
    bindparam,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.schema import CreateSchema

from finance_assets.control import tables
from finance_assets.control.decisions import Decision, DecisionRefused, is_same_person
from finance_assets.control.exceptions import NIGHT, FoundException, QueueChange, latest_news, reconcile_queue
from finance_assets.control.periods import Period, PeriodState, state_of
from finance_assets.control.transactions import writing
from finance_assets.control.upgrade import upgrade

Outcome = Literal["healthy", "degraded", "closed", "failed", "unpublished"]
FailureClass = Literal["source", "transform", "target"]
SourceState = Literal["current", "stale", "absent"]
WITHDRAWN = "withdrawn"

# Seconds a writer waits for another one; the longest transaction of a run takes milliseconds.
SQLITE_BUSY_SECONDS = 30
SQLITE_POLL_SECONDS = 0.05
# The night that last brought the queue up to its findings; of runs of one day the later.
_LATEST_QUEUE = (
    select(tables.runs.c.run_id, tables.runs.c.as_of)
    .where(tables.runs.c.queue_updated_at.is_not(None))
    .order_by(tables.runs.c.as_of.desc(), tables.runs.c.queue_updated_at.desc())
    .limit(1)
)
# One statement for all rows: a night sees every exception again.
_UPDATE_EXCEPTION = (
    update(tables.exceptions)
    .where(tables.exceptions.c.exception_id == bindparam("row_exception_id"))
    .values(
        {
            column.name: bindparam(f"row_{column.name}")
            for column in tables.exceptions.columns
            if column.name != "exception_id"
        }
    )
)
# Attempts of one instance on one as-of date that a load sequence can tell apart.
MOST_ATTEMPTS = 10_000


@dataclass(frozen=True)
class Load:
    """One extraction of an instance. `load_sequence` rises with as-of date and attempt."""

    load_id: str
    run_id: str
    instance: str
    system: str
    as_of: date
    load_sequence: int


@dataclass(frozen=True)
class LoadedResource:
    """What a load brought of one resource, and where the next load of it starts."""

    resource: str
    rows: int
    load_mode: str
    cursor_from: str | None = None
    cursor_to: str | None = None


@dataclass(frozen=True)
class AcceptedResource:
    """A resource of a load that its gate accepted, or, by load mode, one withdrawn: the instance reads it no more."""

    load_id: str
    instance: str
    system: str
    resource: str
    load_sequence: int
    as_of: date
    load_mode: str
    rows: int


@dataclass(frozen=True)
class SuiteResult:
    """What one suite found: `findings` says, per expectation that does not hold, what is wrong."""

    table: str
    expectations: int
    is_passed: bool
    findings: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Checkpoint:
    """What went into one subject at a checkpoint and what came out; see control.tables.checkpoints."""

    checkpoint: str
    subject: str
    is_passed: bool
    finding: str | None = None
    source_instance: str | None = None
    amount_name: str | None = None
    currency_code: str | None = None
    rows_in: int | None = None
    rows_out: int | None = None
    amount_in: Decimal | None = None
    amount_out: Decimal | None = None


@dataclass(frozen=True)
class SourceStatus:
    """How fresh an instance is for a run.

    `rows` counts the records of the instance that the warehouse has, `rows_read` those that this run brought.
    """

    source_instance: str
    system: str
    state: SourceState
    as_of: date | None
    age_days: int | None
    last_load_id: str | None
    rows: int
    rows_read: int
    reason: str | None


class ControlStore:
    """The control store of one company, in the SQLite file or PostgreSQL schema it was opened with."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        upgrade(engine)

    @classmethod
    def in_file(cls, path: Path) -> ControlStore:
        """Open, or create, the store in a SQLite file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": SQLITE_BUSY_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        return cls(engine)

    @classmethod
    def in_postgres(cls, url: str, company: str) -> ControlStore:
        """Open, or create, the store in schema `control_<company>`; Dagster's own tables live in another schema."""
        schema = f"control_{company}"
        engine = create_engine(url).execution_options(schema_translate_map={None: schema})
        with engine.begin() as connection:
            connection.execute(CreateSchema(schema, if_not_exists=True))
        return cls(engine)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    # runs

    def begin_run(self, run_id: str, company: str, as_of: date, code_version: str) -> None:
        """Record that a run has begun."""
        row = {"run_id": run_id, "company": company, "as_of": as_of, "code_version": code_version}
        with self._engine.begin() as connection:
            connection.execute(insert(tables.runs).values(**row, started_at=_now()))

    def record_failure(self, run_id: str, failure_class: FailureClass, reason: str) -> None:
        """Record why the run failed; the first reason stays."""
        unfailed = (tables.runs.c.run_id == run_id) & tables.runs.c.failure_class.is_(None)
        with self._engine.begin() as connection:
            connection.execute(
                update(tables.runs).where(unfailed).values(outcome="failed", failure_class=failure_class, reason=reason)
            )

    def record_outcome(
        self, run_id: str, outcome: Outcome, reason: str | None = None, failure_class: FailureClass | None = None
    ) -> None:
        """Record what became of the run; `reason` says why it is not healthy."""
        values = {"outcome": outcome, "reason": reason, "failure_class": failure_class}
        with self._engine.begin() as connection:
            connection.execute(update(tables.runs).where(tables.runs.c.run_id == run_id).values(**values))

    def record_publication(self, run_id: str, outcome: Outcome, reason: str | None, content_hash: str) -> None:
        """Record that the run has published, and the hash of what it published."""
        with self._engine.begin() as connection:
            connection.execute(
                update(tables.runs)
                .where(tables.runs.c.run_id == run_id)
                .values(outcome=outcome, reason=reason, content_hash=content_hash)
            )

    def finish_run(self, run_id: str) -> None:
        """Record the end of a run; one that neither published nor failed is `unpublished`."""
        with self._engine.begin() as connection:
            connection.execute(
                update(tables.runs)
                .where(tables.runs.c.run_id == run_id)
                .values(outcome=func.coalesce(tables.runs.c.outcome, "unpublished"), finished_at=_now())
            )

    def fail_interrupted_runs(self) -> list[str]:
        """Fail the runs and loads that a killed process left behind; return the run ids.

        Only for the holder of the run lock: nobody else can be running.
        """
        reason = "interrupted: the process ended before the run did"
        with self._engine.begin() as connection:
            unfinished = tables.runs.c.finished_at.is_(None)
            interrupted = list(connection.scalars(select(tables.runs.c.run_id).where(unfinished)))
            connection.execute(
                update(tables.runs)
                .where(unfinished)
                .values(outcome="failed", failure_class="target", reason=reason, finished_at=_now())
            )
            connection.execute(
                update(tables.loads)
                .where(tables.loads.c.status.in_(["started", "landed"]))
                .values(status="failed", failure_class="target", reason=reason, finished_at=_now())
            )
        return interrupted

    def run(self, run_id: str) -> RowMapping | None:
        """Return the run, or None."""
        return self._one(select(tables.runs).where(tables.runs.c.run_id == run_id))

    def latest_run(self) -> RowMapping | None:
        """Return the run that began last, or None."""
        return self._one(select(tables.runs).order_by(tables.runs.c.started_at.desc()).limit(1))

    # loads

    def begin_load(self, run_id: str, instance: str, system: str, as_of: date) -> Load:
        """Record that an extraction has begun, under an id that no earlier attempt has used."""
        same_day = (tables.loads.c.instance == instance) & (tables.loads.c.as_of == as_of)
        with self._engine.begin() as connection:
            attempt = connection.scalar(select(func.coalesce(func.max(tables.loads.c.attempt), 0)).where(same_day)) + 1
            load = Load(
                load_id=f"{instance}-{as_of}-{attempt}",
                run_id=run_id,
                instance=instance,
                system=system,
                as_of=as_of,
                load_sequence=int(as_of.strftime("%Y%m%d")) * MOST_ATTEMPTS + attempt,
            )
            connection.execute(
                insert(tables.loads).values(**asdict(load), attempt=attempt, status="started", started_at=_now())
            )
        return load

    def record_requests(self, load: Load, requests: int) -> None:
        """Record how many requests the load has made."""
        with self._engine.begin() as connection:
            connection.execute(
                update(tables.loads).where(tables.loads.c.load_id == load.load_id).values(requests=requests)
            )

    def requests_of_last_day(self, instance: str) -> int:
        """Return how many requests the loads that began within the last 24 hours have made of the instance."""
        query = select(func.coalesce(func.sum(tables.loads.c.requests), 0)).where(
            tables.loads.c.instance == instance, tables.loads.c.started_at > _now() - timedelta(days=1)
        )
        with self._engine.connect() as connection:
            return connection.scalar(query)

    def record_landed(self, load: Load, resources: Iterable[LoadedResource]) -> None:
        """Record that everything of the load has arrived."""
        with self._engine.begin() as connection:
            rows = [{"load_id": load.load_id, **asdict(resource)} for resource in resources]
            connection.execute(insert(tables.load_resources), rows)
            self._move(connection, load, "landed")

    def record_verdict(
        self,
        load: Load,
        results: Sequence[SuiteResult],
        reason: str | None,
        failure_class: FailureClass = "source",
    ) -> None:
        """Record the landing gate's verdict: accepted, or rejected for the reason, on the side of this class."""
        with self._engine.begin() as connection:
            self._insert_results(connection, load.run_id, "landing", results, load.load_id)
            status = "rejected" if reason else "accepted"
            self._move(connection, load, status, reason, failure_class if reason else None, finished=True)

    def record_failed_load(self, load: Load, failure_class: FailureClass, reason: str) -> None:
        """Record that the load failed; what it may have landed stays invisible."""
        with self._engine.begin() as connection:
            self._move(connection, load, "failed", reason, failure_class, finished=True)

    def cursors(self, instance: str, as_of: date) -> dict[str, str]:
        """Return where the next load starts, per resource: after the last accepted load as of that day."""
        accepted = self._last_accepted(instance, as_of)
        query = select(tables.load_resources.c.resource, tables.load_resources.c.cursor_to).where(
            tables.load_resources.c.load_id == accepted.scalar_subquery(),
            tables.load_resources.c.cursor_to.is_not(None),
        )
        with self._engine.connect() as connection:
            return {row.resource: row.cursor_to for row in connection.execute(query)}

    def last_accepted_rows(self, instance: str, as_of: date) -> dict[str, int]:
        """Return the rows of the last accepted load as of that day, per resource."""
        accepted = self._last_accepted(instance, as_of)
        query = select(tables.load_resources.c.resource, tables.load_resources.c.rows).where(
            tables.load_resources.c.load_id == accepted.scalar_subquery()
        )
        with self._engine.connect() as connection:
            return {row.resource: row.rows for row in connection.execute(query)}

    def last_accepted_began_at(self, instance: str) -> datetime | None:
        """Return when the load of the instance that was accepted last began (UTC), or None before the first."""
        accepted = (tables.loads.c.instance == instance) & (tables.loads.c.status == "accepted")
        query = select(tables.loads.c.started_at).where(accepted).order_by(tables.loads.c.started_at.desc()).limit(1)
        with self._engine.connect() as connection:
            moment = connection.scalar(query)
        return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)

    def accepted_resources(self, instances: Iterable[str], as_of: date) -> list[AcceptedResource]:
        """Return what a run as of that day may see of the instances, per resource the oldest first.

        A resource that earlier loads had and a later one has not is withdrawn with that load: nobody reads it any more.
        Where a load goes on from where an earlier one had stopped, the ones between, made afterwards, withdraw nothing.
        """
        columns = (
            *(tables.loads.c[name] for name in ("load_id", "instance", "system", "load_sequence", "as_of")),
            *(tables.load_resources.c[name] for name in ("resource", "load_mode", "rows", "cursor_from")),
        )
        query = (
            select(*columns)
            .join(tables.load_resources, tables.load_resources.c.load_id == tables.loads.c.load_id)
            .where(
                tables.loads.c.status == "accepted",
                tables.loads.c.instance.in_(list(instances)),
            )
            .order_by(tables.loads.c.instance, tables.loads.c.load_sequence)
        )
        with self._engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        goes_on = [row.pop("cursor_from") is not None for row in rows]
        brought = [AcceptedResource(**row) for row in rows]
        order = attrgetter("instance", "resource", "load_sequence")
        every = sorted([*brought, *_withdrawn(brought, goes_on)], key=order)
        return [row for row in every if row.as_of <= as_of]

    def loads_of_run(self, run_id: str) -> dict[str, RowMapping]:
        """Return the loads that the run attempted, by instance, each with the rows it read."""
        rows_read = (
            select(func.coalesce(func.sum(tables.load_resources.c.rows), 0))
            .where(tables.load_resources.c.load_id == tables.loads.c.load_id)
            .scalar_subquery()
        )
        query = (
            select(tables.loads, rows_read.label("rows_read"))
            .where(tables.loads.c.run_id == run_id)
            .order_by(tables.loads.c.load_sequence)
        )
        with self._engine.connect() as connection:
            return {row["instance"]: row for row in connection.execute(query).mappings()}

    def loads(self, load_ids: Iterable[str]) -> list[RowMapping]:
        """Return these loads, in the order they were made."""
        query = select(tables.loads).where(tables.loads.c.load_id.in_(list(load_ids)))
        return self._all(query.order_by(tables.loads.c.load_sequence, tables.loads.c.instance))

    def load_resources(self, load_id: str) -> list[RowMapping]:
        """Return what a load brought, per resource."""
        query = select(tables.load_resources).where(tables.load_resources.c.load_id == load_id)
        return self._all(query.order_by(tables.load_resources.c.resource))

    # gates and status

    def record_close_gate(self, run_id: str, results: Sequence[SuiteResult]) -> None:
        """Record the close gate's verdict for the run."""
        with self._engine.begin() as connection:
            self._insert_results(connection, run_id, "close", results)

    def is_close_gate_passed(self, run_id: str) -> bool:
        """Return whether the run's close gate was evaluated and everything in it held."""
        query = select(tables.gate_results.c.is_passed).where(
            tables.gate_results.c.run_id == run_id, tables.gate_results.c.gate == "close"
        )
        with self._engine.connect() as connection:
            verdicts = list(connection.scalars(query))
        return bool(verdicts) and all(verdicts)

    def gate_results(self, run_id: str) -> list[RowMapping]:
        """Return every suite the run evaluated."""
        return self._all(
            select(tables.gate_results)
            .where(tables.gate_results.c.run_id == run_id)
            .order_by(tables.gate_results.c.gate_result_id)
        )

    def record_checkpoints(self, run_id: str, checkpoints: Sequence[Checkpoint]) -> None:
        """Keep what the run has counted at a checkpoint."""
        rows = [{"run_id": run_id, **asdict(checkpoint), "checked_at": _now()} for checkpoint in checkpoints]
        if rows:
            with self._engine.begin() as connection:
                connection.execute(insert(tables.checkpoints), rows)

    def checkpoints(self, run_id: str) -> list[RowMapping]:
        """Return what the run has counted at its checkpoints, in the order it came to them."""
        query = select(tables.checkpoints).where(tables.checkpoints.c.run_id == run_id)
        return self._all(query.order_by(tables.checkpoints.c.checkpoint_id))

    def open_incidents(self) -> list[RowMapping]:
        """Return the failures that have not ended, oldest first."""
        query = select(tables.incidents).where(tables.incidents.c.ended_as_of.is_(None))
        return self._all(query.order_by(tables.incidents.c.incident_id))

    def save_incidents(self, incidents: Sequence[Mapping[str, Any]]) -> None:
        """Write each incident: a new row, or over the row of its incident_id."""
        with self._engine.begin() as connection:
            for row in incidents:
                if "incident_id" in row:
                    same = tables.incidents.c.incident_id == row["incident_id"]
                    connection.execute(update(tables.incidents).where(same).values(**row))
                else:
                    connection.execute(insert(tables.incidents).values(**row))

    def record_source_status(self, run_id: str, statuses: Iterable[SourceStatus]) -> None:
        """Record how fresh every instance is for this run."""
        rows = [{"run_id": run_id, **asdict(status)} for status in statuses]
        with self._engine.begin() as connection:
            connection.execute(delete(tables.source_status).where(tables.source_status.c.run_id == run_id))
            connection.execute(insert(tables.source_status), rows)

    def source_status(self, run_id: str) -> list[SourceStatus]:
        """Return how fresh every instance was for the run."""
        columns = [column for column in tables.source_status.columns if column.name != "run_id"]
        query = select(*columns).where(tables.source_status.c.run_id == run_id)
        return [SourceStatus(**row) for row in self._all(query.order_by(tables.source_status.c.source_instance))]

    # exceptions

    def sync_exceptions(
        self, run_id: str, as_of: date, found: Sequence[FoundException], day_ended_at: datetime | None = None
    ) -> QueueChange:
        """Bring the work queue up to what the run found and return what has changed; see `reconcile_queue`."""
        with writing(self._engine) as connection:
            rows = connection.execute(select(tables.exceptions).with_for_update()).mappings()
            known = {row["exception_id"]: dict(row) for row in rows}
            change = reconcile_queue(known, found, as_of, day_ended_at)
            if change.opened:
                connection.execute(insert(tables.exceptions), change.opened)
            if change.updated:
                connection.execute(_UPDATE_EXCEPTION, [_to_bind(row) for row in change.updated])
            self._remember(connection, run_id, change.history)
            connection.execute(
                update(tables.runs).where(tables.runs.c.run_id == run_id).values(queue_updated_at=_now())
            )
        return change

    def decide(self, exception_id: str, take: Callable[[Mapping[str, Any], date], Decision]) -> RowMapping:
        """Take a person's decision and return the exception as it is then.

        `exception_id` may be the beginning of one, if only one begins so. `take` is given the exception and the as-of
        date of the queue, and returns the decision (control.decisions). Raises DecisionRefused with what is allowed.
        """
        with writing(self._engine) as connection:
            row = self._found_by(connection, exception_id, for_update=True)
            night = connection.execute(_LATEST_QUEUE).mappings().one_or_none()
            if night is None:
                raise DecisionRefused("the work queue is of no night yet: run one first (finance run)")
            decision = take(row, max(night["as_of"], latest_news(row)))
            connection.execute(_UPDATE_EXCEPTION, [_to_bind(decision.row)])
            self._remember(connection, night["run_id"], [decision.history])
        return self.exception(row["exception_id"])

    def queue_night(self) -> RowMapping | None:
        """Return run_id and as_of of the night whose findings the queue shows, or None before the first."""
        return self._one(_LATEST_QUEUE)

    def exceptions(self) -> list[RowMapping]:
        """Return the whole work queue, cleared exceptions included."""
        return self._all(select(tables.exceptions).order_by(tables.exceptions.c.type, tables.exceptions.c.natural_key))

    def exception(self, exception_id: str) -> RowMapping:
        """Return the exception of that id, or whose id alone begins so; raise DecisionRefused for none or several."""
        with self._engine.connect() as connection:
            return self._found_by(connection, exception_id)

    def exception_history(self, exception_id: str) -> list[RowMapping]:
        """Return everything that happened to an exception, oldest first."""
        return self._all(
            select(tables.exception_history)
            .where(tables.exception_history.c.exception_id == exception_id)
            .order_by(tables.exception_history.c.change_id)
        )

    def whole_exception_history(self) -> list[dict[str, Any]]:
        """Return every change of every exception, each numbered from 1 within its exception."""
        order = (tables.exception_history.c.exception_id, tables.exception_history.c.change_id)
        numbers: dict[str, int] = {}
        history = []
        for row in self._all(select(tables.exception_history).order_by(*order)):
            number = numbers[row["exception_id"]] = numbers.get(row["exception_id"], 0) + 1
            history.append({**row, "change_number": number})
        return history

    # periods

    def period_decisions(self, period: Period | None = None) -> list[RowMapping]:
        """Return every decision on the period, or on all periods, oldest first."""
        query = select(tables.period_decisions).order_by(tables.period_decisions.c.decision_id)
        return self._all(query.where(*_of_period(period)) if period else query)

    def period_states(self) -> list[PeriodState]:
        """Return where every period stands that somebody has decided on."""
        decisions: dict[Period, list[RowMapping]] = {}
        for row in self.period_decisions():
            period = Period(row["entity_code"], row["module"], row["period_month"])
            decisions.setdefault(period, []).append(row)
        return [state_of(period, rows) for period, rows in decisions.items()]

    def decide_period(
        self, period: Period, run_id: str, take: Callable[[PeriodState], dict[str, Any] | None]
    ) -> PeriodState:
        """Take a decision on the period and return where it stands then.

        `run_id` is the run that the decision is taken on. `take` is given where the period stands and returns the
        decision (control.periods), or none. Raises DecisionRefused with what is allowed.
        """
        with writing(self._engine) as connection:
            query = select(tables.period_decisions).where(*_of_period(period))
            query = query.order_by(tables.period_decisions.c.decision_id).with_for_update()
            decision = take(state_of(period, list(connection.execute(query).mappings())))
            if decision:
                login = _login_of(decision["decided_by"])
                row = {**decision, "run_id": run_id, "decided_at": _now(), "login": login}
                connection.execute(insert(tables.period_decisions), row)
        return state_of(period, self.period_decisions(period))

    # mappings

    def record_mapping_decision(
        self, mapping: str, key: str, event: str, by: str, reason: str | None, row: Mapping[str, str]
    ) -> None:
        """Keep that a row of a mapping was proposed, approved or rejected."""
        decision = {"mapping": mapping, "mapping_key": key, "event": event, "decided_by": by, "reason": reason}
        with self._engine.begin() as connection:
            connection.execute(
                insert(tables.mapping_decisions).values(
                    **decision, row=dict(row), decided_at=_now(), login=_login_of(by)
                )
            )

    def mapping_decisions(self) -> list[RowMapping]:
        """Return every decision on a mapping, oldest first."""
        return self._all(select(tables.mapping_decisions).order_by(tables.mapping_decisions.c.decision_id))

    def record_approved_mapping_rows(self, run_id: str, as_of: date, rows: Iterable[Mapping[str, Any]]) -> None:
        """Remember what two people stand behind in the mapping files, as the night publishes it."""
        night, decision = {"run_id": run_id, "as_of": as_of}, ("mapping_name", "mapping_key", "decision")
        with writing(self._engine) as connection:
            self._record_news(connection, tables.approved_mapping_rows, decision, (), night, rows)

    def approved_mapping_rows_before(self, as_of: date) -> list[RowMapping]:
        """Return what the nights before that day have published as approved."""
        approved = tables.approved_mapping_rows
        names = (approved.c.mapping_name, approved.c.mapping_key, approved.c.decision)
        return self._all(select(approved).where(approved.c.as_of < as_of).order_by(approved.c.as_of, *names))

    # golden customers

    def record_customers(
        self, run_id: str, as_of: date, records: Iterable[Mapping[str, Any]], parents: Iterable[Mapping[str, Any]]
    ) -> None:
        """Remember the golden customer of every record, and the parent of every customer, as the night publishes them.

        Only what differs from the nights before is kept. The same night again replaces what it said.
        """
        night = {"run_id": run_id, "as_of": as_of}
        with writing(self._engine) as connection:
            record, customer = ("source_instance", "source_customer_id"), ("customer_id",)
            self._record_news(connection, tables.customer_ids, record, ("customer_key", "customer_id"), night, records)
            self._record_news(connection, tables.customer_parents, customer, ("parent_customer_id",), night, parents)

    def customer_ids_before(self, as_of: date) -> list[RowMapping]:
        """Return which golden customer the records were published with in the nights before that day."""
        ids = tables.customer_ids
        return self._all(
            select(ids)
            .where(ids.c.as_of < as_of)
            .order_by(ids.c.as_of, ids.c.source_instance, ids.c.source_customer_id)
        )

    def customer_parents_before(self, as_of: date) -> list[RowMapping]:
        """Return which parent the golden customers were published with in the nights before that day."""
        parents = tables.customer_parents
        return self._all(
            select(parents).where(parents.c.as_of < as_of).order_by(parents.c.as_of, parents.c.customer_id)
        )

    # helpers

    def _found_by(self, connection: Connection, exception_id: str, *, for_update: bool = False) -> RowMapping:
        query = select(tables.exceptions).where(
            tables.exceptions.c.exception_id.startswith(exception_id.strip(), autoescape=True)
        )
        rows = list(connection.execute(query.with_for_update() if for_update else query).mappings())
        if len(rows) == 1:
            return rows[0]
        if not rows or not exception_id.strip():
            raise DecisionRefused(
                f"no exception has an id that begins with '{exception_id}'; `finance exceptions list --all` shows them"
            )
        first = ", ".join(sorted(row["exception_id"] for row in rows)[:3])
        raise DecisionRefused(f"{len(rows)} exceptions begin with '{exception_id}' ({first} …): write more of the id")

    def _record_news(
        self,
        connection: Connection,
        table: Table,
        key: Sequence[str],
        said: Sequence[str],
        night: Mapping[str, Any],
        rows: Iterable[Mapping[str, Any]],
    ) -> None:
        """Keep the rows of a night that say something else of their key than the nights before."""
        connection.execute(delete(table).where(table.c.as_of == night["as_of"]))
        earlier = select(table).where(table.c.as_of < night["as_of"]).order_by(table.c.as_of)
        before = {
            tuple(row[name] for name in key): tuple(row[name] for name in said)
            for row in connection.execute(earlier).mappings()
        }
        news = [
            {**night, **{name: row[name] for name in (*key, *said)}}
            for row in rows
            if before.get(tuple(row[name] for name in key)) != tuple(row[name] for name in said)
        ]
        if news:
            connection.execute(insert(table), news)

    def _remember(self, connection: Connection, run_id: str, history: Sequence[Mapping[str, Any]]) -> None:
        if history:
            stamped = [
                {**entry, "run_id": run_id, "changed_at": _now(), "login": _login_of(entry["changed_by"])}
                for entry in history
            ]
            connection.execute(insert(tables.exception_history), stamped)

    def _last_accepted(self, instance: str, as_of: date) -> Select[Any]:
        return (
            select(tables.loads.c.load_id)
            .where(
                tables.loads.c.instance == instance,
                tables.loads.c.status == "accepted",
                tables.loads.c.as_of <= as_of,
            )
            .order_by(tables.loads.c.load_sequence.desc())
            .limit(1)
        )

    def _move(
        self,
        connection: Connection,
        load: Load,
        status: str,
        reason: str | None = None,
        failure_class: str | None = None,
        *,
        finished: bool = False,
    ) -> None:
        values = {"status": status, "reason": reason, "failure_class": failure_class}
        connection.execute(
            update(tables.loads)
            .where(tables.loads.c.load_id == load.load_id)
            .values(**values, finished_at=_now() if finished else None)
        )

    def _insert_results(
        self,
        connection: Connection,
        run_id: str,
        gate: str,
        results: Sequence[SuiteResult],
        load_id: str | None = None,
    ) -> None:
        rows: list[Mapping[str, Any]] = [
            {
                "run_id": run_id,
                "load_id": load_id,
                "gate": gate,
                "table_name": result.table,
                "expectations": result.expectations,
                "is_passed": result.is_passed,
                "findings": result.findings,
                "checked_at": _now(),
            }
            for result in results
        ]
        if rows:
            connection.execute(insert(tables.gate_results), rows)

    def _one(self, query: Select[Any]) -> RowMapping | None:
        with self._engine.connect() as connection:
            return connection.execute(query).mappings().one_or_none()

    def _all(self, query: Select[Any]) -> list[RowMapping]:
        with self._engine.connect() as connection:
            return list(connection.execute(query).mappings())


def _prepare_sqlite(connection: Any, _: Any) -> None:
    """Readers do not block the writer, and references are enforced."""
    deadline = time.monotonic() + SQLITE_BUSY_SECONDS
    while True:
        try:
            connection.execute("pragma journal_mode = wal")
            break
        except sqlite3.OperationalError:
            # For this one SQLite does not wait by itself: another process is making, or upgrading, the same store.
            if time.monotonic() > deadline:
                raise
            time.sleep(SQLITE_POLL_SECONDS)
    connection.execute("pragma foreign_keys = on")


def _withdrawn(brought: Sequence[AcceptedResource], goes_on: Sequence[bool]) -> list[AcceptedResource]:
    """Return, for loads sorted by instance and sequence, each resource at the first load that came without it."""
    withdrawn: list[AcceptedResource] = []
    rows = zip(brought, goes_on, strict=True)
    for _, of_instance in groupby(rows, key=lambda row: row[0].instance):
        missing: dict[str, AcceptedResource | None] = {}  # every resource so far, and since which load it is missing
        for _, of_load in groupby(of_instance, key=lambda row: row[0].load_id):
            now = {row.resource: (row, continues) for row, continues in of_load}
            for resource, (_, continues) in now.items():
                if (since := missing.get(resource)) and not continues:
                    withdrawn.append(since)
                missing[resource] = None
            load, _ = next(iter(now.values()))
            for resource in missing.keys() - now.keys():
                missing[resource] = missing[resource] or replace(load, resource=resource, load_mode=WITHDRAWN, rows=0)
        withdrawn += filter(None, missing.values())
    return withdrawn


def _of_period(period: Period) -> tuple[Any, ...]:
    columns = tables.period_decisions.c
    return (
        columns.entity_code == period.entity_code,
        columns.module == period.module,
        columns.period_month == period.month,
    )


def _to_bind(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row under the names that `_UPDATE_EXCEPTION` binds."""
    return {f"row_{column.name}": row[column.name] for column in tables.exceptions.columns}


def _login_of(person: str) -> str | None:
    """Who is logged in where a decision is recorded in another name: names are trusted, and who gave them is kept."""
    if person == NIGHT:
        return None
    try:
        login = getpass.getuser()
    except (KeyError, OSError):
        # A container may run as a user that its machine does not know.
        return None
    return None if is_same_person(person, login) else login


def _now() -> datetime:
    return datetime.now(UTC)
