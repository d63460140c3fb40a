"""Two entities buy through Coupa, the others in SAP: one chain from order to payment, whoever knows its links."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import Platform

BOTH = {"sap_group", "procurement_group"}


@pytest.mark.parametrize(
    "table", ["fct_purchase_order_lines", "fct_goods_receipts", "fct_supplier_invoices", "fct_supplier_invoice_lines"]
)
def test_both_systems_give_all_links_of_the_chain(errors_company: Platform, table: str) -> None:
    rows = errors_company.query(
        f"select source_instance, list_sort(list(distinct entity_code)) as entities from canonical.{table} group by all"
    )
    entities = {row["source_instance"]: row["entities"] for row in rows}
    assert set(entities) == BOTH
    assert entities["procurement_group"] == ["1020", "2010"]
    assert not set(entities["sap_group"]) & {"1020", "2010"}


def test_what_was_voided_is_kept_and_counts_for_nothing(errors_company: Platform) -> None:
    [voided] = errors_company.query(
        "select count(*) as invoices, count(matches.left_item_key) as matched "
        "from canonical.fct_supplier_invoices as invoices "
        "left join reconciliation.procurement_to_ap_matches as matches "
        "on invoices.supplier_invoice_id = matches.left_item_key where invoices.invoice_status = 'void'"
    )
    assert voided["invoices"] > 0 and voided["matched"] == 0
    [receipts] = errors_company.query(
        "select count(*) as voided from canonical.fct_goods_receipts where quantity = 0 and amount_net_transaction = 0"
    )
    assert receipts["voided"] > 0


def test_what_the_goods_received_account_differs_by_is_somebodys_item(errors_company: Platform) -> None:
    rows = errors_company.query(
        """
        select balances.entity_code, balances.outcome, count(items.natural_key) as items
        from reconciliation.fct_reconciliations as balances
        left join reconciliation.fct_reconciliations as items
            on items.reconciliation_name = 'procurement_to_ap' and items.exception_type is not null
            and balances.entity_code = items.entity_code
        where balances.reconciliation_name = 'open_receipts_to_gl'
        group by all
        """
    )
    assert {row["outcome"] for row in rows} == {"matched", "timing"}
    assert all(row["items"] for row in rows if row["outcome"] == "timing")


@pytest.mark.slow
def test_an_order_that_is_paid_was_invoiced_and_received(clean_company: Platform) -> None:
    rows = clean_company.query(
        """
        select progress, count(*) as lines,
            bool_and(amount_ordered_transaction = amount_received_transaction) as is_received,
            bool_and(amount_ordered_transaction = amount_invoiced_transaction) as is_invoiced
        from marts.mart_working_capital__purchase_order_lines group by all
        """
    )
    progress = {row["progress"]: row for row in rows}
    assert progress["paid"]["lines"] > progress["invoiced_not_paid"]["lines"] > 0
    assert progress["paid"]["is_received"] and progress["paid"]["is_invoiced"]
    assert "invoiced_not_received" not in progress
