-- Grain: one row per rejected row of Anaplan. Reason and payload hold what people wrote and stay in staging.
with

rejected_rows as (
    select * from {{ ref('anaplan__rejected') }}
),

final as (
    {{ rejected_rows_without_values('rejected_rows', 'anaplan') }}
)

select * from final
