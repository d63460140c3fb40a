-- Grain: one row per rejected row of Salesforce. Reason and payload hold what people wrote and stay in staging.
with

rejected_rows as (
    select * from {{ ref('salesforce__rejected') }}
),

final as (
    {{ rejected_rows_without_values('rejected_rows', 'salesforce') }}
)

select * from final
