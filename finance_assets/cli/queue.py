"""Shows the work queue and takes people's decisions on it."""

from __future__ import annotations

import csv
import getpass
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import click
import duckdb
from rich.markup import escape

from dlt_sources.strict_yaml import did_you_mean
from finance_assets.cli.evidence import side_by_side, without_documents
from finance_assets.cli.gap_keys import GapKey, GapKeys, told_of_row
from finance_assets.cli.tables import cell, show, table, tell
from finance_assets.control.decisions import (
    ID_SHOWN,
    Decision,
    allowed_decisions,
    is_same_person,
    is_waiver_asked_for,
    typed,
)
from finance_assets.control.exceptions import OPEN_STATUSES, latest_news
from finance_assets.control.store import ControlStore
from finance_assets.lib.data_dir import DataDir
from finance_assets.lib.people import People
from finance_assets.lib.project import DBT_PROJECT
from finance_assets.lib.records import records
from finance_assets.lib.report import to_json
from finance_assets.lib.settings import Settings
from finance_assets.lib.trace import IS_PUBLISHED, NAMED_CUSTOMERS

_SLA_MARKS = {"breached": "!", "warned": "~"}
_COMPARED = """
    with titles as (
        select distinct reconciliation_name, left_title, right_title from marts.mart_control__reconciliation_status
    )
    select
        items.reconciliation_name, items.outcome, items.cause,
        titles.left_title, items.left_key, items.left_instance, items.left_date, items.left_amount, items.left_load_id,
        titles.right_title, items.right_key, items.right_instance, items.right_date, items.right_amount,
        items.right_load_id, items.amount_difference, items.currency_code
    from reconciliation.fct_reconciliations as items
    left join titles on items.reconciliation_name = titles.reconciliation_name
    where items.exception_type = ? and items.natural_key = ?
    order by items.item_id
"""
_GAPS = """
    select entity_code, period_month, amount_transaction, transaction_currency, subject, source_instance, load_id
    from reconciliation.fct_mapping_gaps
    where exception_type = ? and natural_key = ?
    order by all
"""
# Every command that approves is called so.
_APPROVE = "approve"
# What people say of an exception in its assignee's place.
_FOR_AN_ASSIGNEE = ("resolved", "waiver_requested")


@dataclass(frozen=True)
class Filter:
    """Which exceptions are wanted; what is not said does not matter."""

    kind: str | None = None
    entity: str | None = None
    owner: str | None = None
    mine: bool = False
    overdue: bool = False
    to_approve: bool = False
    with_closed: bool = False

    def takes(self, row: Mapping[str, Any], user: str) -> bool:
        """Return whether the exception is wanted by that user."""
        is_open = row["status"] in OPEN_STATUSES
        return (
            (self.with_closed or is_open)
            and self.kind in (None, row["type"])
            and self.entity in (None, row["entity_code"])
            and self.owner in (None, row["owner"])
            and (not self.mine or is_same_person(row["assignee"] or row["owner"], user))
            and (not self.overdue or (is_open and row["sla_status"] == "breached"))
            and (not self.to_approve or is_waiver_asked_for(row))
        )


def current_user(named: str | None) -> str:
    """Return who decides: who is named, else who is logged in; as people.csv writes it, where the company has one.

    Every decision is taken in a name that was asked for here. Raises DecisionRefused for somebody who may not decide,
    and, in a command that approves, for somebody who may not approve.
    """
    user = _named(named)
    folder = Settings.from_environment().company.mappings
    if not People.are_kept(folder):
        return user
    with _store() as (store, _):
        night = store.queue_night()
    context = click.get_current_context(silent=True)
    is_approval = context is not None and context.info_name == _APPROVE
    # Before the first night, whoever is there without an end.
    return People(folder, night["as_of"] if night else date.max).deciding(user, approving=is_approval)


def assignable(name: str, as_of: date) -> str:
    """Return whom an exception can be assigned to by that name; raise DecisionRefused for nobody of people.csv."""
    folder = Settings.from_environment().company.mappings
    return People(folder, as_of).assignable(name) if People.are_kept(folder) else name


def acted(by: str, login: str | None) -> str:
    """Return who decided, with who was logged in where that is another name."""
    return f"{by} (login {login})" if login else by


def _named(named: str | None) -> str:
    user = (named or getpass.getuser()).strip()
    if not user:
        raise click.ClickException("nobody acts without a name: say --user, or set FINANCE_USER")
    return user


def list_exceptions(wanted: Filter, user: str | None, as_json: bool) -> None:
    """List the work queue."""
    me = _named(user)
    with _store() as (store, _):
        night = store.queue_night()
        found = [dict(row) for row in store.exceptions()]
    _require_type(wanted.kind, {row["type"] for row in found})
    chosen = [row for row in found if wanted.takes(row, me)]
    chosen.sort(key=lambda row: row["amount_at_risk_group"] or Decimal(0), reverse=True)
    as_of = night["as_of"] if night else None
    for row in chosen:
        row["age_days"] = (as_of - row["first_seen"]).days if as_of else None
        row["is_overdue"] = row["status"] in OPEN_STATUSES and row["sla_status"] == "breached"
    if as_json:
        click.echo(to_json(chosen))
        return
    [*currencies] = {row["group_currency"] for row in chosen if row["group_currency"]}
    at_risk = " ".join(("at risk", *currencies[:1]))
    columns = ("id", "type", "what", "entity", at_risk, "severity", "whose", "status", "due")
    title = f"{len(chosen)} exceptions" + (f" as of {as_of}" if as_of else "")
    show(table(title, columns, [_listed(row) for row in chosen]))
    if chosen:
        tell("\nLook at one   finance exceptions show ID")
    elif night is None:
        tell("No night has filled the queue yet: start with `finance run`.")


def _require_type(kind: str | None, seen: set[str]) -> None:
    """Fail when there is no type of that name: an empty list would look like nothing to do."""
    with (DBT_PROJECT / "seeds" / "controls" / "exception_types.csv").open(newline="") as file:
        known = seen | {row["exception_type"] for row in csv.DictReader(file)}
    if kind is not None and kind not in known:
        raise click.ClickException(f"there is no type of exception '{kind}'" + did_you_mean(kind, sorted(known)))


def show_exception(exception_id: str, as_json: bool) -> None:
    """Show everything about one exception that its owner needs."""
    with _store() as (store, data_dir):
        row = dict(store.exception(exception_id))
        history = _history(store, row["exception_id"])
        night = store.queue_night()
    compared, gaps, customers, is_published = _evidence(data_dir, row)
    allowed = allowed_decisions(row)
    keys = GapKeys(Settings.from_environment()).of(row["type"], row["natural_key"])
    if as_json:
        evidence = {
            "compared": compared,
            "gaps": gaps,
            "customers": customers,
            "mapping_keys": [asdict(key) for key in keys],
        }
        click.echo(to_json({"exception": row, **evidence, "history": history, "allowed": allowed}))
        return
    tell(f"\n[bold]{escape(row['description'] or row['type'])}[/]")
    show(_facts(row))
    # Records of customers are compared as they are; as items of a reconciliation they have no amounts.
    for item in () if customers else compared:
        show(_sides(item))
    if gaps:
        show(table("Where it shows", list(gaps[0]), [list(gap.values()) for gap in gaps]))
    if customers:
        show(side_by_side(customers))
    if not compared and not gaps:
        tell(f"\n{without_documents(row, is_published)}")
    tell(f"\n[bold]Next step[/]  {escape(_next_step(row, history))}")
    if row["status"] in OPEN_STATUSES:
        _tell_mappings(row, keys)
    show(history_table(history))
    tell("\n[bold]How to go on[/]")
    as_of = max(night["as_of"], latest_news(row))
    for name in allowed:
        tell("  " + escape(typed(row, name, as_of)))
    tell("")


def _tell_mappings(row: Mapping[str, Any], keys: Sequence[GapKey]) -> None:
    """Say, key by key, how the mapping stands that closes a gap, and how it goes on."""
    for key in keys:
        amount = (
            "" if key.amount_group is None else f", {cell(key.amount_group)} {row['group_currency'] or ''}".rstrip()
        )
        tell(escape(f"  {key.key}{amount}: {key.standing or 'nobody has proposed anything'}"))
        if key.command:
            tell(escape(f"    {key.command}"))
        if key.standing is None and key.suggestions:
            likely = ", ".join(
                f"{each['member']} ({each['like_name']}, {each['likeness']})" for each in key.suggestions
            )
            tell(escape(f"    may be {likely}; of 1"))
    if row["type"] == "mapping_not_used":
        standing, command = told_of_row(Settings.from_environment(), row["natural_key"]) or (None, None)
        for line in filter(None, (standing, command)):
            tell(escape(f"  {line}"))


def show_history(exception_id: str, as_json: bool) -> None:
    """Show everything that happened to an exception."""
    with _store() as (store, _):
        history = _history(store, store.exception(exception_id)["exception_id"])
    if as_json:
        click.echo(to_json(history))
        return
    show(history_table(history))


def decide(
    exception_id: str, user: str | None, take: Callable[[Mapping[str, Any], date, str], Decision], as_json: bool
) -> None:
    """Take a decision in the user's name and show what has become of the exception."""
    by = current_user(user)
    with _store() as (store, _):
        row = dict(store.decide(exception_id, lambda before, as_of: take(before, as_of, by)))
        event = store.exception_history(row["exception_id"])[-1]["event"]
    if as_json:
        click.echo(to_json(row))
        return
    named = f"{row['exception_id'][:ID_SHOWN]} {row['type']}"
    click.echo(f"{named} is {_standing(row)}; recorded for {by}, as of {row['decided_as_of']}.")
    if event in _FOR_AN_ASSIGNEE and not is_same_person(row["assignee"], by):
        click.echo(f"It is assigned to {row['assignee']}, not to {by}: both are in its history.")
    click.echo(f"{_what_follows(row)}")


def _standing(row: Mapping[str, Any]) -> str:
    if is_waiver_asked_for(row):
        return f"{_in_hands(row)}, with a waiver until {row['waiver_until']} asked for"
    if row["status"] == "waived":
        return f"waived until {row['waiver_until']}"
    return _in_hands(row) if row["status"] in OPEN_STATUSES and row["assignee"] else row["status"]


def _in_hands(row: Mapping[str, Any]) -> str:
    return f"{'' if row['status'] == 'assigned' else row['status'] + ', '}assigned to {row['assignee']}"


def _next_step(row: Mapping[str, Any], history: list[dict[str, Any]]) -> str:
    """What its owner does next; of what nobody has to work, why."""
    if row["status"] == "waived":
        by = f"asked for by {row['waiver_requested_by']}, approved by {row['waiver_approved_by']}"
        return f"Nothing until {row['waiver_until']}: it is waived, {by}."
    if row["status"] == "cleared":
        run = next(line["run_id"] for line in reversed(history) if line["event"] == "cleared")
        return f"Nothing: the night of {row['cleared_as_of']} (run {run[:ID_SHOWN]}) no longer found it."
    if row["status"] == "resolved":
        return "Nothing: the next night clears it, or reopens it if the data still shows it."
    return row["next_step"] or "see the description"


def _what_follows(row: Mapping[str, Any]) -> str:
    short = row["exception_id"][:ID_SHOWN]
    if is_waiver_asked_for(row):
        return f"Next: somebody else approves it (finance exceptions approve {short}) or rejects it."
    if row["status"] in OPEN_STATUSES and row["assignee"]:
        return f'Next: {row["next_step"] or "work it"} Then: finance exceptions resolve {short} --reason "…"'
    follows = {
        "resolved": "Next: the next night clears it, or reopens it if the data still shows it.",
        "waived": f"Next: nothing until {row['waiver_until']}; after that it is reopened if the data still shows it.",
    }
    return follows.get(row["status"], f"Look at it: finance exceptions show {short}")


def _listed(row: Mapping[str, Any]) -> tuple[Any, ...]:
    mark = _SLA_MARKS.get(row["sla_status"] or "", "") if row["status"] in OPEN_STATUSES else ""
    due = f"{row['due_date']} {mark}".strip() if row["due_date"] else None
    status = f"{row['status']} (waiver asked for)" if is_waiver_asked_for(row) else row["status"]
    return (
        row["exception_id"][:ID_SHOWN],
        row["type"],
        row["natural_key"],
        row["entity_code"],
        row["amount_at_risk_group"],
        row["severity"],
        row["assignee"] or row["owner"],
        status,
        due,
    )


def _facts(row: Mapping[str, Any]) -> Any:
    amount = f"{cell(row['amount_transaction'])} {row['transaction_currency'] or ''}".strip()
    at_risk = (
        f"{cell(row['amount_at_risk_group'])} {row['group_currency'] or ''}"
        if row["amount_at_risk_group"] is not None
        else "not valued"
    )
    late = {"breached": " (overdue)", "warned": " (due soon)"}.get(row["sla_status"] or "", "")
    facts = {
        "id": row["exception_id"],
        "type": row["type"],
        "key": row["natural_key"],
        "entity": row["entity_code"] or "several, or none",
        "month": row["period_month"],
        "amount": amount or "none",
        "at risk": at_risk,
        "severity": row["severity"],
        "status": _standing(row),
        "owner": row["owner"] or "nobody: add a row to the company's owners.csv",
        "assignee": row["assignee"] or "nobody",
        "found": f"first {row['first_seen']}, last {row['last_seen']}",
        "due": f"{row['due_date']}{late if row['status'] in OPEN_STATUSES else ''}" if row["due_date"] else None,
        "resolution": row["resolution"],
        "waiver": _waiver(row),
        "cleared": f"as of {row['cleared_as_of']}" if row["cleared_as_of"] else None,
    }
    return table("", ("", ""), [(name, str(value)) for name, value in facts.items() if value is not None])


def _waiver(row: Mapping[str, Any]) -> str | None:
    if row["waiver_requested_by"] is None:
        return None
    answer = f"approved by {row['waiver_approved_by']}" if row["waiver_approved_by"] else "waits for an approver"
    return f"until {row['waiver_until']}, asked for by {row['waiver_requested_by']}, {answer}: {row['waiver_reason']}"


def _sides(item: Mapping[str, Any]) -> Any:
    title = f"{item['reconciliation_name']}: {item['outcome']}, {item['cause']}"
    rows = []
    for side in ("left", "right"):
        there = item[f"{side}_key"] is not None
        rows.append(
            (
                item[f"{side}_title"] or side,
                item[f"{side}_key"] or "not there",
                item[f"{side}_instance"],
                item[f"{side}_date"],
                item[f"{side}_amount"] if there else None,
                item["currency_code"] if there else None,
                item[f"{side}_load_id"],
            )
        )
    rows.append(("difference", "", "", "", item["amount_difference"], item["currency_code"], ""))
    return table(title, ("", "key", "instance", "date", "amount", "", "load"), rows)


def _history(store: ControlStore, exception_id: str) -> list[dict[str, Any]]:
    return [dict(row) for row in store.exception_history(exception_id)]


def history_table(history: list[dict[str, Any]], title: str = "History") -> Any:
    """Return everything that happened to an exception as a table."""
    columns = ("as of", "what", "who", "from", "to", "why", "run", "recorded (UTC)")
    rows = [
        (
            line["as_of"],
            line["event"],
            acted(line["changed_by"], line["login"]),
            line["from_status"],
            line["to_status"],
            _why(line),
            line["run_id"][:ID_SHOWN],
            f"{line['changed_at']:%Y-%m-%d %H:%M}",
        )
        for line in history
    ]
    return table(title, columns, rows)


def _why(line: Mapping[str, Any]) -> str:
    """Why a line of history is there: the reason that was given, and what has changed."""
    changes = ", ".join(
        f"{name}: {before or '–'} → {after or '–'}" for name, (before, after) in line["changes"].items()
    )
    return "; ".join(part for part in (line["reason"], changes) if part)


def _evidence(data_dir: DataDir, row: Mapping[str, Any]) -> tuple[list[Any], list[Any], list[Any], bool]:
    """What is published of it: items of a reconciliation, gaps in mappings, customers; whether it is there at all."""
    if not data_dir.published_file.exists():
        return [], [], [], False
    named = {"type": row["type"], "key": row["natural_key"]}
    with duckdb.connect(str(data_dir.published_file), read_only=True) as connection:
        return (
            _published(connection, _COMPARED, list(named.values())),
            _published(connection, _GAPS, list(named.values())),
            _published(connection, NAMED_CUSTOMERS, {"key": named["key"]}),
            bool(_published(connection, IS_PUBLISHED, named)),
        )


def _published(connection: duckdb.DuckDBPyConnection, query: str, parameters: Any) -> list[dict[str, Any]]:
    try:
        return records(connection, query, parameters)
    except (duckdb.BinderException, duckdb.CatalogException):
        # A publication of an earlier version, or of another company's models, has not got these tables.
        return []


@contextmanager
def _store() -> Iterator[tuple[ControlStore, DataDir]]:
    settings = Settings.from_environment()
    with closing(settings.open_store()) as store:
        yield store, settings.data_dir
