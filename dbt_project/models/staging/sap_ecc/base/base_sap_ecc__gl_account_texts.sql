-- Grain: one row per account of a chart and language, current version.
with

source as (
    {{ current_rows(source('landed_sap_ecc', 'gl_account_texts'), ['SPRAS', 'KTOPL', 'SAKNR']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['SPRAS', 'KTOPL', 'SAKNR']) }} as source_key,
        {{ sap_ecc_language('SPRAS') }} as language_code,
        {{ normalise_code('KTOPL') }} as chart_code,
        {{ normalise_code('SAKNR') }} as source_account_id,
        {{ text('TXT20') }} as account_name,
        {{ text('TXT50') }} as account_long_name,
        {{ rejection_reason([
            required('SPRAS'),
            required('KTOPL'),
            required('SAKNR'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
