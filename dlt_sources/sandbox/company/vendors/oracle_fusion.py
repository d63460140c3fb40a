"""Oracle Fusion: ledgers of journals that people or the subledgers made, and what the subledgers themselves know.

A combination of segments says company, account and all else of a line; debit and credit are two columns. What customers
and suppliers owe is known to the ledger only by its accounts: accounting of the subledgers links the two. Attributes
have the names that the extract view objects and REST resources give them.
"""

from __future__ import annotations

from collections.abc import Callable
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
from dlt_sources.sandbox.company.vendors import erp

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

SYSTEM = "oracle_fusion"
_ERP = ERPS[SYSTEM]
CHART_ID = int(_ERP.one_chart)
BILLING_SOURCE, ITEM_ORGANIZATION = "Distributed Order Orchestration", "V1"
# Ids are numbers of 15 digits; every kind of record has a range of its own.
_IDS = 300_000_000_000_000
_RANGES = (
    "ledger",
    "value_set",
    "value",
    "legal_entity",
    "party",
    "customer_account",
    "supplier",
    "item",
    "batch",
    "subledger_header",
    "subledger_transaction",
    "transaction",
    "schedule",
    "transaction_line",
)
_RANGE = {name: _IDS + (place + 10) * 10**9 for place, name in enumerate(_RANGES)}
_COMBINATIONS = _IDS + 10**12
_APPLICATIONS = _IDS + 10**14
_DRAFTS, _BUDGETS = _IDS + 800_000_000, _IDS + 900_000_000
_SECONDARY, _LEDGER_SET = 100, 999  # behind the number of the entity
# A draft journal is begun on the 27th of every month and deleted two days later.
_DRAFT_DAYS, _DRAFT_AMOUNT = 2, 10_000
_PERIOD_CLOSES_AFTER_DAYS = 8
_ADJUSTMENT = 13
_GENERAL_LEDGER, _PAYABLES, _RECEIVABLES = 101, 200, 222
# Value sets of the segments, in their order; the values of the last are those of the first.
VALUE_SETS = (
    "MERIDIAN COMPANY",
    "MERIDIAN ACCOUNT",
    "MERIDIAN COST CENTRE",
    "MERIDIAN PRODUCT LINE",
    "MERIDIAN INTERCOMPANY",
)
_SEGMENTS = 10
_NO_ENTITY, _NO_CENTRE = "0000", "0" * 10
_SUMMARY_ACCOUNT = "T"
_ACCOUNT_TYPES = {"asset": "A", "liability": "L", "equity": "O", "income": "R", "expense": "E"}
# Source and category of journals by document type of the company; others are made by hand.
_SOURCES = {
    "RV": ("Receivables", "Sales Invoices"),
    "DR": ("Receivables", "Sales Invoices"),
    "DG": ("Receivables", "Credit Memos"),
    "DZ": ("Receivables", "Receipts"),
    "RE": ("Payables", "Purchase Invoices"),
    "KR": ("Payables", "Purchase Invoices"),
    "KZ": ("Payables", "Payments"),
    "IC": ("Intercompany", "Intercompany"),
    "WL": ("Cost Management", "Inventory"),
    "WE": ("Receipt Accounting", "Receiving"),
    "HR": ("Payroll", "Payroll"),
    "AF": ("Assets", "Depreciation"),
    "ZP": ("Cash Management", "Bank Transfers"),
    "AB": ("Manual", "Accrual"),
}
_ENTITY_CODES = ("TRANSACTIONS", "RECEIPTS", "AP_INVOICES", "AP_PAYMENTS")
_TRANSACTION, _RECEIPT, _INVOICE, _PAYMENT = range(len(_ENTITY_CODES))


def _since(days_: np.ndarray, second: int = 32_400) -> pa.Array:
    return times(moments(days_, second))


def _master(count: int) -> pa.Array:
    return _since(np.full(count, erp.MASTER_SINCE))


def _nullable(values: pa.Array, known: np.ndarray) -> pa.Array:
    return pa.compute.if_else(pa.array(np.asarray(known, dtype=bool)), values, pa.scalar(None, values.type))


def _entities(snapshot: Snapshot) -> np.ndarray:
    return np.array(snapshot.books.entities(SYSTEM), dtype=np.int64)


def _ledger_ids(entity: np.ndarray, ledger: np.ndarray | int = 0) -> np.ndarray:
    """A ledger of its own for every entity, because each has its own currency or calendar; and a secondary one."""
    return _RANGE["ledger"] + entity + _SECONDARY * ledger


# Organisation


def ledgers(snapshot: Snapshot) -> pa.Table:
    """A primary and an adjustments-only secondary ledger per entity, and a set of the primary ones."""
    kept = _entities(snapshot)
    entity, place = np.repeat(kept, 2), np.tile([0, 1], len(kept))
    names = [entity.name for entity in ENTITIES]
    own = pa.table(
        {
            "LedgerLedgerId": whole(_ledger_ids(entity, place)),
            "LedgerName": text.joined(text.chosen(names, entity), text.chosen([" Primary", " Adjustments"], place)),
            "LedgerShortName": text.joined(text.chosen(group.ENTITY_CODES, entity), text.chosen(["P", "S"], place)),
            "LedgerLedgerCategoryCode": text.chosen(["PRIMARY", "SECONDARY"], place),
            "LedgerObjectTypeCode": text.repeated("L", len(entity)),
            "LedgerChartOfAccountsId": whole(np.full(len(entity), CHART_ID)),
            "LedgerCurrencyCode": text.chosen(list(CURRENCIES), LOCAL_CURRENCY[entity]),
            "LedgerPeriodSetName": text.chosen(["Calendar Year", "April to March"], group.STARTS_IN_APRIL[entity]),
            "LedgerBalSegColumnName": text.repeated("SEGMENT1", len(entity)),
            "LedgerBalSegValueSetId": whole(np.full(len(entity), _RANGE["value_set"])),
            "LedgerLastUpdateDate": _master(len(entity)),
        }
    )
    of_set = {
        "LedgerLedgerId": _RANGE["ledger"] + _LEDGER_SET,
        "LedgerName": "All Ledgers",
        "LedgerShortName": "ALL",
        "LedgerLedgerCategoryCode": "NONE",
        "LedgerObjectTypeCode": "S",
        "LedgerChartOfAccountsId": CHART_ID,
    }
    row = {name: [of_set.get(name)] for name in own.column_names} | {"LedgerLastUpdateDate": _master(1)}
    return pa.concat_tables([own, pa.table(row, own.schema)])


def legal_entities(snapshot: Snapshot) -> pa.Table:
    """A legal entity per entity; its identifier is the value of the balancing segment."""
    kept = _entities(snapshot)
    return pa.table(
        {
            "LegalEntityLegalEntityId": whole(_RANGE["legal_entity"] + kept),
            "LegalEntityLegalEntityIdentifier": text.chosen(group.ENTITY_CODES, kept),
            "LegalEntityName": text.chosen([entity.name for entity in ENTITIES], kept),
            "LegalEntityPartyId": whole(_legal_party_ids(kept)),
            "LegalEntityTransactingEntityFlag": text.repeated("Y", len(kept)),
            "LegalEntityLastUpdateDate": _master(len(kept)),
        }
    )


def _legal_party_ids(entity: np.ndarray) -> np.ndarray:
    return _RANGE["party"] + 900_000_000 + entity


def _period_names(month: np.ndarray) -> pa.Array:
    """OCT-24."""
    names = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    return text.joined(text.chosen(names, month % 12), "-", text.padded((1970 + month // 12) % 100, 2))


def _labels(entity: np.ndarray, fiscal_year: np.ndarray) -> np.ndarray:
    """What a fiscal year is called: the calendar year in which it ends."""
    return fiscal_year + group.STARTS_IN_APRIL[entity]


def _names_of(entity: np.ndarray, fiscal_year: np.ndarray, period: np.ndarray) -> pa.Array:
    """Names of periods; the adjustment period is named after its year."""
    month = (fiscal_year - 1970) * 12 + np.where(group.STARTS_IN_APRIL[entity], 3, 0) + np.minimum(period, 12) - 1
    adjustment = text.joined("ADJ-", text.padded(_labels(entity, fiscal_year) % 100, 2))
    return text.where(period > 12, adjustment, _period_names(month))


def period_statuses(snapshot: Snapshot) -> pa.Table:
    """Twelve periods and an adjustment period a year, of every ledger in three applications."""
    rows = []
    for entity in _entities(snapshot):
        april = group.STARTS_IN_APRIL[[entity]]
        first, last = (
            int(days.fiscal_year_and_period(np.array([day]), april)[0][0]) for day in (days.FIRST_DAY, snapshot.day)
        )
        rows += [
            (entity, ledger, application, year, period)
            for ledger in (0, 1)
            for application in (_GENERAL_LEDGER, _PAYABLES, _RECEIVABLES)
            for year in range(first, last + 1)
            for period in range(1, _ADJUSTMENT + 1)
        ]
    entity, ledger, application, year, period = np.array(rows, dtype=np.int64).reshape(-1, 5).T
    begins = (year - 1970) * 12 + np.where(group.STARTS_IN_APRIL[entity], 3, 0)
    is_adjustment = period == _ADJUSTMENT
    month = begins + np.minimum(period, 12) - 1
    end = days.last_of_month(month)
    start = np.where(is_adjustment, end, days.first_of_month(month))
    is_closed, is_future = end + _PERIOD_CLOSES_AFTER_DAYS <= snapshot.day, start > snapshot.day
    return pa.table(
        {
            "GlPeriodStatusesLedgerId": whole(_ledger_ids(entity, ledger)),
            "GlPeriodStatusesApplicationId": whole(application),
            "GlPeriodStatusesPeriodName": _names_of(entity, year, period),
            "GlPeriodStatusesPeriodYear": whole(_labels(entity, year)),
            "GlPeriodStatusesPeriodNum": whole(period),
            "GlPeriodStatusesStartDate": dates(start),
            "GlPeriodStatusesEndDate": dates(end),
            "GlPeriodStatusesYearStartDate": dates(days.first_of_month(begins)),
            "GlPeriodStatusesAdjustmentPeriodFlag": text.where(is_adjustment, "Y", "N"),
            "GlPeriodStatusesClosingStatus": text.where(is_closed, "C", text.where(is_future, "N", "O")),
            "GlPeriodStatusesLastUpdateDate": _since(
                np.where(
                    is_closed, end + _PERIOD_CLOSES_AFTER_DAYS, np.where(is_future, days.first_of_month(begins), start)
                ),
                3600,
            ),
        }
    )


def value_set_values(snapshot: Snapshot) -> pa.Table:
    """Values of all segments; a closed cost centre has an end."""
    kept = snapshot.books.keeps(SYSTEM)
    opened = erp.unmapped_accounts(snapshot, SYSTEM)
    values = [(0, at, code, ENTITIES[at].name, NEVER, erp.MASTER_SINCE) for at, code in enumerate(group.ENTITY_CODES)]
    values += [
        (
            1,
            position,
            number,
            chart.ACCOUNT_NAMES[position],
            NEVER,
            opened[code] if position == chart.UNMAPPED_ACCOUNT else erp.MASTER_SINCE,
        )
        for code, position, number in erp.known_accounts(snapshot, SYSTEM)
    ]
    values += [
        (2, at, number, centre.name, centre.closes, erp.MASTER_SINCE)
        for at, (centre, number) in enumerate(zip(COST_CENTRES, group.COST_CENTRE_NUMBERS, strict=True))
        if kept[centre.entity]
    ]
    values += [
        (3, at, segment, segment.capitalize(), NEVER, erp.MASTER_SINCE) for at, segment in enumerate(group.SEGMENTS)
    ]
    values += [(4, *value[1:]) for value in values if value[0] == 0]
    values += [
        (4, 900, _NO_ENTITY, "No company", NEVER, erp.MASTER_SINCE),
        (2, 900, _NO_CENTRE, "No cost centre", NEVER, erp.MASTER_SINCE),
    ]
    value_set, position, value, name, closes, since = zip(*values, strict=True)
    value_set, position = np.array(value_set), np.array(position)
    return pa.table(
        {
            "ValueId": whole(_RANGE["value"] + value_set * 1000 + position),
            "ValueSetId": whole(_RANGE["value_set"] + value_set),
            "AttributeCategory": text.chosen(list(VALUE_SETS), value_set),
            "Value": pa.array(value, pa.string()),
            "Description": pa.array(name, pa.string()),
            "EnabledFlag": text.repeated("Y", len(values)),
            "SummaryFlag": text.repeated("N", len(values)),
            "StartDateActive": dates(np.full(len(values), NEVER)),
            "EndDateActive": dates(np.array(closes)),
            "LastUpdateDate": _since(np.array(since)),
        }
    )


def daily_rates(snapshot: Snapshot) -> pa.Table:
    """What one currency costs in another, both directions, at the start of every month."""
    bases = np.unique(LOCAL_CURRENCY[_entities(snapshot)])
    first, last = days.month_of(np.array([days.FIRST_DAY, snapshot.day]))
    base, other, month = (
        part.ravel()
        for part in np.meshgrid(bases, np.arange(len(CURRENCIES)), np.arange(first, last + 1), indexing="ij")
    )
    is_other = base != other
    base, other, on = base[is_other], other[is_other], days.first_of_month(month[is_other])
    source, target, on = np.concatenate([base, other]), np.concatenate([other, base]), np.concatenate([on, on])
    # Two of the ledgers' own currencies would come twice.
    _, once = np.unique(np.stack([source, target, on]), axis=1, return_index=True)
    source, target, on = source[once], target[once], on[once]
    million = 1_000_000 * 10 ** MINOR_UNITS[source]
    rate = snapshot.world.rates.converted(million, source, target, on) // 10 ** MINOR_UNITS[target]
    return pa.table(
        {
            "DailyRateFromCurrency": text.chosen(list(CURRENCIES), source),
            "DailyRateToCurrency": text.chosen(list(CURRENCIES), target),
            "DailyRateConversionDate": dates(on),
            "DailyRateConversionType": text.repeated("Corporate", len(on)),
            "DailyRateConversionRate": decimals(rate, 6),
            "DailyRateStatusCode": text.repeated("C", len(on)),
            "DailyRateLastUpdateDate": _since(on),
        }
    )


# Partners and items


def _account_ids(customer: np.ndarray, is_duplicate: np.ndarray | int = 0) -> np.ndarray:
    return _RANGE["customer_account"] + np.asarray(customer, dtype=np.int64) * 2 + is_duplicate


def customer_accounts(snapshot: Snapshot) -> pa.Table:
    """An account per customer; a second record of one is made inactive once it was seen."""
    frame, records = snapshot.world.customers, erp.known_customers(snapshot, SYSTEM)
    is_gone = records.gone <= snapshot.day
    return pa.table(
        {
            "CustAccountId": whole(_account_ids(records.customer, records.is_duplicate)),
            "AccountNumber": erp.customer_record_numbers(records),
            "AccountName": parties.customer_names(frame, records.customer),
            "PartyId": whole(_RANGE["party"] + records.customer * 2 + records.is_duplicate),
            "Status": text.where(is_gone, "I", "A"),
            "LastUpdateDate": _since(np.where(is_gone, records.gone, records.made)),
        }
    )


def hub_organizations(snapshot: Snapshot) -> pa.Table:
    """The organizations behind those accounts, and behind the legal entities."""
    frame, records = snapshot.world.customers, erp.known_customers(snapshot, SYSTEM)
    kept = _entities(snapshot)
    party = np.concatenate([_RANGE["party"] + records.customer * 2 + records.is_duplicate, _legal_party_ids(kept)])
    return pa.table(
        {
            "PartyId": whole(party),
            "PartyNumber": text.plain(party - _RANGE["party"] + 10_000),
            "OrganizationName": _stacked(
                parties.customer_names(frame, records.customer),
                text.chosen([entity.name for entity in ENTITIES], kept),
            ),
            "Country": _stacked(
                text.chosen([land.code for land in parties.COUNTRIES], frame.country[records.customer]),
                text.chosen([entity.country for entity in ENTITIES], kept),
            ),
            "TaxpayerIdentificationNumber": _stacked(
                parties.customer_tax_ids(frame, records.customer),
                text.chosen([entity.vat_number for entity in ENTITIES], kept),
            ),
            "EmailAddress": text.repeated(None, len(party)),
            "Status": text.repeated("A", len(party)),
            "LastUpdateDate": _since(np.concatenate([records.made, np.full(len(kept), erp.MASTER_SINCE)])),
        }
    )


def _stacked(*parts: pa.Array) -> pa.Array:
    return pa.chunked_array(parts, pa.string()).combine_chunks()


def _supplier_ids(rows: np.ndarray) -> np.ndarray:
    return _RANGE["supplier"] + np.asarray(rows, dtype=np.int64)


def suppliers(snapshot: Snapshot) -> pa.Table:
    """Suppliers; the attribute of the name is called as the object."""
    frame, rows = snapshot.world.suppliers, erp.known_suppliers(snapshot, SYSTEM)
    return pa.table(
        {
            "SupplierId": whole(_supplier_ids(rows)),
            "Supplier": parties.supplier_names(frame, rows),
            "SupplierNumber": parties.supplier_numbers(rows),
            "TaxRegistrationCountryCode": text.chosen([land.code for land in parties.COUNTRIES], frame.country[rows]),
            "TaxRegistrationNumber": parties.supplier_tax_ids(frame, rows),
            "Status": text.repeated("ACTIVE", len(rows)),
            "LastUpdateDate": _since(frame.created[rows]),
        }
    )


def items(snapshot: Snapshot) -> pa.Table:
    """What is sold, in the master organization and in another that has the same items."""
    known = erp.known_products(snapshot, SYSTEM)
    products = [product for product, _ in known]
    place = np.tile(np.arange(len(known)), 2)
    other = np.repeat([0, 1], len(known))
    return pa.table(
        {
            "ItemId": whole(
                _RANGE["item"] + np.array([catalogue.PRODUCT[product.code] for product in products])[place]
            ),
            "OrganizationCode": text.chosen([ITEM_ORGANIZATION, "W1"], other),
            "ItemNumber": text.chosen([product.code for product in products], place),
            "ItemDescription": text.chosen([product.name for product in products], place),
            "ItemClass": text.chosen([product.family for product in products], place),
            "ItemStatusValue": text.repeated("Active", len(place)),
        }
    )


# Ledgers


@dataclass(frozen=True)
class _Ledger:
    """The visible lines, and of each document its first line; `of` is each line's place among the documents.

    `rank` numbers documents in the order of their entry, whatever day it is. A document with an item of a customer or
    supplier was made in a subledger: `code` is the kind of its transaction there, `item` the place of the item.
    """

    rows: np.ndarray
    lines: Frame
    documents: np.ndarray
    first: np.ndarray
    of: np.ndarray
    rank: np.ndarray
    item: np.ndarray
    code: np.ndarray

    @property
    def head(self) -> Frame:
        """The first line of each document, with what it has from its document."""
        return self.lines.take(self.first)


def _ledger(snapshot: Snapshot) -> _Ledger:
    rows = erp.ledger_rows(snapshot, SYSTEM)
    lines = snapshot.journal.lines(rows)
    documents, first, of = np.unique(lines.document, return_index=True, return_inverse=True)
    item = np.full(len(documents), -1)
    places = np.flatnonzero(lines.is_receivable | lines.is_payable)
    item[of[places]] = places
    of_item = lines.take(np.maximum(item, 0)) if len(lines) else lines
    is_receipt = (of_item.type == TYPE["DZ"]) & (of_item.amount < 0)
    code = np.where(
        of_item.is_receivable,
        np.where(is_receipt, _RECEIPT, _TRANSACTION),
        np.where(of_item.type == TYPE["KZ"], _PAYMENT, _INVOICE),
    )
    return _Ledger(
        rows=rows,
        lines=lines,
        documents=documents,
        first=first,
        of=of,
        rank=snapshot.journal.journal.entry_rank[documents],
        item=item,
        code=np.where(item >= 0, code, -1),
    )


def _header_ids(snapshot: Snapshot, documents: np.ndarray) -> np.ndarray:
    return _ERP.document_numbers(snapshot.journal.journal, documents)


def _combination_ids(lines: Frame) -> np.ndarray:
    entity, account = lines.entity.astype(np.int64), lines.account.astype(np.int64)
    centre, segment, partner = (part.astype(np.int64) + 1 for part in (lines.cost_centre, lines.segment, lines.partner))
    return _COMBINATIONS + (((entity * 100 + account) * 100 + centre) * 10 + segment) * 10 + partner


def _summary_ids(entity: np.ndarray) -> np.ndarray:
    return _COMBINATIONS + 90_000_000 + entity


def _account_types() -> list[str]:
    groups = [chart.GROUP_ACCOUNT.get(code or "") for code in chart.GROUP_CODE_OF_ACCOUNT]
    return [_ACCOUNT_TYPES[account.account_class] if account else "E" for account in groups]


def code_combinations(snapshot: Snapshot) -> pa.Table:
    """What was posted to, and a combination of the summary template per entity."""
    lines = _ledger(snapshot).lines
    ids, place = np.unique(_combination_ids(lines), return_index=True)
    used = lines.take(place)
    since = np.full(len(ids), NEVER)
    np.minimum.at(since, np.searchsorted(ids, _combination_ids(lines)), lines.entry)
    kept = _entities(snapshot)
    count, summaries = len(ids) + len(kept), len(kept)
    is_summary = np.arange(count) >= len(ids)
    centre = text.where(used.cost_centre >= 0, text.chosen(group.COST_CENTRE_NUMBERS, used.cost_centre), _NO_CENTRE)
    partner = text.where(used.partner >= 0, text.chosen(group.ENTITY_CODES, used.partner), _NO_ENTITY)
    everything = text.repeated(_SUMMARY_ACCOUNT, summaries)
    segments = [
        _stacked(text.chosen(group.ENTITY_CODES, used.entity), text.chosen(group.ENTITY_CODES, kept)),
        _stacked(erp.chart_numbers(used.account, used.entity), everything),
        _stacked(centre, everything),
        _stacked(text.chosen(list(group.SEGMENTS), used.segment), everything),
        _stacked(partner, everything),
        *[text.repeated(None, count)] * (_SEGMENTS - 5),
    ]
    return pa.table(
        {
            "CodeCombinationCodeCombinationId": whole(np.concatenate([ids, _summary_ids(kept)])),
            "CodeCombinationChartOfAccountsId": whole(np.full(count, CHART_ID)),
            "CodeCombinationEnabledFlag": text.repeated("Y", count),
            "CodeCombinationSummaryFlag": text.where(is_summary, "Y", "N"),
            "CodeCombinationAccountType": _stacked(
                text.chosen(_account_types(), used.account), text.repeated("A", summaries)
            ),
            "CodeCombinationTemplateId": whole(np.ones(count), is_summary),
            **{f"CodeCombinationSegment{place + 1}": segment for place, segment in enumerate(segments)},
            "CodeCombinationLastUpdateDate": _since(np.concatenate([since, np.full(summaries, erp.MASTER_SINCE)])),
        }
    )


def _sides(amount: np.ndarray, currency: np.ndarray, is_debit: np.ndarray) -> tuple[pa.Array, pa.Array]:
    """Debit and credit of signed amounts, one of them null."""
    return _nullable(money(amount, currency), is_debit), _nullable(money(-amount, currency), ~is_debit)


def _is_debit(lines: Frame) -> np.ndarray:
    """The side of each line: a reversal changes the sign and stays on the side of its original."""
    return np.where(lines.reverses >= 0, lines.local < 0, lines.local >= 0)


def _drafts(snapshot: Snapshot) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Id, day and entity of the draft journals that live on the day."""
    kept = _entities(snapshot)
    if not len(kept):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), kept
    first, last = days.month_of(np.array([days.FIRST_DAY, snapshot.day]))
    begun = days.first_of_month(np.arange(first, last + 1)) + 26
    living = np.flatnonzero((begun <= snapshot.day) & (begun + _DRAFT_DAYS > snapshot.day))
    return _DRAFTS + living, begun[living], np.full(len(living), kept[0])


_HEADER_COLUMNS = (
    "JeHeaderId",
    "GlJeHeadersLedgerId",
    "GlJeHeadersName",
    "GlJeHeadersJeSource",
    "GlJeHeadersJeCategory",
    "GlJeHeadersPeriodName",
    "GlJeHeadersStatus",
    "GlJeHeadersActualFlag",
    "GlJeHeadersCurrencyCode",
    "GlJeHeadersDefaultEffectiveDate",
    "GlJeHeadersReferenceDate",
    "GlJeHeadersPostedDate",
    "GlJeHeadersReversedJeHeaderId",
    "GlJeHeadersAccrualRevJeHeaderId",
    "GlJeHeadersAccrualRevStatus",
    "GlJeHeadersAccrualRevChangeSignFlag",
    "GlJeHeadersExternalReference",
    "GlJeHeadersCreationDate",
    "GlJeHeadersLastUpdateDate",
)


def journal_headers(snapshot: Snapshot) -> pa.Table:
    """Posted journals, drafts, and the budget journal of each entity."""
    ledger = _ledger(snapshot)
    head, count = ledger.head, len(ledger.first)
    sources = [_SOURCES.get(code, ("Manual", "Adjustment")) for code in DOCUMENT_TYPES]
    # What a subledger takes back is a transaction of its own there; only journals reverse journals.
    is_own = ledger.code < 0
    reverses, is_reversed = is_own & (head.reverses >= 0), is_own & head.is_reversed
    original, reversal = np.maximum(head.reverses, 0), np.maximum(head.reversed_by, 0)
    changed = np.where(is_reversed, head.reversal_entry, head.entry)
    posted = pa.table(
        {
            "JeHeaderId": whole(_header_ids(snapshot, ledger.documents)),
            "GlJeHeadersLedgerId": whole(_ledger_ids(head.entity, head.ledger.astype(np.int64))),
            "GlJeHeadersName": text.joined(
                text.chosen([name for _, name in DOCUMENT_TYPES.values()], head.type), " ", text.plain(ledger.rank)
            ),
            "GlJeHeadersJeSource": text.chosen([source for source, _ in sources], head.type),
            "GlJeHeadersJeCategory": text.chosen([category for _, category in sources], head.type),
            "GlJeHeadersPeriodName": _names_of(head.entity, head.fiscal_year.astype(np.int64), head.period),
            "GlJeHeadersStatus": text.repeated("P", count),
            "GlJeHeadersActualFlag": text.repeated("A", count),
            "GlJeHeadersCurrencyCode": text.chosen(list(CURRENCIES), head.currency),
            "GlJeHeadersDefaultEffectiveDate": dates(head.posting),
            "GlJeHeadersReferenceDate": dates(head.document_date),
            "GlJeHeadersPostedDate": times(moments(head.entry, head.entry_second)),
            "GlJeHeadersReversedJeHeaderId": whole(_header_ids(snapshot, original), reverses),
            "GlJeHeadersAccrualRevJeHeaderId": whole(_header_ids(snapshot, reversal), is_reversed),
            "GlJeHeadersAccrualRevStatus": text.where(is_reversed, "R", None),
            "GlJeHeadersAccrualRevChangeSignFlag": text.where(is_reversed, "Y", None),
            "GlJeHeadersExternalReference": text.repeated(None, count),
            "GlJeHeadersCreationDate": times(moments(head.entry, head.entry_second)),
            "GlJeHeadersLastUpdateDate": times(
                moments(changed, np.where(is_reversed, 18 * 3600 + 330, head.entry_second))
            ),
        }
    )
    others = [_simple_headers(*_drafts(snapshot), "U", "A"), _simple_headers(*_budgets(snapshot), "P", "B")]
    return pa.concat_tables([posted, *(other.select(list(_HEADER_COLUMNS)).cast(posted.schema) for other in others)])


def _budgets(snapshot: Snapshot) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Id, day and entity of the budget journals."""
    kept = _entities(snapshot)
    return _BUDGETS + kept, np.full(len(kept), days.FIRST_DAY), kept


def _simple_headers(ids: np.ndarray, day: np.ndarray, entity: np.ndarray, status: str, flag: str) -> pa.Table:
    year, period = days.fiscal_year_and_period(day, group.STARTS_IN_APRIL[entity])
    nothing = np.zeros(len(ids), dtype=bool)
    columns = {
        "JeHeaderId": whole(ids),
        "GlJeHeadersLedgerId": whole(_ledger_ids(entity)),
        "GlJeHeadersName": text.joined("Journal ", text.plain(ids)),
        "GlJeHeadersJeSource": text.repeated("Manual", len(ids)),
        "GlJeHeadersJeCategory": text.repeated("Adjustment", len(ids)),
        "GlJeHeadersPeriodName": _names_of(entity, year, period),
        "GlJeHeadersStatus": text.repeated(status, len(ids)),
        "GlJeHeadersActualFlag": text.repeated(flag, len(ids)),
        "GlJeHeadersCurrencyCode": text.chosen(list(CURRENCIES), LOCAL_CURRENCY[entity]),
        "GlJeHeadersDefaultEffectiveDate": dates(day),
        "GlJeHeadersReferenceDate": dates(np.full(len(ids), NEVER)),
        "GlJeHeadersPostedDate": times(moments(day, 36_000), np.full(len(ids), status == "P")),
        "GlJeHeadersReversedJeHeaderId": whole(ids, nothing),
        "GlJeHeadersAccrualRevJeHeaderId": whole(ids, nothing),
        "GlJeHeadersCreationDate": _since(day, 36_000),
        "GlJeHeadersLastUpdateDate": _since(day, 36_000),
    }
    return pa.table({name: columns.get(name, text.repeated(None, len(ids))) for name in _HEADER_COLUMNS})


def _link_ids(ledger: _Ledger, rows: np.ndarray) -> np.ndarray:
    """What joins a line of the ledger to the line of the subledger that it was made from."""
    return _IDS + ledger.rank[ledger.of[rows]] * 1000 + ledger.lines.line[rows]


def journal_lines(snapshot: Snapshot) -> pa.Table:
    """Lines of the posted journals, and two lines of every draft and budget."""
    ledger = _ledger(snapshot)
    lines, count = ledger.lines, len(ledger.lines)
    currency, local, is_debit = lines.currency.astype(np.int64), LOCAL_CURRENCY[lines.entity], _is_debit(lines)
    is_linked = ledger.code[ledger.of] >= 0
    entered, accounted = _sides(lines.amount, currency, is_debit), _sides(lines.local, local, is_debit)
    reference = erp.references(snapshot, lines.reference_kind, lines.reference)
    has_reference = ~is_linked & (lines.reference_kind != REFERENCE["none"])
    posted = pa.table(
        {
            "JeHeaderId": whole(_header_ids(snapshot, lines.document)),
            "JeLineNum": whole(lines.line.astype(np.int64)),
            "GlJeLinesCodeCombinationId": whole(_combination_ids(lines)),
            "GlJeLinesCurrencyCode": text.chosen(list(CURRENCIES), currency),
            "GlJeLinesEnteredDr": entered[0],
            "GlJeLinesEnteredCr": entered[1],
            "GlJeLinesAccountedDr": accounted[0],
            "GlJeLinesAccountedCr": accounted[1],
            "GlJeLinesDescription": text.chosen([name for _, name in DOCUMENT_TYPES.values()], lines.type),
            "GlJeLinesReference1": text.where(has_reference, reference, None),
            "GlJeLinesGlSlLinkId": whole(_link_ids(ledger, np.arange(count)), is_linked),
            "GlJeLinesGlSlLinkTable": text.where(is_linked, "XLAJEL", None),
            "GlJeLinesLastUpdateDate": times(moments(lines.entry, lines.entry_second)),
        }
    )
    ids, day, entity = (np.concatenate(parts) for parts in zip(_drafts(snapshot), _budgets(snapshot), strict=True))
    ids, day, entity = (np.repeat(part, 2) for part in (ids, day, entity))
    number = np.arange(len(ids)) % 2
    amount = _DRAFT_AMOUNT * (1 - 2 * number)
    debit, credit = _sides(amount, LOCAL_CURRENCY[entity], amount > 0)
    plain = Frame(
        entity=entity,
        account=np.full(len(ids), chart.ACCOUNT["ACCRUED"]),
        cost_centre=np.full(len(ids), -1),
        segment=np.zeros(len(ids), dtype=np.int64),
        partner=np.full(len(ids), -1),
    )
    columns = {
        "JeHeaderId": whole(ids),
        "JeLineNum": whole(number + 1),
        "GlJeLinesCodeCombinationId": whole(_combination_ids(plain)),
        "GlJeLinesCurrencyCode": text.chosen(list(CURRENCIES), LOCAL_CURRENCY[entity]),
        "GlJeLinesEnteredDr": debit,
        "GlJeLinesEnteredCr": credit,
        "GlJeLinesAccountedDr": debit,
        "GlJeLinesAccountedCr": credit,
        "GlJeLinesGlSlLinkId": whole(ids, np.zeros(len(ids), dtype=bool)),
        "GlJeLinesLastUpdateDate": _since(day, 36_000),
    }
    others = pa.table({name: columns.get(name, text.repeated(None, len(ids))) for name in posted.column_names})
    return pa.concat_tables([posted, others.cast(posted.schema)])


def journal_header_keys(snapshot: Snapshot) -> pa.Table:
    """The journals that exist."""
    return journal_headers(snapshot).select(["JeHeaderId"])


def journal_line_keys(snapshot: Snapshot) -> pa.Table:
    """The lines that exist."""
    return journal_lines(snapshot).select(["JeHeaderId", "JeLineNum"])


def balances(snapshot: Snapshot) -> pa.Table:
    """Actual balances of every combination and period, and beside them all that would count them twice.

    What was entered in another currency has a balance of its own in it, with its value in the ledger's; balances are
    translated, a summary template adds them up, and there is a budget.
    """
    lines = _ledger(snapshot).lines
    columns = {
        "ledger": _ledger_ids(lines.entity, lines.ledger.astype(np.int64)),
        "combination": _combination_ids(lines),
        "entity": lines.entity.astype(np.int64),
        "year": lines.fiscal_year.astype(np.int64),
        "period": lines.period.astype(np.int64),
    }
    local = LOCAL_CURRENCY[lines.entity]
    frame = Frame(
        **columns, currency=lines.currency.astype(np.int64), amount=lines.amount, local=lines.local,
        is_debit=_is_debit(lines), entry=lines.entry,
    )  # fmt: skip
    actual = _balances(frame.extended(currency=local, amount=frame.local))
    foreign = frame.take(frame.currency != local)
    entered = _balances(foreign, flag="R")
    other = np.where(local == 0, 1, 0)
    translated = _balances(
        frame.extended(
            currency=other,
            amount=snapshot.world.rates.converted(frame.local, local, other, lines.posting),
        ),
        flag="Y",
    )
    summary = _balances(
        frame.extended(combination=_summary_ids(frame.entity), currency=local, amount=frame.local), template=1
    )
    is_income = np.isin(lines.account, np.flatnonzero(~np.array(chart.IS_BALANCE_SHEET)))
    budget = _balances(
        frame.extended(currency=local, amount=frame.local).take(is_income & (lines.ledger == 0)), kind="B", budget=1
    )
    return pa.concat_tables([actual, entered, translated, summary, budget])


def _balances(
    frame: Frame, *, kind: str = "A", flag: str | None = None, template: int = 0, budget: int = 0
) -> pa.Table:
    """Debits and credits summed per ledger, combination, period and currency."""
    parts = np.stack([frame.ledger, frame.combination, frame.year, frame.period, frame.currency])
    _, place, of = np.unique(parts, axis=1, return_index=True, return_inverse=True)
    of, count = of.reshape(-1), len(place)
    head = frame.take(place)
    own = LOCAL_CURRENCY[head.entity]
    debit, credit = (
        [
            sum_by(of, np.where(frame.is_debit == side, sign * amount, 0), count)
            for amount in (frame.amount, frame.local)
        ]
        for side, sign in ((True, 1), (False, -1))
    )
    changed = np.zeros(count, dtype=np.int64)
    np.maximum.at(changed, of, frame.entry)
    return pa.table(
        {
            "BalanceLedgerId": whole(head.ledger),
            "BalanceCodeCombinationId": whole(head.combination),
            "BalancePeriodYear": whole(_labels(head.entity, head.year)),
            "BalancePeriodNum": whole(head.period),
            "BalancePeriodName": _names_of(head.entity, head.year, head.period),
            "BalanceCurrencyCode": text.chosen(list(CURRENCIES), head.currency),
            "BalanceActualFlag": text.repeated(kind, count),
            "BalanceTranslatedFlag": text.repeated(flag, count),
            "BalanceBudgetVersionId": whole(np.full(count, budget), np.full(count, budget > 0)),
            "BalanceEncumbranceTypeId": whole(np.zeros(count), np.zeros(count, dtype=bool)),
            "BalanceTemplateId": whole(np.full(count, template), np.full(count, template > 0)),
            "BalancePeriodNetDr": money(debit[0], head.currency),
            "BalancePeriodNetCr": money(credit[0], head.currency),
            "BalancePeriodNetDrBeq": money(debit[1], own),
            "BalancePeriodNetCrBeq": money(credit[1], own),
            "BalanceLastUpdateDate": _since(changed, 20 * 3600),
        }
    )


# Subledger accounting


def _subledger_rows(ledger: _Ledger) -> np.ndarray:
    """The places of documents that a subledger made."""
    return np.flatnonzero(ledger.code >= 0)


def _applications_of(ledger: _Ledger, places: np.ndarray) -> np.ndarray:
    return np.where(ledger.code[places] <= _RECEIPT, _RECEIVABLES, _PAYABLES)


def subledger_headers(snapshot: Snapshot) -> pa.Table:
    """An accounting entry per transaction."""
    ledger = _ledger(snapshot)
    places = _subledger_rows(ledger)
    head, count = ledger.lines.take(ledger.first[places]), len(places)
    return pa.table(
        {
            "JournalEntryHeaderApplicationId": whole(_applications_of(ledger, places)),
            "JournalEntryHeaderAeHeaderId": whole(_RANGE["subledger_header"] + ledger.rank[places]),
            "JournalEntryHeaderEntityId": whole(_RANGE["subledger_transaction"] + ledger.rank[places]),
            "JournalEntryHeaderEventTypeCode": text.chosen(
                ["INV_CREATE", "RECP_CREATE", "INVOICE VALIDATED", "PAYMENT CREATED"], ledger.code[places]
            ),
            "JournalEntryHeaderAccountingEntryStatusCode": text.repeated("F", count),
            "JournalEntryHeaderLastUpdateDate": times(moments(head.entry, head.entry_second)),
        }
    )


def subledger_lines(snapshot: Snapshot) -> pa.Table:
    """The lines of those entries: what an item is, and whose."""
    ledger = _ledger(snapshot)
    rows = np.flatnonzero(ledger.code[ledger.of] >= 0)
    lines, places = ledger.lines.take(rows), ledger.of[rows]
    has_customer, has_supplier = lines.customer >= 0, lines.supplier >= 0
    party = np.where(
        has_customer, _account_ids(np.maximum(lines.customer, 0)), _supplier_ids(np.maximum(lines.supplier, 0))
    )
    is_cash = np.isin(lines.account, [chart.ACCOUNT[name] for name in ("BANK", "BANK_PAYROLL", "STRIPE_CLEARING")])
    is_tax = np.isin(lines.account, [chart.ACCOUNT["OUTPUT_TAX"], chart.ACCOUNT["INPUT_TAX"]])
    accounting_class = np.select(
        [lines.is_receivable, lines.is_payable, is_cash, is_tax], ["RECEIVABLE", "LIABILITY", "CASH", "TAX"], "ITEM"
    )
    return pa.table(
        {
            "JournalEntryLineApplicationId": whole(_applications_of(ledger, places)),
            "JournalEntryLineAeHeaderId": whole(_RANGE["subledger_header"] + ledger.rank[places]),
            "JournalEntryLineAeLineNum": whole(lines.line.astype(np.int64)),
            "JournalEntryLineGlSlLinkId": whole(_link_ids(ledger, rows)),
            "JournalEntryLineGlSlLinkTable": text.repeated("XLAJEL", len(rows)),
            "JournalEntryLineAccountingClassCode": pa.array(accounting_class, pa.string()),
            "JournalEntryLinePartyTypeCode": text.where(has_customer, "C", text.where(has_supplier, "S", None)),
            "JournalEntryLinePartyId": whole(party, has_customer | has_supplier),
            "JournalEntryLineLastUpdateDate": times(moments(lines.entry, lines.entry_second)),
        }
    )


def subledger_transactions(snapshot: Snapshot) -> pa.Table:
    """The transactions as accounting knows them, by the number that each subledger gives them."""
    ledger = _ledger(snapshot)
    places = _subledger_rows(ledger)
    head = ledger.lines.take(ledger.first[places])
    return pa.table(
        {
            "TransactionEntityId": whole(_RANGE["subledger_transaction"] + ledger.rank[places]),
            "TransactionApplicationId": whole(_applications_of(ledger, places)),
            "TransactionEntityCode": text.chosen(list(_ENTITY_CODES), ledger.code[places]),
            "TransactionSourceIdInt1": whole(_RANGE["transaction"] + ledger.rank[places]),
            "TransactionTransactionNumber": _numbers(snapshot, ledger, places),
            "TransactionLastUpdateDate": times(moments(head.entry, head.entry_second)),
        }
    )


def _numbers(snapshot: Snapshot, ledger: _Ledger, places: np.ndarray) -> pa.Array:
    """Numbers of transactions; a payment to a supplier can only be called by a number."""
    head = ledger.lines.take(ledger.first[places])
    number = erp.references(snapshot, head.reference_kind, head.reference)
    return text.where(ledger.code[places] == _PAYMENT, text.plain(ledger.rank[places] + 1), number)


# Receivables and payables


@dataclass(frozen=True)
class _Items:
    """Items of customers or suppliers: what is left of each, whether it is open, when it was closed and last changed.

    A receipt or payment that is used up is closed, also where it covers its invoice only in part.
    """

    places: np.ndarray
    lines: Frame
    remaining: np.ndarray
    is_open: np.ndarray
    closed_on: np.ndarray
    changed: np.ndarray


def _items(snapshot: Snapshot, ledger: _Ledger, codes: tuple[int, ...]) -> tuple[_Items, Frame]:
    """Items of transactions of these kinds, and what was applied to them."""
    view, lines = snapshot.journal, ledger.lines
    links = erp.applications(view, ledger.rows, lines)
    clearing, entered = view.clearing(ledger.rows)
    payer = np.searchsorted(ledger.documents, links.next_document)
    is_spent = np.zeros(len(ledger.documents), dtype=bool)
    is_spent[payer] = True
    documents = view.journal.documents
    on = np.maximum(documents.posting[links.next_document], lines.posting[links.position])
    # By line: what was applied to it and when; by document: when it was used.
    applied = sum_by(links.position, links.amount, len(lines))
    closed_on, changed = lines.posting.astype(np.int64), lines.entry.astype(np.int64)
    np.maximum.at(closed_on, links.position, on)
    np.maximum.at(changed, links.position, links.entered)
    used_on, used = np.zeros(len(ledger.documents), np.int64), np.zeros(len(ledger.documents), np.int64)
    np.maximum.at(used_on, payer, on)
    np.maximum.at(used, payer, links.entered)
    is_cleared = clearing >= 0
    cleared_on = np.where(is_cleared, documents.posting[np.maximum(clearing, 0)], 0)
    closed_on = np.maximum(closed_on, np.maximum(cleared_on, used_on[ledger.of]))
    changed = np.maximum(changed, np.maximum(np.where(is_cleared, entered, 0), used[ledger.of]))
    is_open = ~is_cleared & ~is_spent[ledger.of]
    places = np.flatnonzero(np.isin(ledger.code, codes))
    rows = ledger.item[places]
    # Something is left of what is open, were it only a cent of rounding.
    remaining = np.where(is_open, np.maximum(np.abs(lines.amount) - applied, 1), 0) * np.sign(lines.amount)
    items = _Items(
        places, lines.take(rows), remaining[rows], is_open[rows],
        np.where(is_open[rows], NEVER, closed_on[rows]), changed[rows],
    )  # fmt: skip
    is_of_kind = np.isin(ledger.code[ledger.of[links.position]], codes)
    return items, links.extended(payer=payer).take(is_of_kind)


def _changed(changed: np.ndarray, lines: Frame) -> pa.Array:
    return times(moments(changed, np.where(changed > lines.entry, 18 * 3600 + 330, lines.entry_second)))


def receivable_schedules(snapshot: Snapshot) -> pa.Table:
    """An item per transaction and per receipt; credit memos and receipts are below zero."""
    ledger = _ledger(snapshot)
    items, _ = _items(snapshot, ledger, (_TRANSACTION, _RECEIPT))
    lines, currency = items.lines, items.lines.currency.astype(np.int64)
    is_receipt = ledger.code[items.places] == _RECEIPT
    ids = whole(_RANGE["transaction"] + ledger.rank[items.places], ~is_receipt)
    receipts = whole(_RANGE["transaction"] + ledger.rank[items.places], is_receipt)
    # A refund takes up a credit that the customer had.
    kind = np.select([is_receipt, lines.amount < 0, lines.type == TYPE["DZ"]], ["PMT", "CM", "DM"], "INV")
    return pa.table(
        {
            "ArPaymentSchedulePaymentScheduleId": whole(_RANGE["schedule"] + ledger.rank[items.places]),
            "ArPaymentScheduleCustomerTrxId": ids,
            "ArPaymentScheduleCashReceiptId": receipts,
            "ArPaymentSchedulePaymentScheduleClass1": pa.array(kind, pa.string()),
            "ArPaymentScheduleStatus": text.where(items.is_open, "OP", "CL"),
            "ArPaymentScheduleDueDate": dates(np.where(lines.due < NEVER, lines.due, lines.posting)),
            # What is open is closed at the end of time.
            "ArPaymentScheduleGlDateClosed": dates(np.where(items.is_open, days.day("4712-12-31"), items.closed_on)),
            "ArPaymentScheduleInvoiceCurrencyCode": text.chosen(list(CURRENCIES), currency),
            "ArPaymentScheduleAmountDueOriginal": money(lines.amount, currency),
            "ArPaymentScheduleAmountDueRemaining": money(items.remaining, currency),
            "ArPaymentScheduleTrxNumber": _numbers(snapshot, ledger, items.places),
            "ArPaymentScheduleTermsSequenceNumber": whole(np.ones(len(items.places)), ~is_receipt),
            "ArPaymentScheduleLastUpdateDate": _changed(items.changed, lines),
        }
    )


def receivable_applications(snapshot: Snapshot) -> pa.Table:
    """What was applied to which item."""
    ledger = _ledger(snapshot)
    _, links = _items(snapshot, ledger, (_TRANSACTION, _RECEIPT))
    paid, payer = ledger.rank[ledger.of[links.position]], ledger.rank[links.payer]
    posting = snapshot.journal.journal.documents.posting[links.next_document]
    return pa.table(
        {
            "ArReceivableApplicationReceivableApplicationId": whole(_APPLICATIONS + paid * 10**6 + payer),
            "ArReceivableApplicationPaymentScheduleId": whole(_RANGE["schedule"] + payer),
            "ArReceivableApplicationAppliedPaymentScheduleId": whole(_RANGE["schedule"] + paid),
            "ArReceivableApplicationAmountApplied": money(links.amount, links.currency.astype(np.int64)),
            "ArReceivableApplicationGlDate": dates(posting),
            "ArReceivableApplicationReversalGlDate": dates(np.full(len(paid), NEVER)),
            "ArReceivableApplicationStatus": text.repeated("APP", len(paid)),
            "ArReceivableApplicationDisplay": text.repeated("Y", len(paid)),
            "ArReceivableApplicationLastUpdateDate": _since(links.entered, 18 * 3600),
        }
    )


def payment_applications(snapshot: Snapshot) -> pa.Table:
    """Which payment paid which invoice."""
    ledger = _ledger(snapshot)
    _, links = _items(snapshot, ledger, (_INVOICE, _PAYMENT))
    paid, payer = ledger.rank[ledger.of[links.position]], ledger.rank[links.payer]
    posting = snapshot.journal.journal.documents.posting[links.next_document]
    return pa.table(
        {
            "ApInvoicePaymentsAllInvoicePaymentId": whole(_APPLICATIONS + paid * 10**6 + payer),
            "ApInvoicePaymentsAllInvoiceId": whole(_RANGE["transaction"] + paid),
            "ApInvoicePaymentsAllCheckId": whole(_RANGE["transaction"] + payer),
            "ApInvoicePaymentsAllAmount": money(links.amount, links.currency.astype(np.int64)),
            # Of a payment in the currency of the invoice only one amount is there.
            "ApInvoicePaymentsAllAmountInvCurr": _nullable(
                money(links.amount, links.currency.astype(np.int64)), np.zeros(len(paid))
            ),
            "ApInvoicePaymentsAllAccountingDate": dates(posting),
            "ApInvoicePaymentsAllReversalFlag": text.repeated("N", len(paid)),
            "ApInvoicePaymentsAllLastUpdateDate": _since(links.entered, 18 * 3600),
        }
    )


def payables_invoices(snapshot: Snapshot) -> pa.Table:
    """Invoices of suppliers; what is owed is above zero."""
    ledger = _ledger(snapshot)
    items, _ = _items(snapshot, ledger, (_INVOICE,))
    lines, currency = items.lines, items.lines.currency.astype(np.int64)
    paid = np.abs(lines.amount) - np.abs(items.remaining)
    status = np.select([~items.is_open, paid > 0], ["Paid", "Partially paid"], "Unpaid")
    return pa.table(
        {
            "InvoiceId": whole(_RANGE["transaction"] + ledger.rank[items.places]),
            "InvoiceNumber": _numbers(snapshot, ledger, items.places),
            "InvoiceType": text.where(lines.amount > 0, "Credit memo", "Standard"),
            "InvoiceCurrency": text.chosen(list(CURRENCIES), currency),
            "InvoiceAmount": money(-lines.amount, currency),
            "InvoiceDate": dates(lines.document_date),
            "AccountingDate": dates(lines.posting),
            "LegalEntity": text.chosen([entity.name for entity in ENTITIES], lines.entity),
            "SupplierNumber": parties.supplier_numbers(np.maximum(lines.supplier, 0)),
            "PaidStatus": pa.array(status, pa.string()),
            "ValidationStatus": text.repeated("Validated", len(items.places)),
            "CanceledFlag": truths(np.zeros(len(items.places))),
            "AmountPaid": money(-np.sign(lines.amount) * paid, currency),
            "LastUpdateDate": _changed(items.changed, lines),
        }
    )


def payables_installments(snapshot: Snapshot) -> pa.Table:
    """One installment per invoice."""
    ledger = _ledger(snapshot)
    items, _ = _items(snapshot, ledger, (_INVOICE,))
    lines, currency = items.lines, items.lines.currency.astype(np.int64)
    return pa.table(
        {
            "InvoiceId": whole(_RANGE["transaction"] + ledger.rank[items.places]),
            "InstallmentNumber": whole(np.ones(len(items.places))),
            "DueDate": dates(np.where(lines.due < NEVER, lines.due, lines.posting)),
            "GrossAmount": money(-lines.amount, currency),
            "UnpaidAmount": money(-items.remaining, currency),
        }
    )


def payables_payments(snapshot: Snapshot) -> pa.Table:
    """Payments to suppliers, with the reference that goes to the bank."""
    ledger = _ledger(snapshot)
    items, _ = _items(snapshot, ledger, (_PAYMENT,))
    lines, currency = items.lines, items.lines.currency.astype(np.int64)
    return pa.table(
        {
            "CheckId": whole(_RANGE["transaction"] + ledger.rank[items.places]),
            "PaymentNumber": whole(ledger.rank[items.places] + 1),
            "PaymentDate": dates(lines.posting),
            "PaymentAmount": money(lines.amount, currency),
            "PaymentCurrency": text.chosen(list(CURRENCIES), currency),
            "PaymentStatus": text.repeated("Negotiable", len(items.places)),
            "PaymentDescription": erp.references(snapshot, lines.reference_kind, lines.reference),
            "SupplierNumber": parties.supplier_numbers(np.maximum(lines.supplier, 0)),
            "LastUpdateDate": _changed(items.changed, lines),
        }
    )


def _sales(snapshot: Snapshot, is_credit: bool) -> tuple[_Ledger, _Items]:
    """Invoices, or credit memos; a debit memo is neither."""
    ledger = _ledger(snapshot)
    items, _ = _items(snapshot, ledger, (_TRANSACTION,))
    chosen = (items.lines.amount < 0) == is_credit
    chosen &= items.lines.type != TYPE["DZ"]
    rest = {name: getattr(items, name)[chosen] for name in ("places", "remaining", "is_open", "closed_on", "changed")}
    return ledger, _Items(lines=items.lines.take(chosen), **rest)


def _sources(lines: Frame) -> pa.Array:
    is_billed = lines.reference_kind == REFERENCE["billing_document"]
    is_intercompany = lines.type == TYPE["IC"]
    return text.where(is_billed, BILLING_SOURCE, text.where(is_intercompany, "Intercompany", "Subscription Billing"))


def _sales_columns(snapshot: Snapshot, ledger: _Ledger, items: _Items) -> dict[str, pa.Array]:
    lines, currency = items.lines, items.lines.currency.astype(np.int64)
    return {
        "CustomerTransactionId": whole(_RANGE["transaction"] + ledger.rank[items.places]),
        "TransactionNumber": _numbers(snapshot, ledger, items.places),
        "TransactionDate": dates(lines.document_date),
        "TransactionType": text.where(lines.amount < 0, "Credit Memo", "Invoice"),
        "TransactionSource": _sources(lines),
        "BillToCustomerNumber": parties.customer_numbers(np.maximum(lines.customer, 0)),
        "EnteredAmount": money(lines.amount, currency),
        "InvoiceCurrencyCode": text.chosen(list(CURRENCIES), currency),
        "AccountingDate": dates(lines.posting),
        "LegalEntityIdentifier": text.chosen(group.ENTITY_CODES, lines.entity),
        "LastUpdateDate": _changed(items.changed, lines),
    }


def receivables_invoices(snapshot: Snapshot) -> pa.Table:
    """Invoices of all sources."""
    ledger, items = _sales(snapshot, False)
    lines, currency = items.lines, items.lines.currency.astype(np.int64)
    return pa.table(
        {
            **_sales_columns(snapshot, ledger, items),
            "DueDate": dates(np.where(lines.due < NEVER, lines.due, lines.posting)),
            "InvoiceBalanceAmount": money(items.remaining, currency),
            "InvoiceStatus": text.repeated("Complete", len(items.places)),
        }
    )


def receivables_credit_memos(snapshot: Snapshot) -> pa.Table:
    """Credit memos of all sources."""
    ledger, items = _sales(snapshot, True)
    columns = _sales_columns(snapshot, ledger, items)
    return pa.table({**columns, "CreditMemoStatus": text.repeated("Complete", len(items.places))})


def _sales_lines(snapshot: Snapshot, is_credit: bool) -> pa.Table:
    """What was sold; credit memos have amounts and quantities below zero."""
    ledger, items = _sales(snapshot, is_credit)
    is_billed = items.lines.reference_kind == REFERENCE["billing_document"]
    is_chosen = np.zeros(len(ledger.documents), dtype=bool)
    is_chosen[items.places[is_billed]] = True
    quantity, _ = erp.billed_quantities(snapshot, ledger.lines)
    rows = np.flatnonzero(is_chosen[ledger.of] & (ledger.lines.product >= 0))
    lines, currency = ledger.lines.take(rows), ledger.lines.currency[rows].astype(np.int64)
    sign = -1 if is_credit else 1
    rank = ledger.rank[ledger.of[rows]]
    each = np.round(np.abs(lines.amount) / np.maximum(quantity[rows], 1)).astype(np.int64)
    return pa.table(
        {
            "CustomerTransactionId": whole(_RANGE["transaction"] + rank),
            "CustomerTransactionLineId": whole(_RANGE["transaction_line"] + rank * 1000 + lines.line),
            "LineNumber": whole(lines.line.astype(np.int64)),
            "ItemNumber": text.chosen([product.code for product in catalogue.ALL_PRODUCTS], lines.product),
            "Description": text.chosen([product.name for product in catalogue.ALL_PRODUCTS], lines.product),
            "Quantity": decimals(sign * quantity[rows], 0, 15),
            "UnitSellingPrice": money(each, currency),
            "LineAmount": money(-lines.amount, currency),
        }
    )


def receivables_invoice_lines(snapshot: Snapshot) -> pa.Table:
    """Lines of the invoices that were billed here."""
    return _sales_lines(snapshot, False)


def receivables_credit_memo_lines(snapshot: Snapshot) -> pa.Table:
    """Lines of the credit memos that were billed here."""
    return _sales_lines(snapshot, True)


# What is extracted, by data store; and what is served. `parties` has another name in the resource it comes from.
EXTRACTED: dict[str, Callable[[Snapshot], pa.Table]] = {
    make.__name__: make
    for make in (
        ledgers,
        legal_entities,
        period_statuses,
        code_combinations,
        value_set_values,
        daily_rates,
        balances,
        journal_headers,
        journal_lines,
        journal_header_keys,
        journal_line_keys,
        subledger_lines,
        subledger_headers,
        subledger_transactions,
        receivable_schedules,
        receivable_applications,
        payment_applications,
        customer_accounts,
    )
}
TABLES = {
    **EXTRACTED,
    "parties": hub_organizations,
    **{
        make.__name__: make
        for make in (
            suppliers,
            items,
            payables_invoices,
            payables_installments,
            payables_payments,
            receivables_invoices,
            receivables_invoice_lines,
            receivables_credit_memos,
            receivables_credit_memo_lines,
        )
    },
}
