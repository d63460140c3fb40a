"""`finance exceptions …`: the work queue on the command line, and what help tells of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click

from finance_assets.cli.commands import (
    USER_VARIABLE,
    Day,
    choose_company,
    company_options,
    json_option,
    user_option,
)


@click.group()
def exceptions() -> None:
    """The work queue: differences between systems, each with an owner.

    \b
    An exception goes   open → assigned → resolved, or waived
      assign     takes it into somebody's hands
      resolve    says what was done; the next night confirms it (cleared) or brings it back (reopened)
      waive      asks to accept it until a day; it stays in work until somebody else approves
      approve    accepts it: it is quiet through that day, then reopened
      reopen     ends an approved waiver before its day, with a reason
    What the data no longer shows clears itself, whatever its status. Every step is in its history, for good.

    \b
    A morning:
      finance exceptions list --overdue
      finance exceptions list --mine
      finance exceptions show 3fa9             what, how much, where, what to do next
      finance exceptions assign 3fa9           to yourself
      finance exceptions resolve 3fa9 --reason "posted as 1800004711"

    An ID may be cut short as long as only one exception begins so. What was somebody's when it was reopened still is.

    Who decides is --user, else FINANCE_USER, else the user of the operating system. --user is trusted as it is given:
    who may run the command for whom is a matter of the machine, and the history keeps the login beside another name.
    Where the company has mappings/people.csv, only who is in it decides, and only who may approve (may_approve)
    approves.
    """


def decision_options(command: Any) -> Any:
    """Add what every decision takes: the exception, who decides, for whom the answer is."""
    command = click.argument("exception_id", metavar="ID")(command)
    return company_options(json_option(user_option(command)))


reason_option = click.option("--reason", required=True, help="Why, in a sentence; kept for good.")


@exceptions.command("list")
@company_options
@click.option("--type", "kind", help="Only exceptions of this type, as unmapped_account.")
@click.option("--entity", help="Only exceptions of this entity.")
@click.option("--owner", help="Only exceptions of this owner.")
@click.option("--mine", is_flag=True, help="Only those assigned to me, or owned by me and assigned to nobody.")
@click.option("--overdue", is_flag=True, help="Only those whose day has passed.")
@click.option("--to-approve", is_flag=True, help="Only those with a waiver that waits for somebody's approval.")
@click.option("--all", "with_closed", is_flag=True, help="The resolved, waived and cleared ones, too.")
@click.option("--user", envvar=USER_VARIABLE, help="Who --mine means (default: as for decisions).")
@json_option
def exceptions_list(
    company_file: Path | None,
    data_dir: Path | None,
    kind: str | None,
    entity: str | None,
    owner: str | None,
    mine: bool,
    overdue: bool,
    to_approve: bool,
    with_closed: bool,
    user: str | None,
    as_json: bool,
) -> None:
    """List what somebody has to work, the largest amount at risk first.

    An exception is the same one tomorrow, older by a day; it clears itself when the data no longer shows it. `due`
    counts business days of its entity's country; `!` is overdue, `~` due soon, as of the last night.
    """
    choose_company(company_file, data_dir)
    from finance_assets.cli.queue import Filter, list_exceptions

    list_exceptions(Filter(kind, entity, owner, mine, overdue, to_approve, with_closed), user, as_json)


@exceptions.command("show")
@company_options
@json_option
@click.argument("exception_id", metavar="ID")
def exceptions_show(company_file: Path | None, data_dir: Path | None, exception_id: str, as_json: bool) -> None:
    """Show one exception: what, how much, both sides with their loads, what to do, its history, how to go on."""
    choose_company(company_file, data_dir)
    from finance_assets.cli.queue import show_exception

    show_exception(exception_id, as_json)


@exceptions.command("history")
@company_options
@json_option
@click.argument("exception_id", metavar="ID")
def exceptions_history(company_file: Path | None, data_dir: Path | None, exception_id: str, as_json: bool) -> None:
    """Show everything that happened to an exception: when, as of which night, who, from which status to which, why."""
    choose_company(company_file, data_dir)
    from finance_assets.cli.queue import show_history

    show_history(exception_id, as_json)


@exceptions.command("assign")
@decision_options
@click.option("--to", help="The person, or the team, that works it (default: who decides).")
def exceptions_assign(
    company_file: Path | None,
    data_dir: Path | None,
    as_json: bool,
    user: str | None,
    exception_id: str,
    to: str | None,
) -> None:
    """Take an exception into your hands, or put it into somebody's.

    \b
    Examples:
      finance exceptions assign 3fa9
      finance exceptions assign 3fa9 --to ines.vogel@meridian.example
    """
    from finance_assets.cli.queue import assignable
    from finance_assets.control import decisions

    _decide(
        company_file, data_dir, exception_id, user, as_json,
        lambda row, as_of, by: decisions.assign(row, by, as_of, assignable(to, as_of) if to else by),
    )  # fmt: skip


@exceptions.command("comment")
@decision_options
@click.argument("text")
def exceptions_comment(
    company_file: Path | None, data_dir: Path | None, as_json: bool, user: str | None, exception_id: str, text: str
) -> None:
    """Write something into an exception's history; nothing else changes.

    \b
    Example:
      finance exceptions comment 3fa9 "customer confirms the second invoice"
    """
    from finance_assets.control import decisions

    _decide(
        company_file, data_dir, exception_id, user, as_json,
        lambda row, as_of, by: decisions.comment(row, by, as_of, text),
    )  # fmt: skip


@exceptions.command("resolve")
@decision_options
@reason_option
def exceptions_resolve(
    company_file: Path | None, data_dir: Path | None, as_json: bool, user: str | None, exception_id: str, reason: str
) -> None:
    """Say that an assigned exception is put right, and how.

    The next night is the judge: when the data no longer shows the exception it is cleared, with the run as evidence;
    when it still does it is reopened, with a new term.

    \b
    Example:
      finance exceptions resolve 3fa9 --reason "posted as 1800004711"
    """
    from finance_assets.control import decisions

    _decide(
        company_file, data_dir, exception_id, user, as_json,
        lambda row, as_of, by: decisions.resolve(row, by, as_of, reason),
    )  # fmt: skip


@exceptions.command("waive")
@decision_options
@reason_option
@click.option("--until", type=Day(), required=True, help="The last day it may stay quiet, as 2026-12-31.")
def exceptions_waive(
    company_file: Path | None,
    data_dir: Path | None,
    as_json: bool,
    user: str | None,
    exception_id: str,
    reason: str,
    until: date,
) -> None:
    """Ask to accept an assigned exception until a day. Somebody else has to approve it.

    How long a waiver may last is data (longest_waiver_days of exception_policies); a longer one is refused.

    \b
    Example:
      finance exceptions waive 3fa9 --until 2026-12-31 --reason "credit note is agreed, comes with the year end"
    """
    from finance_assets.control import decisions

    _decide(
        company_file, data_dir, exception_id, user, as_json,
        lambda row, as_of, by: decisions.request_waiver(row, by, as_of, reason, until),
    )  # fmt: skip


@exceptions.command("approve")
@decision_options
def exceptions_approve(
    company_file: Path | None, data_dir: Path | None, as_json: bool, user: str | None, exception_id: str
) -> None:
    """Approve the waiver somebody else asked for; `list --to-approve` shows which wait."""
    from finance_assets.control import decisions

    _decide(
        company_file, data_dir, exception_id, user, as_json,
        lambda row, as_of, by: decisions.approve_waiver(row, by, as_of),
    )  # fmt: skip


@exceptions.command("reject")
@decision_options
@reason_option
def exceptions_reject(
    company_file: Path | None, data_dir: Path | None, as_json: bool, user: str | None, exception_id: str, reason: str
) -> None:
    """Reject the waiver that is asked for; the exception goes on as assigned. The requester may take it back so.

    \b
    Example:
      finance exceptions reject 3fa9 --reason "the credit note can be posted this month"
    """
    from finance_assets.control import decisions

    _decide(
        company_file, data_dir, exception_id, user, as_json,
        lambda row, as_of, by: decisions.reject_waiver(row, by, as_of, reason),
    )  # fmt: skip


@exceptions.command("reopen")
@decision_options
@reason_option
def exceptions_reopen(
    company_file: Path | None, data_dir: Path | None, as_json: bool, user: str | None, exception_id: str, reason: str
) -> None:
    """End an approved waiver before its day: the exception is in work again, with whom it was.

    \b
    Example:
      finance exceptions reopen 3fa9 --reason "the credit note was refused"
    """
    from finance_assets.control import decisions

    _decide(
        company_file, data_dir, exception_id, user, as_json,
        lambda row, as_of, by: decisions.end_waiver(row, by, as_of, reason),
    )  # fmt: skip


def _decide(
    company_file: Path | None,
    data_dir: Path | None,
    exception_id: str,
    user: str | None,
    as_json: bool,
    take: Callable[..., Any],
) -> None:
    choose_company(company_file, data_dir)
    from finance_assets.cli.queue import decide

    decide(exception_id, user, take, as_json)
