-- Grain: one row per line of an invoice. amount_net_transaction is before tax and after the line's discounts, so that the
-- lines of an invoice sum to its net amount. The charge of the time says how often it comes, or else its price does.
with

invoice_lines as (
    select * from {{ ref('int_zuora__invoice_lines') }}
),

invoices as (
    select * from {{ ref('int_zuora__invoices') }}
),

charges as (
    select * from {{ ref('int_zuora__charges') }}
),

prices as (
    select * from {{ ref('int_zuora__prices') }}
),

priced as (
    select
        invoice_lines.*,
        invoices.transaction_currency,
        charges.source_subscription_item_id,
        prices.source_product_id,
        coalesce(charges.charge_type, prices.charge_type) as price_charge_type,
        coalesce(charges.is_discount, prices.is_discount, false) as is_discount,
        coalesce(charges.period, prices.period) as period,
        coalesce(charges.period_unit, prices.period_unit) as period_unit
    from invoice_lines
    inner join invoices
        on
            invoice_lines.source_instance = invoices.source_instance
            and invoice_lines.source_invoice_id = invoices.source_invoice_id
    left join charges
        on
            invoice_lines.source_instance = charges.source_instance
            and invoice_lines.source_charge_id = charges.source_charge_id
    left join prices
        on
            invoice_lines.source_instance = prices.source_instance
            and invoice_lines.source_price_id = prices.source_price_id
),

typed as (
    select
        *,
        case
            when price_charge_type = 'usage' then 'usage'
            -- A proration is a line like others, only shorter than its charge's period: it repeats nothing.
            when
                price_charge_type = 'recurring' and not is_discount
                and service_end_date >= {{ period_end_date('service_start_date', 'period', 'period_unit') }}
                then 'recurring'
            else 'one_off'
        end as charge_type,
        cast(period * {{ months_of_interval('period_unit') }} as {{ type_rate() }}) as price_interval_months
    from priced
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
