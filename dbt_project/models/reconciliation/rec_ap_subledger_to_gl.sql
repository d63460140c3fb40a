-- Grain: one row per entity and payables control account. Left is the sum of the open supplier items, right the
-- balance of the account at the end of the as-of date's period, both in local currency, debit > 0.
with

compared as (
    {{ subledger_against_control_account(
        open_items=ref('fct_ap_open_items'),
        control_account='AP',
        reconciliation_name='ap_subledger_to_gl'
    ) }}
),

final as (
    {{ reconciliation_rows('ap_subledger_to_gl', 'compared') }}
)

select * from final
