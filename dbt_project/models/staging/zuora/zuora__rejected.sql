-- Grain: one row per rejected row of the system, with its reason and its payload as landed.
with

final as (
    {{ rejected_rows({
        'accounts': ref('base_zuora__accounts'),
        'amendments': ref('base_zuora__amendments'),
        'credit_memos': ref('base_zuora__credit_memos'),
        'invoice_items': ref('base_zuora__invoice_items'),
        'invoices': ref('base_zuora__invoices'),
        'payment_parts': ref('base_zuora__payment_parts'),
        'payments': ref('base_zuora__payments'),
        'product_rate_plan_charges': ref('base_zuora__product_rate_plan_charges'),
        'product_rate_plans': ref('base_zuora__product_rate_plans'),
        'products': ref('base_zuora__products'),
        'rate_plan_charge_tiers': ref('base_zuora__rate_plan_charge_tiers'),
        'rate_plan_charges': ref('base_zuora__rate_plan_charges'),
        'rate_plans': ref('base_zuora__rate_plans'),
        'refund_applications': ref('base_zuora__refund_applications'),
        'refunds': ref('base_zuora__refunds'),
        'subscriptions': ref('base_zuora__subscriptions'),
        'usages': ref('base_zuora__usages'),
    }) }}
)

select * from final
