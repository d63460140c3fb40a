-- Grain: one row per month, entity and receivables control account. Left is the sum of the customer items that were open at
-- the end of the month (in the month of the as-of date: on that date), right the balance of the account at the end of the
-- month, both in local currency, debit > 0.
with

compared as (
    {{ subledger_against_control_account(
        open_balances=ref('fct_ar_open_balances'),
        control_account='AR',
        reconciliation_name='ar_subledger_to_gl'
    ) }}
),

final as (
    {{ reconciliation_rows('ar_subledger_to_gl', 'compared') }}
)

select * from final
