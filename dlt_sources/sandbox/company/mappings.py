"""The company's mapping files, from the constants the simulation uses.

`python -m dlt_sources.sandbox.company.mappings` writes them; `… FOLDER 3020=netsuite 3010=chargebee` writes those of a
company whose books are kept, or whose customers are billed, elsewhere, and `… FOLDER
2010=sap_s4hana:2026-03-31:netsuite` of one whose books were in the one ERP until that day, and then in the other. They
depend neither on the seed nor on the scale, and no labelled error changes them.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from dlt_sources.sandbox.company import bank, catalogue, chart, days, group, parties, payroll
from dlt_sources.sandbox.company.billing import VENDORS, Billing
from dlt_sources.sandbox.company.books import ERPS, Books, Erp
from dlt_sources.sandbox.company.group import BILLING, CRM, PLANNING
from dlt_sources.sandbox.company.procurement import BUYERS
from dlt_sources.sandbox.company.text import unpadded
from dlt_sources.sandbox.company.vendors.chargebee import item_ids
from dlt_sources.sandbox.company.vendors.salesforce import product_ids, territory_ids
from dlt_sources.sandbox.company.vendors.stripe import stripe_product_ids
from dlt_sources.sandbox.company.vendors.zuora import product_ids as zuora_product_ids

FOLDER = Path(__file__).parents[1] / "mappings"
_DECISION = ("2024-01-01", "", "mapping-proposals@meridian.example", "group-accounting@meridian.example")
# What each billing vendor calls a product by position.
_BILLED_PRODUCTS = {"stripe": stripe_product_ids, "chargebee": item_ids, "zuora": zuora_product_ids}
_DECISION_COLUMNS = ("valid_from", "valid_to", "proposed_by", "approved_by", "reason")
# Absolute and relative tolerance, and the days a counterpart may take. Empty: does not apply.
_TOLERANCES = (
    ("ledger_completeness", "*", "0", "0", "0"),
    ("ar_subledger_to_gl", "*", "0", "0", "0"),
    ("ap_subledger_to_gl", "*", "0", "0", "0"),
    ("cut_over", "*", "0", "0", "0"),
    ("billing_to_erp", "*", "0.05", "0", str(group.POSTING_WINDOW_DAYS)),
    ("billing_to_erp", "JPY", "5", "0", str(group.POSTING_WINDOW_DAYS)),
    ("billing_to_cash", "*", "0.05", "0", str(group.APPLICATION_WINDOW_DAYS)),
    ("billing_to_cash", "JPY", "5", "0", str(group.APPLICATION_WINDOW_DAYS)),
    ("bookings_to_billing", "*", "0.05", "0", "14"),
    ("usage_to_billing", "*", "0.05", "0", "31"),
    ("usage_to_billing", "JPY", "5", "0", "31"),
    ("deferred_revenue_to_gl", "*", "0.05", "0", "0"),
    ("deferred_revenue_to_gl", "JPY", "5", "0", "0"),
    ("deferred_revenue_to_gl/exchange_rate", "*", "0", "2", "0"),
    ("plan_completeness", "*", "0", "0", "0"),
    ("plan_to_chart", "*", "0", "0", "0"),
    ("payout_to_bank", "*", "0", "0", str(bank.IN_TRANSIT_DAYS)),
    ("bank_to_ledger", "*", "0", "0", str(bank.IN_TRANSIT_DAYS)),
    ("payroll_to_ledger", "*", "0", "0", "0"),
    ("receipts_to_invoices", "*", "0.05", "0", str(group.INVOICE_WINDOW_DAYS)),
    ("receipts_to_invoices", "JPY", "5", "0", str(group.INVOICE_WINDOW_DAYS)),
    ("procurement_to_ap", "*", "0.05", "0", str(group.PAYABLE_WINDOW_DAYS)),
    ("procurement_to_ap", "JPY", "5", "0", str(group.PAYABLE_WINDOW_DAYS)),
    ("open_receipts_to_gl", "*", "1", "0", "0"),
    ("open_receipts_to_gl", "JPY", "100", "0", "0"),
    ("intercompany", "*", "0.05", "0", str(group.AFFILIATE_WINDOW_DAYS)),
    ("intercompany/group_currency", "*", "1", "1", "0"),
    ("intercompany", "JPY", "5", "0", str(group.AFFILIATE_WINDOW_DAYS)),
    ("crm_orders_to_erp_orders", "*", "0.05", "0", str(group.ORDER_WINDOW_DAYS)),
    ("crm_orders_to_erp_orders", "JPY", "5", "0", str(group.ORDER_WINDOW_DAYS)),
    ("customer_master", "*", "0", "0", "0"),
)


def _files(books: Books, billing: Billing) -> dict[str, tuple[Sequence[str], Iterable[Sequence[object]], str]]:
    """Columns, rows and the reason given for each file."""
    return {
        "group_accounts": (
            (
                "group_account_code",
                "group_account_name",
                "account_class",
                "statement",
                "statement_line",
                "statement_line_order",
                "normal_balance",
                "translation_method",
                "is_intercompany",
                "elimination_group",
                "control_account",
            ),
            [
                (
                    account.code,
                    account.name,
                    account.account_class,
                    "balance_sheet" if account.is_balance_sheet else "income_statement",
                    account.statement_line,
                    chart.STATEMENT_LINES.index(account.statement_line) + 1,
                    account.normal_balance,
                    account.translation_method,
                    str(account.is_intercompany).lower(),
                    account.elimination_group,
                    account.control_account,
                )
                for account in chart.GROUP_ACCOUNTS
            ],
            "group chart of accounts",
        ),
        "accounts": (
            ("source_instance", "chart_code", "source_account_id", "group_account_code"),
            [
                (erp.instance, name, unpadded(number), group_code)
                for erp in _erps(books)
                for name, code in books.chart_names(erp.system).items()
                for number, group_code in zip(chart.ACCOUNT_NUMBERS[code], chart.GROUP_CODE_OF_ACCOUNT, strict=True)
                if group_code
            ],
            "regional chart to group chart",
        ),
        "families": (("product_family_code", "product_family_name"), catalogue.FAMILIES, "product families"),
        "product_families": (
            ("source_instance", "source_product_id", "product_code", "product_family_code"),
            _product_rows(books, billing),
            "product catalogue",
        ),
        "stages": (
            ("source_instance", "record_type", "stage_name", "forecast_category", "probability"),
            [
                (CRM, record_type, stage.name, *stage.governed[place])
                for place, record_type in enumerate(group.RECORD_TYPES)
                for stage in group.STAGES
            ],
            "forecast policy",
        ),
        "territories": (
            ("source_instance", "source_territory_id", "source_entity_id"),
            [
                (CRM, territory_ids(np.array([place]))[0].as_py(), territory[3])
                for place, territory in enumerate(group.TERRITORIES)
                if territory[3]
            ],
            "sales organisation",
        ),
        "cost_centres": (
            ("source_instance", "source_cost_centre_id", "group_cost_centre_code"),
            [
                (erp.instance, erp.record_id("cost_centres", centre.entity, unpadded(number)), centre.group_code)
                for erp in _erps(books)
                for number, centre in zip(group.COST_CENTRE_NUMBERS, group.COST_CENTRES, strict=True)
                if erp in books.erps(centre.entity)
            ]
            + [
                (PLANNING, unpadded(number), centre.group_code)
                for number, centre in zip(group.COST_CENTRE_NUMBERS, group.COST_CENTRES, strict=True)
            ],
            "group cost centre structure",
        ),
        "entities": (
            ("source_instance", "source_entity_id", "entity_code"),
            _entity_rows(books, billing)
            + [
                (office.instance, payroll.company_code(office, code), code)
                for office in payroll.OFFICES
                for code in office.entities
            ]
            + [
                (buyer.instance, source_id, code)
                for buyer in BUYERS.values()
                for source_id, code in zip(buyer.entity_ids, group.ENTITY_CODES, strict=True)
            ],
            "company codes are used everywhere",
        ),
        "customers": (
            ("source_instance", "source_customer_id", "customer_key"),
            _customer_rows(books, billing),
            "no tax id: matched by hand",
        ),
        "bank_accounts": (
            ("source_instance", "source_bank_account_id", "entity_code", "source_account_id"),
            [
                (
                    account.bank.instance,
                    account.number,
                    group.ENTITY_CODES[account.entity],
                    unpadded(
                        chart.ACCOUNT_NUMBERS[group.ENTITIES[account.entity].chart][
                            chart.ACCOUNT[account.ledger_account]
                        ]
                    ),
                )
                for account in bank.ACCOUNTS
            ],
            "accounts the group holds at banks",
        ),
        "owners": (("exception_type", "entity_code", "owner"), group.OWNERS, "work queue routing"),
        "tolerances": (
            ("reconciliation", "currency", "amount_absolute", "percent", "window_days"),
            _TOLERANCES,
            "reconciliation policy",
        ),
    }


def _erps(books: Books) -> list[Erp]:
    """The ERPs in which some entity keeps its books."""
    return [erp for erp in ERPS.values() if books.entities(erp.system)]


def _entity_rows(books: Books, billing: Billing) -> list[tuple[str, str, str]]:
    """Every instance and the entities it knows."""
    everywhere = (CRM, BILLING, PLANNING)
    rows = [
        (instance, code, code)
        for instance in (*(erp.instance for erp in _erps(books)), *everywhere)
        for position, code in enumerate(group.ENTITY_CODES)
        if instance in (*everywhere, *(erp.instance for erp in books.erps(position)))
    ]
    return rows + [
        (vendor.instance, vendor.entity_id(position), code)
        for vendor in billing.vendors()
        for position, code in enumerate(group.ENTITY_CODES)
        if billing.vendor(position) is vendor and vendor.instance not in everywhere
    ]


def _product_rows(books: Books, billing: Billing) -> list[tuple[str, str, str, str]]:
    rows = []
    for position, product in enumerate(catalogue.PRODUCTS):
        at = np.array([position])
        rows += [
            (erp.instance, source_id, product.code, product.family)
            for erp in _erps(books)
            for source_id in _record_ids(books, erp, "items", product.code)
        ]
        if position != catalogue.MINUTES:
            rows.append((CRM, product_ids(at)[0].as_py(), product.code, product.family))
        if catalogue.IS_SUBSCRIBED[position]:
            rows += [
                (vendor.instance, _BILLED_PRODUCTS[vendor.system](at)[0].as_py(), product.code, product.family)
                for vendor in billing.vendors()
            ]
    return sorted(rows)


def _customer_rows(books: Books, billing: Billing) -> list[tuple[str, str, str]]:
    rows = parties.CUSTOMERS_WITHOUT_TAX_ID
    keys = [unpadded(number) for number in parties.customer_numbers(rows).to_pylist()]
    in_erps = [
        (erp.instance, source_id, key)
        for erp in _erps(books)
        for key in keys
        for source_id in _record_ids(books, erp, "partners", key)
    ]
    return in_erps + [
        (instance, source_id, key)
        for instance, ids in (
            (CRM, parties.crm_account_ids(rows).to_pylist()),
            *((vendor.instance, vendor.customer_ids(rows).to_pylist()) for vendor in billing.vendors()),
        )
        for source_id, key in zip(ids, keys, strict=True)
    ]


def _record_ids(books: Books, erp: Erp, kind: str, code: str) -> list[str]:
    """What the warehouse calls a customer or item of the ERP: once for each entity that may have it."""
    return list(dict.fromkeys(erp.record_id(kind, entity, code) for entity in books.entities(erp.system)))


def write(folder: Path, books: Books | None = None, billing: Billing | None = None) -> None:
    """Writes every mapping file into the folder; books are in SAP and invoices from Stripe unless said otherwise."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (columns, rows, reason) in _files(books or Books(), billing or Billing()).items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow((*columns, *_DECISION_COLUMNS))
            decisions = _decisions(books) if name == "entities" else {}
            writer.writerows((*row, *decisions.get(row[:2], _DECISION), reason) for row in rows)


def _decisions(books: Books | None) -> dict[tuple[str, str], tuple[str, ...]]:
    """The validity of the rows of entities that moved, by instance and id: the old books end where the new begin."""
    decisions = {}
    for moved in (books or Books()).cut_overs:
        code, since = group.ENTITY_CODES[moved.entity], days.to_date(moved.until + 1).isoformat()
        valid_from, valid_to, *people = _DECISION
        decisions[ERPS[moved.first].instance, code] = (valid_from, since, *people)
        decisions[ERPS[moved.then].instance, code] = (since, valid_to, *people)
    return decisions


def _books_of(system: str) -> str | dict[str, str]:
    """Books as Books takes them, from `netsuite` or `sap_s4hana:2025-09-30:netsuite`."""
    return dict(zip(("first", "until", "then"), system.split(":"), strict=True)) if ":" in system else system


if __name__ == "__main__":
    target, *elsewhere = sys.argv[1:] or [FOLDER]
    pairs = [pair.split("=", 1) for pair in elsewhere]
    write(
        Path(target),
        Books({code: _books_of(system) for code, system in pairs if system not in VENDORS}),
        Billing({code: system for code, system in pairs if system in VENDORS}),
    )
