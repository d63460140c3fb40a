-- Grain: one row per customer record of a CRM, a billing system or an ERP. Right is the golden customer it stands on,
-- counted on the first of its records. The ERP owns customers: a CRM or billing record whose golden customer has no ERP
-- record is a break as soon as somebody works with it (an opportunity, a contract, a subscription, an invoice), and an
-- idle record before that. One that may be a customer of the ERP is that case (possible_same_customer), and no second
-- exception. No money is compared.
with

crosswalk as (select * from {{ ref('customer_crosswalk') }}),

billing_invoices as (select * from {{ ref('fct_billing_invoices') }}),

subscriptions as (select * from {{ ref('fct_subscriptions') }}),

opportunities as (select * from {{ ref('fct_opportunities') }}),

crm_contracts as (select * from {{ ref('fct_crm_contracts') }}),

customers_of_erp as (
    select distinct customer_id from crosswalk
    where source_role = 'erp'
),

possible_pairs as (
    select
        record_key,
        other_record_key,
        {{ natural_key([
            'source_instance', 'source_customer_id', 'other_instance', 'other_customer_id'
        ]) }} as natural_key
    from {{ ref('customer_match_cases') }}
    where case_type = 'possible_same_customer'
),

ends_of_pairs as (
    select
        record_key,
        other_record_key,
        natural_key
    from possible_pairs
    union all
    select
        other_record_key as record_key,
        record_key as other_record_key,
        natural_key
    from possible_pairs
),

-- The case of a customer, if it may be one that the ERP knows.
match_cases as (
    select
        crosswalk.customer_id,
        min(ends_of_pairs.natural_key) as natural_key
    from ends_of_pairs
    inner join crosswalk
        on
            ends_of_pairs.record_key
            = {{ natural_key(['crosswalk.source_instance', 'crosswalk.source_customer_id']) }}
    inner join crosswalk as others
        on
            ends_of_pairs.other_record_key
            = {{ natural_key(['others.source_instance', 'others.source_customer_id']) }}
    inner join customers_of_erp on others.customer_id = customers_of_erp.customer_id
    group by crosswalk.customer_id
),

active_records as (
    select
        source_instance,
        source_customer_id
    from billing_invoices

    union

    select
        source_instance,
        source_customer_id
    from subscriptions

    union

    select
        source_instance,
        source_customer_id
    from opportunities
    where not is_deleted

    union

    select
        source_instance,
        source_customer_id
    from crm_contracts
),

judged as (
    select
        crosswalk.*,
        match_cases.natural_key as match_case,
        row_number() over (
            partition by crosswalk.customer_id
            order by
                case crosswalk.source_role when 'erp' then 1 when 'crm' then 2 else 3 end,
                crosswalk.source_instance,
                crosswalk.source_customer_id
        ) as record_rank,
        case
            when customers_of_erp.customer_id is not null then 'matched'
            when active_records.source_customer_id is null or crosswalk.is_deleted then 'timing'
            else 'missing_right'
        end as outcome
    from crosswalk
    left join match_cases on crosswalk.customer_id = match_cases.customer_id
    left join customers_of_erp on crosswalk.customer_id = customers_of_erp.customer_id
    left join active_records
        on
            crosswalk.source_instance = active_records.source_instance
            and crosswalk.source_customer_id = active_records.source_customer_id
),

compared as (
    select
        cast(null as varchar) as entity_code,
        {{ month_of(as_of_date()) }} as period_month,
        customer_id as counterparty_key,
        cast(null as varchar) as currency_code,
        source_instance as left_instance,
        source_customer_id as left_key,
        load_id as left_load_id,
        1 as left_item_count,
        {{ as_of_date() }} as left_date,
        0 as left_amount,
        cast(null as varchar) as right_instance,
        customer_id as right_key,
        cast(null as varchar) as right_load_id,
        case when record_rank = 1 then 1 end as right_item_count,
        cast(null as date) as right_date,
        0 as right_amount,
        outcome,
        case
            when outcome = 'missing_right' and match_case is not null then 'possible_same_customer'
            when outcome = 'missing_right' then 'no_erp_record'
            when outcome = 'timing' then 'idle_record'
            else decided_by
        end as cause,
        decided_by as rule_name,
        case
            when outcome <> 'missing_right' then null
            when match_case is not null then 'possible_same_customer'
            else 'unmatched_customer'
        end as exception_type,
        case
            when outcome = 'missing_right'
                then coalesce(match_case, {{ natural_key(['source_instance', 'source_customer_id']) }})
        end as natural_key
    from judged
),

final as (
    {{ reconciliation_rows('customer_master', 'compared') }}
)

select * from final
