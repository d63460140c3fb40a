-- Grain: one row per profit centre and validity slice, current version. last_valid_date is inclusive.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'profit_centers'), [
        'ControllingArea', 'ProfitCenter', 'ValidityEndDate'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['ControllingArea', 'ProfitCenter', 'ValidityEndDate']) }} as source_key,
        {{ normalise_code('ControllingArea') }} as controlling_area_code,
        {{ normalise_code('ProfitCenter') }} as profit_centre_code,
        {{ sap_date('ValidityStartDate') }} as valid_from,
        {{ sap_date('ValidityEndDate') }} as last_valid_date,
        {{ text('CompanyCode') }} as source_entity_id,
        {{ normalise_code('Segment') }} as segment_code,
        {{ text('Department') }} as department_name,
        {{ rejection_reason([
            required('ControllingArea'),
            required('ProfitCenter'),
            required('ValidityStartDate', sap_date('ValidityStartDate')),
            required('ValidityEndDate', sap_date('ValidityEndDate')),
            rejected_when(
                sap_date('ValidityStartDate') ~ ' > ' ~ sap_date('ValidityEndDate'), "'validity ends before it starts'"
            ),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
