"""The work queue, the signatures under closed periods, and the gate between reconciliation and publication."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import duckdb

from finance_assets.control.exceptions import FoundException
from finance_assets.control.periods import Period, void
from finance_assets.control.store import SuiteResult
from finance_assets.lib import gates
from finance_assets.lib.alerts import raise_alerts
from finance_assets.lib.failures import StepFailed
from finance_assets.lib.night import Night
from finance_assets.lib.suites import load_suites
from finance_assets.lib.warehouse import refresh_decisions

SCHEMA = "reconciliation"

_FOUND_EXCEPTIONS = f"{SCHEMA}.fct_exceptions"
_BROKEN_CONTROLS = f"""
    select concat(control_name, ' of ', entity_code, ': ', detail) from {SCHEMA}.fct_close_status
    where is_blocking and not is_passed
    order by all
"""
_CHANGED_FIGURES = f"""
    select entity_code, module, period_month, list(struct_pack(
        figure_key, currency_code,
        debit_signed := cast(amount_debit_signed as varchar), debit_now := cast(amount_debit_now as varchar),
        credit_signed := cast(amount_credit_signed as varchar), credit_now := cast(amount_credit_now as varchar),
        closing_signed := cast(amount_closing_signed as varchar), closing_now := cast(amount_closing_now as varchar)
    ) order by figure_key, currency_code)
    from {SCHEMA}.signed_figure_changes
    group by all
    order by all
"""


class GateClosed(StepFailed):
    """A step behind the close gate was tried without its verdict."""


def update_work_queue(night: Night) -> None:
    """Bring the control store's exceptions up to what the run found, show them in the warehouse, tell their owners.

    A period whose figures are no longer what somebody signed loses its signature.
    """
    names = [field.name for field in fields(FoundException)]
    columns = ", ".join("exception_type as type" if name == "type" else name for name in names)
    with duckdb.connect(str(night.data_dir.build_file), read_only=True) as connection:
        rows = connection.execute(f"select {columns} from {_FOUND_EXCEPTIONS} order by exception_id").fetchall()
        changed = connection.execute(_CHANGED_FIGURES).fetchall()
    found = [FoundException(**{name: _utc(value) for name, value in zip(names, row, strict=True)}) for row in rows]
    change = night.store.sync_exceptions(night.run_id, night.as_of, found, _day_ended_at(night))
    for entity_code, module, month, figures in changed:
        period = Period(entity_code, module, month)
        night.store.decide_period(period, night.run_id, lambda state, found=figures: void(state, night.as_of, found))
    refresh_decisions(night)
    raise_alerts(night, change)


def check_close_gate(night: Night) -> list[SuiteResult]:
    """Evaluate every suite of the reconciliation schema and record the verdict; a closed gate ends the run."""
    suites = load_suites(SCHEMA)
    gates.check_suites(suites)
    with duckdb.connect(str(night.data_dir.build_file), read_only=True) as connection:
        for suite in suites:
            described = connection.execute(f'describe {SCHEMA}."{suite.name}"').fetchall()
            suite.check_columns([row[0] for row in described])
        controls = connection.execute(_BROKEN_CONTROLS).fetchall()
    subjects = [gates.Subject(suite, f'select * from {SCHEMA}."{suite.name}"') for suite in suites]
    results = gates.evaluate(night.data_dir.build_file, subjects)
    night.store.record_close_gate(night.run_id, results)
    if not all(result.is_passed for result in results):
        # What was accepted is one thing, what was made of it another: whoever looks begins with the transformation.
        reason = "; ".join([gates.describe_findings(results), *(detail for (detail,) in controls)])
        night.store.record_outcome(night.run_id, "closed", reason, "transform")
    return results


def require_open_close_gate(night: Night) -> None:
    """Raise GateClosed unless this run's close gate was evaluated and passed: nothing goes around a gate."""
    if not night.store.is_close_gate_passed(night.run_id):
        raise GateClosed(
            f"run {night.run_id}: refused, because its close gate has not passed; "
            "run the job `close`, which evaluates it, or see `finance status` for what it found"
        )


def _day_ended_at(night: Night) -> datetime:
    """The moment the as-of day has ended where the company is."""
    return datetime.combine(night.as_of + timedelta(days=1), time(), ZoneInfo(night.company.time_zone))


def _utc(value: object) -> object:
    """The warehouse keeps moments in UTC without saying so."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
