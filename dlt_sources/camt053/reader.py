"""Takes camt.053 messages apart: one row per statement, one row per entry, every value as the bank wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from dlt_sources.protocols.folder_documents import FolderDocumentsReader, UnreadableDocument
from dlt_sources.protocols.reader import Row
from dlt_sources.spec import ResourceSpec

# The first balance that is there: booked before this statement, or where the statement before it closed.
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)


class Camt053Reader(FolderDocumentsReader):
    """Reads statements by the names of elements alone: banks differ in version and namespace."""

    def rows(self, resource: ResourceSpec, content: bytes) -> Iterator[Row]:
        """Yield the rows of one message. Amounts are without sign, the mark (CRDT, DBIT) beside them says which way."""
        statements = _statements(content)
        if resource.name == "statements":
            return (_statement_row(place, statement) for place, statement in enumerate(statements, start=1))
        return (
            {"statement_place": str(place), "entry_place": str(entry_place), **_entry_row(entry)}
            for place, statement in enumerate(statements, start=1)
            for entry_place, entry in enumerate(_children(statement, "Ntry"), start=1)
        )


def _statements(content: bytes) -> list[Element]:
    try:
        document = ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        raise UnreadableDocument(f"it is no well-formed XML (line {error.position[0]})") from error
    statements = _children(_child(document, "BkToCstmrStmt"), "Stmt")
    if not statements:
        raise UnreadableDocument("it holds no statement (BkToCstmrStmt/Stmt)")
    return statements


def _statement_row(place: int, statement: Element) -> Row:
    account = _child(statement, "Acct")
    servicer = _child(account, "Svcr", "FinInstnId")
    return {
        "statement_place": str(place),
        "statement_id": _text(statement, "Id"),
        "sequence_number": _text(statement, "ElctrncSeqNb") or _text(statement, "LglSeqNb"),
        "created_at": _text(statement, "CreDtTm"),
        "from_date": _text(statement, "FrToDt", "FrDtTm") or _text(statement, "FrToDt", "FrDt"),
        "to_date": _text(statement, "FrToDt", "ToDtTm") or _text(statement, "FrToDt", "ToDt"),
        "account_id": _text(account, "Id", "IBAN") or _text(account, "Id", "Othr", "Id"),
        "account_currency": _text(account, "Ccy"),
        "account_name": _text(account, "Nm"),
        "servicer_bic": _text(servicer, "BICFI") or _text(servicer, "BIC"),
        **_balance(statement, "opening", _OPENING),
        **_balance(statement, "closing", _CLOSING),
        "entry_count": str(len(_children(statement, "Ntry"))),
    }


def _balance(statement: Element, name: str, kinds: tuple[str, ...]) -> Row:
    balances = {_text(balance, "Tp", "CdOrPrtry", "Cd"): balance for balance in _children(statement, "Bal")}
    kind = next((kind for kind in kinds if kind in balances), None)
    balance = balances.get(kind)
    return {
        f"{name}_kind": kind,
        f"{name}_amount": _text(balance, "Amt"),
        f"{name}_currency": _currency(_child(balance, "Amt")),
        f"{name}_mark": _text(balance, "CdtDbtInd"),
        f"{name}_date": _date(balance, "Dt"),
    }


def _entry_row(entry: Element) -> Row:
    transactions = [
        transaction for details in _children(entry, "NtryDtls") for transaction in _children(details, "TxDtls")
    ]
    mark = _text(entry, "CdtDbtInd")
    code = _child(entry, "BkTxCd")
    batch_size = _text(entry, "NtryDtls", "Btch", "NbOfTxs")
    return {
        "amount": _text(entry, "Amt"),
        "currency": _currency(_child(entry, "Amt")),
        "mark": mark,
        "is_reversal": _text(entry, "RvslInd"),
        "status": _text(entry, "Sts", "Cd") or _text(entry, "Sts"),
        "booking_date": _date(entry, "BookgDt"),
        "value_date": _date(entry, "ValDt"),
        "bank_reference": _text(entry, "AcctSvcrRef"),
        "domain_code": _text(code, "Domn", "Cd"),
        "family_code": _text(code, "Domn", "Fmly", "Cd"),
        "subfamily_code": _text(code, "Domn", "Fmly", "SubFmlyCd"),
        "own_code": _text(code, "Prtry", "Cd"),
        "additional_information": _text(entry, "AddtlNtryInf"),
        "transaction_count": batch_size or str(len(transactions)),
        "batch_id": _text(entry, "NtryDtls", "Btch", "PmtInfId"),
        # The payments within a batch stay with the bank: their parties may be people, their sum is the entry.
        **_transaction(transactions[0] if len(transactions) == 1 else None, mark),
    }


def _transaction(transaction: Element | None, mark: str | None) -> Row:
    parties = _child(transaction, "RltdPties")
    # Who stands on the other side: money came from the debtor, or went to the creditor.
    other = "Dbtr" if mark == "CRDT" else "Cdtr"
    instructed = _child(transaction, "AmtDtls", "InstdAmt", "Amt")
    remittance = _child(transaction, "RmtInf")
    return {
        "end_to_end_id": _text(transaction, "Refs", "EndToEndId"),
        "instructed_amount": instructed.text if instructed is not None else None,
        "instructed_currency": _currency(instructed),
        "counterparty_name": _text(parties, other, "Pty", "Nm") or _text(parties, other, "Nm"),
        "counterparty_account": _text(parties, f"{other}Acct", "Id", "IBAN")
        or _text(parties, f"{other}Acct", "Id", "Othr", "Id"),
        "remittance_text": " ".join(filter(None, (line.text for line in _children(remittance, "Ustrd")))) or None,
        "creditor_reference": _text(remittance, "Strd", "CdtrRefInf", "Ref"),
    }


def _children(element: Element | None, name: str) -> list[Element]:
    return [] if element is None else [child for child in element if child.tag.rpartition("}")[2] == name]


def _child(element: Element | None, *names: str) -> Element | None:
    for name in names:
        element = next(iter(_children(element, name)), None)
    return element


def _text(element: Element | None, *names: str) -> str | None:
    found = _child(element, *names)
    return None if found is None or found.text is None else found.text.strip() or None


def _currency(amount: Element | None) -> str | None:
    return None if amount is None else amount.get("Ccy")


def _date(element: Element | None, name: str) -> str | None:
    """A date as it stands there; a moment may stand in its place."""
    return _text(element, name, "Dt") or _text(element, name, "DtTm")
