-- Grain: one row per rejected row of Chargebee. Reason and payload hold what people wrote and stay in staging.
with

rejected_rows as (
    select * from {{ ref('chargebee__rejected') }}
),

final as (
    {{ rejected_rows_without_values('rejected_rows', 'chargebee') }}
)

select * from final
