-- Grain: one row per account of the chart; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_netsuite__accounts')) }}
)

select * from final
