-- Grain: one row per bucket of ageing, in the order of days past due: for who ages the open items of a past day.
with

final as (
    {%- for bucket, days in ageing_buckets().items() %}
    select
        cast('{{ bucket }}' as varchar) as ageing_bucket,
        cast({{ days[0] if days[0] is not none else 'null' }} as integer) as first_day_past_due,
        cast({{ days[1] if days[1] is not none else 'null' }} as integer) as last_day_past_due
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from final
