-- Grain: one row per contract with a subscription of it, or per item that stands alone, with the rule that took it.
{% set rules %}
rules:
  # Of contracts with the same number the first one is the contract.
  - {name: number_used_twice, kind: duplicate, side: left, key: [source_instance, contract_number], currency: any}
  - {name: contract_number, kind: one_to_one, key: [contract_number], amount: tolerance}
  - {name: contract_number_in_parts, kind: one_to_many, key: [contract_number], amount: tolerance}
  - {name: contract_number_other_value, kind: one_to_many, key: [contract_number], amount: any}
  - {name: contract_number_other_currency, kind: one_to_one, key: [contract_number], amount: any, currency: any}
{% endset %}

with

final as (
    {{ match_items(
        'bookings_to_billing', ref('bookings_to_billing_contracts'), ref('bookings_to_billing_subscriptions'), rules
    ) }}
)

select * from final
