-- Whoever signs a month sees every exception in work.
select
    exceptions.exception_id,
    exceptions.exception_type
from {{ ref('mart_control__exceptions') }} as exceptions
left join {{ ref('mart_close__period_items') }} as period_items on exceptions.exception_id = period_items.exception_id
where exceptions.status not in ('waived', 'cleared') and period_items.exception_id is null
