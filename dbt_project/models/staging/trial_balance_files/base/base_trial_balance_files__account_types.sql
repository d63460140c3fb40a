-- Grain: one row per account type of an instance, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_trial_balance_files', 'account_types'), ['type']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['type']) }} as source_key,
        {{ text('type') }} as account_type,
        account_class,
        {{ rejection_reason([
            required('type'),
            required('account_class'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
