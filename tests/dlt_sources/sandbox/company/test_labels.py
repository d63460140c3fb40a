"""Every label can be seen in the systems themselves, with the key and the amount it states."""

import pytest

from dlt_sources.sandbox.company import Snapshot
from dlt_sources.sandbox.company.mappings import FOLDER
from tests.dlt_sources.sandbox.company.conftest import Query

# An invoice dates from the moment it is final.
FINALISED = "to_timestamp((status_transitions->>'finalized_at')::bigint)::date"
INVOICE_POSTINGS = """
    with labelled as (
        select *, split_part(natural_key, '|', 2) as number from labels
        where error_class = '{error_class}' and entity_code <> '3020'
    ),
    posted as (
        select labelled.natural_key, invoices.total, upper(invoices.currency) as currency, labelled.amount_transaction,
            items.AmountInTransactionCurrency as posted, items.TransactionCurrency as posted_currency,
            items.PostingDate, {finalised} as invoice_date
        from labelled
        inner join invoices on invoices.number = labelled.number
        left join items
            on items.DocumentReferenceID = labelled.number and items.AccountingDocumentType = 'DR'
    )
"""


@pytest.mark.parametrize(
    ("error_class", "must_hold"),
    [
        ("invoice_not_posted", "count(*) = 1 and max(posted) is null"),
        ("invoice_posted_twice", "count(*) = 2 and min(posted) = max(posted)"),
        (
            "invoice_amount_differs",
            "count(*) = 1 and abs(max(amount_transaction)) > 0.05 and "
            "max((total / if(currency = 'JPY', 1, 100))::decimal(23, 2) - posted) = max(amount_transaction)",
        ),
        ("invoice_currency_differs", "count(*) = 1 and max(posted_currency) <> max(currency)"),
        (
            "invoice_posted_one_day_late",
            "count(*) = 1 and max(PostingDate - invoice_date) = 1 "
            "and max(month(PostingDate)) = max(month(invoice_date))",
        ),
        (
            "invoice_posted_one_period_late",
            "count(*) = 1 and max(PostingDate - invoice_date) > 3 "
            "and max(month(PostingDate)) <> max(month(invoice_date))",
        ),
    ],
)
def test_a_wrongly_posted_invoice_is_wrong_in_the_ledger(
    dirty: Snapshot, query: Query, error_class: str, must_hold: str
) -> None:
    rows = query(
        INVOICE_POSTINGS.format(error_class=error_class, finalised=FINALISED)
        + f"select natural_key, {must_hold} from posted group by natural_key",
        labels=dirty.labels,
        invoices=dirty.vendor("stripe")["invoices"],
        items=dirty.vendor("sap_s4hana")["subledger_items"],
    )
    assert len(rows) >= 2
    assert all(holds for _, holds in rows), rows


def test_all_other_invoices_are_posted_once_on_their_day_with_their_amount(
    dirty: Snapshot, clean: Snapshot, query: Query
) -> None:
    differing = f"""
        select invoices.number from (select *, {FINALISED} as invoice_date from invoices) as invoices
        left join items on items.DocumentReferenceID = invoices.number and items.AccountingDocumentType = 'DR'
        where not starts_with(invoices.number, '3020') and status not in ('draft', 'void')
        group by invoices.number, invoices.total, invoices.currency, invoice_date
        having count(*) <> 1 or max(PostingDate) is distinct from invoice_date
            or max(AmountInTransactionCurrency) is distinct from
                (invoices.total / if(invoices.currency = 'jpy', 1, 100))::decimal(23, 2)
            or lower(max(TransactionCurrency)) is distinct from invoices.currency
    """
    for snapshot in (clean, dirty):
        wrong = query(
            differing,
            invoices=snapshot.vendor("stripe")["invoices"],
            items=snapshot.vendor("sap_s4hana")["subledger_items"],
        )
        labelled = query(
            """
            select split_part(natural_key, '|', 2) from labels
            where starts_with(error_class, 'invoice_') and entity_code <> '3020'
            """,
            labels=snapshot.labels,
        )
        assert sorted(wrong) == sorted(labelled)


BATCHES = """
    with billed as (
        select json_extract_string(metadata, '$.posting_batch') as batch, list(number) as numbers,
            sum(total) as total, list(total) as totals
        from invoices where starts_with(number, '3020') group by all
    ),
    posted as (
        select DocumentReferenceID as batch, count(*) as documents, sum(AmountInTransactionCurrency * 100) as total
        from items where AccountingDocumentType = 'DR' and starts_with(DocumentReferenceID, 'SB3020') group by all
    ),
    batches as (
        select billed.*, coalesce(posted.documents, 0) as documents, coalesce(posted.total, 0) as posted
        from billed left join posted using (batch)
    )
"""


def test_singapore_posts_its_invoices_in_batches_of_several(clean: Snapshot, query: Query) -> None:
    tables = {
        "invoices": clean.vendor("stripe")["invoices"],
        "items": clean.vendor("sap_s4hana")["subledger_items"],
    }
    assert query(f"{BATCHES} select batch from batches where documents <> 1 or posted <> total", **tables) == []
    assert query(f"{BATCHES} select count(*) from batches where len(numbers) > 1", **tables)[0][0] > 2


def test_a_wrong_batch_differs_by_what_its_label_says(dirty: Snapshot, query: Query) -> None:
    tables = {
        "invoices": dirty.vendor("stripe")["invoices"],
        "items": dirty.vendor("sap_s4hana")["subledger_items"],
    }
    labelled = query(
        """
        select error_class, split_part(natural_key, '|', 2), owner, (amount_transaction * 100)::bigint from labels
        where entity_code = '3020' and starts_with(error_class, 'invoice_') order by all
        """,
        labels=dirty.labels,
    )
    assert {error_class for error_class, *_ in labelled} == {
        "invoice_not_posted", "invoice_posted_twice", "invoice_amount_differs"
    }  # fmt: skip
    wrong = query(f"{BATCHES} from batches where documents <> 1 or posted <> total", **tables)
    assert len(wrong) == len(labelled)
    for error_class, key, _, amount in labelled:
        [(_, numbers, total, totals, documents, posted)] = [row for row in wrong if row[0] == key or key in row[1]]
        match error_class:
            case "invoice_not_posted":
                # What the batch lacks is the amount of this invoice and of no other.
                assert documents == 1 and total - posted == amount == totals[numbers.index(key)]
                assert totals.count(amount) == 1 < len(totals)
            case "invoice_posted_twice":
                assert documents == 2 and posted == 2 * total == 2 * amount
            case "invoice_amount_differs":
                assert documents == 1 and total - posted == amount and amount not in (0, *totals)


def test_unmapped_accounts_and_products_are_used_and_in_no_mapping_file(dirty: Snapshot, query: Query) -> None:
    sap = dirty.vendor("sap_s4hana")
    accounts = query(
        f"""
        select 'sap_group|' || ChartOfAccounts || '|' || ltrim(GLAccount, '0'), sum(abs(AmountInCompanyCodeCurrency))
        from lines
        where (ChartOfAccounts, ltrim(GLAccount, '0')) not in (
            select (chart_code, source_account_id) from read_csv('{FOLDER}/accounts.csv', all_varchar = true))
        group by all order by all
        """,
        lines=sap["journal_lines"],
    )
    products = query(
        f"""
        select 'sap_group|' || ltrim(Material, '0'), sum(NetAmount * if(SDDocumentCategory = 'N', -1, 1))
        from items inner join documents using (BillingDocument)
        where ltrim(Material, '0') not in (
            select source_product_id from read_csv('{FOLDER}/product_families.csv', all_varchar = true))
        group by all order by all
        """,
        items=sap["billing_document_items"],
        documents=sap["billing_documents"],
    )
    for error_class, found in (("missing_account_mapping", accounts), ("missing_product_mapping", products)):
        labelled = query(
            f"""
            select natural_key, amount_transaction from labels
            where error_class = '{error_class}' and amount_transaction <> 0 order by all
            """,
            labels=dirty.labels,
        )
        assert found == labelled


def test_unbilled_usage_is_measured_and_on_no_invoice_line(dirty: Snapshot, query: Query) -> None:
    stripe = dirty.vendor("stripe")
    unbilled = query(
        """
        with measured as (
            select distinct customer, meter, strftime(to_timestamp(start_time), '%Y%m') as month from usage
        ),
        billed as (
            select customer, strftime(to_timestamp((period->>'start')::bigint), '%Y%m') as month
            from lines inner join invoices on invoices.id = lines.invoice
            inner join prices on prices.id = json_extract_string(pricing, '$.price_details.price')
            where contains(prices.recurring, 'metered')
        )
        select 'billing_group|' || customer || '|' || meter || '|' || month
        from measured anti join billed using (customer, month)
        where month < '202608' order by all
        """,
        usage=stripe["meter_event_summaries"],
        lines=stripe["invoice_lines"],
        invoices=stripe["invoices"],
        prices=stripe["prices"],
    )
    labelled = query(
        "select natural_key from labels where error_class = 'usage_not_billed' order by all", labels=dirty.labels
    )
    assert unbilled == labelled


def test_contracts_customers_stages_and_rates_are_as_labelled(dirty: Snapshot, query: Query) -> None:
    crm, labels = dirty.vendor("salesforce"), dirty.labels

    def labelled(error_class: str, instance: str) -> list[tuple]:
        return query(
            f"""
            select split_part(natural_key, '|', 2) from labels
            where error_class = '{error_class}' and starts_with(natural_key, '{instance}') order by all
            """,
            labels=labels,
        )

    assert query(
        "select ContractNumber from contracts group by all having count(*) = 2 order by all", contracts=crm["contracts"]
    ) == labelled("duplicate_contract_id", "crm_group")
    assert query(
        "select distinct StageName from opportunities where not IsClosed and StageName not in "
        f"(select stage_name from read_csv('{FOLDER}/stages.csv')) order by all",
        opportunities=crm["opportunities"],
    ) == labelled("unknown_stage", "crm_group")
    mapped = f"(select source_customer_id from read_csv('{FOLDER}/customers.csv', all_varchar = true))"
    assert query(
        f"select Id from accounts where Tax_Id__c is null and Id not in {mapped} order by all", accounts=crm["accounts"]
    ) == labelled("customer_name_variant", "crm_group")
    assert query(
        f"select id from customers where contains(tax_ids, '\"data\":[]') and id not in {mapped} order by all",
        customers=dirty.vendor("stripe")["customers"],
    ) == labelled("customer_name_variant", "billing_group")
    gaps = query(
        """
        with quoted as (
            select currency, Date, Date - lag(Date) over (partition by currency order by Date) as days
            from rates where rate <> 'N/A'
        )
        select count(*) from quoted where days > 10
        """,
        rates=dirty.vendor("ecb")["rates"],
    )
    assert gaps == [(len(labelled("missing_fx_rate", "closing")),)]


def test_hierarchies_differ_exactly_where_labelled(dirty: Snapshot, clean: Snapshot, query: Query) -> None:
    comparison = """
        with crm as (
            select child.Id, regexp_replace(upper(child.Tax_Id__c), '[^A-Z0-9]', '', 'g') as tax_id,
                regexp_replace(upper(parent.Tax_Id__c), '[^A-Z0-9]', '', 'g') as parent_tax_id
            from accounts as child left join accounts as parent on child.ParentId = parent.Id
        ),
        erp as (
            select child.VATRegistration as tax_id, nullif(parent.VATRegistration, '') as parent_tax_id
            from customers as child left join customers as parent on child.CustomerCorporateGroup = parent.Customer
        )
        select 'crm_group|' || Id from crm inner join erp using (tax_id)
        where crm.parent_tax_id is distinct from erp.parent_tax_id order by all
    """
    for snapshot in (clean, dirty):
        found = query(
            comparison,
            accounts=snapshot.vendor("salesforce")["accounts"],
            customers=snapshot.vendor("sap_s4hana")["customers"],
        )
        labelled = query(
            "select natural_key from labels where error_class = 'hierarchy_differs' order by all",
            labels=snapshot.labels,
        )
        assert found == labelled


def test_only_labelled_lines_stand_on_a_closed_cost_centre(dirty: Snapshot, clean: Snapshot, query: Query) -> None:
    for snapshot in (clean, dirty):
        sap = snapshot.vendor("sap_s4hana")
        found = query(
            """
            select concat_ws('|', 'sap_group', lines.CompanyCode, FiscalYear, ltrim(AccountingDocument, '0'),
                ltrim(LedgerGLLineItem, '0')), abs(AmountInCompanyCodeCurrency)
            from lines inner join centres using (CostCenter)
            where PostingDate not between ValidityStartDate and ValidityEndDate order by all
            """,
            lines=sap["journal_lines"],
            centres=sap["cost_centers"],
        )
        labelled = query(
            """
            select natural_key, amount_transaction from labels where error_class = 'closed_cost_centre' order by all
            """,
            labels=snapshot.labels,
        )
        assert found == labelled


def test_a_payment_that_was_not_applied_leaves_its_invoice_open(dirty: Snapshot, clean: Snapshot, query: Query) -> None:
    told, right = dirty.vendor("stripe"), clean.vendor("stripe")
    rows = query(
        """
        select charges.metadata, invoices.status, invoices.amount_paid, charges.amount = invoices.total,
            labels.amount_transaction = (charges.amount / if(charges.currency = 'jpy', 1, 100))::decimal(23, 2)
        from labels
        inner join charges on labels.natural_key = 'billing_group|' || charges.id
        inner join clean_charges on charges.id = clean_charges.id
        inner join invoices on clean_charges.metadata->>'invoice' = invoices.id
        where labels.error_class = 'payment_not_applied'
        """,
        labels=dirty.labels,
        charges=told["charges"],
        invoices=told["invoices"],
        clean_charges=right["charges"],
    )
    assert len(rows) >= 2
    assert set(rows) == {("{}", "open", 0, True, True)}
    # The money itself is where it was.
    assert told["payouts"].select(["id", "amount"]).equals(right["payouts"].select(["id", "amount"]))


def test_a_charge_that_is_wrong_between_affiliates_is_right_on_one_side_only(dirty: Snapshot, query: Query) -> None:
    rows = query(
        """
        with labelled as (
            select *, split_part(natural_key, '|', 2) as buyer, split_part(natural_key, '|', 3) as reference
            from labels where starts_with(error_class, 'intercompany_')
        )
        select labelled.error_class, labelled.amount_transaction,
            sum(items.AmountInTransactionCurrency) filter (where items.CompanyCode = '1010') as charged,
            -sum(items.AmountInTransactionCurrency) filter (where items.CompanyCode = buyer) as posted
        from labelled
        inner join items on items.DocumentReferenceID = labelled.reference
        group by all
        """,
        labels=dirty.labels,
        items=dirty.vendor("sap_s4hana")["subledger_items"],
    )
    assert {error_class for error_class, *_ in rows} == {"intercompany_not_posted", "intercompany_amount_differs"}
    assert all(charged - (posted or 0) == amount != 0 for _, amount, charged, posted in rows), rows


def test_an_order_of_the_crm_is_missing_or_worth_less_in_the_erp(
    dirty: Snapshot, clean: Snapshot, query: Query
) -> None:
    compared = """
        select opportunities.Opportunity_Number__c as number,
            if(crm.Status = 'Draft', 0, crm.TotalAmount) as ordered,
            sum(items.NetAmount) filter (where items.SalesDocumentRjcnReason = '') as entered
        from crm
        inner join opportunities on crm.OpportunityId = opportunities.Id
        left join erp on erp.PurchaseOrderByCustomer = opportunities.Opportunity_Number__c
        left join items on items.SalesOrder = erp.SalesOrder
        where crm.ContractId is null and crm.EffectiveDate < date '2026-09-24'
        group by all
        having ordered <> coalesce(entered, 0)
    """

    def differing(snapshot: Snapshot) -> set[tuple]:
        return set(
            query(
                f"select number, ordered - coalesce(entered, 0) from ({compared})",
                crm=snapshot.vendor("salesforce")["orders"],
                opportunities=snapshot.vendor("salesforce")["opportunities"],
                erp=snapshot.vendor("sap_s4hana")["sales_orders"],
                items=snapshot.vendor("sap_s4hana")["sales_order_items"],
            )
        )

    labelled = query(
        """
        select split_part(natural_key, '|', 2), amount_transaction from labels
        where starts_with(error_class, 'order_')
        """,
        labels=dirty.labels,
    )
    assert differing(clean) == set()
    assert differing(dirty) == set(labelled) != set()
