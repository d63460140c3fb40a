"""Shows the manual adjustments and takes people's decisions on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import date
from decimal import Decimal

import click

from finance_assets.cli.decide_mappings import declared_columns
from finance_assets.cli.published import ask
from finance_assets.cli.queue import current_user
from finance_assets.cli.tables import show, table
from finance_assets.control.decisions import DecisionRefused
from finance_assets.lib.mapping_files import AdjustmentFile
from finance_assets.lib.report import to_json
from finance_assets.lib.settings import Settings

_BOOKS = """
    select distinct ledger_code, local_currency from canonical.fct_trial_balances where entity_code = $entity order by 1
"""
_ACCOUNTS = """
    select group_account_code from canonical.map_group_accounts where $day >= valid_from and $day < valid_to
"""
_EFFECT = """
    select ledger_code, fiscal_year, fiscal_period, group_account_code, group_account_name, local_currency,
        amount_closing_local, amount_closing_adjustment_local, amount_closing_adjusted_local
    from marts.mart_close__adjusted_balances
    where entity_code = $entity and calendar_month = $month
        and (amount_period_adjustment_local <> 0 or amount_closing_adjustment_local <> 0)
    order by all
"""


def show_adjustments(as_json: bool) -> None:
    """List every line of every adjustment."""
    rows = _file(Settings.from_environment()).rows()
    if as_json:
        click.echo(to_json(rows))
        return
    listed = [
        (
            row["adjustment_code"],
            row["entity_code"],
            row["ledger_code"],
            row["group_account_code"],
            Decimal(row["amount_local"]),
            row["local_currency"],
            row["valid_from"],
            row["valid_to"],
            row["proposed_by"],
            row["approved_by"] or "nobody yet",
            row["reason"],
        )
        for row in rows
    ]
    columns = (
        "adjustment", "entity", "ledger", "account", "amount", "", "posted", "taken back", "proposed by",
        "approved by", "why",
    )  # fmt: skip
    show(table(f"{len({row['adjustment_code'] for row in rows})} adjustments", columns, listed))


def propose(
    code: str,
    entity: str,
    ledger: str,
    lines: Sequence[tuple[str, Decimal]],
    days: tuple[date, date],
    user: str | None,
    reason: str,
    as_json: bool,
) -> None:
    """Propose a journal on the books of an entity as they are published."""
    by, settings = current_user(user), Settings.from_environment()
    header = {"entity_code": entity, "ledger_code": ledger, "local_currency": _currency(settings, entity, ledger)}
    _require_accounts(settings, [account for account, _ in lines], days[0])
    rows = _file(settings).propose(code, header, lines, days, by, reason)
    _record(settings, code, "proposed", by, reason, rows)
    if as_json:
        click.echo(to_json(rows))
        return
    total = sum((amount for _, amount in lines if amount > 0), Decimal(0))
    click.echo(
        f"Adjustment {code} of {entity}, {total:,.2f} {header['local_currency']} in {len(rows)} lines, is proposed by "
        f"{by}.\nNext: somebody else approves it (finance adjustments approve {code}) or rejects it."
    )


def approve(code: str, user: str | None, as_json: bool) -> None:
    """Approve the journal."""
    by, settings = current_user(user), Settings.from_environment()
    rows = _file(settings).approve(code, by)
    _record(settings, code, "approved", by, rows[0]["reason"], rows)
    if as_json:
        click.echo(to_json(rows))
        return
    click.echo(
        f"Adjustment {code} counts from the next night on: posted on {rows[0]['valid_from']}, taken back on "
        f"{rows[0]['valid_to']}."
    )


def reject(code: str, user: str | None, reason: str, as_json: bool) -> None:
    """Take the journal back out of the file."""
    by, settings = current_user(user), Settings.from_environment()
    rows = _file(settings).reject(code)
    _record(settings, code, "rejected", by, reason, rows)
    click.echo(to_json(rows) if as_json else f"Adjustment {code} of {rows[0]['proposed_by']} is rejected.")


def show_effect(entity: str, month: date, as_json: bool) -> None:
    """Show the balances that adjustments change, with and without."""
    found = ask(Settings.from_environment(), _EFFECT, entity=entity, month=month)
    if as_json:
        click.echo(to_json(found))
        return
    rows = [
        (
            row["ledger_code"],
            f"{row['fiscal_year']}/{row['fiscal_period']:02}",
            f"{row['group_account_code']} {row['group_account_name'] or ''}",
            row["amount_closing_local"],
            row["amount_closing_adjustment_local"],
            row["amount_closing_adjusted_local"],
            row["local_currency"],
        )
        for row in found
    ]
    columns = ("ledger", "period", "account", "without", "adjustments", "with", "")
    show(table(f"{entity} in {month:%Y-%m}: balances that adjustments change, debit > 0", columns, rows))


def _currency(settings: Settings, entity: str, ledger: str) -> str:
    """The currency of the entity's books; raise DecisionRefused when it keeps none in this ledger."""
    books = {row["ledger_code"]: row["local_currency"] for row in ask(settings, _BOOKS, entity=entity)}
    if not books:
        raise DecisionRefused(f"entity {entity} keeps no books here")
    if ledger not in books:
        raise DecisionRefused(f"entity {entity} keeps no ledger {ledger}; it keeps {', '.join(books)}")
    return books[ledger]


def _require_accounts(settings: Settings, accounts: Sequence[str], day: date) -> None:
    known = {row["group_account_code"] for row in ask(settings, _ACCOUNTS, day=day)}
    if unknown := [account for account in accounts if account not in known]:
        raise DecisionRefused(f"the group chart has no account {', '.join(unknown)} on {day}")


def _file(settings: Settings) -> AdjustmentFile:
    return AdjustmentFile(settings.company.mappings, declared_columns(settings, AdjustmentFile.name))


def _record(settings: Settings, code: str, event: str, by: str, reason: str, rows: Sequence[Mapping[str, str]]) -> None:
    """One line of history per row of the journal: the history holds rows."""
    with closing(settings.open_store()) as store:
        for row in rows:
            store.record_mapping_decision(AdjustmentFile.name, code, event, by, reason, row)
