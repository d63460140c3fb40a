"""The systems that are databases, as the sandbox fills them: in a SQLite file, and on a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from tests.postgres import running_postgres

# How the company file describes the sandbox's ledger. In SQLite its amounts are whole cents, see `in_minor_units`.
SQL_LEDGER: dict[str, Any] = {
    "balance_sheet_types": "BS",
    "entities": {
        "table": "company",
        "columns": {
            "entity": "company_code",
            "name": "legal_name",
            "country": "country",
            "currency": "currency",
            "first_month": "first_month",
        },
    },
    "accounts": {"table": "account", "columns": {"account": "account_no", "name": "title", "type": "kind"}},
    "cost_centres": {
        "table": "department",
        "columns": {
            "cost_centre": "dept_no",
            "name": "title",
            "entity": "company_code",
            "profit_centre": "profit_centre",
            "valid_to": "closed_on",
        },
    },
    "customers": {
        "table": "customer",
        "columns": {
            "customer": "customer_no",
            "name": "name",
            "country": "country",
            "tax_id": "tax_no",
            "parent": "parent_no",
            "is_inactive": "inactive",
        },
    },
    "suppliers": {
        "table": "vendor",
        "columns": {
            "supplier": "vendor_no",
            "name": "name",
            "country": "country",
            "tax_id": "tax_no",
            "is_inactive": "inactive",
        },
    },
    "products": {"table": "item", "columns": {"product": "item_no", "name": "title", "family": "family"}},
    "journal_lines": {
        "table": "gl_entry",
        "columns": {
            "entity": "company_code",
            "fiscal_year": "fiscal_year",
            "fiscal_period": "period",
            "document_number": "voucher_no",
            "line_number": "line_no",
            "document_type": "voucher_type",
            "is_posted": "posted",
            "posting_date": "posting_date",
            "document_date": "voucher_date",
            "entered_at": "entered_at",
            "account": "account_no",
            "cost_centre": "dept_no",
            "profit_centre": "profit_centre",
            "customer": "customer_no",
            "supplier": "vendor_no",
            "product": "item_no",
            "partner_entity": "partner_company",
            "debit": "debit",
            "credit": "credit",
            "transaction_currency": "currency",
            "transaction_debit": "debit_fc",
            "transaction_credit": "credit_fc",
            "reference": "reference",
            "assignment": "assignment",
            "is_reversal": "is_reversal",
            "is_reversed": "is_reversed",
            "reverses_document": "reverses_voucher_no",
            "line_text": "line_text",
            "changed_at": "changed_at",
        },
    },
    "control_totals": {
        "query": (
            "select company_code, fiscal_year, period, count(*) as lines, sum(debit) as debit, sum(credit) as credit "
            "from gl_entry where posted group by company_code, fiscal_year, period"
        ),
        "columns": {
            "entity": "company_code",
            "fiscal_year": "fiscal_year",
            "fiscal_period": "period",
            "line_count": "lines",
            "debit": "debit",
            "credit": "credit",
        },
    },
    **{
        option: {
            "table": table,
            "columns": {
                "entity": "company_code",
                "fiscal_year": "fiscal_year",
                "fiscal_period": "period",
                "document_number": "voucher_no",
                "line_number": "line_no",
                "document_type": "voucher_type",
                "item_type": "item_kind",
                "counterparty": "party_no",
                "account": "account_no",
                "posting_date": "posting_date",
                "document_date": "voucher_date",
                "due_date": "due_date",
                "amount": "amount",
                "transaction_currency": "currency",
                "transaction_amount": "amount_fc",
                "clearing_date": "cleared_on",
                "clearing_document": "cleared_by",
                "reference": "reference",
                "billing_document": "invoice_no",
                "is_reversal": "is_reversal",
                "is_reversed": "is_reversed",
            },
        }
        for option, table in (("receivable_items", "customer_item"), ("payable_items", "vendor_item"))
    },
    "invoices": {
        "table": "sales_invoice",
        "columns": {
            "invoice": "invoice_no",
            "entity": "company_code",
            "customer": "customer_no",
            "invoice_date": "invoice_date",
            "due_date": "due_date",
            "net": "net",
            "tax": "tax",
            "gross": "gross",
            "currency": "currency",
            "status": "status",
        },
    },
    "invoice_lines": {
        "table": "sales_invoice_line",
        "columns": {
            "invoice": "invoice_no",
            "line_number": "line_no",
            "product": "item_no",
            "quantity": "quantity",
            "net": "net",
        },
    },
}
SCALES = {
    "debit": 2,
    "credit": 2,
    "amount": 2,
    "transaction_debit": 2,
    "transaction_credit": 2,
    "transaction_amount": 2,
    "net": 2,
    "tax": 2,
    "gross": 2,
    "quantity": 3,
}


def in_minor_units(options: dict[str, Any]) -> dict[str, Any]:
    """The same description of a database that keeps amounts as whole numbers."""
    return {
        name: {**table, "scale": {column: SCALES[column] for column in table["columns"] if column in SCALES}}
        if isinstance(table, dict)
        else table
        for name, table in options.items()
    }


@contextmanager
def postgres(user: str, password: str) -> Iterator[sa.URL]:
    """The address of a server of its owner, with a user who may log in only with the password."""
    with running_postgres() as (address, folder):
        url = sa.make_url(address)
        rules = folder / "pg_hba.conf"
        rules.write_text(f"local all {user} scram-sha-256\n{rules.read_text()}")
        with sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool).connect() as connection:
            connection.exec_driver_sql(f"create role {user} login password '{password}'")
            connection.exec_driver_sql("select pg_reload_conf()")
        yield url
