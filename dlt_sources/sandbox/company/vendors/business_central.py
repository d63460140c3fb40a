"""Business Central: a company per entity, each with its own chart, partners, items and ledgers.

The general ledger speaks the local currency only and never loses an entry; the ledgers of customers and vendors have
the currency of the document, and say what closed what. A reversal is a negative amount on the side of its original.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dlt_sources.sandbox.company import catalogue, chart, days, group, parties, text
from dlt_sources.sandbox.company.books import ERPS
from dlt_sources.sandbox.company.columns import dates, decimals, moments, money, times, truths, whole
from dlt_sources.sandbox.company.days import NEVER
from dlt_sources.sandbox.company.frame import Frame, sum_by
from dlt_sources.sandbox.company.group import COST_CENTRES, CURRENCIES, ENTITIES, LOCAL_CURRENCY, MINOR_UNITS
from dlt_sources.sandbox.company.journal import DOCUMENT_TYPES, REFERENCE, TYPE
from dlt_sources.sandbox.company.machines import CANCELLATION
from dlt_sources.sandbox.company.vendors import erp

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

SYSTEM = "business_central"
_ERP = ERPS[SYSTEM]
_NOBODY = "00000000-0000-0000-0000-000000000000"
_COST_CENTRE, _PROFIT_CENTRE = "COSTCENTRE", "PROFITCENTRE"
_PERIOD_CLOSES_AFTER_DAYS = 8
# A draft invoice is begun on the 27th of every month and thrown away two days later.
_DRAFT_DAYS = 2
# Names of options in JSON: what is no letter or digit is written as its code.
_NO_OPTION, _CREDIT_MEMO = "_x0020_", "Credit_x0020_Memo"
_OPTIONS = [_NO_OPTION, "Invoice", _CREDIT_MEMO, "Payment", "Refund"]
_PLAIN, _INVOICE, _CREDIT, _PAYMENT, _REFUND = range(len(_OPTIONS))
# Option by document type of the company; what posts to the other side of the account is the second one.
_TYPES = {
    "RV": (_INVOICE, _CREDIT),
    "DR": (_INVOICE, _INVOICE),
    "DG": (_CREDIT, _CREDIT),
    "DZ": (_PAYMENT, _REFUND),
    "RE": (_INVOICE, _INVOICE),
    "KR": (_INVOICE, _INVOICE),
    "KZ": (_PAYMENT, _PAYMENT),
}
_CATEGORIES = {"asset": "Assets", "liability": "Liabilities", "equity": "Equity", "income": "Income"}
_COST_OF_GOODS = ("Cost of sales", "Cost of sales from affiliates")
# Headings of every chart, with the categories that stand below them; the numbers sort before all accounts.
_HEADINGS = (("1", "BALANCE SHEET"), ("2", "INCOME STATEMENT"))
_GROUPS = ("DOMESTIC", "AFFILIATES")


def _guids(kind: str, entity: np.ndarray, number: np.ndarray) -> pa.Array:
    """Identifiers of records of a kind, by the company they are in and their number there."""
    salt = sum(ord(letter) * 31**place for place, letter in enumerate(kind)) % 10_000
    return text.guids(np.asarray(entity).astype(np.int64) * 10**12 + number, salt)


def _companies(entity: np.ndarray) -> pa.Array:
    return _guids("company", entity, np.zeros(len(entity), dtype=np.int64))


def _entities(snapshot: Snapshot) -> np.ndarray:
    return np.array(snapshot.books.entities(SYSTEM), dtype=np.int64)


def _since(days_: np.ndarray, second: int = 32_400) -> pa.Array:
    return times(moments(days_, second))


def _each(values: Sequence[np.ndarray]) -> np.ndarray:
    """The parts of all companies in a row."""
    return np.concatenate([np.zeros(0, dtype=np.int64), *values]).astype(np.int64)


def _currency_or_blank(currency: np.ndarray, entity: np.ndarray) -> pa.Array:
    """The currency's code; the local one is blank."""
    foreign = currency != LOCAL_CURRENCY[entity]
    return text.where(foreign, text.chosen(list(CURRENCIES), currency), "")


# Companies


def companies(snapshot: Snapshot) -> pa.Table:
    """A company per entity, named after its code."""
    kept = _entities(snapshot)
    return pa.table(
        {
            "id": _companies(kept),
            "systemVersion": text.repeated("27.0.0.0", len(kept)),
            "name": text.chosen(group.ENTITY_CODES, kept),
            "displayName": text.chosen([entity.name for entity in ENTITIES], kept),
        }
    )


def company_information(snapshot: Snapshot) -> pa.Table:
    """Legal name, country and tax number."""
    kept = _entities(snapshot)
    return pa.table(
        {
            "companyId": _companies(kept),
            "id": _guids("company information", kept, np.zeros(len(kept), dtype=np.int64)),
            "displayName": text.chosen([entity.name for entity in ENTITIES], kept),
            "city": text.chosen([entity.city for entity in ENTITIES], kept),
            "country": text.chosen([entity.country for entity in ENTITIES], kept),
            "taxRegistrationNumber": text.chosen([entity.vat_number for entity in ENTITIES], kept),
            "currencyCode": text.chosen(list(CURRENCIES), LOCAL_CURRENCY[kept]),
            "lastModifiedDateTime": _since(np.full(len(kept), erp.MASTER_SINCE)),
        }
    )


def general_ledger_setup(snapshot: Snapshot) -> pa.Table:
    """Local currency and global dimensions; there is no additional reporting currency."""
    kept = _entities(snapshot)
    return pa.table(
        {
            "companyId": _companies(kept),
            "id": _guids("ledger setup", kept, np.zeros(len(kept), dtype=np.int64)),
            "allowPostingFrom": dates(np.full(len(kept), NEVER)),
            "localCurrencyCode": text.chosen(list(CURRENCIES), LOCAL_CURRENCY[kept]),
            "additionalReportingCurrency": text.repeated("", len(kept)),
            "shortcutDimension1Code": text.repeated(_COST_CENTRE, len(kept)),
            "shortcutDimension2Code": text.repeated(_PROFIT_CENTRE, len(kept)),
            "lastModifiedDateTime": _since(np.full(len(kept), erp.MASTER_SINCE)),
        }
    )


def accounting_periods(snapshot: Snapshot) -> pa.Table:
    """A period per month, from the fiscal year in which the ledger begins to the end of the one of the day."""
    kept = _entities(snapshot)
    starts, entities = [], []
    for entity in kept:
        april = group.STARTS_IN_APRIL[[entity]]
        first, last = (
            int(days.fiscal_year_and_period(np.array([day]), april)[0][0]) for day in (days.FIRST_DAY, snapshot.day)
        )
        begins = (first - 1970) * 12 + (3 if april[0] else 0)
        starts.append(days.first_of_month(begins + np.arange(12 * (last - first + 1))))
        entities.append(np.full(len(starts[-1]), entity))
    start, entity = _each(starts), _each(entities)
    end = days.last_of_month(days.month_of(start))
    is_closed = end + _PERIOD_CLOSES_AFTER_DAYS <= snapshot.day
    first_month = np.where(group.STARTS_IN_APRIL[entity], 3, 0)
    return pa.table(
        {
            "companyId": _companies(entity),
            "id": _guids("period", entity, start),
            "startingDate": dates(start),
            "newFiscalYear": truths(days.month_of(start) % 12 == first_month),
            "closed": truths(is_closed),
            "dateLocked": truths(is_closed),
            "lastModifiedDateTime": _since(np.where(is_closed, end + _PERIOD_CLOSES_AFTER_DAYS, erp.MASTER_SINCE)),
        }
    )


def _category(position: int) -> str:
    account = chart.GROUP_ACCOUNT.get(chart.GROUP_CODE_OF_ACCOUNT[position] or "")
    if account and account.statement_line in _COST_OF_GOODS:
        return "Cost_x0020_of_x0020_Goods_x0020_Sold"
    return _CATEGORIES.get(account.account_class, "Expense") if account else "Expense"


def accounts(snapshot: Snapshot) -> pa.Table:
    """The chart of each company, its headings included."""
    opened = erp.unmapped_accounts(snapshot, SYSTEM)
    rows = []
    for entity in _entities(snapshot):
        code = ENTITIES[entity].chart
        rows += [
            (entity, -1 - place, *heading, _NO_OPTION, "Heading", erp.MASTER_SINCE)
            for place, heading in enumerate(_HEADINGS)
        ]
        rows += [
            (
                entity,
                position,
                text.unpadded(number),
                chart.ACCOUNT_NAMES[position],
                _category(position),
                "Posting",
                opened[code] if position == chart.UNMAPPED_ACCOUNT else erp.MASTER_SINCE,
            )
            for known, position, number in erp.known_accounts(snapshot, SYSTEM)
            if known == code
        ]
    entity, position, number, name, category, kind, since = zip(*rows, strict=True) if rows else ((),) * 7
    entity = np.array(entity, dtype=np.int64)
    return pa.table(
        {
            "companyId": _companies(entity),
            "id": _guids("account", entity, np.array(position, dtype=np.int64) + len(_HEADINGS)),
            "number": pa.array(number, pa.string()),
            "displayName": pa.array(name, pa.string()),
            "category": pa.array(category, pa.string()),
            "subCategory": text.repeated("", len(rows)),
            "blocked": truths(np.zeros(len(rows))),
            "accountType": pa.array(kind, pa.string()),
            "directPosting": truths(np.ones(len(rows))),
            "lastModifiedDateTime": _since(np.array(since, dtype=np.int64)),
        }
    )


def dimension_values(snapshot: Snapshot) -> pa.Table:
    """Cost centres and profit centres; what is closed is blocked from the day after its last on."""
    rows = []
    for entity in _entities(snapshot):
        centres = [centre for centre in COST_CENTRES if centre.entity == entity]
        rows += [(entity, _COST_CENTRE, centre.number, centre.name, centre.closes) for centre in centres]
        rows += [
            (entity, _PROFIT_CENTRE, group.PROFIT_CENTRES[entity * len(group.SEGMENTS) + place], segment, NEVER)
            for place, segment in enumerate(group.SEGMENTS)
        ]
    entity, dimension, code, name, closes = zip(*rows, strict=True) if rows else ((),) * 5
    entity, closes = np.array(entity, dtype=np.int64), np.array(closes, dtype=np.int64)
    is_closed = closes < snapshot.day
    return pa.table(
        {
            "companyId": _companies(entity),
            "id": _guids("dimension value", entity, np.arange(len(rows))),
            "dimensionCode": pa.array(dimension, pa.string()),
            "code": pa.array(code, pa.string()),
            "displayName": pa.array(name, pa.string()),
            "blocked": truths(is_closed),
            "lastModifiedDateTime": _since(np.where(is_closed, closes + 1, erp.MASTER_SINCE), 1800),
        }
    )


# Partners and items


def customers(snapshot: Snapshot) -> pa.Table:
    """Customers of each company; a second record of one is blocked for everything once it was seen."""
    frame = snapshot.world.customers
    records = parties.known_on(frame, snapshot.world.duplicates, snapshot.day)
    dealing = erp.customer_entities(snapshot)[records.customer]
    is_affiliate = records.customer < len(ENTITIES)
    kept = [np.flatnonzero((dealing == entity) | is_affiliate) for entity in _entities(snapshot)]
    row = _each(kept)
    entity = _each([np.full(len(rows), at) for rows, at in zip(kept, _entities(snapshot), strict=True)])
    known, is_gone = records.take(row), records.gone[row] <= snapshot.day
    number = erp.customer_record_numbers(known)
    return pa.table(
        {
            "companyId": _companies(entity),
            "id": _guids("customer", entity, known.customer * 2 + known.is_duplicate),
            "number": number,
            "displayName": parties.customer_names(frame, known.customer),
            "type": text.repeated("Company", len(row)),
            "country": text.chosen([land.code for land in parties.COUNTRIES], frame.country[known.customer]),
            "email": text.repeated("", len(row)),
            "website": text.repeated("", len(row)),
            "taxRegistrationNumber": parties.customer_tax_ids(frame, known.customer),
            "currencyCode": _currency_or_blank(frame.currency[known.customer], entity),
            "blocked": text.where(is_gone, "All", _NO_OPTION),
            "lastModifiedDateTime": _since(np.where(is_gone, known.gone, known.made)),
        }
    )


def vendors(snapshot: Snapshot) -> pa.Table:
    """Vendors of each company."""
    frame = snapshot.world.suppliers
    known = erp.known_suppliers(snapshot, SYSTEM)
    is_affiliate = known < len(ENTITIES)
    kept = [known[(frame.entity[known] == entity) | is_affiliate] for entity in _entities(snapshot)]
    row = _each(kept)
    entity = _each([np.full(len(rows), at) for rows, at in zip(kept, _entities(snapshot), strict=True)])
    return pa.table(
        {
            "companyId": _companies(entity),
            "id": _guids("vendor", entity, row),
            "number": parties.supplier_numbers(row),
            "displayName": parties.supplier_names(frame, row),
            "country": text.chosen([land.code for land in parties.COUNTRIES], frame.country[row]),
            "taxRegistrationNumber": parties.supplier_tax_ids(frame, row),
            "currencyCode": _currency_or_blank(frame.currency[row], entity),
            "blocked": text.repeated(_NO_OPTION, len(row)),
            "lastModifiedDateTime": _since(frame.created[row]),
        }
    )


def items(snapshot: Snapshot) -> pa.Table:
    """What is sold, in every company."""
    known = erp.known_products(snapshot, SYSTEM)
    kept = _entities(snapshot)
    entity, place = (part.ravel() for part in np.meshgrid(kept, np.arange(len(known)), indexing="ij"))
    is_service = np.array([product.family in ("SERVICE", "CLOUD") for product, _ in known])
    return pa.table(
        {
            "companyId": _companies(entity),
            "id": _guids("item", entity, np.array([catalogue.PRODUCT[product.code] for product, _ in known])[place]),
            "number": text.chosen([product.code for product, _ in known], place),
            "displayName": text.chosen([product.name for product, _ in known], place),
            "type": text.where(is_service[place], "Service", "Inventory"),
            "itemCategoryCode": text.chosen([product.family for product, _ in known], place),
            "blocked": truths(np.zeros(len(place))),
            "lastModifiedDateTime": _since(np.array([since for _, since in known])[place]),
        }
    )


def _posting_groups(snapshot: Snapshot, kind: str, column: str, accounts_: tuple[str, str]) -> pa.Table:
    """Two groups per company: with everybody else, and with the group's own companies."""
    kept = np.repeat(_entities(snapshot), len(_GROUPS))
    place = np.arange(len(kept)) % len(_GROUPS)
    account = np.array([chart.ACCOUNT[name] for name in accounts_])[place]
    return pa.table(
        {
            "companyId": _companies(kept),
            "id": _guids(kind, kept, place),
            "code": text.chosen(list(_GROUPS), place),
            column: _account_numbers(account, kept),
        }
    )


def customer_posting_groups(snapshot: Snapshot) -> pa.Table:
    """Which account a customer's entries are posted to."""
    return _posting_groups(snapshot, "customer group", "receivablesAccount", ("AR_TRADE", "AR_AFFILIATES"))


def vendor_posting_groups(snapshot: Snapshot) -> pa.Table:
    """Which account a vendor's entries are posted to."""
    return _posting_groups(snapshot, "vendor group", "payablesAccount", ("AP_TRADE", "AP_AFFILIATES"))


def _account_numbers(account: np.ndarray, entity: np.ndarray) -> pa.Array:
    return pa.compute.utf8_ltrim(erp.chart_numbers(account, entity), "0")


def currency_exchange_rates(snapshot: Snapshot) -> pa.Table:
    """What one unit of each foreign currency costs at the start of every month; 100 units of the yen."""
    first, last = days.month_of(np.array([days.FIRST_DAY, snapshot.day]))
    entity, source, month = (
        part.ravel()
        for part in np.meshgrid(
            _entities(snapshot), np.arange(len(CURRENCIES)), np.arange(first, last + 1), indexing="ij"
        )
    )
    foreign = source != LOCAL_CURRENCY[entity]
    entity, source, month = entity[foreign], source[foreign], month[foreign]
    on, target = days.first_of_month(month), LOCAL_CURRENCY[entity]
    units = np.where(MINOR_UNITS[source] == 0, 100, 1)
    million = 1_000_000 * units * 10 ** MINOR_UNITS[source]
    price = snapshot.world.rates.converted(million, source, target, on) // 10 ** MINOR_UNITS[target]
    return pa.table(
        {
            "companyId": _companies(entity),
            "id": _guids("rate", entity, source * 100_000 + month),
            "currencyCode": text.chosen(list(CURRENCIES), source),
            "startingDate": dates(on),
            "exchangeRateAmount": decimals(units, 0),
            "relationalCurrencyCode": text.repeated("", len(on)),
            "relationalExchangeRateAmount": decimals(price, 6),
            "lastModifiedDateTime": _since(on),
        }
    )


# Ledgers


@dataclass(frozen=True)
class _Ledger:
    """The visible lines of the companies, in the order of their entry numbers.

    `first` is the position of each document's first line, `of` each line's place among the documents; `option` is the
    type of its document. `changed` is the day of the last change of the entry itself.
    """

    lines: Frame
    entry: np.ndarray
    number: np.ndarray
    first: np.ndarray
    of: np.ndarray
    option: np.ndarray
    is_corrected: np.ndarray
    changed: np.ndarray


def _ledger(snapshot: Snapshot) -> tuple[_Ledger, np.ndarray]:
    """The ledger, and the positions of its lines in the journal. There is one ledger only: the others' are not kept."""
    view = snapshot.journal
    rows = erp.ledger_rows(snapshot, SYSTEM)
    document = view.journal.lines.document[rows]
    rows = rows[view.journal.documents.ledger[document] == 0]
    lines = view.lines(rows)
    _, first, of = np.unique(lines.document, return_index=True, return_inverse=True)
    is_item = lines.is_receivable | lines.is_payable
    side = np.zeros(len(first), dtype=np.int64)
    np.add.at(side, of[is_item], np.sign(lines.amount[is_item]))
    head_type = lines.type[first]
    kinds = np.array([_TYPES.get(code, (_PLAIN, _PLAIN)) for code in TYPE])
    # A billing document that credits the customer is a credit memo, a payment that debits him a refund.
    is_other = np.where(head_type == TYPE["RV"], side < 0, side > 0)
    option = kinds[head_type, is_other.astype(np.int8)][of] if len(of) else np.zeros(0, dtype=np.int64)
    # What the ledger itself takes back is marked on both; a credit memo that corrects an invoice is not of that kind.
    is_journal = lines.reference_kind != REFERENCE["billing_document"]
    is_corrected = lines.is_reversed & is_journal
    ledger = _Ledger(
        lines=lines,
        entry=view.journal.lines_before[lines.document] + lines.line,
        number=_ERP.document_numbers(view.journal, lines.document),
        first=first,
        of=of,
        option=option,
        is_corrected=is_corrected,
        changed=np.maximum(lines.entry, np.where(is_corrected, lines.reversal_entry, 0)).astype(np.int64),
    )
    return ledger, rows


def _changed(changed: np.ndarray, lines: Frame) -> pa.Array:
    """The moment of the last change: of the entry, or of the evening on which something happened to it."""
    second = np.where(changed > lines.entry, 18 * 3600 + 330, lines.entry_second)
    return times(moments(changed, second))


def general_ledger_entries(snapshot: Snapshot) -> pa.Table:
    """Debits and credits in local currency; a reversal is a negative amount on the side of its original."""
    ledger, _ = _ledger(snapshot)
    lines = ledger.lines
    local = LOCAL_CURRENCY[lines.entity]
    is_debit = np.where(lines.reverses >= 0, lines.local < 0, lines.local >= 0)
    nothing = np.zeros(len(lines), dtype=np.int64)
    return pa.table(
        {
            "companyId": _companies(lines.entity),
            "id": _guids("entry", lines.entity, ledger.entry),
            "entryNumber": whole(ledger.entry),
            "postingDate": dates(lines.posting),
            "documentNumber": text.plain(ledger.number),
            "documentType": text.chosen(_OPTIONS, ledger.option),
            "accountId": _guids("account", lines.entity, lines.account.astype(np.int64) + len(_HEADINGS)),
            "accountNumber": _account_numbers(lines.account, lines.entity),
            "description": text.chosen([name for _, name in DOCUMENT_TYPES.values()], lines.type),
            "debitAmount": money(np.where(is_debit, lines.local, 0), local),
            "creditAmount": money(np.where(is_debit, 0, -lines.local), local),
            "additionalCurrencyDebitAmount": money(nothing, local),
            "additionalCurrencyCreditAmount": money(nothing, local),
            "lastModifiedDateTime": _changed(ledger.changed, lines),
        }
    )


def general_ledger_entry_dimensions(snapshot: Snapshot) -> pa.Table:
    """The cost centre of entries that have one, and the profit centre of all."""
    ledger, _ = _ledger(snapshot)
    has_centre = ledger.lines.cost_centre >= 0
    row = np.concatenate([np.flatnonzero(has_centre), np.arange(len(has_centre))])
    is_centre = np.arange(len(row)) < has_centre.sum()
    lines = ledger.lines.take(row)
    entity, segment = lines.entity, lines.segment.astype(np.int64)
    centre = text.chosen([centre.number for centre in COST_CENTRES], np.maximum(lines.cost_centre, 0))
    centre_name = text.chosen([centre.name for centre in COST_CENTRES], np.maximum(lines.cost_centre, 0))
    profit_centre = text.chosen(group.PROFIT_CENTRES, entity * len(group.SEGMENTS) + segment)
    return pa.table(
        {
            "companyId": _companies(entity),
            "parentId": _guids("entry", entity, ledger.entry[row]),
            "id": _guids("dimension", entity, is_centre.astype(np.int64)),
            "code": text.where(is_centre, _COST_CENTRE, _PROFIT_CENTRE),
            "parentType": text.repeated("General_x0020_Ledger_x0020_Entry", len(row)),
            "displayName": text.where(is_centre, "Cost centre", "Profit centre"),
            "valueCode": text.where(is_centre, centre, profit_centre),
            "valueDisplayName": text.where(is_centre, centre_name, text.chosen(list(group.SEGMENTS), segment)),
        }
    )


@dataclass(frozen=True)
class _Settlement:
    """Per line of the ledger: what is left of it, whether it is open, the entry that closed it (0: none) and when.

    The entry that comes last closes the others; it bears no mark of its own when it is used up by them, and the mark
    of one of them when it is used up and they are not (a payment in part).
    """

    remaining: np.ndarray
    is_open: np.ndarray
    closed_by: np.ndarray
    closed_on: np.ndarray
    changed: np.ndarray


def _settlement(snapshot: Snapshot, ledger: _Ledger, rows: np.ndarray) -> _Settlement:
    view, lines = snapshot.journal, ledger.lines
    state = erp.settled(view, rows, lines, ledger.first, ledger.of)
    links, item = state.links, state.item
    clearing, _ = view.clearing(rows)
    is_item = lines.is_receivable | lines.is_payable
    count = len(ledger.first)
    order = np.argsort(links.entered, kind="stable")
    old, pays, entered = links.position[order], state.payer[order], links.entered[order]
    by = item[pays]
    closing_entry = np.where(by >= 0, ledger.entry[np.maximum(by, 0)], 0) if len(by) else by
    on = np.maximum(view.journal.documents.posting[links.next_document[order]], lines.posting[old])
    changed = ledger.changed.copy()
    np.maximum.at(changed, old, entered)
    # Of several that pay one item, the last one closes it.
    closed_by, closed_on = np.zeros(len(lines), dtype=np.int64), np.full(len(lines), NEVER)
    closes = clearing[old] >= 0
    closed_by[old[closes]], closed_on[old[closes]] = closing_entry[closes], on[closes]
    # A payment whose invoice lives on, or was closed by another payment, is closed by the invoice.
    in_part = np.flatnonzero((by >= 0) & (closed_by[old] != closing_entry))
    by_document, on_document = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    by_document[pays[in_part]], on_document[pays[in_part]] = ledger.entry[old[in_part]], on[in_part]
    changed_document = np.zeros(count, dtype=np.int64)
    np.maximum.at(changed_document, pays[in_part], entered[in_part])
    used = np.flatnonzero(is_item & (by_document[ledger.of] > 0))
    closed_by[used], closed_on[used] = by_document[ledger.of[used]], on_document[ledger.of[used]]
    changed[used] = np.maximum(changed[used], changed_document[ledger.of[used]])
    return _Settlement(state.remaining, state.is_open, closed_by, closed_on, changed)


def _subledger(snapshot: Snapshot, side: str) -> pa.Table:
    """Entries of customers or vendors."""
    ledger, rows = _ledger(snapshot)
    settled = _settlement(snapshot, ledger, rows)
    is_of_side = ledger.lines.is_receivable if side == "customer" else ledger.lines.is_payable
    keep = np.flatnonzero(is_of_side)
    lines, journal = ledger.lines.take(keep), snapshot.journal.journal
    entity, currency = lines.entity, lines.currency.astype(np.int64)
    number = (
        parties.customer_numbers(np.maximum(lines.customer, 0))
        if side == "customer"
        else parties.supplier_numbers(np.maximum(lines.supplier, 0))
    )
    is_affiliate = np.isin(lines.account, [chart.ACCOUNT["AR_AFFILIATES"], chart.ACCOUNT["AP_AFFILIATES"]])
    is_reversal = (lines.reverses >= 0) & (lines.reference_kind != REFERENCE["billing_document"])
    original, reversal = np.maximum(lines.reverses, 0), np.maximum(lines.reversed_by, 0)
    changed = np.maximum(settled.changed[keep], ledger.changed[keep])
    return pa.table(
        {
            "companyId": _companies(entity),
            "id": _guids(side + " entry", entity, ledger.entry[keep]),
            "entryNumber": whole(ledger.entry[keep]),
            f"{side}Number": number,
            f"{side}PostingGroup": text.where(is_affiliate, _GROUPS[1], _GROUPS[0]),
            "postingDate": dates(lines.posting),
            "documentDate": dates(lines.document_date),
            "dueDate": dates(lines.due),
            "documentType": text.chosen(_OPTIONS, ledger.option[keep]),
            "documentNumber": text.plain(ledger.number[keep]),
            "externalDocumentNumber": erp.references(snapshot, lines.reference_kind, lines.reference),
            "currencyCode": _currency_or_blank(currency, entity),
            "amount": money(lines.amount, currency),
            "amountLcy": money(lines.local, LOCAL_CURRENCY[entity]),
            "remainingAmount": money(settled.remaining[keep], currency),
            "open": truths(settled.is_open[keep]),
            "closedByEntryNumber": whole(settled.closed_by[keep]),
            "closedAtDate": dates(settled.closed_on[keep]),
            "reversedByEntryNumber": whole(
                np.where(ledger.is_corrected[keep], journal.lines_before[reversal] + lines.line, 0)
            ),
            "reversedEntryNumber": whole(np.where(is_reversal, journal.lines_before[original] + lines.line, 0)),
            "lastModifiedDateTime": _changed(changed, lines),
        }
    )


def customer_ledger_entries(snapshot: Snapshot) -> pa.Table:
    """What customers owe, and what they paid."""
    return _subledger(snapshot, "customer")


def vendor_ledger_entries(snapshot: Snapshot) -> pa.Table:
    """What vendors are owed, and what they were paid."""
    return _subledger(snapshot, "vendor")


def _totals(snapshot: Snapshot, is_debit: bool) -> pa.Table:
    lines = _ledger(snapshot)[0].lines
    rows = np.flatnonzero((lines.local > 0) == is_debit)
    key, of = np.unique(lines.entity[rows] * 10**6 + lines.posting[rows], return_inverse=True)
    entity = key // 10**6
    return pa.table(
        {
            "companyId": _companies(entity),
            "postingDate": dates(key % 10**6),
            "amount": money(sum_by(of, lines.local[rows], len(key)), LOCAL_CURRENCY[entity]),
            "lineCount": whole(np.bincount(of, minlength=len(key))),
        }
    )


def ledger_debit_totals(snapshot: Snapshot) -> pa.Table:
    """Entries above zero by posting date: their sum and number."""
    return _totals(snapshot, True)


def ledger_credit_totals(snapshot: Snapshot) -> pa.Table:
    """Entries of zero and below by posting date: their sum and number."""
    return _totals(snapshot, False)


# Sales documents


def _sales(snapshot: Snapshot, option: int) -> tuple[_Ledger, _Settlement, np.ndarray]:
    """The ledger, and the places of the documents that Business Central itself billed, invoices or credit memos."""
    ledger, rows = _ledger(snapshot)
    is_billed = ledger.lines.reference_kind[ledger.first] == REFERENCE["billing_document"]
    places = np.flatnonzero(is_billed & (ledger.option[ledger.first] == option))
    return ledger, _settlement(snapshot, ledger, rows), places


def _heads(snapshot: Snapshot, option: int) -> pa.Table:
    ledger, settled, places = _sales(snapshot, option)
    head, lines = ledger.lines.take(ledger.first[places]), ledger.lines
    is_item = lines.is_receivable
    count = len(ledger.first)
    sign = 1 if option == _INVOICE else -1
    gross = sign * sum_by(ledger.of, np.where(is_item, lines.amount, 0), count)[places]
    is_tax = lines.account == chart.ACCOUNT["OUTPUT_TAX"]
    tax = -sign * sum_by(ledger.of, np.where(is_tax, lines.amount, 0), count)[places]
    remaining = sign * sum_by(ledger.of, np.where(is_item, settled.remaining, 0), count)[places]
    is_open = sum_by(ledger.of, (is_item & settled.is_open).astype(np.int64), count)[places] > 0
    due = np.full(count, 0)
    np.maximum.at(due, ledger.of[is_item], lines.due[is_item])
    customer = np.full(count, 0)
    np.maximum.at(customer, ledger.of[is_item], lines.customer[is_item])
    changed = np.zeros(count, dtype=np.int64)
    np.maximum.at(changed, ledger.of, np.where(is_item, settled.changed, lines.entry))
    is_cancelled = head.is_reversed if option == _INVOICE else head.reverses >= 0
    changed = np.maximum(changed[places], np.where(head.is_reversed, head.reversal_entry, 0))
    entity, currency = head.entity, head.currency.astype(np.int64)
    date_name = "invoiceDate" if option == _INVOICE else "creditMemoDate"
    billings = snapshot.world.machines.billings
    billing = head.reference
    if option == _INVOICE:
        orders = billings.order[billing] if len(billings) else np.zeros(0, dtype=np.int64)
        own = {
            "orderNumber": text.joined("SO", text.plain(orders + 1)),
            "remainingAmount": money(remaining, currency),
        }
        status = np.where(is_cancelled, 2, np.where(is_open, 0, 1))
    else:
        cancels = billings.cancels[billing] if len(billings) else np.zeros(0, dtype=np.int64)
        invoice = snapshot.world.billing_documents[np.maximum(cancels, 0)] if len(cancels) else cancels
        is_credit = billings.kind[billing] == CANCELLATION if len(billings) else np.zeros(0, dtype=bool)
        invoices = text.plain(_ERP.document_numbers(snapshot.journal.journal, invoice.astype(np.int64)))
        own = {"invoiceNumber": text.where(is_credit, invoices, "")}
        status = np.where(is_cancelled, 3, np.where(is_open, 0, 1))
    number = parties.customer_numbers(customer[places])
    return pa.table(
        {
            "companyId": _companies(entity),
            "id": _guids("sales document", entity, ledger.number[ledger.first[places]]),
            "number": text.plain(ledger.number[ledger.first[places]]),
            "externalDocumentNumber": text.repeated("", len(places)),
            date_name: dates(head.document_date),
            "postingDate": dates(head.posting),
            "dueDate": dates(due[places]),
            "customerNumber": number,
            "billToCustomerNumber": number,
            "currencyCode": _currency_or_blank(currency, entity),
            **own,
            "totalAmountExcludingTax": money(gross - tax, currency),
            "totalTaxAmount": money(tax, currency),
            "totalAmountIncludingTax": money(gross, currency),
            "status": text.chosen(["Open", "Paid", "Canceled", "Corrective"], status),
            "lastModifiedDateTime": _changed(changed, head),
        }
    )


def _document_lines(snapshot: Snapshot, option: int) -> pa.Table:
    """The lines with an item, and none for rounding."""
    ledger, _, places = _sales(snapshot, option)
    is_chosen = np.zeros(len(ledger.first), dtype=bool)
    is_chosen[places] = True
    quantity, _ = erp.billed_quantities(snapshot, ledger.lines)
    rows = np.flatnonzero(is_chosen[ledger.of] & (ledger.lines.product >= 0))
    lines = ledger.lines.take(rows)
    entity, currency = lines.entity, lines.currency.astype(np.int64)
    net = lines.amount * (-1 if option == _INVOICE else 1)
    return pa.table(
        {
            "companyId": _companies(entity),
            "documentId": _guids("sales document", entity, ledger.number[rows]),
            "id": _guids("sales line", entity, ledger.entry[rows]),
            "sequence": whole(lines.line.astype(np.int64) * 10_000),
            "itemId": _guids("item", entity, lines.product.astype(np.int64)),
            "accountId": text.repeated(_NOBODY, len(rows)),
            "lineType": text.repeated("Item", len(rows)),
            "lineObjectNumber": text.chosen([product.code for product in catalogue.ALL_PRODUCTS], lines.product),
            "description": text.chosen([product.name for product in catalogue.ALL_PRODUCTS], lines.product),
            "quantity": decimals(quantity[rows], 0, 15),
            "netAmount": money(net, currency),
            "netTaxAmount": money(np.zeros(len(rows), dtype=np.int64), currency),
        }
    )


def sales_invoices(snapshot: Snapshot) -> pa.Table:
    """Posted invoices, and the drafts that live on the day."""
    posted = _heads(snapshot, _INVOICE)
    kept = _entities(snapshot)
    first, last = days.month_of(np.array([days.FIRST_DAY, snapshot.day]))
    begun = days.first_of_month(np.arange(first, last + 1)) + 26
    begun = begun[(begun <= snapshot.day) & (begun + _DRAFT_DAYS > snapshot.day)]
    if not len(kept) or not len(begun):
        return posted
    entity, day = np.repeat(kept, len(begun)), np.tile(begun, len(kept))
    count, local = len(entity), LOCAL_CURRENCY[entity]
    nothing = money(np.zeros(count, dtype=np.int64), local)
    draft = pa.table(
        {
            "companyId": _companies(entity),
            "id": _guids("draft", entity, day),
            "number": text.joined("DRAFT", text.plain(day)),
            "externalDocumentNumber": text.repeated("", count),
            "invoiceDate": dates(day),
            "postingDate": dates(day),
            "dueDate": dates(np.full(count, NEVER)),
            "customerNumber": parties.customer_numbers(np.zeros(count, dtype=np.int64)),
            "billToCustomerNumber": parties.customer_numbers(np.zeros(count, dtype=np.int64)),
            "currencyCode": text.repeated("", count),
            "orderNumber": text.repeated("", count),
            "remainingAmount": nothing,
            "totalAmountExcludingTax": nothing,
            "totalTaxAmount": nothing,
            "totalAmountIncludingTax": nothing,
            "status": text.repeated("Draft", count),
            "lastModifiedDateTime": _since(day),
        }
    )
    return pa.concat_tables([posted, draft.select(posted.column_names).cast(posted.schema)])


def sales_invoice_lines(snapshot: Snapshot) -> pa.Table:
    """Item lines of the posted invoices."""
    return _document_lines(snapshot, _INVOICE)


def sales_credit_memos(snapshot: Snapshot) -> pa.Table:
    """Posted credit memos, above zero; one that cancels an invoice is corrective."""
    return _heads(snapshot, _CREDIT)


def sales_credit_memo_lines(snapshot: Snapshot) -> pa.Table:
    """Item lines of the credit memos."""
    return _document_lines(snapshot, _CREDIT)


TABLES = {
    make.__name__: make
    for make in (
        companies,
        company_information,
        general_ledger_setup,
        accounting_periods,
        accounts,
        dimension_values,
        customers,
        vendors,
        items,
        customer_posting_groups,
        vendor_posting_groups,
        currency_exchange_rates,
        general_ledger_entries,
        general_ledger_entry_dimensions,
        customer_ledger_entries,
        vendor_ledger_entries,
        sales_invoices,
        sales_invoice_lines,
        sales_credit_memos,
        sales_credit_memo_lines,
        ledger_debit_totals,
        ledger_credit_totals,
    )
}
