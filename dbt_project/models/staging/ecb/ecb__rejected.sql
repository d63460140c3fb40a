-- Grain: one row per rejected row of the system, with its reason and its payload as landed.
with

final as (
    {{ rejected_rows({'rates': ref('base_ecb__rates')}) }}
)

select * from final
