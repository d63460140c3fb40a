-- Grain: one row per month, golden customer and currency, from the first month with MRR to the last one that has ended,
-- also where the customer has none: without the empty months neither churn nor reactivation could show.
-- Opening is the closing of the month before. Group amounts: opening and movement at the closing rate of the month
-- before, closing at the month's own, and what lies between is fx, so opening + movement + fx = closing in both.
-- Where a rate that is needed is missing the group amounts are null and flagged.
with

subscription_mrr as (
    select * from {{ ref('fct_subscription_mrr') }}
),

fiscal_periods as (
    select * from {{ ref('dim_fiscal_periods') }}
),

closing_rates as (
    select * from {{ ref('fx_rates') }}
    where rate_type = 'closing' and to_currency = '{{ var("group_currency") }}'
),

group_currency as (
    select * from {{ ref('dim_currencies') }}
    where currency_code = '{{ var("group_currency") }}'
),

customer_months as (
    select
        customer_id,
        transaction_currency,
        calendar_month,
        sum(amount_mrr_transaction) as amount_mrr_transaction,
        min(source_instance) as source_instance,
        {{ newest_load_id() }} as load_id,
        max(recorded_at) as recorded_at
    from subscription_mrr
    group by customer_id, transaction_currency, calendar_month
),

first_months as (
    select
        customer_id,
        transaction_currency,
        min(source_instance) as source_instance,
        min(calendar_month) as first_month
    from customer_months
    group by customer_id, transaction_currency
),

ended_months as (
    select distinct calendar_month
    from fiscal_periods
    where last_day(calendar_month) <= {{ as_of_date() }}
),

spine as (
    select
        first_months.customer_id,
        first_months.transaction_currency,
        first_months.source_instance,
        ended_months.calendar_month,
        coalesce(customer_months.amount_mrr_transaction, 0) as amount_closing_transaction,
        customer_months.load_id,
        customer_months.recorded_at
    from first_months
    inner join ended_months on first_months.first_month <= ended_months.calendar_month
    left join customer_months
        on
            first_months.customer_id = customer_months.customer_id
            and first_months.transaction_currency = customer_months.transaction_currency
            and ended_months.calendar_month = customer_months.calendar_month
),

rolled_forward as (
    select
        customer_id,
        transaction_currency,
        source_instance,
        calendar_month,
        amount_closing_transaction,
        coalesce(
            lag(amount_closing_transaction) over (
                partition by customer_id, transaction_currency
                order by calendar_month
            ), 0
        ) as amount_opening_transaction,
        row_number() over (
            partition by customer_id, transaction_currency
            order by calendar_month
        ) as month_number,
        {{ last_known('load_id', ['customer_id', 'transaction_currency'], ['calendar_month']) }} as load_id,
        {{ last_known('recorded_at', ['customer_id', 'transaction_currency'], ['calendar_month']) }} as recorded_at
    from spine
),

translated as (
    select
        rolled_forward.*,
        amount_closing_transaction - amount_opening_transaction as amount_movement_transaction,
        case
            when amount_opening_transaction = 0 then 0
            else {{ converted_amount(
                'amount_opening_transaction', 'opening_rates.rate', 'group_currency.minor_units'
            ) }}
        end as amount_opening_group,
        case
            when amount_closing_transaction = amount_opening_transaction then 0
            else {{ converted_amount(
                '(amount_closing_transaction - amount_opening_transaction)', 'opening_rates.rate',
                'group_currency.minor_units'
            ) }}
        end as amount_movement_group,
        case
            when amount_closing_transaction = 0 then 0
            else {{ converted_amount(
                'amount_closing_transaction', 'closing_rates.rate', 'group_currency.minor_units'
            ) }}
        end as amount_closing_group
    from rolled_forward
    cross join group_currency
    left join closing_rates as opening_rates
        on
            rolled_forward.transaction_currency = opening_rates.from_currency
            and {{ is_valid_on(days_after('rolled_forward.calendar_month', -1), 'opening_rates') }}
    left join closing_rates
        on
            rolled_forward.transaction_currency = closing_rates.from_currency
            and {{ is_valid_on('rolled_forward.calendar_month', 'closing_rates') }}
),

final as (
    select
        {{ surrogate_key(['customer_id', 'transaction_currency', 'calendar_month']) }} as customer_mrr_id,
        calendar_month,
        last_day(calendar_month) as month_end_date,
        customer_id,
        transaction_currency,
        case
            when amount_movement_transaction = 0 then null
            when amount_opening_transaction = 0 and month_number = 1 then 'new'
            when amount_opening_transaction = 0 then 'reactivation'
            when amount_closing_transaction = 0 then 'churn'
            when amount_movement_transaction > 0 then 'expansion'
            else 'contraction'
        end as movement_type,
        cast(amount_opening_transaction as {{ type_amount() }}) as amount_opening_transaction,
        cast(amount_movement_transaction as {{ type_amount() }}) as amount_movement_transaction,
        cast(amount_closing_transaction as {{ type_amount() }}) as amount_closing_transaction,
        cast(amount_opening_group as {{ type_amount() }}) as amount_opening_group,
        cast(amount_movement_group as {{ type_amount() }}) as amount_movement_group,
        cast(
            amount_closing_group - amount_opening_group - amount_movement_group as {{ type_amount() }}
        ) as amount_fx_group,
        cast(amount_closing_group as {{ type_amount() }}) as amount_closing_group,
        '{{ var("group_currency") }}' as group_currency,
        amount_closing_group - amount_opening_group - amount_movement_group is null as is_rate_missing,
        source_instance,
        load_id,
        recorded_at
    from translated
)

select * from final
