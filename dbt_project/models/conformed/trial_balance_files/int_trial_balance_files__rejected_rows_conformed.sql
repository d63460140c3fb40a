-- Grain: one row per rejected row of trial balance files. Reason and payload hold what people wrote and stay in staging.
with

rejected_rows as (
    select * from {{ ref('trial_balance_files__rejected') }}
),

final as (
    {{ rejected_rows_without_values('rejected_rows', 'trial_balance_files') }}
)

select * from final
