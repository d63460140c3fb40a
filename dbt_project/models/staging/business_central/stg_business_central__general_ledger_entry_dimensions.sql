-- Grain: one row per dimension of an entry; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_business_central__general_ledger_entry_dimensions')) }}
)

select * from final
