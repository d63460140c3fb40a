-- Grain: one row per main account of a chart, as last landed.
with

source as (
    {{ current_rows(source('landed_d365_finance', 'main_accounts'), ['ChartOfAccounts', 'MainAccountId']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['ChartOfAccounts', 'MainAccountId']) }} as source_key,
        {{ normalise_code('ChartOfAccounts') }} as chart_code,
        {{ normalise_code('MainAccountId') }} as account_number,
        {{ whole_number('MainAccountRecId') }} as account_record_id,
        {{ text('Name') }} as account_name,
        {{ d365_enum('MainAccountType', {}) }} as account_type,
        {{ text('MainAccountCategory') }} as account_category,
        {{ d365_flag('IsSuspended') }} as is_suspended,
        {{ rejection_reason([
            required('ChartOfAccounts'),
            required('MainAccountId'),
            required('MainAccountRecId', whole_number('MainAccountRecId')),
            required('MainAccountType', d365_enum('MainAccountType', {})),
            castable('IsSuspended', d365_flag('IsSuspended')),
            rejected_when(d365_enum('MainAccountType', {}) ~ " in ('Blank', 'Common_CN')",
                          "'MainAccountType ' || MainAccountType || ' does not say whether the balance carries over the year end'"),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
