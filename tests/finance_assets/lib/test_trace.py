"""A document is followed to where it came from and where it went, and what is not there yet has a name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from finance_assets.lib.dbt_manifest import DbtManifest
from finance_assets.lib.trace import TracedTable, Tracer, customer_resources, traced_tables

CONTRACTS = TracedTable("contracts", "Contract", 10, "contract", ["number"], ["number"], shows={"date": "day"})
INVOICES = TracedTable(
    "invoices",
    "Invoice",
    20,
    "invoice",
    ["source_instance", "number"],
    ["number"],
    comes_from=[{"kind": "contract", "key": ["contract_number"]}],
    reconciled={"billing_to_erp": {"side": "left", "key": ["number"]}},
    shows={"date": "day", "amount": "amount", "currency": "currency"},
    awaits={"postings": "not is_draft", "payments": "is_paid"},
    consumed_by=["mart_revenue__bookings"],
)
PAYMENTS = TracedTable(
    "payments",
    "Payment",
    30,
    "payment",
    ["payment_id"],
    comes_from=[{"kind": "invoice", "key": ["source_instance", "invoice_number"]}],
    goes_into=[{"kind": "payout", "key": ["payout_id"]}],
)
PAYOUTS = TracedTable("payouts", "Payout", 40, "payout", ["payout_id"], ["payout_id"])
POSTINGS = TracedTable(
    "postings",
    "Posting",
    50,
    "ledger_document",
    ["entity_code", "document"],
    ["document"],
    reconciled={"billing_to_erp": {"side": "right", "key": ["entity_code", "document"]}},
    mapped={"map_accounts": ["account"]},
)
WAREHOUSE = """
    create schema canonical; create schema reconciliation;
    create table canonical.contracts as from (values ('C1', date '2026-01-01', 'load-1')) t (number, day, load_id);
    create table canonical.invoices as from (values
        ('stripe', 'I1', 'C1', date '2026-02-01', 10.5, 'EUR', false, true, 'load-2'),
        ('stripe', 'I2', 'C1', date '2026-03-01', 11.5, 'EUR', false, false, 'load-2'),
        ('stripe', 'I3', 'C1', date '2026-04-01', 12.5, 'EUR', true, false, 'load-3')
    ) t (source_instance, number, contract_number, day, amount, currency, is_draft, is_paid, load_id);
    create table canonical.payments as from (values ('P1', 'stripe', 'I1', 'O1'), ('P2', 'stripe', 'I9', 'O1'))
        t (payment_id, source_instance, invoice_number, payout_id);
    create table canonical.payouts as from (values ('O1', 'load-4')) t (payout_id, load_id);
    create table canonical.postings as from (values
        ('1010', '18', '120000'), ('1010', '18', '410000'), ('2010', '18', 'x')
    ) t (entity_code, document, account);
    create table canonical.map_accounts as from (values ('120000', 'receivables', '', ''))
        t (account, group_account_code, data_status, data_status_detail);
    create table reconciliation.fct_exceptions as from (values ('id', 'rejected_row', 'Row X7 has no date', 'ann'))
        t (exception_id, exception_type, description, owner);
    alter table reconciliation.fct_exceptions add column natural_key varchar default 'billing|X7';
    create table reconciliation.fct_mapping_gaps (exception_type varchar, natural_key varchar, entity_code varchar,
        period_month date, amount_transaction decimal, transaction_currency varchar, subject varchar,
        source_instance varchar, load_id varchar);
    create table reconciliation.fct_reconciliations as from (values
        ('billing_to_erp', 'matched', 'agrees', 'I1', '1010|18|1', null, null),
        ('billing_to_erp', 'missing_right', 'not_posted', 'I2', null, 'invoice_not_posted', 'billing|I2')
    ) t (reconciliation_name, outcome, cause, left_key, right_key, exception_type, natural_key);
"""
# The other columns of a reconciliation's rows, which these tests do not look at.
for column in ("rule_name", "entity_code", "currency_code", "left_instance", "left_date", "left_amount",
               "right_instance", "right_date", "right_amount", "amount_difference"):  # fmt: skip
    WAREHOUSE += f"alter table reconciliation.fct_reconciliations add column {column} varchar;"


@pytest.fixture
def tracer() -> Iterator[Tracer]:
    with duckdb.connect() as connection:
        connection.execute(WAREHOUSE)
        yield Tracer(connection, [CONTRACTS, INVOICES, PAYMENTS, PAYOUTS, POSTINGS])


def steps(found: dict[str, Any]) -> dict[str, list[str]]:
    return {hop["step"]: [row["key"] for row in hop["rows"]] for hop in found["hops"]}


def test_an_invoice_is_followed_back_to_its_contract_and_on_to_its_money_but_not_to_its_siblings(
    tracer: Tracer,
) -> None:
    found = tracer.document("I1")
    assert steps(found) == {
        "Contract": ["C1"],
        "Invoice": ["stripe|I1"],
        "Payment": ["P1"],
        "Payout": ["O1"],
        "Posting": ["1010|18", "1010|18"],
    }
    assert found["not_yet"] == []
    assert [item["outcome"] for item in found["reconciliations"]] == ["matched"]
    assert found["loads"] == ["load-1", "load-2", "load-4"]
    [invoice] = [hop for hop in found["hops"] if hop["step"] == "Invoice"]
    assert (invoice["rows"][0]["amount"], invoice["rows"][0]["currency"]) == (pytest.approx(10.5), "EUR")
    assert invoice["consumed_by"] == ["mart_revenue__bookings"]


def test_a_payout_is_followed_back_to_every_invoice_in_it(tracer: Tracer) -> None:
    found = steps(tracer.document("O1"))
    assert found["Payment"] == ["P1", "P2"] and found["Invoice"] == ["stripe|I1"] and found["Contract"] == ["C1"]


def test_what_is_not_there_yet_is_named_and_why(tracer: Tracer) -> None:
    found = tracer.document("I2")
    assert [(each["after"], each["missing"]) for each in found["not_yet"]] == [("Invoice", "Posting")]
    assert [(item["outcome"], item["cause"]) for item in found["reconciliations"]] == [("missing_right", "not_posted")]
    assert tracer.document("I3")["not_yet"] == [], "nobody waits for the posting of a draft"


def test_an_exception_leads_to_its_documents(tracer: Tracer) -> None:
    assert steps(tracer.exception("invoice_not_posted", "billing|I2")) == {"Contract": ["C1"], "Invoice": ["stripe|I2"]}


def test_a_ledger_document_is_found_by_its_number_or_by_its_whole_key(tracer: Tracer) -> None:
    assert steps(tracer.document("18"))["Posting"] == ["1010|18", "1010|18", "2010|18"]
    posting = tracer.document("1010|18")
    assert steps(posting)["Invoice"] == ["stripe|I1"] and "2010|18" not in steps(posting)["Posting"]
    [hop] = [hop for hop in posting["hops"] if hop["step"] == "Posting"]
    assert [(row["mapping"], row["group_account_code"]) for row in hop["mappings"]] == [("map_accounts", "receivables")]


def test_what_could_not_be_read_is_found_in_the_queue(tracer: Tracer) -> None:
    found = tracer.document("X7")
    assert found["hops"] == []
    assert [row["owner"] for row in found["exceptions_naming_it"]] == ["ann"]


def test_a_reference_is_text_whatever_is_in_it(tracer: Tracer) -> None:
    assert tracer.document("'; drop table canonical.invoices; --")["hops"] == []
    assert tracer.document("I1")["hops"]


def test_the_manifest_says_what_can_be_followed_and_who_reads_it(tmp_path: Path) -> None:
    described = {"title": "Invoice", "step": 1, "kind": "invoice", "key": ["number"]}
    nodes = {
        "model.a": {"alias": "fct_invoices", "schema": "canonical", "config": {"meta": {"trace": described}}},
        "model.b": {"alias": "int_invoices", "schema": "canonical", "config": {}},
        "model.c": {"alias": "mart_revenue__invoices", "schema": "marts", "config": {}},
        "model.d": {"alias": "int_stripe__customers_conformed", "schema": "conformed", "config": {}},
    }
    depends = {
        "model.d": ["model.b", "source.s"], "model.c": ["model.b"], "model.b": ["model.a", "source.t"],
    }  # fmt: skip
    for name, node in nodes.items():
        node |= {"resource_type": "model", "name": node["alias"], "fqn": ["finance", node["schema"], "stripe"]}
        node["depends_on"] = {"nodes": depends.get(name, [])}
    sources = {
        "source.s": {"schema": "landed_stripe", "identifier": "customers"},
        "source.t": {"schema": "landed_stripe", "identifier": "accounts"},
    }
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({"nodes": nodes, "sources": sources}))
    [table] = traced_tables(DbtManifest(path))
    assert (table.address, table.consumed_by) == ("canonical.fct_invoices", ["mart_revenue__invoices"])
    assert customer_resources(DbtManifest(path)) == {"stripe": ["accounts", "customers"]}
