-- Grain: one row per month end, subscription and item that a recurring charge covers on that day.
-- amount_mrr_transaction is the charge normalised to one month: an annual invoice is twelve equal months, not one giant
-- one. Usage, one-off charges and corrections of billed periods are no MRR; drafts and voided invoices never were.
with

invoice_lines as (
    select * from {{ ref('fct_billing_invoice_lines') }}
    where
        charge_type = 'recurring'
        and invoice_type = 'invoice'
        and invoice_status not in ('draft', 'void', 'cancelled')
),

subscriptions as (
    select * from {{ ref('fct_subscriptions') }}
),

fiscal_periods as (
    select * from {{ ref('dim_fiscal_periods') }}
),

currencies as (
    select * from {{ ref('dim_currencies') }}
),

month_ends as (
    select distinct
        calendar_month,
        last_day(calendar_month) as month_end_date
    from fiscal_periods
    where last_day(calendar_month) <= {{ as_of_date() }}
),

recurring_charges as (
    select
        invoice_lines.source_instance,
        -- A recurring charge outside any subscription is a subscription of its own.
        coalesce(invoice_lines.source_subscription_id, invoice_lines.source_invoice_id) as source_subscription_id,
        coalesce(
            invoice_lines.source_subscription_item_id, invoice_lines.source_price_id,
            invoice_lines.source_invoice_line_id
        ) as source_subscription_item_id,
        coalesce(subscriptions.customer_id, invoice_lines.customer_id) as customer_id,
        coalesce(subscriptions.entity_id, invoice_lines.entity_id) as entity_id,
        coalesce(subscriptions.entity_code, invoice_lines.entity_code) as entity_code,
        invoice_lines.product_id,
        invoice_lines.product_family_code,
        invoice_lines.transaction_currency,
        invoice_lines.service_start_date,
        least(invoice_lines.service_end_date, coalesce(subscriptions.ended_date, {{ open_end() }}))
            as service_end_date,
        {{ amount_per_month(
            'invoice_lines.amount_net_transaction', 'invoice_lines.interval_months', 'currencies.minor_units'
        ) }} as amount_mrr_transaction,
        invoice_lines.load_id,
        invoice_lines.recorded_at
    from invoice_lines
    left join subscriptions
        on
            invoice_lines.source_instance = subscriptions.source_instance
            and invoice_lines.source_subscription_id = subscriptions.source_subscription_id
    left join currencies on invoice_lines.transaction_currency = currencies.currency_code
),

final as (
    select
        month_ends.calendar_month,
        month_ends.month_end_date,
        {{ surrogate_key(['recurring_charges.source_instance', 'recurring_charges.source_subscription_id']) }}
            as subscription_id,
        recurring_charges.source_subscription_id,
        recurring_charges.source_subscription_item_id,
        recurring_charges.transaction_currency,
        recurring_charges.source_instance,
        max(recurring_charges.customer_id) as customer_id,
        max(recurring_charges.entity_id) as entity_id,
        max(recurring_charges.entity_code) as entity_code,
        max_by(recurring_charges.product_id, recurring_charges.service_start_date) as product_id,
        max_by(recurring_charges.product_family_code, recurring_charges.service_start_date) as product_family_code,
        cast(sum(recurring_charges.amount_mrr_transaction) as {{ type_amount() }}) as amount_mrr_transaction,
        {{ newest_load_id('recurring_charges.load_id', 'recurring_charges.recorded_at') }} as load_id,
        max(recurring_charges.recorded_at) as recorded_at
    from recurring_charges
    inner join month_ends
        on
            recurring_charges.service_start_date <= month_ends.month_end_date
            and recurring_charges.service_end_date > month_ends.month_end_date
    group by
        month_ends.calendar_month,
        month_ends.month_end_date,
        recurring_charges.source_subscription_id,
        recurring_charges.source_subscription_item_id,
        recurring_charges.transaction_currency,
        recurring_charges.source_instance
)

select * from final
