-- Grain: one row per rejected row of Coupa. Reason and payload hold what people wrote and stay in staging.
with

rejected_rows as (
    select * from {{ ref('coupa__rejected') }}
),

final as (
    {{ rejected_rows_without_values('rejected_rows', 'coupa') }}
)

select * from final
