-- Grain: one row per line of an opportunity, deleted ones included.
with

base as (
    select * from {{ ref('base_salesforce__opportunity_lines') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_opportunity_line_id,
        source_opportunity_id,
        source_product_id,
        product_code,
        quantity,
        unit_price_transaction,
        amount_transaction,
        transaction_currency,
        service_date,
        term_months,
        is_deleted
    from base
    where rejection_reason is null
)

select * from final
