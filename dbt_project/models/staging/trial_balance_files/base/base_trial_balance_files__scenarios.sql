-- Grain: one row per line of the scenario file, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_trial_balance_files', 'scenarios'), ['file_name', 'line_number']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['file_name', 'line_number']) }} as source_key,
        {{ text('scenario') }} as source_scenario_id,
        {{ text('name') }} as scenario,
        {{ line_rejection_reason([
            required('scenario'),
            required('name'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
