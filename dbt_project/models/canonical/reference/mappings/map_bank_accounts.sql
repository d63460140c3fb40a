-- Grain: one row per account at a bank and validity; approved rows only.
with

bank_accounts as (
    {{ approved_rows('bank_accounts') }}
),

final as (
    select
        trim(source_instance) as source_instance,
        {{ bank_account_number('source_bank_account_id') }} as source_bank_account_id,
        trim(entity_code) as entity_code,
        {{ normalise_code('source_account_id') }} as source_account_id,
        {{ decision_columns() }}
    from bank_accounts
)

select * from final
