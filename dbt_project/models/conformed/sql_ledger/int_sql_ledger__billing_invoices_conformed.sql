-- Grain: one row per invoice or credit note that this system made out. Invoices > 0, credit notes < 0. Both sides of a
-- cancellation have status cancelled and sum to 0.
with

invoices as (
    select * from {{ ref('stg_sql_ledger__invoices') }}
),

final as (
    select
        source_invoice_id,
        coalesce(invoice_number, source_invoice_id) as invoice_number,
        case when amount_gross < 0 then 'credit_note' else 'invoice' end as invoice_type,
        source_entity_id,
        source_customer_id,
        invoice_date,
        coalesce(due_date, invoice_date) as due_date,
        amount_net as amount_net_transaction,
        coalesce(amount_tax, cast(amount_gross - amount_net as {{ type_amount() }})) as amount_tax_transaction,
        amount_gross as amount_gross_transaction,
        cast(
            coalesce(amount_paid, case when invoice_status = 'paid' then amount_gross else 0 end)
            as {{ type_amount() }}
        ) as amount_paid_transaction,
        transaction_currency,
        invoice_status,
        cast(null as date) as voided_date,
        cast(null as varchar) as credited_source_invoice_id,
        cast(null as varchar) as posting_batch,
        cast(null as varchar) as source_subscription_id,
        source_instance,
        load_id,
        recorded_at
    from invoices
)

select * from final
