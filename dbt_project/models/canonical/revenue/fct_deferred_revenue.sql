-- Grain: one row per entity, transaction currency and calendar month that is over, of what is billed for a service period.
-- opening + billed - recognised before billing - recognised - voided = closing. What the days that are left still have to
-- earn (amount_unearned) is reckoned apart, from the items themselves: it must be the closing.
-- Revenue recognised before its invoice never was deferred: it is an unbilled receivable, which its invoice settles. The
-- balance of those is no figure of this table: what no invoice bills yet is not in the schedules (usage_to_billing has it).
with

schedules as (
    select * from {{ ref('fct_revenue_schedules') }}
    where has_service_period and month_end_date <= {{ as_of_date() }}
),

items as (
    select * from {{ ref('revenue_schedule_items') }}
    where has_service_period
),

months as (
    select distinct
        calendar_month,
        month_end_date
    from schedules
),

movements as (
    select
        entity_id,
        entity_code,
        transaction_currency,
        local_currency,
        calendar_month,
        month_end_date,
        {%- for currency in ['transaction', 'local'] %}
        sum(amount_billed_{{ currency }}) as amount_billed_{{ currency }},
        sum(amount_recognised_before_billing_{{ currency }}) as amount_recognised_before_billing_{{ currency }},
        sum(
            case
                when calendar_month >= {{ month_of('invoice_date') }} then amount_recognised_{{ currency }} else 0
            end
        ) as amount_recognised_{{ currency }},
        sum(amount_voided_{{ currency }}) as amount_voided_{{ currency }},
        sum(amount_deferred_{{ currency }}) as amount_closing_{{ currency }},
        {%- endfor %}
        sum(case when is_rate_missing then 1 else 0 end) > 0 as is_rate_missing,
        count(distinct case when amount_deferred_transaction <> 0 then revenue_schedule_item_id end) as open_item_count,
        min(source_instance) as source_instance,
        {{ newest_load_id() }} as load_id,
        max(recorded_at) as recorded_at
    from schedules
    group by entity_id, entity_code, transaction_currency, local_currency, calendar_month, month_end_date
),

open_days as (
    select
        items.*,
        months.calendar_month,
        {{ dbt.datediff(days_after('months.month_end_date', 1), 'items.earned_until_date', 'day') }} as days_left
    from items
    inner join months
        on
            items.invoice_date <= months.month_end_date
            and items.earned_until_date > months.month_end_date
            and coalesce(items.voided_date, {{ open_end() }}) > months.month_end_date
),

unearned as (
    select
        entity_code,
        transaction_currency,
        calendar_month,
        sum({{ unearned_by_day('amount_net_transaction', 'days_left', 'service_days', 'minor_units') }})
            as amount_transaction,
        sum({{ unearned_by_day('amount_net_local', 'days_left', 'service_days', 'local_minor_units') }})
            as amount_local
    from open_days
    group by entity_code, transaction_currency, calendar_month
),

final as (
    select
        {{ surrogate_key(['movements.entity_code', 'movements.transaction_currency', 'movements.calendar_month']) }}
            as deferred_revenue_id,
        movements.entity_id,
        movements.entity_code,
        movements.calendar_month,
        movements.month_end_date,
        movements.transaction_currency,
        {%- for currency in ['transaction', 'local'] %}
        cast(
            coalesce(
                lag(movements.amount_closing_{{ currency }}) over (
                    partition by movements.entity_code, movements.transaction_currency
                    order by movements.calendar_month
                ),
                0
            ) as {{ type_amount() }}
        ) as amount_opening_{{ currency }},
        {%- for column in ['billed', 'recognised_before_billing', 'recognised', 'voided', 'closing'] %}
        cast(movements.amount_{{ column }}_{{ currency }} as {{ type_amount() }}) as amount_{{ column }}_{{ currency }},
        {%- endfor %}
        cast(coalesce(unearned.amount_{{ currency }}, 0) as {{ type_amount() }}) as amount_unearned_{{ currency }},
        {%- endfor %}
        movements.local_currency,
        movements.is_rate_missing,
        movements.open_item_count,
        movements.source_instance,
        movements.load_id,
        movements.recorded_at
    from movements
    left join unearned
        on
            movements.entity_code is not distinct from unearned.entity_code
            and movements.transaction_currency = unearned.transaction_currency
            and movements.calendar_month = unearned.calendar_month
)

select * from final
