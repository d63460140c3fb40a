-- Grain: one row per invoice of a supplier; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__payables_invoices')) }}
)

select * from final
