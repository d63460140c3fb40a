-- Grain: one row per opportunity stage without a governed forecast category that an open or won opportunity stands in,
-- entity, month that those close in, and currency. The amount is theirs; it stays out of the forecast and visible beside
-- it.
with

opportunities as (select * from {{ ref('fct_opportunities') }}),

final as (
    select
        'unmapped_stage' as exception_type,
        {{ natural_key(['source_instance', 'stage_name']) }} as natural_key,
        entity_code,
        {{ month_of('close_date') }} as period_month,
        sum(amount_transaction) as amount_transaction,
        transaction_currency,
        concat_ws(' ', 'Stage', stage_name) as subject,
        source_instance,
        {{ newest_load_id() }} as load_id
    from opportunities
    where
        not is_stage_mapped
        and (is_won or not is_closed)
        and not is_deleted
    group by source_instance, stage_name, entity_code, {{ month_of('close_date') }}, transaction_currency
)

select * from final
