-- Grain: one row per cost centre, language and validity slice, current version. last_valid_date is inclusive.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'cost_center_texts'), [
        'CostCenter', 'ControllingArea', 'Language', 'ValidityEndDate'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['CostCenter', 'ControllingArea', 'Language', 'ValidityEndDate']) }} as source_key,
        {{ normalise_code('ControllingArea') }} as controlling_area_code,
        {{ normalise_code('CostCenter') }} as source_cost_centre_id,
        {{ normalise_code('Language') }} as language_code,
        {{ sap_date('ValidityStartDate') }} as valid_from,
        {{ sap_date('ValidityEndDate') }} as last_valid_date,
        {{ text('CostCenterName') }} as cost_centre_name,
        {{ text('CostCenterDescription') }} as cost_centre_description,
        {{ rejection_reason([
            required('ControllingArea'),
            required('CostCenter'),
            required('Language'),
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
