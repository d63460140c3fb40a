"""A company small enough to check by hand: every resource the servers offer, with the traps of its vendor."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

AS_OF = date(2026, 9, 30)
OPEN_END = date(9999, 12, 31)
AMOUNT = pa.decimal128(28, 4)


def seconds(day: date, hour: int = 12) -> int:
    """Unix seconds of an hour of a day, UTC."""
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp())


def table(names: str, rows: list[tuple], **types: pa.DataType) -> pa.Table:
    """Rows as a table; columns of whole nulls or of decimals name their type."""
    columns = names.split()
    arrays = [pa.array([row[position] for row in rows], types.get(name)) for position, name in enumerate(columns)]
    return pa.table(arrays, names=columns)


class TinyCompany:
    """Serves as a snapshot: `vendor(system)` gives the tables of one system."""

    def __init__(self, journal_documents: int = 12):
        self.systems = {
            "sap_s4hana": _sap(journal_documents),
            "salesforce": _salesforce(),
            "stripe": _stripe(),
            "anaplan": _anaplan(),
            "ecb": _ecb(),
        }

    def vendor(self, system: str) -> dict[str, pa.Table]:
        return self.systems[system]


def _sap(documents: int) -> dict[str, pa.Table]:
    return {
        "company_codes": table(
            "CompanyCode CompanyCodeName Country Currency FiscalYearVariant VATRegistration",
            [
                ("1010", "Meridian Maschinen AG", "DE", "EUR", "K4", "DE811111111"),
                ("3010", 'Meridian "Japan" KK', "JP", "JPY", "V3", ""),
                ("1020", "Société Méridien & Fils", "FR", "EUR", "K4", "FR40303265045"),
            ],
        ),
        "cost_centers": table(
            "ControllingArea CostCenter ValidityEndDate ValidityStartDate CompanyCode",
            [
                ("A000", "10101101", date(2025, 12, 31), date(2024, 1, 1), "1010"),
                ("A000", "10101101", OPEN_END, date(2026, 1, 1), "1010"),
            ],
        ),
        "sales_order_items": table(
            "SalesOrder SalesOrderItem RequestedQuantity RequestedQuantityUnit TransactionCurrency NetAmount",
            [
                ("0000000017", "10", Decimal("2.500"), "PC", "EUR", Decimal("1999.9000")),
                ("0000000018", "10", Decimal("10.000"), "PC", "JPY", Decimal("250000.0000")),
            ],
            RequestedQuantity=pa.decimal128(15, 3),
            NetAmount=AMOUNT,
        ),
        "journal_lines": _journal(documents),
    }


def _journal(documents: int) -> pa.Table:
    """Balanced two-line documents, alternating between a euro and a yen company, in ledgers 0L and 2L."""
    rows = []
    for number in range(documents):
        company, currency = (("1010", "EUR"), ("3010", "JPY"))[number % 2]
        amount = Decimal(1000 + number) if currency == "JPY" else Decimal(1000 + number) + Decimal("0.10")
        posted = date(2026, 1, 15) + timedelta(days=number % 240)
        changed = datetime(2026, 1, 15, 9, 30, tzinfo=UTC) + timedelta(days=number % 240)
        for ledger in ("0L", "2L") if number % 6 == 0 else ("0L",):
            for line, (account, signed, code) in enumerate(
                (("0012100000", amount, "S"), ("0041000000", -amount, "H")), start=1
            ):
                rows.append(
                    (ledger, company, str(posted.year), f"{90000000 + number:010d}", f"{line:06d}", ledger,
                     f"{posted.month:03d}", posted, "RV", account, "" if line == 1 else "10101101", code, currency,
                     signed, currency, signed, "EUR", signed, number == 3, None if number % 4 else "O'Neil, \"Q1\" ü",
                     changed)
                )  # fmt: skip
    return table(
        "SourceLedger CompanyCode FiscalYear AccountingDocument LedgerGLLineItem Ledger FiscalPeriod PostingDate "
        "AccountingDocumentType GLAccount CostCenter DebitCreditCode TransactionCurrency AmountInTransactionCurrency "
        "CompanyCodeCurrency AmountInCompanyCodeCurrency GlobalCurrency AmountInGlobalCurrency IsReversal "
        "DocumentItemText LastChangeDateTime",
        rows,
        AmountInTransactionCurrency=AMOUNT,
        AmountInCompanyCodeCurrency=AMOUNT,
        AmountInGlobalCurrency=AMOUNT,
        LastChangeDateTime=pa.timestamp("us", "UTC"),
    )


def _salesforce() -> dict[str, pa.Table]:
    def identity(prefix: str, number: int) -> str:
        return f"{prefix}5f0000{number:06d}AAA"

    stamp = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
    accounts = [
        (identity("001", 1), "Burlington Textiles", None, "EUR", stamp, stamp, False),
        (identity("001", 2), "O'Reilly & Söhne", identity("001", 1), "JPY", stamp, stamp + timedelta(days=20), False),
        (identity("001", 3), "Gone Ltd", None, "USD", stamp, stamp + timedelta(days=25), True),
    ]
    opportunities = [
        (
            identity("006", number), f"Deal {number}", identity("001", 1 + number % 2) if number % 10 else None,
            "Closed Won" if number % 3 == 0 else "Prospecting",
            Decimal("12500.5000") if number % 5 else None, "EUR", date(2026, 1, 1) + timedelta(days=number % 300),
            number % 3 == 0, stamp + timedelta(minutes=number), number == 7,
        )
        for number in range(1, 451)
    ]  # fmt: skip
    utc = pa.timestamp("us", "UTC")
    return {
        "accounts": table(
            "Id Name ParentId CurrencyIsoCode CreatedDate SystemModstamp IsDeleted",
            accounts, CreatedDate=utc, SystemModstamp=utc,
        ),
        "opportunities": table(
            "Id Name AccountId StageName Amount CurrencyIsoCode CloseDate IsWon SystemModstamp IsDeleted",
            opportunities, Amount=AMOUNT, SystemModstamp=utc,
        ),
        "opportunity_stages": table(
            "Id ApiName SortOrder DefaultProbability",
            [(identity("01J", 1), "Prospecting", 1, Decimal("10.0000")),
             (identity("01J", 2), "Closed Won", 2, Decimal("100.0000"))],
            SortOrder=pa.int64(), DefaultProbability=AMOUNT,
        ),
    }  # fmt: skip


# Days before the as-of day.
EVENT_AGES = (1, 5, 29, 31, 90)


def _stripe() -> dict[str, pa.Table]:
    first = date(2026, 3, 1)
    customers = [
        (f"cus_{number:04d}", f"Customer {number}", f"billing{number}@example.com", "eur", "{}", 0,
         seconds(first + timedelta(days=number // 2)), False, True if number == 5 else None,
         _json({"object": "list", "data": [{"id": f"txi_{number}", "type": "eu_vat", "value": f"DE{number:09d}"}],
                "has_more": False, "url": f"/v1/customers/cus_{number:04d}/tax_ids"}))
        for number in range(1, 124)
    ]  # fmt: skip
    invoices = [
        (f"in_{number:04d}", f"1010-{number:08d}", f"cus_{1 + number % 5:04d}", "paid" if number % 2 else "open",
         "jpy" if number % 7 == 0 else "eur", seconds(first + timedelta(days=number)), 11900,
         _json({"company_code": "1010"}), _subscribed(number % 4))
        for number in range(1, 31)
    ]  # fmt: skip
    lines = [
        (f"il_{number:04d}_{line}", f"in_{number:04d}", 1000 + line, "eur", 1,
         _json({"start": seconds(first, 0), "end": seconds(first + timedelta(days=31), 0)}),
         _json({"type": "price_details", "price_details": {"price": "price_1", "product": "prod_1"},
                "unit_amount_decimal": "1000.5"}))
        for number in range(1, 31)
        for line in range(12 if number == 4 else 2)
    ]  # fmt: skip
    usage_day = seconds(date(2026, 8, 1), 0)
    return {
        "customers": table("id name email currency metadata balance created livemode deleted tax_ids", customers),
        "products": table("id name active metadata created livemode",
                          [("prod_1", "Cloud", True, _json({"product_code": "SW-100"}), seconds(first), False)]),
        "prices": table(
            "id product active currency unit_amount unit_amount_decimal recurring type created",
            [("price_1", "prod_1", True, "eur", 1000, "1000", _json({"interval": "month"}), "recurring",
              seconds(first)),
             ("price_2", "prod_1", True, "eur", None, "0.125", _json({"usage_type": "metered", "meter": "mtr_1"}),
              "recurring", seconds(first) + 1)],
            unit_amount=pa.int64(),
        ),
        "subscriptions": table(
            "id customer status currency created metadata items latest_invoice",
            [(f"sub_{number:04d}", f"cus_{number + 1:04d}", ("active", "active", "canceled", "past_due")[number], "eur",
              seconds(first) + number, _json({"contract_number": f"CN-{number:06d}"}),
              _json({"object": "list", "data": [{"id": f"si_{number}", "quantity": 2}], "has_more": False}),
              f"in_{number + 1:04d}") for number in range(4)],
        ),
        "subscription_items": table(
            "id subscription price quantity created",
            [(f"si_{number}", f"sub_{number:04d}", "price_1", 2, seconds(first)) for number in range(4)],
        ),
        "invoices": table("id number customer status currency created total metadata parent", invoices),
        "invoice_lines": table("id invoice amount currency quantity period pricing", lines),
        # What the events below show: the invoice as it still is, the customer by the name it had at that time.
        "_events_of_invoices": table(
            "id number customer status currency created total metadata parent _event",
            [(*invoices[0], f"evt_{age}_invoice.paid") for age in EVENT_AGES],
        ),
        "_events_of_invoice_lines": table("id invoice amount currency quantity period pricing", lines[:2]),
        "_events_of_customers": table(
            "id name email currency metadata balance created livemode deleted tax_ids _event",
            [(customers[0][0], f"Customer 1, {age} days ago", *customers[0][2:], f"evt_{age}_customer.updated")
             for age in EVENT_AGES],
        ),
        "meters": table("id display_name event_name status created",
                        [("mtr_1", "Machine hours", "machine_hours", "active", seconds(first))]),
        "meter_event_summaries": table(
            "id meter customer aggregated_value start_time end_time",
            [(f"mtrusg_{day}_{customer}", "mtr_1", customer, Decimal("10.5000") * (day + 1), usage_day + day * 86_400,
              usage_day + (day + 1) * 86_400) for customer in ("cus_0001", "cus_0002") for day in range(3)],
            aggregated_value=AMOUNT,
        ),
        "balance_transactions": table(
            "id amount fee net currency type status created _payout",
            [("txn_1", 11900, 373, 11527, "eur", "charge", "available", seconds(first), "po_1"),
             ("txn_2", -5000, 0, -5000, "jpy", "refund", "pending", seconds(first) + 60, None),
             ("txn_3", 5120, 150, 4970, "kwd", "charge", "available", seconds(first) + 120, "po_1")],
        ),
        "events": table(
            "id type created api_version data request livemode",
            [(f"evt_{age}_{kind}", kind, seconds(AS_OF - timedelta(days=age)), "2026-06-24.dahlia",
              _json({"object": {"id": identity, "object": kind.split(".")[0]},
                     "previous_attributes": {"status": "open"}}), _json({"id": None, "idempotency_key": None}), False)
             for age in EVENT_AGES
             for kind, identity in (("invoice.paid", "in_0001"), ("customer.updated", "cus_0001"))],
        ),
    }  # fmt: skip


def _anaplan() -> dict[str, pa.Table]:
    lines = [
        ("Budget FY26", entity, account, "10101101", "Milling, 5-axis" if entity == "1010" else "Fräsen ≥ 5",
         f"{month} 26", "EUR", Decimal(f"{position + 1}234.5000"))
        for position, month in enumerate(("Jan", "Feb", "Mar"))
        for entity in ("1010", "3010")
        for account in ("400000", "600000")
    ]  # fmt: skip
    names = ["Version", "Entity", "Account", "Cost Center", "Product Family", "Time", "Currency", "Amount"]
    arrays = [pa.array([row[position] for row in lines], AMOUNT if name == "Amount" else None)
              for position, name in enumerate(names)]  # fmt: skip
    cells = sorted({(line[0], line[1], line[5], line[6]) for line in lines})
    totals = [
        (*cell, sum(line[7] for line in of), len(of))
        for cell in cells
        for of in [[line for line in lines if (line[0], line[1], line[5], line[6]) == cell]]
    ]
    members = {
        "Entities": [("1010", "Meridian Maschinen AG"), ("3010", "Meridian Japan KK")],
        "Accounts": [("400000", "Revenue"), ("600000", "Cost of sales")],
        "Cost Centers": [("10101101", "Sales DE")],
        "Product Families": [("FAM-M", "Milling, 5-axis"), ("FAM-F", "Fräsen ≥ 5")],
    }
    items = [
        (list_name, f"206{list_number}0000000{number}", name, code, None, f"10100000000{list_number + 1}", list_name,
         _json({"planned": True}), _json({"region": "EMEA"}))
        for list_number, (list_name, entries) in enumerate(members.items())
        for number, (code, name) in enumerate(entries)
    ]  # fmt: skip
    month = {"periodText": "Sep 26", "date": "2026-09-01"}
    return {
        "plan_lines": pa.table(arrays, names=names),
        "plan_totals": pa.table(
            [pa.array(column, AMOUNT if position == 4 else None)
             for position, column in enumerate(zip(*totals, strict=True))],
            names=["Version", "Entity", "Time", "Currency", "Amount", "Line Count"]),
        "versions": table(
            "id name isCurrent isActual switchover notes",
            [("107000000001", "Actual", False, True, None, None),
             ("107000000002", "Budget FY26", False, False, None, "approved"),
             ("107000000003", "Forecast 2026Q3", True, False, _json(month), None)],
        ),
        "calendar": table(
            "fiscalYear currentPeriod",
            [(_json({"year": "FY26", "startDate": "2026-01-01", "endDate": "2026-12-31"}),
              _json({"periodText": "Sep 26", "lastDay": "2026-09-30",
                     "calendarType": "Calendar Months/Quarters/Years"}))],
        ),
        "list_items": table(
            "list_name id name code parent listId listName subsets properties", items, parent=pa.string()),
    }  # fmt: skip


def _ecb() -> dict[str, pa.Table]:
    rows = []
    for age in range(120):
        day = AS_OF - timedelta(days=age)
        if day.weekday() < 5:
            rows += [
                (day, "USD", f"1.1{age:03d}"),
                (day, "JPY", "186.70"),
                (day, "GBP", "0.87058"),
                (day, "BGN", "N/A"),
            ]
    return {"rates": table("Date currency rate", rows)}


def _subscribed(number: int) -> str:
    """The parent of an invoice that a subscription caused."""
    return _json({"type": "subscription_details", "subscription_details": {"subscription": f"sub_{number:04d}"}})


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
