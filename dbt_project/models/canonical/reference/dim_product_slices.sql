-- Grain: one row per product of an instance and period of validity; a product's slices cover all time without gap or
-- overlap. A transaction takes the slice of its date, so history does not move when a product changes its family.
-- A mapping row that names the product's id beats one that names its code; a product without a code goes by its id. On
-- days on which the company's list of families has not got the family of a row, the row says nothing.
with

products as (
    select * from {{ ref('all_products') }}
),

family_mappings as (
    select * from {{ ref('map_product_families') }}
),

families as (
    select * from {{ ref('map_families') }}
),

mapped_products as (
    select
        products.source_instance,
        products.source_product_id,
        family_mappings.product_family_code,
        greatest(
            family_mappings.valid_from, coalesce(families.valid_from, family_mappings.valid_from)
        ) as valid_from,
        least(family_mappings.valid_to, coalesce(families.valid_to, family_mappings.valid_to)) as valid_to,
        case when family_mappings.source_product_id is not null then 1 else 2 end as precedence
    from products
    inner join family_mappings
        on
            products.source_instance = family_mappings.source_instance
            and (
                products.source_product_id = family_mappings.source_product_id
                or (
                    family_mappings.source_product_id is null
                    and coalesce(products.product_code, {{ normalise_code('products.source_product_id') }})
                    = family_mappings.product_code
                )
            )
    left join families
        on
            family_mappings.product_family_code = families.product_family_code
            and family_mappings.valid_from < families.valid_to
            and family_mappings.valid_to > families.valid_from
),

slices as (
    {{ validity_slices('products', ['source_instance', 'source_product_id'], ['mapped_products']) }}
),

ranked_families as (
    select
        slices.source_instance,
        slices.source_product_id,
        slices.valid_from,
        slices.valid_to,
        mapped_products.product_family_code,
        row_number() over (
            partition by slices.source_instance, slices.source_product_id, slices.valid_from
            order by mapped_products.precedence
        ) as family_rank
    from slices
    left join mapped_products
        on
            slices.source_instance = mapped_products.source_instance
            and slices.source_product_id = mapped_products.source_product_id
            and {{ is_valid_on('slices.valid_from', 'mapped_products') }}
),

final as (
    select
        {{ surrogate_key(['products.source_instance', 'products.source_product_id']) }} as product_id,
        ranked_families.valid_from,
        ranked_families.valid_to,
        products.source_instance,
        products.source_product_id,
        products.product_code,
        products.product_name,
        products.source_product_group,
        coalesce(ranked_families.product_family_code, 'UNMAPPED') as product_family_code,
        ranked_families.product_family_code is not null as is_mapped,
        products.load_id,
        products.recorded_at
    from ranked_families
    inner join products
        on
            ranked_families.source_instance = products.source_instance
            and ranked_families.source_product_id = products.source_product_id
    where ranked_families.family_rank = 1
)

select * from final
