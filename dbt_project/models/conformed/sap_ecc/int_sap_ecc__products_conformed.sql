-- Grain: one row per material. SAP's material number is the code by which the other systems know it.
with

materials as (
    select * from {{ ref('stg_sap_ecc__materials') }}
),

texts as (
    {{ preferred_texts(ref('stg_sap_ecc__material_texts'), ['source_product_id']) }}
),

final as (
    select
        materials.source_product_id,
        materials.source_product_id as product_code,
        texts.product_name,
        materials.product_group as source_product_group,
        materials.source_instance,
        materials.load_id,
        materials.recorded_at
    from materials
    left join texts
        on
            materials.source_instance = texts.source_instance
            and materials.source_product_id = texts.source_product_id
)

select * from final
