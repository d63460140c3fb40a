-- Whoever signs a month sees every control that is about it, and whether it holds.
select
    close_status.control_name,
    close_status.entity_code,
    close_status.period_month
from {{ ref('fct_close_status') }} as close_status
left join {{ ref('mart_close__period_items') }} as period_items
    on
        close_status.control_name = period_items.item_name
        and close_status.entity_code = period_items.entity_code
        and close_status.period_month = period_items.period_month
        and close_status.is_passed = period_items.is_passed
        and period_items.item_kind = 'control'
where period_items.item_name is null
