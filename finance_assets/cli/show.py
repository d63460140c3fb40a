"""Shows runs, exceptions and query results."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import click
import duckdb

from finance_assets.cli.published import open_published
from finance_assets.cli.tables import console, show, table
from finance_assets.lib.records import records
from finance_assets.lib.report import report_run, to_json
from finance_assets.lib.settings import Settings

_COLOURS = {"healthy": "green", "degraded": "yellow", "closed": "red", "failed": "red"}
# What fits on a screen; machines get everything.
MOST_ROWS = 200


def show_status(as_json: bool) -> None:
    """Show the latest run."""
    settings = Settings.from_environment()
    with closing(settings.open_store()) as store:
        report = report_run(store, settings.data_dir)
    if report is None:
        raise click.ClickException(f"{settings.company.company} has not run yet; start with `finance run`")
    show_report(report, as_json)


def show_report(report: dict[str, Any], as_json: bool) -> None:
    """Show a run as a controller reads it: how fresh, what holds, what ties, what is open, where it is."""
    if as_json:
        click.echo(to_json(report))
        return
    colour = _COLOURS.get(report["outcome"], "cyan")
    console.print(f"\n[bold {colour}]{report['outcome'].upper()}[/]  {report['company']} as of {report['as_of']}")
    if report["reason"]:
        console.print(f"[{colour}]{report['reason']}[/]", highlight=False)
    columns = ("instance", "system", "state", "as of", "records", "read tonight", "why")
    names = ("source_instance", "system", "state", "as_of", "rows", "rows_read", "reason")
    show(table("Sources", columns, [[status[name] for name in names] for status in report["systems"]]))
    if report["degradation"]:
        show(_degradation(report["degradation"]))
        if report["withheld"]:
            console.print(f"Held, and never published before: {', '.join(sorted(report['withheld']))}", highlight=False)
    show(_gates(report["gates"]))
    if report["checkpoints"]:
        show(_checkpoints(report["checkpoints"]))
    if report["incidents"]:
        show(_incidents(report["incidents"]))
    if report["reconciliations"]:
        show(_reconciliations(report["reconciliations"]))
    if report["exceptions"]:
        show(_exceptions(report["exceptions"]))
    published = report["published"]
    if published:
        console.print(f"\nPublished  {published['file']}  (as of {published['as_of']}, run {published['run_id'][:8]})")
        console.print('Ask it     finance tables, then finance query "from … limit 10"')
    else:
        console.print("\nNothing has been published yet.")
    if report["exceptions"]:
        console.print("Work it    finance exceptions list")
    console.print("See it     finance ui  →  http://127.0.0.1:3000\n")


def show_query(sql: str, as_json: bool, as_csv: bool) -> None:
    """Answer a query from the published warehouse."""
    try:
        with open_published(Settings.from_environment()) as connection:
            result = connection.execute(sql)
            names = [column[0] for column in result.description or []]
            rows = result.fetchall()
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        hint = "See which tables there are: finance tables [PATTERN]; the columns of one: finance tables SCHEMA.TABLE"
        raise click.ClickException(f"{error}\n\n{hint}") from error
    except duckdb.Error as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(to_json([dict(zip(names, row, strict=True)) for row in rows]))
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)
    else:
        show(table(f"{len(rows):,} rows", names, rows[:MOST_ROWS]))
        if len(rows) > MOST_ROWS:
            console.print(f"… the first {MOST_ROWS}; --csv or --json gives all")


def show_first_rows(title: str, rows: list[dict[str, Any]]) -> None:
    """Show rows under their column names, as many as fit on a screen."""
    names = list(rows[0]) if rows else []
    shown = [list(row.values()) for row in rows[:MOST_ROWS]]
    show(table(f"{title}: {len(rows):,}", [name.replace("_", " ") for name in names], shown))
    if len(rows) > MOST_ROWS:
        console.print(f"… the first {MOST_ROWS}; --json gives all")


def show_events(wanted: Mapping[str, str | None], as_json: bool) -> None:
    """Show the news of the published warehouse, of the wanted values only."""
    given = {column: value for column, value in wanted.items() if value is not None}
    conditions = " and ".join(["true", *(f"{column} = ?" for column in given)])
    with open_published(Settings.from_environment()) as connection:
        rows = records(
            connection,
            f"from marts.mart_control__intraday_events where {conditions} order by occurred_at, record_id",
            list(given.values()),
        )
    if as_json:
        click.echo(to_json(rows))
        return
    columns = (
        "occurred_at", "event_type", "subject_instance", "source_record_id", "entity_code", "amount_event",
        "event_currency", "amount_nightly", "nightly_currency", "confirmation",
    )  # fmt: skip
    titles = [column.replace("_", " ") for column in columns]
    shown = [[row[column] for column in columns] for row in rows[:MOST_ROWS]]
    as_of = f"the night of {rows[0]['as_of_date']}" if rows else "the last night"
    show(table(f"News since {as_of}, in micro-batches: hints, in no closed figure", titles, shown))
    if len(rows) > MOST_ROWS:
        console.print(f"… the first {MOST_ROWS}; --json gives all")


def _degradation(rows: list[dict[str, Any]]) -> Any:
    """One line per source and action: what depends on a source that is behind, and what the contracts make of it."""
    together: dict[tuple[Any, ...], list[str]] = {}
    for row in rows:
        names = ("source_instance", "age_days", "phase", "max_age_days", "action_taken", "source_owner")
        together.setdefault(tuple(row[name] for name in names), []).append(row["consumer"])
    columns = ("source", "days old", "phase", "allowed", "action", "for", "source owner")
    lines = [
        (instance, "never loaded" if age is None else age, phase, allowed, action, ", ".join(names), owner)
        for (instance, age, phase, allowed, action, owner), names in together.items()
    ]
    return table("Degradation contracts", columns, lines)


def _gates(gates: list[dict[str, Any]]) -> Any:
    """One line per gate: landing gates per instance's load, then the close gate."""
    suites: Counter[str] = Counter()
    failed: dict[str, list[str]] = {}
    for gate in gates:
        name = gate["load_id"] or f"{gate['gate']} gate"
        suites[name] += 1
        failed.setdefault(name, []).extend(f"{gate['table']}: {finding}" for finding in gate["findings"])
    rows = [(name, count, "; ".join(failed[name]) or "all hold") for name, count in suites.items()]
    return table("Gates", ("load", "suites", "findings"), rows)


def _checkpoints(rows: list[dict[str, Any]]) -> Any:
    """One line per checkpoint; of what does not tie, what was counted."""
    columns = ("checkpoint", "tables", "rows", "amounts", "findings")
    lines = [
        (
            row["checkpoint"],
            row["subjects"],
            row["rows"],
            row["amounts"],
            "; ".join(f"{each['subject']}: {each['finding']}" for each in row["broken"]) or "all tie",
        )
        for row in rows
    ]
    return table("Checkpoints", columns, lines)


def _incidents(rows: list[dict[str, Any]]) -> Any:
    """What has failed and has not ended."""
    columns = ("failure", "of", "severity", "since", "owner", "why", "next")
    names = ("failure_class", "subject", "severity", "first_seen", "owner", "reason", "next_step")
    return table("Incidents", columns, [[row[name] for name in names] for row in rows])


def _reconciliations(rows: list[dict[str, Any]]) -> Any:
    """Items are comparisons: those that tie, that are only a matter of time, and that differ, which the queue has."""
    columns = ("reconciliation", "items", "tie", "in time", "differ", "exceptions", "at risk", "")
    return table(
        "What ties",
        columns,
        [
            (
                row["reconciliation_name"],
                row["items"],
                row["items_tied"],
                row["items_in_time"],
                row["items_differing"],
                row["exceptions"],
                row["amount_at_risk_group"],
                row["group_currency"],
            )
            for row in rows
        ],
    )


def _exceptions(rows: list[dict[str, Any]]) -> Any:
    columns = ("open exceptions", "count", "overdue", "at risk", "")
    names = ("type", "open", "overdue", "amount_at_risk_group", "group_currency")
    return table("Work queue", columns, [[row[name] for name in names] for row in rows])
