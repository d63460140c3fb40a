-- Grain: one row per forecast type.
with

final as (
    {{ accepted_rows(ref('base_salesforce__forecasting_types')) }}
)

select * from final
