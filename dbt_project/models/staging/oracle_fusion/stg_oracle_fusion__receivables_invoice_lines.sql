-- Grain: one row per line of an invoice; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__receivables_invoice_lines')) }}
)

select * from final
