-- Grain: one row per line of the plan export. Amounts keep the model's sign: revenue and cost both positive.
with

final as (
    {{ accepted_rows(ref('base_anaplan__plan_lines')) }}
)

select * from final
