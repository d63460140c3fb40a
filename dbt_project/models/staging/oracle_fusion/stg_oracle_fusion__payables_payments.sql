-- Grain: one row per payment to a supplier; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__payables_payments')) }}
)

select * from final
