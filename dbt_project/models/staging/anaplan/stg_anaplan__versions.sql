-- Grain: one row per version of a planning model. The scenario is what the version's name begins with; the version of
-- the actuals, and any other, has none.
with

base as (
    select * from {{ ref('base_anaplan__versions') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_version_id,
        version_name,
        coalesce(is_actual, false) as is_actual,
        case
            when is_actual then null
            when lower(version_name) like 'budget%' then 'budget'
            when lower(version_name) like 'forecast%' then 'forecast'
        end as scenario_name
    from base
    where rejection_reason is null
)

select * from final
