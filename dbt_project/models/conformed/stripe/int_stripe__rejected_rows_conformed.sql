-- Grain: one row per rejected row of Stripe. Reason and payload hold what people wrote and stay in staging.
with

rejected_rows as (
    select * from {{ ref('stripe__rejected') }}
),

final as (
    {{ rejected_rows_without_values('rejected_rows', 'stripe') }}
)

select * from final
