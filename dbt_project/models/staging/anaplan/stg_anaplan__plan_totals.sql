-- Grain: one row per version, entity, month and currency that the model sums. Revenue and cost are both positive in it.
with

final as (
    {{ accepted_rows(ref('base_anaplan__plan_totals')) }}
)

select * from final
