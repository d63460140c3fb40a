-- Grain: one row per day and currency of an instance. Units of the currency for one euro; no rate where not quoted.
with

final as (
    {{ accepted_rows(ref('base_ecb__rates')) }}
)

select * from final
