-- Grain: one row per purchase order line of an entity whose ledger can be held against it: what of it was received and not
-- invoiced, at the price of the order and in its currency. The trap: some ledgers know amounts in local currency only. Of
-- an entity with such a ledger and orders in another currency nothing can be said here.
with

order_lines as (select * from {{ ref('fct_purchase_order_lines') }}),

ledgers as (
    select
        entity_code,
        min(local_currency) as local_currency,
        bool_or(knows_other_currencies) as knows_other_currencies
    from {{ ref('leading_ledgers') }}
    group by entity_code
),

incomparable as (
    select distinct order_lines.entity_code
    from order_lines
    inner join ledgers on order_lines.entity_code = ledgers.entity_code
    where not ledgers.knows_other_currencies and order_lines.transaction_currency <> ledgers.local_currency
),

final as (
    select
        order_lines.purchase_order_line_id as item_key,
        order_lines.source_instance,
        {{ natural_key(['order_lines.entity_code', 'order_lines.transaction_currency']) }} as source_key,
        order_lines.entity_code,
        order_lines.transaction_currency as currency_code,
        order_lines.amount_uninvoiced_transaction as amount,
        order_lines.load_id,
        order_lines.recorded_at
    from order_lines
    inner join ledgers on order_lines.entity_code = ledgers.entity_code
    left join incomparable on order_lines.entity_code = incomparable.entity_code
    where incomparable.entity_code is null
)

select * from final
