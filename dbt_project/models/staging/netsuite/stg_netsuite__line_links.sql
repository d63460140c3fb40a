-- Grain: one row per line and transaction that pays it or is applied to it, as last landed; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_netsuite__line_links')) }}
)

select * from final
