-- Grain: one row per invoice with its payment, or per item of a settlement or one that stands alone, with the rule that
-- took it.
{% set rules %}
# Nobody pays a void invoice.
no_partner_needed_within: zero
rules:
  # An invoice less its credit notes is what was paid less what was paid back, in however many parts.
  - {name: invoice, kind: many_to_many, key: &invoice [settled_invoice_id], amount: tolerance}
  - {name: invoice_other_amount, kind: many_to_many, key: *invoice, amount: any}
{% endset %}

with

final as (
    {{ match_items('billing_to_cash', ref('billing_to_cash_invoices'), ref('billing_to_cash_payments'), rules) }}
)

select * from final
