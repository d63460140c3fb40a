-- Grain: one row per class (line of business); accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_netsuite__classes')) }}
)

select * from final
