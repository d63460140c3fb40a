"""The controls a mutant may meet, in the order of a night, and what each of them says to it.

A control of the platform is a row of CONTROLS: the step after which it speaks, its name, and what it finds. To add one,
add a row. What only the tests of a release or the sandbox's truth can know stands apart: no night of a real company has
them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from finance_assets.control.store import SuiteResult
from finance_assets.lib.dbt_manifest import STEPS, Step
from finance_assets.lib.publish import PUBLISHED_SCHEMAS
from tests.mutate.night import KeptNight, Rebuilt

LANDING_GATE = "landing gate"
DOES_NOT_BUILD = "build"
UNIT_TEST = "dbt unit test"
TRUTH = "score"
_CLOSE_TABLES = ("reconciliation.fct_close_status", "reconciliation.fct_reconciliations")
# What is counted where the data come from and again where they arrive.
_CONTROL_TOTALS = ("ledger_completeness", "every_item_explained", "trial_balance_sums_to_zero", "ledger_loaded")
SHOWN = 3


@dataclass
class Verdict:
    """What became of a mutant. `killed_by` are controls with their findings, in the order of the night."""

    name: str
    kind: str
    family: str
    killed_by: dict[str, list[str]] = field(default_factory=dict)
    # What only the sandbox knows: figures that are off, exceptions that are lost or false.
    truth: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    is_stillborn: bool = False
    # Why the mutant could not be made: the list of mutants has to be repaired.
    broken: str = ""
    seconds: float = 0

    @property
    def state(self) -> str:
        """Killed at run time, by a unit test, surviving, or none that counts (see `__main__`)."""
        if self.broken:
            return "broken"
        if self.is_stillborn:
            return "stillborn"
        if set(self.killed_by) - {UNIT_TEST}:
            return "killed at run time"
        if UNIT_TEST in self.killed_by:
            return "killed by a unit test"
        if not self.different:
            return "no effect"
        is_published = any(
            address.startswith(tuple(f"{schema}." for schema in PUBLISHED_SCHEMAS)) for address in self.different
        )
        return "survived" if is_published else "reaches no reader"

    @property
    def killer(self) -> str:
        """The first control that saw it."""
        return next(iter(self.killed_by), "")


@dataclass(frozen=True)
class Control:
    """A control of the night: what it finds once the step is built; nothing where it holds."""

    step: Step
    name: str
    look: Callable[[KeptNight, Rebuilt], list[str]]


def _tests_of(step: Step) -> Callable[[KeptNight, Rebuilt], list[str]]:
    return lambda night, rebuilt: night.failing_tests(step, rebuilt, checkpoints=False)


def _checkpoints_of(step: Step) -> Callable[[KeptNight, Rebuilt], list[str]]:
    return lambda night, rebuilt: night.failing_tests(step, rebuilt, checkpoints=True)


def _is_different(night: KeptNight, rebuilt: Rebuilt, addresses: Iterable[str]) -> bool:
    return any(night.addresses.get(unique_id) in addresses for unique_id in rebuilt.different)


def _control_totals(night: KeptNight, rebuilt: Rebuilt) -> list[str]:
    """Blocking controls of the close status that compare what arrived with what was counted."""
    if not _is_different(night, rebuilt, _CLOSE_TABLES[:1]):
        return []
    rows = night.connection.execute(
        "select distinct control_name from reconciliation.fct_close_status "
        "where is_blocking and not is_passed order by all"
    ).fetchall()
    return [name for (name,) in rows if name in _CONTROL_TOTALS]


def _close_gate(night: KeptNight, rebuilt: Rebuilt) -> list[str]:
    return _said(night.close_gate()) if _is_different(night, rebuilt, _CLOSE_TABLES) else []


def _new_exceptions(night: KeptNight, rebuilt: Rebuilt) -> list[str]:
    """What somebody finds in the queue who found nothing there before."""
    found = night.found_exceptions()
    return [f"{kind} {key}" for kind, key in sorted(found.keys() - night.exceptions.keys())]


CONTROLS = (
    Control("canonical", "checkpoint", _checkpoints_of("canonical")),
    Control("canonical", "dbt test", _tests_of("canonical")),
    Control("reconciliation", "checkpoint", _checkpoints_of("reconciliation")),
    Control("reconciliation", "dbt test", _tests_of("reconciliation")),
    Control("reconciliation", "control totals", _control_totals),
    Control("reconciliation", "close gate", _close_gate),
    Control("reconciliation", "new exception", _new_exceptions),
    Control("marts", "checkpoint", _checkpoints_of("marts")),
    Control("marts", "dbt test", _tests_of("marts")),
)


def through_the_night(night: KeptNight, rebuilt: Rebuilt, code: dict[str, str], verdict: Verdict) -> None:
    """Build step by step, asking the controls of each; the first step with a finding is where the night stops."""
    for step in STEPS:
        night.build(step, rebuilt, code)
        if rebuilt.error:
            verdict.killed_by[DOES_NOT_BUILD] = [rebuilt.error]
            return
        verdict.different = sorted(night.addresses.get(each, each) for each in rebuilt.different)
        for control in CONTROLS:
            if control.step == step and (findings := control.look(night, rebuilt)):
                verdict.killed_by[control.name] = findings[:SHOWN]
        if verdict.killed_by:
            return


def known_by_truth(night: KeptNight) -> list[str]:
    """What the sandbox's truth says to the warehouse as it is in this trial: figures, and the queue."""
    from dlt_sources.sandbox.score import figures_off

    found = [
        f"{kind['kind']}: {kind['figures_off']} figures off" for kind in figures_off(night.connection, night.truth)
    ]
    now = night.found_exceptions()
    found += [f"lost {kind} {key}" for kind, key in sorted(night.exceptions.keys() - now.keys())]
    found += [
        f"changed {kind} {key}"
        for (kind, key), row in sorted(night.exceptions.items())
        if now.get((kind, key), row) != row
    ]
    return found


def _said(results: Iterable[SuiteResult]) -> list[str]:
    return [f"{result.table}: {each['what']}" for result in results for each in result.findings]


def landing_findings(results: Iterable[SuiteResult]) -> list[str]:
    """What the gate of a load does not accept."""
    return _said(result for result in results if not result.is_passed)
