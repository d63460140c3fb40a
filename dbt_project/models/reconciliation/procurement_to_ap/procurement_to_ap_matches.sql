-- Grain: one row per supplier invoice with its posting, or per item that stands alone, with the rule that took it. A number
-- is the supplier's own: two suppliers may use the same, so the supplier's tax id is part of the key where both systems know
-- it.
{% set rules %}
no_partner_needed_within: zero
rules:
  - name: reversal
    kind: reversal
    side: right
    key: &number [entity_code, supplier_tax_id, {left: invoice_number, right: reference}]
  - {name: supplier_and_number, kind: one_to_one, key: *number, amount: tolerance, currency: any}
  - {name: supplier_and_number_in_parts, kind: one_to_many, key: *number, amount: tolerance}
  # One of the two does not know the supplier's tax id.
  - name: number_of_unknown_supplier
    kind: one_to_one
    key: &bare_number [entity_code, {left: invoice_number, right: reference}]
    amount: tolerance
    left_where: supplier_tax_id is null
  - {name: number_of_unknown_creditor, kind: one_to_one, key: *bare_number, amount: tolerance, right_where: supplier_tax_id is null}
  - {name: supplier_and_number_other_amount, kind: one_to_one, key: *number, amount: any, currency: any}
{% endset %}

with

final as (
    {{ match_items(
        'procurement_to_ap', ref('procurement_to_ap_invoices'), ref('procurement_to_ap_postings'), rules
    ) }}
)

select * from final
