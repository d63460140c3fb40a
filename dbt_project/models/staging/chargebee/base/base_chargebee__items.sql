-- Grain: one row per item, with the reason to reject it if there is one.
-- Ids of items are chosen by people: unless the metadata gives another product code, the id is it.
with

landed as (
    {{ newest_versions(source('landed_chargebee', 'items')) }}
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
        {{ text('id') }} as source_product_id,
        {{ normalise_code('coalesce(' ~ json_text('metadata', 'product_code') ~ ', id)') }} as product_code,
        {{ text('name') }} as product_name,
        {{ text('item_family_id') }} as source_product_group,
        coalesce({{ boolean('metered') }}, false) as is_metered,
        {{ text('usage_calculation') }} as usage_calculation,
        {{ rejection_reason([
            required('id'),
            required('name'),
            castable('metered', boolean('metered')),
            castable('metadata', json_document('metadata')),
            rejected_when("coalesce(type, '') not in ('plan', 'addon', 'charge')", "'type is unknown: ' || coalesce(type, '')"),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
