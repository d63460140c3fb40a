-- Grain: one row per member of a list of a planning model. A member above others is their total.
with

base as (
    select * from {{ ref('base_anaplan__list_items') }}
),

accepted as (
    select * from base
    where rejection_reason is null
),

parents as (
    select distinct
        source_instance,
        source_list_id,
        parent_source_member_id
    from accepted
),

final as (
    select
        accepted.source_instance,
        accepted.load_id,
        accepted.recorded_at,
        accepted.list_name,
        accepted.source_list_id,
        accepted.source_member_id,
        accepted.member_name,
        accepted.member_code,
        accepted.parent_source_member_id,
        parents.parent_source_member_id is not null as is_total
    from accepted
    left join parents
        on
            accepted.source_instance = parents.source_instance
            and accepted.source_list_id = parents.source_list_id
            and accepted.source_member_id = parents.parent_source_member_id
)

select * from final
