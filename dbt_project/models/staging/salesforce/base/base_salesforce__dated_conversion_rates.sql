-- Grain: one row per currency and validity of one of the CRM's own rates, with the reason to reject it if there is one.
-- crm_rate: units of the currency per unit of the corporate one.
with

source as (
    {{ current_rows(source('landed_salesforce', 'dated_conversion_rates'), ['Id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Id']) }} as source_key,
        {{ salesforce_id('Id') }} as source_rate_id,
        {{ normalise_code('IsoCode') }} as currency_code,
        {{ iso_date('StartDate') }} as valid_from,
        coalesce({{ iso_date('NextStartDate') }}, {{ open_end() }}) as valid_to,
        {{ rate('ConversionRate') }} as crm_rate,
        {{ rejection_reason([
            required('Id', salesforce_id('Id')),
            required('IsoCode'),
            required('StartDate', iso_date('StartDate')),
            castable('NextStartDate', iso_date('NextStartDate')),
            required('ConversionRate', rate('ConversionRate')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
