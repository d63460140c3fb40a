"""`finance close …`: the close board and the signatures under a month, and what help tells of them."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from finance_assets.cli.commands import choose_company, company_options, json_option, user_option
from finance_assets.control.periods import MODULES


class Month(click.ParamType):
    """A month such as 2026-09."""

    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> date:
        """Return the first day of the month; fail with what was expected."""
        try:
            return datetime.strptime(value, "%Y-%m").date()  # noqa: DTZ007 (a month has no zone)
        except ValueError:
            self.fail(f"{value!r} is not a month such as 2026-09", param, context)


@click.group()
def close() -> None:
    """The close of a month: what holds, what stands in the way, whose it is, and who has signed.

    \b
    A month of an entity goes   open → soft_closed (signed) → closed (approved by somebody else)
      sign       takes the figures as they are published into somebody's name; refused while anything blocks
      approve    closes the month; whoever signed cannot approve
      reopen     opens it again, with a reason
    What was signed is kept figure by figure. When a night finds another figure the signature is void: the month is
    `reopened` by the night, and an exception (signed_period_changed) says what has moved.

    \b
    A close:
      finance close board                      the months that wait, per entity
      finance close show 1010 2026-08          controls and exceptions of that month, what blocks and whose it is
      finance close sign 1010 2026-08
      finance close approve 1010 2026-08 --user somebody.else@example.com
      finance close history 1010 2026-08

    Each module (GL, AR, AP, billing) is signed on its own; without --module it is the general ledger (GL). Who decides
    is --user, trusted as given; `finance exceptions --help` says more.
    """


module_option = click.option(
    "--module", type=click.Choice(MODULES, case_sensitive=False), default="GL", show_default=True
)


def period_arguments(command: Any) -> Any:
    """Add what names a period, and for whom the answer is."""
    command = click.argument("month", type=Month(), metavar="MONTH")(command)
    command = click.argument("entity_code", metavar="ENTITY")(command)
    return company_options(json_option(module_option(command)))


def decision(command: Any) -> Any:
    """Add who decides."""
    return user_option(period_arguments(command))


@close.command("board")
@company_options
@json_option
@click.option("--entity", help="Only this entity.")
@click.option("--month", type=Month(), help="Only this month, as 2026-08.")
@click.option("--module", type=click.Choice(MODULES, case_sensitive=False), help="Only this module.")
@click.option("--all", "with_closed", is_flag=True, help="Months that are closed, too.")
def close_board(
    company_file: Path | None,
    data_dir: Path | None,
    as_json: bool,
    entity: str | None,
    month: date | None,
    module: str | None,
    with_closed: bool,
) -> None:
    """Show how far every entity is: the newest months first, and what blocks them.

    `ready` holds everywhere, `attention` has something open that no close waits for, `blocked` cannot be signed,
    `not checked` has no control that is about it.
    """
    choose_company(company_file, data_dir)
    from finance_assets.cli.periods import BoardFilter, show_board

    show_board(BoardFilter(entity, month, module, with_closed), as_json)


@close.command("show")
@period_arguments
def close_show(
    company_file: Path | None, data_dir: Path | None, as_json: bool, module: str, entity_code: str, month: date
) -> None:
    """Show a month: controls, exceptions, what blocks, the signatures, and signed figures that have changed."""
    choose_company(company_file, data_dir)
    from finance_assets.cli.periods import show_period

    show_period(entity_code, module, month, as_json)


@close.command("sign")
@decision
@click.option("--reason", help="A remark; kept for good.")
def close_sign(
    company_file: Path | None,
    data_dir: Path | None,
    as_json: bool,
    module: str,
    entity_code: str,
    month: date,
    user: str | None,
    reason: str | None,
) -> None:
    """Sign the figures of a month as they are published now."""
    choose_company(company_file, data_dir)
    from finance_assets.cli.periods import sign_period

    sign_period(entity_code, module, month, user, reason, as_json)


@close.command("approve")
@decision
@click.option("--reason", help="A remark; kept for good.")
def close_approve(
    company_file: Path | None,
    data_dir: Path | None,
    as_json: bool,
    module: str,
    entity_code: str,
    month: date,
    user: str | None,
    reason: str | None,
) -> None:
    """Close a month that somebody else has signed."""
    choose_company(company_file, data_dir)
    from finance_assets.cli.periods import approve_period

    approve_period(entity_code, module, month, user, reason, as_json)


@close.command("reopen")
@decision
@click.option("--reason", required=True, help="Why; kept for good.")
def close_reopen(
    company_file: Path | None,
    data_dir: Path | None,
    as_json: bool,
    module: str,
    entity_code: str,
    month: date,
    user: str | None,
    reason: str,
) -> None:
    """Open a signed or closed month again.

    \b
    Example:
      finance close reopen 1010 2026-08 --reason "an accrual was forgotten"
    """
    choose_company(company_file, data_dir)
    from finance_assets.cli.periods import reopen_period

    reopen_period(entity_code, module, month, user, reason, as_json)


@close.command("history")
@period_arguments
def close_history(
    company_file: Path | None, data_dir: Path | None, as_json: bool, module: str, entity_code: str, month: date
) -> None:
    """Show every decision on a month: when, who, what, on which run, and what a night found changed."""
    choose_company(company_file, data_dir)
    from finance_assets.cli.periods import show_history

    show_history(entity_code, module, month, as_json)
