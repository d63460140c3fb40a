-- Grain: one row per exception, entity ('*' for the group) and month that it shows in; what is of no month is a matter of
-- the as-of date's. An exception is one problem with one owner; where it is about several months or entities, each of
-- them has its part: a month in which something is open is not ready to be signed.
with

findings as (select * from {{ ref('valued_findings') }}),

final as (
    select
        {{ surrogate_key(['exception_type', 'natural_key']) }} as exception_id,
        coalesce(entity_code, '*') as entity_code,
        coalesce(period_month, {{ month_of(as_of_date()) }}) as period_month,
        cast(sum(amount_group) as {{ type_amount() }}) as amount_at_risk_group,
        cast('{{ var("group_currency") }}' as varchar) as group_currency
    from findings
    group by
        exception_type,
        natural_key,
        coalesce(entity_code, '*'),
        coalesce(period_month, {{ month_of(as_of_date()) }})
)

select * from final
