-- Grain: one row per group account and validity; approved rows only.
with

group_accounts as (
    {{ approved_rows('group_accounts') }}
),

final as (
    select
        {{ normalise_code('group_account_code') }} as group_account_code,
        {{ text('group_account_name') }} as group_account_name,
        trim(account_class) as account_class,
        trim(statement) as statement,
        trim(statement_line) as statement_line,
        cast({{ whole_number('statement_line_order') }} as integer) as statement_line_order,
        trim(normal_balance) as normal_balance,
        trim(translation_method) as translation_method,
        coalesce({{ boolean('is_intercompany') }}, false) as is_intercompany,
        {{ text('elimination_group') }} as elimination_group,
        {{ text('control_account') }} as control_account,
        {{ decision_columns() }}
    from group_accounts
)

select * from final
