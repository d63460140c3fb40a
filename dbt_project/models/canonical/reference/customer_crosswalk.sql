-- Grain: one row per customer record of an instance: the golden customer it belongs to.
-- decided_by, strongest first: mapped (the company's mapping names a customer key), tax_id (a mapped customer, or another
-- record, has the same tax id), own (nothing says who it is: it stands alone). Between two equally good customers
-- nothing is decided: the record stands alone and is_ambiguous says so.
with

records as (
    select * from {{ ref('all_customers') }}
),

customer_mappings as (
    select * from {{ ref('map_customers') }} as map_customers
    where {{ is_valid_on(as_of_date(), 'map_customers') }}
),

customer_keys as (
    select distinct customer_key from customer_mappings
),

-- A key is any stable text; often it is the ERP's number of the customer, whose record then needs no row of its own.
records_named_by_a_key as (
    select
        customer_keys.customer_key,
        min(records.source_instance) as source_instance,
        min(records.source_customer_id) as source_customer_id
    from customer_keys
    inner join records
        on customer_keys.customer_key = records.source_customer_id and records.source_role = 'erp'
    group by customer_keys.customer_key
    having count(*) = 1
),

records_with_key as (
    select
        records.*,
        coalesce(customer_mappings.customer_key, records_named_by_a_key.customer_key) as customer_key
    from records
    left join customer_mappings
        on
            records.source_instance = customer_mappings.source_instance
            and records.source_customer_id = customer_mappings.source_customer_id
    left join records_named_by_a_key
        on
            records.source_instance = records_named_by_a_key.source_instance
            and records.source_customer_id = records_named_by_a_key.source_customer_id
),

-- The customers a tax id may mean: those of the mapped records that have it, and a key that is the tax id itself.
keys_of_tax_ids as (
    select
        tax_id,
        customer_key
    from records_with_key
    where tax_id is not null and customer_key is not null
    union
    select
        customer_key as tax_id,
        customer_key
    from customer_keys
),

decided_tax_ids as (
    select
        tax_id,
        min(customer_key) as customer_key,
        count(*) > 1 as is_ambiguous
    from keys_of_tax_ids
    group by tax_id
),

shared_tax_ids as (
    select tax_id
    from records_with_key
    where tax_id is not null and customer_key is null
    group by tax_id
    having count(*) > 1
),

decided as (
    select
        records_with_key.source_instance,
        records_with_key.source_customer_id,
        records_with_key.source_role,
        records_with_key.customer_name,
        records_with_key.country_code,
        records_with_key.tax_id,
        records_with_key.email_domain,
        records_with_key.parent_source_customer_id,
        records_with_key.is_deleted,
        records_with_key.load_id,
        records_with_key.recorded_at,
        coalesce(decided_tax_ids.is_ambiguous, false) and records_with_key.customer_key is null as is_ambiguous,
        case
            when records_with_key.customer_key is not null then 'mapped'
            when decided_tax_ids.is_ambiguous then 'own'
            when coalesce(decided_tax_ids.tax_id, shared_tax_ids.tax_id) is not null then 'tax_id'
            else 'own'
        end as decided_by,
        coalesce(records_with_key.customer_key, decided_tax_ids.customer_key, shared_tax_ids.tax_id) as found_key
    from records_with_key
    left join decided_tax_ids on records_with_key.tax_id = decided_tax_ids.tax_id
    left join shared_tax_ids on records_with_key.tax_id = shared_tax_ids.tax_id
),

keyed as (
    select
        *,
        case
            when decided_by = 'own' then {{ natural_key(['source_instance', 'source_customer_id']) }}
            else found_key
        end as customer_key
    from decided
),

identified as (
    select
        *,
        {{ surrogate_key(['customer_key']) }} as customer_id
    from keyed
),

final as (
    select
        identified.source_instance,
        identified.source_customer_id,
        identified.customer_id,
        identified.customer_key,
        identified.decided_by,
        -- How sure the decision is: a person's word and an equal tax id are certain, standing alone decides nothing.
        case when identified.decided_by = 'own' then 0 else 1 end as score,
        identified.is_ambiguous,
        identified.source_role,
        identified.customer_name,
        identified.country_code,
        identified.tax_id,
        identified.email_domain,
        identified.parent_source_customer_id,
        parents.customer_id as parent_customer_id,
        identified.is_deleted,
        identified.load_id,
        identified.recorded_at
    from identified
    left join identified as parents
        on
            identified.source_instance = parents.source_instance
            and identified.parent_source_customer_id = parents.source_customer_id
)

select * from final
