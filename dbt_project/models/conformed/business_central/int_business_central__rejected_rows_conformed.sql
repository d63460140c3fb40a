-- Grain: one row per rejected row of Business Central. Reason and payload hold what people wrote and stay in staging.
with

rejected_rows as (
    select * from {{ ref('business_central__rejected') }}
),

final as (
    {{ rejected_rows_without_values('rejected_rows', 'business_central') }}
)

select * from final
