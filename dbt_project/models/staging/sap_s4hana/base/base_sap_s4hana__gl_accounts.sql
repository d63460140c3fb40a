-- Grain: one row per account of a chart, current version.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'gl_accounts'), ['ChartOfAccounts', 'GLAccount']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['ChartOfAccounts', 'GLAccount']) }} as source_key,
        {{ normalise_code('ChartOfAccounts') }} as chart_code,
        {{ normalise_code('GLAccount') }} as source_account_id,
        {{ boolean('IsBalanceSheetAccount') }} as is_balance_sheet,
        {{ boolean('IsProfitLossAccount') }} as is_profit_and_loss,
        {{ normalise_code('GLAccountType') }} as gl_account_type,
        {{ normalise_code('GLAccountGroup') }} as gl_account_group,
        {{ normalise_code('CorporateGroupAccount') }} as corporate_group_account,
        {{ normalise_code('ProfitLossAccountType') }} as profit_and_loss_account_type,
        {{ boolean('AccountIsBlockedForPosting') }} as is_blocked_for_posting,
        {{ sap_date('CreationDate') }} as created_date,
        {{ sap_timestamp('LastChangeDateTime') }} as modified_at,
        {{ rejection_reason([
            required('ChartOfAccounts'),
            required('GLAccount'),
            required('IsBalanceSheetAccount', boolean('IsBalanceSheetAccount')),
            castable('IsProfitLossAccount', boolean('IsProfitLossAccount')),
            castable('AccountIsBlockedForPosting', boolean('AccountIsBlockedForPosting')),
            castable('CreationDate', sap_date('CreationDate')),
            castable('LastChangeDateTime', sap_timestamp('LastChangeDateTime')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
