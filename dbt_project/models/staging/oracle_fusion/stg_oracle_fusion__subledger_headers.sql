-- Grain: one row per subledger entry; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__subledger_headers')) }}
)

select * from final
