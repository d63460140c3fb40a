-- Grain: one row per year, quarter, month or adjustment period.
with

source as (
    {{ current_rows(source('landed_netsuite', 'accounting_periods'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as accounting_period_id,
        {{ text('periodname') }} as period_name,
        {{ iso_date('startdate') }} as start_date,
        {{ iso_date('enddate') }} as end_date,
        {{ netsuite_flag('isyear') }} as is_year,
        {{ netsuite_flag('isquarter') }} as is_quarter,
        {{ netsuite_flag('isadjust') }} as is_adjustment,
        coalesce({{ netsuite_flag('isposting') }}, false) as is_posting,
        coalesce({{ netsuite_flag('closed') }}, false) as is_closed,
        coalesce({{ netsuite_flag('alllocked') }}, false) as is_locked,
        {{ rejection_reason([
            required('id'),
            required('periodname'),
            required('startdate', iso_date('startdate')),
            required('enddate', iso_date('enddate')),
            required('isyear', netsuite_flag('isyear')),
            required('isquarter', netsuite_flag('isquarter')),
            required('isadjust', netsuite_flag('isadjust')),
            castable('isposting', netsuite_flag('isposting')),
            castable('closed', netsuite_flag('closed')),
            castable('alllocked', netsuite_flag('alllocked')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
