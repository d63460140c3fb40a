-- Grain: one row per quota.
with

final as (
    {{ accepted_rows(ref('base_salesforce__forecasting_quotas')) }}
)

select * from final
