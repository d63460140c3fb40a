-- Grain: one row per part of a payout or bank receipt, with the rule that took it.
{% set rules %}
rules:
  # What was collected less the fees is what the banks received, however many entities share it.
  - {name: payout_reference, kind: many_to_many, key: &payout [payout_reference], amount: tolerance}
  - {name: payout_reference_other_amount, kind: many_to_many, key: *payout, amount: any}
{% endset %}

with

final as (
    {{ match_items('payout_to_bank', ref('payout_to_bank_payouts'), ref('payout_to_bank_receipts'), rules) }}
)

select * from final
