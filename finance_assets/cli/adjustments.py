"""`finance adjustments …`: manual adjustments to the books of an entity, and what help tells of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click

from finance_assets.cli.close import Month
from finance_assets.cli.commands import Day, choose_company, company_options, json_option, user_option


class Line(click.ParamType):
    """A line of a journal, such as 610000=125000.00."""

    name = "line"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> tuple[str, Decimal]:
        """Return the group account and its amount, debit > 0; fail with what was expected."""
        account, separator, amount = value.partition("=")
        try:
            parsed = Decimal(amount.replace(",", ""))
        except InvalidOperation:
            parsed = Decimal("NaN")
        if not (account and separator and parsed.is_finite()):
            self.fail(f"{value!r} is not ACCOUNT=AMOUNT such as 610000=-125000.00", param, context)
        return account, parsed


@click.group()
def adjustments() -> None:
    """Manual adjustments: journals beside the ledger, on accounts of the group chart.

    An adjustment is the company's file adjustments.csv, reviewed in git like every mapping. It counts when one person
    has proposed it and another one has approved it, from the day it is posted until the day it is taken back; what
    shall stay belongs into the ERP. The ledger keeps its figures: marts.mart_close__adjusted_balances shows every
    balance with and without.

    \b
      finance adjustments propose BONUS-2026-09 --entity 1010 --ledger 0L --on 2026-09-30 --back 2026-10-01 \\
          --line 520000=125000 --line 240000=-125000 --reason "bonus of the quarter, paid in November"
      finance adjustments list
      finance adjustments approve BONUS-2026-09 --user somebody.else@example.com
      finance adjustments effect 1010 2026-09                   with and without, and what the next night adds
      finance adjustments reverse BONUS-2026-09 --reason "it is in the ERP"    proposes what takes an approved one back

    Who decides is --user, trusted as given; `finance exceptions --help` says more.
    """


def decision(command: Any) -> Any:
    """Add who decides, on which adjustment, and for whom the answer is."""
    command = click.argument("code")(command)
    return company_options(json_option(user_option(command)))


@adjustments.command("list")
@company_options
@json_option
def adjustments_list(company_file: Path | None, data_dir: Path | None, as_json: bool) -> None:
    """List every adjustment with its lines, and what waits for an approval."""
    choose_company(company_file, data_dir)
    from finance_assets.cli.decide_adjustments import show_adjustments

    show_adjustments(as_json)


@adjustments.command("propose")
@decision
@click.option("--entity", required=True, help="Entity whose books are adjusted.")
@click.option("--ledger", required=True, help="Ledger of the entity, as the trial balance calls it.")
@click.option("--on", "posted", type=Day(), required=True, help="The day it is posted.")
@click.option("--back", "taken_back", type=Day(), required=True, help="The day it is taken back.")
@click.option("--line", "lines", type=Line(), multiple=True, required=True, help="ACCOUNT=AMOUNT, debit > 0.")
@click.option("--reason", required=True, help="Why, in a sentence; kept for good.")
def adjustments_propose(
    company_file: Path | None,
    data_dir: Path | None,
    as_json: bool,
    code: str,
    user: str | None,
    entity: str,
    ledger: str,
    posted: date,
    taken_back: date,
    lines: tuple[tuple[str, Decimal], ...],
    reason: str,
) -> None:
    """Propose a journal; it counts for nothing until somebody else approves it."""
    choose_company(company_file, data_dir)
    from finance_assets.cli.decide_adjustments import propose

    propose(code, entity, ledger, lines, (posted, taken_back), user, reason, as_json)


@adjustments.command("approve")
@decision
def adjustments_approve(
    company_file: Path | None, data_dir: Path | None, as_json: bool, code: str, user: str | None
) -> None:
    """Approve what somebody else has proposed."""
    choose_company(company_file, data_dir)
    from finance_assets.cli.decide_adjustments import approve

    approve(code, user, as_json)


@adjustments.command("reject")
@decision
@click.option("--reason", required=True, help="Why; kept for good.")
def adjustments_reject(
    company_file: Path | None, data_dir: Path | None, as_json: bool, code: str, user: str | None, reason: str
) -> None:
    """Take a proposal out of the file; it stays in the history (`finance mappings history`).

    What is approved stays in the file: `finance adjustments reverse` proposes the journal that takes it back.

    \b
    Example:
      finance adjustments reject BONUS-2026-09 --reason "it is in the ERP already"
    """
    choose_company(company_file, data_dir)
    from finance_assets.cli.decide_adjustments import reject

    reject(code, user, reason, as_json)


@adjustments.command("reverse")
@decision
@click.option("--reason", required=True, help="Why; kept for good.")
def adjustments_reverse(
    company_file: Path | None, data_dir: Path | None, as_json: bool, code: str, user: str | None, reason: str
) -> None:
    """Propose the journal that takes an approved adjustment back: the same accounts and days, opposite signs.

    As every journal it counts once somebody else has approved it.

    \b
    Example:
      finance adjustments reverse BONUS-2026-09 --reason "it is in the ERP already"
    """
    choose_company(company_file, data_dir)
    from finance_assets.cli.decide_adjustments import reverse

    reverse(code, user, reason, as_json)


@adjustments.command("effect")
@company_options
@json_option
@click.argument("entity")
@click.argument("month", type=Month(), metavar="MONTH")
def adjustments_effect(
    company_file: Path | None, data_dir: Path | None, as_json: bool, entity: str, month: date
) -> None:
    """Show the balances that adjustments change in a month, with and without.

    What is proposed or approved and in no published figure yet is a table of its own: what it will change.
    """
    choose_company(company_file, data_dir)
    from finance_assets.cli.decide_adjustments import show_effect

    show_effect(entity, month, as_json)
