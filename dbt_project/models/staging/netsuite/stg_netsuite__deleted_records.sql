-- Grain: one row per deleted record; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_netsuite__deleted_records')) }}
)

select * from final
