-- Grain: one row per kind of account; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_netsuite__account_types')) }}
)

select * from final
