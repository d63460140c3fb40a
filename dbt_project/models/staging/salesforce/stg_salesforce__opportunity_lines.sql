-- Grain: one row per line of an opportunity, deleted ones included.
with

final as (
    {{ accepted_rows(ref('base_salesforce__opportunity_lines')) }}
)

select * from final
