-- Grain: one row per ledger of a legal entity, as last landed.
with

source as (
    {{ current_rows(source('landed_d365_finance', 'ledgers'), ['LegalEntityId']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['LegalEntityId']) }} as source_key,
        {{ normalise_code('LegalEntityId') }} as source_entity_id,
        {{ whole_number('LedgerRecId') }} as ledger_record_id,
        {{ text('Name') }} as ledger_name,
        {{ normalise_code('AccountingCurrency') }} as accounting_currency,
        {{ normalise_code('ReportingCurrency') }} as reporting_currency,
        {{ normalise_code('ChartOfAccounts') }} as chart_code,
        {{ normalise_code('FiscalCalendar') }} as fiscal_calendar_code,
        {{ normalise_code('AccountStructureName1') }} as account_structure_1,
        {{ normalise_code('AccountStructureName2') }} as account_structure_2,
        {{ normalise_code('AccountStructureName3') }} as account_structure_3,
        {{ normalise_code('AccountStructureName4') }} as account_structure_4,
        {{ normalise_code('AccountStructureName5') }} as account_structure_5,
        {{ normalise_code('AccountStructureName6') }} as account_structure_6,
        {{ normalise_code('AccountStructureName7') }} as account_structure_7,
        {{ normalise_code('AccountStructureName8') }} as account_structure_8,
        {{ normalise_code('AccountStructureName9') }} as account_structure_9,
        {{ normalise_code('AccountStructureName10') }} as account_structure_10,
        {{ normalise_code('AccountStructureName11') }} as account_structure_11,
        {{ normalise_code('AccountStructureName12') }} as account_structure_12,
        {{ normalise_code('AccountStructureName13') }} as account_structure_13,
        {{ normalise_code('AccountStructureName14') }} as account_structure_14,
        {{ normalise_code('AccountStructureName15') }} as account_structure_15,
        {{ normalise_code('AccountStructureName16') }} as account_structure_16,
        {{ normalise_code('AccountStructureName17') }} as account_structure_17,
        {{ normalise_code('AccountStructureName18') }} as account_structure_18,
        {{ normalise_code('AccountStructureName19') }} as account_structure_19,
        {{ normalise_code('AccountStructureName20') }} as account_structure_20,
        {{ rejection_reason([
            required('LegalEntityId'),
            required('LedgerRecId', whole_number('LedgerRecId')),
            required('AccountingCurrency'),
            required('ChartOfAccounts'),
            required('FiscalCalendar'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
