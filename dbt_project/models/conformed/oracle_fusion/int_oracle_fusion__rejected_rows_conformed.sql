-- Grain: one row per rejected row of Oracle Fusion. Reason and payload hold what people wrote and stay in staging.
with

rejected_rows as (
    select * from {{ ref('oracle_fusion__rejected') }}
),

final as (
    {{ rejected_rows_without_values('rejected_rows', 'oracle_fusion') }}
)

select * from final
