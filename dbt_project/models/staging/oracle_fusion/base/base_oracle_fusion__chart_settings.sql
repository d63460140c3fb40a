-- Grain: one row per chart of accounts.
-- What the company file says, because the source does not: which segment is what.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'chart_settings'), ['chart_of_accounts_id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['chart_of_accounts_id']) }} as source_key,
        {{ text('chart_of_accounts_id') }} as chart_of_accounts_id,
        {{ fusion_segment('account_segment') }} as account_segment,
        {{ text('account_value_set') }} as account_value_set,
        {{ fusion_segment('cost_centre_segment') }} as cost_centre_segment,
        {{ text('cost_centre_value_set') }} as cost_centre_value_set,
        {{ fusion_segment('profit_centre_segment') }} as profit_centre_segment,
        {{ fusion_segment('intercompany_segment') }} as intercompany_segment,
        {{ rejection_reason([
            required('chart_of_accounts_id'),
            required('account_segment', fusion_segment('account_segment')),
            required('account_value_set'),
            required('cost_centre_segment', fusion_segment('cost_centre_segment')),
            required('cost_centre_value_set'),
            castable('profit_centre_segment', fusion_segment('profit_centre_segment')),
            castable('intercompany_segment', fusion_segment('intercompany_segment')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
