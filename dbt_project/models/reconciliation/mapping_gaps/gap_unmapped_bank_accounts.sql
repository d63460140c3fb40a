-- Grain: one row per bank account that mirrors no account of a ledger on the day of its last statement.
with

bank_statements as (select * from {{ ref('fct_bank_statements') }}),

final as (
    select
        'unmapped_bank_account' as exception_type,
        {{ natural_key(['source_instance', 'source_bank_account_id']) }} as natural_key,
        cast(null as varchar) as entity_code,
        {{ month_of('statement_date') }} as period_month,
        amount_closing as amount_transaction,
        account_currency as transaction_currency,
        concat_ws(' ', 'Bank account', source_bank_account_id, 'with a balance on', cast(statement_date as varchar))
            as subject,
        source_instance,
        load_id
    from bank_statements
    where is_latest and not is_bank_account_mapped
)

select * from final
