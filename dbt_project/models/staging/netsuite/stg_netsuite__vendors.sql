-- Grain: one row per vendor; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_netsuite__vendors')) }}
)

select * from final
