-- Grain: one row per account of a chart and instance and period of validity; an account's slices cover all time without
-- gap or overlap. A posting takes the slice of its posting date, so history does not move when a mapping changes.
-- An account that is posted to or mapped before its master record arrives is here too (is_known false).
with

chart_accounts as (
    select * from {{ ref('all_accounts') }}
),

account_mappings as (
    select * from {{ ref('map_accounts') }}
),

group_accounts as (
    select * from {{ ref('map_group_accounts') }}
),

used_accounts as (
    {%- for relation in [
        ref('all_accounts'),
        ref('map_accounts'),
        ref('all_journal_lines'),
        ref('all_trial_balances'),
        ref('all_subledger_items'),
    ] %}
    select
        source_instance,
        chart_code,
        source_account_id
    from {{ relation }}
    {{ 'union' if not loop.last }}
    {%- endfor %}
),

accounts as (
    select
        {{ surrogate_key(['source_instance', 'chart_code', 'source_account_id']) }} as account_id,
        source_instance,
        chart_code,
        source_account_id
    from used_accounts
    where source_account_id is not null
),

mapped_accounts as (
    select
        accounts.account_id,
        account_mappings.group_account_code,
        account_mappings.valid_from,
        account_mappings.valid_to
    from accounts
    inner join account_mappings
        on
            accounts.source_instance = account_mappings.source_instance
            and accounts.chart_code = account_mappings.chart_code
            and accounts.source_account_id = account_mappings.source_account_id
),

group_account_changes as (
    select
        mapped_accounts.account_id,
        group_accounts.valid_from,
        group_accounts.valid_to
    from mapped_accounts
    inner join group_accounts on mapped_accounts.group_account_code = group_accounts.group_account_code
),

slices as (
    {{ validity_slices('accounts', ['account_id'], ['mapped_accounts', 'group_account_changes']) }}
),

described as (
    select
        slices.account_id,
        slices.valid_from,
        slices.valid_to,
        accounts.source_instance,
        accounts.chart_code,
        accounts.source_account_id,
        chart_accounts.account_name,
        group_accounts.group_account_code,
        group_accounts.group_account_name,
        group_accounts.account_class,
        -- The ERP knows best; without its master record the group chart; without both a balance is kept, not closed.
        coalesce(
            chart_accounts.is_balance_sheet, group_accounts.statement = 'balance_sheet', true
        ) as is_balance_sheet,
        group_accounts.statement,
        group_accounts.statement_line,
        group_accounts.statement_line_order,
        group_accounts.normal_balance,
        group_accounts.translation_method,
        group_accounts.is_intercompany,
        group_accounts.elimination_group,
        group_accounts.control_account,
        chart_accounts.source_account_id is not null as is_known,
        chart_accounts.load_id,
        chart_accounts.recorded_at
    from slices
    inner join accounts on slices.account_id = accounts.account_id
    left join chart_accounts
        on
            accounts.source_instance = chart_accounts.source_instance
            and accounts.chart_code = chart_accounts.chart_code
            and accounts.source_account_id = chart_accounts.source_account_id
    left join mapped_accounts
        on
            slices.account_id = mapped_accounts.account_id
            and {{ is_valid_on('slices.valid_from', 'mapped_accounts') }}
    left join group_accounts
        on
            mapped_accounts.group_account_code = group_accounts.group_account_code
            and {{ is_valid_on('slices.valid_from', 'group_accounts') }}
),

final as (
    select
        account_id,
        valid_from,
        valid_to,
        source_instance,
        chart_code,
        source_account_id,
        account_name,
        coalesce(group_account_code, 'UNMAPPED') as group_account_code,
        coalesce(group_account_name, 'Not mapped') as group_account_name,
        coalesce(account_class, 'unmapped') as account_class,
        is_balance_sheet,
        coalesce(
            statement, case when is_balance_sheet then 'balance_sheet' else 'income_statement' end
        ) as statement,
        coalesce(statement_line, 'Not mapped') as statement_line,
        statement_line_order,
        coalesce(normal_balance, 'debit') as normal_balance,
        translation_method,
        coalesce(is_intercompany, false) as is_intercompany,
        elimination_group,
        control_account,
        group_account_code is not null as is_mapped,
        is_known,
        load_id,
        recorded_at
    from described
)

select * from final
