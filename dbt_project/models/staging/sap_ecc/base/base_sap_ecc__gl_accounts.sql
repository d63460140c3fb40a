-- Grain: one row per account of a chart, current version.
with

source as (
    {{ current_rows(source('landed_sap_ecc', 'gl_accounts'), ['KTOPL', 'SAKNR']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['KTOPL', 'SAKNR']) }} as source_key,
        {{ normalise_code('KTOPL') }} as chart_code,
        {{ normalise_code('SAKNR') }} as source_account_id,
        {{ sap_ecc_flag('XBILK') }} as is_balance_sheet,
        {{ normalise_code('KTOKS') }} as gl_account_group,
        {{ rejection_reason([
            required('KTOPL'),
            required('SAKNR'),
            sap_ecc_flag_or_none('XBILK'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
