-- Grain: one row per item of an invoice that charges for something, discounts on it taken off. Tax is no line; a discount
-- on nothing that is there is a line of its own.
with

items as (
    select * from {{ ref('stg_zuora__invoice_items') }}
    where not is_deleted and processing_type <> 'tax'
),

versions as (
    select * from {{ ref('int_zuora__subscription_versions') }}
),

lines as (
    select
        items.*,
        charged.source_invoice_line_id as reduced_line_id
    from items
    left join items as charged
        on
            items.processing_type = 'discount'
            and items.source_instance = charged.source_instance
            and items.source_invoice_id = charged.source_invoice_id
            and items.applied_to_line_id = charged.source_invoice_line_id
            and charged.processing_type <> 'discount'
),

discounts as (
    select
        source_instance,
        reduced_line_id,
        -sum(amount_net_transaction) as amount_discount_transaction
    from lines
    where reduced_line_id is not null
    group by source_instance, reduced_line_id
),

final as (
    select
        lines.source_invoice_line_id,
        lines.source_invoice_id,
        versions.source_subscription_id,
        lines.source_charge_id,
        lines.source_price_id,
        lines.quantity,
        lines.service_start_date,
        lines.service_end_date,
        cast(
            lines.amount_net_transaction - coalesce(discounts.amount_discount_transaction, 0) as {{ type_amount() }}
        ) as amount_net_transaction,
        cast(coalesce(discounts.amount_discount_transaction, 0) as {{ type_amount() }}) as amount_discount_transaction,
        lines.source_instance,
        lines.load_id,
        lines.recorded_at
    from lines
    left join discounts
        on
            lines.source_instance = discounts.source_instance
            and lines.source_invoice_line_id = discounts.reduced_line_id
    left join versions
        on
            lines.source_instance = versions.source_instance
            and lines.source_subscription_version_id = versions.source_subscription_version_id
    where lines.reduced_line_id is null
)

select * from final
