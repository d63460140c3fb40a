-- Grain: one row per pay run.
with

final as (
    {{ accepted_rows(ref('base_adp__runs')) }}
)

select * from final
