-- Grain: one row per account of a chart and language, current version.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'gl_account_texts'), [
        'ChartOfAccounts', 'GLAccount', 'Language'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['ChartOfAccounts', 'GLAccount', 'Language']) }} as source_key,
        {{ normalise_code('ChartOfAccounts') }} as chart_code,
        {{ normalise_code('GLAccount') }} as source_account_id,
        {{ normalise_code('Language') }} as language_code,
        {{ text('GLAccountName') }} as account_name,
        {{ text('GLAccountLongName') }} as account_long_name,
        {{ rejection_reason([
            required('ChartOfAccounts'),
            required('GLAccount'),
            required('Language'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
