-- Grain: one row per list and printed label: what an export may print for a member, and the code it stands for.
-- A code stands for itself. A name stands for its member's code, unless two members bear it or it is another's code:
-- then it is left as printed, and the plan line shows up as one on an unknown member.
with

list_items as (
    select * from {{ ref('stg_anaplan__list_items') }}
    where member_code is not null
),

codes as (
    select
        source_instance,
        list_name,
        member_code as printed_label,
        member_code,
        max(is_total) as is_total
    from list_items
    group by source_instance, list_name, member_code
),

unambiguous_names as (
    select
        source_instance,
        list_name,
        member_name as printed_label,
        min(member_code) as member_code,
        max(is_total) as is_total
    from list_items
    where member_name is not null
    group by source_instance, list_name, member_name
    having count(distinct member_code) = 1
),

final as (
    select * from codes
    union all
    select unambiguous_names.*
    from unambiguous_names
    left join codes
        on
            unambiguous_names.source_instance = codes.source_instance
            and unambiguous_names.list_name = codes.list_name
            and unambiguous_names.printed_label = codes.printed_label
    where codes.printed_label is null
)

select * from final
