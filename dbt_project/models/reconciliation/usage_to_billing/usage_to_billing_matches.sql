-- Grain: one row per month of rated usage with its invoiced usage, or per item that stands alone, with the rule that
-- took it.
{% set rules %}
# What would round away is no leakage.
no_partner_needed_within: tolerance
rules:
  - name: customer_product_month
    kind: one_to_one
    key: &month [source_instance, source_customer_id, source_product_id, usage_month]
    amount: tolerance
  # A product with several meters is one line of the invoice.
  - {name: meters_of_a_product, kind: many_to_one, key: *month, amount: tolerance}
  - {name: customer_product_month_other_amount, kind: many_to_one, key: *month, amount: any}
{% endset %}

with

final as (
    {{ match_items('usage_to_billing', ref('usage_to_billing_rated'), ref('usage_to_billing_invoiced'), rules) }}
)

select * from final
