-- Grain: one row per rejected row of the relational ledger. Reason and payload hold what people wrote and stay in
-- staging.
with

rejected_rows as (
    select * from {{ ref('sql_ledger__rejected') }}
),

final as (
    {{ rejected_rows_without_values('rejected_rows', 'sql_ledger') }}
)

select * from final
