-- Grain: one row per forecast item: type, person or territory, period and category.
with

final as (
    {{ accepted_rows(ref('base_salesforce__forecasting_items')) }}
)

select * from final
