-- Grain: one row per kind of account.
with

source as (
    {{ current_rows(source('landed_netsuite', 'account_types'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ normalise_code('id') }} as account_type,
        {{ text('longname') }} as account_type_name,
        {{ netsuite_flag('balancesheet') }} as is_balance_sheet,
        {{ rejection_reason([
            required('id'),
            required('balancesheet', netsuite_flag('balancesheet')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
