-- Grain: one row per subsidiary, period and book, as summed by the server; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_netsuite__control_totals')) }}
)

select * from final
