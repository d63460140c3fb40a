-- Grain: one row per installment of a receivable, or receipt; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__receivable_schedules')) }}
)

select * from final
