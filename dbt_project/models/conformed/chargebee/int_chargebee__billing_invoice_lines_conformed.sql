-- Grain: one row per line of an invoice that exists. amount_net_transaction is before tax and after the line's discounts,
-- so that the lines of an invoice sum to its net amount, but for what the invoice rounds off.
with

invoice_lines as (
    select * from {{ ref('stg_chargebee__invoice_lines') }}
    where not is_removed
),

invoices as (
    select * from {{ ref('int_chargebee__invoices') }}
),

prices as (
    select * from {{ ref('int_chargebee__prices') }}
),

priced as (
    select
        invoice_lines.*,
        coalesce(invoice_lines.source_subscription_id, invoices.source_subscription_id) as subscription_id,
        prices.source_product_id,
        prices.charge_type as price_charge_type,
        prices.interval_months as price_interval_months,
        -- The day a whole period of the price would end.
        {{ period_end_date('invoice_lines.service_start_date', 'prices.period', 'prices.period_unit') }}
            as period_end_date
    from invoice_lines
    inner join invoices
        on
            invoice_lines.source_instance = invoices.source_instance
            and invoice_lines.source_invoice_id = invoices.source_invoice_id
    left join prices
        on
            invoice_lines.source_instance = prices.source_instance
            and invoice_lines.source_price_id = prices.source_price_id
),

typed as (
    select
        *,
        case
            when is_metered or price_charge_type = 'usage' then 'usage'
            -- A proration is a line like others, only shorter than its price's period: it repeats nothing.
            when price_charge_type = 'recurring' and service_end_date >= period_end_date then 'recurring'
            else 'one_off'
        end as charge_type
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
        subscription_id as source_subscription_id,
        case
            when charge_type in ('recurring', 'usage') then {{ natural_key(['subscription_id', 'source_price_id']) }}
        end as source_subscription_item_id,
        source_instance,
        load_id,
        recorded_at
    from typed
)

select * from final
