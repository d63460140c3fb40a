"""Shows the gaps in the mappings and takes people's decisions on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

import click

from dlt_sources.strict_yaml import did_you_mean
from finance_assets.cli.gap_keys import OF_A_GAP, GapKeys
from finance_assets.cli.published import ask
from finance_assets.cli.queue import current_user
from finance_assets.cli.tables import show, table
from finance_assets.lib.mapping_files import KINDS, AdjustmentFile, Kind, MappingFile, code, is_withdrawn
from finance_assets.lib.report import to_json
from finance_assets.lib.settings import Settings
from finance_assets.lib.transform import Dbt
from finance_assets.lib.warehouse import MAPPINGS_SCHEMA

# A mapping without a first day of its own: the group has no postings before.
ALWAYS = date(2000, 1, 1)
_GAPS = """
    select exception_id, exception_type, natural_key, description, owner, amount_at_risk_group, group_currency
    from marts.mart_control__exceptions
    where exception_type in (select unnest($gaps))
    order by amount_at_risk_group desc nulls last, natural_key
"""
# Names and numbers alike: what somebody meant by a key that no record has.
_RECORDS = """
    select mapping_key, key_name, mapping_key = $key as is_it
    from marts.mart_control__mapping_keys
    where mapping_name = $mapping
    order by is_it desc, jaro_winkler_similarity(lower(mapping_key), lower($key)) desc, mapping_key
    limit 3
"""
_MEMBERS = """
    select member_code,
        member_code = case when $mapping in ('entities', 'territories') then $member else $code end as is_it
    from marts.mart_control__mapping_members
    where mapping_name = $mapping
    order by is_it desc, jaro_winkler_similarity(lower(member_code), lower($member)) desc, member_code
    limit 3
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
    """List what is unmapped, key by key, with its money, the likeliest members and what is proposed already."""
    settings = Settings.from_environment()
    keys = GapKeys(settings)
    gaps = [
        {**row, **asdict(key), "amount_at_risk_group": key.amount_group or row["amount_at_risk_group"]}
        for row in ask(settings, _GAPS, gaps=list(OF_A_GAP))
        for key in keys.of(row["exception_type"], row["natural_key"])
    ]
    if as_json:
        click.echo(to_json(gaps))
        return
    rows = [
        (
            gap["mapping"],
            gap["key"],
            gap["amount_at_risk_group"],
            gap["group_currency"],
            gap["standing"]
            or ", ".join(f"{each['member']} ({each['like_name']}, {each['likeness']})" for each in gap["suggestions"]),
            gap["owner"],
        )
        for gap in gaps
    ]
    show(
        table(f"{len(gaps)} gaps", ("mapping", "key", "at risk", "", "how it stands, or may be (of 1)", "whose"), rows)
    )
    commands = {gap["command"]: None for gap in gaps if gap["command"]}
    if commands:
        click.echo("\nGo on")
        click.echo("".join(f"  {command}\n" for command in commands))


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
            _decided(row["mapping"], row),
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
    is_ahead: bool,
    as_json: bool,
) -> None:
    """Propose a row and show what it would move; one that no record or member is there for only ahead of the data."""
    by, settings = current_user(user), Settings.from_environment()
    kind, columns = _kind(mapping), _columns(others)
    file = _file(settings, kind)
    if not is_ahead:
        _require_records(settings, kind, key)
        _require_member(settings, kind, key, {**columns, kind.member: member})
    row = file.propose(key, member, by, reason, valid_from or ALWAYS, columns)
    _record(settings, mapping, key, "proposed", by, reason, row)
    if as_json:
        click.echo(to_json(row))
        return
    click.echo(f"{mapping} {key} is proposed to be {member} by {by}.")
    _show_moves(_moves(mapping, key, row), row[kind.member])
    click.echo(f'Next: somebody else approves it (finance mappings approve {mapping} "{key}") or rejects it.')


def withdraw(mapping: str, key: str, first_day: date | None, user: str | None, reason: str, as_json: bool) -> None:
    """Propose to take back what holds for the key."""
    by, settings = current_user(user), Settings.from_environment()
    row = _file(settings, _kind(mapping)).withdraw(key, by, reason, first_day)
    _record(settings, mapping, key, "proposed", by, reason, row)
    if as_json:
        click.echo(to_json(row))
        return
    click.echo(f"{mapping} {key} is proposed to be withdrawn from {row['valid_from']} on by {by}.")
    click.echo(f'Next: somebody else approves it (finance mappings approve {mapping} "{key}") or rejects it.')


def preview(mapping: str, key: str, as_json: bool) -> None:
    """Show what the proposal of the key moves."""
    kind = _kind(mapping)
    [proposal] = _file(Settings.from_environment(), kind).proposal(key)
    moves = _moves(mapping, key, proposal)
    if as_json:
        click.echo(to_json({"proposal": proposal, "moves": moves}))
        return
    _show_moves(moves, _moves_to(kind, proposal))


def approve(mapping: str, key: str, user: str | None, is_ahead: bool, as_json: bool) -> None:
    """Approve the proposal of the key; one that no record or member is there for only ahead of the data."""
    by, settings = current_user(user), Settings.from_environment()
    kind = _kind(mapping)
    file = _file(settings, kind)
    [proposal] = file.proposal(key)
    if not is_ahead and not is_withdrawn(proposal):
        _require_records(settings, kind, key)
        _require_member(settings, kind, key, proposal)
    [row] = file.approve(key, by)
    _record(settings, mapping, key, "approved", by, row["reason"], row)
    if as_json:
        click.echo(to_json(row))
        return
    what = "withdrawn" if is_withdrawn(row) else row[kind.member]
    click.echo(f"{mapping} {key} is {what} from {row['valid_from']}; it counts from the next night on.")


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
    return f"{row[KINDS[mapping].member]}, withdrawn" if is_withdrawn(row) else row[KINDS[mapping].member]


def _moves_to(kind: Kind, row: Mapping[str, str]) -> str:
    """Where the money goes: to the member, or back to where it has none."""
    return "UNMAPPED" if is_withdrawn(row) else row[kind.member]


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
    """What is published and moves; nothing where nothing has been published."""
    settings = Settings.from_environment()
    if not settings.data_dir.published_file.exists():
        return []
    ends = bool(row["valid_to"]) and not is_withdrawn(row)
    return ask(
        settings,
        _MOVES,
        mapping=mapping,
        key=key,
        member=_moves_to(_kind(mapping), row),
        since=date.fromisoformat(row["valid_from"]),
        until=date.fromisoformat(row["valid_to"]) if ends else None,
    )


def _require_records(settings: Settings, kind: Kind, key: str) -> None:
    """Fail, with the nearest, for a key that no record has; a mapping that no record names cannot be checked."""
    for mapping, record in _records_of(kind, key):
        nearest = ask(settings, _RECORDS, mapping=mapping, key=record)
        if nearest and not nearest[0]["is_it"]:
            told = ", ".join(f'"{each["mapping_key"]}"' + _in_brackets(each["key_name"]) for each in nearest)
            raise click.ClickException(
                f"{kind.name}: no record of a source is called '{record}'; the nearest are {told}. Say --ahead "
                "to map it before its data come"
            )


def _require_member(settings: Settings, kind: Kind, key: str, row: Mapping[str, str]) -> None:
    """Fail, with the nearest, for a member that nothing leads to and no source has, where the company lists none."""
    wanted = [(kind.name, kind.member)] + [("entities", name) for name in kind.needed if name == "entity_code"]
    for mapping, column in wanted:
        if not row.get(column):
            continue
        nearest = ask(settings, _MEMBERS, mapping=mapping, member=row[column].strip(), code=code(row[column]))
        if nearest and not nearest[0]["is_it"]:
            told = ", ".join(each["member_code"] for each in nearest)
            raise click.ClickException(
                f"{kind.name} {key}: nothing is {column} '{row[column]}'; the nearest are {told}. Say --ahead to be "
                "the first to use it"
            )


def _records_of(kind: Kind, key: str) -> list[tuple[str, str]]:
    """The records that a key names, each with the mapping that names it alone: those of two customers are two."""
    parts = key.split("|")
    if kind.name == "customer_separations" and len(parts) == len(kind.key):
        return [("customers", "|".join(parts[:2])), ("customers", "|".join(parts[2:]))]
    return [(kind.name, key)]


def _in_brackets(name: str | None) -> str:
    return f" ({name})" if name else ""


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
