-- Grain: one row per currency, current version.
with

source as (
    {{ current_rows(source('landed_sap_ecc', 'currency_decimals'), ['CURRKEY']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['CURRKEY']) }} as source_key,
        {{ normalise_code('CURRKEY') }} as currency_code,
        {{ whole_number('CURRDEC', 'integer') }} as decimals,
        {{ rejection_reason([
            required('CURRKEY'),
            required('CURRDEC', whole_number('CURRDEC', 'integer')),
            rejected_when(
                whole_number('CURRDEC', 'integer') ~ ' not between 0 and 4', "'CURRDEC is not 0 to 4: ' || CURRDEC"
            ),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
