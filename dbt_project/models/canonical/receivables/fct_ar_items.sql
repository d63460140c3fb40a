-- Grain: one row per item of a customer's account, open or cleared. Amounts are signed, debit > 0: an invoice debits
-- accounts receivable, a payment or credit memo credits it.
with

subledger_items as (
    select * from {{ ref('subledger_items') }}
    where subledger = 'AR'
),

customer_slices as (
    select * from {{ ref('customer_slices') }}
),

final as (
    select
        subledger_items.subledger_item_id as ar_item_id,
        {{ member_id('subledger_items.source_counterparty_id', 'customer_slices.customer_id') }} as customer_id,
        {{ is_member_known('subledger_items.source_counterparty_id', 'customer_slices.customer_id') }}
            as is_customer_known,
        subledger_items.*
    from subledger_items
    left join customer_slices
        on
            subledger_items.source_instance = customer_slices.source_instance
            and subledger_items.source_counterparty_id = customer_slices.source_customer_id
            and {{ is_valid_on('subledger_items.posting_date', 'customer_slices') }}
)

select * from final
