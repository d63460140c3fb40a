-- Grain: one row per department (cost centre); accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_netsuite__departments')) }}
)

select * from final
