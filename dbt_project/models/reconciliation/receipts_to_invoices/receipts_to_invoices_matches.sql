-- Grain: one row per purchase order line with what was received and what was invoiced of it, or per line of which only one
-- side is there, with the rule that took it.
{% set rules %}
# What was voided, or received and returned, needs no invoice.
no_partner_needed_within: zero
rules:
  - name: order_line
    kind: one_to_one
    key: &line [source_instance, source_order_id, order_line_number]
    amount: tolerance
    currency: any
  - {name: order_line_other_amount, kind: one_to_one, key: *line, amount: any, currency: any}
{% endset %}

with

final as (
    {{ match_items(
        'receipts_to_invoices', ref('receipts_to_invoices_receipts'), ref('receipts_to_invoices_invoices'), rules
    ) }}
)

select * from final
