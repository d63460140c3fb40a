-- Grain: one row per posted sales invoice or credit note; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_d365_finance__sales_invoices')) }}
)

select * from final
