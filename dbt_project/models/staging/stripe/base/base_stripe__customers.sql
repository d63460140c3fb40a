-- Grain: one row per customer, deleted ones included, with the reason to reject it if there is one.
-- Of a deleted customer Stripe says only that it is deleted: what it was called comes from the last version before.
with

landed as (
    select * from {{ source('landed_stripe', 'customers') }}
),

source as (
    {{ current_rows('landed', ['id']) }}
),

landed_before_deletion as (
    select * from landed
    where coalesce(deleted, 'false') <> 'true'
),

last_known as (
    {{ current_rows('landed_before_deletion', ['id']) }}
),

final as (
    select
        source.source_instance,
        source.load_id,
        source.recorded_at,
        {{ natural_key(['source.id']) }} as source_key,
        {{ text('source.id') }} as source_customer_id,
        {{ text('last_known.name') }} as customer_name,
        {{ normalise_code(json_text('last_known.address', 'country')) }} as country_code,
        {{ tax_id(json_text('last_known.tax_ids', 'data[0].value')) }} as tax_id,
        {{ internet_domain('last_known.email') }} as email_domain,
        nullif(
            concat_ws(
                ' ',
                {{ text(json_text('last_known.address', 'line1')) }},
                {{ text(json_text('last_known.address', 'line2')) }}
            ), ''
        ) as street,
        {{ text(json_text('last_known.address', 'postal_code')) }} as postal_code,
        {{ text(json_text('last_known.address', 'city')) }} as city,
        {{ normalise_code('last_known.currency') }} as currency_code,
        coalesce(source.deleted, 'false') = 'true' as is_deleted,
        {{ rejection_reason([
            required('source.id'),
            castable('source.address', json_document('source.address')),
            castable('source.tax_ids', json_document('source.tax_ids')),
            rejected_when("lower(source.livemode) = 'false'", "'test mode, not live'"),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
    left join last_known on source.source_instance = last_known.source_instance and source.id = last_known.id
)

select * from final
