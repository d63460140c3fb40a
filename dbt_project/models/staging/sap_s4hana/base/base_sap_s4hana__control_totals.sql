-- Grain: one row per ledger, company code, period and side, as summed by the server; current version.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'control_totals'), [
        'Ledger', 'CompanyCode', 'FiscalYear', 'FiscalPeriod', 'DebitCreditCode'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Ledger', 'CompanyCode', 'FiscalYear', 'FiscalPeriod', 'DebitCreditCode']) }} as source_key,
        {{ normalise_code('Ledger') }} as ledger_code,
        {{ text('CompanyCode') }} as source_entity_id,
        {{ whole_number('FiscalYear', 'integer') }} as fiscal_year,
        {{ whole_number('FiscalPeriod', 'integer') }} as fiscal_period,
        {{ normalise_code('DebitCreditCode') }} as debit_credit_code,
        {{ whole_number('line_count') }} as line_count,
        {{ amount('AmountInCompanyCodeCurrency') }} as amount_local,
        {{ normalise_code('CompanyCodeCurrency') }} as local_currency,
        {{ rejection_reason([
            required('Ledger'),
            required('CompanyCode'),
            required('FiscalYear', whole_number('FiscalYear', 'integer')),
            required('FiscalPeriod', whole_number('FiscalPeriod', 'integer')),
            required('line_count', whole_number('line_count')),
            required('AmountInCompanyCodeCurrency', amount('AmountInCompanyCodeCurrency')),
            required('CompanyCodeCurrency'),
            debit_credit_mismatch('DebitCreditCode', 'AmountInCompanyCodeCurrency'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
