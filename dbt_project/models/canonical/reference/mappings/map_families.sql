-- Grain: one row per product family and validity; approved rows only.
with

families as (
    {{ approved_rows('families') }}
),

final as (
    select
        {{ normalise_code('product_family_code') }} as product_family_code,
        {{ text('product_family_name') }} as product_family_name,
        {{ decision_columns() }}
    from families
)

select * from final
