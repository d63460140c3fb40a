-- Grain: one row per invoice with its posting, or per item that stands alone, with the rule that took it. Which items
-- belong together is decided here, by these rules, strongest first; why they differ is said in rec_billing_to_erp.
{% set rules %}
compares_dates: true
# A void invoice claims nothing.
no_partner_needed_within: zero
rules:
  # Reversed and posted again, the third posting is the one that counts.
  - {name: reversal, kind: reversal, side: right, key: &number [entity_code, {left: invoice_number, right: reference}]}
  - {name: invoice_number, kind: one_to_one, key: *number, amount: tolerance, currency: any}
  - {name: invoice_number_in_parts, kind: one_to_many, key: *number, amount: tolerance}
  - {name: invoice_number_other_amount, kind: one_to_one, key: *number, amount: any, currency: any}
  # A summarised posting carries the batch of its invoices as reference.
  - name: posting_batch
    kind: many_to_one
    key: &batch [entity_code, {left: posting_batch, right: reference}]
    amount: tolerance
  - {name: posting_batch_but_one, kind: many_to_one, key: *batch, amount: all_but_one}
  - {name: posting_batch_other_amount, kind: many_to_one, key: *batch, amount: any}
{% endset %}

with

final as (
    {{ match_items('billing_to_erp', ref('billing_to_erp_invoices'), ref('billing_to_erp_postings'), rules) }}
)

select * from final
