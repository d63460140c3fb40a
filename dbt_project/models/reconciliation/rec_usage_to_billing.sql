-- Grain: one row per customer, product, meter and usage month, in transaction currency. Left is what the meter
-- recorded, rated at the price of its day and rounded once; right the usage lines of invoices whose service period is
-- that month. A month is invoiced in the one after it, so it is due when that month is over, at most window_days after its
-- own end.
with

usage_records as (select * from {{ ref('fct_usage') }}),

invoice_lines as (select * from {{ ref('fct_billing_invoice_lines') }}),

currencies as (select * from {{ ref('dim_currencies') }}),

tolerances as (
    select * from {{ ref('tolerances_by_currency') }}
    where reconciliation_name = 'usage_to_billing'
),

rated_usage as (
    select
        usage_records.source_instance,
        usage_records.entity_code,
        usage_records.customer_id,
        usage_records.source_customer_id,
        usage_records.source_product_id,
        usage_records.source_meter_id,
        usage_records.transaction_currency,
        {{ month_of('usage_records.usage_date') }} as usage_month,
        {{ newest_load_id('usage_records.load_id', 'usage_records.recorded_at') }} as load_id,
        count(*) as item_count,
        sum(usage_records.amount_rated_transaction) as amount_unrounded
    from usage_records
    group by
        usage_records.source_instance,
        usage_records.entity_code,
        usage_records.customer_id,
        usage_records.source_customer_id,
        usage_records.source_product_id,
        usage_records.source_meter_id,
        usage_records.transaction_currency,
        {{ month_of('usage_records.usage_date') }}
),

rounded_usage as (
    select
        rated_usage.*,
        {{ round_half_away('rated_usage.amount_unrounded', 'currencies.minor_units') }} as amount
    from rated_usage
    left join currencies on rated_usage.transaction_currency = currencies.currency_code
),

invoiced_usage as (
    select
        source_instance,
        entity_code,
        customer_id,
        source_customer_id,
        source_product_id,
        transaction_currency,
        {{ month_of('service_start_date') }} as usage_month,
        {{ newest_load_id() }} as load_id,
        max(invoice_date) as invoice_date,
        count(*) as item_count,
        sum(amount_net_transaction) as amount
    from invoice_lines
    where
        charge_type = 'usage'
        and invoice_status not in ('draft', 'void')
    group by
        source_instance,
        entity_code,
        customer_id,
        source_customer_id,
        source_product_id,
        transaction_currency,
        {{ month_of('service_start_date') }}
),

paired as (
    select
        coalesce(rounded_usage.source_instance, invoiced_usage.source_instance) as source_instance,
        coalesce(rounded_usage.entity_code, invoiced_usage.entity_code) as entity_code,
        coalesce(rounded_usage.customer_id, invoiced_usage.customer_id) as customer_id,
        coalesce(rounded_usage.source_customer_id, invoiced_usage.source_customer_id) as source_customer_id,
        coalesce(rounded_usage.source_product_id, invoiced_usage.source_product_id) as source_product_id,
        rounded_usage.source_meter_id,
        coalesce(rounded_usage.transaction_currency, invoiced_usage.transaction_currency) as transaction_currency,
        coalesce(rounded_usage.usage_month, invoiced_usage.usage_month) as usage_month,
        rounded_usage.load_id as left_load_id,
        rounded_usage.item_count as left_item_count,
        coalesce(rounded_usage.amount, 0) as left_amount,
        invoiced_usage.load_id as right_load_id,
        invoiced_usage.item_count as right_item_count,
        invoiced_usage.invoice_date,
        coalesce(invoiced_usage.amount, 0) as right_amount
    from rounded_usage
    full outer join invoiced_usage
        on
            rounded_usage.source_instance = invoiced_usage.source_instance
            and rounded_usage.source_customer_id = invoiced_usage.source_customer_id
            and rounded_usage.source_product_id = invoiced_usage.source_product_id
            and rounded_usage.transaction_currency = invoiced_usage.transaction_currency
            and rounded_usage.usage_month = invoiced_usage.usage_month
),

measured as (
    select
        paired.*,
        {{ allowed_difference('paired.left_amount', 'tolerances') }} as allowed_difference,
        least(
            last_day({{ months_after('paired.usage_month', 1) }}),
            {{ days_after('last_day(paired.usage_month)', 'coalesce(window_days, 0)') }}
        ) as invoice_due_date
    from paired
    left join tolerances on paired.transaction_currency = tolerances.currency_code
),

judged as (
    select
        *,
        {{ natural_key([
            'source_customer_id',
            'coalesce(source_meter_id, source_product_id)',
            month_code('usage_month')
        ]) }} as usage_key,
        case
            when left_amount = right_amount then 'matched'
            when abs(left_amount - right_amount) <= allowed_difference then 'matched_within_tolerance'
            when left_item_count is null then 'missing_left'
            when right_item_count is not null then 'amount_difference'
            when {{ as_of_date() }} < invoice_due_date then 'timing'
            else 'missing_right'
        end as outcome
    from measured
),

compared as (
    select
        entity_code,
        usage_month as period_month,
        customer_id as counterparty_key,
        transaction_currency as currency_code,
        case when left_item_count is not null then source_instance end as left_instance,
        case when left_item_count is not null then usage_key end as left_key,
        left_load_id,
        left_item_count,
        case when left_item_count is not null then last_day(usage_month) end as left_date,
        left_amount,
        case when right_item_count is not null then source_instance end as right_instance,
        case
            when right_item_count is not null
                then {{ natural_key(['source_customer_id', 'source_product_id', month_code('usage_month')]) }}
        end as right_key,
        right_load_id,
        right_item_count,
        invoice_date as right_date,
        right_amount,
        outcome,
        case outcome
            when 'timing' then 'not_invoiced_yet'
            when 'missing_right' then 'not_invoiced'
            when 'missing_left' then 'invoiced_without_usage'
            when 'amount_difference' then 'other_amount'
            else 'agrees'
        end as cause,
        'customer_product_month' as rule_name,
        case
            when outcome = 'missing_right' then 'usage_not_billed'
            when outcome in ('missing_left', 'amount_difference') then 'usage_amount_difference'
        end as exception_type,
        case
            when outcome in ('missing_right', 'missing_left', 'amount_difference')
                then {{ natural_key(['source_instance', 'usage_key']) }}
        end as natural_key
    from judged
),

final as (
    {{ reconciliation_rows('usage_to_billing', 'compared') }}
)

select * from final
