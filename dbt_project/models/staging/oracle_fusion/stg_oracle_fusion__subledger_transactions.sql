-- Grain: one row per transaction of a subledger; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__subledger_transactions')) }}
)

select * from final
