-- Grain: one row per year, quarter, month or adjustment period; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_netsuite__accounting_periods')) }}
)

select * from final
