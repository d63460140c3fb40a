-- Grain: one row per entity and receivables control account. Left is the sum of the open customer items, right the
-- balance of the account at the end of the as-of date's period, both in local currency, debit > 0.
with

compared as (
    {{ subledger_against_control_account(
        open_items=ref('fct_ar_open_items'),
        control_account='AR',
        reconciliation_name='ar_subledger_to_gl'
    ) }}
),

final as (
    {{ reconciliation_rows('ar_subledger_to_gl', 'compared') }}
)

select * from final
