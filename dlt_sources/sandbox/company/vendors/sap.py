"""SAP S/4HANA: ledger, subledgers, sales, purchasing and their master data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dlt_sources.sandbox.company import catalogue, chart, days, group, parties, text
from dlt_sources.sandbox.company.columns import currencies, dates, decimals, moments, money, times, truths, whole
from dlt_sources.sandbox.company.days import NEVER
from dlt_sources.sandbox.company.draws import scattered
from dlt_sources.sandbox.company.frame import Frame, expanded, sum_by
from dlt_sources.sandbox.company.group import COST_CENTRES, CURRENCY, ENTITIES, GROUP_CURRENCY, LOCAL_CURRENCY
from dlt_sources.sandbox.company.journal import DOCUMENT_TYPES, LEDGERS, REFERENCE
from dlt_sources.sandbox.company.machines import CANCELLATION, PAYMENT_TERMS
from dlt_sources.sandbox.company.purchasing import invoice_date
from dlt_sources.sandbox.company.vendors import erp

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

# Lines per piece when a large table is handed out in pieces.
_BATCH = 500_000
_FOREVER = days.day("9999-12-31")
SYSTEM = "sap_s4hana"
_ENTITY_CODES = group.ENTITY_CODES
_LANGUAGES = {"DE": "DE", "FR": "FR"}
_TERMS = [code for code, _ in PAYMENT_TERMS]


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


def _supplier_invoice_numbers(rows: np.ndarray) -> pa.Array:
    return text.padded(5_105_600_000 + np.asarray(rows), 10)


# Ledger


def journal_lines(snapshot: Snapshot, system: str = SYSTEM) -> Iterator[pa.Table]:
    """All lines of all ledgers in the order of their keys."""
    rows = erp.ledger_rows(snapshot, system)
    for start in range(0, max(len(rows), 1), _BATCH):
        yield _journal_lines(snapshot, rows[start : start + _BATCH], system)


def _journal_lines(snapshot: Snapshot, rows: np.ndarray, system: str) -> pa.Table:
    view = snapshot.journal
    lines = erp.reversals(snapshot, system, view.lines(rows))
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
    reference = erp.references(snapshot, lines.reference_kind, lines.reference)
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
            "GLAccount": erp.chart_numbers(lines.account, entity),
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
            "AssignmentReference": erp.references(snapshot, lines.assignment_kind, lines.assignment),
            "DocumentItemText": text.chosen([name for _, name in DOCUMENT_TYPES.values()], lines.type),
            "SalesDocument": _or_blank(is_billing, erp.sales_order_numbers(_at(orders, lines.reference, is_billing))),
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
    lines = snapshot.journal.lines(erp.ledger_rows(snapshot, SYSTEM))
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


def subledger_items(snapshot: Snapshot, system: str = SYSTEM) -> Iterator[pa.Table]:
    """Customer and supplier items of the leading ledger, with their clearing as of the day."""
    rows = erp.subledger_rows(snapshot, system)
    for start in range(0, max(len(rows), 1), _BATCH):
        yield _subledger_items(snapshot, rows[start : start + _BATCH], system)


def _subledger_items(snapshot: Snapshot, rows: np.ndarray, system: str) -> pa.Table:
    view = snapshot.journal
    documents = view.journal.documents
    lines = erp.reversals(snapshot, system, view.lines(rows))
    count = len(rows)
    entity = lines.entity
    clearing, cleared_on = erp.clearing(snapshot, system, rows)
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
    assignment = erp.references(snapshot, lines.assignment_kind, lines.assignment)
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
            "GLAccount": erp.chart_numbers(lines.account, entity),
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
                is_billing, erp.billing_document_numbers(np.where(is_billing, lines.reference, 0))
            ),
            "SalesDocument": _or_blank(is_billing, erp.sales_order_numbers(_at(orders, lines.reference, is_billing))),
            "PurchasingDocument": _or_blank(is_purchase, erp.purchase_order_numbers(purchase)),
            "DocumentReferenceID": erp.references(snapshot, lines.reference_kind, lines.reference),
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


def company_codes(snapshot: Snapshot, system: str = SYSTEM) -> pa.Table:
    """The entities."""
    entities = [ENTITIES[position] for position in snapshot.books.entities(system)]
    return pa.table(
        {
            "CompanyCode": [e.code for e in entities],
            "CompanyCodeName": [e.name for e in entities],
            "CityName": [e.city for e in entities],
            "Country": [e.country for e in entities],
            "Currency": [e.currency for e in entities],
            "Language": [_LANGUAGES.get(e.country, "EN") for e in entities],
            "ChartOfAccounts": [e.chart for e in entities],
            "FiscalYearVariant": ["V3" if e.starts_in_april else "K4" for e in entities],
            "Company": [e.code for e in entities],
            "VATRegistration": [e.vat_number for e in entities],
            "ControllingArea": [group.CONTROLLING_AREA] * len(entities),
        }
    )


def gl_accounts(snapshot: Snapshot, system: str = SYSTEM) -> pa.Table:
    """The accounts of the three charts."""
    accounts = erp.known_accounts(snapshot, system)
    opened = erp.unmapped_accounts(snapshot, system)
    is_balance = np.array([chart.IS_BALANCE_SHEET[position] for _, position, _ in accounts], dtype=bool)
    created = np.array(
        [opened[code] if position == chart.UNMAPPED_ACCOUNT else erp.MASTER_SINCE for code, position, _ in accounts]
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


def gl_account_texts(snapshot: Snapshot, system: str = SYSTEM) -> pa.Table:
    """Names of the accounts, in English."""
    accounts = erp.known_accounts(snapshot, system)
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


def _cost_centres_here(snapshot: Snapshot, system: str) -> list[group.CostCentre]:
    kept = snapshot.books.keeps(system)
    return [centre for centre in COST_CENTRES if kept[centre.entity]]


def cost_centers(snapshot: Snapshot, system: str = SYSTEM) -> pa.Table:
    """Cost centres with their validity."""
    centres = _cost_centres_here(snapshot, system)
    return pa.table(
        {
            "ControllingArea": [group.CONTROLLING_AREA] * len(centres),
            "CostCenter": [c.number.zfill(10) for c in centres],
            "ValidityEndDate": dates(np.array([min(c.closes, _FOREVER) for c in centres])),
            "ValidityStartDate": dates(np.full(len(centres), erp.MASTER_SINCE)),
            "CompanyCode": [ENTITIES[c.entity].code for c in centres],
            "CostCenterCurrency": [ENTITIES[c.entity].currency for c in centres],
            "ProfitCenter": [group.PROFIT_CENTRES[c.entity * len(group.SEGMENTS) + c.is_service] for c in centres],
            "Department": [c.department for c in centres],
            "CostCenterCategory": ["F" if c.group_code == "PRODUCTION" else "V" for c in centres],
        }
    )


def cost_center_texts(snapshot: Snapshot, system: str = SYSTEM) -> pa.Table:
    """Names of the cost centres."""
    centres = _cost_centres_here(snapshot, system)
    return pa.table(
        {
            "CostCenter": [c.number.zfill(10) for c in centres],
            "ControllingArea": [group.CONTROLLING_AREA] * len(centres),
            "Language": ["EN"] * len(centres),
            "ValidityEndDate": dates(np.array([min(c.closes, _FOREVER) for c in centres])),
            "ValidityStartDate": dates(np.full(len(centres), erp.MASTER_SINCE)),
            "CostCenterName": [c.name[:20] for c in centres],
            "CostCenterDescription": [f"{c.name} {ENTITIES[c.entity].city}" for c in centres],
        }
    )


def profit_centers(snapshot: Snapshot) -> pa.Table:
    """Two profit centres per entity."""
    entities = np.array(snapshot.books.entities(SYSTEM), dtype=np.int64)
    entity = np.repeat(entities, len(group.SEGMENTS))
    segment = np.tile(np.arange(len(group.SEGMENTS)), len(entities))
    count = len(entity)
    return pa.table(
        {
            "ControllingArea": [group.CONTROLLING_AREA] * count,
            "ProfitCenter": _profit_centres(entity, segment),
            "ValidityEndDate": dates(np.full(count, _FOREVER)),
            "ValidityStartDate": dates(np.full(count, erp.MASTER_SINCE)),
            "CompanyCode": _entity(entity),
            "Segment": text.chosen(list(group.SEGMENTS), segment),
            "Department": text.repeated("", count),
        }
    )


# Partners


def business_partners(snapshot: Snapshot) -> pa.Table:
    """Customers and suppliers as partners; both have the number of their role."""
    world = snapshot.world
    records, suppliers = erp.known_customers(snapshot, SYSTEM), erp.known_suppliers(snapshot, SYSTEM)
    customers = records.customer
    numbers = (erp.customer_record_numbers(records), parties.supplier_numbers(suppliers))
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
    records, suppliers = erp.known_customers(snapshot, SYSTEM), erp.known_suppliers(snapshot, SYSTEM)
    records = records.take(world.customers.has_tax_id[records.customer])
    customers = records.customer
    country = np.concatenate([world.customers.country[customers], world.suppliers.country[suppliers]])
    return pa.table(
        {
            "BusinessPartner": pa.concat_arrays(
                [erp.customer_record_numbers(records), parties.supplier_numbers(suppliers)]
            ),
            "BPTaxType": text.chosen([f"{land.code}0" for land in parties.COUNTRIES], country),
            "BPTaxNumber": pa.concat_arrays(
                [
                    parties.customer_tax_ids(world.customers, customers),
                    parties.supplier_tax_ids(world.suppliers, suppliers),
                ]
            ),
        }
    )


def business_partner_addresses(snapshot: Snapshot, system: str = SYSTEM) -> pa.Table:
    """One address per partner."""
    world = snapshot.world
    records, suppliers = erp.known_customers(snapshot, system), erp.known_suppliers(snapshot, system)
    customers = records.customer
    country = np.concatenate([world.customers.country[customers], world.suppliers.country[suppliers]])
    position = np.concatenate([customers + np.where(records.is_duplicate, 400_000_000, 0), 500_000_000 + suppliers])
    cities = [city for land in parties.COUNTRIES for city in land.cities]
    return pa.table(
        {
            "BusinessPartner": pa.concat_arrays(
                [erp.customer_record_numbers(records), parties.supplier_numbers(suppliers)]
            ),
            "AddressID": text.padded(position % 1_000_000_000 + 1000, 10),
            "CityName": text.chosen(cities, country * 2 + position % 2),
            "Country": text.chosen([land.code for land in parties.COUNTRIES], country),
            "PostalCode": parties.postal_codes(position),
        }
    )


def customers(snapshot: Snapshot, system: str = SYSTEM) -> pa.Table:
    """Customers with the head of their group. A second record of one is never taken out, only marked for deletion."""
    frame, records = snapshot.world.customers, erp.known_customers(snapshot, system)
    rows = records.customer
    parent = frame.parent[rows]
    tax_id = parties.customer_tax_ids(frame, rows)
    return pa.table(
        {
            "Customer": erp.customer_record_numbers(records),
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
    records = erp.known_customers(snapshot, SYSTEM)
    records = records.take(records.customer != group.PARENT)
    rows = records.customer
    is_affiliate = rows < len(ENTITIES)
    entity = np.where(is_affiliate, group.PARENT, erp.customer_entities(snapshot)[rows])
    here = erp.is_kept(snapshot, SYSTEM, entity)
    records, rows, entity, is_affiliate = records.take(here), rows[here], entity[here], is_affiliate[here]
    account = np.where(is_affiliate, chart.ACCOUNT["AR_AFFILIATES"], chart.ACCOUNT["AR_TRADE"])
    return pa.table(
        {
            "Customer": erp.customer_record_numbers(records),
            "CompanyCode": _entity(entity),
            "ReconciliationAccount": erp.chart_numbers(account, entity),
            "PaymentTerms": text.chosen(_TERMS, 1 + rows % 3),
            "DeletionIndicator": truths(records.gone <= snapshot.day),
        }
    )


def suppliers(snapshot: Snapshot, system: str = SYSTEM) -> pa.Table:
    """Suppliers."""
    frame, rows = snapshot.world.suppliers, erp.known_suppliers(snapshot, system)
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
    frame, rows = snapshot.world.suppliers, erp.known_suppliers(snapshot, SYSTEM)
    subsidiaries = np.arange(1, len(ENTITIES))
    rows = rows[rows >= parties.FIRST_SUPPLIER]
    supplier = np.concatenate([np.full(len(subsidiaries), group.PARENT), rows])
    entity = np.concatenate([subsidiaries, frame.entity[rows]])
    here = erp.is_kept(snapshot, SYSTEM, entity)
    supplier, entity = supplier[here], entity[here]
    account = np.where(supplier < parties.FIRST_SUPPLIER, chart.ACCOUNT["AP_AFFILIATES"], chart.ACCOUNT["AP_TRADE"])
    return pa.table(
        {
            "Supplier": parties.supplier_numbers(supplier),
            "CompanyCode": _entity(entity),
            "ReconciliationAccount": erp.chart_numbers(account, entity),
            "PaymentTerms": text.chosen(_TERMS, 1 + supplier % 3),
            "DeletionIndicator": truths(np.zeros(len(supplier))),
        }
    )


# Products


def products(snapshot: Snapshot, system: str = SYSTEM) -> pa.Table:
    """Materials and services."""
    known = erp.known_products(snapshot, system)
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


def product_descriptions(snapshot: Snapshot, system: str = SYSTEM) -> pa.Table:
    """Names of the products."""
    known = [product for product, _ in erp.known_products(snapshot, system)]
    return pa.table(
        {
            "Product": [product.material for product in known],
            "Language": ["EN"] * len(known),
            "ProductDescription": [product.name for product in known],
        }
    )


# Sales


def sales_orders(snapshot: Snapshot) -> pa.Table:
    """Sales orders with their progress as of the day."""
    machines = snapshot.world.machines
    orders, items = machines.orders, machines.items
    last = erp.last_day(snapshot, SYSTEM, orders.entity)
    rows = np.flatnonzero(snapshot.is_ordered & (orders.day <= last) & erp.is_kept(snapshot, SYSTEM, orders.entity))
    chosen, today = orders.take(rows), last[rows]
    done = erp.deliveries_done(snapshot, last)
    delivered = np.bincount(items.order[done], minlength=len(orders))[rows]
    of_all = np.bincount(items.order, minlength=len(orders))[rows]
    is_rejected = chosen.rejected <= today
    status = np.where(is_rejected | (delivered == of_all), 2, np.where(delivered > 0, 1, 0))
    delivery_status = np.where(is_rejected, 0, status)
    created = moments(chosen.day, 8 * 3600 + scattered(rows, 61) % 20_000)
    last_delivery = np.zeros(len(orders), dtype=np.int64)
    np.maximum.at(
        last_delivery,
        machines.deliveries.order,
        np.where(machines.deliveries.day <= last[machines.deliveries.order], machines.deliveries.day, 0),
    )
    changed = np.maximum(last_delivery[rows], np.where(is_rejected, chosen.rejected, 0))
    changed = np.maximum(created, moments(changed, 17 * 3600))
    return pa.table(
        {
            "SalesOrder": erp.sales_order_numbers(rows),
            "SalesOrderType": text.repeated("OR", len(rows)),
            "SalesOrganization": _entity(chosen.entity),
            "SoldToParty": parties.customer_numbers(chosen.customer),
            "CreationDate": dates(chosen.day),
            "LastChangeDateTime": times(changed),
            "PurchaseOrderByCustomer": erp.opportunity_numbers(chosen.opportunity),
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
    machines = snapshot.world.machines
    last = erp.last_day(snapshot, SYSTEM, machines.orders.entity)
    is_ordered = snapshot.is_ordered & (machines.orders.day <= last)
    is_ordered &= erp.is_kept(snapshot, SYSTEM, machines.orders.entity)
    rows = np.flatnonzero(is_ordered[machines.items.order])
    items = machines.items.take(rows)
    of, today = machines.orders.take(items.order), last[items.order]
    is_rejected = of.rejected <= today
    done = erp.deliveries_done(snapshot, last)[rows]
    product = erp.sold_product(snapshot, items)
    billed_days = np.full(len(machines.deliveries) + 1, NEVER)
    standing = machines.billings.take(machines.billings.stands)
    billed_days[standing.delivery] = standing.day
    is_billed = (billed_days[items.delivery] <= today) & (items.delivery >= 0)
    return pa.table(
        {
            "SalesOrder": erp.sales_order_numbers(items.order),
            "SalesOrderItem": text.padded((items.number + 1) * 10, 6),
            "SalesOrderItemCategory": text.repeated("TAN", len(rows)),
            "Material": _materials(product),
            "SalesOrderItemText": text.chosen(
                [p.name for p in catalogue.ALL_PRODUCTS], erp.sold_product(snapshot, items)
            ),
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


def billing_documents(snapshot: Snapshot, system: str = SYSTEM) -> pa.Table:
    """Invoices and cancellations of machine sales."""
    world = snapshot.world
    billings = world.machines.billings
    last = erp.last_day(snapshot, system, billings.entity)
    rows = np.flatnonzero((billings.day <= last) & erp.is_kept(snapshot, system, billings.entity))
    chosen, today = billings.take(rows), last[rows]
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
            "BillingDocument": erp.billing_document_numbers(rows),
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
                is_cancellation, erp.billing_document_numbers(np.maximum(chosen.cancels, 0))
            ),
            "TotalNetAmount": money(chosen.net, chosen.currency),
            "TransactionCurrency": currencies(chosen.currency),
            "TaxAmount": money(chosen.tax, chosen.currency),
            "TotalGrossAmount": money(chosen.total, chosen.currency),
            "CustomerPaymentTerms": text.chosen(_TERMS, chosen.terms),
            "CompanyCode": _entity(chosen.entity),
            "FiscalYear": text.padded(documents.fiscal_year[document], 4),
            "AccountingDocument": text.padded(documents.number[document], 10),
            "DocumentReferenceID": erp.billing_document_numbers(rows),
            "SoldToParty": parties.customer_numbers(chosen.customer),
            "PayerParty": parties.customer_numbers(chosen.customer),
        }
    )


def billing_document_items(snapshot: Snapshot, system: str = SYSTEM) -> pa.Table:
    """Items of the billing documents."""
    machines = snapshot.world.machines
    billings = machines.billings
    is_billed = billings.day <= erp.last_day(snapshot, system, billings.entity)
    is_billed &= erp.is_kept(snapshot, system, billings.entity)
    rows = np.flatnonzero(is_billed[machines.billing_items.billing])
    billed = machines.billing_items.take(rows)
    items = machines.items.take(billed.item)
    currency = machines.billings.currency[billed.billing]
    product = erp.sold_product(snapshot, items)
    return pa.table(
        {
            "BillingDocument": erp.billing_document_numbers(billed.billing),
            "BillingDocumentItem": text.padded((billed.number + 1) * 10, 6),
            "Material": _materials(product),
            "BillingDocumentItemText": text.chosen([p.name for p in catalogue.ALL_PRODUCTS], product),
            "BillingQuantity": decimals(items.quantity * 1000, 3, 15),
            "BillingQuantityUnit": text.repeated("PC", len(rows)),
            "NetAmount": money(billed.net, currency),
            "TransactionCurrency": currencies(currency),
            "GrossAmount": money(billed.net + billed.tax, currency),
            "TaxAmount": money(billed.tax, currency),
            "SalesDocument": erp.sales_order_numbers(items.order),
            "SalesDocumentItem": text.padded((items.number + 1) * 10, 6),
        }
    )


# Purchasing


def _orders(snapshot: Snapshot, until: np.ndarray) -> tuple[Frame, np.ndarray]:
    """Purchase orders of the entities that order here, and which of them have come to `until` by the day."""
    orders, _ = snapshot.purchases
    return orders, np.flatnonzero((until <= snapshot.day) & erp.orders_here(snapshot, SYSTEM, orders.entity))


def _order_items(snapshot: Snapshot, rows: np.ndarray) -> Frame:
    """The items of these orders."""
    _, items = snapshot.purchases
    return items.take(np.isin(items.order, rows))


def purchase_orders(snapshot: Snapshot) -> pa.Table:
    """Purchase orders."""
    orders, rows = _orders(snapshot, snapshot.purchases[0].day)
    chosen = orders.take(rows)
    return pa.table(
        {
            "PurchaseOrder": erp.purchase_order_numbers(rows),
            "CompanyCode": _entity(chosen.entity),
            "PurchaseOrderType": text.repeated("NB", len(rows)),
            "CreationDate": dates(chosen.day),
            "LastChangeDateTime": times(erp.order_changes(snapshot, rows)),
            "Supplier": parties.supplier_numbers(chosen.supplier),
            "PurchaseOrderDate": dates(chosen.day),
            "DocumentCurrency": currencies(chosen.currency),
            "PaymentTerms": text.chosen(_TERMS, chosen.terms),
        }
    )


def purchase_order_items(snapshot: Snapshot) -> pa.Table:
    """Items of the purchase orders."""
    orders, rows = _orders(snapshot, snapshot.purchases[0].day)
    items = _order_items(snapshot, rows)
    of = orders.take(items.order)
    count = len(items)
    is_whole = items.received_quantity == items.quantity
    return pa.table(
        {
            "PurchaseOrder": erp.purchase_order_numbers(items.order),
            "PurchaseOrderItem": text.padded((items.number + 1) * 10, 5),
            "PurchaseOrderItemText": text.chosen([p.name for p in catalogue.ALL_PRODUCTS], items.product),
            "Material": _materials(items.product),
            "OrderQuantity": decimals(items.quantity * 1000, 3, 13),
            "PurchaseOrderQuantityUnit": text.repeated("PC", count),
            "DocumentCurrency": currencies(of.currency),
            "NetPriceAmount": money(items.price, of.currency),
            "NetPriceQuantity": decimals(np.ones(count, dtype=np.int64), 0, 5),
            "IsCompletelyDelivered": truths((of.received <= snapshot.day) & is_whole),
            "IsFinallyInvoiced": truths(of.invoiced <= snapshot.day),
            "AccountAssignmentCategory": text.repeated("", count),
        }
    )


def purchase_order_schedule_lines(snapshot: Snapshot) -> pa.Table:
    """Deliveries of the items of the purchase orders: half of what is more than one piece comes a week later."""
    orders, rows = _orders(snapshot, snapshot.purchases[0].day)
    items = _order_items(snapshot, rows)
    later = items.quantity // 2
    parent, number = expanded(1 + (later > 0))
    of = items.take(parent)
    quantity = np.where(number == 0, of.quantity - later[parent], later[parent])
    return pa.table(
        {
            "PurchasingDocument": erp.purchase_order_numbers(of.order),
            "PurchasingDocumentItem": text.padded((of.number + 1) * 10, 5),
            "ScheduleLine": text.padded(number + 1, 4),
            "ScheduleLineDeliveryDate": dates(orders.day[of.order] + 14 + 7 * number),
            "PurchaseOrderQuantityUnit": text.repeated("PC", len(of)),
            "ScheduleLineOrderQuantity": decimals(quantity * 1000, 3, 13),
        }
    )


def _material_document_numbers(rows: np.ndarray) -> pa.Array:
    return text.padded(5_000_000_000 + np.asarray(rows), 10)


def material_documents(snapshot: Snapshot) -> pa.Table:
    """Goods receipts for purchase orders; a document is for one order."""
    orders, rows = _orders(snapshot, snapshot.purchases[0].received)
    received = orders.received[rows]
    return pa.table(
        {
            "MaterialDocumentYear": text.padded(days.year_of(received), 4),
            "MaterialDocument": _material_document_numbers(rows),
            "GoodsMovementCode": text.repeated("01", len(rows)),
            "DocumentDate": dates(received),
            "PostingDate": dates(received),
            "CreationDate": dates(received),
            "ReferenceDocument": text.joined("DN-", text.plain(700_000 + rows)),
        }
    )


def material_document_items(snapshot: Snapshot) -> pa.Table:
    """Items of the goods receipts. They know the order they are for, and no company code."""
    orders, rows = _orders(snapshot, snapshot.purchases[0].received)
    items = _order_items(snapshot, rows)
    of = orders.take(items.order)
    count = len(items)
    return pa.table(
        {
            "MaterialDocumentYear": text.padded(days.year_of(of.received), 4),
            "MaterialDocument": _material_document_numbers(items.order),
            "MaterialDocumentItem": text.padded(items.number + 1, 4),
            "Material": _materials(items.product),
            "Plant": _entity(of.entity),
            "GoodsMovementType": text.repeated("101", count),
            "Supplier": parties.supplier_numbers(of.supplier),
            "PurchaseOrder": erp.purchase_order_numbers(items.order),
            "PurchaseOrderItem": text.padded((items.number + 1) * 10, 5),
            "DebitCreditCode": text.repeated("S", count),
            "EntryUnit": text.repeated("PC", count),
            "QuantityInEntryUnit": decimals(items.received_quantity * 1000, 3, 13),
            "GoodsMovementIsCancelled": truths(np.zeros(count)),
            "ReversedMaterialDocumentYear": text.repeated("", count),
            "ReversedMaterialDocument": text.repeated("", count),
            "ReversedMaterialDocumentItem": text.repeated("", count),
        }
    )


def supplier_invoices(snapshot: Snapshot) -> pa.Table:
    """Supplier invoices with reference to a purchase order."""
    orders, rows = _orders(snapshot, snapshot.purchases[0].invoiced)
    chosen = orders.take(rows)
    year, _ = days.fiscal_year_and_period(chosen.invoiced, group.STARTS_IN_APRIL[chosen.entity])
    count = len(rows)
    return pa.table(
        {
            "SupplierInvoice": _supplier_invoice_numbers(rows),
            "FiscalYear": text.padded(year, 4),
            "CompanyCode": _entity(chosen.entity),
            "DocumentDate": dates(invoice_date(chosen.invoiced)),
            "PostingDate": dates(chosen.invoiced),
            "CreationDate": dates(chosen.invoiced),
            "SupplierInvoiceIDByInvcgParty": erp.supplier_references(rows),
            "InvoicingParty": parties.supplier_numbers(chosen.supplier),
            "DocumentCurrency": currencies(chosen.currency),
            "InvoiceGrossAmount": money(chosen.invoiced_net + chosen.invoiced_tax, chosen.currency),
            "DocumentHeaderText": text.repeated("", count),
            "PaymentTerms": text.chosen(_TERMS, chosen.terms),
            "DueCalculationBaseDate": dates(invoice_date(chosen.invoiced)),
            "AccountingDocumentType": text.repeated("RE", count),
            "SupplierInvoiceStatus": text.repeated("5", count),
            "ReverseDocument": text.repeated("", count),
            "IsReversal": truths(np.zeros(count)),
        }
    )


def supplier_invoice_items(snapshot: Snapshot) -> pa.Table:
    """Items of the supplier invoices."""
    orders, rows = _orders(snapshot, snapshot.purchases[0].invoiced)
    items = _order_items(snapshot, rows)
    of = orders.take(items.order)
    year, _ = days.fiscal_year_and_period(of.invoiced, group.STARTS_IN_APRIL[of.entity])
    return pa.table(
        {
            "SupplierInvoice": _supplier_invoice_numbers(items.order),
            "FiscalYear": text.padded(year, 4),
            "SupplierInvoiceItem": text.padded(items.number + 1, 6),
            "PurchaseOrder": erp.purchase_order_numbers(items.order),
            "PurchaseOrderItem": text.padded((items.number + 1) * 10, 5),
            "DocumentCurrency": currencies(of.currency),
            "SupplierInvoiceItemAmount": money(items.invoiced_price * items.quantity, of.currency),
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
        purchase_order_schedule_lines,
        material_documents,
        material_document_items,
        supplier_invoices,
        supplier_invoice_items,
    )
}
