-- Grain: one row per customer record of an instance and period of validity: what people and tax ids say about it on
-- these days. The slices of a record cover all time without gap or overlap. customer_slices goes on from here.
-- decided_by, strongest first: mapped (the company's mapping names a customer key), tax_id (a mapped customer, or another
-- record, has the same tax id), own (neither says who it is). Between two equally good customers nothing is decided, and
-- is_ambiguous says so. A record that people have told apart from one with its tax id is not found by it.
with

all_records as (
    select * from {{ ref('all_customers') }}
),

separations as (
    select * from {{ ref('map_customer_separations') }} as separations
    where {{ is_valid_on(as_of_date(), 'separations') }}
),

told_apart as (
    select distinct
        separations.source_instance,
        separations.source_customer_id
    from separations
    inner join all_records as records
        on
            separations.source_instance = records.source_instance
            and separations.source_customer_id = records.source_customer_id
    inner join all_records as others
        on
            separations.other_instance = others.source_instance
            and separations.other_customer_id = others.source_customer_id
            and records.tax_id = others.tax_id
),

records as (
    select
        all_records.source_role,
        all_records.source_instance,
        all_records.source_customer_id,
        case when told_apart.source_customer_id is null then all_records.tax_id end as tax_id
    from all_records
    left join told_apart
        on
            all_records.source_instance = told_apart.source_instance
            and all_records.source_customer_id = told_apart.source_customer_id
),

customer_mappings as (
    select * from {{ ref('map_customers') }}
    where valid_from <= {{ as_of_date() }}
),

-- A key, once given, names its customer on every day; which records belong to it is what changes.
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

-- Whoever shares a tax id may get another answer when the mapping of one of them changes: all are cut on the same days.
mapping_changes as (
    select
        source_instance,
        source_customer_id,
        valid_from,
        valid_to
    from customer_mappings
    union
    select
        relatives.source_instance,
        relatives.source_customer_id,
        customer_mappings.valid_from,
        customer_mappings.valid_to
    from customer_mappings
    inner join records
        on
            customer_mappings.source_instance = records.source_instance
            and customer_mappings.source_customer_id = records.source_customer_id
    inner join records as relatives on records.tax_id = relatives.tax_id
),

slices as (
    {{ validity_slices('records', ['source_instance', 'source_customer_id'], ['mapping_changes']) }}
),

slices_with_key as (
    select
        slices.*,
        records.tax_id,
        coalesce(customer_mappings.customer_key, records_named_by_a_key.customer_key) as customer_key
    from slices
    inner join records
        on
            slices.source_instance = records.source_instance
            and slices.source_customer_id = records.source_customer_id
    left join customer_mappings
        on
            slices.source_instance = customer_mappings.source_instance
            and slices.source_customer_id = customer_mappings.source_customer_id
            and {{ is_valid_on('slices.valid_from', 'customer_mappings') }}
    left join records_named_by_a_key
        on
            slices.source_instance = records_named_by_a_key.source_instance
            and slices.source_customer_id = records_named_by_a_key.source_customer_id
),

-- The customers a tax id may mean: those of the mapped records that have it, and a key that is the tax id itself.
keys_of_tax_ids as (
    select
        tax_id,
        valid_from,
        customer_key
    from slices_with_key
    where tax_id is not null and customer_key is not null
    union
    select
        slices_with_key.tax_id,
        slices_with_key.valid_from,
        customer_keys.customer_key
    from slices_with_key
    inner join customer_keys on slices_with_key.tax_id = customer_keys.customer_key
),

decided_tax_ids as (
    select
        tax_id,
        valid_from,
        min(customer_key) as customer_key,
        count(*) > 1 as is_ambiguous
    from keys_of_tax_ids
    group by tax_id, valid_from
),

shared_tax_ids as (
    select
        tax_id,
        valid_from
    from slices_with_key
    where tax_id is not null and customer_key is null
    group by tax_id, valid_from
    having count(*) > 1
),

decided as (
    select
        slices_with_key.source_instance,
        slices_with_key.source_customer_id,
        slices_with_key.valid_from,
        slices_with_key.valid_to,
        coalesce(decided_tax_ids.is_ambiguous, false) and slices_with_key.customer_key is null as is_ambiguous,
        case
            when slices_with_key.customer_key is not null then 'mapped'
            when decided_tax_ids.is_ambiguous then 'own'
            when coalesce(decided_tax_ids.tax_id, shared_tax_ids.tax_id) is not null then 'tax_id'
            else 'own'
        end as decided_by,
        coalesce(slices_with_key.customer_key, decided_tax_ids.customer_key, shared_tax_ids.tax_id) as found_key
    from slices_with_key
    left join decided_tax_ids
        on
            slices_with_key.tax_id = decided_tax_ids.tax_id
            and slices_with_key.valid_from = decided_tax_ids.valid_from
    left join shared_tax_ids
        on
            slices_with_key.tax_id = shared_tax_ids.tax_id
            and slices_with_key.valid_from = shared_tax_ids.valid_from
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

final as (
    select
        source_instance,
        source_customer_id,
        valid_from,
        valid_to,
        customer_key,
        decided_by,
        is_ambiguous
    from keyed
)

select * from final
