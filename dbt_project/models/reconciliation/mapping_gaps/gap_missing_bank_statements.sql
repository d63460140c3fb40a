-- Grain: one row per statement before which a number was left out, though no money is missing: what stood on a statement
-- that did not arrive evened out. Where money is missing bank_to_ledger has it as an item.
with

bank_statements as (select * from {{ ref('fct_bank_statements') }}),

final as (
    select
        'bank_statement_missing' as exception_type,
        {{ natural_key([
            'source_instance', 'source_bank_account_id', 'source_statement_id', "'missing before'"
        ]) }} as natural_key,
        entity_code,
        {{ month_of('statement_date') }} as period_month,
        cast(0 as {{ type_amount() }}) as amount_transaction,
        account_currency as transaction_currency,
        concat_ws(
            ' ', 'Account', source_bank_account_id, 'before statement', source_statement_id, 'of',
            cast(statement_date as varchar)
        ) as subject,
        source_instance,
        load_id
    from bank_statements
    where is_number_missing and amount_missing = 0
)

select * from final
