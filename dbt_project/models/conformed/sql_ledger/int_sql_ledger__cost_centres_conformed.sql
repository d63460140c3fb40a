-- Grain: one row per cost centre; valid from the beginning and for ever where the ledger has no dates.
with

cost_centres as (
    select * from {{ ref('stg_sql_ledger__cost_centres') }}
),

final as (
    select
        source_cost_centre_id,
        cost_centre_name,
        source_entity_id,
        profit_centre_code,
        coalesce(valid_from, date '1900-01-01') as valid_from,
        case
            when last_valid_date is null or last_valid_date = date '9999-12-31' then date '9999-12-31'
            else cast(last_valid_date + interval '1' day as date)
        end as valid_to,
        source_instance,
        load_id,
        recorded_at
    from cost_centres
)

select * from final
