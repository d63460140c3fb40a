"""The same company, some of it buying through a procurement system: nothing is lost, nothing twice."""

from decimal import Decimal

import pytest

from dlt_sources.sandbox.company import Snapshot, build_world
from dlt_sources.sandbox.company.procurement import Procurement
from tests.dlt_sources.sandbox.company.conftest import AS_OF, BETWEEN_SYSTEMS, SCALE, Query, world_of

ELSEWHERE = {"1020": "coupa", "2010": "coupa"}
OF_ORDERS = {"receipt_never_invoiced", "receipt_never_entered", "receipt_below_invoice", "purchase_price_differs"}


@pytest.fixture(scope="module")
def apart() -> Snapshot:
    return build_world(7, SCALE, procurement=ELSEWHERE).as_of(AS_OF, "all")


@pytest.fixture(scope="module")
def together() -> Snapshot:
    return world_of(7).as_of(AS_OF, "all")


def test_who_buys_where_is_checked() -> None:
    with pytest.raises(ValueError, match="no entity is called 9999"):
        Procurement({"9999": "coupa"})
    with pytest.raises(ValueError, match="nobody buys through ariba"):
        Procurement({"1020": "ariba"})


def test_every_order_is_in_one_system(apart: Snapshot, together: Snapshot, query: Query) -> None:
    orders = query(
        """
        select "PurchaseOrder", "CompanyCode" from sap
        union all select "po-number", ltrim(split_part(json_extract_string("account-type", '$.name'), ' ', 1))
        from coupa inner join (select distinct "order-header-id", "account-type" from lines)
            on coupa.id = "order-header-id"
        order by all
        """,
        sap=apart.vendor("sap_s4hana")["purchase_orders"],
        coupa=apart.vendor("coupa")["purchase_orders"],
        lines=apart.vendor("coupa")["purchase_order_lines"],
    )
    of_one = query(
        'select "PurchaseOrder", "CompanyCode" from sap order by all',
        sap=together.vendor("sap_s4hana")["purchase_orders"],
    )
    assert orders == of_one
    assert {entity for _, entity in of_one} > set(ELSEWHERE)


def test_invoices_of_the_procurement_system_are_the_payables_of_the_ledger(apart: Snapshot, query: Query) -> None:
    """Approved, not voided: by the supplier's number and in the same amount, but for the labelled ones."""
    different = query(
        """
        with invoices as (
            select "invoice-number" as number, json_extract_string(supplier, '$.number') as supplier,
                "gross-total" as gross
            from coupa where status = 'approved'
        ),
        payables as (
            select "DocumentReferenceID" as number, "Supplier" as supplier, -"AmountInTransactionCurrency" as gross
            from items
            where "AccountingDocumentType" in ('RE', 'KR') and "CompanyCode" in ('1020', '2010')
        )
        select coalesce(invoices.number, payables.number) as number, count(invoices.number), count(payables.number)
        from invoices full join payables using (number, supplier, gross)
        group by all having count(invoices.number) <> 1 or count(payables.number) <> 1
        order by all
        """,
        coupa=apart.vendor("coupa")["invoices"],
        items=apart.vendor("sap_s4hana")["subledger_items"],
    )
    labelled = query(
        """
        select split_part(natural_key, '|', 3), error_class from labels
        where error_class in ('supplier_invoice_not_posted', 'supplier_invoice_posted_twice') order by all
        """,
        labels=apart.labels,
    )
    assert [number for number, *_ in different] == [number for number, _ in labelled]
    assert {error_class for _, error_class in labelled} == BETWEEN_SYSTEMS


def test_errors_between_two_systems_need_two_systems(apart: Snapshot, together: Snapshot, clean: Snapshot) -> None:
    classes = {label["error_class"] for label in apart.labels.to_pylist()}
    assert classes >= BETWEEN_SYSTEMS | OF_ORDERS
    of_one = {label["error_class"] for label in together.labels.to_pylist()}
    assert of_one >= OF_ORDERS and not of_one & BETWEEN_SYSTEMS
    assert clean.labels.num_rows == 0


def test_what_the_ledger_owes_for_goods_is_what_was_received_and_not_invoiced(apart: Snapshot, query: Query) -> None:
    """At the prices of the orders and in their currency, but for what is labelled between the systems."""
    in_ledger = query(
        """
        select "CompanyCode", "TransactionCurrency", -sum("AmountInTransactionCurrency") from lines
        where "Ledger" = '0L' and "AccountingDocumentType" in ('WE', 'RE') and "GLAccount" in (
            select distinct "GLAccount" from lines
            where "AccountingDocumentType" = 'WE' and "AmountInTransactionCurrency" < 0
        )
        group by all
        """,
        lines=apart.vendor("sap_s4hana")["journal_lines"],
    )
    owed: dict[tuple[str, str], Decimal] = {}
    for row in apart.truth["purchase_order_lines"].to_pylist():
        key = (row["source_entity_id"], row["currency"])
        owed[key] = owed.get(key, Decimal(0)) + row["received"] - min(row["invoiced"], row["ordered"])
    apart_of_it = {
        (label["entity_code"], label["transaction_currency"])
        for label in apart.labels.to_pylist()
        if label["error_class"] in BETWEEN_SYSTEMS
    }
    found = {
        (entity, currency): amount for entity, currency, amount in in_ledger if (entity, currency) not in apart_of_it
    }
    assert found == {key: amount for key, amount in owed.items() if key not in apart_of_it}
    assert any(found.values())


@pytest.mark.parametrize("error_class", sorted(BETWEEN_SYSTEMS))
def test_an_error_between_the_systems_leaves_the_procurement_system_as_it_was(error_class: str) -> None:
    world = build_world(7, SCALE, procurement=ELSEWHERE)
    right, wrong = world.as_of(AS_OF, "none"), world.as_of(AS_OF, {error_class})
    assert set(wrong.labels["error_class"].to_pylist()) == {error_class}
    assert wrong.labels.num_rows >= 2
    for resource in right.vendor("coupa"):
        assert right.vendor("coupa")[resource].equals(wrong.vendor("coupa")[resource]), resource
    items = (each.vendor("sap_s4hana")["subledger_items"].num_rows for each in (right, wrong))
    assert len(set(items)) == 2
