-- Grain: one row per application to a receivable; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__receivable_applications')) }}
)

select * from final
