-- Grain: one row per rejected row of NetSuite. Reason and payload hold what people wrote and stay in staging.
with

rejected_rows as (
    select * from {{ ref('netsuite__rejected') }}
),

final as (
    {{ rejected_rows_without_values('rejected_rows', 'netsuite') }}
)

select * from final
