-- Grain: one row per instance of a source system: whether its data are of the as-of date, older, or absent.
with

source_status as (select * from {{ source('control', 'source_status') }}),

final as (
    select
        source_instance,
        system,
        state,
        as_of as data_as_of_date,
        age_days,
        last_load_id,
        rows as row_count,
        reason
    from source_status
)

select * from final
