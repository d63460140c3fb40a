"""A document is followed to where it came from and where it went, and what is not there yet has a name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from finance_assets.lib.dbt_manifest import DbtManifest
from finance_assets.lib.trace import TracedTable, Tracer, described_traces, traced_tables

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
    goes_into=[{"kind": "payout", "key": ["payout_id"]}, {"kind": "reference", "key": ["payout_id"]}],
)
PAYOUTS = TracedTable("payouts", "Payout", 40, "payout", ["payout_id"], ["payout_id"])
# The bank only knows what the payout was called: nothing in the warehouse is of the kind that both name.
MOVEMENTS = TracedTable(
    "movements", "Bank movement", 45, "movement", ["entry"], comes_from=[{"kind": "reference", "key": ["remittance"]}]
)
POSTINGS = TracedTable(
    "postings",
    "Posting",
    50,
    "ledger_document",
    ["entity_code", "document"],
    ["document"],
    reconciled={"billing_to_erp": {"side": "right", "key": ["entity_code", "document"]}},
    mapped={"map_accounts": ["account"]},
    shows={"amount": "amount"},
    gaps={"unmapped_account": {"key": ["entity_code", "account"], "where": "not is_mapped"}},
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
    create table canonical.movements as from (values ('E1', 'O1'), ('E2', 'O2')) t (entry, remittance);
    create table canonical.postings as from (values
        ('1010', '18', '120000', 10.5, true), ('1010', '18', '410000', -10.5, true), ('2010', '18', 'x', 5.0, false),
        ('2010', '19', 'x', -700.0, false), ('2010', '20', 'x', 1.0, true)
    ) t (entity_code, document, account, amount, is_mapped);
    create table canonical.customer_match_cases as from (values ('crm', 'A1', 'erp', '7'))
        t (source_instance, source_customer_id, other_instance, other_customer_id);
    create table canonical.customer_crosswalk as from (values
        ('crm', 'crm', 'A1', 'Ultracraft Tools Ltd'), ('erp', 'erp', '7', 'ULTRACRAFT'),
        ('erp', 'erp', '8', 'Other plc')
    ) t (source_role, source_instance, source_customer_id, customer_name);
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


for column in ("street", "postal_code", "city", "country_code", "tax_id", "lei", "email_domain", "phone",
               "parent_source_customer_id", "customer_id", "decided_by", "load_id"):  # fmt: skip
    WAREHOUSE += f"alter table canonical.customer_crosswalk add column {column} varchar;"


@pytest.fixture
def tracer() -> Iterator[Tracer]:
    with duckdb.connect() as connection:
        connection.execute(WAREHOUSE)
        yield Tracer(connection, [CONTRACTS, INVOICES, PAYMENTS, PAYOUTS, MOVEMENTS, POSTINGS])


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
        "Bank movement": ["E1"],
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


def test_a_gap_leads_to_the_records_that_it_stands_for_the_largest_first(tracer: Tracer) -> None:
    found = tracer.exception("unmapped_account", "2010|x")
    [records] = found["records"]
    assert records["step"] == "Posting" and records["more"] == 0
    assert [(row["key"], row["amount"]) for row in records["rows"]] == [("2010|19", -700), ("2010|18", 5)]
    assert tracer.exception("unmapped_stage", "2010|x")["records"] == []


def test_of_two_customers_that_may_be_one_both_records_are_there(tracer: Tracer) -> None:
    found = tracer.exception("possible_same_customer", "crm|A1|erp|7")["customers"]
    assert [(row["source_instance"], row["customer_name"]) for row in found] == [
        ("crm", "Ultracraft Tools Ltd"),
        ("erp", "ULTRACRAFT"),
    ]
    assert [row["customer_name"] for row in tracer.exception("unmatched_customer", "erp|8")["customers"]] == [
        "Other plc"
    ]


def test_what_the_night_has_found_is_not_called_unknown(tracer: Tracer) -> None:
    assert tracer.exception("rejected_row", "billing|X7")["is_published"]
    assert not tracer.exception("rejected_row", "billing|X8")["is_published"]


def test_a_customer_that_nobody_is_called_has_the_nearest_names(tracer: Tracer) -> None:
    assert tracer.names_like("ultracraft") == ["ULTRACRAFT", "Ultracraft Tools Ltd"]
    assert tracer.names_like("Othr plc") == ["Other plc"]
    assert tracer.names_like("Zebra") == []


def test_documents_that_have_only_their_number_in_common_are_not_shown_as_one(tracer: Tracer) -> None:
    found = tracer.document("18")
    assert found["hops"] == []
    assert [row["key"] for row in found["several"]] == ["1010|18", "2010|18"]
    assert tracer.document("I1")["several"] == [] and tracer.document("O1")["several"] == []


def test_a_ledger_document_is_found_by_its_whole_key(tracer: Tracer) -> None:
    posting = tracer.document("1010|18")
    assert steps(posting)["Invoice"] == ["stripe|I1"] and "2010|18" not in steps(posting)["Posting"]
    [hop] = [hop for hop in posting["hops"] if hop["step"] == "Posting"]
    assert [(row["mapping"], row["group_account_code"]) for row in hop["mappings"]] == [("map_accounts", "receivables")]


def test_what_could_not_be_read_is_found_in_the_queue(tracer: Tracer) -> None:
    found = tracer.document("X7")
    assert found["hops"] == []
    assert [row["owner"] for row in found["exceptions_naming_it"]] == ["ann"]


def test_a_figure_has_its_documents_the_largest_first_and_the_adjustments_beside_it() -> None:
    journal = TracedTable(
        "fct_journal_lines", "Journal line", 10, "ledger_document", ["entity_code", "document_number"]
    )
    where = "'1010' as entity_code, date '2026-09-01' as calendar_month, '520000' as group_account_code"
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            create schema canonical; create schema reconciliation;
            create table canonical.fct_journal_lines as select {where}, '52' as source_account_id,
                'SA' as document_type, 'EUR' as local_currency, 'erp' as source_instance, 'load-1' as load_id,
                date '2026-09-15' as posting_date,
                * from (values ('D1', 5.0), ('D2', -70.0), ('D2', -7.0)) as lines (document_number, amount_local);
            create table canonical.fct_adjustment_lines as select * exclude (months),
                (date '2026-09-01' + to_months(months))::date as calendar_month, calendar_month as posting_date
            from (
                select '1010' as entity_code, '520000' as group_account_code, '0L' as ledger_code,
                    'EUR' as local_currency, 'ann' as proposed_by, 'bob' as approved_by, 'bonus' as reason, *
                from (values ('SEP', 100.0, 0), ('AUG', 9.0, -1), ('AUG', -9.0, 0), ('OLD', 1.0, -2), ('OLD', -1.0, -1),
                    ('LATER', 2.0, 1)) as entries (adjustment_code, amount_local, months)
            );
            create table canonical.fct_trial_balances as select {where}, '52' as source_account_id, '0L' as ledger_code,
                2026 as fiscal_year, 9 as fiscal_period, 0.0 as amount_opening_local, 5.0 as amount_debit_local,
                -77.0 as amount_credit_local, -72.0 as amount_closing_local, 'EUR' as local_currency, 3 as line_count,
                'erp' as source_instance, 'load-1' as load_id, 'current' as data_status, 'C' as chart_code;
            create table canonical.map_accounts (source_instance varchar, chart_code varchar, source_account_id varchar,
                group_account_code varchar, valid_from date, valid_to date, proposed_by varchar, approved_by varchar,
                reason varchar);
            create table reconciliation.fct_close_status (entity_code varchar, period_month date, module varchar,
                control_name varchar, is_passed boolean, detail varchar, owner varchar);
            """
        )
        for account in ("520000", "52"):
            found = Tracer(connection, [journal]).figure("1010", date(2026, 9, 1), account)
            assert [(row["key"], row["lines"], row["amount_local"]) for row in found["documents"]] == [
                ("1010|D2", 2, -77),
                ("1010|D1", 1, 5),
            ]
            assert [(row["adjustment_code"], row["amount_local"]) for row in found["adjustments"]] == [
                ("AUG", 0),
                ("SEP", 100),
            ]


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
    described = json.loads(json.dumps(described_traces(DbtManifest(path))))
    [table] = traced_tables(described)
    assert (table.address, table.consumed_by) == ("canonical.fct_invoices", ["mart_revenue__invoices"])
    assert described["customer_resources"] == {"stripe": ["accounts", "customers"]}
