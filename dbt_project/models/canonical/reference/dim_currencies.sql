-- Grain: one row per currency of ISO 4217.
with

currencies as (
    select * from {{ ref('currencies') }}
),

final as (
    select
        currency_code,
        currency_name,
        minor_units
    from currencies
)

select * from final
