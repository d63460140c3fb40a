-- Grain: one row per rejected row of the system, with its reason and its payload as landed.
with

final as (
    {{ rejected_rows({
        'invoice_lines': ref('base_coupa__invoice_lines'),
        'invoices': ref('base_coupa__invoices'),
        'purchase_order_lines': ref('base_coupa__purchase_order_lines'),
        'purchase_orders': ref('base_coupa__purchase_orders'),
        'receipts': ref('base_coupa__receipts'),
        'suppliers': ref('base_coupa__suppliers'),
    }) }}
)

select * from final
