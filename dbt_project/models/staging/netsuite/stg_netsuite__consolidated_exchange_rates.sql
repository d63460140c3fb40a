-- Grain: one row per period, book and pair of subsidiaries; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_netsuite__consolidated_exchange_rates')) }}
)

select * from final
