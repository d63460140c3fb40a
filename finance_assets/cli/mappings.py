"""`finance mappings …`: decisions on what a source calls something, and what help tells of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from finance_assets.cli.commands import Day, choose_company, company_options, json_option, user_option


@click.group()
def mappings() -> None:
    """The company's mappings: what a source calls something, and what the group calls it.

    A mapping is a CSV file of the company, read every night and reviewed in git. A row counts when one person has
    proposed it and another one has approved it; until then what it is about is UNMAPPED, with its money.

    \b
      finance mappings gaps                                     what is unmapped, the money on it, what it may be
      finance mappings propose accounts "sap_group|CAEU|54900000" --to 549000 --reason "new cost account"
      finance mappings pending                                  what waits for somebody else's approval
      finance mappings preview accounts "sap_group|CAEU|54900000"     what moves, by entity and month
      finance mappings approve accounts "sap_group|CAEU|54900000" --user somebody.else@example.com
      finance mappings withdraw accounts "sap_group|CAEU|54900000" --reason "mapped in error"

    A key begins with the instance, as the company file calls it:

    \b
      accounts              INSTANCE|CHART|ACCOUNT        to a group account
      product_families      INSTANCE|PRODUCT CODE         to a product family
      stages                INSTANCE|RECORD TYPE|STAGE    to pipeline, best_case, commit, closed or omitted
                                                          (record type * is all that have no row of their own)
      customers             INSTANCE|CUSTOMER             to the ERP's number, or tax id, of the golden customer
      customer_separations  INSTANCE|CUSTOMER|INSTANCE|CUSTOMER   to different
      bank_accounts         INSTANCE|BANK ACCOUNT         to an account of the ledger, with --set entity_code=ENTITY
      cost_centres          INSTANCE|COST CENTRE          to a cost centre of the group
      territories           INSTANCE|TERRITORY            to an entity, as the CRM calls it
      entities              INSTANCE|ENTITY               to an entity of the group

    What is approved counts from the next night on, for the days from its valid_from; what held before ends there. What
    was approved and is wrong is withdrawn; that, too, waits for somebody else's approval.
    """


def decision(command: object) -> object:
    """Add who decides, on which row, and for whom the answer is."""
    command = click.argument("key")(command)
    command = click.argument("mapping")(command)
    return company_options(json_option(user_option(command)))


def ahead(command: object) -> object:
    """Add that the row is meant for data that have not come yet."""
    return click.option(
        "--ahead",
        "is_ahead",
        is_flag=True,
        help="Map ahead of the data: no record or member of that name is there yet.",
    )(command)


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
@click.option(
    "--set", "others", multiple=True, metavar="COLUMN=VALUE", help="A further column, as probability=40 of a stage."
)
@ahead
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
    is_ahead: bool,
    reason: str,
) -> None:
    """Propose a row; it counts for nothing until somebody else approves it.

    A key that no record has, and a member that nobody knows, is refused with the nearest: --ahead maps it before its
    data come. What the company lists itself (group accounts, product families) has to be on its list.
    """
    choose_company(company_file, data_dir)
    from finance_assets.cli.decide_mappings import propose

    propose(mapping, key, member, valid_from, others, user, reason, is_ahead, as_json)


@mappings.command("withdraw")
@decision
@click.option(
    "--from", "first_day", type=Day(), help="The first day it no longer counts (default: it never should have)."
)
@click.option("--reason", required=True, help="Why, in a sentence; kept for good.")
def mappings_withdraw(
    company_file: Path | None,
    data_dir: Path | None,
    as_json: bool,
    mapping: str,
    key: str,
    user: str | None,
    first_day: date | None,
    reason: str,
) -> None:
    """Propose to take an approved row back; it counts until somebody else approves that.

    The row stays in the file, ended: on the day it begins, or on the day named. What it was about is unmapped from
    there on, until something else is proposed and approved.

    \b
    Example:
      finance mappings withdraw accounts "sap_group|CAEU|54900000" --reason "mapped in error"
    """
    choose_company(company_file, data_dir)
    from finance_assets.cli.decide_mappings import withdraw

    withdraw(mapping, key, first_day, user, reason, as_json)


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
@ahead
def mappings_approve(
    company_file: Path | None,
    data_dir: Path | None,
    as_json: bool,
    mapping: str,
    key: str,
    user: str | None,
    is_ahead: bool,
) -> None:
    """Approve what somebody else has proposed: a row, or that one is withdrawn."""
    choose_company(company_file, data_dir)
    from finance_assets.cli.decide_mappings import approve

    approve(mapping, key, user, is_ahead, as_json)


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
