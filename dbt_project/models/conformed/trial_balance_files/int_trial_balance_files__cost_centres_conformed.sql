-- Grain: one row per cost centre or department. Files say nothing of validity or entity: valid always, for every entity.
with

cost_centres as (
    select * from {{ ref('stg_trial_balance_files__cost_centres') }}
),

final as (
    select
        source_cost_centre_id,
        cost_centre_name,
        cast(null as varchar) as source_entity_id,
        cast(null as varchar) as profit_centre_code,
        cast('1900-01-01' as date) as valid_from,
        cast('9999-12-31' as date) as valid_to,
        source_instance,
        load_id,
        recorded_at
    from cost_centres
)

select * from final
