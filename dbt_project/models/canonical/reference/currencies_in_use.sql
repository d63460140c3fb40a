-- Grain: one row per currency that an entity keeps its books in or that a record is written in, and the group's own.
with

used_currencies as (
    {%- for relation, column in [
        (ref('all_entities'), 'local_currency'),
        (ref('all_journal_lines'), 'transaction_currency'),
        (ref('all_journal_lines'), 'local_currency'),
        (ref('all_trial_balances'), 'local_currency'),
        (ref('all_subledger_items'), 'transaction_currency'),
        (ref('all_sales_order_lines'), 'transaction_currency'),
        (ref('all_billing_invoices'), 'transaction_currency'),
        (ref('all_payments'), 'transaction_currency'),
        (ref('all_subscriptions'), 'transaction_currency'),
        (ref('all_usage'), 'transaction_currency'),
        (ref('all_opportunities'), 'transaction_currency'),
        (ref('all_crm_contracts'), 'transaction_currency'),
        (ref('all_plan_lines'), 'transaction_currency'),
    ] %}
    select {{ column }} as currency_code from {{ relation }}
    union
    {%- endfor %}
    select '{{ var("group_currency") }}' as currency_code
),

final as (
    select currency_code
    from used_currencies
    where currency_code is not null
)

select * from final
