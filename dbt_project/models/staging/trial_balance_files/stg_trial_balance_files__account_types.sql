-- Grain: one row per account type of an instance, with what the company file says it is.
with

source as (
    {{ current_rows(source('landed_trial_balance_files', 'account_types'), ['type']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        type as account_type,
        account_class
    from source
)

select * from final
