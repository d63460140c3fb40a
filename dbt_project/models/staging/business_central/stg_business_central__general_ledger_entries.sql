-- Grain: one row per entry of the general ledger of a company; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_business_central__general_ledger_entries')) }}
)

select * from final
