-- Grain: one row per item of the register with its posting, or per item that stands alone, with the rule that took it. The
-- month of a posting is the run it is assigned to, else the month it is posted in.
{% set rules %}
compares_dates: true
no_partner_needed_within: zero
rules:
  - name: reversal
    kind: reversal
    side: right
    key: &place [entity_code, source_cost_centre_id, source_account_id, payroll_month]
  - {name: cost_centre_and_account, kind: one_to_one, key: *place, amount: tolerance}
  - {name: cost_centre_and_account_in_parts, kind: one_to_many, key: *place, amount: tolerance}
  # Two offices pay people of one cost centre, or several runs are posted as one.
  - {name: cost_centre_and_account_of_several, kind: many_to_one, key: *place, amount: tolerance}
  # Posted in another month, and assigned to no run: after a close, or by hand.
  - name: amount_in_another_month
    kind: one_to_one
    key: [entity_code, source_cost_centre_id, source_account_id]
    window_business_days: 23
  - {name: cost_centre_and_account_other_amount, kind: one_to_many, key: *place, amount: any}
{% endset %}

with

final as (
    {{ match_items('payroll_to_ledger', ref('payroll_to_ledger_register'), ref('payroll_to_ledger_postings'), rules) }}
)

select * from final
