-- Grain: one row per line of the currency file, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_trial_balance_files', 'currencies'), ['file_name', 'line_number']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['file_name', 'line_number']) }} as source_key,
        {{ text('currency') }} as source_currency_id,
        {{ normalise_code('code') }} as currency_code,
        {{ line_rejection_reason([
            required('currency'),
            required('code'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
