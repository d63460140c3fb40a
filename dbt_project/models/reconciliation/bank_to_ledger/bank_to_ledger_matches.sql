-- Grain: one row per bank movement with its ledger line, or per item that stands alone, with the rule that took it.
{% set rules %}
compares_dates: true
# An account that was empty before its first statement has nothing to carry forward.
no_partner_needed_within: zero
rules:
  - {name: reversal, kind: reversal, side: right, key: [entity_code, source_account_id]}
  - name: payment_reference
    kind: one_to_one
    key: &reference [entity_code, source_account_id, payment_reference]
    amount: tolerance
  - {name: payment_reference_in_parts, kind: one_to_many, key: *reference, amount: tolerance}
  # Several movements of one payment, posted as one.
  - {name: payment_reference_of_several, kind: many_to_one, key: *reference, amount: tolerance}
  - {name: payment_reference_other_amount, kind: one_to_one, key: *reference, amount: any}
  # Rent, taxes, wages, interest: standing orders and the bank's own bookings carry no reference of the ledger.
  - {name: amount_and_day, kind: one_to_one, key: [entity_code, source_account_id], window_business_days: 3}
{% endset %}

with

final as (
    {{ match_items('bank_to_ledger', ref('bank_to_ledger_bank_items'), ref('bank_to_ledger_postings'), rules) }}
)

select * from final
