-- Grain: one row per rejected row of the system, with its reason and its payload as landed.
with

final as (
    {{ rejected_rows({
        'balance_transactions': ref('base_stripe__balance_transactions'),
        'charges': ref('base_stripe__charges'),
        'credit_notes': ref('base_stripe__credit_notes'),
        'customers': ref('base_stripe__customers'),
        'events': ref('base_stripe__events'),
        'invoice_lines': ref('base_stripe__invoice_lines'),
        'invoices': ref('base_stripe__invoices'),
        'meter_event_summaries': ref('base_stripe__meter_event_summaries'),
        'meters': ref('base_stripe__meters'),
        'payouts': ref('base_stripe__payouts'),
        'prices': ref('base_stripe__prices'),
        'products': ref('base_stripe__products'),
        'refunds': ref('base_stripe__refunds'),
        'subscription_items': ref('base_stripe__subscription_items'),
        'subscriptions': ref('base_stripe__subscriptions'),
    }) }}
)

select * from final
