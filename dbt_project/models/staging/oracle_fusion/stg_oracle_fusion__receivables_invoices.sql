-- Grain: one row per invoice that Fusion billed; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__receivables_invoices')) }}
)

select * from final
