-- Grain: one row per transaction, failed and deleted ones included.
with

final as (
    {{ accepted_rows(ref('base_chargebee__transactions')) }}
)

select * from final
