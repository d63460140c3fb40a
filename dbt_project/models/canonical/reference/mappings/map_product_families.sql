-- Grain: one row per product of an instance (named by its id or, without one, by its code) and validity; approved rows
-- only.
with

product_families as (
    {{ approved_rows('product_families') }}
),

final as (
    select
        trim(source_instance) as source_instance,
        {{ mapped_id('source_product_id') }} as source_product_id,
        {{ normalise_code('product_code') }} as product_code,
        {{ normalise_code('product_family_code') }} as product_family_code,
        {{ decision_columns() }}
    from product_families
)

select * from final
