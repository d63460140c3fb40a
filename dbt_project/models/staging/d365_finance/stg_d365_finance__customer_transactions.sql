-- Grain: one row per transaction of a customer; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_d365_finance__customer_transactions')) }}
)

select * from final
