-- Grain: one row per claim with the document that answers it, or per item that stands alone, with the rule that took it.
-- Which documents belong together is decided here; why they differ is said in intercompany_outcomes.
{% set rules %}
compares_dates: true
# A document that nets itself to nothing claims nothing.
no_partner_needed_within: zero
rules:
  - name: reversed_claim
    kind: reversal
    side: left
    key: &document [creditor_code, debtor_code, elimination_group, reference]
  - {name: reversed_debt, kind: reversal, side: right, key: *document}
  - {name: reference, kind: one_to_one, key: *document, amount: tolerance, currency: any}
  - {name: reference_in_parts, kind: one_to_many, key: *document, amount: tolerance}
  - {name: reference_of_several, kind: many_to_one, key: *document, amount: tolerance}
  - {name: reference_other_amount, kind: one_to_one, key: *document, amount: any, currency: any}
  # The books of one side do not name the partner.
  - name: reference_without_creditor
    kind: one_to_one
    key: &of_debtor [debtor_code, elimination_group, reference]
    amount: any
    currency: any
    right_where: creditor_code is null
  - name: reference_without_debtor
    kind: one_to_one
    key: &of_creditor [creditor_code, elimination_group, reference]
    amount: any
    currency: any
    left_where: debtor_code is null
  # Loans and interest: booked by contract, on both sides without a reference.
  - {name: amount_and_day, kind: one_to_one, key: &pair [creditor_code, debtor_code, elimination_group], window_business_days: 5}
  # What is left of a pair in a month agrees as a whole, whatever its documents are.
  - name: pair_and_month
    kind: many_to_many
    key: [creditor_code, debtor_code, elimination_group, period_end_date]
  - name: amount_without_creditor
    kind: one_to_one
    key: [debtor_code, elimination_group, item_date]
    right_where: creditor_code is null
  - name: amount_without_debtor
    kind: one_to_one
    key: [creditor_code, elimination_group, item_date]
    left_where: debtor_code is null
{% endset %}
{%- set claims = '(select * from ' ~ ref('intercompany_items') ~ ' where is_claim)' -%}
{%- set debts = '(select * from ' ~ ref('intercompany_items') ~ ' where not is_claim)' %}

with

final as (
    {{ match_items('intercompany', claims, debts, rules) }}
)

select * from final
