-- Grain: one row per line of the cost centre file, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_trial_balance_files', 'cost_centres'), ['file_name', 'line_number']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['file_name', 'line_number']) }} as source_key,
        {{ normalise_code('cost_centre') }} as source_cost_centre_id,
        {{ text('name') }} as cost_centre_name,
        {{ line_rejection_reason([
            required('cost_centre'),
            required('name'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
