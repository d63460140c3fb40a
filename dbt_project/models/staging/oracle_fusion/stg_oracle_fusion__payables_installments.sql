-- Grain: one row per installment of an invoice; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__payables_installments')) }}
)

select * from final
