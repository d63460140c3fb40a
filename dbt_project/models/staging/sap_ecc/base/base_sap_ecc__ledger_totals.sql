-- Grain: one row per year, object and side, with a column per period, current version.
-- Amounts are signed, debit > 0, and still stored with two decimals whatever their currency has.
with

source as (
    {{ current_rows(source('landed_sap_ecc', 'ledger_totals'), [
        'RYEAR', 'OBJNR00', 'OBJNR01', 'OBJNR02', 'OBJNR03', 'OBJNR04', 'OBJNR05', 'OBJNR06', 'OBJNR07',
        'OBJNR08', 'DRCRK', 'RPMAX'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key([
            'RYEAR', 'OBJNR00', 'OBJNR01', 'OBJNR02', 'OBJNR03', 'OBJNR04', 'OBJNR05', 'OBJNR06', 'OBJNR07',
            'OBJNR08', 'DRCRK', 'RPMAX'
        ]) }} as source_key,
        {{ whole_number('RYEAR', 'integer') }} as fiscal_year,
        {{ natural_key([
            'OBJNR00', 'OBJNR01', 'OBJNR02', 'OBJNR03', 'OBJNR04',
            'OBJNR05', 'OBJNR06', 'OBJNR07', 'OBJNR08'
        ]) }} as object_key,
        {{ normalise_code('DRCRK') }} as debit_credit_code,
        {{ normalise_code('RPMAX') }} as last_period,
        {{ normalise_code('RLDNR') }} as ledger_code,
        {{ normalise_code('RACCT') }} as source_account_id,
        {{ text('RBUKRS') }} as source_entity_id,
        {{ amount('HSL01') }} as stored_amount_01,
        {{ amount('HSL02') }} as stored_amount_02,
        {{ amount('HSL03') }} as stored_amount_03,
        {{ amount('HSL04') }} as stored_amount_04,
        {{ amount('HSL05') }} as stored_amount_05,
        {{ amount('HSL06') }} as stored_amount_06,
        {{ amount('HSL07') }} as stored_amount_07,
        {{ amount('HSL08') }} as stored_amount_08,
        {{ amount('HSL09') }} as stored_amount_09,
        {{ amount('HSL10') }} as stored_amount_10,
        {{ amount('HSL11') }} as stored_amount_11,
        {{ amount('HSL12') }} as stored_amount_12,
        {{ amount('HSL13') }} as stored_amount_13,
        {{ amount('HSL14') }} as stored_amount_14,
        {{ amount('HSL15') }} as stored_amount_15,
        {{ amount('HSL16') }} as stored_amount_16,
        {{ rejection_reason([
            required('RYEAR', whole_number('RYEAR', 'integer')),
            required('DRCRK'),
            required('RLDNR'),
            required('RBUKRS'),
            required('HSL01', amount('HSL01')),
            required('HSL02', amount('HSL02')),
            required('HSL03', amount('HSL03')),
            required('HSL04', amount('HSL04')),
            required('HSL05', amount('HSL05')),
            required('HSL06', amount('HSL06')),
            required('HSL07', amount('HSL07')),
            required('HSL08', amount('HSL08')),
            required('HSL09', amount('HSL09')),
            required('HSL10', amount('HSL10')),
            required('HSL11', amount('HSL11')),
            required('HSL12', amount('HSL12')),
            required('HSL13', amount('HSL13')),
            required('HSL14', amount('HSL14')),
            required('HSL15', amount('HSL15')),
            required('HSL16', amount('HSL16')),
            rejected_when("DRCRK not in ('S', 'H')", "'DRCRK is neither S nor H: ' || DRCRK"),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
