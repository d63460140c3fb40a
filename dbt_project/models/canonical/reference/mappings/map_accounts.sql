-- Grain: one row per account of a chart and instance and validity; approved rows only.
with

accounts as (
    {{ approved_rows('accounts') }}
),

final as (
    select
        trim(source_instance) as source_instance,
        trim(chart_code) as chart_code,
        {{ normalise_code('source_account_id') }} as source_account_id,
        {{ normalise_code('group_account_code') }} as group_account_code,
        {{ decision_columns() }}
    from accounts
)

select * from final
