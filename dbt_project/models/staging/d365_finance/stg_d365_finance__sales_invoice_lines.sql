-- Grain: one row per line of a sales invoice; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_d365_finance__sales_invoice_lines')) }}
)

select * from final
