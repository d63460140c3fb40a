-- Grain: one row per instance: the fiscal year its model stands in.
with

final as (
    {{ accepted_rows(ref('base_anaplan__calendars')) }}
)

select * from final
