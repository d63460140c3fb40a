-- Grain: one row per line of an invoice, those taken out of it since included (is_removed); accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_coupa__invoice_lines')) }}
)

select * from final
