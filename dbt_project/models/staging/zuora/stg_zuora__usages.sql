-- Grain: one row per reported usage, deleted ones included.
with

final as (
    {{ accepted_rows(ref('base_zuora__usages')) }}
)

select * from final
