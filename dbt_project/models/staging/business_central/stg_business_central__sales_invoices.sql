-- Grain: one row per posted sales invoice; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_business_central__sales_invoices')) }}
)

select * from final
