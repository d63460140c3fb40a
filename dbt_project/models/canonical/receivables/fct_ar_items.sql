-- Grain: one row per item of a customer's account, open or cleared. Amounts are signed, debit > 0: an invoice debits
-- accounts receivable, a payment or credit memo credits it.
with

subledger_items as (
    select * from {{ ref('subledger_items') }}
    where subledger = 'AR'
),

customer_crosswalk as (
    select * from {{ ref('customer_crosswalk') }}
),

final as (
    select
        subledger_items.subledger_item_id as ar_item_id,
        {{ member_id('subledger_items.source_counterparty_id', 'customer_crosswalk.customer_id') }} as customer_id,
        {{ is_member_known('subledger_items.source_counterparty_id', 'customer_crosswalk.customer_id') }}
            as is_customer_known,
        subledger_items.*
    from subledger_items
    left join customer_crosswalk
        on
            subledger_items.source_instance = customer_crosswalk.source_instance
            and subledger_items.source_counterparty_id = customer_crosswalk.source_customer_id
)

select * from final
