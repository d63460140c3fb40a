"""`make seeds`: the night of the sandbox company for many seeds, with all labelled errors and with none.

One company may be found right by luck. Every seed draws other customers, invoices and errors; per error class the runs
together say how many were found, how many were false, and how often the cause was the right one. A clean company has no
exception and is published straight through. `python -m tests.seeds --count 2` is a try in some minutes.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console

from finance_assets.cli.tables import table
from tests.end_to_end.conftest import EXIT_HEALTHY, Platform, sandbox_platform

FIRST_SEED, COUNT, SCALE = 101, 20, 0.05
LEAST_RECALL, LEAST_PRECISION, LEAST_RIGHT_CAUSES = 0.99, 0.97, 0.95

# Money in is money out: per reconciliation and currency, what went in on each side, and what is explained.
_MONEY_LOST = """
    with items_out as (
        select reconciliation_name, currency_code, sum(left_amount) as left_amount, sum(right_amount) as right_amount,
            sum(amount_difference) as amount_explained
        from reconciliation.fct_reconciliations
        group by all
    ),
    populations as (
        select reconciliation_name, currency_code, any_value(amount) filter (side = 'left') as left_amount,
            any_value(amount) filter (side = 'right') as right_amount
        from reconciliation.fct_reconciliation_populations
        group by all
    )
    select coalesce(items_out.reconciliation_name, populations.reconciliation_name), currency_code
    from items_out
    full join populations using (reconciliation_name, currency_code)
    where items_out.left_amount - items_out.right_amount is distinct from items_out.amount_explained
        or populations.left_amount <> items_out.left_amount
        or populations.right_amount <> items_out.right_amount
"""


@dataclass
class SeedNight:
    """What one night of one company came to. `lost` are reconciliations whose money does not add up."""

    seed: int
    errors: str
    seconds: float
    exit_code: int
    figures: int = 0
    figures_off: dict[str, list[Any]] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    reconciliations: int = 0
    exceptions: list[str] = field(default_factory=list)
    classes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def findings(self) -> list[str]:
        """Whatever is not as it has to be, in words."""
        found = [f"exit code {self.exit_code}"] if self.exit_code != EXIT_HEALTHY else []
        found += [f"{kind}: {len(rows)} rows off, first {rows[0]}" for kind, rows in self.figures_off.items()]
        found += [f"{name}: money is not conserved" for name in self.lost]
        if self.errors == "none":
            return found + [f"exception {each} of a clean company" for each in self.exceptions]
        for row in self.classes:
            found += [f"{row['class']}: missed {key}" for key in row["missed"]]
            found += [f"{row['class']}: false {key}" for key in row["unexpected"]]
            for what in ("cause", "owner", "amount"):
                if wrong := row["found"] - row[f"{what}_right"]:
                    found.append(f"{row['class']}: {wrong} of {row['found']} with another {what}")
        return found


def run_seed(seed: int, errors: str, scale: float) -> SeedNight:
    """Run the night of the company in a folder of its own, which is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        platform = sandbox_platform(Path(folder), seed=seed, errors=errors, scale=scale)
        started = time.monotonic()
        done = platform.call("run", "--company", str(platform.company_file), "--json", timeout=3600)
        night = SeedNight(seed, errors, round(time.monotonic() - started, 1), done.returncode)
        if done.returncode == EXIT_HEALTHY:
            judge(platform, night)
        return night


def judge(platform: Platform, night: SeedNight) -> None:
    """Hold what was published against the truth, the answer key and itself."""
    score = platform.score()
    night.figures, night.classes = score["figures"], score["classes"]
    night.figures_off = {kind["kind"]: kind["differences"] for kind in score["figure_kinds"] if kind["figures_off"]}
    with duckdb.connect(str(platform.folder / "data" / "published" / "finance.duckdb"), read_only=True) as connection:
        night.lost = [" ".join(filter(None, row)) for row in connection.execute(_MONEY_LOST).fetchall()]
        (night.reconciliations,) = connection.execute(
            "select count(distinct reconciliation_name) from reconciliation.fct_reconciliations"
        ).fetchone()
        night.exceptions = [
            f"{kind} {key}"
            for kind, key in connection.execute(
                "select type, natural_key from control.exceptions where status = 'open' order by all"
            ).fetchall()
        ]


def by_class(nights: Iterable[SeedNight]) -> list[dict[str, Any]]:
    """Return one row per error class over all nights that had errors."""
    counted = ("seeded", "found", "false", "cause_right", "owner_right", "amount_right")
    sums: dict[str, dict[str, Any]] = {}
    for night in nights:
        for row in night.classes if night.errors != "none" else []:
            total = sums.setdefault(row["class"], dict.fromkeys(counted, 0))
            for name in counted:
                total[name] += row[name]
    return [{"class": name, **total, **rates(total)} for name, total in sorted(sums.items())]


def rates(total: Mapping[str, int]) -> dict[str, float | None]:
    """Recall, precision and the part of the found that has the right cause; null where nothing was to be found."""
    seeded, found, false = total["seeded"], total["found"], total["false"]
    return {
        "recall": round(found / seeded, 4) if seeded else None,
        "precision": round(found / (found + false), 4) if found + false else None,
        "right_cause": round(total["cause_right"] / found, 4) if found else None,
    }


def is_within_aims(nights: list[SeedNight], classes: list[dict[str, Any]]) -> bool:
    """Whether clean companies are clean, errors are found and named, and no figure or money is lost."""
    least = {"recall": LEAST_RECALL, "precision": LEAST_PRECISION, "right_cause": LEAST_RIGHT_CAUSES}
    return (
        all(night.exit_code == EXIT_HEALTHY and not night.figures_off and not night.lost for night in nights)
        and not any(night.exceptions for night in nights if night.errors == "none")
        and bool(classes)
        and all(row[name] is not None and row[name] >= aim for row in classes for name, aim in least.items())
    )


def main() -> None:
    """Run the nights, print a line for each, then the table by class; exit 1 when an aim is missed."""
    parser = argparse.ArgumentParser(description="The sandbox company's night for many seeds, dirty and clean.")
    parser.add_argument("--count", type=int, default=COUNT, help=f"seeds of each kind (default {COUNT})")
    parser.add_argument("--first", type=int, default=FIRST_SEED, help=f"the first seed (default {FIRST_SEED})")
    parser.add_argument("--scale", type=float, default=SCALE, help=f"size of the company (default {SCALE})")
    parser.add_argument("--errors", choices=("all", "none", "both"), default="both", help="dirty, clean or both")
    parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON at the end")
    chosen = parser.parse_args()
    console = Console(stderr=chosen.as_json, width=160)
    nights = []
    for seed in range(chosen.first, chosen.first + chosen.count):
        for errors in ("all", "none") if chosen.errors == "both" else (chosen.errors,):
            nights.append(night := run_seed(seed, errors, chosen.scale))
            console.print(
                f"seed {seed} {errors}: {night.seconds} s, {night.figures:,} figures, "
                f"{len(night.figures_off)} kinds off, {len(night.exceptions)} exceptions",
                highlight=False,
            )
            for finding in night.findings:
                console.print(f"  {finding}", highlight=False, markup=False)
    classes = by_class(nights)
    dirty, clean = ([night for night in nights if (night.errors == "none") is is_clean] for is_clean in (False, True))
    summary = {
        "dirty": len(dirty),
        "clean": len(clean),
        "clean_straight_through": sum(night.exit_code == EXIT_HEALTHY and not night.exceptions for night in clean),
        "figures": sum(night.figures for night in nights),
        "nights_with_figures_off": sum(bool(night.figures_off) for night in nights),
        "nights_with_money_lost": sum(bool(night.lost) for night in nights),
    }
    within = is_within_aims(nights, classes) if dirty else not any(night.findings for night in nights)
    if chosen.as_json:
        print(
            json.dumps(
                {**summary, "within_aims": within, "classes": classes, "nights": list(map(asdict, nights))}, indent=2
            )
        )
    else:
        columns = ("class", "seeded", "found", "false", "recall", "precision", "right_cause")
        console.print(
            table("Labelled errors of all seeds", columns, [[row[name] for name in columns] for row in classes])
        )
        console.print("  ".join(f"{name.replace('_', ' ')}: {value:,}" for name, value in summary.items()))
        console.print("within the aims" if within else "NOT within the aims")
    sys.exit(0 if within else 1)


if __name__ == "__main__":
    main()
