-- Grain: one row per line of an invoice. amount_net_transaction is before tax and after the line's discounts, so that
-- the lines of an invoice sum to its net amount; amount_discount_transaction is what was taken off, for information.
with

invoice_lines as (
    select * from {{ ref('stg_stripe__invoice_lines') }}
    where not is_removed
),

prices as (
    select * from {{ ref('stg_stripe__prices') }}
),

typed as (
    select
        invoice_lines.*,
        -- A proration corrects a period already billed and repeats nothing: it is no recurring charge.
        case
            when invoice_lines.is_proration then 'one_off'
            else coalesce(prices.charge_type, 'one_off')
        end as charge_type,
        prices.interval_months as price_interval_months
    from invoice_lines
    left join prices
        on
            invoice_lines.source_instance = prices.source_instance
            and invoice_lines.source_price_id = prices.source_price_id
),

final as (
    select
        source_invoice_id,
        source_invoice_line_id,
        source_product_id,
        source_price_id,
        charge_type,
        service_start_date,
        service_end_date,
        quantity,
        amount_net_transaction,
        transaction_currency,
        case when charge_type = 'recurring' then price_interval_months end as interval_months,
        amount_discount_transaction,
        source_subscription_id,
        source_subscription_item_id,
        source_instance,
        load_id,
        recorded_at
    from typed
)

select * from final
