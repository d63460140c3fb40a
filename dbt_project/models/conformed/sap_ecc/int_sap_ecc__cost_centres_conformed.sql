-- Grain: one row per cost centre and validity slice; slices are half-open, an open end is 9999-12-31. A closed cost
-- centre keeps its slices. Names have slices of their own: the one valid on the slice's last day is the first that does
-- not end before it.
with

cost_centres as (
    select * from {{ ref('stg_sap_ecc__cost_centres') }}
),

texts as (
    select * from {{ ref('stg_sap_ecc__cost_centre_texts') }}
),

named_cost_centres as (
    select
        cost_centres.*,
        coalesce(texts.cost_centre_description, texts.cost_centre_name) as cost_centre_name,
        row_number() over (
            partition by
                cost_centres.source_instance,
                cost_centres.controlling_area_code,
                cost_centres.source_cost_centre_id,
                cost_centres.last_valid_date
            order by case when texts.language_code = 'EN' then 0 else 1 end, texts.language_code, texts.last_valid_date
        ) as name_rank
    from cost_centres
    left join texts
        on
            cost_centres.source_instance = texts.source_instance
            and cost_centres.controlling_area_code = texts.controlling_area_code
            and cost_centres.source_cost_centre_id = texts.source_cost_centre_id
            and cost_centres.last_valid_date <= texts.last_valid_date
),

final as (
    select
        source_cost_centre_id,
        cost_centre_name,
        source_entity_id,
        profit_centre_code,
        valid_from,
        -- SAP's last day is inclusive; the day after 9999-12-31 does not exist.
        case
            when last_valid_date = date '9999-12-31' then last_valid_date
            else cast(last_valid_date + interval '1' day as date)
        end as valid_to,
        source_instance,
        load_id,
        recorded_at
    from named_cost_centres
    where name_rank = 1
)

select * from final
