-- Grain: one row per line of an invoice, with the reason to reject it if there is one.
-- Currency, time zone and whether tax is inside its amounts are its invoice's. An invoice comes with all its lines, each
-- stamped with its version: one of an older version was taken out of it.
with

source as (
    {{ current_rows(source('landed_chargebee', 'invoice_lines'), ['id']) }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

invoices as (
    select * from {{ ref('base_chargebee__invoices') }}
),

within_invoices as (
    select
        source.*,
        invoices.transaction_currency,
        invoices.time_zone,
        invoices.is_tax_inclusive,
        coalesce(nullif(discount_amount, ''), '0') as discount,
        coalesce(nullif(tax_amount, ''), '0') as tax,
        {{ row_as_json('source') }} as payload
    from source
    left join invoices
        on source.source_instance = invoices.source_instance and source.invoice_id = invoices.source_invoice_id
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_invoice_line_id,
        {{ text('invoice_id') }} as source_invoice_id,
        {{ text('subscription_id') }} as source_subscription_id,
        case when entity_type like '%item_price' then {{ text('entity_id') }} end as source_price_id,
        {{ text('entity_type') }} as entity_type,
        coalesce({{ boolean('metered') }}, false) as is_metered,
        {{ site_date('date_from', 'time_zone') }} as service_start_date,
        -- What is charged once has a moment instead of a period: the day it lies in.
        greatest(
            {{ site_end_date('date_to', 'time_zone') }}, {{ days_after(site_date('date_from', 'time_zone'), 1) }}
        ) as service_end_date,
        {{ chargebee_quantity('quantity_in_decimal', 'quantity') }} as quantity,
        -- What the customer owes for the line before tax: amount is before discounts, and may have the tax inside.
        {{ minor_units_to_amount(
            'try_cast(amount as bigint) - try_cast(discount as bigint)'
            ~ ' - case when is_tax_inclusive then try_cast(tax as bigint) else 0 end', 'currencies.minor_units'
        ) }} as amount_net_transaction,
        {{ minor_units_to_amount('discount', 'currencies.minor_units') }} as amount_discount_transaction,
        currencies.currency_code as transaction_currency,
        coalesce(try_cast(invoice_version as bigint), 0) < max(coalesce(try_cast(invoice_version as bigint), 0)) over (
            partition by source_instance, invoice_id
        ) as is_removed,
        {{ rejection_reason([
            required('id'),
            required('invoice_id'),
            rejected_when('currencies.currency_code is null or time_zone is null',
                "'the invoice is missing or unusable: ' || coalesce(invoice_id, '')"),
            required('date_from', unix_timestamp('date_from')),
            required('date_to', unix_timestamp('date_to')),
            required('amount', whole_number('amount')),
            castable('discount_amount', whole_number('discount_amount')),
            castable('tax_amount', whole_number('tax_amount')),
            castable('quantity', quantity('quantity')),
            castable('quantity_in_decimal', quantity('quantity_in_decimal')),
            castable('metered', boolean('metered')),
            required('entity_type'),
        ]) }} as rejection_reason,
        {{ evidence('payload') }} as payload
    from within_invoices
    left join currencies on within_invoices.transaction_currency = currencies.currency_code
)

select * from final
