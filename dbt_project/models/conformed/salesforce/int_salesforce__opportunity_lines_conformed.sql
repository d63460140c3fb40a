-- Grain: one row per line of an opportunity, deleted ones included. amount_transaction is after the line's discount.
with

opportunity_lines as (
    select * from {{ ref('stg_salesforce__opportunity_lines') }}
),

final as (
    select
        source_opportunity_line_id,
        source_opportunity_id,
        source_product_id,
        product_code,
        quantity,
        unit_price_transaction,
        amount_transaction,
        transaction_currency,
        service_date,
        cast(term_months as integer) as term_months,
        is_deleted,
        source_instance,
        load_id,
        recorded_at
    from opportunity_lines
)

select * from final
