"""Shows the manual adjustments and takes people's decisions on them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import date
from decimal import Decimal
from typing import Any

import click

from finance_assets.cli.decide_mappings import declared_columns
from finance_assets.cli.published import ask
from finance_assets.cli.queue import current_user
from finance_assets.cli.tables import show, table
from finance_assets.control.decisions import DecisionRefused
from finance_assets.control.periods import SIGNED_STATUSES, Period
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
# What the file says of journals that no publication has, on the balances of the month's last day. It ends with the
# fiscal year: what becomes of a result then is the night's to say.
_EFFECT_TO_COME = """
    with lines as (
        select unnest($lines, recursive := true)
    ),

    months as (
        select periods.*
        from canonical.dim_entities as entities
        inner join canonical.dim_fiscal_periods as periods using (fiscal_calendar)
        where entities.entity_code = $entity and not periods.is_special
    ),

    balances as (
        select ledger_code, group_account_code, arg_max(amount_closing_adjusted_local, (fiscal_year, fiscal_period))
            as amount_closing
        from marts.mart_close__adjusted_balances
        where entity_code = $entity and calendar_month = $month
        group by all
    )

    select lines.adjustment_code, lines.ledger_code, lines.group_account_code, lines.local_currency, lines.approved_by,
        lines.proposed_by, coalesce(balances.amount_closing, 0) as amount_closing_published,
        cast(lines.amount_local as decimal(28, 4)) as amount_adjustment,
        amount_closing_published + amount_adjustment as amount_closing_to_come
    from lines
    inner join months as wanted
        on
            wanted.calendar_month = $month
            and cast(lines.valid_from as date) <= wanted.period_end_date
            and cast(lines.valid_to as date) > wanted.period_end_date
    inner join months as posted
        on
            cast(lines.valid_from as date) between posted.period_start_date and posted.period_end_date
            and posted.fiscal_year = wanted.fiscal_year
    left join balances
        on lines.ledger_code = balances.ledger_code and lines.group_account_code = balances.group_account_code
    where lines.adjustment_code not in (select adjustment_code from canonical.fct_adjustment_lines)
    order by lines.adjustment_code, cast(lines.line_number as integer)
"""
_MONTHS = """
    select periods.calendar_month
    from canonical.dim_entities as entities
    inner join canonical.dim_fiscal_periods as periods using (fiscal_calendar)
    where entities.entity_code = $entity and not periods.is_special
        and $day between periods.period_start_date and periods.period_end_date
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
    _tell_proposed(settings, rows, by)


def reverse(code: str, user: str | None, reason: str, as_json: bool) -> None:
    """Propose the journal that takes an approved one back."""
    by, settings = current_user(user), Settings.from_environment()
    rows = _file(settings).reverse(code, by, reason)
    _record(settings, rows[0]["adjustment_code"], "proposed", by, reason, rows)
    if as_json:
        click.echo(to_json(rows))
        return
    _tell_proposed(settings, rows, by)


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
    _warn_of_signatures(settings, rows[0])
    _tell_effect_command(settings, rows[0])


def reject(code: str, user: str | None, reason: str, as_json: bool) -> None:
    """Take the journal back out of the file."""
    by, settings = current_user(user), Settings.from_environment()
    rows = _file(settings).reject(code)
    _record(settings, code, "rejected", by, reason, rows)
    click.echo(to_json(rows) if as_json else f"Adjustment {code} of {rows[0]['proposed_by']} is rejected.")


def show_effect(entity: str, month: date, as_json: bool) -> None:
    """Show the balances that adjustments change, with and without."""
    settings = Settings.from_environment()
    found = ask(settings, _EFFECT, entity=entity, month=month)
    lines = [row for row in _file(settings).rows() if row["entity_code"] == entity]
    to_come = ask(settings, _EFFECT_TO_COME, entity=entity, month=month, lines=lines) if lines else []
    if as_json:
        click.echo(to_json({"published": found, "to_come": to_come}))
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
    if rows:
        show(table(f"{entity} in {month:%Y-%m}: balances that adjustments change, debit > 0", columns, rows))
    else:
        click.echo(f"Adjustments change no published balance of {entity} in {month:%Y-%m}.")
    if to_come:
        columns = ("adjustment", "ledger", "account", "published", "adjustment", "then", "", "")
        show(table("Not yet in the figures", columns, [_to_come(row) for row in to_come]))
        click.echo("What is approved is in the figures from the next night on that is of its day or later.")


def _to_come(row: Mapping[str, Any]) -> tuple[Any, ...]:
    standing = f"approved by {row['approved_by']}" if row["approved_by"] else "nobody has approved it"
    names = (
        "adjustment_code", "ledger_code", "group_account_code", "amount_closing_published", "amount_adjustment",
        "amount_closing_to_come", "local_currency",
    )  # fmt: skip
    return (*(row[name] for name in names), standing)


def _tell_proposed(settings: Settings, rows: Sequence[Mapping[str, str]], by: str) -> None:
    first = rows[0]
    code = first["adjustment_code"]
    total = sum((amount for row in rows if (amount := Decimal(row["amount_local"])) > 0), Decimal(0))
    click.echo(
        f"Adjustment {code} of {first['entity_code']}, {total:,.2f} {first['local_currency']} in {len(rows)} lines, "
        f"is proposed by {by}."
    )
    _warn_of_signatures(settings, first)
    _tell_effect_command(settings, first)
    click.echo(f"Next: somebody else approves it (finance adjustments approve {shlex.quote(code)}) or rejects it.")


def _tell_effect_command(settings: Settings, row: Mapping[str, str]) -> None:
    for month in _months(settings, row["entity_code"], row["valid_from"]):
        click.echo(f"See what it changes: finance adjustments effect {row['entity_code']} {month:%Y-%m}")


def _warn_of_signatures(settings: Settings, row: Mapping[str, str]) -> None:
    """Say which signed months the adjustment changes: the one it is posted in, and the one it is taken back in."""
    with closing(settings.open_store()) as store:
        signed = {state.period: state for state in store.period_states() if state.status in SIGNED_STATUSES}
    for name, done in (("valid_from", "posts it"), ("valid_to", "takes it back")):
        for month in _months(settings, row["entity_code"], row[name]):
            state = signed.get(Period(row["entity_code"], "GL", month))
            if state:
                by = f"closed by {state.approved_by}" if state.approved_by else f"signed by {state.signed_by}"
                click.echo(
                    f"{row['entity_code']} {month:%Y-%m} GL is {by}: the night that {done} takes that signature away."
                )


def _months(settings: Settings, entity: str, day: str) -> list[date]:
    """The month of the entity's books that the day is in, or none."""
    found = ask(settings, _MONTHS, entity=entity, day=date.fromisoformat(day))
    return [row["calendar_month"] for row in found]


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
