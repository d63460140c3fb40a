-- Grain: one row per consumer, source and phase ('*' for all others): what the company has agreed on the as-of date.
with

degradation_contracts as (
    {{ approved_rows('degradation_contracts') }}
),

typed as (
    select
        trim(consumer) as consumer,
        trim(source) as source,
        trim(phase) as phase,
        cast({{ whole_number('max_age_days') }} as integer) as max_age_days,
        trim(action) as action,
        {{ decision_columns() }}
    from degradation_contracts
),

final as (
    select * from typed
    where {{ is_valid_on(as_of_date(), 'typed') }}
)

select * from final
