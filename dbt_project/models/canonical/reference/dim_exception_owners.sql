-- Grain: one row per exception type and entity ('*' for all others): who works it on the as-of date.
with

owners as (
    {{ approved_rows('owners') }}
),

typed as (
    select
        trim(exception_type) as exception_type,
        trim(entity_code) as entity_code,
        trim(owner) as owner,
        {{ decision_columns() }}
    from owners
),

final as (
    select * from typed
    where {{ is_valid_on(as_of_date(), 'typed') }}
)

select * from final
