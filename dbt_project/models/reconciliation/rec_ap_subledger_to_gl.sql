-- Grain: one row per month, entity and payables control account. Left is the sum of the supplier items that were open at
-- the end of the month (in the month of the as-of date: on that date), right the balance of the account at the end of the
-- month, both in local currency, debit > 0.
with

compared as (
    {{ subledger_against_control_account(
        open_balances=ref('fct_ap_open_balances'),
        control_account='AP',
        reconciliation_name='ap_subledger_to_gl'
    ) }}
),

final as (
    {{ reconciliation_rows('ap_subledger_to_gl', 'compared') }}
)

select * from final
