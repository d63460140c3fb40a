-- Grain: one row per subsidiary; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_netsuite__subsidiaries')) }}
)

select * from final
