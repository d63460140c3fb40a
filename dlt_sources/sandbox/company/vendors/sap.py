"""SAP S/4HANA: ledger, subledgers, sales, purchasing and their master data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dlt_sources.sandbox.company import catalogue, chart, days, group, parties, text
from dlt_sources.sandbox.company.columns import currencies, dates, decimals, moments, money, times, truths, whole
from dlt_sources.sandbox.company.days import NEVER, day
from dlt_sources.sandbox.company.draws import scattered
from dlt_sources.sandbox.company.frame import Frame, sum_by
from dlt_sources.sandbox.company.group import COST_CENTRES, CURRENCY, ENTITIES, GROUP_CURRENCY, LOCAL_CURRENCY
from dlt_sources.sandbox.company.journal import DOCUMENT_TYPES, LEDGERS, REFERENCE
from dlt_sources.sandbox.company.machines import CANCELLATION, PAYMENT_TERMS
from dlt_sources.sandbox.company.vendors.stripe import credit_note_numbers, invoice_numbers

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

# Lines per piece when a large table is handed out in pieces.
_BATCH = 500_000
_FOREVER = days.day("9999-12-31")
_MASTER_SINCE = day("2016-01-04")
_ENTITY_CODES = group.ENTITY_CODES
_LANGUAGES = {"DE": "DE", "FR": "FR"}
_TERMS = [code for code, _ in PAYMENT_TERMS]


def _chart_numbers(account: np.ndarray, entity: np.ndarray) -> pa.Array:
    """Account numbers of the entity's chart."""
    numbers = [number for code in chart.CHARTS for number in chart.ACCOUNT_NUMBERS[code]]
    return text.chosen(numbers, np.array(chart.CHART_OF_ENTITY)[entity] * len(chart.ACCOUNT) + account)


def _entity(positions: np.ndarray) -> pa.Array:
    return text.chosen(_ENTITY_CODES, positions)


def _or_blank(known: np.ndarray, values: pa.Array) -> pa.Array:
    return text.where(known, values, "")


def _customers_or_blank(rows: np.ndarray) -> pa.Array:
    return _or_blank(rows >= 0, parties.customer_numbers(np.maximum(rows, 0)))


def _suppliers_or_blank(rows: np.ndarray) -> pa.Array:
    return _or_blank(rows >= 0, parties.supplier_numbers(np.maximum(rows, 0)))


def _materials(products: np.ndarray) -> pa.Array:
    """Material numbers, blank for -1."""
    return text.chosen([product.material for product in catalogue.ALL_PRODUCTS] + [""], products)


def _cost_centres(positions: np.ndarray) -> pa.Array:
    return text.chosen([*group.COST_CENTRE_NUMBERS, ""], positions)


def _profit_centres(entity: np.ndarray, segment: np.ndarray) -> pa.Array:
    return text.chosen(group.PROFIT_CENTRES, entity * len(group.SEGMENTS) + segment)


def billing_document_numbers(rows: np.ndarray) -> pa.Array:
    """Numbers of billing documents."""
    return text.padded(90_000_000 + np.asarray(rows), 10)


def delivery_numbers(rows: np.ndarray) -> pa.Array:
    """Numbers of outbound deliveries."""
    return text.padded(80_000_000 + np.asarray(rows), 10)


def sales_order_numbers(rows: np.ndarray) -> pa.Array:
    """Numbers of sales orders."""
    return text.padded(1 + np.asarray(rows), 10)


def _purchase_order_numbers(rows: np.ndarray) -> pa.Array:
    return text.padded(4_500_000_000 + np.asarray(rows), 10)


def _supplier_invoice_numbers(rows: np.ndarray) -> pa.Array:
    return text.padded(5_105_600_000 + np.asarray(rows), 10)


def _supplier_references(rows: np.ndarray) -> pa.Array:
    """What the supplier calls its invoice."""
    series = text.padded(scattered(rows, 41) % 10_000, 4)
    return text.joined("INV-", series, "-", text.plain(np.asarray(rows) % 10_000_000))


def posting_batches(batch_days: np.ndarray) -> pa.Array:
    """Names of Singapore's daily posting batches: SB3020-20260115."""
    months = days.month_of(batch_days)
    of_month = batch_days - days.first_of_month(months) + 1
    return text.joined("SB3020-", text.padded((1970 + months // 12) * 10_000 + (months % 12 + 1) * 100 + of_month, 8))


def _references(snapshot: Snapshot, kind: np.ndarray, number: np.ndarray) -> pa.Array:
    """The text of references from their kind and number."""
    writers = {
        "billing_document": billing_document_numbers,
        "delivery": delivery_numbers,
        "stripe_invoice": lambda rows: invoice_numbers(snapshot.world.subscriptions.invoices, rows),
        "posting_batch": posting_batches,
        "credit_note": lambda rows: credit_note_numbers(snapshot.world.subscriptions, rows),
        "charge": lambda rows: text.joined("CH-", text.padded(rows, 9)),
        "payout": lambda rows: text.joined("PO-", text.padded(rows, 6)),
        "affiliate_charge": lambda rows: text.joined("IC-", text.padded(rows, 6)),
        "purchase_order": _purchase_order_numbers,
        "supplier_invoice": _supplier_references,
        "payment": lambda rows: text.joined("PAY", text.padded(rows, 9)),
        "month": lambda rows: text.padded((1970 + rows // 12) * 100 + rows % 12 + 1, 6),
    }
    values = text.repeated("", len(kind))
    for name, write in writers.items():
        rows = np.flatnonzero(kind == REFERENCE[name])
        if len(rows):
            places = np.full(len(kind), -1)
            places[rows] = np.arange(len(rows))
            written = write(number[rows]).take(pa.array(np.maximum(places, 0)))
            values = text.where(places >= 0, written, values)
    return values


# Ledger


def journal_lines(snapshot: Snapshot) -> Iterator[pa.Table]:
    """All lines of all ledgers in the order of their keys."""
    rows = snapshot.journal.rows
    for start in range(0, max(len(rows), 1), _BATCH):
        yield _journal_lines(snapshot, rows[start : start + _BATCH])


def _journal_lines(snapshot: Snapshot, rows: np.ndarray) -> pa.Table:
    view = snapshot.journal
    lines = view.lines(rows)
    count = len(rows)
    entity = lines.entity
    local_currency = LOCAL_CURRENCY[entity]
    year, period = lines.fiscal_year.astype(np.int64), lines.period.astype(np.int64)
    ledger = text.chosen(list(LEDGERS), lines.ledger)
    document_types = list(DOCUMENT_TYPES)
    is_debit = np.where(lines.local != 0, lines.local, lines.amount) >= 0
    segment = lines.segment.astype(np.int64)
    created = moments(lines.entry, lines.entry_second)
    changed = np.where(lines.is_reversed, moments(lines.reversal_entry % NEVER, 18 * 3600), created)
    is_billing = lines.reference_kind == REFERENCE["billing_document"]
    is_purchase = lines.reference_kind == REFERENCE["purchase_order"]
    reversed_document = view.journal.documents.number[np.maximum(lines.reverses, 0)]
    financial = np.where(lines.is_receivable, 0, np.where(lines.is_payable, 1, 2))
    orders = snapshot.world.machines.billings.order
    reference = _references(snapshot, lines.reference_kind, lines.reference)
    return pa.table(
        {
            "SourceLedger": ledger,
            "CompanyCode": _entity(entity),
            "FiscalYear": text.padded(year, 4),
            "AccountingDocument": text.padded(lines.number, 10),
            "LedgerGLLineItem": text.padded(lines.line, 6),
            "Ledger": ledger,
            "FiscalPeriod": text.padded(period, 3),
            "FiscalYearPeriod": text.padded(year * 1000 + period, 7),
            "PostingDate": dates(lines.posting),
            "DocumentDate": dates(lines.document_date),
            "AccountingDocumentType": text.chosen(document_types, lines.type),
            "ChartOfAccounts": text.chosen([e.chart for e in ENTITIES], entity),
            "GLAccount": _chart_numbers(lines.account, entity),
            "CostCenter": _cost_centres(lines.cost_centre),
            "ProfitCenter": _profit_centres(entity, segment),
            "FunctionalArea": text.where(lines.cost_centre >= 0, "YB40", ""),
            "Segment": text.chosen(list(group.SEGMENTS), segment),
            "PartnerCompany": _or_blank(lines.partner >= 0, _entity(lines.partner)),
            "Customer": _customers_or_blank(lines.customer),
            "Supplier": _suppliers_or_blank(lines.supplier),
            "Product": _materials(lines.product),
            "DebitCreditCode": text.where(is_debit, "S", "H"),
            "TransactionCurrency": currencies(lines.currency),
            "AmountInTransactionCurrency": money(lines.amount, lines.currency),
            "CompanyCodeCurrency": currencies(local_currency),
            "AmountInCompanyCodeCurrency": money(lines.local, local_currency),
            "GlobalCurrency": text.repeated(GROUP_CURRENCY, count),
            "AmountInGlobalCurrency": money(lines.group, np.full(count, CURRENCY[GROUP_CURRENCY])),
            "IsReversal": truths(lines.reverses >= 0),
            "IsReversed": truths(lines.is_reversed),
            "ReversalReferenceDocument": _or_blank(lines.reverses >= 0, text.padded(reversed_document, 10)),
            "ReferenceDocumentType": text.where(is_billing, "VBRK", "BKPF"),
            "ReferenceDocument": text.where(is_billing, reference, text.padded(lines.number, 10)),
            "AssignmentReference": _references(snapshot, lines.assignment_kind, lines.assignment),
            "DocumentItemText": text.chosen([name for _, name in DOCUMENT_TYPES.values()], lines.type),
            "SalesDocument": _or_blank(is_billing, sales_order_numbers(_at(orders, lines.reference, is_billing))),
            "PurchasingDocument": _or_blank(is_purchase, reference),
            "InvoiceReference": _invoice_references(snapshot, lines)[0],
            "FinancialAccountType": text.chosen(["D", "K", "S"], financial),
            "AccountingDocumentCategory": text.repeated("", count),
            "AccountingDocCreatedByUser": text.where(np.isin(lines.type, _MANUAL), "FIACCOUNTANT", "BATCHUSER"),
            "CreationDateTime": times(created),
            "LastChangeDateTime": times(changed),
        }
    )


_MANUAL = [position for position, code in enumerate(DOCUMENT_TYPES) if code in ("SA", "AB")]


def _at(values: np.ndarray, positions: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """values[position] where valid, else 0."""
    if not len(values):
        return np.zeros(len(positions), dtype=np.int64)
    return values[np.where(valid, positions, 0)]


def _invoice_references(snapshot: Snapshot, lines: Frame) -> tuple[pa.Array, pa.Array]:
    """Number and year of the invoice an item belongs to; blank when there is none (or it was never posted)."""
    journal = snapshot.journal.journal
    document = journal.lines.document[np.maximum(lines.invoice_line, 0)]
    known = (lines.invoice_line >= 0) & snapshot.journal.document_exists[document]
    return (
        _or_blank(known, text.padded(journal.documents.number[document], 10)),
        _or_blank(known, text.padded(journal.documents.fiscal_year[document], 4)),
    )


def control_totals(snapshot: Snapshot) -> pa.Table:
    """Sums per ledger, entity, year, period and side."""
    lines = snapshot.journal.lines(snapshot.journal.rows)
    is_debit = (np.where(lines.local != 0, lines.local, lines.amount) >= 0).astype(np.int64)
    key = lines.ledger.astype(np.int64)
    for part, size in ((lines.entity, 100), (lines.fiscal_year, 10_000), (lines.period, 100), (1 - is_debit, 2)):
        key = key * size + part
    keys, position = np.unique(key, return_inverse=True)
    amount = sum_by(position, lines.local, len(keys))
    entity = keys // 2_000_000 % 100
    return pa.table(
        {
            "Ledger": text.chosen(list(LEDGERS), keys // 200_000_000),
            "CompanyCode": _entity(entity),
            "FiscalYear": text.padded(keys // 200 % 10_000, 4),
            "FiscalPeriod": text.padded(keys // 2 % 100, 3),
            "DebitCreditCode": text.chosen(["S", "H"], keys % 2),
            "CompanyCodeCurrency": currencies(LOCAL_CURRENCY[entity]),
            "AmountInCompanyCodeCurrency": money(amount, LOCAL_CURRENCY[entity]),
            "line_count": whole(np.bincount(position, minlength=len(keys))),
        }
    )


def subledger_items(snapshot: Snapshot) -> Iterator[pa.Table]:
    """Customer and supplier items of the leading ledger, with their clearing as of the day."""
    view = snapshot.journal
    lines = view.journal.lines
    rows = view.rows[(lines.is_receivable | lines.is_payable)[view.rows]]
    for start in range(0, max(len(rows), 1), _BATCH):
        yield _subledger_items(snapshot, rows[start : start + _BATCH])


def _subledger_items(snapshot: Snapshot, rows: np.ndarray) -> pa.Table:
    view = snapshot.journal
    documents = view.journal.documents
    lines = view.lines(rows)
    count = len(rows)
    entity = lines.entity
    clearing, cleared_on = view.clearing(rows)
    is_cleared = clearing >= 0
    clearing_document = np.maximum(clearing, 0)
    is_billing = lines.reference_kind == REFERENCE["billing_document"]
    is_purchase = (lines.reference_kind == REFERENCE["supplier_invoice"]) & (lines.reference < 10_000_000)
    purchase = np.where(is_purchase, lines.reference, 0)
    invoice, invoice_year = _invoice_references(snapshot, lines)
    reversing = np.maximum(lines.reversed_by, 0)
    change = np.maximum(lines.entry, np.where(is_cleared, cleared_on, 0))
    change = np.maximum(change, np.where(lines.is_reversed, lines.reversal_entry, 0))
    local_currency = LOCAL_CURRENCY[entity]
    is_debit = np.where(lines.local != 0, lines.local, lines.amount) >= 0
    orders = snapshot.world.machines.billings.order
    assignment = _references(snapshot, lines.assignment_kind, lines.assignment)
    return pa.table(
        {
            "CompanyCode": _entity(entity),
            "FiscalYear": text.padded(lines.fiscal_year.astype(np.int64), 4),
            "AccountingDocument": text.padded(lines.number, 10),
            "AccountingDocumentItem": text.padded(lines.line, 3),
            "FiscalPeriod": text.padded(lines.period.astype(np.int64), 3),
            "AccountingDocumentType": text.chosen(list(DOCUMENT_TYPES), lines.type),
            "AccountingDocumentCategory": text.repeated("", count),
            "FinancialAccountType": text.where(lines.is_receivable, "D", "K"),
            "SpecialGLCode": text.repeated("", count),
            "Customer": _customers_or_blank(lines.customer),
            "Supplier": _suppliers_or_blank(lines.supplier),
            "GLAccount": _chart_numbers(lines.account, entity),
            "PostingDate": dates(lines.posting),
            "DocumentDate": dates(lines.document_date),
            "NetDueDate": dates(lines.due),
            "DueCalculationBaseDate": dates(lines.document_date),
            "NetPaymentDays": decimals(np.maximum(lines.due - lines.document_date, 0), 0, 3),
            "PaymentTerms": text.chosen(_TERMS, lines.terms),
            "PaymentBlockingReason": text.repeated("", count),
            "DebitCreditCode": text.where(is_debit, "S", "H"),
            "TransactionCurrency": currencies(lines.currency),
            "AmountInTransactionCurrency": money(lines.amount, lines.currency),
            "CompanyCodeCurrency": currencies(local_currency),
            "AmountInCompanyCodeCurrency": money(lines.local, local_currency),
            "IsCleared": truths(is_cleared),
            "ClearingDate": dates(np.where(is_cleared, documents.posting[clearing_document], NEVER)),
            "ClearingAccountingDocument": _or_blank(is_cleared, text.padded(documents.number[clearing_document], 10)),
            "ClearingDocFiscalYear": _or_blank(is_cleared, text.padded(documents.fiscal_year[clearing_document], 4)),
            "InvoiceReference": invoice,
            "InvoiceReferenceFiscalYear": invoice_year,
            "BillingDocument": _or_blank(
                is_billing, billing_document_numbers(np.where(is_billing, lines.reference, 0))
            ),
            "SalesDocument": _or_blank(is_billing, sales_order_numbers(_at(orders, lines.reference, is_billing))),
            "PurchasingDocument": _or_blank(is_purchase, _purchase_order_numbers(purchase)),
            "DocumentReferenceID": _references(snapshot, lines.reference_kind, lines.reference),
            "AssignmentReference": text.where(is_purchase, _supplier_invoice_numbers(purchase), assignment),
            "DocumentItemText": text.chosen([name for _, name in DOCUMENT_TYPES.values()], lines.type),
            "PartnerCompany": _or_blank(lines.partner >= 0, _entity(lines.partner)),
            "IsReversal": truths(lines.reverses >= 0),
            "IsReversed": truths(lines.is_reversed),
            "ReverseDocument": _or_blank(lines.is_reversed, text.padded(documents.number[reversing], 10)),
            "LastChangeDate": dates(change),
            "AccountingDocumentCreationDate": dates(lines.entry),
        }
    )


# Organisation and chart


def company_codes(snapshot: Snapshot) -> pa.Table:
    """The entities."""
    return pa.table(
        {
            "CompanyCode": _ENTITY_CODES,
            "CompanyCodeName": [e.name for e in ENTITIES],
            "CityName": [e.city for e in ENTITIES],
            "Country": [e.country for e in ENTITIES],
            "Currency": [e.currency for e in ENTITIES],
            "Language": [_LANGUAGES.get(e.country, "EN") for e in ENTITIES],
            "ChartOfAccounts": [e.chart for e in ENTITIES],
            "FiscalYearVariant": ["V3" if e.starts_in_april else "K4" for e in ENTITIES],
            "Company": [e.code for e in ENTITIES],
            "VATRegistration": [e.vat_number for e in ENTITIES],
            "ControllingArea": [group.CONTROLLING_AREA] * len(ENTITIES),
        }
    )


def _accounts(snapshot: Snapshot) -> list[tuple[str, int, str]]:
    """Chart, position and number of the accounts; the unmapped one only where an error has opened it."""
    opened = _unmapped_accounts(snapshot)
    return [
        (code, position, number)
        for code in chart.CHARTS
        for position, number in enumerate(chart.ACCOUNT_NUMBERS[code])
        if position != chart.UNMAPPED_ACCOUNT or code in opened
    ]


def _unmapped_accounts(snapshot: Snapshot) -> dict[str, int]:
    """Charts with the unmapped account, and the day it was first used."""
    overheads = snapshot.world.purchasing.overheads
    wrong = snapshot.switches.are_on(overheads.error) & (overheads.instead == chart.UNMAPPED_ACCOUNT)
    rows = np.flatnonzero(wrong & (overheads.day <= snapshot.day))
    charts = np.array(chart.CHART_OF_ENTITY)[overheads.entity[rows]]
    return {chart.CHARTS[code]: int(overheads.day[rows[charts == code]].min()) for code in np.unique(charts)}


def gl_accounts(snapshot: Snapshot) -> pa.Table:
    """The accounts of the three charts."""
    accounts = _accounts(snapshot)
    opened = _unmapped_accounts(snapshot)
    is_balance = np.array([chart.IS_BALANCE_SHEET[position] for _, position, _ in accounts])
    created = np.array(
        [opened[code] if position == chart.UNMAPPED_ACCOUNT else _MASTER_SINCE for code, position, _ in accounts]
    )
    codes = [chart.GROUP_CODE_OF_ACCOUNT[position] or "" for _, position, _ in accounts]
    return pa.table(
        {
            "ChartOfAccounts": [code for code, _, _ in accounts],
            "GLAccount": [number for _, _, number in accounts],
            "IsBalanceSheetAccount": truths(is_balance),
            "GLAccountGroup": text.where(is_balance, "BALS", "PLAC"),
            "CorporateGroupAccount": codes,
            "ProfitLossAccountType": text.where(is_balance, "", "X"),
            "AccountIsBlockedForPosting": truths(np.zeros(len(accounts))),
            "GLAccountType": text.where(is_balance, "X", "P"),
            "IsProfitLossAccount": truths(~is_balance),
            "CreationDate": dates(created),
            "LastChangeDateTime": times(moments(created, 9 * 3600)),
        }
    )


def gl_account_texts(snapshot: Snapshot) -> pa.Table:
    """Names of the accounts, in English."""
    accounts = _accounts(snapshot)
    names = [chart.ACCOUNT_NAMES[position] for _, position, _ in accounts]
    return pa.table(
        {
            "ChartOfAccounts": [code for code, _, _ in accounts],
            "GLAccount": [number for _, _, number in accounts],
            "Language": ["EN"] * len(accounts),
            "GLAccountName": [name[:20] for name in names],
            "GLAccountLongName": names,
        }
    )


def cost_centers(snapshot: Snapshot) -> pa.Table:
    """Cost centres with their validity."""
    return pa.table(
        {
            "ControllingArea": [group.CONTROLLING_AREA] * len(COST_CENTRES),
            "CostCenter": group.COST_CENTRE_NUMBERS,
            "ValidityEndDate": dates(np.array([min(c.closes, _FOREVER) for c in COST_CENTRES])),
            "ValidityStartDate": dates(np.full(len(COST_CENTRES), _MASTER_SINCE)),
            "CompanyCode": [ENTITIES[c.entity].code for c in COST_CENTRES],
            "CostCenterCurrency": [ENTITIES[c.entity].currency for c in COST_CENTRES],
            "ProfitCenter": [group.PROFIT_CENTRES[c.entity * len(group.SEGMENTS) + c.is_service] for c in COST_CENTRES],
            "Department": [c.department for c in COST_CENTRES],
            "CostCenterCategory": ["F" if c.group_code == "PRODUCTION" else "V" for c in COST_CENTRES],
        }
    )


def cost_center_texts(snapshot: Snapshot) -> pa.Table:
    """Names of the cost centres."""
    return pa.table(
        {
            "CostCenter": group.COST_CENTRE_NUMBERS,
            "ControllingArea": [group.CONTROLLING_AREA] * len(COST_CENTRES),
            "Language": ["EN"] * len(COST_CENTRES),
            "ValidityEndDate": dates(np.array([min(c.closes, _FOREVER) for c in COST_CENTRES])),
            "ValidityStartDate": dates(np.full(len(COST_CENTRES), _MASTER_SINCE)),
            "CostCenterName": [c.name[:20] for c in COST_CENTRES],
            "CostCenterDescription": [f"{c.name} {ENTITIES[c.entity].city}" for c in COST_CENTRES],
        }
    )


def profit_centers(snapshot: Snapshot) -> pa.Table:
    """Two profit centres per entity."""
    count = len(group.PROFIT_CENTRES)
    entity = np.arange(count) // len(group.SEGMENTS)
    return pa.table(
        {
            "ControllingArea": [group.CONTROLLING_AREA] * count,
            "ProfitCenter": group.PROFIT_CENTRES,
            "ValidityEndDate": dates(np.full(count, _FOREVER)),
            "ValidityStartDate": dates(np.full(count, _MASTER_SINCE)),
            "CompanyCode": _entity(entity),
            "Segment": text.chosen(list(group.SEGMENTS), np.arange(count) % len(group.SEGMENTS)),
            "Department": text.repeated("", count),
        }
    )


# Partners


def _known_customers(snapshot: Snapshot) -> Frame:
    return parties.known_on(snapshot.world.customers, snapshot.world.duplicates, snapshot.day)


def _record_numbers(records: Frame) -> pa.Array:
    """Customer numbers; a second record of the same customer has one of its own."""
    return text.where(
        records.is_duplicate, parties.duplicate_numbers(records.customer), parties.customer_numbers(records.customer)
    )


def _known_suppliers(snapshot: Snapshot) -> np.ndarray:
    return np.flatnonzero(snapshot.world.suppliers.created <= snapshot.day)


def business_partners(snapshot: Snapshot) -> pa.Table:
    """Customers and suppliers as partners; both have the number of their role."""
    world = snapshot.world
    records, suppliers = _known_customers(snapshot), _known_suppliers(snapshot)
    customers = records.customer
    numbers = (_record_numbers(records), parties.supplier_numbers(suppliers))
    created = np.concatenate([records.made, world.suppliers.created[suppliers]])
    # The mark that a second record is not to be used is its last change.
    changed = created.copy()
    changed[: len(records)] = np.where(records.gone <= snapshot.day, records.gone, records.made)
    count = len(created)
    is_customer = np.arange(count) < len(customers)
    number = pa.concat_arrays(numbers)
    return pa.table(
        {
            "BusinessPartner": number,
            "Customer": _or_blank(is_customer, number),
            "Supplier": _or_blank(~is_customer, number),
            "BusinessPartnerCategory": text.repeated("2", count),
            "BusinessPartnerFullName": pa.concat_arrays(
                [parties.customer_names(world.customers, customers), parties.supplier_names(world.suppliers, suppliers)]
            ),
            "BusinessPartnerGrouping": text.where(is_customer, "CUST", "SUPL"),
            "CreationDate": dates(created),
            "LastChangeDate": dates(changed),
        }
    )


def business_partner_tax_numbers(snapshot: Snapshot) -> pa.Table:
    """Tax ids of those who have one; the type begins with the country."""
    world = snapshot.world
    records, suppliers = _known_customers(snapshot), _known_suppliers(snapshot)
    records = records.take(world.customers.has_tax_id[records.customer])
    customers = records.customer
    country = np.concatenate([world.customers.country[customers], world.suppliers.country[suppliers]])
    return pa.table(
        {
            "BusinessPartner": pa.concat_arrays([_record_numbers(records), parties.supplier_numbers(suppliers)]),
            "BPTaxType": text.chosen([f"{land.code}0" for land in parties.COUNTRIES], country),
            "BPTaxNumber": pa.concat_arrays(
                [
                    parties.customer_tax_ids(world.customers, customers),
                    parties.supplier_tax_ids(world.suppliers, suppliers),
                ]
            ),
        }
    )


def business_partner_addresses(snapshot: Snapshot) -> pa.Table:
    """One address per partner."""
    world = snapshot.world
    records, suppliers = _known_customers(snapshot), _known_suppliers(snapshot)
    customers = records.customer
    country = np.concatenate([world.customers.country[customers], world.suppliers.country[suppliers]])
    position = np.concatenate([customers + np.where(records.is_duplicate, 400_000_000, 0), 500_000_000 + suppliers])
    cities = [city for land in parties.COUNTRIES for city in land.cities]
    return pa.table(
        {
            "BusinessPartner": pa.concat_arrays([_record_numbers(records), parties.supplier_numbers(suppliers)]),
            "AddressID": text.padded(position % 1_000_000_000 + 1000, 10),
            "CityName": text.chosen(cities, country * 2 + position % 2),
            "Country": text.chosen([land.code for land in parties.COUNTRIES], country),
            "PostalCode": text.padded(10_000 + scattered(position, 51) % 89_999, 5),
        }
    )


def customers(snapshot: Snapshot) -> pa.Table:
    """Customers with the head of their group. A second record of one is never taken out, only marked for deletion."""
    frame, records = snapshot.world.customers, _known_customers(snapshot)
    rows = records.customer
    parent = frame.parent[rows]
    tax_id = parties.customer_tax_ids(frame, rows)
    return pa.table(
        {
            "Customer": _record_numbers(records),
            "CustomerName": parties.customer_names(frame, rows),
            "CustomerAccountGroup": text.where(rows < parties.FIRST_CUSTOMER, "AFFI", "CUST"),
            "CustomerCorporateGroup": _customers_or_blank(parent),
            "VATRegistration": tax_id.fill_null(""),
            "CreationDate": dates(records.made),
            "DeletionIndicator": truths(records.gone <= snapshot.day),
        }
    )


def customer_companies(snapshot: Snapshot) -> pa.Table:
    """The entity that deals with each customer; own companies deal with the parent."""
    frame, records = snapshot.world.customers, _known_customers(snapshot)
    records = records.take(records.customer != group.PARENT)
    rows = records.customer
    is_affiliate = rows < len(ENTITIES)
    entity = np.where(is_affiliate, group.PARENT, frame.entity[rows])
    entity = np.where(rows == parties.COLLECTIVE, group.SINGAPORE, entity)
    account = np.where(is_affiliate, chart.ACCOUNT["AR_AFFILIATES"], chart.ACCOUNT["AR_TRADE"])
    return pa.table(
        {
            "Customer": _record_numbers(records),
            "CompanyCode": _entity(entity),
            "ReconciliationAccount": _chart_numbers(account, entity),
            "PaymentTerms": text.chosen(_TERMS, 1 + rows % 3),
            "DeletionIndicator": truths(records.gone <= snapshot.day),
        }
    )


def suppliers(snapshot: Snapshot) -> pa.Table:
    """Suppliers."""
    frame, rows = snapshot.world.suppliers, _known_suppliers(snapshot)
    return pa.table(
        {
            "Supplier": parties.supplier_numbers(rows),
            "SupplierName": parties.supplier_names(frame, rows),
            "SupplierAccountGroup": text.where(rows < parties.FIRST_SUPPLIER, "AFFI", "SUPL"),
            "VATRegistration": parties.supplier_tax_ids(frame, rows),
            "CreationDate": dates(frame.created[rows]),
            "DeletionIndicator": truths(np.zeros(len(rows))),
        }
    )


def supplier_companies(snapshot: Snapshot) -> pa.Table:
    """The entity that buys from each supplier; all subsidiaries buy from the parent."""
    frame, rows = snapshot.world.suppliers, _known_suppliers(snapshot)
    subsidiaries = np.arange(1, len(ENTITIES))
    rows = rows[rows >= parties.FIRST_SUPPLIER]
    supplier = np.concatenate([np.full(len(subsidiaries), group.PARENT), rows])
    entity = np.concatenate([subsidiaries, frame.entity[rows]])
    account = np.where(supplier < parties.FIRST_SUPPLIER, chart.ACCOUNT["AP_AFFILIATES"], chart.ACCOUNT["AP_TRADE"])
    return pa.table(
        {
            "Supplier": parties.supplier_numbers(supplier),
            "CompanyCode": _entity(entity),
            "ReconciliationAccount": _chart_numbers(account, entity),
            "PaymentTerms": text.chosen(_TERMS, 1 + supplier % 3),
            "DeletionIndicator": truths(np.zeros(len(supplier))),
        }
    )


# Products


def _known_products(snapshot: Snapshot) -> list[tuple[catalogue.Product, int]]:
    """Products with the day they were created; the unmapped ones once an error has sold them."""
    items = snapshot.world.machines.items
    ordered = snapshot.world.machines.orders.day[items.order]
    known = [(product, _MASTER_SINCE) for product in catalogue.PRODUCTS]
    if "missing_product_mapping" in snapshot.switches:
        for product in catalogue.UNMAPPED_PRODUCTS:
            sold = ordered[items.unmapped_product == catalogue.PRODUCT[product.code]]
            if len(sold) and sold.min() <= snapshot.day:
                known.append((product, int(sold.min())))
    return known


def products(snapshot: Snapshot) -> pa.Table:
    """Materials and services."""
    known = _known_products(snapshot)
    created = np.array([since for _, since in known])
    is_service = np.array([product.family in ("SERVICE", "CLOUD") for product, _ in known])
    return pa.table(
        {
            "Product": [product.material for product, _ in known],
            "ProductType": text.where(is_service, "SERV", "FERT"),
            "ProductGroup": [product.family for product, _ in known],
            "BaseUnit": text.where(is_service, "AU", "PC"),
            "Division": text.where(is_service, "02", "01"),
            "CreationDate": dates(created),
            "LastChangeDateTime": times(moments(created, 10 * 3600)),
            "IsMarkedForDeletion": truths(np.zeros(len(known))),
        }
    )


def product_descriptions(snapshot: Snapshot) -> pa.Table:
    """Names of the products."""
    known = [product for product, _ in _known_products(snapshot)]
    return pa.table(
        {
            "Product": [product.material for product in known],
            "Language": ["EN"] * len(known),
            "ProductDescription": [product.name for product in known],
        }
    )


# Sales


def opportunity_numbers(rows: np.ndarray) -> pa.Array:
    """The CRM's numbers of opportunities: OPP-000123."""
    return text.joined("OPP-", text.padded(np.asarray(rows) + 1, 6))


def _sold_product(snapshot: Snapshot, items: Frame) -> np.ndarray:
    """The product of each item, the wrong one where the error is on."""
    wrong = (items.unmapped_product >= 0) & ("missing_product_mapping" in snapshot.switches)
    return np.where(wrong, items.unmapped_product, items.product)


def _deliveries_done(snapshot: Snapshot) -> np.ndarray:
    """Whether each item is delivered as of the day."""
    machines = snapshot.world.machines
    when = np.append(machines.deliveries.day, NEVER)
    return when[machines.items.delivery] <= snapshot.day


def sales_orders(snapshot: Snapshot) -> pa.Table:
    """Sales orders with their progress as of the day."""
    machines, today = snapshot.world.machines, snapshot.day
    orders, items = machines.orders, machines.items
    rows = np.flatnonzero(orders.day <= today)
    chosen = orders.take(rows)
    done = _deliveries_done(snapshot)
    delivered = np.bincount(items.order[done], minlength=len(orders))[rows]
    of_all = np.bincount(items.order, minlength=len(orders))[rows]
    is_rejected = chosen.rejected <= today
    status = np.where(is_rejected | (delivered == of_all), 2, np.where(delivered > 0, 1, 0))
    delivery_status = np.where(is_rejected, 0, status)
    created = moments(chosen.day, 8 * 3600 + scattered(rows, 61) % 20_000)
    last_delivery = np.zeros(len(orders), dtype=np.int64)
    np.maximum.at(
        last_delivery, machines.deliveries.order, np.where(machines.deliveries.day <= today, machines.deliveries.day, 0)
    )
    changed = np.maximum(last_delivery[rows], np.where(is_rejected, chosen.rejected, 0))
    changed = np.maximum(created, moments(changed, 17 * 3600))
    return pa.table(
        {
            "SalesOrder": sales_order_numbers(rows),
            "SalesOrderType": text.repeated("OR", len(rows)),
            "SalesOrganization": _entity(chosen.entity),
            "SoldToParty": parties.customer_numbers(chosen.customer),
            "CreationDate": dates(chosen.day),
            "LastChangeDateTime": times(changed),
            "PurchaseOrderByCustomer": opportunity_numbers(chosen.opportunity),
            "SalesOrderDate": dates(chosen.day),
            "TotalNetAmount": money(sum_by(items.order, items.net, len(orders))[rows], chosen.currency),
            "TransactionCurrency": currencies(chosen.currency),
            "RequestedDeliveryDate": dates(chosen.requested),
            "OverallSDProcessStatus": text.chosen(["A", "B", "C"], status),
            "OverallTotalDeliveryStatus": text.chosen(["A", "B", "C"], delivery_status),
        }
    )


def sales_order_items(snapshot: Snapshot) -> pa.Table:
    """Items of the sales orders."""
    machines, today = snapshot.world.machines, snapshot.day
    rows = np.flatnonzero(machines.orders.day[machines.items.order] <= today)
    items = machines.items.take(rows)
    of = machines.orders.take(items.order)
    is_rejected = of.rejected <= today
    done = _deliveries_done(snapshot)[rows]
    billed_days = np.full(len(machines.deliveries) + 1, NEVER)
    standing = machines.billings.take(machines.billings.stands)
    billed_days[standing.delivery] = standing.day
    is_billed = (billed_days[items.delivery] <= today) & (items.delivery >= 0)
    return pa.table(
        {
            "SalesOrder": sales_order_numbers(items.order),
            "SalesOrderItem": text.padded((items.number + 1) * 10, 6),
            "SalesOrderItemCategory": text.repeated("TAN", len(rows)),
            "Material": _materials(_sold_product(snapshot, items)),
            "SalesOrderItemText": text.chosen([p.name for p in catalogue.ALL_PRODUCTS], _sold_product(snapshot, items)),
            "RequestedQuantity": decimals(items.quantity * 1000, 3, 15),
            "RequestedQuantityUnit": text.repeated("PC", len(rows)),
            "TransactionCurrency": currencies(of.currency),
            "NetAmount": money(items.net, of.currency),
            "ProfitCenter": _profit_centres(of.entity, np.full(len(rows), group.MACHINES)),
            "SalesDocumentRjcnReason": text.where(is_rejected, "00", ""),
            "SDProcessStatus": text.where(done | is_rejected, "C", "A"),
            "DeliveryStatus": text.where(done, "C", "A"),
            "OrderRelatedBillingStatus": text.where(is_billed, "C", "A"),
        }
    )


def billing_documents(snapshot: Snapshot) -> pa.Table:
    """Invoices and cancellations of machine sales."""
    world, today = snapshot.world, snapshot.day
    billings = world.machines.billings
    rows = np.flatnonzero(billings.day <= today)
    chosen = billings.take(rows)
    cancelled_on = np.full(len(billings), NEVER)
    cancelling = np.flatnonzero(billings.cancels >= 0)
    cancelled_on[billings.cancels[cancelling]] = billings.day[cancelling]
    is_cancelled = cancelled_on[rows] <= today
    is_cancellation = chosen.kind == CANCELLATION
    created = moments(chosen.day, 9 * 3600 + scattered(rows, 62) % 20_000)
    documents = world.journal.documents
    document = world.billing_documents[rows]
    return pa.table(
        {
            "BillingDocument": billing_document_numbers(rows),
            "SDDocumentCategory": text.where(is_cancellation, "N", "M"),
            "BillingDocumentType": text.where(is_cancellation, "S1", "F2"),
            "CreationDate": dates(chosen.day),
            "LastChangeDateTime": times(
                np.where(is_cancelled, moments(cancelled_on[rows] % NEVER, 17 * 3600), created)
            ),
            "SalesOrganization": _entity(chosen.entity),
            "BillingDocumentDate": dates(chosen.day),
            "BillingDocumentIsCancelled": truths(is_cancelled),
            "CancelledBillingDocument": _or_blank(
                is_cancellation, billing_document_numbers(np.maximum(chosen.cancels, 0))
            ),
            "TotalNetAmount": money(chosen.net, chosen.currency),
            "TransactionCurrency": currencies(chosen.currency),
            "TaxAmount": money(chosen.tax, chosen.currency),
            "TotalGrossAmount": money(chosen.total, chosen.currency),
            "CustomerPaymentTerms": text.chosen(_TERMS, chosen.terms),
            "CompanyCode": _entity(chosen.entity),
            "FiscalYear": text.padded(documents.fiscal_year[document], 4),
            "AccountingDocument": text.padded(documents.number[document], 10),
            "DocumentReferenceID": billing_document_numbers(rows),
            "SoldToParty": parties.customer_numbers(chosen.customer),
            "PayerParty": parties.customer_numbers(chosen.customer),
        }
    )


def billing_document_items(snapshot: Snapshot) -> pa.Table:
    """Items of the billing documents."""
    machines = snapshot.world.machines
    rows = np.flatnonzero(machines.billings.day[machines.billing_items.billing] <= snapshot.day)
    billed = machines.billing_items.take(rows)
    items = machines.items.take(billed.item)
    currency = machines.billings.currency[billed.billing]
    product = _sold_product(snapshot, items)
    return pa.table(
        {
            "BillingDocument": billing_document_numbers(billed.billing),
            "BillingDocumentItem": text.padded((billed.number + 1) * 10, 6),
            "Material": _materials(product),
            "BillingDocumentItemText": text.chosen([p.name for p in catalogue.ALL_PRODUCTS], product),
            "BillingQuantity": decimals(items.quantity * 1000, 3, 15),
            "BillingQuantityUnit": text.repeated("PC", len(rows)),
            "NetAmount": money(billed.net, currency),
            "TransactionCurrency": currencies(currency),
            "GrossAmount": money(billed.net + billed.tax, currency),
            "TaxAmount": money(billed.tax, currency),
            "SalesDocument": sales_order_numbers(items.order),
            "SalesDocumentItem": text.padded((items.number + 1) * 10, 6),
        }
    )


# Purchasing


def purchase_orders(snapshot: Snapshot) -> pa.Table:
    """Purchase orders."""
    orders, today = snapshot.world.purchasing.orders, snapshot.day
    rows = np.flatnonzero(orders.day <= today)
    chosen = orders.take(rows)
    changed = np.maximum(
        chosen.day,
        np.maximum(
            np.where(chosen.received <= today, chosen.received, 0),
            np.where(chosen.invoiced <= today, chosen.invoiced, 0),
        ),
    )
    return pa.table(
        {
            "PurchaseOrder": _purchase_order_numbers(rows),
            "CompanyCode": _entity(chosen.entity),
            "PurchaseOrderType": text.repeated("NB", len(rows)),
            "CreationDate": dates(chosen.day),
            "LastChangeDateTime": times(moments(changed, 8 * 3600 + scattered(rows, 63) % 30_000)),
            "Supplier": parties.supplier_numbers(chosen.supplier),
            "PurchaseOrderDate": dates(chosen.day),
            "DocumentCurrency": currencies(chosen.currency),
            "PaymentTerms": text.chosen(_TERMS, chosen.terms),
        }
    )


def purchase_order_items(snapshot: Snapshot) -> pa.Table:
    """Items of the purchase orders."""
    bought, today = snapshot.world.purchasing, snapshot.day
    rows = np.flatnonzero(bought.orders.day[bought.items.order] <= today)
    items = bought.items.take(rows)
    of = bought.orders.take(items.order)
    return pa.table(
        {
            "PurchaseOrder": _purchase_order_numbers(items.order),
            "PurchaseOrderItem": text.padded((items.number + 1) * 10, 5),
            "PurchaseOrderItemText": text.chosen([p.name for p in catalogue.ALL_PRODUCTS], items.product),
            "Material": _materials(items.product),
            "OrderQuantity": decimals(items.quantity * 1000, 3, 13),
            "PurchaseOrderQuantityUnit": text.repeated("PC", len(rows)),
            "DocumentCurrency": currencies(of.currency),
            "NetPriceAmount": money(items.price, of.currency),
            "NetPriceQuantity": decimals(np.ones(len(rows), dtype=np.int64), 0, 5),
            "IsCompletelyDelivered": truths(of.received <= today),
            "IsFinallyInvoiced": truths(of.invoiced <= today),
            "AccountAssignmentCategory": text.repeated("", len(rows)),
        }
    )


def supplier_invoices(snapshot: Snapshot) -> pa.Table:
    """Supplier invoices with reference to a purchase order."""
    orders = snapshot.world.purchasing.orders
    rows = np.flatnonzero(orders.invoiced <= snapshot.day)
    chosen = orders.take(rows)
    year, _ = days.fiscal_year_and_period(chosen.invoiced, group.STARTS_IN_APRIL[chosen.entity])
    count = len(rows)
    return pa.table(
        {
            "SupplierInvoice": _supplier_invoice_numbers(rows),
            "FiscalYear": text.padded(year, 4),
            "CompanyCode": _entity(chosen.entity),
            "DocumentDate": dates(days.working_day_until(chosen.invoiced - 2)),
            "PostingDate": dates(chosen.invoiced),
            "CreationDate": dates(chosen.invoiced),
            "SupplierInvoiceIDByInvcgParty": _supplier_references(rows),
            "InvoicingParty": parties.supplier_numbers(chosen.supplier),
            "DocumentCurrency": currencies(chosen.currency),
            "InvoiceGrossAmount": money(chosen.net + chosen.tax, chosen.currency),
            "DocumentHeaderText": text.repeated("", count),
            "PaymentTerms": text.chosen(_TERMS, chosen.terms),
            "DueCalculationBaseDate": dates(days.working_day_until(chosen.invoiced - 2)),
            "AccountingDocumentType": text.repeated("RE", count),
            "SupplierInvoiceStatus": text.repeated("5", count),
            "ReverseDocument": text.repeated("", count),
            "IsReversal": truths(np.zeros(count)),
        }
    )


def supplier_invoice_items(snapshot: Snapshot) -> pa.Table:
    """Items of the supplier invoices."""
    bought = snapshot.world.purchasing
    rows = np.flatnonzero(bought.orders.invoiced[bought.items.order] <= snapshot.day)
    items = bought.items.take(rows)
    of = bought.orders.take(items.order)
    year, _ = days.fiscal_year_and_period(of.invoiced, group.STARTS_IN_APRIL[of.entity])
    return pa.table(
        {
            "SupplierInvoice": _supplier_invoice_numbers(items.order),
            "FiscalYear": text.padded(year, 4),
            "SupplierInvoiceItem": text.padded(items.number + 1, 6),
            "PurchaseOrder": _purchase_order_numbers(items.order),
            "PurchaseOrderItem": text.padded((items.number + 1) * 10, 5),
            "DocumentCurrency": currencies(of.currency),
            "SupplierInvoiceItemAmount": money(items.price * items.quantity, of.currency),
            "QuantityInPurchaseOrderUnit": decimals(items.quantity * 1000, 3, 13),
        }
    )


TABLES = {
    make.__name__: make
    for make in (
        company_codes,
        gl_accounts,
        gl_account_texts,
        cost_centers,
        cost_center_texts,
        profit_centers,
        business_partners,
        business_partner_tax_numbers,
        business_partner_addresses,
        customers,
        customer_companies,
        suppliers,
        supplier_companies,
        products,
        product_descriptions,
        journal_lines,
        control_totals,
        subledger_items,
        sales_orders,
        sales_order_items,
        billing_documents,
        billing_document_items,
        purchase_orders,
        purchase_order_items,
        supplier_invoices,
        supplier_invoice_items,
    )
}
