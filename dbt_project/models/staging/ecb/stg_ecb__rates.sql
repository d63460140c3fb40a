-- Grain: one row per day and currency of an instance. Units of the currency for one euro; no rate where not quoted.
with

base as (
    select * from {{ ref('base_ecb__rates') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        rate_date,
        currency_code,
        is_quoted,
        rate
    from base
    where rejection_reason is null
)

select * from final
