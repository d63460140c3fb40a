-- Grain: one row per line of a subledger entry; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__subledger_lines')) }}
)

select * from final
