-- Grain: one row per invoice or credit note, in any status; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_coupa__invoices')) }}
)

select * from final
