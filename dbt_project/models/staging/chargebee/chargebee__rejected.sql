-- Grain: one row per rejected row of the system, with its reason and its payload as landed.
with

final as (
    {{ rejected_rows({
        'credit_notes': ref('base_chargebee__credit_notes'),
        'customers': ref('base_chargebee__customers'),
        'events': ref('base_chargebee__events'),
        'invoice_lines': ref('base_chargebee__invoice_lines'),
        'invoices': ref('base_chargebee__invoices'),
        'item_prices': ref('base_chargebee__item_prices'),
        'items': ref('base_chargebee__items'),
        'pending_invoices': ref('base_chargebee__pending_invoices'),
        'subscription_items': ref('base_chargebee__subscription_items'),
        'subscriptions': ref('base_chargebee__subscriptions'),
        'transactions': ref('base_chargebee__transactions'),
        'usages': ref('base_chargebee__usages'),
    }) }}
)

select * from final
