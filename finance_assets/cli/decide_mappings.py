"""Shows the gaps in the mappings and takes people's decisions on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import date
from decimal import Decimal
from typing import Any

import click

from dlt_sources.strict_yaml import did_you_mean
from finance_assets.cli.published import ask
from finance_assets.cli.queue import current_user
from finance_assets.cli.tables import show, table
from finance_assets.lib.mapping_files import KINDS, AdjustmentFile, Kind, MappingFile
from finance_assets.lib.report import to_json
from finance_assets.lib.settings import Settings
from finance_assets.lib.transform import Dbt
from finance_assets.lib.warehouse import MAPPINGS_SCHEMA

# A mapping without a first day of its own: the group has no postings before.
ALWAYS = date(2000, 1, 1)
_GAPS = """
    with suggested as (
        select exception_type, natural_key,
            list(struct_pack(member := member_code, like_name := like_name, likeness := cast(likeness as varchar))
                order by suggestion_rank) as suggestions
        from marts.mart_control__mapping_suggestions group by all
    )

    select exceptions.exception_id, exceptions.exception_type, exceptions.natural_key, exceptions.description,
        exceptions.owner, exceptions.amount_at_risk_group, exceptions.group_currency,
        coalesce(suggested.suggestions, []) as suggestions
    from marts.mart_control__exceptions as exceptions
    left join suggested using (exception_type, natural_key)
    where exceptions.exception_type in (select unnest($gaps))
    order by exceptions.amount_at_risk_group desc nulls last, exceptions.natural_key
"""
_MOVES = """
    select entity_code, period_month, member_code as moves_from, currency_code, sum(amount) as amount
    from marts.mart_control__mapped_amounts
    where mapping_name = $mapping and mapping_key = $key and member_code <> $member
        and period_month >= date_trunc('month', $since) and ($until is null or period_month < $until)
    group by all
    order by entity_code, period_month, currency_code
"""


def show_gaps(as_json: bool) -> None:
    """List what is unmapped, with its money and the likeliest members."""
    names = {kind.gap: kind.name for kind in KINDS.values() if kind.gap}
    gaps = [
        {"mapping": names[row["exception_type"]], **row}
        for row in ask(Settings.from_environment(), _GAPS, gaps=list(names))
    ]
    if as_json:
        click.echo(to_json(gaps))
        return
    rows = [
        (
            gap["mapping"],
            gap["natural_key"],
            gap["amount_at_risk_group"],
            gap["group_currency"],
            ", ".join(f"{each['member']} ({each['like_name']})" for each in gap["suggestions"]),
            gap["owner"],
        )
        for gap in gaps
    ]
    show(table(f"{len(gaps)} gaps", ("mapping", "key", "at risk", "", "may be", "whose"), rows))
    if gaps:
        click.echo('\nPropose one   finance mappings propose MAPPING KEY --to MEMBER --reason "…"\n')


def show_pending(as_json: bool) -> None:
    """List the proposals that wait for an approval."""
    settings = Settings.from_environment()
    files = [_file(settings, kind) for kind in KINDS.values()]
    pending = [{"mapping": file.kind.name, "key": file.key_of(row), **row} for file in files for row in file.pending()]
    if as_json:
        click.echo(to_json(pending))
        return
    rows = [
        (
            row["mapping"],
            row["key"],
            row[KINDS[row["mapping"]].member],
            row["valid_from"],
            row["proposed_by"],
            row["reason"],
        )
        for row in pending
    ]
    show(table(f"{len(pending)} proposals", ("mapping", "key", "to", "from", "proposed by", "why"), rows))
    if pending:
        click.echo("\nLook at one   finance mappings preview MAPPING KEY\n")


def propose(
    mapping: str,
    key: str,
    member: str,
    valid_from: date | None,
    others: Sequence[str],
    user: str | None,
    reason: str,
    as_json: bool,
) -> None:
    """Propose a row and show what it would move."""
    by, settings = current_user(user), Settings.from_environment()
    file = _file(settings, _kind(mapping))
    row = file.propose(key, member, by, reason, valid_from or ALWAYS, _columns(others))
    _record(settings, mapping, key, "proposed", by, reason, row)
    if as_json:
        click.echo(to_json(row))
        return
    click.echo(f"{mapping} {key} is proposed to be {member} by {by}.")
    _show_moves(_moves(mapping, key, row), row[_kind(mapping).member])
    click.echo(f'Next: somebody else approves it (finance mappings approve {mapping} "{key}") or rejects it.')


def preview(mapping: str, key: str, as_json: bool) -> None:
    """Show what the proposal of the key moves."""
    kind = _kind(mapping)
    [proposal] = _file(Settings.from_environment(), kind).proposal(key)
    moves = _moves(mapping, key, proposal)
    if as_json:
        click.echo(to_json({"proposal": proposal, "moves": moves}))
        return
    _show_moves(moves, proposal[kind.member])


def approve(mapping: str, key: str, user: str | None, as_json: bool) -> None:
    """Approve the proposal of the key."""
    by, settings = current_user(user), Settings.from_environment()
    [row] = _file(settings, _kind(mapping)).approve(key, by)
    _record(settings, mapping, key, "approved", by, row["reason"], row)
    if as_json:
        click.echo(to_json(row))
        return
    click.echo(
        f"{mapping} {key} is {row[_kind(mapping).member]} from {row['valid_from']}; it counts from the next night on."
    )


def reject(mapping: str, key: str, user: str | None, reason: str, as_json: bool) -> None:
    """Take the proposal of the key back out of the file."""
    by, settings = current_user(user), Settings.from_environment()
    [row] = _file(settings, _kind(mapping)).reject(key)
    _record(settings, mapping, key, "rejected", by, reason, row)
    click.echo(to_json(row) if as_json else f"{mapping} {key}: the proposal of {row['proposed_by']} is rejected.")


def show_history(as_json: bool) -> None:
    """Show every decision on a mapping."""
    with closing(Settings.from_environment().open_store()) as store:
        decisions = [dict(row) for row in store.mapping_decisions()]
    if as_json:
        click.echo(to_json(decisions))
        return
    rows = [
        (
            f"{row['decided_at']:%Y-%m-%d %H:%M}",
            row["mapping"],
            row["mapping_key"],
            row["event"],
            _decided(row["mapping"], row["row"]),
            row["decided_by"],
            row["reason"],
        )
        for row in decisions
    ]
    show(table("Decisions on mappings", ("recorded (UTC)", "mapping", "key", "what", "to", "who", "why"), rows))


def _decided(mapping: str, row: Mapping[str, str]) -> str:
    """What the decision was about: the member, or the line of an adjustment."""
    if mapping == AdjustmentFile.name:
        return f"{row['group_account_code']} {row['amount_local']} {row['local_currency']}"
    return row[KINDS[mapping].member]


def _show_moves(moves: Sequence[Mapping[str, Any]], member: str) -> None:
    if not moves:
        click.echo("\nNothing that is published moves.")
        return
    rows = [
        (
            row["entity_code"],
            f"{row['period_month']:%Y-%m}",
            row["moves_from"],
            member,
            row["amount"],
            row["currency_code"],
        )
        for row in moves
    ]
    show(table("What moves", ("entity", "month", "from", "to", "amount", ""), rows))
    sums: dict[str, Decimal] = {}
    for row in moves:
        sums[row["currency_code"]] = sums.get(row["currency_code"], Decimal(0)) + row["amount"]
    click.echo("Together " + ", ".join(f"{amount:,.2f} {currency}" for currency, amount in sorted(sums.items())))


def _moves(mapping: str, key: str, row: Mapping[str, str]) -> list[dict[str, Any]]:
    return ask(
        Settings.from_environment(),
        _MOVES,
        mapping=mapping,
        key=key,
        member=row[_kind(mapping).member],
        since=date.fromisoformat(row["valid_from"]),
        until=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
    )


def declared_columns(settings: Settings, name: str) -> Callable[[], Sequence[str]]:
    """Return what tells the columns that dbt reads of a file of the company; it is asked only for a new file."""
    return lambda: Dbt(settings.company, settings.data_dir).manifest().source_columns(MAPPINGS_SCHEMA)[name]


def _file(settings: Settings, kind: Kind) -> MappingFile:
    return MappingFile(settings.company.mappings, kind, declared_columns(settings, kind.name))


def _kind(mapping: str) -> Kind:
    if mapping not in KINDS:
        raise click.ClickException(f"there is no mapping '{mapping}'" + did_you_mean(mapping, list(KINDS)))
    return KINDS[mapping]


def _columns(given: Sequence[str]) -> dict[str, str]:
    columns = {}
    for each in given:
        name, separator, value = each.partition("=")
        if not separator:
            raise click.ClickException(f"'{each}' is not COLUMN=VALUE")
        columns[name] = value
    return columns


def _record(
    settings: Settings, mapping: str, key: str, event: str, by: str, reason: str | None, row: Mapping[str, str]
) -> None:
    with closing(settings.open_store()) as store:
        store.record_mapping_decision(mapping, key, event, by, reason, row)
