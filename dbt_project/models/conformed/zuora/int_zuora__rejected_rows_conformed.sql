-- Grain: one row per rejected row of Zuora. Reason and payload hold what people wrote and stay in staging.
with

rejected_rows as (
    select * from {{ ref('zuora__rejected') }}
),

final as (
    {{ rejected_rows_without_values('rejected_rows', 'zuora') }}
)

select * from final
