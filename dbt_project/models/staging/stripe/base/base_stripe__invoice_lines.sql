-- Grain: one row per line of an invoice, with the reason to reject it if there is one.
-- Stripe sends an invoice with all its lines: one that it came without was taken out of it (is_removed).
with

source as (
    {{ current_rows(source('landed_stripe', 'invoice_lines'), ['id']) }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

unpacked as (
    select
        source.*,
        {{ json_sum('discount_amounts', 'amount') }} as total_discount,
        {{ json_sum('taxes', 'amount', only=('tax_behavior', 'inclusive')) }} as included_tax,
        {{ json_text('period', 'start') }} as period_start,
        {{ json_text('period', 'end') }} as period_end,
        {{ boolean(json_text('parent', 'subscription_item_details.proration')) }} as is_proration,
        {{ row_as_json('source') }} as payload
    from source
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_invoice_line_id,
        {{ text('invoice') }} as source_invoice_id,
        {{ json_text('pricing', 'price_details.product') }} as source_product_id,
        {{ json_text('pricing', 'price_details.price') }} as source_price_id,
        cast({{ unix_timestamp('period_start') }} as date) as service_start_date,
        cast({{ unix_timestamp('period_end') }} as date) as service_end_date,
        {{ quantity('quantity') }} as quantity,
        -- What the customer owes for the line before tax: its discounts and any tax inside its amount taken off.
        {{ minor_units_to_amount(
            'try_cast(amount as bigint) - total_discount - included_tax', 'currencies.stripe_minor_units'
        ) }} as amount_net_transaction,
        {{ minor_units_to_amount('total_discount', 'currencies.stripe_minor_units') }} as amount_discount_transaction,
        currencies.currency_code as transaction_currency,
        coalesce(is_proration, false) as is_proration,
        {{ json_text('parent', 'subscription_item_details.subscription') }} as source_subscription_id,
        {{ json_text('parent', 'subscription_item_details.subscription_item') }} as source_subscription_item_id,
        coalesce(is_removed, false) as is_removed,
        {{ rejection_reason([
            required('id'),
            required('invoice'),
            rejected_when('currencies.currency_code is null', "'currency is unknown: ' || coalesce(currency, '')"),
            required('amount', whole_number('amount')),
            castable('quantity', quantity('quantity')),
            castable('period', json_document('period')),
            castable('pricing', json_document('pricing')),
            castable('parent', json_document('parent')),
            castable('discount_amounts', json_document('discount_amounts')),
            castable('taxes', json_document('taxes')),
            rejected_when(unix_timestamp('period_start') ~ ' is null or ' ~ unix_timestamp('period_end') ~ ' is null',
                "'period has no start or no end: ' || coalesce(period, '')"),
            rejected_when('total_discount is null or included_tax is null',
                "'discount_amounts or taxes has an amount that is no whole number'"),
        ]) }} as rejection_reason,
        {{ evidence('payload') }} as payload
    from unpacked
    left join currencies on upper(unpacked.currency) = currencies.currency_code
)

select * from final
