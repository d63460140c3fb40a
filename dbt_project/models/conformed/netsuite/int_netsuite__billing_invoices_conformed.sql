-- Grain: one row per invoice or credit memo that NetSuite itself billed: made from a sales order, or from an invoice
-- made from one. Invoices of other billing systems are posted here too, and are those systems' invoices, not
-- NetSuite's. Invoices > 0, credit memos < 0. Both sides of a cancellation have status cancelled and sum to 0.
with

lines as (
    select * from {{ ref('int_netsuite__transaction_lines') }}
    where transaction_type in ('CustInvc', 'CustCred') and created_from_transaction_id is not null
),

transactions as (
    select * from {{ ref('int_netsuite__transactions') }}
),

items as (
    select * from {{ ref('int_netsuite__subledger_items_conformed') }}
),

amounts as (
    select
        source_instance,
        transaction_id,
        min(source_entity_id) as source_entity_id,
        sum(case when is_main_line then amount_transaction else 0 end) as amount_gross,
        -sum(case when is_tax_line then amount_transaction else 0 end) as amount_tax,
        sum(amount_unpaid) as amount_unpaid
    from lines
    group by source_instance, transaction_id
),

settlements as (
    select
        source_instance,
        document_number,
        bool_and(clearing_date is not null) as is_cleared
    from items
    group by source_instance, document_number
),

final as (
    select
        amounts.transaction_id as source_invoice_id,
        transactions.transaction_reference as invoice_number,
        case transactions.transaction_type when 'CustCred' then 'credit_note' else 'invoice' end as invoice_type,
        amounts.source_entity_id,
        transactions.counterparty_id as source_customer_id,
        transactions.transaction_date as invoice_date,
        transactions.due_date,
        cast(amounts.amount_gross - amounts.amount_tax as {{ type_amount() }}) as amount_net_transaction,
        cast(amounts.amount_tax as {{ type_amount() }}) as amount_tax_transaction,
        cast(amounts.amount_gross as {{ type_amount() }}) as amount_gross_transaction,
        cast(
            case
                when settlements.is_cleared then amounts.amount_gross
                else coalesce(amounts.amount_gross - amounts.amount_unpaid, 0)
            end as {{ type_amount() }}
        ) as amount_paid_transaction,
        transactions.transaction_currency,
        case
            when transactions.reversed_by_transaction_id is not null or transactions.is_reversal then 'cancelled'
            when settlements.is_cleared then 'paid'
            else 'open'
        end as invoice_status,
        cast(null as date) as voided_date,
        cast(null as varchar) as credited_source_invoice_id,
        cast(null as varchar) as posting_batch,
        cast(null as varchar) as source_subscription_id,
        transactions.source_instance,
        transactions.load_id,
        transactions.recorded_at
    from amounts
    inner join transactions
        on
            amounts.source_instance = transactions.source_instance
            and amounts.transaction_id = transactions.transaction_id
    left join settlements
        on
            amounts.source_instance = settlements.source_instance
            and amounts.transaction_id = settlements.document_number
)

select * from final
