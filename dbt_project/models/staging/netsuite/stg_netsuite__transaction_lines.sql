-- Grain: one row per line of a transaction, as last landed; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_netsuite__transaction_lines')) }}
)

select * from final
