-- Grain: one row per transaction, current version; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_netsuite__transactions')) }}
)

select * from final
