-- Grain: one row per order of the CRM with its sales order, or per order that stands alone, with the rule that took it.
{% set rules %}
# An order that the ERP has is there, whenever it was entered: no period waits for it.
compares_dates: false
# A draft, or an order that was rejected, claims nothing.
no_partner_needed_within: zero
rules:
  - {name: opportunity_number, kind: one_to_one, key: &number [reference], amount: tolerance, currency: any}
  - {name: opportunity_number_in_parts, kind: one_to_many, key: *number, amount: tolerance}
  - {name: opportunity_number_other_amount, kind: one_to_one, key: *number, amount: any, currency: any}
{% endset %}

with

final as (
    {{ match_items(
        'crm_orders_to_erp_orders',
        ref('crm_orders_to_erp_orders_crm_orders'),
        ref('crm_orders_to_erp_orders_erp_orders'),
        rules
    ) }}
)

select * from final
