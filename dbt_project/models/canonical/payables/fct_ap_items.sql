-- Grain: one row per item of a supplier's account, open or cleared. Amounts are signed, debit > 0: an invoice credits
-- accounts payable, a payment or credit memo debits it.
with

subledger_items as (
    select * from {{ ref('subledger_items') }}
    where subledger = 'AP'
),

suppliers as (
    select * from {{ ref('dim_suppliers') }}
),

final as (
    select
        subledger_items.subledger_item_id as ap_item_id,
        {{ member_id('subledger_items.source_counterparty_id', 'suppliers.supplier_id') }} as supplier_id,
        {{ is_member_known('subledger_items.source_counterparty_id', 'suppliers.supplier_id') }} as is_supplier_known,
        subledger_items.*
    from subledger_items
    left join suppliers
        on
            subledger_items.source_instance = suppliers.source_instance
            and subledger_items.source_counterparty_id = suppliers.source_supplier_id
)

select * from final
