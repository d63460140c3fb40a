-- Grain: one row per thing that is billed (revenue_schedule_items) and calendar month, from the first to the last month in
-- which it is billed, earned or taken back, months to come included. What is earned by the end of a month is the amount ×
-- days gone by / days of service, rounded half away from zero; a month earns what that is more than a month before. So
-- the months add up to the line, and no cent is left over.
-- A void invoice gives back in the month of its voiding what it had earned until then.
with

items as (select * from {{ ref('revenue_schedule_items') }}),

spans as (
    select
        *,
        {{ month_of('least(invoice_date, earned_from_date)') }} as first_month,
        {{ month_of(
            'greatest(invoice_date, ' ~ days_after('earned_until_date', -1) ~ ', coalesce(voided_date, invoice_date))'
        ) }} as last_month
    from items
),

lengths as (
    select
        *,
        {{ dbt.datediff('first_month', 'last_month', 'month') }} as further_months
    from spans
),

month_numbers as (
    {{ whole_numbers(0, '(select coalesce(max(further_months), 0) from lengths)') }}
),

months as (
    select
        lengths.*,
        {{ months_after('lengths.first_month', 'month_numbers.whole_number') }} as calendar_month
    from lengths
    inner join month_numbers on lengths.further_months >= month_numbers.whole_number
),

days_of_months as (
    select
        *,
        last_day(calendar_month) as month_end_date,
        {{ dbt.datediff('earned_from_date', 'calendar_month', 'day') }} as days_before,
        {{ dbt.datediff('earned_from_date', months_after('calendar_month', 1), 'day') }} as days_until_end,
        {{ month_of('invoice_date') }} = calendar_month as is_billed_now,
        {{ month_of('invoice_date') }} <= calendar_month as is_billed,
        coalesce({{ month_of('voided_date') }} = calendar_month, false) as is_voided_now,
        coalesce({{ month_of('voided_date') }} <= calendar_month, false) as is_voided,
        coalesce({{ month_of('voided_date') }} < calendar_month, false) as was_voided
    from months
),

earned as (
    select
        *,
        case
            when was_voided then 0
            else {{ earned_by_day('amount_net_transaction', 'days_before', 'service_days', 'minor_units') }}
        end as amount_earned_before_transaction,
        case
            when is_voided then 0
            else {{ earned_by_day('amount_net_transaction', 'days_until_end', 'service_days', 'minor_units') }}
        end as amount_earned_transaction,
        case
            when was_voided then 0
            else {{ earned_by_day('amount_net_local', 'days_before', 'service_days', 'local_minor_units') }}
        end as amount_earned_before_local,
        case
            when is_voided then 0
            else {{ earned_by_day('amount_net_local', 'days_until_end', 'service_days', 'local_minor_units') }}
        end as amount_earned_local
    from days_of_months
),

final as (
    select
        {{ surrogate_key(['revenue_schedule_item_id', 'calendar_month']) }} as revenue_schedule_id,
        revenue_schedule_item_id,
        calendar_month,
        month_end_date,
        invoice_id,
        source_invoice_line_id,
        invoice_number,
        invoice_type,
        invoice_date,
        entity_id,
        entity_code,
        customer_id,
        product_id,
        product_family_code,
        charge_type,
        has_service_period,
        earned_from_date,
        earned_until_date,
        transaction_currency,
        {%- for currency in ['transaction', 'local'] %}
        cast(case when is_billed_now then amount_net_{{ currency }} else 0 end as {{ type_amount() }})
            as amount_billed_{{ currency }},
        cast(case when is_voided_now then amount_net_{{ currency }} else 0 end as {{ type_amount() }})
            as amount_voided_{{ currency }},
        cast(amount_earned_{{ currency }} - amount_earned_before_{{ currency }} as {{ type_amount() }})
            as amount_recognised_{{ currency }},
        cast(case when is_billed_now then amount_earned_before_{{ currency }} else 0 end as {{ type_amount() }})
            as amount_recognised_before_billing_{{ currency }},
        cast(
            case
                when is_billed and not is_voided then amount_net_{{ currency }} - amount_earned_{{ currency }}
                else 0
            end as {{ type_amount() }}
        ) as amount_deferred_{{ currency }},
        cast(case when is_billed then 0 else amount_earned_{{ currency }} end as {{ type_amount() }})
            as amount_unbilled_{{ currency }},
        {%- endfor %}
        local_currency,
        is_rate_missing,
        source_instance,
        load_id,
        recorded_at
    from earned
)

select * from final
