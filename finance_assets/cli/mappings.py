"""`finance mappings …`: decisions on what a source calls something, and what help tells of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from finance_assets.cli.commands import Day, choose_company, company_options, json_option
from finance_assets.cli.exceptions import USER_VARIABLE


@click.group()
def mappings() -> None:
    """The company's mappings: what a source calls something, and what the group calls it.

    A mapping is a CSV file of the company, read every night and reviewed in git. A row counts when one person has
    proposed it and another one has approved it; until then what it is about is UNMAPPED, with its money.

    \b
      finance mappings gaps                                     what is unmapped, the money on it, what it may be
      finance mappings propose accounts "sap|CAEU|49990000" --to 410000 --reason "new revenue account"
      finance mappings pending                                  what waits for somebody else's approval
      finance mappings preview accounts "sap|CAEU|49990000"     what moves, by entity and month
      finance mappings approve accounts "sap|CAEU|49990000" --user somebody.else@example.com

    What is approved counts from the next night on, for the days from its valid_from; what held before ends there.
    """


def decision(command: object) -> object:
    """Add who decides, on which row, and for whom the answer is."""
    command = click.argument("key")(command)
    command = click.argument("mapping")(command)
    command = click.option(
        "--user", envvar=USER_VARIABLE, help=f"Who decides (default: {USER_VARIABLE}, else who is logged in)."
    )(command)
    return company_options(json_option(command))


@mappings.command("gaps")
@company_options
@json_option
def mappings_gaps(company_file: Path | None, data_dir: Path | None, as_json: bool) -> None:
    """List what has money on it and no member, the largest first, with the likeliest members."""
    choose_company(company_file, data_dir)
    from finance_assets.cli.decide_mappings import show_gaps

    show_gaps(as_json)


@mappings.command("pending")
@company_options
@json_option
def mappings_pending(company_file: Path | None, data_dir: Path | None, as_json: bool) -> None:
    """List the proposals that wait for somebody else's approval."""
    choose_company(company_file, data_dir)
    from finance_assets.cli.decide_mappings import show_pending

    show_pending(as_json)


@mappings.command("propose")
@decision
@click.option("--to", "member", required=True, help="The member it belongs to, as the group account.")
@click.option("--from", "valid_from", type=Day(), help="The first day it counts (default: for all days so far).")
@click.option("--set", "others", multiple=True, metavar="COLUMN=VALUE", help="A further column; repeatable.")
@click.option("--reason", required=True, help="Why, in a sentence; kept for good.")
def mappings_propose(
    company_file: Path | None,
    data_dir: Path | None,
    as_json: bool,
    mapping: str,
    key: str,
    user: str | None,
    member: str,
    valid_from: date | None,
    others: tuple[str, ...],
    reason: str,
) -> None:
    """Propose a row; it counts for nothing until somebody else approves it."""
    choose_company(company_file, data_dir)
    from finance_assets.cli.decide_mappings import propose

    propose(mapping, key, member, valid_from, others, user, reason, as_json)


@mappings.command("preview")
@company_options
@json_option
@click.argument("mapping")
@click.argument("key")
def mappings_preview(company_file: Path | None, data_dir: Path | None, as_json: bool, mapping: str, key: str) -> None:
    """Show what a proposal moves, by entity and month, as of the last publication."""
    choose_company(company_file, data_dir)
    from finance_assets.cli.decide_mappings import preview

    preview(mapping, key, as_json)


@mappings.command("approve")
@decision
def mappings_approve(
    company_file: Path | None, data_dir: Path | None, as_json: bool, mapping: str, key: str, user: str | None
) -> None:
    """Approve what somebody else has proposed."""
    choose_company(company_file, data_dir)
    from finance_assets.cli.decide_mappings import approve

    approve(mapping, key, user, as_json)


@mappings.command("reject")
@decision
@click.option("--reason", required=True, help="Why; kept for good.")
def mappings_reject(
    company_file: Path | None,
    data_dir: Path | None,
    as_json: bool,
    mapping: str,
    key: str,
    user: str | None,
    reason: str,
) -> None:
    """Take a proposal out of the file; it stays in the history."""
    choose_company(company_file, data_dir)
    from finance_assets.cli.decide_mappings import reject

    reject(mapping, key, user, reason, as_json)


@mappings.command("history")
@company_options
@json_option
def mappings_history(company_file: Path | None, data_dir: Path | None, as_json: bool) -> None:
    """Show every proposal, approval and rejection that was made here."""
    choose_company(company_file, data_dir)
    from finance_assets.cli.decide_mappings import show_history

    show_history(as_json)
