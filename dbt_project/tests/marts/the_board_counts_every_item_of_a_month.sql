-- One metric, two marts: whoever signs sees every control and every exception in work of a month that has begun.
with

items as (
    select
        entity_code,
        module,
        period_month,
        count(case when item_kind = 'control' then 1 end) as control_count,
        count(case when item_kind = 'exception' then 1 end) as exception_count,
        count(case when blocks then 1 end) as blocking_count
    from {{ ref('mart_close__period_items') }}
    where period_month < {{ days_after(as_of_date(), 1) }}
    group by entity_code, module, period_month
)

select
    items.*,
    board.control_count as controls_on_the_board,
    board.exception_count as exceptions_on_the_board
from items
left join {{ ref('mart_close__board') }} as board
    on
        items.entity_code = board.entity_code
        and items.module = board.module
        and items.period_month = board.period_month
where
    items.control_count is distinct from board.control_count
    or items.exception_count is distinct from board.exception_count
    or items.blocking_count is distinct from board.blocking_count
