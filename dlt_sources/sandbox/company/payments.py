"""What stands beside the amount of a bank movement: whose money it is, which payment, and what the bank prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlt_sources.sandbox.company import bank, parties, text
from dlt_sources.sandbox.company.bank import ACCOUNTS, NO_LINE
from dlt_sources.sandbox.company.chart import ACCOUNT
from dlt_sources.sandbox.company.columns import money
from dlt_sources.sandbox.company.group import BILLING, CURRENCIES, ENTITIES
from dlt_sources.sandbox.company.journal import REFERENCE
from dlt_sources.sandbox.company.vendors import erp

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

PROVIDER = "STRIPE PAYMENTS"
# Whose customers another vendor bills is paid through a gateway that tells nobody what a payout consists of.
_GATEWAY = "CARD ACQUIRER SETTLEMENT"
# Who is paid, or what is booked, by the account on the other side of the posting.
_PURPOSES = {
    "PAYROLL_LIABILITY": "Social security fund",
    "OUTPUT_TAX": "Tax office, value added tax",
    "INPUT_TAX": "Tax office, value added tax",
    "TAX_PAYABLE": "Tax office, income tax",
    "RENT": "City Real Estate",
    "INTEREST": "Interest on loan",
}
_CHARGES = "Account maintenance charge"
_OTHER = "Transfer"


@dataclass(frozen=True)
class Payment:
    """One movement as a statement shows it; amounts in currency units as text, without sign."""

    account: int
    statement: int
    place: int
    is_credit: bool
    amount: str
    bank_reference: str
    end_to_end_id: str | None
    counterparty: str | None
    remittance: str
    is_salary: bool
    # What was ordered, where that is in another currency than the account.
    original_amount: str | None
    original_currency: str | None


def payments(snapshot: Snapshot) -> list[Payment]:
    """All movements the banks have booked by the day, in the order of accounts, days and places."""
    movements = snapshot.bank
    journal = snapshot.world.journal
    has_line = movements.line != NO_LINE
    line = np.where(has_line, movements.line, 0)
    document = journal.lines.document[line]
    documents = journal.documents.take(document)
    kind = np.where(has_line, documents.reference_kind, 0)
    references = erp.references(snapshot, kind, documents.reference).to_pylist()
    payouts = text.stripe_ids("po", documents.reference).to_pylist()
    is_payout, is_payment = kind == REFERENCE["payout"], kind == REFERENCE["payment"]
    names = _counterparties(snapshot, document)
    purposes = _purposes(snapshot, document)
    local = np.array([account.currency for account in ACCOUNTS])[movements.account]
    amounts = money(np.abs(movements.amount), local).to_pylist()
    originals = money(np.abs(movements.paid), movements.currency).to_pylist()
    found = []
    for row in range(len(movements)):
        account = ACCOUNTS[movements.account[row]]
        is_salary = account.ledger_account == "BANK_PAYROLL" and movements.amount[row] < 0
        is_foreign = movements.currency[row] != local[row]
        if is_payout[row] and snapshot.billing.vendor(account.entity).instance == BILLING:
            reference, name, remittance = payouts[row], PROVIDER, f"{PROVIDER} PAYOUT"
        elif is_payout[row]:
            reference, name, remittance = None, _GATEWAY, _GATEWAY
        elif is_payment[row]:
            reference, name, remittance = references[row], names[row], f"Payment {references[row]}"
        else:
            reference, name = None, None
            remittance = purposes[row] if has_line[row] else _CHARGES
        if is_salary:
            remittance = f"Salaries {references[row]}"
        found.append(
            Payment(
                account=int(movements.account[row]),
                statement=int(movements.statement[row]),
                place=int(movements.place[row]),
                is_credit=bool(movements.amount[row] > 0),
                amount=str(amounts[row]),
                bank_reference=f"BK{movements.day[row]:06d}{movements.account[row]:02d}{movements.place[row]:04d}",
                end_to_end_id=reference,
                counterparty=name,
                remittance=remittance,
                is_salary=bool(is_salary),
                original_amount=str(originals[row]) if is_foreign else None,
                original_currency=CURRENCIES[movements.currency[row]] if is_foreign else None,
            )
        )
    return found


def _counterparties(snapshot: Snapshot, document: np.ndarray) -> list[str]:
    """The customer or supplier a document names."""
    world = snapshot.world
    found = []
    for frame, column, names in (
        (world.customers, "customer", parties.customer_names),
        (world.suppliers, "supplier", parties.supplier_names),
    ):
        of_document = np.full(len(world.journal.documents), -1)
        np.maximum.at(of_document, world.journal.lines.document, getattr(world.journal.lines, column))
        party = of_document[document]
        found.append((party, names(frame, np.maximum(party, 0)).to_pylist()))
    (customer, customers), (supplier, suppliers) = found
    return [
        customers[row] if customer[row] >= 0 else suppliers[row] if supplier[row] >= 0 else _OTHER
        for row in range(len(document))
    ]


def _purposes(snapshot: Snapshot, document: np.ndarray) -> list[str]:
    """What a document is about, by the accounts it posts to beside the bank."""
    lines = snapshot.world.journal.lines
    purpose = np.full(len(snapshot.world.journal.documents), -1)
    for place, account in enumerate(_PURPOSES):
        purpose[lines.document[lines.account == ACCOUNT[account]]] = place
    texts = [*_PURPOSES.values(), _OTHER]
    return [texts[place] for place in purpose[document]]


def holder(account: int) -> str:
    """Whose account it is."""
    return ENTITIES[ACCOUNTS[account].entity].name


def of_bank(instance: str) -> list[int]:
    """The accounts at the bank that is this instance of the company file; raises ValueError where it is none."""
    found = [position for position, account in enumerate(bank.ACCOUNTS) if account.bank.instance == instance]
    if not found:
        raise ValueError(f"no bank is called {instance}; there are {', '.join(each.instance for each in bank.BANKS)}")
    return found
