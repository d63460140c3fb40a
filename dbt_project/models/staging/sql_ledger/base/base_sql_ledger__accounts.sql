-- Grain: one row per account, current version.
with

source as (
    {{ current_rows(source('landed_sql_ledger', 'accounts'), ['account']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['account']) }} as source_key,
        {{ normalise_code('account') }} as source_account_id,
        {{ text('name') }} as account_name,
        {{ text('type') }} as account_type,
        {{ rejection_reason([
            required('account'),
            required('type'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
