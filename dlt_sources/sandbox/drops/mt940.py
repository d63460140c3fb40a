"""Writes statements as SWIFT MT940: one file per banking day with a message for every account that moved."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from dlt_sources.sandbox.company import bank, days, payments
from dlt_sources.sandbox.company.bank import ACCOUNTS
from dlt_sources.sandbox.company.columns import money
from dlt_sources.sandbox.company.group import CURRENCIES
from dlt_sources.sandbox.company.payments import Payment

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

SYSTEM = "mt940"
# Code of the business case and type of transaction: credit transfer in and out, salaries, charges and the like.
_RECEIVED, _ISSUED, _SALARIES = ("166", "NTRF"), ("116", "NTRF"), ("153", "NTRF")
_WIDTH, _FIRST_REMITTANCE = 27, 20


def files(snapshot: Snapshot, instance: str) -> dict[str, tuple[bytes, int]]:
    """The messages of every day with a movement, by file name, with their day."""
    statements = snapshot.bank_statements
    of_statement = defaultdict(list)
    for payment in payments.payments(snapshot):
        of_statement[payment.statement].append(payment)
    own = np.isin(statements.account, payments.of_bank(instance))
    ids = bank.statement_ids(statements)
    messages = defaultdict(list)
    for row in np.flatnonzero(own):
        account = ACCOUNTS[statements.account[row]]
        date = f"{days.to_date(statements.day[row]):%y%m%d}"
        lines = [
            f":20:{ids[row][3:].replace('-', '')[:16]}",
            f":25:{account.number}",
            f":28C:{statements.number[row]:05d}/00001",
            f":60F:{_balance(statements.opening[row], account.currency, date)}",
        ]
        for payment in of_statement[row]:
            lines += _movement(payment, date)
        lines += [f":62F:{_balance(statements.closing[row], account.currency, date)}", "-"]
        messages[int(statements.day[row])].append("\r\n".join(lines))
    return {
        f"mt940_{days.to_date(day):%Y%m%d}.sta": (("\r\n".join(texts) + "\r\n").encode("ascii", "replace"), day)
        for day, texts in messages.items()
    }


def _balance(minor: int, currency: int, date: str) -> str:
    amount = money(np.array([abs(minor)]), np.array([currency]))[0].as_py()
    return f"{'C' if minor >= 0 else 'D'}{date}{CURRENCIES[currency]}{_comma(str(amount))}"


def _comma(amount: str) -> str:
    """An amount with a decimal comma; a whole one ends with the comma."""
    whole, _, cents = amount.partition(".")
    return f"{whole},{cents if int(cents or 0) else ''}"


def _movement(payment: Payment, date: str) -> list[str]:
    case, kind = _SALARIES if payment.is_salary else _RECEIVED if payment.is_credit else _ISSUED
    mark = "C" if payment.is_credit else "D"
    reference = payment.end_to_end_id if len(payment.end_to_end_id or "") in range(1, 17) else "NONREF"
    lines = [f":61:{date}{date[2:]}{mark}{_comma(payment.amount)}{kind}{reference}//{payment.bank_reference}"]
    if payment.original_amount:
        lines.append(f"/OCMT/{payment.original_currency}{_comma(payment.original_amount)}/")
    remittance = ([f"EREF+{payment.end_to_end_id}"] if payment.end_to_end_id else []) + textwrap.wrap(
        f"SVWZ+{payment.remittance}", _WIDTH, drop_whitespace=False
    )
    information = f"{case}?00{'SALARIES' if payment.is_salary else 'TRANSFER'}"
    information += "".join(f"?{_FIRST_REMITTANCE + place}{part}" for place, part in enumerate(remittance))
    if payment.counterparty:
        name = payment.counterparty.replace("?", " ")
        information += f"?32{name[:_WIDTH]}" + (f"?33{name[_WIDTH : 2 * _WIDTH]}" if len(name) > _WIDTH else "")
    # A line of the field has 65 characters; blanks at its end would be lost on the way.
    return [
        *lines,
        *(f"{':86:' if not at else ''}{information[at : at + 60]}" for at in range(0, len(information), 60)),
    ]
