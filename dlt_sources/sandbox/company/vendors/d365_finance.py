"""Dynamics 365 Finance & Operations: data entities over one installation, its legal entities side by side.

Records have 64-bit numbers and refer to each other by them. Dates are moments at noon UTC; enumerations are names. The
ledger never loses an entry but those of the year-end close, deleted and posted anew by its next run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dlt_sources.sandbox.company import catalogue, chart, days, group, parties, text
from dlt_sources.sandbox.company.books import ERPS
from dlt_sources.sandbox.company.columns import decimals, moments, money, times, whole
from dlt_sources.sandbox.company.days import NEVER
from dlt_sources.sandbox.company.frame import Frame, sum_by
from dlt_sources.sandbox.company.group import (
    COST_CENTRES,
    CURRENCIES,
    CURRENCY,
    ENTITIES,
    GROUP_CURRENCY,
    LOCAL_CURRENCY,
    MINOR_UNITS,
)
from dlt_sources.sandbox.company.journal import DOCUMENT_TYPES, REFERENCE, TYPE
from dlt_sources.sandbox.company.vendors import erp

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

SYSTEM = "d365_finance"
_ERP = ERPS[SYSTEM]
_NOON = 12 * 3600
_FIRST = _ERP.first_record
# Tables number their records by themselves; a transaction of a partner here bears the number of its line in the ledger.
_ENTRIES, _TRANSFERS, _SETTLEMENTS = (_FIRST + place * 10**13 for place in range(1, 4))
_LEDGERS, _ACCOUNTS, _YEARS, _PERIODS, _COMBINATIONS = (_FIRST + 10**14 + place * 10**12 for place in range(5))
_LAYERS = _ERP.ledgers
_CALENDARS = ("Fiscal", "FiscalApril")
_COST_CENTRE, _BUSINESS_UNIT = "CostCenter", "BusinessUnit"
_OPENING, _CLOSING = 0, 13  # places of the periods before the first and after the last month of a year
_TRANSFER = "TransferOpeningClosing"
# The year-end close runs in the second month of the new year, and again in the third.
_CLOSE_RUNS_AFTER_DAYS = (41, 69)
_ACCOUNT_TYPES = {
    "asset": "Asset",
    "liability": "Liability",
    "equity": "Equity",
    "income": "Revenue",
    "expense": "Expense",
}
_HEADINGS = (("1", "BALANCE SHEET", "Reporting"), ("9", "RESULT OF THE YEAR", "Total"))
_POSTING_TYPES = {
    "AR_TRADE": "CustBalance",
    "AR_AFFILIATES": "CustBalance",
    "AP_TRADE": "VendBalance",
    "AP_AFFILIATES": "VendBalance",
    "INPUT_TAX": "Tax",
    "OUTPUT_TAX": "Tax",
    "MACHINE_REVENUE": "SalesRevenue",
    "PARTS_REVENUE": "SalesRevenue",
    "EXCHANGE": "ExchRateGain",
}
_CATEGORIES = {
    "RV": "Sales",
    "DR": "Cust",
    "DG": "Cust",
    "DZ": "Payment",
    "WL": "Invent",
    "WE": "Invent",
    "RE": "Purch",
    "KR": "Vend",
    "KZ": "Payment",
    "HR": "Payroll",
    "AF": "FixedAssets",
    "ZP": "Bank",
}
# Documents whose number in the other's books is an invoice's.
_INVOICE_TYPES = ("DR", "DG", "RE", "KR", "IC")


def _noon(days_: np.ndarray) -> pa.Array:
    """Dates as moments at noon, so that no time zone moves them; null for NEVER."""
    known = np.asarray(days_) < NEVER
    return times(moments(np.where(known, days_, 0), _NOON), known)


def _yes(values: np.ndarray) -> pa.Array:
    return text.where(np.asarray(values, dtype=bool), "Yes", "No")


def _nothing(rows: int) -> pa.Array:
    return text.repeated("", rows)


def _entities(snapshot: Snapshot) -> np.ndarray:
    return np.array(snapshot.books.entities(SYSTEM), dtype=np.int64)


def _company(entity: np.ndarray) -> pa.Array:
    """The legal entity as OData writes it: in lower case."""
    return pc.utf8_lower(text.chosen(group.ENTITY_CODES, entity))


def _charts(entity: np.ndarray) -> np.ndarray:
    return np.array(chart.CHART_OF_ENTITY)[entity].astype(np.int64)


def _calendar(entity: np.ndarray) -> np.ndarray:
    return group.STARTS_IN_APRIL[entity].astype(np.int64)


def _structure(chart_: np.ndarray, is_balance_sheet: np.ndarray) -> pa.Array:
    return text.joined(text.where(is_balance_sheet, "BS ", "PL "), text.chosen(list(chart.CHARTS), chart_))


# Organisation


def legal_entities(snapshot: Snapshot) -> pa.Table:
    """Legal entities; each is a party of the global address book as well."""
    kept = _entities(snapshot)
    return pa.table(
        {
            "LegalEntityId": text.chosen(group.ENTITY_CODES, kept),
            "Name": text.chosen([entity.name for entity in ENTITIES], kept),
            "PartyNumber": _affiliate_parties(kept),
            "AddressCountryRegionISOCode": text.chosen([entity.country for entity in ENTITIES], kept),
        }
    )


def ledgers(snapshot: Snapshot) -> pa.Table:
    """A ledger per legal entity: its own accounting currency, the group's as reporting currency, a shared chart."""
    kept = _entities(snapshot)
    yes, no = np.ones(len(kept), dtype=bool), np.zeros(len(kept), dtype=bool)
    return pa.table(
        {
            "LegalEntityId": text.chosen(group.ENTITY_CODES, kept),
            "LedgerRecId": whole(_LEDGERS + kept),
            "Name": text.chosen(group.ENTITY_CODES, kept),
            "AccountingCurrency": text.chosen(list(CURRENCIES), LOCAL_CURRENCY[kept]),
            "ReportingCurrency": text.repeated(GROUP_CURRENCY, len(kept)),
            "ChartOfAccounts": text.chosen(list(chart.CHARTS), _charts(kept)),
            "FiscalCalendar": text.chosen(list(_CALENDARS), _calendar(kept)),
            "AccountStructureName1": _structure(_charts(kept), yes),
            "AccountStructureName2": _structure(_charts(kept), no),
            **{f"AccountStructureName{place}": _nothing(len(kept)) for place in range(3, 21)},
        }
    )


def _years(snapshot: Snapshot) -> tuple[np.ndarray, np.ndarray]:
    """Calendar and year of every fiscal year in use, from that of the first day to that of today."""
    calendars = np.unique(_calendar(_entities(snapshot)))
    spans = []
    for calendar in calendars:
        first, last = days.fiscal_year_and_period(np.array([days.FIRST_DAY, snapshot.day]), bool(calendar))[0]
        spans.append(np.arange(first, last + 1))
    return np.repeat(calendars, [len(span) for span in spans]), np.concatenate([np.zeros(0, dtype=np.int64), *spans])


def _first_of_period(calendar: np.ndarray, year: np.ndarray, place: np.ndarray | int) -> np.ndarray:
    """The first day of the period 1 to 12 of a year; of 13 that of the next year."""
    return days.first_of_month((year - 1970) * 12 + 3 * calendar + place - 1)


def fiscal_calendar_years(snapshot: Snapshot) -> pa.Table:
    """Fiscal years, named after the calendar year they begin in."""
    calendar, year = _years(snapshot)
    return pa.table(
        {
            "Calendar": text.chosen(list(_CALENDARS), calendar),
            "FiscalYear": text.plain(year),
            "StartDate": _noon(_first_of_period(calendar, year, 1)),
            "EndDate": _noon(_first_of_period(calendar, year, 13) - 1),
        }
    )


def _year_records(calendar: np.ndarray, year: np.ndarray) -> np.ndarray:
    return _YEARS + calendar * 10_000 + year


def _period_records(calendar: np.ndarray, year: np.ndarray, place: np.ndarray) -> np.ndarray:
    return _PERIODS + (calendar * 10_000 + year) * 100 + place


def fiscal_periods(snapshot: Snapshot) -> pa.Table:
    """Twelve months a year, an opening period on its first day and a closing period on its last."""
    calendar, year = (np.repeat(part, _CLOSING + 1).astype(np.int64) for part in _years(snapshot))
    place = np.tile(np.arange(_CLOSING + 1), len(calendar) // (_CLOSING + 1))
    is_month = (place > _OPENING) & (place < _CLOSING)
    month = np.clip(place, 1, 12)
    start = _first_of_period(calendar, year, np.where(place == _CLOSING, 13, month)) - (place == _CLOSING)
    end = np.where(is_month, _first_of_period(calendar, year, month + 1) - 1, start)
    names = ["Opening", *(f"Period {number}" for number in range(1, 13)), "Closing"]
    return pa.table(
        {
            "SourceKey": whole(_period_records(calendar, year, place)),
            "FiscalCalendar": whole(_YEARS + calendar),
            "FiscalCalendarYear": whole(_year_records(calendar, year)),
            "Name": text.chosen(names, place),
            "StartDate": _noon(start),
            "EndDate": _noon(end),
            "Type": text.where(is_month, "Operating", text.where(place == _OPENING, "Opening", "Closing")),
        }
    )


# Chart and dimensions


def _account_records(chart_: np.ndarray, account: np.ndarray) -> np.ndarray:
    return _ACCOUNTS + chart_ * 1000 + account


def _account_type(position: int) -> str:
    account = chart.GROUP_ACCOUNT.get(chart.GROUP_CODE_OF_ACCOUNT[position] or "")
    return _ACCOUNT_TYPES[account.account_class if account else "expense"]


def main_accounts(snapshot: Snapshot) -> pa.Table:
    """The charts in use, with accounts that only head or add up others."""
    rows = [
        (
            chart.CHARTS.index(code),
            position,
            text.unpadded(number),
            chart.ACCOUNT_NAMES[position],
            _account_type(position),
        )
        for code, position, number in erp.known_accounts(snapshot, SYSTEM)
    ]
    rows += [
        (chart.CHARTS.index(code), 900 + place, *heading)
        for code in snapshot.books.charts(SYSTEM)
        for place, heading in enumerate(_HEADINGS)
    ]
    of_chart, position, number, name, kind = zip(*rows, strict=True) if rows else ((),) * 5
    of_chart = np.array(of_chart, dtype=np.int64)
    return pa.table(
        {
            "ChartOfAccounts": text.chosen(list(chart.CHARTS), of_chart),
            "MainAccountId": pa.array(number, pa.string()),
            "MainAccountRecId": whole(_account_records(of_chart, np.array(position, dtype=np.int64))),
            "Name": pa.array(name, pa.string()),
            "MainAccountType": pa.array(kind, pa.string()),
            "MainAccountCategory": _nothing(len(rows)),
            "IsSuspended": _yes(np.zeros(len(rows))),
        }
    )


def dimension_attributes(snapshot: Snapshot) -> pa.Table:
    """The dimensions of the installation: operating units of two kinds, and the main account."""
    return pa.table(
        {
            "DimensionName": ["MainAccount", _COST_CENTRE, _BUSINESS_UNIT],
            "ViewName": ["DimAttributeMainAccount", "DimAttributeOMCostCenter", "DimAttributeOMBusinessUnit"],
        }
    )


def dimension_parameters(snapshot: Snapshot) -> pa.Table:
    """The one record of parameters."""
    return pa.table({"Key": whole(np.zeros(1)), "DimensionSegmentDelimiter": ["Hyphen"]})


def account_structures(snapshot: Snapshot) -> pa.Table:
    """Two structures per chart, which put the cost centre in another place; one of them is being changed."""
    codes = snapshot.books.charts(SYSTEM)
    rows = [
        (f"{kind} {code}", status, *segments)
        for code in codes
        for kind, status, segments in (
            ("BS", "Active", (_BUSINESS_UNIT, _COST_CENTRE)),
            ("PL", "Active", (_COST_CENTRE, _BUSINESS_UNIT)),
            ("PL", "Draft", (_BUSINESS_UNIT, _COST_CENTRE)),
        )
    ]
    name, status, second, third = zip(*rows, strict=True) if rows else ((),) * 4
    return pa.table(
        {
            "AccountStructureName": pa.array(name, pa.string()),
            "Status": pa.array(status, pa.string()),
            "SegmentName01": text.repeated("MainAccount", len(rows)),
            "SegmentName02": pa.array(second, pa.string()),
            "SegmentName03": pa.array(third, pa.string()),
            **{f"SegmentName{place:02d}": _nothing(len(rows)) for place in range(4, 12)},
        }
    )


def _ledger_accounts(entity: np.ndarray, account: np.ndarray, cost_centre: np.ndarray, segment: np.ndarray) -> pa.Array:
    """The account with its dimensions in the order of its structure; empty segments at the end are left out."""
    number = pc.utf8_ltrim(erp.chart_numbers(account, entity), "0")
    unit = text.where(
        segment >= 0, text.chosen(group.PROFIT_CENTRES, entity * len(group.SEGMENTS) + np.maximum(segment, 0)), ""
    )
    centre = text.where(
        cost_centre >= 0, text.chosen([centre.number for centre in COST_CENTRES], np.maximum(cost_centre, 0)), ""
    )
    is_balance_sheet = np.array(chart.IS_BALANCE_SHEET)[account]
    second = text.where(is_balance_sheet, unit, centre)
    third = text.where(is_balance_sheet, centre, unit)
    return pc.utf8_rtrim(text.joined(number, "-", second, "-", third), "-")


def dimension_combinations(snapshot: Snapshot) -> pa.Table:
    """Accounts with dimensions that were posted to."""
    ledger = _ledger(snapshot)
    lines, transfers = ledger.lines, _transfers(snapshot, ledger)
    none = np.full(len(transfers), -1, dtype=np.int64)
    parts = [
        np.concatenate([np.asarray(own).astype(np.int64), carried])
        for own, carried in (
            (lines.entity, transfers.entity),
            (lines.account, transfers.account),
            (lines.cost_centre, none),
            (lines.segment, none),
        )
    ]
    key = ((parts[0] * 1000 + parts[1]) * 1000 + parts[2] + 1) * 10 + parts[3] + 1
    key, first = np.unique(key, return_index=True)
    entity, account, cost_centre, segment = (part[first] for part in parts)
    return pa.table(
        {
            "RecordId": whole(_COMBINATIONS + key),
            "DisplayValue": _ledger_accounts(entity, account, cost_centre, segment),
            "AccountStructure": _structure(_charts(entity), np.array(chart.IS_BALANCE_SHEET)[account]),
        }
    )


def dimension_values(snapshot: Snapshot) -> pa.Table:
    """Cost centres and business units, which all legal entities share; a closed one has a last day."""
    kept = snapshot.books.keeps(SYSTEM)
    rows = [
        (_COST_CENTRE, centre.number, centre.name, centre.closes if centre.closes < snapshot.day else NEVER, False)
        for centre in COST_CENTRES
        if kept[centre.entity]
    ]
    rows += [
        (_BUSINESS_UNIT, group.PROFIT_CENTRES[entity * len(group.SEGMENTS) + place], name, NEVER, False)
        for entity in _entities(snapshot)
        for place, name in enumerate(group.SEGMENTS)
    ]
    rows += [(_COST_CENTRE, "ALL", "All cost centres", NEVER, True)] if kept.any() else []
    dimension, value, name, closes, is_total = zip(*rows, strict=True) if rows else ((),) * 5
    return pa.table(
        {
            "FinancialDimension": pa.array(dimension, pa.string()),
            "LegalEntityId": _nothing(len(rows)),
            "DimensionValue": pa.array(value, pa.string()),
            "Description": pa.array(name, pa.string()),
            "ActiveFrom": _noon(np.full(len(rows), NEVER)),
            "ActiveTo": _noon(np.array(closes, dtype=np.int64)),
            "IsSuspended": _yes(np.zeros(len(rows))),
            "IsTotal": _yes(np.array(is_total, dtype=bool)),
        }
    )


def exchange_rates(snapshot: Snapshot) -> pa.Table:
    """What foreign currencies cost at the start of every month; 100 units of the yen."""
    targets = np.unique(LOCAL_CURRENCY[_entities(snapshot)])
    first, last = days.month_of(np.array([days.FIRST_DAY, snapshot.day]))
    target, source, month = (
        part.ravel()
        for part in np.meshgrid(targets, np.arange(len(CURRENCIES)), np.arange(first, last + 1), indexing="ij")
    )
    foreign = source != target
    target, source, on = target[foreign], source[foreign], days.first_of_month(month[foreign])
    is_hundred = MINOR_UNITS[source] == 0
    million = 1_000_000 * np.where(is_hundred, 100, 1) * 10 ** MINOR_UNITS[source]
    price = snapshot.world.rates.converted(million, source, target, on) // 10 ** MINOR_UNITS[target]
    return pa.table(
        {
            "RateTypeName": text.repeated("Default", len(on)),
            "FromCurrency": text.chosen(list(CURRENCIES), source),
            "ToCurrency": text.chosen(list(CURRENCIES), target),
            "StartDate": _noon(on),
            "EndDate": _noon(days.last_of_month(days.month_of(on))),
            "Rate": decimals(price, 6),
            "ConversionFactor": text.where(is_hundred, "Hundred", "One"),
        }
    )


# Partners and products


def _affiliate_parties(entity: np.ndarray) -> pa.Array:
    return text.padded(900_000_000 + np.asarray(entity).astype(np.int64), 9)


def _customer_parties(customer: np.ndarray, is_duplicate: np.ndarray) -> pa.Array:
    """Numbers of the global address book; the group's own companies have one as customer, vendor and legal entity."""
    own = text.padded(100_000_000 + np.asarray(customer) * 2 + is_duplicate, 9)
    return text.where(customer < len(ENTITIES), _affiliate_parties(np.minimum(customer, len(ENTITIES))), own)


def _known_customers(snapshot: Snapshot) -> tuple[Frame, np.ndarray]:
    """Records of customers with the legal entity that has them: those it deals with, their parents and affiliates."""
    frame = snapshot.world.customers
    records = parties.known_on(frame, snapshot.world.duplicates, snapshot.day)
    dealing = erp.customer_entities(snapshot)
    rows, entities = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for entity in _entities(snapshot):
        kept = (dealing == entity) | (np.arange(len(frame)) < len(ENTITIES))
        kept[frame.parent[kept & (frame.parent >= 0)]] = True
        rows.append(np.flatnonzero(kept[records.customer]))
        entities.append(np.full(len(rows[-1]), entity))
    return records.take(np.concatenate(rows)), np.concatenate(entities)


def customers(snapshot: Snapshot) -> pa.Table:
    """Customers of each legal entity; a second record of one is put on hold for everything once it was seen."""
    frame = snapshot.world.customers
    records, entity = _known_customers(snapshot)
    row = records.customer
    name = parties.customer_names(frame, row)
    return pa.table(
        {
            "dataAreaId": _company(entity),
            "CustomerAccount": erp.customer_record_numbers(records),
            "PartyNumber": _customer_parties(row, records.is_duplicate),
            "OrganizationName": name,
            "NameAlias": pc.utf8_slice_codeunits(name, 0, 20),
            "CustomerGroupId": text.where(row < len(ENTITIES), "IC", "TRADE"),
            "AddressCountryRegionISOCode": text.chosen([land.code for land in parties.COUNTRIES], frame.country[row]),
            "PrimaryContactEmail": _nothing(len(row)),
            "PrimaryContactURL": _nothing(len(row)),
            "TaxExemptNumber": parties.customer_tax_ids(frame, row),
            "SalesCurrencyCode": text.chosen(list(CURRENCIES), frame.currency[row]),
            "OnHoldStatus": text.where(records.gone <= snapshot.day, "All", "No"),
        }
    )


def party_relationships(snapshot: Snapshot) -> pa.Table:
    """Who is the parent of whom, whatever legal entities deal with them."""
    frame = snapshot.world.customers
    records, _ = _known_customers(snapshot)
    key = np.unique(records.customer * 2 + records.is_duplicate)
    row, is_duplicate = key // 2, key % 2
    row, is_duplicate = (part[frame.parent[row] >= 0] for part in (row, is_duplicate))
    return pa.table(
        {
            "RelationshipType": text.repeated("Parent", len(row)),
            "ParentPartyId": _customer_parties(frame.parent[row], np.zeros(len(row), dtype=np.int64)),
            "ChildPartyId": _customer_parties(row, is_duplicate),
            "ValidFrom": times(moments(frame.created[row], 0)),
            "ValidTo": times(moments(np.full(len(row), days.day("2154-12-31")), 86_399)),
        }
    )


def vendors(snapshot: Snapshot) -> pa.Table:
    """Vendors of each legal entity, the group's own companies among them."""
    frame = snapshot.world.suppliers
    known = erp.known_suppliers(snapshot, SYSTEM)
    kept = [known[(frame.entity[known] == entity) | (known < len(ENTITIES))] for entity in _entities(snapshot)]
    row = np.concatenate([np.zeros(0, dtype=np.int64), *kept])
    entity = np.repeat(_entities(snapshot), [len(rows) for rows in kept])
    name = parties.supplier_names(frame, row)
    own = text.padded(300_000_000 + row, 9)
    return pa.table(
        {
            "dataAreaId": _company(entity),
            "VendorAccountNumber": parties.supplier_numbers(row),
            "VendorPartyNumber": text.where(
                row < len(ENTITIES), _affiliate_parties(np.minimum(row, len(ENTITIES))), own
            ),
            "VendorOrganizationName": name,
            "VendorSearchName": pc.utf8_slice_codeunits(name, 0, 20),
            "VendorGroupId": text.where(row < len(ENTITIES), "IC", "TRADE"),
            "AddressCountryRegionISOCode": text.chosen([land.code for land in parties.COUNTRIES], frame.country[row]),
            "TaxExemptNumber": parties.supplier_tax_ids(frame, row),
            "CurrencyCode": text.chosen(list(CURRENCIES), frame.currency[row]),
            "OnHoldStatus": text.repeated("No", len(row)),
        }
    )


def products(snapshot: Snapshot) -> pa.Table:
    """Shared products, released to every legal entity."""
    known = [product for product, _ in erp.known_products(snapshot, SYSTEM)]
    kept = _entities(snapshot)
    entity, place = (part.ravel() for part in np.meshgrid(kept, np.arange(len(known)), indexing="ij"))
    is_service = np.array([product.family in ("SERVICE", "CLOUD") for product in known], dtype=bool)
    return pa.table(
        {
            "dataAreaId": _company(entity),
            "ItemNumber": text.chosen([product.code for product in known], place),
            "ProductNumber": text.chosen([product.code for product in known], place),
            "ProductSearchName": text.chosen([product.name for product in known], place),
            "ProductGroupId": text.chosen([product.family for product in known], place),
            "ProductType": text.where(is_service[place], "Service", "Item"),
        }
    )


# The general ledger


@dataclass(frozen=True)
class _Ledger:
    """The visible lines of the legal entities, in all posting layers.

    `rows` are their positions in the journal, `first` is the position of each document's first line, `of` each line's
    place among the documents, `voucher` the number of each line's document.
    """

    rows: np.ndarray
    lines: Frame
    first: np.ndarray
    of: np.ndarray
    voucher: np.ndarray


def _ledger(snapshot: Snapshot) -> _Ledger:
    rows = erp.ledger_rows(snapshot, SYSTEM)
    lines = snapshot.journal.lines(rows)
    _, first, of = np.unique(lines.document, return_index=True, return_inverse=True)
    return _Ledger(rows, lines, first, of, _ERP.document_numbers(snapshot.journal.journal, lines.document))


def _entry_records(snapshot: Snapshot, documents: np.ndarray) -> np.ndarray:
    """Record numbers are given out to sessions in blocks: they do not follow the order of posting to the last digit."""
    return _ENTRIES + (snapshot.journal.journal.entry_rank[documents] ^ 5)


def _transfers(snapshot: Snapshot, ledger: _Ledger) -> Frame:
    """Lines of the opening entries that the year-end close has posted: balances, and the result in retained earnings.

    Each run takes what it finds posted on its day; the entry of an earlier run for the same year is gone.
    """
    lines = ledger.lines
    rows = []
    for entity in _entities(snapshot):
        calendar = _calendar(np.array([entity]))
        first, last = days.fiscal_year_and_period(np.array([days.FIRST_DAY, snapshot.day]), bool(calendar[0]))[0]
        for year in range(first + 1, last + 1):
            opens = int(_first_of_period(calendar, np.array([year]), 1)[0])
            run = [opens + after for after in _CLOSE_RUNS_AFTER_DAYS if opens + after <= snapshot.day][-1:]
            if not run:
                continue
            known = (
                (lines.entity == entity) & (lines.ledger == 0) & (lines.fiscal_year < year) & (lines.entry <= run[0])
            )
            balance = sum_by(lines.account[known], lines.local[known], len(chart.ACCOUNT))
            in_group = sum_by(lines.account[known], lines.group[known], len(chart.ACCOUNT))
            is_result = ~np.array(chart.IS_BALANCE_SHEET)
            for amounts in (balance, in_group):
                amounts[chart.ACCOUNT["RETAINED_EARNINGS"]] += amounts[is_result].sum()
                amounts[is_result] = 0
            rows += [
                (entity, year, opens, run[0], account, balance[account], in_group[account])
                for account in np.flatnonzero(balance)
            ]
    columns = np.array(rows, dtype=np.int64).reshape(-1, 7).T
    names = ("entity", "year", "opens", "run", "account", "amount", "group")
    return Frame(**dict(zip(names, columns, strict=True)))


def _transfer_records(transfers: Frame) -> np.ndarray:
    """The entry of each transferred line: another one for every run."""
    return _TRANSFERS + (transfers.entity * 100_000 + transfers.run) * 1000


def journal_entries(snapshot: Snapshot) -> pa.Table:
    """Posted entries of all layers, the year-end transfers among them."""
    ledger = _ledger(snapshot)
    head = ledger.lines.take(ledger.first)
    calendar, year = _calendar(head.entity), head.fiscal_year.astype(np.int64)
    voucher = text.plain(ledger.voucher[ledger.first])
    is_billed = head.reference_kind == REFERENCE["billing_document"]
    reference = text.where(is_billed, "", erp.references(snapshot, head.reference_kind, head.reference))
    categories = [_CATEGORIES.get(code, "GeneralJournal") for code in TYPE]
    posted = pa.table(
        {
            "SourceKey": whole(_entry_records(snapshot, head.document)),
            "JournalNumber": text.joined("GJ", voucher),
            "Ledger": whole(_LEDGERS + head.entity.astype(np.int64)),
            "SubledgerVoucherDataAreaId": _company(head.entity),
            "SubledgerVoucher": voucher,
            "AccountingDate": _noon(head.posting),
            "DocumentDate": _noon(head.document_date),
            "DocumentNumber": reference,
            "JournalCategory": text.chosen(categories, head.type),
            "PostingLayer": text.chosen(list(_LAYERS), head.ledger),
            "FiscalCalendarYear": whole(_year_records(calendar, year)),
            "FiscalCalendarPeriod": whole(_period_records(calendar, year, head.period.astype(np.int64))),
            "CreatedOn": times(moments(head.entry, head.entry_second)),
        }
    )
    transfers = _transfers(snapshot, ledger)
    key, first = np.unique(_transfer_records(transfers), return_index=True)
    head = transfers.take(first)
    calendar, count = _calendar(head.entity), len(head)
    voucher = text.joined("YE", text.plain(head.year), "-", text.plain(head.run))
    carried = pa.table(
        {
            "SourceKey": whole(key),
            "JournalNumber": text.joined("GJ", voucher),
            "Ledger": whole(_LEDGERS + head.entity),
            "SubledgerVoucherDataAreaId": _company(head.entity),
            "SubledgerVoucher": voucher,
            "AccountingDate": _noon(head.opens),
            "DocumentDate": _noon(np.full(count, NEVER)),
            "DocumentNumber": _nothing(count),
            "JournalCategory": text.repeated("None", count),
            "PostingLayer": text.repeated(_LAYERS[0], count),
            "FiscalCalendarYear": whole(_year_records(calendar, head.year)),
            "FiscalCalendarPeriod": whole(_period_records(calendar, head.year, np.full(count, _OPENING))),
            "CreatedOn": times(moments(head.run, 20 * 3600)),
        }
    )
    return pa.concat_tables([posted, carried])


def _posting_types(account: np.ndarray) -> pa.Array:
    return text.chosen([_POSTING_TYPES.get(key, "LedgerJournal") for key in chart.ACCOUNT], account)


def journal_lines(snapshot: Snapshot) -> pa.Table:
    """Signed amounts in three currencies; a correction stands on the side of what it corrects."""
    ledger = _ledger(snapshot)
    lines, journal = ledger.lines, snapshot.journal.journal
    entity, currency, local = lines.entity, lines.currency.astype(np.int64), LOCAL_CURRENCY[lines.entity]
    euro = np.full(len(lines), CURRENCY[GROUP_CURRENCY])
    is_correction = lines.reverses >= 0
    is_payment = lines.reference_kind == REFERENCE["payment"]
    posted = pa.table(
        {
            "SourceKey": whole(_ERP.line_keys(journal, lines.document, lines.line.astype(np.int64))),
            "GeneralJournalEntry": whole(_entry_records(snapshot, lines.document)),
            "MainAccount": whole(_account_records(_charts(entity), lines.account.astype(np.int64))),
            "LedgerAccount": _ledger_accounts(
                entity.astype(np.int64), lines.account, lines.cost_centre, lines.segment.astype(np.int64)
            ),
            "TransactionCurrencyCode": text.chosen(list(CURRENCIES), currency),
            "TransactionCurrencyAmount": money(lines.amount, currency),
            "AccountingCurrencyAmount": money(lines.local, local),
            "ReportingCurrencyAmount": money(lines.group, euro),
            "IsCredit": _yes((lines.local < 0) ^ is_correction),
            "IsCorrection": _yes(is_correction),
            "PostingType": _posting_types(lines.account),
            "PaymentReference": text.where(
                is_payment, erp.references(snapshot, lines.reference_kind, lines.reference), ""
            ),
            "Text": text.chosen([name for _, name in DOCUMENT_TYPES.values()], lines.type),
        }
    )
    transfers = _transfers(snapshot, ledger)
    record, count, none = _transfer_records(transfers), len(transfers), np.full(len(transfers), -1)
    local = LOCAL_CURRENCY[transfers.entity]
    carried = pa.table(
        {
            "SourceKey": whole(record + transfers.account + 1),
            "GeneralJournalEntry": whole(record),
            "MainAccount": whole(_account_records(_charts(transfers.entity), transfers.account)),
            "LedgerAccount": _ledger_accounts(transfers.entity, transfers.account, none, none),
            "TransactionCurrencyCode": text.chosen(list(CURRENCIES), local),
            "TransactionCurrencyAmount": money(transfers.amount, local),
            "AccountingCurrencyAmount": money(transfers.amount, local),
            "ReportingCurrencyAmount": money(transfers.group, np.full(count, CURRENCY[GROUP_CURRENCY])),
            "IsCredit": _yes(transfers.amount < 0),
            "IsCorrection": _yes(np.zeros(count)),
            "PostingType": text.repeated(_TRANSFER, count),
            "PaymentReference": _nothing(count),
            "Text": text.repeated("Opening transactions", count),
        }
    )
    return pa.concat_tables([posted, carried])


def ledger_totals(snapshot: Snapshot) -> pa.Table:
    """The lines by ledger, period, layer, posting type and account: sums above zero, sums below, and how many."""
    lines, entries = journal_lines(snapshot), journal_entries(snapshot)
    heads = entries.select(["SourceKey", "Ledger", "FiscalCalendarPeriod", "PostingLayer"])
    joined = lines.join(heads, "GeneralJournalEntry", "SourceKey", join_type="inner").combine_chunks()
    amount = joined["AccountingCurrencyAmount"]
    nothing = pa.scalar(0, amount.type)
    is_debit = pc.greater(amount, nothing)
    parts = joined.append_column("debit", pc.if_else(is_debit, amount, nothing)).append_column(
        "credit", pc.if_else(is_debit, nothing, amount)
    )
    keys = ["Ledger", "FiscalCalendarPeriod", "PostingLayer", "PostingType", "MainAccount"]
    summed = parts.group_by(keys, use_threads=False).aggregate(
        [("debit", "sum"), ("credit", "sum"), ("SourceKey", "count")]
    )
    return pa.table(
        {
            **{key: summed[key] for key in keys},
            "DebitAmount": summed["debit_sum"].cast(amount.type),
            "CreditAmount": summed["credit_sum"].cast(amount.type),
            "LineCount": summed["SourceKey_count"],
        }
    )


# Customers' and vendors' transactions


def _transaction_records(snapshot: Snapshot, lines: Frame) -> np.ndarray:
    """A transaction per line on an account of receivables or payables."""
    return _ERP.line_keys(snapshot.journal.journal, lines.document, lines.line.astype(np.int64))


def _settled(snapshot: Snapshot, ledger: _Ledger) -> tuple[erp.Settled, np.ndarray]:
    """The state of the items, and for each link the day it counts from: that of the later of its two documents."""
    state = erp.settled(snapshot.journal, ledger.rows, ledger.lines, ledger.first, ledger.of)
    posting = snapshot.journal.journal.documents.posting
    return state, np.maximum(posting[state.links.next_document], ledger.lines.posting[state.links.position])


def _transactions(snapshot: Snapshot, side: str) -> pa.Table:
    ledger = _ledger(snapshot)
    state, on = _settled(snapshot, ledger)
    lines, links = ledger.lines, state.links
    clearing, _ = snapshot.journal.clearing(ledger.rows)
    closed = np.where(clearing >= 0, snapshot.journal.journal.documents.posting[np.maximum(clearing, 0)], lines.posting)
    changed = np.maximum(lines.entry, np.where(lines.is_reversed, lines.reversal_entry, 0)).astype(np.int64)
    paying = state.item[state.payer]
    for item, known in ((links.position, np.ones(len(links), dtype=bool)), (paying, paying >= 0)):
        np.maximum.at(closed, item[known], on[known])
        np.maximum.at(changed, item[known], links.entered[known])
    applied = lines.amount - state.remaining
    keep = np.flatnonzero(lines.is_receivable if side == "customer" else lines.is_payable)
    lines, is_open = lines.take(keep), state.is_open[keep]
    entity, currency, local = lines.entity, lines.currency.astype(np.int64), LOCAL_CURRENCY[lines.entity]
    voucher = text.plain(ledger.voucher[keep])
    account = (
        parties.customer_numbers(np.maximum(lines.customer, 0))
        if side == "customer"
        else parties.supplier_numbers(np.maximum(lines.supplier, 0))
    )
    is_billed = lines.reference_kind == REFERENCE["billing_document"]
    reference = text.where(is_billed, "", erp.references(snapshot, lines.reference_kind, lines.reference))
    is_invoice = np.isin(lines.type, [TYPE[code] for code in _INVOICE_TYPES])
    is_affiliate = np.isin(lines.account, [chart.ACCOUNT["AR_AFFILIATES"], chart.ACCOUNT["AP_AFFILIATES"]])
    categories = [_CATEGORIES.get(code, "GeneralJournal") for code in TYPE]
    moved = changed[keep]
    return pa.table(
        {
            "dataAreaId": _company(entity),
            "SourceKey": whole(_transaction_records(snapshot, lines)),
            "AccountNum": account,
            "Voucher": voucher,
            "TransDate": _noon(lines.posting),
            "DocumentDate": _noon(lines.document_date),
            "DueDate": _noon(lines.due),
            "TransType": text.chosen(categories, lines.type),
            "Invoice": text.where(
                is_billed, _invoice_numbers(voucher, lines.amount), text.where(is_invoice, reference, "")
            ),
            "DocumentNum": reference,
            "PaymReference": text.where(lines.reference_kind == REFERENCE["payment"], reference, ""),
            "PaymTermId": text.where(lines.terms > 0, text.joined("Net", text.plain(lines.terms)), ""),
            "PostingProfile": text.where(is_affiliate, "IC", "GEN"),
            "Correct": _yes((lines.reverses >= 0) & ~is_billed),
            "CurrencyCode": text.chosen(list(CURRENCIES), currency),
            "AmountCur": money(lines.amount, currency),
            "AmountMST": money(lines.local, local),
            "ReportingCurrencyAmount": money(lines.group, np.full(len(lines), CURRENCY[GROUP_CURRENCY])),
            "SettleAmountCur": money(applied[keep], currency),
            "Closed": _noon(np.where(is_open, NEVER, closed[keep])),
            "SysModifiedDateTime": times(moments(moved, np.where(moved > lines.entry, 64_800, lines.entry_second))),
        }
    )


def _invoice_numbers(voucher: pa.Array, amount: np.ndarray) -> pa.Array:
    """Invoices and credit notes have rows of numbers of their own; `amount` is that of the receivable."""
    return text.joined(text.where(amount >= 0, "CIV-", "CCN-"), voucher)


def customer_transactions(snapshot: Snapshot) -> pa.Table:
    """What customers owe, and what they paid."""
    return _transactions(snapshot, "customer")


def vendor_transactions(snapshot: Snapshot) -> pa.Table:
    """What vendors are owed, and what they were paid."""
    return _transactions(snapshot, "vendor")


def _settlements(snapshot: Snapshot, side: str) -> pa.Table:
    """Two rows for what settles each other, one for what is settled by no other transaction."""
    ledger = _ledger(snapshot)
    state, on = _settled(snapshot, ledger)
    lines, links = ledger.lines, state.links
    records = _transaction_records(snapshot, lines)
    paying = state.item[state.payer]
    of_side = lines.is_receivable if side == "customer" else lines.is_payable
    # Receivables are settled with receivables only.
    paying = np.where((paying >= 0) & (of_side[np.maximum(paying, 0)] == of_side[links.position]), paying, -1)
    number = (ledger.rows[links.position] * len(snapshot.journal.journal.documents) + links.next_document) * 2
    amount = links.amount * np.sign(lines.amount[links.position])
    kept = np.flatnonzero(of_side[links.position])
    both = kept[paying[kept] >= 0]
    link = np.concatenate([kept, both])
    is_other = np.arange(len(link)) >= len(kept)
    own, other = links.position[link], paying[link]
    own, other = np.where(is_other, other, own), np.where(is_other, own, other)
    voucher = _ERP.document_numbers(snapshot.journal.journal, links.next_document[link])
    return pa.table(
        {
            "dataAreaId": _company(lines.entity[own]),
            "SourceKey": whole(_SETTLEMENTS + number[link] + is_other),
            "TransRecId": whole(records[own]),
            "OffsetRecid": whole(np.where(other >= 0, records[np.maximum(other, 0)], 0)),
            "TransDate": _noon(on[link]),
            "SettleAmountCur": money(np.where(is_other, -amount[link], amount[link]), links.currency[link].astype(int)),
            "SettlementVoucher": text.plain(voucher),
            "CreatedOn": times(moments(links.entered[link], 64_800)),
        }
    )


def customer_settlements(snapshot: Snapshot) -> pa.Table:
    """Settlements between transactions of customers."""
    return _settlements(snapshot, "customer")


def vendor_settlements(snapshot: Snapshot) -> pa.Table:
    """Settlements between transactions of vendors."""
    return _settlements(snapshot, "vendor")


# Sales invoices


def _billed(ledger: _Ledger) -> tuple[np.ndarray, np.ndarray]:
    """The places of documents that Finance & Operations itself billed, and the receivable of every document."""
    lines = ledger.lines
    receivable = sum_by(ledger.of, np.where(lines.is_receivable, lines.amount, 0), len(ledger.first))
    return np.flatnonzero(lines.reference_kind[ledger.first] == REFERENCE["billing_document"]), receivable


def sales_invoices(snapshot: Snapshot) -> pa.Table:
    """Posted invoices, and credit notes below zero."""
    ledger = _ledger(snapshot)
    places, receivable = _billed(ledger)
    lines, head = ledger.lines, ledger.lines.take(ledger.first[places])
    is_tax = lines.account == chart.ACCOUNT["OUTPUT_TAX"]
    tax = -sum_by(ledger.of, np.where(is_tax, lines.amount, 0), len(ledger.first))[places]
    customer = np.zeros(len(ledger.first), dtype=np.int64)
    np.maximum.at(customer, ledger.of[lines.is_receivable], lines.customer[lines.is_receivable])
    billings, currency = snapshot.world.machines.billings, head.currency.astype(np.int64)
    orders = billings.order[head.reference] if len(billings) else np.zeros(0, dtype=np.int64)
    voucher = text.plain(ledger.voucher[ledger.first[places]])
    return pa.table(
        {
            "dataAreaId": _company(head.entity),
            "InvoiceNumber": _invoice_numbers(voucher, receivable[places]),
            "InvoiceDate": _noon(head.document_date),
            "LedgerVoucher": voucher,
            "InvoiceCustomerAccountNumber": parties.customer_numbers(customer[places]),
            "SalesOrderNumber": text.joined("SO", text.plain(orders + 1)),
            "CurrencyCode": text.chosen(list(CURRENCIES), currency),
            "TotalInvoiceAmount": money(receivable[places], currency),
            "TotalTaxAmount": money(tax, currency),
        }
    )


def sales_invoice_lines(snapshot: Snapshot) -> pa.Table:
    """Product lines of those documents."""
    ledger = _ledger(snapshot)
    places, receivable = _billed(ledger)
    is_chosen = np.zeros(len(ledger.first), dtype=bool)
    is_chosen[places] = True
    quantity, _ = erp.billed_quantities(snapshot, ledger.lines)
    rows = np.flatnonzero(is_chosen[ledger.of] & (ledger.lines.product >= 0))
    lines, voucher = ledger.lines.take(rows), text.plain(ledger.voucher[rows])
    currency, nothing = lines.currency.astype(np.int64), np.zeros(len(rows), dtype=np.int64)
    codes = [product.code for product in catalogue.ALL_PRODUCTS]
    return pa.table(
        {
            "dataAreaId": _company(lines.entity),
            "InvoiceNumber": _invoice_numbers(voucher, receivable[ledger.of[rows]]),
            "InvoiceDate": _noon(lines.document_date),
            "LedgerVoucher": voucher,
            "LineCreationSequenceNumber": whole(lines.line.astype(np.int64)),
            "ProductNumber": text.chosen(codes, lines.product),
            "ProductName": text.chosen([product.name for product in catalogue.ALL_PRODUCTS], lines.product),
            "InvoicedQuantity": decimals(quantity[rows] * np.where(lines.amount > 0, -1, 1), 0, 15),
            "LineAmount": money(-lines.amount, currency),
            "LineTotalDiscountAmount": money(nothing, currency),
            "LineTotalTaxAmount": money(nothing, currency),
            "CurrencyCode": text.chosen(list(CURRENCIES), currency),
        }
    )


TABLES = {
    make.__name__: make
    for make in (
        legal_entities,
        ledgers,
        main_accounts,
        fiscal_calendar_years,
        fiscal_periods,
        dimension_attributes,
        dimension_parameters,
        account_structures,
        dimension_combinations,
        dimension_values,
        exchange_rates,
        party_relationships,
        customers,
        vendors,
        products,
        journal_entries,
        journal_lines,
        customer_transactions,
        vendor_transactions,
        customer_settlements,
        vendor_settlements,
        sales_invoices,
        sales_invoice_lines,
        ledger_totals,
    )
}
