-- Grain: one row per CRM account whose parent is another golden customer than the parent the ERP names. Both parents
-- are compared as golden customers. A parent that the other system does not know at all cannot differ there: it is an
-- unmatched customer, not a conflict. An ERP that names no parent for anybody knows no groups, and contradicts nobody.
with

crosswalk as (select * from {{ ref('customer_crosswalk') }}),

customers as (select * from {{ ref('dim_customers') }}),

known_customers as (
    select distinct
        source_role,
        customer_id
    from crosswalk
),

crm_records as (
    select * from crosswalk
    where source_role = 'crm' and not is_deleted
),

grouping_instances as (
    select distinct source_instance
    from crosswalk
    where parent_customer_id is not null
),

erp_parents as (
    select
        customer_id,
        parent_customer_id
    from crosswalk
    where
        source_role = 'erp'
        and not is_deleted
        and source_instance in (select grouping_instances.source_instance from grouping_instances)
    group by customer_id, parent_customer_id
),

agreements as (
    select distinct
        crm_records.source_instance,
        crm_records.source_customer_id
    from crm_records
    inner join erp_parents
        on
            crm_records.customer_id = erp_parents.customer_id
            and crm_records.parent_customer_id is not distinct from erp_parents.parent_customer_id
),

conflicts as (
    select
        crm_records.*,
        min(erp_parents.parent_customer_id) over (
            partition by crm_records.source_instance, crm_records.source_customer_id
        ) as erp_parent_customer_id,
        row_number() over (
            partition by crm_records.source_instance, crm_records.source_customer_id
            order by erp_parents.parent_customer_id
        ) as erp_parent_rank
    from crm_records
    inner join erp_parents on crm_records.customer_id = erp_parents.customer_id
    left join agreements
        on
            crm_records.source_instance = agreements.source_instance
            and crm_records.source_customer_id = agreements.source_customer_id
    left join known_customers as crm_parent_in_erp
        on
            crm_records.parent_customer_id = crm_parent_in_erp.customer_id
            and crm_parent_in_erp.source_role = 'erp'
    left join known_customers as erp_parent_in_crm
        on
            erp_parents.parent_customer_id = erp_parent_in_crm.customer_id
            and erp_parent_in_crm.source_role = 'crm'
    where
        agreements.source_customer_id is null
        and (crm_records.parent_customer_id is null or crm_parent_in_erp.customer_id is not null)
        and (erp_parents.parent_customer_id is null or erp_parent_in_crm.customer_id is not null)
),

final as (
    select
        'customer_hierarchy_conflict' as exception_type,
        {{ natural_key(['conflicts.source_instance', 'conflicts.source_customer_id']) }} as natural_key,
        cast(null as varchar) as entity_code,
        {{ month_of(as_of_date()) }} as period_month,
        cast(null as {{ type_amount() }}) as amount_transaction,
        cast(null as varchar) as transaction_currency,
        concat_ws(
            ' ', conflicts.customer_name, 'has the parent', coalesce(crm_parents.customer_name, '(none)'),
            'in the CRM and', coalesce(erp_parents.customer_name, '(none)'), 'in the ERP'
        ) as subject,
        conflicts.source_instance,
        conflicts.load_id
    from conflicts
    left join customers as crm_parents on conflicts.parent_customer_id = crm_parents.customer_id
    left join customers as erp_parents on conflicts.erp_parent_customer_id = erp_parents.customer_id
    where conflicts.erp_parent_rank = 1
)

select * from final
