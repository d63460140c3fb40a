-- Grain: one row per journal.
-- Journals of every status are here, and of every kind of balance.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'journal_headers'), ['JeHeaderId']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['JeHeaderId']) }} as source_key,
        {{ text('JeHeaderId') }} as header_id,
        {{ text('GlJeHeadersLedgerId') }} as ledger_id,
        {{ text('GlJeHeadersName') }} as journal_name,
        {{ text('GlJeHeadersJeSource') }} as journal_source,
        {{ text('GlJeHeadersJeCategory') }} as journal_category,
        {{ text('GlJeHeadersPeriodName') }} as period_name,
        {{ text('GlJeHeadersStatus') }} as status_code,
        {{ text('GlJeHeadersActualFlag') }} as actual_flag,
        {{ normalise_code('GlJeHeadersCurrencyCode') }} as currency_code,
        {{ fusion_date('GlJeHeadersDefaultEffectiveDate') }} as effective_date,
        {{ fusion_date('GlJeHeadersReferenceDate') }} as reference_date,
        {{ text('GlJeHeadersReversedJeHeaderId') }} as reversed_header_id,
        {{ text('GlJeHeadersAccrualRevJeHeaderId') }} as reversing_header_id,
        {{ text('GlJeHeadersAccrualRevStatus') }} as reversal_status,
        {{ normalise_code('GlJeHeadersExternalReference') }} as external_reference,
        {{ fusion_timestamp('GlJeHeadersCreationDate') }} as created_at,
        {{ fusion_timestamp('GlJeHeadersLastUpdateDate') }} as modified_at,
        {{ rejection_reason([
            required('JeHeaderId'),
            required('GlJeHeadersLedgerId'),
            required('GlJeHeadersJeCategory'),
            required('GlJeHeadersPeriodName'),
            required('GlJeHeadersStatus'),
            required('GlJeHeadersActualFlag'),
            required('GlJeHeadersDefaultEffectiveDate', fusion_date('GlJeHeadersDefaultEffectiveDate')),
            castable('GlJeHeadersReferenceDate', fusion_date('GlJeHeadersReferenceDate')),
            required('GlJeHeadersCreationDate', fusion_timestamp('GlJeHeadersCreationDate')),
            required('GlJeHeadersLastUpdateDate', fusion_timestamp('GlJeHeadersLastUpdateDate')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
