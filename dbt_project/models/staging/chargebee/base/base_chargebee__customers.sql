-- Grain: one row per customer, deleted ones included, with the reason to reject it if there is one.
with

landed as (
    {{ newest_versions(source('landed_chargebee', 'customers')) }}
),

source as (
    {{ current_rows('landed', ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_customer_id,
        -- A company, or else a person.
        coalesce({{ text('company') }}, {{ text("concat_ws(' ', first_name, last_name)") }}) as customer_name,
        {{ normalise_code(json_text('billing_address', 'country')) }} as country_code,
        {{ tax_id('vat_number') }} as tax_id,
        {{ internet_domain('email') }} as email_domain,
        {{ text(json_text('billing_address', 'line1')) }} as street,
        {{ text(json_text('billing_address', 'zip')) }} as postal_code,
        {{ text(json_text('billing_address', 'city')) }} as city,
        {{ text(json_text('billing_address', 'phone')) }} as phone,
        {{ json_text('relationship', 'parent_id') }} as parent_source_customer_id,
        {{ normalise_code('preferred_currency_code') }} as currency_code,
        {{ chargebee_is_deleted() }} as is_deleted,
        {{ rejection_reason([
            required('id'),
            castable('billing_address', json_document('billing_address')),
            castable('relationship', json_document('relationship')),
            castable('deleted', boolean('deleted')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
