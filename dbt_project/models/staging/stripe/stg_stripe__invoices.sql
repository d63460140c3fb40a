-- Grain: one row per invoice, drafts and void ones included.
with

final as (
    {{ accepted_rows(ref('base_stripe__invoices')) }}
)

select * from final
