-- Grain: one row per rejected row of the European Central Bank. Reason and payload hold what people wrote and stay in staging.
with

rejected_rows as (
    select * from {{ ref('ecb__rejected') }}
),

final as (
    {{ rejected_rows_without_values('rejected_rows', 'ecb') }}
)

select * from final
