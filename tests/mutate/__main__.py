"""`make mutate`: how many mutants of data and SQL the controls kill, which control kills each, and which survive.

Data mutants are tried on a clean company, where every exception is news, as if they came the night after. SQL mutants
are tried on one with all labelled errors, whose models have more to do. Some do not count: `no effect` changes no row
and breaks no unit test, `reaches no reader` changes only what nobody is handed, `stillborn` does not build.
`--only TEXT` tries those whose name has the text; `--keep FOLDER` keeps the two nights there, for the next time.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from finance_assets.cli.tables import table
from finance_assets.lib.project import DBT_PROJECT
from tests.end_to_end.conftest import SANDBOX, SCALE, sandbox_platform
from tests.mutate import data_mutants, sql_mutants
from tests.mutate.data_mutants import MAPPINGS, DataMutant
from tests.mutate.killers import (
    LANDING_GATE,
    SHOWN,
    UNIT_TEST,
    Verdict,
    known_by_truth,
    landing_findings,
    through_the_night,
)
from tests.mutate.night import KeptNight, MutantBroken, apply
from tests.mutate.sql_mutants import SqlMutant

SQL_COUNT = 130
AIM = 0.95
FAMILIES = {"data": "none", "sql": "all"}


def kept_night(folder: Path, errors: str, scale: float = SCALE) -> KeptNight:
    """Return the night kept in the folder; run it first when there is none, or one with other seeds or mappings."""
    folder.mkdir(parents=True, exist_ok=True)
    platform = sandbox_platform(folder, scale=scale, errors=errors)
    kept, tables = folder / "kept.txt", _given_tables()
    if not kept.exists() or kept.read_text() != f"{scale} {tables}":
        shutil.rmtree(folder / "data", ignore_errors=True)
        platform.run()
        kept.write_text(f"{scale} {tables}")
    return KeptNight(platform.company_file, folder / "data", folder / "work")


def _given_tables() -> str:
    """What a night takes over as it is, as one hash; models are built again by whoever opens the night."""
    files = [*(DBT_PROJECT / "seeds").rglob("*.csv"), *(SANDBOX / "mappings").glob("*.csv")]
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(files))).hexdigest()


def try_data(night: KeptNight, mutants: Sequence[DataMutant]) -> Iterator[Verdict]:
    """Try what was landed or mapped otherwise: the gate of the load first, then the night."""
    night.open()
    try:
        for mutant in mutants:
            started = time.monotonic()
            verdict = Verdict(mutant.name, mutant.kind, "data")
            try:
                _try_data(night, mutant, verdict)
            except MutantBroken as error:
                verdict.broken = str(error)
            verdict.seconds = round(time.monotonic() - started, 1)
            yield verdict
    finally:
        night.close()


def _try_data(night: KeptNight, mutant: DataMutant, verdict: Verdict) -> None:
    file: Path | None = None
    if mutant.instance != MAPPINGS:
        file, results = night.land(mutant.instance, {mutant.resource: list(mutant.statements)})
        if findings := landing_findings(results):
            verdict.killed_by[LANDING_GATE] = findings
            return
    with night.trial() as rebuilt:
        if file:
            rebuilt.different |= night.show(mutant.instance, [mutant.resource], file)
        else:
            for statement in mutant.statements:
                apply(night.connection, statement, f'{MAPPINGS}."{mutant.resource}"')
            rebuilt.different.add(night.source(MAPPINGS, mutant.resource))
        through_the_night(night, rebuilt, {}, verdict)
        # Landing is no table of the warehouse: a change that no model reads has no effect.
        verdict.different = [address for address in verdict.different if not address.startswith("source.")]
        if verdict.state == "survived":
            verdict.truth = known_by_truth(night)


def try_sql(night: KeptNight, mutants: Sequence[SqlMutant]) -> Iterator[Verdict]:
    """Try models that say something else: dbt compiles and unit-tests many models at once, each with one mutant."""
    prepared = [each for batch in _one_of_each_model(mutants) for each in _prepare(night, batch)]
    night.open()
    try:
        for mutant, sql, unit_tests in prepared:
            started = time.monotonic()
            verdict = Verdict(mutant.name, mutant.kind, "sql")
            with night.trial() as rebuilt:
                through_the_night(night, rebuilt, {mutant.model: sql}, verdict) if sql else None
                verdict.is_stillborn = not sql or bool(
                    rebuilt.error and rebuilt.error.startswith(f"{night.addresses[mutant.model]}:")
                )
                if verdict.state == "survived":
                    verdict.truth = known_by_truth(night)
            if unit_tests:
                verdict.killed_by[UNIT_TEST] = unit_tests
            verdict.seconds = round(time.monotonic() - started, 1)
            yield verdict
    finally:
        night.close()


def _one_of_each_model(mutants: Sequence[SqlMutant]) -> Iterator[list[SqlMutant]]:
    left = list(mutants)
    while left:
        batch = {mutant.model: mutant for mutant in reversed(left)}
        yield list(batch.values())
        left = [mutant for mutant in left if batch[mutant.model] is not mutant]


def _prepare(night: KeptNight, batch: Iterable[SqlMutant]) -> list[tuple[SqlMutant, str | None, list[str]]]:
    """Return every mutant of the batch with its SQL, None where it has none, and the unit tests it breaks."""
    code = {mutant.model: mutant.code for mutant in batch}
    with night.dbt.changed(code):
        compiled = night.dbt.compiled(night.as_of, code)
        failing = night.dbt.failing_unit_tests(night.as_of, code)
    return [(mutant, compiled.get(mutant.model), failing.get(mutant.model, [])) for mutant in batch]


def summary(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return counts by state, by first killer and by kind, and the rates."""
    states = Counter(verdict.state for verdict in verdicts)
    at_run_time, by_unit_test = states["killed at run time"], states["killed by a unit test"]
    counted = at_run_time + by_unit_test + states["survived"]
    known_by_truth_only = sum(verdict.state == "survived" and bool(verdict.truth) for verdict in verdicts)
    return {
        "mutants": len(verdicts),
        "counted": counted,
        **{state.replace(" ", "_"): number for state, number in sorted(states.items())},
        "rate_at_run_time": round(at_run_time / counted, 4) if counted else None,
        "rate": round((at_run_time + by_unit_test) / counted, 4) if counted else None,
        "survivors_that_the_score_sees": known_by_truth_only,
        "killers": dict(Counter(verdict.killer for verdict in verdicts if verdict.killer).most_common()),
    }


def by_kind(verdicts: Sequence[Verdict]) -> list[list[Any]]:
    """Return a row per family and kind: how many were counted, killed and by what."""
    rows = []
    for family, kind in sorted({(verdict.family, verdict.kind) for verdict in verdicts}):
        mine = [verdict for verdict in verdicts if (verdict.family, verdict.kind) == (family, kind)]
        told = summary(mine)
        killers = ", ".join(f"{name} {number}" for name, number in told["killers"].items())
        rows.append([family, kind, told["counted"], told["rate_at_run_time"], told["rate"], killers])
    return rows


def show(console: Console, verdicts: Sequence[Verdict]) -> None:
    """Print the tables: by kind, and the survivors with what differs."""
    columns = ["family", "kind", "counted", "at run time", "with unit tests", "first killers"]
    console.print(table("Mutants", columns, by_kind(verdicts)), highlight=False)
    survivors = [_survivor(verdict) for verdict in verdicts if verdict.state == "survived"]
    columns = ["family", "kind", "mutant", "truth says", "what differs"]
    console.print(table("Survivors", columns, survivors), highlight=False)
    for family in FAMILIES:
        mine = [verdict for verdict in verdicts if verdict.family == family]
        if mine:
            console.print(f"{family}: {summary(mine)}", highlight=False, markup=False)
    console.print(f"all: {summary(verdicts)}", highlight=False, markup=False)


def _survivor(verdict: Verdict) -> list[str]:
    truth = "; ".join(verdict.truth[:SHOWN]) or "not seen"
    return [verdict.family, verdict.kind, verdict.name, truth, ", ".join(verdict.different[:SHOWN])]


def _line(number: int, verdict: Verdict) -> str:
    """What became of a mutant, as it is found."""
    what = verdict.broken or "; ".join(f"{name}: {found[0]}" for name, found in verdict.killed_by.items())
    words = (f"{number}", f"{verdict.seconds} s", verdict.family, verdict.state, verdict.kind, verdict.name, what[:200])
    return "  ".join(words)


def main() -> None:
    """Try the mutants, print what became of each, then the tables; exit 1 below the aim."""
    parser = argparse.ArgumentParser(description="Mutants of data and SQL against the controls.")
    parser.add_argument("--family", choices=(*FAMILIES, "both"), default="both")
    parser.add_argument("--only", default="", help="mutants whose name has this text in it")
    parser.add_argument("--sql-count", type=int, default=SQL_COUNT, help=f"drawn SQL mutants (default {SQL_COUNT})")
    parser.add_argument("--scale", type=float, default=SCALE, help=f"size of the company (default {SCALE})")
    parser.add_argument("--keep", type=Path, help="folder in which the nights stay")
    parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON at the end")
    chosen = parser.parse_args()
    console = Console(stderr=chosen.as_json, width=200)
    verdicts: list[Verdict] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = (chosen.keep or Path(temporary)).resolve()
        for family in FAMILIES if chosen.family == "both" else (chosen.family,):
            night = kept_night(folder / family, FAMILIES[family], chosen.scale)
            if family == "data":
                tried = try_data(night, data_mutants.mutants(chosen.only))
            else:
                tried = try_sql(night, sql_mutants.mutants(night.models, chosen.sql_count, chosen.only))
            for verdict in tried:
                verdicts.append(verdict)
                console.print(_line(len(verdicts), verdict), highlight=False, markup=False, soft_wrap=True)
    show(console, verdicts)
    told = summary(verdicts)
    if chosen.as_json:
        print(json.dumps({**told, "verdicts": [{**asdict(each), "state": each.state} for each in verdicts]}, indent=2))
    is_enough = told["rate"] is not None and told["rate"] >= AIM
    sys.exit(0 if is_enough and not any(verdict.broken for verdict in verdicts) else 1)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
