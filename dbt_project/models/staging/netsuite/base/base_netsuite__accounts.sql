-- Grain: one row per account of the chart.
with

source as (
    {{ current_rows(source('landed_netsuite', 'accounts'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as account_id,
        {{ normalise_code('acctnumber') }} as account_number,
        {{ text('fullname') }} as account_name,
        {{ normalise_code('accttype') }} as account_type,
        {{ normalise_code('sspecacct') }} as special_account_code,
        {{ normalise_code('generalrate') }} as general_rate_type,
        coalesce({{ netsuite_flag('eliminate') }}, false) as is_intercompany,
        coalesce({{ netsuite_flag('isinactive') }}, false) as is_inactive,
        {{ rejection_reason([
            required('id'),
            required('fullname'),
            required('accttype'),
            castable('eliminate', netsuite_flag('eliminate')),
            castable('isinactive', netsuite_flag('isinactive')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
