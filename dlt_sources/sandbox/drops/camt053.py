"""Writes statements as ISO 20022 camt.053: a message per banking day, a statement per account that moved."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import numpy as np

from dlt_sources.sandbox.company import bank, days, payments, payroll
from dlt_sources.sandbox.company.bank import ACCOUNTS
from dlt_sources.sandbox.company.columns import money
from dlt_sources.sandbox.company.group import CURRENCIES
from dlt_sources.sandbox.company.payments import Payment

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.frame import Frame
    from dlt_sources.sandbox.company.world import Snapshot

SYSTEM = "camt053"
_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
# Domain, family and sub-family of the bank transaction code (ISO's external code list).
_RECEIVED, _ISSUED, _SALARIES = ("RCDT", "ESCT"), ("ICDT", "ESCT"), ("ICDT", "SALA")


def files(snapshot: Snapshot, instance: str) -> dict[str, tuple[bytes, int]]:
    """The messages of every day with a movement, by file name, with their day."""
    statements = snapshot.bank_statements
    of_statement = defaultdict(list)
    for payment in payments.payments(snapshot):
        of_statement[payment.statement].append(payment)
    own = np.isin(statements.account, payments.of_bank(instance))
    texts = defaultdict(list)
    ids = bank.statement_ids(statements)
    opening, closing = (_balances(statements, name) for name in ("opening", "closing"))
    for row in np.flatnonzero(own):
        texts[int(statements.day[row])].append(
            _statement(statements, row, ids[row], opening[row], closing[row], of_statement[row])
        )
    return {f"camt053_{days.to_date(day):%Y%m%d}.xml": (_message(day, text), day) for day, text in texts.items()}


def _balances(statements: Frame, name: str) -> list[tuple[str, str]]:
    """Per statement the balance without sign and its mark."""
    minor = getattr(statements, name)
    currency = np.array([account.currency for account in ACCOUNTS])[statements.account]
    amounts = money(np.abs(minor), currency).to_pylist()
    return [(str(amount), _mark(balance >= 0)) for amount, balance in zip(amounts, minor, strict=True)]


def _mark(is_credit: bool) -> str:
    return "CRDT" if is_credit else "DBIT"


def _message(day: int, statements: list[str]) -> bytes:
    date = days.to_date(day)
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{_NAMESPACE}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>RHBK{date:%Y%m%d}</MsgId><CreDtTm>{date}T19:30:00+00:00</CreDtTm></GrpHdr>\n"
        + "\n".join(statements)
        + "\n</BkToCstmrStmt></Document>\n"
    )
    return text.encode()


def _statement(
    statements: Frame,
    row: int,
    identity: str,
    opening: tuple[str, str],
    closing: tuple[str, str],
    entries: list[Payment],
) -> str:
    account = ACCOUNTS[statements.account[row]]
    date = days.to_date(statements.day[row])
    currency = CURRENCIES[account.currency]
    number = (
        f"<IBAN>{account.number}</IBAN>" if account.number[0].isalpha() else f"<Othr><Id>{account.number}</Id></Othr>"
    )
    balances = "".join(
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd><Dt><Dt>{date}</Dt></Dt></Bal>'
        for kind, (amount, mark) in (("OPBD", opening), ("CLBD", closing))
    )
    return (
        f"<Stmt><Id>{identity}</Id><ElctrncSeqNb>{statements.number[row]}</ElctrncSeqNb>"
        f"<CreDtTm>{date}T19:30:00+00:00</CreDtTm>"
        f"<FrToDt><FrDtTm>{date}T00:00:00+00:00</FrDtTm><ToDtTm>{date}T23:59:59+00:00</ToDtTm></FrToDt>"
        f"<Acct><Id>{number}</Id><Ccy>{currency}</Ccy><Nm>{escape(payments.holder(statements.account[row]))}</Nm>"
        f"<Svcr><FinInstnId><BICFI>{account.bank.bic}</BICFI></FinInstnId></Svcr></Acct>"
        f"{balances}{''.join(_entry(payment, currency, str(date), account.entity) for payment in entries)}</Stmt>"
    )


def _entry(payment: Payment, currency: str, date: str, entity: int) -> str:
    mark = _mark(payment.is_credit)
    family, subfamily = _SALARIES if payment.is_salary else _RECEIVED if payment.is_credit else _ISSUED
    details = (
        _batch(payment, entity) if payment.is_salary else f"<TxDtls>{_transaction(payment, currency, mark)}</TxDtls>"
    )
    return (
        f'<Ntry><Amt Ccy="{currency}">{payment.amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>{date}</Dt></BookgDt><ValDt><Dt>{date}</Dt></ValDt>"
        f"<AcctSvcrRef>{payment.bank_reference}</AcctSvcrRef>"
        f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>{subfamily}</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"<NtryDtls>{details}</NtryDtls><AddtlNtryInf>{escape(payment.remittance)}</AddtlNtryInf></Ntry>"
    )


def _batch(payment: Payment, entity: int) -> str:
    """Of a salary run the bank shows the sum and how many were paid, not who."""
    return (
        f"<Btch><PmtInfId>{escape(payment.remittance.replace(' ', '-').upper())}</PmtInfId>"
        f"<NbOfTxs>{payroll.head_count(entity)}</NbOfTxs></Btch>"
    )


def _transaction(payment: Payment, currency: str, mark: str) -> str:
    reference = payment.end_to_end_id or "NOTPROVIDED"
    amounts = f'<Amt Ccy="{currency}">{payment.amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd>'
    if payment.original_amount:
        original = f'<Amt Ccy="{payment.original_currency}">{payment.original_amount}</Amt>'
        amounts += f"<AmtDtls><InstdAmt>{original}</InstdAmt></AmtDtls>"
    parties = ""
    if payment.counterparty:
        role = "Dbtr" if payment.is_credit else "Cdtr"
        parties = f"<RltdPties><{role}><Pty><Nm>{escape(payment.counterparty)}</Nm></Pty></{role}></RltdPties>"
    return (
        f"<Refs><EndToEndId>{reference}</EndToEndId></Refs>{amounts}{parties}"
        f"<RmtInf><Ustrd>{escape(payment.remittance)}</Ustrd></RmtInf>"
    )
