-- Grain: one row per rejected row of Finance & Operations. Reason and payload hold what people wrote and stay in staging.
with

rejected_rows as (
    select * from {{ ref('d365_finance__rejected') }}
),

final as (
    {{ rejected_rows_without_values('rejected_rows', 'd365_finance') }}
)

select * from final
